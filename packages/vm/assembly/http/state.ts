/**
 * State of the HTTP layer: one static struct and a table of connections, all in linear memory, none of it in use while an image is made.
 *
 * A connection is a 128-byte record, found by the host's small integer. Its input is one contiguous buffer:
 * `[head][decoded body][bytes not examined yet]`, all positions being offsets into it, so that it may move when it grows. An idle connection has no buffer
 * of its own: bytes are received into one shared block, and only a request that is not over when the receiving turn ends takes a private copy. A response is composed behind the
 * received bytes in the same block, so that a small exchange dirties one page.
 */
import { nativeSlot, START_CONNECTIONS, START_CONNECTION_COUNT } from "../state";
import { bufferAlloc, bufferFree } from "./memory";

/** Room for received bytes plus a small response. */
export const SHARED_SIZE: i32 = 16384;
/** Bytes offered to one read into the shared block. */
export const SHARED_RECEIVE: i32 = 8192;
/** Connections beyond this are refused by the VM. */
export const MAX_CONNECTIONS: i32 = 65536;
/** Request line, bytes (414). */
export const MAX_REQUEST_LINE: i32 = 8192;
/** Whole head, bytes (431). */
export const MAX_HEAD: i32 = 16384;
/** Header fields (431). */
export const MAX_HEADERS: i32 = 100;
/** One chunk-size line with extensions, and all trailer lines together, bytes. */
export const MAX_CHUNK_LINE: i32 = 4096;
export const MAX_TRAILERS: i32 = 8192;
/** Pipelined bytes held while a request is being handled; after that the host stops reading. */
export const MAX_PIPELINED: i32 = 65536;
/** A handler answers within this, ns. */
export const DEFAULT_DEADLINE_NS: i64 = 30_000_000_000;
export const DEFAULT_MAX_BODY: i32 = 10 * 1024 * 1024;

// The static struct: words 96 to 127 of the VM state's room for natives, on the page that every start touches anyway.
// @ts-ignore: decorator
@inline function base(): usize { return nativeSlot(96); }
const TABLE: usize = 0; // address of the connection records
const TABLE_COUNT: usize = 4; // records in the table
const SHARED: usize = 8; // the shared block, 0 before the first connection
const SHARED_USED: usize = 12; // received bytes in it that the current turn still needs
const READY_HEAD: usize = 16; // queue of connections with a complete request: index + 1
const READY_TAIL: usize = 20;
const DRAINING: usize = 24;
const MAX_BODY: usize = 28;
const EVENT_HEAD: usize = 32; // queue of (kind, handle) for the library
const EVENT_COUNT: usize = 36;
const EVENT_CAPACITY: usize = 40;
const IN_FLIGHT: usize = 44; // requests given to the handler and not answered
const OUT_PTR: usize = 48; // response being composed
const OUT_LEN: usize = 52;
const OUT_CAP: usize = 56;
const OUT_OWNED: usize = 60; // it is a buffer of its own, not the tail of the shared block
const DATE_SECOND: usize = 64; // i64: the second that DATE_TEXT shows
const DATE_TEXT: usize = 72; // 29 bytes, IMF-fixdate

const OUT_FLAGS: usize = 104; // OutFlag bits of the response being composed
const FIRST_GENERATION: usize = 108; // of a new record: above those of requests that were answered while the image was made, whose handles the program may still hold

const DATE_FRESH: usize = 112; // not 0: DATE_TEXT was written since the host last waited
const HEAD_MEMO: usize = 116; // the last request's head (parser.ts), 0: none

export const enum OutFlag { Date = 1, ContentType = 2 }
// @ts-ignore: decorator
@inline export function outFlags(): i32 { return load<i32>(base(), OUT_FLAGS); }
// @ts-ignore: decorator
@inline export function setOutFlags(f: i32): void { store<i32>(base(), f, OUT_FLAGS); }

// @ts-ignore: decorator
@inline export function tableAddress(): usize { return <usize>load<u32>(base(), TABLE); }
// @ts-ignore: decorator
@inline export function tableCount(): i32 { return load<i32>(base(), TABLE_COUNT); }
// @ts-ignore: decorator
@inline export function sharedUsed(): i32 { return load<i32>(base(), SHARED_USED); }
// @ts-ignore: decorator
@inline export function setSharedUsed(n: i32): void { store<i32>(base(), n, SHARED_USED); }
// @ts-ignore: decorator
@inline export function isDraining(): bool { return load<u32>(base(), DRAINING) != 0; }
// @ts-ignore: decorator
@inline export function setDraining(): void { store<u32>(base(), 1, DRAINING); }
// @ts-ignore: decorator
@inline export function inFlight(): i32 { return load<i32>(base(), IN_FLIGHT); }
// @ts-ignore: decorator
@inline export function addInFlight(n: i32): void { store<i32>(base(), load<i32>(base(), IN_FLIGHT) + n, IN_FLIGHT); }
export function maxBody(): i32 { const n = load<i32>(base(), MAX_BODY); return n == 0 ? DEFAULT_MAX_BODY : n; }
export function setMaxBody(bytes: i32): void { store<i32>(base(), bytes, MAX_BODY); }

// @ts-ignore: decorator
@inline export function outPtr(): usize { return <usize>load<u32>(base(), OUT_PTR); }
// @ts-ignore: decorator
@inline export function outLen(): i32 { return load<i32>(base(), OUT_LEN); }
// @ts-ignore: decorator
@inline export function outCap(): i32 { return load<i32>(base(), OUT_CAP); }
// @ts-ignore: decorator
@inline export function outOwned(): bool { return load<u32>(base(), OUT_OWNED) != 0; }
// @ts-ignore: decorator
@inline export function setOut(ptr: usize, len: i32, cap: i32, owned: bool): void {
  store<u32>(base(), <u32>ptr, OUT_PTR); store<i32>(base(), len, OUT_LEN); store<i32>(base(), cap, OUT_CAP); store<u32>(base(), <u32>owned, OUT_OWNED);
}
// @ts-ignore: decorator
@inline export function setOutLen(len: i32): void { store<i32>(base(), len, OUT_LEN); }

// @ts-ignore: decorator
@inline export function dateSecond(): i64 { return load<i64>(base(), DATE_SECOND); }
// @ts-ignore: decorator
@inline export function setDateSecond(s: i64): void { store<i64>(base(), s, DATE_SECOND); }
// @ts-ignore: decorator
@inline export function isDateFresh(): bool { return load<u32>(base(), DATE_FRESH) != 0; }
// @ts-ignore: decorator
@inline export function setDateFresh(fresh: bool): void { store<u32>(base(), <u32>fresh, DATE_FRESH); }
// @ts-ignore: decorator
@inline export function headMemo(): usize { return <usize>load<u32>(base(), HEAD_MEMO); }
// @ts-ignore: decorator
@inline export function setHeadMemo(p: usize): void { store<u32>(base(), <u32>p, HEAD_MEMO); }
// @ts-ignore: decorator
@inline export function dateText(): usize { return base() + DATE_TEXT; }

/** The shared block, allocated when the process first needs it; 0 when there is no memory. */
export function sharedBlock(): usize {
  let p = <usize>load<u32>(base(), SHARED);
  if (p == 0) {
    p = bufferAlloc(SHARED_SIZE);
    store<u32>(base(), <u32>p, SHARED);
  }
  return p;
}

// A connection's record.
export const RECORD: usize = 128;
export const enum State {
  Free = 0,
  Head = 1, // request line and header fields
  SizedBody = 2,
  ChunkSize = 3,
  ChunkData = 4,
  ChunkEnd = 5, // the CRLF after a chunk's data
  Trailers = 6,
  Ready = 7, // complete, in the ready queue
  Handling = 8, // given to the handler
  Streaming = 9, // the response's head was sent
  Closing = 10, // nothing more is read; closed when the output is sent
  Client = 11, // opened by the handler (client.ts)
}
export const enum Flag {
  KeepAlive = 1,
  Http10 = 2,
  HeadMethod = 4,
  Chunked = 8, // request body
  Sized = 16, // has Content-Length
  Expect = 32,
  ChunkedResponse = 64,
  EndOfInput = 128,
  HostSeen = 256,
  ConnectionClose = 512,
  ConnectionKeepAlive = 1024,
  Absolute = 2048, // absolute-form target
  WantsWritable = 4096, // the library waits for HOOK_HTTP_WRITABLE
  Asterisk = 8192,
  TransferEncoding = 16384, // a Transfer-Encoding field was seen
  Paused = 32768, // of a client: its input is not wanted now
  Idle = 65536, // of a client: kept for a later request
}
const C_STATE: usize = 0;
const C_FLAGS: usize = 4;
const C_GENERATION: usize = 8;
const C_BUFFER: usize = 12;
const C_CAP: usize = 16;
const C_LEN: usize = 20;
const C_START: usize = 24;
const C_SCAN: usize = 28;
const C_LINE: usize = 32;
const C_METHOD_LEN: usize = 36;
const C_TARGET: usize = 40;
const C_TARGET_LEN: usize = 44;
const C_FIELDS: usize = 48;
const C_FIELD_COUNT: usize = 52;
const C_BODY: usize = 56;
const C_BODY_END: usize = 60;
const C_REMAINING: usize = 64; // i64
const C_OUT: usize = 72;
const C_OUT_OFF: usize = 76;
const C_OUT_LEN: usize = 80;
const C_OUT_CAP: usize = 84;
const C_HOST: usize = 88;
const C_HOST_LEN: usize = 92;
const C_DEADLINE: usize = 96; // i64
const C_NEXT: usize = 104;
const C_END: usize = 108;
const C_DUE: usize = 112; // i64: bytes that a streamed response with Content-Length still owes, -1 none
const C_TRAILER: usize = 120;

// @ts-ignore: decorator
@inline export function connAddress(index: i32): usize { return tableAddress() + <usize>index * RECORD; }
// @ts-ignore: decorator
@inline export function connIndex(c: usize): i32 { return <i32>((c - tableAddress()) / RECORD); }
// @ts-ignore: decorator
@inline export function stateOf(c: usize): i32 { return load<i32>(c, C_STATE); }
// @ts-ignore: decorator
@inline export function setState(c: usize, s: i32): void { store<i32>(c, s, C_STATE); }
// @ts-ignore: decorator
@inline export function flagsOf(c: usize): i32 { return load<i32>(c, C_FLAGS); }
// @ts-ignore: decorator
@inline export function setFlags(c: usize, f: i32): void { store<i32>(c, f, C_FLAGS); }
// @ts-ignore: decorator
@inline export function hasFlag(c: usize, f: i32): bool { return (load<i32>(c, C_FLAGS) & f) != 0; }
// @ts-ignore: decorator
@inline export function addFlag(c: usize, f: i32): void { store<i32>(c, load<i32>(c, C_FLAGS) | f, C_FLAGS); }
// @ts-ignore: decorator
@inline export function clearFlag(c: usize, f: i32): void { store<i32>(c, load<i32>(c, C_FLAGS) & ~f, C_FLAGS); }
// @ts-ignore: decorator
@inline export function generationOf(c: usize): i32 { return load<i32>(c, C_GENERATION); }
// @ts-ignore: decorator
@inline export function setGeneration(c: usize, n: i32): void { store<i32>(c, n, C_GENERATION); }
// @ts-ignore: decorator
@inline export function nextGeneration(c: usize): void { store<i32>(c, (load<i32>(c, C_GENERATION) + 1) & 0x7fff, C_GENERATION); }
// @ts-ignore: decorator
@inline export function bufferOf(c: usize): usize { return <usize>load<u32>(c, C_BUFFER); }
// @ts-ignore: decorator
@inline export function setBuffer(c: usize, p: usize, cap: i32): void { store<u32>(c, <u32>p, C_BUFFER); store<i32>(c, cap, C_CAP); }
// @ts-ignore: decorator
@inline export function capOf(c: usize): i32 { return load<i32>(c, C_CAP); }
// @ts-ignore: decorator
@inline export function lenOf(c: usize): i32 { return load<i32>(c, C_LEN); }
// @ts-ignore: decorator
@inline export function setLen(c: usize, n: i32): void { store<i32>(c, n, C_LEN); }
// @ts-ignore: decorator
@inline export function startOf(c: usize): i32 { return load<i32>(c, C_START); }
// @ts-ignore: decorator
@inline export function setStart(c: usize, n: i32): void { store<i32>(c, n, C_START); }
// @ts-ignore: decorator
@inline export function scanOf(c: usize): i32 { return load<i32>(c, C_SCAN); }
// @ts-ignore: decorator
@inline export function setScan(c: usize, n: i32): void { store<i32>(c, n, C_SCAN); }
// @ts-ignore: decorator
@inline export function lineOf(c: usize): i32 { return load<i32>(c, C_LINE); }
// @ts-ignore: decorator
@inline export function setLine(c: usize, n: i32): void { store<i32>(c, n, C_LINE); }
// @ts-ignore: decorator
@inline export function methodLen(c: usize): i32 { return load<i32>(c, C_METHOD_LEN); }
// @ts-ignore: decorator
@inline export function setMethodLen(c: usize, n: i32): void { store<i32>(c, n, C_METHOD_LEN); }
// @ts-ignore: decorator
@inline export function targetOf(c: usize): i32 { return load<i32>(c, C_TARGET); }
// @ts-ignore: decorator
@inline export function targetLen(c: usize): i32 { return load<i32>(c, C_TARGET_LEN); }
// @ts-ignore: decorator
@inline export function setTarget(c: usize, at: i32, n: i32): void { store<i32>(c, at, C_TARGET); store<i32>(c, n, C_TARGET_LEN); }
/** Where the header fields begin; 0 while the request line is not complete. */
// @ts-ignore: decorator
@inline export function fieldsOf(c: usize): i32 { return load<i32>(c, C_FIELDS); }
// @ts-ignore: decorator
@inline export function setFields(c: usize, n: i32): void { store<i32>(c, n, C_FIELDS); }
// @ts-ignore: decorator
@inline export function fieldCount(c: usize): i32 { return load<i32>(c, C_FIELD_COUNT); }
// @ts-ignore: decorator
@inline export function setFieldCount(c: usize, n: i32): void { store<i32>(c, n, C_FIELD_COUNT); }
// @ts-ignore: decorator
@inline export function bodyOf(c: usize): i32 { return load<i32>(c, C_BODY); }
// @ts-ignore: decorator
@inline export function setBody(c: usize, n: i32): void { store<i32>(c, n, C_BODY); }
// @ts-ignore: decorator
@inline export function bodyEnd(c: usize): i32 { return load<i32>(c, C_BODY_END); }
// @ts-ignore: decorator
@inline export function setBodyEnd(c: usize, n: i32): void { store<i32>(c, n, C_BODY_END); }
// @ts-ignore: decorator
@inline export function remainingOf(c: usize): i64 { return load<i64>(c, C_REMAINING); }
// @ts-ignore: decorator
@inline export function setRemaining(c: usize, n: i64): void { store<i64>(c, n, C_REMAINING); }
// @ts-ignore: decorator
@inline export function pendingOut(c: usize): usize { return <usize>load<u32>(c, C_OUT); }
// @ts-ignore: decorator
@inline export function pendingOff(c: usize): i32 { return load<i32>(c, C_OUT_OFF); }
// @ts-ignore: decorator
@inline export function setPendingOff(c: usize, n: i32): void { store<i32>(c, n, C_OUT_OFF); }
// @ts-ignore: decorator
@inline export function pendingLen(c: usize): i32 { return load<i32>(c, C_OUT_LEN); }
// @ts-ignore: decorator
@inline export function pendingCap(c: usize): i32 { return load<i32>(c, C_OUT_CAP); }
// @ts-ignore: decorator
@inline export function setPending(c: usize, p: usize, off: i32, len: i32, cap: i32): void {
  store<u32>(c, <u32>p, C_OUT); store<i32>(c, off, C_OUT_OFF); store<i32>(c, len, C_OUT_LEN); store<i32>(c, cap, C_OUT_CAP);
}
// @ts-ignore: decorator
@inline export function hostOf(c: usize): i32 { return load<i32>(c, C_HOST); }
// @ts-ignore: decorator
@inline export function hostLen(c: usize): i32 { return load<i32>(c, C_HOST_LEN); }
// @ts-ignore: decorator
@inline export function setHost(c: usize, at: i32, n: i32): void { store<i32>(c, at, C_HOST); store<i32>(c, n, C_HOST_LEN); }
// @ts-ignore: decorator
@inline export function deadlineOf(c: usize): i64 { return load<i64>(c, C_DEADLINE); }
// @ts-ignore: decorator
@inline export function setDeadline(c: usize, ns: i64): void { store<i64>(c, ns, C_DEADLINE); }
/** Where the next request begins, once this one is complete. */
// @ts-ignore: decorator
@inline export function requestEnd(c: usize): i32 { return load<i32>(c, C_END); }
// @ts-ignore: decorator
@inline export function setRequestEnd(c: usize, n: i32): void { store<i32>(c, n, C_END); }
// @ts-ignore: decorator
@inline export function dueOf(c: usize): i64 { return load<i64>(c, C_DUE); }
// @ts-ignore: decorator
@inline export function setDue(c: usize, n: i64): void { store<i64>(c, n, C_DUE); }
// @ts-ignore: decorator
@inline export function trailerBytes(c: usize): i32 { return load<i32>(c, C_TRAILER); }
// @ts-ignore: decorator
@inline export function setTrailerBytes(c: usize, n: i32): void { store<i32>(c, n, C_TRAILER); }

/** The handle that the library holds: index and generation, so that a handle of an earlier request is recognised as dead. */
// @ts-ignore: decorator
@inline export function handleOf(c: usize): i32 { return (generationOf(c) << 16) | connIndex(c); }

/** The connection of a live handle (handling or streaming), or 0. */
export function connOfHandle(h: i32): usize {
  const index = h & 0xffff;
  if (h < 0 || index >= tableCount()) return 0;
  const c = connAddress(index);
  const s = stateOf(c);
  return (s == State.Handling || s == State.Streaming) && generationOf(c) == h >>> 16 ? c : 0;
}

function freeTable(): void {
  if (tableAddress() != START_CONNECTIONS) bufferFree(tableAddress());
}
/** Make sure that the table has a record for `index`; false when there is no memory or the number is absurd. */
export function ensureRecord(index: i32): bool {
  const count = tableCount();
  if (<u32>index < <u32>count) return true;
  if (<u32>index >= <u32>MAX_CONNECTIONS) return false;
  let next = count == 0 ? START_CONNECTION_COUNT : max(count * 2, 32);
  while (next <= index) next *= 2;
  const bytes = <usize>next * RECORD;
  const table = next == START_CONNECTION_COUNT ? START_CONNECTIONS : bufferAlloc(<i32>bytes);
  if (table == 0) return false;
  const old = tableAddress();
  const oldBytes = <usize>count * RECORD;
  if (old != 0) {
    memory.copy(table, old, oldBytes);
    freeTable();
  }
  memory.fill(table + oldBytes, 0, bytes - oldBytes);
  store<u32>(base(), <u32>table, TABLE);
  store<i32>(base(), next, TABLE_COUNT);
  const first = load<i32>(base(), FIRST_GENERATION);
  if (first != 0) for (let i = count; i < next; i++) setGeneration(connAddress(i), first);
  return true;
}

// The ready queue: links are index + 1.
export function pushReady(c: usize): void {
  const link = connIndex(c) + 1;
  store<i32>(c, 0, C_NEXT);
  const tail = load<i32>(base(), READY_TAIL);
  if (tail == 0) store<i32>(base(), link, READY_HEAD);
  else store<i32>(connAddress(tail - 1), link, C_NEXT);
  store<i32>(base(), link, READY_TAIL);
}

export function hasReady(): bool { return load<i32>(base(), READY_HEAD) != 0; }

/** Take the next connection whose request waits for the handler; 0 when none. */
export function popReady(): usize {
  while (true) {
    const link = load<i32>(base(), READY_HEAD);
    if (link == 0) return 0;
    const c = connAddress(link - 1);
    const next = load<i32>(c, C_NEXT);
    store<i32>(base(), next, READY_HEAD);
    if (next == 0) store<i32>(base(), 0, READY_TAIL);
    if (stateOf(c) == State.Ready) return c;
  }
}

/** Drop a connection from the ready queue (its peer left). */
export function removeReady(c: usize): void {
  const link = connIndex(c) + 1;
  let prev = 0;
  let at = load<i32>(base(), READY_HEAD);
  while (at != 0) {
    const record = connAddress(at - 1);
    const next = load<i32>(record, C_NEXT);
    if (at == link) {
      if (prev == 0) store<i32>(base(), next, READY_HEAD);
      else store<i32>(connAddress(prev - 1), next, C_NEXT);
      if (next == 0) store<i32>(base(), prev, READY_TAIL);
      return;
    }
    prev = at;
    at = next;
  }
}

// Events for the library, first in first out.
export const enum Event { Writable = 1, Closed = 2 }

export function pushEvent(kind: i32, handle: i32): void {
  const count = load<i32>(base(), EVENT_COUNT);
  let capacity = load<i32>(base(), EVENT_CAPACITY);
  let list = <usize>load<u32>(base(), EVENT_HEAD);
  if (count == capacity) {
    const grown = bufferAlloc((capacity == 0 ? 16 : capacity * 2) * 8);
    if (grown == 0) return;
    if (list != 0) { memory.copy(grown, list, <usize>count * 8); bufferFree(list); }
    list = grown;
    capacity = capacity == 0 ? 16 : capacity * 2;
    store<u32>(base(), <u32>list, EVENT_HEAD);
    store<i32>(base(), capacity, EVENT_CAPACITY);
  }
  store<i32>(list + <usize>count * 8, kind);
  store<i32>(list + <usize>count * 8, handle, 4);
  store<i32>(base(), count + 1, EVENT_COUNT);
}

/** The next event as `kind << 32 | handle`, or 0. */
export function popEvent(): i64 {
  const count = load<i32>(base(), EVENT_COUNT);
  if (count == 0) return 0;
  const list = <usize>load<u32>(base(), EVENT_HEAD);
  const event = (<i64>load<i32>(list) << 32) | <i64>load<u32>(list, 4);
  memory.copy(list, list + 8, <usize>(count - 1) * 8);
  store<i32>(base(), count - 1, EVENT_COUNT);
  return event;
}

/** Forget everything and give all memory back: no connection is left. */
export function httpRelease(): void {
  for (let i = 0, n = tableCount(); i < n; i++) {
    const c = connAddress(i);
    if (bufferOf(c) != <usize>load<u32>(base(), SHARED)) bufferFree(bufferOf(c));
    bufferFree(pendingOut(c));
  }
  freeTable();
  memory.fill(START_CONNECTIONS, 0, <usize>START_CONNECTION_COUNT * RECORD);
  bufferFree(<usize>load<u32>(base(), SHARED));
  bufferFree(<usize>load<u32>(base(), EVENT_HEAD));
  bufferFree(headMemo());
  httpReset();
}

/** Before an image is made: the same, but for the program, which goes on: no handle that it holds will mean another request. */
export function httpLeave(): void {
  let first = load<i32>(base(), FIRST_GENERATION);
  for (let i = 0, n = tableCount(); i < n; i++) if (generationOf(connAddress(i)) > 0) first = max(first, generationOf(connAddress(i)) + 1);
  httpRelease();
  store<i32>(base(), first & 0x7fff, FIRST_GENERATION);
}

/** Forget everything: called when an image was restored, before anything else. Buffers of the former life are not freed, its allocator is gone. */
export function httpReset(): void {
  const max = load<i32>(base(), MAX_BODY), first = load<i32>(base(), FIRST_GENERATION);
  memory.fill(base(), 0, 128);
  store<i32>(base(), max, MAX_BODY);
  store<i32>(base(), first, FIRST_GENERATION);
}

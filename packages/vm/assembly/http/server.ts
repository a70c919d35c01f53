/**
 * The connection-level operations behind the `http_*` exports. None of them runs JavaScript: complete requests are put in the ready queue and happenings in the
 * event queue; the caller (exports.ts in the VM) takes them from there after each of these.
 */
import { bufferAlloc, bufferFree } from "./memory";
import { flushPending, outAscii, outSend, pendingBytes } from "./output";
import { advance, beginRequest } from "./parser";
import { closeAfterOutput, proceed, release, respondError, responseBegin, responseEnd, responseHeadEnd } from "./response";
import {
  DEFAULT_DEADLINE_NS, Event, Flag, MAX_PIPELINED, RECORD, SHARED_RECEIVE, State, addFlag, addInFlight, bodyEnd, bodyOf, bufferOf, capOf, clearFlag, connAddress, deadlineOf,
  ensureRecord, fieldsOf, generationOf, handleOf, hasFlag, hostOf, inFlight, lenOf, lineOf, maxBody, pendingOut, popReady, pushEvent, pushReady, requestEnd, scanOf,
  setBody, setBodyEnd, setBuffer, setDateFresh, setDeadline, setDraining, setFields, setGeneration, setHost, setLen, setLine, setRequestEnd, setScan, setSharedUsed, setStart, setState,
  setTarget, sharedBlock, startOf, stateOf, tableCount, targetLen, targetOf, hostLen, remainingOf,
} from "./state";

function connAt(index: i32): usize {
  if (<u32>index >= <u32>tableCount()) return 0;
  const c = connAddress(index);
  return stateOf(c) == State.Free ? 0 : c;
}

/** A connection was accepted. 0, or 1 when it cannot be served (the host closes it). */
export function open(index: i32): i32 {
  setDateFresh(false);
  if (!ensureRecord(index)) return 1;
  const c = connAddress(index);
  if (stateOf(c) != State.Free) release(c, false);
  const generation = generationOf(c);
  memory.fill(c, 0, RECORD);
  setGeneration(c, generation);
  beginRequest(c, 0);
  return 0;
}

/** Where the next received bytes go; 0 when the connection is unknown. */
export function receiveAddress(index: i32): usize {
  const c = connAt(index);
  if (c == 0) return 0;
  if (bufferOf(c) == 0 || stateOf(c) == State.Closing) return sharedBlock();
  makeRoom(c);
  return bufferOf(c) + <usize>lenOf(c);
}

/** How many bytes fit there; 0: the host must not read now (too much is pipelined) and asks again after it called into the VM. */
export function receiveSize(index: i32): i32 {
  const c = connAt(index);
  if (c == 0 || hasFlag(c, Flag.Paused)) return 0;
  if (bufferOf(c) == 0 || stateOf(c) == State.Closing) return sharedBlock() == 0 ? 0 : SHARED_RECEIVE;
  if (stateOf(c) >= State.Ready && lenOf(c) - requestEnd(c) >= MAX_PIPELINED) return 0;
  if (stateOf(c) == State.Head && lenOf(c) - startOf(c) >= MAX_PIPELINED) return 0;
  makeRoom(c);
  return capOf(c) - lenOf(c);
}

/** Room for at least a kilobyte more, by moving the input down or to a larger buffer. */
function makeRoom(c: usize): void {
  if (capOf(c) - lenOf(c) >= 1024) return;
  const start = startOf(c);
  if (start > 0) {
    const base = bufferOf(c);
    memory.copy(base, base + <usize>start, <usize>(lenOf(c) - start));
    shift(c, start);
    if (capOf(c) - lenOf(c) >= 1024) return;
  }
  let cap = capOf(c) < 2048 ? 4096 : capOf(c) * 2;
  if (stateOf(c) == State.SizedBody) {
    // Not more than the body needs, nor all of it at once for a peer that only promised it.
    const end = bodyOf(c) + <i32>remainingOf(c) + 1024;
    if (cap > end && end - lenOf(c) >= 1024) cap = end;
  }
  const p = bufferAlloc(cap);
  if (p == 0) return;
  memory.copy(p, bufferOf(c), <usize>lenOf(c));
  bufferFree(bufferOf(c));
  setBuffer(c, p, cap);
}

/** All offsets less `by`. */
function shift(c: usize, by: i32): void {
  setLen(c, lenOf(c) - by);
  setStart(c, startOf(c) - by);
  setScan(c, scanOf(c) - by);
  setLine(c, lineOf(c) - by);
  if (fieldsOf(c) != 0) setFields(c, fieldsOf(c) - by);
  setTarget(c, targetOf(c) - by, targetLen(c));
  setHost(c, hostOf(c) - by, hostLen(c));
  setBody(c, bodyOf(c) - by);
  setBodyEnd(c, bodyEnd(c) - by);
  setRequestEnd(c, requestEnd(c) - by);
}

/** n bytes were received; 0 is the end of the stream. */
export function receive(index: i32, n: i32): void {
  const c = connAt(index);
  if (c == 0 || stateOf(c) == State.Closing) return;
  if (n <= 0) { endOfInput(c); return; }
  if (bufferOf(c) == 0) {
    setBuffer(c, sharedBlock(), SHARED_RECEIVE);
    setLen(c, n);
    setSharedUsed(n);
  } else {
    setLen(c, lenOf(c) + n);
  }
  // While a response waits to be taken the next request waits too.
  if (stateOf(c) < State.Ready && pendingOut(c) == 0 && advance(c)) pushReady(c);
}

/** After the requests that `receive` completed were dispatched: give the shared block free again. */
export function settle(index: i32): void {
  setSharedUsed(0);
  const c = connAt(index);
  if (c == 0 || bufferOf(c) == 0 || bufferOf(c) != sharedBlock()) return;
  const len = lenOf(c);
  if (stateOf(c) == State.Head && startOf(c) == len) {
    // Not a new beginning: empty lines before a request stay counted.
    setBuffer(c, 0, 0);
    setLen(c, 0);
    setStart(c, 0);
    setScan(c, 0);
    setLine(c, 0);
    return;
  }
  const cap = (len + 1024 + 1023) & ~1023;
  const p = bufferAlloc(cap);
  if (p == 0) { setBuffer(c, 0, 0); release(c, true); return; }
  memory.copy(p, bufferOf(c), <usize>len);
  setBuffer(c, p, cap);
}

function endOfInput(c: usize): void {
  addFlag(c, Flag.EndOfInput);
  // A request in flight still gets its answer (the peer may have closed its sending side only); half a request cannot be answered.
  if (stateOf(c) < State.Ready && pendingOut(c) == 0) closeAfterOutput(c);
  else if (stateOf(c) >= State.Ready && lenOf(c) == requestEnd(c)) clearFlag(c, Flag.KeepAlive);
}

/** The socket can take more. */
export function writable(index: i32): void {
  const c = connAt(index);
  if (c == 0) return;
  if (!flushPending(c)) { release(c, true); return; }
  if (pendingOut(c) != 0) return;
  const state = stateOf(c);
  if (state == State.Closing) release(c, true);
  else if (state < State.Ready) proceed(c);
  else if (hasFlag(c, Flag.WantsWritable)) {
    clearFlag(c, Flag.WantsWritable);
    pushEvent(Event.Writable, handleOf(c));
  }
}

/** The peer is gone. */
export function closed(index: i32): void {
  const c = connAt(index);
  if (c != 0) release(c, false);
}

/** Every answer from now on ends its connection. Those that wait for a next request are the host's to close. */
export function drain(): void { setDraining(); }

/** Wants the connection to be told when it is writable? (The flag that `http_receive` returns.) */
export function wantsWritable(index: i32): i32 {
  const c = connAt(index);
  return c != 0 && pendingOut(c) != 0 ? 1 : 0;
}

/** The next request for the handler: its handle, or -1. Its answer comes by `response.ts`. */
export function takeRequest(): i32 {
  while (true) {
    const c = popReady();
    if (c == 0) return -1;
    setState(c, State.Handling);
    setDeadline(c, 0);
    addInFlight(1);
    if (!hasFlag(c, Flag.Asterisk)) return handleOf(c);
    // OPTIONS * asks about the server, not about the handler.
    responseBegin(c, 204, 0, 0);
    outAscii("allow: GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS\r\n");
    responseHeadEnd(c, 204, 0, false);
    responseEnd(c);
  }
}

/** The handler came to no answer by itself (it threw in a way the library could not catch, or was stopped). */
export function failRequest(c: usize, status: i32, message: string): void {
  respondError(c, status, message);
}

/** Answer requests whose handler is over its time; ns until the next such moment, -1 when there is none. `now` in ns. */
export function expire(now: i64): i64 {
  if (inFlight() == 0) return -1;
  let next: i64 = -1;
  for (let i = 0, n = tableCount(); i < n; i++) {
    const c = connAddress(i);
    if (stateOf(c) != State.Handling) continue;
    if (deadlineOf(c) == 0) setDeadline(c, now + DEFAULT_DEADLINE_NS);
    const left = deadlineOf(c) - now;
    if (left <= 0) {
      pushEvent(Event.Closed, handleOf(c));
      respondError(c, 504, "The handler did not answer within 30 seconds");
    } else if (next < 0 || left < next) next = left;
  }
  return next;
}

/** Send the head of a streamed response. False when the peer is gone; the connection is forgotten then. */
export function sendHead(c: usize): bool {
  setState(c, State.Streaming);
  if (outSend(c)) return true;
  release(c, true);
  return false;
}

/** Bytes of output that wait for the peer. */
export function backlog(c: usize): i32 { return pendingBytes(c); }

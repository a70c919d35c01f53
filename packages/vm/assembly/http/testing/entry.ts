/**
 * The HTTP layer alone, for its tests: the `http_*` exports with a handler in place of JavaScript that echoes what was parsed. By path:
 * `/later` is answered by `test_answer`, `/stream` in pieces, `/big?n` with n bytes, `/none` with 204; everything else at once.
 */
import { resetState, setHeapCap, setHeapEnd, setPageCursor, heapStart } from "../../state";
import { outAdvance, outAscii, outBytes, outDecimal, outReserve } from "../output";
import { carriesBody, responseBegin, responseEnd, responseField, responseHeadEnd, streamBytes, streamEnd } from "../response";
import * as server from "../server";
import {
  Flag, State, bodyEnd, bodyOf, bufferOf, connOfHandle, fieldCount, hasFlag, hostLen, hostOf, httpReset, inFlight, methodLen, popEvent, setMaxBody, setState, startOf, tableCount, targetLen, targetOf,
  connAddress, stateOf,
} from "../state";
import { equalsAscii, isDigit } from "../chars";

function startsWith(p: usize, n: i32, literal: string): bool { return n >= literal.length && equalsAscii(p, literal.length, literal); }

function dispatch(): void {
  for (let h = server.takeRequest(); h >= 0; h = server.takeRequest()) {
    const c = connOfHandle(h);
    const target = bufferOf(c) + <usize>targetOf(c);
    if (startsWith(target, targetLen(c), "/later")) continue;
    answer(c);
  }
}

function answer(c: usize): void {
  const base = bufferOf(c);
  const target = base + <usize>targetOf(c);
  const n = targetLen(c);
  if (startsWith(target, n, "/stream")) {
    responseBegin(c, 200, 0, 0);
    responseHeadEnd(c, 200, -1, true);
    if (!server.sendHead(c)) return;
    streamBytes(c, memory.data<u8>([0x6f, 0x6e, 0x65, 10]), 4);
    streamBytes(c, memory.data<u8>([0x74, 0x77, 0x6f, 10]), 4);
    streamEnd(c);
    return;
  }
  if (startsWith(target, n, "/none")) {
    responseBegin(c, 204, 0, 0);
    responseHeadEnd(c, 204, 0, false);
    responseEnd(c);
    return;
  }
  if (startsWith(target, n, "/big?")) {
    let size = 0;
    for (let i = 5; i < n && isDigit(load<u8>(target + i)); i++) size = size * 10 + <i32>load<u8>(target + i) - 48;
    responseBegin(c, 200, 0, 0);
    responseHeadEnd(c, 200, <i64>size, true);
    if (carriesBody(c, 200)) {
      const to = outReserve(size);
      memory.fill(to, 0x78, <usize>size);
      outAdvance(size);
    }
    responseEnd(c);
    return;
  }
  responseBegin(c, 200, 0, 0);
  const fields = fieldCount(c);
  const bodyLength = bodyEnd(c) - bodyOf(c);
  let text = 3 + methodLen(c) + n + hostLen(c) + bodyLength;
  for (let k = fields; k >= 10; k /= 10) text++;
  text += 1 + 1;
  responseHeadEnd(c, 200, <i64>text, true);
  if (carriesBody(c, 200)) {
    outBytes(base + <usize>startOf(c), methodLen(c));
    outAscii("\n");
    outBytes(target, n);
    outAscii("\n");
    outBytes(base + <usize>hostOf(c), hostLen(c));
    outAscii("\n");
    outDecimal(<i64>fields);
    outAscii("\n");
    outBytes(base + <usize>bodyOf(c), bodyLength);
  }
  responseEnd(c);
}

/** The heap as boot leaves it, without a realm. */
export function test_reset(): void {
  resetState();
  setHeapEnd(heapStart());
  setPageCursor(<u32>(heapStart() >>> 12));
  setHeapCap(0x10000000);
  httpReset();
}
export function test_max_body(n: i32): void { setMaxBody(n); }
/** Answer every request that waits. */
export function test_answer(): void {
  for (let i = 0; i < tableCount(); i++) {
    const c = connAddress(i);
    if (stateOf(c) == State.Handling) answer(c);
  }
  dispatch();
}
export function test_in_flight(): i32 { return inFlight(); }
export function test_event(): i64 { return popEvent(); }
export function http_open(conn: i32): i32 { return server.open(conn); }
export function http_buffer(conn: i32): usize { return server.receiveAddress(conn); }
export function http_buffer_size(conn: i32): i32 { return server.receiveSize(conn); }
export function http_receive(conn: i32, n: i32): i32 {
  server.receive(conn, n);
  dispatch();
  server.settle(conn);
  return server.wantsWritable(conn);
}
export function http_writable(conn: i32): i32 {
  server.writable(conn);
  dispatch();
  return server.wantsWritable(conn);
}
export function http_closed(conn: i32): void { server.closed(conn); }
export function http_drain(): void { server.drain(); }
export function test_expire(now: i64): i64 { return server.expire(now); }

/** Response writer: status line, fields, framing; and the life of a connection after a response. */
import { controls, equalsIgnoreCase, isDigit, isToken, lower } from "./chars";
import { httpDate } from "./date";
import { hostClose } from "../host";
import { bufferFree } from "./memory";
import { outAdvance, outAscii, outBegin, outBytes, outDecimal, outDrop, outHex, outReserve, outSend } from "./output";
import { advance, beginRequest } from "./parser";
import {
  Event, Flag, OutFlag, State, addFlag, addInFlight, bufferOf, clearFlag, connIndex, dueOf, flagsOf, handleOf, hasFlag, isDraining, lenOf, nextGeneration, outFlags, outLen, outPtr, pendingOut,
  pushEvent, pushReady, removeReady, requestEnd, setBuffer, setDue, setFlags, setLen, setOutFlags, setPending, setScan, setStart, setState, sharedBlock, stateOf,
} from "./state";

/** Reason phrase (RFC 9110, 15). */
export function reason(status: i32): string {
  switch (status) {
    case 100: return "Continue";
    case 200: return "OK";
    case 201: return "Created";
    case 202: return "Accepted";
    case 203: return "Non-Authoritative Information";
    case 204: return "No Content";
    case 205: return "Reset Content";
    case 206: return "Partial Content";
    case 207: return "Multi-Status";
    case 300: return "Multiple Choices";
    case 301: return "Moved Permanently";
    case 302: return "Found";
    case 303: return "See Other";
    case 304: return "Not Modified";
    case 307: return "Temporary Redirect";
    case 308: return "Permanent Redirect";
    case 400: return "Bad Request";
    case 401: return "Unauthorized";
    case 402: return "Payment Required";
    case 403: return "Forbidden";
    case 404: return "Not Found";
    case 405: return "Method Not Allowed";
    case 406: return "Not Acceptable";
    case 408: return "Request Timeout";
    case 409: return "Conflict";
    case 410: return "Gone";
    case 411: return "Length Required";
    case 412: return "Precondition Failed";
    case 413: return "Content Too Large";
    case 414: return "URI Too Long";
    case 415: return "Unsupported Media Type";
    case 416: return "Range Not Satisfiable";
    case 417: return "Expectation Failed";
    case 418: return "I'm a Teapot";
    case 421: return "Misdirected Request";
    case 422: return "Unprocessable Content";
    case 423: return "Locked";
    case 424: return "Failed Dependency";
    case 425: return "Too Early";
    case 426: return "Upgrade Required";
    case 428: return "Precondition Required";
    case 429: return "Too Many Requests";
    case 431: return "Request Header Fields Too Large";
    case 451: return "Unavailable For Legal Reasons";
    case 500: return "Internal Server Error";
    case 501: return "Not Implemented";
    case 502: return "Bad Gateway";
    case 503: return "Service Unavailable";
    case 504: return "Gateway Timeout";
    case 505: return "HTTP Version Not Supported";
    case 507: return "Insufficient Storage";
    case 508: return "Loop Detected";
    case 511: return "Network Authentication Required";
    default: return "";
  }
}

export function writeContinue(c: usize): void {
  outBegin();
  outAscii("HTTP/1.1 100 Continue\r\n\r\n");
  if (!outSend(c)) release(c, true);
}

/** Begin a response: the status line. `reasonPtr` 0: the standard phrase. The bytes given must have passed `validReason`. */
export function responseBegin(c: usize, status: i32, reasonPtr: usize, reasonLen: i32): void {
  outBegin();
  setDue(c, -1);
  // "HTTP/1.1 200 OK" is nearly every response.
  if (status == 200 && reasonLen == 0) {
    outAscii("HTTP/1.1 200 OK\r\n");
    return;
  }
  outAscii("HTTP/1.1 ");
  outDecimal(<i64>status);
  outAscii(" ");
  if (reasonLen > 0) outBytes(reasonPtr, reasonLen);
  else outAscii(reason(status));
  outAscii("\r\n");
}

/** May these bytes be a reason phrase or field value: no control characters but HT? */
export function validValue(p: usize, n: i32): bool {
  for (let i = 0; i < n; i++) {
    const b = <u32>load<u8>(p + i);
    if (b < 32 ? b != 9 : b == 127) return false;
  }
  return true;
}

/**
 * One field of the handler's. False (and nothing written) when name or value is malformed. Fields that belong to the connection are not passed on:
 * `connection: close` is honoured, `content-length` remembered.
 */
export function responseField(c: usize, p: usize, k: i32, v: usize, n: i32): bool {
  if (!isToken(p, k)) return false;
  for (let i = 0; i < n; i++) {
    const b = <u32>load<u8>(v + i);
    if (b == 13 || b == 10 || b == 0) return false;
  }
  const first = lower(load<u8>(p));
  if (first == 0x63) {
    if (k == 14 && equalsIgnoreCase(p, k, "content-length")) {
      let due: i64 = n > 0 && n < 16 ? 0 : -1;
      for (let i = 0; i < n && due >= 0; i++) due = isDigit(load<u8>(v + i)) ? due * 10 + <i64>(load<u8>(v + i) - 0x30) : -1;
      setDue(c, due);
      return true;
    }
    if (k == 12 && equalsIgnoreCase(p, k, "content-type")) setOutFlags(outFlags() | OutFlag.ContentType);
    else if (k == 10 && equalsIgnoreCase(p, k, "connection")) {
      if (equalsIgnoreCase(v, n, "close")) clearFlag(c, Flag.KeepAlive);
      return true;
    }
  } else if (first == 0x74) {
    if (k == 17 && equalsIgnoreCase(p, k, "transfer-encoding")) return true;
  } else if (first == 0x6b) {
    if (k == 10 && equalsIgnoreCase(p, k, "keep-alive")) return true;
  } else if (first == 0x75) {
    if (k == 7 && equalsIgnoreCase(p, k, "upgrade")) return true;
  } else if (first == 0x64) {
    if (k == 4 && equalsIgnoreCase(p, k, "date")) setOutFlags(outFlags() | OutFlag.Date);
  }
  const to = outReserve(k + n + 4);
  if (to == 0) return false;
  memory.copy(to, p, <usize>k);
  store<u16>(to + <usize>k, 0x203a);
  memory.copy(to + <usize>k + 2, v, <usize>n);
  store<u16>(to + <usize>(k + 2 + n), 0x0a0d);
  outAdvance(k + n + 4);
  return true;
}

/** Has the response of this status a body, and does this request want it? */
export function carriesBody(c: usize, status: i32): bool {
  return status != 204 && status != 304 && status >= 200 && !hasFlag(c, Flag.HeadMethod);
}

/**
 * End of the head. `length`: bytes of the body, or -1 for a stream (chunked; with the handler's own Content-Length sized; for HTTP/1.0 ended by closing).
 * `typed`: give a content-type of text when the handler gave none.
 */
export function responseHeadEnd(c: usize, status: i32, length: i64, textual: bool): void {
  if (isDraining()) clearFlag(c, Flag.KeepAlive);
  if (textual && (outFlags() & OutFlag.ContentType) == 0) outAscii("content-type: text/plain;charset=UTF-8\r\n");
  if ((outFlags() & OutFlag.Date) == 0) {
    outAscii("date: ");
    outBytes(httpDate(), 29);
    outAscii("\r\n");
  }
  if (status != 204 && status != 304 && status >= 200) {
    const due = dueOf(c);
    // A HEAD response may state the length that GET would have.
    const stated = length < 0 || (hasFlag(c, Flag.HeadMethod) && length == 0 && due >= 0) ? due : length;
    if (stated >= 0) {
      outAscii("content-length: ");
      outDecimal(stated);
      outAscii("\r\n");
    } else if (hasFlag(c, Flag.Http10)) {
      clearFlag(c, Flag.KeepAlive);
    } else {
      outAscii("transfer-encoding: chunked\r\n");
      if (!hasFlag(c, Flag.HeadMethod)) addFlag(c, Flag.ChunkedResponse);
    }
  }
  if (!hasFlag(c, Flag.KeepAlive)) outAscii("connection: close\r\n");
  else if (hasFlag(c, Flag.Http10)) outAscii("connection: keep-alive\r\n");
  outAscii("\r\n");
}

/**
 * The whole head of nearly every response: 200, a content type and nothing else of the handler's, on a connection that is kept. False when it is another one; nothing is
 * composed then.
 */
export function plainHead(c: usize, type: usize, n: i32, length: i32): bool {
  if ((flagsOf(c) & (Flag.KeepAlive | Flag.Http10)) != Flag.KeepAlive || isDraining()) return false;
  let i = 0;
  for (; i + 8 <= n; i += 8) if (controls(load<u64>(type + i)) != 0) return false;
  for (; i < n; i++) if (<u32>load<u8>(type + i) < 32) return false;
  outBegin();
  setDue(c, -1);
  let to = outReserve(n + 128);
  if (to == 0) return false;
  const from = to, date = httpDate();
  // "HTTP/1.1 200 OK\r\ncontent-type: ", of 31 bytes
  store<u64>(to, 0x312e312f50545448);
  store<u64>(to, 0x0d4b4f2030303220, 8);
  store<u64>(to, 0x746e65746e6f630a, 16);
  store<u64>(to, 0x00203a657079742d, 24);
  to += 31;
  for (i = 0; i + 8 <= n; i += 8) store<u64>(to + i, load<u64>(type + i));
  for (; i < n; i++) store<u8>(to + i, load<u8>(type + i));
  to += n;
  // "\r\ndate: "
  store<u64>(to, 0x203a657461640a0d);
  store<u64>(to, load<u64>(date), 8);
  store<u64>(to, load<u64>(date, 8), 16);
  store<u64>(to, load<u64>(date, 16), 24);
  store<u64>(to, load<u64>(date, 21), 29);
  // "\r\ncontent-length: "
  store<u64>(to, 0x6e65746e6f630a0d, 37);
  store<u64>(to, 0x6874676e656c2d74, 45);
  store<u16>(to, 0x203a, 53);
  to += 55;
  let digits = 1;
  for (let v = length; v >= 10; v /= 10) digits++;
  for (let v = length, k = digits - 1; k >= 0; k--, v /= 10) store<u8>(to + k, 0x30 + v % 10);
  to += digits;
  store<u32>(to, 0x0a0d0a0d);
  outAdvance(<i32>(to + 4 - from));
  return true;
}

/** Send what was composed as the last of a response and go on to the next request, or close. */
export function responseEnd(c: usize): void {
  const sent = outSend(c);
  addInFlight(-1);
  nextGeneration(c);
  if (!sent) { setState(c, State.Closing); release(c, true); return; }
  if (!hasFlag(c, Flag.KeepAlive)) { closeAfterOutput(c); return; }
  let next = requestEnd(c);
  if (next == lenOf(c)) {
    dropInput(c);
    next = 0;
  }
  beginRequest(c, next);
  // The next response would only queue behind this one: wait until it is taken.
  if (pendingOut(c) == 0) proceed(c);
}

/** Look for the next request in what was received already. */
export function proceed(c: usize): void {
  if (lenOf(c) != 0 && advance(c)) pushReady(c);
  else if (hasFlag(c, Flag.EndOfInput) && stateOf(c) < State.Ready) closeAfterOutput(c);
}

function dropInput(c: usize): void {
  const b = bufferOf(c);
  if (b != 0 && b != sharedBlock()) bufferFree(b);
  setBuffer(c, 0, 0);
  setLen(c, 0);
  setScan(c, 0);
  setStart(c, 0);
}

/** Nothing more is read; close once the output is sent. */
export function closeAfterOutput(c: usize): void {
  setState(c, State.Closing);
  dropInput(c);
  if (pendingOut(c) == 0) release(c, true);
}

/** Forget the connection; `close`: and let the host close it. A request in flight is reported to the library. */
export function release(c: usize, close: bool): void {
  const state = stateOf(c);
  if (state == State.Free) return;
  if (state == State.Ready) removeReady(c);
  if (state == State.Handling || state == State.Streaming) {
    addInFlight(-1);
    pushEvent(Event.Closed, handleOf(c));
  }
  dropInput(c);
  if (pendingOut(c) != 0) {
    bufferFree(pendingOut(c));
    setPending(c, 0, 0, 0, 0);
  }
  nextGeneration(c);
  setFlags(c, 0);
  setState(c, State.Free);
  if (close) hostClose(connIndex(c));
}

/** Answer by ourselves, in plain text, and close. For errors before, and instead of, the handler's answer. */
export function respondError(c: usize, status: i32, message: string): void {
  if (stateOf(c) == State.Streaming) { release(c, true); return; }
  const handled = stateOf(c) == State.Handling;
  clearFlag(c, Flag.KeepAlive);
  responseBegin(c, status, 0, 0);
  outAscii("content-type: text/plain;charset=UTF-8\r\n");
  setOutFlags(OutFlag.ContentType);
  responseHeadEnd(c, status, <i64>(message.length + 1), false);
  if (!hasFlag(c, Flag.HeadMethod)) {
    outAscii(message);
    outAscii("\n");
  }
  if (handled) { responseEnd(c); return; }
  if (outSend(c)) closeAfterOutput(c);
  else release(c, true);
}

/** Body bytes of a streamed response. */
export function streamBytes(c: usize, p: usize, n: i32): void {
  if (n == 0 || hasFlag(c, Flag.HeadMethod)) return;
  let take = n;
  const due = dueOf(c);
  outBegin();
  if (hasFlag(c, Flag.ChunkedResponse)) {
    outHex(n);
    outAscii("\r\n");
  } else if (due >= 0) {
    // Never more than was announced: the next response would be read wrongly.
    if (<i64>take > due) take = <i32>due;
    setDue(c, due - <i64>take);
  }
  let ok = outBytes(p, take);
  if (hasFlag(c, Flag.ChunkedResponse)) ok = outAscii("\r\n") && ok;
  if (!ok) outDrop();
  if (!ok || !outSend(c)) release(c, true);
}

/** The end of a streamed response. */
export function streamEnd(c: usize): void {
  outBegin();
  if (hasFlag(c, Flag.ChunkedResponse)) outAscii("0\r\n\r\n");
  // Fewer bytes than announced: the peer must see that it is incomplete.
  else if (dueOf(c) > 0 && !hasFlag(c, Flag.HeadMethod)) { release(c, true); return; }
  responseEnd(c);
}


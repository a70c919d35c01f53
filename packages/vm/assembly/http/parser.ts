/**
 * Incremental HTTP/1.1 request parser (RFC 9112), strict: what two implementations could read differently is refused. Lines end in CRLF, a bare CR or LF is an
 * error, folded lines are refused, both or contradicting framings are refused (request smuggling). Each byte is looked at once, a line is interpreted as soon as it
 * is complete, so a result does not depend on how the input was cut. Nothing is copied but chunk data, which is moved down over its framing.
 */
import { controls, equalsAscii, equalsIgnoreCase, hexValue, isDigit, isToken, isTokenByte, sameBytes } from "./chars";
import { bufferAlloc } from "./memory";
import {
  Flag, MAX_CHUNK_LINE, MAX_HEAD, MAX_HEADERS, MAX_REQUEST_LINE, MAX_TRAILERS, State, addFlag, bodyEnd, bodyOf, bufferOf, dateSecond, fieldCount, fieldsOf, flagsOf, hasFlag, headMemo, hostLen, hostOf, lenOf, lineOf,
  maxBody, methodLen, remainingOf, scanOf, setBody, setBodyEnd, setDue, setFieldCount, setFields, setFlags, setHeadMemo, setHost, setLen, setLine, setMethodLen, setRemaining, setRequestEnd, setScan,
  setStart, setState, setTarget, setTrailerBytes, startOf, stateOf, targetLen, targetOf, trailerBytes,
} from "./state";
import { respondError, writeContinue } from "./response";

const CR: u32 = 13;
const LF: u32 = 10;

/** Ready the record for a request that begins at offset `start` of the buffer. */
export function beginRequest(c: usize, start: i32): void {
  setState(c, State.Head);
  setFlags(c, flagsOf(c) & Flag.EndOfInput);
  setStart(c, start);
  setScan(c, start);
  setLine(c, start);
  setFields(c, 0);
  setFieldCount(c, 0);
  setTarget(c, 0, 0);
  setHost(c, 0, 0);
  setRemaining(c, 0);
  setTrailerBytes(c, 0);
  setDue(c, -1);
}

/** Go as far as the received bytes allow. True when a request became complete (state Ready; the caller queues it). An error was answered and leaves state Closing. */
export function advance(c: usize): bool {
  while (true) {
    const before = stateOf(c);
    let more = false;
    if (before == State.Head) more = parseHead(c);
    else if (before == State.SizedBody) more = parseSized(c);
    else if (before == State.ChunkSize) more = parseChunkSize(c);
    else if (before == State.ChunkData) more = parseChunkData(c);
    else if (before == State.ChunkEnd) more = parseChunkEnd(c);
    else if (before == State.Trailers) more = parseTrailers(c);
    else return false;
    if (stateOf(c) == State.Ready) return true;
    if (!more) {
      if (hasFlag(c, Flag.Chunked) && stateOf(c) < State.Ready && stateOf(c) > State.Head) compact(c);
      return false;
    }
  }
}

function fail(c: usize, status: i32, message: string): bool {
  respondError(c, status, message);
  return false;
}

/**
 * Find the end of the line that begins at `lineOf(c)`, from `scanOf(c)` on. Returns its length without CRLF and moves `scan` behind it; -1 when it is not
 * complete; -2 after an error was answered (a control character, or a bare CR or LF).
 */
function nextLine(c: usize): i32 {
  const base = bufferOf(c);
  const end = base + lenOf(c);
  let p = base + scanOf(c);
  while (true) {
    while (p + 8 <= end) {
      const found = controls(load<u64>(p));
      if (found != 0) { p += <usize>(ctz(found) >> 3); break; }
      p += 8;
    }
    if (p >= end) break;
    const b = <u32>load<u8>(p);
    if (b < 32 || b == 127) {
      if (b == CR) {
        if (p + 1 == end) break;
        if (<u32>load<u8>(p, 1) != LF) { fail(c, 400, "A CR without LF is not allowed"); return -2; }
        setScan(c, <i32>(p + 2 - base));
        return <i32>(p - base) - lineOf(c);
      }
      if (b == LF) { fail(c, 400, "Lines must end in CRLF"); return -2; }
      if (b != 9) { fail(c, 400, "Control character in the message head"); return -2; }
    }
    p++;
  }
  setScan(c, <i32>(p - base));
  return -1;
}

function parseHead(c: usize): bool {
  if (fieldsOf(c) == 0 && fieldCount(c) == 0 && scanOf(c) == startOf(c) && recallHead(c)) return endOfHead(c);
  while (true) {
    const line = lineOf(c);
    const n = nextLine(c);
    if (n == -2) return false;
    const first = fieldsOf(c) == 0;
    if (first) {
      if ((n >= 0 ? n : scanOf(c) - line) > MAX_REQUEST_LINE) return fail(c, 414, "The request line is longer than 8192 bytes");
    } else if (scanOf(c) - startOf(c) > MAX_HEAD) {
      return fail(c, 431, "The header fields are longer than 16384 bytes");
    }
    if (n < 0) return false;
    setLine(c, scanOf(c));
    if (first) {
      if (n == 0) {
        // RFC 9112, 2.2: empty lines before a request line are ignored; a few, so that they cannot be sent for ever.
        setFieldCount(c, fieldCount(c) + 1);
        if (fieldCount(c) > 8) return fail(c, 400, "Empty lines instead of a request");
        setStart(c, scanOf(c));
        continue;
      }
      setFieldCount(c, 0);
      if (!requestLine(c, bufferOf(c) + line, n)) return false;
      setFields(c, scanOf(c));
    } else if (n == 0) {
      if (dateSecond() != 0) rememberHead(c);
      return endOfHead(c);
    } else {
      if (fieldCount(c) >= MAX_HEADERS) return fail(c, 431, "More than 100 header fields");
      setFieldCount(c, fieldCount(c) + 1);
      if (!fieldLine(c, bufferOf(c) + line, n)) return false;
    }
  }
}

// The last head that was parsed: who keeps a connection sends the same one again. Its bytes, and what they were found to mean, which depends on nothing else. Positions are
// relative to the head's start. A first request is not remembered, so that a start touches no page for it.
const MEMO_BYTES: i32 = 1024;
const MEMO_LENGTH: usize = 0, MEMO_FLAGS: usize = 4, MEMO_METHOD_LEN: usize = 8, MEMO_TARGET: usize = 12, MEMO_TARGET_LEN: usize = 16, MEMO_FIELDS: usize = 20, MEMO_FIELD_COUNT: usize = 24;
const MEMO_HOST: usize = 28, MEMO_HOST_LEN: usize = 32, MEMO_REMAINING: usize = 40, MEMO_HEAD: usize = 48;

/** Before endOfHead: the line of the empty end is the last one that was read. */
function rememberHead(c: usize): void {
  const start = startOf(c), n = scanOf(c) - start;
  if (n > MEMO_BYTES - <i32>MEMO_HEAD) return;
  let memo = headMemo();
  if (memo == 0) {
    memo = bufferAlloc(MEMO_BYTES);
    if (memo == 0) return;
    setHeadMemo(memo);
  }
  store<i32>(memo, n, MEMO_LENGTH);
  store<i32>(memo, flagsOf(c) & ~Flag.EndOfInput, MEMO_FLAGS);
  store<i32>(memo, methodLen(c), MEMO_METHOD_LEN);
  store<i32>(memo, targetOf(c) - start, MEMO_TARGET);
  store<i32>(memo, targetLen(c), MEMO_TARGET_LEN);
  store<i32>(memo, fieldsOf(c) - start, MEMO_FIELDS);
  store<i32>(memo, fieldCount(c), MEMO_FIELD_COUNT);
  store<i32>(memo, hostOf(c) - start, MEMO_HOST);
  store<i32>(memo, hostLen(c), MEMO_HOST_LEN);
  store<i64>(memo, remainingOf(c), MEMO_REMAINING);
  memory.copy(memo + MEMO_HEAD, bufferOf(c) + <usize>start, <usize>n);
}

/** Is the whole of that head there again? Then everything is as if it had been parsed up to its end. */
function recallHead(c: usize): bool {
  const memo = headMemo();
  if (memo == 0) return false;
  const start = startOf(c), n = load<i32>(memo, MEMO_LENGTH);
  if (lenOf(c) - start < n || !sameBytes(bufferOf(c) + <usize>start, memo + MEMO_HEAD, n)) return false;
  setFlags(c, flagsOf(c) | load<i32>(memo, MEMO_FLAGS));
  setMethodLen(c, load<i32>(memo, MEMO_METHOD_LEN));
  setTarget(c, start + load<i32>(memo, MEMO_TARGET), load<i32>(memo, MEMO_TARGET_LEN));
  setFields(c, start + load<i32>(memo, MEMO_FIELDS));
  setFieldCount(c, load<i32>(memo, MEMO_FIELD_COUNT));
  setHost(c, start + load<i32>(memo, MEMO_HOST), load<i32>(memo, MEMO_HOST_LEN));
  setRemaining(c, load<i64>(memo, MEMO_REMAINING));
  setScan(c, start + n);
  setLine(c, start + n);
  return true;
}

function requestLine(c: usize, p: usize, n: i32): bool {
  let m = 0;
  while (m < n && load<u8>(p + m) != 32) m++;
  if (m > 32 || m == n || !isToken(p, m)) return fail(c, 400, "Malformed request line");
  let t = m + 1;
  while (t < n && <u32>load<u8>(p + t) > 32) {
    if (load<u8>(p + t) == 0x23) return fail(c, 400, "A fragment is not allowed in the request target");
    t++;
  }
  if (t == m + 1 || t >= n || load<u8>(p + t) != 32) return fail(c, 400, "Malformed request line");
  const v = p + t + 1;
  const vn = n - t - 1;
  if (vn != 8 || !equalsAscii(v, 5, "HTTP/") || !isDigit(load<u8>(v, 5)) || load<u8>(v, 6) != 0x2e || !isDigit(load<u8>(v, 7))) return fail(c, 400, "Malformed request line");
  const minor = load<u8>(v, 7);
  if (load<u8>(v, 5) != 0x31 || minor > 0x31) return fail(c, 505, "Only HTTP/1.1 and HTTP/1.0 are spoken here");
  if (minor == 0x30) addFlag(c, Flag.Http10);
  setMethodLen(c, m);
  const target = p + m + 1;
  const tn = t - m - 1;
  setTarget(c, <i32>(target - bufferOf(c)), tn);
  if (equalsAscii(p, m, "HEAD")) addFlag(c, Flag.HeadMethod);
  if (load<u8>(target) == 0x2f) return true;
  if (equalsAscii(p, m, "CONNECT")) return fail(c, 501, "CONNECT is not supported");
  if (tn == 1 && load<u8>(target) == 0x2a && equalsAscii(p, m, "OPTIONS")) { addFlag(c, Flag.Asterisk); return true; }
  let authority = 0;
  if (tn > 7 && equalsIgnoreCase(target, 7, "http://")) authority = 7;
  else if (tn > 8 && equalsIgnoreCase(target, 8, "https://")) authority = 8;
  if (authority == 0) return fail(c, 400, "Malformed request target");
  let e = authority;
  while (e < tn && load<u8>(target + e) != 0x2f && load<u8>(target + e) != 0x3f) e++;
  if (e == authority || !validHost(target + authority, e - authority)) return fail(c, 400, "Malformed host in the request target");
  addFlag(c, Flag.Absolute);
  return true;
}

// Bytes of RFC 3986 host and port: unreserved, sub-delims, % : [ ]. No userinfo, path, query, spaces or lists.
function validHost(p: usize, n: i32): bool {
  let brackets = 0;
  for (let i = 0; i < n; i++) {
    const b = <u32>load<u8>(p + i);
    if (b - 0x61 < 26 || b - 0x41 < 26 || b - 0x30 < 10) continue;
    if (b == 0x5b) { if (i != 0) return false; brackets = 1; continue; }
    if (b == 0x5d) { if (brackets != 1) return false; brackets = 2; continue; }
    if (b == 0x3a) {
      if (brackets == 1) continue;
      for (let k = i + 1; k < n; k++) if (!isDigit(load<u8>(p + k))) return false;
      return n - i - 1 <= 5 && brackets != 1;
    }
    if (b == 0x2d || b == 0x2e || b == 0x5f || b == 0x7e || b == 0x25 || b == 0x21 || b == 0x24 || (b >= 0x26 && b <= 0x2c) || b == 0x3b || b == 0x3d) continue;
    return false;
  }
  return brackets != 1;
}

function fieldLine(c: usize, p: usize, n: i32): bool {
  let k = 0;
  while (k < n && load<u8>(p + k) != 0x3a) k++;
  // Covers obsolete folding (a line that begins with a blank), a missing colon and a blank before it.
  if (k == n || !isToken(p, k)) return fail(c, 400, "Malformed header field");
  let v = p + k + 1;
  let e = p + n;
  while (v < e && (load<u8>(v) == 32 || load<u8>(v) == 9)) v++;
  while (e > v && (load<u8>(e - 1) == 32 || load<u8>(e - 1) == 9)) e--;
  const vn = <i32>(e - v);
  if (k == 4) {
    if (equalsIgnoreCase(p, k, "host")) {
      if (hasFlag(c, Flag.HostSeen)) return fail(c, 400, "More than one Host");
      if (!validHost(v, vn)) return fail(c, 400, "Malformed Host");
      addFlag(c, Flag.HostSeen);
      setHost(c, <i32>(v - bufferOf(c)), vn);
    }
  } else if (k == 14) {
    if (equalsIgnoreCase(p, k, "content-length")) return contentLength(c, v, vn);
  } else if (k == 17) {
    if (equalsIgnoreCase(p, k, "transfer-encoding")) return transferEncoding(c, v, vn);
  } else if (k == 10) {
    if (equalsIgnoreCase(p, k, "connection")) connectionOptions(c, v, vn);
  } else if (k == 6) {
    if (equalsIgnoreCase(p, k, "expect")) {
      if (!equalsIgnoreCase(v, vn, "100-continue")) return fail(c, 417, "Only Expect: 100-continue is known");
      addFlag(c, Flag.Expect);
    }
  }
  return true;
}

function contentLength(c: usize, v: usize, n: i32): bool {
  if (n == 0) return fail(c, 400, "Malformed Content-Length");
  let length: i64 = 0;
  for (let i = 0; i < n; i++) {
    const b = <u32>load<u8>(v + i);
    if (!isDigit(b)) return fail(c, 400, "Malformed Content-Length");
    // Beyond any possible body: keep it big, so that it ends as 413 and never wraps.
    if (length < 1_000_000_000_000_000) length = length * 10 + <i64>(b - 0x30);
  }
  if (hasFlag(c, Flag.Sized)) {
    return remainingOf(c) == length ? true : fail(c, 400, "Contradicting Content-Length");
  }
  addFlag(c, Flag.Sized);
  setRemaining(c, length);
  return true;
}

function transferEncoding(c: usize, v: usize, n: i32): bool {
  // One coding, "chunked": another one before it is not implemented, anything after it makes the length unknowable.
  if (hasFlag(c, Flag.TransferEncoding)) return fail(c, 400, "More than one Transfer-Encoding");
  addFlag(c, Flag.TransferEncoding);
  if (equalsIgnoreCase(v, n, "chunked")) { addFlag(c, Flag.Chunked); return true; }
  if (n > 7 && equalsIgnoreCase(v + n - 7, 7, "chunked") && (load<u8>(v + n - 8) == 32 || load<u8>(v + n - 8) == 0x2c || load<u8>(v + n - 8) == 9)) {
    return fail(c, 501, "Only the chunked transfer coding is supported");
  }
  return fail(c, 400, "The last transfer coding must be chunked");
}

function connectionOptions(c: usize, v: usize, n: i32): void {
  let i = 0;
  while (i < n) {
    while (i < n && (load<u8>(v + i) == 32 || load<u8>(v + i) == 9 || load<u8>(v + i) == 0x2c)) i++;
    const from = i;
    while (i < n && load<u8>(v + i) != 0x2c) i++;
    let e = i;
    while (e > from && (load<u8>(v + e - 1) == 32 || load<u8>(v + e - 1) == 9)) e--;
    if (equalsIgnoreCase(v + from, e - from, "close")) addFlag(c, Flag.ConnectionClose);
    else if (equalsIgnoreCase(v + from, e - from, "keep-alive")) addFlag(c, Flag.ConnectionKeepAlive);
  }
}

function endOfHead(c: usize): bool {
  const flags = flagsOf(c);
  if ((flags & (Flag.HostSeen | Flag.Http10)) == 0) return fail(c, 400, "Host is missing");
  if ((flags & Flag.TransferEncoding) != 0) {
    if ((flags & Flag.Sized) != 0) return fail(c, 400, "Both Content-Length and Transfer-Encoding");
    if ((flags & Flag.Http10) != 0) return fail(c, 400, "Transfer-Encoding in an HTTP/1.0 message");
  }
  if ((flags & Flag.ConnectionClose) == 0 && ((flags & Flag.Http10) == 0 || (flags & Flag.ConnectionKeepAlive) != 0)) addFlag(c, Flag.KeepAlive);
  const body = scanOf(c);
  setBody(c, body);
  setBodyEnd(c, body);
  if ((flags & Flag.Chunked) != 0) {
    setState(c, State.ChunkSize);
    setLine(c, body);
  } else {
    if (remainingOf(c) > <i64>maxBody()) return fail(c, 413, "The body is larger than this handler accepts");
    setState(c, State.SizedBody);
  }
  if ((flags & Flag.Expect) != 0 && (flags & Flag.Http10) == 0 && lenOf(c) == body && ((flags & Flag.Chunked) != 0 || remainingOf(c) > 0)) writeContinue(c);
  return true;
}

function complete(c: usize, end: i32): bool {
  setRequestEnd(c, end);
  setState(c, State.Ready);
  return true;
}

function parseSized(c: usize): bool {
  const end = bodyOf(c) + <i32>remainingOf(c);
  if (lenOf(c) < end) return false;
  setBodyEnd(c, end);
  setScan(c, end);
  return complete(c, end);
}

/** Is this what may follow a chunk's size: *( BWS ";" BWS token [ BWS "=" BWS ( token / quoted-string ) ] )? */
function validExtensions(p: usize, n: i32): bool {
  let i = 0;
  while (i < n) {
    i = skipBlanks(p, i, n);
    if (i == n || load<u8>(p + i) != 0x3b) return false;
    i = skipBlanks(p, i + 1, n);
    const name = i;
    while (i < n && isTokenByte(load<u8>(p + i))) i++;
    if (i == name) return false;
    const value = skipBlanks(p, i, n);
    if (value == n || load<u8>(p + value) != 0x3d) continue;
    i = skipBlanks(p, value + 1, n);
    if (i < n && load<u8>(p + i) == 0x22) {
      for (i++; i < n && load<u8>(p + i) != 0x22; i++) if (load<u8>(p + i) == 0x5c) i++;
      if (i >= n) return false;
      i++;
    } else {
      const from = i;
      while (i < n && isTokenByte(load<u8>(p + i))) i++;
      if (i == from) return false;
    }
  }
  return true;
}

function skipBlanks(p: usize, i: i32, n: i32): i32 {
  while (i < n && (load<u8>(p + i) == 32 || load<u8>(p + i) == 9)) i++;
  return i;
}

/** chunk-size [chunk-ext] CRLF; extensions are checked and dropped. */
function parseChunkSize(c: usize): bool {
  const line = lineOf(c);
  const n = nextLine(c);
  if (n == -2) return false;
  if ((n >= 0 ? n : scanOf(c) - line) > MAX_CHUNK_LINE) return fail(c, 400, "A chunk's size line is longer than 4096 bytes");
  if (n < 0) return false;
  const p = bufferOf(c) + line;
  let size: i64 = 0;
  let i = 0;
  while (i < n) {
    const digit = hexValue(load<u8>(p + i));
    if (digit < 0) break;
    if (i >= 16) return fail(c, 400, "Malformed chunk size");
    if (size < 0x1_0000_0000_0000) size = (size << 4) | <i64>digit;
    i++;
  }
  if (i == 0) return fail(c, 400, "Malformed chunk size");
  if (i < n && !validExtensions(p + i, n - i)) return fail(c, 400, "Malformed chunk size or extension");
  // Framing counts too: a body of one-byte chunks with long extensions must not be endless work.
  setTrailerBytes(c, trailerBytes(c) + (n > 16 ? n : 0));
  if (trailerBytes(c) > 16384) return fail(c, 400, "Too many chunk extensions");
  if (size == 0) {
    setTrailerBytes(c, 0);
    setState(c, State.Trailers);
    setLine(c, scanOf(c));
    return true;
  }
  if (<i64>(bodyEnd(c) - bodyOf(c)) + size > <i64>maxBody()) return fail(c, 413, "The body is larger than this handler accepts");
  setRemaining(c, size);
  setState(c, State.ChunkData);
  return true;
}

function parseChunkData(c: usize): bool {
  const at = scanOf(c);
  const left = lenOf(c) - at;
  const want = <i32>remainingOf(c);
  const n = left < want ? left : want;
  if (n > 0) {
    const base = bufferOf(c);
    const to = bodyEnd(c);
    if (to != at) memory.copy(base + to, base + at, <usize>n);
    setBodyEnd(c, to + n);
    setScan(c, at + n);
    setRemaining(c, <i64>(want - n));
  }
  if (n < want) return false;
  setState(c, State.ChunkEnd);
  return true;
}

function parseChunkEnd(c: usize): bool {
  const at = scanOf(c);
  const p = bufferOf(c) + at;
  const left = lenOf(c) - at;
  if (left >= 1 && <u32>load<u8>(p) != CR) return fail(c, 400, "A chunk is longer than its size");
  if (left < 2) return false;
  if (<u32>load<u8>(p, 1) != LF) return fail(c, 400, "A chunk is longer than its size");
  setScan(c, at + 2);
  setLine(c, at + 2);
  setState(c, State.ChunkSize);
  return true;
}

/** Trailer fields are checked and dropped (RFC 9110, 6.5.1 allows that). */
function parseTrailers(c: usize): bool {
  while (true) {
    const line = lineOf(c);
    const n = nextLine(c);
    if (n == -2) return false;
    const length = n >= 0 ? n + 2 : scanOf(c) - line;
    if (trailerBytes(c) + length > MAX_TRAILERS) return fail(c, 431, "The trailer fields are longer than 8192 bytes");
    if (n < 0) return false;
    setTrailerBytes(c, trailerBytes(c) + length);
    setLine(c, scanOf(c));
    if (n == 0) return complete(c, scanOf(c));
    const p = bufferOf(c) + line;
    let k = 0;
    while (k < n && load<u8>(p + k) != 0x3a) k++;
    if (k == n || !isToken(p, k)) return fail(c, 400, "Malformed trailer field");
  }
}

/** Move the bytes not examined yet down to the end of the decoded body. */
function compact(c: usize): void {
  const to = bodyEnd(c);
  const state = stateOf(c);
  // A partial line is kept from its beginning.
  const from = state == State.ChunkSize || state == State.Trailers ? lineOf(c) : scanOf(c);
  const shift = from - to;
  if (shift <= 0) return;
  const base = bufferOf(c);
  memory.copy(base + to, base + from, <usize>(lenOf(c) - from));
  setLen(c, lenOf(c) - shift);
  setScan(c, scanOf(c) - shift);
  setLine(c, lineOf(c) - shift);
}

/**
 * What the library does with a request in flight (assembly/http): strings are made of the received bytes only when asked for.
 * Words 88 and 89 of the natives' state hold the host's environment block.
 */
import { parseJsonBytes } from "./json-parse";
import { scratchStart } from "./scratch";
import { setZone } from "./zone";
import { lower, isToken } from "../http/chars";
import { outAdvance, outDrop, outReserve } from "../http/output";
import { bufferAlloc, bufferFree } from "../http/memory";
import { fieldNameLen, fieldValue, findField, firstField, isField, nextField } from "../http/request";
import { carriesBody, plainHead, release, respondError, responseBegin, responseEnd, responseField, responseHeadEnd, streamBytes, streamEnd, validValue } from "../http/response";
import { backlog, sendHead } from "../http/server";
import { Flag, State, addFlag, bodyEnd, bodyOf, bufferOf, connOfHandle, flagsOf, hasFlag, hostLen, hostOf, methodLen, startOf, stateOf, targetLen, targetOf } from "../http/state";
import { throwRangeError, throwTypeError } from "../errors";
import { appendElement, arrayLength, getIndex, newArray } from "../object";
import { KIND_HOST } from "../generated/kinds";
import { kindOf, storeValue } from "../heap";
import { nativeSlot } from "../state";
import { charAt, flatten, fromLatin1, fromUtf8, internString, isTwoByte, newString8, strLength, stringData, utf8Length, writeUtf8 } from "../string";
import { sbFinish, sbPush8, sbPushBytes, sbPushLiteral, sbPushString, sbReset } from "../stringbuilder";
import { EXCEPTION, FALSE, HOLE, NOT_HANDLED, NULL, TRUE, UNDEFINED, Value, asInt, fromBool, fromInt, fromObject, fromString, isInt, isNumber, isObject, isString, numberOf, ptrOf } from "../value";
import { timersPending } from "./webtimer";
import { lastHttpUrl } from "./weburl";
import { bufferFrom, isView, viewLength, viewPointer } from "./webbytes";

@inline function conn(args: usize): usize {
  const h = load<u64>(args);
  return isInt(h) ? connOfHandle(asInt(h)) : 0;
}
@inline function at(args: usize, i: i32): Value { return load<u64>(args + (<usize>i << 3)); }

export function httpAlive(args: usize, argc: i32): Value { return fromBool(conn(args) != 0); }

export function httpMethod(args: usize, argc: i32): Value {
  const c = conn(args);
  if (c == 0) return UNDEFINED;
  return fromString(internString(fromLatin1(bufferOf(c) + <usize>startOf(c), methodLen(c))));
}

export function httpTarget(args: usize, argc: i32): Value {
  const c = conn(args);
  return c == 0 ? UNDEFINED : fromString(fromUtf8(bufferOf(c) + <usize>targetOf(c), targetLen(c)));
}

export function httpUrl(args: usize, argc: i32): Value {
  const c = conn(args);
  if (c == 0) return UNDEFINED;
  const target = fromUtf8(bufferOf(c) + <usize>targetOf(c), targetLen(c));
  if (hasFlag(c, Flag.Absolute)) return fromString(target);
  sbReset();
  sbPushLiteral("http://");
  if (hostLen(c) == 0) sbPushLiteral("localhost");
  else sbPushBytes(bufferOf(c) + <usize>hostOf(c), hostLen(c));
  sbPushString(target);
  return fromString(sbFinish());
}

export function requestUrl(args: usize, argc: i32): Value {
  const request = load<u64>(args - 8);
  if (!isWeb(request, WEB_REQUEST)) return NOT_HANDLED;
  const url = slot(request, 2);
  if (isString(url)) return url;
  const c = isInt(url) ? connOfHandle(asInt(url)) : 0;
  if (c == 0 || hasFlag(c, Flag.Absolute)) return NOT_HANDLED;
  const href = lastHttpUrl(bufferOf(c) + <usize>hostOf(c), hostLen(c), bufferOf(c) + <usize>targetOf(c), targetLen(c));
  if (href == 0) return NOT_HANDLED;
  storeValue(ptrOf(request), ptrOf(request) + 32, fromString(href));
  return fromString(href);
}

export function httpHeader(args: usize, argc: i32): Value {
  const c = conn(args);
  if (c == 0) return UNDEFINED;
  const name = flatten(ptrOf(at(args, 1)));
  if (isTwoByte(name)) return NULL;
  const p = stringData(name);
  const n = strLength(name);
  const first = findField(c, firstField(c), p, n);
  if (first < 0) return NULL;
  const base = bufferOf(c);
  const value = fieldValue(c, first, n);
  let next = findField(c, nextField(c, first), p, n);
  if (next < 0) return fromString(fromLatin1(base + <usize>(value >> 32), <i32>value));
  const cookie = n == 6 && load<u8>(p) == 0x63 && load<u8>(p, 2) == 0x6f && load<u8>(p, 5) == 0x65;
  sbReset();
  sbPushBytes(base + <usize>(value >> 32), <i32>value);
  while (next >= 0) {
    const more = fieldValue(c, next, n);
    sbPush8(cookie ? 0x3b : 0x2c);
    sbPush8(32);
    sbPushBytes(base + <usize>(more >> 32), <i32>more);
    next = findField(c, nextField(c, next), p, n);
  }
  return fromString(sbFinish());
}

export function httpHeaders(args: usize, argc: i32): Value {
  const c = conn(args);
  if (c == 0) return UNDEFINED;
  const result = newArray(16);
  const base = bufferOf(c);
  for (let f = firstField(c); isField(c, f); f = nextField(c, f)) {
    const n = fieldNameLen(c, f);
    const value = fieldValue(c, f, n);
    const name = fromLatin1(base + <usize>f, n);
    const data = stringData(name);
    for (let i = 0; i < n; i++) store<u8>(data + i, lower(load<u8>(data + i)));
    appendElement(result, fromString(internString(name)));
    appendElement(result, fromString(fromLatin1(base + <usize>(value >> 32), <i32>value)));
  }
  return fromObject(result);
}

export function httpBodyLength(args: usize, argc: i32): Value {
  const c = conn(args);
  if (c == 0 || (flagsOf(c) & (Flag.Chunked | Flag.Sized)) == 0) return fromInt(-1);
  return fromInt(bodyEnd(c) - bodyOf(c));
}

export function httpBody(args: usize, argc: i32): Value {
  const c = conn(args);
  if (c == 0) return UNDEFINED;
  return bufferFrom(bufferOf(c) + <usize>bodyOf(c), bodyEnd(c) - bodyOf(c));
}

/** Bytes of a byte order mark at the start of the body. */
function markLength(p: usize, n: i32): i32 {
  return n >= 3 && (load<u32>(p) & 0xffffff) == 0xbfbbef ? 3 : 0;
}

export function httpBodyText(args: usize, argc: i32): Value {
  const c = conn(args);
  if (c == 0) return UNDEFINED;
  const p = bufferOf(c) + <usize>bodyOf(c), n = bodyEnd(c) - bodyOf(c), mark = markLength(p, n);
  const s = fromUtf8(p + mark, n - mark);
  return s == 0 ? EXCEPTION : fromString(s);
}

export function httpBodyJson(args: usize, argc: i32): Value {
  const c = conn(args);
  if (c == 0) return HOLE;
  const p = bufferOf(c) + <usize>bodyOf(c), n = bodyEnd(c) - bodyOf(c), mark = markLength(p, n);
  return parseJsonBytes(p + mark, n - mark, scratchStart(args, argc));
}

/** Status line and fields of the handler; the status, or 0 with an exception set (and nothing composed) when they are malformed. */
function composeHead(c: usize, status: Value, statusText: Value, fields: Value): i32 {
  const code = isNumber(status) ? <i32>numberOf(status) : 0;
  if (code < 200 || code > 599) {
    throwRangeError("The status of a response must be between 200 and 599");
    return 0;
  }
  let reason: usize = 0;
  let reasonLen = 0;
  if (isString(statusText) && strLength(ptrOf(statusText)) > 0) {
    const text = flatten(ptrOf(statusText));
    reason = stringData(text);
    reasonLen = strLength(text);
    if (isTwoByte(text) || !validValue(reason, reasonLen)) {
      throwTypeError("Invalid status text");
      return 0;
    }
  }
  responseBegin(c, code, reason, reasonLen);
  if (isString(fields)) {
    const type = flatten(ptrOf(fields));
    const name = memory.data<u8>([99, 111, 110, 116, 101, 110, 116, 45, 116, 121, 112, 101]);
    if (isTwoByte(type) || !responseField(c, name, 12, stringData(type), strLength(type))) {
      outDrop();
      throwTypeError("Invalid header value");
      return 0;
    }
  } else if (isObject(fields)) {
    const list = ptrOf(fields);
    const n = arrayLength(list);
    for (let i: u32 = 0; i + 1 < n; i += 2) {
      const name = getIndex(list, i);
      const value = getIndex(list, i + 1);
      let good = isString(name) && isString(value);
      if (good) {
        const k = flatten(ptrOf(name));
        const v = flatten(ptrOf(value));
        good = !isTwoByte(k) && !isTwoByte(v) && responseField(c, stringData(k), strLength(k), stringData(v), strLength(v));
      }
      if (!good) {
        outDrop();
        throwTypeError("Invalid header name or value");
        return 0;
      }
    }
  }
  return code;
}

export function httpRespond(args: usize, argc: i32): Value {
  const c = conn(args);
  if (c == 0 || stateOf(c) != State.Handling) return FALSE;
  const fields = at(args, 3), body = at(args, 4);
  return respond(c, at(args, 1), at(args, 2), fields, body, fields == NULL && isString(body));
}

/** Internal slot 0 of objects (lib/web/support.ts), and slot i of one. */
const WEB_HEADERS: i32 = 1, WEB_REQUEST: i32 = 2, WEB_RESPONSE: i32 = 3;
@inline function isWeb(v: Value, tag: i32): bool { return isObject(v) && kindOf(ptrOf(v)) == KIND_HOST && load<u64>(ptrOf(v), 16) == fromInt(tag); }
@inline function slot(v: Value, i: usize): Value { return load<u64>(ptrOf(v) + (i << 3), 16); }

export function httpAnswer(args: usize, argc: i32): Value {
  const c = conn(args), response = at(args, 1);
  if (c == 0 || stateOf(c) != State.Handling || timersPending() || !isWeb(response, WEB_RESPONSE)) return FALSE;
  const status = slot(response, 1), body = slot(response, 4);
  let fields = slot(response, 3);
  if (!isInt(status) || asInt(status) < 200 || slot(response, 5) == TRUE) return FALSE;
  if (isObject(fields)) {
    if (!isWeb(fields, WEB_HEADERS) || !isObject(slot(fields, 1))) return FALSE;
    fields = slot(fields, 1);
  }
  if (body != NULL && !isString(body) && !isView(body)) return FALSE;
  return respond(c, status, slot(response, 2), fields, body, false);
}

function respond(c: usize, statusValue: Value, statusText: Value, fields: Value, body: Value, textual: bool): Value {
  let length: i32 = 0, status = 200;
  if (isString(body)) length = utf8Length(ptrOf(body));
  else if (isView(body)) length = viewLength(body);
  if (!isPlain(c, statusValue, statusText, fields, length)) {
    status = composeHead(c, statusValue, statusText, fields);
    if (status == 0) return EXCEPTION;
    responseHeadEnd(c, status, <i64>length, textual);
  }
  if (length > 0 && carriesBody(c, status)) {
    const to = outReserve(length);
    if (to == 0) {
      outDrop();
      return throwRangeError("The response is too large for the memory that is left");
    }
    if (isString(body)) writeUtf8(ptrOf(body), to);
    else memory.copy(to, viewPointer(body), <usize>length);
    outAdvance(length);
  }
  responseEnd(c);
  return TRUE;
}

/** Was it a head that is composed as one piece? */
function isPlain(c: usize, status: Value, statusText: Value, fields: Value, length: i32): bool {
  if (status != fromInt(200) || !isString(fields) || (isString(statusText) && strLength(ptrOf(statusText)) > 0)) return false;
  const type = flatten(ptrOf(fields));
  return !isTwoByte(type) && plainHead(c, stringData(type), strLength(type), length);
}

export function httpStart(args: usize, argc: i32): Value {
  const c = conn(args);
  if (c == 0 || stateOf(c) != State.Handling) return FALSE;
  const status = composeHead(c, at(args, 1), at(args, 2), at(args, 3));
  if (status == 0) return EXCEPTION;
  if (status == 204 || status == 304) {
    responseHeadEnd(c, status, 0, false);
    responseEnd(c);
    return FALSE;
  }
  responseHeadEnd(c, status, -1, false);
  return fromBool(sendHead(c));
}

export function httpWrite(args: usize, argc: i32): Value {
  const c = conn(args);
  if (c == 0 || stateOf(c) != State.Streaming) return UNDEFINED;
  const chunk = at(args, 1);
  if (isString(chunk)) {
    const s = flatten(ptrOf(chunk));
    const n = utf8Length(s);
    const p = n == 0 ? <usize>0 : bufferAlloc(n);
    if (p != 0) {
      writeUtf8(s, p);
      streamBytes(c, p, n);
      bufferFree(p);
    } else if (n > 0) release(c, true);
  } else if (isView(chunk)) {
    streamBytes(c, viewPointer(chunk), viewLength(chunk));
  }
  if (stateOf(c) != State.Streaming) return UNDEFINED;
  if (backlog(c) < 65536) return TRUE;
  addFlag(c, Flag.WantsWritable);
  return FALSE;
}

export function httpEnd(args: usize, argc: i32): Value {
  const c = conn(args);
  if (c != 0 && stateOf(c) == State.Streaming) streamEnd(c);
  return UNDEFINED;
}

export function httpAbort(args: usize, argc: i32): Value {
  const c = conn(args);
  if (c == 0) return UNDEFINED;
  if (stateOf(c) == State.Streaming) release(c, true);
  else respondError(c, 500, "Internal Server Error");
  return UNDEFINED;
}

export function httpFlatEqual(args: usize, argc: i32): Value {
  const a = flatten(ptrOf(at(args, 0)));
  const b = flatten(ptrOf(at(args, 1)));
  const n = strLength(a);
  if (strLength(b) != n) return FALSE;
  for (let i = 0; i < n; i++) if (lower(charAt(a, i)) != lower(charAt(b, i))) return FALSE;
  return TRUE;
}

export function headerName(args: usize, argc: i32): Value {
  const s = flatten(ptrOf(at(args, 0)));
  const n = strLength(s);
  if (isTwoByte(s) || !isToken(stringData(s), n)) return NULL;
  let upper = false;
  for (let i = 0; i < n && !upper; i++) upper = lower(load<u8>(stringData(s) + i)) != <u32>load<u8>(stringData(s) + i);
  if (!upper) return fromString(internString(s));
  const copy = fromLatin1(stringData(s), n);
  for (let i = 0; i < n; i++) store<u8>(stringData(copy) + i, lower(load<u8>(stringData(copy) + i)));
  return fromString(internString(copy));
}

@inline function isBlank(b: u32): bool { return b == 32 || b == 9 || b == 13 || b == 10; }

export function headerValue(args: usize, argc: i32): Value {
  const s = flatten(ptrOf(at(args, 0)));
  const n = strLength(s);
  let from = 0;
  let to = n;
  while (from < to && isBlank(charAt(s, from))) from++;
  while (to > from && isBlank(charAt(s, to - 1))) to--;
  if (!isTwoByte(s)) {
    const p = stringData(s);
    for (let i = from; i < to; i++) {
      const b = <u32>load<u8>(p + i);
      if (b == 13 || b == 10 || b == 0) return NULL;
    }
    return to - from == n ? fromString(s) : fromString(fromLatin1(p + from, to - from));
  }
  for (let i = from; i < to; i++) {
    const b = charAt(s, i);
    if (b == 13 || b == 10 || b == 0 || b > 255) return NULL;
  }
  const copy = newString8(to - from);
  for (let i = from; i < to; i++) store<u8>(stringData(copy) + (i - from), charAt(s, i));
  return fromString(copy);
}

/** The host's environment: `NAME=VALUE\0` strings, in a buffer that stays. */
export function setEnvironment(ptr: usize, len: i32): void {
  store<u32>(nativeSlot(88), <u32>ptr);
  store<i32>(nativeSlot(89), len);
  const end = ptr + <usize>len;
  for (let p = ptr; p < end; p++) {
    let e = p;
    while (e < end && load<u8>(e) != 0) e++;
    // TZ=
    if (e - p > 3 && load<u16>(p) == 0x5a54 && load<u8>(p, 2) == 0x3d) setZone(p + 3, e);
    p = e;
  }
}

export function envPairs(args: usize, argc: i32): Value {
  const result = newArray(8);
  let p = <usize>load<u32>(nativeSlot(88));
  const end = p + <usize>load<i32>(nativeSlot(89));
  while (p < end) {
    let e = p;
    while (e < end && load<u8>(e) != 0) e++;
    let q = p;
    while (q < e && load<u8>(q) != 0x3d) q++;
    if (q > p && q < e) {
      appendElement(result, fromString(fromUtf8(p, <i32>(q - p))));
      appendElement(result, fromString(fromUtf8(q + 1, <i32>(e - q - 1))));
    }
    p = e + 1;
  }
  return fromObject(result);
}

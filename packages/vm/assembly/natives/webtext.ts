/** Text natives: console, quoting, WHATWG encodings, base64. */
import { throwRangeError, throwTypeError } from "../errors";
import { appendElement, arrayLength, getIndex, newArray } from "../object";
import { hostLog } from "../host";
import { rawAlloc, rawFree } from "../heap";
import { charAt, flatten, fromUtf8, isTwoByte, newString8, strLength, stringData, utf8Length, writeUtf8 } from "../string";
import { sbFinish, sbPush16, sbPush8, sbPushLiteral, sbPushRange, sbReset } from "../stringbuilder";
import { EXCEPTION, FALSE, NULL, TRUE, UNDEFINED, Value, asInt, fromBool, fromInt, fromObject, fromString, isInt, isTrue, numberOf, ptrOf } from "../value";
import { bytesData, isView, newBytes, viewLength, viewPointer } from "./webbytes";

@inline function at(args: usize, i: i32): Value { return load<u64>(args + (<usize>i << 3)); }
@inline function flat(args: usize, i: i32): usize { return flatten(ptrOf(at(args, i))); }
@inline function int(args: usize, i: i32): i32 {
  const v = at(args, i);
  return isInt(v) ? asInt(v) : <i32>max(-2147483648.0, min(2147483647.0, numberOf(v)));
}
@inline function finish(): Value {
  const s = sbFinish();
  return s == 0 ? EXCEPTION : fromString(s);
}
@inline function string(s: usize): Value { return s == 0 ? EXCEPTION : fromString(s); }

export function consoleWrite(args: usize, argc: i32): Value {
  const s = flat(args, 1);
  const level = int(args, 0);
  const n = utf8Length(s);
  // An ASCII string is its own UTF-8.
  if (!isTwoByte(s) && n == strLength(s)) {
    hostLog(level, stringData(s), n);
    return UNDEFINED;
  }
  const p = rawAlloc(n);
  if (p == 0) return UNDEFINED;
  writeUtf8(s, p);
  hostLog(level, p, n);
  rawFree(p);
  return UNDEFINED;
}

function pushHex(value: u32, digits: i32, upper: bool): void {
  for (let shift = (digits - 1) * 4; shift >= 0; shift -= 4) {
    const d = (value >> shift) & 15;
    sbPush8(d < 10 ? 0x30 + d : (upper ? 0x37 : 0x57) + d);
  }
}

@inline function isHigh(u: u32): bool { return (u & 0xfc00) == 0xd800; }
@inline function isLow(u: u32): bool { return (u & 0xfc00) == 0xdc00; }

export function inspectQuote(args: usize, argc: i32): Value {
  const s = flat(args, 0);
  const n = strLength(s);
  let single = false, double = false, backtick = false, dollar = false, special = false;
  for (let i = 0; i < n; i++) {
    const u = charAt(s, i);
    if (u == 0x27) single = true;
    else if (u == 0x22) double = true;
    else if (u == 0x60) backtick = true;
    else if (u == 0x24 && i + 1 < n && charAt(s, i + 1) == 0x7b) dollar = true;
    else if (u < 32 || u == 0x5c || (u >= 0x7f && u < 0xa0) || (u & 0xf800) == 0xd800) special = true;
  }
  let quote: u32 = 0x27;
  if (single) quote = !double ? 0x22 : !backtick && !dollar ? 0x60 : 0x27;
  sbReset();
  sbPush8(quote);
  if (!special && !(single && quote == 0x27)) {
    sbPushRange(s, 0, n);
    sbPush8(quote);
    return finish();
  }
  for (let i = 0; i < n; i++) {
    const u = charAt(s, i);
    if (u == 0x27 && quote == 0x27) sbPushLiteral("\\'");
    else if (u == 0x5c) sbPushLiteral("\\\\");
    else if (u < 32 || (u >= 0x7f && u < 0xa0)) {
      sbPush8(0x5c);
      if (u == 8) sbPush8(0x62);
      else if (u == 9) sbPush8(0x74);
      else if (u == 10) sbPush8(0x6e);
      else if (u == 12) sbPush8(0x66);
      else if (u == 13) sbPush8(0x72);
      else {
        sbPush8(0x78);
        pushHex(u, 2, true);
      }
    } else if (isHigh(u) && i + 1 < n && isLow(charAt(s, i + 1))) {
      sbPush16(u);
      i++;
      sbPush16(charAt(s, i));
    } else if ((u & 0xf800) == 0xd800) {
      sbPush8(0x5c);
      sbPush8(0x75);
      pushHex(u, 4, false);
    } else sbPush16(u);
  }
  sbPush8(quote);
  return finish();
}

export function inspectKey(args: usize, argc: i32): Value {
  const s = flat(args, 0);
  const n = strLength(s);
  if (n == 0) return FALSE;
  for (let i = 0; i < n; i++) {
    const u = charAt(s, i);
    const l = u | 0x20;
    if (!(l - 0x61 < 26 && u < 128) && u != 0x5f && !(i > 0 && u - 0x30 < 10)) return FALSE;
  }
  return TRUE;
}

// Ranges of zero and double width, the common ones of Unicode's East Asian Width and combining marks: first, last, width.
const WIDTHS: usize = memory.data<u32>([
  0x0300, 0x036f, 0, 0x0483, 0x0489, 0, 0x0591, 0x05bd, 0, 0x0610, 0x061a, 0, 0x064b, 0x065f, 0, 0x0670, 0x0670, 0, 0x06d6, 0x06dc, 0, 0x0900, 0x0902, 0, 0x093a, 0x093a, 0,
  0x093c, 0x093c, 0, 0x0941, 0x0948, 0, 0x0e31, 0x0e31, 0, 0x0e34, 0x0e3a, 0, 0x0e47, 0x0e4e, 0, 0x1100, 0x115f, 2, 0x1ab0, 0x1aff, 0, 0x1dc0, 0x1dff, 0, 0x200b, 0x200f, 0,
  0x20d0, 0x20ff, 0, 0x231a, 0x231b, 2, 0x2329, 0x232a, 2, 0x23e9, 0x23ec, 2, 0x23f0, 0x23f0, 2, 0x23f3, 0x23f3, 2, 0x25fd, 0x25fe, 2, 0x2614, 0x2615, 2, 0x2648, 0x2653, 2,
  0x267f, 0x267f, 2, 0x2693, 0x2693, 2, 0x26a1, 0x26a1, 2, 0x26aa, 0x26ab, 2, 0x26bd, 0x26be, 2, 0x26c4, 0x26c5, 2, 0x26ce, 0x26ce, 2, 0x26d4, 0x26d4, 2, 0x26ea, 0x26ea, 2,
  0x26f2, 0x26f3, 2, 0x26f5, 0x26f5, 2, 0x26fa, 0x26fa, 2, 0x26fd, 0x26fd, 2, 0x2705, 0x2705, 2, 0x270a, 0x270b, 2, 0x2728, 0x2728, 2, 0x274c, 0x274c, 2, 0x274e, 0x274e, 2,
  0x2753, 0x2755, 2, 0x2757, 0x2757, 2, 0x2795, 0x2797, 2, 0x27b0, 0x27b0, 2, 0x27bf, 0x27bf, 2, 0x2b1b, 0x2b1c, 2, 0x2b50, 0x2b50, 2, 0x2b55, 0x2b55, 2, 0x2e80, 0x303e, 2,
  0x3041, 0x33ff, 2, 0x3400, 0x4dbf, 2, 0x4e00, 0x9fff, 2, 0xa000, 0xa4cf, 2, 0xa960, 0xa97f, 2, 0xac00, 0xd7a3, 2, 0xf900, 0xfaff, 2, 0xfe00, 0xfe0f, 0, 0xfe10, 0xfe19, 2,
  0xfe20, 0xfe2f, 0, 0xfe30, 0xfe6f, 2, 0xfeff, 0xfeff, 0, 0xff00, 0xff60, 2, 0xffe0, 0xffe6, 2, 0x16fe0, 0x18aff, 2, 0x1b000, 0x1b2ff, 2, 0x1f004, 0x1f004, 2, 0x1f0cf, 0x1f0cf, 2,
  0x1f18e, 0x1f18e, 2, 0x1f191, 0x1f19a, 2, 0x1f200, 0x1f320, 2, 0x1f32d, 0x1f335, 2, 0x1f337, 0x1f37c, 2, 0x1f37e, 0x1f393, 2, 0x1f3a0, 0x1f3ca, 2, 0x1f3cf, 0x1f3d3, 2,
  0x1f3e0, 0x1f3f0, 2, 0x1f3f4, 0x1f3f4, 2, 0x1f3f8, 0x1f43e, 2, 0x1f440, 0x1f440, 2, 0x1f442, 0x1f4fc, 2, 0x1f4ff, 0x1f53d, 2, 0x1f54b, 0x1f54e, 2, 0x1f550, 0x1f567, 2,
  0x1f57a, 0x1f57a, 2, 0x1f595, 0x1f596, 2, 0x1f5a4, 0x1f5a4, 2, 0x1f5fb, 0x1f64f, 2, 0x1f680, 0x1f6c5, 2, 0x1f6cc, 0x1f6cc, 2, 0x1f6d0, 0x1f6d2, 2, 0x1f6d5, 0x1f6d7, 2,
  0x1f6eb, 0x1f6ec, 2, 0x1f6f4, 0x1f6fc, 2, 0x1f7e0, 0x1f7eb, 2, 0x1f90c, 0x1f93a, 2, 0x1f93c, 0x1f945, 2, 0x1f947, 0x1f9ff, 2, 0x1fa70, 0x1faff, 2, 0x20000, 0x3fffd, 2,
  0xe0100, 0xe01ef, 0,
]);
const WIDTH_COUNT: i32 = 105;

export function stringWidth(args: usize, argc: i32): Value {
  const s = flat(args, 0);
  const n = strLength(s);
  let width = 0;
  for (let i = 0; i < n; i++) {
    let u = charAt(s, i);
    if (u < 127) {
      if (u >= 32) width++;
      continue;
    }
    if (u < 0xa0) continue;
    if (u < 0x300) { width++; continue; }
    if (isHigh(u) && i + 1 < n && isLow(charAt(s, i + 1))) {
      i++;
      u = 0x10000 + ((u - 0xd800) << 10) + (charAt(s, i) - 0xdc00);
    }
    let w = 1;
    for (let k = 0; k < WIDTH_COUNT; k++) {
      const p = WIDTHS + <usize>(k * 12);
      if (u < load<u32>(p)) break;
      if (u <= load<u32>(p, 4)) { w = <i32>load<u32>(p, 8); break; }
    }
    width += w;
  }
  return fromInt(width);
}

export function utf8Encode(args: usize, argc: i32): Value {
  const s = flat(args, 0);
  const n = utf8Length(s);
  const bytes = newBytes(n);
  if (bytes == 0) return EXCEPTION;
  writeUtf8(s, bytesData(bytes));
  return fromObject(bytes);
}


export function utf8EncodeInto(args: usize, argc: i32): Value {
  const s = flat(args, 0);
  const n = strLength(s);
  const view = at(args, 1);
  if (!isView(view)) return throwTypeError("The destination is not a Uint8Array");
  const start = viewPointer(view);
  const end = start + <usize>viewLength(view);
  let p = start;
  let i = 0;
  while (i < n) {
    let u = charAt(s, i);
    let units = 1;
    if (isHigh(u) && i + 1 < n && isLow(charAt(s, i + 1))) {
      u = 0x10000 + ((u - 0xd800) << 10) + (charAt(s, i + 1) - 0xdc00);
      units = 2;
    } else if ((u & 0xf800) == 0xd800) u = 0xfffd;
    const need: usize = u < 0x80 ? 1 : u < 0x800 ? 2 : u < 0x10000 ? 3 : 4;
    if (p + need > end) break;
    if (need == 1) store<u8>(p, u);
    else {
      store<u8>(p, need == 2 ? 0xc0 | (u >> 6) : need == 3 ? 0xe0 | (u >> 12) : 0xf0 | (u >> 18));
      for (let k: usize = 1; k < need; k++) store<u8>(p + k, 0x80 | ((u >> (6 * <u32>(need - 1 - k))) & 63));
    }
    p += need;
    i += units;
  }
  const result = newArray(2);
  appendElement(result, fromInt(i));
  appendElement(result, fromInt(<i32>(p - start)));
  return fromObject(result);
}

/** [start, end) of a view, clamped: the address and, in `rangeLength`, the bytes. */
@inline function rangeStart(args: usize): usize {
  const n = viewLength(at(args, 0));
  return viewPointer(at(args, 0)) + <usize>max(0, min(int(args, 1), n));
}
@inline function rangeLength(args: usize): i32 {
  const n = viewLength(at(args, 0));
  const from = max(0, min(int(args, 1), n));
  return max(0, min(int(args, 2), n) - from);
}

/** Bytes of the valid sequence at p, or 0 when it is malformed or cut off (the Encoding Standard's UTF-8 decoder; Unicode table 3-7). */
function sequence(p: usize, end: usize): i32 {
  const b = <u32>load<u8>(p);
  if (b < 0x80) return 1;
  let n = 0;
  let low: u32 = 0x80, high: u32 = 0xbf;
  if (b >= 0xc2 && b <= 0xdf) n = 2;
  else if (b >= 0xe0 && b <= 0xef) { n = 3; if (b == 0xe0) low = 0xa0; else if (b == 0xed) high = 0x9f; }
  else if (b >= 0xf0 && b <= 0xf4) { n = 4; if (b == 0xf0) low = 0x90; else if (b == 0xf4) high = 0x8f; }
  else return 0;
  if (p + <usize>n > end) return 0;
  const c = <u32>load<u8>(p, 1);
  if (c < low || c > high) return 0;
  for (let k = 2; k < n; k++) if ((load<u8>(p + k) & 0xc0) != 0x80) return 0;
  return n;
}

export function utf8Decode(args: usize, argc: i32): Value {
  if (!isView(at(args, 0))) return throwTypeError("Not an ArrayBuffer or a view of one");
  const p = rangeStart(args);
  const n = rangeLength(args);
  if (isTrue(at(args, 3))) {
    const end = p + <usize>n;
    let q = p;
    while (q < end) {
      const k = sequence(q, end);
      if (k == 0) return NULL;
      q += k;
    }
  }
  return string(fromUtf8(p, n));
}

export function utf8Incomplete(args: usize, argc: i32): Value {
  const p = rangeStart(args);
  const n = rangeLength(args);
  const end = p + <usize>n;
  for (let back = 1; back <= 3 && back <= n; back++) {
    const q = end - <usize>back;
    const b = <u32>load<u8>(q);
    if ((b & 0xc0) == 0x80) continue;
    const need = b >= 0xf0 && b <= 0xf4 ? 4 : b >= 0xe0 && b <= 0xef ? 3 : b >= 0xc2 && b <= 0xdf ? 2 : 0;
    if (need <= back) return fromInt(0);
    if (back >= 2) {
      const c = <u32>load<u8>(q, 1);
      if ((b == 0xe0 && c < 0xa0) || (b == 0xed && c > 0x9f) || (b == 0xf0 && c < 0x90) || (b == 0xf4 && c > 0x8f)) return fromInt(0);
    }
    return fromInt(back);
  }
  return fromInt(0);
}

export function utf16Decode(args: usize, argc: i32): Value {
  if (!isView(at(args, 0))) return throwTypeError("Not an ArrayBuffer or a view of one");
  const p = rangeStart(args);
  const n = rangeLength(args);
  const big = isTrue(at(args, 3));
  const fatal = isTrue(at(args, 4));
  sbReset();
  for (let i = 0; i + 1 < n; i += 2) {
    let u = <u32>load<u16>(p + i);
    if (big) u = ((u << 8) | (u >> 8)) & 0xffff;
    if (isHigh(u) && i + 3 < n) {
      let v = <u32>load<u16>(p + i + 2);
      if (big) v = ((v << 8) | (v >> 8)) & 0xffff;
      if (isLow(v)) {
        sbPush16(u);
        sbPush16(v);
        i += 2;
        continue;
      }
    }
    if ((u & 0xf800) == 0xd800) {
      if (fatal) return NULL;
      // A lead surrogate and a lone byte at the end are one error.
      if (isHigh(u) && i + 3 == n) {
        sbPush16(0xfffd);
        return finish();
      }
      u = 0xfffd;
    }
    sbPush16(u);
  }
  if ((n & 1) != 0) {
    if (fatal) return NULL;
    sbPush16(0xfffd);
  }
  return finish();
}

// windows-1252, 0x80 to 0x9F.
const WINDOWS1252: usize = memory.data<u16>([
  0x20ac, 0x81, 0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021, 0x02c6, 0x2030, 0x0160, 0x2039, 0x0152, 0x8d, 0x017d, 0x8f,
  0x90, 0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014, 0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0x9d, 0x017e, 0x0178,
]);

export function singleByteDecode(args: usize, argc: i32): Value {
  if (!isView(at(args, 0))) return throwTypeError("Not an ArrayBuffer or a view of one");
  const p = rangeStart(args);
  const n = rangeLength(args);
  const windows = isTrue(at(args, 3));
  sbReset();
  for (let i = 0; i < n; i++) {
    const b = <u32>load<u8>(p + i);
    sbPush16(windows && b >= 0x80 && b < 0xa0 ? <u32>load<u16>(WINDOWS1252 + <usize>((b - 0x80) << 1)) : b);
  }
  return finish();
}

/** Are all units of the flat string at most 0xFF? */
function isLatin1(s: usize): bool {
  if (!isTwoByte(s)) return true;
  for (let i = 0, n = strLength(s); i < n; i++) if (charAt(s, i) > 255) return false;
  return true;
}

export function latin1Encode(args: usize, argc: i32): Value {
  const s = flat(args, 0);
  if (!isLatin1(s)) return NULL;
  const n = strLength(s);
  const bytes = newBytes(n);
  if (bytes == 0) return EXCEPTION;
  const to = bytesData(bytes);
  for (let i = 0; i < n; i++) store<u8>(to + i, charAt(s, i));
  return fromObject(bytes);
}

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
@inline function digit(i: u32): u32 { return load<u16>(changetype<usize>(ALPHABET) + (<usize>(i & 63) << 1)); }

function encode64(p: usize, n: i32): Value {
  const length = (<i64>n + 2) / 3 * 4;
  if (length > 0x1fffffe8) return throwRangeError("Invalid string length");
  const s = newString8(<i32>length);
  if (s == 0) return EXCEPTION;
  let to = stringData(s);
  let i = 0;
  for (; i + 2 < n; i += 3, to += 4) {
    const w = (<u32>load<u8>(p + i) << 16) | (<u32>load<u8>(p + i + 1) << 8) | <u32>load<u8>(p + i + 2);
    store<u32>(to, digit(w >> 18) | (digit(w >> 12) << 8) | (digit(w >> 6) << 16) | (digit(w) << 24));
  }
  if (n - i == 1) {
    const w = <u32>load<u8>(p + i) << 16;
    store<u32>(to, digit(w >> 18) | (digit(w >> 12) << 8) | 0x3d3d0000);
  } else if (n - i == 2) {
    const w = (<u32>load<u8>(p + i) << 16) | (<u32>load<u8>(p + i + 1) << 8);
    store<u32>(to, digit(w >> 18) | (digit(w >> 12) << 8) | (digit(w >> 6) << 16) | 0x3d000000);
  }
  return fromString(s);
}

export function base64Encode(args: usize, argc: i32): Value {
  if (!isView(at(args, 0))) return throwTypeError("Not an ArrayBuffer or a view of one");
  return encode64(viewPointer(at(args, 0)), viewLength(at(args, 0)));
}

export function btoa(args: usize, argc: i32): Value {
  const s = flat(args, 0);
  if (!isLatin1(s)) return NULL;
  if (!isTwoByte(s)) return encode64(stringData(s), strLength(s));
  const n = strLength(s);
  const p = rawAlloc(n);
  if (p == 0) return throwRangeError("Out of memory");
  for (let i = 0; i < n; i++) store<u8>(p + i, charAt(s, i));
  const result = encode64(p, n);
  rawFree(p);
  return result;
}

function digitValue(u: u32, urlSafe: bool): i32 {
  if (u - 0x41 < 26) return <i32>u - 0x41;
  if (u - 0x61 < 26) return <i32>u - 0x47;
  if (u - 0x30 < 10) return <i32>u + 4;
  if (u == 0x2b || (urlSafe && u == 0x2d)) return 62;
  return u == 0x2f || (urlSafe && u == 0x5f) ? 63 : -1;
}
@inline function isSpace(u: u32): bool { return u == 32 || u == 9 || u == 10 || u == 12 || u == 13; }

/** Bytes that the forgiving-base64 text decodes to, or -1 (Infra Standard). */
function decodedLength(s: usize, urlSafe: bool): i32 {
  let digits = 0, pads = 0;
  for (let i = 0, n = strLength(s); i < n; i++) {
    const u = charAt(s, i);
    if (isSpace(u)) continue;
    if (u == 0x3d) { pads++; continue; }
    if (pads > 0 || digitValue(u, urlSafe) < 0) return -1;
    digits++;
  }
  if (pads > 0 && (pads > 2 || ((digits + pads) & 3) != 0)) return -1;
  if ((digits & 3) == 1) return -1;
  return <i32>(<i64>digits * 3 / 4);
}

function decode64(s: usize, urlSafe: bool, to: usize): void {
  let bits: u32 = 0, have = 0;
  let p = to;
  for (let i = 0, n = strLength(s); i < n; i++) {
    const v = digitValue(charAt(s, i), urlSafe);
    if (v < 0) continue;
    bits = (bits << 6) | <u32>v;
    have += 6;
    if (have >= 8) {
      have -= 8;
      store<u8>(p, bits >> have);
      p++;
    }
  }
}

export function atob(args: usize, argc: i32): Value {
  const s = flat(args, 0);
  const n = decodedLength(s, false);
  if (n < 0) return NULL;
  const result = newString8(n);
  if (result == 0) return EXCEPTION;
  if (n > 0) decode64(s, false, stringData(result));
  return fromString(result);
}

export function base64Decode(args: usize, argc: i32): Value {
  const s = flat(args, 0);
  const urlSafe = isTrue(at(args, 1));
  const n = decodedLength(s, urlSafe);
  if (n < 0) return NULL;
  const bytes = newBytes(n);
  if (bytes == 0) return EXCEPTION;
  decode64(s, urlSafe, bytesData(bytes));
  return fromObject(bytes);
}

export function bytesIndexOf(args: usize, argc: i32): Value {
  const p = viewPointer(at(args, 0)), q = viewPointer(at(args, 1));
  const n = viewLength(at(args, 0)), m = viewLength(at(args, 1));
  for (let i = max(0, int(args, 2)); i <= n - m; i++) {
    let k = 0;
    while (k < m && load<u8>(p + i + k) == load<u8>(q + k)) k++;
    if (k == m) return fromInt(i);
  }
  return fromInt(-1);
}

export function bytesConcat(args: usize, argc: i32): Value {
  const list = ptrOf(at(args, 0));
  const count = arrayLength(list);
  let total: i64 = 0;
  for (let i: u32 = 0; i < count; i++) total += <i64>viewLength(getIndex(list, i));
  if (total > 0x7fff0000) return throwRangeError("Array buffer allocation failed");
  const bytes = newBytes(<i32>total);
  if (bytes == 0) return EXCEPTION;
  let to = bytesData(bytes);
  for (let i: u32 = 0; i < count; i++) {
    const v = getIndex(list, i);
    const n = viewLength(v);
    memory.copy(to, viewPointer(v), <usize>n);
    to += n;
  }
  return fromObject(bytes);
}

export function bytesSlice(args: usize, argc: i32): Value {
  const n = rangeLength(args);
  const bytes = newBytes(n);
  if (bytes == 0) return EXCEPTION;
  memory.copy(bytesData(bytes), rangeStart(args), <usize>n);
  return fromObject(bytes);
}

export function bytesEqual(args: usize, argc: i32): Value {
  const n = viewLength(at(args, 0));
  if (viewLength(at(args, 1)) != n) return FALSE;
  const p = viewPointer(at(args, 0)), q = viewPointer(at(args, 1));
  let difference: u32 = 0;
  for (let i = 0; i < n; i++) difference |= <u32>load<u8>(p + i) ^ <u32>load<u8>(q + i);
  return fromBool(difference == 0);
}

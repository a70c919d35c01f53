/**
 * The URL Standard (url.spec.whatwg.org): basic URL parser, serialiser and the setters, and application/x-www-form-urlencoded.
 *
 * The state machine of the standard is written as straight code: each part of the input is found by its delimiters and given to its state's
 * function. A URL under way is a record of (address, length) pairs in a static block; the bytes of its parts are ASCII and lie in a scratch region, written one
 * after another; the path is the part being written when it is shortened. Domain names: ASCII is lower-cased; others are mapped by NFKC and lower-casing and
 * encoded by Punycode (an approximation of UTS #46: no tables of disallowed characters).
 */
import { KIND_HOST } from "../generated/kinds";
import { checkHeapLimit, kindOf, rawAlloc, rawFree, storeValue } from "../heap";
import { appendElement, getIndex, newArray, newObjectOfKind } from "../object";
import { charAt, flatten, fromLatin1, fromUtf16, fromUtf8, isTwoByte, strLength, stringData, substring, utf8Length, writeUtf8 } from "../string";
import { sbFinish, sbPush8, sbPushBytes, sbPushLiteral, sbReset } from "../stringbuilder";
import { EXCEPTION, NOT_HANDLED, NULL, UNDEFINED, Value, asInt, fromInt, fromObject, fromString, isObject, isString, ptrOf } from "../value";
import { sameBytes } from "../http/chars";
import { heapStart, rootSlot, START_LAST_URL, START_URL } from "../state";
import { simpleLower } from "./casemap";
import { normalize } from "./normalize";
import { scratchEnd, scratchStart } from "./scratch";
import { bytesData, newBytes } from "./webbytes";

// Percent-encode sets by ASCII character: bit 0 C0 control, 1 fragment, 2 query, 3 special-query, 4 path, 5 userinfo, 6 forbidden host, 7 forbidden domain.
const SETS: usize = memory.data<u8>([
  255,191,191,191,191,191,191,191,191,255,255,191,191,255,191,191,191,191,191,191,191,191,191,191,191,191,191,191,191,191,191,191,254,0,62,252,0,128,0,8,0,0,0,0,0,0,0,224,
  0,0,0,0,0,0,0,0,0,0,224,32,254,32,254,240,224,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,224,224,224,240,0,50,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,
  48,224,48,0,191,
]);
const SET_C0: u32 = 1, SET_FRAGMENT: u32 = 2, SET_QUERY: u32 = 4, SET_SPECIAL_QUERY: u32 = 8, SET_PATH: u32 = 16, SET_USERINFO: u32 = 32, SET_HOST: u32 = 64, SET_DOMAIN: u32 = 128;

// Two records: the URL being made, and the base. Offsets of u32 fields.
const RECORDS: usize = START_URL;
const SCHEME: usize = 0, USER: usize = 8, PASS: usize = 16, HOST: usize = 24, HAS_HOST: usize = 32, PORT: usize = 36, PATH: usize = 40, OPAQUE: usize = 48, QUERY: usize = 52, HAS_QUERY: usize = 60;
const FRAGMENT: usize = 64, HAS_FRAGMENT: usize = 72, KIND: usize = 76;
const TOP: usize = 248; // where the next byte is written
const KIND_PLAIN: u32 = 0, KIND_SPECIAL: u32 = 1, KIND_FILE: u32 = 2; // file is special too

@inline function recordUrl(): usize { return RECORDS; }
@inline function recordBase(): usize { return RECORDS + 96; }
@inline function ptr(r: usize, field: usize): usize { return <usize>load<u32>(r + field); }
@inline function len(r: usize, field: usize): i32 { return load<i32>(r + field + 4); }
@inline function setPart(r: usize, field: usize, p: usize, n: i32): void { store<u32>(r + field, <u32>p); store<i32>(r + field + 4, n); }
@inline function copyPart(r: usize, field: usize, from: usize): void { setPart(r, field, ptr(from, field), len(from, field)); }
@inline function num(r: usize, field: usize): i32 { return load<i32>(r + field); }
@inline function setNum(r: usize, field: usize, v: i32): void { store<i32>(r + field, v); }
@inline function isSpecial(r: usize): bool { return num(r, KIND) != <i32>KIND_PLAIN; }
@inline function isFile(r: usize): bool { return num(r, KIND) == <i32>KIND_FILE; }
@inline function top(): usize { return <usize>load<u32>(RECORDS + TOP); }
@inline function setTop(p: usize): void { store<u32>(RECORDS + TOP, <u32>p); }
@inline function put(b: u32): void {
  const p = top();
  store<u8>(p, b);
  setTop(p + 1);
}
@inline function unit(p: usize, i: i32): u32 { return <u32>load<u16>(p + (<usize>i << 1)); }

@inline function isAlpha(u: u32): bool { return (u | 0x20) - 0x61 < 26 && u < 128; }
@inline function isDigit(u: u32): bool { return u - 0x30 < 10; }
function hexValue(u: u32): i32 {
  if (u - 0x30 < 10) return <i32>u - 0x30;
  const l = u | 0x20;
  return u < 128 && l - 0x61 < 6 ? <i32>l - 0x57 : -1;
}
@inline function hexDigit(n: u32): u32 { return n < 10 ? 0x30 + n : 0x37 + n; }

function putPercent(b: u32): void {
  put(0x25);
  put(hexDigit(b >> 4));
  put(hexDigit(b & 15));
}

/** UTF-8 percent-encode the code point at unit i with a set; the units it takes. */
function putEncoded(p: usize, i: i32, n: i32, set: u32): i32 {
  let u = unit(p, i);
  if (u < 128) {
    if ((<u32>load<u8>(SETS + <usize>u) & set) != 0) putPercent(u);
    else put(u);
    return 1;
  }
  let units = 1;
  if ((u & 0xfc00) == 0xd800 && i + 1 < n && (unit(p, i + 1) & 0xfc00) == 0xdc00) {
    u = 0x10000 + ((u - 0xd800) << 10) + (unit(p, i + 1) - 0xdc00);
    units = 2;
  } else if ((u & 0xf800) == 0xd800) u = 0xfffd;
  if (u < 0x800) putPercent(0xc0 | (u >> 6));
  else {
    if (u < 0x10000) putPercent(0xe0 | (u >> 12));
    else {
      putPercent(0xf0 | (u >> 18));
      putPercent(0x80 | ((u >> 12) & 63));
    }
    putPercent(0x80 | ((u >> 6) & 63));
  }
  putPercent(0x80 | (u & 63));
  return units;
}

function putRange(p: usize, from: i32, to: i32, set: u32): void {
  for (let i = from; i < to;) i += putEncoded(p, i, to, set);
}

function partIs(r: usize, field: usize, text: string): bool {
  const n = len(r, field);
  if (n != text.length) return false;
  const q = changetype<usize>(text);
  const p = ptr(r, field);
  for (let i = 0; i < n; i++) if (<u32>load<u8>(p + i) != <u32>load<u16>(q + (<usize>i << 1))) return false;
  return true;
}

function samePart(a: usize, b: usize, field: usize): bool {
  const n = len(a, field);
  return n == len(b, field) && memory.compare(ptr(a, field), ptr(b, field), <usize>n) == 0;
}

function defaultPort(r: usize): i32 {
  if (partIs(r, SCHEME, "http") || partIs(r, SCHEME, "ws")) return 80;
  if (partIs(r, SCHEME, "https") || partIs(r, SCHEME, "wss")) return 443;
  return partIs(r, SCHEME, "ftp") ? 21 : -1;
}

function classify(r: usize): void {
  setNum(r, KIND, partIs(r, SCHEME, "file") ? <i32>KIND_FILE : defaultPort(r) >= 0 ? <i32>KIND_SPECIAL : <i32>KIND_PLAIN);
}

function clear(r: usize): void {
  memory.fill(r, 0, 80);
  setNum(r, PORT, -1);
}

function copyRecord(to: usize, from: usize): void {
  memory.copy(to, from, 80);
}

// ---------------------------------------------------------------- Paths

/** Make the path the last thing written, so that it can grow and be shortened. */
function beginPath(r: usize): void {
  const p = ptr(r, PATH);
  const n = len(r, PATH);
  if (n == 0) {
    setPart(r, PATH, top(), 0);
    return;
  }
  const to = top();
  memory.copy(to, p, <usize>n);
  setTop(to + <usize>n);
  setPart(r, PATH, to, n);
}

function isDriveLetter(a: u32, b: u32): bool { return isAlpha(a) && (b == 0x3a || b == 0x7c); }

/** Is the path one normalised drive letter ("/C:")? */
function pathIsDrive(r: usize): bool {
  const p = ptr(r, PATH);
  return len(r, PATH) == 3 && isAlpha(load<u8>(p, 1)) && load<u8>(p, 2) == 0x3a;
}

function shorten(r: usize): void {
  if (isFile(r) && pathIsDrive(r)) return;
  const p = ptr(r, PATH);
  let n = len(r, PATH);
  while (n > 0) {
    n--;
    if (load<u8>(p + n) == 0x2f) break;
  }
  setPart(r, PATH, p, n);
  setTop(p + <usize>n);
}

/** Is the segment "." (1) or ".." (2), in any spelling with %2e? */
function dots(p: usize, from: i32, to: i32): i32 {
  let count = 0;
  let i = from;
  while (i < to) {
    if (unit(p, i) == 0x2e) i++;
    else if (unit(p, i) == 0x25 && i + 2 < to && unit(p, i + 1) == 0x32 && (unit(p, i + 2) | 0x20) == 0x65) i += 3;
    else return 0;
    count++;
  }
  return count <= 2 ? count : 0;
}

/** Path state from unit i; `setter`: a setter, ? and # are ordinary. Returns where it stopped. The path under way must be the last thing written. */
function parsePath(r: usize, p: usize, from: i32, n: i32, setter: bool): i32 {
  let i = from;
  let end = from;
  let more = true;
  const special = isSpecial(r);
  const start = ptr(r, PATH);
  while (more) {
    let e = i;
    let u: u32 = 0;
    while (e < n) {
      u = unit(p, e);
      if (u == 0x2f || (special && u == 0x5c) || (!setter && (u == 0x3f || u == 0x23))) break;
      e++;
    }
    const slash = e < n && (u == 0x2f || (special && u == 0x5c));
    const d = dots(p, i, e);
    if (d == 2) {
      shorten(r);
      if (!slash) put(0x2f);
    } else if (d == 1) {
      if (!slash) put(0x2f);
    } else {
      put(0x2f);
      if (isFile(r) && len(r, PATH) == 0 && e - i == 2 && isDriveLetter(unit(p, i), unit(p, i + 1))) {
        put(unit(p, i));
        put(0x3a);
      } else putRange(p, i, e, SET_PATH);
    }
    setPart(r, PATH, start, <i32>(top() - start));
    more = slash;
    end = e;
    i = e + 1;
  }
  return end;
}

/** Path start state. */
function parsePathStart(r: usize, p: usize, i: i32, n: i32, setter: bool): i32 {
  const u = i < n ? unit(p, i) : 0;
  if (isSpecial(r)) return parsePath(r, p, i < n && (u == 0x2f || u == 0x5c) ? i + 1 : i, n, setter);
  if (!setter && i < n && (u == 0x3f || u == 0x23)) return i;
  if (i < n) return parsePath(r, p, u == 0x2f ? i + 1 : i, n, setter);
  if (setter && num(r, HAS_HOST) == 0) {
    put(0x2f);
    setPart(r, PATH, ptr(r, PATH), len(r, PATH) + 1);
  }
  return i;
}

function parseOpaquePath(r: usize, p: usize, from: i32, n: i32): i32 {
  const start = top();
  setNum(r, OPAQUE, 1);
  let i = from;
  while (i < n && unit(p, i) != 0x3f && unit(p, i) != 0x23) {
    // A space before the end of the path is kept; the last one would be lost, so it is encoded.
    if (unit(p, i) == 32 && i + 1 < n && (unit(p, i + 1) == 0x3f || unit(p, i + 1) == 0x23)) {
      putPercent(32);
      i++;
    } else i += putEncoded(p, i, n, SET_C0);
  }
  setPart(r, PATH, start, <i32>(top() - start));
  return i;
}

function parseQueryAndFragment(r: usize, p: usize, from: i32, n: i32): void {
  let i = from;
  if (i < n && unit(p, i) == 0x3f) {
    let e = i + 1;
    while (e < n && unit(p, e) != 0x23) e++;
    parseQuery(r, p, i + 1, e);
    i = e;
  }
  if (i < n) parseFragment(r, p, i + 1, n);
}

function parseQuery(r: usize, p: usize, from: i32, to: i32): void {
  const start = top();
  putRange(p, from, to, isSpecial(r) ? SET_SPECIAL_QUERY : SET_QUERY);
  setPart(r, QUERY, start, <i32>(top() - start));
  setNum(r, HAS_QUERY, 1);
}

function parseFragment(r: usize, p: usize, from: i32, to: i32): void {
  const start = top();
  putRange(p, from, to, SET_FRAGMENT);
  setPart(r, FRAGMENT, start, <i32>(top() - start));
  setNum(r, HAS_FRAGMENT, 1);
}

// ---------------------------------------------------------------- Hosts

/** Host parser: units [from, to) into the record's host. */
function parseHost(r: usize, p: usize, from: i32, to: i32): bool {
  setNum(r, HAS_HOST, 1);
  if (from < to && unit(p, from) == 0x5b) return unit(p, to - 1) == 0x5d && parseIpv6(r, p, from + 1, to - 1);
  const start = top();
  if (!isSpecial(r)) {
    for (let i = from; i < to; i++) {
      const u = unit(p, i);
      if (u < 128 && (<u32>load<u8>(SETS + <usize>u) & SET_HOST) != 0) return false;
    }
    putRange(p, from, to, SET_C0);
    setPart(r, HOST, start, <i32>(top() - start));
    return true;
  }
  // Percent-decode; the bytes are UTF-8.
  let ascii = true;
  for (let i = from; i < to;) {
    const u = unit(p, i);
    if (u == 0x25 && i + 2 < to && hexValue(unit(p, i + 1)) >= 0 && hexValue(unit(p, i + 2)) >= 0) {
      const b = <u32>((hexValue(unit(p, i + 1)) << 4) | hexValue(unit(p, i + 2)));
      if (b >= 128) ascii = false;
      put(b);
      i += 3;
    } else if (u < 128) {
      put(u);
      i++;
    } else {
      ascii = false;
      const s = fromUtf16(p + (<usize>i << 1), i + 1 < to && (u & 0xfc00) == 0xd800 && (unit(p, i + 1) & 0xfc00) == 0xdc00 ? 2 : 1);
      i += strLength(s);
      setTop(top() + <usize>writeUtf8(s, top()));
    }
  }
  let n = <i32>(top() - start);
  if (!ascii) {
    n = domainToAscii(start, n);
    if (n < 0) return false;
    setTop(start + <usize>n);
  }
  if (n == 0) return false;
  for (let i = 0; i < n; i++) {
    let b = <u32>load<u8>(start + i);
    if (b - 0x41 < 26) {
      b |= 0x20;
      store<u8>(start + i, b);
    }
    if (b >= 128 || (<u32>load<u8>(SETS + <usize>b) & SET_DOMAIN) != 0) return false;
  }
  setPart(r, HOST, start, n);
  return endsInNumber(start, n) ? parseIpv4(r, start, n) : true;
}

/** Bytes of a domain in UTF-8 -> ASCII in place; the new length, or -1. */
function domainToAscii(start: usize, n: i32): i32 {
  const text = fromUtf8(start, n);
  if (text == 0) return -1;
  const normal = normalize(text, 2);
  if (normal == 0) return -1;
  const s = flatten(normal);
  const count = strLength(s);
  let to = start;
  let label = rawAlloc(count * 4 + 4);
  if (label == 0) return -1;
  let points = 0;
  let ok = true;
  for (let i = 0; i <= count && ok; i++) {
    let u: u32 = i < count ? charAt(s, i) : 0x2e;
    if ((u & 0xfc00) == 0xd800 && i + 1 < count && (charAt(s, i + 1) & 0xfc00) == 0xdc00) {
      i++;
      u = 0x10000 + ((u - 0xd800) << 10) + (charAt(s, i) - 0xdc00);
    }
    if (u == 0x3002 || u == 0xff0e || u == 0xff61) u = 0x2e;
    if (u != 0x2e) {
      // UTS #46 ignores these.
      if (u == 0xad || u == 0x200b || u == 0x2060 || u == 0xfeff || (u >= 0xfe00 && u <= 0xfe0f)) continue;
      if (u == 0xfffd || (u >= 0x80 && u < 0xa0) || (u & 0xfffff800) == 0xd800) ok = false;
      u = u == 0x1e9e ? 0xdf : simpleLower(u);
      store<u32>(label + (<usize>points << 2), u);
      points++;
      continue;
    }
    to = encodeLabel(label, points, to);
    if (to == 0) ok = false;
    points = 0;
    if (i < count) {
      store<u8>(to, 0x2e);
      to++;
    }
  }
  rawFree(label);
  return ok ? <i32>(to - start) : -1;
}

/** One label of code points: as it is when ASCII, else "xn--" and Punycode (RFC 3492). The end of what was written, 0 on overflow. */
function encodeLabel(label: usize, count: i32, to: usize): usize {
  let out = to;
  let basic = 0;
  for (let i = 0; i < count; i++) {
    const c = load<u32>(label + (<usize>i << 2));
    if (c < 128) basic++;
  }
  if (basic == count) {
    for (let i = 0; i < count; i++) store<u8>(out + i, load<u32>(label + (<usize>i << 2)));
    return out + <usize>count;
  }
  store<u32>(out, 0x2d2d6e78);
  out += 4;
  for (let i = 0; i < count; i++) {
    const c = load<u32>(label + (<usize>i << 2));
    if (c < 128) { store<u8>(out, c); out++; }
  }
  if (basic > 0) { store<u8>(out, 0x2d); out++; }
  let n: u32 = 128, delta: u32 = 0, bias: u32 = 72;
  let handled = basic;
  while (handled < count) {
    let next: u32 = 0x7fffffff;
    for (let i = 0; i < count; i++) {
      const c = load<u32>(label + (<usize>i << 2));
      if (c >= n && c < next) next = c;
    }
    const step = <u64>(next - n) * <u64>(handled + 1) + <u64>delta;
    if (step > 0x7fffffff) return 0;
    delta = <u32>step;
    n = next;
    for (let i = 0; i < count; i++) {
      const c = load<u32>(label + (<usize>i << 2));
      if (c < n) delta++;
      if (c != n) continue;
      let q = delta;
      for (let k: u32 = 36; ; k += 36) {
        const t: u32 = k <= bias ? 1 : k >= bias + 26 ? 26 : k - bias;
        if (q < t) break;
        const d = t + (q - t) % (36 - t);
        store<u8>(out, d < 26 ? 0x61 + d : 0x16 + d);
        out++;
        q = (q - t) / (36 - t);
      }
      store<u8>(out, q < 26 ? 0x61 + q : 0x16 + q);
      out++;
      delta = handled == basic ? delta / 700 : delta / 2;
      delta += delta / <u32>(handled + 1);
      let k: u32 = 0;
      while (delta > 455) { delta /= 35; k += 36; }
      bias = k + (36 * delta) / (delta + 38);
      delta = 0;
      handled++;
    }
    delta++;
    n++;
  }
  return out;
}

/** The number of an IPv4 part (decimal, 0 octal, 0x hexadecimal), -1 when it is none. */
function ipv4Number(p: usize, from: i32, to: i32): i64 {
  if (from == to) return -1;
  let base: i64 = 10;
  let i = from;
  if (to - i >= 2 && load<u8>(p + i) == 0x30 && (<u32>load<u8>(p + i + 1) | 0x20) == 0x78) { base = 16; i += 2; }
  else if (to - i >= 2 && load<u8>(p + i) == 0x30) { base = 8; i++; }
  let v: i64 = 0;
  for (; i < to; i++) {
    const d = hexValue(load<u8>(p + i));
    if (d < 0 || <i64>d >= base) return -1;
    if (v < 0x100000000) v = v * base + <i64>d;
  }
  return v;
}

function endsInNumber(p: usize, length: i32): bool {
  let n = length;
  if (load<u8>(p + n - 1) == 0x2e) n--;
  if (n == 0) return false;
  let from = n;
  while (from > 0 && load<u8>(p + from - 1) != 0x2e) from--;
  if (from == n) return false;
  let digits = true;
  for (let i = from; i < n; i++) if (!isDigit(load<u8>(p + i))) digits = false;
  return digits || (n - from >= 2 && load<u8>(p + from) == 0x30 && (<u32>load<u8>(p + from + 1) | 0x20) == 0x78 && ipv4Number(p, from, n) >= 0);
}

function parseIpv4(r: usize, p: usize, length: i32): bool {
  let n = length;
  if (load<u8>(p + n - 1) == 0x2e) n--;
  let parts = 0;
  let address: i64 = 0;
  let last: i64 = 0;
  let i = 0;
  while (i <= n) {
    let e = i;
    while (e < n && load<u8>(p + e) != 0x2e) e++;
    if (parts == 4) return false;
    const v = ipv4Number(p, i, e);
    if (v < 0) return false;
    if (parts > 0) {
      if (last > 255) return false;
      address = address * 256 + last;
    }
    last = v;
    parts++;
    i = e + 1;
  }
  const room: i64 = <i64>1 << <i64>(8 * (5 - parts));
  if (last >= room) return false;
  address = address * room + last;
  const start = top();
  for (let shift: i64 = 24; shift >= 0; shift -= 8) {
    putDecimal(<i32>((address >> shift) & 255));
    if (shift > 0) put(0x2e);
  }
  setPart(r, HOST, start, <i32>(top() - start));
  return true;
}

function putDecimal(v: i32): void {
  let divisor = 1;
  while (v / divisor >= 10) divisor *= 10;
  while (divisor > 0) {
    put(0x30 + <u32>(v / divisor % 10));
    divisor /= 10;
  }
}

const PIECES: usize = memory.data(16, 2);

function parseIpv6(r: usize, p: usize, from: i32, to: i32): bool {
  memory.fill(PIECES, 0, 16);
  let piece = 0, compress = -1, i = from;
  if (i < to && unit(p, i) == 0x3a) {
    if (i + 1 >= to || unit(p, i + 1) != 0x3a) return false;
    i += 2;
    piece++;
    compress = piece;
  }
  while (i < to) {
    if (piece == 8) return false;
    if (unit(p, i) == 0x3a) {
      if (compress >= 0) return false;
      i++;
      piece++;
      compress = piece;
      continue;
    }
    let value: u32 = 0, length = 0;
    while (length < 4 && i < to && hexValue(unit(p, i)) >= 0) {
      value = (value << 4) | <u32>hexValue(unit(p, i));
      i++;
      length++;
    }
    if (i < to && unit(p, i) == 0x2e) {
      if (length == 0 || piece > 6) return false;
      i -= length;
      let seen = 0;
      while (i < to) {
        let part = -1;
        if (seen > 0) {
          if (unit(p, i) != 0x2e || seen >= 4) return false;
          i++;
        }
        if (i >= to || !isDigit(unit(p, i))) return false;
        while (i < to && isDigit(unit(p, i))) {
          const d = <i32>unit(p, i) - 0x30;
          if (part == 0) return false;
          part = part < 0 ? d : part * 10 + d;
          if (part > 255) return false;
          i++;
        }
        const at = PIECES + <usize>(piece << 1);
        store<u16>(at, (<u32>load<u16>(at) << 8) + <u32>part);
        seen++;
        if (seen == 2 || seen == 4) piece++;
      }
      if (seen != 4) return false;
      break;
    }
    if (i < to && unit(p, i) == 0x3a) {
      i++;
      if (i >= to) return false;
    } else if (i < to) return false;
    store<u16>(PIECES + <usize>(piece << 1), value);
    piece++;
  }
  if (compress >= 0) {
    let swaps = piece - compress;
    piece = 7;
    while (piece != 0 && swaps > 0) {
      const a = PIECES + <usize>(piece << 1), b = PIECES + <usize>((compress + swaps - 1) << 1);
      const t = load<u16>(a);
      store<u16>(a, load<u16>(b));
      store<u16>(b, t);
      piece--;
      swaps--;
    }
  } else if (piece != 8) return false;
  const start = top();
  put(0x5b);
  putIpv6();
  put(0x5d);
  setPart(r, HOST, start, <i32>(top() - start));
  return true;
}

function putIpv6(): void {
  let best = -1, bestLength = 1;
  for (let i = 0; i < 8;) {
    let e = i;
    while (e < 8 && load<u16>(PIECES + <usize>(e << 1)) == 0) e++;
    if (e - i > bestLength) { best = i; bestLength = e - i; }
    i = e == i ? i + 1 : e;
  }
  let skip = false;
  for (let i = 0; i < 8; i++) {
    const v = <u32>load<u16>(PIECES + <usize>(i << 1));
    if (skip && v == 0) continue;
    skip = false;
    if (i == best) {
      if (i == 0) put(0x3a);
      put(0x3a);
      skip = true;
      continue;
    }
    let shift: u32 = 12;
    while (shift > 0 && v >> shift == 0) shift -= 4;
    for (;; shift -= 4) {
      const d = (v >> shift) & 15;
      put(d < 10 ? 0x30 + d : 0x57 + d);
      if (shift == 0) break;
    }
    if (i != 7) put(0x3a);
  }
}

// ---------------------------------------------------------------- The parser

/** Where the authority (or host) that begins at `from` ends. */
function authorityEnd(r: usize, p: usize, from: i32, n: i32): i32 {
  let e = from;
  while (e < n) {
    const u = unit(p, e);
    if (u == 0x2f || u == 0x3f || u == 0x23 || (u == 0x5c && isSpecial(r))) break;
    e++;
  }
  return e;
}

/** Where the host in [from, to) ends: at the colon of a port, outside of brackets. */
function hostEnd(p: usize, from: i32, to: i32): i32 {
  let inside = false;
  for (let i = from; i < to; i++) {
    const u = unit(p, i);
    if (u == 0x5b) inside = true;
    else if (u == 0x5d) inside = false;
    else if (u == 0x3a && !inside) return i;
  }
  return to;
}

function parsePort(r: usize, p: usize, from: i32, to: i32): bool {
  let port = 0;
  for (let i = from; i < to; i++) {
    if (!isDigit(unit(p, i))) return false;
    port = port * 10 + <i32>unit(p, i) - 0x30;
    if (port > 65535) return false;
  }
  if (from < to) setNum(r, PORT, port == defaultPort(r) ? -1 : port);
  return true;
}

/** Authority state and all after it. */
function parseAuthority(r: usize, p: usize, from: i32, n: i32): bool {
  const end = authorityEnd(r, p, from, n);
  let at = -1;
  for (let i = from; i < end; i++) if (unit(p, i) == 0x40) at = i;
  let host = from;
  if (at >= 0) {
    host = at + 1;
    if (host == end) return false;
    let colon = from;
    while (colon < at && unit(p, colon) != 0x3a) colon++;
    let start = top();
    putRange(p, from, colon, SET_USERINFO);
    setPart(r, USER, start, <i32>(top() - start));
    start = top();
    if (colon < at) putRange(p, colon + 1, at, SET_USERINFO);
    setPart(r, PASS, start, <i32>(top() - start));
  }
  const colon = hostEnd(p, host, end);
  if (colon == host && (colon < end || isSpecial(r))) return false;
  if (!parseHost(r, p, host, colon)) return false;
  if (colon < end && !parsePort(r, p, colon + 1, end)) return false;
  return afterHost(r, p, end, n);
}

function afterHost(r: usize, p: usize, from: i32, n: i32): bool {
  beginPath(r);
  parseQueryAndFragment(r, p, parsePathStart(r, p, from, n, false), n);
  return true;
}

@inline function isSlash(r: usize, p: usize, i: i32, n: i32): bool {
  return i < n && (unit(p, i) == 0x2f || (unit(p, i) == 0x5c && isSpecial(r)));
}

function startsWithDrive(p: usize, i: i32, n: i32): bool {
  if (n - i < 2 || !isDriveLetter(unit(p, i), unit(p, i + 1))) return false;
  if (n - i == 2) return true;
  const u = unit(p, i + 2);
  return u == 0x2f || u == 0x5c || u == 0x3f || u == 0x23;
}

/** The basic URL parser without state setter: cleaned units [0, n) into record r; base 0 when there is none. */
function parseUnits(r: usize, p: usize, n: i32, base: usize): bool {
  clear(r);
  let i = 0;
  if (n > 0 && isAlpha(unit(p, 0))) {
    let e = 1;
    while (e < n) {
      const u = unit(p, e);
      if (!isAlpha(u) && !isDigit(u) && u != 0x2b && u != 0x2d && u != 0x2e) break;
      e++;
    }
    if (e < n && unit(p, e) == 0x3a) {
      const start = top();
      for (let k = 0; k < e; k++) put(isAlpha(unit(p, k)) ? unit(p, k) | 0x20 : unit(p, k));
      setPart(r, SCHEME, start, e);
      classify(r);
      i = e + 1;
      if (isFile(r)) return parseFile(r, p, i, n, base);
      if (isSpecial(r)) {
        if (base != 0 && samePart(r, base, SCHEME) && !(i + 1 < n && unit(p, i) == 0x2f && unit(p, i + 1) == 0x2f)) return parseRelative(r, p, i, n, base);
        while (isSlash(r, p, i, n)) i++;
        return parseAuthority(r, p, i, n);
      }
      if (i < n && unit(p, i) == 0x2f) {
        if (i + 1 < n && unit(p, i + 1) == 0x2f) return parseAuthority(r, p, i + 2, n);
        beginPath(r);
        parseQueryAndFragment(r, p, parsePath(r, p, i + 1, n, false), n);
        return true;
      }
      parseQueryAndFragment(r, p, parseOpaquePath(r, p, i, n), n);
      return true;
    }
  }
  if (base == 0) return false;
  if (num(base, OPAQUE) != 0) {
    if (n == 0 || unit(p, 0) != 0x23) return false;
    copyRecord(r, base);
    setNum(r, HAS_FRAGMENT, 0);
    parseFragment(r, p, 1, n);
    return true;
  }
  copyPart(r, SCHEME, base);
  setNum(r, KIND, num(base, KIND));
  return isFile(base) ? parseFile(r, p, 0, n, base) : parseRelative(r, p, 0, n, base);
}

function copyAuthority(r: usize, base: usize): void {
  copyPart(r, USER, base);
  copyPart(r, PASS, base);
  copyPart(r, HOST, base);
  setNum(r, HAS_HOST, num(base, HAS_HOST));
  setNum(r, PORT, num(base, PORT));
}

function parseRelative(r: usize, p: usize, from: i32, n: i32, base: usize): bool {
  if (isSlash(r, p, from, n)) {
    const i = from + 1;
    if (isSpecial(r) && isSlash(r, p, i, n)) {
      let k = i + 1;
      while (isSlash(r, p, k, n)) k++;
      return parseAuthority(r, p, k, n);
    }
    if (i < n && unit(p, i) == 0x2f) return parseAuthority(r, p, i + 1, n);
    copyAuthority(r, base);
    beginPath(r);
    parseQueryAndFragment(r, p, parsePath(r, p, i, n, false), n);
    return true;
  }
  copyAuthority(r, base);
  return parseAgainst(r, p, from, n, base, true);
}

/** What follows a base's path: query, fragment, or a relative path. */
function parseAgainst(r: usize, p: usize, from: i32, n: i32, base: usize, keepPath: bool): bool {
  copyPart(r, PATH, base);
  if (from == n || unit(p, from) == 0x23) {
    copyPart(r, QUERY, base);
    setNum(r, HAS_QUERY, num(base, HAS_QUERY));
    parseQueryAndFragment(r, p, from, n);
    return true;
  }
  if (unit(p, from) == 0x3f) {
    parseQueryAndFragment(r, p, from, n);
    return true;
  }
  if (!keepPath) setPart(r, PATH, 0, 0);
  beginPath(r);
  if (keepPath) shorten(r);
  parseQueryAndFragment(r, p, parsePath(r, p, from, n, false), n);
  return true;
}

/** File state, file slash state and file host state. */
function parseFile(r: usize, p: usize, from: i32, n: i32, base: usize): bool {
  setNum(r, KIND, <i32>KIND_FILE);
  setNum(r, HAS_HOST, 1);
  const fileBase = base != 0 && isFile(base);
  if (isSlash(r, p, from, n)) {
    const i = from + 1;
    if (isSlash(r, p, i, n)) {
      const host = i + 1;
      const end = authorityEnd(r, p, host, n);
      if (end - host == 2 && isDriveLetter(unit(p, host), unit(p, host + 1))) {
        beginPath(r);
        parseQueryAndFragment(r, p, parsePath(r, p, host, n, false), n);
        return true;
      }
      if (end > host && !parseFileHost(r, p, host, end)) return false;
      return afterHost(r, p, end, n);
    }
    beginPath(r);
    if (fileBase) {
      copyPart(r, HOST, base);
      const q = ptr(base, PATH);
      if (!startsWithDrive(p, i, n) && len(base, PATH) >= 3 && isAlpha(load<u8>(q, 1)) && load<u8>(q, 2) == 0x3a && (len(base, PATH) == 3 || load<u8>(q, 3) == 0x2f)) {
        put(0x2f);
        put(load<u8>(q, 1));
        put(0x3a);
        setPart(r, PATH, ptr(r, PATH), 3);
      }
    }
    parseQueryAndFragment(r, p, parsePath(r, p, i, n, false), n);
    return true;
  }
  if (fileBase) {
    copyPart(r, HOST, base);
    return parseAgainst(r, p, from, n, base, !startsWithDrive(p, from, n));
  }
  beginPath(r);
  parseQueryAndFragment(r, p, parsePath(r, p, from, n, false), n);
  return true;
}

function parseFileHost(r: usize, p: usize, from: i32, to: i32): bool {
  if (!parseHost(r, p, from, to)) return false;
  if (partIs(r, HOST, "localhost")) setPart(r, HOST, 0, 0);
  return true;
}

// ---------------------------------------------------------------- Serialising

/** Copy a string's units without tabs and newlines (and, `trim`, without C0 controls and spaces around) to `to`; the units. */
function clean(s: usize, to: usize, trim: bool, strip: bool = true): i32 {
  let from = 0;
  let end = strLength(s);
  if (trim) {
    while (from < end && charAt(s, from) <= 32) from++;
    while (end > from && charAt(s, end - 1) <= 32) end--;
  }
  let n = 0;
  for (let i = from; i < end; i++) {
    const u = charAt(s, i);
    if (strip && (u == 9 || u == 10 || u == 13)) continue;
    store<u16>(to + (<usize>n << 1), <u16>u);
    n++;
  }
  return n;
}

function pushPart(r: usize, field: usize): void { sbPushBytes(ptr(r, field), len(r, field)); }

/** The record as [href, offsets...] (see the table of natives). */
function result(r: usize): Value {
  const offsets = memory.data(64, 4);
  sbReset();
  pushPart(r, SCHEME);
  sbPush8(0x3a);
  let at = len(r, SCHEME) + 1;
  store<i32>(offsets, at);
  const host = num(r, HAS_HOST) != 0;
  if (host) {
    sbPushLiteral("//");
    at += 2;
  }
  store<i32>(offsets, at, 4);
  pushPart(r, USER);
  at += len(r, USER);
  store<i32>(offsets, at, 8);
  if (len(r, PASS) > 0) {
    sbPush8(0x3a);
    pushPart(r, PASS);
    at += len(r, PASS) + 1;
  }
  store<i32>(offsets, at, 12);
  if (len(r, USER) > 0 || len(r, PASS) > 0) {
    sbPush8(0x40);
    at++;
  }
  store<i32>(offsets, at, 16);
  pushPart(r, HOST);
  at += len(r, HOST);
  store<i32>(offsets, at, 20);
  const port = num(r, PORT);
  if (port >= 0) {
    sbPush8(0x3a);
    at++;
    let divisor = 1;
    while (port / divisor >= 10) divisor *= 10;
    for (; divisor > 0; divisor /= 10) {
      sbPush8(0x30 + <u32>(port / divisor % 10));
      at++;
    }
  }
  store<i32>(offsets, at, 24);
  if (!host && num(r, OPAQUE) == 0 && len(r, PATH) > 1 && load<u8>(ptr(r, PATH), 1) == 0x2f) {
    sbPushLiteral("/.");
    at += 2;
  }
  store<i32>(offsets, at, 28);
  pushPart(r, PATH);
  at += len(r, PATH);
  store<i32>(offsets, at, 32);
  if (num(r, HAS_QUERY) != 0) {
    sbPush8(0x3f);
    pushPart(r, QUERY);
    at += len(r, QUERY) + 1;
  }
  store<i32>(offsets, at, 36);
  if (num(r, HAS_FRAGMENT) != 0) {
    sbPush8(0x23);
    pushPart(r, FRAGMENT);
  }
  store<i32>(offsets, host ? 1 : 0, 40);
  store<i32>(offsets, num(r, OPAQUE), 44);
  const href = sbFinish();
  if (href == 0) return EXCEPTION;
  const list = newArray(13);
  appendElement(list, fromString(href));
  for (let i: usize = 0; i < 12; i++) appendElement(list, fromInt(load<i32>(offsets + (i << 2))));
  return fromObject(list);
}

/** A scratch region for inputs of `units` units in all; 0 when there is no memory. */
function region(args: usize, argc: i32, units: i32): usize {
  if (units > 100_000_000) return 0;
  const bytes = units * 20 + 512;
  const scratch = scratchStart(args, argc);
  return scratch + <usize>bytes <= scratchEnd() ? scratch : rawAlloc(bytes);
}
function endRegion(block: usize): void {
  if (block >= heapStart()) rawFree(block);
}

/** The collector forgets the last result: it may die. */
export function forgetLastUrl(): void { store<u32>(START_LAST_URL, 0); }

/** The href of the last result when it is exactly `http://`, host and target, bytes both; 0 otherwise. A serialised URL parses to itself. */
export function lastHttpUrl(host: usize, hostBytes: i32, target: usize, targetBytes: i32): usize {
  const last = <usize>load<u32>(START_LAST_URL);
  if (last == 0) return 0;
  const href = ptrOf(getIndex(last, 0));
  if (strLength(href) != 7 + hostBytes + targetBytes || isTwoByte(href)) return 0;
  const p = stringData(flatten(href));
  // "http://"
  if (load<u32>(p) != 0x70747468 || load<u32>(p, 3) != 0x2f2f3a70) return 0;
  return sameBytes(p + 7, host, hostBytes) && sameBytes(p + 7 + <usize>hostBytes, target, targetBytes) ? href : 0;
}

/** Internal slot 0 of a URL (lib/web/support.ts). */
const WEB_URL: i32 = 4;
const WEB_SEARCH_PARAMS: i32 = 5;
const ROOT_PARAMS_PROTOTYPE: i32 = 60;
@inline function isUrl(v: Value): bool { return isObject(v) && kindOf(ptrOf(v)) == KIND_HOST && load<u64>(ptrOf(v), 16) == fromInt(WEB_URL); }
export function urlSetParams(args: usize, argc: i32): Value {
  store<u64>(rootSlot(ROOT_PARAMS_PROTOTYPE), load<u64>(args));
  return UNDEFINED;
}
export function urlSearchParams(args: usize, argc: i32): Value {
  const v = load<u64>(args - 8);
  if (!isUrl(v)) return NOT_HANDLED;
  const url = ptrOf(v), known = load<u64>(url, 32);
  if (isObject(known)) return known;
  const parts = ptrOf(load<u64>(url, 24));
  if (asInt(getIndex(parts, 10)) - asInt(getIndex(parts, 9)) > 1) return NOT_HANDLED;
  const params = newObjectOfKind(KIND_HOST, ptrOf(load<u64>(rootSlot(ROOT_PARAMS_PROTOTYPE))));
  store<u64>(params, fromInt(WEB_SEARCH_PARAMS), 16);
  store<u64>(params, fromObject(newArray(0)), 24);
  store<u64>(params, v, 32);
  storeValue(url, url + 32, fromObject(params));
  return fromObject(params);
}
export function urlPathname(args: usize, argc: i32): Value {
  const url = load<u64>(args - 8);
  if (!isUrl(url)) return NOT_HANDLED;
  const parts = ptrOf(load<u64>(ptrOf(url), 24));
  return fromString(substring(ptrOf(getIndex(parts, 0)), asInt(getIndex(parts, 8)), asInt(getIndex(parts, 9))));
}

export function urlParse(args: usize, argc: i32): Value {
  const input = flatten(ptrOf(load<u64>(args)));
  const baseValue = load<u64>(args, 8);
  const baseText = isString(baseValue) ? flatten(ptrOf(baseValue)) : 0;
  // `new URL(request.url)`: the very string that the last parse gave is parsed already. Nobody changes these arrays.
  const last = <usize>load<u32>(START_LAST_URL);
  if (last != 0 && baseText == 0 && getIndex(last, 0) == fromString(input)) return fromObject(last);
  const units = strLength(input) + (baseText != 0 ? strLength(baseText) : 0);
  const block = region(args, argc, units);
  if (block == 0) return NULL;
  let p = block;
  let base: usize = 0;
  const n = clean(input, p, true);
  p += <usize>strLength(input) << 1;
  setTop(p);
  let ok = true;
  if (baseText != 0) {
    const m = clean(baseText, p, true);
    setTop(p + (<usize>strLength(baseText) << 1));
    base = recordBase();
    ok = parseUnits(base, p, m, 0);
  }
  const value = ok && parseUnits(recordUrl(), block, n, base) ? result(recordUrl()) : NULL;
  endRegion(block);
  if (isObject(value)) store<u32>(START_LAST_URL, <u32>ptrOf(value));
  return value;
}

@inline function cannotHaveCredentials(r: usize): bool { return num(r, HAS_HOST) == 0 || len(r, HOST) == 0 || isFile(r); }

export function urlSet(args: usize, argc: i32): Value {
  const href = flatten(ptrOf(load<u64>(args)));
  const part = asInt(load<u64>(args, 8));
  const text = flatten(ptrOf(load<u64>(args, 16)));
  const block = region(args, argc, strLength(href) + strLength(text));
  if (block == 0) return NULL;
  const hrefUnits = block + (<usize>strLength(text) << 1);
  // User name and password are not parsed, so nothing is taken out of them.
  const n = clean(text, block, part == 0, part != 2 && part != 3);
  const m = clean(href, hrefUnits, true);
  setTop(hrefUnits + (<usize>strLength(href) << 1));
  const r = recordUrl();
  let value: Value = NULL;
  if (part == 0 ? parseUnits(r, block, n, 0) : parseUnits(r, hrefUnits, m, 0)) {
    if (part != 0) {
      copyRecord(recordBase(), r);
      // A setter that fails half way leaves the URL as it was.
      if (!setOne(r, part, block, n, strLength(text))) copyRecord(r, recordBase());
    }
    value = result(r);
  }
  endRegion(block);
  return value;
}

function setOne(r: usize, part: i32, p: usize, n: i32, given: i32): bool {
  switch (part) {
    case 1: return setScheme(r, p, n);
    case 2:
    case 3: {
      if (cannotHaveCredentials(r)) return false;
      const start = top();
      putRange(p, 0, n, SET_USERINFO);
      setPart(r, part == 2 ? USER : PASS, start, <i32>(top() - start));
      return true;
    }
    case 4: return setHost(r, p, n, true);
    case 5: return setHost(r, p, n, false);
    case 6: {
      if (cannotHaveCredentials(r)) return false;
      if (given == 0) { setNum(r, PORT, -1); return true; }
      let e = 0;
      while (e < n && isDigit(unit(p, e))) e++;
      return e > 0 && parsePort(r, p, 0, e);
    }
    case 7: {
      if (num(r, OPAQUE) != 0) return false;
      setPart(r, PATH, 0, 0);
      beginPath(r);
      parsePathStart(r, p, 0, n, true);
      return true;
    }
    case 8: {
      if (given == 0) {
        setNum(r, HAS_QUERY, 0);
        setPart(r, QUERY, 0, 0);
        stripOpaque(r);
        return true;
      }
      parseQuery(r, p, n > 0 && unit(p, 0) == 0x3f ? 1 : 0, n);
      return true;
    }
    default: {
      if (given == 0) {
        setNum(r, HAS_FRAGMENT, 0);
        setPart(r, FRAGMENT, 0, 0);
        stripOpaque(r);
        return true;
      }
      parseFragment(r, p, n > 0 && unit(p, 0) == 0x23 ? 1 : 0, n);
      return true;
    }
  }
}

/** Strip trailing spaces from an opaque path. */
function stripOpaque(r: usize): void {
  if (num(r, OPAQUE) == 0 || num(r, HAS_FRAGMENT) != 0 || num(r, HAS_QUERY) != 0) return;
  let n = len(r, PATH);
  while (n > 0 && load<u8>(ptr(r, PATH) + n - 1) == 32) n--;
  setPart(r, PATH, ptr(r, PATH), n);
}

function setScheme(r: usize, p: usize, n: i32): bool {
  if (n == 0 || !isAlpha(unit(p, 0))) return false;
  let e = 0;
  while (e < n && unit(p, e) != 0x3a) {
    const u = unit(p, e);
    if (!isAlpha(u) && !isDigit(u) && u != 0x2b && u != 0x2d && u != 0x2e) return false;
    e++;
  }
  const was = num(r, KIND);
  const start = top();
  for (let k = 0; k < e; k++) put(isAlpha(unit(p, k)) ? unit(p, k) | 0x20 : unit(p, k));
  setPart(r, SCHEME, start, e);
  classify(r);
  if ((was != 0) != isSpecial(r)) return false;
  if (isFile(r) && (len(r, USER) > 0 || len(r, PASS) > 0 || num(r, PORT) >= 0)) return false;
  if (was == <i32>KIND_FILE && len(r, HOST) == 0) return false;
  if (num(r, PORT) == defaultPort(r)) setNum(r, PORT, -1);
  return true;
}

function setHost(r: usize, p: usize, n: i32, withPort: bool): bool {
  if (num(r, OPAQUE) != 0) return false;
  const end = authorityEnd(r, p, 0, n);
  if (isFile(r)) {
    if (end == 0) { setPart(r, HOST, 0, 0); setNum(r, HAS_HOST, 1); return true; }
    return parseFileHost(r, p, 0, end);
  }
  const colon = hostEnd(p, 0, end);
  if (colon < end && (colon == 0 || !withPort)) return false;
  if (colon == 0 && (isSpecial(r) || len(r, USER) > 0 || len(r, PASS) > 0 || num(r, PORT) >= 0)) return false;
  if (!parseHost(r, p, 0, colon)) return false;
  if (colon < end) {
    let e = colon + 1;
    while (e < end && isDigit(unit(p, e))) e++;
    parsePort(r, p, colon + 1, e);
  }
  return true;
}

// ---------------------------------------------------------------- application/x-www-form-urlencoded

/** Bytes [p, e) with + and %XX replaced, in place; the string. */
function decodeForm(p: usize, e: usize): usize {
  let to = p;
  for (let q = p; q < e; q++) {
    let b = <u32>load<u8>(q);
    if (b == 0x2b) b = 32;
    else if (b == 0x25 && q + 2 < e && hexValue(load<u8>(q, 1)) >= 0 && hexValue(load<u8>(q, 2)) >= 0) {
      b = <u32>((hexValue(load<u8>(q, 1)) << 4) | hexValue(load<u8>(q, 2)));
      q += 2;
    }
    store<u8>(to, b);
    to++;
  }
  return fromUtf8(p, <i32>(to - p));
}

export function formParse(args: usize, argc: i32): Value {
  const s = flatten(ptrOf(load<u64>(args)));
  const list = newArray(8);
  const n = utf8Length(s);
  if (n == 0) return fromObject(list);
  const block = rawAlloc(n);
  if (block == 0) return fromObject(list);
  writeUtf8(s, block);
  const end = block + <usize>n;
  let ok = true;
  for (let p = block; p < end && ok;) {
    let e = p;
    while (e < end && load<u8>(e) != 0x26) e++;
    if (e > p) {
      let q = p;
      while (q < e && load<u8>(q) != 0x3d) q++;
      appendElement(list, fromString(decodeForm(p, q)));
      ok = appendElement(list, fromString(q < e ? decodeForm(q + 1, e) : fromLatin1(p, 0))) && checkHeapLimit();
    }
    p = e + 1;
  }
  rawFree(block);
  return ok ? fromObject(list) : EXCEPTION;
}

@inline function isFormSafe(b: u32): bool {
  return (b | 0x20) - 0x61 < 26 && b < 128 || isDigit(b) || b == 0x2a || b == 0x2d || b == 0x2e || b == 0x5f;
}

export function formEncode(args: usize, argc: i32): Value {
  const s = flatten(ptrOf(load<u64>(args)));
  const n = utf8Length(s);
  const block = rawAlloc(n + 1);
  if (block == 0) return fromString(s);
  writeUtf8(s, block);
  sbReset();
  for (let i = 0; i < n; i++) {
    const b = <u32>load<u8>(block + i);
    if (isFormSafe(b)) sbPush8(b);
    else if (b == 32) sbPush8(0x2b);
    else {
      sbPush8(0x25);
      sbPush8(hexDigit(b >> 4));
      sbPush8(hexDigit(b & 15));
    }
  }
  rawFree(block);
  const out = sbFinish();
  return out == 0 ? EXCEPTION : fromString(out);
}

export function percentDecode(args: usize, argc: i32): Value {
  const s = flatten(ptrOf(load<u64>(args)));
  const n = utf8Length(s);
  const block = rawAlloc(n + 1);
  if (block == 0) return EXCEPTION;
  writeUtf8(s, block);
  let to = 0;
  for (let i = 0; i < n; i++) {
    let b = <u32>load<u8>(block + i);
    if (b == 0x25 && i + 2 < n && hexValue(load<u8>(block + i + 1)) >= 0 && hexValue(load<u8>(block + i + 2)) >= 0) {
      b = <u32>((hexValue(load<u8>(block + i + 1)) << 4) | hexValue(load<u8>(block + i + 2)));
      i += 2;
    }
    store<u8>(block + to, b);
    to++;
  }
  const bytes = newBytes(to);
  if (bytes != 0) memory.copy(bytesData(bytes), block, <usize>to);
  rawFree(block);
  return bytes == 0 ? EXCEPTION : fromObject(bytes);
}

/** Case conversion (ECMA-262, 22.1.3.28, 22.1.3.30; Unicode, 3.13) and the case relations of regular expressions. */
import { newString8, flatten, isTwoByte, strLength, stringData } from "../string";
import { sbFinish, sbPush16, sbPushCodePoint, sbReset } from "../stringbuilder";
import { FOLD, FOLD_COUNT, LOWER, LOWER_COUNT, SPECIAL_UPPER, SPECIAL_UPPER_COUNT, UPPER, UPPER_COUNT } from "./tables/case";
import { PROPERTY_SETS, SET_CASED, SET_CASE_IGNORABLE } from "./tables/properties";
import { codePointAt } from "./codepoint";

/** Maps c through a table of ranges (tables/case.ts). */
function mapThrough(table: usize, count: i32, c: u32): u32 {
  let low = 0;
  let high = count - 1;
  while (low <= high) {
    const middle = (low + high) >>> 1;
    const entry = table + <usize>middle * 12;
    const start = load<u32>(entry);
    const from = start & 0x1fffff;
    if (c < from) high = middle - 1;
    else if (c > load<u32>(entry, 4)) low = middle + 1;
    else return start >>> 31 != 0 && ((c - from) & 1) != 0 ? c : c + load<u32>(entry, 8);
  }
  return c;
}

/** Lower case when it is one code point (U+0130 alone has two: it stays). */
export function simpleLower(c: u32): u32 {
  if (c < 128) return c - 65 < 26 ? c + 32 : c;
  return mapThrough(LOWER, LOWER_COUNT, c);
}
/** Upper case when it is one code point, else c itself. */
export function simpleUpper(c: u32): u32 {
  if (c < 128) return c - 97 < 26 ? c - 32 : c;
  return mapThrough(UPPER, UPPER_COUNT, c);
}
/** A representative of c's class under simple case folding. */
export function simpleFold(c: u32): u32 {
  if (c < 128 && c != 75 && c != 83 && c != 107 && c != 115) return c - 65 < 26 ? c + 32 : c;
  return mapThrough(FOLD, FOLD_COUNT, c);
}
/** Canonicalize(ch) of regular expressions with flag i (22.2.2.7.3). */
export function canonicalize(c: u32, unicode: bool): u32 {
  if (unicode) return simpleFold(c);
  if (c < 128) return c - 97 < 26 ? c - 32 : c;
  if (c > 0xffff) return c;
  const u = simpleUpper(c);
  return u < 128 || u > 0xffff ? c : u;
}

/** Number of mapped code points and access to them, for closing sets under case: entry i of the table's ranges. */
export function caseTable(unicode: bool): usize {
  return unicode ? FOLD : UPPER;
}
export function caseTableCount(unicode: bool): i32 {
  return unicode ? FOLD_COUNT : UPPER_COUNT;
}

/** Address of the special upper case of c (count, units), or 0. */
function specialUpper(c: u32): usize {
  if (c < 0xdf || c > 0xfb17) return 0;
  let low = 0;
  let high = SPECIAL_UPPER_COUNT - 1;
  while (low <= high) {
    const middle = (low + high) >>> 1;
    const entry = SPECIAL_UPPER + <usize>middle * 10;
    const at = <u32>load<u16>(entry);
    if (at == c) return entry + 2;
    if (c < at) high = middle - 1;
    else low = middle + 1;
  }
  return 0;
}

/** Is c in the encoded set at this offset of PROPERTY_SETS? Linear in the set. */
export function inSet(offset: i32, c: u32): bool {
  let p = PROPERTY_SETS + <usize>offset;
  let count = readVarint(p);
  p += varintSize(p);
  let at: u32 = 0;
  let inside = false;
  while (count-- > 0) {
    at += readVarint(p);
    p += varintSize(p);
    if (c < at) return inside;
    inside = !inside;
  }
  return inside;
}
export function readVarint(p: usize): u32 {
  let v: u32 = 0;
  let shift: u32 = 0;
  for (;;) {
    const b = <u32>load<u8>(p++);
    v |= (b & 127) << shift;
    if (b < 128) return v;
    shift += 7;
  }
}
export function varintSize(p: usize): usize {
  let n: usize = 1;
  while (load<u8>(p++) > 127) n++;
  return n;
}

/** Final_Sigma of SpecialCasing: a cased letter before (past ignorables), none after. */
function isFinalSigma(data: usize, two: bool, length: i32, at: i32): bool {
  let i = at;
  let before = false;
  while (i > 0) {
    let c = <u32>(two ? <u32>load<u16>(data + (<usize>(i - 1) << 1)) : <u32>load<u8>(data + <usize>(i - 1)));
    i--;
    if (c >= 0xdc00 && c < 0xe000 && i > 0) {
      const high = <u32>load<u16>(data + (<usize>(i - 1) << 1));
      if (high >= 0xd800 && high < 0xdc00) {
        c = 0x10000 + ((high - 0xd800) << 10) + (c - 0xdc00);
        i--;
      }
    }
    if (inSet(SET_CASE_IGNORABLE, c)) continue;
    before = inSet(SET_CASED, c);
    break;
  }
  if (!before) return false;
  i = at + 1;
  while (i < length) {
    const c = codePointAt(data, two, length, i);
    i += c > 0xffff ? 2 : 1;
    if (inSet(SET_CASE_IGNORABLE, c)) continue;
    return !inSet(SET_CASED, c);
  }
  return true;
}

/** The string in lower case; 0 with an exception when too long. */
export function toLower(s: usize): usize {
  s = flatten(s);
  const length = strLength(s);
  const data = stringData(s);
  if (!isTwoByte(s)) {
    let i = 0;
    while (i < length && lowerLatin1(<u32>load<u8>(data + <usize>i)) == <u32>load<u8>(data + <usize>i)) i++;
    if (i == length) return s;
    const out = newString8(length);
    if (out == 0) return 0;
    const to = stringData(out);
    memory.copy(to, data, <usize>i);
    for (; i < length; i++) store<u8>(to + <usize>i, <u8>lowerLatin1(<u32>load<u8>(data + <usize>i)));
    return out;
  }
  sbReset();
  for (let i = 0; i < length; ) {
    const c = codePointAt(data, true, length, i);
    if (c == 0x3a3) sbPush16(isFinalSigma(data, true, length, i) ? 0x3c2 : 0x3c3);
    else if (c == 0x130) {
      sbPush16(0x69);
      sbPush16(0x307);
    } else sbPushCodePoint(simpleLower(c));
    i += c > 0xffff ? 2 : 1;
  }
  return sbFinish();
}
// @ts-ignore: decorator
@inline function lowerLatin1(c: u32): u32 {
  return c - 65 < 26 || (c - 0xc0 < 31 && c != 0xd7) ? c + 32 : c;
}

/** The string in upper case; 0 with an exception when too long. */
export function toUpper(s: usize): usize {
  s = flatten(s);
  const length = strLength(s);
  const data = stringData(s);
  const two = isTwoByte(s);
  if (!two) {
    let plain = true;
    let same = true;
    for (let i = 0; i < length; i++) {
      const c = <u32>load<u8>(data + <usize>i);
      if (c == 0xb5 || c == 0xdf || c == 0xff) {
        plain = false;
        break;
      }
      if (upperLatin1(c) != c) same = false;
    }
    if (plain) {
      if (same) return s;
      const out = newString8(length);
      if (out == 0) return 0;
      const to = stringData(out);
      for (let i = 0; i < length; i++) store<u8>(to + <usize>i, <u8>upperLatin1(<u32>load<u8>(data + <usize>i)));
      return out;
    }
  }
  sbReset();
  for (let i = 0; i < length; ) {
    const c = codePointAt(data, two, length, i);
    const special = specialUpper(c);
    if (special != 0) {
      const count = <i32>load<u16>(special);
      for (let j = 0; j < count; j++) sbPush16(<u32>load<u16>(special + 2 + (<usize>j << 1)));
    } else sbPushCodePoint(simpleUpper(c));
    i += c > 0xffff ? 2 : 1;
  }
  return sbFinish();
}
// @ts-ignore: decorator
@inline function upperLatin1(c: u32): u32 {
  return c - 97 < 26 || (c - 0xe0 < 31 && c != 0xf7) ? c - 32 : c;
}

/** Case mapping of code points, sets of the Unicode tables, and the case relations of regular expressions. Pure: tables and arithmetic only. */
import { FOLD, FOLD_COUNT, LOWER, LOWER_COUNT, SPECIAL_UPPER, SPECIAL_UPPER_COUNT, UPPER, UPPER_COUNT } from "./tables/case";
import { PROPERTY_SETS, SET_ID_CONTINUE, SET_ID_START } from "./tables/properties";

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

/** Address of the special upper case of c (count, units), or 0. */
export function specialUpper(c: u32): usize {
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
  while (true) {
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

export function isIdStart(c: u32): bool {
  if (c < 128) return (c | 32) - 97 < 26 || c == 36 || c == 95;
  return inSet(SET_ID_START, c);
}
export function isIdPart(c: u32): bool {
  if (c < 128) return (c | 32) - 97 < 26 || c - 48 < 10 || c == 36 || c == 95;
  return c == 0x200c || c == 0x200d || inSet(SET_ID_CONTINUE, c);
}

// Case closure works on pairs of u32 (first, last), sorted and disjoint, in memory of the caller's.

function pairsHave(pairs: usize, count: i32, c: u32): bool {
  let low = 0;
  let high = count - 1;
  while (low <= high) {
    const middle = (low + high) >>> 1;
    const pair = pairs + (<usize>middle << 3);
    if (c < load<u32>(pair)) high = middle - 1;
    else if (c > load<u32>(pair, 4)) low = middle + 1;
    else return true;
  }
  return false;
}

/** Sorts by first (insertion: the list is nearly sorted) and merges; the new count. */
function pairsNormalize(pairs: usize, count: i32): i32 {
  for (let i = 1; i < count; i++) {
    const pair = load<u64>(pairs + (<usize>i << 3));
    let at = pairs + (<usize>i << 3);
    while (at > pairs && load<u32>(at - 8) > <u32>pair) {
      store<u64>(at, load<u64>(at - 8));
      at -= 8;
    }
    store<u64>(at, pair);
  }
  let out = 0;
  for (let i = 0; i < count; i++) {
    const first = load<u32>(pairs + (<usize>i << 3));
    const last = load<u32>(pairs + (<usize>i << 3), 4);
    const previous = pairs + (<usize>(out - 1) << 3);
    if (out > 0 && first <= load<u32>(previous, 4) + 1) {
      if (last > load<u32>(previous, 4)) store<u32>(previous, last, 4);
    } else {
      store<u32>(pairs + (<usize>out << 3), first);
      store<u32>(pairs + (<usize>out << 3), last, 4);
      out++;
    }
  }
  return out;
}
function pairsAdd(pairs: usize, count: i32, c: u32): i32 {
  store<u32>(pairs + (<usize>count << 3), c);
  store<u32>(pairs + (<usize>count << 3), c, 4);
  return count + 1;
}

/** Most pairs that closing adds: every member of every case class. */
export const MAX_CASE_PAIRS: i32 = 4096;

/** Closes pairs under the case relation in place (room for MAX_CASE_PAIRS more); the new count. */
export function closeCase(pairs: usize, count: i32, unicode: bool): i32 {
  const table = unicode ? FOLD : UPPER;
  const ranges = unicode ? FOLD_COUNT : UPPER_COUNT;
  for (let pass = 0; pass < 2; pass++) {
    // First the representatives of members, then the members of representatives.
    let added = count;
    for (let r = 0; r < ranges; r++) {
      const entry = table + <usize>r * 12;
      const start = load<u32>(entry);
      const step: u32 = start >>> 31 != 0 ? 2 : 1;
      const end = load<u32>(entry, 4);
      const delta = load<u32>(entry, 8);
      for (let c = start & 0x1fffff; c <= end; c += step) {
        const k = c + delta;
        if (!unicode && ((c >= 128 && k < 128) || k > 0xffff || c > 0xffff)) continue;
        const from = pass == 0 ? c : k;
        const to = pass == 0 ? k : c;
        if (pairsHave(pairs, count, from) && !pairsHave(pairs, count, to)) added = pairsAdd(pairs, added, to);
      }
    }
    if (added != count) count = pairsNormalize(pairs, added);
  }
  return count;
}

/** The same for pairs below 128, where the relation is that of ASCII letters (plus, with unicode, U+017F for s and U+212A for k). */
export function closeAscii(pairs: usize, count: i32, unicode: bool): i32 {
  let added = count;
  for (let c: u32 = 65; c <= 90; c++) {
    const upper = pairsHave(pairs, count, c);
    const lower = pairsHave(pairs, count, c + 32);
    if (upper && !lower) added = pairsAdd(pairs, added, c + 32);
    if (lower && !upper) added = pairsAdd(pairs, added, c);
    if (unicode && (upper || lower)) {
      if (c == 75) added = pairsAdd(pairs, added, 0x212a);
      if (c == 83) added = pairsAdd(pairs, added, 0x17f);
    }
  }
  return added == count ? count : pairsNormalize(pairs, added);
}

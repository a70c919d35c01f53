/** Unicode normalization forms (Unicode, 3.11; UAX #15) and a locale-free comparison built on them. */
import { flatten, fromUtf16, isTwoByte, strLength, stringData, compareStrings } from "../string";
import { rawAlloc, rawFree } from "../heap";
import { spend } from "../interrupt";
import { burn } from "../state";
import { throwRangeError } from "../errors";
import { codePointAt } from "./codepoint";
import { simpleLower } from "./casemap";
import { COMBINING, COMBINING_COUNT, COMPOSED, COMPOSED_COUNT, DECOMPOSED_COUNT, DECOMPOSED_KEYS, DECOMPOSED_PLACES, DECOMPOSED_UNITS } from "./tables/normalization";

const HANGUL: u32 = 0xac00;
const LEADS: u32 = 0x1100;
const VOWELS: u32 = 0x1161;
const TRAILS: u32 = 0x11a7;

/** Rank of the canonical combining class; 0 for starters. */
function combiningRank(c: u32): u32 {
  if (c < 0x300) return 0;
  let low = 0;
  let high = COMBINING_COUNT - 1;
  while (low <= high) {
    const middle = (low + high) >>> 1;
    const entry = COMBINING + (<usize>middle << 3);
    const last = load<u32>(entry, 4);
    if (c < load<u32>(entry)) high = middle - 1;
    else if (c > last >>> 8) low = middle + 1;
    else return last & 255;
  }
  return 0;
}

/** Address of the full decomposition (count, units), or 0. */
function decomposition(c: u32, compatible: bool): usize {
  if (c < 0xa0) return 0;
  // Keys are code point * 2 + compatibility; a compatibility form differs from the canonical one only where it has an entry.
  const found = compatible ? searchKey(c * 2 + 1) : -1;
  const index = found >= 0 ? found : searchKey(c * 2);
  return index < 0 ? 0 : DECOMPOSED_UNITS + (<usize>load<u16>(DECOMPOSED_PLACES + (<usize>index << 1)) << 1);
}
function searchKey(key: u32): i32 {
  let low = 0;
  let high = DECOMPOSED_COUNT - 1;
  while (low <= high) {
    const middle = (low + high) >>> 1;
    const at = load<u32>(DECOMPOSED_KEYS + (<usize>middle << 2));
    if (at == key) return middle;
    if (key < at) high = middle - 1;
    else low = middle + 1;
  }
  return -1;
}

/** Composition of two code points, or 0. */
function compose(a: u32, b: u32): u32 {
  if (a - LEADS < 19 && b - VOWELS < 21) return HANGUL + ((a - LEADS) * 21 + (b - VOWELS)) * 28;
  if (a - HANGUL < 11172 && (a - HANGUL) % 28 == 0 && b > TRAILS && b < TRAILS + 28) return a + (b - TRAILS);
  let low = 0;
  let high = COMPOSED_COUNT - 1;
  while (low <= high) {
    const middle = (low + high) >>> 1;
    const entry = COMPOSED + <usize>middle * 12;
    const x = load<u32>(entry);
    const y = load<u32>(entry, 4);
    if (x == a && y == b) return load<u32>(entry, 8);
    if (a < x || (a == x && b < y)) high = middle - 1;
    else low = middle + 1;
  }
  return 0;
}

/** Does the string hold nothing that any form would change? Latin-1 below 0xA0 always; below 0x300 for NFC. */
function isTrivial(data: usize, two: bool, length: i32, limit: u32): bool {
  for (let i = 0; i < length; i++) {
    const c = two ? <u32>load<u16>(data + (<usize>i << 1)) : <u32>load<u8>(data + <usize>i);
    if (c >= limit) return false;
  }
  return true;
}

/** form: bit 0 decomposed (D), bit 1 compatibility (K). 0 with an exception when memory is short. */
export function normalize(s: usize, form: i32): usize {
  s = flatten(s);
  const length = strLength(s);
  const data = stringData(s);
  const two = isTwoByte(s);
  if (isTrivial(data, two, length, form == 0 ? 0x300 : 0xa0)) return s;
  // Code points, decomposed: u32 each, the rank in the top byte. No code point decomposes to more than 18 units.
  let capacity = length * 2 + 64;
  let buffer = rawAlloc(capacity << 2);
  if (buffer == 0) {
    throwRangeError("Out of memory: the heap limit is reached");
    return 0;
  }
  let count = 0;
  const compatible = (form & 2) != 0;
  for (let i = 0; i < length; ) {
    const c = codePointAt(data, two, length, i);
    i += c > 0xffff ? 2 : 1;
    if (count < 0) break;
    if (count + 32 > capacity) {
      const larger = rawAlloc(capacity << 3);
      if (larger == 0) {
        rawFree(buffer);
        throwRangeError("Out of memory: the heap limit is reached");
        return 0;
      }
      memory.copy(larger, buffer, <usize>count << 2);
      rawFree(buffer);
      buffer = larger;
      capacity <<= 1;
    }
    if (c - HANGUL < 11172) {
      const index = c - HANGUL;
      count = push(buffer, count, LEADS + index / 588); // starters
      count = push(buffer, count, VOWELS + (index % 588) / 28);
      if (index % 28 != 0) count = push(buffer, count, TRAILS + (index % 28));
      continue;
    }
    const full = decomposition(c, compatible);
    if (full == 0) {
      count = push(buffer, count, c);
      continue;
    }
    const n = <i32>load<u16>(full);
    for (let j = 0; j < n && count >= 0; ) {
      const d = codePointAt(full + 2, true, n, j);
      j += d > 0xffff ? 2 : 1;
      count = push(buffer, count, d);
    }
  }
  if (count < 0) {
    rawFree(buffer);
    return 0;
  }
  if ((form & 1) == 0) count = composeAll(buffer, count);
  const units = toUnits(buffer, count);
  const result = fromUtf16(buffer, units);
  rawFree(buffer);
  return result;
}

/** Appends c in canonical order: behind the marks of its class or lower. The new count; -1 when the turn's time is up. */
function push(buffer: usize, count: i32, c: u32): i32 {
  const rank = combiningRank(c);
  let at = buffer + (<usize>count << 2);
  if (rank != 0) {
    const end = at;
    while (at > buffer && load<u32>(at - 4) >>> 24 > rank) {
      store<u32>(at, load<u32>(at - 4));
      at -= 4;
    }
    if (end - at > 256 && !spend(<i32>(end - at) >>> 2)) return -1;
  }
  store<u32>(at, c | (rank << 24));
  return count + 1;
}

function composeAll(buffer: usize, count: i32): i32 {
  let starter = -1;
  let out = 0;
  let lastRank: u32 = 0;
  for (let i = 0; i < count; i++) {
    const entry = load<u32>(buffer + (<usize>i << 2));
    const rank = entry >>> 24;
    const c = entry & 0x1fffff;
    if (starter >= 0 && (out == starter + 1 || lastRank < rank)) {
      const at = buffer + (<usize>starter << 2);
      const composed = compose(load<u32>(at) & 0x1fffff, c);
      if (composed != 0) {
        store<u32>(at, composed);
        continue;
      }
    }
    if (rank == 0) starter = out;
    lastRank = rank;
    store<u32>(buffer + (<usize>(out++) << 2), entry);
  }
  return out;
}

/** Code points to UTF-16 units, in place (units never outrun the code points read). */
function toUnits(buffer: usize, count: i32): i32 {
  let units = 0;
  for (let i = 0; i < count; i++) {
    const c = load<u32>(buffer + (<usize>i << 2)) & 0x1fffff;
    if (c > 0xffff) {
      store<u16>(buffer + (<usize>units << 1), <u16>(0xd7c0 + (c >>> 10)));
      store<u16>(buffer + (<usize>units << 1), <u16>(0xdc00 + (c & 0x3ff)), 2);
      units += 2;
    } else store<u16>(buffer + (<usize>(units++) << 1), <u16>c);
  }
  return units;
}

/** ASCII punctuation in the order of the root collation (CLDR). */
const PUNCTUATION: usize = memory.data<u8>([95, 45, 44, 59, 58, 33, 63, 46, 39, 34, 40, 41, 91, 93, 123, 125, 64, 42, 47, 92, 38, 35, 37, 96, 94, 43, 60, 61, 62, 124, 126, 36, 127]);

/** Primary weight class of a unit: controls and spaces, then punctuation and symbols, then digits, then letters. */
function weight(c: u32): u32 {
  if (c <= 32) return c;
  if (c < 128) {
    const l = simpleLower(c);
    if (l - 97 < 26) return 0x1000 + l;
    if (c - 48 < 10) return 0x800 + c;
    let at: u32 = 0;
    while (<u32>load<u8>(PUNCTUATION + <usize>at) != c) at++;
    return 0x100 + at;
  }
  return 0x1000 + simpleLower(c);
}

/** Skips combining marks; the next base unit's weight at *cursor, 0xffffffff at the end. */
function nextWeight(s: usize, cursor: usize): u32 {
  const data = stringData(s);
  const two = isTwoByte(s);
  const length = strLength(s);
  let i = load<i32>(cursor);
  while (i < length) {
    const c = codePointAt(data, two, length, i);
    i += c > 0xffff ? 2 : 1;
    if (combiningRank(c) != 0) continue;
    store<i32>(cursor, i);
    return weight(c);
  }
  store<i32>(cursor, i);
  return 0xffffffff;
}

const CURSORS: usize = memory.data(8, 8);

/** -1, 0, 1: base letters first, then accents, then lower case before upper. 0 only for canonical equivalents. */
export function localeCompare(a: usize, b: usize): i32 {
  if (a == b) return 0;
  const x = normalize(a, 1);
  const y = normalize(b, 1);
  if (x == 0 || y == 0) return sign(compareStrings(a, b));
  burn((strLength(x) + strLength(y)) << 2);
  store<i32>(CURSORS, 0);
  store<i32>(CURSORS, 0, 4);
  while (true) {
    const p = nextWeight(x, CURSORS);
    const q = nextWeight(y, CURSORS + 4);
    if (p != q) return p == 0xffffffff ? -1 : q == 0xffffffff ? 1 : p < q ? -1 : 1;
    if (p == 0xffffffff) break;
  }
  const lx = strLength(x);
  const ly = strLength(y);
  let caseOrder = 0;
  const n = min(lx, ly);
  const xd = stringData(x);
  const yd = stringData(y);
  for (let i = 0; i < n; i++) {
    const c = codePointAt(xd, isTwoByte(x), lx, i);
    const d = codePointAt(yd, isTwoByte(y), ly, i);
    if (c == d) continue;
    if (simpleLower(c) != simpleLower(d)) {
      const cMark = combiningRank(c) != 0;
      const dMark = combiningRank(d) != 0;
      return cMark != dMark ? (cMark ? 1 : -1) : c < d ? -1 : 1;
    }
    if (caseOrder == 0) caseOrder = simpleLower(c) == c ? -1 : 1;
  }
  if (lx != ly) return lx < ly ? -1 : 1;
  return caseOrder;
}
function sign(n: i32): i32 {
  return n < 0 ? -1 : n > 0 ? 1 : 0;
}

/**
 * Strings: immutable UTF-16, stored as Latin-1 when every unit fits.
 *
 * A flat string has its data in the cell. Concatenation of longer strings makes a ROPE (left, right), substrings of longer strings a SLICE (base, offset), whose
 * base is always flat and not a slice. flatten() turns a rope, in place, into a slice of a new flat string: a pointer to a string stays valid and equal.
 * Property keys are interned: one cell per content, so that keys are compared by address. A string is looked up in the table once: INTERNED marks the canonical cell.
 */
import { KIND_STRING, KIND_SYMBOL } from "./generated/kinds";
import { allocate, tryAllocate, flagsOf, setFlags, addFlags, remember, rawAlloc, rawFree, MAX_SMALL } from "./heap";
import { pushRemembered } from "./barrier";
import { isDead, isYoung } from "./gc-mark";
import {
  burn, charString, nameAt, heapCap, imageKeys, imageKeysCount, imageKeysMask, internCount, internMask, internTable, plan, setCharString, setImageKeys, setImageKeysCount, setImageKeysMask, setInternCount, setInternMask,
  setInternTable,
} from "./state";
import { throwRangeError } from "./errors";

export const STRING_TWO_BYTE: u32 = 1, STRING_ROPE: u32 = 2, STRING_SLICE: u32 = 4, STRING_INTERNED: u32 = 8;
/** Longest string, UTF-16 units (as V8). */
export const MAX_STRING: i32 = 0x1fffffe8;
export const SYMBOL_PRIVATE: u32 = 1, SYMBOL_REGISTERED: u32 = 2, SYMBOL_WELL_KNOWN: u32 = 4;

/** Bytes before a flat string's units. */
export const HEADER: usize = 12;
const MIN_ROPE: i32 = 64, MIN_SLICE: i32 = 24;
/** Longest leaf that concatenation makes of two. */
const MAX_LEAF: i32 = 48;

@inline export function strLength(s: usize): i32 { return load<i32>(s, 4); }
@inline export function isTwoByte(s: usize): bool { return (flagsOf(s) & STRING_TWO_BYTE) != 0; }
@inline export function isRope(s: usize): bool { return (flagsOf(s) & STRING_ROPE) != 0; }
@inline export function isInterned(s: usize): bool { return (flagsOf(s) & STRING_INTERNED) != 0; }
@inline export function ropeLeft(s: usize): usize { return load<u32>(s, 12); }
@inline export function ropeRight(s: usize): usize { return load<u32>(s, 16); }

/** Address of a flat string's (or slice's) first unit. */
@inline export function stringData(s: usize): usize {
  const flags = flagsOf(s);
  if (!(flags & STRING_SLICE)) return s + HEADER;
  return <usize>load<u32>(s, 12) + HEADER + (<usize>load<u32>(s, 16) << (flags & STRING_TWO_BYTE));
}
/** Unit i of a flat string; i must be in range. */
@inline export function charAt(s: usize, i: i32): u32 {
  const data = stringData(s);
  return isTwoByte(s) ? <u32>load<u16>(data + (<usize>i << 1)) : <u32>load<u8>(data + i);
}

function newFlat(length: i32, twoByte: u32): usize {
  const bytes = <i64>HEADER + (<i64>length << twoByte);
  if (length > MAX_STRING) { throwRangeError("Invalid string length"); return 0; }
  const s = bytes <= <i64>MAX_SMALL ? allocate(<i32>bytes, KIND_STRING) : tryAllocate(bytes, KIND_STRING);
  if (!s) return 0;
  initFlat(s, length, twoByte);
  return s;
}
/** Make a new cell a flat string. */
@inline export function initFlat(s: usize, length: i32, twoByte: u32): void {
  store<i32>(s, length, 4);
  setFlags(s, twoByte);
}
/** Flat Latin-1 string, contents to be filled at stringData(). 0 with a RangeError when too long or over the heap limit. */
export function newString8(length: i32): usize { return newFlat(length, 0); }
/** Flat two-byte string. */
export function newString16(length: i32): usize { return newFlat(length, 1); }

export function emptyString(): usize { return nameAt(0); }

/** The string of one unit; Latin-1 ones are shared. */
export function singleChar(unit: u32): usize {
  if (unit > 255) {
    const wide = newString16(1);
    store<u16>(wide + HEADER, <u16>unit);
    return wide;
  }
  let s = charString(unit);
  if (s) return s;
  s = newString8(1);
  store<u8>(s + HEADER, <u8>unit);
  s = internString(s);
  setCharString(unit, s);
  return s;
}

/** Copy units [from, from + count) of flat `s` to `dst`, as bytes or as u16. A two-byte source may only go to bytes when its units fit. */
export function copyUnits(s: usize, from: i32, count: i32, dst: usize, wide: bool): void {
  const data = stringData(s);
  if (isTwoByte(s)) {
    const src = data + (<usize>from << 1);
    if (wide) memory.copy(dst, src, <usize>count << 1);
    else for (let i: usize = 0; i < <usize>count; i++) store<u8>(dst + i, load<u8>(src + (i << 1)));
  } else if (!wide) memory.copy(dst, data + from, count);
  else {
    let i: usize = 0;
    for (; i + 4 <= <usize>count; i += 4) {
      let w = <u64>load<u32>(data + from + i);
      w = (w | (w << 16)) & 0x0000_ffff_0000_ffff;
      store<u64>(dst + (i << 1), (w | (w << 8)) & 0x00ff_00ff_00ff_00ff);
    }
    for (; i < <usize>count; i++) store<u16>(dst + (i << 1), <u16>load<u8>(data + from + i));
  }
}

/** The same string, flat (or a slice): the pointer to use for stringData/charAt. Ropes change in place. */
@inline export function flatten(s: usize): usize {
  if (flagsOf(s) & STRING_ROPE) flattenRope(s);
  return s;
}

@noinline function flattenRope(rope: usize): void {
  const length = strLength(rope);
  const twoByte = flagsOf(rope) & STRING_TWO_BYTE;
  const bytes = <i32>HEADER + (length << twoByte);
  const flat = allocate(bytes, KIND_STRING);
  store<i32>(flat, length, 4);
  setFlags(flat, twoByte);
  fillFromRope(rope, flat + HEADER, twoByte != 0);
  burn(length);
  const interned = flagsOf(rope) & STRING_INTERNED;
  store<u32>(rope, <u32>flat, 12);
  store<u32>(rope, 0, 16);
  setFlags(rope, twoByte | STRING_SLICE | interned);
  remember(rope);
}

/** Write all units of a rope at dst. Leaves at either end are written at once; of two ropes the shorter is done by recursion (depth is logarithmic). */
function fillFromRope(node: usize, dst: usize, wide: bool): void {
  const shift = <usize>wide;
  let end = dst + (<usize>strLength(node) << shift);
  while (isRope(node)) {
    const left = ropeLeft(node), right = ropeRight(node);
    const leftLength = strLength(left), rightLength = strLength(right);
    if (!isRope(right)) {
      end -= <usize>rightLength << shift;
      copyUnits(right, 0, rightLength, end, wide);
      node = left;
    } else if (!isRope(left)) {
      copyUnits(left, 0, leftLength, dst, wide);
      dst += <usize>leftLength << shift;
      node = right;
    } else if (leftLength < rightLength) {
      fillFromRope(left, dst, wide);
      dst += <usize>leftLength << shift;
      node = right;
    } else {
      end -= <usize>rightLength << shift;
      fillFromRope(right, end, wide);
      node = left;
    }
  }
  copyUnits(node, 0, strLength(node), dst, wide);
}

/** a + b; 0 with a RangeError when too long. */
export function concatStrings(a: usize, b: usize): usize {
  const la = strLength(a), lb = strLength(b);
  if (!lb) return a;
  if (!la) return b;
  const length = la + lb;
  const twoByte = (flagsOf(a) | flagsOf(b)) & STRING_TWO_BYTE;
  if (length >= MIN_ROPE) {
    if (length > MAX_STRING || <u64>length << twoByte > <u64>(heapCap() >>> 1)) { throwRangeError("Invalid string length"); return 0; }
    let left = a, right = b;
    if (isRope(a) && lb <= MAX_LEAF) {
      // A text that grows by little pieces: a few of them share a leaf, or the rope would be larger than the text.
      const last = ropeRight(a), have = strLength(last);
      if (have + lb <= MAX_LEAF && !((flagsOf(last) | flagsOf(b)) & STRING_ROPE)) {
        const wide = (flagsOf(last) | flagsOf(b)) & STRING_TWO_BYTE;
        right = newFlat(have + lb, wide);
        copyUnits(last, 0, have, right + HEADER, wide != 0);
        copyUnits(b, 0, lb, right + HEADER + (<usize>have << wide), wide != 0);
        left = ropeLeft(a);
      }
    }
    const rope = allocate(24, KIND_STRING);
    store<i32>(rope, length, 4);
    store<u32>(rope, <u32>left, 12);
    store<u32>(rope, <u32>right, 16);
    setFlags(rope, twoByte | STRING_ROPE);
    return rope;
  }
  const s = newFlat(length, twoByte);
  const data = s + HEADER;
  flatten(a); flatten(b);
  copyUnits(a, 0, la, data, twoByte != 0);
  copyUnits(b, 0, lb, data + (<usize>la << twoByte), twoByte != 0);
  return s;
}

/** Units [from, to) of s; both must be in range with from <= to. */
export function substring(s: usize, from: i32, to: i32): usize {
  const length = to - from;
  if (length == strLength(s)) return s;
  if (length <= 0) return emptyString();
  flatten(s);
  if (length == 1) return singleChar(charAt(s, from));
  const twoByte = flagsOf(s) & STRING_TWO_BYTE;
  if (length >= MIN_SLICE) {
    let base = s;
    if (flagsOf(s) & STRING_SLICE) { base = load<u32>(s, 12); from += load<i32>(s, 16); }
    const slice = allocate(24, KIND_STRING);
    store<i32>(slice, length, 4);
    store<u32>(slice, <u32>base, 12);
    store<i32>(slice, from, 16);
    setFlags(slice, twoByte | STRING_SLICE);
    return slice;
  }
  let wide = false;
  if (twoByte) for (let i = from; i < to; i++) if (charAt(s, i) > 255) { wide = true; break; }
  const out = wide ? newString16(length) : newString8(length);
  copyUnits(s, from, length, out + HEADER, wide);
  return out;
}

export function stringEquals(a: usize, b: usize): bool {
  if (a == b) return true;
  const length = strLength(a);
  if (length != strLength(b)) return false;
  const fa = flagsOf(a), fb = flagsOf(b);
  if (fa & fb & STRING_INTERNED) return false;
  const ha = load<u32>(a, 8), hb = load<u32>(b, 8);
  if (ha != 0 && hb != 0 && ha != hb) return false;
  flatten(a); flatten(b);
  const da = stringData(a), db = stringData(b);
  const wa = isTwoByte(a), wb = isTwoByte(b);
  if (length > 256) burn(length >>> 3);
  if (wa == wb) return memory.compare(da, db, <usize>length << <usize>wa) == 0;
  const narrow = wa ? db : da, wide = wa ? da : db;
  for (let i: usize = 0; i < <usize>length; i++) if (<u16>load<u8>(narrow + i) != load<u16>(wide + (i << 1))) return false;
  return true;
}

/** Order by code units: negative, 0, positive. */
export function compareStrings(a: usize, b: usize): i32 {
  if (a == b) return 0;
  flatten(a); flatten(b);
  const la = strLength(a), lb = strLength(b);
  const n = min(la, lb);
  if (n > 256) burn(n);
  const da = stringData(a), db = stringData(b);
  if (!isTwoByte(a) && !isTwoByte(b)) {
    for (let i: usize = 0; i < <usize>n; i++) {
      const d = <i32>load<u8>(da + i) - <i32>load<u8>(db + i);
      if (d) return d;
    }
  } else {
    const wa = <usize>isTwoByte(a), wb = <usize>isTwoByte(b);
    for (let i: usize = 0; i < <usize>n; i++) {
      const ca = wa ? <i32>load<u16>(da + (i << 1)) : <i32>load<u8>(da + i);
      const cb = wb ? <i32>load<u16>(db + (i << 1)) : <i32>load<u8>(db + i);
      if (ca != cb) return ca - cb;
    }
  }
  return la - lb;
}

@inline function mix(h: u32, unit: u32): u32 { return rotl(h ^ (unit * 0x9e3779b1), 5) * 0x85ebca6b; }

/** Hash of the contents, never 0, the same for both representations. */
export function stringHash(s: usize): u32 {
  let h = load<u32>(s, 8);
  if (h) return h;
  flatten(s);
  const length = <usize>strLength(s);
  const data = stringData(s);
  if (length > 256) burn(<i32>length);
  h = <u32>length;
  if (isTwoByte(s)) for (let i: usize = 0; i < length; i++) h = mix(h, load<u16>(data + (i << 1)));
  else for (let i: usize = 0; i < length; i++) h = mix(h, load<u8>(data + i));
  h ^= h >>> 16;
  if (!h) h = 1;
  store<u32>(s, h, 8);
  return h;
}

// Interning: open-addressed tables of pointers in raw memory, in whose low bits are the highest of the hash: strings that only share a place are seldom looked at, and theirs may be
// pages that a start does not touch otherwise. An image's strings have a table that is only read (each new key would dirty another page of it), in which nothing ever dies; later ones
// have one of their own, which begins with less than a page. The collector clears dead entries of that one to TOMBSTONE; until it has come to all, some may be dead.
const INTERN_TAG: u32 = 7;
export const INTERN_TOMBSTONE: u32 = 1;
/** Places of the first table beside an image's, and of one for all. */
const FIRST_SIZE: u32 = 512, FIRST_SIZE_OF_ALL: u32 = 1024;

@inline function internTag(hash: u32): u32 { return hash >>> 29; }
/** The string of an entry; 0 of a free one and of a tombstone. */
@inline export function internedString(entry: u32): usize { return <usize>(entry & ~INTERN_TAG); }

function isLiveEntry(entry: u32): bool {
  const s = internedString(entry);
  return s != 0 && !isDead(s);
}
function putEntry(table: usize, mask: u32, entry: u32): void {
  let at = load<u32>(internedString(entry), 8) & mask;
  while (load<u32>(table + (<usize>at << 2))) at = (at + 1) & mask;
  store<u32>(table + (<usize>at << 2), entry);
}
function putEntries(table: usize, mask: u32, from: usize, fromMask: u32): void {
  if (!from) return;
  for (let i: u32 = 0; i <= fromMask; i++) {
    const entry = load<u32>(from + (<usize>i << 2));
    if (isLiveEntry(entry)) putEntry(table, mask, entry);
  }
}
/** A larger table; `all`: with the strings of the image too, which has none of its own any more. */
function growInternTable(all: bool): void {
  const old = internTable(), oldMask = internMask();
  let live: u32 = all ? imageKeysCount() : 0, size = all || !imageKeys() ? FIRST_SIZE_OF_ALL : FIRST_SIZE;
  if (old) for (let i: u32 = 0; i <= oldMask; i++) if (isLiveEntry(load<u32>(old + (<usize>i << 2)))) live++;
  while (size < live * 3) size <<= 1;
  const table = rawAlloc(<i32>(size << 2));
  setInternTable(table);
  setInternMask(size - 1);
  setInternCount(live);
  putEntries(table, size - 1, old, oldMask);
  if (old) rawFree(old);
  if (!all) return;
  putEntries(table, size - 1, imageKeys(), imageKeysMask());
  forgetImageKeys();
}
function forgetImageKeys(): void {
  setImageKeys(0);
  setImageKeysMask(0);
  setImageKeysCount(0);
}
/** Is a table of so many places too full with so many strings? */
@inline function isFull(count: u32, mask: u32): bool { return (count + 1) * 4 > (mask + 1) * 3; }

/** All that is interned belongs to an image from now on. Right after a full collection. */
export function sealInternTable(): void {
  const own = internTable();
  if (!own) return;
  if (!imageKeys()) {
    setImageKeys(own);
    setImageKeysMask(internMask());
    setImageKeysCount(internCount());
  } else if (isFull(imageKeysCount() + internCount(), imageKeysMask())) {
    // Nobody made a plan for it: see internString.
    growInternTable(true);
    sealInternTable();
    return;
  } else {
    putEntries(imageKeys(), imageKeysMask(), own, internMask());
    setImageKeysCount(imageKeysCount() + internCount());
    rawFree(own);
  }
  setInternTable(0);
  setInternMask(0);
  setInternCount(0);
}

/** The canonical cell with these contents. */
export function internString(s: usize): usize {
  if (flagsOf(s) & STRING_INTERNED) return s;
  const hash = stringHash(s), tag = internTag(hash);
  const known = imageKeys();
  if (known) {
    const mask = imageKeysMask();
    for (let at = hash & mask; true; at = (at + 1) & mask) {
      const entry = load<u32>(known + (<usize>at << 2));
      if (!entry) break;
      const other = internedString(entry);
      if ((entry & INTERN_TAG) == tag && other && load<u32>(other, 8) == hash && stringEquals(other, s)) return other;
    }
  }
  // While a plan is followed, the image's table must be able to take all of them in the end.
  if (plan() != 0 && known != 0 && isFull(imageKeysCount() + internCount(), imageKeysMask())) growInternTable(true);
  else if (!internTable() || isFull(internCount(), internMask())) growInternTable(false);
  const table = internTable(), mask = internMask();
  let at = hash & mask;
  while (true) {
    const entry = load<u32>(table + (<usize>at << 2));
    if (!entry) break;
    const other = internedString(entry);
    if ((entry & INTERN_TAG) == tag && other && load<u32>(other, 8) == hash && !isDead(other) && stringEquals(other, s)) return other;
    at = (at + 1) & mask;
  }
  if (flagsOf(s) & STRING_SLICE) {
    // A key must not keep a large base alive.
    const length = strLength(s), wide = isTwoByte(s);
    const copy = wide ? newString16(length) : newString8(length);
    if (copy) {
      copyUnits(s, 0, length, copy + HEADER, wide);
      store<u32>(copy, hash, 8);
      s = copy;
    }
  }
  addFlags(s, STRING_INTERNED);
  store<u32>(table + (<usize>at << 2), <u32>s | tag);
  setInternCount(internCount() + 1);
  if (isYoung(s)) pushRemembered(s | 1);
  return s;
}
/** The collector found that an interned string died. */
export function removeInterned(s: usize): void {
  const table = internTable(), mask = internMask();
  let at = load<u32>(s, 8) & mask;
  while (internedString(load<u32>(table + (<usize>at << 2))) != s) at = (at + 1) & mask;
  store<u32>(table + (<usize>at << 2), INTERN_TOMBSTONE);
}

/** Interned string of a literal: `staticString("...")`. */
export function staticString(text: string): usize {
  const length = text.length;
  const from = changetype<usize>(text);
  let wide = false;
  for (let i: usize = 0; i < <usize>length; i++) if (load<u16>(from + (i << 1)) > 255) wide = true;
  let s: usize;
  if (wide) {
    s = newString16(length);
    memory.copy(s + HEADER, from, <usize>length << 1);
  } else {
    s = newString8(length);
    for (let i: usize = 0; i < <usize>length; i++) store<u8>(s + HEADER + i, load<u8>(from + (i << 1)));
  }
  return internString(s);
}
/** The same, for messages: not interned. */
export function fromAscii(text: string): usize {
  const length = text.length;
  const s = newString8(length);
  const from = changetype<usize>(text);
  for (let i: usize = 0; i < <usize>length; i++) store<u8>(s + HEADER + i, load<u8>(from + (i << 1)));
  return s;
}

/** A string of Latin-1 bytes. 0 when over the limits. */
export function fromLatin1(ptr: usize, length: i32): usize {
  const s = newString8(length);
  if (s) memory.copy(s + HEADER, ptr, length);
  return s;
}
/** A string of UTF-16 units, Latin-1 when they fit. 0 when over the limits. */
export function fromUtf16(ptr: usize, length: i32): usize {
  let or: u32 = 0;
  for (let i: usize = 0; i < <usize>length; i++) or |= load<u16>(ptr + (i << 1));
  const s = or > 255 ? newString16(length) : newString8(length);
  if (!s) return 0;
  if (or > 255) memory.copy(s + HEADER, ptr, <usize>length << 1);
  else for (let i: usize = 0; i < <usize>length; i++) store<u8>(s + HEADER + i, load<u8>(ptr + (i << 1)));
  return s;
}

/** Decode one code point of [p, end); malformed input gives U+FFFD for each maximal subpart (Unicode 3.9). Returns (bytes used << 24) | code point. */
function decodeUtf8(p: usize, end: usize): u32 {
  const b = <u32>load<u8>(p);
  if (b < 0x80) return (1 << 24) | b;
  // What is well-formed, of two or three bytes.
  if (p + 2 < end) {
    const c = (<u32>load<u8>(p, 1)) ^ 0x80, d = (<u32>load<u8>(p, 2)) ^ 0x80;
    if (b - 0xc2 < 0x1e) { if (c < 0x40) return (2 << 24) | ((b & 31) << 6) | c; }
    else if ((b & 0xf0) == 0xe0 && (c | d) < 0x40) {
      const code = ((b & 15) << 12) | (c << 6) | d;
      if (code >= 0x800 && code - 0xd800 >= 0x800) return (3 << 24) | code;
    }
  }
  let need: u32 = 0, low: u32 = 0x80, high: u32 = 0xbf, code: u32 = 0;
  if (b >= 0xc2 && b <= 0xdf) { need = 1; code = b & 31; }
  else if (b >= 0xe0 && b <= 0xef) { need = 2; code = b & 15; if (b == 0xe0) low = 0xa0; else if (b == 0xed) high = 0x9f; }
  else if (b >= 0xf0 && b <= 0xf4) { need = 3; code = b & 7; if (b == 0xf0) low = 0x90; else if (b == 0xf4) high = 0x8f; }
  else return (1 << 24) | 0xfffd;
  let used: u32 = 1;
  while (need > 0) {
    if (p + used >= end) return (used << 24) | 0xfffd;
    const c = <u32>load<u8>(p + used);
    if (c < low || c > high) return (used << 24) | 0xfffd;
    code = (code << 6) | (c & 63);
    low = 0x80; high = 0xbf;
    used++; need--;
  }
  return (used << 24) | code;
}

/** Of eight bytes, and of four units, those bits that are zero in ASCII: text is looked at a word at a time, which is mostly of that kind. */
const HIGH_BITS: u64 = 0x8080_8080_8080_8080;
const HIGH_BITS_WIDE: u64 = 0xff80_ff80_ff80_ff80;

/** How many of the bytes at `ptr` come before the first that is not ASCII. */
export function asciiPrefix(ptr: usize, length: i32): i32 {
  let i = 0;
  for (; i + 32 <= length; i += 32) if (((load<u64>(ptr + i) | load<u64>(ptr + i, 8) | load<u64>(ptr + i, 16) | load<u64>(ptr + i, 24)) & HIGH_BITS) != 0) break;
  while (i + 8 <= length && (load<u64>(ptr + i) & HIGH_BITS) == 0) i += 8;
  while (i < length && load<u8>(ptr + i) < 0x80) i++;
  return i;
}

/** Eight bytes as units; returns the end. */
@inline function widen(out: usize, w: u64): usize {
  for (let half: u64 = 0; half < 64; half += 32) {
    let v = (w >> half) & 0xffff_ffff;
    v = (v | (v << 16)) & 0x0000_ffff_0000_ffff;
    store<u64>(out, (v | (v << 8)) & 0x00ff_00ff_00ff_00ff);
    out += 8;
  }
  return out;
}
/** A code point as units; returns the end. */
@inline function putCodePoint(out: usize, code: u32, wide: bool): usize {
  if (!wide) { store<u8>(out, <u8>code); return out + 1; }
  if (code <= 0xffff) { store<u16>(out, <u16>code); return out + 2; }
  store<u16>(out, <u16>(0xd7c0 + (code >>> 10)));
  store<u16>(out, <u16>(0xdc00 + (code & 0x3ff)), 2);
  return out + 4;
}

/** String of UTF-8 bytes; malformed sequences become U+FFFD. 0 when over the limits. */
export function fromUtf8(ptr: usize, length: i32): usize {
  const end = ptr + length;
  let units = asciiPrefix(ptr, length), wide = false;
  if (units == length) return fromLatin1(ptr, length);
  for (let q = ptr + units; q < end;) {
    if (load<u8>(q) < 0x80) { q++; units++; continue; }
    const r = decodeUtf8(q, end), code = r & 0xffffff;
    q += r >>> 24;
    units += code > 0xffff ? 2 : 1;
    if (code > 255) wide = true;
  }
  const s = wide ? newString16(units) : newString8(units);
  if (!s) return 0;
  let out = s + HEADER;
  for (let q = ptr; q < end;) {
    if (wide) while (q + 8 <= end) {
      const w = load<u64>(q);
      if ((w & HIGH_BITS) != 0) break;
      out = widen(out, w);
      q += 8;
    }
    if (q == end) break;
    const r = decodeUtf8(q, end), code = r & 0xffffff;
    q += r >>> 24;
    out = putCodePoint(out, code, wide);
  }
  return s;
}

/** String of WTF-8 that we wrote ourselves, from writeUtf8: it is well-formed, so nothing is checked. 0 when over the limits. */
export function fromWtf8(ptr: usize, length: i32): usize {
  const end = ptr + length;
  let units = length, lead: u32 = 0;
  for (let q = ptr; q < end; q++) {
    if (q + 8 <= end && (load<u64>(q) & HIGH_BITS) == 0) { q += 7; continue; }
    const b = <u32>load<u8>(q);
    // A byte that goes on is no unit, the first of four is two.
    if ((b & 0xc0) == 0x80) units--;
    else if (b >= 0xf0) units++;
    lead = max(lead, b);
  }
  if (lead < 0x80) return fromLatin1(ptr, length);
  const wide = lead > 0xc3, s = wide ? newString16(units) : newString8(units);
  if (!s) return 0;
  let out = s + HEADER;
  for (let q = ptr; q < end;) {
    if (q + 8 <= end) {
      const w = load<u64>(q);
      if ((w & HIGH_BITS) == 0) {
        if (wide) out = widen(out, w);
        else { store<u64>(out, w); out += 8; }
        q += 8;
        continue;
      }
    }
    let code = <u32>load<u8>(q++);
    if (code >= 0xf0) { code = ((code & 7) << 18) | ((<u32>load<u8>(q) & 63) << 12) | ((<u32>load<u8>(q, 1) & 63) << 6) | (<u32>load<u8>(q, 2) & 63); q += 3; }
    else if (code >= 0xe0) { code = ((code & 15) << 12) | ((<u32>load<u8>(q) & 63) << 6) | (<u32>load<u8>(q, 1) & 63); q += 2; }
    else if (code >= 0x80) { code = ((code & 31) << 6) | (<u32>load<u8>(q) & 63); q++; }
    out = putCodePoint(out, code, wide);
  }
  return s;
}

/** Bytes of the string in UTF-8; lone surrogates count as U+FFFD. */
export function utf8Length(s: usize): i32 {
  flatten(s);
  const length = strLength(s), data = stringData(s);
  let bytes = length;
  if (!isTwoByte(s)) {
    let i = asciiPrefix(data, length);
    for (; i + 8 <= length; i += 8) {
      const high = load<u64>(data + i) & HIGH_BITS;
      if (high != 0) bytes += <i32>(((high >> 7) * 0x0101_0101_0101_0101) >> 56);
    }
    for (; i < length; i++) bytes += <i32>(load<u8>(data + i) >>> 7);
    return bytes;
  }
  for (let i = 0; i < length; i++) {
    while (i + 4 < length && (load<u64>(data + (<usize>i << 1)) & HIGH_BITS_WIDE) == 0) i += 4;
    const c = <u32>load<u16>(data + (<usize>i << 1));
    if (c < 0x80) continue;
    if (c < 0x800) { bytes++; continue; }
    bytes += 2;
    if (c >= 0xd800 && c < 0xdc00 && i + 1 < length) {
      const d = <u32>load<u16>(data + (<usize>(i + 1) << 1));
      if (d >= 0xdc00 && d < 0xe000) i++; // 4 bytes for 2 units
    }
  }
  return bytes;
}

/** Write the string as UTF-8 at dst; returns the bytes written (utf8Length). A lone surrogate becomes U+FFFD, but stays what it is when that is to be `generalized` (WTF-8). */
export function writeUtf8(s: usize, dst: usize, generalized: bool = false): i32 {
  flatten(s);
  const length = strLength(s), data = stringData(s);
  let out = dst;
  const wide = isTwoByte(s);
  let i = 0;
  if (!wide) {
    i = asciiPrefix(data, length);
    memory.copy(out, data, i);
    out += i;
  }
  for (; i < length; i++) {
    if (wide) {
      while (i + 4 < length) {
        let w = load<u64>(data + (<usize>i << 1));
        if ((w & HIGH_BITS_WIDE) != 0) break;
        w |= w >> 8;
        store<u32>(out, <u32>((w & 0xffff) | ((w >> 16) & 0xffff_0000)));
        out += 4;
        i += 4;
      }
    } else {
      while (i + 8 < length) {
        const w = load<u64>(data + i);
        if ((w & HIGH_BITS) != 0) break;
        store<u64>(out, w);
        out += 8;
        i += 8;
      }
    }
    let c = wide ? <u32>load<u16>(data + (<usize>i << 1)) : <u32>load<u8>(data + i);
    if (c < 0x80) { store<u8>(out, <u8>c); out++; continue; }
    if (c < 0x800) {
      store<u8>(out, <u8>(0xc0 | (c >>> 6)));
      store<u8>(out, <u8>(0x80 | (c & 63)), 1);
      out += 2;
      continue;
    }
    if (c >= 0xd800 && c < 0xe000) {
      const d = c < 0xdc00 && i + 1 < length ? <u32>load<u16>(data + (<usize>(i + 1) << 1)) : 0;
      if (d >= 0xdc00 && d < 0xe000) {
        c = 0x10000 + ((c - 0xd800) << 10) + (d - 0xdc00);
        i++;
        store<u8>(out, <u8>(0xf0 | (c >>> 18)));
        store<u8>(out, <u8>(0x80 | ((c >>> 12) & 63)), 1);
        store<u8>(out, <u8>(0x80 | ((c >>> 6) & 63)), 2);
        store<u8>(out, <u8>(0x80 | (c & 63)), 3);
        out += 4;
        continue;
      }
      if (!generalized) c = 0xfffd;
    }
    store<u8>(out, <u8>(0xe0 | (c >>> 12)));
    store<u8>(out, <u8>(0x80 | ((c >>> 6) & 63)), 1);
    store<u8>(out, <u8>(0x80 | (c & 63)), 2);
    out += 3;
  }
  return <i32>(out - dst);
}

/** Canonical array index 0..2^32-2 of a string, or -1. */
export function arrayIndexOfString(s: usize): i64 {
  const length = strLength(s);
  if (length == 0 || length > 10) return -1;
  flatten(s);
  let n: i64 = 0;
  for (let i = 0; i < length; i++) {
    const c = <i64>charAt(s, i) - 48;
    if (c < 0 || c > 9 || (i == 1 && n == 0)) return -1;
    n = n * 10 + c;
  }
  return n < 0xffffffff ? n : -1;
}
/** Is it one? Then the index is stored at `out` (u32). */
export function isArrayIndexString(s: usize, out: usize): bool {
  const n = arrayIndexOfString(s);
  if (n < 0) return false;
  store<u32>(out, <u32>n);
  return true;
}

/** New symbol; description is a string pointer or 0. */
export function newSymbol(description: usize, flags: u32): usize {
  const s = allocate(16, KIND_SYMBOL);
  store<u32>(s, <u32>description, 4);
  store<u32>(s, (<u32>s >>> 3) * 0x9e3779b1 | 1, 8);
  setFlags(s, flags);
  return s;
}
@inline export function symbolDescription(s: usize): usize { return load<u32>(s, 4); }
/** Hash of an interned string or a symbol. */
@inline export function keyHash(key: usize): u32 { return load<u32>(key, 8); }

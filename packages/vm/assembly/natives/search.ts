/**
 * Searching in flat string data of either width: by the first unit (eight bytes at a time) as long as that goes well, else by the Two-Way algorithm, so that
 * the time is linear whatever the strings are.
 */
import { flatten, isTwoByte, strLength, stringData } from "../string";
import { burn } from "../state";
import { unitAt } from "./strtod";

/** How many units of t (flat data) stand in s from index i on. The caller checks the range. */
// @ts-ignore: decorator
@inline function matchLength(s: usize, sTwo: bool, t: usize, tTwo: bool, length: i32, i: i32): i32 {
  let j = 0;
  if (sTwo == tTwo) {
    const width = <usize>sTwo, from = s + (<usize>i << width), step = 8 >>> <i32>width;
    while (j + step <= length && load<u64>(from + (<usize>j << width)) == load<u64>(t + (<usize>j << width))) j += step;
  }
  while (j < length && unitAt(s, sTwo, i + j) == unitAt(t, tTwo, j)) j++;
  return j;
}
// @ts-ignore: decorator
@inline function matchesAt(s: usize, sTwo: bool, t: usize, tTwo: bool, length: i32, i: i32): bool {
  return matchLength(s, sTwo, t, tTwo, length, i) == length;
}

/** First index >= from of unit c, or -1. */
export function indexOfUnit(data: usize, two: bool, length: i32, c: u32, from: i32): i32 {
  if (two) {
    for (let i = from; i < length; i++) if (<u32>load<u16>(data + (<usize>i << 1)) == c) return i;
    return -1;
  }
  if (c > 255) return -1;
  let i = from;
  // Eight bytes at a time: a zero byte in the difference shows as a high bit (Mycroft).
  const pattern: u64 = <u64>c * 0x0101010101010101;
  for (; i + 8 <= length; i += 8) {
    const x = load<u64>(data + <usize>i) ^ pattern;
    const zero = (x - 0x0101010101010101) & ~x & 0x8080808080808080;
    if (zero != 0) return i + <i32>(ctz(zero) >>> 3);
  }
  for (; i < length; i++) if (<u32>load<u8>(data + <usize>i) == c) return i;
  return -1;
}

/** Units compared in vain, beside the distance searched, before the Two-Way algorithm takes over. */
const PATIENCE: i32 = 1024;

/** StringIndexOf: -1 when absent; from is clamped to [0, length]. */
export function indexOfString(s: usize, t: usize, from: i32): i32 {
  s = flatten(s);
  t = flatten(t);
  const length = strLength(s);
  const count = strLength(t);
  if (from < 0) from = 0;
  if (from > length) from = length;
  if (count == 0) return from;
  const last = length - count;
  if (from > last) return -1;
  const sd = stringData(s);
  const sTwo = isTwoByte(s);
  const td = stringData(t);
  const tTwo = isTwoByte(t);
  const first = unitAt(td, tTwo, 0);
  let i = from;
  let compared = 0;
  while (true) {
    i = indexOfUnit(sd, sTwo, last + 1, first, i);
    if (i < 0) {
      burn(last - from);
      return -1;
    }
    const same = count == 1 ? 1 : matchLength(sd, sTwo, td, tTwo, count, i);
    if (same == count) {
      burn(i - from);
      return i;
    }
    i++;
    compared += same;
    if (compared > PATIENCE + ((i - from) << 1)) {
      begin(sd, sTwo, length, td, tTwo, count, false);
      return twoWay(i);
    }
  }
}

/** Greatest index <= from where t stands in s, or -1. */
export function lastIndexOfString(s: usize, t: usize, from: i32): i32 {
  s = flatten(s);
  t = flatten(t);
  const count = strLength(t);
  const last = min(from, strLength(s) - count);
  const sd = stringData(s);
  const sTwo = isTwoByte(s);
  const td = stringData(t);
  const tTwo = isTwoByte(t);
  let compared = 0;
  for (let i = last; i >= 0; i--) {
    const same = matchLength(sd, sTwo, td, tTwo, count, i);
    if (same == count) {
      burn(last - i);
      return i;
    }
    compared += same;
    if (compared > PATIENCE + ((last - i) << 1)) {
      // Both backwards, from the end of the last place there may be.
      begin(sd, sTwo, last + count, td, tTwo, count, true);
      const at = twoWay(last - i + 1);
      return at < 0 ? -1 : last - at;
    }
  }
  burn(last);
  return -1;
}

/** Does t stand in s at index i? False when out of range. */
export function standsAt(s: usize, t: usize, i: i32): bool {
  s = flatten(s);
  t = flatten(t);
  const count = strLength(t);
  if (i < 0 || i > strLength(s) - count) return false;
  if (count > 256) burn(count >>> 3);
  return matchesAt(stringData(s), isTwoByte(s), stringData(t), isTwoByte(t), count, i);
}

// The Two-Way algorithm (Crochemore and Perrin, Two-way string-matching, 1991), as in their program. What is searched is a word on the stack of one call.
const SEARCH: usize = memory.data(32, 8);
const S: usize = 0, S_LENGTH: usize = 4, T: usize = 8, T_LENGTH: usize = 12, S_TWO: usize = 16, T_TWO: usize = 17, BACKWARDS: usize = 18, PERIOD: usize = 20;

function begin(s: usize, sTwo: bool, sLength: i32, t: usize, tTwo: bool, tLength: i32, backwards: bool): void {
  store<u32>(SEARCH + S, <u32>s);
  store<i32>(SEARCH + S_LENGTH, sLength);
  store<u32>(SEARCH + T, <u32>t);
  store<i32>(SEARCH + T_LENGTH, tLength);
  store<u8>(SEARCH + S_TWO, <u8>sTwo);
  store<u8>(SEARCH + T_TWO, <u8>tTwo);
  store<u8>(SEARCH + BACKWARDS, <u8>backwards);
}
function textUnit(i: i32): u32 {
  return unitAt(<usize>load<u32>(SEARCH + S), load<u8>(SEARCH + S_TWO) != 0, load<u8>(SEARCH + BACKWARDS) ? load<i32>(SEARCH + S_LENGTH) - 1 - i : i);
}
function wordUnit(i: i32): u32 {
  return unitAt(<usize>load<u32>(SEARCH + T), load<u8>(SEARCH + T_TWO) != 0, load<u8>(SEARCH + BACKWARDS) ? load<i32>(SEARCH + T_LENGTH) - 1 - i : i);
}
/** Index before the greatest suffix of the word in the order of units, or its reverse; the suffix's period is left in PERIOD. */
function maximalSuffix(reverse: bool): i32 {
  const m = load<i32>(SEARCH + T_LENGTH);
  let before = -1;
  let j = 0;
  let k = 1;
  let period = 1;
  while (j + k < m) {
    const a = wordUnit(j + k);
    const b = wordUnit(before + k);
    if (reverse ? a > b : a < b) {
      j += k;
      k = 1;
      period = j - before;
    } else if (a == b) {
      if (k != period) k++;
      else {
        j += period;
        k = 1;
      }
    } else {
      before = j;
      j = before + 1;
      k = period = 1;
    }
  }
  store<i32>(SEARCH + PERIOD, period);
  return before;
}
/** First index >= from where the word stands in the text, or -1. */
function twoWay(from: i32): i32 {
  const m = load<i32>(SEARCH + T_LENGTH);
  const last = load<i32>(SEARCH + S_LENGTH) - m;
  const other = maximalSuffix(true);
  const otherPeriod = load<i32>(SEARCH + PERIOD);
  let cut = maximalSuffix(false);
  let period = load<i32>(SEARCH + PERIOD);
  if (other > cut) {
    cut = other;
    period = otherPeriod;
  }
  let periodic = cut + 1 + period <= m;
  for (let i = 0; i <= cut && periodic; i++) periodic = wordUnit(i) == wordUnit(i + period);
  if (!periodic) period = max(cut + 1, m - cut - 1) + 1;
  burn(m + last - from);
  let known = -1; // of a periodic word: up to here it is known to match
  let at = from;
  while (at <= last) {
    let i = max(cut, known) + 1;
    while (i < m && wordUnit(i) == textUnit(at + i)) i++;
    if (i < m) {
      at += i - cut;
      known = -1;
      continue;
    }
    i = cut;
    while (i > known && wordUnit(i) == textUnit(at + i)) i--;
    if (i <= known) return at;
    at += period;
    known = periodic ? m - period - 1 : -1;
  }
  return -1;
}

/** Searching in flat string data: both widths, plain loops on the first unit (the C compiler vectorises memory.compare, not these). */
import { flatten, isTwoByte, strLength, stringData } from "../string";
import { unitAt } from "./strtod";

/** Do units of t (flat data) stand in s at index i? The caller checks the range. */
// @ts-ignore: decorator
@inline function matchesAt(s: usize, sTwo: bool, t: usize, tTwo: bool, length: i32, i: i32): bool {
  if (sTwo == tTwo) return memory.compare(s + (<usize>i << <usize>sTwo), t, <usize>length << <usize>tTwo) == 0;
  for (let j = 0; j < length; j++) if (unitAt(s, sTwo, i + j) != unitAt(t, tTwo, j)) return false;
  return true;
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
  while (true) {
    i = indexOfUnit(sd, sTwo, last + 1, first, i);
    if (i < 0) return -1;
    if (count == 1 || matchesAt(sd, sTwo, td, tTwo, count, i)) return i;
    i++;
  }
}

/** Greatest index <= from where t stands in s, or -1. */
export function lastIndexOfString(s: usize, t: usize, from: i32): i32 {
  s = flatten(s);
  t = flatten(t);
  const count = strLength(t);
  let i = min(from, strLength(s) - count);
  const sd = stringData(s);
  const sTwo = isTwoByte(s);
  const td = stringData(t);
  const tTwo = isTwoByte(t);
  for (; i >= 0; i--) if (matchesAt(sd, sTwo, td, tTwo, count, i)) return i;
  return -1;
}

/** Does t stand in s at index i? False when out of range. */
export function standsAt(s: usize, t: usize, i: i32): bool {
  s = flatten(s);
  t = flatten(t);
  const count = strLength(t);
  if (i < 0 || i > strLength(s) - count) return false;
  return matchesAt(stringData(s), isTwoByte(s), stringData(t), isTwoByte(t), count, i);
}

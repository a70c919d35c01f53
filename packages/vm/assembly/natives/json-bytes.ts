/** One-byte text eight bytes at a time, for JSON. Nothing is read or written outside of the range given, save where it says so (the heap leaves some bytes behind every cell: WORD_REACH in heap.ts). */
import { flagsOf } from "../heap";
import { HEADER, STRING_ROPE, STRING_SLICE, STRING_TWO_BYTE, strLength } from "../string";

const ONES: u64 = 0x0101_0101_0101_0101;

/**
 * The high bit of each byte that must be escaped in JSON text, or ends a string there: control characters, quote, backslash. The lowest bit set is exact;
 * above it there may be some too many (S. E. Anderson, "Bit Twiddling Hacks", determine if a word has a byte less than n, or equal to n).
 */
// @ts-ignore: decorator
@inline export function specialBytes(w: u64): u64 {
  return ((w - ONES * 32) | ((w ^ (ONES * 34)) - ONES) | ((w ^ (ONES * 92)) - ONES)) & ~w & (ONES << 7);
}

/** The `count` bytes at `from` (1 to 8) as the low bytes of a word, the others 0. */
// @ts-ignore: decorator
@inline export function wordOf(from: usize, count: i32): u64 {
  if (count == 8) return load<u64>(from);
  if (count >= 4) return <u64>load<u32>(from) | (<u64>load<u32>(from + <usize>count - 4) << (<u64>(count - 4) << 3));
  if (count >= 2) return <u64>load<u16>(from) | (<u64>load<u8>(from + <usize>count - 1) << (<u64>(count - 1) << 3));
  return <u64>load<u8>(from);
}

/** memory.copy of few bytes, which do not overlap. */
// @ts-ignore: decorator
@inline export function copyBytes(to: usize, from: usize, count: i32): void {
  if (count >= 8) {
    const last = <usize>count - 8;
    for (let i: usize = 0; i < last; i += 8) store<u64>(to + i, load<u64>(from + i));
    store<u64>(to + last, load<u64>(from + last));
  } else if (count >= 4) {
    const last = <usize>count - 4;
    store<u32>(to, load<u32>(from));
    store<u32>(to + last, load<u32>(from + last));
  } else for (let i: usize = 0; i < <usize>count; i++) store<u8>(to + i, load<u8>(from + i));
}

/** Are the `count` bytes, 8 or more, the same? */
export function sameBytes(a: usize, b: usize, count: i32): bool {
  const last = <usize>count - 8;
  for (let i: usize = 0; i < last; i += 8) if (load<u64>(a + i) != load<u64>(b + i)) return false;
  return load<u64>(a + last) == load<u64>(b + last);
}

/** Are all bytes ASCII, and none special? */
// @ts-ignore: decorator
@inline export function isPlainAscii(w: u64): bool {
  return (((w - ONES * 32) | ((w ^ (ONES * 34)) - ONES) | ((w ^ (ONES * 92)) - ONES) | w) & (ONES << 7)) == 0;
}

/** Is this interned string, which is not empty, written in JSON as it is between quotes? */
export function isPlainKey(key: usize): bool {
  const length = <usize>strLength(key);
  if (length == 0 || flagsOf(key) & (STRING_TWO_BYTE | STRING_ROPE | STRING_SLICE)) return false;
  for (let i: usize = 0; i < length; i += 8) {
    const w = load<u64>(key + HEADER + i), left = length - i;
    if (!isPlainAscii(left < 8 ? wordOfSpaces(w, left) : w)) return false;
  }
  return true;
}
/** The first `count` bytes (1 to 7) of a word, then spaces. */
// @ts-ignore: decorator
@inline function wordOfSpaces(w: u64, count: usize): u64 {
  const mask = (<u64>1 << (<u64>count << 3)) - 1;
  return (w & mask) | (ONES * 32 & ~mask);
}

/** Write the `count` bytes in quotes; the end, or 0 when one of them is special or not ASCII. Some bytes behind those at `from` can be read, and behind those at `to` written. */
// @ts-ignore: decorator
@inline export function quotePlain(to: usize, from: usize, count: i32): usize {
  store<u8>(to++, 34);
  let i: usize = 0;
  for (; i + 8 <= <usize>count; i += 8) {
    const w = load<u64>(from + i);
    if (!isPlainAscii(w)) return 0;
    store<u64>(to + i, w);
  }
  if (i != <usize>count) {
    const w = load<u64>(from + i);
    if (!isPlainAscii(wordOfSpaces(w, <usize>count - i))) return 0;
    store<u64>(to + i, w);
  }
  to += count;
  store<u8>(to, 34);
  return to + 1;
}

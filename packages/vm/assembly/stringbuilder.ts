/**
 * One string under construction at a time, in a growable scratch region: sbReset, sbPush..., sbFinish. Latin-1 until a wider unit comes, then widened in place.
 * After a failed growth the builder drops what is pushed and sbFinish returns 0 with a RangeError.
 */
import { START_SCRATCH, START_SCRATCH_BYTES, scratch, setScratch, scratchCap, setScratchCap, scratchLen, setScratchLen, scratchWide, setScratchWide } from "./state";
import { rawAlloc, rawFree } from "./heap";
import { copyUnits, flatten, fromLatin1, fromUtf16, isTwoByte, strLength, emptyString, MAX_STRING } from "./string";
import { throwRangeError } from "./errors";

const FAILED: u32 = 2;

/** Give the region back. */
export function releaseScratch(): void {
  if (scratch() != START_SCRATCH) rawFree(scratch());
  setScratch(0);
  setScratchCap(0);
}
export function sbReset(): void {
  if (scratchCap() > 0x100000) releaseScratch();
  setScratchLen(0);
  setScratchWide(0);
}
/** Units so far. */
export function sbLength(): i32 { return <i32>scratchLen(); }

/** Room for `units` more, in the width that is current; false after a failure. */
@noinline function grow(units: u32, wide: u32): bool {
  if (scratchWide() == FAILED) return false;
  const length = scratchLen();
  if (length + units > <u32>MAX_STRING) { setScratchWide(FAILED); return false; }
  const need = (length + units) << wide;
  if (need > scratchCap() || wide != scratchWide()) {
    const first = scratch() == 0 && need <= START_SCRATCH_BYTES;
    const cap = first ? START_SCRATCH_BYTES : max<u32>(need + (need >>> 1), 16000);
    const to = first ? START_SCRATCH : rawAlloc(<i32>cap);
    if (!to) { setScratchWide(FAILED); return false; }
    const from = scratch();
    if (wide != scratchWide()) for (let i: usize = 0; i < <usize>length; i++) store<u16>(to + (i << 1), <u16>load<u8>(from + i));
    else if (from) memory.copy(to, from, <usize>length << wide);
    releaseScratch();
    setScratch(to);
    setScratchCap(cap);
    setScratchWide(wide);
  }
  return true;
}
@inline function room(units: u32): bool {
  const wide = scratchWide();
  return wide != FAILED && (scratchLen() + units) << wide <= scratchCap() ? true : grow(units, wide == FAILED ? 0 : wide);
}

/** Push one Latin-1 unit. */
export function sbPush8(unit: u32): void {
  if (!room(1)) return;
  const at = scratchLen();
  if (scratchWide()) store<u16>(scratch() + (<usize>at << 1), <u16>unit); else store<u8>(scratch() + at, <u8>unit);
  setScratchLen(at + 1);
}
/** Push one UTF-16 unit. */
export function sbPush16(unit: u32): void {
  if (unit < 256) { sbPush8(unit); return; }
  if (scratchWide() == 0 ? !grow(1, 1) : !room(1)) return;
  const at = scratchLen();
  store<u16>(scratch() + (<usize>at << 1), <u16>unit);
  setScratchLen(at + 1);
}
/** Push a code point. */
export function sbPushCodePoint(code: u32): void {
  if (code > 0xffff) { sbPush16(0xd7c0 + (code >>> 10)); sbPush16(0xdc00 + (code & 0x3ff)); } else sbPush16(code);
}
export function sbPushString(s: usize): void { sbPushRange(s, 0, strLength(s)); }
/** Push units [from, to) of a string. */
export function sbPushRange(s: usize, from: i32, to: i32): void {
  if (to <= from) return;
  flatten(s);
  const count = to - from;
  if (isTwoByte(s) && scratchWide() == 0) { if (!grow(count, 1)) return; } else if (!room(count)) return;
  const wide = scratchWide();
  copyUnits(s, from, count, scratch() + (<usize>scratchLen() << wide), wide != 0);
  setScratchLen(scratchLen() + count);
}
/** Push bytes as Latin-1 units. */
export function sbPushBytes(ptr: usize, count: i32): void {
  if (!room(count)) return;
  const at = scratchLen();
  if (scratchWide()) for (let i: usize = 0; i < <usize>count; i++) store<u16>(scratch() + ((<usize>at + i) << 1), <u16>load<u8>(ptr + i));
  else memory.copy(scratch() + at, ptr, count);
  setScratchLen(at + count);
}
/** Push a literal (its static UTF-16 data). */
export function sbPushLiteral(text: string): void {
  const from = changetype<usize>(text), count = text.length;
  for (let i: usize = 0; i < <usize>count; i++) sbPush16(load<u16>(from + (i << 1)));
}
export function sbPushDecimal(n: i32): void {
  let u = <u32>n;
  if (n < 0) { sbPush8(45); u = 0 - u; }
  let divisor: u32 = 1;
  while (u / divisor >= 10) divisor *= 10;
  for (; divisor; divisor /= 10) sbPush8(48 + (u / divisor) % 10);
}
/** The string; 0 with a RangeError when it became too long. */
export function sbFinish(): usize {
  if (scratchWide() == FAILED) { throwRangeError("Invalid string length"); return 0; }
  const length = <i32>scratchLen();
  if (!length) return emptyString();
  return scratchWide() ? fromUtf16(scratch(), length) : fromLatin1(scratch(), length);
}

/**
 * One string under construction at a time, in a growable scratch region: sbReset, sbPush..., sbFinish. Latin-1 until a wider unit comes, then widened in place.
 * A small region is kept for the next string; a large one becomes the string's own cell, so that the text is in memory once.
 * After a failed growth the builder drops what is pushed and sbFinish returns 0 with a RangeError.
 */
import { START_DIGITS, START_DIGITS_BYTES, START_SCRATCH, START_SCRATCH_BYTES, heapCap, plan, scratch, setScratch, scratchCap, setScratchCap, scratchLen, setScratchLen, scratchWide, setScratchWide } from "./state";
import { heapBytes, wantFullCollection, rawAlloc, rawExtend, rawFree, rawSize, rawToCell } from "./heap";
import { asciiPrefix, copyUnits, flatten, fromLatin1, fromUtf16, fromWtf8, initFlat, isTwoByte, strLength, emptyString, HEADER, MAX_STRING } from "./string";
import { KIND_STRING } from "./generated/kinds";
import { throwRangeError } from "./errors";

const FAILED: u32 = 2;
/** Bytes of the smallest region in raw memory, and of the largest one that is kept. */
const LEAST_CAP: u32 = 16000, KEPT_CAP: u32 = 49152;

/** Give the region back. */
export function releaseScratch(): void {
  const region = scratch();
  if (region != START_SCRATCH && region != 0) rawFree(region - HEADER);
  setScratch(0);
  setScratchCap(0);
}
export function sbReset(): void {
  if (scratchCap() > KEPT_CAP) releaseScratch();
  setScratchLen(0);
  setScratchWide(0);
}
/** Did it become too long? Then nothing more is kept, and a loop that pushes on is better ended. */
export function sbFailed(): bool { return scratchWide() == FAILED; }
/** Units so far. */
export function sbLength(): i32 { return <i32>scratchLen(); }

/** Room for `units` more, in the width that is current; false after a failure. */
@noinline function grow(units: u32, wide: u32): bool {
  if (scratchWide() == FAILED) return false;
  const length = scratchLen();
  if (length + units > <u32>MAX_STRING) { setScratchWide(FAILED); return false; }
  const need = (length + units) << wide;
  const from = scratch(), had = scratchCap();
  if (need <= had) {
    // From the end: a unit's two bytes are never where one that is still to be read is.
    if (wide != scratchWide()) for (let i = <usize>length; i-- > 0;) store<u16>(from + (i << 1), <u16>load<u8>(from + i));
    setScratchWide(wide);
    return true;
  }
  const first = from == 0 && need <= START_SCRATCH_BYTES;
  let cap = first ? START_SCRATCH_BYTES : max<u32>(need + (need >>> 1), LEAST_CAP);
  if (!first) {
    // Half as much again, if the heap has as much. What little is kept is always to be had.
    const left = max<i64>(0, <i64>heapCap() - <i64>heapBytes());
    if (<i64>cap > left) cap = max(need, LEAST_CAP);
    if (<i64>cap > left && cap > KEPT_CAP) { wantFullCollection(); setScratchWide(FAILED); return false; }
    if (had > START_SCRATCH_BYTES && wide == scratchWide() && rawExtend(from - HEADER, <i32>(cap + <u32>HEADER))) {
      setScratchCap(rawSize(from - HEADER) - <u32>HEADER);
      return true;
    }
  }
  let to: usize = START_SCRATCH;
  if (!first) {
    const block = rawAlloc(<i32>(cap + <u32>HEADER));
    if (!block) { setScratchWide(FAILED); return false; }
    to = block + HEADER;
    cap = rawSize(block) - <u32>HEADER;
  }
  if (wide != scratchWide()) for (let i: usize = 0; i < <usize>length; i++) store<u16>(to + (i << 1), <u16>load<u8>(from + i));
  else if (from) memory.copy(to, from, <usize>length << wide);
  releaseScratch();
  setScratch(to);
  setScratchCap(cap);
  setScratchWide(wide);
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
  if (<u32>n < 10) { sbPush8(48 + n); return; }
  let u: u32 = n < 0 ? 0 - <u32>n : <u32>n;
  let at = START_DIGITS + START_DIGITS_BYTES;
  do {
    at--;
    store<u8>(at, 48 + u % 10);
    u /= 10;
  } while (u != 0);
  if (n < 0) store<u8>(--at, 45);
  sbPushBytes(at, <i32>(START_DIGITS + START_DIGITS_BYTES - at));
}
/** All up to `out` is text, `out` being what sbRoomAt gave or a place behind it; 0: there is nothing to say. */
export function sbWritten(out: usize): void { if (out != 0) setScratchLen(<u32>(out - scratch())); }
/** The same, then room for `units` more, one byte each: where they go, or 0 when the string is wide or too long. */
export function sbRoomAt(out: usize, units: i32): usize {
  sbWritten(out);
  return scratchWide() == 0 && room(units) ? scratch() + scratchLen() : 0;
}
/** Where the room that sbRoomAt gave ends. */
export function sbLimit(): usize { return scratch() + scratchCap(); }
/** Where the text lies, sbLength() units, and whether each is ASCII. */
export function sbData(): usize { return scratch(); }
export function sbIsAscii(): bool { return asciiPrefix(scratch(), <i32>scratchLen()) == <i32>scratchLen(); }
/** The string that the text means as WTF-8. */
export function sbFinishUtf8(): usize {
  if (scratchWide() == FAILED || sbIsAscii()) return sbFinish();
  const s = fromWtf8(scratch(), <i32>scratchLen());
  if (scratchCap() > KEPT_CAP) releaseScratch();
  return s;
}
/** The string; 0 with a RangeError when it became too long. */
export function sbFinish(): usize {
  if (scratchWide() == FAILED) { throwRangeError("Invalid string length"); return 0; }
  const length = <i32>scratchLen(), wide = scratchWide();
  if (!length) return emptyString();
  if (scratchCap() > KEPT_CAP && plan() == 0) return adopt(length, wide);
  return wide ? fromUtf16(scratch(), length) : fromLatin1(scratch(), length);
}
/** The region itself becomes the string. */
function adopt(length: i32, wide: u32): usize {
  const s = scratch() - HEADER;
  setScratch(0);
  setScratchCap(0);
  const cell = rawToCell(s, <u32>HEADER + (<u32>length << wide), KIND_STRING);
  initFlat(cell, length, wide);
  return cell;
}

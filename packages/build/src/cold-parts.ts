/**
 * Cold parts of an image (host/cold.c): cut out of its ranges, packed piece by piece with DEFLATE, and left unmapped. The process unpacks a piece when
 * something touches it.
 */
import { deflateRawSync } from "node:zlib";
import { type MemoryImage, stateRegion } from "@zerostart/vm/image.ts";

/**
 * A handler of which more than this is embedded touches so many pieces that unpacking them would be most of its start (1 MB of packages: 30 pieces, 1.7 ms), and half a
 * megabyte more is little beside its own.
 */
export const largeHandlerBytes = 256 << 10;

/** COLD_PIECE and COLD_PARTS of host.h. */
const pieceBytes = 16384;
const maxParts = 4;
const maxRanges = 16;

export interface PackedPart {
  /** Offset in linear memory and length, page aligned. */
  start: number;
  bytes: number;
  /** u32 at[pieces + 1] (from the end of this table; the two high bits: log2 of the piece's lanes), then the pieces. */
  packed: Uint8Array;
}

/** The VM's state: what of it is not zero. */
interface State {
  start: number;
  bytes: Uint8Array;
}

/**
 * The image without its cold parts, and these. What a cold part has no bytes of the file for stays as it is.
 *
 * @param withState take the VM's state out too, for a process that copies it
 */
export function packCold(image: MemoryImage, withState: boolean): { image: MemoryImage; parts: PackedPart[]; state: State | undefined } {
  const ranges = [...image.ranges];
  const state = withState ? takeState(ranges) : undefined;
  const parts: PackedPart[] = [];
  for (const { start, end } of image.cold ?? []) {
    const at = ranges.findIndex((r) => start >= r.start && end <= r.start + r.bytes.length);
    const range = ranges[at];
    if (!range || parts.length === maxParts || ranges.length === maxRanges) continue;
    const { bytes } = range;
    const [before, after] = [start - range.start, end - range.start];
    const rest = { start: end, bytes: bytes.subarray(after), totalBytes: range.totalBytes - after };
    ranges.splice(at, 1, ...(before > 0 ? [{ start: range.start, bytes: bytes.subarray(0, before), totalBytes: before }] : []), rest);
    parts.push({ start, bytes: end - start, packed: pack(bytes.subarray(before, after)) });
  }
  return { image: { ...image, ranges }, parts, state };
}

/** Cut the state off the beginning of its range; the zero pages before that reach over it then. */
function takeState(ranges: MemoryImage["ranges"]): State | undefined {
  const { start, end } = stateRegion;
  const at = ranges.findIndex((r) => r.start === start);
  const [before, range] = [ranges[at - 1], ranges[at]];
  if (!before || !range || range.bytes.length < end - start) return undefined;
  const bytes = range.bytes.subarray(0, end - start);
  const from = bytes.findIndex((byte) => byte !== 0) & ~7;
  const to = Math.ceil((bytes.findLastIndex((byte) => byte !== 0) + 1) / 8) * 8;
  ranges.splice(
    at - 1,
    2,
    { ...before, totalBytes: end - before.start },
    { start: end, bytes: range.bytes.subarray(end - start), totalBytes: range.totalBytes - (end - start) },
  );
  return { start: start + from, bytes: bytes.subarray(from, to) };
}

function pack(bytes: Uint8Array): Uint8Array {
  const pieces: ReturnType<typeof packPiece>[] = [];
  for (let at = 0; at < bytes.length; at += pieceBytes) pieces.push(packPiece(bytes.subarray(at, at + pieceBytes)));
  const begins = new Uint32Array(pieces.length + 1);
  let end = 0;
  pieces.forEach(({ packed, lanesLog2 }, i) => {
    begins[i] = (end | (lanesLog2 << lanesShift)) >>> 0;
    end += packed.length;
  });
  begins[pieces.length] = end;
  // Whole words, so that the next table is aligned.
  const out = new Uint8Array(Math.ceil((begins.byteLength + end) / 8) * 8);
  out.set(new Uint8Array(begins.buffer));
  let to = begins.byteLength;
  for (const { packed } of pieces) {
    out.set(packed, to);
    to += packed.length;
  }
  return out;
}

const lanesShift = 30;

/**
 * Tables of numbers become smaller when all first bytes of their words lie together, all second ones, ... (Unicode tables by a quarter); instructions and text do
 * not. So each piece is packed in every way, and the smallest kept.
 */
function packPiece(bytes: Uint8Array): { packed: Uint8Array; lanesLog2: number } {
  const ways = [0, 1, 2].map((lanesLog2) => ({ packed: deflateRawSync(takeApart(bytes, 1 << lanesLog2), { level: 9, memLevel: 9 }), lanesLog2 }));
  return ways.reduce((best, way) => (way.packed.length < best.packed.length ? way : best));
}

function takeApart(bytes: Uint8Array, lanes: number): Uint8Array {
  if (lanes === 1) return bytes;
  const out = new Uint8Array(bytes.length);
  const words = bytes.length / lanes;
  for (let lane = 0; lane < lanes; lane++) for (let i = 0; i < words; i++) out[lane * words + i] = bytes[i * lanes + lane]!;
  return out;
}

/**
 * Cold parts of an image (host/cold.c): cut out of its ranges, packed piece by piece with DEFLATE, and left unmapped. The process unpacks a piece when
 * something touches it.
 */
import { payloadLayout } from "@zerostart/protocol/payload-layout.ts";
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { threadId } from "node:worker_threads";
import { deflateRawSync } from "node:zlib";
import { cacheDirectory, sha256 } from "./cache.ts";
import { maxParts, pieceBytes } from "./cold-beside.ts";
import { type MemoryImage, stateRegion } from "@zerostart/vm/image.ts";

/**
 * A handler of which more than this is embedded touches so many pieces that unpacking them would be most of its start (1 MB of packages: 30 pieces, 1.7 ms), and half a
 * megabyte more is little beside its own.
 */
export const largeHandlerBytes = 256 << 10;

const pageBytes = 4096;
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
 * @param known pieces that were packed before
 */
export function packCold(image: MemoryImage, withState: boolean, known?: PackedPieces): { image: MemoryImage; parts: PackedPart[]; state: State | undefined } {
  const ranges = [...image.ranges];
  const state = withState ? takeState(ranges) : undefined;
  const parts: PackedPart[] = [];
  for (const { start, end } of image.cold ?? []) {
    const at = ranges.findIndex((r) => start >= r.start && end <= r.start + r.bytes.length);
    const range = ranges[at];
    if (!range || parts.length === maxParts || ranges.length === maxRanges) continue;
    const { bytes } = range;
    const before = start - range.start;
    // Where a handler's cells begin at the next block, the pages up to it are empty, and touched by nobody.
    let after = end - range.start;
    while (after < bytes.length && isEmpty(bytes.subarray(after, after + pageBytes))) after += pageBytes;
    const rest = { start: range.start + after, bytes: bytes.subarray(after), totalBytes: range.totalBytes - after };
    ranges.splice(at, 1, ...(before > 0 ? [{ start: range.start, bytes: bytes.subarray(0, before), totalBytes: before }] : []), rest);
    parts.push({ start, bytes: after - before, packed: pack(bytes.subarray(before, after), start, known) });
  }
  return { image: { ...image, ranges }, parts, state };
}

function isEmpty(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte === 0);
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

function pack(bytes: Uint8Array, start: number, known?: PackedPieces): Uint8Array {
  const pieces: Piece[] = [];
  for (let at = 0; at < bytes.length; at += pieceBytes) {
    const piece = bytes.subarray(at, at + pieceBytes);
    pieces.push(known?.find(start + at, piece) ?? packPiece(piece, known?.lanesAt(start + at)));
  }
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

const { lanesShift } = payloadLayout;
/** Another one whenever pieces are packed in another way. */
const packingVersion = 1;

interface Piece {
  packed: Uint8Array;
  lanesLog2: number;
}

/** The base image's cold parts, packed: nearly all pieces of a handler's image are the same, and packing them is slow. */
export class PackedPieces {
  private readonly base: MemoryImage;
  private readonly pieces: Map<number, Piece>;

  private constructor(base: MemoryImage, pieces: Map<number, Piece>) {
    this.base = base;
    this.pieces = pieces;
  }

  /** Read from the cache, or packed now and kept there under the engine's version. Undefined for an image without cold parts. */
  static async of(base: MemoryImage, version: string): Promise<PackedPieces | undefined> {
    if (!base.cold?.length) return undefined;
    const path = cacheDirectory("packed", `${version}-${packingVersion}`);
    const stored = await readFile(path).catch(() => undefined);
    if (stored) {
      const read = decodePieces(new Uint8Array(stored));
      if (read) return new PackedPieces(base, read);
    }
    const pieces = new Map<number, Piece>();
    for (const { start, end } of base.cold)
      for (let at = start; at < end; at += pieceBytes) {
        const bytes = bytesAt(base, at, Math.min(pieceBytes, end - at));
        if (bytes) pieces.set(at, packPiece(bytes));
      }
    await mkdir(cacheDirectory("packed"), { recursive: true });
    const temporary = `${path}.${process.pid}.${threadId}`;
    await writeFile(temporary, encodePieces(pieces));
    await rename(temporary, path);
    return new PackedPieces(base, pieces);
  }

  /** How the piece at this address was packed. */
  lanesAt(at: number): number | undefined {
    return this.pieces.get(at)?.lanesLog2;
  }

  /** The piece at this address, if it holds just these bytes. */
  find(at: number, bytes: Uint8Array): Piece | undefined {
    const piece = this.pieces.get(at);
    const own = piece && bytesAt(this.base, at, bytes.length);
    return own && Buffer.compare(own, bytes) === 0 ? piece : undefined;
  }
}

function bytesAt(image: MemoryImage, at: number, length: number): Uint8Array | undefined {
  const range = image.ranges.find((r) => at >= r.start && at + length <= r.start + r.bytes.length);
  return range?.bytes.subarray(at - range.start, at - range.start + length);
}

// The cache's file: SHA-256 of what follows; u32 count; per piece u32 address, u32 log2 of its lanes, u32 length; then the pieces. A file that was cut off is made anew.

const digestBytes = 32;

function encodePieces(pieces: Map<number, Piece>): Uint8Array {
  const table = Uint32Array.from([pieces.size, ...[...pieces].flatMap(([at, { packed, lanesLog2 }]) => [at, lanesLog2, packed.length])]);
  const body = Buffer.concat([new Uint8Array(table.buffer), ...[...pieces.values()].map(({ packed }) => packed)]);
  return Buffer.concat([Buffer.from(sha256(body), "hex"), body]);
}

function decodePieces(file: Uint8Array): Map<number, Piece> | undefined {
  const body = file.subarray(digestBytes);
  if (file.length < digestBytes + 4 || sha256(body) !== Buffer.from(file.subarray(0, digestBytes)).toString("hex")) return undefined;
  const view = new DataView(body.buffer, body.byteOffset, body.byteLength);
  const pieces = new Map<number, Piece>();
  const count = view.getUint32(0, true);
  for (let i = 0, from = 4 + count * 12; i < count; i++) {
    const [at, lanesLog2, length] = [0, 4, 8].map((field) => view.getUint32(4 + i * 12 + field, true)) as [number, number, number];
    pieces.set(at, { packed: body.subarray(from, from + length), lanesLog2 });
    from += length;
  }
  return pieces;
}

/**
 * Tables of numbers become smaller when all first bytes of their words lie together, all second ones, ... (Unicode tables by a quarter); instructions and text do
 * not. So each piece is packed in every way, and the smallest kept; or as one was of which it differs by a few words.
 */
function packPiece(bytes: Uint8Array, likeLanesLog2?: number): Piece {
  const ways = (likeLanesLog2 === undefined ? [0, 1, 2] : [likeLanesLog2]).map((lanesLog2) => ({
    packed: deflateRawSync(takeApart(bytes, 1 << lanesLog2), { level: 9, memLevel: 9 }),
    lanesLog2,
  }));
  return ways.reduce((best, way) => (way.packed.length < best.packed.length ? way : best));
}

function takeApart(bytes: Uint8Array, lanes: number): Uint8Array {
  if (lanes === 1) return bytes;
  const out = new Uint8Array(bytes.length);
  const words = bytes.length / lanes;
  for (let lane = 0; lane < lanes; lane++) for (let i = 0; i < words; i++) out[lane * words + i] = bytes[i * lanes + lane]!;
  return out;
}

/**
 * What a program file puts at an address, read from the file: the code, to tell a call from other bytes, and texts in those parts of the VM's image that the
 * process has not unpacked. Linux only: ELF64, little-endian.
 */
import { inflateRawSync } from "node:zlib";
import { payloadLayout } from "@zerostart/protocol/payload-layout.ts";

/** From all first bytes of the words, all second ones, ... to the words. */
function interleave(bytes: Buffer, lanes: number): Buffer {
  if (lanes === 1) return bytes;
  const words = bytes.length / lanes;
  return Buffer.from(bytes.map((_, i) => bytes[(i % lanes) * words + Math.floor(i / lanes)]!));
}

type Segment = { address: number; offset: number; bytes: number; isCode: boolean };
type ColdPart = { start: number; bytes: number; packed: number };

const { coldAt, coldPiece, lanesShift, maxCold, version } = payloadLayout;
const payloadMagic = Buffer.from(payloadLayout.magic, "latin1");
export const { memoryBase } = payloadLayout;

export class ProgramMemory {
  readonly #bytes: Buffer;
  readonly segments: Segment[] = [];
  readonly #cold: ColdPart[] = [];
  readonly #pieces = new Map<number, Buffer>();

  /** @throws RangeError when the file is cut off */
  constructor(program: Uint8Array) {
    this.#bytes = Buffer.from(program.buffer, program.byteOffset, program.byteLength);
    const b = this.#bytes;
    if (b.length < 64 || b.readUInt32BE(0) !== 0x7f454c46) return;
    const headers = Number(b.readBigUInt64LE(32));
    for (let i = 0; i < b.readUInt16LE(56); i++) {
      const at = headers + i * 56;
      if (b.readUInt32LE(at) !== 1) continue; // PT_LOAD
      this.segments.push({
        address: Number(b.readBigUInt64LE(at + 16)),
        offset: Number(b.readBigUInt64LE(at + 8)),
        bytes: Number(b.readBigUInt64LE(at + 32)),
        isCode: (b.readUInt32LE(at + 4) & 1) !== 0,
      });
    }
    const payload = b.indexOf(payloadMagic);
    if (payload < 0 || b.readUInt32LE(payload + 16) !== version) return;
    for (let i = 0; i < Math.min(maxCold, b.readUInt32LE(payload + coldAt)); i++) {
      const at = payload + coldAt + 8 + i * 24;
      this.#cold.push({ start: b.readUInt32LE(at), bytes: b.readUInt32LE(at + 4), packed: Number(b.readBigUInt64LE(at + 8)) });
    }
  }

  /** Undefined where the file says nothing. */
  read(address: number, bytes: number): Buffer | undefined {
    const segment = this.segments.find((s) => address >= s.address && address + bytes <= s.address + s.bytes);
    if (segment) {
      const at = segment.offset + address - segment.address;
      return this.#bytes.subarray(at, at + bytes);
    }
    return this.#readCold(address - memoryBase, bytes);
  }

  #readCold(at: number, bytes: number): Buffer | undefined {
    const part = this.#cold.find((c) => at >= c.start && at + bytes <= c.start + c.bytes);
    if (!part) return undefined;
    const first = Math.floor((at - part.start) / coldPiece);
    const last = Math.floor((at + bytes - 1 - part.start) / coldPiece);
    const pieces: Buffer[] = [];
    for (let i = first; i <= last; i++) {
      const piece = this.#piece(part, i);
      if (!piece) return undefined;
      pieces.push(piece);
    }
    const from = at - part.start - first * coldPiece;
    return Buffer.concat(pieces).subarray(from, from + bytes);
  }

  /** A table of where each piece begins, counted from the table's end, and where the last ends; then the pieces (host/cold.c). */
  #piece(part: ColdPart, index: number): Buffer | undefined {
    const key = part.packed + index;
    const known = this.#pieces.get(key);
    if (known) return known;
    const table = this.read(part.packed + index * 4, 8);
    if (!table) return undefined;
    const packedAt = part.packed + (Math.ceil(part.bytes / coldPiece) + 1) * 4;
    const [begin, end] = [table.readUInt32LE(0), table.readUInt32LE(4)].map((at) => at & ((1 << lanesShift) - 1)) as [number, number];
    const packed = this.read(packedAt + begin, end - begin);
    if (!packed) return undefined;
    const piece = interleave(inflateRawSync(packed, { maxOutputLength: coldPiece }), 1 << (table.readUInt32LE(0) >>> lanesShift));
    this.#pieces.set(key, piece);
    return piece;
  }
}

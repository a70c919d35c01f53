/**
 * Embedding: a stub, a memory image and a payload become one executable. For Linux the ELF loader maps the image for us:
 *
 *   stub | new program header table | state and packed parts of the image | page | payload (bytecode, source) | page | image ranges
 *
 * Every image range is a private, writable mapping of the file, followed by zero pages; the payload is a read-only one
 * high in linear memory. Each mapping costs a start some microseconds, so there are as few as can be: the segment with the stub's code reaches to the end of
 * the packed parts; one of zero pages holds the host's data and all of linear memory up to the image's first range, and what is not zero in it (the host's
 * data, the VM's state) is copied there, page by page of what every start writes anyway.
 * For macOS see embed-macho.ts, for Windows embed-pe.ts.
 */
import { targets } from "@zerostart/protocol/targets.ts";
import { imageFileBytes } from "@zerostart/vm/image.ts";
import { largeHandlerBytes, packCold } from "./cold-parts.ts";
import { align, type Content, describe, type EmbedInput, layOut } from "./content.ts";
import { type ElfSegment, parseElf, programHeaderTable, segmentTypes, setProgramHeaders } from "./elf.ts";
import { embedMachO } from "./embed-macho.ts";
import { embedPe } from "./embed-pe.ts";
import { memoryBase, payloadAt } from "./payload.ts";

const page = 4096;
/** Where the program header table of a dynamic executable is mapped: behind the stub, below linear memory. */
const tableAt = memoryBase - 0x100000;
const readable = 4;
const writable = 2;

/** The artifact's bytes: the same for the same input. */
export function embed(input: EmbedInput): Uint8Array {
  const os = targets.find((target) => target.triple === input.stub.target)!.os;
  return os === "macos" ? embedMachO(input) : os === "windows" ? embedPe(input) : embedElf(input);
}

function embedElf(input: EmbedInput): Uint8Array {
  const { stub, payload } = input;
  const elf = parseElf(stub.bytes);
  const handlerBytes = payload.length + imageFileBytes(input.image) - imageFileBytes(input.engine.baseImage);
  const packed = handlerBytes > largeHandlerBytes ? { ...input.image, cold: [] } : input.image;
  const { image, parts, state } = packCold(packed, !elf.interpreter, input.pieces);
  const tableOffset = align(stub.bytes.length, 16);
  // Segments are known only after the table's length, which depends on their number alone.
  const segmentCount = elf.segments.length + image.ranges.length + 2;
  const blob = new Blob8(align(tableOffset + segmentCount * 56, 8));
  const stateOffset = blob.add(state?.bytes ?? new Uint8Array());
  const packedOffsets = parts.map(({ packed }) => blob.add(packed));
  const content: Content = { ...layOut({ ...input, image }, align(blob.end, page), page), offset: blob.offset };

  const segments: ElfSegment[] = [];
  const map = (flags: number, address: number, offset: number, fileBytes: number, memoryBytes = fileBytes) =>
    segments.push({ type: segmentTypes.load, flags, offset, address, fileBytes, memoryBytes });
  const ranges = [...content.ranges];
  const kept = [...elf.segments];
  let mappedAt: number; // address of the file's first byte, in the mapping that holds table and blob
  if (elf.interpreter) {
    // A dynamic linker reads the table in memory.
    const from = tableOffset - (tableOffset % page);
    mappedAt = tableAt - from;
    map(readable, tableAt, from, blob.end - from);
  } else {
    const [code, data] = elf.segments.filter((s) => s.type === segmentTypes.load) as [ElfSegment, ElfSegment];
    mappedAt = code.address - code.offset;
    kept.splice(kept.indexOf(code), 1);
    kept.splice(kept.indexOf(data), 1);
    const zero = data.address - (data.address % page);
    if (mappedAt + blob.end > zero) throw new RangeError("the packed parts of the image are too large");
    map(code.flags, code.address, code.offset, blob.end - code.offset);
    content.copies = [{ to: data.address, from: mappedAt + data.offset, bytes: data.fileBytes }];
    const first = ranges[0]?.fileBytes === 0 ? ranges.shift() : undefined;
    const zeroEnd = first ? memoryBase + first.start + first.totalBytes : data.address + data.memoryBytes;
    map(data.flags, zero, 0, 0, zeroEnd - zero);
    if (state) content.copies.push({ to: memoryBase + state.start, from: mappedAt + stateOffset, bytes: state.bytes.length });
  }
  content.cold = parts.map(({ start, bytes, packed }, i) => ({ start, bytes, packed: mappedAt + packedOffsets[i]!, packedBytes: packed.length }));
  for (const r of ranges) map(readable | writable, memoryBase + r.start, r.fileOffset, r.fileBytes, r.totalBytes);
  if (payload.length > 0) map(readable, memoryBase + payloadAt, content.payloadOffset, payload.length);

  const out = new Uint8Array(content.end);
  out.set(stub.bytes);
  const table = programHeaderTable(elf, stub.bytes, segments, kept);
  out.set(table, tableOffset);
  setProgramHeaders(out, tableOffset, table.length / 56);
  blob.writeTo(out);
  content.writeTo(out);
  describe(input, content, out, content.end);
  return out;
}

/** Bytes at offsets that are multiples of eight. */
class Blob8 {
  readonly offset: number;
  end: number;
  private readonly pieces: [number, Uint8Array][] = [];

  constructor(offset: number) {
    this.offset = this.end = offset;
  }

  add(bytes: Uint8Array): number {
    const at = this.end;
    this.pieces.push([at, bytes]);
    this.end += align(bytes.length, 8);
    return at;
  }

  writeTo(out: Uint8Array): void {
    for (const [at, bytes] of this.pieces) out.set(bytes, at);
  }
}

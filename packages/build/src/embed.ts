/**
 * Embedding: a stub, a memory image and a payload become one executable. The ELF loader maps the image for us:
 *
 *   stub | new program header table | page | payload (bytecode, source) | page | image ranges
 *
 * Every image range is a private, writable mapping of the file, followed by zero pages; the payload is a read-only one
 * high in linear memory. No byte is copied at start.
 */
import { type ElfSegment, parseElf, programHeaderTable, segmentTypes, setProgramHeaders } from "./elf.ts";
import type { Engine } from "./engine.ts";
import type { MemoryImage } from "@zerostart/vm/image.ts";
import { launchModes, type LaunchMode } from "@zerostart/protocol";
import { cacheKey, contentHash, encodePayload, type ImageRange, memoryBase, payloadAt, payloadVersion } from "./payload.ts";
import type { Stub } from "./stub.ts";

export interface EmbedInput {
  engine: Engine;
  stub: Stub;
  mode: LaunchMode;
  script: boolean;
  image: MemoryImage;
  /** Bytecode or source; empty for a snapshot. */
  payload: Uint8Array;
  /** File name shown in messages. */
  name: string;
}

const page = 4096;
/** Where the program header table of a dynamic executable is mapped: behind the stub, below linear memory. */
const tableAt = memoryBase - 0x100000;
const readable = 4;
const writable = 2;

function align(n: number, to: number): number {
  return Math.ceil(n / to) * to;
}

/** The artifact's bytes: the same for the same input. */
export function embed(input: EmbedInput): Uint8Array {
  const { stub, image, payload } = input;
  if (payload.length > 0x7fffffff - payloadAt) throw new RangeError("the payload is too large");
  const elf = parseElf(stub.bytes);
  const engineSha256 = Uint8Array.from(Buffer.from(input.engine.version, "hex"));

  const tableOffset = align(stub.bytes.length, 16);
  // Segments are known only after the table's length, which depends on their number alone.
  const segmentCount = elf.segments.length + image.ranges.length + 2;
  const contentOffset = align(tableOffset + segmentCount * 56, page);
  let at = contentOffset;
  const payloadOffset = at;
  at += align(payload.length, page);
  const ranges: ImageRange[] = [];
  for (const range of image.ranges) {
    ranges.push({ start: range.start, fileBytes: range.bytes.length, totalBytes: range.totalBytes, fileOffset: at });
    at += range.bytes.length;
  }
  const artifactBytes = at;

  const segments: ElfSegment[] = [];
  if (elf.interpreter) {
    // A dynamic linker reads the table in memory.
    const bytes = segmentCount * 56;
    const offset = tableOffset - (tableOffset % page);
    segments.push({
      type: segmentTypes.load,
      flags: readable,
      offset,
      address: tableAt,
      fileBytes: tableOffset - offset + bytes,
      memoryBytes: tableOffset - offset + bytes,
    });
  }
  for (const r of ranges) {
    segments.push({
      type: segmentTypes.load,
      flags: readable | writable,
      offset: r.fileOffset,
      address: memoryBase + r.start,
      fileBytes: r.fileBytes,
      memoryBytes: r.totalBytes,
    });
  }
  if (payload.length > 0) {
    segments.push({
      type: segmentTypes.load,
      flags: readable,
      offset: payloadOffset,
      address: memoryBase + payloadAt,
      fileBytes: payload.length,
      memoryBytes: payload.length,
    });
  }

  const out = new Uint8Array(artifactBytes);
  out.set(stub.bytes);
  const table = programHeaderTable(elf, stub.bytes, segments);
  out.set(table, tableOffset);
  setProgramHeaders(out, tableOffset, table.length / 56);
  out.set(payload, payloadOffset);
  ranges.forEach((r, i) => out.set(image.ranges[i]!.bytes, r.fileOffset));
  const descriptor = encodePayload({
    version: payloadVersion,
    kind: launchModes.find((mode) => mode.name === input.mode)!.payload,
    mode: input.mode,
    script: input.script,
    memoryPages: image.memoryPages,
    artifactBytes,
    payloadBytes: payload.length,
    payloadOffset,
    contentOffset,
    contentHash: contentHash(out.subarray(contentOffset)),
    cacheKey: input.mode === "cached" ? cacheKey(engineSha256, payload) : new Uint8Array(),
    engineSha256,
    name: input.name,
    ranges,
  });
  out.set(descriptor, stub.payloadOffset);
  return out;
}

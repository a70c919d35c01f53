/**
 * Embedding: a stub, a memory image and a payload become one executable. For Linux the ELF loader maps the image for us:
 *
 *   stub | new program header table | page | payload (bytecode, source) | page | image ranges
 *
 * Every image range is a private, writable mapping of the file, followed by zero pages; the payload is a read-only one
 * high in linear memory. No byte is copied at start. For macOS see embed-macho.ts, for Windows embed-pe.ts.
 */
import { targets } from "@zerostart/protocol";
import { align, describe, type EmbedInput, layOut } from "./content.ts";
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
  const { stub, image, payload } = input;
  const elf = parseElf(stub.bytes);

  const tableOffset = align(stub.bytes.length, 16);
  // Segments are known only after the table's length, which depends on their number alone.
  const segmentCount = elf.segments.length + image.ranges.length + 2;
  const content = layOut(input, align(tableOffset + segmentCount * 56, page), page);

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
  for (const r of content.ranges) {
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
      offset: content.payloadOffset,
      address: memoryBase + payloadAt,
      fileBytes: payload.length,
      memoryBytes: payload.length,
    });
  }

  const out = new Uint8Array(content.end);
  out.set(stub.bytes);
  const table = programHeaderTable(elf, stub.bytes, segments);
  out.set(table, tableOffset);
  setProgramHeaders(out, tableOffset, table.length / 56);
  content.writeTo(out);
  describe(input, content, out, content.end);
  return out;
}

/** Writes a bytecode file. Deterministic: the same model gives the same bytes. */
import { crc32 } from "./crc32.ts";
import { CHECKSUM_START, HEADER_SIZE, MAGIC, SECTION_ENTRY_SIZE, VERSION, exportKinds, fileFlags, opcodeTableHash, sectionIds } from "./layout.ts";
import type { BytecodeFile, FunctionRecord } from "./model.ts";

/** Small magnitudes of either sign become small unsigned integers. */
const zigzag = (value: number): number => ((value << 1) ^ (value >> 31)) >>> 0;

/** Grows by doubling; all integers little-endian. */
class Writer {
  bytes = new Uint8Array(4096);
  length = 0;

  reserve(count: number): void {
    const needed = this.length + count;
    if (needed <= this.bytes.length) return;
    let size = this.bytes.length * 2;
    while (size < needed) size *= 2;
    const grown = new Uint8Array(size);
    grown.set(this.bytes);
    this.bytes = grown;
  }

  u32(value: number): void {
    this.reserve(4);
    this.setU32(this.length, value);
    this.length += 4;
  }

  setU32(at: number, value: number): void {
    const bytes = this.bytes;
    bytes[at] = value & 255;
    bytes[at + 1] = (value >>> 8) & 255;
    bytes[at + 2] = (value >>> 16) & 255;
    bytes[at + 3] = value >>> 24;
  }

  /** Unsigned LEB128 of a value below 2^32. */
  varint(value: number): void {
    this.reserve(5);
    const bytes = this.bytes;
    let at = this.length;
    while (value > 127) {
      bytes[at++] = (value & 127) | 128;
      value >>>= 7;
    }
    bytes[at++] = value;
    this.length = at;
  }

  zigzag(value: number): void {
    this.varint(zigzag(value));
  }

  append(chunk: Uint8Array): void {
    this.reserve(chunk.length);
    this.bytes.set(chunk, this.length);
    this.length += chunk.length;
  }

  align8(): void {
    const padded = (this.length + 7) & ~7;
    this.reserve(padded - this.length);
    this.bytes.fill(0, this.length, padded);
    this.length = padded;
  }
}

/**
 * Serialises the file; the result passes `verify` when the model is well formed.
 *
 * @param codeOrder indices of all functions: their instructions lie in this order, at the file's beginning, so that those that run first share few pages
 */
export function encode(file: BytecodeFile, codeOrder?: readonly number[]): Uint8Array {
  const sections: { id: number; count: number; write: (writer: Writer) => void }[] = [];
  const section = (id: number, count: number, write: (writer: Writer) => void): void => {
    sections.push({ id, count, write });
  };
  const lineOffsets: number[] = [];
  const stripped = (file.flags & fileFlags.STRIPPED) !== 0;

  const order = codeOrder ?? file.functions.map((_, i) => i);
  const codeOffsets: number[] = [];
  let codeOffset = 0;
  for (const i of order) {
    codeOffsets[i] = codeOffset;
    codeOffset += file.functions[i]!.code.length;
  }
  const writeCode = (writer: Writer) => order.forEach((i) => writer.append(file.functions[i]!.code));
  if (codeOrder) section(sectionIds.CODE, 0, writeCode);
  section(sectionIds.STRINGS, file.strings.length, (writer) => writeIndexed(writer, file.strings, writeString));
  section(sectionIds.NUMBERS, file.numbers.length, (writer) => {
    const data = new DataView(new ArrayBuffer(file.numbers.length * 8));
    file.numbers.forEach((value, i) => data.setFloat64(i * 8, value, true));
    writer.append(new Uint8Array(data.buffer));
  });
  section(sectionIds.BIGINTS, file.bigints.length, (writer) => file.bigints.forEach((index) => writer.u32(index)));
  if (!codeOrder) section(sectionIds.CODE, 0, writeCode);
  if (!stripped) {
    section(sectionIds.LINES, 0, (writer) => {
      const start = writer.length;
      for (const fn of file.functions) {
        lineOffsets.push(writer.length - start);
        writeLines(writer, fn);
      }
    });
  }
  section(sectionIds.FUNCTIONS, file.functions.length, (writer) => {
    writeIndexed(writer, file.functions, (to, fn, i) => writeFunction(to, fn, codeOffsets[i]!, stripped ? 0 : lineOffsets[i]! + 1));
  });
  if (file.templates.length) {
    section(sectionIds.TEMPLATES, file.templates.length, (writer) =>
      writeIndexed(writer, file.templates, (to, template) => {
        to.varint(template.length);
        for (const { cooked, raw } of template) {
          to.varint(cooked + 1);
          to.varint(raw);
        }
      }),
    );
  }
  if (file.regexps.length) {
    section(sectionIds.REGEXPS, file.regexps.length, (writer) => {
      for (const { pattern, flags } of file.regexps) {
        writer.u32(pattern);
        writer.u32(flags);
      }
    });
  }
  const module = file.module;
  if (module) {
    section(sectionIds.MODULE, 0, (writer) => {
      writer.varint(module.requests.length);
      for (const request of module.requests) writer.varint(request);
      writer.varint(module.imports.length);
      for (const { request, name } of module.imports) {
        writer.varint(request);
        writer.varint(name + 1);
      }
      writer.varint(module.exports.length);
      for (const { name, kind, a, b } of module.exports) {
        writer.varint(name);
        writer.varint(kind);
        writer.varint(a);
        if (kind === exportKinds.INDIRECT || kind === exportKinds.STAR) writer.varint(b);
      }
    });
  }
  const source = file.source;
  if (source !== null) section(sectionIds.SOURCE, source.length, (writer) => writeUtf8(writer, source));

  const writer = new Writer();
  const tableEnd = HEADER_SIZE + sections.length * SECTION_ENTRY_SIZE;
  writer.reserve(tableEnd);
  writer.length = tableEnd;
  sections.forEach(({ id, count, write }, i) => {
    writer.align8();
    const offset = writer.length;
    write(writer);
    const entry = HEADER_SIZE + i * SECTION_ENTRY_SIZE;
    writer.setU32(entry, id);
    writer.setU32(entry + 4, offset);
    writer.setU32(entry + 8, writer.length - offset);
    writer.setU32(entry + 12, count);
  });
  writer.align8();
  writer.setU32(0, MAGIC);
  writer.setU32(4, VERSION | (file.flags << 16));
  writer.setU32(8, writer.length);
  writer.setU32(16, opcodeTableHash);
  writer.setU32(20, sections.length);
  writer.setU32(24, file.mainFunction);
  writer.setU32(28, file.filename + 1);
  writer.setU32(12, crc32(writer.bytes, CHECKSUM_START, writer.length));
  return writer.bytes.slice(0, writer.length);
}

/** A table of offsets from the section's start, then the items. */
function writeIndexed<T>(writer: Writer, items: readonly T[], write: (writer: Writer, item: T, index: number) => void): void {
  const start = writer.length;
  writer.reserve(items.length * 4);
  writer.length += items.length * 4;
  items.forEach((item, i) => {
    writer.setU32(start + i * 4, writer.length - start);
    write(writer, item, i);
  });
}

function writeString(writer: Writer, text: string): void {
  const length = text.length;
  let bits = 0;
  for (let i = 0; i < length; i++) bits |= text.charCodeAt(i);
  const twoByte = bits > 255;
  writer.varint(((length << 1) | (twoByte ? 1 : 0)) >>> 0);
  writer.reserve(length * 2);
  const bytes = writer.bytes;
  let at = writer.length;
  for (let i = 0; i < length; i++) {
    const unit = text.charCodeAt(i);
    bytes[at++] = unit & 255;
    if (twoByte) bytes[at++] = unit >> 8;
  }
  writer.length = at;
}

function writeFunction(writer: Writer, fn: FunctionRecord, codeOffset: number, lines: number): void {
  writer.varint(fn.flags);
  writer.varint(fn.name + 1);
  writer.varint(fn.nparams);
  writer.varint(fn.length);
  writer.varint(fn.nregs);
  writer.varint(codeOffset);
  writer.varint(fn.code.length);
  writer.varint(fn.moduleScopeSlots);
  writer.varint(fn.constants.length);
  for (const { kind, index } of fn.constants) writer.varint(((index << 3) | kind) >>> 0);
  writer.varint(fn.sites.length);
  for (const site of fn.sites) writer.varint(site);
  writer.varint(fn.children.length);
  for (const child of fn.children) writer.varint(child);
  writer.varint(fn.shapes.length);
  for (const shape of fn.shapes) {
    writer.varint(shape.length);
    for (const key of shape) writer.varint(key);
  }
  writer.varint(fn.exceptions.length);
  for (const { start, length, handler, register } of fn.exceptions) {
    writer.varint(start);
    writer.varint(length);
    writer.varint(handler);
    writer.varint(register);
  }
  writer.varint(fn.tables.length);
  for (const table of fn.tables) {
    writer.varint(table.length);
    for (const { isNumber, key, target } of table) {
      writer.varint(isNumber ? ((zigzag(key) << 1) | 1) >>> 0 : (key << 1) >>> 0);
      writer.varint(target);
    }
  }
  writer.varint(fn.sourceStart);
  writer.varint(fn.sourceEnd);
  writer.varint(lines);
}

function writeLines(writer: Writer, fn: FunctionRecord): void {
  writer.varint(fn.lines.length);
  let pc = 0;
  let line = 0;
  let column = 0;
  let file = -1;
  for (const entry of fn.lines) {
    writer.varint(((entry.pc - pc) << 1) | (entry.file === file ? 0 : 1));
    if (entry.file !== file) writer.varint((file = entry.file) + 1);
    writer.zigzag(entry.line - line);
    writer.zigzag(entry.column - column);
    pc = entry.pc;
    line = entry.line;
    column = entry.column;
  }
}

/** Lone surrogates become three bytes each (WTF-8), so that any source round-trips. */
function writeUtf8(writer: Writer, text: string): void {
  writer.reserve(text.length * 3);
  const bytes = writer.bytes;
  let at = writer.length;
  for (let i = 0; i < text.length; i++) {
    let unit = text.charCodeAt(i);
    if (unit < 0x80) {
      bytes[at++] = unit;
      continue;
    }
    if (unit >= 0xd800 && unit < 0xdc00 && i + 1 < text.length) {
      const next = text.charCodeAt(i + 1);
      if (next >= 0xdc00 && next < 0xe000) {
        unit = 0x10000 + ((unit - 0xd800) << 10) + (next - 0xdc00);
        i++;
      }
    }
    if (unit < 0x800) bytes[at++] = 0xc0 | (unit >> 6);
    else {
      if (unit < 0x10000) bytes[at++] = 0xe0 | (unit >> 12);
      else {
        bytes[at++] = 0xf0 | (unit >> 18);
        bytes[at++] = 0x80 | ((unit >> 12) & 63);
      }
      bytes[at++] = 0x80 | ((unit >> 6) & 63);
    }
    bytes[at++] = 0x80 | (unit & 63);
  }
  writer.length = at;
}

/** Writes a bytecode file. Deterministic: the same model gives the same bytes. */
import { crc32 } from "./crc32.ts";
import {
  CHECKSUM_START,
  HEADER_SIZE,
  INDEX_STRIDE,
  MAGIC,
  SECTION_ENTRY_SIZE,
  VERSION,
  exportKinds,
  fileFlags,
  opcodeTableHash,
  partFlags,
  sectionIds,
  wideEncodings,
} from "./layout.ts";
import type { BytecodeFile, FunctionRecord } from "./model.ts";
import { Packer } from "./pack.ts";
import { Writer, zigzag } from "./writer.ts";

/** Serialises the file; the result passes `verify` when the model is well formed. */
export function encode(file: BytecodeFile): Uint8Array {
  const sections: { id: number; count: number; write: (writer: Writer) => void }[] = [];
  const section = (id: number, count: number, write: (writer: Writer) => void): void => {
    sections.push({ id, count, write });
  };
  const stripped = (file.flags & fileFlags.STRIPPED) !== 0;

  section(sectionIds.STRINGS, file.strings.length, (writer) => writeStrings(writer, file.strings));
  section(sectionIds.NUMBERS, file.numbers.length, (writer) => {
    const data = new DataView(new ArrayBuffer(file.numbers.length * 8));
    file.numbers.forEach((value, i) => data.setFloat64(i * 8, value, true));
    writer.append(new Uint8Array(data.buffer));
  });
  section(sectionIds.BIGINTS, file.bigints.length, (writer) => file.bigints.forEach((index) => writer.u32(index)));
  section(sectionIds.FUNCTIONS, file.functions.length, (writer) => {
    const code = new Writer();
    const packer = new Packer(code);
    const hasSource = file.source !== null;
    writeIndexed(writer, file.functions, (to, fn) => writeFunction(to, fn, hasSource, code, packer));
  });
  if (!stripped) section(sectionIds.LINES, file.functions.length, (writer) => writeIndexed(writer, file.functions, writeLines));
  if (file.templates.length) {
    section(sectionIds.TEMPLATES, file.templates.length, (writer) =>
      writeIndexed(writer, file.templates, (to, template) => {
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

/** Items, each after its length; before them the offset, from the section's start, of every sixteenth. */
function writeIndexed<T>(writer: Writer, items: readonly T[], write: (item: Writer, value: T) => void): void {
  const start = writer.length;
  const index = Math.ceil(items.length / INDEX_STRIDE) * 4;
  writer.reserve(index);
  writer.length += index;
  const item = new Writer();
  for (let i = 0; i < items.length; i++) {
    if (i % INDEX_STRIDE === 0) writer.setU32(start + (i / INDEX_STRIDE) * 4, writer.length - start);
    item.length = 0;
    write(item, items[i]!);
    writer.varint(item.length);
    writer.append(item.bytes.subarray(0, item.length));
  }
}

/** Strings of their own make: the length's lowest bit says whether more than Latin-1 is in it. */
function writeStrings(writer: Writer, strings: readonly string[]): void {
  const start = writer.length;
  const index = Math.ceil(strings.length / INDEX_STRIDE) * 4;
  writer.reserve(index);
  writer.length += index;
  const wide = new Writer();
  for (let i = 0; i < strings.length; i++) {
    if (i % INDEX_STRIDE === 0) writer.setU32(start + (i / INDEX_STRIDE) * 4, writer.length - start);
    const text = strings[i]!;
    const length = text.length;
    let bits = 0;
    for (let j = 0; j < length; j++) bits |= text.charCodeAt(j);
    if (bits < 256) {
      writer.varint(length << 1);
      writer.reserve(length);
      const bytes = writer.bytes;
      const at = writer.length;
      for (let j = 0; j < length; j++) bytes[at + j] = text.charCodeAt(j);
      writer.length = at + length;
    } else {
      wide.length = 0;
      writeWide(wide, text);
      writer.varint(((wide.length << 1) | 1) >>> 0);
      writer.append(wide.bytes.subarray(0, wide.length));
    }
  }
}

/** The encoding that is shorter, after a byte that names it; UTF-8 only without lone surrogates. */
function writeWide(writer: Writer, text: string): void {
  writer.u8(wideEncodings.UTF8);
  writeUtf8(writer, text);
  if (writer.length <= text.length * 2 && isWellFormed(text)) return;
  writer.length = 0;
  writer.u8(wideEncodings.UTF16);
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    writer.u8(unit & 255);
    writer.u8(unit >> 8);
  }
}

/** Has no surrogate without its other half. */
function isWellFormed(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 0xd800 || unit >= 0xe000) continue;
    const next = text.charCodeAt(++i);
    if (unit >= 0xdc00 || !(next >= 0xdc00 && next < 0xe000)) return false;
  }
  return true;
}

function writeFunction(writer: Writer, fn: FunctionRecord, hasSource: boolean, code: Writer, packer: Packer): void {
  code.length = 0;
  packer.pack(fn);
  const parts =
    (fn.moduleScopeSlots ? partFlags.MODULE_SCOPE : 0) |
    (packer.constants ? partFlags.CONSTANTS : 0) |
    (packer.sites ? partFlags.SITES : 0) |
    (fn.children.length ? partFlags.CHILDREN : 0) |
    (fn.shapes.length ? partFlags.SHAPES : 0) |
    (fn.exceptions.length ? partFlags.EXCEPTIONS : 0) |
    (fn.tables.length ? partFlags.TABLES : 0);
  writer.varint(fn.flags);
  writer.varint(fn.name + 1);
  writer.varint(fn.nparams);
  writer.varint(fn.length);
  writer.varint(fn.nregs);
  writer.u8(parts);
  if (parts & partFlags.MODULE_SCOPE) writer.varint(fn.moduleScopeSlots);
  if (hasSource) {
    writer.varint(fn.sourceStart);
    writer.varint(fn.sourceEnd - fn.sourceStart);
  }
  writer.varint(fn.code.length);
  if (parts & partFlags.CONSTANTS) writer.varint(packer.constants);
  if (parts & partFlags.SITES) writer.varint(packer.sites);
  if (parts & partFlags.CHILDREN) {
    writer.varint(fn.children.length);
    // Mostly one after the other.
    const first = fn.children[0]!;
    const isRun = fn.children.every((child, i) => child === first + i);
    writer.varint((first << 1) | (isRun ? 1 : 0));
    if (!isRun) for (const child of fn.children.slice(1)) writer.varint(child);
  }
  if (parts & partFlags.SHAPES) {
    writer.varint(fn.shapes.length);
    for (const shape of fn.shapes) {
      writer.varint(shape.length);
      for (const key of shape) writer.varint(key);
    }
  }
  if (parts & partFlags.EXCEPTIONS) {
    writer.varint(fn.exceptions.length);
    for (const { start, length, handler, register } of fn.exceptions) {
      writer.varint(start);
      writer.varint(length);
      writer.varint(handler);
      writer.varint(register);
    }
  }
  if (parts & partFlags.TABLES) {
    writer.varint(fn.tables.length);
    for (const table of fn.tables) {
      writer.varint(table.length);
      for (const { isNumber, key, target } of table) {
        writer.varint(isNumber ? ((zigzag(key) << 1) | 1) >>> 0 : (key << 1) >>> 0);
        writer.varint(target);
      }
    }
  }
  writer.append(code.bytes.subarray(0, code.length));
}

/** Positions until the item ends. What changed is in the low bits of the first number. */
function writeLines(writer: Writer, { lines }: FunctionRecord): void {
  let pc = 0;
  let line = 0;
  let column = 0;
  let file = -1;
  for (const entry of lines) {
    const step = entry.line - line;
    const change = entry.file !== file ? 3 : step === 0 || step === 1 ? step : 2;
    writer.varint(((entry.pc - pc) << 2) | change);
    if (change === 3) writer.varint((file = entry.file) + 1);
    if (change >= 2) writer.zigzag(step);
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

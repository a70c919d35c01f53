/**
 * Reads a bytecode file into a model. Every offset, count and index of the structure is checked, so that hostile bytes give
 * a BytecodeError and nothing else; instructions are checked by verify.ts.
 */
import { crc32 } from "./crc32.ts";
import {
  CHECKSUM_START,
  HEADER_SIZE,
  INDEX_STRIDE,
  MAGIC,
  MAX_REGISTERS,
  SECTION_ENTRY_SIZE,
  VERSION,
  exportKinds,
  fileFlags,
  functionFlags,
  opcodeTableHash,
  partFlags,
  sectionIds,
  wideEncodings,
  type SectionName,
} from "./layout.ts";
import type { BytecodeFile, ExportRecord, FunctionRecord, LineEntry, ModuleRecord, Template } from "./model.ts";
import { instructionSize, opcodes } from "./opcodes.ts";
import { unpack } from "./pack.ts";

/** The file is malformed; the message says where. */
export class BytecodeError extends Error {
  override name = "BytecodeError";
}

export const fail = (message: string): never => {
  throw new BytecodeError(message);
};

const sectionNames = Object.keys(sectionIds) as SectionName[];
const knownFileFlags = Object.values(fileFlags).reduce((all, flag) => all | flag, 0);
const knownParts = Object.values(partFlags).reduce((all: number, flag) => all | flag, 0);
const knownFunctionFlags = Object.values(functionFlags).reduce((all: number, flag) => all | flag, 0);

/** Bounds-checked cursor over [at, end) of the file. */
class Reader {
  readonly bytes: Uint8Array;
  at: number;
  readonly end: number;
  readonly what: string;

  constructor(bytes: Uint8Array, at: number, end: number, what: string) {
    this.bytes = bytes;
    this.at = at;
    this.end = end;
    this.what = what;
  }

  u8(): number {
    return this.at < this.end ? this.bytes[this.at++]! : fail(`${this.what}: unexpected end`);
  }

  u32(): number {
    if (this.at + 4 > this.end) fail(`${this.what}: unexpected end`);
    const value = u32At(this.bytes, this.at);
    this.at += 4;
    return value;
  }

  varint(): number {
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      if (this.at >= this.end) fail(`${this.what}: unexpected end`);
      const byte = this.bytes[this.at++]!;
      if (shift === 28 && byte > 15) break;
      value |= (byte & 127) << shift;
      if (byte < 128) return value >>> 0;
    }
    return fail(`${this.what}: varint of more than 32 bits`);
  }

  zigzag(): number {
    const value = this.varint();
    return (value >>> 1) ^ -(value & 1);
  }

  /** A varint that indexes a table of `size` items. */
  index(size: number, of: string): number {
    const value = this.varint();
    return value < size ? value : fail(`${this.what}: ${of} ${value} of ${size}`);
  }

  /** The same, stored plus one, 0 for none (-1). */
  optionalIndex(size: number, of: string): number {
    return this.index(size + 1, of) - 1;
  }

  /** What `read` reads again and again until nothing is left. */
  toEnd<T>(read: () => T): T[] {
    const items: T[] = [];
    while (this.at < this.end) items.push(read());
    return items;
  }

  /** A count of items that take at least one byte each. */
  count(of: string): number {
    const value = this.varint();
    return value <= this.end - this.at ? value : fail(`${this.what}: ${value} ${of} do not fit`);
  }
}

/** The longest instruction. */
const MAX_INSTRUCTION_BYTES = Math.max(...opcodes.map(instructionSize));

const u32At = (bytes: Uint8Array, at: number): number => (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)) >>> 0;

interface Section {
  offset: number;
  end: number;
  count: number;
}

/** Location of each section, by name; used by size reports. Throws BytecodeError. */
export function sectionsOf(bytes: Uint8Array): Map<SectionName, Section> {
  if (bytes.length < HEADER_SIZE) fail(`a bytecode file has at least ${HEADER_SIZE} bytes, this one ${bytes.length}`);
  if (u32At(bytes, 0) !== MAGIC) fail("not a bytecode file (wrong magic)");
  const version = bytes[4]! | (bytes[5]! << 8);
  if (version !== VERSION) fail(`bytecode version ${version}, this engine reads ${VERSION}`);
  if (u32At(bytes, 8) !== bytes.length) fail(`header says ${u32At(bytes, 8)} bytes, the file has ${bytes.length}`);
  if (u32At(bytes, 12) !== crc32(bytes, CHECKSUM_START)) fail("checksum does not match: the file is damaged");
  if (u32At(bytes, 16) !== opcodeTableHash) fail("made for another opcode table (another engine version)");
  const count = u32At(bytes, 20);
  const tableEnd = HEADER_SIZE + count * SECTION_ENTRY_SIZE;
  if (tableEnd > bytes.length) fail(`section table of ${count} entries does not fit`);
  const sections = new Map<SectionName, Section>();
  let previousEnd = tableEnd;
  for (let i = 0; i < count; i++) {
    const entry = HEADER_SIZE + i * SECTION_ENTRY_SIZE;
    const id = u32At(bytes, entry);
    const name = sectionNames.find((n) => sectionIds[n] === id) ?? fail(`unknown section ${id}`);
    const offset = u32At(bytes, entry + 4);
    const end = offset + u32At(bytes, entry + 8);
    if (sections.has(name)) fail(`section ${name} occurs twice`);
    if (offset % 8 !== 0) fail(`section ${name} is not aligned`);
    if (offset < previousEnd || end > bytes.length) fail(`section ${name} overlaps another or the end of the file`);
    previousEnd = end;
    sections.set(name, { offset, end, count: u32At(bytes, entry + 12) });
  }
  return sections;
}

/** Decodes a whole file. Throws BytecodeError when it is malformed. */
export function decode(bytes: Uint8Array): BytecodeFile {
  const sections = sectionsOf(bytes);
  const flags = bytes[6]! | (bytes[7]! << 8);
  if (flags & ~knownFileFlags) fail(`unknown file flags ${flags}`);
  const reader = (name: SectionName): Reader | null => {
    const section = sections.get(name);
    return section ? new Reader(bytes, section.offset, section.end, name) : null;
  };
  /** Items, each after its length; the lowest bits of the length may say more of it. */
  const indexed = <T>(name: SectionName, read: (from: Reader, index: number, flags: number) => T, flagBits = 0): T[] => {
    const section = sections.get(name);
    if (!section) return [];
    const { offset, end, count } = section;
    const index = Math.ceil(count / INDEX_STRIDE) * 4;
    if (count + index > end - offset) fail(`${name}: ${count} items do not fit`);
    let at = offset + index;
    return Array.from({ length: count }, (_, i) => {
      if (i % INDEX_STRIDE === 0 && u32At(bytes, offset + (i / INDEX_STRIDE) * 4) !== at - offset) fail(`${name}: item ${i} is not where the index says`);
      const head = new Reader(bytes, at, end, name);
      const length = head.varint();
      const from = head.at;
      if (length >>> flagBits > end - from) fail(`${name} ${i}: ${length >>> flagBits} bytes do not fit`);
      at = from + (length >>> flagBits);
      return read(new Reader(bytes, from, at, `${name} ${i}`), i, length & ((1 << flagBits) - 1));
    });
  };
  const fixed = (name: SectionName, itemSize: number): { from: Reader; count: number } => {
    const section = sections.get(name);
    if (!section) return { from: new Reader(bytes, 0, 0, name), count: 0 };
    if (section.count * itemSize !== section.end - section.offset) fail(`${name}: ${section.count} items do not fill the section`);
    return { from: new Reader(bytes, section.offset, section.end, name), count: section.count };
  };

  const strings = indexed("STRINGS", (from, _, wide) => readString(from, wide === 1), 1);
  const numberSection = fixed("NUMBERS", 8);
  const numberData = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const numbers = Array.from({ length: numberSection.count }, (_, i) => numberData.getFloat64(numberSection.from.at + i * 8, true));
  const stringIndexAt = (from: Reader): number => {
    const index = from.u32();
    return index < strings.length ? index : fail(`${from.what}: string ${index} of ${strings.length}`);
  };
  const bigintSection = fixed("BIGINTS", 4);
  const bigints = Array.from({ length: bigintSection.count }, () => {
    const index = stringIndexAt(bigintSection.from);
    return /^(0|[1-9][0-9]*)$/.test(strings[index]!) ? index : fail("BIGINTS: not a decimal integer");
  });
  const templates = indexed("TEMPLATES", (from) =>
    from.toEnd((): Template => ({
      cooked: from.optionalIndex(strings.length, "string"),
      raw: from.index(strings.length, "string"),
    })),
  );
  const regexpSection = fixed("REGEXPS", 8);
  const regexps = Array.from({ length: regexpSection.count }, () => ({
    pattern: stringIndexAt(regexpSection.from),
    flags: stringIndexAt(regexpSection.from),
  }));
  const functionCount = sections.get("FUNCTIONS")?.count ?? fail("no FUNCTIONS section");
  const limits = [strings.length, numbers.length, bigints.length, templates.length, regexps.length];
  const hasSource = sections.has("SOURCE");
  const functions = indexed("FUNCTIONS", (from, index) => readFunction(from, index, { hasSource, strings: strings.length, functionCount, limits }));
  const lines = sections.get("LINES");
  if (lines && lines.count !== functionCount) fail(`lines of ${lines.count} functions, there are ${functionCount}`);
  indexed("LINES", (from, i) => (functions[i]!.lines = readLines(from, functions[i]!.code.length, strings.length)));
  const mainFunction = u32At(bytes, 24);
  if (mainFunction >= functions.length) fail(`main function ${mainFunction} of ${functions.length}`);
  const filename = u32At(bytes, 28);
  if (filename > strings.length) fail(`file name: string ${filename - 1} of ${strings.length}`);
  const moduleReader = reader("MODULE");
  const module = moduleReader ? readModule(moduleReader, strings.length, functions[mainFunction]!.moduleScopeSlots) : null;
  if ((module !== null) !== ((flags & fileFlags.MODULE) !== 0)) fail("the MODULE flag and section do not agree");
  const sourceReader = reader("SOURCE");
  const source = sourceReader ? readUtf8(sourceReader) : null;
  return { flags, filename: filename - 1, mainFunction, strings, numbers, bigints, functions, templates, regexps, module, source };
}

function readString(from: Reader, isWide: boolean): string {
  let unitBytes = 1;
  if (isWide) {
    const encoding = from.u8();
    if (encoding === wideEncodings.UTF8) return readUtf8(from);
    if (encoding !== wideEncodings.UTF16) fail(`${from.what}: encoding ${encoding}`);
    unitBytes = 2;
    if ((from.end - from.at) % 2 !== 0) fail(`${from.what}: half a unit`);
  }
  let text = "";
  const units: number[] = [];
  for (; from.at < from.end; from.at += unitBytes) {
    units.push(unitBytes === 2 ? from.bytes[from.at]! | (from.bytes[from.at + 1]! << 8) : from.bytes[from.at]!);
    if (units.length === 4096 || from.at + unitBytes === from.end) {
      text += String.fromCharCode(...units);
      units.length = 0;
    }
  }
  return text;
}

interface FunctionContext {
  hasSource: boolean;
  strings: number;
  functionCount: number;
  /** Table sizes by constant kind. */
  limits: number[];
}

function readFunction(from: Reader, self: number, context: FunctionContext): FunctionRecord {
  const flags = from.varint();
  if (flags & ~knownFunctionFlags) fail(`${from.what}: unknown flags ${flags}`);
  const name = from.optionalIndex(context.strings, "name string");
  const nparams = from.varint();
  const length = from.varint();
  const nregs = from.varint();
  const fixedRegisters = nparams + (flags & functionFlags.USES_ARGUMENTS ? 1 : 0) + (flags & functionFlags.HAS_REST ? 1 : 0);
  if (nregs > MAX_REGISTERS || fixedRegisters > nregs) fail(`${from.what}: ${nparams} parameters in ${nregs} registers`);
  const parts = from.u8();
  if (parts & ~knownParts) fail(`${from.what}: unknown parts ${parts}`);
  const moduleScopeSlots = parts & partFlags.MODULE_SCOPE ? from.varint() : 0;
  if (moduleScopeSlots > 0xffff || (flags & functionFlags.MODULE_MAIN && nregs === 0)) fail(`${from.what}: module scope`);
  const sourceStart = context.hasSource ? from.varint() : 0;
  const sourceEnd = sourceStart + (context.hasSource ? from.varint() : 0);
  const codeLength = from.varint();
  const part = (flag: number): number => (parts & flag ? from.varint() : 0);
  const announced = { codeLength, constants: part(partFlags.CONSTANTS), sites: part(partFlags.SITES) };
  const list = <T>(flag: number, of: string, read: () => T): T[] => (parts & flag ? Array.from({ length: from.count(of) }, read) : []);
  let isRun = false;
  let previous = -1;
  const children = list(partFlags.CHILDREN, "children", () => {
    if (previous < 0) {
      const head = from.varint();
      isRun = (head & 1) === 1;
      previous = head >>> 1;
    } else previous = isRun ? previous + 1 : from.varint();
    if (previous >= context.functionCount) fail(`${from.what}: child function ${previous} of ${context.functionCount}`);
    return previous > self ? previous : fail(`${from.what}: child function ${previous} is not after its parent`);
  });
  const shapes = list(partFlags.SHAPES, "shapes", () => Array.from({ length: from.count("keys") }, () => from.index(context.strings, "shape key")));
  const inCode = (of: string): number => {
    const value = from.varint();
    return value <= codeLength ? value : fail(`${from.what}: ${of} ${value} of ${codeLength} bytes of code`);
  };
  const exceptions = list(partFlags.EXCEPTIONS, "exception entries", () => ({
    start: inCode("range start"),
    length: inCode("range length"),
    handler: inCode("handler"),
    register: from.index(nregs, "exception register"),
  }));
  const tables = list(partFlags.TABLES, "tables", () =>
    Array.from({ length: from.count("table entries") }, () => {
      const value = from.varint();
      const isNumber = (value & 1) === 1;
      const key = value >>> 1;
      if (!isNumber && key >= context.strings) fail(`${from.what}: table string ${key} of ${context.strings}`);
      return { isNumber, key: isNumber ? (key >>> 1) ^ -(key & 1) : key, target: inCode("table target") };
    }),
  );
  // An instruction of no operand that is written takes a byte, and is itself at most seven.
  if (codeLength > MAX_INSTRUCTION_BYTES * (from.end - from.at)) fail(`${from.what}: ${codeLength} bytes of code do not fit`);
  const { code, constants, sites } = unpack(from, announced, (message) => fail(`${from.what}: ${message}`));
  if (from.at !== from.end) fail(`${from.what}: ${from.end - from.at} bytes are left over`);
  for (const { kind, index } of constants) {
    const limit = context.limits[kind] ?? fail(`${from.what}: constant kind ${kind}`);
    if (index >= limit) fail(`${from.what}: constant ${index} of kind ${kind}, there are ${limit}`);
  }
  for (const site of sites) if (site >= context.strings) fail(`${from.what}: site key ${site} of ${context.strings}`);
  return {
    flags,
    name,
    nparams,
    length,
    nregs,
    code,
    moduleScopeSlots,
    constants,
    sites,
    children,
    shapes,
    exceptions,
    tables,
    sourceStart,
    sourceEnd,
    lines: [],
  };
}

function readLines(from: Reader, codeLength: number, strings: number): LineEntry[] {
  let pc = 0;
  let line = 0;
  let column = 0;
  let file = -1;
  return from.toEnd(() => {
    const head = from.varint();
    const change = head & 3;
    pc += head >>> 2;
    if (change === 3) file = from.optionalIndex(strings, "string");
    line += change >= 2 ? from.zigzag() : change;
    column += from.zigzag();
    if (pc >= codeLength || line < 1 || column < 1) fail(`${from.what}: position out of range`);
    return { pc, line, column, file };
  });
}

function readModule(from: Reader, strings: number, slots: number): ModuleRecord {
  const requests = Array.from({ length: from.count("requests") }, () => from.index(strings, "string"));
  const imports = Array.from({ length: from.count("imports") }, () => ({
    request: from.index(requests.length, "request"),
    name: from.optionalIndex(strings, "string"),
  }));
  const exports = Array.from({ length: from.count("exports") }, (): ExportRecord => {
    const name = from.index(strings, "string");
    const kind = from.varint();
    switch (kind) {
      case exportKinds.LOCAL:
        return { name, kind, a: from.index(slots, "module slot"), b: 0 };
      case exportKinds.INDIRECT:
        return { name, kind, a: from.index(requests.length, "request"), b: from.index(strings, "string") };
      case exportKinds.NAMESPACE:
        return { name, kind, a: from.index(requests.length, "request"), b: 0 };
      case exportKinds.STAR:
        return { name, kind, a: from.index(requests.length, "request"), b: from.varint() };
      default:
        return fail(`${from.what}: export kind ${kind}`);
    }
  });
  return { requests, imports, exports };
}

function readUtf8(from: Reader): string {
  const { bytes, end } = from;
  const units: number[] = [];
  let text = "";
  const next = (): number => {
    const byte = from.at < end ? bytes[from.at++]! : 0;
    return (byte & 0xc0) === 0x80 ? byte & 63 : fail("SOURCE: not UTF-8");
  };
  while (from.at < end) {
    const byte = bytes[from.at++]!;
    if (byte < 0x80) units.push(byte);
    else if (byte >= 0xc2 && byte < 0xe0) units.push(((byte & 31) << 6) | next());
    else if (byte >= 0xe0 && byte < 0xf0) units.push(((byte & 15) << 12) | (next() << 6) | next());
    else if (byte >= 0xf0 && byte < 0xf5) {
      const point = (((byte & 7) << 18) | (next() << 12) | (next() << 6) | next()) - 0x10000;
      if (point < 0 || point > 0xfffff) fail("SOURCE: not UTF-8");
      units.push(0xd800 + (point >> 10), 0xdc00 + (point & 0x3ff));
    } else fail("SOURCE: not UTF-8");
    if (units.length > 4096 || from.at === end) {
      text += String.fromCharCode(...units);
      units.length = 0;
    }
  }
  return text;
}

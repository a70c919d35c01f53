/**
 * Loaded bytecode (docs/engine.md, "Bytecode file"): BYTECODE cells hold a file's bytes, CODE cells a function. Everything is made on demand: a CODE when its
 * closure is first made, its constants, caches and tables when it is first called (prepare), a string when something names it.
 * So loading costs a checksum and a walk over the section table, and functions that never run cost nothing.
 */
import { Value, fromString, fromInt, fromF64, fromBigInt, UNDEFINED, EXCEPTION } from "./value";
import { allocate, tryAllocate, storePtr, newValues, initValueAt, remember, rawAlloc, rawFree } from "./heap";
import { KIND_BYTECODE, KIND_CODE, KIND_POINTERS, KIND_SITES, KIND_WORDS, KIND_TABLE, KIND_OBJECT, PROTO_OBJECT } from "./generated/kinds";
import {
  FILE_MAGIC, FILE_VERSION, FILE_HEADER_SIZE, FILE_SECTION_ENTRY_SIZE, FILE_CHECKSUM_START, OPCODE_TABLE_HASH, SECTION_STRINGS, SECTION_NUMBERS, SECTION_BIGINTS, SECTION_FUNCTIONS, SECTION_LINES,
  SECTION_TEMPLATES, SECTION_REGEXPS, SECTION_SOURCE, CONST_STRING, CONST_NUMBER, CONST_BIGINT, CONST_REGEXP, MAX_REGISTERS, INDEX_STRIDE, WIDE_UTF8, WIDE_UTF16,
  PART_MODULE_SCOPE, PART_CONSTANTS, PART_SITES, PART_CHILDREN, PART_SHAPES, PART_EXCEPTIONS, PART_TABLES, FILE_FLAG_LIBRARY, FN_FLAGS_END, FN_HAS_REST, FN_LIBRARY, FN_USES_ARGUMENTS, crc32,
} from "./generated/layout";
import { throwSyntaxError, throwWithString, ERR_SYNTAX } from "./errors";
import { sbFinish, sbPushLiteral, sbReset } from "./stringbuilder";
import { fromLatin1, fromUtf16, fromUtf8, internString, emptyString, substring } from "./string";
import { START_CURSOR, libraryClosed, proto, setExceptionValue } from "./state";
import { keyOfString, rootShape, toKey } from "./object";
import { shapeAdding, ATTRS_DATA } from "./shape";
import { parseBigIntString } from "./natives/bigint";
import { readInstructions } from "./instructions";

// BYTECODE cell.
const FILE_DATA: usize = 160;
@inline export function fileLength(f: usize): u32 { return load<u32>(f, 4); }
@inline export function fileStrings(f: usize): usize { return load<u32>(f, 8); }
@inline export function fileFunctions(f: usize): usize { return load<u32>(f, 12); }
@inline export function fileTemplates(f: usize): usize { return load<u32>(f, 136); }
@inline export function fileFlags(f: usize): u32 { return load<u32>(f, 140); }
@inline export function fileName(f: usize): usize { return load<u32>(f, 144); }
@inline export function fileModule(f: usize): usize { return load<u32>(f, 148); }
@inline export function setFileModule(f: usize, m: usize): void { storePtr(f, f + 148, m); }
@inline export function fileMain(f: usize): u32 { return load<u32>(f, 152); }
@inline export function fileBytes(f: usize): usize { return f + FILE_DATA; }
@inline function sectionField(f: usize, id: i32): usize { return f + 16 + <usize>(id - 1) * 12; }
/** Address, length, count of a section; all 0 when absent. */
@inline export function sectionStart(f: usize, id: i32): usize { return load<u32>(sectionField(f, id)); }
@inline export function sectionLength(f: usize, id: i32): u32 { return load<u32>(sectionField(f, id), 4); }
@inline export function sectionCount(f: usize, id: i32): u32 { return load<u32>(sectionField(f, id), 8); }
@inline export function sectionEnd(f: usize, id: i32): usize { return sectionStart(f, id) + sectionLength(f, id); }

// CODE cell.
// There are more than a thousand in every image, most of them never run: what only some runs need is read from the function's record again (tail).
const CODE_BYTES: i32 = 56;
@inline export function codeFile(c: usize): usize { return load<u32>(c, 4); }
@inline export function codeFlags(c: usize): u32 { return <u32>load<u16>(c, 8); }
@inline export function codeModuleSlots(c: usize): u32 { return <u32>load<u16>(c, 10); }
@inline export function codeParams(c: usize): u32 { return <u32>load<u8>(c, 12); }
@inline export function codeRegs(c: usize): u32 { return <u32>load<u8>(c, 13); }
@inline export function codeFnLength(c: usize): u32 { return <u32>load<u8>(c, 14); }
/** Inline slots to give to instances of this constructor; learnt. */
@inline export function codeInstanceSlots(c: usize): u32 { return <u32>load<u8>(c, 15); }
@inline export function setCodeInstanceSlots(c: usize, n: u32): void { store<u8>(c, <u8>n, 15); }
/** First instruction, in a WORDS cell that is the function's own. Before prepare the field holds the end of the function's record. */
@inline export function codeStart(c: usize): usize { return load<u32>(c, 16); }
@inline function recordEnd(c: usize): usize { return load<u32>(c, 16); }
/** Number of the function in its file. */
@inline function codeIndex(c: usize): u32 { return load<u32>(c, 20); }
/** VALUES cell, or the CODE itself when there are none; 0 before prepare. */
@inline export function codeConstants(c: usize): usize { return load<u32>(c, 24); }
@inline export function codeSites(c: usize): usize { return load<u32>(c, 28); }
@inline export function codeChildren(c: usize): usize { return load<u32>(c, 32); }
@inline export function codeShapes(c: usize): usize { return load<u32>(c, 36); }
/** WORDS cell of 16 bytes an entry {start, end, handler, register}; 0 when there are none. */
@inline export function codeExceptions(c: usize): usize { return load<u32>(c, 40); }
@inline export function codeExceptionCount(c: usize): u32 { const e = codeExceptions(c); return e ? load<u32>(e, 4) >>> 4 : 0; }
@inline export function codeTables(c: usize): usize { return load<u32>(c, 44); }
@inline export function codeName(c: usize): usize { return load<u32>(c, 48); }
/** Where the function's record says which parts it has. */
@inline function codeParts(c: usize): usize { return load<u32>(c, 52); }
@inline export function isPrepared(c: usize): bool { return codeConstants(c) != 0; }

// POINTERS cell.
export function newPointers(count: u32): usize {
  const p = allocate(8 + <i32>(count << 2), KIND_POINTERS);
  store<u32>(p, count, 4);
  return p;
}
@inline export function pointerAt(cell: usize, i: u32): usize { return load<u32>(cell + (<usize>i << 2), 8); }
@inline export function setPointerAt(cell: usize, i: u32, ptr: usize): void { storePtr(cell, cell + 8 + (<usize>i << 2), ptr); }

// SITES cell: +4 count, +8 entries of SITE_BYTES {key, shape, slot, holder, epoch, extra}.
export const SITE_BYTES: usize = 24;
export const SITE_SHAPE: usize = 4, SITE_SLOT: usize = 8, SITE_HOLDER: usize = 12, SITE_EPOCH: usize = 16, SITE_EXTRA: usize = 20;

// Reading varints. The cursor is a cell in static memory: functions return the number and advance it; past the end reads as 0 and sets the error flag.
const CURSOR: usize = START_CURSOR;
@inline export function seek(at: usize, end: usize): void { store<u32>(CURSOR, <u32>at); store<u32>(CURSOR, <u32>end, 4); store<u32>(CURSOR, 0, 8); }
@inline export function cursor(): usize { return load<u32>(CURSOR); }
@inline export function cursorFailed(): bool { return load<u32>(CURSOR, 8) != 0; }
export function varint(): u32 {
  let at = <usize>load<u32>(CURSOR);
  const end = <usize>load<u32>(CURSOR, 4);
  let n: u32 = 0, shift: u32 = 0;
  while (true) {
    if (at >= end || shift > 28) { store<u32>(CURSOR, 1, 8); break; }
    const b = <u32>load<u8>(at++);
    n |= (b & 127) << shift;
    if (b < 128) break;
    shift += 7;
  }
  store<u32>(CURSOR, <u32>at);
  return n;
}
@inline export function zigzag(n: u32): i32 { return <i32>(n >>> 1) ^ -<i32>(n & 1); }

function malformed(): usize { throwSyntaxError("Malformed bytecode"); return 0; }
function malformedIn(what: string): bool { sbReset(); sbPushLiteral("Malformed bytecode: "); sbPushLiteral(what); throwWithString(ERR_SYNTAX, sbFinish()); return false; }

/** From this length on the tables below are worth making. */
const SLICING_FROM: u32 = 32768;

/** CRC-32 of a file. Large ones by eight bytes at once, with eight tables (Kounavis and Berry, "A Systematic Approach to Building High Performance Software-based CRC Generators", 2005). */
function fileChecksum(start: usize, length: u32): u32 {
  const tables = length < SLICING_FROM ? 0 : rawAlloc(8 << 10);
  if (!tables) return crc32(start, length);
  for (let i: u32 = 0; i < 256; i++) {
    let c = i;
    for (let bit = 0; bit < 8; bit++) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1;
    store<u32>(tables + (<usize>i << 2), c);
  }
  for (let i: usize = 256 << 2; i < 8 << 10; i += 4) {
    const before = load<u32>(tables + i - (256 << 2));
    store<u32>(tables + i, load<u32>(tables + (<usize>(before & 255) << 2)) ^ (before >>> 8));
  }
  let c: u32 = 0xffffffff, p = start;
  for (const end = start + (length & ~7); p < end; p += 8) {
    const a = load<u32>(p) ^ c, b = load<u32>(p, 4);
    c = load<u32>(tables + (<usize>(a & 255) << 2), 7 << 10) ^ load<u32>(tables + (<usize>(a >>> 8 & 255) << 2), 6 << 10)
      ^ load<u32>(tables + (<usize>(a >>> 16 & 255) << 2), 5 << 10) ^ load<u32>(tables + (<usize>(a >>> 24) << 2), 4 << 10)
      ^ load<u32>(tables + (<usize>(b & 255) << 2), 3 << 10) ^ load<u32>(tables + (<usize>(b >>> 8 & 255) << 2), 2 << 10)
      ^ load<u32>(tables + (<usize>(b >>> 16 & 255) << 2), 1 << 10) ^ load<u32>(tables + (<usize>(b >>> 24) << 2));
  }
  for (const end = start + length; p < end; p++) c = load<u32>(tables + (<usize>((c ^ <u32>load<u8>(p)) & 255) << 2)) ^ (c >>> 8);
  rawFree(tables);
  return c ^ 0xffffffff;
}

/** Check and copy a bytecode file into the heap. 0 with a SyntaxError pending when it is not one. */
export function loadFile(bytes: usize, length: u32): usize {
  if (length < <u32>FILE_HEADER_SIZE || load<u32>(bytes) != FILE_MAGIC) { throwSyntaxError("Not a bytecode file"); return 0; }
  if (load<u16>(bytes, 4) != FILE_VERSION || load<u32>(bytes, 16) != OPCODE_TABLE_HASH) { throwSyntaxError("The bytecode was made by another version of the compiler"); return 0; }
  if (load<u32>(bytes, 8) != length) { throwSyntaxError("The bytecode file is truncated"); return 0; }
  if (load<u32>(bytes, 12) != fileChecksum(bytes + FILE_CHECKSUM_START, length - FILE_CHECKSUM_START)) { throwSyntaxError("The bytecode file is damaged (checksum)"); return 0; }
  const f = tryAllocate(<i64>FILE_DATA + <i64>length, KIND_BYTECODE);
  if (!f) return 0;
  store<u32>(f, length, 4);
  const data = f + FILE_DATA;
  memory.copy(data, bytes, length);
  const sections = load<u32>(data, 20);
  if (sections > 64 || <u32>FILE_HEADER_SIZE + sections * FILE_SECTION_ENTRY_SIZE > length) return malformed();
  for (let i: u32 = 0; i < sections; i++) {
    const entry = data + FILE_HEADER_SIZE + <usize>i * FILE_SECTION_ENTRY_SIZE;
    const id = load<u32>(entry), offset = load<u32>(entry, 4), size = load<u32>(entry, 8), count = load<u32>(entry, 12);
    if (offset > length || size > length - offset || offset & 7) return malformed();
    if (id < 1 || id > 10) continue;
    let least: u64 = 0;
    if (id == SECTION_STRINGS || id == SECTION_FUNCTIONS || id == SECTION_LINES || id == SECTION_TEMPLATES) least = <u64>count + ((<u64>count + INDEX_STRIDE - 1) / INDEX_STRIDE << 2);
    else if (id == SECTION_BIGINTS) least = <u64>count << 2;
    else if (id == SECTION_NUMBERS || id == SECTION_REGEXPS) least = <u64>count << 3;
    if (least > <u64>size) return malformed();
    const field = sectionField(f, id);
    store<u32>(field, <u32>data + offset);
    store<u32>(field, size, 4);
    store<u32>(field, count, 8);
  }
  const flags = <u32>load<u16>(data, 6);
  if (flags & FILE_FLAG_LIBRARY && libraryClosed()) { throwSyntaxError("Malformed bytecode: library code"); return 0; }
  store<u32>(f, flags, 140);
  const main = load<u32>(data, 24);
  if (main >= sectionCount(f, SECTION_FUNCTIONS)) return malformed();
  store<u32>(f, main, 152);
  storePtr(f, f + 8, newPointers(sectionCount(f, SECTION_STRINGS)));
  storePtr(f, f + 12, newPointers(sectionCount(f, SECTION_FUNCTIONS)));
  if (sectionCount(f, SECTION_TEMPLATES)) storePtr(f, f + 136, newPointers(sectionCount(f, SECTION_TEMPLATES)));
  const filename = load<u32>(data, 28);
  const name = filename ? fileString(f, filename - 1) : emptyString();
  if (!name) return 0;
  storePtr(f, f + 144, name);
  return f;
}

/**
 * Put the cursor on item i of a section whose items stand one after the other, each after its length; its end is the item's. The low `flagBits` of the length, which
 * say more of it, are the result; -1 when malformed. The section must have so many items.
 */
export function seekItem(f: usize, id: i32, i: u32, flagBits: u32): i32 {
  const start = sectionStart(f, id), end = sectionEnd(f, id), offset = load<u32>(start + (<usize>(i / INDEX_STRIDE) << 2));
  if (offset >= sectionLength(f, id)) return -1;
  let at = start + offset;
  let skipped = i % INDEX_STRIDE;
  while (true) {
    if (at >= end) return -1;
    let head = <u32>load<u8>(at);
    if (head < 128) at++;
    else {
      seek(at, end);
      head = varint();
      if (cursorFailed()) return -1;
      at = cursor();
    }
    const size = head >>> flagBits;
    if (size > <u32>(end - at)) return -1;
    if (!skipped--) {
      seek(at, at + size);
      return <i32>(head & ((1 << flagBits) - 1));
    }
    at += size;
  }
}
@inline export function cursorEnd(): usize { return load<u32>(CURSOR, 4); }

/** Interned string i of a file; 0 with an error when malformed. */
export function fileString(f: usize, i: u32): usize {
  if (i >= sectionCount(f, SECTION_STRINGS)) return malformed();
  const cell = fileStrings(f);
  const known = pointerAt(cell, i);
  if (known) return known;
  const wide = seekItem(f, SECTION_STRINGS, i, 1);
  if (wide < 0) return malformed();
  const at = cursor(), length = <u32>(cursorEnd() - at);
  let s: usize = 0;
  if (!wide) s = fromLatin1(at, length);
  else if (length == 0) return malformed();
  else if (load<u8>(at) == WIDE_UTF8) s = fromUtf8(at + 1, length - 1);
  else if (load<u8>(at) == WIDE_UTF16 && length & 1) s = fromUtf16(at + 1, length >>> 1);
  else return malformed();
  if (!s) return 0;
  const interned = internString(s);
  setPointerAt(cell, i, interned);
  return interned;
}

/** CODE of function i of a file; 0 with an error when malformed. */
export function fileFunction(f: usize, i: u32): usize {
  if (i >= sectionCount(f, SECTION_FUNCTIONS)) return malformed();
  const cell = fileFunctions(f);
  const known = pointerAt(cell, i);
  if (known) return known;
  if (seekItem(f, SECTION_FUNCTIONS, i, 0) < 0) return malformed();
  const end = cursorEnd(), flags = varint(), nameIndex = varint(), nparams = varint(), length = varint(), nregs = varint(), rest = cursor(), moduleSlots = varint() & PART_MODULE_SCOPE ? varint() : 0;
  if (cursorFailed() || nregs > <u32>MAX_REGISTERS || length > nparams || flags >= <u32>FN_FLAGS_END || moduleSlots > 0xffff) return malformed();
  if (nparams > nregs || nparams + (flags & FN_USES_ARGUMENTS ? 1 : 0) + (flags & FN_HAS_REST ? 1 : 0) > nregs) return malformed();
  if (flags & FN_LIBRARY && !(fileFlags(f) & FILE_FLAG_LIBRARY)) return malformed();
  const name = nameIndex ? fileString(f, nameIndex - 1) : emptyString();
  if (!name) return 0;
  const c = allocate(CODE_BYTES, KIND_CODE);
  store<u32>(c, <u32>f, 4);
  store<u16>(c, <u16>flags, 8);
  store<u16>(c, <u16>moduleSlots, 10);
  store<u8>(c, <u8>nparams, 12);
  store<u8>(c, <u8>nregs, 13);
  store<u8>(c, <u8>length, 14);
  store<u32>(c, <u32>end, 16);
  store<u32>(c, i, 20);
  store<u32>(c, <u32>name, 48);
  store<u32>(c, <u32>rest, 52);
  setPointerAt(cell, i, c);
  return c;
}

/** A constant as instructions load it: for a template or regexp its number, which TEMPLATE and REGEXP look up. EXCEPTION when malformed. */
export function constantValue(f: usize, kind: i32, index: u32): Value {
  if (kind == CONST_STRING) {
    const s = fileString(f, index);
    return s ? fromString(s) : EXCEPTION;
  }
  if (kind == CONST_NUMBER) return index < sectionCount(f, SECTION_NUMBERS) ? fromF64(load<f64>(sectionStart(f, SECTION_NUMBERS) + (<usize>index << 3))) : EXCEPTION;
  if (kind == CONST_BIGINT) {
    if (index >= sectionCount(f, SECTION_BIGINTS)) return EXCEPTION;
    const text = fileString(f, load<u32>(sectionStart(f, SECTION_BIGINTS) + (<usize>index << 2)));
    const big = text ? parseBigIntString(text) : 0;
    return big ? fromBigInt(big) : EXCEPTION;
  }
  return kind <= CONST_REGEXP ? fromInt(<i32>index) : EXCEPTION;
}

/** Make a function's instructions, constants, caches and tables from its record. False with an error when malformed. */
@noinline export function prepare(c: usize): bool {
  const f = codeFile(c);
  const end = recordEnd(c);
  seek(codeParts(c), end);
  const parts = <i32>varint();
  if (parts & PART_MODULE_SCOPE) varint();
  if (sectionLength(f, SECTION_SOURCE)) { varint(); varint(); }
  const codeLength = varint(), constCount = parts & PART_CONSTANTS ? varint() : 0, siteCount = parts & PART_SITES ? varint() : 0;
  const left = <u32>(end - cursor());
  // Each takes a byte at least, an instruction of one byte is at most seven.
  if (cursorFailed() || constCount > left || siteCount > left || codeLength == 0 || codeLength / 7 > left) return malformedIn("counts");
  // Children
  let childCount: u32 = 0, children: usize = 0;
  if (parts & PART_CHILDREN) {
    // Indices until the closure is first made: kept as (index << 1) | 1, which no pointer is.
    const count = sectionCount(f, SECTION_FUNCTIONS);
    childCount = varint();
    const head = varint();
    if (cursorFailed() || childCount == 0 || childCount > count) return malformedIn("functions");
    children = newPointers(childCount);
    for (let i: u32 = 0, index = head >>> 1; i < childCount; i++) {
      if (index >= count) return malformedIn("functions");
      store<u32>(children + (<usize>i << 2), (index << 1) | 1, 8);
      if (head & 1) index++;
      else if (i + 1 < childCount) index = varint();
    }
  }
  // Literal shapes
  let shapeCount: u32 = 0, shapes: usize = 0;
  if (parts & PART_SHAPES) {
    shapeCount = varint();
    if (cursorFailed() || shapeCount > <u32>(end - cursor())) return malformedIn("literal shapes");
    shapes = newPointers(shapeCount);
    for (let i: u32 = 0; i < shapeCount; i++) {
      const n = varint();
      let at = cursor();
      if (cursorFailed() || n > 255) return malformedIn("literal shapes");
      let shape = rootShape(proto(PROTO_OBJECT), KIND_OBJECT, literalCap(n));
      for (let j: u32 = 0; j < n; j++) {
        seek(at, end);
        const index = varint();
        at = cursor();
        const s = cursorFailed() ? 0 : fileString(f, index);
        const key = s ? keyOfString(s) : 0;
        if (!key) return malformedIn("literal shapes");
        shape = shapeAdding(shape, key, ATTRS_DATA, false);
      }
      setPointerAt(shapes, i, shape);
      seek(at, end);
    }
  }
  // Exceptions
  let exceptions: usize = 0;
  if (parts & PART_EXCEPTIONS) {
    const count = varint();
    if (cursorFailed() || count > <u32>(end - cursor())) return malformedIn("exception table");
    exceptions = allocate(8 + <i32>(count << 4), KIND_WORDS);
    store<u32>(exceptions, count << 4, 4);
    for (let i: u32 = 0; i < count; i++) {
      const entry = exceptions + 8 + (<usize>i << 4);
      const start = varint(), length = varint(), handler = varint(), reg = varint();
      store<u32>(entry, start);
      store<u32>(entry, start + length, 4);
      store<u32>(entry, handler, 8);
      store<u32>(entry, reg, 12);
    }
  }
  // Switch tables: open addressed. +4 mask, +8 cells {key Value, target u32, used u32}
  let tableCount: u32 = 0, tables: usize = 0;
  if (parts & PART_TABLES) {
    tableCount = varint();
    if (cursorFailed() || tableCount > <u32>(end - cursor())) return malformedIn("switch tables");
    tables = newPointers(tableCount);
    for (let i: u32 = 0; i < tableCount; i++) {
      const n = varint();
      if (cursorFailed() || n > <u32>(end - cursor())) return malformedIn("switch tables");
      let size: u32 = 4;
      while (size < n * 2) size <<= 1;
      const table = allocate(8 + <i32>(size << 4), KIND_TABLE);
      store<u32>(table, size - 1, 4);
      setPointerAt(tables, i, table);
      let at = cursor();
      for (let j: u32 = 0; j < n; j++) {
        seek(at, end);
        const head = varint(), target = varint();
        at = cursor();
        if (cursorFailed()) return malformedIn("switch tables");
        let key: Value;
        if (head & 1) key = fromInt(zigzag(head >>> 1));
        else {
          const s = fileString(f, head >>> 1);
          if (!s) return false;
          key = fromString(s);
        }
        tableInsert(table, key, target);
      }
      seek(at, end);
    }
  }
  if (cursorFailed()) return malformedIn("tables");
  const constants = newValues(<i32>constCount);
  for (let i: u32 = 0; i < constCount; i++) initValueAt(constants, i, UNDEFINED);
  let sites: usize = 0;
  if (siteCount) {
    sites = allocate(8 + <i32>siteCount * <i32>SITE_BYTES, KIND_SITES);
    store<u32>(sites, siteCount, 4);
  }
  const words = allocate(8 + <i32>codeLength, KIND_WORDS);
  store<u32>(words, codeLength, 4);
  if (!readInstructions(c, words, cursor(), end, constants, sites, childCount, shapeCount, exceptions, tables, tableCount)) return malformedIn("instructions");
  store<u32>(c, <u32>words + 8, 16); // remembered with the others
  storePtr(c, c + 28, sites);
  storePtr(c, c + 32, children);
  storePtr(c, c + 36, shapes);
  storePtr(c, c + 40, exceptions);
  storePtr(c, c + 44, tables);
  storePtr(c, c + 24, constants);
  return true;
}
/** Prepare the functions that closures were made of: what is left for the first call is the call. Those that cannot be stay as they are, and fail when called. */
export function prepareMade(f: usize): void {
  const functions = fileFunctions(f);
  for (let i: u32 = 0, n = load<u32>(functions, 4); i < n; i++) {
    const c = pointerAt(functions, i);
    if (c && !isPrepared(c) && !prepare(c)) setExceptionValue(UNDEFINED);
  }
}
/** Put the cursor on the function's line records, its end theirs. False when there are none. */
export function seekLines(c: usize): bool {
  const f = codeFile(c), i = codeIndex(c);
  return i < sectionCount(f, SECTION_LINES) && seekItem(f, SECTION_LINES, i, 0) >= 0;
}

/** Inline slots for a literal of n properties. */
export function literalCap(n: u32): u32 { return n == 0 ? 4 : n <= 32 ? (n + 1) & ~1 : 32; }

/** CODE of child i, made when first asked for. 0 with an error when malformed. */
export function childCode(c: usize, i: u32): usize {
  const children = codeChildren(c);
  const p = pointerAt(children, i);
  if (!(p & 1)) return p;
  const child = fileFunction(codeFile(c), <u32>p >>> 1);
  if (child) setPointerAt(children, i, child);
  return child;
}

/** Children of prepared functions whose CODE is there already, as if they had been asked for. */
export function linkChildren(f: usize): void {
  const functions = fileFunctions(f);
  for (let i: u32 = 0, n = load<u32>(functions, 4); i < n; i++) {
    const c = pointerAt(functions, i);
    if (!c || !isPrepared(c) || !codeChildren(c)) continue;
    const children = codeChildren(c);
    for (let k: u32 = 0; k < load<u32>(children, 4); k++) {
      const p = pointerAt(children, k), made = p & 1 ? pointerAt(functions, <u32>p >>> 1) : 0;
      if (made) setPointerAt(children, k, made);
    }
  }
}

@inline function tableHash(key: Value): u32 { const h = <u32>key * 0x9e3779b1; return h ^ (h >>> 16); }
function tableInsert(t: usize, key: Value, target: u32): void {
  const mask = load<u32>(t, 4);
  let at = tableHash(key) & mask;
  while (load<u32>(t + (<usize>at << 4), 20)) {
    if (load<u64>(t + (<usize>at << 4), 8) == key) return; // the first of equal cases wins
    at = (at + 1) & mask;
  }
  const entry = t + 8 + (<usize>at << 4);
  store<u64>(entry, key);
  store<u32>(entry, target, 8);
  store<u32>(entry, 1, 12);
}
/** Target (code offset) of an int32 or interned string, -1 when not in the table. */
export function tableFind(t: usize, key: Value): i32 {
  const mask = load<u32>(t, 4);
  let at = tableHash(key) & mask;
  while (load<u32>(t + (<usize>at << 4), 20)) {
    if (load<u64>(t + (<usize>at << 4), 8) == key) return load<i32>(t + (<usize>at << 4), 16);
    at = (at + 1) & mask;
  }
  return -1;
}

/** Source text of a function, 0 when the file has none. */
export function functionSourceText(c: usize): usize {
  const f = codeFile(c);
  if (!sectionLength(f, SECTION_SOURCE)) return 0;
  let text = <usize>load<u32>(f, 156);
  if (!text) {
    text = fromUtf8(sectionStart(f, SECTION_SOURCE), sectionLength(f, SECTION_SOURCE));
    if (!text) return 0;
    storePtr(f, f + 156, text);
  }
  seek(codeParts(c), sectionEnd(f, SECTION_FUNCTIONS));
  if (varint() & PART_MODULE_SCOPE) varint();
  const length = <u32>load<u32>(text, 4), from = min(varint(), length), to = <u32>min<u64>(<u64>from + varint(), length);
  return from < to ? substring(text, from, to) : 0;
}

/**
 * From a function's record to instructions that run, once, before the function's first call (docs/engine.md, "Instructions in a file"), and their verification at the
 * same time: every instruction is whole, registers lie in the window, indices in their tables, jumps, handlers and switch targets on instruction boundaries, and control
 * cannot run off the end. After this the interpreter needs no checks of its own.
 * Call windows may end beyond the frame's own registers only for the argument registers the instruction itself names, which are checked here.
 */
import { opcodeInfo, OP_CALL, OP_CALLU, OP_GETSYNCITER, OP_ITERVALUE, OP_NEW, OP_INTRINSIC, OP_CALLV, OP_NEWV, OP_GETITER, OP_GETASYNCITER, OP_FORIN, OP_CLASS, OP_COPYREST, OP_YIELD, OP_ITERNEXT, OP_FORINNEXT, OP_ITERCLOSE, OP_ITERCLOSEQ, OP_TEMPLATE, OP_REGEXP, OP_LOADSPECIAL, OP_RESUME, OP_AWAIT, OP_INITGEN, OP_THROWERR,
  OPERAND_DST, OPERAND_REG, OPERAND_OPT_REG, OPERAND_BASE, OPERAND_I8, OPERAND_U8, OPERAND_I16, OPERAND_U16, OPERAND_K, OPERAND_STR, OPERAND_FN, OPERAND_SITE, OPERAND_SHAPE, OPERAND_TABLE, OPERAND_SLOT, OPERAND_OFF16, OPERAND_OFF32 } from "./generated/opcodes";
import { formInfo, FORM_COUNT, SOURCE_CONSTANT, SOURCE_EXPLICIT, SOURCE_LAST, SOURCE_LAST_LEAST, SOURCE_NEXT, SOURCE_SELF } from "./generated/forms";
import { codeRegs, codeFlags, constantValue, cursor, cursorFailed, fileString, pointerAt, codeFile, sectionCount, seek, varint, zigzag, SITE_BYTES } from "./code";
import { ERR_RANGE } from "./errors";
import { FN_ASYNC, FN_GENERATOR, FN_LIBRARY, EMPTY_SHAPE, NO_REGISTER, SECTION_TEMPLATES, SECTION_REGEXPS, CONST_STRING } from "./generated/layout";
import { NATIVE_COUNT } from "./generated/natives";
import { initValueAt, rawAlloc, rawFree, valueAt } from "./heap";
import { isString, isInt, asInt, EXCEPTION } from "./value";

const SMALL_BITS: usize = memory.data(2048, 8); // boundaries of functions up to 16 KiB

@inline function isBoundary(bits: usize, offset: u32): bool { return (load<u8>(bits + (offset >>> 3)) >>> (offset & 7) & 1) != 0; }

/**
 * Reads the instructions at [at, end) of the function's record into the WORDS cell `words`, which has their length, and fills the cells `constants` and `sites`, which
 * have as many entries as there must be. False when anything is malformed; an exception may be pending then, or not.
 */
export function readInstructions(c: usize, words: usize, at: usize, end: usize, constants: usize, sites: usize, children: u32, shapes: u32, exceptions: usize, tables: usize, tableCount: u32): bool {
  const length = load<u32>(words, 4), bytes = (length >>> 3) + 1;
  let bits = SMALL_BITS;
  if (bytes > 2048) {
    bits = rawAlloc(bytes);
    if (!bits) return false;
  }
  memory.fill(bits, 0, bytes);
  const ok = read(c, words + 8, length, at, end, constants, sites, children, shapes, tableCount, bits) && targetsAreBoundaries(words + 8, length, codeRegs(c), exceptions, tables, tableCount, bits);
  if (bits != SMALL_BITS) rawFree(bits);
  return ok;
}

/** Registers from a `base` operand on that an instruction uses; `p` is the operand. */
function windowOf(op: i32, p: usize): u32 {
  switch (op) {
    case OP_CALL:
    case OP_CALLU:
    case OP_NEW: return 2 + <u32>load<u8>(p, 1);
    case OP_INTRINSIC:
    case OP_COPYREST: return load<u8>(p, 1);
    case OP_CALLV:
    case OP_NEWV: return 3;
    case OP_GETITER:
    case OP_GETASYNCITER:
    case OP_FORIN:
    case OP_CLASS:
    case OP_YIELD:
    case OP_ITERNEXT:
    case OP_ITERVALUE:
    case OP_GETSYNCITER:
    case OP_FORINNEXT:
    case OP_ITERCLOSE:
    case OP_ITERCLOSEQ: return 2;
    default: return 1;
  }
}

/** What an instruction needs of its function; and operands that are numbers of something. */
function isAllowed(op: i32, flags: u32, at: usize): bool {
  switch (op) {
    case OP_LOADSPECIAL:
    case OP_RESUME: return (flags & FN_LIBRARY) != 0;
    case OP_YIELD: return (flags & FN_GENERATOR) != 0;
    case OP_AWAIT: return (flags & FN_ASYNC) != 0;
    case OP_INITGEN: return (flags & (FN_GENERATOR | FN_ASYNC)) != 0;
    case OP_THROWERR: return <i32>load<u8>(at, 1) <= ERR_RANGE;
    default: return true;
  }
}

function read(c: usize, out: usize, length: u32, at: usize, end: usize, constants: usize, sites: usize, children: u32, shapes: u32, tables: u32, bits: usize): bool {
  const f = codeFile(c), flags = codeFlags(c), nregs = codeRegs(c), stop = out + length;
  const constCount = load<u32>(constants, 4), siteCount: u32 = sites ? load<u32>(sites, 4) : 0;
  let constsRead: u32 = 0, sitesRead: u32 = 0, nextChild: u32 = 0, last: u32 = 0, ends: u32 = 0;
  for (let p = out; p < stop;) {
    if (at >= end) return false;
    const number = <u32>load<u8>(at++);
    if (number >= FORM_COUNT) return false;
    const form = formInfo(number), op = <i32>load<u8>(form), info = opcodeInfo(op);
    if (p + load<u8>(info) > stop) return false;
    const offset = <u32>(p - out);
    store<u8>(bits + (offset >>> 3), load<u8>(bits + (offset >>> 3)) | (<u8>1 << <u8>(offset & 7)));
    ends = load<u8>(info, 1);
    store<u8>(p++, <u8>op);
    let self: u32 = 0, written: u32 = 0x100, base: usize = 0;
    for (let i: u32 = 0, n = <u32>load<u8>(info, 2); i < n; i++) {
      const source = <u32>load<u8>(form + i, 1), kind = <i32>load<u8>(info + i, 3);
      let v: u32;
      if (source >= SOURCE_LAST_LEAST) v = last + source - SOURCE_LAST;
      else if (source >= SOURCE_CONSTANT) v = source - SOURCE_CONSTANT;
      else if (source == SOURCE_SELF) v = self;
      else if (source != SOURCE_EXPLICIT && source != SOURCE_NEXT) v = NO_REGISTER;
      else if (source == SOURCE_NEXT && kind == OPERAND_FN) v = nextChild;
      else {
        if (at >= end) return false;
        v = load<u8>(at++);
        // The kinds up to here are one byte.
        if (kind > OPERAND_U8) {
          if (v >= 128) {
            seek(at - 1, end);
            v = varint();
            if (cursorFailed()) return false;
            at = cursor();
          }
          if (kind == OPERAND_SITE) {
            const key = fileString(f, v);
            if (!key || sitesRead >= siteCount) return false;
            store<u32>(sites + <usize>sitesRead * SITE_BYTES, <u32>key, 8);
            v = sitesRead++;
          } else if (kind == OPERAND_K || kind == OPERAND_STR) {
            if (source == SOURCE_NEXT || !(v & 1)) {
              const value = source == SOURCE_NEXT ? constantValue(f, CONST_STRING, v) : constantValue(f, <i32>(v >>> 1 & 7), v >>> 4);
              if (value == EXCEPTION || constsRead >= constCount) return false;
              initValueAt(constants, constsRead, value);
              v = constsRead++;
            } else v >>>= 1;
          } else if (kind == OPERAND_SHAPE) v = v ? v - 1 : EMPTY_SHAPE;
          else if (kind == OPERAND_OFF16 || kind == OPERAND_OFF32 || kind == OPERAND_I16) v = <u32>zigzag(v);
        }
      }
      if (!i) self = v;
      switch (kind) {
        case OPERAND_DST:
          if (v >= nregs) return false;
          if (written > 0xff) written = v;
          store<u8>(p++, <u8>v);
          break;
        case OPERAND_REG:
          if (v >= nregs) return false;
          store<u8>(p++, <u8>v);
          break;
        case OPERAND_OPT_REG:
          if (v >= nregs && v != NO_REGISTER) return false;
          store<u8>(p++, <u8>v);
          break;
        case OPERAND_BASE:
          if (v > 0xff) return false;
          base = p;
          store<u8>(p++, <u8>v);
          break;
        case OPERAND_I8:
        case OPERAND_U8:
          store<u8>(p++, <u8>v);
          break;
        case OPERAND_OFF32:
          store<u32>(p, v);
          p += 4;
          break;
        case OPERAND_I16:
        case OPERAND_OFF16:
          if (<u32>(<i32>(<i16>v)) != v) return false;
          store<u16>(p, <u16>v);
          p += 2;
          break;
        default:
          switch (kind) {
            case OPERAND_SITE: break; // counted above
            case OPERAND_K:
            case OPERAND_STR: {
              if (v >= constsRead) return false;
              const value = valueAt(constants, v);
              if (kind == OPERAND_STR && !isString(value)) return false;
              if (op == OP_TEMPLATE && !(isInt(value) && <u32>asInt(value) < sectionCount(f, SECTION_TEMPLATES))) return false;
              if (op == OP_REGEXP && !(isInt(value) && <u32>asInt(value) < sectionCount(f, SECTION_REGEXPS))) return false;
              break;
            }
            case OPERAND_FN:
              if (v >= children) return false;
              nextChild = v + 1;
              break;
            case OPERAND_SHAPE: if (v >= shapes && v != EMPTY_SHAPE) return false; break;
            case OPERAND_TABLE: if (v >= tables) return false; break;
            case OPERAND_U16: if (op == OP_INTRINSIC && (!(flags & FN_LIBRARY) || <i32>v >= NATIVE_COUNT)) return false; break;
            case OPERAND_SLOT: break;
            default: return false;
          }
          if (v > 0xffff) return false;
          store<u16>(p, <u16>v);
          p += 2;
      }
    }
    if (!isAllowed(op, flags, out + offset)) return false;
    if (base) {
      const need = windowOf(op, base);
      if (<u32>load<u8>(base) + need > nregs && need > 0) return false;
      if (written > 0xff) written = load<u8>(base);
    }
    if (written <= 0xff) last = written;
  }
  // Otherwise control runs off the end, or something is left over.
  return ends != 0 && at == end && constsRead == constCount && sitesRead == siteCount;
}

function targetsAreBoundaries(start: usize, length: u32, nregs: u32, exceptions: usize, tables: usize, tableCount: u32, bits: usize): bool {
  for (let at = start, end = start + length; at < end;) {
    const info = opcodeInfo(<i32>load<u8>(at)), size = <u32>load<u8>(info), n = <u32>load<u8>(info, 2);
    if (n) {
      const kind = <i32>load<u8>(info + n - 1, 3);
      if (kind == OPERAND_OFF16 || kind == OPERAND_OFF32) {
        const to = <i64>(at + size - start) + <i64>(kind == OPERAND_OFF16 ? <i32>load<i16>(at + size - 2) : load<i32>(at + size - 4));
        if (to < 0 || to >= <i64>length || !isBoundary(bits, <u32>to)) return false;
      }
    }
    at += size;
  }
  for (let i: u32 = 0, count: u32 = exceptions ? load<u32>(exceptions, 4) >>> 4 : 0; i < count; i++) {
    const entry = exceptions + 8 + (<usize>i << 4);
    const from = load<u32>(entry), to = load<u32>(entry, 4), handler = load<u32>(entry, 8);
    if (from > to || to > length || handler >= length || !isBoundary(bits, handler) || load<u32>(entry, 12) >= nregs) return false;
  }
  for (let i: u32 = 0; i < tableCount; i++) {
    const t = pointerAt(tables, i), mask = load<u32>(t, 4);
    for (let j: u32 = 0; j <= mask; j++) {
      const entry = t + 8 + (<usize>j << 4);
      if (load<u32>(entry, 12) && (load<u32>(entry, 8) >= length || !isBoundary(bits, load<u32>(entry, 8)))) return false;
    }
  }
  return true;
}

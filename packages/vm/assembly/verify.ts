/**
 * Verification of a function's instructions, once, before it first runs: every instruction is whole, registers lie in the window, indices in their tables, jumps, handlers and
 * switch targets on instruction boundaries, and control cannot run off the end. After this the interpreter needs no checks of its own.
 * Call windows may end beyond the frame's own registers only for the argument registers the instruction itself names, which are checked here.
 */
import { opcodeInfo, OP_COUNT, OP_CALL, OP_CALLU, OP_GETSYNCITER, OP_ITERVALUE, OP_NEW, OP_INTRINSIC, OP_CALLV, OP_NEWV, OP_GETITER, OP_GETASYNCITER, OP_FORIN, OP_CLASS, OP_COPYREST, OP_YIELD, OP_ITERNEXT, OP_FORINNEXT, OP_ITERCLOSE, OP_ITERCLOSEQ, OP_TEMPLATE, OP_REGEXP, OP_LOADSPECIAL, OP_RESUME, OP_AWAIT, OP_INITGEN, OP_THROWERR,
  OPERAND_DST, OPERAND_REG, OPERAND_OPT_REG, OPERAND_BASE, OPERAND_I8, OPERAND_U8, OPERAND_I16, OPERAND_U16, OPERAND_K, OPERAND_STR, OPERAND_FN, OPERAND_SITE, OPERAND_SHAPE, OPERAND_TABLE, OPERAND_SLOT, OPERAND_OFF16, OPERAND_OFF32 } from "./generated/opcodes";
import { codeStart, codeEnd, codeRegs, codeFlags, codeExceptions, codeExceptionCount, codeTables, pointerAt, codeFile, sectionCount } from "./code";
import { ERR_RANGE } from "./errors";
import { FN_ASYNC, FN_GENERATOR, FN_LIBRARY, EMPTY_SHAPE, NO_REGISTER, SECTION_TEMPLATES, SECTION_REGEXPS } from "./generated/layout";
import { NATIVE_COUNT } from "./generated/natives";
import { rawAlloc, rawFree } from "./heap";
import { isString, isInt, asInt } from "./value";

const SMALL_BITS: usize = memory.data(2048, 8); // boundaries of functions up to 16 KiB

@inline function isBoundary(bits: usize, offset: u32): bool { return (load<u8>(bits + (offset >>> 3)) >>> (offset & 7) & 1) != 0; }

export function verifyFunction(c: usize, constants: usize, sites: u32, children: u32, shapes: u32, tables: u32): bool {
  const length = <u32>(codeEnd(c) - codeStart(c));
  const bytes = (length >>> 3) + 1;
  let bits = SMALL_BITS;
  if (bytes > 2048) {
    bits = rawAlloc(bytes);
    if (!bits) return false;
  } else memory.fill(bits, 0, bytes);
  const ok = check(c, constants, sites, children, shapes, tables, bits);
  if (bits != SMALL_BITS) rawFree(bits);
  return ok;
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

function check(c: usize, constants: usize, sites: u32, children: u32, shapes: u32, tables: u32, bits: usize): bool {
  const start = codeStart(c), end = codeEnd(c), nregs = codeRegs(c), length = <u32>(end - start);
  const constCount = load<u32>(constants, 4);
  let last: u32 = 0;
  for (let at = start; at < end;) {
    const op = <i32>load<u8>(at);
    if (op >= OP_COUNT) return false;
    const info = opcodeInfo(op), size = <u32>load<u8>(info);
    if (at + size > end || !isAllowed(op, codeFlags(c), at)) return false;
    const offset = <u32>(at - start);
    store<u8>(bits + (offset >>> 3), load<u8>(bits + (offset >>> 3)) | (<u8>1 << <u8>(offset & 7)));
    last = load<u8>(info, 1);
    const n = <u32>load<u8>(info, 2);
    let p = at + 1;
    for (let i: u32 = 0; i < n; i++) {
      switch (<i32>load<u8>(info + i, 3)) {
        case OPERAND_DST:
        case OPERAND_REG: if (<u32>load<u8>(p) >= nregs) return false; p++; break;
        case OPERAND_BASE: {
          let need: u32 = 1;
          switch (op) {
            case OP_CALL:
            case OP_CALLU:
            case OP_NEW: need = 2 + <u32>load<u8>(p, 1); break;
            case OP_INTRINSIC: need = <u32>load<u8>(p, 1); break;
            case OP_COPYREST: need = <u32>load<u8>(p, 1); break;
            case OP_CALLV:
            case OP_NEWV: need = 3; break;
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
            case OP_ITERCLOSEQ: need = 2; break;
            default: break;
          }
          if (<u32>load<u8>(p) + need > nregs && need > 0) return false;
          p++;
          break;
        }
        case OPERAND_OPT_REG: { const r = <u32>load<u8>(p); if (r >= nregs && r != NO_REGISTER) return false; p++; break; }
        case OPERAND_I8:
        case OPERAND_U8: p++; break;
        case OPERAND_I16: p += 2; break;
        case OPERAND_U16:
          if (op == OP_INTRINSIC && (!(codeFlags(c) & FN_LIBRARY) || <i32>load<u16>(p) >= NATIVE_COUNT)) return false;
          p += 2;
          break;
        case OPERAND_K: {
          const k = <u32>load<u16>(p);
          if (k >= constCount) return false;
          const v = load<u64>(constants + (<usize>k << 3), 8);
          if (op == OP_TEMPLATE && !(isInt(v) && <u32>asInt(v) < sectionCount(codeFile(c), SECTION_TEMPLATES))) return false;
          if (op == OP_REGEXP && !(isInt(v) && <u32>asInt(v) < sectionCount(codeFile(c), SECTION_REGEXPS))) return false;
          p += 2;
          break;
        }
        case OPERAND_STR: { const k = <u32>load<u16>(p); if (k >= constCount || !isString(load<u64>(constants + (<usize>k << 3), 8))) return false; p += 2; break; }
        case OPERAND_FN: if (<u32>load<u16>(p) >= children) return false; p += 2; break;
        case OPERAND_SITE: if (<u32>load<u16>(p) >= sites) return false; p += 2; break;
        case OPERAND_SHAPE: if (<u32>load<u16>(p) >= shapes && load<u16>(p) != EMPTY_SHAPE) return false; p += 2; break;
        case OPERAND_TABLE: if (<u32>load<u16>(p) >= tables) return false; p += 2; break;
        case OPERAND_SLOT: p += 2; break;
        case OPERAND_OFF16: p += 2; break;
        case OPERAND_OFF32: p += 4; break;
        default: return false;
      }
    }
    at += size;
  }
  if (!last) return false; // control runs off the end
  // Second pass: jumps.
  for (let at = start; at < end;) {
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
  for (let i: u32 = 0, count = codeExceptionCount(c); i < count; i++) {
    const entry = codeExceptions(c) + 8 + (<usize>i << 4);
    const from = load<u32>(entry), to = load<u32>(entry, 4), handler = load<u32>(entry, 8);
    if (from > to || to > length || handler >= length || !isBoundary(bits, handler) || load<u32>(entry, 12) >= nregs) return false;
  }
  for (let i: u32 = 0; i < tables; i++) {
    const t = pointerAt(codeTables(c), i), mask = load<u32>(t, 4);
    for (let j: u32 = 0; j <= mask; j++) {
      const entry = t + 8 + (<usize>j << 4);
      if (load<u32>(entry, 12) && (load<u32>(entry, 8) >= length || !isBoundary(bits, load<u32>(entry, 8)))) return false;
    }
  }
  return true;
}

/**
 * The interpreter. One loop over the instructions of the current frame; JavaScript calls push a frame record and go on, so that native recursion never happens.
 *
 * An instruction either finishes on its fast path and continues, or leaves the switch with a result `v` and what is to be done with it (`cont`, `extra`): a value is
 * completed, EXCEPTION unwinds, CALL_PENDING enters the call that was laid out at state.callBase and completes when its frame returns.
 * Before anything that can throw, call, or look at the stack, the frame's pc is set to the end of the instruction.
 */
import {
  Value, UNDEFINED, NULL, TRUE, FALSE, HOLE, DONE, EXCEPTION, CALL_PENDING, FRAME_CHANGED, KEY_PENDING, NOT_HANDLED, TAG_INT, TAG_OBJECT, TAG_SPECIAL, tagOf, isInt, asInt, fromInt, isDouble, asDouble, fromF64, fromDouble, isNumber, numberOf, isString, isObject, isNullish, isBool,
  fromBool, fromU32, fromI64, fromObject, fromString, fromSymbol, fromInternal, ptrOf, isInternal,
} from "./value";
import * as OP from "./generated/opcodes";
import { kindOf, flagsOf, storeValue, storePtr, setFlags, addFlags, remember } from "./heap";
import { KIND_ARRAY, KIND_ELEMENTS, KIND_FUNCTION, KIND_NATIVE_FUNCTION, KIND_GENERATOR, KIND_TYPEDARRAY, KIND_SCOPE } from "./generated/kinds";
import {
  currentFrame, setCurrentFrame, exceptionValue, setExceptionValue, exceptionFlags, setExceptionFlags, fuel, setFuel, callBase, setCallBase, callArgc, setCallArgc, callNewTarget, setCallNewTarget, protoEpoch, protoHasElements, FRAMES_END, REGISTERS_END, globalObject, emptyObjectShape, iterationPristine, arrayShape, proto,
} from "./state";
import {
  FRAME_BYTES, LIBRARY_FRAMES, LIBRARY_REGISTERS, frameCode, setFrameCode, framePc, setFramePc, frameBase, setFrameBase, frameCont, setFrameCont, frameExtra, setFrameExtra, frameArgc, setFrameArgc, frameNewTarget, setFrameNewTarget, frameCoroutine, setFrameCoroutine, frameAux, setFrameAux, setFrameReach,
  cleanRegisters, CONT_CLEAN, CONT_STORE, CONT_NONE, CONT_JUMP_TRUE, CONT_JUMP_FALSE, CONT_HOST, CONT_ITER_NEXT, CONT_CONSTRUCT, CONT_PAIR, CONT_BOOL, CONT_CLASS, CONT_NOT, CONT_FOR_IN, CONT_FOR_IN_HAS, CONT_RETRY_KEY,
} from "./frame";
import {
  codeConstants, codeSites, codeParams, codeRegs, codeFlags, codeStart, codeExceptions, codeExceptionCount, codeTables, codeShapes, isPrepared, prepare, childCode, pointerAt, tableFind, codeName, SITE_BYTES, SITE_SHAPE, SITE_SLOT, SITE_HOLDER, SITE_EPOCH, SITE_EXTRA,
} from "./code";
import { FN_STRICT, FN_USES_ARGUMENTS, FN_HAS_REST, FN_CLASS_CONSTRUCTOR, FN_DERIVED, FN_LIBRARY, FN_GENERATOR, FN_ASYNC, FN_ARROW, NO_REGISTER } from "./generated/layout";
import { callNative } from "./generated/natives";
import { nativeFallback, nativeId, closureCode, closureScope, closureHome, closureFields, setClosureFields, isScopeWith, newClosure, newScope, scopeCount, scopeOf, scopeParent, scopeSlot, NO_SCOPE } from "./function";
import { newArray, newObjectOfShape, newPlainObject, slotsOf, shapeOf, prototypeOf, elementsOf, OBJ_FIXED_LENGTH } from "./object";
import { arrayLength, appendElement, setLengthField, ELEMENTS_DATA, getIndex } from "./elements";
import { arithmetic, compare, looseEquals, remainder, strictEquals, typeOf, unary } from "./operators";
import { toBoolean, toInt32 } from "./convert";
import { charAt, concatStrings, flatten, internString, singleChar, strLength } from "./string";
import { getNamed, getElement, setElement, setNamed, getFrom, setFrom, getIndexed, deleteElement, hasElement, defineElement, instanceOf, getIndexedFrom, setIndexedFrom } from "./access";
import { getGlobal, setGlobal, getPropMiss, setPropMiss, initPropMiss } from "./inline-cache";
import { malformed, throwError, throwTypeError, throwRangeError, throwValue } from "./errors";
import { checkInterrupt } from "./interrupt";
import { iterateQuickly } from "./iteration";
import * as slow from "./slow-ops";
import { enterCall, afterConstructHook, unwindTo } from "./enter";
import { completeClass, completeForIn } from "./slow-ops";
import { initGenerator, suspend, resume, finishCoroutine } from "./coroutine";
import { typedArrayGet, typedArraySet } from "./natives/typedarray";

@inline function reg(r: usize, at: usize): Value { return load<u64>(r + (<usize>load<u8>(at) << 3)); }
@inline function setReg(r: usize, at: usize, v: Value): void { store<u64>(r + (<usize>load<u8>(at) << 3), v); }
/** From FN_LIBRARY, bit 11 of a function's flags, to CONT_CLEAN. */
const CLEAN_SHIFT: u32 = 4;
@inline function contStore(at: usize): u32 { return <u32>load<u8>(at) << 8; } // CONT_STORE is 0
@inline function both32(a: Value, b: Value): bool { return tagOf(a) == TAG_INT && tagOf(b) == TAG_INT; }
@inline function bothNumbers(a: Value, b: Value): bool { return isNumber(a) && isNumber(b); }

/** Count a call or a backward jump: false when it is time for checkInterrupt. */
@inline function burnFuel(): bool {
  const left = fuel() - 1;
  setFuel(left);
  return left >= 0;
}
/** a < b and a <= b of two numbers; false when one is NaN. */
@inline function less(a: Value, b: Value): bool { return both32(a, b) ? asInt(a) < asInt(b) : numberOf(a) < numberOf(b); }
@inline function lessOrEqual(a: Value, b: Value): bool { return both32(a, b) ? asInt(a) <= asInt(b) : numberOf(a) <= numberOf(b); }
/** a === b. Only numbers, strings and bigints can be equal with different bits, only NaN unequal with the same. */
@inline function same(a: Value, b: Value): bool {
  if (both32(a, b) || tagOf(a) == TAG_OBJECT || tagOf(a) == TAG_SPECIAL) return a == b;
  return strictEquals(a, b);
}

// Outcomes of an instruction beside those of value.ts.
/** The fuel is used up at pc: look at the clock and the collector, then go on. */
const INTERRUPT: Value = CALL_PENDING + 16;
/** The compare-and-jump at pc has operands that are not both numbers. */
const COMPARE_SLOWLY: Value = CALL_PENDING + 17;

/** Where `pc` starts: an opcode of its own, so that the first instruction is the call itself and no instruction asks whether it is the first. */
const ENTRY: usize = memory.data<u8>([<u8>OP.OP_COUNT]);

/**
 * Run the call laid out at state.callBase (callArgc, callNewTarget) until it returns: its result, or EXCEPTION. Called by the host side only, with no frame running
 * but the sentinel that state.currentFrame names.
 */
export function run(): Value {
  let frame = currentFrame();
  let pc: usize = ENTRY, r: usize = frameBase(frame), k: usize = 0, sites: usize = 0, scope: usize = 0;

  while (true) {
    // Given a value here, none of these is kept in a machine register from one instruction to the next.
    let v: Value = UNDEFINED, cont: u32 = CONT_NONE, extra: u32 = 0;
    switch (<i32>load<u8>(pc)) {
      case OP.OP_NOP:
      case OP.OP_DEBUGGER: pc += 1; continue;
      case OP.OP_MOVE: setReg(r, pc + 1, reg(r, pc + 2)); pc += 3; continue;
      case OP.OP_LOADK: setReg(r, pc + 1, load<u64>(k + (<usize>load<u16>(pc, 2) << 3))); pc += 4; continue;
      case OP.OP_LOADI: setReg(r, pc + 1, fromInt(<i32>load<i16>(pc, 2))); pc += 4; continue;
      case OP.OP_LOADUNDEF: setReg(r, pc + 1, UNDEFINED); pc += 2; continue;
      case OP.OP_LOADNULL: setReg(r, pc + 1, NULL); pc += 2; continue;
      case OP.OP_LOADTRUE: setReg(r, pc + 1, TRUE); pc += 2; continue;
      case OP.OP_LOADFALSE: setReg(r, pc + 1, FALSE); pc += 2; continue;
      case OP.OP_LOADHOLE: setReg(r, pc + 1, HOLE); pc += 2; continue;
      case OP.OP_LOADSPECIAL: setReg(r, pc + 1, UNDEFINED + <u64>load<u8>(pc, 2)); pc += 3; continue;
      case OP.OP_MAPARGS:
        if (slow.mapArguments(reg(r, pc + 1), reg(r, pc + 2), frame)) { pc += 3; continue; }
        setFramePc(frame, pc + 3);
        v = malformed();
        break;
      case OP.OP_LOADTHIS: setReg(r, pc + 1, load<u64>(r - 8)); pc += 2; continue;
      case OP.OP_LOADCALLEE: setReg(r, pc + 1, load<u64>(r - 16)); pc += 2; continue;
      case OP.OP_LOADNEWTARGET: setReg(r, pc + 1, frameNewTarget(frame)); pc += 2; continue;
      case OP.OP_LOADHOME: {
        const home = closureHome(ptrOf(load<u64>(r - 16)));
        setReg(r, pc + 1, home ? fromObject(home) : UNDEFINED);
        pc += 2;
        continue;
      }
      case OP.OP_COERCETHIS: {
        const self = load<u64>(r - 8);
        if (!isObject(self)) {
          if (isNullish(self)) store<u64>(r - 8, fromObject(globalObject()));
          else store<u64>(r - 8, slow.wrapPrimitive(self));
        }
        pc += 1;
        continue;
      }

      // Scopes
      case OP.OP_NEWSCOPE: {
        const p = load<u8>(pc, 2), n = <u32>load<u16>(pc, 3);
        const parent = p == 255 ? scope : scopeOf(load<u64>(r + (<usize>p << 3)));
        if (parent == NO_SCOPE) { setFramePc(frame, pc + 5); v = malformed(); break; }
        const s = newScope(n, parent);
        for (let i: u32 = 0; i < n; i++) store<u64>(scopeSlot(s, i), HOLE);
        setReg(r, pc + 1, fromInternal(s));
        pc += 5;
        continue;
      }
      case OP.OP_COPYSCOPE: {
        const from = scopeOf(reg(r, pc + 2));
        if (from != 0 && from != NO_SCOPE) { setReg(r, pc + 1, slow.copyScope(from)); pc += 3; continue; }
        setFramePc(frame, pc + 3);
        v = malformed();
        break;
      }
      case OP.OP_LDSLOT: {
        const s = reg(r, pc + 2), i = <u32>load<u16>(pc, 3);
        if (isScopeWith(s, i)) { setReg(r, pc + 1, load<u64>(scopeSlot(ptrOf(s), i))); pc += 5; continue; }
        setFramePc(frame, pc + 5);
        v = malformed();
        break;
      }
      case OP.OP_STSLOT: {
        const to = reg(r, pc + 1), i = <u32>load<u16>(pc, 2);
        if (isScopeWith(to, i)) { const s = ptrOf(to); storeValue(s, scopeSlot(s, i), reg(r, pc + 4)); pc += 5; continue; }
        setFramePc(frame, pc + 5);
        v = malformed();
        break;
      }
      case OP.OP_LDUP: {
        let s = scope;
        for (let d = <u32>load<u8>(pc, 2); d; d--) s = scopeParent(s);
        // No Scope at all is address 0, where there is always 0: no slots, no parent.
        if (scopeCount(s) > <u32>load<u16>(pc, 3)) { setReg(r, pc + 1, load<u64>(scopeSlot(s, load<u16>(pc, 3)))); pc += 5; continue; }
        setFramePc(frame, pc + 5);
        v = malformed();
        break;
      }
      case OP.OP_STUP: {
        let s = scope;
        for (let d = <u32>load<u8>(pc, 1); d; d--) s = scopeParent(s);
        if (scopeCount(s) > <u32>load<u16>(pc, 2)) { storeValue(s, scopeSlot(s, load<u16>(pc, 2)), reg(r, pc + 4)); pc += 5; continue; }
        setFramePc(frame, pc + 5);
        v = malformed();
        break;
      }
      case OP.OP_LDUPSCOPE: {
        let s = scope;
        for (let d = <u32>load<u8>(pc, 2); d; d--) s = scopeParent(s);
        setReg(r, pc + 1, s ? fromInternal(s) : UNDEFINED);
        pc += 3;
        continue;
      }
      case OP.OP_CHECKHOLE:
        if (reg(r, pc + 1) != HOLE) { pc += 4; continue; }
        setFramePc(frame, pc + 4);
        v = slow.holeError(load<u64>(k + (<usize>load<u16>(pc, 2) << 3)));
        break;

      // Globals
      case OP.OP_GETGLOBAL:
      case OP.OP_GETGLOBALT: {
        const site = sites + <usize>load<u16>(pc, 2) * SITE_BYTES;
        const holder = <usize>load<u32>(site, SITE_HOLDER);
        if (holder && load<u32>(holder, 4) == load<u32>(site, SITE_SHAPE)) {
          const slot = load<i32>(site, SITE_SLOT);
          v = slot >= 0 ? load<u64>(holder + slot) : load<u64>(slotsOf(holder) - slot);
          if (v != HOLE) { setReg(r, pc + 1, v); pc += 4; continue; }
        }
        setFramePc(frame, pc + 4);
        v = getGlobal(sites - 8, site, load<u8>(pc) == OP.OP_GETGLOBALT);
        cont = contStore(pc + 1);
        pc += 4;
        break;
      }
      case OP.OP_SETGLOBAL:
        setFramePc(frame, pc + 4);
        v = setGlobal(sites + <usize>load<u16>(pc, 1) * SITE_BYTES, reg(r, pc + 3), (codeFlags(frameCode(frame)) & FN_STRICT) != 0);
        cont = CONT_NONE;
        pc += 4;
        break;
      case OP.OP_DECLVAR:
        setFramePc(frame, pc + 3);
        v = slow.declareVar(load<u64>(k + (<usize>load<u16>(pc, 1) << 3)));
        cont = CONT_NONE;
        pc += 3;
        break;
      case OP.OP_DECLFN:
        setFramePc(frame, pc + 4);
        v = slow.declareFunction(load<u64>(k + (<usize>load<u16>(pc, 1) << 3)), reg(r, pc + 3));
        cont = CONT_NONE;
        pc += 4;
        break;
      case OP.OP_DECLLEX:
        setFramePc(frame, pc + 4);
        v = slow.declareLexical(load<u64>(k + (<usize>load<u16>(pc, 1) << 3)), load<u8>(pc, 3));
        cont = CONT_NONE;
        pc += 4;
        break;
      case OP.OP_INITLEX:
        slow.initLexical(load<u64>(k + (<usize>load<u16>(pc, 1) << 3)), reg(r, pc + 3));
        pc += 4;
        continue;

      // Functions and calls
      case OP.OP_CLOSURE: {
        const code = childCode(frameCode(frame), load<u16>(pc, 2));
        if (code) {
          const s = load<u8>(pc, 4), over = s == 255 ? scope : scopeOf(load<u64>(r + (<usize>s << 3)));
          if (over != NO_SCOPE) {
            setReg(r, pc + 1, fromObject(newClosure(code, over)));
            pc += 5;
            continue;
          }
        }
        setFramePc(frame, pc + 5);
        v = code ? malformed() : EXCEPTION;
        break;
      }
      case OP.OP_CALLU:
      case OP.OP_CALL: {
        const base = r + (<usize>load<u8>(pc, 2) << 3);
        if (load<u8>(pc) == OP.OP_CALLU) store<u64>(base, UNDEFINED, 8);
        const callee = load<u64>(base);
        if (isObject(callee) && kindOf(ptrOf(callee)) == KIND_FUNCTION) {
          // The plain case inline: a prepared closure with simple entry.
          const f = ptrOf(callee), code = closureCode(f);
          const constants = codeConstants(code);
          if (constants && !(codeFlags(code) & (FN_USES_ARGUMENTS | FN_HAS_REST | FN_CLASS_CONSTRUCTOR))) {
            const window = base + 16, end = window + (<usize>codeRegs(code) << 3), next = frame + FRAME_BYTES;
            if (end + LIBRARY_REGISTERS <= REGISTERS_END && next + LIBRARY_FRAMES <= FRAMES_END) {
              const argc = <u32>load<u8>(pc, 3), nparams = codeParams(code);
              // Four at a time: what is above a window is nobody's.
              for (let at = window + (<usize>min(argc, nparams) << 3); at < end; at += 32) {
                store<u64>(at, UNDEFINED);
                store<u64>(at, UNDEFINED, 8);
                store<u64>(at, UNDEFINED, 16);
                store<u64>(at, UNDEFINED, 24);
              }
              setFramePc(frame, pc + 4);
              setFrameCode(next, code);
              setFrameBase(next, window);
              setFrameReach(next, frame, end);
              setFrameCont(next, contStore(pc + 1) | (codeFlags(code) & ~codeFlags(frameCode(frame)) & FN_LIBRARY) >>> CLEAN_SHIFT);
              setFrameNewTarget(next, UNDEFINED);
              setFrameArgc(next, argc);
              setFrameCoroutine(next, 0);
              frame = next;
              setCurrentFrame(frame);
              pc = codeStart(code);
              r = window;
              k = constants + 8;
              sites = codeSites(code) + 8;
              scope = closureScope(f);
              if (burnFuel()) continue;
              v = INTERRUPT;
              break;
            }
          }
        }
        setFramePc(frame, pc + 4);
        if (isObject(callee) && kindOf(ptrOf(callee)) == KIND_NATIVE_FUNCTION) {
          v = callNative(nativeId(ptrOf(callee)), base + 16, load<u8>(pc, 3));
          if (v != EXCEPTION && v != NOT_HANDLED) { setReg(r, pc + 1, v); pc += 4; continue; }
          if (v == EXCEPTION) break;
          const fallback = nativeFallback(ptrOf(callee));
          if (!fallback) { v = throwTypeError("Not supported here"); break; }
          store<u64>(base, fromObject(fallback));
        }
        setCallBase(base);
        setCallArgc(load<u8>(pc, 3));
        setCallNewTarget(UNDEFINED);
        v = CALL_PENDING;
        cont = contStore(pc + 1);
        pc += 4;
        break;
      }
      case OP.OP_CALLV: {
        const base = r + (<usize>load<u8>(pc, 2) << 3);
        setFramePc(frame, pc + 3);
        v = slow.spreadCall(base, UNDEFINED);
        cont = contStore(pc + 1);
        pc += 3;
        break;
      }
      case OP.OP_NEW: {
        const base = r + (<usize>load<u8>(pc, 2) << 3);
        setFramePc(frame, pc + 4);
        setCallBase(base);
        setCallArgc(load<u8>(pc, 3));
        setCallNewTarget(load<u64>(base, 8));
        v = CALL_PENDING;
        cont = contStore(pc + 1);
        pc += 4;
        break;
      }
      case OP.OP_NEWV: {
        const base = r + (<usize>load<u8>(pc, 2) << 3);
        setFramePc(frame, pc + 3);
        v = slow.spreadCall(base, load<u64>(base, 8));
        cont = contStore(pc + 1);
        pc += 3;
        break;
      }
      case OP.OP_RET:
      case OP.OP_RETU: {
        v = load<u8>(pc) == OP.OP_RET ? reg(r, pc + 1) : UNDEFINED;
        if (frameNewTarget(frame) != UNDEFINED && !isObject(v)) {
          v = load<u64>(r - 8);
          if (!isObject(v)) v = slow.constructorResult(frame);
          else if (frameNewTarget(frame) == load<u64>(r - 16)) slow.learnInstance(ptrOf(load<u64>(r - 16)), ptrOf(v));
        }
        cont = frameCont(frame);
        extra = frameExtra(frame);
        if (frameCoroutine(frame)) {
          finishCoroutine(frameCoroutine(frame));
          if ((cont & 127) == CONT_ITER_NEXT) v = DONE; // iteration.ts: what a generator returns is not iterated
        }
        if (v == EXCEPTION) { setFramePc(frame, pc + 2); break; }
        frame -= FRAME_BYTES;
        setCurrentFrame(frame);
        if (cont == CONT_HOST) return v;
        const code = frameCode(frame);
        pc = framePc(frame);
        r = frameBase(frame);
        k = codeConstants(code) + 8;
        sites = codeSites(code) + 8;
        scope = closureScope(ptrOf(load<u64>(r - 16)));
        if ((cont & 255) == CONT_STORE) { store<u64>(r + (<usize>(cont >>> 8) << 3), v); continue; }
        break;
      }
      case OP.OP_RETD: {
        setFramePc(frame, pc + 3);
        v = slow.derivedResult(reg(r, pc + 1), reg(r, pc + 2));
        if (v == EXCEPTION) break;
        if (frameNewTarget(frame) == load<u64>(r - 16)) slow.learnInstance(ptrOf(load<u64>(r - 16)), ptrOf(v));
        cont = frameCont(frame);
        extra = frameExtra(frame);
        if (frameCoroutine(frame)) finishCoroutine(frameCoroutine(frame));
        frame -= FRAME_BYTES;
        setCurrentFrame(frame);
        if (cont == CONT_HOST) return v;
        const code = frameCode(frame);
        pc = framePc(frame);
        r = frameBase(frame);
        k = codeConstants(code) + 8;
        sites = codeSites(code) + 8;
        scope = closureScope(ptrOf(load<u64>(r - 16)));
        break;
      }
      case OP.OP_THROW:
        setFramePc(frame, pc + 2);
        v = throwValue(reg(r, pc + 1));
        break;
      case OP.OP_THROWERR:
        setFramePc(frame, pc + 4);
        v = slow.throwKind(load<u8>(pc, 1), load<u64>(k + (<usize>load<u16>(pc, 2) << 3)));
        break;
      case OP.OP_INTRINSIC:
        setFramePc(frame, pc + 6);
        v = callNative(load<u16>(pc, 2), r + (<usize>load<u8>(pc, 4) << 3), load<u8>(pc, 5));
        if (v != EXCEPTION) { setReg(r, pc + 1, v); pc += 6; continue; }
        break;

      // Properties
      case OP.OP_GETPROP: {
        const o = reg(r, pc + 2), site = sites + <usize>load<u16>(pc, 3) * SITE_BYTES;
        if (isObject(o)) {
          const p = ptrOf(o);
          if (load<u32>(p, 4) == load<u32>(site, SITE_SHAPE)) {
            const slot = load<i32>(site, SITE_SLOT);
            const holder = <usize>load<u32>(site, SITE_HOLDER);
            if (!holder) {
              setReg(r, pc + 1, slot >= 0 ? load<u64>(p + slot) : load<u64>(slotsOf(p) - slot));
              pc += 5;
              continue;
            }
            if (load<u32>(site, SITE_EPOCH) == protoEpoch()) {
              v = slot >= 0 ? load<u64>(holder + slot) : load<u64>(slotsOf(holder) - slot);
              if (!isInternal(v)) { // else an accessor
                setReg(r, pc + 1, v);
                pc += 5;
                continue;
              }
            }
          }
        }
        setFramePc(frame, pc + 5);
        v = getPropMiss(sites - 8, site, o);
        if (v < EXCEPTION || v > KEY_PENDING) { setReg(r, pc + 1, v); pc += 5; continue; }
        cont = contStore(pc + 1);
        pc += 5;
        break;
      }
      case OP.OP_SETPROP: {
        const o = reg(r, pc + 1), site = sites + <usize>load<u16>(pc, 2) * SITE_BYTES, value = reg(r, pc + 4);
        if (isObject(o)) {
          const p = ptrOf(o);
          if (load<u32>(p, 4) == load<u32>(site, SITE_SHAPE)) {
            const slot = load<i32>(site, SITE_SLOT), to = <usize>load<u32>(site, SITE_EXTRA);
            if (!to) {
              if (slot >= 0) storeValue(p, p + slot, value);
              else { const s = slotsOf(p); storeValue(s, s - slot, value); }
              pc += 5;
              continue;
            }
            if (slot >= 0 && load<u32>(site, SITE_EPOCH) == protoEpoch()) {
              storePtr(p, p + 4, to);
              storeValue(p, p + slot, value);
              pc += 5;
              continue;
            }
          }
        }
        setFramePc(frame, pc + 5);
        v = setPropMiss(sites - 8, site, o, value, (codeFlags(frameCode(frame)) & FN_STRICT) != 0);
        cont = CONT_NONE;
        pc += 5;
        break;
      }
      case OP.OP_GETLEN: {
        const o = reg(r, pc + 2);
        if (isObject(o) && kindOf(ptrOf(o)) == KIND_ARRAY) { setReg(r, pc + 1, fromU32(arrayLength(ptrOf(o)))); pc += 5; continue; }
        if (isString(o)) { setReg(r, pc + 1, fromInt(strLength(ptrOf(o)))); pc += 5; continue; }
        setFramePc(frame, pc + 5);
        v = getPropMiss(sites - 8, sites + <usize>load<u16>(pc, 3) * SITE_BYTES, o);
        cont = contStore(pc + 1);
        pc += 5;
        break;
      }
      case OP.OP_GETELEM: {
        const o = reg(r, pc + 2), key = reg(r, pc + 3);
        if (isInt(key) && isObject(o)) {
          const p = ptrOf(o), i = <u32>asInt(key);
          const e = elementsOf(p);
          if (e && kindOf(e) == KIND_ELEMENTS && i < load<u32>(e, 4)) {
            v = load<u64>(e + (<usize>i << 3), ELEMENTS_DATA);
            if (v != HOLE) { setReg(r, pc + 1, v); pc += 4; continue; }
            if (load<u32>(p, 4) == <u32>arrayShape() && !protoHasElements()) { setReg(r, pc + 1, UNDEFINED); pc += 4; continue; }
          } else if (kindOf(p) == KIND_TYPEDARRAY) {
            v = typedArrayGet(p, i);
            if (v != HOLE) { setReg(r, pc + 1, v); pc += 4; continue; }
          }
        } else if (isString(o) && isInt(key) && <u32>asInt(key) < <u32>strLength(ptrOf(o))) {
          setReg(r, pc + 1, fromString(singleChar(charAt(flatten(ptrOf(o)), asInt(key)))));
          pc += 4;
          continue;
        }
        setFramePc(frame, pc + 4);
        v = getElement(o, key);
        cont = contStore(pc + 1);
        pc += 4;
        break;
      }
      case OP.OP_SETELEM: {
        const o = reg(r, pc + 1), key = reg(r, pc + 2), value = reg(r, pc + 3);
        if (isInt(key) && isObject(o)) {
          const p = ptrOf(o), i = <u32>asInt(key);
          const e = elementsOf(p);
          if (kindOf(p) == KIND_ARRAY) {
            if (e && kindOf(e) == KIND_ELEMENTS && i < load<u32>(e, 4)) {
              const at = e + (<usize>i << 3) + ELEMENTS_DATA;
              if (load<u64>(at) != HOLE) { storeValue(e, at, value); pc += 4; continue; }
              if (load<u32>(p, 4) == <u32>arrayShape() && !protoHasElements() && !(flagsOf(p) & OBJ_FIXED_LENGTH)) {
                storeValue(e, at, value);
                if (i >= arrayLength(p)) setLengthField(p, i + 1);
                pc += 4;
                continue;
              }
            }
          } else if (kindOf(p) == KIND_TYPEDARRAY && typedArraySet(p, i, value)) { pc += 4; continue; }
        }
        setFramePc(frame, pc + 4);
        v = setElement(o, key, value, (codeFlags(frameCode(frame)) & FN_STRICT) != 0);
        if (v == UNDEFINED) { pc += 4; continue; }
        cont = CONT_NONE;
        pc += 4;
        break;
      }
      case OP.OP_DELPROP:
        setFramePc(frame, pc + 5);
        v = deleteElement(reg(r, pc + 2), load<u64>(k + (<usize>load<u16>(pc, 3) << 3)), (codeFlags(frameCode(frame)) & FN_STRICT) != 0);
        cont = contStore(pc + 1);
        pc += 5;
        break;
      case OP.OP_DELELEM:
        setFramePc(frame, pc + 4);
        v = deleteElement(reg(r, pc + 2), reg(r, pc + 3), (codeFlags(frameCode(frame)) & FN_STRICT) != 0);
        cont = contStore(pc + 1);
        pc += 4;
        break;
      case OP.OP_IN:
        setFramePc(frame, pc + 4);
        v = hasElement(reg(r, pc + 2), reg(r, pc + 3));
        cont = contStore(pc + 1) | CONT_BOOL;
        pc += 4;
        break;
      case OP.OP_INSTANCEOF:
        setFramePc(frame, pc + 4);
        v = instanceOf(reg(r, pc + 2), reg(r, pc + 3));
        cont = contStore(pc + 1) | CONT_BOOL;
        pc += 4;
        break;
      case OP.OP_GETSUPER:
        setFramePc(frame, pc + 5);
        v = slow.getSuper(reg(r, pc + 2), reg(r, pc + 3), reg(r, pc + 4));
        cont = contStore(pc + 1);
        pc += 5;
        break;
      case OP.OP_SETSUPER:
        setFramePc(frame, pc + 5);
        v = slow.setSuper(reg(r, pc + 1), reg(r, pc + 2), reg(r, pc + 3), reg(r, pc + 4), (codeFlags(frameCode(frame)) & FN_STRICT) != 0);
        cont = CONT_NONE;
        pc += 5;
        break;
      case OP.OP_GETPROTO:
        setFramePc(frame, pc + 3);
        v = slow.prototypeValue(reg(r, pc + 2));
        cont = contStore(pc + 1);
        pc += 3;
        break;

      // Literals
      case OP.OP_NEWOBJ: {
        const i = load<u16>(pc, 2);
        setReg(r, pc + 1, fromObject(newObjectOfShape(i == 0xffff ? emptyObjectShape() : pointerAt(codeShapes(frameCode(frame)), i))));
        pc += 4;
        continue;
      }
      case OP.OP_INITSLOT:
        if (slow.initSlot(reg(r, pc + 1), load<u8>(pc, 2), reg(r, pc + 3))) { pc += 4; continue; }
        setFramePc(frame, pc + 4);
        v = malformed();
        break;
      case OP.OP_INITPROP: {
        const o = reg(r, pc + 1), site = sites + <usize>load<u16>(pc, 2) * SITE_BYTES, value = reg(r, pc + 4);
        const p = ptrOf(o);
        if (isObject(o) && load<u32>(p, 4) == load<u32>(site, SITE_SHAPE)) {
          const slot = load<i32>(site, SITE_SLOT), to = <usize>load<u32>(site, SITE_EXTRA);
          if (slot >= 0 && to) {
            storePtr(p, p + 4, to);
            storeValue(p, p + slot, value);
            pc += 5;
            continue;
          }
        }
        setFramePc(frame, pc + 5);
        v = initPropMiss(sites - 8, site, o, value);
        cont = CONT_NONE;
        pc += 5;
        break;
      }
      case OP.OP_DEFELEM:
        setFramePc(frame, pc + 4);
        v = defineElement(reg(r, pc + 1), reg(r, pc + 2), reg(r, pc + 3));
        cont = CONT_NONE;
        pc += 4;
        break;
      case OP.OP_DEFMETHOD:
        setFramePc(frame, pc + 5);
        v = slow.defineMethod(reg(r, pc + 1), reg(r, pc + 2), reg(r, pc + 3), load<u8>(pc, 4));
        cont = CONT_NONE;
        pc += 5;
        break;
      case OP.OP_SETPROTO:
        if (slow.setLiteralProto(reg(r, pc + 1), reg(r, pc + 2))) { pc += 3; continue; }
        setFramePc(frame, pc + 3);
        v = malformed();
        break;
      case OP.OP_COPYPROPS:
        setFramePc(frame, pc + 3);
        v = slow.copyProps(reg(r, pc + 1), reg(r, pc + 2));
        cont = CONT_NONE;
        pc += 3;
        break;
      case OP.OP_COPYREST:
        setFramePc(frame, pc + 5);
        v = slow.copyRest(reg(r, pc + 2), r + (<usize>load<u8>(pc, 3) << 3), load<u8>(pc, 4));
        cont = contStore(pc + 1);
        pc += 5;
        break;
      case OP.OP_NEWARR: setReg(r, pc + 1, fromObject(newArray(load<u16>(pc, 2)))); pc += 4; continue;
      case OP.OP_APPEND: {
        const a = reg(r, pc + 1);
        if (!slow.isArray(a)) { setFramePc(frame, pc + 3); v = malformed(); break; }
        if (appendElement(ptrOf(a), reg(r, pc + 2))) { pc += 3; continue; }
        setFramePc(frame, pc + 3);
        v = EXCEPTION;
        break;
      }
      case OP.OP_APPENDHOLE: {
        const a = reg(r, pc + 1);
        if (slow.isArray(a)) { setLengthField(ptrOf(a), arrayLength(ptrOf(a)) + 1); pc += 2; continue; }
        setFramePc(frame, pc + 2);
        v = malformed();
        break;
      }
      case OP.OP_SPREAD:
        setFramePc(frame, pc + 3);
        v = slow.spread(reg(r, pc + 1), reg(r, pc + 2));
        cont = CONT_NONE;
        pc += 3;
        break;
      case OP.OP_TEMPLATE:
        setFramePc(frame, pc + 4);
        v = slow.templateObject(frameCode(frame), load<u64>(k + (<usize>load<u16>(pc, 2) << 3)));
        cont = contStore(pc + 1);
        pc += 4;
        break;
      case OP.OP_REGEXP:
        setFramePc(frame, pc + 4);
        v = slow.regexpLiteral(frameCode(frame), load<u64>(k + (<usize>load<u16>(pc, 2) << 3)));
        cont = contStore(pc + 1);
        pc += 4;
        break;
      case OP.OP_SETNAME: slow.setFunctionName(reg(r, pc + 1), reg(r, pc + 2), load<u8>(pc, 3)); pc += 4; continue;

      // Classes
      case OP.OP_CLASS: {
        setFramePc(frame, pc + 6);
        v = slow.makeClass(frame, r, scope, pc);
        cont = CONT_CLASS;
        extra = <u32>pc;
        pc += 6;
        break;
      }
      case OP.OP_SETFIELDS: {
        const constructor = reg(r, pc + 1), fields = reg(r, pc + 2);
        if (slow.isClosure(constructor) && slow.isClosure(fields)) { setClosureFields(ptrOf(constructor), ptrOf(fields)); pc += 3; continue; }
        setFramePc(frame, pc + 3);
        v = malformed();
        break;
      }
      case OP.OP_INITFIELDS: {
        setFramePc(frame, pc + 3);
        if (!slow.isClosure(reg(r, pc + 2))) { v = malformed(); break; }
        const fields = closureFields(ptrOf(reg(r, pc + 2)));
        if (!fields) { pc += 3; continue; }
        v = slow.callFields(fields, reg(r, pc + 1));
        cont = CONT_NONE;
        pc += 3;
        break;
      }
      case OP.OP_NEWPRIV: setReg(r, pc + 1, slow.newPrivateName(load<u64>(k + (<usize>load<u16>(pc, 2) << 3)))); pc += 4; continue;
      case OP.OP_GETPRIV:
        setFramePc(frame, pc + 4);
        v = slow.getPrivate(reg(r, pc + 2), reg(r, pc + 3));
        cont = contStore(pc + 1);
        pc += 4;
        break;
      case OP.OP_SETPRIV:
        setFramePc(frame, pc + 4);
        v = slow.setPrivate(reg(r, pc + 1), reg(r, pc + 2), reg(r, pc + 3));
        cont = CONT_NONE;
        pc += 4;
        break;
      case OP.OP_DEFPRIV:
        setFramePc(frame, pc + 4);
        v = slow.definePrivate(reg(r, pc + 1), reg(r, pc + 2), reg(r, pc + 3));
        cont = CONT_NONE;
        pc += 4;
        break;
      case OP.OP_DEFPRIVM:
        setFramePc(frame, pc + 5);
        v = slow.definePrivateMethod(reg(r, pc + 1), reg(r, pc + 2), reg(r, pc + 3), load<u8>(pc, 4));
        cont = CONT_NONE;
        pc += 5;
        break;
      case OP.OP_HASPRIV:
        setFramePc(frame, pc + 4);
        v = slow.hasPrivate(reg(r, pc + 2), reg(r, pc + 3));
        cont = contStore(pc + 1);
        pc += 4;
        break;

      // Arithmetic
      case OP.OP_ADD: {
        const a = reg(r, pc + 2), b = reg(r, pc + 3);
        if (both32(a, b)) {
          const n = <i64>asInt(a) + <i64>asInt(b);
          if (<i64><i32>n == n) { setReg(r, pc + 1, fromInt(<i32>n)); pc += 4; continue; }
        }
        if (bothNumbers(a, b)) { setReg(r, pc + 1, fromDouble(numberOf(a) + numberOf(b))); pc += 4; continue; }
        if (isString(a) && isString(b)) {
          const s = concatStrings(ptrOf(a), ptrOf(b));
          if (s) { setReg(r, pc + 1, fromString(s)); pc += 4; continue; }
          setFramePc(frame, pc + 4);
          v = throwRangeError("Invalid string length");
          break;
        }
        setFramePc(frame, pc + 4);
        v = arithmetic(OP.OP_ADD, a, b);
        cont = contStore(pc + 1);
        pc += 4;
        break;
      }
      case OP.OP_SUB: {
        const a = reg(r, pc + 2), b = reg(r, pc + 3);
        if (both32(a, b)) {
          const n = <i64>asInt(a) - <i64>asInt(b);
          if (<i64><i32>n == n) { setReg(r, pc + 1, fromInt(<i32>n)); pc += 4; continue; }
        }
        if (bothNumbers(a, b)) { setReg(r, pc + 1, fromDouble(numberOf(a) - numberOf(b))); pc += 4; continue; }
        setFramePc(frame, pc + 4);
        v = arithmetic(OP.OP_SUB, a, b);
        cont = contStore(pc + 1);
        pc += 4;
        break;
      }
      case OP.OP_MUL: {
        const a = reg(r, pc + 2), b = reg(r, pc + 3);
        if (both32(a, b)) {
          const x = asInt(a), y = asInt(b), p = <i64>x * <i64>y;
          if (<i64><i32>p == p && (p != 0 || (x | y) >= 0)) { setReg(r, pc + 1, fromInt(<i32>p)); pc += 4; continue; }
        }
        if (bothNumbers(a, b)) { setReg(r, pc + 1, fromDouble(numberOf(a) * numberOf(b))); pc += 4; continue; }
        setFramePc(frame, pc + 4);
        v = arithmetic(OP.OP_MUL, a, b);
        cont = contStore(pc + 1);
        pc += 4;
        break;
      }
      case OP.OP_DIV: {
        const a = reg(r, pc + 2), b = reg(r, pc + 3);
        if (bothNumbers(a, b)) { setReg(r, pc + 1, fromF64(numberOf(a) / numberOf(b))); pc += 4; continue; }
        setFramePc(frame, pc + 4);
        v = arithmetic(OP.OP_DIV, a, b);
        cont = contStore(pc + 1);
        pc += 4;
        break;
      }
      case OP.OP_MOD: {
        const a = reg(r, pc + 2), b = reg(r, pc + 3);
        if (both32(a, b) && asInt(a) >= 0 && asInt(b) > 0) { setReg(r, pc + 1, fromInt(<i32>(<u32>asInt(a) % <u32>asInt(b)))); pc += 4; continue; }
        if (bothNumbers(a, b)) { setReg(r, pc + 1, fromF64(remainder(numberOf(a), numberOf(b)))); pc += 4; continue; }
        setFramePc(frame, pc + 4);
        v = arithmetic(OP.OP_MOD, a, b);
        cont = contStore(pc + 1);
        pc += 4;
        break;
      }
      case OP.OP_EXP: {
        setFramePc(frame, pc + 4);
        v = arithmetic(OP.OP_EXP, reg(r, pc + 2), reg(r, pc + 3));
        cont = contStore(pc + 1);
        pc += 4;
        break;
      }
      case OP.OP_BAND: {
        const a = reg(r, pc + 2), b = reg(r, pc + 3);
        if (both32(a, b)) { setReg(r, pc + 1, fromInt(asInt(a) & asInt(b))); pc += 4; continue; }
        setFramePc(frame, pc + 4);
        v = arithmetic(OP.OP_BAND, a, b);
        cont = contStore(pc + 1);
        pc += 4;
        break;
      }
      case OP.OP_BOR: {
        const a = reg(r, pc + 2), b = reg(r, pc + 3);
        if (both32(a, b)) { setReg(r, pc + 1, fromInt(asInt(a) | asInt(b))); pc += 4; continue; }
        setFramePc(frame, pc + 4);
        v = arithmetic(OP.OP_BOR, a, b);
        cont = contStore(pc + 1);
        pc += 4;
        break;
      }
      case OP.OP_BXOR: {
        const a = reg(r, pc + 2), b = reg(r, pc + 3);
        if (both32(a, b)) { setReg(r, pc + 1, fromInt(asInt(a) ^ asInt(b))); pc += 4; continue; }
        setFramePc(frame, pc + 4);
        v = arithmetic(OP.OP_BXOR, a, b);
        cont = contStore(pc + 1);
        pc += 4;
        break;
      }
      case OP.OP_SHL: {
        const a = reg(r, pc + 2), b = reg(r, pc + 3);
        if (both32(a, b)) { setReg(r, pc + 1, fromInt(asInt(a) << (asInt(b) & 31))); pc += 4; continue; }
        setFramePc(frame, pc + 4);
        v = arithmetic(OP.OP_SHL, a, b);
        cont = contStore(pc + 1);
        pc += 4;
        break;
      }
      case OP.OP_SHR: {
        const a = reg(r, pc + 2), b = reg(r, pc + 3);
        if (both32(a, b)) { setReg(r, pc + 1, fromInt(asInt(a) >> (asInt(b) & 31))); pc += 4; continue; }
        setFramePc(frame, pc + 4);
        v = arithmetic(OP.OP_SHR, a, b);
        cont = contStore(pc + 1);
        pc += 4;
        break;
      }
      case OP.OP_USHR: {
        const a = reg(r, pc + 2), b = reg(r, pc + 3);
        if (both32(a, b)) { setReg(r, pc + 1, fromU32(<u32>asInt(a) >>> (asInt(b) & 31))); pc += 4; continue; }
        setFramePc(frame, pc + 4);
        v = arithmetic(OP.OP_USHR, a, b);
        cont = contStore(pc + 1);
        pc += 4;
        break;
      }
      case OP.OP_ADDI: {
        const a = reg(r, pc + 2), n = <i32>load<i8>(pc, 3);
        if (isInt(a)) {
          const sum = <i64>asInt(a) + <i64>n;
          if (<i64><i32>sum == sum) { setReg(r, pc + 1, fromInt(<i32>sum)); pc += 4; continue; }
        }
        if (isNumber(a)) { setReg(r, pc + 1, fromDouble(numberOf(a) + <f64>n)); pc += 4; continue; }
        setFramePc(frame, pc + 4);
        v = arithmetic(OP.OP_ADD, a, fromInt(n));
        cont = contStore(pc + 1);
        pc += 4;
        break;
      }
      case OP.OP_SUBI: {
        const a = reg(r, pc + 2), n = <i32>load<i8>(pc, 3);
        if (isInt(a)) {
          const sum = <i64>asInt(a) - <i64>n;
          if (<i64><i32>sum == sum) { setReg(r, pc + 1, fromInt(<i32>sum)); pc += 4; continue; }
        }
        if (isNumber(a)) { setReg(r, pc + 1, fromDouble(numberOf(a) - <f64>n)); pc += 4; continue; }
        setFramePc(frame, pc + 4);
        v = arithmetic(OP.OP_SUB, a, fromInt(n));
        cont = contStore(pc + 1);
        pc += 4;
        break;
      }
      case OP.OP_INC: {
        const a = reg(r, pc + 2);
        if (isInt(a) && asInt(a) != i32.MAX_VALUE) { setReg(r, pc + 1, fromInt(asInt(a) + 1)); pc += 3; continue; }
        if (isNumber(a)) { setReg(r, pc + 1, fromDouble(numberOf(a) + 1)); pc += 3; continue; }
        setFramePc(frame, pc + 3);
        v = unary(OP.OP_INC, a);
        cont = contStore(pc + 1);
        pc += 3;
        break;
      }
      case OP.OP_DEC: {
        const a = reg(r, pc + 2);
        if (isInt(a) && asInt(a) != i32.MIN_VALUE) { setReg(r, pc + 1, fromInt(asInt(a) - 1)); pc += 3; continue; }
        if (isNumber(a)) { setReg(r, pc + 1, fromDouble(numberOf(a) - 1)); pc += 3; continue; }
        setFramePc(frame, pc + 3);
        v = unary(OP.OP_DEC, a);
        cont = contStore(pc + 1);
        pc += 3;
        break;
      }
      case OP.OP_NEG: {
        const a = reg(r, pc + 2);
        if (isInt(a) && asInt(a) != 0 && asInt(a) != i32.MIN_VALUE) { setReg(r, pc + 1, fromInt(-asInt(a))); pc += 3; continue; }
        if (isDouble(a)) { setReg(r, pc + 1, fromDouble(-asDouble(a))); pc += 3; continue; }
        setFramePc(frame, pc + 3);
        v = unary(OP.OP_NEG, a);
        cont = contStore(pc + 1);
        pc += 3;
        break;
      }
      case OP.OP_PLUS:
      case OP.OP_TONUMERIC: {
        const a = reg(r, pc + 2);
        if (isNumber(a)) { setReg(r, pc + 1, a); pc += 3; continue; }
        setFramePc(frame, pc + 3);
        v = unary(<i32>load<u8>(pc), a);
        cont = contStore(pc + 1);
        pc += 3;
        break;
      }
      case OP.OP_BNOT: {
        const a = reg(r, pc + 2);
        if (isInt(a)) { setReg(r, pc + 1, fromInt(~asInt(a))); pc += 3; continue; }
        setFramePc(frame, pc + 3);
        v = unary(OP.OP_BNOT, a);
        cont = contStore(pc + 1);
        pc += 3;
        break;
      }
      case OP.OP_NOT: setReg(r, pc + 1, fromBool(!toBoolean(reg(r, pc + 2)))); pc += 3; continue;
      case OP.OP_TYPEOF: setReg(r, pc + 1, typeOf(reg(r, pc + 2))); pc += 3; continue;
      case OP.OP_TOSTR:
      case OP.OP_TOKEY: {
        const a = reg(r, pc + 2);
        if (isString(a)) { setReg(r, pc + 1, a); pc += 3; continue; }
        setFramePc(frame, pc + 3);
        v = unary(<i32>load<u8>(pc), a);
        cont = contStore(pc + 1);
        pc += 3;
        break;
      }
      case OP.OP_ELEMKEY: {
        const o = reg(r, pc + 2), key = reg(r, pc + 3);
        setFramePc(frame, pc + 4);
        if (isNullish(o)) v = getElement(o, key);
        else {
          if (isInt(key) || isString(key)) { setReg(r, pc + 1, key); pc += 4; continue; }
          v = unary(OP.OP_TOKEY, key);
        }
        cont = contStore(pc + 1);
        pc += 4;
        break;
      }
      case OP.OP_REQOBJ:
        if (!isNullish(reg(r, pc + 1))) { pc += 2; continue; }
        setFramePc(frame, pc + 2);
        v = slow.notDestructurable(reg(r, pc + 1));
        break;
      case OP.OP_CHECKOBJ:
        if (isObject(reg(r, pc + 1))) { pc += 2; continue; }
        setFramePc(frame, pc + 2);
        v = slow.notIteratorResult(reg(r, pc + 1));
        break;
      case OP.OP_EQ:
        setFramePc(frame, pc + 4);
        v = looseEquals(reg(r, pc + 2), reg(r, pc + 3));
        cont = contStore(pc + 1) | CONT_BOOL;
        pc += 4;
        break;
      case OP.OP_NE:
        setFramePc(frame, pc + 4);
        v = looseEquals(reg(r, pc + 2), reg(r, pc + 3));
        cont = contStore(pc + 1) | CONT_NOT;
        pc += 4;
        break;
      case OP.OP_SEQ: setReg(r, pc + 1, fromBool(same(reg(r, pc + 2), reg(r, pc + 3)))); pc += 4; continue;
      case OP.OP_SNE: setReg(r, pc + 1, fromBool(!same(reg(r, pc + 2), reg(r, pc + 3)))); pc += 4; continue;
      case OP.OP_LT: {
        const a = reg(r, pc + 2), b = reg(r, pc + 3);
        if (bothNumbers(a, b)) { setReg(r, pc + 1, fromBool(less(a, b))); pc += 4; continue; }
        setFramePc(frame, pc + 4);
        v = compare(OP.OP_LT, a, b);
        cont = contStore(pc + 1) | CONT_BOOL;
        pc += 4;
        break;
      }
      case OP.OP_LE: {
        const a = reg(r, pc + 2), b = reg(r, pc + 3);
        if (bothNumbers(a, b)) { setReg(r, pc + 1, fromBool(lessOrEqual(a, b))); pc += 4; continue; }
        setFramePc(frame, pc + 4);
        v = compare(OP.OP_LE, a, b);
        cont = contStore(pc + 1) | CONT_BOOL;
        pc += 4;
        break;
      }
      case OP.OP_GT: {
        const a = reg(r, pc + 2), b = reg(r, pc + 3);
        if (bothNumbers(a, b)) { setReg(r, pc + 1, fromBool(less(b, a))); pc += 4; continue; }
        setFramePc(frame, pc + 4);
        v = compare(OP.OP_GT, a, b);
        cont = contStore(pc + 1) | CONT_BOOL;
        pc += 4;
        break;
      }
      case OP.OP_GE: {
        const a = reg(r, pc + 2), b = reg(r, pc + 3);
        if (bothNumbers(a, b)) { setReg(r, pc + 1, fromBool(lessOrEqual(b, a))); pc += 4; continue; }
        setFramePc(frame, pc + 4);
        v = compare(OP.OP_GE, a, b);
        cont = contStore(pc + 1) | CONT_BOOL;
        pc += 4;
        break;
      }

      // Jumps
      case OP.OP_JMP: {
        const d = <i32>load<i16>(pc, 1);
        pc += 3 + d;
        if (d >= 0) continue;
        if (burnFuel()) continue;
        v = INTERRUPT;
        break;
      }
      case OP.OP_JMP32: {
        const d = load<i32>(pc, 1);
        pc += 5 + d;
        if (d >= 0) continue;
        if (burnFuel()) continue;
        v = INTERRUPT;
        break;
      }
      case OP.OP_JT: {
        const a = reg(r, pc + 1);
        if (a == FALSE || (a != TRUE && !toBoolean(a))) { pc += 4; continue; }
        const d = <i32>load<i16>(pc, 2);
        pc += 4 + d;
        if (d >= 0 || burnFuel()) continue;
        v = INTERRUPT;
        break;
      }
      case OP.OP_JF: {
        const a = reg(r, pc + 1);
        if (a == TRUE || (a != FALSE && toBoolean(a))) { pc += 4; continue; }
        const d = <i32>load<i16>(pc, 2);
        pc += 4 + d;
        if (d >= 0 || burnFuel()) continue;
        v = INTERRUPT;
        break;
      }
      case OP.OP_JNULLISH: {
        if (!isNullish(reg(r, pc + 1))) { pc += 4; continue; }
        const d = <i32>load<i16>(pc, 2);
        pc += 4 + d;
        if (d >= 0 || burnFuel()) continue;
        v = INTERRUPT;
        break;
      }
      case OP.OP_JNNULLISH: {
        if (isNullish(reg(r, pc + 1))) { pc += 4; continue; }
        const d = <i32>load<i16>(pc, 2);
        pc += 4 + d;
        if (d >= 0 || burnFuel()) continue;
        v = INTERRUPT;
        break;
      }
      case OP.OP_JUNDEF: {
        if (reg(r, pc + 1) != UNDEFINED) { pc += 4; continue; }
        const d = <i32>load<i16>(pc, 2);
        pc += 4 + d;
        if (d >= 0 || burnFuel()) continue;
        v = INTERRUPT;
        break;
      }
      case OP.OP_JNUNDEF: {
        if (reg(r, pc + 1) == UNDEFINED) { pc += 4; continue; }
        const d = <i32>load<i16>(pc, 2);
        pc += 4 + d;
        if (d >= 0 || burnFuel()) continue;
        v = INTERRUPT;
        break;
      }
      case OP.OP_JNDONE: {
        if (reg(r, pc + 1) == DONE) { pc += 4; continue; }
        const d = <i32>load<i16>(pc, 2);
        pc += 4 + d;
        if (d >= 0 || burnFuel()) continue;
        v = INTERRUPT;
        break;
      }
      case OP.OP_JDONE: {
        if (reg(r, pc + 1) != DONE) { pc += 4; continue; }
        const d = <i32>load<i16>(pc, 2);
        pc += 4 + d;
        if (d >= 0 || burnFuel()) continue;
        v = INTERRUPT;
        break;
      }
      case OP.OP_JLT: {
        const a = reg(r, pc + 1), b = reg(r, pc + 2);
        if (!bothNumbers(a, b)) { v = COMPARE_SLOWLY; break; }
        if (!less(a, b)) { pc += 5; continue; }
        const d = <i32>load<i16>(pc, 3);
        pc += 5 + d;
        if (d >= 0 || burnFuel()) continue;
        v = INTERRUPT;
        break;
      }
      case OP.OP_JNLT: {
        const a = reg(r, pc + 1), b = reg(r, pc + 2);
        if (!bothNumbers(a, b)) { v = COMPARE_SLOWLY; break; }
        if (less(a, b)) { pc += 5; continue; }
        const d = <i32>load<i16>(pc, 3);
        pc += 5 + d;
        if (d >= 0 || burnFuel()) continue;
        v = INTERRUPT;
        break;
      }
      case OP.OP_JLE: {
        const a = reg(r, pc + 1), b = reg(r, pc + 2);
        if (!bothNumbers(a, b)) { v = COMPARE_SLOWLY; break; }
        if (!lessOrEqual(a, b)) { pc += 5; continue; }
        const d = <i32>load<i16>(pc, 3);
        pc += 5 + d;
        if (d >= 0 || burnFuel()) continue;
        v = INTERRUPT;
        break;
      }
      case OP.OP_JNLE: {
        const a = reg(r, pc + 1), b = reg(r, pc + 2);
        if (!bothNumbers(a, b)) { v = COMPARE_SLOWLY; break; }
        if (lessOrEqual(a, b)) { pc += 5; continue; }
        const d = <i32>load<i16>(pc, 3);
        pc += 5 + d;
        if (d >= 0 || burnFuel()) continue;
        v = INTERRUPT;
        break;
      }
      case OP.OP_JGT: {
        const a = reg(r, pc + 1), b = reg(r, pc + 2);
        if (!bothNumbers(a, b)) { v = COMPARE_SLOWLY; break; }
        if (!less(b, a)) { pc += 5; continue; }
        const d = <i32>load<i16>(pc, 3);
        pc += 5 + d;
        if (d >= 0 || burnFuel()) continue;
        v = INTERRUPT;
        break;
      }
      case OP.OP_JNGT: {
        const a = reg(r, pc + 1), b = reg(r, pc + 2);
        if (!bothNumbers(a, b)) { v = COMPARE_SLOWLY; break; }
        if (less(b, a)) { pc += 5; continue; }
        const d = <i32>load<i16>(pc, 3);
        pc += 5 + d;
        if (d >= 0 || burnFuel()) continue;
        v = INTERRUPT;
        break;
      }
      case OP.OP_JGE: {
        const a = reg(r, pc + 1), b = reg(r, pc + 2);
        if (!bothNumbers(a, b)) { v = COMPARE_SLOWLY; break; }
        if (!lessOrEqual(b, a)) { pc += 5; continue; }
        const d = <i32>load<i16>(pc, 3);
        pc += 5 + d;
        if (d >= 0 || burnFuel()) continue;
        v = INTERRUPT;
        break;
      }
      case OP.OP_JNGE: {
        const a = reg(r, pc + 1), b = reg(r, pc + 2);
        if (!bothNumbers(a, b)) { v = COMPARE_SLOWLY; break; }
        if (lessOrEqual(b, a)) { pc += 5; continue; }
        const d = <i32>load<i16>(pc, 3);
        pc += 5 + d;
        if (d >= 0 || burnFuel()) continue;
        v = INTERRUPT;
        break;
      }
      case OP.OP_JEQ:
      case OP.OP_JNE: {
        const a = reg(r, pc + 1), b = reg(r, pc + 2);
        if (both32(a, b)) {
          if ((a == b) != (load<u8>(pc) == OP.OP_JEQ)) { pc += 5; continue; }
          const d = <i32>load<i16>(pc, 3);
          pc += 5 + d;
          if (d >= 0 || burnFuel()) continue;
          v = INTERRUPT;
          break;
        }
        setFramePc(frame, pc + 5);
        v = looseEquals(a, b);
        cont = load<u8>(pc) == OP.OP_JEQ ? CONT_JUMP_TRUE : CONT_JUMP_FALSE;
        extra = <u32>(pc + 5 + <i32>load<i16>(pc, 3));
        pc += 5;
        break;
      }
      case OP.OP_JSEQ: {
        const a = reg(r, pc + 1), b = reg(r, pc + 2);
        if (!same(a, b)) { pc += 5; continue; }
        const d = <i32>load<i16>(pc, 3);
        pc += 5 + d;
        if (d >= 0 || burnFuel()) continue;
        v = INTERRUPT;
        break;
      }
      case OP.OP_JSNE: {
        const a = reg(r, pc + 1), b = reg(r, pc + 2);
        if (same(a, b)) { pc += 5; continue; }
        const d = <i32>load<i16>(pc, 3);
        pc += 5 + d;
        if (d >= 0 || burnFuel()) continue;
        v = INTERRUPT;
        break;
      }
      case OP.OP_SWITCH: {
        const to = slow.switchTarget(pointerAt(codeTables(frameCode(frame)), load<u16>(pc, 2)), reg(r, pc + 1));
        if (to < 0) { pc += 4; continue; }
        const target = codeStart(frameCode(frame)) + to;
        const backwards = target <= pc;
        pc = target;
        if (!backwards || burnFuel()) continue;
        v = INTERRUPT;
        break;
      }

      // Iteration
      case OP.OP_GETITER: {
        const o = reg(r, pc + 2);
        if (isObject(o) && load<u32>(ptrOf(o), 4) == <u32>arrayShape() && iterationPristine()) {
          const base = r + (<usize>load<u8>(pc, 1) << 3);
          store<u64>(base, o);
          store<u64>(base, fromInt(0), 8);
          pc += 3;
          continue;
        }
        setFramePc(frame, pc + 3);
        v = slow.getIterator(o);
        cont = contStore(pc + 1) | CONT_PAIR;
        pc += 3;
        break;
      }
      case OP.OP_GETSYNCITER:
        setFramePc(frame, pc + 3);
        v = slow.getSyncIterator(reg(r, pc + 2));
        cont = contStore(pc + 1) | CONT_PAIR;
        pc += 3;
        break;
      case OP.OP_GETASYNCITER:
        setFramePc(frame, pc + 3);
        v = slow.getAsyncIterator(reg(r, pc + 2));
        cont = contStore(pc + 1) | CONT_PAIR;
        pc += 3;
        break;
      case OP.OP_ITERVALUE:
      case OP.OP_ITERNEXT: {
        const base = r + (<usize>load<u8>(pc, 2) << 3);
        const next = load<u64>(base, 8), over = load<u8>(pc) == OP.OP_ITERNEXT ? DONE : UNDEFINED;
        if (load<u64>(base) == UNDEFINED) { setReg(r, pc + 1, over); pc += 3; continue; }
        if (isInt(next)) {
          if (!slow.isArray(load<u64>(base))) { setFramePc(frame, pc + 3); v = malformed(); break; }
          const a = ptrOf(load<u64>(base)), i = <u32>asInt(next);
          if (i >= arrayLength(a)) { store<u64>(base, UNDEFINED); setReg(r, pc + 1, over); pc += 3; continue; }
          store<u64>(base, fromInt(i + 1), 8);
          const e = elementsOf(a);
          v = e && kindOf(e) == KIND_ELEMENTS && i < load<u32>(e, 4) ? load<u64>(e + (<usize>i << 3), ELEMENTS_DATA) : HOLE;
          if (v != HOLE) { setReg(r, pc + 1, v); pc += 3; continue; }
          setFramePc(frame, pc + 3);
          v = getIndexed(fromObject(a), i);
          cont = contStore(pc + 1) | CONT_ITER_NEXT;
          extra = <u32>load<u8>(pc, 2) | (over == DONE ? 0 : 256);
        } else {
          setFramePc(frame, pc + 3);
          cont = contStore(pc + 1) | CONT_ITER_NEXT;
          extra = <u32>load<u8>(pc, 2) | (over == DONE ? 0 : 256);
          v = iterateQuickly(load<u64>(base), next, cont, extra);
          if (v == NOT_HANDLED) v = slow.iteratorNext(load<u64>(base), next);
        }
        if (v == EXCEPTION) store<u64>(base, UNDEFINED);
        pc += 3;
        break;
      }
      case OP.OP_ITERRESULT:
        setFramePc(frame, pc + 3);
        v = slow.iteratorResult(reg(r, pc + 2));
        cont = contStore(pc + 1);
        pc += 3;
        break;
      case OP.OP_ITERCLOSE:
      case OP.OP_ITERCLOSEQ: {
        const base = r + (<usize>load<u8>(pc, 1) << 3);
        if (load<u64>(base) == UNDEFINED || isInt(load<u64>(base, 8))) { pc += 2; continue; }
        setFramePc(frame, pc + 2);
        v = slow.iteratorClose(load<u64>(base), load<u8>(pc) == OP.OP_ITERCLOSEQ);
        cont = CONT_NONE;
        pc += 2;
        break;
      }
      case OP.OP_FORIN:
        setFramePc(frame, pc + 3);
        v = slow.forIn(reg(r, pc + 2), r + (<usize>load<u8>(pc, 1) << 3));
        cont = contStore(pc + 1) | CONT_FOR_IN;
        extra = load<u8>(pc, 2);
        pc += 3;
        break;
      case OP.OP_FORINNEXT:
        setFramePc(frame, pc + 3);
        v = slow.forInNext(r + (<usize>load<u8>(pc, 1) << 3), r + (<usize>load<u8>(pc, 2) << 3));
        if (v == UNDEFINED) { pc += 3; continue; }
        cont = CONT_FOR_IN_HAS;
        extra = <u32>pc;
        pc += 3;
        break;

      // Coroutines
      case OP.OP_INITGEN: {
        setFramePc(frame, pc + 1);
        if (frameCoroutine(frame)) { v = malformed(); break; }
        cont = frameCont(frame);
        extra = frameExtra(frame);
        v = initGenerator(frame);
        frame -= FRAME_BYTES;
        setCurrentFrame(frame);
        if (v != CALL_PENDING && cont == CONT_HOST) return v;
        const code = frameCode(frame);
        r = frameBase(frame);
        if (code) {
          pc = framePc(frame);
          k = codeConstants(code) + 8;
          sites = codeSites(code) + 8;
          scope = closureScope(ptrOf(load<u64>(r - 16)));
        }
        break;
      }
      case OP.OP_YIELD:
      case OP.OP_AWAIT: {
        setFramePc(frame, pc + 3);
        if (!frameCoroutine(frame)) { v = malformed(); break; }
        v = reg(r, pc + 2);
        cont = frameCont(frame);
        extra = frameExtra(frame);
        suspend(frame, load<u8>(pc, 1), load<u8>(pc) == OP.OP_AWAIT);
        frame -= FRAME_BYTES;
        setCurrentFrame(frame);
        const code = frameCode(frame);
        pc = framePc(frame);
        r = frameBase(frame);
        k = codeConstants(code) + 8;
        sites = codeSites(code) + 8;
        scope = closureScope(ptrOf(load<u64>(r - 16)));
        break;
      }
      case OP.OP_RESUME:
        setFramePc(frame, pc + 5);
        cont = contStore(pc + 1);
        v = resume(reg(r, pc + 2), reg(r, pc + 3), reg(r, pc + 4), cont, 0);
        pc += 5;
        break;

      // Modules
      case OP.OP_LDIMPORT:
        setFramePc(frame, pc + 4);
        v = slow.loadImport(frameCode(frame), load<u16>(pc, 2));
        cont = contStore(pc + 1);
        pc += 4;
        break;
      case OP.OP_DYNIMPORT:
        setFramePc(frame, pc + 4);
        v = slow.dynamicImport(frameCode(frame), reg(r, pc + 2), load<u8>(pc, 3) == NO_REGISTER ? UNDEFINED : reg(r, pc + 3));
        cont = contStore(pc + 1);
        pc += 4;
        break;
      case OP.OP_IMPORTMETA:
        setFramePc(frame, pc + 2);
        v = slow.importMeta(frameCode(frame));
        cont = contStore(pc + 1);
        pc += 2;
        break;
      case OP.OP_COUNT: // ENTRY
        v = CALL_PENDING;
        cont = CONT_HOST;
        break;
      default: unreachable();
    }

    // The instruction's outcome.
    while (true) {
      if (v == INTERRUPT) {
        setFramePc(frame, pc);
        v = checkInterrupt();
        if (v != EXCEPTION) break;
        setFramePc(frame, pc + 1);
      }
      if (v == COMPARE_SLOWLY) {
        const op = <i32>load<u8>(pc);
        setFramePc(frame, pc + 5);
        v = compare(op <= OP.OP_JNLT ? OP.OP_LT : op <= OP.OP_JNLE ? OP.OP_LE : op <= OP.OP_JNGT ? OP.OP_GT : OP.OP_GE, reg(r, pc + 1), reg(r, pc + 2));
        cont = (op - OP.OP_JLT) & 1 ? CONT_JUMP_FALSE : CONT_JUMP_TRUE;
        extra = <u32>(pc + 5 + <i32>load<i16>(pc, 3));
        pc += 5;
      }
      if (v == KEY_PENDING) {
        // An element access (all such instructions have 4 bytes) whose key is an object: its ToPropertyKey was laid out.
        extra = <u32>(pc - 4);
        cont = CONT_RETRY_KEY;
        v = CALL_PENDING;
      }
      if (v == CALL_PENDING) {
        v = enterCall(cont, extra);
        if (v == CALL_PENDING) { // a hook comes first, and means something else
          cont = frameCont(currentFrame() + FRAME_BYTES);
          extra = frameExtra(currentFrame() + FRAME_BYTES);
          continue;
        }
        if (v == EXCEPTION) { if ((cont & 127) == CONT_ITER_NEXT) store<u64>(r + (<usize>(extra & 255) << 3), UNDEFINED); }
        else if (v != FRAME_CHANGED && cont == CONT_HOST) return v;
      }
      if (v == FRAME_CHANGED) {
        frame = currentFrame();
        const code = frameCode(frame);
        pc = framePc(frame);
        r = frameBase(frame);
        k = codeConstants(code) + 8;
        sites = codeSites(code) + 8;
        scope = closureScope(ptrOf(load<u64>(r - 16)));
        if (burnFuel()) break;
        v = INTERRUPT;
        continue;
      }
      if (v == EXCEPTION) {
        frame = unwindTo();
        if (!frame) return EXCEPTION;
        const code = frameCode(frame);
        pc = framePc(frame);
        r = frameBase(frame);
        k = codeConstants(code) + 8;
        sites = codeSites(code) + 8;
        scope = closureScope(ptrOf(load<u64>(r - 16)));
        // A handler may be before what throws: a jump backwards too.
        if (burnFuel()) break;
        v = INTERRUPT;
        continue;
      }
      if (cont & CONT_CLEAN) cleanRegisters(frame);
      switch (cont & 127) {
        case CONT_STORE: store<u64>(r + (<usize>(cont >>> 8 & 255) << 3), v); break;
        case CONT_NONE: break;
        case CONT_JUMP_TRUE:
        case CONT_JUMP_FALSE:
          if (toBoolean(v) == ((cont & 127) == CONT_JUMP_TRUE)) {
            const backwards = extra < <u32>pc;
            pc = extra;
            if (backwards && !burnFuel()) { v = INTERRUPT; continue; }
          }
          break;
        case CONT_ITER_NEXT:
          if (v == DONE) {
            store<u64>(r + (<usize>(extra & 255) << 3), UNDEFINED);
            if (extra & 256) v = UNDEFINED;
          }
          store<u64>(r + (<usize>(cont >>> 8 & 255) << 3), v);
          break;
        case CONT_CONSTRUCT:
          v = afterConstructHook(v, extra);
          cont = frameCont(frame + FRAME_BYTES);
          extra = frameExtra(frame + FRAME_BYTES);
          continue;
        case CONT_RETRY_KEY: {
          const at = extra;
          v = slow.retryWithKey(at, r, v, (codeFlags(frameCode(frame)) & FN_STRICT) != 0);
          cont = slow.retryCont(at);
          continue;
        }
        case CONT_PAIR: {
          const a = ptrOf(v), at = r + (<usize>(cont >>> 8 & 255) << 3);
          store<u64>(at, getIndex(a, 0));
          store<u64>(at, getIndex(a, 1), 8);
          break;
        }
        case CONT_BOOL: store<u64>(r + (<usize>(cont >>> 8 & 255) << 3), fromBool(v == TRUE || (v != FALSE && toBoolean(v)))); break;
        case CONT_NOT: store<u64>(r + (<usize>(cont >>> 8 & 255) << 3), fromBool(!(v == TRUE || (v != FALSE && toBoolean(v))))); break;
        case CONT_CLASS:
          v = completeClass(frame, r, scope, extra, v);
          cont = CONT_NONE;
          continue;
        case CONT_FOR_IN: completeForIn(r + (<usize>(cont >>> 8 & 255) << 3), v); break;
        case CONT_FOR_IN_HAS:
          if (v != TRUE && !toBoolean(v)) pc = extra; // not there any more: on to the next key
          break;
        default: unreachable();
      }
      break;
    }
  }
}

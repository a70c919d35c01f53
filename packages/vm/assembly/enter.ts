/** Entering calls: closures push a frame, natives run at once, bound functions and proxies are taken apart; and leaving by exception. */
import { Value, UNDEFINED, HOLE, EXCEPTION, NOT_HANDLED, CALL_PENDING, FRAME_CHANGED, fromInt, fromObject, asInt, isObject, ptrOf, isUndefined, isSymbol } from "./value";
import { kindOf, flagsOf, storePtr, valueAt, valuesCount } from "./heap";
import { KIND_FUNCTION, KIND_NATIVE_FUNCTION, KIND_BOUND_FUNCTION, KIND_PROXY, KIND_OBJECT, KIND_ARGUMENTS, PROTO_OBJECT } from "./generated/kinds";
import { HOOK_CALL_PROXY, HOOK_CONSTRUCT_PROXY, HOOK_CONSTRUCT_PROTOTYPE } from "./generated/hooks";
import { FN_USES_ARGUMENTS, FN_HAS_REST, FN_CLASS_CONSTRUCTOR, FN_DERIVED, FN_LIBRARY, FN_STRICT, FN_MAPPED_ARGUMENTS } from "./generated/layout";
import {
  callArgc, callBase, callNewTarget, currentFrame, exceptionFlags, exceptionValue, hook, setCallArgc, setCallBase, setCallNewTarget, setCurrentFrame, setExceptionValue, FRAMES_END, REGISTERS_END, proto, wellKnownSymbol, arrayValues, throwTypeErrorFunction, SYMBOL_ITERATOR,
} from "./state";
import {
  FRAME_BYTES, LIBRARY_FRAMES, LIBRARY_REGISTERS, frameBase, frameCode, frameCont, frameCoroutine, frameExtra, framePc, frameNewTarget, setFrameArgc, setFrameBase, setFrameCode, setFrameCont, setFrameCoroutine, setFrameExtra, setFrameNewTarget, setFramePc, setFrameReach, cleanRegisters, CONT_CLEAN, CONT_CONSTRUCT, CONT_HOST, CONT_ITER_NEXT,
} from "./frame";
import { codeExceptionCount, codeExceptions, codeFlags, codeInstanceSlots, codeName, codeParams, codeRegs, codeStart, isPrepared, prepare } from "./code";
import { boundArgs, boundTargetOf, boundThis, closureCode, isConstructor, nativeFallback, nativeId, proxyFlags } from "./function";
import { callNative } from "./generated/natives";
import { getSlot, newArrayFrom, newObjectOfKind, newObjectOfShape, ownSlot, rootShape, shapeOf, addProperty, newAccessor, OBJ_CONSTRUCTOR } from "./object";
import { attrsAt, ATTR_ACCESSOR, ATTRS_METHOD } from "./shape";
import { newElements, ELEMENTS_DATA } from "./elements";
import { name, N_CALLEE, N_LENGTH, N_PROTOTYPE } from "./names";
import { malformed, throwRangeError, throwTypeError, throwWithString, ERR_TYPE } from "./errors";
import { sbFinish, sbPushLiteral, sbPushString, sbReset } from "./stringbuilder";
import { describeCallee } from "./describe";
import { finishCoroutine } from "./coroutine";
import { fromInternal } from "./value";

/**
 * Begin the call at state.callBase. FRAME_CHANGED: a frame was pushed. Otherwise the native's result or EXCEPTION, or CALL_PENDING when a hook has to be called
 * first. What the result will mean is left in the next frame record (cont, extra), as it may have changed.
 */
export function enterCall(cont: u32, extra: u32): Value {
  const next = currentFrame() + FRAME_BYTES;
  setFrameCont(next, cont);
  setFrameExtra(next, extra);
  let base = callBase(), argc = callArgc();
  const newTarget = callNewTarget();
  if (newTarget != UNDEFINED) return enterConstruct(base, argc, newTarget, cont, extra);
  while (true) {
    const callee = load<u64>(base);
    if (isObject(callee)) {
      const f = ptrOf(callee);
      switch (kindOf(f)) {
        case KIND_FUNCTION: return pushClosure(f, base, argc, UNDEFINED, cont, extra);
        case KIND_NATIVE_FUNCTION: {
          const v = callNative(nativeId(f), base + 16, argc);
          if (v != NOT_HANDLED) return v;
          const fallback = nativeFallback(f);
          if (!fallback) return throwTypeError("Not supported here");
          store<u64>(base, fromObject(fallback));
          return pushClosure(fallback, base, argc, UNDEFINED, cont, extra);
        }
        case KIND_BOUND_FUNCTION: {
          if (!shiftBound(base, argc, f)) return EXCEPTION;
          argc += valuesCount(boundArgs(f));
          store<u64>(base, fromObject(boundTargetOf(f)));
          store<u64>(base, boundThis(f), 8);
          continue;
        }
        case KIND_PROXY:
          if (proxyFlags(f) & 1) {
            const args = newArrayFrom(base + 16, argc);
            store<u64>(base, load<u64>(base, 8), 24); // this
            store<u64>(base, callee, 16);
            store<u64>(base, fromObject(args), 32);
            store<u64>(base, hook(HOOK_CALL_PROXY));
            store<u64>(base, UNDEFINED, 8);
            argc = 3;
            continue;
          }
          break;
        default: break;
      }
    }
    return notCallable(callee, "is not a function");
  }
}

/** Move the arguments up and put the bound ones before them. */
function shiftBound(base: usize, argc: i32, f: usize): bool {
  const n = valuesCount(boundArgs(f));
  if (base + 16 + (<usize>(argc + n) << 3) + 512 > REGISTERS_END) { throwRangeError("Maximum call stack size exceeded"); return false; }
  memory.copy(base + 16 + (<usize>n << 3), base + 16, <usize>argc << 3);
  memory.copy(base + 16, boundArgs(f) + 8, <usize>n << 3);
  return true;
}

function notCallable(callee: Value, what: string): Value {
  const text = describeCallee(callee, what);
  return throwWithString(ERR_TYPE, text);
}

/** Push the frame of a closure whose window lies at base + 16. */
export function pushClosure(f: usize, base: usize, argc: i32, newTarget: Value, cont: u32, extra: u32): Value {
  const code = closureCode(f), flags = codeFlags(code);
  if (flags & FN_CLASS_CONSTRUCTOR && newTarget == UNDEFINED) {
    sbReset();
    sbPushLiteral("Class constructor ");
    sbPushString(codeName(code));
    sbPushLiteral(" cannot be invoked without 'new'");
    return throwWithString(ERR_TYPE, sbFinish());
  }
  if (!isPrepared(code) && !prepare(code)) return EXCEPTION;
  const window = base + 16, nregs = codeRegs(code), nparams = <i32>codeParams(code);
  const end = window + (<usize>nregs << 3), next = currentFrame() + FRAME_BYTES;
  if (end + LIBRARY_REGISTERS > REGISTERS_END || next + LIBRARY_FRAMES > FRAMES_END) {
    // What is left is the library's, so that it can deal with the error. The record after the last frame is written before a call is entered.
    if (!(flags & FN_LIBRARY) || end + 4096 > REGISTERS_END || next + FRAME_BYTES * 4 > FRAMES_END) return throwRangeError("Maximum call stack size exceeded");
  }
  if (flags & (FN_USES_ARGUMENTS | FN_HAS_REST)) {
    let argumentsObject: usize = 0, rest: usize = 0;
    if (flags & FN_USES_ARGUMENTS) argumentsObject = makeArguments(window, argc, flags, f);
    if (flags & FN_HAS_REST) rest = argc > nparams ? newArrayFrom(window + (<usize>nparams << 3), argc - nparams) : newArrayFrom(0, 0);
    for (let at = window + (<usize>min(argc, nparams) << 3); at < end; at += 8) store<u64>(at, UNDEFINED);
    let at = window + (<usize>nparams << 3);
    if (argumentsObject) { store<u64>(at, fromObject(argumentsObject)); at += 8; }
    if (rest) store<u64>(at, fromObject(rest));
  } else {
    for (let at = window + (<usize>min(argc, nparams) << 3); at < end; at += 8) store<u64>(at, UNDEFINED);
  }
  if (flags & FN_LIBRARY && cont != CONT_HOST && !(codeFlags(frameCode(currentFrame())) & FN_LIBRARY)) cont |= CONT_CLEAN;
  setFrameCode(next, code);
  setFramePc(next, codeStart(code));
  setFrameBase(next, window);
  setFrameReach(next, currentFrame(), end);
  setFrameCont(next, cont);
  setFrameExtra(next, extra);
  setFrameArgc(next, argc);
  setFrameNewTarget(next, newTarget);
  setFrameCoroutine(next, 0);
  setCurrentFrame(next);
  return FRAME_CHANGED;
}

/** 10.4.4.6 CreateUnmappedArgumentsObject, or the sloppy one (linked to the parameters later by MAPARGS). */
function makeArguments(window: usize, argc: i32, flags: u32, f: usize): usize {
  const o = newObjectOfKind(KIND_ARGUMENTS, proto(PROTO_OBJECT));
  if (argc) {
    const e = newElements(argc);
    memory.copy(e + ELEMENTS_DATA, window, <usize>argc << 3);
    storePtr(o, o + 12, e);
  }
  addProperty(o, name(N_LENGTH), fromInt(argc), ATTRS_METHOD);
  addProperty(o, wellKnownSymbol(SYMBOL_ITERATOR), arrayValues(), ATTRS_METHOD);
  if (flags & FN_MAPPED_ARGUMENTS) addProperty(o, name(N_CALLEE), fromObject(f), ATTRS_METHOD);
  else if (throwTypeErrorFunction() != UNDEFINED) addProperty(o, name(N_CALLEE), fromInternal(newAccessor(throwTypeErrorFunction(), throwTypeErrorFunction())), ATTR_ACCESSOR);
  return o;
}

/** Construct: callee at base, arguments from base + 16. */
function enterConstruct(base: usize, argc: i32, newTarget: Value, cont: u32, extra: u32): Value {
  while (true) {
    const callee = load<u64>(base);
    if (!isConstructor(callee)) return notCallable(callee, "is not a constructor");
    if (newTarget != callee && !isConstructor(newTarget)) return malformed();
    const f = ptrOf(callee);
    switch (kindOf(f)) {
      case KIND_FUNCTION: {
        const flags = codeFlags(closureCode(f));
        if (flags & FN_DERIVED || (flags & FN_LIBRARY && !(flags & FN_CLASS_CONSTRUCTOR))) {
          store<u64>(base, flags & FN_DERIVED ? HOLE : UNDEFINED, 8);
          return pushClosure(f, base, argc, newTarget, cont, extra);
        }
        const shape = instanceShape(newTarget);
        if (shape) {
          store<u64>(base, fromObject(newObjectOfShape(shape)), 8);
          return pushClosure(f, base, argc, newTarget, cont, extra);
        }
        // The prototype has to be asked for first: keep the call and lay the hook's above it.
        const saved = base + 16 + (<usize>argc << 3);
        if (saved + 1024 > REGISTERS_END) return throwRangeError("Maximum call stack size exceeded");
        store<u64>(saved, fromInt(<i32>base));
        store<u64>(saved, fromInt(argc), 8);
        store<u64>(saved, fromInt(<i32>cont), 16);
        store<u64>(saved, fromInt(<i32>extra), 24);
        store<u64>(saved, newTarget, 32);
        store<u64>(saved, hook(HOOK_CONSTRUCT_PROTOTYPE), 40);
        store<u64>(saved, UNDEFINED, 48);
        store<u64>(saved, newTarget, 56);
        store<u64>(saved, fromObject(proto(PROTO_OBJECT)), 64);
        setCallBase(saved + 40);
        setCallArgc(2);
        setCallNewTarget(UNDEFINED);
        const next = currentFrame() + FRAME_BYTES;
        setFrameCont(next, CONT_CONSTRUCT);
        setFrameExtra(next, <u32>saved);
        return CALL_PENDING;
      }
      case KIND_NATIVE_FUNCTION: {
        const fallback = nativeFallback(f);
        if (!fallback) return notCallable(callee, "is not a constructor");
        if (newTarget == callee) newTarget = fromObject(fallback);
        store<u64>(base, fromObject(fallback));
        continue;
      }
      case KIND_BOUND_FUNCTION: {
        if (!shiftBound(base, argc, f)) return EXCEPTION;
        argc += valuesCount(boundArgs(f));
        const target = fromObject(boundTargetOf(f));
        store<u64>(base, target);
        if (newTarget == callee) newTarget = target;
        continue;
      }
      default: {
        const args = newArrayFrom(base + 16, argc);
        store<u64>(base, hook(HOOK_CONSTRUCT_PROXY));
        store<u64>(base, UNDEFINED, 8);
        store<u64>(base, callee, 16);
        store<u64>(base, newTarget, 24);
        store<u64>(base, fromObject(args), 32);
        setCallBase(base);
        setCallArgc(3);
        setCallNewTarget(UNDEFINED);
        return CALL_PENDING;
      }
    }
  }
}

/** Shape of new instances for a new.target whose prototype is a plain property; 0 when user code has to be asked. */
function instanceShape(newTarget: Value): usize {
  const f = ptrOf(newTarget);
  if (kindOf(f) != KIND_FUNCTION) return 0;
  const i = ownSlot(f, name(N_PROTOTYPE));
  if (i < 0 || attrsAt(shapeOf(f), i) & ATTR_ACCESSOR) return 0;
  const v = getSlot(f, shapeOf(f), i);
  const p = isObject(v) ? ptrOf(v) : proto(PROTO_OBJECT);
  const cap = codeInstanceSlots(closureCode(f));
  return rootShape(p, KIND_OBJECT, cap ? cap : 4);
}

/** The prototype for a construction is known now: make `this` and enter. */
export function afterConstructHook(prototype: Value, saved: u32): Value {
  const base = <usize>(<u32>asInt(load<u64>(saved))), argc = asInt(load<u64>(saved, 8)), cont = <u32>asInt(load<u64>(saved, 16)), extra = <u32>asInt(load<u64>(saved, 24)), newTarget = load<u64>(saved, 32);
  const p = isObject(prototype) ? ptrOf(prototype) : proto(PROTO_OBJECT);
  store<u64>(base, fromObject(newObjectOfShape(rootShape(p, KIND_OBJECT, 4))), 8);
  const next = currentFrame() + FRAME_BYTES;
  setFrameCont(next, cont);
  setFrameExtra(next, extra);
  return pushClosure(ptrOf(load<u64>(base)), base, argc, newTarget, cont, extra);
}

/** Find the handler of the pending exception, dropping frames on the way: that frame, its pc at the handler; or 0 when the host's call is left. */
export function unwindTo(): usize {
  let frame = currentFrame();
  const terminating = (exceptionFlags() & 1) != 0;
  let clean = false;
  while (true) {
    const code = frameCode(frame);
    if (!code) return 0;
    if (!terminating) {
      const offset = <u32>(framePc(frame) - 1 - codeStart(code));
      for (let i: u32 = 0, n = codeExceptionCount(code); i < n; i++) {
        const entry = codeExceptions(code) + 8 + (<usize>i << 4);
        if (offset >= load<u32>(entry) && offset < load<u32>(entry, 4)) {
          setFramePc(frame, codeStart(code) + load<u32>(entry, 8));
          if (clean) cleanRegisters(frame);
          store<u64>(frameBase(frame) + (<usize>load<u32>(entry, 12) << 3), exceptionValue());
          setExceptionValue(UNDEFINED);
          setCurrentFrame(frame);
          return frame;
        }
      }
    }
    if (frameCoroutine(frame)) finishCoroutine(frameCoroutine(frame));
    const cont = frameCont(frame), extra = frameExtra(frame);
    frame -= FRAME_BYTES;
    setCurrentFrame(frame);
    if ((cont & 127) == CONT_HOST) return 0;
    if (cont & CONT_CLEAN) clean = true;
    if ((cont & 127) == CONT_ITER_NEXT) store<u64>(frameBase(frame) + (<usize>(extra & 255) << 3), UNDEFINED);
  }
}

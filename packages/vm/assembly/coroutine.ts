/**
 * Coroutines: generators, async functions and async generators. Suspending copies the frame's window into a COROUTINE_FRAME cell, resuming copies it back above
 * the resumer's window. The object is a GENERATOR: internal slots 0 and 1 are the library's, +32 the cell, +36 the state.
 * Cell: +4 registers, +8 code, +12 pc, +16 new.target, +24 argument count, +28 register that receives what is sent, +32 Values from R[-2] on.
 */
import { Value, UNDEFINED, EXCEPTION, FRAME_CHANGED, CALL_PENDING, fromInt, fromObject, isObject, isInt, asInt, ptrOf } from "./value";
import { allocate, kindOf, remember, storePtr } from "./heap";
import { KIND_COROUTINE_FRAME, KIND_GENERATOR, PROTO_GENERATOR } from "./generated/kinds";
import { FN_ASYNC, FN_GENERATOR } from "./generated/layout";
import { HOOK_ASYNC_START, HOOK_ASYNC_GENERATOR_START } from "./generated/hooks";
import { currentFrame, hook, proto, setCallArgc, setCallBase, setCallNewTarget, setCurrentFrame, FRAMES_END, REGISTERS_END } from "./state";
import {
  FRAME_BYTES, frameArgc, frameBase, frameCode, frameCoroutine, frameNewTarget, framePc, setFrameArgc, setFrameBase, setFrameCode, setFrameCont, setFrameCoroutine, setFrameExtra, setFrameNewTarget, setFramePc, setFrameReach,
} from "./frame";
import { codeFlags, codeRegs } from "./code";
import { getOwn, newObjectOfKind, newObjectOfShape, rootShape } from "./object";
import { name, N_PROTOTYPE } from "./names";
import { windowTop } from "./call";
import { malformed, throwRangeError, throwTypeError, throwValue } from "./errors";

export const CO_START: i32 = 0, CO_YIELD: i32 = 1, CO_AWAIT: i32 = 2, CO_RUNNING: i32 = 3, CO_DONE: i32 = 4;

@inline export function coroutineStateOf(co: usize): i32 { return load<i32>(co, 36); }
@inline function setCoroutineState(co: usize, s: i32): void { store<i32>(co, s, 36); }
@inline export function coroutineCell(co: usize): usize { return load<u32>(co, 32); }

/** Copy a frame's registers and position into its coroutine's cell. */
function save(frame: usize, co: usize, receiver: u32): void {
  const n = codeRegs(frameCode(frame)) + 2;
  let cell = coroutineCell(co);
  if (!cell) {
    cell = allocate(32 + <i32>(n << 3), KIND_COROUTINE_FRAME);
    store<u32>(cell, n, 4);
    store<u32>(cell, <u32>frameCode(frame), 8);
    storePtr(co, co + 32, cell);
  }
  store<u32>(cell, <u32>framePc(frame), 12);
  store<u64>(cell, frameNewTarget(frame), 16);
  store<u32>(cell, frameArgc(frame), 24);
  store<u32>(cell, receiver, 28);
  memory.copy(cell + 32, frameBase(frame) - 16, <usize>n << 3);
  remember(cell);
}

/** INITGEN in `frame` (its pc is after the instruction), which the interpreter then drops: the generator object, or a pending call of the library that gives the result. */
export function initGenerator(frame: usize): Value {
  const flags = codeFlags(frameCode(frame));
  const callee = ptrOf(load<u64>(frameBase(frame) - 16));
  let prototype: usize = 0;
  if (!(flags & FN_ASYNC)) {
    const p = getOwn(callee, name(N_PROTOTYPE));
    prototype = isObject(p) ? ptrOf(p) : proto(PROTO_GENERATOR);
  }
  const co = newObjectOfKind(KIND_GENERATOR, prototype);
  setCoroutineState(co, CO_START);
  save(frame, co, 0);
  if (!(flags & FN_ASYNC)) return fromObject(co);
  const base = frameBase(frame) - 16;
  store<u64>(base, hook(flags & FN_GENERATOR ? HOOK_ASYNC_GENERATOR_START : HOOK_ASYNC_START));
  store<u64>(base, UNDEFINED, 8);
  store<u64>(base, fromObject(co), 16);
  setCallBase(base);
  setCallArgc(1);
  setCallNewTarget(UNDEFINED);
  return CALL_PENDING;
}

/** YIELD or AWAIT in `frame`, which the interpreter then drops. */
export function suspend(frame: usize, receiver: u32, awaiting: bool): void {
  const co = frameCoroutine(frame);
  save(frame, co, receiver);
  setCoroutineState(co, awaiting ? CO_AWAIT : CO_YIELD);
}

export function finishCoroutine(co: usize): void {
  setCoroutineState(co, CO_DONE);
  store<u32>(co, 0, 32);
}

/** RESUME, or the next value for an iteration (CONT_ITER_NEXT, `extra` as there): FRAME_CHANGED when the coroutine's frame is on top, EXCEPTION (perhaps inside it), or the result when it had ended. */
export function resume(coValue: Value, modeValue: Value, v: Value, cont: u32, extra: u32): Value {
  if (!isObject(coValue) || kindOf(ptrOf(coValue)) != KIND_GENERATOR || !isInt(modeValue)) return malformed();
  const co = ptrOf(coValue), mode = asInt(modeValue), state = coroutineStateOf(co);
  if (state == CO_RUNNING) return throwTypeError("Generator is already running");
  if (state == CO_DONE || (state == CO_START && mode != 0)) {
    if (state == CO_START) finishCoroutine(co);
    return mode == 1 ? throwValue(v) : mode == 2 ? v : UNDEFINED;
  }
  const cell = coroutineCell(co), n = load<u32>(cell, 4);
  const window = windowTop() + 16, next = currentFrame() + FRAME_BYTES;
  if (window + (<usize>n << 3) + 4096 > REGISTERS_END || next + FRAME_BYTES * 4 > FRAMES_END) return throwRangeError("Maximum call stack size exceeded");
  memory.copy(window - 16, cell + 32, <usize>n << 3);
  setFrameCode(next, load<u32>(cell, 8));
  setFramePc(next, load<u32>(cell, 12));
  setFrameBase(next, window);
  setFrameReach(next, currentFrame(), window + (<usize>(n - 2) << 3));
  setFrameCont(next, cont);
  setFrameExtra(next, extra);
  setFrameArgc(next, load<u32>(cell, 24));
  setFrameNewTarget(next, load<u64>(cell, 16));
  setFrameCoroutine(next, co);
  setCurrentFrame(next);
  setCoroutineState(co, CO_RUNNING);
  if (state == CO_START) return FRAME_CHANGED;
  if (mode == 1) return throwValue(v);
  const receiver = window + (<usize>load<u32>(cell, 28) << 3);
  store<u64>(receiver, v);
  if (state == CO_YIELD) store<u64>(receiver, fromInt(mode), 8);
  return FRAME_CHANGED;
}

/** The host's side of calls: one turn of JavaScript at a time, the job queue, uncaught errors. Nothing here runs while the interpreter runs. */
import { Value, UNDEFINED, EXCEPTION, fromInt, fromObject, isObject, isString, ptrOf, fromString } from "./value";
import {
  cpuLimit, fullHeapBytes, heapCap, setGcFlags, currentFrame, exceptionFlags, exceptionValue, gcFlags, hook, jobHead, jobQueue, jobTail, setCallArgc, setCallBase, setCallNewTarget, setCurrentFrame, setDeadline, setErrorCap, setErrorLen, setErrorPtr, errorCap, errorPtr, setExceptionFlags, setExceptionValue, setFuel, setJobHead,
  setJobQueue, setJobTail, FRAMES_START, REGISTERS_START, setHeapStrikes,
} from "./state";
import { setFrameBase, setFrameCode, setFramePc } from "./frame";
import { kindOf, newValues, rawAlloc, rawFree, setValueAt, valueAt, valuesCount, initValueAt } from "./heap";
import { run } from "./interpreter";
import { FUEL, NOT_BEGUN } from "./interrupt";
import { HOOK_REPORT_ERROR, HOOK_UNHANDLED_REJECTIONS } from "./generated/hooks";
import { utf8Length, writeUtf8, fromAscii } from "./string";
import { toStringPrimitive } from "./convert";
import { KIND_ERROR } from "./generated/kinds";
import { getOwn } from "./object";
import { heapBytes } from "./heap";
import { name, N_MESSAGE } from "./names";

/** The frame below all others: no code, its window begins at the first register. */
export function resetStacks(): void {
  setFrameCode(FRAMES_START, 0);
  setFramePc(FRAMES_START, 0);
  setFrameBase(FRAMES_START, REGISTERS_START);
  setCurrentFrame(FRAMES_START);
  setExceptionFlags(0);
  setExceptionValue(UNDEFINED);
  setCallNewTarget(UNDEFINED);
}

/** A turn begins: fuel, deadline. */
export function beginTurn(): void {
  // Of the room that the last full collection left half is used up: a large allocation, which cannot wait for a collection, might find too little.
  if (heapBytes() > fullHeapBytes() + (max<u32>(heapCap(), fullHeapBytes()) - fullHeapBytes() >>> 1)) setGcFlags(gcFlags() | 2);
  setFuel(gcFlags() & 7 ? 0 : FUEL);
  setDeadline(cpuLimit() > 0 ? NOT_BEGUN : 0);
  setHeapStrikes(0);
}

/** Call with up to two arguments: the result, or EXCEPTION (see takeException). */
export function callFunction(f: Value, self: Value, argc: i32, a: Value, b: Value): Value {
  store<u64>(REGISTERS_START, f);
  store<u64>(REGISTERS_START, self, 8);
  store<u64>(REGISTERS_START, a, 16);
  store<u64>(REGISTERS_START, b, 24);
  return callPrepared(argc);
}
/** Call what lies at REGISTERS_START: callee, this, arguments. */
export function callPrepared(argc: i32): Value {
  setCurrentFrame(FRAMES_START);
  setCallBase(REGISTERS_START);
  setCallArgc(argc);
  setCallNewTarget(UNDEFINED);
  const v = run();
  setCurrentFrame(FRAMES_START);
  return v;
}
export function callHook(id: i32, argc: i32, a: Value, b: Value): Value {
  const f = hook(id);
  return f == UNDEFINED ? UNDEFINED : callFunction(f, UNDEFINED, argc, a, b);
}

/** Is the pending exception an uncatchable end of the turn? */
export function isTerminated(): bool { return (exceptionFlags() & 1) != 0; }

/** Text for the host of a string. */
export function setErrorText(s: usize): void {
  const n = utf8Length(s);
  if (n > errorCap()) {
    rawFree(errorPtr());
    setErrorPtr(rawAlloc(n));
    setErrorCap(errorPtr() ? n : 0);
  }
  setErrorLen(errorPtr() ? writeUtf8(s, errorPtr()) : 0);
}
/** Take the pending exception and keep its text (message and stack) for the host. */
export function reportException(): void {
  const v = exceptionValue();
  const terminated = isTerminated();
  setExceptionFlags(0);
  setExceptionValue(UNDEFINED);
  if (terminated) { setErrorText(isString(v) ? ptrOf(v) : fromAscii("Terminated")); return; }
  // The report itself may run user code: give it a new, short turn.
  if (hook(HOOK_REPORT_ERROR) != UNDEFINED) {
    const text = callHook(HOOK_REPORT_ERROR, 1, v, UNDEFINED);
    if (isString(text)) { setErrorText(ptrOf(text)); return; }
    setExceptionFlags(0);
    setExceptionValue(UNDEFINED);
  }
  if (isObject(v)) {
    const message = getOwn(ptrOf(v), name(N_MESSAGE));
    setErrorText(isString(message) ? ptrOf(message) : fromAscii("Uncaught error"));
  } else {
    const s = toStringPrimitive(v);
    setErrorText(s ? s : fromAscii("Uncaught symbol"));
  }
}

// Jobs: groups of 4 Values {f, a, b, c} in a VALUES cell from head to tail.

export function enqueue(f: Value, a: Value, b: Value, c: Value): void {
  let queue = jobQueue(), tail = <i32>jobTail();
  if (!queue || tail + 4 > valuesCount(queue)) {
    const head = <i32>jobHead(), used = tail - head;
    const to = queue && head > tail >>> 1 ? queue : newValues(max(used * 2, 128));
    if (to != queue) {
      const n = valuesCount(to);
      for (let i = 0; i < n; i++) initValueAt(to, i, i < used ? valueAt(queue, head + i) : UNDEFINED);
    } else for (let i = 0; i < used; i++) setValueAt(to, i, valueAt(queue, head + i));
    setJobQueue(to);
    setJobHead(0);
    setJobTail(used);
    queue = to;
    tail = used;
  }
  setValueAt(queue, tail, f);
  setValueAt(queue, tail + 1, a);
  setValueAt(queue, tail + 2, b);
  setValueAt(queue, tail + 3, c);
  setJobTail(tail + 4);
}
export function hasJobs(): bool { return jobHead() != jobTail(); }

/** Run all jobs. False when one ended by an exception (left pending); the others stay queued, save after a termination, which drops them. */
export function runJobs(): bool {
  let ran = false;
  while (true) {
    while (jobHead() != jobTail()) {
      const queue = jobQueue(), head = jobHead();
      for (let i = 0; i < 4; i++) {
        store<u64>(REGISTERS_START + (i == 0 ? 0 : <usize>(i + 1) << 3), valueAt(queue, head + i));
        initValueAt(queue, head + i, UNDEFINED);
      }
      store<u64>(REGISTERS_START, UNDEFINED, 8);
      setJobHead(head + 4);
      if (jobHead() == jobTail()) { setJobHead(0); setJobTail(0); }
      ran = true;
      if (callPrepared(3) == EXCEPTION) {
        if (isTerminated()) { setJobHead(0); setJobTail(0); }
        return false;
      }
    }
    if (!ran) return true;
    ran = false;
    if (callHook(HOOK_UNHANDLED_REJECTIONS, 0, UNDEFINED, UNDEFINED) == EXCEPTION) return false;
    if (!hasJobs()) return true;
  }
}

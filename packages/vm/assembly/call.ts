/** Laying out calls for the interpreter: slow operations put callee, this and arguments above the current window and return CALL_PENDING. */
import { Value, UNDEFINED, CALL_PENDING, fromString, fromSymbol } from "./value";
import { currentFrame, hook, setCallArgc, setCallBase, setCallNewTarget } from "./state";
import { frameBase, frameCode } from "./frame";
import { codeRegs } from "./code";
import { kindOf } from "./heap";
import { KIND_STRING } from "./generated/kinds";

/** First free register above the current frame's window. */
@inline export function windowTop(): usize {
  const f = currentFrame(), code = frameCode(f);
  return frameBase(f) + (code ? <usize>codeRegs(code) << 3 : 0);
}
@inline function begin(callee: Value, self: Value, argc: i32): usize {
  const base = windowTop();
  setCallBase(base);
  setCallArgc(argc);
  setCallNewTarget(UNDEFINED);
  store<u64>(base, callee);
  store<u64>(base, self, 8);
  return base;
}
export function call0(callee: Value, self: Value): Value { begin(callee, self, 0); return CALL_PENDING; }
export function call1(callee: Value, self: Value, a: Value): Value {
  const base = begin(callee, self, 1);
  store<u64>(base, a, 16);
  return CALL_PENDING;
}
export function call2(callee: Value, self: Value, a: Value, b: Value): Value {
  const base = begin(callee, self, 2);
  store<u64>(base, a, 16);
  store<u64>(base, b, 24);
  return CALL_PENDING;
}
export function call3(callee: Value, self: Value, a: Value, b: Value, c: Value): Value {
  const base = begin(callee, self, 3);
  store<u64>(base, a, 16);
  store<u64>(base, b, 24);
  store<u64>(base, c, 32);
  return CALL_PENDING;
}
export function hook0(id: i32): Value { return call0(hook(id), UNDEFINED); }
export function hook1(id: i32, a: Value): Value { return call1(hook(id), UNDEFINED, a); }
export function hook2(id: i32, a: Value, b: Value): Value { return call2(hook(id), UNDEFINED, a, b); }
export function hook3(id: i32, a: Value, b: Value, c: Value): Value { return call3(hook(id), UNDEFINED, a, b, c); }
export function hook5(id: i32, a: Value, b: Value, c: Value, d: Value, e: Value): Value {
  const base = begin(hook(id), UNDEFINED, 5);
  store<u64>(base, a, 16);
  store<u64>(base, b, 24);
  store<u64>(base, c, 32);
  store<u64>(base, d, 40);
  store<u64>(base, e, 48);
  return CALL_PENDING;
}
/** Value of a property key (string or symbol cell). */
export function keyValue(key: usize): Value { return kindOf(key) == KIND_STRING ? fromString(key) : fromSymbol(key); }

/** Core natives on control: jobs, coroutines, stacks, weak references, modules (contract: packages/bytecode/src/intrinsics/core.ts). */
import { Value, UNDEFINED, HOLE, EXCEPTION, FALSE, TRUE, NOT_HANDLED, fromBool, fromF64, fromInt, fromInternal, fromObject, fromString, isInternal, isObject, isString, asInt, ptrOf } from "../value";
import { allocate, heapBytes, kindOf, storePtr, storeValue } from "../heap";
import { KIND_ERROR, KIND_FUNCTION, KIND_NATIVE_DATA, KIND_PROMISE, KIND_WEAKREF, PROTO_PROMISE } from "../generated/kinds";
import { FN_LIBRARY } from "../generated/layout";
import { allocatedBytes, currentFrame, finalizers, gcFlags, promiseConstructor, proto, requestInterrupt, setFinalizers, setGcFlags, FRAMES_START } from "../state";
import { getOwn, getPlain, newArray, newObjectOfKind, ownSlot, prototypeOf } from "../object";
import { captureFrames, framesText } from "../stack";
import { coroutineCell, coroutineStateOf } from "../coroutine";
import {
  exportNames, exportValue, findModule as moduleNamed, hasExport, linkModule as link, moduleFile, moduleFlagsOf, moduleRequests as requestsOf, moduleScope as scopeOf, moduleStatus as statusOf, namespaceOf, notFound,
} from "../module";
import { enqueue } from "../run";
import { terminateWith } from "../interrupt";
import { frameArgc, frameCode, FRAME_BYTES } from "../frame";
import { codeFlags, codeName, fileFunction, fileMain, pointerAt } from "../code";
import { isCallable, newClosure } from "../function";
import { name, N_CONSTRUCTOR, N_THEN } from "../names";
import { appendElement } from "../elements";
import { sameValue } from "../operators";
import { toStringPrimitive } from "../convert";
import { sbFinish, sbPush8, sbPushLiteral, sbPushString, sbReset } from "../stringbuilder";

@inline function at(args: usize, i: i32): Value { return load<u64>(args + (<usize>i << 3)); }

export function enqueueJob(args: usize, argc: i32): Value {
  enqueue(at(args, 0), argc > 1 ? at(args, 1) : UNDEFINED, argc > 2 ? at(args, 2) : UNDEFINED, argc > 3 ? at(args, 3) : UNDEFINED);
  return UNDEFINED;
}
export function argumentCount(args: usize, argc: i32): Value { return fromInt(<i32>frameArgc(currentFrame())); }

// Promises: slot i is at 16 + 8 i; what they hold is in lib/promise.ts.

export function promiseFulfill(args: usize, argc: i32): Value {
  const p = ptrOf(at(args, 0)), v = at(args, 1);
  if (load<u64>(p, 16) != UNDEFINED || load<u64>(p, 32) != UNDEFINED) return FALSE;
  if (isObject(v)) {
    const then = getPlain(ptrOf(v), name(N_THEN));
    if (then == NOT_HANDLED || isCallable(then)) return FALSE;
  }
  store<u64>(p, fromInt(1), 16);
  storeValue(p, p + 24, v);
  return TRUE;
}
export function promiseResult(args: usize, argc: i32): Value {
  const v = at(args, 0);
  if (!isObject(v) || kindOf(ptrOf(v)) != KIND_PROMISE) return NOT_HANDLED;
  const p = ptrOf(v), prototype = proto(PROTO_PROMISE);
  if (load<u64>(p, 16) != fromInt(1) || prototypeOf(p) != prototype || ownSlot(p, name(N_CONSTRUCTOR)) >= 0) return NOT_HANDLED;
  if (getOwn(prototype, name(N_CONSTRUCTOR)) != promiseConstructor()) return NOT_HANDLED;
  store<u64>(p, TRUE, 40);
  return load<u64>(p, 24);
}

export function coroutineState(args: usize, argc: i32): Value { return fromInt(coroutineStateOf(ptrOf(at(args, 0)))); }
export function coroutineFunction(args: usize, argc: i32): Value {
  const cell = coroutineCell(ptrOf(at(args, 0)));
  return cell ? load<u64>(cell, 32) : UNDEFINED;
}

export function captureStack(args: usize, argc: i32): Value {
  const error = at(args, 0), until = argc > 1 ? at(args, 1) : UNDEFINED;
  if (isObject(error) && kindOf(ptrOf(error)) == KIND_ERROR) captureFrames(ptrOf(error), isObject(until) ? ptrOf(until) : 0);
  return UNDEFINED;
}
export function errorStack(args: usize, argc: i32): Value {
  const error = at(args, 0);
  if (!isObject(error) || kindOf(ptrOf(error)) != KIND_ERROR) return fromString(framesTextOfNothing());
  const s = framesText(ptrOf(error));
  return s ? fromString(s) : EXCEPTION;
}
function framesTextOfNothing(): usize { sbReset(); return sbFinish(); }

export function newWeakRef(args: usize, argc: i32): Value {
  const p = at(args, 1);
  const o = newObjectOfKind(KIND_WEAKREF, isObject(p) ? ptrOf(p) : 0);
  store<u64>(o, at(args, 0), 16);
  return fromObject(o);
}
export function derefWeakRef(args: usize, argc: i32): Value { return load<u64>(ptrOf(at(args, 0)), 16); }

/** Records of finalisers: NATIVE_DATA cells {+8 next, +12 registry, +16 target, +24 held, +32 token}, traced by gc-natives.ts. */
export function registerFinalizer(args: usize, argc: i32): Value {
  const cell = allocate(40, KIND_NATIVE_DATA);
  store<u32>(cell, 32, 4);
  store<u32>(cell, <u32>finalizers(), 8);
  store<u32>(cell, <u32>ptrOf(at(args, 0)), 12);
  store<u64>(cell, at(args, 1), 16);
  store<u64>(cell, at(args, 2), 24);
  store<u64>(cell, argc > 3 ? at(args, 3) : UNDEFINED, 32);
  setFinalizers(cell);
  return UNDEFINED;
}
export function unregisterFinalizer(args: usize, argc: i32): Value {
  const registry = ptrOf(at(args, 0)), token = at(args, 1);
  let removed = false, before: usize = 0;
  for (let cell = finalizers(); cell;) {
    const next = <usize>load<u32>(cell, 8);
    if (load<u32>(cell, 12) == <u32>registry && token != UNDEFINED && load<u64>(cell, 32) == token) {
      removed = true;
      if (before) store<u32>(before, <u32>next, 8); else setFinalizers(next);
    } else before = cell;
    cell = next;
  }
  return fromBool(removed);
}

export function moduleNamespace(args: usize, argc: i32): Value {
  const v = at(args, 0);
  return isInternal(v) ? fromObject(namespaceOf(ptrOf(v))) : UNDEFINED;
}
export function findModule(args: usize, argc: i32): Value {
  const specifier = toStringPrimitive(at(args, 0));
  if (!specifier) return EXCEPTION;
  const m = moduleNamed(specifier, isString(at(args, 1)) ? ptrOf(at(args, 1)) : specifier);
  return m ? fromInternal(m) : notFound(specifier);
}
export function linkModule(args: usize, argc: i32): Value { return link(ptrOf(at(args, 0))) ? UNDEFINED : EXCEPTION; }
export function moduleRequests(args: usize, argc: i32): Value {
  const requests = requestsOf(ptrOf(at(args, 0))), n = requests ? load<u32>(requests, 4) : 0, list = newArray(n);
  for (let i: u32 = 0; i < n; i++) appendElement(list, fromInternal(pointerAt(requests, i)));
  return fromObject(list);
}
export function moduleState(args: usize, argc: i32): Value { return load<u64>(ptrOf(at(args, 0)), 48); }
export function setModuleState(args: usize, argc: i32): Value {
  const m = ptrOf(at(args, 0));
  storeValue(m, m + 48, at(args, 1));
  return UNDEFINED;
}
export function moduleStatus(args: usize, argc: i32): Value { return fromInt(statusOf(ptrOf(at(args, 0)))); }
export function moduleMain(args: usize, argc: i32): Value {
  const m = ptrOf(at(args, 0)), code = fileFunction(moduleFile(m), fileMain(moduleFile(m)));
  return code ? fromObject(newClosure(code, scopeOf(m))) : EXCEPTION;
}
export function moduleScope(args: usize, argc: i32): Value { return fromInternal(scopeOf(ptrOf(at(args, 0)))); }
export function moduleFlags(args: usize, argc: i32): Value { return fromInt(moduleFlagsOf(ptrOf(at(args, 0)))); }
@inline function namespaceModule(v: Value): usize { return load<u32>(ptrOf(v), 16); }
export function namespaceGet(args: usize, argc: i32): Value { return exportValue(namespaceModule(at(args, 0)), ptrOf(at(args, 1))); }
export function namespaceNames(args: usize, argc: i32): Value { return fromObject(exportNames(namespaceModule(at(args, 0)))); }
export function namespaceHas(args: usize, argc: i32): Value { return fromBool(hasExport(namespaceModule(at(args, 0)), ptrOf(at(args, 1)))); }

export function terminate(args: usize, argc: i32): Value { return terminateWith(ptrOf(at(args, 0))); }

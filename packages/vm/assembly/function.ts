/** Function objects: closures, natives, bound functions, and their lazily made properties. */
import { Value, UNDEFINED, fromInt, fromObject, fromString, fromInternal, isInternal, isObject, isString, ptrOf } from "./value";
import { allocate, addFlags, flagsOf, setFlags, kindOf, storePtr, newValues, initValueAt, valuesCount, valueAt, storeValue } from "./heap";
import {
  KIND_FUNCTION, KIND_NATIVE_FUNCTION, KIND_BOUND_FUNCTION, KIND_PROXY, KIND_OBJECT, KIND_SCOPE, PROTO_FUNCTION, PROTO_GENERATOR, PROTO_ASYNC_GENERATOR, PROTO_GENERATOR_FUNCTION, PROTO_ASYNC_FUNCTION,
  PROTO_ASYNC_GENERATOR_FUNCTION,
} from "./generated/kinds";
import { FN_STRICT, FN_ARROW, FN_GENERATOR, FN_ASYNC, FN_METHOD, FN_CLASS_CONSTRUCTOR, FN_GETTER_SETTER, FN_LIBRARY } from "./generated/layout";
import { functionShape, nativeShape, proto } from "./state";
import { addProperty, newObject, newPlainObject, rootShape, setOwn, OBJ_LAZY, OBJ_CONSTRUCTOR, OBJ_CLASS, OBJ_LIBRARY } from "./object";
import { ATTR_CONFIGURABLE, ATTR_WRITABLE, ATTRS_METHOD } from "./shape";
import { codeFlags, codeFnLength, codeName } from "./code";
import { name, N_LENGTH, N_NAME, N_PROTOTYPE, N_CONSTRUCTOR } from "./names";

export const CLOSURE_BYTES: i32 = 40;
@inline export function closureCode(f: usize): usize { return load<u32>(f, 16); }
@inline export function closureScope(f: usize): usize { return load<u32>(f, 20); }
@inline export function closureHome(f: usize): usize { return load<u32>(f, 24); }
@inline export function setClosureHome(f: usize, home: usize): void { storePtr(f, f + 24, home); }
@inline export function closureFields(f: usize): usize { return load<u32>(f, 28); }
@inline export function setClosureFields(f: usize, fields: usize): void { storePtr(f, f + 28, fields); }
@inline export function nativeId(f: usize): i32 { return load<i32>(f, 16); }
@inline export function nativeFallback(f: usize): usize { return load<u32>(f, 20); }
@inline export function boundTargetOf(f: usize): usize { return load<u32>(f, 16); }
@inline export function boundArgs(f: usize): usize { return load<u32>(f, 20); }
@inline export function boundThis(f: usize): Value { return load<u64>(f, 24); }
/** PROXY: 1 callable, 2 constructor. */
@inline export function proxyFlags(p: usize): u32 { return load<u32>(p, 32); }

const NOT_CONSTRUCTOR: u32 = FN_ARROW | FN_METHOD | FN_GENERATOR | FN_ASYNC | FN_GETTER_SETTER;

/** New closure of a CODE over a Scope (0 for none). */
export function newClosure(code: usize, scope: usize): usize {
  const flags = codeFlags(code);
  let shape = functionShape();
  if (flags & (FN_GENERATOR | FN_ASYNC)) {
    const p = flags & FN_GENERATOR ? (flags & FN_ASYNC ? PROTO_ASYNC_GENERATOR_FUNCTION : PROTO_GENERATOR_FUNCTION) : PROTO_ASYNC_FUNCTION;
    shape = rootShape(proto(p), KIND_FUNCTION, 0);
  }
  const f = allocate(CLOSURE_BYTES, KIND_FUNCTION);
  store<u32>(f, <u32>shape, 4);
  store<u32>(f, <u32>code, 16);
  store<u32>(f, <u32>scope, 20);
  let objectFlags = OBJ_LAZY;
  if (!(flags & NOT_CONSTRUCTOR) && (!(flags & FN_LIBRARY) || flags & FN_CLASS_CONSTRUCTOR)) objectFlags |= OBJ_CONSTRUCTOR;
  if (flags & FN_CLASS_CONSTRUCTOR) objectFlags |= OBJ_CLASS;
  if (flags & FN_LIBRARY) objectFlags |= OBJ_LIBRARY;
  setFlags(f, objectFlags);
  return f;
}

/** New function object that runs native `id`; fallback is a closure or 0. */
export function newNativeFunction(id: i32, nameString: usize, length: i32, fallback: usize): usize {
  const f = allocate(32, KIND_NATIVE_FUNCTION);
  store<u32>(f, <u32>nativeShape(), 4);
  store<i32>(f, id, 16);
  store<u32>(f, <u32>fallback, 20);
  store<u32>(f, <u32>nameString, 24);
  store<i32>(f, length, 28);
  setFlags(f, OBJ_LAZY | OBJ_LIBRARY);
  return f;
}

/** Make the own properties that a function shows: length, name, prototype. */
@noinline export function materialize(f: usize): void {
  setFlags(f, flagsOf(f) & ~OBJ_LAZY);
  if (kindOf(f) == KIND_NATIVE_FUNCTION) {
    addProperty(f, name(N_LENGTH), fromInt(load<i32>(f, 28)), ATTR_CONFIGURABLE);
    addProperty(f, name(N_NAME), fromString(load<u32>(f, 24)), ATTR_CONFIGURABLE);
    return;
  }
  const code = closureCode(f), flags = codeFlags(code);
  addProperty(f, name(N_LENGTH), fromInt(codeFnLength(code)), ATTR_CONFIGURABLE);
  addProperty(f, name(N_NAME), fromString(codeName(code)), ATTR_CONFIGURABLE);
  if (flags & FN_CLASS_CONSTRUCTOR) return; // CLASS defines prototype
  if (flags & FN_GENERATOR) {
    addProperty(f, name(N_PROTOTYPE), fromObject(newObject(proto(flags & FN_ASYNC ? PROTO_ASYNC_GENERATOR : PROTO_GENERATOR))), ATTR_WRITABLE);
  } else if (flagsOf(f) & OBJ_CONSTRUCTOR && !(flags & FN_LIBRARY)) {
    const p = newPlainObject();
    addProperty(p, name(N_CONSTRUCTOR), fromObject(f), ATTRS_METHOD);
    addProperty(f, name(N_PROTOTYPE), fromObject(p), ATTR_WRITABLE);
  }
}

/** IsCallable. */
export function isCallable(v: Value): bool {
  if (!isObject(v)) return false;
  const k = kindOf(ptrOf(v));
  return k == KIND_FUNCTION || k == KIND_NATIVE_FUNCTION || k == KIND_BOUND_FUNCTION || (k == KIND_PROXY && (proxyFlags(ptrOf(v)) & 1) != 0);
}
/** IsConstructor. */
export function isConstructor(v: Value): bool {
  if (!isObject(v)) return false;
  const p = ptrOf(v), k = kindOf(p);
  if (k == KIND_PROXY) return (proxyFlags(p) & 2) != 0;
  return (k == KIND_FUNCTION || k == KIND_NATIVE_FUNCTION || k == KIND_BOUND_FUNCTION) && (flagsOf(p) & OBJ_CONSTRUCTOR) != 0;
}

/** Scope cell of n slots, all HOLE... filled by the caller when it copies. */
export function newScope(count: u32, parent: usize): usize {
  const s = allocate(16 + <i32>(count << 3), KIND_SCOPE);
  store<u32>(s, count, 4);
  store<u32>(s, <u32>parent, 8);
  return s;
}
@inline export function scopeParent(s: usize): usize { return load<u32>(s, 8); }
@inline export function scopeCount(s: usize): u32 { return load<u32>(s, 4); }
@inline export function scopeSlot(s: usize, i: u32): usize { return s + 16 + (<usize>i << 3); }
/** Is it a Scope with a slot `i`? What bytecode gives where a Scope belongs may be anything. */
@inline export function isScopeWith(v: Value, i: u32): bool {
  if (!isInternal(v)) return false;
  const head = load<u64>(ptrOf(v));
  return <u8>head == KIND_SCOPE && <u32>(head >>> 32) > i;
}
/** A Scope, or none for undefined: what a closure is made over. 0xffffffff for anything else. */
export function scopeOf(v: Value): usize {
  if (isInternal(v)) return kindOf(ptrOf(v)) == KIND_SCOPE ? ptrOf(v) : NO_SCOPE;
  return v == UNDEFINED ? 0 : NO_SCOPE;
}
export const NO_SCOPE: usize = 0xffffffff;

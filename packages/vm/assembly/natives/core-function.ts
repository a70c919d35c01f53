/** Core natives on function objects, for the library (contract: packages/bytecode/src/intrinsics/core.ts). */
import { Value, UNDEFINED, TRUE, fromInt, fromObject, fromString, isObject, asInt, numberOf, ptrOf } from "../value";
import { addFlags, flagsOf, initValueAt, kindOf, newValues, storePtr, storeValue } from "../heap";
import { KIND_BOUND_FUNCTION, KIND_FUNCTION, KIND_NATIVE_FUNCTION } from "../generated/kinds";
import { FN_HAS_REST, FN_LIBRARY, FN_USES_ARGUMENTS } from "../generated/layout";
import { defineOwn, newObjectOfKind, prototypeOf, OBJ_CONSTRUCTOR, OBJ_LAZY } from "../object";
import { arrayLength, getIndex } from "../elements";
import { ATTR_CONFIGURABLE, ATTRS_METHOD } from "../shape";
import { boundTargetOf, closureCode, isConstructor, materialize, newNativeFunction } from "../function";
import { codeFlags, codeName, codeParams, functionSourceText } from "../code";
import { internString, emptyString } from "../string";
import { name, N_CONSTRUCTOR, N_LENGTH, N_NAME, N_PROTOTYPE } from "../names";

@inline function at(args: usize, i: i32): Value { return load<u64>(args + (<usize>i << 3)); }
@inline function object(args: usize, i: i32): usize { return ptrOf(load<u64>(args + (<usize>i << 3))); }

export function makeNative(args: usize, argc: i32): Value {
  const fallback = at(args, 3);
  return fromObject(newNativeFunction(asInt(at(args, 0)), internString(ptrOf(at(args, 1))), asInt(at(args, 2)), isObject(fallback) ? ptrOf(fallback) : 0));
}
export function makeBound(args: usize, argc: i32): Value {
  const target = object(args, 0), list = object(args, 2);
  const f = newObjectOfKind(KIND_BOUND_FUNCTION, prototypeOf(target));
  const count = <i32>arrayLength(list);
  const bound = newValues(count);
  for (let i = 0; i < count; i++) initValueAt(bound, i, getIndex(list, <u32>i));
  storePtr(f, f + 16, target);
  storePtr(f, f + 20, bound);
  storeValue(f, f + 24, at(args, 1));
  if (isConstructor(at(args, 0))) addFlags(f, OBJ_CONSTRUCTOR);
  return fromObject(f);
}
export function boundTarget(args: usize, argc: i32): Value {
  const f = at(args, 0);
  return isObject(f) && kindOf(ptrOf(f)) == KIND_BOUND_FUNCTION ? fromObject(boundTargetOf(ptrOf(f))) : UNDEFINED;
}
export function makeConstructor(args: usize, argc: i32): Value {
  addFlags(object(args, 0), OBJ_CONSTRUCTOR);
  return at(args, 0);
}
export function functionSource(args: usize, argc: i32): Value {
  const f = object(args, 0);
  if (kindOf(f) != KIND_FUNCTION) return UNDEFINED;
  const text = functionSourceText(closureCode(f));
  return text ? fromString(text) : UNDEFINED;
}
export function functionFlags(args: usize, argc: i32): Value {
  const f = object(args, 0);
  return fromInt(kindOf(f) == KIND_FUNCTION ? <i32>codeFlags(closureCode(f)) : FN_LIBRARY);
}
export function functionArity(args: usize, argc: i32): Value {
  const f = object(args, 0);
  if (kindOf(f) != KIND_FUNCTION || codeFlags(closureCode(f)) & (FN_USES_ARGUMENTS | FN_HAS_REST)) return fromInt(255);
  return fromInt(<i32>codeParams(closureCode(f)));
}
export function functionName(args: usize, argc: i32): Value {
  const f = object(args, 0), kind = kindOf(f);
  if (kind == KIND_FUNCTION) return fromString(codeName(closureCode(f)));
  return fromString(kind == KIND_NATIVE_FUNCTION ? <usize>load<u32>(f, 24) : emptyString());
}

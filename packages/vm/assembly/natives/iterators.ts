/**
 * next() of the iterators over arrays, Maps, Sets and strings (ECMA-262, 23.1.5, 24.1.5, 24.2.6, 22.1.5). Internal slots, made by the library: 0 what is
 * iterated (undefined at the end), 1 position, 2 kind (0 keys, 1 values, 2 entries), 3 the intrinsic prototype as brand. A loop takes the values
 * from stepIterator, without result objects.
 */
import { Value, UNDEFINED, HOLE, DONE, TRUE, FALSE, NOT_HANDLED, asInt, fromInt, fromObject, fromString, fromU32, isInt, isObject, numberOf, ptrOf } from "../value";
import { KIND_ARRAY, KIND_ITERATOR, KIND_TYPEDARRAY, PROTO_ARRAY_ITERATOR, PROTO_MAP_ITERATOR, PROTO_SET_ITERATOR, PROTO_STRING_ITERATOR } from "../generated/kinds";
import { NATIVE_arrayIteratorNext, NATIVE_mapIteratorNext, NATIVE_setIteratorNext, NATIVE_stringIteratorNext } from "../generated/natives";
import { kindOf, storeValue } from "../heap";
import { proto } from "../state";
import { name, N_DONE, N_VALUE } from "../names";
import { addProperty, appendElement, arrayLength, elementsData, newArray, newPlainObject } from "../object";
import { denseCapacity } from "../elements";
import { ATTRS_DATA } from "../shape";
import { flatten, isTwoByte, singleChar, strLength, stringData, substring } from "../string";
import { thisArg } from "./args";
import { codePointAt } from "./codepoint";
import { entryKey, entryPosition, entryValue, nextEntry } from "./collections";
import { typedArrayGet, typedArrayIsOutOfBoundsPtr, typedArrayLengthOf } from "./typedarray";

const TARGET: usize = 16, POSITION: usize = 24, WHAT: usize = 32, BRAND: usize = 40;
const KEYS: i32 = 0, ENTRIES: i32 = 2;

function isBranded(iterator: Value, brand: i32): bool {
  return isObject(iterator) && kindOf(ptrOf(iterator)) == KIND_ITERATOR && load<u64>(ptrOf(iterator), BRAND) == fromObject(proto(brand));
}
function finish(it: usize): Value {
  storeValue(it, it + TARGET, UNDEFINED);
  return DONE;
}
function moveTo(it: usize, position: Value): void {
  storeValue(it, it + POSITION, position);
}
function pair(key: Value, value: Value): Value {
  const a = newArray(2);
  appendElement(a, key);
  appendElement(a, value);
  return fromObject(a);
}

function stepArray(it: usize): Value {
  const target = load<u64>(it, TARGET), position = load<u64>(it, POSITION), what = asInt(load<u64>(it, WHAT));
  if (target == UNDEFINED) return DONE;
  if (!isObject(target) || !isInt(position)) return NOT_HANDLED;
  const o = ptrOf(target), i = <u32>asInt(position);
  const typed = kindOf(o) == KIND_TYPEDARRAY;
  if (typed ? typedArrayIsOutOfBoundsPtr(o) : kindOf(o) != KIND_ARRAY) return NOT_HANDLED;
  if (i >= (typed ? typedArrayLengthOf(o) : arrayLength(o))) return finish(it);
  let value = position;
  if (what != KEYS) {
    value = typed ? typedArrayGet(o, i) : i < denseCapacity(o) ? load<u64>(elementsData(o) + (<usize>i << 3)) : HOLE;
    if (value == HOLE) return NOT_HANDLED;
  }
  moveTo(it, fromInt(i + 1));
  return what == ENTRIES ? pair(position, value) : value;
}
function stepCollection(it: usize): Value {
  const target = load<u64>(it, TARGET), what = asInt(load<u64>(it, WHAT));
  if (target == UNDEFINED) return DONE;
  const entry = nextEntry(ptrOf(target), numberOf(load<u64>(it, POSITION)));
  if (entry == 0) return finish(it);
  moveTo(it, fromU32(entryPosition(entry) + 1));
  const key = entryKey(entry);
  if (what == KEYS) return key;
  const value = entryValue(ptrOf(target), entry);
  return what == ENTRIES ? pair(key, value) : value;
}
function stepString(it: usize): Value {
  const target = load<u64>(it, TARGET);
  if (target == UNDEFINED) return DONE;
  const at = asInt(load<u64>(it, POSITION));
  const s = flatten(ptrOf(target));
  if (at >= strLength(s)) return finish(it);
  const c = codePointAt(stringData(s), isTwoByte(s), strLength(s), at);
  moveTo(it, fromInt(c > 0xffff ? at + 2 : at + 1));
  return fromString(c > 0xffff ? substring(s, at, at + 2) : singleChar(c));
}

/** What next(), the native `id`, gives for this iterator: a value, DONE at the end, or NOT_HANDLED with nothing done. */
export function stepIterator(id: i32, iterator: Value): Value {
  if (id == NATIVE_arrayIteratorNext) return isBranded(iterator, PROTO_ARRAY_ITERATOR) ? stepArray(ptrOf(iterator)) : NOT_HANDLED;
  if (id == NATIVE_mapIteratorNext) return isBranded(iterator, PROTO_MAP_ITERATOR) ? stepCollection(ptrOf(iterator)) : NOT_HANDLED;
  if (id == NATIVE_setIteratorNext) return isBranded(iterator, PROTO_SET_ITERATOR) ? stepCollection(ptrOf(iterator)) : NOT_HANDLED;
  if (id == NATIVE_stringIteratorNext) return isBranded(iterator, PROTO_STRING_ITERATOR) ? stepString(ptrOf(iterator)) : NOT_HANDLED;
  return NOT_HANDLED;
}

function next(id: i32, args: usize): Value {
  const v = stepIterator(id, thisArg(args));
  if (v == NOT_HANDLED) return v;
  const result = newPlainObject();
  addProperty(result, name(N_VALUE), v == DONE ? UNDEFINED : v, ATTRS_DATA);
  addProperty(result, name(N_DONE), v == DONE ? TRUE : FALSE, ATTRS_DATA);
  return fromObject(result);
}
export function arrayIteratorNext(args: usize, argc: i32): Value {
  return next(NATIVE_arrayIteratorNext, args);
}
export function mapIteratorNext(args: usize, argc: i32): Value {
  return next(NATIVE_mapIteratorNext, args);
}
export function setIteratorNext(args: usize, argc: i32): Value {
  return next(NATIVE_setIteratorNext, args);
}
export function stringIteratorNext(args: usize, argc: i32): Value {
  return next(NATIVE_stringIteratorNext, args);
}

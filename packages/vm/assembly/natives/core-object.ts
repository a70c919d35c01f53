/**
 * Core natives on objects, for the library (packages/bytecode/src/intrinsics/core.ts has the contract of each). They see ordinary objects only: the library
 * dispatches on the kind before it comes here. None runs user code.
 */
import {
  Value, UNDEFINED, NULL, TRUE, FALSE, HOLE, EXCEPTION, NOT_HANDLED, fromBool, fromF64, fromInt, fromU32, fromInternal, fromObject, fromString, fromSymbol, isInt, asInt, isNumber, numberOf,
  isBigInt, isObject as isObjectValue, isString, isSymbol, isUndefined, ptrOf, isDouble, isInternal,
} from "../value";
import { kindOf as kindOfPtr, flagsOf, addFlags, setFlags, newValues, initValue, initValueAt, storeValue, rawAlloc, rawFree, checkHeapLimit } from "../heap";
import {
  KIND_ARRAY, KIND_ARGUMENTS, KIND_FUNCTION, KIND_NATIVE_FUNCTION, KIND_PROXY, KIND_TYPEDARRAY, KIND_STRING_OBJECT, KIND_ELEMENTS, KIND_MODULE_NAMESPACE, KIND_HOST, kindInternalSlots,
} from "../generated/kinds";
import {
  becomePrototype, defineOwn as defineNamed, deleteOwn as deleteNamed, elementsOf, getOwn, getOwnAttrs, getSlot, hasVirtualLength, isExtensible as extensible, newAccessor, newArray as newArrayPtr,
  newObject as newOrdinary, newObjectOfKind as newOfKind, ownSlot, preventExtensions as prevent, prototypeOf, setPrototypeOf as setProtoOf, shapeOf, toKey, accessorGetter, accessorSetter, virtualLength,
  OBJ_FIXED_LENGTH, OBJ_LAZY, KEY_OBJECT, Key,
} from "../object";
import {
  appendElement, arrayLength, defineIndex, deleteIndex, denseCapacity, ensureElements, getIndex, indexAccessor, indexAttrs, isPlainArray as plainArray, isSlow, setArrayLength as setLength, setIndex,
  setLengthField, slowAt, slowAttrs, slowCapacity, slowFind, slowLive, slowValue, ELEMENTS_DATA,
} from "../elements";
import { attrsAt, entryAttrs, entryKey, shapeCount, shapeTable, ATTR_ACCESSOR, ATTR_CONFIGURABLE, ATTR_ENUMERABLE, ATTR_WRITABLE, ATTRS_DATA } from "../shape";
import { isCallable as callable, isConstructor as constructor_, materialize } from "../function";
import { keyIndex } from "../state";
import { name, N_LENGTH } from "../names";
import { flatten, newSymbol, singleChar, charAt, strLength, stringEquals, SYMBOL_PRIVATE, isArrayIndexString } from "../string";
import { intToString, toBoolean as truthy, toInt32 as int32, toIntegerOrInfinity as integer } from "../convert";
import { numberToString } from "./number";
import { bigintEquals } from "./bigint";
import { throwRangeError } from "../errors";

@inline function at(args: usize, i: i32): Value { return load<u64>(args + (<usize>i << 3)); }
@inline function object(args: usize, i: i32): usize { return ptrOf(load<u64>(args + (<usize>i << 3))); }

// Tests

export function isObject(args: usize, argc: i32): Value { return fromBool(isObjectValue(at(args, 0))); }
export function isCallable(args: usize, argc: i32): Value { return fromBool(callable(at(args, 0))); }
export function isConstructor(args: usize, argc: i32): Value { return fromBool(constructor_(at(args, 0))); }
export function isArrayKind(args: usize, argc: i32): Value { return fromBool(isObjectValue(at(args, 0)) && kindOfPtr(object(args, 0)) == KIND_ARRAY); }
export function isPlainArray(args: usize, argc: i32): Value { return fromBool(plainArray(at(args, 0))); }
export function kindOf(args: usize, argc: i32): Value { return isObjectValue(at(args, 0)) ? fromInt(<i32>kindOfPtr(object(args, 0))) : fromInt(-1); }

/** SameValue (7.2.10) and SameValueZero (7.2.11). */
export function sameValues(a: Value, b: Value, zero: bool): bool {
  if (a == b) return true;
  if (isNumber(a) && isNumber(b)) {
    const x = numberOf(a), y = numberOf(b);
    if (x != x) return y != y;
    if (x != y) return false;
    return zero || reinterpret<u64>(x) == reinterpret<u64>(y);
  }
  if (isString(a) && isString(b)) return stringEquals(ptrOf(a), ptrOf(b));
  return isBigInt(a) && isBigInt(b) && bigintEquals(ptrOf(a), ptrOf(b));
}
export function sameValue(args: usize, argc: i32): Value { return fromBool(sameValues(at(args, 0), at(args, 1), false)); }
export function sameValueZero(args: usize, argc: i32): Value { return fromBool(sameValues(at(args, 0), at(args, 1), true)); }
export function toBoolean(args: usize, argc: i32): Value { return fromBool(truthy(at(args, 0))); }
export function toInt32(args: usize, argc: i32): Value { const v = at(args, 0); return isInt(v) ? v : fromInt(int32(numberOf(v))); }
export function toUint32(args: usize, argc: i32): Value { const v = at(args, 0); return fromU32(isInt(v) ? <u32>asInt(v) : <u32>int32(numberOf(v))); }
export function toIntegerOrInfinity(args: usize, argc: i32): Value { const v = at(args, 0); return isInt(v) ? v : fromF64(integer(numberOf(v))); }
export function isArrayIndex(args: usize, argc: i32): Value {
  const v = at(args, 0);
  return fromBool(isSymbol(v) || isObjectValue(v) ? false : toKey(v) == 0);
}

// Objects

@inline function protoArg(v: Value): usize { return isObjectValue(v) ? ptrOf(v) : 0; }
export function newObject(args: usize, argc: i32): Value { return fromObject(newOrdinary(protoArg(at(args, 0)))); }
export function newObjectOfKind(args: usize, argc: i32): Value { return fromObject(newOfKind(<u8>asInt(at(args, 0)), protoArg(at(args, 1)))); }
export function getInternal(args: usize, argc: i32): Value { return load<u64>(object(args, 0) + (<usize>asInt(at(args, 1)) << 3), 16); }
export function setInternal(args: usize, argc: i32): Value {
  const o = object(args, 0), i = asInt(at(args, 1));
  if (<u32>i >= <u32>kindInternalSlots(kindOfPtr(o))) return UNDEFINED;
  storeValue(o, o + 16 + (<usize>i << 3), at(args, 2));
  return UNDEFINED;
}
export function isHost(args: usize, argc: i32): Value {
  const v = at(args, 0);
  return fromBool(isObjectValue(v) && kindOfPtr(ptrOf(v)) == KIND_HOST && load<u64>(ptrOf(v), 16) == at(args, 1));
}
export function newHost(args: usize, argc: i32): Value {
  const o = newOfKind(KIND_HOST, protoArg(at(args, 0)));
  for (let i: usize = 0; i < 5; i++) initValue(o + (i << 3) + 16, load<u64>(args + (i << 3), 8));
  return fromObject(o);
}
export function getPrototypeOf(args: usize, argc: i32): Value {
  const p = prototypeOf(object(args, 0));
  return p ? fromObject(p) : NULL;
}
export function setPrototypeOf(args: usize, argc: i32): Value { return fromBool(setProtoOf(object(args, 0), protoArg(at(args, 1)))); }
export function isExtensible(args: usize, argc: i32): Value { return fromBool(extensible(object(args, 0))); }
export function preventExtensions(args: usize, argc: i32): Value { prevent(object(args, 0)); return TRUE; }

/** Characters that a String wrapper shows as indexed properties; 0 for other objects. */
@inline function stringIndices(o: usize): u32 { return kindOfPtr(o) == KIND_STRING_OBJECT ? <u32>strLength(ptrOf(load<u64>(o, 16))) : 0; }

/** Attributes of an own property, -1 when absent. */
function ownAttributes(o: usize, k: Value): i32 {
  const key = toKey(k);
  if (key) return getOwnAttrs(o, key);
  const i = keyIndex();
  return i < stringIndices(o) ? ATTR_ENUMERABLE : indexAttrs(o, i);
}
export function getOwnAttributes(args: usize, argc: i32): Value { return fromInt(ownAttributes(object(args, 0), at(args, 1))); }
export function hasOwn(args: usize, argc: i32): Value { return fromBool(ownAttributes(object(args, 0), at(args, 1)) >= 0); }
export function getOwnValue(args: usize, argc: i32): Value {
  const o = object(args, 0), key = toKey(at(args, 1));
  let v: Value;
  if (key) v = getOwn(o, key);
  else {
    const i = keyIndex();
    if (i < stringIndices(o)) return fromString(singleChar(charAt(flatten(ptrOf(load<u64>(o, 16))), <i32>i)));
    v = getIndex(o, i);
  }
  return v == HOLE || v == NOT_HANDLED ? UNDEFINED : v;
}
/** The ACCESSOR value of an own accessor, or UNDEFINED. */
function ownAccessor(o: usize, k: Value): Value {
  const key = toKey(k);
  if (!key) {
    const attrs = indexAttrs(o, keyIndex());
    return attrs >= 0 && attrs & ATTR_ACCESSOR ? indexAccessor(o, keyIndex()) : UNDEFINED;
  }
  const i = ownSlot(o, key);
  if (i < 0) return UNDEFINED;
  const shape = shapeOf(o);
  return attrsAt(shape, i) & ATTR_ACCESSOR ? getSlot(o, shape, i) : UNDEFINED;
}
export function getOwnGetter(args: usize, argc: i32): Value { const a = ownAccessor(object(args, 0), at(args, 1)); return isInternal(a) ? accessorGetter(a) : UNDEFINED; }
export function getOwnSetter(args: usize, argc: i32): Value { const a = ownAccessor(object(args, 0), at(args, 1)); return isInternal(a) ? accessorSetter(a) : UNDEFINED; }

/** Define without checks. False when memory is short (RangeError pending). */
function define(o: usize, k: Value, v: Value, attrs: u32): bool {
  const key = toKey(k);
  if (!key) return defineIndex(o, keyIndex(), v, attrs);
  if (key == name(N_LENGTH) && kindOfPtr(o) == KIND_ARRAY) {
    if (isNumber(v)) setLength(o, <u32>numberOf(v));
    if (!(attrs & ATTR_WRITABLE)) addFlags(o, OBJ_FIXED_LENGTH);
    return true;
  }
  defineNamed(o, key, v, attrs);
  return true;
}
export function defineOwn(args: usize, argc: i32): Value { return define(object(args, 0), at(args, 1), at(args, 2), <u32>asInt(at(args, 3)) & 7) ? UNDEFINED : EXCEPTION; }
export function defineAccessor(args: usize, argc: i32): Value {
  const attrs = (<u32>asInt(at(args, 4)) & (ATTR_ENUMERABLE | ATTR_CONFIGURABLE)) | ATTR_ACCESSOR;
  return define(object(args, 0), at(args, 1), fromInternal(newAccessor(at(args, 2), at(args, 3))), attrs) ? UNDEFINED : EXCEPTION;
}
export function createDataProperty(args: usize, argc: i32): Value {
  const o = object(args, 0), k = at(args, 1), kind = kindOfPtr(o);
  if (kind == KIND_ARRAY && isInt(k) && asInt(k) >= 0 && !(flagsOf(o) & OBJ_FIXED_LENGTH) && !isSlow(o) && extensible(o)) return setIndex(o, asInt(k), at(args, 2)) ? TRUE : EXCEPTION;
  if (kind == KIND_PROXY || kind == KIND_TYPEDARRAY || kind == KIND_MODULE_NAMESPACE) return UNDEFINED;
  const attrs = ownAttributes(o, k);
  if (attrs >= 0) {
    if (!(attrs & ATTR_CONFIGURABLE)) return FALSE;
  } else {
    if (!extensible(o)) return FALSE;
    if (kind == KIND_ARRAY && flagsOf(o) & OBJ_FIXED_LENGTH && toKey(k) == 0 && keyIndex() >= arrayLength(o)) return FALSE;
  }
  return define(o, k, at(args, 2), ATTRS_DATA) ? TRUE : EXCEPTION;
}
export function element(args: usize, argc: i32): Value {
  const v = at(args, 0), n = at(args, 1);
  if (!isObjectValue(v) || !isInt(n) || asInt(n) < 0) return HOLE;
  const o = ptrOf(v), kind = kindOfPtr(o);
  if (kind == KIND_PROXY || kind == KIND_TYPEDARRAY || kind == KIND_STRING_OBJECT || (kind == KIND_ARGUMENTS && load<u32>(o, 16) != 0)) return HOLE;
  return <u32>asInt(n) < denseCapacity(o) ? load<u64>(elementsOf(o) + (<usize>asInt(n) << 3), ELEMENTS_DATA) : HOLE;
}
export function deleteOwn(args: usize, argc: i32): Value {
  const o = object(args, 0), key = toKey(at(args, 1));
  if (key) return fromBool(deleteNamed(o, key));
  return fromBool(keyIndex() >= stringIndices(o) && deleteIndex(o, keyIndex()));
}

/** String of an array index. */
function indexString(i: u32): Value { return fromString(<i32>i >= 0 ? intToString(<i32>i) : numberToString(<f64>i)); }

function siftDown(heap: usize, from: u32, end: u32): void {
  let root = from;
  while (true) {
    let child = root * 2 + 1;
    if (child >= end) return;
    if (child + 1 < end && load<u32>(heap + (<usize>(child + 1) << 2)) > load<u32>(heap + (<usize>child << 2))) child++;
    const a = load<u32>(heap + (<usize>root << 2)), b = load<u32>(heap + (<usize>child << 2));
    if (a >= b) return;
    store<u32>(heap + (<usize>root << 2), b);
    store<u32>(heap + (<usize>child << 2), a);
    root = child;
  }
}
/** Ascending heap sort of u32s, in place. */
function sortIndices(heap: usize, count: u32): void {
  for (let i = <i32>(count >>> 1) - 1; i >= 0; i--) siftDown(heap, i, count);
  for (let end = count; end > 1; ) {
    end--;
    const a = load<u32>(heap), b = load<u32>(heap + (<usize>end << 2));
    store<u32>(heap, b);
    store<u32>(heap + (<usize>end << 2), a);
    siftDown(heap, 0, end);
  }
}
/** Append the array-index keys of an object's elements, ascending. False when memory is short (RangeError pending). */
function appendIndices(list: usize, o: usize, onlyEnumerable: bool): bool {
  const dense = denseCapacity(o);
  for (let i: u32 = 0; i < dense; i++) {
    if (load<u64>(elementsOf(o) + (<usize>i << 3), ELEMENTS_DATA) != HOLE && (!appendElement(list, indexString(i)) || !checkHeapLimit())) return false;
  }
  if (!isSlow(o)) return true;
  const e = elementsOf(o), capacity = slowCapacity(e);
  const found = rawAlloc(<i32>(slowLive(e) << 2) + 4);
  if (!found) { throwRangeError("Out of memory: the heap limit is reached"); return false; }
  let count: u32 = 0;
  for (let i: u32 = 0; i < capacity; i++) {
    const entry = slowAt(e, i);
    if (entry && (!onlyEnumerable || slowAttrs(entry) & ATTR_ENUMERABLE)) { store<u32>(found + (<usize>count << 2), load<u32>(entry)); count++; }
  }
  sortIndices(found, count);
  let ok = true;
  for (let i: u32 = 0; i < count && ok; i++) ok = appendElement(list, indexString(load<u32>(found + (<usize>i << 2)))) && checkHeapLimit();
  rawFree(found);
  return ok;
}

/** OrdinaryOwnPropertyKeys (10.1.11.1), filtered: 1 strings, 2 symbols, 4 only enumerable. 0 with a RangeError pending when memory is short. */
export function ownKeysOf(o: usize, mask: u32): usize {
  if (flagsOf(o) & OBJ_LAZY) materialize(o);
  const onlyEnumerable = (mask & 4) != 0;
  const list = newArrayPtr(0);
  if (mask & 1) {
    const characters = stringIndices(o);
    for (let i: u32 = 0; i < characters; i++) if (!appendElement(list, indexString(i)) || !checkHeapLimit()) return 0;
    if (!appendIndices(list, o, onlyEnumerable)) return 0;
    if (!onlyEnumerable && hasVirtualLength(o)) appendElement(list, fromString(name(N_LENGTH)));
  }
  const shape = shapeOf(o), table = shapeTable(shape), count = shapeCount(shape);
  for (let wanted: u32 = 1; wanted <= 2; wanted <<= 1) {
    if (!(mask & wanted)) continue;
    for (let i: u32 = 0; i < count; i++) {
      const key = entryKey(table, i);
      if (!key || (onlyEnumerable && !(entryAttrs(table, i) & ATTR_ENUMERABLE))) continue;
      const symbol = isSymbolKey(key);
      if (symbol != (wanted == 2) || (symbol && flagsOf(key) & SYMBOL_PRIVATE)) continue;
      if (!appendElement(list, symbol ? fromSymbol(key) : fromString(key))) return 0;
    }
  }
  return list;
}
import { KIND_SYMBOL } from "../generated/kinds";
@inline function isSymbolKey(key: Key): bool { return kindOfPtr(key) == KIND_SYMBOL; }
export function ownKeys(args: usize, argc: i32): Value {
  const list = ownKeysOf(object(args, 0), <u32>asInt(at(args, 1)));
  return list ? fromObject(list) : EXCEPTION;
}

/** Attributes after freezing (or sealing). */
@inline function tightened(attrs: u32, frozen: bool): u32 {
  const sealed = attrs & ~ATTR_CONFIGURABLE;
  return frozen && !(attrs & ATTR_ACCESSOR) ? sealed & ~ATTR_WRITABLE : sealed;
}
export function freeze(args: usize, argc: i32): Value {
  const o = object(args, 0), frozen = truthy(at(args, 1));
  prevent(o); // also makes elements slow and lazy properties real
  const count = shapeCount(shapeOf(o));
  for (let i: u32 = 0; i < count; i++) {
    const shape = shapeOf(o); // may be replaced by the first change
    const key = entryKey(shapeTable(shape), i);
    if (!key || (isSymbolKey(key) && flagsOf(key) & SYMBOL_PRIVATE)) continue;
    const attrs = entryAttrs(shapeTable(shape), i), to = tightened(attrs, frozen);
    if (to != attrs) defineNamed(o, key, getSlot(o, shape, <i32>i), to);
  }
  if (isSlow(o)) {
    const e = elementsOf(o), capacity = slowCapacity(e);
    for (let i: u32 = 0; i < capacity; i++) {
      const entry = slowAt(e, i);
      if (entry) defineIndex(o, load<u32>(entry), slowValue(entry), tightened(slowAttrs(entry), frozen));
    }
  }
  if (frozen && kindOfPtr(o) == KIND_ARRAY) addFlags(o, OBJ_FIXED_LENGTH);
  return UNDEFINED;
}
export function testIntegrity(args: usize, argc: i32): Value {
  const o = object(args, 0), frozen = truthy(at(args, 1));
  if (extensible(o)) return FALSE;
  const shape = shapeOf(o), table = shapeTable(shape), count = shapeCount(shape);
  for (let i: u32 = 0; i < count; i++) {
    const key = entryKey(table, i);
    if (!key || (isSymbolKey(key) && flagsOf(key) & SYMBOL_PRIVATE)) continue;
    if (tightened(entryAttrs(table, i), frozen) != entryAttrs(table, i)) return FALSE;
  }
  if (isSlow(o)) {
    const e = elementsOf(o), capacity = slowCapacity(e);
    for (let i: u32 = 0; i < capacity; i++) {
      const entry = slowAt(e, i);
      if (entry && tightened(slowAttrs(entry), frozen) != slowAttrs(entry)) return FALSE;
    }
  } else if (denseCapacity(o) > 0) {
    for (let i: u32 = 0, n = denseCapacity(o); i < n; i++) if (getIndex(o, i) != HOLE) return FALSE;
  }
  return fromBool(!frozen || kindOfPtr(o) != KIND_ARRAY || (flagsOf(o) & OBJ_FIXED_LENGTH) != 0);
}
export function setCallableFlags(args: usize, argc: i32): Value { store<u32>(object(args, 0), <u32>asInt(at(args, 1)), 32); return UNDEFINED; }

// Arrays

/** Arrays up to this length get their elements at once. */
const PREALLOCATED: f64 = 65536;
export function newArray(args: usize, argc: i32): Value {
  const n = numberOf(at(args, 0));
  if (!(n >= 0 && n <= 4294967295)) return throwRangeError("Invalid array length");
  const a = newArrayPtr(0);
  setLengthField(a, <u32>n);
  if (n > 0 && n <= PREALLOCATED && !ensureElements(a, <u32>n)) return EXCEPTION;
  return fromObject(a);
}
export function append(args: usize, argc: i32): Value { return appendElement(object(args, 0), at(args, 1)) ? UNDEFINED : EXCEPTION; }
export function setArrayLength(args: usize, argc: i32): Value { return fromBool(setLength(object(args, 0), <u32>numberOf(at(args, 1)))); }
export function arrayLengthWritable(args: usize, argc: i32): Value {
  const a = object(args, 0);
  if (at(args, 1) == FALSE) addFlags(a, OBJ_FIXED_LENGTH);
  return fromBool(!(flagsOf(a) & OBJ_FIXED_LENGTH));
}

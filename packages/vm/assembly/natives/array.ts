/**
 * Array natives (ECMA-262, 23.1.3) on plain arrays: dense elements, extensible, pristine prototype chain (isPlainArray), so that no
 * read or write of an element can be observed. Elements at or beyond length are HOLE; natives that shorten an array restore that.
 * Values are stored into the ELEMENTS cell, which is the container of the write barrier.
 */
import { Value, UNDEFINED, HOLE, NOT_HANDLED, EXCEPTION, fromBool, fromInt, fromObject, fromU32, isBigInt, isDouble, isInt, asInt, isInternal, isNullish, isNumber, numberOf, isObject, isString, isSymbol, isUndefined, ptrOf } from "../value";
import { KIND_ARRAY, KIND_PROXY, PROTO_ARRAY } from "../generated/kinds";
import { kindOf, rememberRange, storeValue } from "../heap";
import { arrayShape, burn, proto, rootSlot, wellKnownSymbol } from "../state";
import { accessorGetter, elementsOf, getOwn, getPlain, getSlot, newArray, ownSlot, shapeOf } from "../object";
import { arrayLength, setLengthField, elementsData, ensureElements, appendElement, isPlainArray, ELEMENTS_DATA } from "../elements";
import { sameValueZero, strictEquals } from "../operators";
import { toStringPrimitive } from "../convert";
import { sbFinish, sbPushDecimal, sbPushString, sbReset } from "../stringbuilder";
import { strLength, singleChar } from "../string";
import { throwRangeError } from "../errors";
import { name, N_CONSTRUCTOR } from "../names";
import { arg, thisArg } from "./args";
import { clampInt } from "./number";
import { stringOrException } from "./string";

const MAX_INDEX: i32 = 0x7ffffffe;
const NOT_INTEGER: i32 = i32.MIN_VALUE;
/** Beyond this an array of holes would rather be sparse. */
const MAX_DENSE: f64 = 33554432;

// @ts-ignore: decorator
@inline function at(data: usize, i: u32): Value {
  return load<u64>(data + (<usize>i << 3));
}
// @ts-ignore: decorator
@inline function put(array: usize, i: u32, v: Value): void {
  const e = elementsOf(array);
  storeValue(e, e + ELEMENTS_DATA + (<usize>i << 3), v);
}
function fillHoles(array: usize, from: u32, to: u32): void {
  const data = elementsData(array);
  for (let i = from; i < to; i++) store<u64>(data + (<usize>i << 3), HOLE);
}
/** Elements [from, from + count) were copied into the array's cell without barriers. */
// @ts-ignore: decorator
@inline function rememberElements(array: usize, from: u32, count: u32): void {
  const e = elementsOf(array);
  if (e != 0) rememberRange(e, e + ELEMENTS_DATA + (<usize>from << 3), <usize>count << 3);
}
// @ts-ignore: decorator
@inline function unhole(v: Value): Value {
  return v == HOLE ? UNDEFINED : v;
}

function optionalInt(v: Value, missing: i32): i32 {
  if (isInt(v)) return max(asInt(v), -MAX_INDEX);
  if (isUndefined(v)) return missing;
  if (!isNumber(v)) return NOT_INTEGER;
  const x = numberOf(v);
  return x != x ? 0 : x >= <f64>MAX_INDEX ? MAX_INDEX : x <= -(<f64>MAX_INDEX) ? -MAX_INDEX : <i32>x;
}
// @ts-ignore: decorator
@inline function relative(i: i32, length: i32): i32 {
  return i < 0 ? max(length + i, 0) : min(i, length);
}

// The library says once what %Array% and its @@species getter are; until it does, natives that would have to ask leave the case to it.
const ROOT_CONSTRUCTOR: i32 = 0;
const ROOT_SPECIES: i32 = 1;

export function arrSetSpecies(args: usize, argc: i32): Value {
  store<u64>(rootSlot(ROOT_CONSTRUCTOR), arg(args, argc, 0));
  store<u64>(rootSlot(ROOT_SPECIES), arg(args, argc, 1));
  return UNDEFINED;
}

/** Would ArraySpeciesCreate make a plain Array: no `constructor` of its own, and Array.prototype.constructor and its @@species untouched? */
function hasPlainSpecies(array: usize): bool {
  if (shapeOf(array) != arrayShape()) return false;
  const c = getOwn(proto(PROTO_ARRAY), name(N_CONSTRUCTOR));
  if (c != load<u64>(rootSlot(ROOT_CONSTRUCTOR)) || !isObject(c)) return false;
  const slot = ownSlot(ptrOf(c), wellKnownSymbol(SYMBOL_SPECIES));
  if (slot < 0) return false;
  const accessor = getSlot(ptrOf(c), shapeOf(ptrOf(c)), slot);
  return isInternal(accessor) && accessorGetter(accessor) == load<u64>(rootSlot(ROOT_SPECIES));
}
const SYMBOL_SPECIES: i32 = 5;
export function arrPlainSpecies(args: usize, argc: i32): Value {
  const v = arg(args, argc, 0);
  return fromBool(isObject(v) && kindOf(ptrOf(v)) == KIND_ARRAY && hasPlainSpecies(ptrOf(v)));
}
const SYMBOL_CONCAT_SPREADABLE: i32 = 6;

/** New array of the values [from, to) of a plain array, holes kept. 0 with a RangeError. */
function slice(array: usize, from: u32, to: u32): usize {
  const out = newArray(0);
  if (from >= to) return out;
  if (!ensureElements(out, to - from)) return 0;
  memory.copy(elementsData(out), elementsData(array) + (<usize>from << 3), <usize>(to - from) << 3);
  setLengthField(out, to - from);
  return out;
}
// @ts-ignore: decorator
@inline function objectOrException(o: usize): Value {
  return o == 0 ? EXCEPTION : fromObject(o);
}

/** Moves elements [from, length) to `to`, growing or shrinking; the gap's contents are the caller's. False with a RangeError. */
function move(array: usize, from: u32, to: u32): bool {
  const length = arrayLength(array);
  const newLength = length - from + to;
  if (to > from && !ensureElements(array, newLength)) return false;
  const data = elementsData(array);
  burn((length - from) >>> 1);
  memory.copy(data + (<usize>to << 3), data + (<usize>from << 3), <usize>(length - from) << 3);
  setLengthField(array, newLength);
  if (newLength < length) fillHoles(array, newLength, length);
  if (length > from) rememberElements(array, to, length - from);
  return true;
}

/** First index >= from whose element equals v, or -1. mode 0: ===, 1: SameValueZero with holes as undefined. */
function indexOf(array: usize, v: Value, from: u32, mode: i32): i32 {
  const n = arrayLength(array);
  const data = elementsData(array);
  burn(<i32>(n - min(from, n)));
  if (!isNumber(v) && !isString(v) && !isBigInt(v)) {
    // Identity.
    for (let i = from; i < n; i++) {
      const e = at(data, i);
      if (e == v || (mode == 1 && v == UNDEFINED && e == HOLE)) return <i32>i;
    }
    return -1;
  }
  if (isInt(v)) {
    const x = <f64>asInt(v);
    for (let i = from; i < n; i++) {
      const e = at(data, i);
      if (e == v || (isDouble(e) && numberOf(e) == x)) return <i32>i;
    }
    return -1;
  }
  for (let i = from; i < n; i++) {
    const e = at(data, i);
    if (e == HOLE) continue;
    if (mode == 1 ? sameValueZero(e, v) : strictEquals(e, v)) return <i32>i;
  }
  return -1;
}

function reverse(array: usize): void {
  const n = arrayLength(array);
  if (n < 2) return;
  burn(n);
  let low = elementsData(array);
  let high = low + (<usize>(n - 1) << 3);
  while (low < high) {
    const v = load<u64>(low);
    store<u64>(low, load<u64>(high));
    store<u64>(high, v);
    low += 8;
    high -= 8;
  }
  rememberElements(array, 0, n);
}
function hasHole(array: usize): bool {
  const n = arrayLength(array);
  const data = elementsData(array);
  burn(n);
  for (let i: u32 = 0; i < n; i++) if (at(data, i) == HOLE) return true;
  return false;
}

// Natives: methods

export function arrayPush(args: usize, argc: i32): Value {
  const v = thisArg(args);
  if (!isPlainArray(v)) return NOT_HANDLED;
  const a = ptrOf(v);
  const length = arrayLength(a);
  if (<u64>length + <u64>argc > 0x7fffffff) return NOT_HANDLED;
  for (let i = 0; i < argc; i++) if (!appendElement(a, arg(args, argc, i))) return EXCEPTION;
  return fromU32(arrayLength(a));
}
export function arrayPop(args: usize, argc: i32): Value {
  const v = thisArg(args);
  return isPlainArray(v) ? pop(ptrOf(v)) : NOT_HANDLED;
}
function pop(a: usize): Value {
  const length = arrayLength(a);
  if (length == 0) return UNDEFINED;
  const slot = elementsData(a) + (<usize>(length - 1) << 3);
  const v = load<u64>(slot);
  store<u64>(slot, HOLE);
  setLengthField(a, length - 1);
  return unhole(v);
}
export function arrayShift(args: usize, argc: i32): Value {
  const v = thisArg(args);
  return isPlainArray(v) ? shift(ptrOf(v)) : NOT_HANDLED;
}
function shift(a: usize): Value {
  if (arrayLength(a) == 0) return UNDEFINED;
  const v = at(elementsData(a), 0);
  move(a, 1, 0);
  return unhole(v);
}
export function arrayUnshift(args: usize, argc: i32): Value {
  const v = thisArg(args);
  if (!isPlainArray(v)) return NOT_HANDLED;
  const a = ptrOf(v);
  if (<u64>arrayLength(a) + <u64>argc > 0x7fffffff) return NOT_HANDLED;
  if (argc > 0) {
    if (!move(a, 0, <u32>argc)) return EXCEPTION;
    for (let i = 0; i < argc; i++) put(a, <u32>i, arg(args, argc, i));
  }
  return fromU32(arrayLength(a));
}
export function arraySlice(args: usize, argc: i32): Value {
  const v = thisArg(args);
  const from = optionalInt(arg(args, argc, 0), 0);
  const to = optionalInt(arg(args, argc, 1), MAX_INDEX);
  if (from == NOT_INTEGER || to == NOT_INTEGER || !isPlainArray(v) || !hasPlainSpecies(ptrOf(v))) return NOT_HANDLED;
  const a = ptrOf(v);
  const length = <i32>arrayLength(a);
  return objectOrException(slice(a, relative(from, length), relative(to, length)));
}
export function arraySplice(args: usize, argc: i32): Value {
  const v = thisArg(args);
  const from = optionalInt(arg(args, argc, 0), 0);
  const count = optionalInt(arg(args, argc, 1), argc < 2 ? MAX_INDEX : 0);
  if (argc == 0 || from == NOT_INTEGER || count == NOT_INTEGER || !isPlainArray(v) || !hasPlainSpecies(ptrOf(v))) return NOT_HANDLED;
  const a = ptrOf(v);
  const length = <i32>arrayLength(a);
  const start = relative(from, length);
  const removed = min(max(count, 0), length - start);
  const added = max(argc - 2, 0);
  const out = slice(a, start, start + removed);
  if (out == 0) return EXCEPTION;
  if (removed != added && !move(a, start + removed, start + added)) return EXCEPTION;
  for (let i = 0; i < added; i++) put(a, start + i, arg(args, argc, i + 2));
  return fromObject(out);
}
export function arrayConcat(args: usize, argc: i32): Value {
  const v = thisArg(args);
  if (!isPlainArray(v) || !hasPlainSpecies(ptrOf(v)) || getPlain(proto(PROTO_ARRAY), wellKnownSymbol(SYMBOL_CONCAT_SPREADABLE)) != UNDEFINED) return NOT_HANDLED;
  let total = <u64>arrayLength(ptrOf(v));
  for (let i = 0; i < argc; i++) {
    const x = arg(args, argc, i);
    if (!isObject(x)) total++;
    else if (isPlainArray(x) && shapeOf(ptrOf(x)) == arrayShape()) total += arrayLength(ptrOf(x));
    else return NOT_HANDLED;
  }
  if (total > 0x7fffffff) return NOT_HANDLED;
  const out = newArray(0);
  if (total > 0 && !ensureElements(out, <u32>total)) return EXCEPTION;
  appendAll(out, ptrOf(v));
  for (let i = 0; i < argc; i++) {
    const x = arg(args, argc, i);
    if (isObject(x)) appendAll(out, ptrOf(x));
    else appendElement(out, x);
  }
  return fromObject(out);
}
/** The target has room. */
function appendAll(target: usize, source: usize): void {
  const n = arrayLength(source);
  if (n == 0) return;
  const length = arrayLength(target);
  memory.copy(elementsData(target) + (<usize>length << 3), elementsData(source), <usize>n << 3);
  setLengthField(target, length + n);
  rememberElements(target, length, n);
}
export function arrayIndexOf(args: usize, argc: i32): Value {
  const v = thisArg(args);
  const from = optionalInt(arg(args, argc, 1), 0);
  if (from == NOT_INTEGER || !isPlainArray(v)) return NOT_HANDLED;
  return fromInt(indexOf(ptrOf(v), arg(args, argc, 0), relative(from, <i32>arrayLength(ptrOf(v))), 0));
}
export function arrayIncludes(args: usize, argc: i32): Value {
  const v = thisArg(args);
  const from = optionalInt(arg(args, argc, 1), 0);
  if (from == NOT_INTEGER || !isPlainArray(v)) return NOT_HANDLED;
  return fromBool(indexOf(ptrOf(v), arg(args, argc, 0), relative(from, <i32>arrayLength(ptrOf(v))), 1) >= 0);
}
export function arrayLastIndexOf(args: usize, argc: i32): Value {
  const v = thisArg(args);
  const from = argc > 1 ? optionalInt(arg(args, argc, 1), 0) : MAX_INDEX;
  if (from == NOT_INTEGER || !isPlainArray(v)) return NOT_HANDLED;
  const a = ptrOf(v);
  const length = <i32>arrayLength(a);
  const data = elementsData(a);
  const want = arg(args, argc, 0);
  burn(length);
  for (let i = from < 0 ? length + from : min(from, length - 1); i >= 0; i--) {
    const e = at(data, <u32>i);
    if (e != HOLE && strictEquals(e, want)) return fromInt(i);
  }
  return fromInt(-1);
}
export function arrayJoin(args: usize, argc: i32): Value {
  const v = thisArg(args);
  const s = arg(args, argc, 0);
  if (!(isUndefined(s) || isString(s)) || !isPlainArray(v)) return NOT_HANDLED;
  const a = ptrOf(v);
  const n = arrayLength(a);
  const data = elementsData(a);
  for (let i: u32 = 0; i < n; i++) {
    const e = at(data, i);
    if (isObject(e) || isSymbol(e)) return NOT_HANDLED;
  }
  if (n == 1 && isString(at(data, 0))) return at(data, 0);
  const separator = isUndefined(s) ? singleChar(44) : ptrOf(s);
  const width = strLength(separator);
  sbReset();
  for (let i: u32 = 0; i < n; i++) {
    if (i != 0 && width != 0) sbPushString(separator);
    const e = at(data, i);
    if (isString(e)) sbPushString(ptrOf(e));
    else if (isInt(e)) sbPushDecimal(asInt(e));
    else if (!isNullish(e) && e != HOLE) {
      const text = toStringPrimitive(e);
      if (text == 0) return EXCEPTION;
      sbPushString(text);
    }
  }
  return stringOrException(sbFinish());
}
export function arrayReverse(args: usize, argc: i32): Value {
  const v = thisArg(args);
  if (!isPlainArray(v) || hasHole(ptrOf(v))) return NOT_HANDLED;
  reverse(ptrOf(v));
  return v;
}
export function arrayFill(args: usize, argc: i32): Value {
  const v = thisArg(args);
  const from = optionalInt(arg(args, argc, 1), 0);
  const to = optionalInt(arg(args, argc, 2), MAX_INDEX);
  if (from == NOT_INTEGER || to == NOT_INTEGER || !isPlainArray(v)) return NOT_HANDLED;
  const a = ptrOf(v);
  const length = <i32>arrayLength(a);
  const end = relative(to, length);
  const value = arg(args, argc, 0);
  burn(end - min(end, relative(from, length)));
  for (let i = relative(from, length); i < end; i++) put(a, <u32>i, value);
  return v;
}
export function arrayAt(args: usize, argc: i32): Value {
  const v = thisArg(args);
  let i = optionalInt(arg(args, argc, 0), 0);
  if (i == NOT_INTEGER || !isPlainArray(v)) return NOT_HANDLED;
  const a = ptrOf(v);
  if (i < 0) i += <i32>arrayLength(a);
  return <u32>i < arrayLength(a) ? unhole(at(elementsData(a), <u32>i)) : UNDEFINED;
}
/** New array with holes as undefined. */
function filled(a: usize): usize {
  const out = slice(a, 0, arrayLength(a));
  if (out == 0) return 0;
  const n = arrayLength(out);
  const data = elementsData(out);
  for (let i: u32 = 0; i < n; i++) if (at(data, i) == HOLE) store<u64>(data + (<usize>i << 3), UNDEFINED);
  return out;
}
export function arrayWith(args: usize, argc: i32): Value {
  const v = thisArg(args);
  let i = optionalInt(arg(args, argc, 0), 0);
  if (i == NOT_INTEGER || !isPlainArray(v)) return NOT_HANDLED;
  const length = arrayLength(ptrOf(v));
  if (i < 0) i += <i32>length;
  if (<u32>i >= length) return NOT_HANDLED;
  const out = filled(ptrOf(v));
  if (out == 0) return EXCEPTION;
  put(out, <u32>i, arg(args, argc, 1));
  return fromObject(out);
}
export function arrayToReversed(args: usize, argc: i32): Value {
  const v = thisArg(args);
  if (!isPlainArray(v)) return NOT_HANDLED;
  const out = filled(ptrOf(v));
  if (out == 0) return EXCEPTION;
  reverse(out);
  return fromObject(out);
}
export function arrayCopyWithin(args: usize, argc: i32): Value {
  const v = thisArg(args);
  const to = optionalInt(arg(args, argc, 0), 0);
  const from = optionalInt(arg(args, argc, 1), 0);
  const end = optionalInt(arg(args, argc, 2), MAX_INDEX);
  if (to == NOT_INTEGER || from == NOT_INTEGER || end == NOT_INTEGER || !isPlainArray(v) || hasHole(ptrOf(v))) return NOT_HANDLED;
  const a = ptrOf(v);
  const length = <i32>arrayLength(a);
  const target = relative(to, length);
  const source = relative(from, length);
  const count = min(relative(end, length) - source, length - target);
  if (count > 0) {
    const data = elementsData(a);
    memory.copy(data + (<usize>target << 3), data + (<usize>source << 3), <usize>count << 3);
    rememberElements(a, target, count);
  }
  return v;
}

// Natives: helpers

// @ts-ignore: decorator
@inline function ptr(args: usize, argc: i32, i: i32): usize {
  return ptrOf(arg(args, argc, i));
}
// @ts-ignore: decorator
@inline function index(args: usize, argc: i32, i: i32): u32 {
  return <u32>clampInt(arg(args, argc, i), 0, MAX_INDEX);
}
export function arrSet(args: usize, argc: i32): Value {
  const a = ptr(args, argc, 0);
  const i = index(args, argc, 1);
  const v = arg(args, argc, 2);
  if (i < arrayLength(a)) put(a, i, v);
  else if (!appendElement(a, v)) return EXCEPTION;
  return UNDEFINED;
}
export function arrPop(args: usize, argc: i32): Value {
  return pop(ptr(args, argc, 0));
}
export function arrShift(args: usize, argc: i32): Value {
  return shift(ptr(args, argc, 0));
}
export function arrSlice(args: usize, argc: i32): Value {
  const a = ptr(args, argc, 0);
  const length = arrayLength(a);
  return objectOrException(slice(a, index(args, argc, 1), min(index(args, argc, 2), length)));
}
export function arrAppendAll(args: usize, argc: i32): Value {
  const target = ptr(args, argc, 0);
  const source = ptr(args, argc, 1);
  const n = arrayLength(source);
  const from = arrayLength(target);
  if (n == 0) return UNDEFINED;
  if (!ensureElements(target, from + n)) return EXCEPTION;
  appendAll(target, source);
  const data = elementsData(target);
  for (let i = from; i < from + n; i++) if (at(data, i) == HOLE) store<u64>(data + (<usize>i << 3), UNDEFINED);
  return UNDEFINED;
}
export function arrCopy(args: usize, argc: i32): Value {
  const target = ptr(args, argc, 0);
  const source = ptr(args, argc, 2);
  const to = min(index(args, argc, 1), arrayLength(target));
  const from = min(index(args, argc, 3), arrayLength(source));
  const count = min(index(args, argc, 4), min(arrayLength(target) - to, arrayLength(source) - from));
  if (count > 0) {
    memory.copy(elementsData(target) + (<usize>to << 3), elementsData(source) + (<usize>from << 3), <usize>count << 3);
    rememberElements(target, to, count);
  }
  return UNDEFINED;
}
export function arrTruncate(args: usize, argc: i32): Value {
  const a = ptr(args, argc, 0);
  const length = arrayLength(a);
  const n = index(args, argc, 1);
  if (n < length) {
    fillHoles(a, n, length);
    setLengthField(a, n);
  }
  return UNDEFINED;
}

/** Appends the elements of a, arrays opened down to depth; 0 done, 1 not handled, 2 exception. Depth is bounded by MAX_FLAT. */
function flatten(out: usize, a: usize, depth: i32, level: i32): i32 {
  const n = arrayLength(a);
  for (let i: u32 = 0; i < n; i++) {
    const v = at(elementsData(a), i);
    if (v == HOLE) continue;
    if (isObject(v) && depth > 0) {
      const kind = kindOf(ptrOf(v));
      if (kind == KIND_PROXY) return 1;
      if (kind == KIND_ARRAY) {
        if (!isPlainArray(v) || level >= MAX_FLAT) return 1;
        const result = flatten(out, ptrOf(v), depth - 1, level + 1);
        if (result != 0) return result;
        continue;
      }
    }
    if (!appendElement(out, v)) return 2;
  }
  return 0;
}
const MAX_FLAT: i32 = 100;


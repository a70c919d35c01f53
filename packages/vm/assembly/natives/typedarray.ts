/**
 * ArrayBuffer, typed arrays, DataView (ECMA-262, 25.1, 23.2, 25.3).
 *
 * ARRAYBUFFER: +16 NATIVE_DATA cell with the bytes (0: detached), +20 byte length, +24 max byte length, flag RESIZABLE. The cell of a resizable
 * buffer has room for the maximum from the start: bytes never move, so views may be read without looking for growth.
 * TYPEDARRAY, DATAVIEW: +16 ARRAYBUFFER, +20 byte offset, +24 length in elements (bytes for DataView) or -1 to follow the buffer, +28 type.
 */
import { Value, UNDEFINED, EXCEPTION, NOT_HANDLED, HOLE, FALSE, TRUE, fromBigInt, fromBool, fromF64, fromInt, fromObject, fromU32, isBigInt, isInt, asInt, isNumber, isObject, isTrue, isUndefined, numberOf, ptrOf } from "../value";
import { burn } from "../state";
import { KIND_ARRAYBUFFER, KIND_DATAVIEW, KIND_NATIVE_DATA, KIND_TYPEDARRAY } from "../generated/kinds";
import { allocate, tryAllocate, addFlags, flagsOf, kindOf, storePtr, MAX_SMALL } from "../heap";
import { newObjectOfKind, newArray, appendElement, arrayLength, elementsData, isPlainArray } from "../object";
import { throwRangeError } from "../errors";
import { toInt32 } from "../convert";
import { strLength } from "../string";
import { sbFinish, sbPushString, sbReset } from "../stringbuilder";
import { arg } from "./args";
import { bigintEquals, bigintFromI64, bigintFromU64, bigintToString, bigintToU64 } from "./bigint";
import { f64ToFloat16, float16ToF64 } from "./math";
import { clampInt, numberToString } from "./number";
import { stringOrException } from "./string";

export const TYPE_INT8: u32 = 0;
export const TYPE_UINT8: u32 = 1;
export const TYPE_UINT8_CLAMPED: u32 = 2;
export const TYPE_INT16: u32 = 3;
export const TYPE_UINT16: u32 = 4;
export const TYPE_INT32: u32 = 5;
export const TYPE_UINT32: u32 = 6;
export const TYPE_FLOAT16: u32 = 7;
export const TYPE_FLOAT32: u32 = 8;
export const TYPE_FLOAT64: u32 = 9;
export const TYPE_BIGINT64: u32 = 10;
export const TYPE_BIGUINT64: u32 = 11;

const BUFFER_RESIZABLE: u32 = 1;
/** Most bytes of one buffer. */
const MAX_BYTES: f64 = 0x3f000000;
/** log2 of the element size by type. */
const SHIFTS: usize = memory.data<u8>([0, 0, 0, 1, 1, 2, 2, 1, 2, 3, 3, 3]);
const CELL: usize = 8;

// @ts-ignore: decorator
@inline function shiftOf(type: u32): u32 {
  return <u32>load<u8>(SHIFTS + <usize>type);
}

// Buffers

/** A zeroed buffer; maxLength < 0: fixed. 0 with a RangeError. `proto` is an object pointer, 0 for null. */
export function newBuffer(proto: usize, length: f64, maxLength: f64): usize {
  const room = maxLength < 0 ? length : maxLength;
  if (!(length >= 0 && length <= MAX_BYTES && room <= MAX_BYTES)) {
    throwRangeError("Array buffer allocation failed");
    return 0;
  }
  const bytes = <i64>room + <i64>CELL;
  const cell = bytes <= <i64>MAX_SMALL ? allocate(<i32>bytes, KIND_NATIVE_DATA) : tryAllocate(bytes, KIND_NATIVE_DATA);
  if (cell == 0) return 0;
  store<u32>(cell, <u32>room, 4);
  const buffer = newObjectOfKind(KIND_ARRAYBUFFER, proto);
  storePtr(buffer, buffer + 16, cell);
  store<u32>(buffer, <u32>length, 20);
  store<u32>(buffer, <u32>room, 24);
  if (maxLength >= 0) addFlags(buffer, BUFFER_RESIZABLE);
  return buffer;
}
// @ts-ignore: decorator
@inline export function bufferIsDetachedPtr(b: usize): bool {
  return load<u32>(b, 16) == 0;
}
/** Address of the first byte; valid while the buffer is not detached. */
// @ts-ignore: decorator
@inline export function bufferData(b: usize): usize {
  return <usize>load<u32>(b, 16) + CELL;
}
// @ts-ignore: decorator
@inline export function bufferLength(b: usize): u32 {
  return load<u32>(b, 20);
}
function detach(b: usize): void {
  store<u32>(b, 0, 16);
  store<u32>(b, 0, 20);
  store<u32>(b, 0, 24);
}

// Views

// @ts-ignore: decorator
@inline export function viewBuffer(view: usize): usize {
  return load<u32>(view, 16);
}
// @ts-ignore: decorator
@inline export function typedArrayTypeOf(t: usize): u32 {
  return load<u32>(t, 28);
}

/** Length in elements now; 0 when out of bounds or detached. */
export function typedArrayLengthOf(t: usize): u32 {
  const buffer = viewBuffer(t);
  const bytes = bufferLength(buffer);
  const offset = load<u32>(t, 20);
  const length = load<i32>(t, 24);
  const shift = shiftOf(typedArrayTypeOf(t));
  if (length < 0) return offset > bytes || bufferIsDetachedPtr(buffer) ? 0 : (bytes - offset) >>> shift;
  return <u64>offset + (<u64>length << shift) > <u64>bytes ? 0 : <u32>length;
}
/** Address of element 0. */
// @ts-ignore: decorator
@inline export function typedArrayData(t: usize): usize {
  return bufferData(viewBuffer(t)) + <usize>load<u32>(t, 20);
}
/** Bytes of the view now. */
export function typedArrayByteLengthOf(t: usize): u32 {
  return typedArrayLengthOf(t) << shiftOf(typedArrayTypeOf(t));
}
export function typedArrayIsOutOfBoundsPtr(t: usize): bool {
  return isOutOfBounds(t, shiftOf(typedArrayTypeOf(t)));
}
function isOutOfBounds(view: usize, shift: u32): bool {
  const buffer = viewBuffer(view);
  if (bufferIsDetachedPtr(buffer)) return true;
  const bytes = bufferLength(buffer);
  const length = load<i32>(view, 24);
  return length < 0 ? load<u32>(view, 20) > bytes : <u64>load<u32>(view, 20) + (<u64>length << shift) > <u64>bytes;
}

/** The element at an address. */
function loadElement(at: usize, type: u32): Value {
  switch (type) {
    case TYPE_INT8:
      return fromInt(<i32>load<i8>(at));
    case TYPE_UINT8:
    case TYPE_UINT8_CLAMPED:
      return fromInt(<i32>load<u8>(at));
    case TYPE_INT16:
      return fromInt(<i32>load<i16>(at));
    case TYPE_UINT16:
      return fromInt(<i32>load<u16>(at));
    case TYPE_INT32:
      return fromInt(load<i32>(at));
    case TYPE_UINT32:
      return fromU32(load<u32>(at));
    case TYPE_FLOAT16:
      return fromF64(float16ToF64(<u32>load<u16>(at)));
    case TYPE_FLOAT32:
      return fromF64(<f64>load<f32>(at));
    case TYPE_FLOAT64:
      return fromF64(load<f64>(at));
    case TYPE_BIGINT64:
      return fromBigInt(bigintFromI64(load<i64>(at)));
    default:
      return fromBigInt(bigintFromU64(load<u64>(at)));
  }
}
/** ToInt32 of a number value. */
// @ts-ignore: decorator
@inline function int32Of(v: Value): i32 {
  return isInt(v) ? asInt(v) : toInt32(numberOf(v));
}
/** Store a number (BigInt for the last two types). */
function storeElement(at: usize, type: u32, v: Value): void {
  switch (type) {
    case TYPE_INT8:
    case TYPE_UINT8:
      store<u8>(at, <u8>int32Of(v));
      return;
    case TYPE_UINT8_CLAMPED: {
      // Ties to even.
      const x = numberOf(v);
      store<u8>(at, x > 0 ? (x >= 255 ? 255 : <u8>nearest(x)) : 0);
      return;
    }
    case TYPE_INT16:
    case TYPE_UINT16:
      store<u16>(at, <u16>int32Of(v));
      return;
    case TYPE_INT32:
    case TYPE_UINT32:
      store<i32>(at, int32Of(v));
      return;
    case TYPE_FLOAT16:
      store<u16>(at, <u16>f64ToFloat16(numberOf(v)));
      return;
    case TYPE_FLOAT32:
      store<f32>(at, <f32>numberOf(v));
      return;
    case TYPE_FLOAT64:
      store<f64>(at, numberOf(v));
      return;
    default:
      store<u64>(at, bigintToU64(ptrOf(v)));
  }
}
// @ts-ignore: decorator
@inline function isBigType(type: u32): bool {
  return type >= TYPE_BIGINT64;
}
// @ts-ignore: decorator
@inline function fits(type: u32, v: Value): bool {
  return isBigType(type) ? isBigInt(v) : isNumber(v);
}

/** Element i; HOLE when out of range. */
export function typedArrayGet(t: usize, i: u32): Value {
  if (i >= typedArrayLengthOf(t)) return HOLE;
  const type = typedArrayTypeOf(t);
  return loadElement(typedArrayData(t) + (<usize>i << shiftOf(type)), type);
}
/** t[i] = v: false, with nothing done, when v must be converted first. An index out of range is ignored. */
export function typedArraySet(t: usize, i: u32, v: Value): bool {
  const type = typedArrayTypeOf(t);
  if (!fits(type, v)) return false;
  if (i < typedArrayLengthOf(t)) storeElement(typedArrayData(t) + (<usize>i << shiftOf(type)), type, v);
  return true;
}

/** A view; length -1 follows the buffer. */
export function newTypedArray(proto: usize, type: u32, buffer: usize, byteOffset: u32, length: i32): usize {
  const t = newObjectOfKind(KIND_TYPEDARRAY, proto);
  storePtr(t, t + 16, buffer);
  store<u32>(t, byteOffset, 20);
  store<i32>(t, length, 24);
  store<u32>(t, type, 28);
  return t;
}

// Natives: buffers

// @ts-ignore: decorator
@inline function ptr(args: usize, argc: i32, i: i32): usize {
  return ptrOf(arg(args, argc, i));
}
/** Prototype argument: an object or null. */
// @ts-ignore: decorator
@inline function protoArg(v: Value): usize {
  return isObject(v) ? ptrOf(v) : 0;
}
// @ts-ignore: decorator
@inline function number(args: usize, argc: i32, i: i32): f64 {
  const v = arg(args, argc, i);
  return isNumber(v) ? numberOf(v) : NaN;
}
// @ts-ignore: decorator
@inline function objectOrException(o: usize): Value {
  return o == 0 ? EXCEPTION : fromObject(o);
}
/** An index argument clamped to [0, high]. */
// @ts-ignore: decorator
@inline function index(args: usize, argc: i32, i: i32, high: u32): u32 {
  return <u32>clampInt(arg(args, argc, i), 0, <i32>high);
}

export function bufferNew(args: usize, argc: i32): Value {
  const most = arg(args, argc, 2);
  return objectOrException(newBuffer(protoArg(arg(args, argc, 0)), number(args, argc, 1), isUndefined(most) ? -1 : numberOf(most)));
}
export function bufferByteLength(args: usize, argc: i32): Value {
  return fromU32(bufferLength(ptr(args, argc, 0)));
}
export function bufferMaxByteLength(args: usize, argc: i32): Value {
  const b = ptr(args, argc, 0);
  return fromU32(flagsOf(b) & BUFFER_RESIZABLE ? load<u32>(b, 24) : bufferLength(b));
}
export function bufferIsResizable(args: usize, argc: i32): Value {
  return fromBool((flagsOf(ptr(args, argc, 0)) & BUFFER_RESIZABLE) != 0);
}
export function bufferIsDetached(args: usize, argc: i32): Value {
  return fromBool(bufferIsDetachedPtr(ptr(args, argc, 0)));
}
export function bufferDetach(args: usize, argc: i32): Value {
  detach(ptr(args, argc, 0));
  return UNDEFINED;
}
export function bufferResize(args: usize, argc: i32): Value {
  const b = ptr(args, argc, 0);
  const length = index(args, argc, 1, load<u32>(b, 24));
  const old = bufferLength(b);
  // What is cut off must read as zero when the buffer grows again.
  if (length < old) memory.fill(bufferData(b) + <usize>length, 0, <usize>(old - length));
  store<u32>(b, length, 20);
  return UNDEFINED;
}
export function bufferTransfer(args: usize, argc: i32): Value {
  const from = ptr(args, argc, 1);
  const most = arg(args, argc, 3);
  const to = newBuffer(protoArg(arg(args, argc, 0)), number(args, argc, 2), isUndefined(most) ? -1 : numberOf(most));
  if (to == 0) return EXCEPTION;
  memory.copy(bufferData(to), bufferData(from), <usize>min(bufferLength(to), bufferLength(from)));
  detach(from);
  return fromObject(to);
}
export function bufferCopy(args: usize, argc: i32): Value {
  const target = ptr(args, argc, 0);
  const source = ptr(args, argc, 2);
  const to = index(args, argc, 1, bufferLength(target));
  const from = index(args, argc, 3, bufferLength(source));
  const count = index(args, argc, 4, min(bufferLength(target) - to, bufferLength(source) - from));
  if (count > 0) memory.copy(bufferData(target) + <usize>to, bufferData(source) + <usize>from, <usize>count);
  return UNDEFINED;
}

// Natives: typed arrays

export function typedArrayNew(args: usize, argc: i32): Value {
  return fromObject(newTypedArray(protoArg(arg(args, argc, 0)), index(args, argc, 1, 11), ptr(args, argc, 2), index(args, argc, 3, i32.MAX_VALUE), clampInt(arg(args, argc, 4), -1, i32.MAX_VALUE)));
}
export function typedArrayCreate(args: usize, argc: i32): Value {
  const type = index(args, argc, 2, 11);
  const length = number(args, argc, 3);
  const buffer = newBuffer(protoArg(arg(args, argc, 1)), length * <f64>(1 << shiftOf(type)), -1);
  return buffer == 0 ? EXCEPTION : fromObject(newTypedArray(protoArg(arg(args, argc, 0)), type, buffer, 0, <i32>length));
}
export function typedArrayType(args: usize, argc: i32): Value {
  const v = arg(args, argc, 0);
  return fromInt(isObject(v) && kindOf(ptrOf(v)) == KIND_TYPEDARRAY ? <i32>typedArrayTypeOf(ptrOf(v)) : -1);
}
export function typedArrayLength(args: usize, argc: i32): Value {
  return fromU32(typedArrayLengthOf(ptr(args, argc, 0)));
}
export function typedArrayByteOffset(args: usize, argc: i32): Value {
  return fromU32(load<u32>(ptr(args, argc, 0), 20));
}
export function typedArrayBuffer(args: usize, argc: i32): Value {
  return fromObject(viewBuffer(ptr(args, argc, 0)));
}
export function typedArrayIsOutOfBounds(args: usize, argc: i32): Value {
  return fromBool(typedArrayIsOutOfBoundsPtr(ptr(args, argc, 0)));
}
export function typedArrayIsLengthTracking(args: usize, argc: i32): Value {
  return fromBool(load<i32>(ptr(args, argc, 0), 24) < 0);
}
export function typedArrayElement(args: usize, argc: i32): Value {
  const i = number(args, argc, 1);
  const t = ptr(args, argc, 0);
  if (!(i >= 0 && i < <f64>typedArrayLengthOf(t))) return UNDEFINED;
  return typedArrayGet(t, <u32>i);
}
export function typedArrayStore(args: usize, argc: i32): Value {
  const i = number(args, argc, 1);
  const t = ptr(args, argc, 0);
  if (i >= 0 && i < <f64>typedArrayLengthOf(t)) typedArraySet(t, <u32>i, arg(args, argc, 2));
  return UNDEFINED;
}
export function typedArrayFill(args: usize, argc: i32): Value {
  const t = ptr(args, argc, 0);
  const v = arg(args, argc, 1);
  const type = typedArrayTypeOf(t);
  const length = typedArrayLengthOf(t);
  const from = index(args, argc, 2, length);
  const to = index(args, argc, 3, length);
  if (from >= to || !fits(type, v)) return UNDEFINED;
  const shift = shiftOf(type);
  const data = typedArrayData(t);
  burn((to - from) >>> 1);
  // One element, then doubled.
  const first = data + (<usize>from << shift);
  storeElement(first, type, v);
  const bytes = <usize>(to - from) << shift;
  if (shift == 0) {
    memory.fill(first, load<u8>(first), bytes);
    return UNDEFINED;
  }
  let have = <usize>1 << shift;
  while (have < bytes) {
    const n = min(have, bytes - have);
    memory.copy(first + have, first, n);
    have += n;
  }
  return UNDEFINED;
}
export function typedArrayCopy(args: usize, argc: i32): Value {
  const target = ptr(args, argc, 0);
  const source = ptr(args, argc, 2);
  const targetLength = typedArrayLengthOf(target);
  const sourceLength = typedArrayLengthOf(source);
  const to = index(args, argc, 1, targetLength);
  const from = index(args, argc, 3, sourceLength);
  const count = index(args, argc, 4, min(targetLength - to, sourceLength - from));
  if (count == 0) return UNDEFINED;
  burn(count);
  const targetType = typedArrayTypeOf(target);
  const sourceType = typedArrayTypeOf(source);
  const targetShift = shiftOf(targetType);
  const sourceShift = shiftOf(sourceType);
  const dst = typedArrayData(target) + (<usize>to << targetShift);
  const src = typedArrayData(source) + (<usize>from << sourceShift);
  const sameBytes = targetType == sourceType || (targetShift == sourceShift && targetType != TYPE_UINT8_CLAMPED && !isFloat(targetType) && !isFloat(sourceType)) || (targetType == TYPE_UINT8_CLAMPED && sourceType == TYPE_UINT8);
  if (sameBytes) {
    memory.copy(dst, src, <usize>count << targetShift);
    return UNDEFINED;
  }
  if (isBigType(targetType) != isBigType(sourceType)) return UNDEFINED;
  // Converting between widths in one buffer: whichever direction does not overwrite what is still to be read; when neither, from a copy.
  const dstEnd = dst + (<usize>count << targetShift);
  const srcEnd = src + (<usize>count << sourceShift);
  if (dst < srcEnd && src < dstEnd) {
    const copy = tryAllocate(<i64>CELL + (<i64>count << sourceShift), KIND_NATIVE_DATA);
    if (copy == 0) return EXCEPTION;
    memory.copy(copy + CELL, src, <usize>count << sourceShift);
    convert(dst, targetType, copy + CELL, sourceType, count);
  } else convert(dst, targetType, src, sourceType, count);
  return UNDEFINED;
}
function isFloat(type: u32): bool {
  return type >= TYPE_FLOAT16 && type <= TYPE_FLOAT64;
}
function convert(dst: usize, dstType: u32, src: usize, srcType: u32, count: u32): void {
  const dstStep = <usize>1 << shiftOf(dstType);
  const srcStep = <usize>1 << shiftOf(srcType);
  for (let i: u32 = 0; i < count; i++) {
    storeElement(dst, dstType, loadElement(src, srcType));
    dst += dstStep;
    src += srcStep;
  }
}
export function typedArraySetArray(args: usize, argc: i32): Value {
  const t = ptr(args, argc, 0);
  const a = arg(args, argc, 2);
  if (!isPlainArray(a)) return NOT_HANDLED;
  const at = number(args, argc, 1);
  const count = arrayLength(ptrOf(a));
  if (!(at >= 0 && at + <f64>count <= <f64>typedArrayLengthOf(t))) return NOT_HANDLED;
  burn(count << 1);
  const type = typedArrayTypeOf(t);
  const data = elementsData(ptrOf(a));
  for (let i: u32 = 0; i < count; i++) if (!fits(type, load<u64>(data + (<usize>i << 3)))) return NOT_HANDLED;
  const shift = shiftOf(type);
  const dst = typedArrayData(t) + (<usize>at << shift);
  for (let i: u32 = 0; i < count; i++) storeElement(dst + (<usize>i << shift), type, load<u64>(data + (<usize>i << 3)));
  return UNDEFINED;
}
export function typedArrayToArray(args: usize, argc: i32): Value {
  const t = ptr(args, argc, 0);
  const count = typedArrayLengthOf(t);
  const array = newArray(0);
  for (let i: u32 = 0; i < count; i++) if (!appendElement(array, typedArrayGet(t, i))) return EXCEPTION;
  return fromObject(array);
}
export function typedArrayReverse(args: usize, argc: i32): Value {
  const t = ptr(args, argc, 0);
  const count = typedArrayLengthOf(t);
  if (count < 2) return UNDEFINED;
  burn(count);
  const size = <usize>1 << shiftOf(typedArrayTypeOf(t));
  let low = typedArrayData(t);
  let high = low + <usize>(count - 1) * size;
  while (low < high) {
    swap(low, high, size);
    low += size;
    high -= size;
  }
  return UNDEFINED;
}
// @ts-ignore: decorator
@inline function swap(a: usize, b: usize, size: usize): void {
  if (size == 8) {
    const x = load<u64>(a);
    store<u64>(a, load<u64>(b));
    store<u64>(b, x);
  } else if (size == 4) {
    const x = load<u32>(a);
    store<u32>(a, load<u32>(b));
    store<u32>(b, x);
  } else if (size == 2) {
    const x = load<u16>(a);
    store<u16>(a, load<u16>(b));
    store<u16>(b, x);
  } else {
    const x = load<u8>(a);
    store<u8>(a, load<u8>(b));
    store<u8>(b, x);
  }
}

/** A signed 64-bit key with the order of the elements: floats by their bits with the magnitude of negatives turned over, NaN last. */
function sortKey(at: usize, type: u32): i64 {
  switch (type) {
    case TYPE_INT8:
      return <i64>load<i8>(at);
    case TYPE_UINT8:
    case TYPE_UINT8_CLAMPED:
      return <i64>load<u8>(at);
    case TYPE_INT16:
      return <i64>load<i16>(at);
    case TYPE_UINT16:
      return <i64>load<u16>(at);
    case TYPE_INT32:
      return <i64>load<i32>(at);
    case TYPE_UINT32:
      return <i64>load<u32>(at);
    case TYPE_BIGINT64:
      return load<i64>(at);
    case TYPE_BIGUINT64:
      return load<i64>(at) ^ i64.MIN_VALUE;
    default: {
      const x = type == TYPE_FLOAT64 ? load<f64>(at) : type == TYPE_FLOAT32 ? <f64>load<f32>(at) : float16ToF64(<u32>load<u16>(at));
      if (x != x) return i64.MAX_VALUE;
      const bits = reinterpret<i64>(x);
      return bits < 0 ? bits ^ i64.MAX_VALUE : bits;
    }
  }
}
/** Heap sort in place: equal elements are the same value, so that stability does not show. */
export function typedArraySort(args: usize, argc: i32): Value {
  const t = ptr(args, argc, 0);
  const count = <i32>typedArrayLengthOf(t);
  if (count < 2) return UNDEFINED;
  const type = typedArrayTypeOf(t);
  const size = <usize>1 << shiftOf(type);
  const data = typedArrayData(t);
  burn(min(count, i32.MAX_VALUE >> 6) << 6);
  for (let i = (count >>> 1) - 1; i >= 0; i--) siftDown(data, type, size, i, count);
  for (let end = count - 1; end > 0; end--) {
    swap(data, data + <usize>end * size, size);
    siftDown(data, type, size, 0, end);
  }
  return UNDEFINED;
}
function siftDown(data: usize, type: u32, size: usize, root: i32, end: i32): void {
  while (true) {
    let child = root * 2 + 1;
    if (child >= end) return;
    let key = sortKey(data + <usize>child * size, type);
    if (child + 1 < end) {
      const other = sortKey(data + <usize>(child + 1) * size, type);
      if (other > key) {
        key = other;
        child++;
      }
    }
    if (sortKey(data + <usize>root * size, type) >= key) return;
    swap(data + <usize>root * size, data + <usize>child * size, size);
    root = child;
  }
}

/** Index of an element equal to v at or after from (or downwards), -1 none; sameZero: NaN equals NaN. */
function find(t: usize, v: Value, from: f64, step: i32, sameZero: bool): i32 {
  const type = typedArrayTypeOf(t);
  if (!fits(type, v)) return -1;
  const count = <i32>typedArrayLengthOf(t);
  const shift = shiftOf(type);
  const data = typedArrayData(t);
  burn(count << 1);
  let i = step > 0 ? (from >= <f64>count ? count : <i32>from) : from >= <f64>count ? count - 1 : <i32>from;
  if (isBigType(type)) {
    const want = bigintToU64(ptrOf(v));
    // Values outside the type's range are equal to none: the round trip tells.
    const back = type == TYPE_BIGINT64 ? bigintFromI64(<i64>want) : bigintFromU64(want);
    if (!bigintEquals(back, ptrOf(v))) return -1;
    for (; i >= 0 && i < count; i += step) if (load<u64>(data + (<usize>i << shift)) == want) return i;
    return -1;
  }
  const x = numberOf(v);
  const nan = x != x && sameZero;
  for (; i >= 0 && i < count; i += step) {
    const y = numberOf(loadElement(data + (<usize>i << shift), type));
    if (y == x || (nan && y != y)) return i;
  }
  return -1;
}
export function typedArrayIndexOf(args: usize, argc: i32): Value {
  return fromInt(find(ptr(args, argc, 0), arg(args, argc, 1), number(args, argc, 2), 1, false));
}
export function typedArrayLastIndexOf(args: usize, argc: i32): Value {
  const from = number(args, argc, 2);
  return fromInt(from < 0 ? -1 : find(ptr(args, argc, 0), arg(args, argc, 1), from, -1, false));
}
export function typedArrayIncludes(args: usize, argc: i32): Value {
  return fromBool(find(ptr(args, argc, 0), arg(args, argc, 1), number(args, argc, 2), 1, true) >= 0);
}
export function typedArrayJoin(args: usize, argc: i32): Value {
  const t = ptr(args, argc, 0);
  const separator = ptr(args, argc, 1);
  const count = typedArrayLengthOf(t);
  const width = strLength(separator);
  sbReset();
  for (let i: u32 = 0; i < count; i++) {
    if (i != 0 && width != 0) sbPushString(separator);
    const v = typedArrayGet(t, i);
    const text = isBigInt(v) ? bigintToString(ptrOf(v), 10) : numberToString(numberOf(v));
    if (text == 0) return EXCEPTION;
    sbPushString(text);
  }
  return stringOrException(sbFinish());
}

// Natives: DataView

export function dataViewNew(args: usize, argc: i32): Value {
  const view = newObjectOfKind(KIND_DATAVIEW, protoArg(arg(args, argc, 0)));
  storePtr(view, view + 16, ptr(args, argc, 1));
  store<u32>(view, index(args, argc, 2, i32.MAX_VALUE), 20);
  store<i32>(view, clampInt(arg(args, argc, 3), -1, i32.MAX_VALUE), 24);
  return fromObject(view);
}
export function dataViewBuffer(args: usize, argc: i32): Value {
  return fromObject(viewBuffer(ptr(args, argc, 0)));
}
export function dataViewByteOffset(args: usize, argc: i32): Value {
  return fromU32(load<u32>(ptr(args, argc, 0), 20));
}
function dataViewLength(view: usize): i32 {
  if (isOutOfBounds(view, 0)) return -1;
  const length = load<i32>(view, 24);
  return length >= 0 ? length : <i32>(bufferLength(viewBuffer(view)) - load<u32>(view, 20));
}
export function dataViewByteLength(args: usize, argc: i32): Value {
  return fromInt(dataViewLength(ptr(args, argc, 0)));
}
/** Address of size bytes at byte index i of a view, 0 when out of bounds. */
function dataViewAddress(view: usize, i: f64, size: i32): usize {
  const length = dataViewLength(view);
  if (!(i >= 0 && i + <f64>size <= <f64>length)) return 0;
  return bufferData(viewBuffer(view)) + <usize>load<u32>(view, 20) + <usize>i;
}
/** One element at a time, in the machine's order. */
const ELEMENT: usize = memory.data(8, 8);
function copyElement(dst: usize, src: usize, size: i32, littleEndian: bool): void {
  for (let i = 0; i < size; i++) store<u8>(dst + <usize>i, load<u8>(src + <usize>(littleEndian ? i : size - 1 - i)));
}
export function dataViewGet(args: usize, argc: i32): Value {
  const type = index(args, argc, 2, 11);
  const size = 1 << shiftOf(type);
  const at = dataViewAddress(ptr(args, argc, 0), number(args, argc, 1), size);
  if (at == 0) return UNDEFINED;
  copyElement(ELEMENT, at, size, isTrue(arg(args, argc, 3)));
  return loadElement(ELEMENT, type);
}
export function dataViewSet(args: usize, argc: i32): Value {
  const type = index(args, argc, 2, 11);
  const size = 1 << shiftOf(type);
  const at = dataViewAddress(ptr(args, argc, 0), number(args, argc, 1), size);
  const v = arg(args, argc, 3);
  if (at == 0 || !fits(type, v)) return FALSE;
  storeElement(ELEMENT, type, v);
  copyElement(at, ELEMENT, size, isTrue(arg(args, argc, 4)));
  return TRUE;
}

/**
 * JSON.stringify for plain data: objects and arrays whose serialisation runs no user code. Whatever else turns up (toJSON, accessor, proxy,
 * wrapper, BigInt, a cycle, great depth) gives the whole case to the library's full algorithm: nothing was observable until then.
 * An explicit stack in scratch memory, no native recursion.
 */
import { Value, UNDEFINED, HOLE, NOT_HANDLED, EXCEPTION, isBool, isInt, asInt, isNull, isNumber, numberOf, isObject, isString, isSymbol, isTrue, isUndefined, ptrOf } from "../value";
import { KIND_ARRAY, KIND_BOUND_FUNCTION, KIND_FUNCTION, KIND_NATIVE_FUNCTION, KIND_OBJECT, KIND_STRING } from "../generated/kinds";
import { kindOf } from "../heap";
import { flatten, isTwoByte, staticString, strLength, stringData } from "../string";
import { sbAdvance, sbFailed, sbFinish, sbPush8, sbPushBytes, sbPushDecimal, sbPushLiteral, sbPushRange, sbPushString, sbReset, sbRoom8 } from "../stringbuilder";
import { getPlain, getSlot, shapeOf } from "../object";
import { arrayLength, denseCapacity, elementsData, isPlainArray, isSlow } from "../elements";
import { entryAttrs, entryKey, shapeCount, shapeTable, ATTR_ACCESSOR, ATTR_ENUMERABLE } from "../shape";
import { copyPlain } from "./json-bytes";
import { unitAt } from "./strtod";
import { putUnsigned, writeNumber } from "./number";
import { scratchEnd } from "./scratch";
import { START_SHAPES } from "../state";
import { stringOrException } from "./string";
import { spend } from "../interrupt";

/** Deeper structures take the library's path. */
const MAX_DEPTH: i32 = 4000;
// Frames: +0 object or array, +4 next index, +8 element count of an object (its named properties follow), +12 1: something was written.
const FRAME: usize = 16;
const NUMBER: usize = memory.data(32, 8);
const HEX: usize = memory.data<u8>([48, 49, 50, 51, 52, 53, 54, 55, 56, 57, 97, 98, 99, 100, 101, 102]);
/** Shapes known in this call to have no toJSON in reach, by address. */
const SHAPES: usize = START_SHAPES;

/** Must the unit be escaped? */
// @ts-ignore: decorator
@inline function isSpecial(c: u32): bool {
  return c < 32 || c == 34 || c == 92;
}

/** The usual string: bytes of which none is special. False, and nothing pushed, when it is another. */
function pushPlain(data: usize, length: i32): bool {
  const to = sbRoom8(length + 2);
  if (to == 0 || !copyPlain(to + 1, data, length)) return false;
  store<u8>(to, 34);
  store<u8>(to + <usize>length, 34, 1);
  sbAdvance(length + 2);
  return true;
}

/** QuoteJSONString. */
export function pushQuoted(s: usize): void {
  s = flatten(s);
  const data = stringData(s);
  const two = isTwoByte(s);
  const length = strLength(s);
  if (!two && pushPlain(data, length)) return;
  sbPush8(34);
  let from = 0;
  for (let i = 0; i < length; i++) {
    const c = unitAt(data, two, i);
    if (!isSpecial(c) && c - 0xd800 >= 0x800) continue;
    if (c >= 0xd800) {
      // A pair stays, a lone surrogate is escaped.
      if (c < 0xdc00 && i + 1 < length && unitAt(data, two, i + 1) - 0xdc00 < 0x400) {
        i++;
        continue;
      }
    }
    sbPushRange(s, from, i);
    from = i + 1;
    sbPush8(92);
    switch (c) {
      case 8: sbPush8(98); break;
      case 9: sbPush8(116); break;
      case 10: sbPush8(110); break;
      case 12: sbPush8(102); break;
      case 13: sbPush8(114); break;
      case 34:
      case 92: sbPush8(c); break;
      default:
        sbPush8(117);
        for (let shift: u32 = 16; shift > 0; ) {
          shift -= 4;
          sbPush8(<u32>load<u8>(HEX + ((c >>> shift) & 15)));
        }
    }
  }
  sbPushRange(s, from, length);
  sbPush8(34);
}

/** Would value.toJSON be undefined, without asking anybody? */
function hasNoToJson(o: usize, key: usize): bool {
  const shape = shapeOf(o);
  const known = SHAPES + <usize>((<u32>shape >>> 4) & 15) * 4;
  if (load<u32>(known) == <u32>shape) return true;
  if (getPlain(o, key) != UNDEFINED) return false;
  store<u32>(known, <u32>shape);
  return true;
}

function pushBreak(gap: usize, depth: i32): void {
  sbPush8(10);
  for (let i = 0; i < depth; i++) sbPushString(gap);
}

// What pushing a value came to.
const WRITTEN: i32 = 0;
const OPENED: i32 = 1;
const ABSENT: i32 = 2; // undefined, functions, symbols
const DECLINED: i32 = 3;

/** What a value would serialise as, without writing: ABSENT, DECLINED, OPENED (object) or WRITTEN (primitive). */
function classify(v: Value, toJson: usize): i32 {
  if (isString(v) || isNumber(v) || isBool(v) || isNull(v)) return WRITTEN;
  if (isUndefined(v) || isSymbol(v)) return ABSENT;
  if (!isObject(v)) return DECLINED;
  const o = ptrOf(v);
  const kind = kindOf(o);
  if (kind == KIND_OBJECT || kind == KIND_ARRAY) {
    if (!hasNoToJson(o, toJson)) return DECLINED;
    if (kind == KIND_ARRAY ? !isPlainArray(v) : isSlow(o)) return DECLINED;
    return OPENED;
  }
  if (kind == KIND_FUNCTION || kind == KIND_NATIVE_FUNCTION || kind == KIND_BOUND_FUNCTION) return getPlain(o, toJson) == UNDEFINED ? ABSENT : DECLINED;
  return DECLINED;
}
/** Bytes that a number, true, false or null takes at most. */
const SHORT: i32 = 25;

/** Write a number, true, false or null; returns the end. */
function putShort(to: usize, v: Value): usize {
  if (isInt(v)) {
    const n = asInt(v);
    if (n < 0) store<u8>(to++, 45);
    return putUnsigned(to, n < 0 ? 0 - <u32>n : <u32>n);
  }
  if (isNumber(v)) {
    const x = numberOf(v);
    if (x - x == 0) return writeNumber(to, x);
  } else if (isBool(v)) {
    const yes = isTrue(v);
    if (!yes) store<u8>(to++, 102);
    store<u32>(to, yes ? 0x6575_7274 : 0x6573_6c61);
    return to + 4;
  }
  store<u32>(to, 0x6c6c_756e);
  return to + 4;
}
function pushPrimitive(v: Value): void {
  if (isString(v)) {
    pushQuoted(ptrOf(v));
    return;
  }
  const to = sbRoom8(SHORT);
  if (to != 0) sbAdvance(<i32>(putShort(to, v) - to));
  else sbPushBytes(NUMBER, <i32>(putShort(NUMBER, v) - NUMBER));
}

/** A comma if need be, a key and a colon, in one piece. False, and nothing pushed, when it takes more than that. */
// @ts-ignore: decorator
@inline function pushPlainKey(key: usize, comma: bool): bool {
  const length = strLength(key);
  if (isTwoByte(key)) return false;
  const room = sbRoom8(length + 4);
  const to = room + <usize>comma;
  if (room == 0 || !copyPlain(to + 1, stringData(key), length)) return false;
  if (comma) store<u8>(room, 44);
  store<u8>(to, 34);
  store<u16>(to + <usize>length, 0x3a22, 1);
  sbAdvance(length + 3 + <i32>comma);
  return true;
}

/** The JSON text, UNDEFINED, NOT_HANDLED or EXCEPTION. */
export function stringify(value: Value, gap: usize, stack: usize): Value {
  const toJson = staticString("toJSON");
  const pretty = strLength(gap) > 0;
  memory.fill(SHAPES, 0, 64);
  let outcome = classify(value, toJson);
  if (outcome == ABSENT) return UNDEFINED;
  if (outcome == DECLINED) return NOT_HANDLED;
  sbReset();
  if (outcome == WRITTEN) {
    pushPrimitive(value);
    return stringOrException(sbFinish());
  }
  if (stack + <usize>(MAX_DEPTH + 1) * FRAME > scratchEnd()) return NOT_HANDLED;
  let depth = 0;
  let frame = stack;
  let steps: u32 = 0;
  open(frame, value);
  while (true) {
    // What is referred to many times is written as often.
    if (sbFailed()) return stringOrException(sbFinish());
    if ((++steps & 0x3ff) == 0 && !spend(0x8000)) return EXCEPTION;
    const o = <usize>load<u32>(frame);
    const i = load<u32>(frame, 4);
    let v: Value = UNDEFINED;
    let key: usize = 0;
    let close: u32 = 0;
    const isArray = kindOf(o) == KIND_ARRAY;
    if (isArray) {
      if (i == arrayLength(o)) close = 93;
      else {
        v = load<u64>(elementsData(o) + (<usize>i << 3));
        if (v == HOLE) v = UNDEFINED;
      }
    } else {
      const elements = load<u32>(frame, 8);
      const shape = shapeOf(o);
      if (i < elements) {
        v = load<u64>(elementsData(o) + (<usize>i << 3));
        if (v == HOLE) v = UNDEFINED;
      } else if (i - elements == shapeCount(shape)) close = 125;
      else {
        const table = shapeTable(shape);
        key = entryKey(table, i - elements);
        const attrs = key == 0 ? 0 : entryAttrs(table, i - elements);
        if (key != 0 && kindOf(key) == KIND_STRING && attrs & ATTR_ENUMERABLE) {
          if (attrs & ATTR_ACCESSOR) return NOT_HANDLED;
          v = getSlot(o, shape, i - elements);
        }
      }
    }
    if (close != 0) {
      if (pretty && load<u32>(frame, 12) != 0) pushBreak(gap, depth);
      sbPush8(close);
      if (depth == 0) return stringOrException(sbFinish());
      depth--;
      frame -= FRAME;
      continue;
    }
    store<u32>(frame, i + 1, 4);
    outcome = classify(v, toJson);
    if (outcome == DECLINED) return NOT_HANDLED;
    if (outcome == ABSENT && !isArray) continue;
    const comma = load<u32>(frame, 12) != 0;
    store<u32>(frame, 1, 12);
    if (pretty || key == 0 || !pushPlainKey(key, comma)) {
      if (comma) sbPush8(44);
      if (pretty) pushBreak(gap, depth + 1);
      if (!isArray) {
        if (key != 0) pushQuoted(key);
        else {
          sbPush8(34);
          sbPushDecimal(<i32>i);
          sbPush8(34);
        }
        sbPush8(58);
        if (pretty) sbPush8(32);
      }
    }
    if (outcome == WRITTEN) pushPrimitive(v);
    else if (outcome == ABSENT) sbPushLiteral("null");
    else {
      // Cycles are few and short: look for the object among those that are open.
      if (++depth > MAX_DEPTH) return NOT_HANDLED;
      for (let f = stack; f <= frame; f += FRAME) if (<usize>load<u32>(f) == ptrOf(v)) return NOT_HANDLED;
      frame += FRAME;
      open(frame, v);
    }
  }
}

function open(frame: usize, v: Value): void {
  const o = ptrOf(v);
  const isArray = kindOf(o) == KIND_ARRAY;
  store<u32>(frame, <u32>o);
  store<u32>(frame, 0, 4);
  store<u32>(frame, isArray ? 0 : denseCapacity(o), 8);
  store<u32>(frame, 0, 12);
  sbPush8(isArray ? 91 : 123);
}

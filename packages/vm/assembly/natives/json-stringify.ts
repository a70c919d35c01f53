/**
 * JSON.stringify for plain data: objects and arrays whose serialisation runs no user code. Whatever else turns up (toJSON, accessor, proxy,
 * wrapper, BigInt, a cycle, great depth) gives the whole case to the library's full algorithm: nothing was observable until then.
 * An explicit stack in scratch memory, no native recursion. While the text is of single bytes it is written right into the string builder's region, from `out` up to
 * `limit`; what does not fit, and everything once a wider unit has come, goes through the builder's functions.
 */
import { Value, UNDEFINED, HOLE, NOT_HANDLED, NULL, EXCEPTION, fromObject, isBool, isInt, asInt, isNull, isNumber, numberOf, isObject, isString, isSymbol, isTrue, isUndefined, ptrOf } from "../value";
import { KIND_ARRAY, KIND_BOUND_FUNCTION, KIND_FUNCTION, KIND_NATIVE_FUNCTION, KIND_OBJECT, KIND_STRING } from "../generated/kinds";
import { flagsOf, kindOf } from "../heap";
import { HEADER, STRING_ROPE, STRING_TWO_BYTE, flatten, isTwoByte, staticString, strLength, stringData } from "../string";
import { sbFailed, sbFinish, sbLimit8, sbPush8, sbPushBytes, sbPushDecimal, sbPushRange, sbPushString, sbReset, sbRoomAt, sbWritten } from "../stringbuilder";
import { getPlain, getSlot, shapeOf, slotsOf } from "../object";
import { arrayLength, denseCapacity, elementsData, isPlainArray, isSlow } from "../elements";
import { entryAttrs, entryKey, shapeCount, shapeInlineCap, shapeInlineStart, shapeTable, ATTR_ACCESSOR, ATTR_ENUMERABLE, TABLE_ENTRIES } from "../shape";
import { isPlain, quotePlain, specialBytes } from "./json-bytes";
import { unitAt } from "./strtod";
import { putUnsigned, writeNumber } from "./number";
import { scratchEnd } from "./scratch";
import { START_SHAPES } from "../state";
import { stringOrException } from "./string";
import { spend } from "../interrupt";

/** Deeper structures take the library's path. */
const MAX_DEPTH: i32 = 4000;
// Frames: +0 object or array, +4 where its next value is, +8 end of the values, +12 entries of the property table less the values (or ARRAY, GENERAL), +16 slots out of line still to come.
const FRAME: usize = 24;
/** Instead of where the keys are: there are none; or values are found by number, elements before named properties, and looked at closely. */
const ARRAY: usize = 0, GENERAL: usize = 1;
const NUMBER: usize = memory.data(32, 8);
const HEX: usize = memory.data<u8>([48, 49, 50, 51, 52, 53, 54, 55, 56, 57, 97, 98, 99, 100, 101, 102]);
/** Shapes known in this call: 16 times an address with flags, NO_TO_JSON when there is none in reach, PLAIN_KEYS when all properties are enumerable data and their keys need no escape. */
const SHAPES: usize = START_SHAPES;
const NO_TO_JSON: u32 = 1, PLAIN_KEYS: u32 = 2;
/** Bytes that are always there after a key: for a number, true, false or null, which take 25 at most, and for a comma or bracket. */
const ROOM: i32 = 40;

/** QuoteJSONString. */
export function pushQuoted(s: usize): void {
  s = flatten(s);
  const data = stringData(s);
  const two = isTwoByte(s);
  const length = strLength(s);
  sbPush8(34);
  let from = 0;
  for (let i = 0; i < length; i++) {
    if (!two) {
      let special: u64 = 0;
      while (i + 8 <= length && (special = specialBytes(load<u64>(data + <usize>i))) == 0) i += 8;
      if (special != 0) i += <i32>(ctz(special) >> 3);
      if (i == length) break;
    }
    const c = unitAt(data, two, i);
    if (c >= 32 && c != 34 && c != 92 && c - 0xd800 >= 0x800) continue;
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

function hasPlainKeys(shape: usize): bool {
  const table = shapeTable(shape);
  for (let i: u32 = 0, n = shapeCount(shape); i < n; i++) {
    const key = entryKey(table, i);
    if (key == 0 || kindOf(key) != KIND_STRING || (entryAttrs(table, i) & (ATTR_ENUMERABLE | ATTR_ACCESSOR)) != ATTR_ENUMERABLE) return false;
    if (isTwoByte(key) || strLength(key) == 0 || !isPlain(stringData(key), strLength(key))) return false;
  }
  return true;
}
/** Flags of an object's or array's shape; 0 when its toJSON must be asked for. */
function shapeFlags(o: usize, toJson: usize): u32 {
  const shape = <u32>shapeOf(o);
  const known = SHAPES + <usize>((shape >>> 3 ^ shape >>> 7) & 15) * 4;
  const flags = load<u32>(known) ^ shape;
  if (flags < 8) return flags;
  if (getPlain(o, toJson) != UNDEFINED) return 0;
  const found = NO_TO_JSON | (hasPlainKeys(<usize>shape) ? PLAIN_KEYS : 0);
  store<u32>(known, shape | found);
  return found;
}

function pushBreak(gap: usize, depth: i32): void {
  sbPush8(10);
  for (let i = 0; i < depth; i++) sbPushString(gap);
}

// What a value is.
const WRITTEN: i32 = 0; // a primitive
const OPENED: i32 = 1; // an object or array
const ABSENT: i32 = 2; // undefined, functions, symbols
const DECLINED: i32 = 3;

function classifyObject(o: usize, toJson: usize): i32 {
  const kind = kindOf(o);
  if (kind == KIND_OBJECT || kind == KIND_ARRAY) {
    if (shapeFlags(o, toJson) == 0) return DECLINED;
    return (kind == KIND_ARRAY ? isPlainArray(fromObject(o)) : !isSlow(o)) ? OPENED : DECLINED;
  }
  if (kind == KIND_FUNCTION || kind == KIND_NATIVE_FUNCTION || kind == KIND_BOUND_FUNCTION) return getPlain(o, toJson) == UNDEFINED ? ABSENT : DECLINED;
  return DECLINED;
}
function classify(v: Value, toJson: usize): i32 {
  if (isObject(v)) return classifyObject(ptrOf(v), toJson);
  if (isString(v) || isNumber(v) || isBool(v) || isNull(v)) return WRITTEN;
  return isUndefined(v) || v == HOLE || isSymbol(v) ? ABSENT : DECLINED;
}

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
  if (isString(v)) pushQuoted(ptrOf(v));
  else sbPushBytes(NUMBER, <i32>(putShort(NUMBER, v) - NUMBER));
}

/** Make the frame of an object or array. */
function open(frame: usize, o: usize, toJson: usize): void {
  store<u32>(frame, <u32>o);
  let at: usize, count: u32, keys = ARRAY, rest: u32 = 0;
  if (kindOf(o) == KIND_ARRAY) {
    at = elementsData(o);
    count = arrayLength(o);
  } else {
    const shape = shapeOf(o), elements = denseCapacity(o);
    count = shapeCount(shape);
    if (elements != 0 || !(shapeFlags(o, toJson) & PLAIN_KEYS)) {
      store<u32>(frame, 0, 4);
      store<u32>(frame, elements + count, 8);
      store<u32>(frame, <u32>GENERAL, 12);
      return;
    }
    rest = count;
    count = min(count, shapeInlineCap(shape));
    rest -= count;
    at = o + shapeInlineStart(shape);
    keys = shapeTable(shape) + TABLE_ENTRIES - at;
  }
  store<u32>(frame, <u32>at, 4);
  store<u32>(frame, <u32>at + (count << 3), 8);
  store<u32>(frame, <u32>keys, 12);
  store<u32>(frame, rest, 16);
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
  let steps: u32 = 0;
  let out: usize = 0, limit: usize = 0;
  let child = ptrOf(value);
  // The innermost open container.
  let frame = stack - FRAME;
  let at: usize = 0, end: usize = 0, keys: usize = 0;
  let isFirst = true;
  while (true) {
    if (child != 0) {
      frame += FRAME;
      open(frame, child, toJson);
      at = load<u32>(frame, 4);
      end = load<u32>(frame, 8);
      keys = load<u32>(frame, 12);
      isFirst = true;
      const bracket: u32 = keys == ARRAY ? 91 : 123;
      if (out != 0) store<u8>(out++, bracket);
      else {
        sbPush8(bracket);
        out = sbRoomAt(0, ROOM);
        limit = sbLimit8(out);
      }
      child = 0;
    }
    if (at == end) {
      if (keys > GENERAL && load<u32>(frame, 16) != 0) {
        // Go on with the slots that are out of line.
        const o = <usize>load<u32>(frame), cap = <usize>shapeInlineCap(shapeOf(o));
        at = slotsOf(o) + 8;
        end = at + (<usize>load<u32>(frame, 16) << 3);
        keys = shapeTable(shapeOf(o)) + TABLE_ENTRIES + (cap << 3) - at;
        store<u32>(frame, 0, 16);
        continue;
      }
      const bracket: u32 = keys == ARRAY ? 93 : 125;
      if (out < limit && !pretty) store<u8>(out++, bracket);
      else {
        sbWritten(out);
        if (pretty && !isFirst) pushBreak(gap, depth);
        sbPush8(bracket);
        out = sbRoomAt(0, ROOM);
        limit = sbLimit8(out);
      }
      if (depth == 0) {
        sbWritten(out);
        return stringOrException(sbFinish());
      }
      depth--;
      frame -= FRAME;
      at = load<u32>(frame, 4);
      end = load<u32>(frame, 8);
      keys = load<u32>(frame, 12);
      isFirst = false;
      continue;
    }
    // What is referred to many times is written as often.
    if ((++steps & 0x3ff) == 0) {
      if (!spend(0x8000)) return EXCEPTION;
      if (sbFailed()) return stringOrException(sbFinish());
    }
    let v: Value;
    let key: usize = 0;
    if (keys != GENERAL) {
      v = load<u64>(at);
      if (keys != ARRAY) key = load<u32>(at + keys);
      at += 8;
    } else {
      const o = <usize>load<u32>(frame), elements = denseCapacity(o), shape = shapeOf(o), i = <u32>at;
      at++;
      if (i < elements) v = load<u64>(elementsData(o) + (<usize>i << 3));
      else {
        const table = shapeTable(shape);
        key = entryKey(table, i - elements);
        const attrs = key == 0 ? 0 : entryAttrs(table, i - elements);
        if (key == 0 || kindOf(key) != KIND_STRING || !(attrs & ATTR_ENUMERABLE)) continue;
        if (attrs & ATTR_ACCESSOR) return NOT_HANDLED;
        v = getSlot(o, shape, i - elements);
      }
    }
    if (!isNumber(v) && !isString(v)) {
      outcome = classify(v, toJson);
      if (outcome == DECLINED) return NOT_HANDLED;
      if (outcome == OPENED) child = ptrOf(v);
      if (outcome == ABSENT) {
        if (keys != ARRAY) continue;
        v = NULL;
      }
    }

    // A comma, a key and a colon.
    const keyLength = key == 0 ? 0 : strLength(key);
    if (out + keyLength + ROOM > limit) {
      out = sbRoomAt(out, keyLength + ROOM);
      limit = sbLimit8(out);
    }
    if (out != 0 && keys != GENERAL && !pretty) {
      if (!isFirst) store<u8>(out++, 44);
      if (key != 0) {
        store<u8>(out++, 34);
        for (let i: usize = 0; i < <usize>keyLength; i += 8) store<u64>(out + i, load<u64>(key + HEADER + i));
        out += keyLength;
        store<u16>(out, 0x3a22);
        out += 2;
      }
    } else {
      sbWritten(out);
      if (!isFirst) sbPush8(44);
      if (pretty) pushBreak(gap, depth + 1);
      if (keys != ARRAY) {
        if (key != 0) pushQuoted(key);
        else {
          sbPush8(34);
          sbPushDecimal(<i32>at - 1);
          sbPush8(34);
        }
        sbPush8(58);
        if (pretty) sbPush8(32);
      }
      out = sbRoomAt(0, ROOM);
      limit = sbLimit8(out);
    }
    isFirst = false;

    if (child != 0) {
      // Cycles are few and short: look for the object among those that are open.
      if (++depth > MAX_DEPTH) return NOT_HANDLED;
      for (let f = stack; f <= frame; f += FRAME) if (<usize>load<u32>(f) == child) return NOT_HANDLED;
      store<u32>(frame, <u32>at, 4);
      store<u32>(frame, <u32>end, 8);
      store<u32>(frame, <u32>keys, 12);
    } else if (isString(v)) {
      const s = ptrOf(v), length = strLength(s);
      if (!(flagsOf(s) & (STRING_ROPE | STRING_TWO_BYTE))) {
        if (out + length + ROOM > limit) {
          out = sbRoomAt(out, length + ROOM);
          limit = sbLimit8(out);
        }
        const to = out == 0 ? 0 : quotePlain(out, stringData(s), length);
        if (to != 0) {
          out = to;
          continue;
        }
      }
      sbWritten(out);
      pushQuoted(s);
      out = sbRoomAt(0, ROOM);
      limit = sbLimit8(out);
    } else if (out != 0) out = putShort(out, v);
    else pushPrimitive(v);
  }
}

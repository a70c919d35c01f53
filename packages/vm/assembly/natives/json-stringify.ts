/**
 * JSON.stringify for plain data: objects and arrays whose serialisation runs no user code. Whatever else turns up (toJSON, accessor, proxy,
 * wrapper, BigInt, a cycle, great depth) gives the whole case to the library's full algorithm: nothing was observable until then.
 * An explicit stack in scratch memory, no native recursion. The text is made as UTF-8 (it has no lone surrogates, which are escaped) in the string builder's region: a
 * response is sent as it is, and where all of it is ASCII, as nearly always, it is a string's bytes as well. `out` is where the next byte goes, `limit` the region's end.
 */
import { Value, UNDEFINED, HOLE, NOT_HANDLED, NULL, TRUE, EXCEPTION, fromObject, isBool, isInt, asInt, isNull, isNumber, numberOf, isObject, isString, isSymbol, isTrue, isUndefined, ptrOf } from "../value";
import { KIND_ARRAY, KIND_BOUND_FUNCTION, KIND_FUNCTION, KIND_NATIVE_FUNCTION, KIND_OBJECT, KIND_STRING } from "../generated/kinds";
import { flagsOf, kindOf } from "../heap";
import { HEADER, STRING_ROPE, STRING_TWO_BYTE, flatten, isTwoByte, staticString, strLength, stringData, writeUtf8 } from "../string";
import { sbFinish, sbLimit, sbReset, sbRoomAt, sbWritten } from "../stringbuilder";
import { getPlain, getSlot, shapeOf, slotsOf } from "../object";
import { arrayLength, denseCapacity, elementsData, isPlainArray, isSlow } from "../elements";
import { entryAttrs, entryKey, shapeCount, shapeInlineCap, shapeInlineStart, shapeTable, ATTR_ACCESSOR, ATTR_ENUMERABLE, TABLE_ENTRIES } from "../shape";
import { isPlainAscii, isPlainKey, quotePlain } from "./json-bytes";
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
/** The gap as WTF-8 (nothing escapes its lone surrogates): up to ten units. */
const GAP: usize = memory.data(32, 8);
const HEX: usize = memory.data<u8>([48, 49, 50, 51, 52, 53, 54, 55, 56, 57, 97, 98, 99, 100, 101, 102]);
/** Shapes known in this call: 16 times an address with flags, NO_TO_JSON when there is none in reach, PLAIN_KEYS when all properties are enumerable data and their keys need no escape. */
const SHAPES: usize = START_SHAPES;
const NO_TO_JSON: u32 = 1, PLAIN_KEYS: u32 = 2;
/** Bytes that are always there: for a number, true, false or null, which take 25 at most, an index as a key, which takes 12, and a comma, a colon and a bracket. */
const ROOM: i32 = 64;

/** Units that are quoted between two looks at the room: each becomes six bytes at most. */
const QUOTED: i32 = 64;

/** QuoteJSONString at `out`; the end, 0 when the text became too long. */
function putQuoted(out: usize, s: usize): usize {
  s = flatten(s);
  const data = stringData(s);
  const two = isTwoByte(s);
  const length = strLength(s);
  let i = 0;
  out = sbRoomAt(out, ROOM);
  if (out == 0) return 0;
  store<u8>(out++, 34);
  while (i < length) {
    const stop = min(i + QUOTED, length);
    out = sbRoomAt(out, (stop - i) * 6 + ROOM);
    if (out == 0) return 0;
    while (i < stop) {
      if (!two && i + 8 <= stop) {
        const w = load<u64>(data + <usize>i);
        if (isPlainAscii(w)) {
          store<u64>(out, w);
          out += 8;
          i += 8;
          continue;
        }
      }
      const c = unitAt(data, two, i++);
      if (c < 128) {
        if (c >= 32 && c != 34 && c != 92) store<u8>(out++, c);
        else out = putEscape(out, c);
      } else if (c < 0x800) {
        store<u8>(out, 0xc0 | (c >>> 6));
        store<u8>(out, 0x80 | (c & 63), 1);
        out += 2;
      } else if (c - 0xd800 >= 0x800) {
        store<u8>(out, 0xe0 | (c >>> 12));
        store<u8>(out, 0x80 | ((c >>> 6) & 63), 1);
        store<u8>(out, 0x80 | (c & 63), 2);
        out += 3;
      } else {
        // A pair stays, a lone surrogate is escaped.
        const low = c < 0xdc00 && i < length ? unitAt(data, two, i) - 0xdc00 : 0x400;
        if (low < 0x400) {
          const code = 0x10000 + ((c - 0xd800) << 10) + low;
          store<u8>(out, 0xf0 | (code >>> 18));
          store<u8>(out, 0x80 | ((code >>> 12) & 63), 1);
          store<u8>(out, 0x80 | ((code >>> 6) & 63), 2);
          store<u8>(out, 0x80 | (code & 63), 3);
          out += 4;
          i++;
        } else out = putEscape(out, c);
      }
    }
  }
  store<u8>(out++, 34);
  return out;
}
function putEscape(out: usize, c: u32): usize {
  let short: u32 = 0;
  switch (c) {
    case 8: short = 98; break;
    case 9: short = 116; break;
    case 10: short = 110; break;
    case 12: short = 102; break;
    case 13: short = 114; break;
    case 34:
    case 92: short = c; break;
  }
  store<u8>(out, 92);
  if (short != 0) {
    store<u8>(out, short, 1);
    return out + 2;
  }
  store<u8>(out, 117, 1);
  for (let i: usize = 0; i < 4; i++) store<u8>(out + i, load<u8>(HEX + ((c >>> ((3 - <u32>i) << 2)) & 15)), 2);
  return out + 6;
}
/** QuoteJSONString as the text of the builder. */
export function pushQuoted(s: usize): void {
  sbReset();
  sbWritten(putQuoted(0, s));
}

function hasPlainKeys(shape: usize): bool {
  const table = shapeTable(shape);
  for (let i: u32 = 0, n = shapeCount(shape); i < n; i++) {
    const key = entryKey(table, i);
    if (key == 0 || kindOf(key) != KIND_STRING || (entryAttrs(table, i) & (ATTR_ENUMERABLE | ATTR_ACCESSOR)) != ATTR_ENUMERABLE) return false;
    if (!isPlainKey(key)) return false;
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

/** A line feed and the indentation. 0 when the text became too long. */
function putBreak(out: usize, gap: i32, depth: i32): usize {
  out = sbRoomAt(out, gap * depth + ROOM);
  if (out == 0) return 0;
  store<u8>(out++, 10);
  for (let i = 0; i < depth; i++, out += gap) memory.copy(out, GAP, gap);
  return out;
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

/** TRUE: the JSON text is the builder's, as UTF-8; else UNDEFINED, NOT_HANDLED or EXCEPTION. */
export function stringify(value: Value, gap: usize, stack: usize): Value {
  const toJson = staticString("toJSON");
  const pretty = strLength(gap) > 0 ? writeUtf8(gap, GAP, true) : 0;
  memory.fill(SHAPES, 0, 64);
  let outcome = classify(value, toJson);
  if (outcome == ABSENT) return UNDEFINED;
  if (outcome == DECLINED || stack + <usize>(MAX_DEPTH + 1) * FRAME > scratchEnd()) return NOT_HANDLED;
  sbReset();
  let depth = 0;
  let steps: u32 = 0;
  let out = sbRoomAt(0, ROOM), limit = sbLimit();
  if (out == 0) return stringOrException(sbFinish());
  let child: usize = 0;
  if (outcome == OPENED) child = ptrOf(value);
  else {
    out = isString(value) ? putQuoted(out, ptrOf(value)) : putShort(out, value);
    sbWritten(out);
    return out == 0 ? stringOrException(sbFinish()) : TRUE;
  }
  // The innermost open container.
  let frame = stack - FRAME;
  let at: usize = 0, end: usize = 0, keys: usize = 0;
  let isFirst = true;
  while (true) {
    if (child != 0) {
      frame += FRAME;
      open(frame, child, toJson);
      child = 0;
      at = load<u32>(frame, 4);
      end = load<u32>(frame, 8);
      keys = load<u32>(frame, 12);
      isFirst = true;
      store<u8>(out++, keys == ARRAY ? 91 : 123);
    }
    if (out + ROOM > limit) {
      out = sbRoomAt(out, ROOM);
      if (out == 0) return stringOrException(sbFinish());
      limit = sbLimit();
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
      if (pretty != 0 && !isFirst) {
        out = putBreak(out, pretty, depth);
        if (out == 0) return stringOrException(sbFinish());
        limit = sbLimit();
      }
      store<u8>(out++, keys == ARRAY ? 93 : 125);
      if (depth == 0) {
        sbWritten(out);
        return TRUE;
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
    if ((++steps & 0x3ff) == 0 && !spend(0x8000)) return EXCEPTION;
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
    if (!isFirst) store<u8>(out++, 44);
    isFirst = false;
    if (pretty != 0) {
      out = putBreak(out, pretty, depth + 1);
      if (out == 0) return stringOrException(sbFinish());
      limit = sbLimit();
    }
    if (keys > GENERAL) {
      const length = strLength(key);
      if (out + length + ROOM > limit) {
        out = sbRoomAt(out, length + ROOM);
        if (out == 0) return stringOrException(sbFinish());
        limit = sbLimit();
      }
      store<u8>(out++, 34);
      for (let i: usize = 0; i < <usize>length; i += 8) store<u64>(out + i, load<u64>(key + HEADER + i));
      out += length;
      store<u16>(out, 0x3a22);
      out += 2;
    } else if (keys == GENERAL) {
      if (key != 0) {
        out = putQuoted(out, key);
        if (out != 0) out = sbRoomAt(out, ROOM);
        if (out == 0) return stringOrException(sbFinish());
        limit = sbLimit();
      } else {
        store<u8>(out, 34);
        out = putUnsigned(out + 1, <u32>at - 1);
        store<u8>(out++, 34);
      }
      store<u8>(out++, 58);
    }
    if (pretty != 0 && keys != ARRAY) store<u8>(out++, 32);

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
          if (out == 0) return stringOrException(sbFinish());
          limit = sbLimit();
        }
        const to = quotePlain(out, stringData(s), length);
        if (to != 0) {
          out = to;
          continue;
        }
      }
      out = putQuoted(out, s);
      if (out == 0) return stringOrException(sbFinish());
      limit = sbLimit();
    } else out = putShort(out, v);
  }
}

/**
 * JSON.parse without reviver. One pass, an explicit stack of values that grows as the text needs it; an object is made when it closes, so that it gets
 * its final shape at once, mostly the shape of the object before it. Error messages are V8's.
 */
import { Value, UNDEFINED, NULL, TRUE, FALSE, EXCEPTION, fromF64, fromInt, fromObject, fromString, ptrOf } from "../value";
import { checkHeapLimit, initValue, remember, rawAlloc, rawFree, rawSize } from "../heap";
import { charAt, flatten, internString, isTwoByte, newString8, newString16, singleChar, strLength, stringData, staticString } from "../string";
import { sbFinish, sbPush16, sbPushDecimal, sbPushLiteral, sbPushRange, sbPushString, sbReset } from "../stringbuilder";
import { keyOfString, newArray, newObjectOfShape, newPlainObject, elementsOf, setIndex, setOwn, slotAddress } from "../object";
import { elementsData, ensureElements, setLengthField } from "../elements";
import { entryKey, lookup, shapeAdding, shapeCount, shapeTable, ATTRS_DATA } from "../shape";
import { burn, emptyObjectShape, keyIndex } from "../state";
import { throwRangeError, throwWithString, ERR_SYNTAX } from "../errors";
import { copyBytes, sameBytes, samePlain, specialBytes, wordOf } from "./json-bytes";
import { exactPower, parseDecimal, unitAt } from "./strtod";
import { scratchEnd } from "./scratch";

// Parser state of one call: a parse runs to its end before anything else can start one.
const STATE: usize = memory.data(64, 8);
const TEXT: usize = 0; // flat string
const DATA: usize = 4;
const LENGTH: usize = 8;
const AT: usize = 12;
const STACK: usize = 16; // value stack: base, top, limit, raw block or 0
const TOP: usize = 20;
const LIMIT: usize = 24;
const BLOCK: usize = 28;
const SHAPE: usize = 32; // shape of the latest object
/** Interned one-byte keys seen in this call, by a hash of their first and last bytes: 32 pairs of {first 8 bytes u64, string u32, unused u32}. */
const KEYS: usize = memory.data(1024, 8);
const MAX_CACHED_KEY: i32 = 32;
/** A key of two-byte text whose units are all Latin-1. */
const NARROW: usize = memory.data(32, 8);

// @ts-ignore: decorator
@inline function get(field: usize): u32 {
  return load<u32>(STATE + field);
}
// @ts-ignore: decorator
@inline function set(field: usize, v: u32): void {
  store<u32>(STATE + field, v);
}

/** Room for 64 more values: on the scratch region first, then in raw memory that doubles. False with a RangeError. */
function ensureRoom(): bool {
  const top = get(TOP);
  if (top + 512 <= get(LIMIT)) return true;
  const used = top - get(STACK);
  const size = max<u32>(used << 1, 1 << 16);
  let block: usize = 0;
  if (size <= 0x20000000) block = rawAlloc(<i32>size);
  if (block == 0) {
    throwRangeError("Out of memory: the heap limit is reached");
    return false;
  }
  memory.copy(block, get(STACK), used);
  if (get(BLOCK) != 0) rawFree(get(BLOCK));
  set(BLOCK, <u32>block);
  set(STACK, <u32>block);
  set(TOP, <u32>block + used);
  set(LIMIT, <u32>block + rawSize(block));
  return true;
}
// @ts-ignore: decorator
@inline function push(v: u64): void {
  const top = get(TOP);
  store<u64>(<usize>top, v);
  set(TOP, top + 8);
}

// Errors

/** Ends a message with where it happened and throws. */
function failAt(at: i32): Value {
  const s = <usize>get(TEXT);
  sbPushDecimal(at);
  let line = 1;
  let start = 0;
  for (let i = 0; i < at && i < strLength(s); i++) {
    const c = charAt(s, i);
    if (c == 10 || (c == 13 && !(i + 1 < strLength(s) && charAt(s, i + 1) == 10))) {
      line++;
      start = i + 1;
    }
  }
  sbPushLiteral(" (line ");
  sbPushDecimal(line);
  sbPushLiteral(" column ");
  sbPushDecimal(at - start + 1);
  sbPushLiteral(")");
  return throwWithString(ERR_SYNTAX, sbFinish());
}
function fail(message: string, at: i32): Value {
  sbReset();
  sbPushLiteral(message);
  sbPushLiteral(" in JSON at position ");
  return failAt(at);
}
function failAfter(at: i32): Value {
  sbReset();
  sbPushLiteral("Unexpected non-whitespace character after JSON at position ");
  return failAt(at);
}
function isText(s: usize, text: string): bool {
  if (strLength(s) != text.length) return false;
  const data = changetype<usize>(text);
  for (let i = 0; i < text.length; i++) if (charAt(s, i) != <u32>load<u16>(data + (<usize>i << 1))) return false;
  return true;
}
/** A token that nothing more specific is known about. */
function unexpected(at: i32): Value {
  const s = <usize>get(TEXT);
  const length = strLength(s);
  const c = at < length ? charAt(s, at) : 0;
  if (c == 34) return fail("Unexpected string", at);
  if (c == 45 || c - 48 < 10) return fail("Unexpected number", at);
  sbReset();
  if (at >= length) sbPushLiteral("Unexpected end of JSON input");
  else if (isText(s, "undefined") || isText(s, "[object Object]") || isText(s, "NaN") || isText(s, "Infinity")) {
    sbPushLiteral('"');
    sbPushString(s);
    sbPushLiteral('" is not valid JSON');
  } else {
    // The text, or ten units to each side of the place.
    const around = 10;
    const whole = length < 2 * around + 1;
    const from = whole || at < around ? 0 : at - around;
    const to = whole || at >= length - around ? length : at + around;
    sbPushLiteral("Unexpected token '");
    sbPush16(c);
    sbPushLiteral("', ");
    if (from > 0) sbPushLiteral("...");
    sbPushLiteral('"');
    sbPushRange(s, from, to);
    sbPushLiteral('"');
    if (to < length) sbPushLiteral("...");
    sbPushLiteral(" is not valid JSON");
  }
  return throwWithString(ERR_SYNTAX, sbFinish());
}

// Tokens

// @ts-ignore: decorator
@inline function skipSpace(data: usize, two: bool, length: i32, i: i32): i32 {
  while (i < length) {
    const c = unitAt(data, two, i);
    if (c != 32 && c != 10 && c != 13 && c != 9) break;
    i++;
  }
  return i;
}

function parseLiteral(text: string, value: Value, i: i32): Value {
  const data = <usize>get(DATA);
  const two = isTwoByte(get(TEXT));
  const from = changetype<usize>(text);
  for (let j = 0; j < text.length; j++) {
    if (i + j >= <i32>get(LENGTH) || unitAt(data, two, i + j) != <u32>load<u16>(from + (<usize>j << 1))) return unexpected(i + j);
  }
  set(AT, i + text.length);
  return value;
}

function parseNumber(data: usize, two: bool, length: i32, start: i32): Value {
  let i = start;
  let c: u32 = unitAt(data, two, i);
  const negative = c == 45;
  if (negative) {
    i++;
    c = i < length ? unitAt(data, two, i) : 0;
    if (c - 48 >= 10) return fail("No number after minus sign", i);
  }
  const first = i;
  let n: u64 = 0; // what the digits say, while there are few
  if (c == 48) {
    i++;
    if (i < length && unitAt(data, two, i) - 48 < 10) return fail("Unexpected number", i);
  } else {
    while (i < length && (c = unitAt(data, two, i) - 48) < 10) {
      n = n * 10 + c;
      i++;
    }
    if (i - first <= 9) {
      c = i < length ? unitAt(data, two, i) : 0;
      if (c != 46 && (c | 32) != 101) {
        set(AT, i);
        return fromInt(negative ? -(<i32>n) : <i32>n);
      }
    }
  }
  if (i < length && unitAt(data, two, i) == 46) {
    const point = i;
    i++;
    if (i >= length || unitAt(data, two, i) - 48 >= 10) return fail("Unterminated fractional number", i);
    while (i < length && (c = unitAt(data, two, i) - 48) < 10) {
      n = n * 10 + c;
      i++;
    }
    // Up to 15 digits are an exact double, and so is the power of ten: their quotient is the nearest one (Clinger).
    if (i - first <= 16 && (i == length || (unitAt(data, two, i) | 32) != 101)) {
      set(AT, i);
      const x = <f64>n / exactPower(i - point - 1);
      return fromF64(negative ? -x : x);
    }
  }
  if (i < length && (unitAt(data, two, i) | 32) == 101) {
    i++;
    if (i < length && (unitAt(data, two, i) == 43 || unitAt(data, two, i) == 45)) i++;
    if (i >= length || unitAt(data, two, i) - 48 >= 10) return fail("Exponent part is missing a number", i);
    while (i < length && unitAt(data, two, i) - 48 < 10) i++;
  }
  set(AT, i);
  return fromF64(parseDecimal(data, two, start, i));
}

/** After the opening quote at i - 1. The string's value, interned when it is a key; EXCEPTION on failure. */
function parseString(data: usize, two: bool, length: i32, i: i32, isKey: bool): Value {
  const start = i;
  if (!two) {
    while (i + 8 <= length) {
      const special = specialBytes(load<u64>(data + <usize>i));
      if (special == 0) {
        i += 8;
        continue;
      }
      i += <i32>(ctz(special) >> 3);
      if (load<u8>(data + <usize>i) != 34) break;
      set(AT, i + 1);
      return isKey ? makeKey(data + <usize>start, i - start) : makeString(data + <usize>start, i - start);
    }
  }
  let wide: u32 = 0;
  for (; i < length; i++) {
    const c = unitAt(data, two, i);
    if (c == 34) {
      set(AT, i + 1);
      if (!two) return isKey ? makeKey(data + <usize>start, i - start) : makeString(data + <usize>start, i - start);
      return makeOfWide(data + (<usize>start << 1), i - start, wide > 255, isKey);
    }
    if (c == 92) return parseEscaped(start, i, isKey);
    if (c < 32) return fail("Bad control character in string literal", i);
    wide |= c;
  }
  return fail("Unterminated string", i);
}

/** Of `count` Latin-1 units. */
function makeString(from: usize, count: i32): Value {
  if (count == 0) return fromString(staticString(""));
  if (count == 1) return fromString(singleChar(load<u8>(from)));
  const s = newString8(count);
  if (s == 0) return EXCEPTION;
  copyBytes(stringData(s), from, count);
  return fromString(s);
}

/** Is the known key, whose first 8 bytes are the same, made of these `count` bytes? */
// @ts-ignore: decorator
@inline function isKey(known: usize, from: usize, count: i32): bool {
  return strLength(known) == count && (count <= 8 || sameBytes(stringData(known), from, count));
}

/** The interned string of `count` Latin-1 units. */
function makeKey(from: usize, count: i32): Value {
  if (count < 2 || count > MAX_CACHED_KEY) {
    const v = makeString(from, count);
    return v == EXCEPTION ? v : fromString(internString(ptrOf(v)));
  }
  const first = wordOf(from, min(count, 8));
  const last = count > 8 ? load<u64>(from + <usize>count - 8) : 0;
  let entry = KEYS + (<usize>(((first ^ rotl(last, 29)) * 0x9e37_79b9_7f4a_7c15) >> 59) << 5);
  let known = <usize>load<u32>(entry, 8);
  if (known != 0) {
    if (load<u64>(entry) == first && isKey(known, from, count)) return fromString(known);
    entry += 16;
    known = <usize>load<u32>(entry, 8);
    if (known != 0 && load<u64>(entry) == first && isKey(known, from, count)) return fromString(known);
  }
  const v = makeString(from, count);
  if (v == EXCEPTION) return v;
  const s = internString(ptrOf(v));
  // Only one-byte cells: the comparison above reads bytes.
  if (!isTwoByte(s)) {
    store<u64>(entry, first);
    store<u32>(entry, <u32>s, 8);
  }
  return fromString(s);
}

/** Of `count` units of two-byte text; `wide`: not all are Latin-1. */
function makeOfWide(from: usize, count: i32, wide: bool, isKey: bool): Value {
  let s: usize;
  if (wide) {
    s = newString16(count);
    if (s == 0) return EXCEPTION;
    memory.copy(stringData(s), from, <usize>count << 1);
  } else {
    const few = count <= MAX_CACHED_KEY;
    s = few ? 0 : newString8(count);
    if (s == 0 && !few) return EXCEPTION;
    const to = few ? NARROW : stringData(s);
    for (let j: usize = 0; j < <usize>count; j++) store<u8>(to + j, <u8>load<u16>(from + (j << 1)));
    if (few) return isKey ? makeKey(NARROW, count) : makeString(NARROW, count);
  }
  return fromString(isKey ? internString(s) : s);
}

/** A string with an escape at i. */
function parseEscaped(start: i32, i: i32, isKey: bool): Value {
  const text = <usize>get(TEXT);
  const length = <i32>get(LENGTH);
  const data = <usize>get(DATA);
  const two = isTwoByte(text);
  sbReset();
  let from = start;
  while (i < length) {
    const c = unitAt(data, two, i);
    if (c == 34) {
      sbPushRange(text, from, i);
      set(AT, i + 1);
      const s = sbFinish();
      return s == 0 ? EXCEPTION : fromString(isKey ? internString(s) : s);
    }
    if (c < 32) return fail("Bad control character in string literal", i);
    if (c != 92) {
      i++;
      continue;
    }
    sbPushRange(text, from, i);
    i++;
    if (i >= length) return unexpected(i);
    const e = unitAt(data, two, i);
    let unit: u32;
    switch (e) {
      case 34:
      case 92:
      case 47: unit = e; break;
      case 98: unit = 8; break;
      case 102: unit = 12; break;
      case 110: unit = 10; break;
      case 114: unit = 13; break;
      case 116: unit = 9; break;
      case 117: {
        unit = 0;
        for (let j = 1; j <= 4; j++) {
          const d = i + j < length ? unitAt(data, two, i + j) : 0;
          const l = d | 32;
          const digit = d - 48 < 10 ? d - 48 : d < 128 && l - 97 < 6 ? l - 87 : 99;
          if (digit == 99) return i + j >= length ? fail("Bad Unicode escape", length) : fail("Bad Unicode escape", i + j);
          unit = (unit << 4) | digit;
        }
        i += 4;
        break;
      }
      default:
        return e > 255 ? unexpected(i) : fail("Bad escaped character", i);
    }
    sbPush16(unit);
    i++;
    from = i;
  }
  return fail("Unterminated string", i);
}

// Containers. The stack holds, for each open one, a word (start of the enclosing one's values relative to the base << 1 | is object), then its values,
// for objects alternating key pointer and value.

/** The array of the values from `from` to the top. */
function closeArray(from: u32): Value {
  const count = (get(TOP) - from) >>> 3;
  const few = count <= 16;
  const array = newArray(few ? <i32>count : 0);
  if (few) {
    for (let i: usize = 0; i < <usize>count; i++) initValue(elementsData(array) + (i << 3), load<u64>(<usize>from + (i << 3)));
  } else {
    if (!ensureElements(array, count)) return EXCEPTION;
    memory.copy(elementsData(array), <usize>from, <usize>count << 3);
    remember(elementsOf(array));
  }
  setLengthField(array, count);
  return fromObject(array);
}

/** The object of the keys and values from `from` to the top. */
function closeObject(from: u32): Value {
  const top = get(TOP);
  const count = (top - from) >>> 4;
  if (count == 0) return fromObject(newPlainObject());
  // As the object before?
  let shape = <usize>get(SHAPE);
  let same = shape != 0 && shapeCount(shape) == count;
  if (same) {
    const table = shapeTable(shape);
    for (let i: u32 = 0; i < count && same; i++) same = entryKey(table, i) == <usize>load<u32>(<usize>(from + (i << 4)));
  }
  if (!same) {
    shape = emptyObjectShape();
    for (let i: u32 = 0; i < count; i++) {
      const s = <usize>load<u32>(<usize>(from + (i << 4)));
      const c = strLength(s) == 0 ? 0 : charAt(s, 0);
      // Array indices, double keys and very many properties go the slow way.
      if ((c - 48 < 10 && keyOfString(s) == 0) || lookup(shape, s) >= 0) return closeSlowly(from, count);
      shape = shapeAdding(shape, s, ATTRS_DATA);
      if (shape == 0) return closeSlowly(from, count);
    }
    set(SHAPE, <u32>shape);
  }
  const o = newObjectOfShape(shape);
  for (let i: u32 = 0; i < count; i++) store<u64>(slotAddress(o, shape, i), load<u64>(<usize>(from + (i << 4) + 8)));
  return fromObject(o);
}
function closeSlowly(from: u32, count: u32): Value {
  const o = newPlainObject();
  for (let i: u32 = 0; i < count; i++) {
    const key = keyOfString(<usize>load<u32>(<usize>(from + (i << 4))));
    const v = load<u64>(<usize>(from + (i << 4) + 8));
    if (key != 0) setOwn(o, key, v);
    else if (!setIndex(o, keyIndex(), v)) return EXCEPTION;
  }
  return fromObject(o);
}

function parse(): Value {
  const text = <usize>get(TEXT);
  const data = <usize>get(DATA);
  const length = <i32>get(LENGTH);
  const two = isTwoByte(text);
  // Start of the innermost open container's values, relative to the stack's base; 0 none (a container's word lies below it).
  let open: u32 = 0;
  let isObjectOpen = false;
  let i = 0;
  while (true) {
    // A value.
    if (!ensureRoom() || !checkHeapLimit()) return EXCEPTION;
    i = skipSpace(data, two, length, i);
    if (i >= length) return unexpected(i);
    const c = unitAt(data, two, i);
    let v: Value;
    if (c == 34) v = parseString(data, two, length, i + 1, false);
    else if (c == 123 || c == 91) {
      const object = c == 123;
      push((<u64>open << 1) | u64(isObjectOpen));
      open = get(TOP) - get(STACK);
      isObjectOpen = object;
      i = skipSpace(data, two, length, i + 1);
      const next = i < length ? unitAt(data, two, i) : 0;
      if (object) {
        if (next == 34) {
          i = parseKey(data, two, length, open, i);
          if (i < 0) return EXCEPTION;
          continue;
        }
        if (next != 125) return fail("Expected property name or '}'", i);
      } else if (next != 93) continue;
      v = UNDEFINED; // closed below
      set(AT, i);
    } else if (c == 45 || c - 48 < 10) v = parseNumber(data, two, length, i);
    else if (c == 116 || c == 102) {
      const j = i + <i32>(c == 102);
      // Four bytes at once: "true", or the "alse" of "false".
      if (!two && j + 4 <= length && load<u32>(data + <usize>j) == (c == 116 ? 0x6575_7274 : 0x6573_6c61)) {
        v = c == 116 ? TRUE : FALSE;
        set(AT, j + 4);
      } else v = c == 116 ? parseLiteral("true", TRUE, i) : parseLiteral("false", FALSE, i);
    }
    else if (c == 110) v = parseLiteral("null", NULL, i);
    else return unexpected(i);
    if (v == EXCEPTION) return EXCEPTION;
    i = <i32>get(AT);
    if (v != UNDEFINED) {
      if (open == 0) {
        i = skipSpace(data, two, length, i);
        return i < length ? failAfter(i) : v;
      }
      push(v);
    }
    // What follows a value: a comma, or ends of containers.
    while (true) {
      i = skipSpace(data, two, length, i);
      const d = i < length ? unitAt(data, two, i) : 0;
      if (d == 44) {
        if (isObjectOpen) {
          i = skipSpace(data, two, length, i + 1);
          if (i >= length || unitAt(data, two, i) != 34) return fail("Expected double-quoted property name", i);
          i = parseKey(data, two, length, open, i);
          if (i < 0) return EXCEPTION;
        } else i++;
        break;
      }
      if (isObjectOpen ? d != 125 : d != 93) return fail(isObjectOpen ? "Expected ',' or '}' after property value" : "Expected ',' or ']' after array element", i);
      const from = get(STACK) + open;
      if (!checkHeapLimit()) return EXCEPTION;
      v = isObjectOpen ? closeObject(from) : closeArray(from);
      if (v == EXCEPTION) return EXCEPTION;
      const word = load<u64>(<usize>(from - 8));
      set(TOP, from - 8);
      open = <u32>(word >>> 1);
      isObjectOpen = (word & 1) != 0;
      i++;
      if (open == 0) {
        i = skipSpace(data, two, length, i);
        return i < length ? failAfter(i) : v;
      }
      push(v);
    }
  }
}

/** The key that the latest object has at this place, if it is a one-byte string; or 0. */
function expectedKey(open: u32): usize {
  const shape = <usize>get(SHAPE);
  const at = (get(TOP) - get(STACK) - open) >>> 4;
  if (shape == 0 || at >= shapeCount(shape)) return 0;
  const key = entryKey(shapeTable(shape), at);
  return isTwoByte(key) ? 0 : key;
}

/** A key and its colon, from the quote at i: pushes the key, returns the index after the colon, or -1 with an exception. */
function parseKey(data: usize, two: bool, length: i32, open: u32, i: i32): i32 {
  const expected = two ? 0 : expectedKey(open);
  const count = expected == 0 ? 0 : strLength(expected);
  const from = data + <usize>i + 1;
  if (count != 0 && i + 1 + count < length && load<u8>(from + <usize>count) == 34 && samePlain(stringData(expected), from, count)) {
    push(<u64>(<u32>expected));
    i += count + 2;
  } else {
    const key = parseString(data, two, length, i + 1, true);
    if (key == EXCEPTION) return -1;
    push(<u64>(<u32>key));
    i = <i32>get(AT);
  }
  i = skipSpace(data, two, length, i);
  if (i >= length || unitAt(data, two, i) != 58) {
    fail("Expected ':' after property name", i);
    return -1;
  }
  return i + 1;
}

/** The value of a JSON text, or EXCEPTION. scratch: free memory up to scratchEnd(). */
export function parseJson(s: usize, scratch: usize): Value {
  s = flatten(s);
  set(TEXT, <u32>s);
  set(DATA, <u32>stringData(s));
  set(LENGTH, strLength(s));
  set(STACK, <u32>scratch);
  set(TOP, <u32>scratch);
  set(LIMIT, <u32>scratchEnd());
  set(BLOCK, 0);
  set(SHAPE, 0);
  memory.fill(KEYS, 0, 1024);
  burn(strLength(s));
  const v = parse();
  if (get(BLOCK) != 0) rawFree(get(BLOCK));
  return v;
}

/** String natives (ECMA-262, 22.1). Case conversion is in case.ts, normalization in normalize.ts, searching in search.ts. */
import { Value, UNDEFINED, NOT_HANDLED, EXCEPTION, FALSE, TRUE, isInt, asInt, isNumber, numberOf, isString, isUndefined, isTrue, isObject, isSymbol, ptrOf, fromInt, fromString, fromBool, fromDouble, fromObject, fromF64 } from "../value";
import { arg, thisArg } from "./args";
import { arrayIndexOfString, charAt, compareStrings, concatStrings, copyUnits, flatten, isTwoByte, newString8, newString16, singleChar, staticString, strLength, stringData, substring, MAX_STRING } from "../string";
import { sbFinish, sbPush8, sbPush16, sbPushCodePoint, sbPushRange, sbPushString, sbReset } from "../stringbuilder";
import { burn } from "../state";
import { toInt32, toStringPrimitive } from "../convert";
import { throwRangeError } from "../errors";
import { newArray, arrayLength, elementsData, appendElement } from "../object";
import { ensureElements } from "../elements";
import { checkHeapLimit } from "../heap";
import { codePointAt, loneSurrogate } from "./codepoint";
import { indexOfString, indexOfUnit, lastIndexOfString, standsAt } from "./search";
import { toLower, toUpper } from "./case";
import { normalize, localeCompare } from "./normalize";
import { isSpace, clampInt } from "./number";
import { unitAt } from "./strtod";

/** A string pointer as a value; 0 means that an exception is pending. */
// @ts-ignore: decorator
@inline export function stringOrException(s: usize): Value {
  return s != 0 ? fromString(s) : EXCEPTION;
}
function emptyValue(): Value {
  return fromString(staticString(""));
}

/** String of one code point. */
export function codePointString(c: u32): usize {
  if (c <= 0xffff) return singleChar(c);
  const s = newString16(2);
  store<u16>(stringData(s), <u16>(0xd7c0 + (c >>> 10)));
  store<u16>(stringData(s), <u16>(0xdc00 + (c & 0x3ff)), 2);
  return s;
}

// Optional integer arguments of methods: undefined gives the default, numbers are truncated and clamped; others set NOT_INTEGER.
const NOT_INTEGER: i32 = i32.MIN_VALUE;
function optionalInt(v: Value, missing: i32): i32 {
  if (isInt(v)) return max(asInt(v), -MAX_INDEX);
  if (isUndefined(v)) return missing;
  if (!isNumber(v)) return NOT_INTEGER;
  const x = numberOf(v);
  return x != x ? 0 : x >= <f64>MAX_INDEX ? MAX_INDEX : x <= -(<f64>MAX_INDEX) ? -MAX_INDEX : <i32>x;
}
const MAX_INDEX: i32 = 0x7ffffffe;

/** Relative index: negative counts from the end; clamped to [0, length]. */
// @ts-ignore: decorator
@inline function relative(i: i32, length: i32): i32 {
  return i < 0 ? max(length + i, 0) : min(i, length);
}

function repeat(s: usize, count: f64): usize {
  const length = strLength(s);
  if (length == 0 || count == 0) return staticString("");
  if (<f64>length * count > <f64>MAX_STRING) {
    throwRangeError("Invalid string length");
    return 0;
  }
  if (count == 1) return s;
  const flat = flatten(s);
  const total = length * <i32>count;
  const two = isTwoByte(flat);
  const out = two ? newString16(total) : newString8(total);
  if (out == 0) return 0;
  const to = stringData(out);
  const bytes = <usize>total << <usize>two;
  let have = <usize>length << <usize>two;
  if (have == 1) {
    memory.fill(to, load<u8>(stringData(flat)), bytes);
    return out;
  }
  memory.copy(to, stringData(flat), have);
  while (have < bytes) {
    const n = min(have, bytes - have);
    memory.copy(to + have, to, n);
    have += n;
  }
  return out;
}

function pad(s: usize, target: f64, fill: usize, atStart: bool): usize {
  const length = strLength(s);
  const fillLength = strLength(fill);
  if (!(target > <f64>length) || fillLength == 0) return s;
  if (target > <f64>MAX_STRING) {
    throwRangeError("Invalid string length");
    return 0;
  }
  const missing = <i32>target - length;
  const times = (missing + fillLength - 1) / fillLength;
  const filler = repeat(fill, <f64>times);
  if (filler == 0) return 0;
  const cut = substring(filler, 0, missing);
  return atStart ? concatStrings(cut, s) : concatStrings(s, cut);
}

/** where: bit 0 start, bit 1 end. */
export function trim(s: usize, where: i32): usize {
  const flat = flatten(s);
  const data = stringData(flat);
  const two = isTwoByte(flat);
  let from = 0;
  let to = strLength(flat);
  if (where & 1) while (from < to && isSpace(unitAt(data, two, from))) from++;
  if (where & 2) while (to > from && isSpace(unitAt(data, two, to - 1))) to--;
  burn(strLength(flat) - (to - from));
  return substring(s, from, to);
}

function countParts(s: usize, separator: usize, limit: u32): u32 {
  const width = strLength(separator);
  let count: u32 = 1;
  for (let at = indexOfString(s, separator, 0); at >= 0 && count < limit; at = indexOfString(s, separator, at + width)) count++;
  return count;
}
/** Array of the substrings between separators; limit as uint32. */
function split(s: usize, separator: usize, limit: u32): Value {
  const array = newArray(0);
  if (limit == 0) return fromObject(array);
  const length = strLength(s);
  const width = strLength(separator);
  s = flatten(s);
  // Counted first: an array that grows would leave twice its size behind, and nothing is collected before the end.
  if (!ensureElements(array, width == 0 ? min(<u32>length, limit) : countParts(s, separator, limit))) return EXCEPTION;
  if (width == 0) {
    const count = <i32>min(<u32>length, limit);
    for (let i = 0; i < count; i++) appendElement(array, fromString(singleChar(charAt(s, i))));
    return fromObject(array);
  }
  let from = 0;
  let count: u32 = 0;
  while (true) {
    const at = indexOfString(s, separator, from);
    if (at < 0) break;
    appendElement(array, fromString(substring(s, from, at)));
    if ((count & 0x3ff) == 0 && !checkHeapLimit()) return EXCEPTION;
    if (++count == limit) return fromObject(array);
    from = at + width;
  }
  appendElement(array, fromString(substring(s, from, length)));
  return fromObject(array);
}

function replaceAll(s: usize, search: usize, replacement: usize): usize {
  const length = strLength(s);
  const width = strLength(search);
  let at = indexOfString(s, search, 0);
  if (at < 0) return s;
  sbReset();
  let from = 0;
  while (at >= 0) {
    sbPushRange(s, from, at);
    sbPushString(replacement);
    from = at + width;
    if (width == 0) {
      if (at == length) break;
      sbPushRange(s, at, at + 1);
      from = at + 1;
      at = at + 1;
    } else at = indexOfString(s, search, from);
  }
  if (from < length) sbPushRange(s, from, length);
  return sbFinish();
}

// Natives: helpers

// @ts-ignore: decorator
@inline function str(args: usize, argc: i32, i: i32): usize {
  return ptrOf(arg(args, argc, i));
}
// @ts-ignore: decorator
@inline function int(args: usize, argc: i32, i: i32): i32 {
  return clampInt(arg(args, argc, i), -MAX_INDEX, MAX_INDEX);
}

export function strIndexOf(args: usize, argc: i32): Value {
  return fromInt(indexOfString(str(args, argc, 0), str(args, argc, 1), int(args, argc, 2)));
}
export function strLastIndexOf(args: usize, argc: i32): Value {
  return fromInt(lastIndexOfString(str(args, argc, 0), str(args, argc, 1), int(args, argc, 2)));
}
export function strStartsAt(args: usize, argc: i32): Value {
  return fromBool(standsAt(str(args, argc, 0), str(args, argc, 1), int(args, argc, 2)));
}
export function strIsLatin1(args: usize, argc: i32): Value {
  const s = flatten(str(args, argc, 0));
  if (isTwoByte(s)) for (let i = 0, n = strLength(s); i < n; i++) if (charAt(s, i) > 255) return FALSE;
  return TRUE;
}
export function strSlice(args: usize, argc: i32): Value {
  const s = str(args, argc, 0);
  const length = strLength(s);
  const from = min(max(int(args, argc, 1), 0), length);
  const to = min(int(args, argc, 2), length);
  return from >= to ? emptyValue() : fromString(substring(s, from, to));
}
export function strCharCodeAt(args: usize, argc: i32): Value {
  const s = flatten(str(args, argc, 0));
  const i = int(args, argc, 1);
  return <u32>i < <u32>strLength(s) ? fromInt(charAt(s, i)) : fromDouble(NaN);
}
export function strCodePointAt(args: usize, argc: i32): Value {
  const s = flatten(str(args, argc, 0));
  const i = int(args, argc, 1);
  return <u32>i < <u32>strLength(s) ? fromInt(codePointAt(stringData(s), isTwoByte(s), strLength(s), i)) : UNDEFINED;
}
export function strCharAt(args: usize, argc: i32): Value {
  const s = flatten(str(args, argc, 0));
  const i = int(args, argc, 1);
  return <u32>i < <u32>strLength(s) ? fromString(singleChar(charAt(s, i))) : emptyValue();
}
export function strCodePointString(args: usize, argc: i32): Value {
  const s = flatten(str(args, argc, 0));
  const i = int(args, argc, 1);
  if (<u32>i >= <u32>strLength(s)) return emptyValue();
  return fromString(codePointString(codePointAt(stringData(s), isTwoByte(s), strLength(s), i)));
}
export function strConcat(args: usize, argc: i32): Value {
  return stringOrException(concatStrings(str(args, argc, 0), str(args, argc, 1)));
}
export function strRepeat(args: usize, argc: i32): Value {
  return stringOrException(repeat(str(args, argc, 0), numberOf(arg(args, argc, 1))));
}
export function strPad(args: usize, argc: i32): Value {
  return stringOrException(pad(str(args, argc, 0), numberOf(arg(args, argc, 1)), str(args, argc, 2), isTrue(arg(args, argc, 3))));
}
export function strTrim(args: usize, argc: i32): Value {
  return fromString(trim(str(args, argc, 0), int(args, argc, 1)));
}
export function strToLower(args: usize, argc: i32): Value {
  return stringOrException(toLower(str(args, argc, 0)));
}
export function strToUpper(args: usize, argc: i32): Value {
  return stringOrException(toUpper(str(args, argc, 0)));
}
export function strNormalize(args: usize, argc: i32): Value {
  return stringOrException(normalize(str(args, argc, 0), int(args, argc, 1)));
}
export function strCompare(args: usize, argc: i32): Value {
  const order = compareStrings(str(args, argc, 0), str(args, argc, 1));
  return fromInt(order < 0 ? -1 : order > 0 ? 1 : 0);
}
export function strLocaleCompare(args: usize, argc: i32): Value {
  return fromInt(localeCompare(str(args, argc, 0), str(args, argc, 1)));
}
export function strIsWellFormed(args: usize, argc: i32): Value {
  const s = flatten(str(args, argc, 0));
  return fromBool(!isTwoByte(s) || loneSurrogate(stringData(s), strLength(s)) < 0);
}
export function strToWellFormed(args: usize, argc: i32): Value {
  const s = flatten(str(args, argc, 0));
  if (!isTwoByte(s)) return fromString(s);
  const length = strLength(s);
  let i = loneSurrogate(stringData(s), length);
  if (i < 0) return fromString(s);
  const out = newString16(length);
  if (out == 0) return EXCEPTION;
  const to = stringData(out);
  copyUnits(s, 0, length, to, true);
  while (i >= 0) {
    store<u16>(to + (<usize>i << 1), 0xfffd);
    const next = loneSurrogate(to + (<usize>(i + 1) << 1), length - i - 1);
    i = next < 0 ? -1 : i + 1 + next;
  }
  return fromString(out);
}
export function strSplit(args: usize, argc: i32): Value {
  const limit = numberOf(arg(args, argc, 2));
  return split(str(args, argc, 0), str(args, argc, 1), limit >= 4294967295.0 ? 0xffffffff : <u32>limit);
}
export function strReplaceAll(args: usize, argc: i32): Value {
  return stringOrException(replaceAll(str(args, argc, 0), str(args, argc, 1), str(args, argc, 2)));
}
export function strHasDollar(args: usize, argc: i32): Value {
  const s = flatten(str(args, argc, 0));
  return fromBool(indexOfUnit(stringData(s), isTwoByte(s), strLength(s), 36, 0) >= 0);
}
export function strFromCodes(args: usize, argc: i32): Value {
  const a = arg(args, argc, 0);
  const count = arrayLength(ptrOf(a));
  const data = elementsData(ptrOf(a));
  sbReset();
  for (let i: u32 = 0; i < count; i++) {
    const v = load<u64>(data + (<usize>i << 3));
    sbPush16(isInt(v) ? <u32>asInt(v) & 0xffff : isNumber(v) ? <u32>toInt32(numberOf(v)) & 0xffff : 0);
  }
  return stringOrException(sbFinish());
}
export function strFromCodePoint(args: usize, argc: i32): Value {
  return fromString(codePointString(<u32>int(args, argc, 0)));
}
export function strJoin(args: usize, argc: i32): Value {
  const a = ptrOf(arg(args, argc, 0));
  const separator = str(args, argc, 1);
  const count = arrayLength(a);
  const data = elementsData(a);
  for (let i: u32 = 0; i < count; i++) if (!isString(load<u64>(data + (<usize>i << 3)))) return NOT_HANDLED;
  if (count == 0) return emptyValue();
  if (count == 1) return load<u64>(data);
  sbReset();
  const width = strLength(separator);
  for (let i: u32 = 0; i < count; i++) {
    if (i != 0 && width != 0) sbPushString(separator);
    sbPushString(ptrOf(load<u64>(data + (<usize>i << 3))));
  }
  return stringOrException(sbFinish());
}
export function strIsLineTerminatorFree(args: usize, argc: i32): Value {
  const s = flatten(str(args, argc, 0));
  const data = stringData(s);
  const two = isTwoByte(s);
  for (let i = 0, n = strLength(s); i < n; i++) {
    const c = unitAt(data, two, i);
    if (c == 10 || c == 13 || c == 0x2028 || c == 0x2029) return FALSE;
  }
  return TRUE;
}

// Percent-encoding and Annex B escapes

const HEX: usize = memory.data<u8>([48, 49, 50, 51, 52, 53, 54, 55, 56, 57, 65, 66, 67, 68, 69, 70]);
function pushPercent(byte: u32): void {
  sbPush8(37);
  sbPush8(<u32>load<u8>(HEX + (byte >>> 4)));
  sbPush8(<u32>load<u8>(HEX + (byte & 15)));
}
function isAlphanumeric(c: u32): bool {
  return c - 48 < 10 || (c | 32) - 97 < 26;
}
function contains(set: usize, c: u32): bool {
  for (let i = 0, n = strLength(set); i < n; i++) if (charAt(set, i) == c) return true;
  return false;
}
/** -_.!~*'() */
function isUriMark(c: u32): bool {
  return c == 45 || c == 95 || c == 46 || c == 33 || c == 126 || (c >= 39 && c <= 42);
}
function hexValue(c: u32): i32 {
  if (c - 48 < 10) return <i32>(c - 48);
  const l = c | 32;
  return c < 128 && l - 97 < 6 ? <i32>(l - 87) : -1;
}

export function strEncodeUri(args: usize, argc: i32): Value {
  const s = flatten(str(args, argc, 0));
  const extra = flatten(str(args, argc, 1));
  const data = stringData(s);
  const two = isTwoByte(s);
  const length = strLength(s);
  sbReset();
  for (let i = 0; i < length; ) {
    const c = codePointAt(data, two, length, i);
    i += c > 0xffff ? 2 : 1;
    if (c < 128) {
      if (isAlphanumeric(c) || isUriMark(c) || contains(extra, c)) sbPush8(c);
      else pushPercent(c);
    } else if (c < 0x800) {
      pushPercent(0xc0 | (c >>> 6));
      pushPercent(0x80 | (c & 63));
    } else if (c < 0x10000) {
      if (c - 0xd800 < 0x800) return UNDEFINED;
      pushPercent(0xe0 | (c >>> 12));
      pushPercent(0x80 | ((c >>> 6) & 63));
      pushPercent(0x80 | (c & 63));
    } else {
      pushPercent(0xf0 | (c >>> 18));
      pushPercent(0x80 | ((c >>> 12) & 63));
      pushPercent(0x80 | ((c >>> 6) & 63));
      pushPercent(0x80 | (c & 63));
    }
  }
  return stringOrException(sbFinish());
}

/** The byte of an escape %XX at i, or -1. */
function percentByte(data: usize, two: bool, length: i32, i: i32): i32 {
  if (i + 2 >= length || unitAt(data, two, i) != 37) return -1;
  const high = hexValue(unitAt(data, two, i + 1));
  const low = hexValue(unitAt(data, two, i + 2));
  return high < 0 || low < 0 ? -1 : (high << 4) | low;
}

export function strDecodeUri(args: usize, argc: i32): Value {
  const s = flatten(str(args, argc, 0));
  const reserved = flatten(str(args, argc, 1));
  const data = stringData(s);
  const two = isTwoByte(s);
  const length = strLength(s);
  if (indexOfUnit(data, two, length, 37, 0) < 0) return fromString(s);
  sbReset();
  for (let i = 0; i < length; ) {
    const c = unitAt(data, two, i);
    if (c != 37) {
      sbPush16(c);
      i++;
      continue;
    }
    const start = i;
    const b = percentByte(data, two, length, i);
    if (b < 0) return UNDEFINED;
    i += 3;
    if (b < 128) {
      if (contains(reserved, b)) sbPushRange(s, start, i);
      else sbPush8(b);
      continue;
    }
    const more = b >= 0xf0 && b < 0xf8 ? 3 : b >= 0xe0 && b < 0xf0 ? 2 : b >= 0xc0 && b < 0xe0 ? 1 : 0;
    if (more == 0) return UNDEFINED;
    let code = <u32>b & (0x3f >>> more);
    for (let j = 0; j < more; j++) {
      const d = percentByte(data, two, length, i);
      if (d < 0 || (d & 0xc0) != 0x80) return UNDEFINED;
      code = (code << 6) | (d & 63);
      i += 3;
    }
    const least: u32 = more == 1 ? 0x80 : more == 2 ? 0x800 : 0x10000;
    if (code < least || code > 0x10ffff || code - 0xd800 < 0x800) return UNDEFINED;
    sbPushCodePoint(code);
  }
  return stringOrException(sbFinish());
}

export function strEscape(args: usize, argc: i32): Value {
  const s = flatten(str(args, argc, 0));
  const data = stringData(s);
  const two = isTwoByte(s);
  sbReset();
  for (let i = 0, n = strLength(s); i < n; i++) {
    const c = unitAt(data, two, i);
    // @*_+-./
    if (c < 128 && (isAlphanumeric(c) || c == 64 || c == 42 || c == 95 || c == 43 || c - 45 < 3)) sbPush8(c);
    else if (c < 256) pushPercent(c);
    else {
      sbPush8(37);
      sbPush8(117);
      for (let shift: u32 = 16; shift > 0; ) {
        shift -= 4;
        sbPush8(<u32>load<u8>(HEX + ((c >>> shift) & 15)));
      }
    }
  }
  return stringOrException(sbFinish());
}

export function strUnescape(args: usize, argc: i32): Value {
  const s = flatten(str(args, argc, 0));
  const data = stringData(s);
  const two = isTwoByte(s);
  const length = strLength(s);
  sbReset();
  for (let i = 0; i < length; ) {
    const c = unitAt(data, two, i);
    if (c == 37) {
      if (i + 5 < length && unitAt(data, two, i + 1) == 117) {
        let code = 0;
        let j = 2;
        for (; j < 6; j++) {
          const h = hexValue(unitAt(data, two, i + j));
          if (h < 0) break;
          code = (code << 4) | h;
        }
        if (j == 6) {
          sbPush16(code);
          i += 6;
          continue;
        }
      }
      const b = percentByte(data, two, length, i);
      if (b >= 0) {
        sbPush16(b);
        i += 3;
        continue;
      }
    }
    sbPush16(c);
    i++;
  }
  return stringOrException(sbFinish());
}

// Natives: methods

export function stringCharAt(args: usize, argc: i32): Value {
  const v = thisArg(args);
  const i = optionalInt(arg(args, argc, 0), 0);
  if (!isString(v) || i == NOT_INTEGER) return NOT_HANDLED;
  const s = flatten(ptrOf(v));
  return <u32>i < <u32>strLength(s) ? fromString(singleChar(charAt(s, i))) : emptyValue();
}
export function stringCharCodeAt(args: usize, argc: i32): Value {
  const v = thisArg(args);
  const i = optionalInt(arg(args, argc, 0), 0);
  if (!isString(v) || i == NOT_INTEGER) return NOT_HANDLED;
  const s = flatten(ptrOf(v));
  return <u32>i < <u32>strLength(s) ? fromInt(charAt(s, i)) : fromDouble(NaN);
}
export function stringCodePointAt(args: usize, argc: i32): Value {
  const v = thisArg(args);
  const i = optionalInt(arg(args, argc, 0), 0);
  if (!isString(v) || i == NOT_INTEGER) return NOT_HANDLED;
  const s = flatten(ptrOf(v));
  return <u32>i < <u32>strLength(s) ? fromInt(codePointAt(stringData(s), isTwoByte(s), strLength(s), i)) : UNDEFINED;
}
export function stringAt(args: usize, argc: i32): Value {
  const v = thisArg(args);
  let i = optionalInt(arg(args, argc, 0), 0);
  if (!isString(v) || i == NOT_INTEGER) return NOT_HANDLED;
  const s = flatten(ptrOf(v));
  if (i < 0) i += strLength(s);
  return <u32>i < <u32>strLength(s) ? fromString(singleChar(charAt(s, i))) : UNDEFINED;
}
export function stringIndexOf(args: usize, argc: i32): Value {
  const v = thisArg(args);
  const search = arg(args, argc, 0);
  const from = optionalInt(arg(args, argc, 1), 0);
  if (!isString(v) || !isString(search) || from == NOT_INTEGER) return NOT_HANDLED;
  return fromInt(indexOfString(ptrOf(v), ptrOf(search), from));
}
export function stringLastIndexOf(args: usize, argc: i32): Value {
  const v = thisArg(args);
  const search = arg(args, argc, 0);
  const position = arg(args, argc, 1);
  if (!isString(v) || !isString(search)) return NOT_HANDLED;
  let from = MAX_INDEX;
  if (isNumber(position)) {
    const x = numberOf(position);
    if (x == x) from = max(optionalInt(position, 0), 0);
  } else if (!isUndefined(position)) return NOT_HANDLED;
  return fromInt(lastIndexOfString(ptrOf(v), ptrOf(search), from));
}
export function stringIncludes(args: usize, argc: i32): Value {
  const v = thisArg(args);
  const search = arg(args, argc, 0);
  const from = optionalInt(arg(args, argc, 1), 0);
  if (!isString(v) || !isString(search) || from == NOT_INTEGER) return NOT_HANDLED;
  return fromBool(indexOfString(ptrOf(v), ptrOf(search), from) >= 0);
}
export function stringStartsWith(args: usize, argc: i32): Value {
  const v = thisArg(args);
  const search = arg(args, argc, 0);
  const from = optionalInt(arg(args, argc, 1), 0);
  if (!isString(v) || !isString(search) || from == NOT_INTEGER) return NOT_HANDLED;
  return fromBool(standsAt(ptrOf(v), ptrOf(search), min(max(from, 0), strLength(ptrOf(v)))));
}
export function stringEndsWith(args: usize, argc: i32): Value {
  const v = thisArg(args);
  const search = arg(args, argc, 0);
  const to = optionalInt(arg(args, argc, 1), MAX_INDEX);
  if (!isString(v) || !isString(search) || to == NOT_INTEGER) return NOT_HANDLED;
  const end = min(max(to, 0), strLength(ptrOf(v)));
  return fromBool(standsAt(ptrOf(v), ptrOf(search), end - strLength(ptrOf(search))));
}
export function stringSlice(args: usize, argc: i32): Value {
  const v = thisArg(args);
  const from = optionalInt(arg(args, argc, 0), 0);
  const to = optionalInt(arg(args, argc, 1), MAX_INDEX);
  if (!isString(v) || from == NOT_INTEGER || to == NOT_INTEGER) return NOT_HANDLED;
  const length = strLength(ptrOf(v));
  const start = relative(from, length);
  const end = relative(to, length);
  return start >= end ? emptyValue() : fromString(substring(ptrOf(v), start, end));
}
export function stringSubstring(args: usize, argc: i32): Value {
  const v = thisArg(args);
  const from = optionalInt(arg(args, argc, 0), 0);
  const to = optionalInt(arg(args, argc, 1), MAX_INDEX);
  if (!isString(v) || from == NOT_INTEGER || to == NOT_INTEGER) return NOT_HANDLED;
  const length = strLength(ptrOf(v));
  const a = min(max(from, 0), length);
  const b = min(max(to, 0), length);
  return a == b ? emptyValue() : fromString(substring(ptrOf(v), min(a, b), max(a, b)));
}
export function stringSubstr(args: usize, argc: i32): Value {
  const v = thisArg(args);
  const from = optionalInt(arg(args, argc, 0), 0);
  const count = optionalInt(arg(args, argc, 1), MAX_INDEX);
  if (!isString(v) || from == NOT_INTEGER || count == NOT_INTEGER) return NOT_HANDLED;
  const length = strLength(ptrOf(v));
  const start = relative(from, length);
  const taken = min(max(count, 0), length - start);
  return taken <= 0 ? emptyValue() : fromString(substring(ptrOf(v), start, start + taken));
}
export function stringTrim(args: usize, argc: i32): Value {
  return isString(thisArg(args)) ? fromString(trim(ptrOf(thisArg(args)), 3)) : NOT_HANDLED;
}
export function stringTrimStart(args: usize, argc: i32): Value {
  return isString(thisArg(args)) ? fromString(trim(ptrOf(thisArg(args)), 1)) : NOT_HANDLED;
}
export function stringTrimEnd(args: usize, argc: i32): Value {
  return isString(thisArg(args)) ? fromString(trim(ptrOf(thisArg(args)), 2)) : NOT_HANDLED;
}
function padMethod(args: usize, argc: i32, atStart: bool): Value {
  const v = thisArg(args);
  const target = arg(args, argc, 0);
  const fill = arg(args, argc, 1);
  if (!isString(v) || !isNumber(target) || !(isUndefined(fill) || isString(fill))) return NOT_HANDLED;
  return stringOrException(pad(ptrOf(v), Math.floor(numberOf(target)), isUndefined(fill) ? singleChar(32) : ptrOf(fill), atStart));
}
export function stringPadStart(args: usize, argc: i32): Value {
  return padMethod(args, argc, true);
}
export function stringPadEnd(args: usize, argc: i32): Value {
  return padMethod(args, argc, false);
}
export function stringRepeat(args: usize, argc: i32): Value {
  const v = thisArg(args);
  const count = arg(args, argc, 0);
  if (!isString(v) || !isInt(count) || asInt(count) < 0) return NOT_HANDLED;
  return stringOrException(repeat(ptrOf(v), <f64>asInt(count)));
}
export function stringToLowerCase(args: usize, argc: i32): Value {
  return isString(thisArg(args)) ? stringOrException(toLower(ptrOf(thisArg(args)))) : NOT_HANDLED;
}
export function stringToUpperCase(args: usize, argc: i32): Value {
  return isString(thisArg(args)) ? stringOrException(toUpper(ptrOf(thisArg(args)))) : NOT_HANDLED;
}
export function stringConcat(args: usize, argc: i32): Value {
  const v = thisArg(args);
  if (!isString(v)) return NOT_HANDLED;
  for (let i = 0; i < argc; i++) {
    const a = arg(args, argc, i);
    if (isObject(a) || isSymbol(a)) return NOT_HANDLED;
  }
  let s = ptrOf(v);
  for (let i = 0; i < argc; i++) {
    const t = toStringPrimitive(arg(args, argc, i));
    if (t == 0) return EXCEPTION;
    s = concatStrings(s, t);
    if (s == 0) return EXCEPTION;
  }
  return fromString(s);
}
export function stringToString(args: usize, argc: i32): Value {
  return isString(thisArg(args)) ? thisArg(args) : NOT_HANDLED;
}
export function stringFromCharCode(args: usize, argc: i32): Value {
  if (argc == 1) {
    const v = arg(args, argc, 0);
    if (!isNumber(v)) return NOT_HANDLED;
    return fromString(singleChar((isInt(v) ? <u32>asInt(v) : <u32>toInt32(numberOf(v))) & 0xffff));
  }
  for (let i = 0; i < argc; i++) if (!isNumber(arg(args, argc, i))) return NOT_HANDLED;
  sbReset();
  for (let i = 0; i < argc; i++) {
    const v = arg(args, argc, i);
    sbPush16((isInt(v) ? <u32>asInt(v) : <u32>toInt32(numberOf(v))) & 0xffff);
  }
  return stringOrException(sbFinish());
}

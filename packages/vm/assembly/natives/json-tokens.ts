/** Tokens of JSON text: numbers, strings, keys. Each leaves where it ended in tokenEnd(); EXCEPTION on failure. */
import { Value, EXCEPTION, fromF64, fromInt, fromString, ptrOf } from "../value";
import { KIND_STRING } from "../generated/kinds";
import { allocateShort } from "../heap";
import { HEADER, emptyString, initFlat, internString, isTwoByte, newString8, newString16, singleChar, strLength, stringData } from "../string";
import { sbFinish, sbPush16, sbReset } from "../stringbuilder";
import { copyBytes, sameBytes, specialBytes, wordOf } from "./json-bytes";
import { fail, isWideText, pushText, setTokenEnd, textData, textLength, unexpected } from "./json-text";
import { exactPower, parseDecimal, unitAt } from "./strtod";

/** Interned one-byte keys seen in this call, by a hash of their first and last bytes: 32 pairs of {first 8 bytes u64, string u32, unused u32}. */
const KEYS: usize = memory.data(1024, 8);
const MAX_CACHED_KEY: i32 = 32;
/** A key of two-byte text whose units are all Latin-1. */
const NARROW: usize = memory.data(32, 8);

export function forgetKeys(): void {
  memory.fill(KEYS, 0, 1024);
}

export function parseLiteral(text: string, value: Value, i: i32): Value {
  const data = textData();
  const two = isWideText();
  const from = changetype<usize>(text);
  for (let j = 0; j < text.length; j++) {
    if (i + j >= textLength() || unitAt(data, two, i + j) != <u32>load<u16>(from + (<usize>j << 1))) return unexpected(i + j);
  }
  setTokenEnd(i + text.length);
  return value;
}

// @ts-ignore: decorator
@inline function unit<T>(data: usize, i: i32): u32 {
  return <u32>load<T>(data + (<usize>i << alignof<T>()));
}

/** T: u8 or u16, the text's units. */
export function parseNumber<T>(start: i32): Value {
  const data = textData();
  const length = textLength();
  let i = start;
  let c = unit<T>(data, i);
  const negative = c == 45;
  if (negative) {
    i++;
    c = i < length ? unit<T>(data, i) : 0;
    if (c - 48 >= 10) return fail("No number after minus sign", i);
  }
  const first = i;
  let n: u64 = 0; // what the digits say, while there are few
  if (c == 48) {
    i++;
    if (i < length && unit<T>(data, i) - 48 < 10) return fail("Unexpected number", i);
  } else {
    while (i < length && (c = unit<T>(data, i) - 48) < 10) {
      n = n * 10 + c;
      i++;
    }
    if (i - first <= 9) {
      c = i < length ? unit<T>(data, i) : 0;
      if (c != 46 && (c | 32) != 101) {
        setTokenEnd(i);
        return fromInt(negative ? -(<i32>n) : <i32>n);
      }
    }
  }
  if (i < length && unit<T>(data, i) == 46) {
    const point = i;
    i++;
    if (i >= length || unit<T>(data, i) - 48 >= 10) return fail("Unterminated fractional number", i);
    while (i < length && (c = unit<T>(data, i) - 48) < 10) {
      n = n * 10 + c;
      i++;
    }
    // Up to 15 digits are an exact double, and so is the power of ten: their quotient is the nearest one (Clinger).
    if (i - first <= 16 && (i == length || (unit<T>(data, i) | 32) != 101)) {
      setTokenEnd(i);
      const x = <f64>n / exactPower(i - point - 1);
      return fromF64(negative ? -x : x);
    }
  }
  if (i < length && (unit<T>(data, i) | 32) == 101) {
    i++;
    if (i < length && (unit<T>(data, i) == 43 || unit<T>(data, i) == 45)) i++;
    if (i >= length || unit<T>(data, i) - 48 >= 10) return fail("Exponent part is missing a number", i);
    while (i < length && unit<T>(data, i) - 48 < 10) i++;
  }
  setTokenEnd(i);
  return fromF64(parseDecimal(data, sizeof<T>() == 2, start, i));
}

/** After the opening quote at i - 1. The string's value, interned when it is a key. */
export function parseString(i: i32, isKey: bool): Value {
  const data = textData();
  const length = textLength();
  const two = isWideText();
  const start = i;
  if (!two) {
    while (i + 8 <= length) {
      const special = specialBytes(load<u64>(data + <usize>i));
      if (special == 0) {
        i += 8;
        continue;
      }
      i += <i32>(ctz(special) >> 3);
      break;
    }
  }
  let wide: u32 = 0;
  for (; i < length; i++) {
    const c = unitAt(data, two, i);
    if (c == 34) {
      setTokenEnd(i + 1);
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
export function makeString(from: usize, count: i32): Value {
  if (count <= 1) return fromString(count == 0 ? emptyString() : singleChar(load<u8>(from)));
  let s: usize;
  if (count <= 64 - <i32>HEADER) {
    s = allocateShort((<i32>HEADER + count + 7) & ~7, KIND_STRING);
    initFlat(s, count, 0);
  } else s = newString8(count);
  if (s == 0) return EXCEPTION;
  copyBytes(s + HEADER, from, count);
  return fromString(s);
}

/** Is the known key, whose first 8 bytes are the same, made of these `count` bytes? */
// @ts-ignore: decorator
@inline function isKnown(known: usize, from: usize, count: i32): bool {
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
    if (load<u64>(entry) == first && isKnown(known, from, count)) return fromString(known);
    entry += 16;
    known = <usize>load<u32>(entry, 8);
    if (known != 0 && load<u64>(entry) == first && isKnown(known, from, count)) return fromString(known);
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
  const length = textLength();
  const data = textData();
  const two = isWideText();
  sbReset();
  let from = start;
  while (i < length) {
    const c = unitAt(data, two, i);
    if (c == 34) {
      pushText(from, i);
      setTokenEnd(i + 1);
      const s = sbFinish();
      return s == 0 ? EXCEPTION : fromString(isKey ? internString(s) : s);
    }
    if (c < 32) return fail("Bad control character in string literal", i);
    if (c != 92) {
      i++;
      if (!two) while (i + 8 <= length && specialBytes(load<u64>(data + <usize>i)) == 0) i += 8;
      continue;
    }
    pushText(from, i);
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


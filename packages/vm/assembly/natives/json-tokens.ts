/** Tokens of JSON text: numbers, strings, keys. Each leaves where it ended in tokenEnd(); EXCEPTION on failure. Indices are those of bytes. */
import { Value, EXCEPTION, fromF64, fromInt, fromString, ptrOf } from "../value";
import { KIND_STRING } from "../generated/kinds";
import { allocateShort } from "../heap";
import { HEADER, asciiPrefix, emptyString, initFlat, internString, isTwoByte, newString8, singleChar, strLength, stringData } from "../string";
import { sbFinish, sbPush16, sbReset } from "../stringbuilder";
import { copyBytes, sameBytes, specialBytes, wordOf } from "./json-bytes";
import { decode, fail, isEncoded, pushText, setTokenEnd, textData, textLength, unexpected, unitAtByte } from "./json-text";
import { exactPower, parseDecimal } from "./strtod";

/** Interned one-byte keys seen in this call, by a hash of their first and last bytes: 32 pairs of {first 8 bytes u64, string u32, unused u32}. */
const KEYS: usize = memory.data(1024, 8);
const MAX_CACHED_KEY: i32 = 32;
export function forgetKeys(): void {
  memory.fill(KEYS, 0, 1024);
}

// @ts-ignore: decorator
@inline function byteAt(data: usize, i: i32): u32 {
  return <u32>load<u8>(data + <usize>i);
}

export function parseLiteral(text: string, value: Value, i: i32): Value {
  const data = textData();
  const from = changetype<usize>(text);
  for (let j = 0; j < text.length; j++) {
    if (i + j >= textLength() || byteAt(data, i + j) != <u32>load<u16>(from + (<usize>j << 1))) return unexpected(i + j);
  }
  setTokenEnd(i + text.length);
  return value;
}

export function parseNumber(start: i32): Value {
  const data = textData();
  const length = textLength();
  let i = start;
  let c = byteAt(data, i);
  const negative = c == 45;
  if (negative) {
    i++;
    c = i < length ? byteAt(data, i) : 0;
    if (c - 48 >= 10) return fail("No number after minus sign", i);
  }
  const first = i;
  let n: u64 = 0; // what the digits say, while there are few
  if (c == 48) {
    i++;
    if (i < length && byteAt(data, i) - 48 < 10) return fail("Unexpected number", i);
  } else {
    while (i < length && (c = byteAt(data, i) - 48) < 10) {
      n = n * 10 + c;
      i++;
    }
    if (i - first <= 9) {
      c = i < length ? byteAt(data, i) : 0;
      if (c != 46 && (c | 32) != 101) {
        setTokenEnd(i);
        return fromInt(negative ? -(<i32>n) : <i32>n);
      }
    }
  }
  if (i < length && byteAt(data, i) == 46) {
    const point = i;
    i++;
    if (i >= length || byteAt(data, i) - 48 >= 10) return fail("Unterminated fractional number", i);
    while (i < length && (c = byteAt(data, i) - 48) < 10) {
      n = n * 10 + c;
      i++;
    }
    // Up to 15 digits are an exact double, and so is the power of ten: their quotient is the nearest one (Clinger).
    if (i - first <= 16 && (i == length || (byteAt(data, i) | 32) != 101)) {
      setTokenEnd(i);
      const x = <f64>n / exactPower(i - point - 1);
      return fromF64(negative ? -x : x);
    }
  }
  if (i < length && (byteAt(data, i) | 32) == 101) {
    i++;
    if (i < length && (byteAt(data, i) == 43 || byteAt(data, i) == 45)) i++;
    if (i >= length || byteAt(data, i) - 48 >= 10) return fail("Exponent part is missing a number", i);
    while (i < length && byteAt(data, i) - 48 < 10) i++;
  }
  setTokenEnd(i);
  return fromF64(parseDecimal(data, false, start, i));
}

/** After the opening quote at i - 1. The string's value, interned when it is a key. */
export function parseString(i: i32, isKey: bool): Value {
  const data = textData();
  const length = textLength();
  const start = i;
  while (i < length) {
    while (i + 8 <= length && specialBytes(load<u64>(data + <usize>i)) == 0) i += 8;
    const c = i < length ? byteAt(data, i) : 34;
    if (c == 34) break;
    if (c == 92) return parseEscaped(start, i, isKey);
    if (c < 32) return fail("Bad control character in string literal", i);
    i++;
  }
  if (i >= length) return fail("Unterminated string", length);
  setTokenEnd(i + 1);
  return isKey ? makeKey(data + <usize>start, i - start) : makeString(data + <usize>start, i - start);
}

/** Of `count` bytes of the text. */
export function makeString(from: usize, count: i32): Value {
  if (isEncoded() && asciiPrefix(from, count) != count) {
    const s = decode(from, count);
    return s == 0 ? EXCEPTION : fromString(s);
  }
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

/** The interned string of `count` bytes of the text. */
function makeKey(from: usize, count: i32): Value {
  // The others are compared by their bytes.
  if (count < 2 || count > MAX_CACHED_KEY || (isEncoded() && asciiPrefix(from, count) != count)) {
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

/** A string with an escape at i. */
function parseEscaped(start: i32, i: i32, isKey: bool): Value {
  const length = textLength();
  const data = textData();
  sbReset();
  let from = start;
  while (i < length) {
    const c = byteAt(data, i);
    if (c == 34) {
      pushText(from, i);
      setTokenEnd(i + 1);
      const s = sbFinish();
      return s == 0 ? EXCEPTION : fromString(isKey ? internString(s) : s);
    }
    if (c < 32) return fail("Bad control character in string literal", i);
    if (c != 92) {
      i++;
      while (i + 8 <= length && specialBytes(load<u64>(data + <usize>i)) == 0) i += 8;
      continue;
    }
    pushText(from, i);
    i++;
    if (i >= length) return unexpected(i);
    const e = byteAt(data, i);
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
          const d = i + j < length ? byteAt(data, i + j) : 0;
          const l = d | 32;
          const digit = d - 48 < 10 ? d - 48 : d < 128 && l - 97 < 6 ? l - 87 : 99;
          if (digit == 99) return i + j >= length ? fail("Bad Unicode escape", length) : fail("Bad Unicode escape", i + j);
          unit = (unit << 4) | digit;
        }
        i += 4;
        break;
      }
      default:
        return e >= 128 && unitAtByte(i) > 255 ? unexpected(i) : fail("Bad escaped character", i);
    }
    sbPush16(unit);
    i++;
    from = i;
  }
  return fail("Unterminated string", i);
}


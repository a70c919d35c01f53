/**
 * Numbers and text: Number::toString and its relatives, StringToNumber, parseInt, parseFloat (ECMA-262, 6.1.6.1.20, 7.1.4.1, 19.2, 21.1).
 */
import { Value, UNDEFINED, NOT_HANDLED, EXCEPTION, FALSE, TRUE, isInt, asInt, isNumber, numberOf, isString, isUndefined, ptrOf, fromF64, fromDouble, fromString, fromBool } from "../value";
import { burn } from "../state";
import { arg, thisArg } from "./args";
import { flatten, isTwoByte, newString8, strLength, stringData, singleChar, staticString } from "../string";
import { toInt32 } from "../convert";
import { digitsCount, digitsPoint, digitsStart, fixedDigits, precisionDigits, shortestDigits } from "./dtoa";
import { parseDecimal, parseEnd, unitAt } from "./strtod";

/** Text under construction: at most sign, 1100 binary digits and a point (radix conversion), or 100 digits with zeros. */
const TEXT: usize = memory.data(2400, 8);
const TEXT_MIDDLE: usize = TEXT + 1200;

// @ts-ignore: decorator
@inline function put(at: usize, c: u32): usize {
  store<u8>(at, <u8>c);
  return at + 1;
}
function putZeros(at: usize, count: i32): usize {
  if (count <= 0) return at;
  memory.fill(at, 48, <usize>count);
  return at + <usize>count;
}
function putDigits(at: usize, from: i32, to: i32): usize {
  if (to <= from) return at;
  memory.copy(at, digitsStart() + <usize>from, <usize>(to - from));
  return at + <usize>(to - from);
}
function putExponent(at: usize, e: i32): usize {
  at = put(at, 101);
  at = put(at, e < 0 ? 45 : 43);
  if (e < 0) e = -e;
  if (e >= 100) at = put(at, 48 + e / 100);
  if (e >= 10) at = put(at, 48 + ((e / 10) % 10));
  return put(at, 48 + (e % 10));
}
function finish(start: usize, end: usize): usize {
  const length = <i32>(end - start);
  if (length == 1) return singleChar(<u32>load<u8>(start));
  const s = newString8(length);
  memory.copy(stringData(s), start, <usize>length);
  return s;
}
function notFinite(x: f64): usize {
  return x != x ? staticString("NaN") : x > 0 ? staticString("Infinity") : staticString("-Infinity");
}
// @ts-ignore: decorator
@inline function isFiniteNumber(x: f64): bool {
  return x - x == 0;
}

/** Decimal text of an int32. */
export function intToString(n: i32): usize {
  if (n >= 0 && n < 10) return singleChar(48 + n);
  return finish(putInt(n), TEXT_MIDDLE);
}
function putInt(n: i32): usize {
  let at = TEXT_MIDDLE;
  let u = n < 0 ? <u32>-n : <u32>n;
  do {
    store<u8>(--at, <u8>(48 + (u % 10)));
    u /= 10;
  } while (u != 0);
  if (n < 0) store<u8>(--at, 45);
  return at;
}

/** The two digits of n < 100, as they stand in memory. */
// @ts-ignore: decorator
@inline function digitPair(n: u32): u16 {
  const tens = (n * 103) >>> 10;
  return <u16>(0x3030 + tens + ((n - tens * 10) << 8));
}
/** Writes the decimal digits of n; returns the end. */
export function putUnsigned(at: usize, n: u32): usize {
  const digits = n < 10000 ? (n < 100 ? (n < 10 ? 1 : 2) : n < 1000 ? 3 : 4) : n < 100000000 ? (n < 1000000 ? (n < 100000 ? 5 : 6) : n < 10000000 ? 7 : 8) : n < 1000000000 ? 9 : 10;
  const end = at + digits;
  let digit = end;
  while (n >= 100) {
    const rest = n / 100;
    digit -= 2;
    store<u16>(digit, digitPair(n - rest * 100));
    n = rest;
  }
  if (n >= 10) store<u16>(digit - 2, digitPair(n));
  else store<u8>(digit - 1, 48 + n);
  return end;
}

/** Writes Number::toString(x, 10) of a finite x as bytes at `at`; returns the end. At most 25 bytes. */
export function writeNumber(at: usize, x: f64): usize {
  const i = <i32>x;
  if (<f64>i == x) {
    const start = putInt(i);
    const length = TEXT_MIDDLE - start;
    memory.copy(at, start, length);
    return at + length;
  }
  if (x < 0) {
    at = put(at, 45);
    x = -x;
  }
  // A decimal of up to 15 digits whose nearest double is x is the only one, hence the shortest: prices and the like need no more.
  if (x < 1e6) {
    let scale: u32 = 10;
    for (let decimals = 1; decimals <= 3; decimals++, scale *= 10) {
      const scaled = nearest(x * <f64>scale);
      if (scaled / <f64>scale != x) continue;
      const n = <u32>scaled;
      at = put(putUnsigned(at, n / scale), 46);
      let rest = n % scale;
      for (let left = scale / 10; left > 0; left /= 10) {
        at = put(at, 48 + rest / left);
        rest %= left;
      }
      return at;
    }
  }
  shortestDigits(x);
  const k = digitsCount();
  const n = digitsPoint();
  if (k <= n && n <= 21) return putZeros(putDigits(at, 0, k), n - k);
  if (0 < n && n <= 21) return putDigits(put(putDigits(at, 0, n), 46), n, k);
  if (-6 < n && n <= 0) return putDigits(putZeros(put(put(at, 48), 46), -n), 0, k);
  at = putDigits(at, 0, 1);
  if (k > 1) at = putDigits(put(at, 46), 1, k);
  return putExponent(at, n - 1);
}

/** Number::toString(x, 10). */
export function numberToString(x: f64): usize {
  const i = <i32>x;
  if (<f64>i == x) return intToString(i);
  if (!isFiniteNumber(x)) return notFinite(x);
  return finish(TEXT, writeNumber(TEXT, x));
}

/** 10 ** 21 and above have no fixed form. */
function toFixed(x: f64, digits: i32): usize {
  if (!isFiniteNumber(x)) return notFinite(x);
  if (x >= 1e21 || x <= -1e21) return numberToString(x);
  let at = TEXT;
  if (x < 0) {
    at = put(at, 45);
    x = -x;
  }
  fixedDigits(x, digits);
  const k = digitsCount();
  const n = digitsPoint();
  if (n <= 0) at = put(at, 48);
  else at = putDigits(at, 0, n);
  if (digits > 0) {
    at = put(at, 46);
    if (n < 0) at = putZeros(at, -n);
    at = putDigits(at, max(0, n), k);
  }
  return finish(TEXT, at);
}

/** digits -1: as many as necessary. */
function toExponential(x: f64, digits: i32): usize {
  if (!isFiniteNumber(x)) return notFinite(x);
  let at = TEXT;
  if (x < 0) {
    at = put(at, 45);
    x = -x;
  }
  if (x == 0) {
    at = put(at, 48);
    if (digits > 0) at = putZeros(put(at, 46), digits);
    return finish(TEXT, putExponent(at, 0));
  }
  if (digits < 0) shortestDigits(x);
  else precisionDigits(x, digits + 1);
  const k = digitsCount();
  at = putDigits(at, 0, 1);
  if (k > 1) at = putDigits(put(at, 46), 1, k);
  return finish(TEXT, putExponent(at, digitsPoint() - 1));
}

function toPrecision(x: f64, precision: i32): usize {
  if (!isFiniteNumber(x)) return notFinite(x);
  let at = TEXT;
  if (x < 0) {
    at = put(at, 45);
    x = -x;
  }
  if (x == 0) {
    at = put(at, 48);
    if (precision > 1) at = putZeros(put(at, 46), precision - 1);
    return finish(TEXT, at);
  }
  precisionDigits(x, precision);
  const e = digitsPoint() - 1;
  if (e < -6 || e >= precision) {
    at = putDigits(at, 0, 1);
    if (precision > 1) at = putDigits(put(at, 46), 1, precision);
    return finish(TEXT, putExponent(at, e));
  }
  if (e == precision - 1) return finish(TEXT, putDigits(at, 0, precision));
  if (e >= 0) return finish(TEXT, putDigits(put(putDigits(at, 0, e + 1), 46), e + 1, precision));
  return finish(TEXT, putDigits(putZeros(put(put(at, 48), 46), -(e + 1)), 0, precision));
}

// @ts-ignore: decorator
@inline function digitChar(d: i32): u8 {
  return <u8>(d < 10 ? 48 + d : 87 + d);
}

/**
 * Number::toString for other radices. The specification leaves the precision open; this is V8's choice: as few fraction digits as
 * tell the number from its neighbours (DoubleToRadixCString), zeros for digits of large numbers that a double cannot tell.
 */
function toRadix(x: f64, radix: i32): usize {
  if (radix == 10) return numberToString(x);
  if (!isFiniteNumber(x)) return notFinite(x);
  const negative = x < 0;
  if (negative) x = -x;
  let whole = Math.floor(x);
  let fraction = x - whole;
  let end = TEXT_MIDDLE;
  const next = reinterpret<f64>(reinterpret<u64>(x) + 1);
  let delta = max(0.5 * (next - x), 5e-324);
  if (fraction >= delta) {
    end = put(end, 46);
    do {
      fraction *= <f64>radix;
      delta *= <f64>radix;
      const digit = <i32>fraction;
      end = put(end, digitChar(digit));
      fraction -= <f64>digit;
      if ((fraction > 0.5 || (fraction == 0.5 && (digit & 1) != 0)) && fraction + delta > 1) {
        // Round up: carry through the digits already written.
        while (true) {
          end--;
          if (end == TEXT_MIDDLE) {
            whole += 1;
            break;
          }
          const c = <i32>load<u8>(end);
          const d = c > 57 ? c - 87 : c - 48;
          if (d + 1 < radix) {
            end = put(end, digitChar(d + 1));
            break;
          }
        }
        break;
      }
    } while (fraction >= delta);
  }
  let start = TEXT_MIDDLE;
  // Digits below the precision of a double are zeros.
  delta = max(0.5, 0.5 * (next - x));
  while (delta >= <f64>radix) {
    whole /= <f64>radix;
    delta /= <f64>radix;
    store<u8>(--start, 48);
  }
  let digits = <u64>whole;
  do {
    store<u8>(--start, digitChar(<i32>(digits % radix)));
    digits /= radix;
  } while (digits > 0);
  if (negative) store<u8>(--start, 45);
  return finish(start, end);
}

/** WhiteSpace or LineTerminator. */
export function isSpace(c: u32): bool {
  if (c < 128) return c == 32 || c - 9 < 5;
  return c == 0xa0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200a) || c == 0x2028 || c == 0x2029 || c == 0x202f || c == 0x205f || c == 0x3000 || c == 0xfeff;
}

/** Value of a digit in radices up to 36, or 99. */
// @ts-ignore: decorator
@inline function digitValue(c: u32): i32 {
  if (c - 48 < 10) return <i32>(c - 48);
  const l = c | 32;
  return l - 97 < 26 && c < 128 ? <i32>(l - 87) : 99;
}

/** StringToNumber. */
export function stringToNumber(s: usize): f64 {
  const flat = flatten(s);
  const data = stringData(flat);
  const two = isTwoByte(flat);
  let to = strLength(flat);
  if (to > 256) burn(to << 2);
  let from = 0;
  while (from < to && isSpace(unitAt(data, two, from))) from++;
  while (to > from && isSpace(unitAt(data, two, to - 1))) to--;
  if (from == to) return 0;
  const first = unitAt(data, two, from);
  if (first == 48 && to - from > 2) {
    const letter = unitAt(data, two, from + 1) | 32;
    const radix = letter == 120 ? 16 : letter == 111 ? 8 : letter == 98 ? 2 : 0;
    if (radix != 0) {
      for (let i = from + 2; i < to; i++) if (digitValue(unitAt(data, two, i)) >= radix) return NaN;
      return powerOfTwoDigits(data, two, from + 2, to, radix);
    }
  }
  // Short plain integers are what property keys and form fields hold.
  if (to - from <= 9 && first - 48 < 10) {
    let n = 0;
    let i = from;
    for (; i < to; i++) {
      const d = unitAt(data, two, i) - 48;
      if (d >= 10) break;
      n = n * 10 + <i32>d;
    }
    if (i == to) return <f64>n;
  }
  const x = parseDecimal(data, two, from, to);
  return parseEnd() == to ? x : NaN;
}

/** The integer of digits [from, to) in radix 2, 4, 8, 16 or 32, rounded to nearest, ties to even. */
function powerOfTwoDigits(data: usize, two: bool, from: i32, to: i32, radix: i32): f64 {
  const width = <u64>ctz(radix);
  let n: u64 = 0;
  let i = from;
  for (; i < to && n >>> 58 == 0; i++) n = (n << width) | <u64>digitValue(unitAt(data, two, i));
  if (i == to) return <f64>n;
  let sticky = false;
  let exponent: i64 = 0;
  for (; i < to; i++) {
    if (unitAt(data, two, i) != 48) sticky = true;
    exponent += <i64>width;
  }
  // n has at least 59 bits: a sticky lowest bit rounds as the full number would, in the one rounding of the conversion.
  if (sticky) n |= 1;
  if (exponent > 1100) return Infinity;
  let x = <f64>n;
  while (exponent >= 512) {
    x *= 1.3407807929942597e154;
    exponent -= 512;
  }
  return x * reinterpret<f64>((<u64>(exponent + 1023)) << 52);
}

/** parseInt of a string; radix 0 means find out. */
export function parseIntString(s: usize, radix: i32): f64 {
  const flat = flatten(s);
  const data = stringData(flat);
  const two = isTwoByte(flat);
  const length = strLength(flat);
  if (length > 256) burn(length << 2);
  let i = 0;
  while (i < length && isSpace(unitAt(data, two, i))) i++;
  let negative = false;
  if (i < length) {
    const c = unitAt(data, two, i);
    if (c == 43 || c == 45) {
      negative = c == 45;
      i++;
    }
  }
  let strip = true;
  if (radix != 0) {
    if (radix < 2 || radix > 36) return NaN;
    strip = radix == 16;
  } else radix = 10;
  if (strip && i + 1 < length && unitAt(data, two, i) == 48 && (unitAt(data, two, i + 1) | 32) == 120) {
    i += 2;
    radix = 16;
  }
  const start = i;
  let small: u64 = 0;
  let fits = true;
  for (; i < length; i++) {
    const d = digitValue(unitAt(data, two, i));
    if (d >= radix) break;
    if (small < 0x80000000000000) small = small * radix + d;
    else fits = false;
  }
  if (i == start) return NaN;
  let x: f64;
  if (fits) x = <f64>small;
  else if (radix == 10) x = parseDecimal(data, two, start, i);
  else if ((radix & (radix - 1)) == 0) x = powerOfTwoDigits(data, two, start, i, radix);
  else {
    // The specification allows an approximation after 20 digits: parts that fit 32 bits, as V8 does.
    x = 0;
    let j = start;
    while (j < i) {
      let part: u32 = 0;
      let multiplier: u32 = 1;
      while (j < i && multiplier * <u32>radix <= 0xffffffff / 36) {
        part = part * radix + digitValue(unitAt(data, two, j++));
        multiplier *= radix;
      }
      x = x * <f64>multiplier + <f64>part;
    }
  }
  return negative ? -x : x;
}

export function parseFloatString(s: usize): f64 {
  const flat = flatten(s);
  const data = stringData(flat);
  const two = isTwoByte(flat);
  const length = strLength(flat);
  if (length > 256) burn(length << 2);
  let i = 0;
  while (i < length && isSpace(unitAt(data, two, i))) i++;
  return parseDecimal(data, two, i, length);
}

// Natives: helpers

export function numToString(args: usize, argc: i32): Value {
  return fromString(numberToString(numberOf(arg(args, argc, 0))));
}
export function numToRadix(args: usize, argc: i32): Value {
  return fromString(toRadix(numberOf(arg(args, argc, 0)), asInt(arg(args, argc, 1))));
}
export function numToFixed(args: usize, argc: i32): Value {
  return fromString(toFixed(numberOf(arg(args, argc, 0)), clampInt(arg(args, argc, 1), 0, 100)));
}
export function numToExponential(args: usize, argc: i32): Value {
  const digits = arg(args, argc, 1);
  return fromString(toExponential(numberOf(arg(args, argc, 0)), isUndefined(digits) ? -1 : clampInt(digits, 0, 100)));
}
export function numToPrecision(args: usize, argc: i32): Value {
  return fromString(toPrecision(numberOf(arg(args, argc, 0)), clampInt(arg(args, argc, 1), 1, 100)));
}
export function strToNumber(args: usize, argc: i32): Value {
  return fromF64(stringToNumber(ptrOf(arg(args, argc, 0))));
}
export function numParseFloat(args: usize, argc: i32): Value {
  return fromF64(parseFloatString(ptrOf(arg(args, argc, 0))));
}
export function numParseInt(args: usize, argc: i32): Value {
  return fromF64(parseIntString(ptrOf(arg(args, argc, 0)), asInt(arg(args, argc, 1))));
}

/** The integer of a number value, clamped: natives stay in bounds whatever the library passes. */
export function clampInt(v: Value, low: i32, high: i32): i32 {
  if (!isNumber(v)) return low;
  const x = numberOf(v);
  return x >= <f64>high ? high : x > <f64>low ? <i32>x : low;
}

// Natives: methods

export function globalParseFloat(args: usize, argc: i32): Value {
  const v = arg(args, argc, 0);
  if (isString(v)) return fromF64(parseFloatString(ptrOf(v)));
  if (isInt(v)) return v;
  return NOT_HANDLED;
}
export function globalParseInt(args: usize, argc: i32): Value {
  const v = arg(args, argc, 0);
  const r = arg(args, argc, 1);
  if (!isUndefined(r) && !isNumber(r)) return NOT_HANDLED;
  const radix = isUndefined(r) ? 0 : isInt(r) ? asInt(r) : toInt32(numberOf(r));
  if (isString(v)) return fromF64(parseIntString(ptrOf(v), radix));
  if (isInt(v) && (radix == 10 || radix == 0)) return v;
  return isNumber(v) ? fromF64(parseIntString(numberToString(numberOf(v)), radix)) : NOT_HANDLED;
}
export function globalIsNaN(args: usize, argc: i32): Value {
  const v = arg(args, argc, 0);
  if (!isNumber(v)) return NOT_HANDLED;
  const x = numberOf(v);
  return fromBool(x != x);
}
export function globalIsFinite(args: usize, argc: i32): Value {
  const v = arg(args, argc, 0);
  return isNumber(v) ? fromBool(isFiniteNumber(numberOf(v))) : NOT_HANDLED;
}
export function numberIsNaN(args: usize, argc: i32): Value {
  const v = arg(args, argc, 0);
  if (!isNumber(v)) return FALSE;
  const x = numberOf(v);
  return fromBool(x != x);
}
export function numberIsFinite(args: usize, argc: i32): Value {
  const v = arg(args, argc, 0);
  return fromBool(isNumber(v) && isFiniteNumber(numberOf(v)));
}
export function numberIsInteger(args: usize, argc: i32): Value {
  const v = arg(args, argc, 0);
  if (isInt(v)) return TRUE;
  if (!isNumber(v)) return FALSE;
  const x = numberOf(v);
  return fromBool(isFiniteNumber(x) && Math.floor(x) == x);
}
export function numberIsSafeInteger(args: usize, argc: i32): Value {
  const v = arg(args, argc, 0);
  if (isInt(v)) return TRUE;
  if (!isNumber(v)) return FALSE;
  const x = numberOf(v);
  return fromBool(Math.abs(x) <= 9007199254740991 && Math.floor(x) == x);
}
export function numberProtoToString(args: usize, argc: i32): Value {
  const v = thisArg(args);
  const r = arg(args, argc, 0);
  if (!isNumber(v)) return NOT_HANDLED;
  if (isUndefined(r)) return fromString(numberToString(numberOf(v)));
  if (!isInt(r) || asInt(r) < 2 || asInt(r) > 36) return NOT_HANDLED;
  return fromString(toRadix(numberOf(v), asInt(r)));
}
export function numberProtoToFixed(args: usize, argc: i32): Value {
  const v = thisArg(args);
  const d = arg(args, argc, 0);
  if (!isNumber(v) || !(isUndefined(d) || (isInt(d) && asInt(d) >= 0 && asInt(d) <= 100))) return NOT_HANDLED;
  return fromString(toFixed(numberOf(v), isUndefined(d) ? 0 : asInt(d)));
}

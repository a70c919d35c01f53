/** Conversions between primitive values that never run user code (ECMA-262, 7.1). Objects are the interpreter's and the library's business. */
import {
  Value, UNDEFINED, NULL, TRUE, FALSE, isInt, asInt, isDouble, asDouble, isNumber, numberOf, isString, isSymbol, isBigInt, isObject, isBool, isUndefined, isNull, ptrOf,
} from "./value";
import { name, N_UNDEFINED, N_NULL, N_TRUE, N_FALSE } from "./names";
import { fromLatin1, singleChar, strLength } from "./string";
import { throwTypeError } from "./errors";
import { numberToString, stringToNumber } from "./natives/number";
import { bigintToString } from "./natives/bigint";

@inline export function isPrimitive(v: Value): bool { return !isObject(v); }

/** Decimal text of an int32. */
export function intToString(n: i32): usize {
  if (n >= 0 && n < 10) return singleChar(48 + n);
  // Digits go below the scratch area's end; 11 characters at most.
  const buffer = memory.data(16);
  let at = buffer + 16;
  let u: u32 = n < 0 ? <u32>0 - <u32>n : <u32>n;
  do { at--; store<u8>(at, <u8>(48 + u % 10)); u /= 10; } while (u);
  if (n < 0) { at--; store<u8>(at, 45); }
  return fromLatin1(at, <i32>(buffer + 16 - at));
}

/** ToString of a primitive: string pointer; 0 with a TypeError for a symbol. */
export function toStringPrimitive(v: Value): usize {
  if (isString(v)) return ptrOf(v);
  if (isInt(v)) return intToString(asInt(v));
  if (isDouble(v)) return numberToString(asDouble(v));
  if (v == UNDEFINED) return name(N_UNDEFINED);
  if (v == NULL) return name(N_NULL);
  if (v == TRUE) return name(N_TRUE);
  if (v == FALSE) return name(N_FALSE);
  if (isBigInt(v)) return bigintToString(ptrOf(v), 10);
  if (!isSymbol(v)) return name(N_UNDEFINED); // HOLE and the like, as typeof says
  throwTypeError("Cannot convert a Symbol value to a string");
  return 0;
}

/** ToNumber of a number, string, boolean, null or undefined. */
export function toNumberPrimitive(v: Value): f64 {
  if (isInt(v)) return <f64>asInt(v);
  if (isDouble(v)) return asDouble(v);
  if (isString(v)) return stringToNumber(ptrOf(v));
  if (v == TRUE) return 1;
  if (v == FALSE || v == NULL) return 0;
  return NaN;
}

/** ToInt32 (7.1.6). */
export function toInt32(n: f64): i32 {
  const direct = <i32>n;
  if (direct != i32.MAX_VALUE && direct != i32.MIN_VALUE) return direct;
  const bits = reinterpret<u64>(n);
  const exponent = <i32>((bits >>> 52) & 0x7ff) - 1075; // of the 53-bit significand as an integer
  if (exponent >= 32 || exponent < -53) return 0; // also infinities and NaN (exponent 972)
  const significand = (bits & 0xfffffffffffff) | 0x10000000000000;
  const low = exponent >= 0 ? <i32>(significand << exponent) : <i32>(significand >>> -exponent);
  return <i64>bits < 0 ? -low : low;
}
@inline export function toUint32(n: f64): u32 { return <u32>toInt32(n); }
/** ToIntegerOrInfinity of a number (7.1.5): truncated, NaN and -0 give 0. */
export function toIntegerOrInfinity(n: f64): f64 { return n != n ? 0 : trunc(n) + 0.0; }

export function toBoolean(v: Value): bool {
  if (isBool(v)) return v == TRUE;
  if (isInt(v)) return asInt(v) != 0;
  if (isDouble(v)) { const d = asDouble(v); return d != 0 && d == d; }
  if (isString(v)) return strLength(ptrOf(v)) != 0;
  if (isBigInt(v)) return load<i32>(ptrOf(v), 4) != 0; // +4: number of limbs, 0 for 0n
  return !(isUndefined(v) || isNull(v));
}

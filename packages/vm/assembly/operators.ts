/** Operators on operands that the interpreter's fast paths do not take. Primitives are done here; objects, BigInts and symbols go to the library's hooks. */
import {
  Value, UNDEFINED, NULL, TRUE, FALSE, EXCEPTION, CALL_PENDING, fromBool, fromDouble, fromF64, fromInt, fromString, fromU32, fromI64, isBigInt, isBool, isDouble, isInt, isNullish, isNumber, isObject, isString, isSymbol, numberOf, asInt, asDouble, ptrOf,
} from "./value";
import {
  OP_ADD, OP_SUB, OP_MUL, OP_DIV, OP_MOD, OP_EXP, OP_BAND, OP_BOR, OP_BXOR, OP_SHL, OP_SHR, OP_USHR, OP_LT, OP_LE, OP_GT, OP_GE, OP_EQ, OP_INC, OP_DEC, OP_NEG, OP_PLUS, OP_TONUMERIC, OP_BNOT, OP_TOSTR, OP_TOKEY,
} from "./generated/opcodes";
import { HOOK_BINARY_SLOW, HOOK_UNARY_SLOW } from "./generated/hooks";
import { hook2, hook3 } from "./call";
import { toInt32, toNumberPrimitive, toStringPrimitive } from "./convert";
import { compareStrings, concatStrings, stringEquals } from "./string";
import { isCallable } from "./function";
import { name, N_BIGINT, N_BOOLEAN, N_FUNCTION, N_NUMBER, N_OBJECT, N_STRING, N_SYMBOL, N_UNDEFINED } from "./names";
import { bigintEquals } from "./natives/bigint";
import { power } from "./natives/math";

/** Object, BigInt or symbol. */
@inline function needsLibrary(v: Value): bool { return isObject(v) || isBigInt(v) || isSymbol(v); }

/** Number::remainder (6.1.6.1.6), exact. */
export function remainder(a: f64, b: f64): f64 {
  if (a != a || b != b || b == 0 || a == Infinity || a == -Infinity) return NaN;
  if (b == Infinity || b == -Infinity || a == 0) return a;
  const x = abs(a), y = abs(b);
  if (x < y) return a;
  if (x < 9007199254740992.0 && y < 9007199254740992.0 && trunc(x) == x && trunc(y) == y) {
    const r = <f64>(<u64>x % <u64>y);
    return copysign(r, a);
  }
  return copysign(longRemainder(x, y), a);
}
/** fmod by shift and subtract on the significands (as in musl). */
function longRemainder(x: f64, y: f64): f64 {
  let ux = reinterpret<u64>(x), uy = reinterpret<u64>(y);
  let ex = <i32>(ux >>> 52), ey = <i32>(uy >>> 52);
  if (ex == 0) { for (let i = ux << 12; !(i >>> 63); i <<= 1) ex--; ux <<= <u64>(1 - ex); } else { ux &= 0xfffffffffffff; ux |= 0x10000000000000; }
  if (ey == 0) { for (let i = uy << 12; !(i >>> 63); i <<= 1) ey--; uy <<= <u64>(1 - ey); } else { uy &= 0xfffffffffffff; uy |= 0x10000000000000; }
  for (; ex > ey; ex--) {
    const i = ux - uy;
    if (!(i >>> 63)) { if (i == 0) return 0; ux = i; }
    ux <<= 1;
  }
  const i = ux - uy;
  if (!(i >>> 63)) { if (i == 0) return 0; ux = i; }
  for (; !(ux >>> 52); ex--) ux <<= 1;
  if (ex > 0) { ux -= 0x10000000000000; ux |= <u64>ex << 52; } else ux >>>= <u64>(1 - ex);
  return reinterpret<f64>(ux);
}

/** a op b for any operands; op is one of ADD ... USHR. */
@noinline export function arithmetic(op: i32, a: Value, b: Value): Value {
  if (op == OP_ADD && (isString(a) || isString(b)) && !isObject(a) && !isObject(b)) {
    const x = toStringPrimitive(a), y = x ? toStringPrimitive(b) : 0;
    if (!y) return EXCEPTION;
    const s = concatStrings(x, y);
    return s ? fromString(s) : EXCEPTION;
  }
  if (needsLibrary(a) || needsLibrary(b)) return hook3(HOOK_BINARY_SLOW, fromInt(op), a, b);
  const x = toNumberPrimitive(a), y = toNumberPrimitive(b);
  switch (op) {
    case OP_ADD: return fromF64(x + y);
    case OP_SUB: return fromF64(x - y);
    case OP_MUL: return fromF64(x * y);
    case OP_DIV: return fromF64(x / y);
    case OP_MOD: return fromF64(remainder(x, y));
    case OP_EXP: return fromF64(power(x, y));
    case OP_BAND: return fromInt(toInt32(x) & toInt32(y));
    case OP_BOR: return fromInt(toInt32(x) | toInt32(y));
    case OP_BXOR: return fromInt(toInt32(x) ^ toInt32(y));
    case OP_SHL: return fromInt(toInt32(x) << (toInt32(y) & 31));
    case OP_SHR: return fromInt(toInt32(x) >> (toInt32(y) & 31));
    default: return fromU32(<u32>toInt32(x) >>> (toInt32(y) & 31));
  }
}

/** Unary operators INC ... TOKEY on any operand. */
@noinline export function unary(op: i32, v: Value): Value {
  if (op == OP_TOKEY) {
    if (isObject(v)) return hook2(HOOK_UNARY_SLOW, fromInt(op), v);
    return isString(v) || isSymbol(v) || isInt(v) ? v : stringOrException(toStringPrimitive(v));
  }
  if (op == OP_TOSTR && !isObject(v)) return stringOrException(toStringPrimitive(v));
  if (needsLibrary(v)) return hook2(HOOK_UNARY_SLOW, fromInt(op), v);
  const n = toNumberPrimitive(v);
  switch (op) {
    case OP_INC: return fromF64(n + 1);
    case OP_DEC: return fromF64(n - 1);
    case OP_NEG: return fromF64(-n);
    case OP_BNOT: return fromInt(~toInt32(n));
    default: return fromF64(n);
  }
}
@inline function stringOrException(s: usize): Value { return s ? fromString(s) : EXCEPTION; }

/** a op b for LT LE GT GE: a boolean, or CALL_PENDING. */
@noinline export function compare(op: i32, a: Value, b: Value): Value {
  if (isNumber(a) && isNumber(b)) return compareNumbers(op, numberOf(a), numberOf(b));
  if (isString(a) && isString(b)) {
    const d = compareStrings(ptrOf(a), ptrOf(b));
    switch (op) {
      case OP_LT: return fromBool(d < 0);
      case OP_LE: return fromBool(d <= 0);
      case OP_GT: return fromBool(d > 0);
      default: return fromBool(d >= 0);
    }
  }
  if (needsLibrary(a) || needsLibrary(b)) return hook3(HOOK_BINARY_SLOW, fromInt(op), a, b);
  return compareNumbers(op, toNumberPrimitive(a), toNumberPrimitive(b));
}
function compareNumbers(op: i32, x: f64, y: f64): Value {
  switch (op) {
    case OP_LT: return fromBool(x < y);
    case OP_LE: return fromBool(x <= y);
    case OP_GT: return fromBool(x > y);
    default: return fromBool(x >= y);
  }
}

/** a === b. */
export function strictEquals(a: Value, b: Value): bool {
  if (isNumber(a)) return isNumber(b) && numberOf(a) == numberOf(b);
  if (a == b) return true;
  if (isString(a)) return isString(b) && stringEquals(ptrOf(a), ptrOf(b));
  if (isBigInt(a)) return isBigInt(b) && bigintEquals(ptrOf(a), ptrOf(b));
  return false;
}
/** a == b: a boolean or CALL_PENDING. */
@noinline export function looseEquals(a: Value, b: Value): Value {
  if (isNumber(a) && isNumber(b)) return fromBool(numberOf(a) == numberOf(b));
  if (a == b) return TRUE;
  if (isNullish(a)) return fromBool(isNullish(b));
  if (isNullish(b)) return FALSE;
  if ((isString(a) && isString(b)) || (isObject(a) && isObject(b)) || (isBigInt(a) && isBigInt(b)) || (isBool(a) && isBool(b))) return fromBool(strictEquals(a, b));
  if (needsLibrary(a) || needsLibrary(b)) {
    if (isSymbol(a) && !isObject(b)) return FALSE;
    if (isSymbol(b) && !isObject(a)) return FALSE;
    return hook3(HOOK_BINARY_SLOW, fromInt(OP_EQ), a, b);
  }
  return fromBool(toNumberPrimitive(a) == toNumberPrimitive(b));
}
/** SameValueZero and SameValue. */
export function sameValueZero(a: Value, b: Value): bool {
  if (isDouble(a) && isDouble(b)) { const x = asDouble(a), y = asDouble(b); return x == y || (x != x && y != y); }
  return strictEquals(a, b);
}
export function sameValue(a: Value, b: Value): bool {
  if (isNumber(a) && isNumber(b)) {
    const x = numberOf(a), y = numberOf(b);
    return reinterpret<u64>(x) == reinterpret<u64>(y) || (x != x && y != y);
  }
  return strictEquals(a, b);
}

export function typeOf(v: Value): Value {
  if (isNumber(v)) return fromString(name(N_NUMBER));
  if (isString(v)) return fromString(name(N_STRING));
  if (isObject(v)) return fromString(name(isCallable(v) ? N_FUNCTION : N_OBJECT));
  if (isBool(v)) return fromString(name(N_BOOLEAN));
  if (isSymbol(v)) return fromString(name(N_SYMBOL));
  if (isBigInt(v)) return fromString(name(N_BIGINT));
  return fromString(name(v == NULL ? N_OBJECT : N_UNDEFINED));
}

/**
 * Math (ECMA-262, 21.3). The transcendental functions are those of AssemblyScript's standard library, a port of musl's, so that
 * every platform computes the same digits.
 */
import { Value, NOT_HANDLED, isInt, asInt, fromInt, fromDouble, fromF64, isNumber, numberOf } from "../value";
import { arg } from "./args";
import { toInt32 } from "../convert";
import { hostRandom } from "../host";
import { randomState } from "../state";

// @ts-ignore: decorator
@inline function missing(argc: i32): bool {
  return argc == 0;
}

export function mathAbs(args: usize, argc: i32): Value {
  if (missing(argc)) return fromDouble(NaN);
  const v = arg(args, argc, 0);
  if (isInt(v) && asInt(v) != i32.MIN_VALUE) return asInt(v) < 0 ? fromInt(-asInt(v)) : v;
  return isNumber(v) ? fromF64(Math.abs(numberOf(v))) : NOT_HANDLED;
}
export function mathCeil(args: usize, argc: i32): Value {
  if (missing(argc)) return fromDouble(NaN);
  const v = arg(args, argc, 0);
  return isInt(v) ? v : isNumber(v) ? fromF64(Math.ceil(numberOf(v))) : NOT_HANDLED;
}
export function mathFloor(args: usize, argc: i32): Value {
  if (missing(argc)) return fromDouble(NaN);
  const v = arg(args, argc, 0);
  return isInt(v) ? v : isNumber(v) ? fromF64(Math.floor(numberOf(v))) : NOT_HANDLED;
}
export function mathTrunc(args: usize, argc: i32): Value {
  if (missing(argc)) return fromDouble(NaN);
  const v = arg(args, argc, 0);
  return isInt(v) ? v : isNumber(v) ? fromF64(Math.trunc(numberOf(v))) : NOT_HANDLED;
}
/** Ties go up; the floor of x and its distance decide, for x + 0.5 may round. */
export function mathRound(args: usize, argc: i32): Value {
  if (missing(argc)) return fromDouble(NaN);
  const v = arg(args, argc, 0);
  if (isInt(v)) return v;
  if (!isNumber(v)) return NOT_HANDLED;
  const x = numberOf(v);
  const low = Math.floor(x);
  return fromF64(copysign<f64>(x - low >= 0.5 ? low + 1 : low, x));
}
export function mathSign(args: usize, argc: i32): Value {
  if (missing(argc)) return fromDouble(NaN);
  const v = arg(args, argc, 0);
  if (!isNumber(v)) return NOT_HANDLED;
  const x = numberOf(v);
  return x > 0 ? fromInt(1) : x < 0 ? fromInt(-1) : fromF64(x);
}
export function mathClz32(args: usize, argc: i32): Value {
  if (missing(argc)) return fromInt(32);
  const v = arg(args, argc, 0);
  return isNumber(v) ? fromInt(<i32>clz(toInt32(numberOf(v)))) : NOT_HANDLED;
}
export function mathFround(args: usize, argc: i32): Value {
  if (missing(argc)) return fromDouble(NaN);
  const v = arg(args, argc, 0);
  return isNumber(v) ? fromF64(<f64>(<f32>numberOf(v))) : NOT_HANDLED;
}
export function mathF16round(args: usize, argc: i32): Value {
  if (missing(argc)) return fromDouble(NaN);
  const v = arg(args, argc, 0);
  return isNumber(v) ? fromF64(float16ToF64(f64ToFloat16(numberOf(v)))) : NOT_HANDLED;
}
export function mathSqrt(args: usize, argc: i32): Value {
  if (missing(argc)) return fromDouble(NaN);
  const v = arg(args, argc, 0);
  return isNumber(v) ? fromF64(Math.sqrt(numberOf(v))) : NOT_HANDLED;
}
export function mathAcos(args: usize, argc: i32): Value {
  if (missing(argc)) return fromDouble(NaN);
  const v = arg(args, argc, 0);
  return isNumber(v) ? fromF64(Math.acos(numberOf(v))) : NOT_HANDLED;
}
export function mathAcosh(args: usize, argc: i32): Value {
  if (missing(argc)) return fromDouble(NaN);
  const v = arg(args, argc, 0);
  return isNumber(v) ? fromF64(Math.acosh(numberOf(v))) : NOT_HANDLED;
}
export function mathAsin(args: usize, argc: i32): Value {
  if (missing(argc)) return fromDouble(NaN);
  const v = arg(args, argc, 0);
  return isNumber(v) ? fromF64(Math.asin(numberOf(v))) : NOT_HANDLED;
}
export function mathAsinh(args: usize, argc: i32): Value {
  if (missing(argc)) return fromDouble(NaN);
  const v = arg(args, argc, 0);
  return isNumber(v) ? fromF64(Math.asinh(numberOf(v))) : NOT_HANDLED;
}
export function mathAtan(args: usize, argc: i32): Value {
  if (missing(argc)) return fromDouble(NaN);
  const v = arg(args, argc, 0);
  return isNumber(v) ? fromF64(Math.atan(numberOf(v))) : NOT_HANDLED;
}
export function mathAtanh(args: usize, argc: i32): Value {
  if (missing(argc)) return fromDouble(NaN);
  const v = arg(args, argc, 0);
  return isNumber(v) ? fromF64(Math.atanh(numberOf(v))) : NOT_HANDLED;
}
export function mathCbrt(args: usize, argc: i32): Value {
  if (missing(argc)) return fromDouble(NaN);
  const v = arg(args, argc, 0);
  return isNumber(v) ? fromF64(Math.cbrt(numberOf(v))) : NOT_HANDLED;
}
export function mathCos(args: usize, argc: i32): Value {
  if (missing(argc)) return fromDouble(NaN);
  const v = arg(args, argc, 0);
  return isNumber(v) ? fromF64(Math.cos(numberOf(v))) : NOT_HANDLED;
}
export function mathCosh(args: usize, argc: i32): Value {
  if (missing(argc)) return fromDouble(NaN);
  const v = arg(args, argc, 0);
  return isNumber(v) ? fromF64(Math.cosh(numberOf(v))) : NOT_HANDLED;
}
export function mathExp(args: usize, argc: i32): Value {
  if (missing(argc)) return fromDouble(NaN);
  const v = arg(args, argc, 0);
  return isNumber(v) ? fromF64(Math.exp(numberOf(v))) : NOT_HANDLED;
}
export function mathExpm1(args: usize, argc: i32): Value {
  if (missing(argc)) return fromDouble(NaN);
  const v = arg(args, argc, 0);
  return isNumber(v) ? fromF64(Math.expm1(numberOf(v))) : NOT_HANDLED;
}
export function mathLog(args: usize, argc: i32): Value {
  if (missing(argc)) return fromDouble(NaN);
  const v = arg(args, argc, 0);
  return isNumber(v) ? fromF64(Math.log(numberOf(v))) : NOT_HANDLED;
}
export function mathLog1p(args: usize, argc: i32): Value {
  if (missing(argc)) return fromDouble(NaN);
  const v = arg(args, argc, 0);
  return isNumber(v) ? fromF64(Math.log1p(numberOf(v))) : NOT_HANDLED;
}
export function mathLog10(args: usize, argc: i32): Value {
  if (missing(argc)) return fromDouble(NaN);
  const v = arg(args, argc, 0);
  return isNumber(v) ? fromF64(Math.log10(numberOf(v))) : NOT_HANDLED;
}
export function mathLog2(args: usize, argc: i32): Value {
  if (missing(argc)) return fromDouble(NaN);
  const v = arg(args, argc, 0);
  return isNumber(v) ? fromF64(Math.log2(numberOf(v))) : NOT_HANDLED;
}
export function mathSin(args: usize, argc: i32): Value {
  if (missing(argc)) return fromDouble(NaN);
  const v = arg(args, argc, 0);
  return isNumber(v) ? fromF64(Math.sin(numberOf(v))) : NOT_HANDLED;
}
export function mathSinh(args: usize, argc: i32): Value {
  if (missing(argc)) return fromDouble(NaN);
  const v = arg(args, argc, 0);
  return isNumber(v) ? fromF64(Math.sinh(numberOf(v))) : NOT_HANDLED;
}
export function mathTan(args: usize, argc: i32): Value {
  if (missing(argc)) return fromDouble(NaN);
  const v = arg(args, argc, 0);
  return isNumber(v) ? fromF64(Math.tan(numberOf(v))) : NOT_HANDLED;
}
export function mathTanh(args: usize, argc: i32): Value {
  if (missing(argc)) return fromDouble(NaN);
  const v = arg(args, argc, 0);
  return isNumber(v) ? fromF64(Math.tanh(numberOf(v))) : NOT_HANDLED;
}
export function mathAtan2(args: usize, argc: i32): Value {
  if (argc < 2) return NOT_HANDLED;
  const y = arg(args, argc, 0);
  const x = arg(args, argc, 1);
  return isNumber(y) && isNumber(x) ? fromF64(Math.atan2(numberOf(y), numberOf(x))) : NOT_HANDLED;
}

/** Number::exponentiate (6.1.6.1.3). Small integer exponents are exact where the result is. */
export function power(base: f64, exponent: f64): f64 {
  if (exponent == 2) return base * base;
  if (exponent == 0.5) return base == -Infinity ? Infinity : Math.sqrt(base + 0.0);
  const e = <i32>exponent;
  if (<f64>e == exponent && e > 0 && e < 64) {
    // Exact while the products are integers below 2^53; beyond that the library's algorithm is the better one.
    let result: f64 = 1;
    let factor = base;
    for (let n = e; ; ) {
      if (n & 1) result *= factor;
      n >>= 1;
      if (n == 0) break;
      factor *= factor;
    }
    if (Math.abs(result) <= 9007199254740992 && Math.floor(base) == base) return result;
  }
  if (exponent != exponent || ((base == 1 || base == -1) && Math.abs(exponent) == Infinity)) return NaN;
  return Math.pow(base, exponent);
}
export function mathPow(args: usize, argc: i32): Value {
  if (argc < 2) return NOT_HANDLED;
  const a = arg(args, argc, 0);
  const b = arg(args, argc, 1);
  return isNumber(a) && isNumber(b) ? fromF64(power(numberOf(a), numberOf(b))) : NOT_HANDLED;
}
export function mathImul(args: usize, argc: i32): Value {
  if (argc < 2) return NOT_HANDLED;
  const a = arg(args, argc, 0);
  const b = arg(args, argc, 1);
  return isNumber(a) && isNumber(b) ? fromInt(toInt32(numberOf(a)) * toInt32(numberOf(b))) : NOT_HANDLED;
}
export function mathMax(args: usize, argc: i32): Value {
  let result: f64 = -Infinity;
  for (let i = 0; i < argc; i++) {
    const v = arg(args, argc, i);
    if (!isNumber(v)) return NOT_HANDLED;
    result = max<f64>(result, numberOf(v)); // wasm's f64.max: NaN wins, +0 > -0
  }
  return fromF64(result);
}
export function mathMin(args: usize, argc: i32): Value {
  let result: f64 = Infinity;
  for (let i = 0; i < argc; i++) {
    const v = arg(args, argc, i);
    if (!isNumber(v)) return NOT_HANDLED;
    result = min<f64>(result, numberOf(v));
  }
  return fromF64(result);
}
/** Scaled by the largest, with Kahan's compensation. */
export function mathHypot(args: usize, argc: i32): Value {
  let largest: f64 = 0;
  let nan = false;
  let infinite = false;
  for (let i = 0; i < argc; i++) {
    const v = arg(args, argc, i);
    if (!isNumber(v)) return NOT_HANDLED;
    const x = Math.abs(numberOf(v));
    if (x != x) nan = true;
    else if (x == Infinity) infinite = true;
    else if (x > largest) largest = x;
  }
  if (infinite) return fromDouble(Infinity);
  if (nan) return fromDouble(NaN);
  if (largest == 0) return fromInt(0);
  let sum: f64 = 0;
  let compensation: f64 = 0;
  for (let i = 0; i < argc; i++) {
    const n = numberOf(arg(args, argc, i)) / largest;
    const summand = n * n - compensation;
    const preliminary = sum + summand;
    compensation = preliminary - sum - summand;
    sum = preliminary;
  }
  return fromF64(Math.sqrt(sum) * largest);
}

/** xorshift128+ (S. Vigna, 2014). The state is zero in an image and after vm_resume: then it is seeded from the host. */
export function mathRandom(args: usize, argc: i32): Value {
  const state = randomState();
  if (load<u64>(state) == 0 && load<u64>(state, 8) == 0) hostRandom(state, 16);
  let a = load<u64>(state);
  const b = load<u64>(state, 8);
  const sum = a + b;
  store<u64>(state, b);
  a ^= a << 23;
  store<u64>(state, a ^ b ^ (a >>> 17) ^ (b >>> 26), 8);
  return fromF64(<f64>(sum >>> 11) * 1.1102230246251565e-16);
}

/** IEEE 754 binary16 bits to a double. */
export function float16ToF64(bits: u32): f64 {
  const exponent = (bits >>> 10) & 31;
  const fraction = bits & 0x3ff;
  const magnitude: f64 =
    exponent == 0 ? <f64>fraction * 5.9604644775390625e-8 : exponent == 31 ? (fraction != 0 ? NaN : Infinity) : reinterpret<f64>((<u64>(exponent + 1008) << 52) | (<u64>fraction << 42));
  return bits & 0x8000 ? -magnitude : magnitude;
}
/** Nearest binary16, ties to even. */
export function f64ToFloat16(x: f64): u32 {
  const bits = reinterpret<u64>(x);
  const sign = <u32>(bits >>> 48) & 0x8000;
  if (x != x) return 0x7e00;
  const magnitude = Math.abs(x);
  if (magnitude >= 65520) return sign | 0x7c00;
  if (magnitude < 6.103515625e-5) {
    // Subnormal: units of 2^-24. The addition rounds to integer, ties to even.
    const scaled = magnitude * 16777216.0 + 4503599627370496.0;
    return sign | <u32>(reinterpret<u64>(scaled) & 0x7ff);
  }
  const m = bits & 0x7fffffffffffffff;
  const kept = m >>> 42;
  const rest = m & 0x3ffffffffff;
  const half: u64 = 0x20000000000;
  const rounded = kept + (rest > half || (rest == half && (kept & 1) != 0) ? 1 : 0);
  return sign | <u32>(rounded - (<u64>1008 << 10));
}

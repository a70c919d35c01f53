/**
 * Decimal text to the nearest double, ties to even. Clinger's exact products first, then Eisel-Lemire (D. Lemire, "Number parsing at a
 * gigabyte per second", 2021; N. Tao's variant with truncated powers), then exact multi-precision arithmetic for the few left.
 */
import { limb, limbsDivide, limbsMulAddSmall, limbsMulPow10, limbsShiftLeft, limbsBitLength, limbsToF64, limbsTrim, setLimb, limbsCompare } from "./limbs";
import { multiplyHigh } from "./dtoa";
import { POWERS_OF_TEN, POWER_MAX, POWER_MIN } from "./tables/powers";

/** Significant digits beyond these cannot change the nearest double except through "is there a non-zero one" (768 suffice). */
const MAX_DIGITS: i32 = 800;

const END: usize = memory.data(8, 8);
const NUMERATOR: usize = memory.data(2048, 8);
const DENOMINATOR: usize = memory.data(2048, 8);
const QUOTIENT: usize = memory.data(2048, 8);
const EXACT_POWERS: usize = memory.data<f64>([
  1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
]);

/** 10 ** n, exact, for n up to 22. */
// @ts-ignore: decorator
@inline export function exactPower(n: i32): f64 {
  return load<f64>(EXACT_POWERS + (<usize>n << 3));
}

/** Code unit i of flat string data. */
// @ts-ignore: decorator
@inline export function unitAt(data: usize, two: bool, i: i32): u32 {
  return two ? <u32>load<u16>(data + (<usize>i << 1)) : <u32>load<u8>(data + <usize>i);
}

// @ts-ignore: decorator
@inline function isDigit(c: u32): bool {
  return c - 48 < 10;
}

/** Where the last parseDecimal stopped. */
export function parseEnd(): i32 {
  return load<i32>(END);
}

/**
 * Parses the longest prefix of units [from, to) that is a StrDecimalLiteral (sign, Infinity, digits, point, exponent).
 * parseEnd() is the index after it; when there is none it is `from` and the result NaN.
 */
export function parseDecimal(data: usize, two: bool, from: i32, to: i32): f64 {
  store<i32>(END, from);
  let i = from;
  let negative = false;
  if (i < to) {
    const c = unitAt(data, two, i);
    if (c == 43 || c == 45) {
      negative = c == 45;
      i++;
    }
  }
  if (i < to && unitAt(data, two, i) == 73) {
    if (to - i < 8) return NaN;
    const infinity = memory.data<u8>([73, 110, 102, 105, 110, 105, 116, 121]);
    for (let j = 0; j < 8; j++) if (unitAt(data, two, i + j) != <u32>load<u8>(infinity + j)) return NaN;
    store<i32>(END, i + 8);
    return negative ? -Infinity : Infinity;
  }
  // Up to 19 significant digits in `mantissa`; value = mantissa * 10^exponent, plus a little when `more`.
  let mantissa: u64 = 0;
  let significant = 0;
  let exponent = 0;
  let any = false;
  let more = false;
  let firstDigit = -1;
  let c: u32 = 0;
  while (i < to && isDigit((c = unitAt(data, two, i)))) {
    any = true;
    if (significant < 19) {
      mantissa = mantissa * 10 + (c - 48);
      if (mantissa != 0) {
        if (significant == 0) firstDigit = i;
        significant++;
      }
    } else {
      exponent++;
      if (c != 48) more = true;
    }
    i++;
  }
  if (i < to && unitAt(data, two, i) == 46) {
    let j = i + 1;
    while (j < to && isDigit((c = unitAt(data, two, j)))) {
      any = true;
      if (significant < 19) {
        mantissa = mantissa * 10 + (c - 48);
        exponent--;
        if (mantissa != 0) {
          if (significant == 0) firstDigit = j;
          significant++;
        }
      } else if (c != 48) more = true;
      j++;
    }
    if (any) i = j;
  }
  if (!any) return NaN;
  let shown = 0;
  const digitsEnd = i;
  if (i < to && (unitAt(data, two, i) | 32) == 101) {
    let j = i + 1;
    let down = false;
    if (j < to && ((c = unitAt(data, two, j)) == 43 || c == 45)) {
      down = c == 45;
      j++;
    }
    if (j < to && isDigit(unitAt(data, two, j))) {
      while (j < to && isDigit((c = unitAt(data, two, j)))) {
        if (shown < 100000000) shown = shown * 10 + <i32>(c - 48);
        j++;
      }
      if (down) shown = -shown;
      i = j;
    }
  }
  store<i32>(END, i);
  if (mantissa == 0) return negative ? -0.0 : 0.0;
  const x = convert(mantissa, exponent + shown, more, data, two, firstDigit, digitsEnd);
  return negative ? -x : x;
}

function convert(mantissa: u64, exponent: i32, more: bool, data: usize, two: bool, firstDigit: i32, digitsEnd: i32): f64 {
  if (!more) {
    if (mantissa <= 9007199254740992) {
      if (exponent == 0) return <f64>mantissa;
      if (exponent > 0 && exponent <= 22) return <f64>mantissa * load<f64>(EXACT_POWERS + (<usize>exponent << 3));
      if (exponent < 0 && exponent >= -22) return <f64>mantissa / load<f64>(EXACT_POWERS + (<usize>-exponent << 3));
    }
  }
  if (exponent > 310) return Infinity;
  if (exponent < -345) return 0;
  let x = eiselLemire(mantissa, exponent);
  // A cut mantissa is right when the next one up gives the same double.
  if (more && x >= 0 && eiselLemire(mantissa + 1, exponent) != x) x = -1;
  return x >= 0 ? x : convertExactly(data, two, firstDigit, digitsEnd, exponent);
}

/** -1 when it cannot tell. */
function eiselLemire(mantissa: u64, exponent: i32): f64 {
  if (exponent < POWER_MIN || exponent > POWER_MAX) return -1;
  const shift = clz(mantissa);
  const man = mantissa << shift;
  let biased = ((217706 * exponent) >> 16) + 64 + 1023 - <i32>shift;
  const entry = POWERS_OF_TEN + (<usize>(exponent - POWER_MIN) << 4);
  const powerHigh = load<u64>(entry);
  let high = multiplyHigh(man, powerHigh);
  let low = man * powerHigh;
  if ((high & 0x1ff) == 0x1ff && low + man < man) {
    const powerLow = load<u64>(entry, 8);
    const yHigh = multiplyHigh(man, powerLow);
    const yLow = man * powerLow;
    let mergedHigh = high;
    const mergedLow = low + yHigh;
    if (mergedLow < low) mergedHigh++;
    if ((mergedHigh & 0x1ff) == 0x1ff && mergedLow + 1 == 0 && yLow + man < man) return -1;
    high = mergedHigh;
    low = mergedLow;
  }
  const top = high >>> 63;
  let significand = high >>> (top + 9);
  biased -= <i32>(1 ^ top);
  // Exactly half way, as far as the truncated product shows.
  if (low == 0 && (high & 0x1ff) == 0 && (significand & 3) == 1) return -1;
  significand += significand & 1;
  significand >>>= 1;
  if (significand >>> 53 != 0) {
    significand >>>= 1;
    biased++;
  }
  // Subnormals and overflow go the exact way.
  if (biased < 1 || biased > 2046) return -1;
  return reinterpret<f64>((<u64>biased << 52) | (significand & 0xfffffffffffff));
}

/** The exact quotient of integers. The first 19 digits (or all) from firstDigit on, as an integer, are to be multiplied by 10^exponent. */
function convertExactly(data: usize, two: bool, firstDigit: i32, digitsEnd: i32, exponent: i32): f64 {
  let n = 0;
  let digits = 0;
  let sticky = false;
  let chunk: u32 = 0;
  let chunkDigits = 0;
  let scale: u32 = 1;
  for (let i = firstDigit; i < digitsEnd; i++) {
    const c = unitAt(data, two, i);
    if (c == 46) continue;
    if (digits == MAX_DIGITS) {
      if (c != 48) sticky = true;
      continue;
    }
    digits++;
    chunk = chunk * 10 + (c - 48);
    scale *= 10;
    if (++chunkDigits == 9) {
      n = limbsMulAddSmall(NUMERATOR, n, scale, chunk);
      chunk = 0;
      chunkDigits = 0;
      scale = 1;
    }
  }
  exponent -= max(0, digits - 19);
  if (chunkDigits > 0) n = limbsMulAddSmall(NUMERATOR, n, scale, chunk);
  if (exponent >= 0) {
    n = limbsMulPow10(NUMERATOR, n, exponent);
    return limbsToF64(NUMERATOR, n, 0, sticky);
  }
  setLimb(DENOMINATOR, 0, 1);
  let dn = limbsMulPow10(DENOMINATOR, 1, -exponent);
  // Scale the numerator so that the quotient has 64 to 66 bits, then the rest is only "sticky".
  const up = max(0, limbsBitLength(DENOMINATOR, dn) - limbsBitLength(NUMERATOR, n) + 65);
  n = limbsShiftLeft(NUMERATOR, NUMERATOR, n, up);
  let shift = dn == 1 ? 32 : 0;
  const normal = shift + <i32>clz(limb(DENOMINATOR, dn - 1));
  dn = limbsShiftLeft(DENOMINATOR, DENOMINATOR, dn, normal);
  n = limbsShiftLeft(NUMERATOR, NUMERATOR, n, normal);
  if (limbsCompare(NUMERATOR, n, DENOMINATOR, dn) < 0) return limbsToF64(QUOTIENT, 0, 0, true);
  setLimb(NUMERATOR, n, 0);
  limbsDivide(QUOTIENT, NUMERATOR, n, DENOMINATOR, dn);
  const qn = limbsTrim(QUOTIENT, n - dn + 1);
  if (limbsTrim(NUMERATOR, dn) != 0) sticky = true;
  return limbsToF64(QUOTIENT, qn, -up, sticky);
}

/**
 * Doubles to decimal digits. Shortest round-trip digits by Schubfach (R. Giulietti, "The Schubfach way to render doubles", 2020; the
 * variant without a two-digit minimum, as in A. Bolz' Drachennest); fixed and precision forms exactly, by multi-precision integers.
 * Digits are left as ASCII bytes in a static buffer; callers lay them out.
 */
import { limb, limbsAdd, limbsBit, limbsCompare, limbsFromU64, limbsMulPow10, limbsShiftLeft, limbsShiftRight, limbsToDecimal, limbsTrim, limbsDivide, setLimb } from "./limbs";
import { POWERS_OF_TEN, POWER_MIN } from "./tables/powers";

/** Digits of the last conversion, and its scratch integers: results do not outlive the native that asked for them. */
const BUFFER: usize = memory.data(1280, 8);
const BUFFER_END: usize = BUFFER + 1264;
const A: usize = memory.data(1024, 8);
const B: usize = memory.data(1024, 8);
const RESULT: usize = memory.data(16, 8);

/** Address of the first digit of the last result. */
export function digitsStart(): usize {
  return load<u32>(RESULT);
}
/** How many digits; none for zero in the fixed form. */
export function digitsCount(): i32 {
  return load<i32>(RESULT, 4);
}
/** The decimal point stands after this many digits (may be negative or greater than the count). */
export function digitsPoint(): i32 {
  return load<i32>(RESULT, 8);
}
function setDigits(start: usize, count: i32, point: i32): void {
  store<u32>(RESULT, <u32>start);
  store<i32>(RESULT, count, 4);
  store<i32>(RESULT, point, 8);
}

/** High 64 bits of the product. */
export function multiplyHigh(a: u64, b: u64): u64 {
  const a0 = a & 0xffffffff;
  const a1 = a >>> 32;
  const b0 = b & 0xffffffff;
  const b1 = b >>> 32;
  const m = a1 * b0 + ((a0 * b0) >>> 32);
  return a1 * b1 + (m >>> 32) + (((m & 0xffffffff) + a0 * b1) >>> 32);
}

// @ts-ignore: decorator
@inline function roundToOdd(g1: u64, g0: u64, cp: u64): u64 {
  const x1 = multiplyHigh(g0, cp);
  const y0 = g1 * cp;
  const y1 = multiplyHigh(g1, cp);
  const mid = y0 + x1;
  const carry: u64 = mid < y0 ? 1 : 0;
  return (y1 + carry) | (mid > 1 ? 1 : 0);
}

/** Writes the digits of v > 0 so that they end at BUFFER_END, without trailing zeros; value = v * 10^exponent. */
function putInteger(v: u64, exponent: i32): void {
  let end = BUFFER_END;
  // 64-bit division is dear on 32-bit hosts; two halves of nine digits do most of it in 32 bits.
  while (v >= 1000000000) {
    const q = v / 1000000000;
    let r = <u32>(v - q * 1000000000);
    v = q;
    for (let i = 0; i < 9; i++) {
      store<u8>(--end, <u8>(48 + (r % 10)));
      r /= 10;
    }
  }
  let r = <u32>v;
  while (r != 0) {
    store<u8>(--end, <u8>(48 + (r % 10)));
    r /= 10;
  }
  const count = <i32>(BUFFER_END - end);
  let last = count;
  while (load<u8>(end + last - 1) == 48) last--;
  setDigits(end, last, count + exponent);
}

/** Shortest digits that read back as x; x finite and > 0. */
export function shortestDigits(x: f64): void {
  const bits = reinterpret<u64>(x);
  const fraction = bits & 0xfffffffffffff;
  const biased = <i32>(bits >>> 52);
  let c: u64;
  let q: i32;
  if (biased != 0) {
    c = fraction | 0x10000000000000;
    q = biased - 1075;
    if (q <= 0 && q > -53) {
      const whole = c >>> -q;
      if (whole << -q == c) return putInteger(whole, 0);
    }
  } else {
    c = fraction;
    q = -1074;
  }
  const even = (c & 1) == 0;
  const lowerCloser = fraction == 0 && biased > 1;
  const cbl = 4 * c - 2 + u64(lowerCloser);
  const cb = 4 * c;
  const cbr = 4 * c + 2;
  // floor(log10(2^q)), or of 3/4 2^q.
  const k = (q * 1262611 - (lowerCloser ? 524031 : 0)) >> 22;
  const h = q + ((-k * 1741647) >> 19) + 1;
  const entry = POWERS_OF_TEN + (<usize>(-k - POWER_MIN) << 4);
  // Schubfach wants the power rounded up; the table is truncated, and exact for 10^0 to 10^55.
  let g1 = load<u64>(entry);
  let g0 = load<u64>(entry, 8);
  if (-k < 0 || -k > 55) {
    g0++;
    if (g0 == 0) g1++;
  }
  const lower = roundToOdd(g1, g0, cbl << h) + (even ? 0 : 1);
  const v = roundToOdd(g1, g0, cb << h);
  const upper = roundToOdd(g1, g0, cbr << h) - (even ? 0 : 1);
  const s = v >>> 2;
  if (s >= 10) {
    const sp = s / 10;
    const down = lower <= 40 * sp;
    const up = 40 * sp + 40 <= upper;
    if (down != up) return putInteger(sp + u64(up), k + 1);
  }
  const down = lower <= 4 * s;
  const up = 4 * s + 4 <= upper;
  if (down != up) return putInteger(s + u64(up), k);
  const middle = 4 * s + 2;
  putInteger(s + u64(v > middle || (v == middle && (s & 1) != 0)), k);
}

/** A = significand of x as limbs; returns the binary exponent; the length is limbsTrim(A, 2). */
function decompose(x: f64): i32 {
  const bits = reinterpret<u64>(x);
  const biased = <i32>((bits >>> 52) & 0x7ff);
  const fraction = bits & 0xfffffffffffff;
  limbsFromU64(A, biased != 0 ? fraction | 0x10000000000000 : fraction);
  return biased != 0 ? biased - 1075 : -1074;
}

/** Digits of the integer nearest to x * 10^digits, ties up; 0 <= x < 1e21 finite, 0 <= digits <= 100. */
export function fixedDigits(x: f64, digits: i32): void {
  const e = decompose(x);
  let n = limbsMulPow10(A, limbsTrim(A, 2), digits);
  if (e >= 0) {
    n = limbsShiftLeft(A, A, n, e);
  } else {
    const up = limbsBit(A, n, -e - 1);
    n = limbsShiftRight(A, A, n, -e);
    if (up) {
      setLimb(B, 0, 1);
      n = limbsAdd(A, A, n, B, 1);
    }
  }
  const start = limbsToDecimal(A, n, BUFFER_END);
  const count = <i32>(BUFFER_END - start);
  setDigits(start, count, count - digits);
}

/** The `precision` (1 to 101) digits nearest to x, ties up; x finite and > 0. */
export function precisionDigits(x: f64, precision: i32): void {
  // The shortest digits give the decimal exponent, unless they round x up to a power of ten: then x may lie just below it.
  shortestDigits(x);
  let point = digitsPoint();
  if (digitsCount() == 1 && load<u8>(digitsStart()) == 49) point--;
  scaledInteger(x, precision - point);
  if (digitsCount() > precision) scaledInteger(x, precision - ++point);
  setDigits(digitsStart(), precision, point);
}

/** Digits of round(x * 10^scale), ties up. */
function scaledInteger(x: f64, scale: i32): void {
  const e = decompose(x);
  let n = limbsTrim(A, 2);
  if (scale >= 0) {
    n = limbsMulPow10(A, n, scale);
    if (e >= 0) {
      n = limbsShiftLeft(A, A, n, e);
    } else {
      const up = limbsBit(A, n, -e - 1);
      n = limbsShiftRight(A, A, n, -e);
      if (up) {
        setLimb(B, 0, 1);
        n = limbsAdd(A, A, n, B, 1);
      }
    }
    const start = limbsToDecimal(A, n, BUFFER_END);
    setDigits(start, <i32>(BUFFER_END - start), 0);
    return;
  }
  // floor((2 x + d) / 2d) with d = 10^-scale; x is an integer times 2^e here only when e >= 0, else x < 2^53 is still handled exactly.
  setLimb(B, 0, 1);
  let bn = limbsMulPow10(B, 1, -scale);
  if (e >= 0) n = limbsShiftLeft(A, A, n, e + 1);
  else {
    bn = limbsShiftLeft(B, B, bn, -e);
    n = limbsShiftLeft(A, A, n, 1);
  }
  n = limbsAdd(A, A, n, B, bn);
  bn = limbsShiftLeft(B, B, bn, 1);
  if (bn == 1) {
    // limbsDivide wants two limbs.
    n = limbsShiftLeft(A, A, n, 32);
    bn = limbsShiftLeft(B, B, bn, 32);
  }
  if (limbsCompare(A, n, B, bn) < 0) {
    setDigits(BUFFER_END, 0, 0);
    return;
  }
  const shift = <i32>clz(limb(B, bn - 1));
  bn = limbsShiftLeft(B, B, bn, shift);
  n = limbsShiftLeft(A, A, n, shift);
  setLimb(A, n, 0);
  const quotient = BUFFER;
  limbsDivide(quotient, A, n, B, bn);
  const qn = limbsTrim(quotient, n - bn + 1);
  const start = limbsToDecimal(quotient, qn, BUFFER_END);
  setDigits(start, <i32>(BUFFER_END - start), 0);
}


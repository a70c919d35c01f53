/**
 * BigInt (ECMA-262, 6.1.6.2). Cell: flag NEGATIVE, +4 count of u32 limbs (no leading zero limbs; zero has none and no sign), +8 limbs,
 * little-endian. Arithmetic on magnitudes is in limbs.ts; bitwise operators work on two's complement taken limb by limb.
 */
import { Value, UNDEFINED, EXCEPTION, fromBigInt, fromBool, fromF64, fromInt, fromString, isBigInt, isInt, asInt, numberOf, ptrOf } from "../value";
import { KIND_BIGINT } from "../generated/kinds";
import { OP_ADD, OP_SUB, OP_MUL, OP_DIV, OP_MOD, OP_EXP, OP_BAND, OP_BOR, OP_BXOR, OP_SHL, OP_SHR } from "../generated/opcodes";
import { allocate, tryAllocate, flagsOf, setFlags, rawAlloc, rawFree, MAX_SMALL } from "../heap";
import { flatten, isTwoByte, newString8, strLength, stringData, singleChar } from "../string";
import { throwRangeError, throwTypeError } from "../errors";
import { exceptionFlags } from "../state";
import { spend } from "../interrupt";
import { arg } from "./args";
import { isSpace } from "./number";
import { unitAt } from "./strtod";
import {
  LARGE, limb, setLimb, limbsAdd, limbsAnyLowBits, limbsBit, limbsBitLength, limbsCompare, limbsDivide, limbsDivSmall, limbsFromU64, limbsMulAddSmall, limbsMulSchool,
  limbsShiftLeft, limbsShiftRight, limbsSub, limbsToF64, limbsTrim,
} from "./limbs";

const NEGATIVE: u32 = 1;
/** 2^24 bits: half a million limbs. V8 allows 2^30; nothing that answers a request needs that. */
const MAX_LIMBS: i32 = 1 << 19;
const DATA: usize = 8;
const KARATSUBA: i32 = 40;

// @ts-ignore: decorator
@inline function count(a: usize): i32 {
  return load<i32>(a, 4);
}
// @ts-ignore: decorator
@inline function data(a: usize): usize {
  return a + DATA;
}
// @ts-ignore: decorator
@inline export function isNegative(a: usize): bool {
  return (flagsOf(a) & NEGATIVE) != 0;
}
export function isZero(a: usize): bool {
  return count(a) == 0;
}

/** Room for n limbs, all zero; 0 with a RangeError. */
function make(n: i32): usize {
  if (n > MAX_LIMBS + 2) {
    throwRangeError("Maximum BigInt size exceeded");
    return 0;
  }
  const bytes = <i32>DATA + (n << 2);
  const a = bytes <= MAX_SMALL ? allocate(bytes, KIND_BIGINT) : tryAllocate(bytes, KIND_BIGINT);
  if (a != 0) store<i32>(a, n, 4);
  return a;
}
/** Sets sign and trimmed length; 0 with a RangeError when it is over the limit. */
function finish(a: usize, n: i32, negative: bool): usize {
  n = limbsTrim(data(a), n);
  if (n > MAX_LIMBS) {
    throwRangeError("Maximum BigInt size exceeded");
    return 0;
  }
  store<i32>(a, n, 4);
  setFlags(a, negative && n > 0 ? NEGATIVE : 0);
  return a;
}

export function bigintFromI64(v: i64): usize {
  const a = make(2);
  const negative = v < 0;
  return finish(a, limbsFromU64(data(a), negative ? <u64>-v : <u64>v), negative);
}
export function bigintFromU64(v: u64): usize {
  const a = make(2);
  return finish(a, limbsFromU64(data(a), v), false);
}
/** The value modulo 2^64. */
export function bigintToU64(a: usize): u64 {
  const n = count(a);
  let v: u64 = n > 0 ? <u64>limb(data(a), 0) : 0;
  if (n > 1) v |= <u64>limb(data(a), 1) << 32;
  return isNegative(a) ? 0 - v : v;
}
/** An integral double. */
export function bigintFromF64(x: f64): usize {
  const negative = x < 0;
  const bits = reinterpret<u64>(Math.abs(x));
  const exponent = <i32>(bits >>> 52) - 1075;
  let significand = (bits & 0xfffffffffffff) | 0x10000000000000;
  if (x == 0) return finish(make(0), 0, false);
  if (exponent <= 0) {
    const a = make(2);
    return finish(a, limbsFromU64(data(a), exponent < -63 ? 0 : significand >>> -exponent), negative);
  }
  const a = make(2 + (exponent >>> 5) + 2);
  const n = limbsFromU64(data(a), significand);
  return finish(a, limbsShiftLeft(data(a), data(a), n, exponent), negative);
}
export function bigintToF64(a: usize): f64 {
  const x = limbsToF64(data(a), count(a), 0, false);
  return isNegative(a) ? -x : x;
}

// Signed arithmetic

function addSigned(a: usize, aNegative: bool, b: usize, bNegative: bool): usize {
  const an = count(a);
  const bn = count(b);
  if (aNegative == bNegative) {
    const r = make(max(an, bn) + 1);
    return r == 0 ? 0 : finish(r, limbsAdd(data(r), data(a), an, data(b), bn), aNegative);
  }
  const order = limbsCompare(data(a), an, data(b), bn);
  const r = make(max(an, bn));
  if (r == 0) return 0;
  if (order == 0) return finish(r, 0, false);
  if (order > 0) return finish(r, limbsSub(data(r), data(a), an, data(b), bn), aNegative);
  return finish(r, limbsSub(data(r), data(b), bn, data(a), an), bNegative);
}

/** dst (2n limbs) = a * b, n limbs each; scratch: 4n + 64 limbs. Karatsuba (1962). False when the turn's time is up. */
function multiply(dst: usize, a: usize, b: usize, n: i32, scratch: usize): bool {
  if (n < KARATSUBA) {
    limbsMulSchool(dst, a, n, b, n);
    return true;
  }
  if (n > LARGE && n <= LARGE << 1 && !spend(n << 5)) return false;
  // a = a1 B + a0 with a0 of `low` limbs; the middle term is (a0 + a1)(b0 + b1) - a0 b0 - a1 b1.
  const low = (n + 1) >>> 1;
  const high = n - low;
  const a1 = a + (<usize>low << 2);
  const b1 = b + (<usize>low << 2);
  const top = dst + (<usize>low << 3);
  if (!multiply(dst, a, b, low, scratch) || !multiply(top, a1, b1, high, scratch)) return false;
  const m = low + 1;
  const sumA = scratch;
  const sumB = sumA + (<usize>m << 2);
  const middle = sumB + (<usize>m << 2);
  setLimb(sumA, low, 0);
  setLimb(sumB, low, 0);
  limbsAdd(sumA, a, low, a1, high);
  limbsAdd(sumB, b, low, b1, high);
  if (!multiply(middle, sumA, sumB, m, middle + (<usize>m << 3))) return false;
  let length = m << 1;
  subtractFrom(middle, length, dst, low << 1);
  subtractFrom(middle, length, top, high << 1);
  length = limbsTrim(middle, length);
  addInto(dst + (<usize>low << 2), n + high, middle, length);
  return true;
}
/** a (an limbs) -= b (bn <= an limbs); the result is not negative. */
function subtractFrom(a: usize, an: i32, b: usize, bn: i32): void {
  let borrow: i64 = 0;
  for (let i = 0; i < an && (i < bn || borrow != 0); i++) {
    borrow += <i64>limb(a, i) - (i < bn ? <i64>limb(b, i) : 0);
    setLimb(a, i, <u32>borrow);
    borrow >>= 32;
  }
}
/** a (an limbs) += b (bn limbs); it fits. */
function addInto(a: usize, an: i32, b: usize, bn: i32): void {
  let carry: u64 = 0;
  for (let i = 0; i < an && (i < bn || carry != 0); i++) {
    carry += <u64>limb(a, i) + (i < bn ? <u64>limb(b, i) : 0);
    setLimb(a, i, <u32>carry);
    carry >>= 32;
  }
}

function product(a: usize, b: usize): usize {
  if (count(a) < count(b)) {
    const t = a;
    a = b;
    b = t;
  }
  const an = count(a);
  const bn = count(b);
  const negative = isNegative(a) != isNegative(b);
  const r = make(an + bn);
  if (r == 0) return 0;
  if (bn < KARATSUBA) {
    limbsMulSchool(data(r), data(a), an, data(b), bn);
    return finish(r, an + bn, negative);
  }
  // Slices of a as long as b, each by Karatsuba.
  const space = rawAlloc((bn * 10 + 256) << 2);
  if (space == 0) {
    throwRangeError("Out of memory: the heap limit is reached");
    return 0;
  }
  const part = space;
  const slice = part + (<usize>bn << 3);
  const scratch = slice + (<usize>bn << 2);
  for (let at = 0; at < an; at += bn) {
    const n = min(bn, an - at);
    memory.fill(slice, 0, <usize>bn << 2);
    memory.copy(slice, data(a) + (<usize>at << 2), <usize>n << 2);
    if (!multiply(part, slice, data(b), bn, scratch)) {
      rawFree(space);
      return 0;
    }
    addInto(data(r) + (<usize>at << 2), an + bn - at, part, limbsTrim(part, bn << 1));
  }
  rawFree(space);
  return finish(r, an + bn, negative);
}

/** Quotient (truncating) or remainder (sign of a); b is not zero. */
function divide(a: usize, b: usize, remainder: bool): usize {
  const an = count(a);
  const bn = count(b);
  if (limbsCompare(data(a), an, data(b), bn) < 0) return remainder ? a : finish(make(0), 0, false);
  if (bn == 1) {
    const q = make(an);
    if (q == 0) return 0;
    memory.copy(data(q), data(a), <usize>an << 2);
    const r = limbsDivSmall(data(q), an, limb(data(b), 0));
    if (!remainder) return finish(q, an, isNegative(a) != isNegative(b));
    const m = make(1);
    setLimb(data(m), 0, r);
    return finish(m, 1, isNegative(a));
  }
  const u = make(an + 2);
  const v = make(bn + 1);
  const q = make(an - bn + 2);
  if (u == 0 || v == 0 || q == 0) return 0;
  const shift = <i32>clz(limb(data(b), bn - 1));
  const un = limbsShiftLeft(data(u), data(a), an, shift);
  limbsShiftLeft(data(v), data(b), bn, shift);
  setLimb(data(u), un, 0);
  if (!limbsDivide(remainder ? 0 : data(q), data(u), un, data(v), bn)) return 0;
  if (!remainder) return finish(q, un - bn + 1, isNegative(a) != isNegative(b));
  const rn = limbsTrim(data(u), bn);
  return finish(u, limbsShiftRight(data(u), data(u), rn, shift), isNegative(a));
}

function exponentiate(a: usize, b: usize): usize {
  if (isNegative(b)) {
    throwRangeError("Exponent must be non-negative");
    return 0;
  }
  if (count(b) == 0) return bigintFromU64(1);
  if (count(a) == 0 || (count(a) == 1 && limb(data(a), 0) == 1)) {
    // 0, 1, -1
    return isNegative(a) && (limb(data(b), 0) & 1) == 0 ? bigintFromU64(1) : a;
  }
  if (count(b) > 1 || limb(data(b), 0) > <u32>MAX_LIMBS << 5) {
    throwRangeError("Maximum BigInt size exceeded");
    return 0;
  }
  let n = limb(data(b), 0);
  const bits = <i64>limbsBitLength(data(a), count(a));
  if ((bits - 1) * <i64>n > <i64>MAX_LIMBS << 5) {
    throwRangeError("Maximum BigInt size exceeded");
    return 0;
  }
  let result: usize = 0;
  let factor = a;
  while (true) {
    if (n & 1) {
      result = result == 0 ? factor : product(result, factor);
      if (result == 0) return 0;
    }
    n >>>= 1;
    if (n == 0) return result;
    factor = product(factor, factor);
    if (factor == 0) return 0;
  }
}

/** a * 2^bits, floor; bits may be negative. */
function shift(a: usize, bits: i64): usize {
  const n = count(a);
  if (n == 0 || bits == 0) return a;
  if (bits > 0) {
    if (bits > <i64>MAX_LIMBS << 5) {
      throwRangeError("Maximum BigInt size exceeded");
      return 0;
    }
    const r = make(n + <i32>(bits >>> 5) + 1);
    return r == 0 ? 0 : finish(r, limbsShiftLeft(data(r), data(a), n, <i32>bits), isNegative(a));
  }
  const negative = isNegative(a);
  const down = -bits >= <i64>n << 5 ? n << 5 : <i32>-bits;
  const lost = negative && limbsAnyLowBits(data(a), n, down);
  const r = make(max(n - (down >>> 5), 0) + 1);
  if (r == 0) return 0;
  let m = limbsShiftRight(data(r), data(a), n, down);
  if (lost) {
    // Floor of a negative: one further from zero.
    m = limbsMulAddSmall(data(r), m, 1, 1);
  }
  return finish(r, m, negative);
}
/** Shift count of a BigInt: saturated. */
function shiftCount(b: usize): i64 {
  if (count(b) > 1) return isNegative(b) ? -0x7fffffff0 : 0x7fffffff0;
  const n = count(b) == 0 ? 0 : <i64>limb(data(b), 0);
  return isNegative(b) ? -n : n;
}

/** Limb i of the two's complement of an integer; `carry` is 1 for the first limb of a negative one and then follows from the limbs below. */
// @ts-ignore: decorator
@inline function complementLimb(x: u32, negative: bool, carry: u32): u32 {
  return negative ? ~x + carry : x;
}

function bitwise(opcode: i32, a: usize, b: usize): usize {
  const an = count(a);
  const bn = count(b);
  const aNegative = isNegative(a);
  const bNegative = isNegative(b);
  const n = max(an, bn) + 1;
  const r = make(n);
  if (r == 0) return 0;
  const negative = opcode == OP_BAND ? aNegative && bNegative : opcode == OP_BOR ? aNegative || bNegative : aNegative != bNegative;
  let aCarry: u32 = 1;
  let bCarry: u32 = 1;
  let rCarry: u32 = 1;
  for (let i = 0; i < n; i++) {
    const x0 = i < an ? limb(data(a), i) : 0;
    const y0 = i < bn ? limb(data(b), i) : 0;
    const x = complementLimb(x0, aNegative, aCarry);
    const y = complementLimb(y0, bNegative, bCarry);
    if (x0 != 0) aCarry = 0;
    if (y0 != 0) bCarry = 0;
    const z = opcode == OP_BAND ? x & y : opcode == OP_BOR ? x | y : x ^ y;
    const w = complementLimb(z, negative, rCarry);
    if (z != 0) rCarry = 0;
    setLimb(data(r), i, w);
  }
  return finish(r, n, negative);
}

/** The value modulo 2^bits, as unsigned or two's complement. */
function wrap(a: usize, bits: f64, signed: bool): usize {
  if (bits == 0) return finish(make(0), 0, false);
  const n = count(a);
  const negative = isNegative(a);
  const length = limbsBitLength(data(a), n);
  if (bits > <f64>length) {
    // It fits, unless negative values must become unsigned.
    if (!negative || signed) return a;
  }
  if (bits > <f64>(MAX_LIMBS << 5)) {
    throwRangeError("Maximum BigInt size exceeded");
    return 0;
  }
  const width = <i32>bits;
  const words = (width + 31) >>> 5;
  const r = make(words + 1);
  if (r == 0) return 0;
  let carry: u32 = 1;
  for (let i = 0; i < words; i++) {
    const x = i < n ? limb(data(a), i) : 0;
    setLimb(data(r), i, complementLimb(x, negative, carry));
    if (x != 0) carry = 0;
  }
  const rest: u32 = width & 31;
  if (rest != 0) setLimb(data(r), words - 1, limb(data(r), words - 1) & ((1 << rest) - 1));
  if (!signed || !limbsBit(data(r), words, width - 1)) return finish(r, words, false);
  // Negative: 2^bits - r.
  carry = 1;
  for (let i = 0; i < words; i++) {
    const x = limb(data(r), i);
    setLimb(data(r), i, complementLimb(x, true, carry));
    if (x != 0) carry = 0;
  }
  if (rest != 0) setLimb(data(r), words - 1, limb(data(r), words - 1) & ((1 << rest) - 1));
  // -2^(bits-1) itself wraps to 0 only when the mask dropped it: then the magnitude is 2^(bits-1), which still fits in `width` bits.
  return finish(r, words, true);
}

// Text

/** Decimal or other radix; 0 with a RangeError when the text is too long. */
export function bigintToString(a: usize, radix: i32): usize {
  const n = count(a);
  if (n == 0) return singleChar(48);
  const negative = isNegative(a);
  const bits = limbsBitLength(data(a), n);
  // Digits at most: bits / floor(log2 radix) and one.
  const perDigit = 31 - <i32>clz(radix);
  const most = bits / perDigit + 2;
  const space = rawAlloc(most + (n << 2) + 16);
  if (space == 0) {
    throwRangeError("Out of memory: the heap limit is reached");
    return 0;
  }
  const limbs = space;
  let end = space + (<usize>n << 2) + <usize>most;
  const last = end;
  memory.copy(limbs, data(a), <usize>n << 2);
  if ((radix & (radix - 1)) == 0) {
    for (let at = 0; at < bits; at += perDigit) {
      let digit = 0;
      for (let j = perDigit - 1; j >= 0; j--) digit = (digit << 1) | (limbsBit(limbs, n, at + j) ? 1 : 0);
      store<u8>(--end, <u8>(digit < 10 ? 48 + digit : 87 + digit));
    }
  } else {
    // Chunks: the greatest power of the radix below 2^32.
    let chunk: u32 = radix;
    let digits = 1;
    while (<u64>chunk * <u64>radix <= 0xffffffff) {
      chunk *= radix;
      digits++;
    }
    let m = n;
    while (m > 0) {
      if (m > LARGE && !spend(m)) {
        rawFree(space);
        return 0;
      }
      let part = limbsDivSmall(limbs, m, chunk);
      m = limbsTrim(limbs, m);
      for (let i = 0; i < digits; i++) {
        if (m == 0 && part == 0) break;
        const digit = part % radix;
        part /= radix;
        store<u8>(--end, <u8>(digit < 10 ? 48 + digit : 87 + digit));
      }
    }
  }
  if (negative) store<u8>(--end, 45);
  const length = <i32>(last - end);
  const s = newString8(length);
  if (s != 0) memory.copy(stringData(s), end, <usize>length);
  rawFree(space);
  return s;
}

/** Digits [from, to) in a radix; 0 when one is no digit (no exception) or the number is too large (RangeError). */
function parseDigits(text: usize, two: bool, from: i32, to: i32, radix: i32, negative: bool): usize {
  const bitsPerDigit = radix == 10 ? 4 : radix == 16 ? 4 : radix == 8 ? 3 : 1;
  const r = make(<i32>((<i64>(to - from) * bitsPerDigit + 31) >>> 5) + 1);
  if (r == 0) return 0;
  let n = 0;
  let chunk: u32 = 0;
  let scale: u32 = 1;
  for (let i = from; i < to; i++) {
    const c = unitAt(text, two, i);
    const l = c | 32;
    const digit = c - 48 < 10 ? <i32>(c - 48) : c < 128 && l - 97 < 26 ? <i32>(l - 87) : 99;
    if (digit >= radix) return 0;
    if (<u64>scale * <u64>radix > 0xffffffff) {
      if (n > LARGE && !spend(n >>> 1)) return 0;
      n = limbsMulAddSmall(data(r), n, scale, chunk);
      chunk = 0;
      scale = 1;
    }
    chunk = chunk * radix + digit;
    scale *= radix;
  }
  n = limbsMulAddSmall(data(r), n, scale, chunk);
  return finish(r, n, negative);
}

/** StringToBigInt (7.1.14): 0 when the string is no StringIntegerLiteral (then no exception is pending) or too large (RangeError). */
export function parseBigIntString(s: usize): usize {
  s = flatten(s);
  const text = stringData(s);
  const two = isTwoByte(s);
  let from = 0;
  let to = strLength(s);
  while (from < to && isSpace(unitAt(text, two, from))) from++;
  while (to > from && isSpace(unitAt(text, two, to - 1))) to--;
  if (from == to) return finish(make(0), 0, false);
  const c = unitAt(text, two, from);
  if (c == 48 && to - from > 2) {
    const letter = unitAt(text, two, from + 1) | 32;
    const radix = letter == 120 ? 16 : letter == 111 ? 8 : letter == 98 ? 2 : 0;
    if (radix != 0) return parseDigits(text, two, from + 2, to, radix, false);
  }
  const signed = c == 43 || c == 45;
  if (signed && to - from == 1) return 0;
  return parseDigits(text, two, signed ? from + 1 : from, to, 10, c == 45);
}

// Comparison

export function bigintEquals(a: usize, b: usize): bool {
  return isNegative(a) == isNegative(b) && limbsCompare(data(a), count(a), data(b), count(b)) == 0;
}
/** -1, 0, 1. */
export function bigintCompare(a: usize, b: usize): i32 {
  const aNegative = isNegative(a);
  if (aNegative != isNegative(b)) return aNegative ? -1 : 1;
  const order = limbsCompare(data(a), count(a), data(b), count(b));
  return aNegative ? -order : order;
}
/** -1, 0, 1; 2 when x is NaN. */
export function bigintCompareNumber(a: usize, x: f64): i32 {
  if (x != x) return 2;
  if (x == Infinity) return -1;
  if (x == -Infinity) return 1;
  const low = Math.floor(x);
  const order = bigintCompare(a, bigintFromF64(low));
  return order == 0 && low != x ? -1 : order;
}
/** Hash of the value, for Map and Set. */
export function bigintHash(a: usize): u32 {
  let h: u32 = flagsOf(a) & NEGATIVE;
  for (let i = 0, n = count(a); i < n; i++) h = rotl(h ^ (limb(data(a), i) * 0x9e3779b1), 5) * 0x85ebca6b;
  return h ^ (h >>> 16);
}

/** Binary operator on two BigInts: value, or EXCEPTION. */
export function bigintBinary(opcode: i32, a: usize, b: usize): Value {
  let r: usize = 0;
  switch (opcode) {
    case OP_ADD:
      r = addSigned(a, isNegative(a), b, isNegative(b));
      break;
    case OP_SUB:
      r = addSigned(a, isNegative(a), b, !isNegative(b));
      break;
    case OP_MUL:
      r = product(a, b);
      break;
    case OP_DIV:
    case OP_MOD:
      if (count(b) == 0) return throwRangeError("Division by zero");
      r = divide(a, b, opcode == OP_MOD);
      break;
    case OP_EXP:
      r = exponentiate(a, b);
      break;
    case OP_BAND:
    case OP_BOR:
    case OP_BXOR:
      r = bitwise(opcode, a, b);
      break;
    case OP_SHL:
      r = shift(a, shiftCount(b));
      break;
    case OP_SHR:
      r = shift(a, -shiftCount(b));
      break;
    default:
      return throwTypeError("BigInts have no unsigned right shift, use >> instead");
  }
  return r == 0 ? EXCEPTION : fromBigInt(r);
}

// Natives

// @ts-ignore: decorator
@inline function result(a: usize): Value {
  return a == 0 ? EXCEPTION : fromBigInt(a);
}
export function bigBinary(args: usize, argc: i32): Value {
  return bigintBinary(asInt(arg(args, argc, 0)), ptrOf(arg(args, argc, 1)), ptrOf(arg(args, argc, 2)));
}
function withSign(a: usize, negative: bool): usize {
  const n = count(a);
  const r = make(n);
  if (r == 0) return 0;
  memory.copy(data(r), data(a), <usize>n << 2);
  return finish(r, n, negative);
}
export function bigNegate(args: usize, argc: i32): Value {
  const a = ptrOf(arg(args, argc, 0));
  return result(withSign(a, !isNegative(a)));
}
function addSmall(a: usize, delta: i64): usize {
  const one = bigintFromI64(delta);
  return addSigned(a, isNegative(a), one, delta < 0);
}
/** ~a = -(a + 1) */
export function bigNot(args: usize, argc: i32): Value {
  const sum = addSmall(ptrOf(arg(args, argc, 0)), 1);
  return sum == 0 ? EXCEPTION : result(withSign(sum, !isNegative(sum)));
}
export function bigInc(args: usize, argc: i32): Value {
  return result(addSmall(ptrOf(arg(args, argc, 0)), 1));
}
export function bigDec(args: usize, argc: i32): Value {
  return result(addSmall(ptrOf(arg(args, argc, 0)), -1));
}
export function bigCompare(args: usize, argc: i32): Value {
  const a = arg(args, argc, 0);
  const b = arg(args, argc, 1);
  if (isBigInt(a) && isBigInt(b)) return fromInt(bigintCompare(ptrOf(a), ptrOf(b)));
  if (isBigInt(a)) {
    const order = bigintCompareNumber(ptrOf(a), numberOf(b));
    return order == 2 ? UNDEFINED : fromInt(order);
  }
  if (isBigInt(b)) {
    const order = bigintCompareNumber(ptrOf(b), numberOf(a));
    return order == 2 ? UNDEFINED : fromInt(-order);
  }
  const x = numberOf(a);
  const y = numberOf(b);
  return x < y ? fromInt(-1) : x > y ? fromInt(1) : x == y ? fromInt(0) : UNDEFINED;
}
export function bigToString(args: usize, argc: i32): Value {
  const s = bigintToString(ptrOf(arg(args, argc, 0)), max(2, min(36, asInt(arg(args, argc, 1)))));
  return s == 0 ? EXCEPTION : fromString(s);
}
export function bigFromString(args: usize, argc: i32): Value {
  const s = flatten(ptrOf(arg(args, argc, 0)));
  if (strLength(s) > MAX_LIMBS * 8) return throwRangeError("Maximum BigInt size exceeded");
  const a = parseBigIntString(s);
  if (a == 0) return exceptionFlags() & 1 ? EXCEPTION : UNDEFINED;
  return fromBigInt(a);
}
export function bigFromNumber(args: usize, argc: i32): Value {
  const v = arg(args, argc, 0);
  if (isInt(v)) return fromBigInt(bigintFromI64(asInt(v)));
  const x = numberOf(v);
  return x - x == 0 && Math.floor(x) == x ? fromBigInt(bigintFromF64(x)) : UNDEFINED;
}
export function bigToNumber(args: usize, argc: i32): Value {
  return fromF64(bigintToF64(ptrOf(arg(args, argc, 0))));
}
export function bigAsIntN(args: usize, argc: i32): Value {
  return result(wrap(ptrOf(arg(args, argc, 1)), numberOf(arg(args, argc, 0)), true));
}
export function bigAsUintN(args: usize, argc: i32): Value {
  return result(wrap(ptrOf(arg(args, argc, 1)), numberOf(arg(args, argc, 0)), false));
}

/**
 * Unsigned multi-precision integers as little-endian arrays of u32 limbs in linear memory: the arithmetic under BigInt and under the
 * exact paths of number formatting and parsing. Lengths are in limbs. Nothing here allocates; callers bring the space.
 * Algorithms: Knuth, The Art of Computer Programming, volume 2, 4.3.1.
 */
import { spend } from "../interrupt";

/** Limbs from which on rows of long operations look at the clock. */
export const LARGE: i32 = 256;

// @ts-ignore: decorator
@inline export function limb(p: usize, i: i32): u32 {
  return load<u32>(p + (<usize>i << 2));
}

// @ts-ignore: decorator
@inline export function setLimb(p: usize, i: i32, v: u32): void {
  store<u32>(p + (<usize>i << 2), v);
}

/** Length without leading zero limbs. */
export function limbsTrim(p: usize, n: i32): i32 {
  while (n > 0 && limb(p, n - 1) == 0) n--;
  return n;
}

/** Stores v; returns the length (0 to 2). */
export function limbsFromU64(p: usize, v: u64): i32 {
  setLimb(p, 0, <u32>v);
  setLimb(p, 1, <u32>(v >>> 32));
  return v == 0 ? 0 : v >>> 32 == 0 ? 1 : 2;
}

/** Number of bits of a trimmed integer. */
export function limbsBitLength(p: usize, n: i32): i32 {
  return n == 0 ? 0 : (n << 5) - <i32>clz(limb(p, n - 1));
}

export function limbsCompare(a: usize, an: i32, b: usize, bn: i32): i32 {
  if (an != bn) return an < bn ? -1 : 1;
  for (let i = an - 1; i >= 0; i--) {
    const x = limb(a, i);
    const y = limb(b, i);
    if (x != y) return x < y ? -1 : 1;
  }
  return 0;
}

/** p = p * m + carry in place; the new length. The space must hold one limb more. */
export function limbsMulAddSmall(p: usize, n: i32, m: u32, carry: u32): i32 {
  let c: u64 = carry;
  for (let i = 0; i < n; i++) {
    c += <u64>limb(p, i) * m;
    setLimb(p, i, <u32>c);
    c >>= 32;
  }
  if (c != 0) setLimb(p, n++, <u32>c);
  return n;
}

/** p = p * 10^e in place; the new length. */
export function limbsMulPow10(p: usize, n: i32, e: i32): i32 {
  while (e >= 9) {
    n = limbsMulAddSmall(p, n, 1000000000, 0);
    e -= 9;
  }
  let m: u32 = 1;
  while (e-- > 0) m *= 10;
  return m == 1 ? n : limbsMulAddSmall(p, n, m, 0);
}

/** p = floor(p / d) in place; returns the remainder. */
export function limbsDivSmall(p: usize, n: i32, d: u32): u32 {
  let r: u64 = 0;
  for (let i = n - 1; i >= 0; i--) {
    r = (r << 32) | <u64>limb(p, i);
    const q = r / d;
    setLimb(p, i, <u32>q);
    r -= q * d;
  }
  return <u32>r;
}

/** dst = src << bits; the new length; dst may be src or above it. dst needs n + bits / 32 + 1 limbs. */
export function limbsShiftLeft(dst: usize, src: usize, n: i32, bits: i32): i32 {
  if (n == 0) return 0;
  const words = bits >>> 5;
  const shift: u32 = bits & 31;
  if (shift == 0) {
    memory.copy(dst + (<usize>words << 2), src, <usize>n << 2);
    memory.fill(dst, 0, <usize>words << 2);
    return n + words;
  }
  let high = limb(src, n - 1) >>> (32 - shift);
  const length = n + words + (high != 0 ? 1 : 0);
  if (high != 0) setLimb(dst, n + words, high);
  for (let i = n - 1; i > 0; i--) setLimb(dst, i + words, (limb(src, i) << shift) | (limb(src, i - 1) >>> (32 - shift)));
  setLimb(dst, words, limb(src, 0) << shift);
  memory.fill(dst, 0, <usize>words << 2);
  return length;
}

/** dst = src >> bits, floor; the new length; dst may be src or below it. */
export function limbsShiftRight(dst: usize, src: usize, n: i32, bits: i32): i32 {
  const words = bits >>> 5;
  const shift: u32 = bits & 31;
  const length = n - words;
  if (length <= 0) return 0;
  if (shift == 0) {
    memory.copy(dst, src + (<usize>words << 2), <usize>length << 2);
    return limbsTrim(dst, length);
  }
  for (let i = 0; i < length - 1; i++) setLimb(dst, i, (limb(src, i + words) >>> shift) | (limb(src, i + words + 1) << (32 - shift)));
  setLimb(dst, length - 1, limb(src, n - 1) >>> shift);
  return limbsTrim(dst, length);
}

/** Is any of the lowest `bits` bits set? */
export function limbsAnyLowBits(p: usize, n: i32, bits: i32): bool {
  const words = min(bits >>> 5, n);
  for (let i = 0; i < words; i++) if (limb(p, i) != 0) return true;
  const rest: u32 = bits & 31;
  return words < n && rest != 0 && limb(p, words) << (32 - rest) != 0;
}

export function limbsBit(p: usize, n: i32, bit: i32): bool {
  const word = bit >>> 5;
  return word < n && ((limb(p, word) >>> (bit & 31)) & 1) != 0;
}

/** dst = a + b; needs max(an, bn) + 1 limbs; dst may be a or b. */
export function limbsAdd(dst: usize, a: usize, an: i32, b: usize, bn: i32): i32 {
  if (an < bn) {
    const t = a;
    a = b;
    b = t;
    const tn = an;
    an = bn;
    bn = tn;
  }
  let c: u64 = 0;
  let i = 0;
  for (; i < bn; i++) {
    c += <u64>limb(a, i) + <u64>limb(b, i);
    setLimb(dst, i, <u32>c);
    c >>= 32;
  }
  for (; i < an; i++) {
    c += <u64>limb(a, i);
    setLimb(dst, i, <u32>c);
    c >>= 32;
  }
  if (c != 0) setLimb(dst, i++, <u32>c);
  return i;
}

/** dst = a - b where a >= b; trimmed length; dst may be a or b. */
export function limbsSub(dst: usize, a: usize, an: i32, b: usize, bn: i32): i32 {
  let borrow: i64 = 0;
  let i = 0;
  for (; i < bn; i++) {
    borrow += <i64>limb(a, i) - <i64>limb(b, i);
    setLimb(dst, i, <u32>borrow);
    borrow >>= 32;
  }
  for (; i < an; i++) {
    borrow += <i64>limb(a, i);
    setLimb(dst, i, <u32>borrow);
    borrow >>= 32;
  }
  return limbsTrim(dst, an);
}

/** dst = a * b by the schoolbook; dst (an + bn limbs, all written) must not overlap a or b. */
export function limbsMulSchool(dst: usize, a: usize, an: i32, b: usize, bn: i32): void {
  memory.fill(dst, 0, <usize>(an + bn) << 2);
  for (let i = 0; i < an; i++) {
    const x = <u64>limb(a, i);
    if (x == 0) continue;
    let c: u64 = 0;
    const row = dst + (<usize>i << 2);
    for (let j = 0; j < bn; j++) {
      c += x * <u64>limb(b, j) + <u64>limb(row, j);
      setLimb(row, j, <u32>c);
      c >>= 32;
    }
    setLimb(row, bn, <u32>c);
  }
}

/**
 * Knuth D. Divides u (un limbs) by v (vn >= 2 limbs, top bit of the top limb set, un >= vn; u has one limb more, u[un], usually 0):
 * q (un - vn + 1 limbs) = quotient when q is not 0, the remainder is left in u[0..vn). False, with large ones, when the turn's time is up.
 */
export function limbsDivide(q: usize, u: usize, un: i32, v: usize, vn: i32): bool {
  const top = <u64>limb(v, vn - 1);
  const next = <u64>limb(v, vn - 2);
  for (let j = un - vn; j >= 0; j--) {
    if (vn > LARGE && !spend(vn >>> 1)) return false;
    const head = (<u64>limb(u, j + vn) << 32) | <u64>limb(u, j + vn - 1);
    let digit: u64;
    let rest: u64;
    if (<u64>limb(u, j + vn) >= top) {
      digit = 0xffffffff;
      rest = head - digit * top;
    } else {
      digit = head / top;
      rest = head % top;
    }
    while (rest <= 0xffffffff && digit * next > ((rest << 32) | <u64>limb(u, j + vn - 2))) {
      digit--;
      rest += top;
    }
    let borrow: i64 = 0;
    let carry: u64 = 0;
    const row = u + (<usize>j << 2);
    for (let i = 0; i < vn; i++) {
      carry += digit * <u64>limb(v, i);
      borrow += <i64>limb(row, i) - <i64>(carry & 0xffffffff);
      setLimb(row, i, <u32>borrow);
      borrow >>= 32;
      carry >>= 32;
    }
    borrow += <i64>limb(row, vn) - <i64>carry;
    setLimb(row, vn, <u32>borrow);
    if (borrow < 0) {
      digit--;
      let c: u64 = 0;
      for (let i = 0; i < vn; i++) {
        c += <u64>limb(row, i) + <u64>limb(v, i);
        setLimb(row, i, <u32>c);
        c >>= 32;
      }
      setLimb(row, vn, limb(row, vn) + <u32>c);
    }
    if (q != 0) setLimb(q, j, <u32>digit);
  }
  return true;
}

/** N * 2^exponent as the nearest double, ties to even; `sticky`: there is a non-zero rest below the lowest bit. n trimmed. */
export function limbsToF64(p: usize, n: i32, exponent: i32, sticky: bool): f64 {
  if (n == 0) return 0;
  const bits = limbsBitLength(p, n);
  // Position of the leading bit as a power of two, and how many bits of the significand the result has there.
  const lead = bits - 1 + exponent;
  if (lead > 1023) return Infinity;
  const precision = lead < -1022 ? 53 - (-1022 - lead) : 53;
  if (precision < 0) return 0;
  const drop = bits - precision;
  let significand: u64 = 0;
  if (drop <= 0) {
    for (let i = n - 1; i >= 0; i--) significand = (significand << 32) | <u64>limb(p, i);
    significand <<= -drop;
  } else {
    const from = drop >>> 5;
    const shift: u64 = drop & 31;
    // At most 53 bits lie above `drop`: they are within three limbs.
    significand = from < n ? <u64>limb(p, from) >>> shift : 0;
    if (from + 1 < n) significand |= <u64>limb(p, from + 1) << (32 - shift);
    if (from + 2 < n && shift != 0) significand |= <u64>limb(p, from + 2) << (64 - shift);
    const half = limbsBit(p, n, drop - 1);
    if (half && (sticky || (significand & 1) != 0 || limbsAnyLowBits(p, n, drop - 1))) significand++;
  }
  // The significand may have rounded up to 2^precision: adding it to the exponent field carries rightly.
  if (lead < -1022) return reinterpret<f64>(significand);
  const field = <u64>(lead + 1022) << 52;
  return reinterpret<f64>(field + significand);
}

/**
 * Writes the decimal digits of p (destroyed) as bytes that end before `end`; returns the address of the first digit.
 * An empty integer gives no digit.
 */
export function limbsToDecimal(p: usize, n: i32, end: usize): usize {
  while (n > 0) {
    let part = limbsDivSmall(p, n, 1000000000);
    n = limbsTrim(p, n);
    for (let i = 0; i < 9; i++) {
      if (n == 0 && part == 0) break;
      store<u8>(--end, <u8>(48 + (part % 10)));
      part /= 10;
    }
  }
  return end;
}

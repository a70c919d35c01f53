/**
 * The elliptic curve P-256 (FIPS 186-5, SP 800-186). Field elements and scalars are 8 little-endian words of 32 bits, coordinates in Montgomery form (times 2^256).
 * Points are projective (X, Y, Z), 96 bytes; the identity is (0, 1, 0). Addition is complete (Renes, Costello and Batina, EUROCRYPT 2016, algorithm 4), so no input
 * is special, and nothing branches on or indexes by a secret.
 */
const ELEMENT: usize = 32;
const P: usize = memory.data<u32>([0xffffffff, 0xffffffff, 0xffffffff, 0, 0, 0, 1, 0xffffffff], 8);
const N: usize = memory.data<u32>([0xfc632551, 0xf3b9cac2, 0xa7179e84, 0xbce6faad, 0xffffffff, 0xffffffff, 0, 0xffffffff], 8);
// 2^512 modulo each: into Montgomery form.
const P_SQUARED: usize = memory.data<u32>([3, 0, 0xffffffff, 0xfffffffb, 0xfffffffe, 0xffffffff, 0xfffffffd, 4], 8);
const N_SQUARED: usize = memory.data<u32>([0xbe79eea2, 0x83244c95, 0x49bd6fa6, 0x4699799c, 0x2b6bec59, 0x2845b239, 0xf3d95620, 0x66e12d94], 8);
// 1, and the curve's b, in Montgomery form modulo p.
const P_ONE: usize = memory.data<u32>([1, 0, 0, 0xffffffff, 0xffffffff, 0xffffffff, 0xfffffffe, 0], 8);
const B: usize = memory.data<u32>([0x29c4bddf, 0xd89cdf62, 0x78843090, 0xacf005cd, 0xf7212ed6, 0xe5a220ab, 0x04874834, 0xdc30061d], 8);
const ONE: usize = memory.data<u32>([1, 0, 0, 0, 0, 0, 0, 0], 8);
const GENERATOR: usize = memory.data<u32>([
  0x18a9143c, 0x79e730d4, 0x5fedb601, 0x75ba95fc, 0x77622510, 0x79fb732b, 0xa53755c6, 0x18905f76, 0xce95560a, 0xddf25357, 0xba19e45c, 0x8b4ab8e4, 0xdd21f325,
  0xd2e88688, 0x25885d85, 0x8571ff18, 1, 0, 0, 0xffffffff, 0xffffffff, 0xffffffff, 0xfffffffe, 0,
], 8);

const PRODUCT: usize = memory.data(40, 8);
const REDUCED: usize = memory.data(32, 8);
const TEMPORARIES: usize = memory.data(8 * 32, 8);
const POWER: usize = memory.data(64, 8);
const TABLE: usize = memory.data(16 * 96, 8);
const SELECTED: usize = memory.data(96, 8);
const POINT: usize = memory.data(96, 8), POINT_B: usize = memory.data(96, 8);
const SCALARS: usize = memory.data(6 * 32, 8);

/** Nothing of a key is left behind. */
function wipe(): void {
  memory.fill(PRODUCT, 0, 40);
  memory.fill(REDUCED, 0, 32);
  memory.fill(TEMPORARIES, 0, 8 * 32);
  memory.fill(POWER, 0, 64);
  memory.fill(TABLE, 0, 16 * 96);
  memory.fill(SELECTED, 0, 96);
  memory.fill(POINT, 0, 96);
  memory.fill(POINT_B, 0, 96);
  memory.fill(SCALARS, 0, 6 * 32);
}

@inline function word(p: usize, i: i32): u64 { return <u64>load<u32>(p + (<usize>i << 2)); }
@inline function setWord(p: usize, i: i32, v: u64): void { store<u32>(p + (<usize>i << 2), <u32>v); }

/** r = a - m if that is not negative (with `carry` as a ninth word of a), else a. r may be a. */
function reduceOnce(r: usize, a: usize, carry: u64, m: usize): void {
  let borrow: u64 = 0;
  for (let i = 0; i < 8; i++) {
    const d = word(a, i) - word(m, i) - borrow;
    setWord(REDUCED, i, d);
    borrow = d >>> 63;
  }
  const keep = -((borrow & ~carry) & 1);
  for (let i = 0; i < 8; i++) setWord(r, i, (word(a, i) & keep) | (word(REDUCED, i) & ~keep));
}

/** r = a b / 2^256 modulo m. `inverse` is -1/m modulo 2^32. */
function multiply(r: usize, a: usize, b: usize, m: usize, inverse: u64): void {
  memory.fill(PRODUCT, 0, 40);
  for (let i = 0; i < 8; i++) {
    const f = word(b, i);
    let carry: u64 = 0;
    for (let j = 0; j < 8; j++) {
      const t = word(PRODUCT, j) + word(a, j) * f + carry;
      setWord(PRODUCT, j, t);
      carry = t >>> 32;
    }
    const top = word(PRODUCT, 8) + carry;
    const q = (word(PRODUCT, 0) * inverse) & 0xffffffff;
    carry = (word(PRODUCT, 0) + word(m, 0) * q) >>> 32;
    for (let j = 1; j < 8; j++) {
      const t = word(PRODUCT, j) + word(m, j) * q + carry;
      setWord(PRODUCT, j - 1, t);
      carry = t >>> 32;
    }
    const t = (top & 0xffffffff) + carry;
    setWord(PRODUCT, 7, t);
    setWord(PRODUCT, 8, (top >>> 32) + (t >>> 32));
  }
  reduceOnce(r, PRODUCT, word(PRODUCT, 8), m);
}

@inline function mulP(r: usize, a: usize, b: usize): void { multiply(r, a, b, P, 1); }
@inline function mulN(r: usize, a: usize, b: usize): void { multiply(r, a, b, N, 0xee00bc4f); }

function add(r: usize, a: usize, b: usize, m: usize): void {
  let carry: u64 = 0;
  for (let i = 0; i < 8; i++) {
    const s = word(a, i) + word(b, i) + carry;
    setWord(r, i, s);
    carry = s >>> 32;
  }
  reduceOnce(r, r, carry, m);
}

function subtract(r: usize, a: usize, b: usize): void {
  let borrow: u64 = 0;
  for (let i = 0; i < 8; i++) {
    const d = word(a, i) - word(b, i) - borrow;
    setWord(r, i, d);
    borrow = d >>> 63;
  }
  const mask = -borrow;
  let carry: u64 = 0;
  for (let i = 0; i < 8; i++) {
    const s = word(r, i) + (word(P, i) & mask) + carry;
    setWord(r, i, s);
    carry = s >>> 32;
  }
}

/** r = a^(m - 2) = 1/a, all in Montgomery form: Fermat. The exponent is public. */
function invert(r: usize, a: usize, m: usize, inverse: u64): void {
  memory.copy(POWER, a, ELEMENT);
  memory.copy(POWER + ELEMENT, a, ELEMENT);
  // The top bit of both moduli is set: begin below it.
  for (let i = 254; i >= 0; i--) {
    multiply(POWER, POWER, POWER, m, inverse);
    // No word but the lowest changes when 2 is taken off.
    const w = i < 32 ? word(m, 0) - 2 : word(m, i >> 5);
    if (((w >>> (i & 31)) & 1) != 0) multiply(POWER, POWER, POWER + ELEMENT, m, inverse);
  }
  memory.copy(r, POWER, ELEMENT);
}

function isZero(a: usize): bool {
  let all: u64 = 0;
  for (let i = 0; i < 8; i++) all |= word(a, i);
  return all == 0;
}

function isLess(a: usize, m: usize): bool {
  let borrow: u64 = 0;
  for (let i = 0; i < 8; i++) borrow = (word(a, i) - word(m, i) - borrow) >>> 63;
  return borrow != 0;
}

function fromBytes(r: usize, bytes: usize): void {
  for (let i = 0; i < 8; i++) store<u32>(r + (<usize>i << 2), bswap<u32>(load<u32>(bytes + (<usize>(7 - i) << 2))));
}
function toBytes(bytes: usize, a: usize): void {
  for (let i = 0; i < 8; i++) store<u32>(bytes + (<usize>(7 - i) << 2), bswap<u32>(load<u32>(a + (<usize>i << 2))));
}

/** r = a + b for points; r may be either. */
function addPoints(r: usize, a: usize, b: usize): void {
  const t0 = TEMPORARIES, t1 = t0 + 32, t2 = t0 + 64, t3 = t0 + 96, t4 = t0 + 128, x = t0 + 160, y = t0 + 192, z = t0 + 224;
  mulP(t0, a, b);
  mulP(t1, a + 32, b + 32);
  mulP(t2, a + 64, b + 64);
  add(t3, a, a + 32, P);
  add(t4, b, b + 32, P);
  mulP(t3, t3, t4);
  add(t4, t0, t1, P);
  subtract(t3, t3, t4);
  add(t4, a + 32, a + 64, P);
  add(x, b + 32, b + 64, P);
  mulP(t4, t4, x);
  add(x, t1, t2, P);
  subtract(t4, t4, x);
  add(x, a, a + 64, P);
  add(y, b, b + 64, P);
  mulP(x, x, y);
  add(y, t0, t2, P);
  subtract(y, x, y);
  mulP(z, B, t2);
  subtract(x, y, z);
  add(z, x, x, P);
  add(x, x, z, P);
  subtract(z, t1, x);
  add(x, t1, x, P);
  mulP(y, B, y);
  add(t1, t2, t2, P);
  add(t2, t1, t2, P);
  subtract(y, y, t2);
  subtract(y, y, t0);
  add(t1, y, y, P);
  add(y, t1, y, P);
  add(t1, t0, t0, P);
  add(t0, t1, t0, P);
  subtract(t0, t0, t2);
  mulP(t1, t4, y);
  mulP(t2, t0, y);
  mulP(y, x, z);
  add(r + 32, y, t2, P);
  mulP(x, t3, x);
  subtract(r, x, t1);
  mulP(z, t4, z);
  mulP(t1, t3, t0);
  add(r + 64, z, t1, P);
}

/** r = scalar * point. Four bits at a time from the top; the table is read as a whole for each. */
function multiplyPoint(r: usize, scalar: usize, point: usize): void {
  memory.fill(TABLE, 0, 96);
  memory.copy(TABLE + 32, P_ONE, ELEMENT);
  for (let i: usize = 1; i < 16; i++) addPoints(TABLE + i * 96, TABLE + (i - 1) * 96, point);
  memory.copy(r, TABLE, 96);
  for (let i = 63; i >= 0; i--) {
    for (let k = 0; k < 4; k++) addPoints(r, r, r);
    const digit = <i32>(word(scalar, i >> 3) >>> ((i & 7) << 2)) & 15;
    memory.fill(SELECTED, 0, 96);
    for (let k = 0; k < 16; k++) {
      const mask = <u64>((<i64>(k ^ digit) - 1) >> 63);
      for (let at: usize = 0; at < 96; at += 8) store<u64>(SELECTED + at, load<u64>(SELECTED + at) | (load<u64>(TABLE + <usize>k * 96 + at) & mask));
    }
    addPoints(r, r, SELECTED);
  }
}

/** Affine coordinates of a point, as plain numbers in its place. */
function toAffine(p: usize): void {
  invert(TEMPORARIES, p + 64, P, 1);
  mulP(p, p, TEMPORARIES);
  mulP(p + 32, p + 32, TEMPORARIES);
  mulP(p, p, ONE);
  mulP(p + 32, p + 32, ONE);
}

/** Read x and y, 32 bytes each; false unless they are a point of the curve. */
function readPoint(p: usize, bytes: usize): bool {
  fromBytes(p, bytes);
  fromBytes(p + 32, bytes + 32);
  if (!isLess(p, P) || !isLess(p + 32, P)) return false;
  mulP(p, p, P_SQUARED);
  mulP(p + 32, p + 32, P_SQUARED);
  memory.copy(p + 64, P_ONE, ELEMENT);
  // y^2 = x^3 - 3 x + b
  const left = TEMPORARIES, right = left + 32;
  mulP(left, p + 32, p + 32);
  mulP(right, p, p);
  mulP(right, right, p);
  for (let i = 0; i < 3; i++) subtract(right, right, p);
  add(right, right, B, P);
  return memory.compare(left, right, ELEMENT) == 0;
}

/** Read a scalar; false unless 0 < it < n. */
function readScalar(r: usize, bytes: usize): bool {
  fromBytes(r, bytes);
  return isLess(r, N) && !isZero(r);
}

/** x and y of the public key of a private one, 64 bytes; false when the private key is out of range. */
export function p256Derive(to: usize, key: usize): bool { return p256Times(to, key, 0); }

/** x and y of the private key times a point (0: the generator); false when either is invalid. */
export function p256Times(to: usize, key: usize, point: usize): bool {
  const good = readScalar(SCALARS, key) && (point == 0 || readPoint(POINT_B, point));
  if (good) {
    multiplyPoint(POINT, SCALARS, point == 0 ? GENERATOR : POINT_B);
    toAffine(POINT);
    toBytes(to, POINT);
    toBytes(to + 32, POINT + 32);
  }
  wipe();
  return good;
}

export function p256Valid(point: usize): bool { return readPoint(POINT_B, point); }

/** The leftmost 256 bits of a digest as a number modulo n. */
function readDigest(r: usize, digest: usize, bytes: i32): void {
  const padded = POWER;
  memory.fill(padded, 0, 32);
  if (bytes >= 32) memory.copy(padded, digest, 32);
  else memory.copy(padded + <usize>(32 - bytes), digest, <usize>bytes);
  fromBytes(r, padded);
  reduceOnce(r, r, 0, N);
}

/** ECDSA (FIPS 186-5, 6.4.1): r and s, 64 bytes, with the nonce given. False when the nonce will not do: try another. */
export function p256SignDigest(to: usize, key: usize, digest: usize, digestBytes: i32, nonce: usize): bool {
  const d = SCALARS, k = d + 32, e = d + 64, r = d + 96, s = d + 128;
  let good = readScalar(d, key) && readScalar(k, nonce);
  if (good) {
    multiplyPoint(POINT, k, GENERATOR);
    toAffine(POINT);
    reduceOnce(r, POINT, 0, N);
    readDigest(e, digest, digestBytes);
    // s = (e + r d) / k; one factor in Montgomery form makes a product plain.
    mulN(k, k, N_SQUARED);
    invert(k, k, N, 0xee00bc4f);
    mulN(s, r, N_SQUARED);
    mulN(s, s, d);
    add(s, s, e, N);
    mulN(s, s, k);
    good = !isZero(r) && !isZero(s);
    toBytes(to, r);
    toBytes(to + 32, s);
  }
  wipe();
  return good;
}

/** ECDSA (FIPS 186-5, 6.4.2). */
export function p256VerifyDigest(point: usize, digest: usize, digestBytes: i32, signature: usize): bool {
  const r = SCALARS, s = r + 32, e = r + 64, u = r + 96, v = r + 128;
  if (!readPoint(POINT_B, point) || !readScalar(r, signature) || !readScalar(s, signature + 32)) return false;
  readDigest(e, digest, digestBytes);
  mulN(s, s, N_SQUARED);
  invert(s, s, N, 0xee00bc4f);
  mulN(u, e, s);
  mulN(v, r, s);
  multiplyPoint(POINT, v, POINT_B);
  multiplyPoint(POINT_B, u, GENERATOR);
  addPoints(POINT, POINT, POINT_B);
  if (isZero(POINT + 64)) return false;
  toAffine(POINT);
  reduceOnce(POINT, POINT, 0, N);
  return memory.compare(POINT, r, ELEMENT) == 0;
}

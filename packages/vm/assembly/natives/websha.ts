/**
 * SHA-1, SHA-256, SHA-384 and SHA-512 (FIPS 180-4) and HMAC (RFC 2104) over memory. A context is CONTEXT bytes: +0 eight words of state (u32 or u64), +64 the
 * block being filled (up to 128 bytes), +192 bytes hashed so far (u64), +200 bytes in the block, +204 algorithm (0 SHA-1, 1 SHA-256, 2 SHA-384, 3 SHA-512).
 */
import { burn } from "../state";
export const CONTEXT: i32 = 208;
const BLOCK: usize = 64, TOTAL: usize = 192, FILL: usize = 200, ALGORITHM: usize = 204;

// Fractional parts of the cube roots of the first 80 primes; SHA-256 uses the upper halves of the first 64.
const K: usize = memory.data<u64>([
  0x428a2f98d728ae22, 0x7137449123ef65cd, 0xb5c0fbcfec4d3b2f, 0xe9b5dba58189dbbc, 0x3956c25bf348b538, 0x59f111f1b605d019, 0x923f82a4af194f9b,
  0xab1c5ed5da6d8118, 0xd807aa98a3030242, 0x12835b0145706fbe, 0x243185be4ee4b28c, 0x550c7dc3d5ffb4e2, 0x72be5d74f27b896f, 0x80deb1fe3b1696b1,
  0x9bdc06a725c71235, 0xc19bf174cf692694, 0xe49b69c19ef14ad2, 0xefbe4786384f25e3, 0x0fc19dc68b8cd5b5, 0x240ca1cc77ac9c65, 0x2de92c6f592b0275,
  0x4a7484aa6ea6e483, 0x5cb0a9dcbd41fbd4, 0x76f988da831153b5, 0x983e5152ee66dfab, 0xa831c66d2db43210, 0xb00327c898fb213f, 0xbf597fc7beef0ee4,
  0xc6e00bf33da88fc2, 0xd5a79147930aa725, 0x06ca6351e003826f, 0x142929670a0e6e70, 0x27b70a8546d22ffc, 0x2e1b21385c26c926, 0x4d2c6dfc5ac42aed,
  0x53380d139d95b3df, 0x650a73548baf63de, 0x766a0abb3c77b2a8, 0x81c2c92e47edaee6, 0x92722c851482353b, 0xa2bfe8a14cf10364, 0xa81a664bbc423001,
  0xc24b8b70d0f89791, 0xc76c51a30654be30, 0xd192e819d6ef5218, 0xd69906245565a910, 0xf40e35855771202a, 0x106aa07032bbd1b8, 0x19a4c116b8d2d0c8,
  0x1e376c085141ab53, 0x2748774cdf8eeb99, 0x34b0bcb5e19b48a8, 0x391c0cb3c5c95a63, 0x4ed8aa4ae3418acb, 0x5b9cca4f7763e373, 0x682e6ff3d6b2b8a3,
  0x748f82ee5defb2fc, 0x78a5636f43172f60, 0x84c87814a1f0ab72, 0x8cc702081a6439ec, 0x90befffa23631e28, 0xa4506cebde82bde9, 0xbef9a3f7b2c67915,
  0xc67178f2e372532b, 0xca273eceea26619c, 0xd186b8c721c0c207, 0xeada7dd6cde0eb1e, 0xf57d4f7fee6ed178, 0x06f067aa72176fba, 0x0a637dc5a2c898a6,
  0x113f9804bef90dae, 0x1b710b35131c471b, 0x28db77f523047d84, 0x32caab7b40c72493, 0x3c9ebe0a15c9bebc, 0x431d67c49c100d4c, 0x4cc5d4becb3e42b6,
  0x597f299cfc657e2a, 0x5fcb6fab3ad6faec, 0x6c44198c4a475817,
], 8);
// Fractional parts of the square roots of the first 8 primes (SHA-512, upper halves: SHA-256), and of the next 8 (SHA-384).
const H: usize = memory.data<u64>([
  0x6a09e667f3bcc908, 0xbb67ae8584caa73b, 0x3c6ef372fe94f82b, 0xa54ff53a5f1d36f1, 0x510e527fade682d1, 0x9b05688c2b3e6c1f, 0x1f83d9abfb41bd6b,
  0x5be0cd19137e2179,
], 8);
const H384: usize = memory.data<u64>([
  0xcbbb9d5dc1059ed8, 0x629a292a367cd507, 0x9159015a3070dd17, 0x152fecd8f70e5939, 0x67332667ffc00b31, 0x8eb44a8768581511, 0xdb0c2e0d64f98fa7,
  0x47b5481dbefa4fa4,
], 8);
const SCHEDULE: usize = memory.data(640, 8);

@inline export function digestBytes(algorithm: i32): i32 { return algorithm == 0 ? 20 : algorithm == 1 ? 32 : algorithm == 2 ? 48 : 64; }
@inline export function blockBytes(algorithm: i32): i32 { return algorithm < 2 ? 64 : 128; }

export function shaBegin(c: usize, algorithm: i32): void {
  memory.fill(c, 0, <usize>CONTEXT);
  store<i32>(c, algorithm, ALGORITHM);
  if (algorithm == 0) {
    store<u32>(c, 0x67452301);
    store<u32>(c, 0xefcdab89, 4);
    store<u32>(c, 0x98badcfe, 8);
    store<u32>(c, 0x10325476, 12);
    store<u32>(c, 0xc3d2e1f0, 16);
  } else if (algorithm == 1) {
    for (let i: usize = 0; i < 8; i++) store<u32>(c + (i << 2), <u32>(load<u64>(H + (i << 3)) >> 32));
  } else memory.copy(c, algorithm == 2 ? H384 : H, 64);
}

export function shaUpdate(c: usize, data: usize, length: i32): void {
  if (length > 64) burn(length << 2);
  const size = blockBytes(load<i32>(c, ALGORITHM));
  let p = data;
  let n = length;
  store<u64>(c, load<u64>(c, TOTAL) + <u64>n, TOTAL);
  let fill = load<i32>(c, FILL);
  if (fill > 0) {
    const take = min(size - fill, n);
    memory.copy(c + BLOCK + <usize>fill, p, <usize>take);
    fill += take;
    p += <usize>take;
    n -= take;
    if (fill == size) {
      compress(c, c + BLOCK);
      fill = 0;
    }
  }
  for (; n >= size; n -= size, p += <usize>size) compress(c, p);
  if (n > 0) {
    memory.copy(c + BLOCK, p, <usize>n);
    fill = n;
  }
  store<i32>(c, fill, FILL);
}

/** Write the digest at `to`; the context is used up. */
export function shaEnd(c: usize, to: usize): void {
  const algorithm = load<i32>(c, ALGORITHM);
  const size = blockBytes(algorithm);
  const lengthBytes = size >> 3;
  const bits = load<u64>(c, TOTAL) << 3;
  let fill = load<i32>(c, FILL);
  store<u8>(c + BLOCK + <usize>fill, 0x80);
  fill++;
  if (fill > size - lengthBytes) {
    memory.fill(c + BLOCK + <usize>fill, 0, <usize>(size - fill));
    compress(c, c + BLOCK);
    fill = 0;
  }
  memory.fill(c + BLOCK + <usize>fill, 0, <usize>(size - fill));
  store<u64>(c + BLOCK + <usize>(size - 8), bswap<u64>(bits));
  compress(c, c + BLOCK);
  const n = digestBytes(algorithm);
  if (algorithm < 2) for (let i = 0; i < n; i += 4) store<u32>(to + i, bswap<u32>(load<u32>(c + i)));
  else for (let i = 0; i < n; i += 8) store<u64>(to + i, bswap<u64>(load<u64>(c + i)));
}

function compress(c: usize, p: usize): void {
  const algorithm = load<i32>(c, ALGORITHM);
  if (algorithm == 0) compress1(c, p);
  else if (algorithm == 1) compress256(c, p);
  else compress512(c, p);
}

function compress1(s: usize, p: usize): void {
  for (let i: usize = 0; i < 16; i++) store<u32>(SCHEDULE + (i << 2), bswap<u32>(load<u32>(p + (i << 2))));
  for (let i: usize = 16; i < 80; i++) {
    const w = SCHEDULE + (i << 2);
    store<u32>(w, rotl<u32>(load<u32>(w - 12) ^ load<u32>(w - 32) ^ load<u32>(w - 56) ^ load<u32>(w - 64), 1));
  }
  let a = load<u32>(s), b = load<u32>(s, 4), c = load<u32>(s, 8), d = load<u32>(s, 12), e = load<u32>(s, 16);
  for (let i: usize = 0; i < 80; i++) {
    let f: u32, k: u32;
    if (i < 20) { f = (b & c) | (~b & d); k = 0x5a827999; }
    else if (i < 40) { f = b ^ c ^ d; k = 0x6ed9eba1; }
    else if (i < 60) { f = (b & c) | (b & d) | (c & d); k = 0x8f1bbcdc; }
    else { f = b ^ c ^ d; k = 0xca62c1d6; }
    const t = rotl<u32>(a, 5) + f + e + k + load<u32>(SCHEDULE + (i << 2));
    e = d; d = c; c = rotl<u32>(b, 30); b = a; a = t;
  }
  store<u32>(s, load<u32>(s) + a);
  store<u32>(s, load<u32>(s, 4) + b, 4);
  store<u32>(s, load<u32>(s, 8) + c, 8);
  store<u32>(s, load<u32>(s, 12) + d, 12);
  store<u32>(s, load<u32>(s, 16) + e, 16);
}

function compress256(s: usize, p: usize): void {
  for (let i: usize = 0; i < 16; i++) store<u32>(SCHEDULE + (i << 2), bswap<u32>(load<u32>(p + (i << 2))));
  for (let i: usize = 16; i < 64; i++) {
    const w = SCHEDULE + (i << 2);
    const x = load<u32>(w - 60), y = load<u32>(w - 8);
    const s0 = rotr<u32>(x, 7) ^ rotr<u32>(x, 18) ^ (x >> 3), s1 = rotr<u32>(y, 17) ^ rotr<u32>(y, 19) ^ (y >> 10);
    store<u32>(w, load<u32>(w - 64) + s0 + load<u32>(w - 28) + s1);
  }
  let a = load<u32>(s), b = load<u32>(s, 4), c = load<u32>(s, 8), d = load<u32>(s, 12), e = load<u32>(s, 16), f = load<u32>(s, 20), g = load<u32>(s, 24), h = load<u32>(s, 28);
  for (let i: usize = 0; i < 64; i++) {
    const t1 = h + (rotr<u32>(e, 6) ^ rotr<u32>(e, 11) ^ rotr<u32>(e, 25)) + ((e & f) ^ (~e & g)) + load<u32>(K + (i << 3), 4) + load<u32>(SCHEDULE + (i << 2));
    const t2 = (rotr<u32>(a, 2) ^ rotr<u32>(a, 13) ^ rotr<u32>(a, 22)) + ((a & b) ^ (a & c) ^ (b & c));
    h = g; g = f; f = e; e = d + t1; d = c; c = b; b = a; a = t1 + t2;
  }
  store<u32>(s, load<u32>(s) + a);
  store<u32>(s, load<u32>(s, 4) + b, 4);
  store<u32>(s, load<u32>(s, 8) + c, 8);
  store<u32>(s, load<u32>(s, 12) + d, 12);
  store<u32>(s, load<u32>(s, 16) + e, 16);
  store<u32>(s, load<u32>(s, 20) + f, 20);
  store<u32>(s, load<u32>(s, 24) + g, 24);
  store<u32>(s, load<u32>(s, 28) + h, 28);
}

function compress512(s: usize, p: usize): void {
  for (let i: usize = 0; i < 16; i++) store<u64>(SCHEDULE + (i << 3), bswap<u64>(load<u64>(p + (i << 3))));
  for (let i: usize = 16; i < 80; i++) {
    const w = SCHEDULE + (i << 3);
    const x = load<u64>(w - 120), y = load<u64>(w - 16);
    const s0 = rotr<u64>(x, 1) ^ rotr<u64>(x, 8) ^ (x >> 7), s1 = rotr<u64>(y, 19) ^ rotr<u64>(y, 61) ^ (y >> 6);
    store<u64>(w, load<u64>(w - 128) + s0 + load<u64>(w - 56) + s1);
  }
  let a = load<u64>(s), b = load<u64>(s, 8), c = load<u64>(s, 16), d = load<u64>(s, 24), e = load<u64>(s, 32), f = load<u64>(s, 40), g = load<u64>(s, 48), h = load<u64>(s, 56);
  for (let i: usize = 0; i < 80; i++) {
    const t1 = h + (rotr<u64>(e, 14) ^ rotr<u64>(e, 18) ^ rotr<u64>(e, 41)) + ((e & f) ^ (~e & g)) + load<u64>(K + (i << 3)) + load<u64>(SCHEDULE + (i << 3));
    const t2 = (rotr<u64>(a, 28) ^ rotr<u64>(a, 34) ^ rotr<u64>(a, 39)) + ((a & b) ^ (a & c) ^ (b & c));
    h = g; g = f; f = e; e = d + t1; d = c; c = b; b = a; a = t1 + t2;
  }
  store<u64>(s, load<u64>(s) + a);
  store<u64>(s, load<u64>(s, 8) + b, 8);
  store<u64>(s, load<u64>(s, 16) + c, 16);
  store<u64>(s, load<u64>(s, 24) + d, 24);
  store<u64>(s, load<u64>(s, 32) + e, 32);
  store<u64>(s, load<u64>(s, 40) + f, 40);
  store<u64>(s, load<u64>(s, 48) + g, 48);
  store<u64>(s, load<u64>(s, 56) + h, 56);
}

// ---------------------------------------------------------------- HMAC

/** Two contexts that have taken the inner and the outer padded key: 2 * CONTEXT bytes at `keyed`. */
export function hmacKey(keyed: usize, algorithm: i32, key: usize, length: i32): void {
  const pad = memory.data(128, 8);
  const size = blockBytes(algorithm);
  memory.fill(pad, 0, 128);
  if (length > size) {
    shaBegin(keyed, algorithm);
    shaUpdate(keyed, key, length);
    shaEnd(keyed, pad);
  } else memory.copy(pad, key, <usize>length);
  for (let i = 0; i < size; i++) store<u8>(pad + i, load<u8>(pad + i) ^ 0x36);
  shaBegin(keyed, algorithm);
  shaUpdate(keyed, pad, size);
  for (let i = 0; i < size; i++) store<u8>(pad + i, load<u8>(pad + i) ^ 0x6a);
  shaBegin(keyed + <usize>CONTEXT, algorithm);
  shaUpdate(keyed + <usize>CONTEXT, pad, size);
  memory.fill(pad, 0, 128);
}

/** Begin a MAC: `work` (CONTEXT bytes) takes the message by shaUpdate. */
export function hmacBegin(keyed: usize, work: usize): void { memory.copy(work, keyed, <usize>CONTEXT); }

/** The MAC at `to`. */
export function hmacEnd(keyed: usize, work: usize, to: usize): void {
  const n = digestBytes(load<i32>(keyed, ALGORITHM));
  const inner = memory.data(64, 8);
  shaEnd(work, inner);
  memory.copy(work, keyed + <usize>CONTEXT, <usize>CONTEXT);
  shaUpdate(work, inner, n);
  shaEnd(work, to);
}

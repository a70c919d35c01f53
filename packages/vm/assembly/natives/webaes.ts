/**
 * AES (FIPS 197) on one block, and the GHASH of GCM (SP 800-38D). Straightforward, with the S-box in a table: it is not written to resist an attacker who
 * measures the cache from within the same process. A key schedule is SCHEDULE bytes: up to 15 round keys, +240 the number of rounds.
 */
export const AES_SCHEDULE: i32 = 256;
const S: usize = memory.data<u8>([
  99, 124, 119, 123, 242, 107, 111, 197, 48, 1, 103, 43, 254, 215, 171, 118, 202, 130, 201, 125, 250, 89, 71, 240, 173, 212, 162, 175, 156,
  164, 114, 192, 183, 253, 147, 38, 54, 63, 247, 204, 52, 165, 229, 241, 113, 216, 49, 21, 4, 199, 35, 195, 24, 150, 5, 154, 7, 18, 128, 226,
  235, 39, 178, 117, 9, 131, 44, 26, 27, 110, 90, 160, 82, 59, 214, 179, 41, 227, 47, 132, 83, 209, 0, 237, 32, 252, 177, 91, 106, 203, 190,
  57, 74, 76, 88, 207, 208, 239, 170, 251, 67, 77, 51, 133, 69, 249, 2, 127, 80, 60, 159, 168, 81, 163, 64, 143, 146, 157, 56, 245, 188, 182,
  218, 33, 16, 255, 243, 210, 205, 12, 19, 236, 95, 151, 68, 23, 196, 167, 126, 61, 100, 93, 25, 115, 96, 129, 79, 220, 34, 42, 144, 136, 70,
  238, 184, 20, 222, 94, 11, 219, 224, 50, 58, 10, 73, 6, 36, 92, 194, 211, 172, 98, 145, 149, 228, 121, 231, 200, 55, 109, 141, 213, 78,
  169, 108, 86, 244, 234, 101, 122, 174, 8, 186, 120, 37, 46, 28, 166, 180, 198, 232, 221, 116, 31, 75, 189, 139, 138, 112, 62, 181, 102, 72,
  3, 246, 14, 97, 53, 87, 185, 134, 193, 29, 158, 225, 248, 152, 17, 105, 217, 142, 148, 155, 30, 135, 233, 206, 85, 40, 223, 140, 161, 137,
  13, 191, 230, 66, 104, 65, 153, 45, 15, 176, 84, 187, 22,
], 16);
const INVERSE: usize = memory.data<u8>([
  82, 9, 106, 213, 48, 54, 165, 56, 191, 64, 163, 158, 129, 243, 215, 251, 124, 227, 57, 130, 155, 47, 255, 135, 52, 142, 67, 68, 196, 222,
  233, 203, 84, 123, 148, 50, 166, 194, 35, 61, 238, 76, 149, 11, 66, 250, 195, 78, 8, 46, 161, 102, 40, 217, 36, 178, 118, 91, 162, 73, 109,
  139, 209, 37, 114, 248, 246, 100, 134, 104, 152, 22, 212, 164, 92, 204, 93, 101, 182, 146, 108, 112, 72, 80, 253, 237, 185, 218, 94, 21,
  70, 87, 167, 141, 157, 132, 144, 216, 171, 0, 140, 188, 211, 10, 247, 228, 88, 5, 184, 179, 69, 6, 208, 44, 30, 143, 202, 63, 15, 2, 193,
  175, 189, 3, 1, 19, 138, 107, 58, 145, 17, 65, 79, 103, 220, 234, 151, 242, 207, 206, 240, 180, 230, 115, 150, 172, 116, 34, 231, 173, 53,
  133, 226, 249, 55, 232, 28, 117, 223, 110, 71, 241, 26, 113, 29, 41, 197, 137, 111, 183, 98, 14, 170, 24, 190, 27, 252, 86, 62, 75, 198,
  210, 121, 32, 154, 219, 192, 254, 120, 205, 90, 244, 31, 221, 168, 51, 136, 7, 199, 49, 177, 18, 16, 89, 39, 128, 236, 95, 96, 81, 127,
  169, 25, 181, 74, 13, 45, 229, 122, 159, 147, 201, 156, 239, 160, 224, 59, 77, 174, 42, 245, 176, 200, 235, 187, 60, 131, 83, 153, 97, 23,
  43, 4, 126, 186, 119, 214, 38, 225, 105, 20, 99, 85, 33, 12, 125,
], 16);

@inline function sub(b: u32): u32 { return <u32>load<u8>(S + <usize>(b & 255)); }
@inline function times2(b: u32): u32 { return ((b << 1) ^ ((b >> 7) * 0x1b)) & 255; }

/** Expand a key of 16, 24 or 32 bytes. */
export function aesExpand(schedule: usize, key: usize, bytes: i32): void {
  const words = bytes >> 2;
  const rounds = words + 6;
  store<i32>(schedule, rounds, 240);
  memory.copy(schedule, key, <usize>bytes);
  let rcon: u32 = 1;
  for (let i = words; i < 4 * (rounds + 1); i++) {
    let t = load<u32>(schedule + (<usize>(i - 1) << 2));
    if (i % words == 0) {
      t = rotr<u32>(t, 8);
      t = sub(t) | (sub(t >> 8) << 8) | (sub(t >> 16) << 16) | (sub(t >> 24) << 24);
      t ^= rcon;
      rcon = times2(rcon);
    } else if (words == 8 && i % 8 == 4) {
      t = sub(t) | (sub(t >> 8) << 8) | (sub(t >> 16) << 16) | (sub(t >> 24) << 24);
    }
    store<u32>(schedule + (<usize>i << 2), t ^ load<u32>(schedule + (<usize>(i - words) << 2)));
  }
}

@inline function addRoundKey(state: usize, key: usize): void {
  store<u64>(state, load<u64>(state) ^ load<u64>(key));
  store<u64>(state, load<u64>(state, 8) ^ load<u64>(key, 8), 8);
}

/** Encrypt 16 bytes from `from` to `to` (may be the same). */
export function aesEncrypt(schedule: usize, from: usize, to: usize): void {
  const state = memory.data(16, 16), next = memory.data(16, 16);
  const rounds = load<i32>(schedule, 240);
  memory.copy(state, from, 16);
  addRoundKey(state, schedule);
  for (let r = 1; r <= rounds; r++) {
    for (let c = 0; c < 4; c++) {
      // SubBytes and ShiftRows.
      const a0 = sub(load<u8>(state + (c << 2))), a1 = sub(load<u8>(state + (((c + 1) & 3) << 2) + 1)), a2 = sub(load<u8>(state + (((c + 2) & 3) << 2) + 2)), a3 = sub(load<u8>(state + (((c + 3) & 3) << 2) + 3));
      const to4 = next + (c << 2);
      if (r == rounds) {
        store<u32>(to4, a0 | (a1 << 8) | (a2 << 16) | (a3 << 24));
      } else {
        const all = a0 ^ a1 ^ a2 ^ a3;
        store<u8>(to4, a0 ^ all ^ times2(a0 ^ a1));
        store<u8>(to4, a1 ^ all ^ times2(a1 ^ a2), 1);
        store<u8>(to4, a2 ^ all ^ times2(a2 ^ a3), 2);
        store<u8>(to4, a3 ^ all ^ times2(a3 ^ a0), 3);
      }
    }
    memory.copy(state, next, 16);
    addRoundKey(state, schedule + (<usize>r << 4));
  }
  memory.copy(to, state, 16);
}

@inline function inverse(b: u32): u32 { return <u32>load<u8>(INVERSE + <usize>(b & 255)); }

export function aesDecrypt(schedule: usize, from: usize, to: usize): void {
  const state = memory.data(16, 16), next = memory.data(16, 16);
  const rounds = load<i32>(schedule, 240);
  memory.copy(state, from, 16);
  addRoundKey(state, schedule + (<usize>rounds << 4));
  for (let r = rounds - 1; r >= 0; r--) {
    for (let c = 0; c < 4; c++) {
      const to4 = next + (c << 2);
      store<u8>(to4, inverse(load<u8>(state + (c << 2))));
      store<u8>(to4, inverse(load<u8>(state + (((c + 3) & 3) << 2) + 1)), 1);
      store<u8>(to4, inverse(load<u8>(state + (((c + 2) & 3) << 2) + 2)), 2);
      store<u8>(to4, inverse(load<u8>(state + (((c + 1) & 3) << 2) + 3)), 3);
    }
    memory.copy(state, next, 16);
    addRoundKey(state, schedule + (<usize>r << 4));
    if (r == 0) break;
    for (let c = 0; c < 4; c++) {
      const p = state + (c << 2);
      let a0 = <u32>load<u8>(p), a1 = <u32>load<u8>(p, 1), a2 = <u32>load<u8>(p, 2), a3 = <u32>load<u8>(p, 3);
      // InvMixColumns is MixColumns after multiplying by (4 x^2 + 5).
      const u = times2(times2(a0 ^ a2)), v = times2(times2(a1 ^ a3));
      a0 ^= u; a2 ^= u; a1 ^= v; a3 ^= v;
      const all = a0 ^ a1 ^ a2 ^ a3;
      store<u8>(p, a0 ^ all ^ times2(a0 ^ a1));
      store<u8>(p, a1 ^ all ^ times2(a1 ^ a2), 1);
      store<u8>(p, a2 ^ all ^ times2(a2 ^ a3), 2);
      store<u8>(p, a3 ^ all ^ times2(a3 ^ a0), 3);
    }
  }
  memory.copy(to, state, 16);
}

// ---------------------------------------------------------------- GHASH

/** y = (y ^ block) * h in GF(2^128); y, block and h are 16 bytes in memory. */
export function ghashBlock(y: usize, h: usize, block: usize): void {
  let xh = bswap<u64>(load<u64>(y) ^ load<u64>(block)), xl = bswap<u64>(load<u64>(y, 8) ^ load<u64>(block, 8));
  let vh = bswap<u64>(load<u64>(h)), vl = bswap<u64>(load<u64>(h, 8));
  let zh: u64 = 0, zl: u64 = 0;
  for (let half = 0; half < 2; half++) {
    let bits = half == 0 ? xh : xl;
    for (let i = 0; i < 64; i++) {
      const mask: u64 = 0 - (bits >> 63);
      zh ^= vh & mask;
      zl ^= vl & mask;
      bits <<= 1;
      const carry: u64 = 0 - (vl & 1);
      vl = (vl >> 1) | (vh << 63);
      vh = (vh >> 1) ^ (0xe100000000000000 & carry);
    }
  }
  store<u64>(y, bswap<u64>(zh));
  store<u64>(y, bswap<u64>(zl), 8);
}

/** Hash n bytes, the last block filled up with zeros. */
export function ghash(y: usize, h: usize, p: usize, n: i32): void {
  const last = memory.data(16, 16);
  let at = 0;
  for (; at + 16 <= n; at += 16) ghashBlock(y, h, p + <usize>at);
  if (at == n) return;
  memory.fill(last, 0, 16);
  memory.copy(last, p + <usize>at, <usize>(n - at));
  ghashBlock(y, h, last);
}

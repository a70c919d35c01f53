/* SHA-256, FIPS 180-4. */
#include "host.h"

static const u32 round_constants[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5, 0xd807aa98, 0x12835b01, 0x243185be,
    0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa,
    0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967, 0x27b70a85,
    0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3,
    0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070, 0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f,
    0x682e6ff3, 0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

static u32 rotated(u32 x, u32 n) { return x >> n | x << (32 - n); }

static void mix_block(struct sha256 *state) {
  u32 w[64], v[8];
  for (u32 i = 0; i < 16; i++) {
    const u8 *b = state->block + i * 4;
    w[i] = (u32)b[0] << 24 | (u32)b[1] << 16 | (u32)b[2] << 8 | b[3];
  }
  for (u32 i = 16; i < 64; i++) {
    u32 a = w[i - 15], b = w[i - 2];
    w[i] = w[i - 16] + (rotated(a, 7) ^ rotated(a, 18) ^ a >> 3) + w[i - 7] + (rotated(b, 17) ^ rotated(b, 19) ^ b >> 10);
  }
  for (u32 i = 0; i < 8; i++) v[i] = state->hash[i];
  for (u32 i = 0; i < 64; i++) {
    u32 e = v[4], a = v[0];
    u32 t1 = v[7] + (rotated(e, 6) ^ rotated(e, 11) ^ rotated(e, 25)) + ((e & v[5]) ^ (~e & v[6])) + round_constants[i] + w[i];
    u32 t2 = (rotated(a, 2) ^ rotated(a, 13) ^ rotated(a, 22)) + ((a & v[1]) ^ (a & v[2]) ^ (v[1] & v[2]));
    for (u32 k = 7; k; k--) v[k] = v[k - 1];
    v[4] += t1;
    v[0] = t1 + t2;
  }
  for (u32 i = 0; i < 8; i++) state->hash[i] += v[i];
}

void sha256_begin(struct sha256 *state) {
  static const u32 initial[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
  memcpy(state->hash, initial, sizeof initial);
  state->bytes = 0;
}

void sha256_add(struct sha256 *state, const void *bytes, size_t n) {
  for (const u8 *from = bytes; n; from++, n--) {
    state->block[state->bytes++ % 64] = *from;
    if (state->bytes % 64 == 0) mix_block(state);
  }
}

void sha256_end(struct sha256 *state, u8 digest[32]) {
  u64 bits = state->bytes * 8;
  static const u8 one = 0x80, zero = 0;
  sha256_add(state, &one, 1);
  while (state->bytes % 64 != 56) sha256_add(state, &zero, 1);
  for (u32 i = 0; i < 8; i++) {
    u8 byte = (u8)(bits >> (56 - i * 8));
    sha256_add(state, &byte, 1);
  }
  for (u32 i = 0; i < 32; i++) digest[i] = (u8)(state->hash[i / 4] >> (24 - i % 4 * 8));
}

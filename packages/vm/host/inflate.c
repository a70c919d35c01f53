/*
 * Raw DEFLATE (RFC 1951), from memory to memory. It unpacks pieces of some kilobytes (cold.c): all input is there, all output
 * fits, so there is neither a window nor a state to come back to. Bad input ends it with 0, never outside of its buffers.
 */
#include "host.h"

enum { FAST_BITS = 9, SYMBOLS = 288, LENGTH_MAX = 15 };

struct bits { const u8 *at, *end; u64 hold; u32 count; };
/* Codes up to FAST_BITS long are looked up by the next bits: length << 12 | symbol; longer ones are decoded canonically. */
struct code { u16 fast[1 << FAST_BITS]; u16 count[LENGTH_MAX + 1], symbol[SYMBOLS]; };

static struct code literals LARGE, distances LARGE;

typedef u64 word __attribute__((may_alias, aligned(1)));

/* At least 56 bits. Beyond the input come zeros; whether they were used is seen at the end. */
static inline void refill(struct bits *in) {
  if (LIKELY(in->end - in->at >= 8)) {
    in->hold |= *(const word *)in->at << in->count;
    in->at += (63 - in->count) >> 3;
    in->count |= 56;
    return;
  }
  while (in->count <= 56) {
    if (in->at < in->end) in->hold |= (u64)*in->at << in->count;
    in->at++;
    in->count += 8;
  }
}
static inline u32 take(struct bits *in, u32 n) {
  u32 value = (u32)(in->hold & ((1ull << n) - 1));
  in->hold >>= n;
  in->count -= n;
  return value;
}

/* 3.2.2: canonical codes from their lengths. 0 when they are more than there is room for. */
static int make_code(struct code *code, const u8 *lengths, u32 n) {
  u16 next[LENGTH_MAX + 1], at[LENGTH_MAX + 1];
  u32 value = 0;
  s32 left = 1;
  memset(code->count, 0, sizeof code->count);
  memset(code->fast, 0, sizeof code->fast);
  for (u32 i = 0; i < n; i++) code->count[lengths[i]]++;
  code->count[0] = 0;
  at[0] = at[1] = 0;
  for (u32 length = 1; length <= LENGTH_MAX; length++) {
    left = (left << 1) - code->count[length];
    if (left < 0) return 0;
    value = (value + code->count[length - 1]) << 1;
    next[length] = (u16)value;
    if (length < LENGTH_MAX) at[length + 1] = (u16)(at[length] + code->count[length]);
  }
  for (u32 i = 0; i < n; i++) {
    u32 length = lengths[i];
    if (!length) continue;
    code->symbol[at[length]++] = (u16)i;
    u32 word = next[length]++;
    if (length > FAST_BITS) continue;
    u32 reversed = 0;
    for (u32 bit = 0; bit < length; bit++) reversed |= (word >> bit & 1) << (length - 1 - bit);
    for (u32 slot = reversed; slot < 1u << FAST_BITS; slot += 1u << length) code->fast[slot] = (u16)(length << 12 | i);
  }
  return 1;
}

/* ~0 when no code begins so. The input holds at least 15 bits. */
static inline u32 decode(struct bits *in, const struct code *code) {
  u32 entry = code->fast[in->hold & ((1 << FAST_BITS) - 1)];
  if (LIKELY(entry)) {
    take(in, entry >> 12);
    return entry & 0xfff;
  }
  s32 word = 0, first = 0, index = 0;
  for (u32 length = 1; length <= LENGTH_MAX; length++) {
    word |= (s32)take(in, 1);
    s32 count = code->count[length];
    if (word - count < first) return code->symbol[index + (word - first)];
    index += count;
    first = (first + count) << 1;
    word <<= 1;
  }
  return ~0u;
}

/* 3.2.7 */
static int read_codes(struct bits *in) {
  static const u8 order[19] = {16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15};
  u8 lengths[320];
  refill(in);
  u32 literal_count = take(in, 5) + 257, distance_count = take(in, 5) + 1, order_count = take(in, 4) + 4, n = 0;
  if (literal_count > 286 || distance_count > 30) return 0;
  memset(lengths, 0, 19);
  for (u32 i = 0; i < order_count; i++) {
    refill(in);
    lengths[order[i]] = (u8)take(in, 3);
  }
  if (!make_code(&distances, lengths, 19)) return 0;
  while (n < literal_count + distance_count) {
    refill(in);
    u32 symbol = decode(in, &distances), repeat = 1, value = symbol;
    if (symbol > 18) return 0;
    if (symbol == 16) {
      if (!n) return 0;
      value = lengths[n - 1];
      repeat = 3 + take(in, 2);
    } else if (symbol > 16) {
      value = 0;
      repeat = symbol == 17 ? 3 + take(in, 3) : 11 + take(in, 7);
    }
    if (n + repeat > literal_count + distance_count) return 0;
    while (repeat--) lengths[n++] = (u8)value;
  }
  return make_code(&literals, lengths, literal_count) && make_code(&distances, lengths + literal_count, distance_count);
}

/* 3.2.6 */
static void fixed_codes(void) {
  u8 lengths[SYMBOLS];
  for (u32 i = 0; i < SYMBOLS; i++) lengths[i] = i < 144 ? 8 : i < 256 ? 9 : i < 280 ? 7 : 8;
  make_code(&literals, lengths, SYMBOLS);
  memset(lengths, 5, 30);
  make_code(&distances, lengths, 30);
}

int inflate(u8 *to, u32 room, const u8 *from, u32 n) {
  static const u16 length_base[29] = {3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258};
  static const u8 length_extra[29] = {0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0};
  static const u16 distance_base[30] = {1,   2,   3,   4,   5,   7,    9,    13,   17,   25,   33,   49,   65,    97,    129,
                                        193, 257, 385, 513, 769, 1025, 1537, 2049, 3073, 4097, 6145, 8193, 12289, 16385, 24577};
  static const u8 distance_extra[30] = {0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13};
  struct bits in = {from, from + n, 0, 0};
  u8 *out = to, *end = to + room;
  for (u32 last = 0; !last;) {
    refill(&in);
    last = take(&in, 1);
    u32 type = take(&in, 2);
    if (type == 0) {
      take(&in, in.count & 7);
      refill(&in);
      u32 bytes = take(&in, 16);
      if ((take(&in, 16) ^ 0xffff) != bytes || bytes > (u32)(end - out)) return 0;
      for (; bytes; bytes--) {
        refill(&in);
        *out++ = (u8)take(&in, 8);
      }
      if (in.at - (in.count >> 3) > in.end) return 0;
      continue;
    }
    if (type == 3) return 0;
    if (type == 1) fixed_codes();
    else if (!read_codes(&in)) return 0;
    for (;;) {
      refill(&in); /* two codes with their extra bits are at most 48 */
      u32 symbol = decode(&in, &literals);
      if (symbol < 256) {
        if (out == end) return 0;
        *out++ = (u8)symbol;
        continue;
      }
      if (symbol == 256) break;
      symbol -= 257;
      if (symbol >= 29) return 0;
      u32 length = length_base[symbol] + take(&in, length_extra[symbol]);
      symbol = decode(&in, &distances);
      if (symbol >= 30) return 0;
      u32 distance = distance_base[symbol] + take(&in, distance_extra[symbol]);
      if (distance > (u32)(out - to) || length > (u32)(end - out)) return 0;
      for (const u8 *source = out - distance; length; length--) *out++ = *source++;
    }
    if (in.at - (in.count >> 3) > in.end) return 0;
  }
  return out == end;
}

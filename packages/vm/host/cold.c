/*
 * Cold parts of the image: what no start of the warm-up handlers touches (packages/vm/scripts) is kept compressed in the file and
 * is not mapped at all. The first access to a piece of it faults, and the fault handler puts the piece there. System calls do not
 * fault but fail: memory that they are given from the VM is touched before (cold_touch).
 */
#include "arch.h"

enum { PROT_READ = 1, PROT_WRITE = 2, MAP_PRIVATE = 2, MAP_FIXED = 0x10, MAP_ANONYMOUS = 0x20, MAP_NORESERVE = 0x4000, PIECES_MAX = 1024 };

static u32 there[PIECES_MAX / 32] LARGE; /* a bit for each piece of all parts, in order */
static u8 lanes_of_piece[COLD_PIECE] LARGE;

/* Where a packed piece begins; above that, log2 of how many lanes it was taken apart into before it was packed. */
enum { LANES_SHIFT = 30, BEGIN_MASK = (1u << LANES_SHIFT) - 1 };

/* From all first bytes of the words, all second ones, ... to the words. */
static void interleave(u8 *to, const u8 *from, u32 bytes, u32 lanes) {
  u32 words = bytes / lanes;
  for (u32 i = 0; i < words; i++)
    for (u32 lane = 0; lane < lanes; lane++) *to++ = from[lane * words + i];
}

int cold_fill(u32 at) {
  u32 index = 0;
  for (u32 i = 0; i < payload.cold_count; i++) {
    const volatile struct cold_part *part = &payload.cold[i];
    if (at - part->start >= part->bytes) {
      index += (part->bytes + COLD_PIECE - 1) / COLD_PIECE;
      continue;
    }
    u32 piece = (at - part->start) / COLD_PIECE;
    index += piece;
    if (there[index / 32] >> (index % 32) & 1) return 0;
    /* Where each piece begins in the packed bytes, and the last one ends; then these bytes. */
    const u32 *begins = (const u32 *)part->packed;
    u32 pieces = (part->bytes + COLD_PIECE - 1) / COLD_PIECE;
    const u8 *packed = (const u8 *)(begins + pieces + 1);
    u32 bytes = part->bytes - piece * COLD_PIECE;
    if (bytes > COLD_PIECE) bytes = COLD_PIECE;
    u8 *to = LINEAR(part->start + piece * COLD_PIECE);
    long got = SYSCALL(mmap, to, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_NORESERVE, -1, 0);
    if (got < 0) {
      say("zerostart: no memory for a part of the image", (char *)0);
      exit_now(EXIT_INTERNAL);
    }
    u64 room = part->packed_bytes - (pieces + 1) * sizeof begins[0];
    u32 begin = begins[piece] & BEGIN_MASK, end = begins[piece + 1] & BEGIN_MASK, lanes = 1u << (begins[piece] >> LANES_SHIFT);
    if (begin > end || end > room || !inflate(lanes > 1 ? lanes_of_piece : to, bytes, packed + begin, end - begin)) {
      say("zerostart: this artifact is damaged: a part of its image cannot be unpacked", (char *)0);
      exit_now(EXIT_DAMAGED);
    }
    if (lanes > 1) interleave(to, lanes_of_piece, bytes, lanes);
    there[index / 32] |= 1u << (index % 32);
    return 1;
  }
  return 0;
}

void cold_touch(u32 at, u32 n) {
  for (u32 i = 0; n && i < payload.cold_count; i++) {
    const volatile struct cold_part *part = &payload.cold[i];
    if (at >= part->start + part->bytes || at + n <= part->start) continue;
    for (u32 p = at & ~4095u; p < at + n; p += 4096) cold_fill(p);
    return;
  }
}

void cold_forget(void) {
  for (u32 i = 0; i < payload.cold_count; i++) SYSCALL(munmap, LINEAR(payload.cold[i].start), payload.cold[i].bytes);
  memset(there, 0, sizeof there);
}

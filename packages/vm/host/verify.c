/*
 * Is the file still what was built? Who deploys an artifact checks its SHA-256; this finds damage (a cut-off copy, a bad
 * disk) without costing the start anything: it runs piece by piece after the first answer, while the process is idle,
 * and whole with --verify.
 */
#include "arch.h"

enum { PIECE = 4096, PIECES_PER_STEP = 16 };

/* Two independent lanes over 32-bit words; a tail that is no whole pair of words is zero-padded. */
static u32 lane_a = PAYLOAD_HASH_SEED_A, lane_b = PAYLOAD_HASH_SEED_B;
static u64 position;
static long file = -1;
static u8 done;
static u32 buffer[PIECE / 4] LARGE;

static void NORETURN damaged(const char *how) {
  say("zerostart: this artifact is damaged: ", how, (char *)0);
  exit_now(EXIT_DAMAGED);
}

static void mix(u32 words) {
  u32 a = lane_a, b = lane_b;
  for (u32 i = 0; i < words; i += 2) {
    a = (a ^ buffer[i]) * 0x85ebca6bu;
    a ^= a >> 15;
    b = (b ^ buffer[i + 1]) * 0xc2b2ae35u;
    b ^= b >> 13;
  }
  lane_a = a;
  lane_b = b;
}

/* True while more is left. */
static int verify_piece(void) {
  if (done) return 0;
  if (file < 0) {
    file = executable_open();
    position = payload.content_offset;
    /* Without /proc and with a moved file there is nothing to check against. */
    if (file < 0) return !(done = 1);
  }
  u64 left = payload.artifact_bytes - position;
  u32 want = left < PIECE ? (u32)left : PIECE;
  long got = want ? SYSCALL(pread64, file, buffer, want, position) : 0;
  if (got != (long)want) damaged("it is shorter than when it was built");
  memset((u8 *)buffer + want, 0, (8 - want % 8) % 8);
  mix((want + 7) / 8 * 2);
  position += want;
  if (position < payload.artifact_bytes) return 1;
#ifndef __APPLE__ /* what the system wants at the end, the signature, follows */
  u8 beyond;
  if (SYSCALL(pread64, file, &beyond, 1, position) == 1) damaged("it is longer than when it was built");
#endif
  if (((u64)lane_b << 32 | lane_a) != payload.content_hash) damaged("its content does not match its checksum");
  done = 1;
  return 0;
}

int verify_step(void) {
  for (u32 i = 0; i < PIECES_PER_STEP; i++)
    if (!verify_piece()) return 0;
  return 1;
}

/* How a start reports its phases (docs/architecture.md): kept in memory, written once after the first response. */
#include "arch.h"

enum { TRACE_ENTRIES = 24 };
static struct { u8 magic[4]; u32 count; struct { u32 phase, reserved; u64 end_ns; } entries[TRACE_ENTRIES]; } trace = {{'Z', 'S', 'T', '1'}, 0, {{0, 0, 0}}};
int trace_fd = -1;

void trace_mark_now(u32 phase) {
  if (trace.count == TRACE_ENTRIES) return;
  trace.entries[trace.count].phase = phase;
  trace.entries[trace.count++].end_ns = clock_ns();
}

void trace_finish(void) {
  if (trace_fd < 0) return;
  trace_mark_now(PHASE_FIRST_REQUEST);
  SYSCALL(write, trace_fd, &trace, 8 + trace.count * sizeof trace.entries[0]);
  SYSCALL(close, trace_fd);
  trace_fd = -1;
}

void trace_hand_over(void) {
  if (trace_fd < 0) return;
  SYSCALL(write, trace_fd, &trace, 8 + trace.count * sizeof trace.entries[0]);
}

void trace_begin_again(u32 pid) {
  trace.count = 0;
  trace.entries[0].reserved = pid;
}

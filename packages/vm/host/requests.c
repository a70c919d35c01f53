/*
 * What this process has answered, counted where its supervisor can read it at any time: one page of 64-bit counters in a file
 * that ZEROSTART_REQUESTS names, shared by the processes of a pool. packages/protocol/src/requests.ts has the same layout.
 * Without one nothing is counted. It is mapped before the first connection, since a process that serves opens no more files, and touched after the first answer.
 * Health checks (OPTIONS *) are not counted; of pipelined requests the first of those that wait together is.
 *
 * Latency is from the arrival of a request's first byte to the first byte of its answer; its histogram has 16 buckets for each
 * power of two from 1 microsecond to 64 seconds, so a percentile is within 3 % of the truth.
 */
#include "arch.h"

enum { PROT_READ = 1, PROT_WRITE = 2, MAP_SHARED = 1, O_RDWR = 2, O_CLOEXEC = 02000000, AT_FDCWD = -100, SEEK_END = 2 };
enum { PAGE_BYTES = 4096, FIRST_EXPONENT = 10, EXPONENTS = 26, BUCKETS = EXPONENTS * 16 };
struct page {
  u64 magic; /* "ZSRQ1", written by who made the file: nothing is touched before there is something to count */
  u64 by_class[6]; /* by_class[5]: answers with status 500 to 599; by_class[0]: requests that got no answer */
  u64 connections; /* open now */
  u64 sum_ns;
  u64 last_ns; /* CLOCK_MONOTONIC of the newest answer */
  u64 reserved[6];
  u64 buckets[BUCKETS];
};
_Static_assert(sizeof(struct page) <= PAGE_BYTES, "one page");

const char *requests_path;
u8 requests_counted;
static struct page *page;

static void add(u64 *to, u64 n) { __atomic_fetch_add(to, n, __ATOMIC_RELAXED); }

static u32 bucket_of(u64 ns) {
  if (ns < 1ull << FIRST_EXPONENT) return 0;
  u32 exponent = 63 - (u32)__builtin_clzll(ns);
  if (exponent >= FIRST_EXPONENT + EXPONENTS) return BUCKETS - 1;
  return (exponent - FIRST_EXPONENT) * 16 + (u32)(ns >> (exponent - 4) & 15);
}

/* "HTTP/1.1 200 ..." The status of what begins here: 0 when it is no answer's head, or an interim one. */
static u32 status_of(const u8 *head, u32 n) {
  if (n < 12 || memcmp(head, "HTTP/1.", 7)) return 0;
  u32 hundreds = head[9] - '0', tens = head[10] - '0', ones = head[11] - '0';
  return hundreds >= 2 && hundreds <= 5 && tens <= 9 && ones <= 9 ? hundreds * 100 + tens * 10 + ones : 0;
}

void requests_answered(const u8 *head, u32 n, u64 since_ns) {
  u32 status = status_of(head, n);
  if (!status) return;
  u64 at = clock_ns(), ns = at > since_ns ? at - since_ns : 0;
  add(&page->by_class[status / 100], 1);
  add(&page->sum_ns, ns);
  add(&page->buckets[bucket_of(ns)], 1);
  page->last_ns = at;
}

void requests_unanswered(void) { add(&page->by_class[0], 1); }

void requests_connection(s32 change) { add(&page->connections, (u64)(s64)change); }

void requests_prepare(void) {
#ifdef __linux__ /* where agents run; elsewhere no name is taken from the environment */
  long fd = SYSCALL(openat, AT_FDCWD, requests_path, O_RDWR | O_CLOEXEC, 0);
  if (fd < 0) return;
  /* A page beyond the file's end would be a fault. */
  if (SYSCALL(lseek, fd, 0, SEEK_END) >= PAGE_BYTES) {
    long at = SYSCALL(mmap, 0, PAGE_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (at > 0) page = (struct page *)at;
  }
  SYSCALL(close, fd);
  requests_counted = page != 0;
#endif
}

/*
 * Encrypted connections of the handler's: between the sockets and the TLS client (tls/tls.zig), which knows bytes alone. The client is memory-safe by checks; one that
 * fails is an illegal instruction, on which the connection is given up and nothing else.
 */
#include "secure.h"
#if defined(__linux__) || defined(ZEROSTART_TLS)
#include "arch.h"
#include "tls.h"

enum { AT_FDCWD = -100, O_CLOEXEC = 02000000, MSG_DONTWAIT = 0x40, MSG_NOSIGNAL = 0x4000, ECONNRESET = 104, HOST_MAX = 253, PEM_MAX = 2 << 20 };
enum { SA_ONSTACK = 0x08000000, SA_RESTORER = 0x04000000, SA_NODEFER = 0x40000000 };

static struct { u8 used; u8 n; u8 host[HOST_MAX]; } slots[TLS_SLOTS] LARGE;
static u8 pem[PEM_MAX] LARGE;
static long authorities = -1;
static u32 trusted;
static const char *reason = "", *doubt;
static struct jump way_back;
static volatile u8 inside;

#ifdef __linux__
int secure_available(void) { return tls_begin != 0; }
#else
int secure_available(void) { return 1; }
#endif
const char *secure_reason(void) { return reason; }

extern void signal_return(void);
static void on_failed_check(int signal) {
  (void)signal;
  if (inside) jump_to(&way_back);
  say("zerostart: internal error: the host itself came to an illegal instruction", (char *)0);
  exit_now(EXIT_INTERNAL);
}

/* Everything between GUARD and UNGUARD may end in `failed`. */
#define GUARD(failed)                                     \
  if (jump_set(&way_back)) {                              \
    inside = 0;                                           \
    reason = doubt;                                       \
    return failed;                                        \
  }                                                       \
  doubt = "its TLS messages could not be understood";     \
  inside = 1
#define UNGUARD inside = 0

void secure_prepare(void) {
  /* On Windows these would lie on the drive's root, where anybody may put files. */
#ifndef _WIN32
  static const char *const usual[] = {"/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/ca-bundle.pem",
                                      "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem", "/etc/ssl/cert.pem"};
#endif
  struct { void (*handler)(int); u64 flags; void (*restorer)(void); u64 mask; } action = {on_failed_check, SA_ONSTACK | SA_RESTORER | SA_NODEFER, signal_return, 0};
  SYSCALL(rt_sigaction, SIGILL, &action, 0, 8);
  SYSCALL(rt_sigaction, SIGTRAP, &action, 0, 8);
  if (options.ca_path) {
    authorities = SYSCALL(openat, AT_FDCWD, options.ca_path, O_CLOEXEC, 0);
    if (authorities >= 0) return;
    say("zerostart: cannot open --ca ", options.ca_path, (char *)0);
    exit_now(EXIT_USAGE);
  }
#ifndef _WIN32
  for (u32 i = 0; authorities < 0 && i < sizeof usual / sizeof usual[0]; i++) authorities = SYSCALL(openat, AT_FDCWD, usual[i], O_CLOEXEC, 0);
#endif
}

s32 secure_open(const u8 *host, u32 n) {
  if (n > HOST_MAX) return -1;
  for (u32 i = 0; i < TLS_SLOTS; i++) {
    if (slots[i].used) continue;
    slots[i].used = 1;
    slots[i].n = (u8)n;
    memcpy(slots[i].host, host, n);
    return (s32)i;
  }
  return -1;
}

void secure_close(u32 slot) { slots[slot].used = 0; }

int secure_flush(u32 slot, s32 fd) {
  for (;;) {
    u32 n;
    const u8 *bytes = tls_output(slot, &n);
    if (!n) return 0;
    long sent = SYSCALL(sendto, fd, bytes, n, MSG_NOSIGNAL | MSG_DONTWAIT, 0, 0);
    if (sent == -EINTR) continue;
    if (sent == -EAGAIN) return 0;
    if (sent < 0) return -1;
    tls_sent(slot, (u32)sent);
  }
}

/* False when there is nobody to trust. */
static int read_authorities(s64 now_s) {
  if (trusted) return 1;
  u32 n = 0;
  while (authorities >= 0 && n < PEM_MAX) {
    long got = SYSCALL(pread64, authorities, pem + n, PEM_MAX - n, n);
    if (got <= 0) break;
    n += (u32)got;
  }
#ifndef __linux__
  if (!options.ca_path && !n) n = platform_authorities(pem, PEM_MAX);
#endif
  doubt = "the file of trusted authorities is malformed";
  trusted = (u32)tls_trust(pem, n, now_s);
  doubt = "its TLS messages could not be understood";
  return trusted > 0;
}

int secure_begin(u32 slot, s32 fd) {
  u8 seed[TLS_SEED];
  GUARD(-1);
  s64 now_s = (s64)(clock_epoch_ms() / 1000);
  int failed = 1;
  if (SYSCALL(getrandom, seed, sizeof seed, 0) != sizeof seed) reason = "no random bytes from the kernel";
  else if (!read_authorities(now_s)) reason = "this host trusts no authority: install its CA certificates, or give a file with --ca";
  else if (tls_begin(slot, slots[slot].host, slots[slot].n, seed, now_s) < 0) reason = tls_failure();
  else failed = 0;
  memset(seed, 0, sizeof seed);
  UNGUARD;
  return failed ? -1 : secure_flush(slot, fd);
}

/* Receive once: what recvfrom gives, or negative after a failure of TLS. */
static long receive(u32 slot, s32 fd) {
  u32 room;
  u8 *to = tls_input(slot, &room);
  long got;
  do got = SYSCALL(recvfrom, fd, to, room, MSG_DONTWAIT, 0, 0);
  while (got == -EINTR);
  if (got > 0 && tls_received(slot, (u32)got) < 0) {
    reason = tls_failure();
    return -ECONNRESET;
  }
  return got;
}

int secure_step(u32 slot, s32 fd) {
  GUARD(-1);
  int result = 0;
  while (!result && !tls_is_open(slot)) {
    reason = "it closed the connection during the TLS handshake";
    long got = receive(slot, fd);
    if (got == -EAGAIN) break;
    if (got <= 0) result = -1;
  }
  if (!result && tls_is_open(slot)) result = 1;
  /* After a failure too: an alert says why. */
  if (secure_flush(slot, fd) < 0 && result > 0) result = -1;
  UNGUARD;
  return result;
}

long secure_read(u32 slot, s32 fd, u8 *to, u32 n) {
  GUARD(-ECONNRESET);
  long result;
  for (;;) {
    result = tls_read(slot, to, n);
    if (result == -1) result = 0;
    else if (result < 0) result = -ECONNRESET;
    else if (!result) {
      long got = receive(slot, fd);
      if (got > 0) continue;
      /* An end that the peer did not announce may have been made by anybody on the way. */
      result = got ? got : -ECONNRESET;
    }
    break;
  }
  UNGUARD;
  return result;
}

long secure_write(u32 slot, s32 fd, const u8 *from, u32 n) {
  GUARD(-ECONNRESET);
  long result = tls_write(slot, from, n);
  if (secure_flush(slot, fd) < 0) result = -ECONNRESET;
  else if (!result && n) {
    result = tls_write(slot, from, n);
    if (result && secure_flush(slot, fd) < 0) result = -ECONNRESET;
  }
  UNGUARD;
  return result || !n ? result : -EAGAIN;
}
#endif

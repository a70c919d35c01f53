/*
 * The host's system interface (system.h) on macOS, where libSystem's functions are the interface and system calls are
 * not. epoll becomes kqueue: EV_CLEAR is its edge trigger, and the two filters of one descriptor are told as one event.
 * A signal that came while it was held back ends the wait: kqueue tells it, and it is let in for a moment.
 *
 * Linux's constants come in, so this file takes macOS' own from its headers and never includes arch.h.
 */
#ifdef __APPLE__
#include <fcntl.h>
#include <errno.h>
#include <mach-o/dyld.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/event.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <netinet/in.h>
#include <time.h>
#include <unistd.h>
#include "system.h"

/* The file's own texts and bytes are the host's (text.c). */
#define LINUX_AT_FDCWD (-100)
enum { LINUX_O_WRONLY = 1, LINUX_O_CREAT = 0100, LINUX_O_EXCL = 0200, LINUX_O_NONBLOCK = 04000, LINUX_O_CLOEXEC = 02000000 };
enum { LINUX_MAP_FIXED = 0x10, LINUX_MAP_ANONYMOUS = 0x20 };
enum { LINUX_AF_INET6 = 10, LINUX_SOCK_NONBLOCK = 04000, LINUX_SOL_SOCKET = 1, LINUX_SO_REUSEADDR = 2, LINUX_MSG_DONTWAIT = 0x40 };
enum { LINUX_EPOLLIN = 1, LINUX_EPOLLOUT = 4, LINUX_EPOLLERR = 8, LINUX_EPOLLHUP = 16, LINUX_EPOLLRDHUP = 0x2000, LINUX_CTL_ADD = 1, LINUX_CTL_DEL = 2 };
enum { LINUX_SIGBUS = 7, LINUX_SIGSEGV = 11, LINUX_SIGCHLD = 17, LINUX_SA_ONSTACK = 0x08000000, LINUX_SA_NODEFER = 0x40000000 };
enum { LINUX_PR_SET_PDEATHSIG = 1, LINUX_RLIMIT_NOFILE = 7, LINUX_F_GETFL = 3, LINUX_F_SETFL = 4 };
enum { FILES_MAX = 10240 /* OPEN_MAX: more is not granted, whatever the limit says */ };

/* A function's result, or the error as Linux numbers it. */
static s64 result(s64 value) {
  static const struct { s32 here, linux; } errors[] = {{EAGAIN, 11},       {EINPROGRESS, 115}, {EADDRINUSE, 98},    {EADDRNOTAVAIL, 99}, {ECONNREFUSED, 111},
                                                       {ECONNRESET, 104},  {ENOTCONN, 107},    {ENAMETOOLONG, 36},  {EAFNOSUPPORT, 97},  {ENOTSOCK, 88},
                                                       {ENOPROTOOPT, 92},  {ETIMEDOUT, 110},   {EHOSTUNREACH, 113}, {ENETUNREACH, 101},  {EOPNOTSUPP, 95}};
  if (value >= 0) return value;
  for (u32 i = 0; i < sizeof errors / sizeof errors[0]; i++)
    if (errno == errors[i].here) return -errors[i].linux;
  return -errno; /* the first 34 are the same */
}

/* Files. */

static int folder_of(s32 folder) { return folder == LINUX_AT_FDCWD ? AT_FDCWD : folder; }

s64 sys_write(s64 fd, const void *bytes, u64 n) { return result(write((int)fd, bytes, n)); }
s64 sys_writev(s64 fd, const void *parts, u32 count) { return result(writev((int)fd, parts, (int)count)); }
s64 sys_read(s64 fd, void *to, u64 n) { return result(read((int)fd, to, n)); }
s64 sys_pread64(s64 file, void *to, u64 n, u64 offset) { return result(pread((int)file, to, n, (off_t)offset)); }
s64 sys_lseek(s64 file, s64 offset, s32 whence) { return result(lseek((int)file, offset, whence)); }
s64 sys_mkdirat(s32 folder, const char *path, u32 mode) { return result(mkdirat(folder_of(folder), path, (mode_t)mode)); }
s64 sys_unlinkat(s32 folder, const char *path, s32 flags) { return flags ? -22 : result(unlinkat(folder_of(folder), path, 0)); }
s64 sys_close(s64 fd) { return result(close((int)fd)); }

s64 sys_openat(s32 folder, const char *path, s32 flags, u32 mode) {
  int own = flags & 3; /* the access modes are the same */
  if (flags & LINUX_O_CREAT) own |= O_CREAT;
  if (flags & LINUX_O_EXCL) own |= O_EXCL;
  if (flags & LINUX_O_CLOEXEC) own |= O_CLOEXEC;
  return result(openat(folder_of(folder), path, own, (mode_t)mode));
}

s64 sys_renameat2(s32 from_folder, const char *from, s32 to_folder, const char *to, u32 flags) {
  return flags ? -22 : result(renameat(folder_of(from_folder), from, folder_of(to_folder), to));
}

/* Only the flag that a descriptor does not block. */
s64 sys_fcntl(s64 fd, s32 operation, ...) {
  va_list arguments;
  va_start(arguments, operation);
  long flags = operation == LINUX_F_SETFL ? va_arg(arguments, long) : 0;
  va_end(arguments);
  int own = fcntl((int)fd, F_GETFL);
  if (own < 0 || operation == LINUX_F_GETFL) return own < 0 ? result(own) : own & O_NONBLOCK ? LINUX_O_NONBLOCK : 0;
  if (operation != LINUX_F_SETFL) return -22;
  return result(fcntl((int)fd, F_SETFL, flags & LINUX_O_NONBLOCK ? own | O_NONBLOCK : own & ~O_NONBLOCK));
}

/* Memory. */

s64 sys_mmap(void *at, u64 n, s32 protection, s32 flags, s64 file, u64 offset) {
  if (!(flags & LINUX_MAP_FIXED)) return -22;
  int own = MAP_PRIVATE | MAP_FIXED | (flags & LINUX_MAP_ANONYMOUS ? MAP_ANON | MAP_NORESERVE : 0);
  return mmap(at, n, protection, own, flags & LINUX_MAP_ANONYMOUS ? -1 : (int)file, (off_t)offset) == at ? 0 : result(-1);
}

s64 sys_munmap(void *at, u64 n) { return sys_mmap(at, n, PROT_NONE, LINUX_MAP_FIXED | LINUX_MAP_ANONYMOUS, -1, 0); }

static void NORETURN cannot_map(const char *what, s64 error) {
  char digits[24];
  say("zerostart: cannot ", what, ": error ", text_decimal(digits, (u64)-error), (char *)0);
  sys_exit_group(EXIT_INTERNAL);
}

/* The file that this process was started from may have been replaced since: it is ours when it holds our descriptor. */
static s64 open_own_file(void) {
  extern const u8 _mh_execute_header[];
  struct payload stored;
  s64 file = executable_open();
  if (file < 0) return file;
  u64 at = (u64)((const u8 *)&payload - _mh_execute_header); /* __TEXT begins with the file */
  if (sys_pread64(file, &stored, sizeof stored, at) == (s64)sizeof stored && !memcmp(&stored, (const void *)&payload, sizeof stored)) return file;
  return -116;
}

int platform_restore(void) {
  s64 file = open_own_file();
  if (file < 0) return (int)-file;
  s64 failed = sys_mmap(LINEAR(0), (u64)payload.memory_pages * WASM_PAGE, PROT_READ | PROT_WRITE, LINUX_MAP_FIXED | LINUX_MAP_ANONYMOUS, -1, 0);
  for (u32 i = 0; !failed && i < payload.range_count; i++) {
    const volatile struct image_range *range = &payload.ranges[i];
    if (range->file_bytes) failed = sys_mmap(LINEAR(range->start), range->file_bytes, PROT_READ | PROT_WRITE, LINUX_MAP_FIXED, file, range->file_offset);
  }
  if (!failed && payload.payload_bytes) failed = sys_mmap(LINEAR(PAYLOAD_AT), payload.payload_bytes, PROT_READ, LINUX_MAP_FIXED, file, payload.payload_offset);
  return (int)-failed;
}

void platform_map(void) {
  u8 *base = LINEAR(0);
  /* Without MAP_FIXED: what lies there already must not be overwritten. */
  void *reserved = mmap(base, MEMORY_REACH, PROT_NONE, MAP_PRIVATE | MAP_ANON | MAP_NORESERVE, -1, 0);
  if (reserved != base) cannot_map("reserve the handler's addresses", reserved == MAP_FAILED ? result(-1) : -12);
  int failed = platform_restore();
  if (failed) cannot_map("map the handler's image from the executable", -failed);
}

/* Sockets. Addresses begin with their length here, and one family has another number. */

union native { struct sockaddr any; struct sockaddr_in v4; struct sockaddr_in6 v6; struct sockaddr_un local; };
union foreign { u16 family; u8 bytes[112]; };

static socklen_t to_native(const void *address, u32 n, union native *to) {
  const union foreign *from = address;
  memset(to, 0, sizeof *to);
  if (n > sizeof to->local) n = sizeof to->local;
  memcpy((u8 *)to + 2, from->bytes + 2, n - 2);
  to->any.sa_family = (sa_family_t)(from->family == LINUX_AF_INET6 ? AF_INET6 : from->family);
  to->any.sa_len = (u8)n;
  return n;
}

/* Non-blocking and not inherited by programs that are started. A write to a peer that is gone is an error, no signal. */
static s64 adopt(int fd, s32 flags) {
  int on = 1;
  if (fd < 0) return result(fd);
  fcntl(fd, F_SETFD, FD_CLOEXEC);
  if (flags & LINUX_SOCK_NONBLOCK) fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
  setsockopt(fd, SOL_SOCKET, SO_NOSIGPIPE, &on, sizeof on);
  return fd;
}

s64 sys_socket(s32 family, s32 type, s32 protocol) {
  return adopt(socket(family == LINUX_AF_INET6 ? AF_INET6 : family, type & 15, protocol), type);
}

s64 sys_bind(s64 fd, const void *address, u32 n) {
  union native own;
  socklen_t length = to_native(address, n, &own);
  return result(bind((int)fd, &own.any, length));
}

s64 sys_connect(s64 fd, const void *address, u32 n) {
  union native own;
  socklen_t length = to_native(address, n, &own);
  return result(connect((int)fd, &own.any, length));
}

s64 sys_listen(s64 fd, s32 backlog) { return result(listen((int)fd, backlog)); }
s64 sys_shutdown(s64 fd, s32 how) { return result(shutdown((int)fd, how)); }

s64 sys_accept4(s64 fd, void *address, u32 *n, s32 flags) {
  (void)address;
  (void)n;
  return adopt(accept((int)fd, 0, 0), flags);
}

s64 sys_getsockname(s64 fd, void *address, u32 *n) {
  union native own;
  union foreign *to = address;
  socklen_t length = sizeof own;
  s64 failed = result(getsockname((int)fd, &own.any, &length));
  if (failed) return failed;
  if (length > *n) length = *n;
  memcpy(to->bytes + 2, (u8 *)&own + 2, length - 2);
  to->family = own.any.sa_family == AF_INET6 ? LINUX_AF_INET6 : own.any.sa_family;
  *n = length;
  return 0;
}

s64 sys_setsockopt(s64 fd, s32 level, s32 option, const void *value, u32 n) {
  if (level == LINUX_SOL_SOCKET && option == LINUX_SO_REUSEADDR) level = SOL_SOCKET, option = SO_REUSEADDR;
  else if (level != IPPROTO_TCP || option != 1 /* TCP_NODELAY is alike; others only tune */) return -92;
  return result(setsockopt((int)fd, level, option, value, n));
}

s64 sys_sendto(s64 fd, const void *bytes, u64 n, s32 flags, const void *address, u32 address_bytes) {
  (void)address;
  (void)address_bytes;
  return result(send((int)fd, bytes, n, flags & LINUX_MSG_DONTWAIT ? MSG_DONTWAIT : 0));
}

s64 sys_recvfrom(s64 fd, void *to, u64 n, s32 flags, void *address, u32 *address_bytes) {
  (void)address;
  (void)address_bytes;
  return result(recv((int)fd, to, n, flags & LINUX_MSG_DONTWAIT ? MSG_DONTWAIT : 0));
}

/* Signals. */

static const struct { s32 linux, here; } signals[] = {{LINUX_SIGBUS, SIGBUS}, {LINUX_SIGCHLD, SIGCHLD}};
static s32 to_own_signal(s32 signal) {
  for (u32 i = 0; i < 2; i++)
    if (signals[i].linux == signal) return signals[i].here;
  return signal;
}
static s32 to_linux_signal(s32 signal) {
  for (u32 i = 0; i < 2; i++)
    if (signals[i].here == signal) return signals[i].linux;
  return signal;
}

struct action { void (*handler)(int, void *, void *); u64 flags; void (*restorer)(void); u64 mask; };
static void (*handlers[32])(int, void *, void *);

static void on_signal(int signal, siginfo_t *information, void *context) {
  s32 linux_signal = to_linux_signal(signal);
  u64 address = (u64)information->si_addr;
  /* As Linux lays it out: the address is the third word. An access that a mapping forbids is a bus error here; only one to the file's own pages means what it means there. */
  u64 like_linux[3] = {0, 0, address};
  if (linux_signal == LINUX_SIGBUS && address - MEMORY_BASE >= (u64)payload.memory_pages * WASM_PAGE) linux_signal = LINUX_SIGSEGV;
  handlers[to_linux_signal(signal)](linux_signal, like_linux, context);
}

s64 sys_rt_sigaction(s32 signal, const void *action, void *before, u64 mask_bytes) {
  const struct action *wanted = action;
  struct sigaction own = {.sa_sigaction = on_signal, .sa_flags = SA_SIGINFO};
  (void)before;
  (void)mask_bytes;
  if (wanted->flags & LINUX_SA_ONSTACK) own.sa_flags |= SA_ONSTACK;
  if (wanted->flags & LINUX_SA_NODEFER) own.sa_flags |= SA_NODEFER;
  handlers[signal] = wanted->handler;
  return result(sigaction(to_own_signal(signal), &own, 0));
}

static sigset_t own_mask(u64 mask) {
  sigset_t own;
  sigemptyset(&own);
  for (s32 signal = 1; signal < 32; signal++)
    if (mask >> (signal - 1) & 1) sigaddset(&own, to_own_signal(signal));
  return own;
}

s64 sys_rt_sigprocmask(s32 how, const u64 *mask, u64 *before, u64 mask_bytes) {
  (void)how; /* always to set it */
  (void)before;
  (void)mask_bytes;
  sigset_t own = own_mask(*mask);
  return result(sigprocmask(SIG_SETMASK, &own, 0));
}

s64 sys_sigaltstack(const void *stack, void *before) {
  const struct { void *base; int flags; size_t size; } *wanted = stack;
  stack_t own = {.ss_sp = wanted->base, .ss_size = wanted->size};
  (void)before;
  return result(sigaltstack(&own, 0));
}

void signal_return(void) {}

void siglongjmp(int *, int) __attribute__((noreturn));
void jump_to(struct jump *at) { siglongjmp((int *)at->registers, 1); }

/* Let signals in that were held back, and hold them back again; true when there were any. */
static int take_pending(u64 mask_while_waiting) {
  sigset_t pending, own = own_mask(mask_while_waiting), before;
  if (sigpending(&pending)) return 0;
  int any = 0;
  for (s32 signal = 1; signal < 32; signal++)
    if (sigismember(&pending, signal) && !sigismember(&own, signal)) any = 1;
  if (!any) return 0;
  sigprocmask(SIG_SETMASK, &own, &before);
  sigprocmask(SIG_SETMASK, &before, 0);
  return 1;
}

/* Events. */

static pid_t watched_parent;

s64 sys_prctl(s32 operation, ...) {
  /* A process of a pool ends with its parent. Everything else that is set this way is Linux's to tune. */
  if (operation == LINUX_PR_SET_PDEATHSIG) watched_parent = getppid();
  return 0;
}

s64 sys_epoll_create1(s32 flags) {
  (void)flags;
  int poller = kqueue();
  if (poller < 0) return result(poller);
  fcntl(poller, F_SETFD, FD_CLOEXEC);
  struct kevent changes[3];
  EV_SET(&changes[0], SIGTERM, EVFILT_SIGNAL, EV_ADD | EV_CLEAR, 0, 0, 0);
  EV_SET(&changes[1], SIGINT, EVFILT_SIGNAL, EV_ADD | EV_CLEAR, 0, 0, 0);
  EV_SET(&changes[2], (uintptr_t)watched_parent, EVFILT_PROC, EV_ADD, NOTE_EXIT, 0, 0);
  if (kevent(poller, changes, watched_parent ? 3 : 2, 0, 0, 0) < 0 && watched_parent) sys_exit_group(EXIT_DRAINED); /* it is gone already */
  return poller;
}

s64 sys_epoll_ctl(s64 poller, s32 operation, s64 fd, const void *event) {
  const struct { u32 events; u64 data; } *wanted = event;
  struct kevent changes[2];
  int count = 0;
  u16 how = operation == LINUX_CTL_DEL ? EV_DELETE : (u16)(EV_ADD | (wanted->events & 0x80000000u ? EV_CLEAR : 0));
  if (wanted->events & LINUX_EPOLLIN) EV_SET(&changes[count++], (uintptr_t)fd, EVFILT_READ, how, 0, 0, (void *)wanted->data);
  if (wanted->events & LINUX_EPOLLOUT) EV_SET(&changes[count++], (uintptr_t)fd, EVFILT_WRITE, how, 0, 0, (void *)wanted->data);
  return result(kevent((int)poller, changes, count, 0, 0, 0));
}

s64 sys_epoll_pwait(s64 poller, void *events, s32 max, s32 timeout_ms, const u64 *mask, u64 mask_bytes) {
  enum { AT_ONCE = 128 };
  struct kevent happened[AT_ONCE];
  struct { u32 events; u64 data; } *to = events;
  struct timespec timeout = {timeout_ms / 1000, timeout_ms % 1000 * 1000000};
  (void)mask_bytes;
  /* What came before this process had its queue is not told by it. */
  if (take_pending(*mask)) return -4;
  int count = kevent((int)poller, 0, 0, happened, max < AT_ONCE ? max : AT_ONCE, timeout_ms < 0 ? 0 : &timeout), told = 0, signalled = 0;
  if (count < 0) return result(count);
  for (int i = 0; i < count; i++) {
    const struct kevent *e = &happened[i];
    if (e->filter == EVFILT_PROC) sys_exit_group(EXIT_DRAINED);
    if (e->filter == EVFILT_SIGNAL) {
      signalled = 1;
      continue;
    }
    u32 flags = e->filter == EVFILT_WRITE ? LINUX_EPOLLOUT : LINUX_EPOLLIN;
    if (e->flags & EV_EOF) flags |= e->fflags ? LINUX_EPOLLERR : e->filter == EVFILT_READ ? LINUX_EPOLLRDHUP : 0;
    int at = 0;
    while (at < told && to[at].data != (u64)e->udata) at++;
    if (at == told) to[told].events = 0, to[told++].data = (u64)e->udata;
    to[at].events |= flags;
  }
  if (signalled) take_pending(*mask);
  return told || !signalled ? told : -4;
}

/* Processes. */

s64 sys_clone(s32 signal) {
  (void)signal;
  return result(fork());
}
s64 sys_wait4(s64 pid, s32 *status, s32 options, void *usage) {
  (void)usage;
  return result(waitpid((pid_t)pid, status, options));
}
s64 sys_kill(s64 pid, s32 signal) { return result(kill((pid_t)pid, to_own_signal(signal))); }
s64 sys_getppid(void) { return getppid(); }
s64 sys_getpid(void) { return getpid(); }

s64 sys_pipe2(s32 fds[2], s32 flags) {
  (void)flags;
  if (pipe(fds)) return result(-1);
  fcntl(fds[0], F_SETFD, FD_CLOEXEC);
  fcntl(fds[1], F_SETFD, FD_CLOEXEC);
  return 0;
}

/* For one descriptor to be readable, or for a signal. */
s64 sys_ppoll(void *polls, u32 n, const void *timeout, const u64 *mask, u64 mask_bytes) {
  struct pollfd *entry = polls; /* laid out alike, and so are times */
  sigset_t own = own_mask(*mask);
  fd_set readable;
  (void)n;
  (void)mask_bytes;
  FD_ZERO(&readable);
  if (entry->fd >= FD_SETSIZE) return -22;
  if (entry->fd >= 0) FD_SET(entry->fd, &readable);
  int count = pselect(entry->fd + 1, &readable, 0, 0, timeout, &own);
  entry->revents = count > 0 ? POLLIN : 0;
  return result(count);
}

s64 sys_prlimit64(s32 pid, s32 resource, const u64 limit[2], u64 before[2]) {
  struct rlimit own;
  (void)pid;
  if (resource != LINUX_RLIMIT_NOFILE || getrlimit(RLIMIT_NOFILE, &own)) return -22;
  if (before) {
    before[0] = own.rlim_cur;
    before[1] = own.rlim_max < FILES_MAX ? own.rlim_max : FILES_MAX;
  }
  if (!limit) return 0;
  own.rlim_cur = limit[0];
  return result(setrlimit(RLIMIT_NOFILE, &own));
}

s64 sys_getrandom(void *to, u64 n, u32 flags) {
  (void)flags;
  u32 piece = n < 256 ? (u32)n : 256;
  return getentropy(to, piece) ? result(-1) : (s64)piece;
}

#ifdef ZEROSTART_TLS
/* They are in /etc/ssl/cert.pem. */
u32 platform_authorities(u8 *to, u32 room) { return (void)to, (void)room, 0; }
#endif

s64 sys_clock_gettime(s32 clock, void *time) { return result(clock_gettime(clock ? CLOCK_MONOTONIC : CLOCK_REALTIME, time)); }
s64 sys_nanosleep(const void *time, void *left) { return result(nanosleep(time, left)); }
void sys_exit_group(s32 code) { _exit(code); }

int main(int argc, char **argv, char **envp) {
  static char path[4096];
  u32 size = sizeof path;
  for (char **e = envp; *e; e++) {
    const char *fd = text_after(*e, "ZEROSTART_TRACE_FD=");
    if (fd) trace_fd = (int)text_number(fd, 1 << 20);
  }
  if (!_NSGetExecutablePath(path, &size)) executable_path = path;
  host_main(argc, argv, envp, PHASE_LINK);
}
#endif

/* The machines: system calls, their numbers, entry point, saving and restoring a context. */
#ifndef ZEROSTART_ARCH_H
#define ZEROSTART_ARCH_H
#include "host.h"

#ifndef __linux__
#include "system.h"
#else
#if defined(__x86_64__)
static inline long syscall6(long n, long a, long b, long c, long d, long e, long f) {
  long result;
  register long r10 __asm__("r10") = d;
  register long r8 __asm__("r8") = e;
  register long r9 __asm__("r9") = f;
  __asm__ volatile("syscall" : "=a"(result) : "a"(n), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9) : "rcx", "r11", "memory");
  return result;
}
enum {
  SYS_write = 1, SYS_close = 3, SYS_mmap = 9, SYS_rt_sigaction = 13, SYS_rt_sigprocmask = 14, SYS_pread64 = 17, SYS_writev = 20,
  SYS_nanosleep = 35, SYS_sendto = 44, SYS_recvfrom = 45, SYS_shutdown = 48, SYS_socket = 41, SYS_connect = 42, SYS_bind = 49,
  SYS_listen = 50, SYS_getsockname = 51, SYS_setsockopt = 54, SYS_prctl = 157, SYS_sigaltstack = 131, SYS_clock_gettime = 228,
  SYS_read = 0, SYS_lseek = 8, SYS_getpid = 39, SYS_fcntl = 72, SYS_clone = 56, SYS_wait4 = 61, SYS_kill = 62, SYS_getppid = 110, SYS_mkdirat = 258, SYS_renameat2 = 316,
  SYS_ppoll = 271, SYS_pipe2 = 293, SYS_getsockopt = 55, SYS_sched_setaffinity = 203, SYS_sched_getaffinity = 204, SYS_getcpu = 309,
  SYS_exit_group = 231, SYS_epoll_ctl = 233, SYS_openat = 257, SYS_unlinkat = 263, SYS_epoll_pwait = 281, SYS_accept4 = 288,
  SYS_epoll_create1 = 291, SYS_prlimit64 = 302, SYS_getrandom = 318, SYS_munmap = 11, SYS_mprotect = 10, SYS_madvise = 28, SYS_mlock2 = 325,
};
#define VDSO_CLOCK_GETTIME "__vdso_clock_gettime"
#define EPOLL_PACKED __attribute__((packed))
#elif defined(__aarch64__)
static inline long syscall6(long n, long a, long b, long c, long d, long e, long f) {
  register long x8 __asm__("x8") = n;
  register long x0 __asm__("x0") = a;
  register long x1 __asm__("x1") = b;
  register long x2 __asm__("x2") = c;
  register long x3 __asm__("x3") = d;
  register long x4 __asm__("x4") = e;
  register long x5 __asm__("x5") = f;
  __asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5) : "memory");
  return x0;
}
#define VDSO_CLOCK_GETTIME "__kernel_clock_gettime"
#define EPOLL_PACKED
#define GENERIC_SYSCALL_NUMBERS
#elif defined(__riscv) && __riscv_xlen == 64
static inline long syscall6(long n, long a, long b, long c, long d, long e, long f) {
  register long a7 __asm__("a7") = n;
  register long a0 __asm__("a0") = a;
  register long a1 __asm__("a1") = b;
  register long a2 __asm__("a2") = c;
  register long a3 __asm__("a3") = d;
  register long a4 __asm__("a4") = e;
  register long a5 __asm__("a5") = f;
  __asm__ volatile("ecall" : "+r"(a0) : "r"(a7), "r"(a1), "r"(a2), "r"(a3), "r"(a4), "r"(a5) : "memory");
  return a0;
}
#define VDSO_CLOCK_GETTIME "__vdso_clock_gettime"
#define EPOLL_PACKED
#define GENERIC_SYSCALL_NUMBERS
#else
#error "no host for this machine yet"
#endif

#ifdef GENERIC_SYSCALL_NUMBERS
enum {
  SYS_epoll_create1 = 20, SYS_epoll_ctl = 21, SYS_epoll_pwait = 22, SYS_unlinkat = 35, SYS_openat = 56, SYS_close = 57, SYS_write = 64,
  SYS_writev = 66, SYS_pread64 = 67, SYS_exit_group = 94, SYS_nanosleep = 101, SYS_clock_gettime = 113, SYS_sigaltstack = 132,
  SYS_rt_sigaction = 134, SYS_rt_sigprocmask = 135, SYS_prctl = 167, SYS_socket = 198, SYS_bind = 200, SYS_listen = 201,
  SYS_connect = 203, SYS_getsockname = 204, SYS_sendto = 206, SYS_recvfrom = 207, SYS_setsockopt = 208, SYS_shutdown = 210,
  SYS_fcntl = 25, SYS_mkdirat = 34, SYS_renameat2 = 276, SYS_pipe2 = 59, SYS_lseek = 62, SYS_read = 63, SYS_ppoll = 73, SYS_kill = 129, SYS_getpid = 172, SYS_getppid = 173,
  SYS_clone = 220, SYS_wait4 = 260, SYS_getsockopt = 209, SYS_sched_setaffinity = 122, SYS_sched_getaffinity = 123, SYS_getcpu = 168,
  SYS_munmap = 215, SYS_mmap = 222, SYS_mprotect = 226, SYS_accept4 = 242, SYS_prlimit64 = 261, SYS_getrandom = 278, SYS_madvise = 233, SYS_mlock2 = 284,
};
#endif

#define SYSCALL(n, ...) SYSCALL_PICK(n, ##__VA_ARGS__, 0, 0, 0, 0, 0, 0)
#define SYSCALL_PICK(n, a, b, c, d, e, f, ...) syscall6(SYS_##n, (long)(a), (long)(b), (long)(c), (long)(d), (long)(e), (long)(f))
#endif

enum { ENOENT = 2, EINTR = 4, EAGAIN = 11, EFAULT = 14, EMFILE = 24, ENFILE = 23, EADDRINUSE = 98, ECONNREFUSED = 111 };
enum { SIGINT = 2, SIGILL = 4, SIGTRAP = 5, SIGBUS = 7, SIGSEGV = 11, SIGPIPE = 13, SIGTERM = 15, SIGCHLD = 17, SIGKILL = 9 };

static inline NORETURN void exit_now(int code) {
  for (;;) SYSCALL(exit_group, code);
}

#endif

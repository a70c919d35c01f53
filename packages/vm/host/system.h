/*
 * The host's system interface where it is a library, not system calls: macOS (platform-darwin.c) and Windows
 * (platform-windows.c). The host is written against a small part of Linux's interface; these functions keep its names,
 * arguments, constants and negative error numbers, so that everything above them is the same on every system. What a
 * platform has not is refused by its function, never ignored in silence, but for what only tunes.
 */
#ifndef ZEROSTART_SYSTEM_H
#define ZEROSTART_SYSTEM_H
#include "host.h"

#define SYSCALL(n, ...) sys_##n(__VA_ARGS__)
#define EPOLL_PACKED
#define VDSO_CLOCK_GETTIME ""

s64 sys_write(s64 fd, const void *bytes, u64 n);
s64 sys_writev(s64 fd, const void *parts, u32 count);
s64 sys_read(s64 fd, void *to, u64 n);
s64 sys_pread64(s64 file, void *to, u64 n, u64 offset);
s64 sys_lseek(s64 file, s64 offset, s32 whence);
s64 sys_openat(s32 folder, const char *path, s32 flags, u32 mode);
s64 sys_mkdirat(s32 folder, const char *path, u32 mode);
s64 sys_renameat2(s32 from_folder, const char *from, s32 to_folder, const char *to, u32 flags);
s64 sys_unlinkat(s32 folder, const char *path, s32 flags);
s64 sys_close(s64 fd);
s64 sys_fcntl(s64 fd, s32 operation, ...);

/* Private mappings at a fixed address inside linear memory. Unmapping keeps the addresses reserved. 0 or an error. */
s64 sys_mmap(void *at, u64 n, s32 protection, s32 flags, s64 file, u64 offset);
s64 sys_munmap(void *at, u64 n);
/* Reserve all of linear memory's reach and map the image and the payload into it. */
void platform_map(void);
/* Put the image's pages back as they are in the file; 0 or an error number. */
int platform_restore(void);

s64 sys_socket(s32 family, s32 type, s32 protocol);
s64 sys_bind(s64 fd, const void *address, u32 n);
s64 sys_connect(s64 fd, const void *address, u32 n);
s64 sys_listen(s64 fd, s32 backlog);
s64 sys_accept4(s64 fd, void *address, u32 *n, s32 flags);
s64 sys_getsockname(s64 fd, void *address, u32 *n);
s64 sys_setsockopt(s64 fd, s32 level, s32 option, const void *value, u32 n);
s64 sys_shutdown(s64 fd, s32 how);
s64 sys_sendto(s64 fd, const void *bytes, u64 n, s32 flags, const void *address, u32 address_bytes);
s64 sys_recvfrom(s64 fd, void *to, u64 n, s32 flags, void *address, u32 *address_bytes);
s64 sys_epoll_create1(s32 flags);
s64 sys_epoll_ctl(s64 poller, s32 operation, s64 fd, const void *event);
s64 sys_epoll_pwait(s64 poller, void *events, s32 max, s32 timeout_ms, const u64 *mask, u64 mask_bytes);

s64 sys_rt_sigaction(s32 signal, const void *action, void *before, u64 mask_bytes);
s64 sys_rt_sigprocmask(s32 how, const u64 *mask, u64 *before, u64 mask_bytes);
s64 sys_sigaltstack(const void *stack, void *before);
s64 sys_prctl(s32 operation, ...);
s64 sys_prlimit64(s32 pid, s32 resource, const u64 limit[2], u64 before[2]);
s64 sys_getrandom(void *to, u64 n, u32 flags);
s64 sys_clock_gettime(s32 clock, void *time);
s64 sys_nanosleep(const void *time, void *left);
s64 sys_getpid(void);
void NORETURN sys_exit_group(s32 code);
#ifndef _WIN32
/* Processes (pool.c). */
s64 sys_clone(s32 signal);
s64 sys_wait4(s64 pid, s32 *status, s32 options, void *usage);
s64 sys_kill(s64 pid, s32 signal);
s64 sys_getppid(void);
s64 sys_pipe2(s32 fds[2], s32 flags);
s64 sys_ppoll(void *polls, u32 n, const void *timeout, const u64 *mask, u64 mask_bytes);
#endif

#ifdef __APPLE__
/* Leaving a signal handler's stack needs the library's help there. */
int sigsetjmp(int *, int) __attribute__((returns_twice));
#define jump_set(at) sigsetjmp((int *)(at)->registers, 1)
#endif

#endif

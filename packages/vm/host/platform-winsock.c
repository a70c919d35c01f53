/*
 * Sockets and the event loop's epoll on Windows. WSAPoll tells levels; the loop wants edges. A socket is therefore asked
 * about reading only from when something was taken from it until it is told that there is more, and about writing only
 * from when it took less than was offered. What is asked about nothing is left out, so that a peer that hung up, which
 * WSAPoll tells again and again, is told once.
 */
#ifdef _WIN32
#include "address.h"
#include "arch.h"
#include "windows.h"
#include "winsock.h"

enum { SOCKETS_MAX = 65536, ENTRIES_MAX = 16384 + 512, EPOLLIN = 1, EPOLLOUT = 4, EPOLLERR = 8, CTL_ADD = 1, CTL_DEL = 2 };
enum { LINUX_SOL_SOCKET = 1, LINUX_SO_REUSEADDR = 2, FAMILY_IPV6 = 23 };
#define EDGE_TRIGGERED 0x80000000u

/* By descriptor: handles are small multiples of four. */
static u16 entry_of[SOCKETS_MAX]; /* index + 1 */
static struct { u64 data; u32 socket; u8 is_edge, wants_read, wants_write; } entries[ENTRIES_MAX];
static struct poll_entry polled[ENTRIES_MAX + 1];
static u16 polled_entry[ENTRIES_MAX + 1];
static u32 entry_count;
static u64 waker = NO_SOCKET;

static s64 failed(void) {
  switch (WSAGetLastError()) {
    case 10035: return -EAGAIN;
    case 10036: case 10037: return -115;
    case 10048: return -EADDRINUSE;
    case 10049: return -99;
    case 10013: return -13;
    case 10014: return -EFAULT;
    case 10004: return -EINTR;
    case 10024: case 10055: return -EMFILE;
    case 10061: return -ECONNREFUSED;
    case 10047: return -97;
    case 10054: case 10053: case 10052: return -104;
    default: return -5;
  }
}

static void start_winsock(void) {
  static u8 data[512];
  static u8 started;
  if (started) return;
  if (WSAStartup(0x0202, data)) {
    say("zerostart: Windows Sockets 2.2 is not available", (char *)0);
    exit_now(EXIT_INTERNAL);
  }
  started = 1;
}

static u16 *slot_of(s64 socket) { return &entry_of[(u64)socket / 4 % SOCKETS_MAX]; }

/* A new socket as a descriptor, non-blocking; what the tables cannot tell apart is closed. */
static s64 adopt(u64 s) {
  if (s == NO_SOCKET) return failed();
  u32 on = 1;
  if (s / 4 >= SOCKETS_MAX) {
    closesocket(s);
    return -EMFILE;
  }
  ioctlsocket(s, NONBLOCKING, &on);
  return (s64)s;
}

static const void *to_native(const void *address, union address *copy, u32 n) {
  memcpy(copy, address, n < sizeof *copy ? n : sizeof *copy);
  if (copy->family == AF_INET6) copy->family = FAMILY_IPV6;
  return copy;
}

s64 sys_socket(s32 family, s32 type, s32 protocol) {
  start_winsock();
  return adopt(socket(family == AF_INET6 ? FAMILY_IPV6 : family, type & 15, protocol));
}

s64 sys_bind(s64 fd, const void *address, u32 n) {
  union address native;
  return bind((u64)fd, to_native(address, &native, n), (s32)n) ? failed() : 0;
}

s64 sys_connect(s64 fd, const void *address, u32 n) {
  union address native;
  if (!connect((u64)fd, to_native(address, &native, n), (s32)n)) return 0;
  s64 error = failed();
  return error == -EAGAIN ? -115 : error; /* begun */
}

s64 sys_listen(s64 fd, s32 backlog) { return listen((u64)fd, backlog) ? failed() : 0; }

s64 sys_accept4(s64 fd, void *address, u32 *n, s32 flags) {
  (void)flags;
  s64 accepted = adopt(accept((u64)fd, address, (s32 *)n));
  s32 on = 1;
  if (accepted >= 0) setsockopt((u64)accepted, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return accepted;
}

s64 sys_getsockname(s64 fd, void *address, u32 *n) {
  union address *a = address;
  if (getsockname((u64)fd, address, (s32 *)n)) return failed();
  if (a->family == FAMILY_IPV6) a->family = AF_INET6;
  return 0;
}

s64 sys_setsockopt(s64 fd, s32 level, s32 option, const void *value, u32 n) {
  /* To take over another's address is what the option means here; what it means elsewhere is the default. */
  if (level == LINUX_SOL_SOCKET && option == LINUX_SO_REUSEADDR) level = WINSOCK_LEVEL, option = EXCLUSIVE_ADDRESS;
  else if (level != IPPROTO_TCP || option != TCP_NODELAY) return -92;
  return setsockopt((u64)fd, level, option, value, (s32)n) ? failed() : 0;
}

s64 sys_shutdown(s64 fd, s32 how) { return shutdown((u64)fd, how) ? failed() : 0; }

s64 winsock_close(s64 fd) {
  u16 *slot = slot_of(fd);
  if (*slot) {
    u32 index = *slot - 1u, last = --entry_count;
    *slot = 0;
    if (index != last) {
      entries[index] = entries[last];
      *slot_of(entries[index].socket) = (u16)(index + 1);
    }
  }
  return closesocket((u64)fd) ? failed() : 0;
}

s64 sys_sendto(s64 fd, const void *bytes, u64 n, s32 flags, const void *address, u32 address_bytes) {
  (void)flags;
  (void)address;
  (void)address_bytes;
  s32 sent = send((u64)fd, bytes, n < 1u << 30 ? (s32)n : 1 << 30, 0);
  s64 result = sent < 0 ? failed() : sent;
  u16 slot = *slot_of(fd);
  if (slot && (result == -EAGAIN || (result >= 0 && (u64)result < n))) entries[slot - 1].wants_write = 1;
  return result;
}

s64 sys_recvfrom(s64 fd, void *to, u64 n, s32 flags, void *address, u32 *address_bytes) {
  (void)flags;
  (void)address;
  (void)address_bytes;
  s32 got = recv((u64)fd, to, n < 1u << 30 ? (s32)n : 1 << 30, 0);
  s64 result = got < 0 ? failed() : got;
  u16 slot = *slot_of(fd);
  if (slot && (result > 0 || result == -EAGAIN)) entries[slot - 1].wants_read = 1;
  return result;
}

/* Events. There is one poller. */

void winsock_wake(void) {
  if (waker != NO_SOCKET) send(waker, "", 1, 0);
}

s64 sys_epoll_create1(s32 flags) {
  (void)flags;
  /* A datagram socket connected to itself: what wakes the wait from the console's thread. */
  start_winsock();
  union address own = {.v4 = {.family = AF_INET, .ip = {127, 0, 0, 1}}};
  s32 n = sizeof own.v4;
  u32 on = 1;
  waker = socket(AF_INET, SOCK_DGRAM, 0);
  if (waker == NO_SOCKET || bind(waker, &own, n) || getsockname(waker, &own, &n) || connect(waker, &own, n)) return failed();
  ioctlsocket(waker, NONBLOCKING, &on);
  return 0;
}

s64 sys_epoll_ctl(s64 poller, s32 operation, s64 fd, const void *event) {
  (void)poller;
  const struct { u32 events; u64 data; } *wanted = event;
  u16 *slot = slot_of(fd);
  if (operation == CTL_DEL) {
    if (!*slot) return -ENOENT;
    entries[*slot - 1].wants_read = entries[*slot - 1].wants_write = 0;
    return 0;
  }
  if (operation != CTL_ADD) return -22;
  if (!*slot) {
    if (entry_count == ENTRIES_MAX) return -12;
    *slot = (u16)++entry_count;
  }
  entries[*slot - 1].data = wanted->data;
  entries[*slot - 1].socket = (u32)fd;
  entries[*slot - 1].is_edge = (wanted->events & EDGE_TRIGGERED) != 0;
  entries[*slot - 1].wants_read = (wanted->events & EPOLLIN) != 0;
  entries[*slot - 1].wants_write = (wanted->events & EPOLLOUT) != 0;
  return 0;
}

s64 sys_epoll_pwait(s64 poller, void *events, s32 max, s32 timeout_ms, const u64 *mask, u64 mask_bytes) {
  (void)poller;
  (void)mask;
  (void)mask_bytes;
  struct { u32 events; u64 data; } *to = events;
  u32 count = 1;
  s32 found = 0;
  polled[0] = (struct poll_entry){waker, WANTS_READ, 0};
  for (u32 i = 0; i < entry_count; i++) {
    s16 wanted = (s16)((entries[i].wants_read ? WANTS_READ : 0) | (entries[i].wants_write ? WANTS_WRITE : 0));
    if (!wanted) continue;
    polled[count] = (struct poll_entry){entries[i].socket, wanted, 0};
    polled_entry[count++] = (u16)i;
  }
  if (WSAPoll(polled, count, timeout_ms) < 0) return failed();
  if (polled[0].happened) {
    u8 byte;
    while (recv(waker, &byte, 1, 0) > 0) continue;
  }
  /* The oldest ones would keep the others waiting if there are ever more than fit: each call begins after the last one told. */
  static u32 first;
  for (u32 k = 0; k < count - 1 && found < max; k++) {
    u32 at = 1 + (first + k) % (count - 1), happened = (u16)polled[at].happened, i = polled_entry[at], told = 0;
    if (!happened) continue;
    if (happened & HAS_ERROR) told |= EPOLLERR;
    if (entries[i].wants_read && happened & (WANTS_READ | HAS_HANGUP)) told |= EPOLLIN;
    if (entries[i].wants_write && happened & (WANTS_WRITE | HAS_HANGUP)) told |= EPOLLOUT;
    if (entries[i].is_edge) {
      if (told & EPOLLIN) entries[i].wants_read = 0;
      if (told & EPOLLOUT) entries[i].wants_write = 0;
    }
    if (!told) continue;
    to[found].events = told;
    to[found++].data = entries[i].data;
    if (found == max) first = at;
  }
  return found;
}
#endif

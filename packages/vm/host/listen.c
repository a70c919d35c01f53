/* The listening socket: TCP over IPv4 or IPv6, a Unix socket, or one that was inherited. */
#include "arch.h"

enum { AF_UNIX = 1, AF_INET = 2, AF_INET6 = 10, SOCK_STREAM = 1, SOCK_NONBLOCK = 04000, SOCK_CLOEXEC = 02000000, SOL_SOCKET = 1,
       SO_REUSEADDR = 2, IPPROTO_TCP = 6, TCP_NODELAY = 1, TCP_DEFER_ACCEPT = 9, BACKLOG = 1024, AT_FDCWD = -100 };

union address {
  u16 family;
  struct { u16 family, port; u8 ip[4]; u8 zero[8]; } v4;
  struct { u16 family, port; u32 flow; u8 ip[16]; u32 scope; } v6;
  struct { u16 family; char path[108]; } local;
};

static u16 big_endian(u32 n) { return (u16)((n << 8 | n >> 8) & 0xffff); }

static int parse_v4(const char *s, u8 ip[4]) {
  for (u32 i = 0; i < 4; i++) {
    u32 n = 0, digits = 0;
    while (*s >= '0' && *s <= '9' && digits < 3) n = n * 10 + (u32)(*s++ - '0'), digits++;
    if (!digits || n > 255) return 0;
    ip[i] = (u8)n;
    if (*s++ != (i < 3 ? '.' : 0)) return 0;
  }
  return 1;
}

static int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  c |= 32;
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* RFC 4291 section 2.2, forms 1 and 2. */
static int parse_v6(const char *s, u8 ip[16]) {
  u16 groups[8];
  u32 count = 0, gap = 8;
  memset(ip, 0, 16);
  if (s[0] == ':' && s[1] == ':') gap = 0, s += 2;
  while (*s) {
    u32 n = 0, digits = 0;
    for (; hex_digit(*s) >= 0 && digits < 4; s++, digits++) n = n * 16 + (u32)hex_digit(*s);
    if (!digits || count == 8) return 0;
    groups[count++] = (u16)n;
    if (!*s) break;
    if (*s++ != ':') return 0;
    if (*s == ':') {
      if (gap < 8) return 0;
      gap = count;
      s++;
    } else if (!*s) return 0;
  }
  if (gap == 8 ? count != 8 : count == 8) return 0;
  for (u32 i = 0; i < count; i++) {
    u32 at = i < gap ? i : 8 - count + i;
    ip[at * 2] = (u8)(groups[i] >> 8);
    ip[at * 2 + 1] = (u8)groups[i];
  }
  return 1;
}

static void NORETURN cannot_listen(const char *where, long error) {
  char digits[24];
  const char *why = error == -EADDRINUSE ? "the address is in use" : error == -13 ? "permission denied" : error == -99 ? "no such address on this host" : "error ";
  say("zerostart: cannot listen on ", where, ": ", why, why[0] == 'e' ? text_decimal(digits, (u64)-error) : "", (char *)0);
  exit_now(EXIT_LISTEN);
}

static void announce(int fd) {
  if (options.unix_path) {
    say("listening on unix:", options.unix_path, (char *)0);
    return;
  }
  union address address;
  u32 size = sizeof address;
  if (SYSCALL(getsockname, fd, &address, &size) < 0 || (address.family != AF_INET && address.family != AF_INET6)) return;
  char digits[24];
  int v6 = address.family == AF_INET6;
  say("listening on http://", v6 ? "[" : "", options.host, v6 ? "]" : "", ":", text_decimal(digits, big_endian(address.v4.port)), (char *)0);
}

static int listen_unix(void) {
  union address address = {.local = {.family = AF_UNIX}};
  size_t n = text_length(options.unix_path);
  if (n >= sizeof address.local.path) cannot_listen(options.unix_path, -36);
  memcpy(address.local.path, options.unix_path, n + 1);
  u32 size = (u32)(sizeof address.family + n + 1);
  long fd = SYSCALL(socket, AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  long error = fd < 0 ? fd : SYSCALL(bind, fd, &address, size);
  if (error == -EADDRINUSE && SYSCALL(connect, fd, &address, size) == -ECONNREFUSED) {
    /* A socket file whose server is gone. */
    SYSCALL(unlinkat, AT_FDCWD, options.unix_path, 0);
    error = SYSCALL(bind, fd, &address, size);
  }
  if (error >= 0) error = SYSCALL(listen, fd, BACKLOG);
  if (error < 0) cannot_listen(options.unix_path, error);
  return (int)fd;
}

static int listen_tcp(void) {
  union address address = {.v4 = {.family = AF_INET}};
  u32 size = sizeof address.v4;
  if (text_equal(options.host, "localhost")) options.host = "127.0.0.1";
  if (!parse_v4(options.host, address.v4.ip)) {
    memset(&address, 0, sizeof address);
    address.v6.family = AF_INET6;
    size = sizeof address.v6;
    if (!parse_v6(options.host, address.v6.ip)) {
      say("zerostart: not an IP address: ", options.host, (char *)0);
      exit_now(EXIT_USAGE);
    }
  }
  address.v4.port = big_endian((u32)options.port); /* the port lies alike in both families */
  int on = 1;
  long fd = SYSCALL(socket, address.family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) cannot_listen(options.host, fd);
  SYSCALL(setsockopt, fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  SYSCALL(setsockopt, fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on); /* accepted sockets inherit it */
  /* Wake up for a connection when its request is there, not twice. */
  SYSCALL(setsockopt, fd, IPPROTO_TCP, TCP_DEFER_ACCEPT, &on, sizeof on);
  long error = SYSCALL(bind, fd, &address, size);
  if (error >= 0) error = SYSCALL(listen, fd, BACKLOG);
  if (error < 0) {
    char digits[24], where[80];
    size_t n = text_length(options.host);
    n = n < 50 ? n : 50;
    memcpy(where, options.host, n);
    const char *port = text_decimal(digits, (u64)options.port);
    where[n] = ':';
    memcpy(where + n + 1, port, text_length(port) + 1);
    cannot_listen(where, error);
  }
  return (int)fd;
}

int listen_open(void) {
  int fd = options.listen_fd >= 0 ? options.listen_fd : options.unix_path ? listen_unix() : listen_tcp();
  if (options.verbose || options.port == 0) announce(fd);
  return fd;
}

void listen_cleanup(void) {
  if (options.unix_path) SYSCALL(unlinkat, AT_FDCWD, options.unix_path, 0);
}

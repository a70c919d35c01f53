/* The listening socket: TCP over IPv4 or IPv6, a Unix socket, or one that was inherited. */
#include "address.h"
#include "arch.h"

enum { SOL_SOCKET = 1, SO_REUSEADDR = 2, TCP_DEFER_ACCEPT = 9, BACKLOG = 1024, AT_FDCWD = -100 };

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
  union address address;
  if (text_equal(options.host, "localhost")) options.host = "127.0.0.1";
  if (!address_parse(options.host, &address)) {
    say("zerostart: not an IP address: ", options.host, (char *)0);
    exit_now(EXIT_USAGE);
  }
  address.v4.port = big_endian((u32)options.port); /* the port lies alike in both families */
  int on = 1;
  long fd = SYSCALL(socket, address.family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) cannot_listen(options.host, fd);
  SYSCALL(setsockopt, fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  SYSCALL(setsockopt, fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on); /* accepted sockets inherit it */
  /* Wake up for a connection when its request is there, not twice. */
  SYSCALL(setsockopt, fd, IPPROTO_TCP, TCP_DEFER_ACCEPT, &on, sizeof on);
  long error = SYSCALL(bind, fd, &address, address_bytes(&address));
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

/* Another process may take a connection first: taking one must never block. */
static int listen_inherited(void) {
  enum { F_GETFL = 3, F_SETFL = 4, O_NONBLOCK = 04000 };
  long flags = SYSCALL(fcntl, options.listen_fd, F_GETFL);
  if (!(flags & O_NONBLOCK)) SYSCALL(fcntl, options.listen_fd, F_SETFL, flags | O_NONBLOCK);
  return options.listen_fd;
}

int listen_open(void) {
  int fd = options.listen_fd >= 0 ? listen_inherited() : options.unix_path ? listen_unix() : listen_tcp();
  if (options.verbose || options.port == 0) announce(fd);
  return fd;
}

void listen_cleanup(void) {
  if (options.unix_path) SYSCALL(unlinkat, AT_FDCWD, options.unix_path, 0);
}

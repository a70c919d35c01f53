/* Socket addresses: the kernel's layout, and IP literals. */
#ifndef ZEROSTART_ADDRESS_H
#define ZEROSTART_ADDRESS_H
#include "host.h"

enum { AF_UNIX = 1, AF_INET = 2, AF_INET6 = 10, SOCK_STREAM = 1, SOCK_DGRAM = 2, SOCK_NONBLOCK = 04000, SOCK_CLOEXEC = 02000000,
       IPPROTO_TCP = 6, TCP_NODELAY = 1 };

union address {
  u16 family;
  struct { u16 family, port; u8 ip[4]; u8 zero[8]; } v4;
  struct { u16 family, port; u32 flow; u8 ip[16]; u32 scope; } v6;
  struct { u16 family; char path[108]; } local;
};

static inline u16 big_endian(u32 n) { return (u16)((n << 8 | n >> 8) & 0xffff); }
/* Fill in family and address from a literal (v6 without brackets); 0 when it is none. */
int address_parse(const char *s, union address *to);
static inline u32 address_bytes(const union address *a) { return a->family == AF_INET ? sizeof a->v4 : sizeof a->v6; }

#endif

/* IP literals. */
#include "address.h"

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

int address_parse(const char *s, union address *to) {
  memset(to, 0, sizeof *to);
  to->family = AF_INET;
  if (parse_v4(s, to->v4.ip)) return 1;
  memset(to, 0, sizeof *to);
  to->family = AF_INET6;
  return parse_v6(s, to->v6.ip);
}

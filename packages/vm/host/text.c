/* Bytes and text. This file is compiled with -fno-builtin, so that a copy loop is not turned into a call of itself. */
#include <stdarg.h>
#include "arch.h"

typedef u64 word __attribute__((may_alias, aligned(1)));
typedef u32 half __attribute__((may_alias, aligned(1)));
typedef u16 quarter __attribute__((may_alias, aligned(1)));
typedef u8 block __attribute__((vector_size(16), may_alias, aligned(1)));

/* Loads everything before it stores anything where n <= 32, so it serves memmove as well. */
static inline void copy_small(u8 *to, const u8 *from, size_t n) {
  if (n >= 16) {
    block a = *(const block *)from, b = *(const block *)(from + n - 16);
    *(block *)to = a;
    *(block *)(to + n - 16) = b;
  } else if (n >= 8) {
    u64 a = *(const word *)from, b = *(const word *)(from + n - 8);
    *(word *)to = a;
    *(word *)(to + n - 8) = b;
  } else if (n >= 4) {
    u32 a = *(const half *)from, b = *(const half *)(from + n - 4);
    *(half *)to = a;
    *(half *)(to + n - 4) = b;
  } else if (n >= 2) {
    u16 a = *(const quarter *)from, b = *(const quarter *)(from + n - 2);
    *(quarter *)to = a;
    *(quarter *)(to + n - 2) = b;
  } else if (n) {
    *to = *from;
  }
}

void *memmove(void *destination, const void *source, size_t n) {
  u8 *to = destination;
  const u8 *from = source;
  if (n <= 32) {
    copy_small(to, from, n);
    return destination;
  }
  if ((size_t)(to - from) >= n) {
    /* Forwards: `to` is before `from` or behind its end. The last block is loaded first: the loop may overwrite it. */
#if defined(__x86_64__)
    if (n >= 1024 && (size_t)(from - to) >= 64) {
      __asm__ volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(n) : : "memory");
      return destination;
    }
#endif
    block tail = *(const block *)(from + n - 16);
    u8 *last = to + n - 16;
    for (; to < last; to += 16, from += 16) *(block *)to = *(const block *)from;
    *(block *)last = tail;
  } else {
    block head = *(const block *)from;
    size_t i = n;
    for (; i > 16; i -= 16) *(block *)(to + i - 16) = *(const block *)(from + i - 16);
    *(block *)to = head;
  }
  return destination;
}

void *memcpy(void *to, const void *from, size_t n) { return memmove(to, from, n); }

void *memset(void *destination, int value, size_t n) {
  u8 *to = destination;
  u64 fill = (u8)value * 0x0101010101010101ull;
  if (n < 8) {
    for (size_t i = 0; i < n; i++) to[i] = (u8)value;
    return destination;
  }
#if defined(__x86_64__)
  if (n >= 1024) {
    __asm__ volatile("rep stosb" : "+D"(to), "+c"(n) : "a"(value) : "memory");
    return destination;
  }
#endif
  for (size_t i = 0; i + 8 < n; i += 8) *(word *)(to + i) = fill;
  *(word *)(to + n - 8) = fill;
  return destination;
}

int memcmp(const void *left, const void *right, size_t n) {
  const u8 *a = left, *b = right;
  for (size_t i = 0; i < n; i++)
    if (a[i] != b[i]) return a[i] - b[i];
  return 0;
}

/* Compilers call it where only equality is asked of memcmp. */
int bcmp(const void *left, const void *right, size_t n) {
  return memcmp(left, right, n);
}

/* What gcc makes of loops over text. */
size_t strlen(const char *s) {
  const char *end = s;
  while (*end) end++;
  return (size_t)(end - s);
}

size_t text_length(const char *s) {
  size_t n = 0;
  while (s[n]) n++;
  return n;
}

int text_equal(const char *a, const char *b) {
  while (*a && *a == *b) a++, b++;
  return *a == *b;
}

const char *text_after(const char *s, const char *prefix) {
  while (*prefix)
    if (*s++ != *prefix++) return 0;
  return s;
}

s64 text_number(const char *s, s64 max) {
  if (!*s) return -1;
  s64 value = 0;
  for (; *s; s++) {
    if (*s < '0' || *s > '9') return -1;
    value = value * 10 + (*s - '0');
    if (value > max) return -1;
  }
  return value;
}

char *text_decimal(char buffer[24], u64 value) {
  char *p = buffer + 23;
  *p = 0;
  do *--p = (char)('0' + value % 10);
  while (value /= 10);
  return p;
}

void say(const char *first, ...) {
  char line[4096];
  size_t n = 0;
  va_list rest;
  va_start(rest, first);
  for (const char *s = first; s; s = va_arg(rest, const char *))
    for (; *s && n < sizeof line - 1; s++) line[n++] = *s;
  va_end(rest);
  line[n++] = '\n';
  SYSCALL(write, 2, line, n);
}

/* TLS for connections of the handler's (tls/tls.zig). On Linux weak: only a stub for handlers that fetch has it. Where a function gives a negative number, tls_failure() says why. */
#ifndef ZEROSTART_TLS_H
#define ZEROSTART_TLS_H
#include "host.h"

#ifdef __linux__
#define WEAK __attribute__((weak, visibility("hidden")))
#else
#define WEAK
#endif
enum { TLS_SLOTS = 64, TLS_SEED = 240 };

WEAK const char *tls_failure(void);
WEAK size_t tls_trust(const u8 *pem, size_t n, s64 now_s);
WEAK s32 tls_begin(u32 slot, const u8 *host, size_t n, const u8 seed[TLS_SEED], s64 now_s);
WEAK u8 *tls_input(u32 slot, u32 *room);
WEAK s32 tls_received(u32 slot, u32 n);
WEAK u8 tls_is_open(u32 slot);
WEAK s32 tls_read(u32 slot, u8 *to, u32 n);
WEAK s32 tls_write(u32 slot, const u8 *from, u32 n);
WEAK const u8 *tls_output(u32 slot, u32 *n);
WEAK void tls_sent(u32 slot, u32 n);

#endif

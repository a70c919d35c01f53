/* Encrypted connections of the handler's, as the event loop drives them (secure.c). */
#ifndef ZEROSTART_SECURE_H
#define ZEROSTART_SECURE_H
#include "host.h"

#if defined(__linux__) || defined(ZEROSTART_TLS)
/* Whether this stub has TLS. On Linux the linker says so (tls.h); elsewhere stubs with TLS are compiled as such. */
int secure_available(void);
/* Open the file of trusted authorities while files can still be opened; it is read with the first connection. Ends the process when --ca cannot be read. */
void secure_prepare(void);
/* A place for a connection to `host`; negative when all are taken. */
s32 secure_open(const u8 *host, u32 n);
void secure_close(u32 slot);
/* Send the first message of the handshake. Negative when that cannot be, as in all that follows; secure_reason() says why. */
int secure_begin(u32 slot, s32 fd);
/* Go on with the handshake: 1 when it is done. */
int secure_step(u32 slot, s32 fd);
const char *secure_reason(void);
/* As recvfrom and sendto on a socket that does not block. */
long secure_read(u32 slot, s32 fd, u8 *to, u32 n);
long secure_write(u32 slot, s32 fd, const u8 *from, u32 n);
/* Send what is left of what was taken; negative when the peer is gone. */
int secure_flush(u32 slot, s32 fd);
#ifndef __linux__
/* The system's own trusted authorities as PEM text, at most `room` bytes, where they are not in a file: bytes, 0 when there are none. */
u32 platform_authorities(u8 *to, u32 room);
#endif
#else
static inline int secure_available(void) { return 0; }
static inline void secure_prepare(void) {}
static inline s32 secure_open(const u8 *host, u32 n) { return (void)host, (void)n, -1; }
static inline void secure_close(u32 slot) { (void)slot; }
static inline int secure_begin(u32 slot, s32 fd) { return (void)slot, (void)fd, -1; }
static inline int secure_step(u32 slot, s32 fd) { return (void)slot, (void)fd, -1; }
static inline const char *secure_reason(void) { return ""; }
static inline long secure_read(u32 slot, s32 fd, u8 *to, u32 n) { return (void)slot, (void)fd, (void)to, (void)n, -1; }
static inline long secure_write(u32 slot, s32 fd, const u8 *from, u32 n) { return (void)slot, (void)fd, (void)from, (void)n, -1; }
static inline int secure_flush(u32 slot, s32 fd) { return (void)slot, (void)fd, -1; }
#endif

#endif

/* Connections that the handler opens (fetch.c), as the event loop drives them. */
#ifndef ZEROSTART_FETCH_H
#define ZEROSTART_FETCH_H
#include "address.h"

enum { OUTGOING_MAX = 256 };
/* What host.connect answers when it does not begin a connection. */
enum { FETCH_REFUSED = -1, FETCH_MALFORMED = -2, FETCH_TOO_MANY = -3, FETCH_UNAVAILABLE = -4, FETCH_NO_RESOURCES = -5, FETCH_NO_TLS = -6 };

/* Read what names are resolved with, while files can still be opened. Ends the process when the options are malformed. */
void fetch_prepare(void);
/* The ports of the next rule at *list, which moves behind it: their number, 0 at the end; port 0 stands for any. */
u32 fetch_next_ports(const char **list, u32 ports[2]);
/* Where `authority` (host:port) is: 0 with `to` filled in, or 1 when its name must be asked for under number `slot`; negative as above. */
int fetch_begin(const u8 *authority, u32 n, u32 slot, union address *to);
/* Of `authority`, the bytes that are the host. */
u32 fetch_host_bytes(const u8 *authority, u32 n);
/* Ask a name server, another one each time: the socket on which it will answer, or negative. */
s32 fetch_ask(u32 slot);
/* Read an answer: 1 with `to` filled in, 0 when there is none yet, 2 when another question is to be asked, negative when the name has no address. */
int fetch_answer(u32 slot, s32 fd, union address *to);
/* Begin to connect: a socket, or negative. */
s32 fetch_connect(const union address *to);

#endif

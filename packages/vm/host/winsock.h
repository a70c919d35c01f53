/* What platform-windows.c needs of platform-winsock.c. */
#ifndef ZEROSTART_WINSOCK_H
#define ZEROSTART_WINSOCK_H
#include "host.h"

s64 winsock_close(s64 socket);
/* End the wait for events, from another thread. */
void winsock_wake(void);

#endif

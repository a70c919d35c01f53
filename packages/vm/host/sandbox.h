/* The sandbox around a process that serves (sandbox.c). */
#ifndef ZEROSTART_SANDBOX_H
#define ZEROSTART_SANDBOX_H
#include "arch.h"

/* What the process is about to be: one that serves alone, the parent of a pool, or a worker that was forked from it. */
enum { SANDBOX_SERVER, SANDBOX_PARENT, SANDBOX_WORKER };

#ifdef __linux__
extern u8 sandbox_entered;
/* From here on the process can do only what serving needs. Ends it when --sandbox required cannot be had. */
void sandbox_enter(int role);
/* What can wait until the first answer is out: files are out of reach for a second reason. */
void sandbox_settle(void);
#else
enum { sandbox_entered = 0 };
static inline void sandbox_enter(int role) {
  (void)role;
  if (!text_equal(options.sandbox, "required")) return;
  say("zerostart: --sandbox required: there is none on this system", (char *)0);
  exit_now(EXIT_INTERNAL);
}
static inline void sandbox_settle(void) {}
#endif

#endif

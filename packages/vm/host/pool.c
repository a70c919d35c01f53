/*
 * Launch modes prefork and clone: a parent brings the handler up once and then only forks, copy-on-write, processes that
 * serve the same listening socket. `--prewarm` of them are forked ahead and wait for work, their pages already their own; more are
 * forked while work waits, up to `--pool` at a time. Prefork begins with all, clone has one ahead. The parent never runs the handler again.
 *
 * It reports when the pool is ready by a trace of its own (docs/architecture.md, "how a start reports its phases"); a
 * worker's trace begins with the phase `pool`, the time from the work's arrival until the worker took it.
 */
#include "engine.h"
#include "arch.h"
#include "sandbox.h"

enum { POOL_MAX = 64, INCOMING = POOL_MAX, POLLIN = 1, WNOHANG = 1, SIG_SETMASK = 2, SA_RESTORER = 0x04000000, O_CLOEXEC = 02000000, PR_SET_PDEATHSIG = 1 };
#define BIT(signal) (1ull << ((signal)-1))
#define MILLISECOND 1000000ull
#define SECOND 1000000000ull
/* While others serve, a connection that still waits after this long wants another process. */
#define PATIENCE MILLISECOND
/* A worker that ended sooner than this failed; the pauses between such attempts double up to LONGEST_PAUSE. */
#define TOO_SOON SECOND
#define FIRST_PAUSE (100 * MILLISECOND)
#define LONGEST_PAUSE (10 * SECOND)
/* So many connections more or less make no difference between workers. */
#define FEW 8u

struct pollfd { s32 fd; s16 events, revents; };
struct timespec { s64 seconds, nanoseconds; };

u8 pool_worker;
static struct { s32 pid; u32 slot; u64 since; } workers[POOL_MAX] LARGE;
/* By slot: how many connections a worker has, plus one; 0: there is no such worker. Behind them the processor that a connection came in on, plus one; 0: nobody asks. In memory that all share. */
static volatile u32 *connections_of;
static u32 own_slot;
static u8 told;
static u32 running;
static u64 pause, not_before;
static volatile u8 terminate;
#ifdef __linux__
static u64 anywhere[16]; /* the processors that this process may use; 1,024 are more than kernels are made for */
static u8 bound;
#endif

extern void signal_return(void);
static void on_signal(int signal) {
  if (signal != SIGCHLD) terminate = 1;
}

/* The signals that end a wait; elsewhere they are held back, so none is lost between looking and waiting. */
static const u64 held_back = BIT(SIGTERM) | BIT(SIGINT) | BIT(SIGCHLD) | BIT(SIGPIPE);
static const u64 let_in = BIT(SIGPIPE);

/* Wait for a descriptor, a signal or the end of `ns`; true when the descriptor is readable. */
static int wait_for(s32 fd, u64 ns) {
  struct pollfd poll = {fd, POLLIN, 0};
  struct timespec timeout = {(s64)(ns / SECOND), (s64)(ns % SECOND)};
  return SYSCALL(ppoll, &poll, 1, ns == ~0ull ? 0 : &timeout, &let_in, 8) > 0;
}

void pool_prepare(void) {
#ifdef __linux__ /* elsewhere workers do not know of each other */
  enum { PROT_READ = 1, PROT_WRITE = 2, MAP_SHARED = 1, MAP_ANONYMOUS = 0x20 };
  long at = SYSCALL(mmap, 0, (INCOMING + 1) * sizeof *connections_of, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (at <= 0) return;
  connections_of = (volatile u32 *)at;
  u32 here;
  if (!text_equal(options.affinity, "near") || SYSCALL(getcpu, &here, 0, 0) || SYSCALL(sched_getaffinity, 0, sizeof anywhere, anywhere) <= 0) return;
  connections_of[INCOMING] = here + 1;
#endif
}

/*
 * A process that waits for work is woken fastest on the processor that tells of the work: who sent it is about to wait, while any other may sleep, and an interrupt that wakes it, of a virtual machine
 * above all, takes longer than the rest of the way. The scheduler prefers a processor that is idle. So the first that waits is bound to the one
 * that a connection came in on last, before there was one the parent's, until it has taken its work. Only the first: a burst is for all processors.
 */
static void bind_near(void) {
#ifdef __linux__
  u32 to = connections_of ? connections_of[INCOMING] - 1 : ~0u;
  u64 only[16] = {0};
  if (to >= sizeof only * 8 || !(anywhere[to / 64] & 1ull << to % 64)) return;
  only[to / 64] = 1ull << to % 64;
  bound = !SYSCALL(sched_setaffinity, 0, sizeof only, only);
#endif
}

void pool_loosen(void) {
#ifdef __linux__
  if (bound) SYSCALL(sched_setaffinity, 0, sizeof anywhere, anywhere);
#endif
}

void pool_learn(s32 fd) {
#ifdef __linux__
  enum { SOL_SOCKET = 1, SO_INCOMING_CPU = 49 };
  u32 incoming, bytes = sizeof incoming;
  if (connections_of && connections_of[INCOMING] && !SYSCALL(getsockopt, fd, SOL_SOCKET, SO_INCOMING_CPU, &incoming, &bytes) && incoming < sizeof anywhere * 8)
    connections_of[INCOMING] = incoming + 1;
#else
  (void)fd;
#endif
}

/* Nothing is told before there is something to tell: a worker's first answer touches no page for it. */
void pool_tell(u32 connections) {
  if (!connections_of || (!told && connections < FEW)) return;
  told = 1;
  connections_of[own_slot] = connections + 1;
}

int pool_another_has_fewer(u32 connections) {
  if (!connections_of || connections < FEW) return 0;
  u32 fewest = ~0u;
  for (u32 i = 0; i < POOL_MAX; i++) {
    u32 n = connections_of[i];
    if (i != own_slot && n && n - 1 < fewest) fewest = n - 1;
  }
  return fewest != ~0u && connections > fewest + fewest / 16 + FEW;
}

static u32 free_slot(void) {
  u32 slot = 0;
  while (connections_of && slot + 1 < POOL_MAX && connections_of[slot]) slot++;
  return slot;
}

/* True in the new process, which is then ready to serve; `ready` is closed there after one byte was written to it. */
static int fork_worker(u8 when, s32 ready) {
  s32 parent = (s32)SYSCALL(getpid);
  own_slot = free_slot();
  if (connections_of) connections_of[own_slot] = 1;
  long pid = SYSCALL(clone, SIGCHLD);
  if (pid < 0 && connections_of) connections_of[own_slot] = 0;
  if (pid > 0) {
    workers[running].pid = (s32)pid;
    workers[running].slot = own_slot;
    workers[running++].since = clock_ns();
  }
  if (pid < 0) not_before = clock_ns() + FIRST_PAUSE; /* no memory or no process left: later, perhaps */
  if (pid) return 0;
  SYSCALL(prctl, PR_SET_PDEATHSIG, SIGKILL); /* only a parent that did not end its workers first */
  if ((s32)SYSCALL(getppid) != parent) exit_now(EXIT_DRAINED);
  pool_worker = when;
  trace_begin_again((u32)SYSCALL(getpid));
  /* What may not be the same in two processes: the state of the random numbers. */
  engine_resume();
  loop_prepare();
  if (when == POOL_AHEAD && !running) bind_near();
  if (when == POOL_AHEAD) memory_warm();
  sandbox_enter(SANDBOX_WORKER);
  if (ready >= 0) {
    SYSCALL(write, ready, "", 1);
    SYSCALL(close, ready);
  }
  return 1;
}

static void reap(void) {
  for (;;) {
    s32 status;
    long pid = SYSCALL(wait4, -1, &status, WNOHANG, 0);
    if (pid <= 0) return;
    u32 i = 0;
    while (i < running && workers[i].pid != (s32)pid) i++;
    if (i == running) continue;
    u64 lived = clock_ns() - workers[i].since;
    if (connections_of) connections_of[workers[i].slot] = 0;
    workers[i] = workers[--running];
    if ((status & 0x7f) == 0 && (status >> 8 & 0xff) == EXIT_DAMAGED) exit_now(EXIT_DAMAGED);
    if (status == 0 || lived >= TOO_SOON) {
      pause = not_before = 0;
      continue;
    }
    pause = pause ? pause * 2 : FIRST_PAUSE;
    if (pause > LONGEST_PAUSE) pause = LONGEST_PAUSE;
    not_before = clock_ns() + pause;
  }
}

static void NORETURN drain(s32 listener) {
  u64 until = clock_ns() + options.drain_ns + SECOND;
  SYSCALL(close, listener);
  listen_cleanup();
  for (u32 i = 0; i < running; i++) SYSCALL(kill, workers[i].pid, SIGTERM);
  for (reap(); running; reap()) {
    u64 now = clock_ns();
    if (now >= until) break;
    wait_for(-1, until - now);
  }
  for (u32 i = 0; i < running; i++) SYSCALL(kill, workers[i].pid, SIGKILL);
  exit_now(EXIT_DRAINED);
}

/* Fork the processes that wait from the beginning, and wait until each of them does. */
static int prewarm(void) {
  s32 pipe[2];
  if (!options.prewarm) return 0;
  if (SYSCALL(pipe2, pipe, O_CLOEXEC) < 0) exit_now(EXIT_INTERNAL);
  for (u32 i = 0; i < options.prewarm; i++)
    if (fork_worker(POOL_AHEAD, pipe[1])) return 1;
  SYSCALL(close, pipe[1]);
  for (u8 byte; SYSCALL(read, pipe[0], &byte, 1) > 0;) continue;
  SYSCALL(close, pipe[0]);
  return 0;
}

void pool_serve(int listener) {
  struct { void (*handler)(int); u64 flags; void (*restorer)(void); u64 mask; } action = {on_signal, SA_RESTORER, signal_return, 0};
  SYSCALL(rt_sigaction, SIGTERM, &action, 0, 8);
  SYSCALL(rt_sigaction, SIGINT, &action, 0, 8);
  SYSCALL(rt_sigaction, SIGCHLD, &action, 0, 8);
  SYSCALL(rt_sigprocmask, SIG_SETMASK, &held_back, 0, 8);
  if (options.prewarm > options.pool) options.prewarm = options.pool;
  if (prewarm()) return;
  trace_hand_over();
  for (int verified = 0;;) {
    reap();
    if (terminate) drain(listener);
    u64 now = clock_ns();
    if (now < not_before) {
      wait_for(-1, not_before - now);
      continue;
    }
    if (running < options.prewarm) {
      if (fork_worker(POOL_AHEAD, -1)) return;
      continue;
    }
    /* Once something is served there is time to look whether the file is whole. */
    u64 longest = verified || !running ? ~0ull : SECOND / 20;
    int waits = wait_for(running < options.pool ? listener : -1, longest);
    if (terminate) continue;
    if (waits && running) {
      wait_for(-1, PATIENCE);
      waits = wait_for(listener, 0);
    }
    if (waits && fork_worker(POOL_ON_DEMAND, -1)) return;
    if (!waits && longest != ~0ull) verified = !verify_step();
  }
}

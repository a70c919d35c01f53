/*
 * The event loop: one epoll instance, edge-triggered connections, bytes read straight into linear memory. HTTP is the
 * VM's business; the host knows connections, bytes and time.
 *
 * A connection is OPEN while the VM knows it, LINGERING from the VM's close until the peer has taken the last bytes (a
 * close with unread input would reset the connection and lose them), then free.
 */
#include "engine.h"
#include "arch.h"
#include "fetch.h"
#include "sandbox.h"
#include "secure.h"

enum { EPOLLIN = 1, EPOLLOUT = 4, EPOLLERR = 8, EPOLLHUP = 16, EPOLLRDHUP = 0x2000, EPOLL_CTL_ADD = 1, EPOLL_CTL_DEL = 2, EPOLL_CTL_MOD = 3 };
#define EPOLLET 0x80000000u
enum { CLOEXEC = 02000000, MSG_DONTWAIT = 0x40, MSG_NOSIGNAL = 0x4000, SHUT_WR = 1, SOL_SOCKET = 1, RLIMIT_NOFILE = 7 };
enum { CONNECTIONS_MAX = 16384, TABLE_MAX = CONNECTIONS_MAX + OUTGOING_MAX, EVENTS = 64, READS_PER_TURN = 8, ACCEPTS_PER_TURN = 512, WANTS_WRITABLE = 1, REQUESTS_WAIT = 2, SIG_SETMASK = 2, SA_RESTORER = 0x04000000 };
#define LISTENER_EVENT 0xffffffffu
#define SECOND 1000000000ull
#define DRAIN_QUIET (SECOND / 4)
/* So long a worker of a pool leaves new connections to those that have fewer. */
#define LEFT_TO_OTHERS (SECOND / 1000)

enum { FREE = 0, OPEN = 1, LINGERING = 2 };
enum { RESOLVING = 1, CONNECTING = 2, SECURING = 3, CONNECTED = 4 };
struct connection {
  s32 fd;
  u8 state, readable, wants_writable, registered, answered, ended, at_end, hung_up;
  /* Opened by the handler: how far it is, how often its name was asked for, and under which number (fetch.h). */
  u8 outgoing, tries, lookup;
  u8 uncounted; /* its request is a health check */
  u8 secure; /* over TLS: its slot + 1 (secure.h) */
  u32 next; /* in the list of connections with unread input, or of free ones */
  u64 active_ns;  /* last traffic */
  u64 pending_ns; /* since when received bytes wait for an answer; 0: none do */
};
struct epoll_event { u32 events; u64 data; } EPOLL_PACKED;

static struct connection connections[TABLE_MAX] LARGE_FIRST;
static u32 used, open_count, outgoing_count, free_list, ready_list; /* lists hold index + 1 */
static s32 poller = -1, listener = -1;
static u8 accepting, draining, first_answered, serving, verified, leaving;
static volatile u8 terminate;
static u64 now, drain_until, last_sweep, last_open, left_ns;
static u8 scratch[4096] LARGE;
static u8 lookup_used[OUTGOING_MAX] LARGE;

extern void signal_return(void);
static void on_terminate(int signal) {
  (void)signal;
  if (!serving) exit_now(EXIT_DRAINED);
  terminate = 1;
}

/* While serving, signals are let in only where the loop waits, so no call is interrupted and no wake-up is lost. */
#define BIT(signal) (1ull << ((signal)-1))
static const u64 blocked_while_running = BIT(SIGTERM) | BIT(SIGINT) | BIT(13 /* SIGPIPE */);
static const u64 blocked_while_waiting = BIT(13);

void loop_prepare(void) {
  if (poller >= 0) SYSCALL(close, poller); /* the one that a forked process shares with its parent */
  poller = -1;
  struct { void (*handler)(int); u64 flags; void (*restorer)(void); u64 mask; } action = {on_terminate, SA_RESTORER, signal_return, 0};
  SYSCALL(rt_sigaction, SIGTERM, &action, 0, 8);
  SYSCALL(rt_sigaction, SIGINT, &action, 0, 8);
}

/* Made for the first descriptor: a request that waits when the process has started is answered before. */
static void watch(s32 fd, int operation, u32 events, u32 data) {
  struct epoll_event event = {events, data};
  if (UNLIKELY(poller < 0)) poller = (s32)SYSCALL(epoll_create1, CLOEXEC);
  SYSCALL(epoll_ctl, poller, operation, fd, &event);
}

static void set_accepting(u8 on) {
  if (listener < 0 || accepting == on) return;
  accepting = on;
  watch(listener, on ? EPOLL_CTL_ADD : EPOLL_CTL_DEL, EPOLLIN, LISTENER_EVENT);
}

/* Take a connection off the ready list. */
static void unqueue(u32 index) {
  u32 at = ready_list, before = 0;
  while (at && at <= TABLE_MAX) {
    u32 next = connections[at - 1].next;
    if (at - 1 == index) {
      if (before) connections[before - 1].next = next;
      else ready_list = next <= TABLE_MAX ? next : 0;
      connections[index].next = 0;
      return;
    }
    before = at;
    at = next;
  }
}

static void release(u32 index) {
  struct connection *c = &connections[index];
  if (c->next) unqueue(index);
  SYSCALL(close, c->fd);
  c->state = FREE;
  c->next = free_list;
  free_list = index + 1;
  if (c->outgoing == RESOLVING) lookup_used[c->lookup] = 0;
  if (c->secure) secure_close(c->secure - 1u);
  if (c->outgoing) outgoing_count--;
  else open_count--;
  if (pool_worker) pool_tell(open_count);
  if (requests_counted && first_answered && !c->outgoing) {
    requests_connection(-1);
    if (c->pending_ns && !c->uncounted) requests_unanswered();
  }
  set_accepting(!draining);
}

/* The peer is gone, or is to be. */
static void forget(u32 index) {
  if (connections[index].state == OPEN) http_closed(index);
  release(index);
}

static long transmit(const struct connection *c, const u8 *bytes, u32 n) {
  if (UNLIKELY(c->secure)) return secure_write(c->secure - 1u, c->fd, bytes, n);
  return SYSCALL(sendto, c->fd, bytes, n, MSG_NOSIGNAL | MSG_DONTWAIT, 0, 0);
}
static long receive(const struct connection *c, u8 *to, u32 room) {
  if (UNLIKELY(c->secure)) return secure_read(c->secure - 1u, c->fd, to, room);
  return SYSCALL(recvfrom, c->fd, to, room, MSG_DONTWAIT, 0, 0);
}

s32 loop_write(u32 index, const u8 *bytes, u32 n) {
  if (index >= used || connections[index].state != OPEN) return -2;
  struct connection *c = &connections[index];
  for (;;) {
    long sent = transmit(c, bytes, n);
    if (sent >= 0) {
      c->answered = !c->outgoing;
      if (requests_counted && c->pending_ns && !c->uncounted) requests_answered(bytes, n, c->pending_ns);
      c->pending_ns = 0;
      c->active_ns = now;
      return (s32)sent;
    }
    if (sent == -EINTR) continue;
    if (sent == -EAGAIN) {
      c->wants_writable = 1;
      return -1;
    }
    if (sent == -EFAULT) trap("host.write outside memory");
    c->ended = 1;
    return -2;
  }
}

void loop_close(u32 index) {
  if (index >= used || connections[index].state != OPEN) return;
  connections[index].state = LINGERING;
  connections[index].active_ns = now;
  SYSCALL(shutdown, connections[index].fd, SHUT_WR);
}

/* Take and drop what the peer still sends; frees the connection at its end. */
static void linger(u32 index) {
  for (u32 i = 0; i < READS_PER_TURN; i++) {
    long got = SYSCALL(recvfrom, connections[index].fd, scratch, sizeof scratch, MSG_DONTWAIT, 0, 0);
    if (got > 0 || got == -EINTR) continue;
    if (got != -EAGAIN) release(index);
    return;
  }
  /* It keeps sending: nothing more is owed to it than the time until the sweep. Edge-triggered, so no busy loop. */
}

/* After the VM worked for a connection: what it decided, and the trace of the first answer. */
static void after_turn(u32 index, u32 flags) {
  struct connection *c = &connections[index];
  if (flags & WANTS_WRITABLE) c->wants_writable = 1;
  if (UNLIKELY(!first_answered) && c->answered && !c->wants_writable) {
    first_answered = 1;
    trace_finish();
    if (pool_worker) pool_learn(c->fd);
    if (requests_counted) requests_connection((s32)open_count);
  }
  if (c->state == OPEN && c->ended && !c->wants_writable) forget(index);
  else if (c->state == LINGERING) linger(index);
  if (c->state != FREE && !c->registered) {
    c->registered = 1;
    watch(c->fd, EPOLL_CTL_ADD, EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, index);
  }
}

/* Read what is there into the VM, as far as it has room; what is left goes on the ready list. */
static void read_some(u32 index) {
  struct connection *c = &connections[index];
  u32 flags = 0;
  for (u32 i = 0; i < READS_PER_TURN && c->state == OPEN && c->readable; i++) {
    u32 room = http_buffer_size(index);
    if (!room) break;
    u8 *input = LINEAR(http_buffer(index));
    long got = receive(c, input, room);
    if (got == -EINTR) continue;
    if (got == -EAGAIN) {
      c->readable = 0;
      break;
    }
    if (got == -EFAULT) trap("http_buffer outside memory");
    if (got < 0) {
      forget(index);
      return;
    }
    if (!got) c->at_end = 1;
    /* An end of stream that comes after a short read is another edge; one that was announced already is not. */
    if (!got || ((u32)got < room && !c->hung_up && !c->secure)) c->readable = 0;
    c->active_ns = now;
    if (got && !c->pending_ns && !c->outgoing) {
      c->pending_ns = now;
      if (requests_counted) c->uncounted = got > 8 && !memcmp(input, "OPTIONS *", 9);
    }
    flags = http_receive(index, (u32)got);
    if (flags & REQUESTS_WAIT) break; /* others come first */
  }
  after_turn(index, flags);
}

/* Connections whose input could not be taken wait here; the VM's buffers may have room after any turn. */
static void queue_unread(u32 index) {
  struct connection *c = &connections[index];
  if (c->state != OPEN || !c->readable || c->next) return;
  c->next = ready_list ? ready_list : TABLE_MAX + 1;
  ready_list = index + 1;
}

/* Give the queued ones another try; true when one of them could be read on at once. */
static int read_queued(void) {
  int more = 0;
  u32 at = ready_list;
  ready_list = 0;
  while (at && at <= TABLE_MAX) {
    u32 index = at - 1;
    struct connection *c = &connections[index];
    at = c->next;
    c->next = 0;
    if (c->state == OPEN && c->readable && http_buffer_size(index)) read_some(index);
    if (c->state == OPEN && c->readable) {
      queue_unread(index);
      if (http_buffer_size(index)) more = 1;
    }
  }
  return more;
}

/* Make room by closing the connection that was idle longest, if any is. */
static int close_idlest(void) {
  u32 oldest = TABLE_MAX;
  for (u32 i = 0; i < used; i++) {
    struct connection *c = &connections[i];
    if (c->state == FREE || c->outgoing || c->pending_ns || c->wants_writable || (c->state == OPEN && c->readable)) continue;
    if (oldest == TABLE_MAX || c->active_ns < connections[oldest].active_ns) oldest = i;
  }
  if (oldest == TABLE_MAX) return 0;
  forget(oldest);
  return 1;
}

/* A record for a new connection. */
static u32 take_record(s32 fd) {
  u32 index = free_list ? free_list - 1 : used++;
  struct connection *c = &connections[index];
  if (free_list) free_list = c->next;
  memset(c, 0, sizeof *c);
  c->fd = fd;
  c->active_ns = now;
  return index;
}

/* False when none was there to take. */
static int accept_one(void) {
  if (open_count >= options.max_connections && !close_idlest()) {
    set_accepting(0);
    return 0;
  }
  long fd = SYSCALL(accept4, listener, 0, 0, SOCK_NONBLOCK | CLOEXEC);
  if (fd == -EMFILE) {
    /* Raise the soft limit once; after that make room. */
    u64 limit[2];
    if (SYSCALL(prlimit64, 0, RLIMIT_NOFILE, 0, limit) == 0 && limit[0] < limit[1]) {
      limit[0] = limit[1];
      SYSCALL(prlimit64, 0, RLIMIT_NOFILE, limit, 0);
    } else if (!close_idlest()) {
      set_accepting(0);
      return 0;
    }
    return 1;
  }
  if (fd < 0) return 0;
  u32 index = take_record((s32)fd);
  struct connection *c = &connections[index];
  c->state = LINGERING; /* until the VM took it */
  c->readable = 1;
  open_count++;
  if (pool_worker) pool_tell(open_count);
  if (requests_counted && first_answered) requests_connection(1);
  if (http_open(index)) {
    release(index);
    return 1;
  }
  c->state = OPEN;
  /* The request has usually come with the connection. */
  read_some(index);
  queue_unread(index);
  return 1;
}

/*
 * Connections that the handler opens: a name is asked for, the socket is connected, and from then on it is a connection like the others. While a name is asked for, the
 * record's socket is the one on which the name server answers.
 */
static void outgoing_step(u32 index, s32 fd, u8 step) {
  struct connection *c = &connections[index];
  if (step == CONNECTING && c->outgoing == RESOLVING) lookup_used[c->lookup] = 0;
  c->outgoing = step;
  c->fd = fd;
  c->registered = 1;
  c->active_ns = now;
  watch(fd, EPOLL_CTL_ADD, step == RESOLVING ? EPOLLIN : EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, index);
}

s32 loop_connect(const u8 *authority, u32 n) {
  union address to;
  u32 lookup = 0;
  if (!options.allow_fetch) return FETCH_REFUSED;
  if (payload.flags & PAYLOAD_FLAG_SCRIPT) return FETCH_UNAVAILABLE;
  s32 slot = -1;
  int secure = n > 6 && !memcmp(authority, "https:", 6);
  if (secure) authority += 6, n -= 6;
  if (outgoing_count == OUTGOING_MAX) return FETCH_TOO_MANY;
  if (!now) now = clock_ns(); /* the top level runs before the loop */
  while (lookup_used[lookup]) lookup++; /* there is one for every connection */
  int unknown = fetch_begin(authority, n, lookup, &to);
  if (unknown < 0) return unknown;
  if (secure && !secure_available()) return FETCH_NO_TLS;
  if (secure && (slot = secure_open(authority, fetch_host_bytes(authority, n))) < 0) return FETCH_TOO_MANY;
  s32 fd = unknown ? fetch_ask(lookup) : fetch_connect(&to);
  if (fd < 0) {
    if (slot >= 0) secure_close((u32)slot);
    return FETCH_NO_RESOURCES;
  }
  u32 index = take_record(fd);
  outgoing_count++;
  connections[index].state = OPEN;
  connections[index].lookup = (u8)lookup;
  connections[index].secure = (u8)(slot + 1);
  lookup_used[lookup] = (u8)unknown;
  outgoing_step(index, fd, unknown ? RESOLVING : CONNECTING);
  return (s32)index;
}

/* There is no encrypted connection: what comes before one is there is the reason, as the library knows (fetch-http.ts). */
static void not_secured(u32 index) {
  const char *why = secure_reason();
  u32 n = (u32)text_length(why), room = http_buffer_size(index);
  if (n > room) n = room;
  memcpy(LINEAR(http_buffer(index)), why, n);
  http_receive(index, n);
  if (connections[index].state != FREE) forget(index);
}

/* Something happened before a connection was made. */
static void outgoing_progress(u32 index, u32 events) {
  struct connection *c = &connections[index];
  if (c->outgoing == RESOLVING) {
    union address to;
    s32 asked = c->fd, fd = -1;
    int found = fetch_answer(c->lookup, asked, &to);
    if (!found) return;
    if (found == 1) fd = fetch_connect(&to);
    else if (found == 2 && ++c->tries < 8) fd = fetch_ask(c->lookup);
    if (fd < 0) {
      forget(index);
      return;
    }
    SYSCALL(close, asked);
    outgoing_step(index, fd, found == 1 ? CONNECTING : RESOLVING);
  } else if (c->outgoing == SECURING) {
    int step = secure_step(c->secure - 1u, c->fd);
    if (step < 0) not_secured(index);
    if (step <= 0) return;
    c->outgoing = CONNECTED;
    c->readable = 1; /* the answer to nothing yet, but what came with the handshake's end is not announced again */
    c->active_ns = now;
    after_turn(index, http_writable(index));
  } else if (events & (EPOLLERR | EPOLLHUP)) {
    forget(index);
  } else if (events & EPOLLOUT && c->secure) {
    c->outgoing = SECURING;
    c->active_ns = now;
    if (secure_begin(c->secure - 1u, c->fd) < 0) not_secured(index);
  } else if (events & EPOLLOUT) {
    c->outgoing = CONNECTED;
    c->active_ns = now;
    after_turn(index, http_writable(index));
  }
}

/* Is a connection not there in time? A name server that is silent is followed by the next. */
static int outgoing_late(u32 index) {
  struct connection *c = &connections[index];
  u64 quiet = now - c->active_ns;
  if (c->outgoing == CONNECTING || c->outgoing == SECURING) return quiet > 10 * SECOND;
  if (c->outgoing == CONNECTED) return quiet > options.idle_ns;
  if (quiet < 2 * SECOND) return 0;
  s32 silent = c->fd, fd = ++c->tries < 4 ? fetch_ask(c->lookup) : -1;
  if (fd < 0) return 1;
  SYSCALL(close, silent);
  outgoing_step(index, fd, RESOLVING);
  return 0;
}

static void handle_event(u32 index, u32 events) {
  struct connection *c = &connections[index];
  if (c->state == FREE) return;
  if (c->state == LINGERING) {
    linger(index);
    return;
  }
  if (c->outgoing && c->outgoing != CONNECTED) {
    outgoing_progress(index, events);
    if (c->state != OPEN || c->outgoing != CONNECTED) return;
  }
  if (events & (EPOLLERR | EPOLLHUP)) {
    forget(index);
    return;
  }
  if ((events & EPOLLOUT) && c->secure && secure_flush(c->secure - 1u, c->fd) < 0) {
    forget(index);
    return;
  }
  if ((events & EPOLLOUT) && c->wants_writable) {
    c->wants_writable = 0;
    after_turn(index, http_writable(index));
  }
  if (events & EPOLLRDHUP) c->hung_up = 1;
  if ((events & (EPOLLIN | EPOLLRDHUP)) && !c->at_end) c->readable = 1;
  if (c->state != OPEN) return;
  unqueue(index);
  read_some(index);
  queue_unread(index);
}

/* Close what took too long. A request counts from its first byte to the first byte of its answer. */
static void sweep(void) {
  last_sweep = now;
  for (u32 i = 0; i < used; i++) {
    struct connection *c = &connections[i];
    if (c->state == FREE) continue;
    u64 quiet = now - c->active_ns;
    int late = c->state == LINGERING ? quiet > 2 * SECOND
               : c->outgoing         ? outgoing_late(i)
               : c->pending_ns       ? now - c->pending_ns > options.request_ns
                                     : quiet > options.idle_ns;
    if (!late) continue;
    forget(i);
  }
  set_accepting(!draining && (open_count < options.max_connections));
}

/*
 * While draining, every answer ends its connection. One that waits for its next request is closed only after it was quiet
 * for a while: a request that its peer sent before it could know is still answered. To the VM that close looks like a peer
 * that sends no more: it answers what is complete, and forgets half a request.
 */
static void close_quiet(void) {
  for (u32 i = 0; i < used; i++) {
    struct connection *c = &connections[i];
    /* What a request in flight fetches goes on. */
    if (c->state != OPEN || c->outgoing || c->at_end || now - c->active_ns < DRAIN_QUIET) continue;
    unqueue(i);
    read_some(i);
    if (c->state != OPEN || c->at_end || now - c->active_ns < DRAIN_QUIET) continue;
    c->at_end = 1;
    after_turn(i, http_receive(i, 0));
  }
}

static void stop_listening(void) {
  if (listener < 0) return;
  set_accepting(0);
  SYSCALL(close, listener);
  listener = -1;
  if (!pool_worker) listen_cleanup();
}

static void start_drain(void) {
  draining = 1;
  drain_until = now + options.drain_ns;
  if (options.verbose) say("zerostart: draining", (char *)0);
  /* What the kernel has already accepted would be reset. On an inherited socket it is the successor's, in a pool another's. */
  for (u32 i = 0; options.listen_fd < 0 && !pool_worker && i < options.max_connections && accept_one();) i++;
  stop_listening();
  http_drain();
  close_quiet();
}

/* The VM broke: tell those who wait, forget everybody, begin again from the image. */
static void recover(void) {
  static const char answer[] = "HTTP/1.1 500 Internal Server Error\r\ncontent-type: text/plain\r\ncontent-length: 23\r\nconnection: close\r\n\r\nThe handler was stopped";
  say("zerostart: the handler was stopped and restored: ", trap_reason, (char *)0);
  for (u32 i = 0; i < used; i++) {
    struct connection *c = &connections[i];
    c->next = 0;
    if (c->state != OPEN) continue;
    if (c->pending_ns) {
      SYSCALL(sendto, c->fd, answer, sizeof answer - 1, MSG_NOSIGNAL | MSG_DONTWAIT, 0, 0);
      if (requests_counted) requests_answered((const u8 *)answer, sizeof answer - 1, c->pending_ns);
      c->pending_ns = 0;
    }
    c->state = LINGERING;
    c->wants_writable = c->ended = 0;
    c->active_ns = now;
    SYSCALL(shutdown, c->fd, SHUT_WR);
  }
  /* Lists are made anew: the fault may have come while one was being changed. */
  free_list = ready_list = 0;
  open_count = outgoing_count = 0;
  memset(lookup_used, 0, sizeof lookup_used);
  for (u32 i = 0; i < used; i++) {
    struct connection *c = &connections[i];
    if (c->state == FREE) c->next = free_list, free_list = i + 1;
    else if (c->outgoing) c->outgoing = CONNECTED, outgoing_count++;
    else open_count++;
  }
  if (pool_worker) pool_tell(open_count);
  engine_restart();
  if (draining) {
    stop_listening();
    http_drain();
  }
  for (u32 i = 0; i < used; i++) {
    struct connection *c = &connections[i];
    if (c->state != LINGERING) continue;
    if (!c->registered) {
      c->registered = 1;
      watch(c->fd, EPOLL_CTL_ADD, EPOLLIN | EPOLLRDHUP | EPOLLET, i);
    }
    linger(i);
  }
  if (!first_answered) {
    first_answered = 1;
    trace_finish();
    if (requests_counted) requests_connection((s32)open_count);
  }
}

/* Milliseconds to wait for: the VM's next timer, the next look at slow connections, the end of the drain. */
static s32 wait_ms(s64 timer_ns) {
  u64 wait = timer_ns < 0 ? ~0ull : (u64)timer_ns;
  if ((open_count || outgoing_count || (!accepting && !draining)) && wait > SECOND) wait = SECOND;
  if (leaving && !accepting && wait > LEFT_TO_OTHERS) wait = LEFT_TO_OTHERS;
  if (options.idle_exit_ns && !open_count && wait > options.idle_exit_ns) wait = options.idle_exit_ns;
  if (draining && wait > SECOND / 50) wait = SECOND / 50;
  if (wait == ~0ull) return -1;
  wait = (wait + 999999) / 1000000;
  return wait > 60000 ? 60000 : (s32)wait;
}

/*
 * Connections wait for a worker of a pool. All workers are woken, and one that is running already would take most: who has more than another leaves them for a millisecond, after
 * which they are anybody's (the other may be busy with one long request). It takes no more than it has else to do, since another may have less.
 */
static void share_waiting(long count) {
  if (pool_another_has_fewer(open_count)) {
    if (!leaving) {
      leaving = 1;
      left_ns = now;
    }
    if (now - left_ns < LEFT_TO_OTHERS) {
      set_accepting(0);
      return;
    }
    for (u32 n = 0; n < EVENTS && accept_one(); n++) {}
  } else {
    for (long n = 0; n < count && accept_one() && !pool_another_has_fewer(open_count); n++) {}
  }
  leaving = 0;
}

void loop_serve(int listening) {
  struct epoll_event events[EVENTS];
  SYSCALL(rt_sigprocmask, SIG_SETMASK, &blocked_while_running, 0, 8);
  serving = 1;
  listener = listening;
  now = last_open = clock_ns();
  /* Restarting the engine uses the same way back, so it is laid anew after every recovery. */
  while (jump_set(&trap_return)) recover();
  for (int idle = 0, begun = 0;;) {
    if (terminate && !draining) start_drain();
    s64 timer = (s64)vm_poll();
    if (UNLIKELY(!first_answered && open_count))
      for (u32 i = 0; i < used; i++)
        if (connections[i].state != FREE) after_turn(i, 0);
    int more = ready_list ? read_queued() : 0;
    if (draining) close_quiet();
    if (draining && (!open_count || now > drain_until)) exit_now(EXIT_DRAINED);
    /* One that was forked ahead is not idle before its work has come. */
    if (open_count || (pool_worker == POOL_AHEAD && !first_answered)) last_open = now;
    else if (options.idle_exit_ns && now - last_open >= options.idle_exit_ns) exit_now(EXIT_DRAINED);
    if (UNLIKELY(!begun)) {
      begun = 1;
      if (pool_worker != POOL_AHEAD) trace_mark(pool_worker ? PHASE_POOL : PHASE_LISTEN);
      int taken = pool_worker != POOL_AHEAD && accept_one();
      set_accepting(1);
      if (taken) continue;
    }
    int verifying = first_answered && !verified && !pool_worker;
    if (verifying && idle) {
      sandbox_settle();
      verified = !verify_step();
    }
    s32 timeout = more || verifying || (terminate && !draining) ? 0 : wait_ms(timer);
    long count = SYSCALL(epoll_pwait, poller, events, EVENTS, timeout, &blocked_while_waiting, 8);
    now = clock_ns();
    idle = count == 0;
    if (leaving && now - left_ns >= LEFT_TO_OTHERS) set_accepting(!draining);
    for (long i = 0; i < count; i++) {
      u32 index = (u32)events[i].data;
      if (index != LISTENER_EVENT) handle_event(index, events[i].events);
      else if (listener >= 0) {
        if (UNLIKELY(!first_answered)) {
          trace_mark(pool_worker ? PHASE_POOL : PHASE_OTHER);
          if (pool_worker) pool_loosen();
        }
        if (pool_worker) share_waiting(count);
        /* They came before whatever is asked on the others after this turn. */
        else
          for (u32 n = 0; n < ACCEPTS_PER_TURN && accept_one(); n++) {}
      }
    }
    if (now - last_sweep > SECOND) sweep();
  }
}

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "launcher.h"

/* How long a traced process may take to hand over its trace after its answer. */
#define TRACE_WAIT_MS 500
#define TRACE_HEADER 8u
#define TRACE_ENTRY 16u
#define SPIN_NS 2000000u
/* How often the end of a process is looked for while an answer is awaited on a held socket. */
#define EXIT_CHECK_MS 20

uint64_t now_ns(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/* --- output of the started process --- */

bool output_drain(struct output *output, bool keep) {
  for (;;) {
    if (output->fd < 0) return false;
    char buffer[16384];
    ssize_t n = read(output->fd, buffer, sizeof buffer);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return true;
    if (n == 0) {
      close(output->fd);
      output->fd = -1;
      return false;
    }
    for (ssize_t i = 0; i < n; i++) output->tail[output->total++ % TAIL_BYTES] = buffer[i];
    if (!keep) continue;
    if (output->pending_length + (size_t)n > output->pending_capacity) {
      size_t capacity = (output->pending_length + (size_t)n) * 2;
      char *grown = realloc(output->pending, capacity);
      if (grown == NULL) return true;
      output->pending = grown;
      output->pending_capacity = capacity;
    }
    memcpy(output->pending + output->pending_length, buffer, (size_t)n);
    output->pending_length += (size_t)n;
    /* Stop reading here: a process that floods its output is held back by the pipe until this was forwarded. */
    if (output->pending_length >= 1u << 20) return true;
  }
}

void output_close(struct output *output) {
  if (output->fd >= 0) close(output->fd);
  output->fd = -1;
  free(output->pending);
  output->pending = NULL;
  output->pending_length = output->pending_capacity = 0;
}

void message_tail(struct message *m, const char *key, const struct output *output) {
  if (output->total <= TAIL_BYTES) {
    message_base64(m, key, output->tail, (size_t)output->total);
    return;
  }
  char straight[TAIL_BYTES];
  size_t start = (size_t)(output->total % TAIL_BYTES);
  memcpy(straight, output->tail + start, TAIL_BYTES - start);
  memcpy(straight + TAIL_BYTES - start, output->tail, start);
  message_base64(m, key, straight, TAIL_BYTES);
}

/* Sleep, but wake for output so that a talkative process never blocks on a full pipe while it is timed. */
static void wait_for_output(struct started *s, uint64_t ns) {
  struct pollfd fds[3] = {{.fd = s->out.fd, .events = POLLIN}, {.fd = s->err.fd, .events = POLLIN}, {.fd = s->cancel, .events = POLLIN}};
  struct timespec timeout = {.tv_sec = (time_t)(ns / 1000000000u), .tv_nsec = (long)(ns % 1000000000u)};
  if (ppoll(fds, 3, &timeout, NULL) <= 0) return;
  if (fds[0].revents) output_drain(&s->out, true);
  if (fds[1].revents) output_drain(&s->err, true);
  if (fds[2].revents) s->cancelled = true;
}

/* --- the port --- */

static bool can_bind(struct sockaddr_in address, int port) {
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return false;
  int one = 1;
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  address.sin_port = htons((uint16_t)port);
  bool ok = bind(fd, (struct sockaddr *)&address, sizeof address) == 0;
  int error = errno;
  close(fd);
  errno = error;
  return ok;
}

/*
 * A free port outside the kernel's ephemeral range: within it, a client that retries until somebody listens can be
 * given the very port it calls as its own source port and connect to itself.
 */
static int find_port(struct sockaddr_in address) {
  static unsigned next;
  int low = 32768, high = 60999;
  FILE *range = fopen("/proc/sys/net/ipv4/ip_local_port_range", "re");
  if (range != NULL) {
    if (fscanf(range, "%d %d", &low, &high) != 2) low = 32768, high = 60999;
    fclose(range);
  }
  int first = low > 12000 ? 10240 : high + 1, last = low > 12000 ? low - 1 : 65535;
  if (last - first < 100) first = 10240, last = 65535;
  unsigned count = (unsigned)(last - first + 1);
  if (next == 0) next = (unsigned)(now_ns() / 1000) ^ (unsigned)getpid() * 2654435761u;
  for (unsigned i = 0; i < 2000; i++) {
    int port = first + (int)(next++ % count);
    if (can_bind(address, port)) return port;
  }
  return 0;
}

int listen_on(const char *host, int *port, bool shared) {
  struct sockaddr_in address = {.sin_family = AF_INET};
  if (inet_pton(AF_INET, host, &address.sin_addr) != 1) return errno = EINVAL, -1;
  if (*port == 0) *port = find_port(address);
  if (*port == 0) return errno = EADDRINUSE, -1;
  /* Sharing is for our own sockets: another program of this user that shares its ports too is not joined by chance. */
  if (!shared && !can_bind(address, *port)) return -1;
  address.sin_port = htons((uint16_t)*port);
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), one = 1;
  if (fd < 0) return -1;
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &one, sizeof one);
  /* As the native host sets them for a socket of its own: accepted sockets inherit the first. */
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  setsockopt(fd, IPPROTO_TCP, TCP_DEFER_ACCEPT, &one, sizeof one);
  if (bind(fd, (struct sockaddr *)&address, sizeof address) == 0 && listen(fd, 1024) == 0) {
    int high = fcntl(fd, F_DUPFD_CLOEXEC, 10); /* out of the way of a child's own numbers */
    close(fd);
    return high;
  }
  int error = errno;
  close(fd);
  errno = error;
  return -1;
}

/* --- the process --- */

/*
 * A measured start is watched from another processor than it runs on, where there are two. On one, watcher and process would take turns: a try to connect that
 * comes too early then costs the share of time that the watcher gives up, or, when it gives up none, keeps the process from starting.
 *
 * The caller moves off the processor that it is on, so that the new process gets the others alone; the process sends its creator, which sleeps until it
 * executes, back there; and the creator lets the process run anywhere.
 */
struct apart {
  bool wanted;
  pid_t watcher;
  cpu_set_t all, here, elsewhere;
  volatile bool done; /* set by the child */
};

static void apart_prepare(struct apart *apart) {
  int here = sched_getcpu();
  apart->wanted = here >= 0 && sched_getaffinity(0, sizeof apart->all, &apart->all) == 0 && CPU_ISSET(here, &apart->all) && CPU_COUNT(&apart->all) > 1;
  if (!apart->wanted) return;
  apart->watcher = getpid();
  CPU_ZERO(&apart->here);
  CPU_SET(here, &apart->here);
  apart->elsewhere = apart->all;
  CPU_CLR(here, &apart->elsewhere);
  apart->wanted = sched_setaffinity(0, sizeof apart->elsewhere, &apart->elsewhere) == 0;
}

/* In the child. */
static void apart_part(struct apart *apart) {
  if (apart->wanted) apart->done = sched_setaffinity(apart->watcher, sizeof apart->here, &apart->here) == 0;
}

/* The new process may run where it likes. False when it has to stay where it is. */
static bool apart_release(struct apart *apart, pid_t pid) {
  return !apart->wanted || pid < 0 || sched_setaffinity(pid, sizeof apart->all, &apart->all) == 0 || errno == ESRCH;
}

static void apart_end(struct apart *apart) {
  if (apart->wanted) sched_setaffinity(0, sizeof apart->all, &apart->all);
}

struct spawn_plan {
  char **argv, **envp;
  const char *cwd;
  int out, err, trace, listener;
  struct apart *apart;
  volatile int error; /* set by the child, which shares this memory until it executes */
  volatile const char *failed;
};

static int null_fd = -1;

void start_prepare(void) {
  int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
  null_fd = fcntl(fd, F_DUPFD_CLOEXEC, 10);
  close(fd);
}

__attribute__((noinline)) static pid_t spawn(struct spawn_plan *plan) {
  pid_t pid = vfork();
  if (pid != 0) return pid;
  apart_part(plan->apart);
  const char *failed = "cannot prepare the process";
  setpgid(0, 0);
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  prctl(PR_SET_TIMERSLACK, 0); /* ours is finer; the process gets the default */
  prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  if (dup2(null_fd, 0) < 0 || dup2(plan->out, 1) < 0 || dup2(plan->err, 2) < 0) goto fail;
  if (plan->trace >= 0 && dup2(plan->trace, TRACE_FD) < 0) goto fail;
  if (plan->listener >= 0 && dup2(plan->listener, LISTENER_FD) < 0) goto fail;
  if (plan->cwd != NULL && chdir(plan->cwd) < 0) {
    failed = "cannot enter the working directory";
    goto fail;
  }
  execve(plan->argv[0], plan->argv, plan->envp);
  failed = "cannot execute";
fail:
  plan->error = errno;
  plan->failed = failed;
  _exit(127);
}

static bool has_exited(pid_t pid) {
  siginfo_t info = {0};
  return waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid == pid;
}

static void kill_and_reap(pid_t pid, int *status) {
  kill(-pid, SIGKILL);
  while (waitpid(pid, status, 0) < 0 && errno == EINTR) {}
}

static void put_file(struct message *m, const char *key, pid_t pid, const char *name) {
  char path[64], text[8192];
  snprintf(path, sizeof path, "/proc/%d/%s", (int)pid, name);
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return;
  size_t length = 0;
  for (ssize_t n; length < sizeof text && (n = read(fd, text + length, sizeof text - length)) > 0;) length += (size_t)n;
  close(fd);
  message_base64(m, key, text, length);
}

/* --- connecting and asking --- */

struct failure {
  const char *stage;
  char text[512];
};

static bool failed(struct failure *f, const char *stage, const char *format, const char *detail) {
  f->stage = stage;
  snprintf(f->text, sizeof f->text, format, detail);
  return false;
}

static bool is_self_connected(int fd, int port) {
  struct sockaddr_in local;
  socklen_t length = sizeof local;
  return getsockname(fd, (struct sockaddr *)&local, &length) == 0 && ntohs(local.sin_port) == port;
}

static int socket_from(uint32_t source) {
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0 || source == 0) return fd;
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = source};
  if (bind(fd, (struct sockaddr *)&address, sizeof address) == 0) return fd;
  close(fd);
  return -1;
}

/*
 * Retry until somebody listens, by the same rule for a runtime that takes 0.3 ms and one that takes 300. In the first two
 * milliseconds without a pause, or where the process may be on the same processor only yielding between attempts: a sleep, however short, costs tens of microseconds of waking on an idle
 * processor (of a virtual machine above all), which is a large part of a fast start. Later the pause is a sixty-fourth of
 * the time waited so far, at most 1 ms: the error stays under two per cent of what is measured, and the processor is left to
 * the process that is being started.
 */
static int connect_when_ready(struct started *s, const struct request *request, struct sockaddr_in *address, uint64_t begin, bool apart, int *attempts,
                              struct failure *f) {
  int fd = -1;
  for (;;) {
    if (fd < 0) fd = socket_from(request->source);
    if (fd < 0) return failed(f, "connect", "cannot make a socket: %s", strerror(errno)), -1;
    (*attempts)++;
    if (connect(fd, (struct sockaddr *)address, sizeof *address) == 0) {
      if (!is_self_connected(fd, s->port)) return fd;
      close(fd);
      fd = -1;
    } else if (errno != ECONNREFUSED && errno != EINTR) {
      int error = errno;
      close(fd);
      fd = -1;
      if (error != ECONNRESET && error != ECONNABORTED && error != EADDRNOTAVAIL)
        return failed(f, "connect", "cannot connect: %s", strerror(error)), -1;
    }
    if (s->cancelled) {
      if (fd >= 0) close(fd);
      return failed(f, "connect", "%s", "the start was called off"), -1;
    }
    if (has_exited(s->pid)) {
      if (fd >= 0) close(fd);
      return failed(f, "connect", "%s", "the process ended before it listened"), -1;
    }
    uint64_t elapsed = now_ns() - begin;
    if (elapsed > request->connect_ns) {
      if (fd >= 0) close(fd);
      return failed(f, "connect", "%s", "the process did not listen in time"), -1;
    }
    if (elapsed < SPIN_NS) {
      if (!apart) sched_yield();
      continue;
    }
    uint64_t pause = elapsed / 64;
    wait_for_output(s, pause > 1000000 ? 1000000 : pause);
  }
}

static bool ask(int fd, struct started *s, const struct request *request, const char *text, size_t length, struct response *response,
                uint64_t *end, struct failure *f) {
  for (size_t sent = 0; sent < length;) {
    ssize_t n = send(fd, text + sent, length - sent, MSG_NOSIGNAL);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return failed(f, "response", "cannot send the request: %s", strerror(errno));
    sent += (size_t)n;
  }
  uint64_t deadline = now_ns() + request->response_ns;
  for (;;) {
    uint64_t now = now_ns();
    if (now >= deadline) {
      return failed(f, "response", "%s", response->total_bytes == 0 ? "no answer came in time" : "the answer did not end in time");
    }
    struct pollfd fds[4] = {{.fd = fd, .events = POLLIN}, {.fd = s->out.fd, .events = POLLIN}, {.fd = s->err.fd, .events = POLLIN},
                            {.fd = s->cancel, .events = POLLIN}};
    int timeout = (int)((deadline - now) / 1000000u) + 1;
    /* A held socket takes connections whether or not the process lives. */
    if (request->listener_fd >= 0 && timeout > EXIT_CHECK_MS) timeout = EXIT_CHECK_MS;
    int ready = poll(fds, 4, timeout);
    if (ready < 0 && errno != EINTR) return failed(f, "response", "poll: %s", strerror(errno));
    if (ready == 0 && request->listener_fd >= 0 && has_exited(s->pid)) return failed(f, "response", "%s", "the process ended before it answered");
    if (fds[0].revents) {
      char buffer[65536];
      ssize_t n = recv(fd, buffer, sizeof buffer, MSG_DONTWAIT);
      *end = now_ns();
      if (n < 0 && (errno == EINTR || errno == EAGAIN)) continue;
      if (n < 0) return failed(f, "response", "cannot read the answer: %s", strerror(errno));
      int result = n == 0 ? response_end(response) : response_feed(response, buffer, (size_t)n);
      if (result < 0) return failed(f, "response", "%s", response->error);
      if (result > 0) return true;
      continue; /* the answer goes before the output */
    }
    if (fds[1].revents) output_drain(&s->out, true);
    if (fds[2].revents) output_drain(&s->err, true);
    if (fds[3].revents) return failed(f, "response", "%s", "the start was called off");
  }
}

/* One trace: magic, count, entries. A process may hand over another later, so no more than it announces is read. */
static size_t read_trace(int fd, char *bytes, size_t room, uint64_t deadline) {
  size_t length = 0, wanted = TRACE_HEADER;
  while (length < wanted) {
    uint64_t now = now_ns();
    if (now >= deadline) break;
    struct pollfd p = {.fd = fd, .events = POLLIN};
    if (poll(&p, 1, (int)((deadline - now) / 1000000u) + 1) < 0 && errno != EINTR) break;
    ssize_t n = read(fd, bytes + length, wanted - length);
    if (n == 0) break;
    if (n > 0) length += (size_t)n;
    else if (errno != EAGAIN && errno != EINTR) break;
    if (length == TRACE_HEADER) {
      uint32_t count;
      memcpy(&count, bytes + 4, 4);
      wanted = count > (room - TRACE_HEADER) / TRACE_ENTRY ? room : TRACE_HEADER + count * TRACE_ENTRY;
    }
  }
  return length;
}

/* The process that answered: of a pool it is another than the one started, and its trace says which. */
static pid_t answering(const char *trace, size_t length, pid_t started) {
  uint32_t pid = 0;
  if (length >= TRACE_HEADER + TRACE_ENTRY) memcpy(&pid, trace + TRACE_HEADER + 4, 4);
  return pid != 0 ? (pid_t)pid : started;
}

/* Wait until a pool is ready to take work. */
static bool await_pool(int trace, struct started *s, const struct request *request, uint64_t begin, struct failure *f) {
  uint64_t deadline = begin + request->connect_ns;
  for (;;) {
    struct pollfd fds[4] = {{.fd = trace, .events = POLLIN}, {.fd = s->out.fd, .events = POLLIN}, {.fd = s->err.fd, .events = POLLIN},
                            {.fd = s->cancel, .events = POLLIN}};
    poll(fds, 4, EXIT_CHECK_MS);
    if (fds[1].revents) output_drain(&s->out, true);
    if (fds[2].revents) output_drain(&s->err, true);
    if (fds[3].revents) return failed(f, "connect", "%s", "the start was called off");
    char ready[4096];
    if (fds[0].revents & POLLIN) {
      if (read_trace(trace, ready, sizeof ready, deadline) >= TRACE_HEADER) return true;
      return failed(f, "connect", "%s", "the pool's report was cut short");
    }
    if (has_exited(s->pid)) return failed(f, "connect", "%s", "the process ended before its pool was ready");
    if (now_ns() > deadline) return failed(f, "connect", "%s", "the pool was not ready in time");
  }
}

/*
 * Work comes in on one processor, and where a pool has learnt which that is, a process waits for it there: then the observer asks from that one, as who taught it would.
 * One that is bound to none is asked from wherever the observer is. The processor, or -1.
 */
static int awaited_on(pid_t parent) {
  char path[64], children[4096];
  snprintf(path, sizeof path, "/proc/%d/task/%d/children", (int)parent, (int)parent);
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return -1;
  ssize_t n = read(fd, children, sizeof children - 1);
  close(fd);
  children[n > 0 ? n : 0] = 0;
  cpu_set_t on;
  char *rest = children;
  for (long pid; (pid = strtol(rest, &rest, 10)) > 0;)
    if (sched_getaffinity((pid_t)pid, sizeof on, &on) == 0 && CPU_COUNT(&on) == 1)
      for (int cpu = 0; cpu < CPU_SETSIZE; cpu++)
        if (CPU_ISSET(cpu, &on)) return cpu;
  return -1;
}

static bool open_pipe(int fds[2], int write_end_size) {
  if (pipe2(fds, O_CLOEXEC) < 0) return false;
  fcntl(fds[0], F_SETFL, O_NONBLOCK);
  /* Out of the way of the numbers that the child dups onto: a dup2 onto itself would leave close-on-exec set. */
  int high = fcntl(fds[1], F_DUPFD_CLOEXEC, 10);
  close(fds[1]);
  fds[1] = high;
  if (high < 0) return false;
  if (write_end_size > 0) fcntl(fds[1], F_SETPIPE_SZ, write_end_size);
  return true;
}

/* Copy of `vector` with {port} replaced; the strings live until the process ends or free_vector. */
static char **with_port(char **vector, int port, const char *extra) {
  size_t count = 0;
  while (vector[count] != NULL) count++;
  char **copy = calloc(count + 2, sizeof *copy);
  char number[16];
  snprintf(number, sizeof number, "%d", port);
  for (size_t i = 0; i < count; i++) {
    char *hole = strstr(vector[i], "{port}");
    if (hole == NULL) copy[i] = strdup(vector[i]);
    else if (asprintf(&copy[i], "%.*s%s%s", (int)(hole - vector[i]), vector[i], number, hole + 6) < 0) copy[i] = NULL;
  }
  if (extra != NULL) copy[count] = strdup(extra);
  return copy;
}

static void free_vector(char **vector) {
  for (char **p = vector; *p != NULL; p++) free(*p);
  free(vector);
}

static void answer_error(struct message *answer, const struct request *request, const struct failure *f, const struct started *s, int status) {
  message_begin(answer, "error", request->id);
  message_string(answer, "stage", f->stage);
  message_string(answer, "message", f->text);
  if (s->port > 0) message_integer(answer, "port", s->port);
  if (status >= 0 && WIFEXITED(status)) message_integer(answer, "exitCode", WEXITSTATUS(status));
  if (status >= 0 && WIFSIGNALED(status)) message_integer(answer, "exitSignal", WTERMSIG(status));
  message_tail(answer, "stdout", &s->out);
  message_tail(answer, "stderr", &s->err);
}

bool start_run(const struct request *request, int cancel, struct started *s, struct message *answer) {
  static struct response response;
  struct failure f;
  memset(s, 0, sizeof *s);
  s->out.fd = s->err.fd = -1;
  s->cancel = cancel;

  struct sockaddr_in address = {.sin_family = AF_INET};
  if (inet_pton(AF_INET, request->host, &address.sin_addr) != 1) {
    failed(&f, "port", "not an IPv4 address: %s", request->host);
    answer_error(answer, request, &f, s, -1);
    return false;
  }
  if (request->listener_fd >= 0) s->port = request->port;
  else if (request->port == 0) s->port = find_port(address);
  else if (can_bind(address, request->port)) s->port = request->port;
  if (s->port == 0) {
    failed(&f, "port", "%s", request->port ? "the port is in use" : "no free port was found");
    s->port = request->port;
    answer_error(answer, request, &f, s, -1);
    return false;
  }
  address.sin_port = htons((uint16_t)s->port);

  int out[2], err[2], trace[2] = {-1, -1};
  if (!open_pipe(out, 1 << 18) || !open_pipe(err, 1 << 18) || (request->trace && !open_pipe(trace, 0))) {
    failed(&f, "spawn", "cannot make pipes: %s", strerror(errno));
    answer_error(answer, request, &f, s, -1);
    return false;
  }
  s->out.fd = out[0];
  s->err.fd = err[0];

  char text[4096];
  int text_length = snprintf(text, sizeof text, "GET %s HTTP/1.1\r\nHost: %s:%d\r\nUser-Agent: zerostart\r\nAccept: */*\r\n\r\n", request->path,
                             request->host, s->port);
  if (text_length >= (int)sizeof text) text_length = -1;
  struct apart apart = {0};
  struct spawn_plan plan = {
      .apart = &apart,
      .argv = with_port(request->argv, s->port, NULL),
      .envp = with_port(request->envp, s->port, request->trace ? "ZEROSTART_TRACE_FD=3" : NULL),
      .cwd = request->cwd,
      .out = out[1],
      .err = err[1],
      .trace = trace[1],
      .listener = request->listener_fd,
  };
  response_init(&response);
  memset(response.head, 0, sizeof response.head); /* touch the pages now, not between the two clock readings */
  int attempts = 0;
  uint64_t connected = 0, end = 0;
  bool ok = true;

  if (request->watched && !request->pooled) apart_prepare(&apart);
  uint64_t begin = now_ns();
  s->pid = spawn(&plan);
  if (!apart_release(&apart, s->pid) && plan.error == 0) plan.error = errno, plan.failed = "cannot let go of";
  close(out[1]);
  close(err[1]);
  if (trace[1] >= 0) close(trace[1]);
  if (s->pid < 0 || plan.error != 0) {
    char what[256];
    snprintf(what, sizeof what, "%s %s: %s", s->pid < 0 ? "cannot make a process for" : (const char *)plan.failed, plan.argv[0],
             strerror(s->pid < 0 ? errno : plan.error));
    ok = failed(&f, "spawn", "%s", what);
  }
  uint64_t prepared = 0;
  if (ok && request->pooled) {
    ok = await_pool(trace[0], s, request, begin, &f);
    int cpu = ok ? awaited_on(s->pid) : -1;
    if (cpu >= 0 && sched_getaffinity(0, sizeof apart.all, &apart.all) == 0) {
      CPU_ZERO(&apart.here);
      CPU_SET(cpu, &apart.here);
      apart.wanted = sched_setaffinity(0, sizeof apart.here, &apart.here) == 0;
    }
    uint64_t ready = now_ns();
    prepared = ready - begin;
    begin = ready; /* the work comes now */
  }
  int fd = ok ? connect_when_ready(s, request, &address, begin, apart.done, &attempts, &f) : -1;
  if (fd >= 0) {
    connected = now_ns();
    ok = text_length < 0 ? failed(&f, "response", "%s", "the path is too long") : ask(fd, s, request, text, (size_t)text_length, &response, &end, &f);
  } else {
    ok = false;
  }

  apart_end(&apart);

  char bytes[4096];
  size_t trace_length = ok && trace[0] >= 0 ? read_trace(trace[0], bytes, sizeof bytes, now_ns() + TRACE_WAIT_MS * 1000000ull) : 0;
  if (ok) {
    message_begin(answer, "started", request->id);
    message_integer(answer, "pid", s->pid);
    message_integer(answer, "port", s->port);
    message_integer(answer, "totalNs", (int64_t)(end - begin));
    message_integer(answer, "connectedNs", (int64_t)(connected - begin));
    message_integer(answer, "attempts", attempts);
    message_integer(answer, "status", response.status);
    message_integer(answer, "responseBytes", (int64_t)response.total_bytes);
    message_base64(answer, "body", response.body, response.body_length);
    char number[24]; /* as text: nanoseconds since boot outgrow a double's integers after 104 days */
    snprintf(number, sizeof number, "%llu", (unsigned long long)begin);
    message_string(answer, "beginNs", number);
    if (trace[0] >= 0) message_base64(answer, "trace", bytes, trace_length);
    if (request->pooled) message_integer(answer, "preparedNs", (int64_t)prepared);
    pid_t measured = answering(bytes, trace_length, s->pid);
    put_file(answer, "smaps", measured, "smaps_rollup");
    put_file(answer, "stat", measured, "stat");
  }
  if (fd >= 0) close(fd);
  if (trace[0] >= 0) close(trace[0]);
  if (!ok) {
    int status = -1;
    if (s->pid > 0) kill_and_reap(s->pid, &status);
    output_drain(&s->out, false);
    output_drain(&s->err, false);
    if (plan.error != 0) status = -1;
    answer_error(answer, request, &f, s, status);
    output_close(&s->out);
    output_close(&s->err);
  }
  free_vector(plan.argv);
  free_vector(plan.envp);
  return ok;
}

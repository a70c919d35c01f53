#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "launcher.h"

/*
 * Two ways to start. `measure` runs in this process, which therefore does nothing else meanwhile: that is what a
 * measurement wants. `start` runs in a fork of it, which stays the parent of the process it started, forwards its output,
 * reports its end and ends it when asked to, or when this process or its caller is gone.
 */

#define MAX_WORKERS 1024

struct worker {
  char id[64];
  pid_t pid;
  int channel; /* SOCK_SEQPACKET: requests to stop one way, answers the other */
};

static struct worker workers[MAX_WORKERS];
static int worker_count;

/* How long what is held waits for a newer agent, from the offer on. */
#define OFFER_NS 60000000000u

static void on_signal(int number) { (void)number; }

static bool send_error(int fd, const char *id, const char *stage, const char *text) {
  struct message m;
  message_begin(&m, "error", id);
  message_string(&m, "stage", stage);
  message_string(&m, "message", text);
  return message_send(&m, fd);
}

/* Milliseconds of a setting to nanoseconds, at most an hour. */
static uint64_t milliseconds(const char *text) {
  long long value = atoll(text);
  return (uint64_t)(value < 0 ? 0 : value > 3600000 ? 3600000 : value) * 1000000u;
}

/* Parse a frame in place. Returns what is wrong with it, or NULL. */
static const char *parse_request(char *frame, size_t length, struct request *request) {
  memset(request, 0, sizeof *request);
  request->host = "127.0.0.1";
  request->path = "/";
  request->connect_ns = request->response_ns = 10000000000u;
  request->grace_ns = 2000000000u;
  request->listener_fd = -1;
  if (length == 0 || frame[length - 1] != 0) return "a request must end with NUL";
  size_t arguments = 0, variables = 0;
  /* Two passes, since the vectors share one array: arguments first, then environment. */
  for (int pass = 0; pass < 2; pass++) {
    for (char *p = frame; p < frame + length; p += strlen(p) + 1) {
      char *value = strchr(p, '=');
      if (value == NULL) return "a setting has no value";
      size_t key = (size_t)(value++ - p);
#define IS(name) (key == sizeof name - 1 && memcmp(p, name, key) == 0)
      if (IS("arg")) {
        if (pass == 0) request->strings[arguments++] = value;
      } else if (IS("env")) {
        if (pass == 1) request->strings[arguments + 1 + variables++] = value;
      } else if (IS("op")) request->op = value;
      else if (IS("id")) request->id = value;
      else if (IS("cwd")) request->cwd = value;
      else if (IS("host")) request->host = value;
      else if (IS("path")) request->path = value;
      else if (IS("port")) request->port = atoi(value);
      else if (IS("listener")) request->listener = value;
      else if (IS("weight")) request->weight = (unsigned)atoi(value);
      else if (IS("trace")) request->trace = value[0] == '1';
      else if (IS("pooled")) request->pooled = value[0] == '1';
      else if (IS("connectMs")) request->connect_ns = milliseconds(value);
      else if (IS("responseMs")) request->response_ns = milliseconds(value);
      else if (IS("graceMs")) request->grace_ns = milliseconds(value);
      else return "a setting is not known";
#undef IS
      if (arguments + variables + 4 > MAX_STRINGS) return "too many arguments or variables";
    }
    request->strings[arguments + (pass ? 1 + variables : 0)] = NULL;
  }
  request->argv = request->strings;
  request->envp = request->strings + arguments + 1;
  if (request->id == NULL || strlen(request->id) >= sizeof workers[0].id) return "a request needs an id of at most 63 characters";
  if (request->op == NULL) return "a request needs an op";
  if (request->port < 0 || request->port > 65535) return "the port is out of range";
  if (request->pooled && !request->trace) return "a pool reports its readiness by a trace";
  if (request->listener != NULL) {
    const struct held *h = held_find(request->listener);
    if (h != NULL) {
      request->listener_fd = h->fd;
      request->port = h->port;
      if (held_is_shared(h)) request->source = held_source(h);
    }
    if (request->listener_fd < 0) return "the listening socket is not held here";
  }
  return NULL;
}

static void put_exit(struct message *m, int status) {
  if (WIFEXITED(status)) message_integer(m, "exitCode", WEXITSTATUS(status));
  if (WIFSIGNALED(status)) message_integer(m, "exitSignal", WTERMSIG(status));
}

static void measure(struct request *request) {
  struct started s;
  struct message answer;
  request->watched = true;
  if (start_run(request, -1, &s, &answer)) {
    int status;
    /* Nothing is asked of the process any more; killing it outright keeps a run of hundreds short. */
    kill(-s.pid, SIGKILL);
    while (waitpid(s.pid, &status, 0) < 0 && errno == EINTR) {}
    output_drain(&s.out, false);
    output_drain(&s.err, false);
    message_tail(&answer, "stdout", &s.out);
    message_tail(&answer, "stderr", &s.err);
    output_close(&s.out);
    output_close(&s.err);
  }
  message_send(&answer, 1);
}

static bool forward(struct output *output, const char *id, const char *stream, int channel) {
  size_t done = 0;
  bool ok = true;
  while (ok && done < output->pending_length) {
    size_t n = output->pending_length - done < 32768 ? output->pending_length - done : 32768;
    struct message m;
    message_begin(&m, "output", id);
    message_string(&m, "stream", stream);
    message_base64(&m, "data", output->pending + done, n);
    ok = message_send(&m, channel);
    done += n;
  }
  output->pending_length = 0;
  return ok;
}

/* The life of a worker: start, then stay until the process ends. */
static void work(const struct request *request, int channel) {
  struct started s;
  struct message answer;
  bool ok = start_run(request, channel, &s, &answer);
  if (request->listener_fd >= 0) close(request->listener_fd);
  message_send(&answer, channel);
  if (!ok) _exit(0);

  int pidfd = (int)syscall(SYS_pidfd_open, s.pid, 0);
  uint64_t kill_at = 0;
  for (bool ended = false; !ended;) {
    forward(&s.out, request->id, "stdout", channel);
    forward(&s.err, request->id, "stderr", channel);
    uint64_t now = now_ns();
    if (kill_at != 0 && now >= kill_at) {
      kill(-s.pid, SIGKILL);
      kill_at = UINT64_MAX;
    }
    /* Without pidfd (Linux before 5.3) the end is noticed within a quarter of a second. */
    int timeout = pidfd < 0 ? 250 : -1;
    if (kill_at != 0 && kill_at != UINT64_MAX) timeout = (int)((kill_at - now) / 1000000u) + 1;
    struct pollfd fds[4] = {{.fd = channel, .events = POLLIN}, {.fd = pidfd, .events = POLLIN}, {.fd = s.out.fd, .events = POLLIN},
                            {.fd = s.err.fd, .events = POLLIN}};
    poll(fds, 4, timeout);
    if (fds[2].revents) output_drain(&s.out, true);
    if (fds[3].revents) output_drain(&s.err, true);
    if (fds[0].revents) {
      uint64_t grace = request->grace_ns;
      ssize_t n = recv(channel, &grace, sizeof grace, MSG_DONTWAIT);
      if (n == 0 || n == sizeof grace) {
        if (kill_at == 0) {
          kill(-s.pid, SIGTERM);
          kill_at = now_ns() + grace;
        }
        if (n == 0) {
          close(channel); /* the daemon is gone; see it through alone */
          channel = -1;
        }
      }
    }
    siginfo_t info = {0};
    ended = waitid(P_PID, (id_t)s.pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid == s.pid;
  }
  int status = 0;
  kill(-s.pid, SIGKILL); /* whatever it left behind in its group */
  while (waitpid(s.pid, &status, 0) < 0 && errno == EINTR) {}
  output_drain(&s.out, true);
  output_drain(&s.err, true);
  forward(&s.out, request->id, "stdout", channel);
  forward(&s.err, request->id, "stderr", channel);
  message_begin(&answer, "exit", request->id);
  put_exit(&answer, status);
  message_tail(&answer, "stderr", &s.err);
  message_send(&answer, channel);
  _exit(0);
}

static void start(const struct request *request) {
  int pair[2];
  if (worker_count == MAX_WORKERS) {
    send_error(1, request->id, "spawn", "too many processes run under this launcher");
    return;
  }
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0) {
    send_error(1, request->id, "spawn", strerror(errno));
    return;
  }
  pid_t pid = fork();
  if (pid == 0) {
    /* Only this worker's own channel may keep it (and no other) alive. */
    for (int i = 0; i < worker_count; i++) close(workers[i].channel);
    /* Nor may it keep another's listening socket open after that was let go. */
    for (int i = 0; i < held_count; i++)
      if (held[i].fd != request->listener_fd) close(held[i].fd);
    close(pair[0]);
    work(request, pair[1]);
  }
  close(pair[1]);
  if (pid < 0) {
    close(pair[0]);
    send_error(1, request->id, "spawn", strerror(errno));
    return;
  }
  struct worker *w = &workers[worker_count++];
  snprintf(w->id, sizeof w->id, "%s", request->id);
  w->pid = pid;
  w->channel = pair[0];
}

static void stop(const struct request *request) {
  for (int i = 0; i < worker_count; i++) {
    if (strcmp(workers[i].id, request->id) == 0) {
      send(workers[i].channel, &request->grace_ns, sizeof request->grace_ns, MSG_NOSIGNAL);
      return;
    }
  }
  /* It ended by itself in the meantime; its exit was or will be reported. */
}

static void say_held(const char *id, const struct held *h);

static void hold(const struct request *request) {
  struct message m;
  int port = request->port;
  struct held *h = held_add(request->id, request->listener == NULL ? NULL : held_find(request->listener), request->host, &port);
  if (h == NULL) {
    message_begin(&m, "error", request->id);
    message_string(&m, "stage", errno == EMFILE ? "launcher" : "port");
    message_string(&m, "message", errno == EADDRINUSE ? request->port ? "the port is in use" : "no free port was found" : strerror(errno));
    if (port > 0) message_integer(&m, "port", port);
    message_send(&m, 1);
    return;
  }
  say_held(request->id, h);
}

static void say_held(const char *id, const struct held *h) {
  struct stat about;
  fstat(h->fd, &about);
  struct message m;
  message_begin(&m, "listening", id);
  message_string(&m, "held", h->id);
  message_integer(&m, "port", h->port);
  message_integer(&m, "inode", (int64_t)about.st_ino);
  struct in_addr source = {.s_addr = held_source(h)};
  message_string(&m, "source", inet_ntoa(source));
  message_send(&m, 1);
}

/*
 * In a process of its own, which has the sockets too and outlives this one: its caller waits for this one's end before it becomes another program, and would not
 * know that child any more. Nobody's child but init's, it leaves nothing behind.
 */
static _Noreturn void keep_offering(int fd, const char *path) {
  for (int i = 0; i < 3; i++) close(i);
  for (int i = 0; i < worker_count; i++) close(workers[i].channel);
  struct stat mine, there;
  bool known = lstat(path, &mine) == 0;
  uint64_t until = now_ns() + OFFER_NS;
  while (now_ns() < until) {
    struct pollfd waiting = {.fd = fd, .events = POLLIN};
    if (poll(&waiting, 1, 1000) > 0 && hand_over_give(fd, path)) _exit(0);
  }
  /* Another may have been made at this path since. */
  if (known && lstat(path, &there) == 0 && there.st_ino == mine.st_ino) unlink(path);
  _exit(0);
}

static void offer(const struct request *request) {
  int fd = hand_over_offer(request->path), status;
  if (fd < 0) {
    send_error(1, request->id, "launcher", strerror(errno));
    return;
  }
  pid_t pid = fork();
  if (pid == 0) {
    if (fork() != 0) _exit(0);
    keep_offering(fd, request->path);
  }
  close(fd);
  while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR) {}
  if (pid < 0) {
    unlink(request->path);
    send_error(1, request->id, "launcher", strerror(errno));
    return;
  }
  struct message m;
  message_begin(&m, "done", request->id);
  message_send(&m, 1);
}

/* One answer a socket, then one that says that these were all. */
static void adopt(const struct request *request) {
  int first = held_count, taken = hand_over_take(request->path, "h");
  if (taken < 0) {
    send_error(1, request->id, "launcher", strerror(errno));
    return;
  }
  for (int i = first; i < held_count; i++) say_held(request->id, &held[i]);
  struct message m;
  message_begin(&m, "done", request->id);
  message_send(&m, 1);
}

static void tell_of_connection(struct held *h) {
  struct message m;
  h->awaited = false;
  message_begin(&m, "waiting", h->id);
  message_send(&m, 1);
}

static bool handle(char *frame, size_t length) {
  static struct request request;
  const char *wrong = parse_request(frame, length, &request);
  if (wrong == NULL && strcmp(request.op, "stop") == 0) {
    stop(&request);
    return true;
  }
  if (wrong == NULL && strcmp(request.op, "listen") == 0) {
    hold(&request);
    return true;
  }
  if (wrong == NULL && strcmp(request.op, "offer") == 0) {
    offer(&request);
    return true;
  }
  if (wrong == NULL && strcmp(request.op, "adopt") == 0) {
    adopt(&request);
    return true;
  }
  /* Of a socket that was let go meanwhile there is nothing to say. */
  struct held *h = wrong == NULL ? held_find(request.id) : NULL;
  if (wrong == NULL && strcmp(request.op, "await") == 0) {
    if (h != NULL) h->awaited = true;
    return true;
  }
  if (wrong == NULL && strcmp(request.op, "weigh") == 0) {
    if (h != NULL) held_weigh(h, request.weight);
    return true;
  }
  if (wrong == NULL && strcmp(request.op, "release") == 0) {
    if (h != NULL) held_release(h);
    return true;
  }
  if (wrong == NULL && request.argv[0] == NULL) wrong = "a start needs arguments";
  if (wrong == NULL && strcmp(request.op, "measure") == 0) measure(&request);
  else if (wrong == NULL && strcmp(request.op, "start") == 0) start(&request);
  else return send_error(1, request.id, "request", wrong != NULL ? wrong : "the op is not known");
  return true;
}

/* Pass a worker's message on. False when the worker is gone. */
static bool relay(struct worker *w) {
  static char buffer[1 << 18];
  ssize_t n = recv(w->channel, buffer, sizeof buffer, 0);
  /* A worker whose start was called off ends without having read that: told once, and what it sent is still there. */
  if (n < 0 && (errno == EINTR || errno == EAGAIN || errno == ECONNRESET)) return true;
  if (n <= 0) {
    close(w->channel);
    waitpid(w->pid, NULL, 0);
    return false;
  }
  for (ssize_t done = 0; done < n;) {
    ssize_t m = write(1, buffer + done, (size_t)(n - done));
    if (m < 0 && errno == EINTR) continue;
    if (m <= 0) break;
    done += m;
  }
  return true;
}

int main(void) {
  /* Handlers, not SIG_IGN: an ignored signal would stay ignored in the processes started. */
  struct sigaction action = {.sa_handler = on_signal};
  sigaction(SIGPIPE, &action, NULL);
  prctl(PR_SET_TIMERSLACK, 1);
  start_prepare();
  static char buffer[MAX_FRAME + 4];
  size_t have = 0;
  bool input = true;
  while (input || worker_count > 0) {
    static struct pollfd fds[MAX_WORKERS + MAX_HELD + 1];
    fds[0] = (struct pollfd){.fd = input ? 0 : -1, .events = POLLIN};
    for (int i = 0; i < worker_count; i++) fds[i + 1] = (struct pollfd){.fd = workers[i].channel, .events = POLLIN};
    int polled = worker_count, sockets = held_count;
    for (int i = 0; i < sockets; i++) fds[polled + 1 + i] = (struct pollfd){.fd = held[i].awaited ? held[i].fd : -1, .events = POLLIN};
    if (poll(fds, (nfds_t)(polled + 1 + sockets), -1) < 0 && errno != EINTR) return 70;
    for (int i = 0; i < sockets; i++)
      if (fds[polled + 1 + i].revents) tell_of_connection(&held[i]);
    for (int i = polled - 1; i >= 0; i--) {
      if (fds[i + 1].revents && !relay(&workers[i])) workers[i] = workers[--worker_count];
    }
    if (!input || !fds[0].revents) continue;
    ssize_t n = read(0, buffer + have, sizeof buffer - have);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) {
      /* The caller is gone: workers see their channel half-closed and end what they started. */
      input = false;
      for (int i = 0; i < worker_count; i++) shutdown(workers[i].channel, SHUT_WR);
      continue;
    }
    have += (size_t)n;
    for (;;) {
      uint32_t length;
      if (have < 4) break;
      memcpy(&length, buffer, 4);
      if (length > MAX_FRAME) {
        send_error(1, NULL, "request", "a request is longer than 1 MiB; the stream cannot be followed any more");
        for (int i = 0; i < worker_count; i++) shutdown(workers[i].channel, SHUT_WR);
        input = false;
        break;
      }
      if (have < 4 + (size_t)length) break;
      handle(buffer + 4, length);
      memmove(buffer, buffer + 4 + length, have - 4 - length);
      have -= 4 + length;
    }
  }
  return 0;
}

/*
 * Looks into starts: tracer PATH RUNS COMMAND... with {port} in the command. The first run is under ptrace: every system call with its times. RUNS more are watched by
 * perf events alone, which cost them little: every page fault, and where the processor is, in samples. Each run ends with the last byte of the answer to a GET of PATH.
 * Writes what it saw as lines of JSON; times are CLOCK_MONOTONIC, ns. What this host does not permit is said in a line of its own, and the rest goes on.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <linux/perf_event.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "../launcher.h"

#define RING_PAGES 256u
#define SAMPLE_NS 20000u
#define GIVE_UP_NS 20000000000ull
#if defined(__x86_64__)
#define USER_IP_REGISTER 8
#else
#define USER_IP_REGISTER 32
#endif

static uint64_t now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static void unavailable(const char *what, int error) { printf("{\"type\":\"unavailable\",\"what\":\"%s\",\"why\":\"%s\"}\n", what, strerror(error)); }

static int free_port(void) {
  struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t n = sizeof a;
  int fd = socket(AF_INET, SOCK_STREAM, 0), port = 0;
  if (bind(fd, (struct sockaddr *)&a, sizeof a) == 0 && getsockname(fd, (struct sockaddr *)&a, &n) == 0) port = ntohs(a.sin_port);
  close(fd);
  return port;
}

/* The observer, in a process of its own: exit code 0 after a whole answer, whose end it writes to `end`. */
static void observe(int port, const char *path, int end) {
  struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  uint64_t until = now() + GIVE_UP_NS;
  int fd;
  for (;;) {
    fd = socket(AF_INET, SOCK_STREAM, 0);
    if (connect(fd, (struct sockaddr *)&a, sizeof a) == 0) break;
    close(fd);
    if (now() > until) _exit(1);
    struct timespec pause = {0, 20000};
    nanosleep(&pause, NULL);
  }
  char request[4096], buffer[16384];
  int length = snprintf(request, sizeof request, "GET %s HTTP/1.1\r\nhost: 127.0.0.1:%d\r\nconnection: close\r\n\r\n", path, port);
  struct timeval limit = {20, 0};
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  if (write(fd, request, (size_t)length) != length) _exit(1);
  static struct response r;
  response_init(&r);
  while (r.state != DONE) {
    ssize_t n = read(fd, buffer, sizeof buffer);
    if (n < 0 || (n == 0 && r.state != BODY_CLOSE)) _exit(1);
    if (n == 0) break;
    if (response_feed(&r, buffer, (size_t)n) < 0) _exit(1);
  }
  uint64_t at = now();
  _exit(write(end, &at, sizeof at) == sizeof at ? 0 : 1);
}

struct run { pid_t program, observer; int trace, end, go; };

/* Both processes; the program waits for a byte on `go` (perf) or for its tracer. */
static struct run begin(char **argv, const char *path, bool traced) {
  struct run run;
  int trace[2], end[2], go[2], port = free_port();
  char number[16];
  if (pipe(trace) || pipe(end) || pipe(go)) exit(70);
  snprintf(number, sizeof number, "%d", port);
  fflush(stdout);
  run.program = fork();
  if (run.program == 0) {
    char *command[256], descriptor[16];
    int n = 0;
    for (; argv[n] && n < 255; n++) command[n] = strcmp(argv[n], "{port}") == 0 ? number : argv[n];
    command[n] = NULL;
    snprintf(descriptor, sizeof descriptor, "%d", trace[1]);
    setenv("ZEROSTART_TRACE_FD", descriptor, 1);
    close(trace[0]), close(end[0]), close(end[1]), close(go[1]);
    dup2(2, 1);
    if (traced) {
      ptrace(PTRACE_TRACEME, 0, 0, 0);
      raise(SIGSTOP);
    } else {
      char byte;
      if (read(go[0], &byte, 1) != 1) _exit(70);
    }
    close(go[0]);
    execv(command[0], command);
    _exit(127);
  }
  close(trace[1]), close(go[0]);
  run.observer = fork();
  if (run.observer == 0) {
    close(trace[0]), close(go[1]);
    observe(port, path, end[1]);
  }
  close(end[1]);
  run.trace = trace[0], run.end = end[0], run.go = go[1];
  return run;
}

/* After the observer's end: the run's line; false when there was no answer. */
static bool finish(struct run *run, int number, uint64_t began, int status) {
  uint64_t end = 0;
  unsigned char trace[4096];
  bool answered = WIFEXITED(status) && WEXITSTATUS(status) == 0 && read(run->end, &end, sizeof end) == sizeof end;
  /* The program writes its trace just after the answer. */
  size_t n = 0;
  if (answered) {
    struct timespec pause = {0, 20000000};
    nanosleep(&pause, NULL);
  }
  kill(run->program, SIGKILL);
  while (waitpid(run->program, NULL, __WALL) < 0 && errno == EINTR) {}
  for (ssize_t got; n < sizeof trace && (got = read(run->trace, trace + n, sizeof trace - n)) > 0;) n += (size_t)got;
  close(run->trace), close(run->end), close(run->go);
  if (!answered) return false;
  printf("{\"type\":\"run\",\"run\":%d,\"beginNs\":%llu,\"endNs\":%llu,\"trace\":\"", number, (unsigned long long)began, (unsigned long long)end);
  for (size_t i = 0; i < n; i++) printf("%02x", trace[i]);
  printf("\"}\n");
  return true;
}

/* Every system call of one start. */
static bool run_traced(char **argv, const char *path) {
  struct run run = begin(argv, path, true);
  int status;
  waitpid(run.program, &status, __WALL);
  if (!WIFSTOPPED(status) || ptrace(PTRACE_SETOPTIONS, run.program, 0, PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL) < 0) {
    unavailable("system calls", errno);
    kill(run.program, SIGKILL);
    waitpid(run.observer, &status, 0);
    return false;
  }
  uint64_t began = now(), entered = 0;
  long long number = -1;
  int observed = 256;
  bool answered = false;
  ptrace(PTRACE_SYSCALL, run.program, 0, 0);
  for (;;) {
    pid_t pid = waitpid(-1, &status, __WALL);
    if (pid < 0 && errno == EINTR) continue;
    if (pid == run.observer) {
      observed = status;
      answered = true;
      continue;
    }
    if (pid < 0 || WIFEXITED(status) || WIFSIGNALED(status)) break;
    if (!WIFSTOPPED(status)) continue;
    if (answered) {
      /* It is let go, to write its trace. */
      ptrace(PTRACE_DETACH, pid, 0, 0);
      break;
    }
    int signal = WSTOPSIG(status);
    if (signal == (SIGTRAP | 0x80)) {
      struct __ptrace_syscall_info info;
      uint64_t at = now();
      if (ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof info, &info) > 0) {
        if (info.op == 1) number = (long long)info.entry.nr, entered = at;
        else if (info.op == 2 && number >= 0)
          printf("{\"type\":\"syscall\",\"number\":%lld,\"atNs\":%llu,\"ns\":%llu,\"result\":%lld}\n", number, (unsigned long long)entered,
                 (unsigned long long)(at - entered), (long long)info.exit.rval);
      }
      signal = 0;
    } else if (signal == SIGTRAP) signal = 0;
    ptrace(PTRACE_SYSCALL, pid, 0, signal);
  }
  if (!answered) waitpid(run.observer, &observed, 0);
  return finish(&run, 0, began, observed);
}

struct ring { int fd; struct perf_event_mmap_page *page; };

static struct ring open_ring(pid_t pid, struct perf_event_attr *attributes, const char *what) {
  struct ring ring = {-1, NULL};
  attributes->size = sizeof *attributes;
  attributes->type = PERF_TYPE_SOFTWARE;
  attributes->disabled = attributes->enable_on_exec = attributes->exclude_hv = attributes->use_clockid = 1;
  attributes->clockid = CLOCK_MONOTONIC;
  ring.fd = (int)syscall(SYS_perf_event_open, attributes, pid, -1, -1, PERF_FLAG_FD_CLOEXEC);
  if (ring.fd < 0 && (errno == EACCES || errno == EPERM)) {
    attributes->exclude_kernel = 1; /* perf_event_paranoid 2 allows one's own code */
    ring.fd = (int)syscall(SYS_perf_event_open, attributes, pid, -1, -1, PERF_FLAG_FD_CLOEXEC);
  }
  if (ring.fd >= 0) {
    void *at = mmap(NULL, (RING_PAGES + 1) * 4096, PROT_READ | PROT_WRITE, MAP_SHARED, ring.fd, 0);
    if (at != MAP_FAILED) {
      ring.page = at;
      return ring;
    }
    close(ring.fd);
    ring.fd = -1;
  }
  unavailable(what, errno);
  return ring;
}

static void drain(struct ring *ring, int number, bool faults) {
  if (!ring->page) return;
  const unsigned char *data = (const unsigned char *)ring->page + 4096;
  uint64_t size = RING_PAGES * 4096, head = __atomic_load_n(&ring->page->data_head, __ATOMIC_ACQUIRE);
  for (uint64_t at = 0; at + 8 <= head;) {
    uint64_t words[512];
    struct perf_event_header header;
    for (size_t i = 0; i < sizeof header; i++) ((unsigned char *)&header)[i] = data[(at + i) % size];
    if (header.size < 8 || at + header.size > head) break;
    if (header.type == PERF_RECORD_SAMPLE && header.size <= sizeof words) {
      for (size_t i = 8; i < header.size; i++) ((unsigned char *)words)[i - 8] = data[(at + i) % size];
      uint64_t ip = words[0], time = words[2];
      if (faults) {
        printf("{\"type\":\"fault\",\"run\":%d,\"atNs\":%llu,\"ip\":\"%llx\",\"address\":\"%llx\"}\n", number, (unsigned long long)time, (unsigned long long)ip,
               (unsigned long long)words[3]);
      } else {
        uint64_t count = words[3], *chain = words + 4, user = count < 256 && chain[count] ? chain[count + 1] : 0;
        printf("{\"type\":\"sample\",\"run\":%d,\"atNs\":%llu,\"ip\":\"%llx\",\"user\":\"%llx\",\"kernel\":[", number, (unsigned long long)time, (unsigned long long)ip,
               (unsigned long long)user);
        bool first = true;
        for (uint64_t i = 0; i < count && i < 256; i++) {
          if (chain[i] >= (uint64_t)-4095) continue; /* PERF_CONTEXT_KERNEL and the like */
          printf("%s\"%llx\"", first ? "" : ",", (unsigned long long)chain[i]);
          first = false;
        }
        printf("]}\n");
      }
    }
    at += header.size;
  }
  munmap(ring->page, (RING_PAGES + 1) * 4096);
  close(ring->fd);
}

static bool run_sampled(char **argv, const char *path, int number) {
  struct run run = begin(argv, path, false);
  struct perf_event_attr faults = {.config = PERF_COUNT_SW_PAGE_FAULTS, .sample_period = 1,
                                   .sample_type = PERF_SAMPLE_IP | PERF_SAMPLE_TID | PERF_SAMPLE_TIME | PERF_SAMPLE_ADDR};
  struct perf_event_attr clock = {.config = PERF_COUNT_SW_CPU_CLOCK, .sample_period = SAMPLE_NS,
                                  .sample_type = PERF_SAMPLE_IP | PERF_SAMPLE_TID | PERF_SAMPLE_TIME | PERF_SAMPLE_CALLCHAIN | PERF_SAMPLE_REGS_USER,
                                  .sample_regs_user = 1ull << USER_IP_REGISTER, .exclude_callchain_user = 1};
  struct ring rings[2] = {open_ring(run.program, &faults, "page faults"), open_ring(run.program, &clock, "processor samples")};
  if (rings[1].page && clock.exclude_kernel) unavailable("processor samples in the kernel", EACCES);
  bool any = rings[0].page || rings[1].page;
  int status;
  uint64_t began = now();
  if (write(run.go, "", 1) != 1) return false;
  while (waitpid(run.observer, &status, 0) < 0 && errno == EINTR) {}
  bool answered = finish(&run, number, began, status);
  drain(&rings[0], number, true);
  drain(&rings[1], number, false);
  return answered && any;
}

int main(int argc, char **argv) {
  if (argc < 4) return 2;
  int runs = atoi(argv[2]);
  signal(SIGPIPE, SIG_IGN);
  if (!run_traced(argv + 3, argv[1])) {
    fprintf(stderr, "there was no answer under trace\n");
    return 1;
  }
  for (int i = 1; i <= runs; i++)
    if (!run_sampled(argv + 3, argv[1], i)) break;
  return 0;
}

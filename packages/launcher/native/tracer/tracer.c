/*
 * Looks into starts: tracer OPTION... -- COMMAND... with {port} in the command. Each run ends with the last byte of the answer to a GET. Four kinds of runs:
 *   plain     nothing is watched: what the others are compared with
 *   syscalls  under ptrace: every system call with its times and arguments
 *   watched   perf events alone: every page fault
 *   sampled   perf events ask for a sample of the processor every so often; the process stops at it, and its native stack and the frames of the
 *             JavaScript that it runs are read. The time of the stops is told, so that it can be taken off
 * Options, each NAME=VALUE: path, and how many runs of each kind; interval, ns between samples; text=FROM,TO, hexadecimal addresses of the program's code;
 * restorer=ADDRESS of the function that a signal's handler returns to, for what the signal interrupted to be found (x86-64);
 * layout=..., where the frames of JavaScript are: the numbers of struct layout in order. Without it none are read.
 * Writes what it saw as lines of JSON; times are CLOCK_MONOTONIC, ns. What this host does not permit is said in a line of its own, and the rest goes on.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <linux/perf_event.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "../launcher.h"

#define RING_PAGES 256u
#define GIVE_UP_NS 20000000000ull
/* The signal that says: a sample was taken. The process never sees it. */
#define SAMPLED 40
#define MEMORY_BASE 0x20000000ull
#define STACK_BYTES 8192u
#define FRAMES_MAX 64u
#define CODES_MAX 1024u
#define NAME_MAX_UNITS 200u
#define RECORD_WORDS 512u

struct layout {
  uint32_t current_frame, frames_start, frame_bytes, frame_code, frame_pc, code_file, code_flags, code_name, file_name, string_length, string_data,
      two_byte, rope, slice;
};
static struct {
  const char *path;
  int plain, syscalls, watched, sampled;
  uint64_t interval, text_from, text_to, restorer;
  struct layout layout;
  bool has_layout;
} wanted = {.path = "/", .interval = 250000};
static char **command;

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
  prctl(PR_SET_TIMERSLACK, 1);
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

enum kind { PLAIN, SYSCALLS, WATCHED, SAMPLES };
static const char *const kinds[] = {"plain", "syscalls", "watched", "sampled"};

struct run { pid_t program, observer; int trace, end, go; };

/* When the program's image was asked for, by the process itself just before execve. */
static volatile uint64_t *began;

static bool is_stopped_at(enum kind kind) { return kind == SYSCALLS || kind == SAMPLES; }

/*
 * Both processes. A traced one stops for its tracer, the others wait for a byte on `go`. One that is sampled runs idle for `spin` ns before the execve, so that
 * the first sample falls anywhere.
 */
static struct run begin(enum kind kind, uint64_t spin) {
  struct run run;
  int trace[2], end[2], go[2], port = free_port();
  char number[16];
  if (pipe(trace) || pipe(end) || pipe(go)) exit(70);
  snprintf(number, sizeof number, "%d", port);
  fflush(stdout);
  *began = 0;
  run.program = fork();
  if (run.program == 0) {
    char *arguments[256], descriptor[16];
    int n = 0;
    for (; command[n] && n < 255; n++) arguments[n] = strcmp(command[n], "{port}") == 0 ? number : command[n];
    arguments[n] = NULL;
    snprintf(descriptor, sizeof descriptor, "%d", trace[1]);
    setenv("ZEROSTART_TRACE_FD", descriptor, 1);
    close(trace[0]), close(end[0]), close(end[1]), close(go[1]);
    dup2(2, 1);
    fcntl(go[0], F_SETFD, FD_CLOEXEC);
    if (is_stopped_at(kind)) {
      if (ptrace(PTRACE_TRACEME, 0, 0, 0) < 0) _exit(71);
      raise(SIGSTOP);
    } else {
      char byte;
      if (read(go[0], &byte, 1) != 1) _exit(70);
    }
    for (uint64_t until = now() + spin; now() < until;) {}
    *began = now();
    execv(arguments[0], arguments);
    _exit(127);
  }
  close(trace[1]), close(go[0]);
  run.observer = fork();
  if (run.observer == 0) {
    close(trace[0]), close(go[1]);
    observe(port, wanted.path, end[1]);
  }
  close(end[1]);
  run.trace = trace[0], run.end = end[0], run.go = go[1];
  return run;
}

/* After the observer's end: the run's line; false when there was no answer. The program writes its trace just after the answer, and closes it. */
static bool finish(struct run *run, enum kind kind, int number, int status) {
  uint64_t end = 0;
  unsigned char trace[4096];
  size_t n = 0;
  bool answered = WIFEXITED(status) && WEXITSTATUS(status) == 0 && read(run->end, &end, sizeof end) == sizeof end;
  while (answered && n < sizeof trace) {
    struct pollfd readable = {run->trace, POLLIN, 0};
    if (poll(&readable, 1, 5000) <= 0) break;
    ssize_t got = read(run->trace, trace + n, sizeof trace - n);
    if (got <= 0) break;
    n += (size_t)got;
  }
  kill(run->program, SIGKILL);
  while (waitpid(run->program, NULL, __WALL) < 0 && errno == EINTR) {}
  close(run->trace), close(run->end), close(run->go);
  if (!answered) return false;
  printf("{\"type\":\"run\",\"run\":%d,\"kind\":\"%s\",\"beginNs\":%llu,\"endNs\":%llu,\"trace\":\"", number, kinds[kind], (unsigned long long)*began,
         (unsigned long long)end);
  for (size_t i = 0; i < n; i++) printf("%02x", trace[i]);
  printf("\"}\n");
  fflush(stdout);
  return true;
}

static void give_up(struct run *run) {
  int status;
  kill(run->program, SIGKILL), kill(run->observer, SIGKILL);
  waitpid(run->program, &status, __WALL), waitpid(run->observer, &status, 0);
  close(run->trace), close(run->end), close(run->go);
}

/* Up to `n` bytes of the process's memory; how many there are. A page that is not mapped ends it. */
static size_t peek(pid_t pid, uint64_t at, void *to, size_t n) {
  size_t done = 0;
  while (done < n) {
    size_t piece = 4096 - ((at + done) & 4095);
    if (piece > n - done) piece = n - done;
    struct iovec local = {(char *)to + done, piece}, remote = {(void *)(uintptr_t)(at + done), piece};
    if (process_vm_readv(pid, &local, 1, &remote, 1, 0) != (ssize_t)piece) break;
    done += piece;
  }
  return done;
}

static bool linear(pid_t pid, uint32_t at, void *to, size_t n) { return peek(pid, MEMORY_BASE + at, to, n) == n; }
static uint32_t word(pid_t pid, uint32_t at) {
  uint32_t value = 0;
  return linear(pid, at, &value, sizeof value) ? value : 0;
}

static void print_hex(const unsigned char *bytes, size_t n) {
  for (size_t i = 0; i < n; i++) printf("%02x", bytes[i]);
}

/* Of a call's arguments, what lies behind a pointer: a path, or an address of the internet. Environments, arguments and what is sent are nobody's business. */
static void print_argument_data(pid_t pid, const struct __ptrace_syscall_info *info) {
  uint64_t path = 0, address = 0;
  switch (info->entry.nr) {
    case SYS_execve: path = info->entry.args[0]; break;
    case SYS_openat: case SYS_readlinkat: case SYS_newfstatat: case SYS_faccessat: path = info->entry.args[1]; break;
    case SYS_bind: case SYS_connect: address = info->entry.args[1]; break;
    default: return;
  }
  unsigned char data[256];
  size_t n = path ? peek(pid, path, data, sizeof data) : peek(pid, address, data, 8);
  if (path) n = strnlen((const char *)data, n);
  if (n == 0) return;
  printf(",\"data\":\"");
  print_hex(data, n);
  printf("\"");
}

struct ring { int fd; struct perf_event_mmap_page *page; uint64_t read; };

static struct ring open_ring(pid_t pid, struct perf_event_attr *attributes, const char *what) {
  struct ring ring = {-1, NULL, 0};
  attributes->size = sizeof *attributes;
  attributes->type = PERF_TYPE_SOFTWARE;
  attributes->exclude_hv = attributes->use_clockid = 1;
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
  if (what) unavailable(what, errno);
  return ring;
}

static void close_ring(struct ring *ring) {
  if (!ring->page) return;
  munmap(ring->page, (RING_PAGES + 1) * 4096);
  close(ring->fd);
}

/* The type of the next record, whose words after its header are copied; 0 when there is none. */
static uint32_t next_record(struct ring *ring, uint64_t words[RECORD_WORDS], size_t *n, uint16_t *misc) {
  const unsigned char *data = (const unsigned char *)ring->page + 4096;
  uint64_t size = RING_PAGES * 4096, head = __atomic_load_n(&ring->page->data_head, __ATOMIC_ACQUIRE);
  while (ring->read + 8 <= head) {
    struct perf_event_header header;
    for (size_t i = 0; i < sizeof header; i++) ((unsigned char *)&header)[i] = data[(ring->read + i) % size];
    if (header.size < 8 || ring->read + header.size > head) return 0;
    size_t bytes = header.size - 8u;
    bool fits = bytes <= RECORD_WORDS * sizeof words[0];
    for (size_t i = 0; fits && i < bytes; i++) ((unsigned char *)words)[i] = data[(ring->read + 8 + i) % size];
    ring->read += header.size;
    __atomic_store_n(&ring->page->data_tail, ring->read, __ATOMIC_RELEASE);
    *n = bytes / sizeof words[0], *misc = header.misc;
    if (fits) return header.type;
  }
  return 0;
}

/*
 * A process that is stopped by its tracer does not run: from when to when, its switches between processes say. Whoever waits of its own will is not stopped.
 */
struct stops { struct ring ring; uint64_t from; };

/* The newest sample, if there is one: its words. */
static size_t note_switches(struct stops *stops, int run_number, uint64_t sample[RECORD_WORDS], uint64_t *last_out) {
  uint64_t words[RECORD_WORDS];
  size_t n, sample_words = 0;
  uint16_t misc;
  if (!stops->ring.page) return 0;
  for (uint32_t type; (type = next_record(&stops->ring, words, &n, &misc));) {
    if (type == PERF_RECORD_SAMPLE && sample && n >= 4) {
      memcpy(sample, words, sizeof words);
      sample_words = n;
    } else if (type == PERF_RECORD_SWITCH && n >= 2) {
      if (misc & PERF_RECORD_MISC_SWITCH_OUT) *last_out = words[1];
      else if (stops->from && words[1] >= stops->from) {
        if (*began && stops->from >= *began)
          printf("{\"type\":\"pause\",\"run\":%d,\"fromNs\":%llu,\"toNs\":%llu}\n", run_number, (unsigned long long)stops->from, (unsigned long long)words[1]);
        stops->from = 0;
      }
    }
  }
  return sample_words;
}

/* At a stop, once the process is off its processor: when it stopped. */
static uint64_t note_stop(struct stops *stops, int run_number, uint64_t sample[RECORD_WORDS], size_t *sample_words) {
  uint64_t out = 0;
  size_t n = note_switches(stops, run_number, sample, &out);
  if (sample_words) *sample_words = n;
  stops->from = out;
  return out ? out : now();
}

static bool registers_of(pid_t pid, uint64_t *ip, uint64_t *sp) {
#if defined(__x86_64__)
  struct user_regs_struct r;
  struct iovec io = {&r, sizeof r};
  if (ptrace(PTRACE_GETREGSET, pid, NT_PRSTATUS, &io) < 0) return false;
  *ip = r.rip, *sp = r.rsp;
#elif defined(__aarch64__)
  struct user_regs_struct r;
  struct iovec io = {&r, sizeof r};
  if (ptrace(PTRACE_GETREGSET, pid, NT_PRSTATUS, &io) < 0) return false;
  *ip = r.pc, *sp = r.sp;
#else
  struct { uint64_t pc, ra, sp; } r;
  struct iovec io = {&r, sizeof r};
  if (ptrace(PTRACE_GETREGSET, pid, NT_PRSTATUS, &io) < 0) return false;
  *ip = r.pc, *sp = r.sp;
#endif
  return true;
}

/* After the answer: the program goes on without its tracer, to write its trace. It may be waiting for something that never comes, so it is made to stop. */
static void let_go(struct run *run) {
  int status;
  kill(run->program, SIGSTOP);
  while (waitpid(run->program, &status, __WALL) >= 0 || errno == EINTR) {
    if (!WIFSTOPPED(status)) return;
    int signal = WSTOPSIG(status);
    if (signal == SIGSTOP) {
      ptrace(PTRACE_DETACH, run->program, 0, SIGCONT);
      return;
    }
    ptrace(PTRACE_CONT, run->program, 0, signal == SIGSEGV || signal == SIGBUS ? signal : 0);
  }
}

/*
 * The next stop of a traced process, and its signal. 0 when the observer has ended: then there is an answer, or none will come; `observed` is how it ended. `ended`: the program is
 * no more.
 */
static pid_t next_stop(const struct run *run, int *signal, int *observed, bool *ended) {
  for (int status;;) {
    pid_t pid = waitpid(-1, &status, __WALL);
    if (pid < 0 && errno == EINTR) continue;
    if (pid < 0) return 0;
    if (pid == run->observer) {
      *observed = status;
      return 0;
    }
    if (WIFEXITED(status) || WIFSIGNALED(status)) *ended = true;
    if (!WIFSTOPPED(status)) continue;
    *signal = WSTOPSIG(status);
    return pid;
  }
}

/* Every system call of one start. */
static bool run_traced(int run_number) {
  struct run run = begin(SYSCALLS, 0);
  int status;
  waitpid(run.program, &status, __WALL);
  if (!WIFSTOPPED(status) || ptrace(PTRACE_SETOPTIONS, run.program, 0, PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL) < 0) {
    unavailable("system calls", EPERM);
    give_up(&run);
    return false;
  }
  struct perf_event_attr switches = {.config = PERF_COUNT_SW_DUMMY, .context_switch = 1, .sample_id_all = 1, .sample_type = PERF_SAMPLE_TID | PERF_SAMPLE_TIME};
  struct stops stops = {open_ring(run.program, &switches, NULL), 0};
  int observed = 256, signal;
  bool ended = false, inside = false;
  ptrace(PTRACE_SYSCALL, run.program, 0, 0);
  for (pid_t pid; (pid = next_stop(&run, &signal, &observed, &ended)) > 0;) {
    struct __ptrace_syscall_info info;
    bool known = ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof info, &info) > 0;
    uint64_t at = note_stop(&stops, run_number, NULL, NULL);
    if (signal == (SIGTRAP | 0x80)) {
      if (known) {
        if (info.op == 1 /* entry */) {
          inside = *began != 0;
          if (inside) {
            printf("{\"type\":\"enter\",\"run\":%d,\"number\":%llu,\"atNs\":%llu,\"args\":[", run_number, (unsigned long long)info.entry.nr, (unsigned long long)at);
            for (int i = 0; i < 6; i++) printf("%s\"%llx\"", i ? "," : "", (unsigned long long)info.entry.args[i]);
            printf("]");
            print_argument_data(pid, &info);
            printf("}\n");
          }
        } else if (info.op == 2 /* exit */ && inside) {
          printf("{\"type\":\"leave\",\"run\":%d,\"atNs\":%llu,\"result\":%lld}\n", run_number, (unsigned long long)at, (long long)info.exit.rval);
          inside = false;
        }
      }
      signal = 0;
    } else if (signal == SIGTRAP) signal = 0;
    ptrace(PTRACE_SYSCALL, pid, 0, signal);
  }
  if (!ended) let_go(&run);
  uint64_t out = 0;
  note_switches(&stops, run_number, NULL, &out);
  close_ring(&stops.ring);
  return finish(&run, SYSCALLS, run_number, observed);
}

/* Page faults of one start, undisturbed; or nothing at all of it. */
static bool run_watched(int run_number, enum kind kind) {
  struct run run = begin(kind, 0);
  struct perf_event_attr faults = {.config = PERF_COUNT_SW_PAGE_FAULTS, .sample_period = 1, .disabled = 1, .enable_on_exec = 1,
                                   .sample_type = PERF_SAMPLE_IP | PERF_SAMPLE_TID | PERF_SAMPLE_TIME | PERF_SAMPLE_ADDR};
  struct ring ring = {-1, NULL, 0};
  if (kind == WATCHED) ring = open_ring(run.program, &faults, "page faults");
  if (kind == WATCHED && ring.page && faults.exclude_kernel) unavailable("page faults in the kernel", EACCES);
  int status;
  bool answered = false;
  if ((kind == PLAIN || ring.page) && write(run.go, "", 1) == 1) {
    while (waitpid(run.observer, &status, 0) < 0 && errno == EINTR) {}
    answered = finish(&run, kind, run_number, status);
  } else give_up(&run);
  uint64_t words[RECORD_WORDS];
  size_t n;
  uint16_t misc;
  for (uint32_t type; ring.page && (type = next_record(&ring, words, &n, &misc));)
    if (type == PERF_RECORD_SAMPLE && n >= 4) printf("{\"type\":\"fault\",\"run\":%d,\"atNs\":%llu,\"ip\":\"%llx\",\"address\":\"%llx\"}\n", run_number, (unsigned long long)words[2],
           (unsigned long long)words[0], (unsigned long long)words[3]);
  close_ring(&ring);
  return answered;
}

/* A string cell's units, as hexadecimal bytes; or where it is, when it is not mapped (host/cold.c). */
static void print_text(pid_t pid, const char *key, uint32_t at) {
  const struct layout *l = &wanted.layout;
  uint32_t head = 0, length = 0, base = at, skip = 0;
  unsigned char units[NAME_MAX_UNITS * 2];
  if (at && linear(pid, at, &head, 4) && linear(pid, at + l->string_length, &length, 4) && !(head >> 16 & l->rope)) {
    uint32_t wide = (head >> 16 & l->two_byte) != 0;
    if (length > NAME_MAX_UNITS) length = NAME_MAX_UNITS;
    if (head >> 16 & l->slice) base = word(pid, at + 12), skip = word(pid, at + 16);
    if (linear(pid, base + l->string_data + (skip << wide), units, length << wide)) {
      printf(",\"%s\":{\"wide\":%s,\"hex\":\"", key, wide ? "true" : "false");
      print_hex(units, length << wide);
      printf("\"}");
      return;
    }
  }
  printf(",\"%s\":{\"at\":\"%x\"}", key, at);
}

/* Each function's cell once a run. */
static void print_code(pid_t pid, int run_number, uint32_t code) {
  static uint32_t known[CODES_MAX];
  static int count, of_run = -1;
  if (of_run != run_number) count = 0, of_run = run_number;
  for (int i = 0; i < count; i++)
    if (known[i] == code) return;
  if (count == CODES_MAX) return;
  known[count++] = code;
  const struct layout *l = &wanted.layout;
  uint32_t file = word(pid, code + l->code_file);
  printf("{\"type\":\"code\",\"run\":%d,\"code\":%u,\"flags\":%u", run_number, code, word(pid, code + l->code_flags) & 0xffff);
  print_text(pid, "name", word(pid, code + l->code_name));
  print_text(pid, "file", file ? word(pid, file + l->file_name) : 0);
  printf("}\n");
}

/* The frames of running JavaScript, innermost first. */
static size_t read_frames(pid_t pid, uint32_t frames[FRAMES_MAX]) {
  const struct layout *l = &wanted.layout;
  size_t n = 0;
  if (!wanted.has_layout) return 0;
  for (uint32_t frame = word(pid, l->current_frame); frame >= l->frames_start && n < FRAMES_MAX; frame -= l->frame_bytes) {
    uint32_t code;
    if (!linear(pid, frame + l->frame_code, &code, 4)) break;
    if (code) frames[n++] = code;
  }
  return n;
}

/*
 * The words of the stack that point into the code. Behind a signal's handler the kernel has put the registers of what it interrupted (struct rt_sigframe: the
 * restorer, then ucontext with r8 to r15, rdi, rsi, rbp, rbx, rdx, rax, rcx, rsp, rip): its place in the code, with a mark, and then its stack.
 */
static void print_stack(pid_t pid, uint64_t sp) {
  enum { GENERAL_REGISTERS = 6, RSP = GENERAL_REGISTERS + 15, RIP = RSP + 1 };
  static uint64_t stack[STACK_BYTES / 8];
  bool first = true;
  for (int signals = 0; signals < 3; signals++) {
    size_t n = peek(pid, sp & ~7ull, stack, sizeof stack) / 8;
    bool interrupted = false;
    for (size_t i = 0; i < n && !interrupted; i++) {
      if (stack[i] < wanted.text_from || stack[i] >= wanted.text_to) continue;
#if defined(__x86_64__)
      /* The restorer is also in what is left of the call that set the handler. */
      if (wanted.restorer && stack[i] == wanted.restorer && i + RIP < n && stack[i + RIP] >= wanted.text_from && stack[i + RIP] < wanted.text_to) {
        interrupted = true;
        printf("%s\"!%llx\"", first ? "" : ",", (unsigned long long)stack[i + RIP]);
        sp = stack[i + RSP];
        first = false;
        continue;
      }
#endif
      printf("%s\"%llx\"", first ? "" : ",", (unsigned long long)stack[i]);
      first = false;
    }
    if (!interrupted) return;
  }
}

/* At a stop: the samples since the last one, of which the newest is this stop's. */
static void print_sample(pid_t pid, int run_number, struct stops *stops) {
  uint64_t sample[RECORD_WORDS];
  size_t n = 0;
  uint64_t ip = 0, sp = 0;
  uint32_t frames[FRAMES_MAX];
  bool known = registers_of(pid, &ip, &sp);
  note_stop(stops, run_number, sample, &n);
  if (!known || n == 0 || *began == 0 || sample[2] < *began) return;
  size_t frame_count = read_frames(pid, frames);
  for (size_t i = 0; i < frame_count; i++) print_code(pid, run_number, frames[i]);
  printf("{\"type\":\"sample\",\"run\":%d,\"atNs\":%llu,\"ip\":\"%llx\",\"kernel\":[", run_number, (unsigned long long)sample[2], (unsigned long long)ip);
  bool first = true;
  uint64_t count = sample[3];
  if (sample[0] < 0x8000000000000000ull) count = 0; /* it was in the program itself */
  for (uint64_t i = 0; i < count && i + 4 < n; i++) {
    if (sample[4 + i] >= (uint64_t)-4095) continue; /* PERF_CONTEXT_KERNEL and the like */
    printf("%s\"%llx\"", first ? "" : ",", (unsigned long long)sample[4 + i]);
    first = false;
  }
  printf("],\"stack\":[");
  print_stack(pid, sp);
  printf("],\"frames\":[");
  for (size_t i = 0; i < frame_count; i++) printf("%s%u", i ? "," : "", frames[i]);
  printf("]}\n");
}

/* Where the processor is, every so often. */
static bool run_sampled(int run_number) {
  uint64_t random;
  if (syscall(SYS_getrandom, &random, sizeof random, 0) != sizeof random) random = now() * 0x9e3779b97f4a7c15ull >> 20;
  struct run run = begin(SAMPLES, random % wanted.interval);
  int status, observed = 256, signal;
  waitpid(run.program, &status, __WALL);
  if (!WIFSTOPPED(status) || ptrace(PTRACE_SETOPTIONS, run.program, 0, PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL) < 0) {
    unavailable("processor samples", EPERM);
    give_up(&run);
    return false;
  }
  struct perf_event_attr clock = {.config = PERF_COUNT_SW_CPU_CLOCK, .sample_period = wanted.interval, .wakeup_events = 1, .exclude_callchain_user = 1, .context_switch = 1, .sample_id_all = 1,
                                  .sample_type = PERF_SAMPLE_IP | PERF_SAMPLE_TID | PERF_SAMPLE_TIME | PERF_SAMPLE_CALLCHAIN};
  struct stops stops = {open_ring(run.program, &clock, "processor samples"), 0};
  struct f_owner_ex owner = {F_OWNER_TID, run.program};
  if (!stops.ring.page || fcntl(stops.ring.fd, F_SETSIG, SAMPLED) < 0 || fcntl(stops.ring.fd, F_SETOWN_EX, &owner) < 0 ||
      fcntl(stops.ring.fd, F_SETFL, fcntl(stops.ring.fd, F_GETFL) | O_ASYNC) < 0) {
    if (stops.ring.page) unavailable("processor samples", errno);
    close_ring(&stops.ring);
    give_up(&run);
    return false;
  }
  if (clock.exclude_kernel) unavailable("processor samples in the kernel", EACCES);
  bool ended = false;
  ptrace(PTRACE_CONT, run.program, 0, 0);
  for (pid_t pid; (pid = next_stop(&run, &signal, &observed, &ended)) > 0;) {
    if (signal == SAMPLED || signal == SIGIO) print_sample(pid, run_number, &stops), signal = 0;
    else {
      uint64_t ip, sp;
      registers_of(pid, &ip, &sp);
      note_stop(&stops, run_number, NULL, NULL);
      if (signal == SIGTRAP) signal = 0;
    }
    ptrace(PTRACE_CONT, pid, 0, signal);
  }
  ioctl(stops.ring.fd, PERF_EVENT_IOC_DISABLE, 0);
  if (!ended) let_go(&run);
  uint64_t out = 0;
  note_switches(&stops, run_number, NULL, &out);
  bool result = finish(&run, SAMPLES, run_number, observed);
  close_ring(&stops.ring);
  return result;
}

static const char *value_of(const char *argument, const char *name) {
  size_t n = strlen(name);
  return strncmp(argument, name, n) == 0 && argument[n] == '=' ? argument + n + 1 : NULL;
}

static int usage(const char *argument) {
  fprintf(stderr, "tracer: what is %s?\n", argument);
  return 2;
}

int main(int argc, char **argv) {
  int i = 1;
  for (; i < argc && strcmp(argv[i], "--") != 0; i++) {
    const char *value;
    if ((value = value_of(argv[i], "path"))) wanted.path = value;
    else if ((value = value_of(argv[i], "plain"))) wanted.plain = atoi(value);
    else if ((value = value_of(argv[i], "syscalls"))) wanted.syscalls = atoi(value);
    else if ((value = value_of(argv[i], "watched"))) wanted.watched = atoi(value);
    else if ((value = value_of(argv[i], "sampled"))) wanted.sampled = atoi(value);
    else if ((value = value_of(argv[i], "interval"))) wanted.interval = strtoull(value, NULL, 10);
    else if ((value = value_of(argv[i], "restorer"))) wanted.restorer = strtoull(value, NULL, 16);
    else if ((value = value_of(argv[i], "text"))) {
      char *comma;
      wanted.text_from = strtoull(value, &comma, 16);
      if (*comma != ',') return usage(argv[i]);
      wanted.text_to = strtoull(comma + 1, NULL, 16);
    } else if ((value = value_of(argv[i], "layout"))) {
      uint32_t *to = (uint32_t *)&wanted.layout;
      size_t n = 0;
      for (const char *at = value; *at && n < sizeof wanted.layout / 4; n++) {
        char *next;
        to[n] = (uint32_t)strtoull(at, &next, 10);
        at = *next == ',' ? next + 1 : next;
      }
      if (n != sizeof wanted.layout / 4) return usage(argv[i]);
      wanted.has_layout = true;
    } else return usage(argv[i]);
  }
  if (i + 1 >= argc || wanted.interval < 1000) return 2;
  command = argv + i + 1;
  signal(SIGPIPE, SIG_IGN);
  began = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (began == MAP_FAILED) return 70;
  int number = 0;
  for (int n = 0; n < wanted.plain; n++) {
    if (!run_watched(number++, PLAIN)) {
      fprintf(stderr, "the program did not answer\n");
      return 1;
    }
  }
  for (int n = 0; n < wanted.syscalls; n++) if (!run_traced(number++)) break;
  for (int n = 0; n < wanted.watched; n++) if (!run_watched(number++, WATCHED)) break;
  for (int n = 0; n < wanted.sampled; n++) if (!run_sampled(number++)) break;
  return 0;
}

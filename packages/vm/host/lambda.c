/*
 * AWS Lambda: the runtime API ("Building a custom runtime"), so that an artifact can be a function's `bootstrap`. The
 * process forks: the child is the host as always, on a socket that only its parent knows; the parent asks Lambda for the
 * next event, gives it to the child as an HTTP request and the child's response back. What an event and its answer look
 * like is the business of the handler's adapter (packages/build/src/packaging/lambda-adapter.js), inside the sandbox.
 *
 * The parent is the process that Lambda started: it ends when the child does, and the child when it does. It parses only
 * what Lambda and the child say, as little of it as it can, and holds a whole event and a whole response, one at a time.
 */
#ifdef __linux__
#include "address.h"
#include "arch.h"
#include "engine.h"

enum { PROT_READ = 1, PROT_WRITE = 2, MAP_SHARED = 1, MAP_PRIVATE = 2, MAP_ANONYMOUS = 0x20, MAP_NORESERVE = 0x4000, MSG_NOSIGNAL = 0x4000, O_CLOEXEC = 02000000 };
enum { PR_SET_PDEATHSIG = 1, POLLIN = 1, WNOHANG = 1, SA_RESTORER = 0x04000000, REPORT_MAX = 4096, ATTEMPTS = 3, HEAD_MAX = 65536 };
/* Events and responses have 6 MB at most, which base64 and JSON may make more of. */
#define MESSAGE_MAX (32u << 20)
#define KEY_VARIABLE "ZS_ENV_AWS_LAMBDA_INVOCATION_KEY="

struct text { const char *at; u32 n; };
/* An HTTP response as it arrives. The body is decoded in place: `body_bytes` of it, and up to `parsed` has been looked at. */
struct message {
  u8 *bytes;
  u32 used, head, parsed, body_bytes, chunk_left, status;
  s64 length; /* announced; -1: not */
  u8 chunked, in_trailer, closes;
};
enum reading { MORE, COMPLETE, MALFORMED };

static union address runtime_address, host_address;
static u32 host_address_bytes;
static s32 runtime = -1, child;
static struct message from_runtime, from_host;
static char invocation_key[33];
static u8 *report; /* shared: what the child says of a top level that failed */
static s32 ready = -1;

static struct text text_of(const char *s) { return (struct text){s, (u32)text_length(s)}; }
static u8 lower(u8 c) { return c >= 'A' && c <= 'Z' ? (u8)(c | 32) : c; }

static int starts_with(struct text s, const char *prefix) {
  u32 i = 0;
  for (; prefix[i]; i++)
    if (i == s.n || lower((u8)s.at[i]) != (u8)prefix[i]) return 0;
  return 1;
}

/* The next line of a head, without its end; `at` moves behind it. */
static struct text next_line(const struct message *m, u32 *at) {
  u32 from = *at, to = from;
  while (to < m->head && m->bytes[to] != '\n') to++;
  *at = to + 1;
  if (to > from && m->bytes[to - 1] == '\r') to--;
  return (struct text){(const char *)m->bytes + from, to - from};
}

/* The value of a header field by its lower-case name; `at` is 0 when there is none. */
static struct text field(const struct message *m, const char *name) {
  u32 at = 0, n = (u32)text_length(name);
  next_line(m, &at);
  while (at < m->head) {
    struct text line = next_line(m, &at);
    if (line.n <= n || line.at[n] != ':' || !starts_with(line, name)) continue;
    line.at += n + 1;
    line.n -= n + 1;
    while (line.n && (*line.at == ' ' || *line.at == '\t')) line.at++, line.n--;
    while (line.n && (line.at[line.n - 1] == ' ' || line.at[line.n - 1] == '\t')) line.n--;
    return line;
  }
  return (struct text){0, 0};
}

static s64 number_in(struct text s) {
  s64 value = s.n ? 0 : -1;
  for (u32 i = 0; i < s.n; i++) {
    if (s.at[i] < '0' || s.at[i] > '9' || value > 1ll << 52) return -1;
    value = value * 10 + (s.at[i] - '0');
  }
  return value;
}

static enum reading read_head(struct message *m) {
  u32 end = m->used < HEAD_MAX ? m->used : HEAD_MAX, at = 0;
  for (; at + 3 < end; at++)
    if (m->bytes[at] == '\r' && m->bytes[at + 1] == '\n' && m->bytes[at + 2] == '\r' && m->bytes[at + 3] == '\n') break;
  if (at + 3 >= end) return end == HEAD_MAX ? MALFORMED : MORE;
  m->head = m->parsed = at + 4;
  struct text first = {(const char *)m->bytes, m->head};
  s64 status = m->head > 12 && starts_with(first, "http/1.") ? number_in((struct text){first.at + 9, 3}) : -1;
  if (status < 100) return MALFORMED;
  m->status = (u32)status;
  struct text length = field(m, "content-length"), coding = field(m, "transfer-encoding"), connection = field(m, "connection");
  m->length = length.at ? number_in(length) : -1;
  if (length.at && (m->length < 0 || m->length > MESSAGE_MAX)) return MALFORMED;
  m->chunked = coding.at && starts_with(coding, "chunked");
  m->closes = connection.at && starts_with(connection, "close");
  if (status == 204 || status == 304) m->length = 0, m->chunked = 0;
  return COMPLETE;
}

/* RFC 9112, 7.1: sizes in hexadecimal, each with its bytes; the trailer is not looked at. */
static enum reading read_chunks(struct message *m) {
  for (;;) {
    if (m->chunk_left) {
      u32 left = m->used - m->parsed, n = left < m->chunk_left ? left : m->chunk_left;
      memmove(m->bytes + m->head + m->body_bytes, m->bytes + m->parsed, n);
      m->body_bytes += n;
      m->parsed += n;
      m->chunk_left -= n;
      if (m->chunk_left) return MORE;
      continue;
    }
    u32 end = m->parsed;
    while (end < m->used && m->bytes[end] != '\n') end++;
    if (end == m->used) return MORE;
    u32 n = end - m->parsed, at = m->parsed;
    if (n && m->bytes[end - 1] == '\r') n--;
    m->parsed = end + 1;
    if (m->in_trailer) {
      if (!n) return COMPLETE;
      continue;
    }
    if (!n) continue; /* what ends a chunk's bytes */
    u64 size = 0;
    u32 digits = 0;
    for (; digits < n; digits++) {
      u8 c = lower(m->bytes[at + digits]);
      if (c >= '0' && c <= '9') size = size * 16 + (c - '0');
      else if (c >= 'a' && c <= 'f') size = size * 16 + (c - 'a' + 10u);
      else break;
      if (size > MESSAGE_MAX) return MALFORMED;
    }
    if (!digits) return MALFORMED;
    if (size) m->chunk_left = (u32)size;
    else m->in_trailer = 1;
  }
}

/* Look at what has arrived. */
static enum reading read_message(struct message *m, int ended) {
  if (!m->head) {
    enum reading head = read_head(m);
    if (head != COMPLETE) return head == MORE && ended ? MALFORMED : head;
  }
  if (m->chunked) {
    enum reading body = read_chunks(m);
    return body == MORE && ended ? MALFORMED : body;
  }
  m->body_bytes = m->used - m->head;
  if (m->length < 0) return ended ? COMPLETE : MORE;
  if (m->body_bytes < (u64)m->length) return ended ? MALFORMED : MORE;
  m->body_bytes = (u32)m->length;
  return COMPLETE;
}

/* Receive a whole response; until `deadline` on the wall's clock in ms, 0 for never. 1, 0 when the other side failed, -1 when it is late. */
static int receive(s32 fd, struct message *m, u64 deadline) {
  u8 *bytes = m->bytes;
  memset(m, 0, sizeof *m);
  m->bytes = bytes;
  for (;;) {
    if (deadline) {
      struct { s32 fd; s16 events, revents; } poll = {fd, POLLIN, 0};
      u64 now = (u64)clock_epoch_ms(), left = deadline > now ? deadline - now : 0;
      struct { s64 seconds, nanoseconds; } timeout = {(s64)(left / 1000), (s64)(left % 1000 * 1000000)};
      long count = SYSCALL(ppoll, &poll, 1, &timeout, 0, 8);
      if (count == -EINTR) continue;
      if (!count) return -1;
    }
    if (m->used == MESSAGE_MAX) return 0;
    long got = SYSCALL(recvfrom, fd, m->bytes + m->used, MESSAGE_MAX - m->used, 0, 0, 0);
    if (got == -EINTR) continue;
    if (got < 0) return 0;
    m->used += (u32)got;
    enum reading reading = read_message(m, got == 0);
    if (reading != MORE) return reading == COMPLETE;
  }
}

static int send_all(s32 fd, const void *bytes, u32 n) {
  const u8 *from = bytes;
  while (n) {
    long sent = SYSCALL(sendto, fd, from, n, MSG_NOSIGNAL, 0, 0);
    if (sent == -EINTR) continue;
    if (sent <= 0) return 0;
    from += sent;
    n -= (u32)sent;
  }
  return 1;
}

static s32 open_connection(const union address *to, u32 bytes) {
  long fd = SYSCALL(socket, to->family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return -1;
  int on = 1;
  if (to->family != AF_UNIX) SYSCALL(setsockopt, fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (SYSCALL(connect, fd, to, bytes) >= 0) return (s32)fd;
  SYSCALL(close, fd);
  return -1;
}

/* Texts one after the other; what does not fit is an error of this program. */
struct buffer { char bytes[16384]; u32 n; };
static void put(struct buffer *to, struct text s) {
  if (s.n > sizeof to->bytes - to->n) s.n = (u32)sizeof to->bytes - to->n;
  memcpy(to->bytes + to->n, s.at, s.n);
  to->n += s.n;
}
static void put_line(struct buffer *to, const char *name, struct text value) {
  put(to, text_of(name));
  put(to, value);
  put(to, text_of("\r\n"));
}
static void put_number(struct buffer *to, const char *name, u64 n) {
  char digits[24];
  put_line(to, name, text_of(text_decimal(digits, n)));
}

/* One request of the runtime API; its answer in from_runtime. The connection is kept, and opened anew when it was closed meanwhile. */
static int ask_runtime(const char *method, struct text path, struct text error_type, struct text type, struct text body) {
  static struct buffer head LARGE;
  head.n = 0;
  put(&head, text_of(method));
  put(&head, text_of(" /2018-06-01/runtime/"));
  put(&head, path);
  put(&head, text_of(" HTTP/1.1\r\n"));
  put_line(&head, "Host: ", text_of(options.lambda_api));
  put_line(&head, "User-Agent: ", text_of("zerostart"));
  if (method[0] == 'P') {
    put_number(&head, "Content-Length: ", body.n);
    put_line(&head, "Content-Type: ", type);
  }
  if (error_type.n) put_line(&head, "Lambda-Runtime-Function-Error-Type: ", error_type);
  put(&head, text_of("\r\n"));
  for (u32 i = 0; i < ATTEMPTS; i++) {
    if (runtime < 0) runtime = open_connection(&runtime_address, address_bytes(&runtime_address));
    if (runtime < 0) continue;
    if (send_all(runtime, head.bytes, head.n) && send_all(runtime, body.at, body.n) && receive(runtime, &from_runtime, 0) == 1) {
      if (from_runtime.closes) SYSCALL(close, runtime), runtime = -1;
      return 1;
    }
    SYSCALL(close, runtime);
    runtime = -1;
  }
  return 0;
}

static void NORETURN give_up(const char *why) {
  say("zerostart: ", why, (char *)0);
  exit_now(EXIT_INTERNAL);
}

/* {"errorMessage":...,"errorType":...,"stackTrace":[]} */
static struct text error_document(struct text message, const char *type) {
  static struct buffer json LARGE;
  static const char digits[] = "0123456789abcdef";
  json.n = 0;
  put(&json, text_of("{\"errorMessage\":\""));
  for (u32 i = 0; i < message.n && json.n < sizeof json.bytes - 200; i++) {
    u8 c = (u8)message.at[i];
    char escape[6] = {'\\', 'u', '0', '0', digits[c >> 4], digits[c & 15]};
    if (c == '"' || c == '\\') put(&json, (struct text){"\\", 1});
    if (c < ' ' || c == 127) put(&json, (struct text){escape, 6});
    else put(&json, (struct text){message.at + i, 1});
  }
  put(&json, text_of("\",\"errorType\":\""));
  put(&json, text_of(type));
  put(&json, text_of("\",\"stackTrace\":[]}"));
  return (struct text){json.bytes, json.n};
}

/* invocation/ID/WHAT */
static struct text invocation_path(struct text id, const char *what) {
  static struct buffer path LARGE;
  path.n = 0;
  put(&path, text_of("invocation/"));
  put(&path, id);
  put(&path, text_of(what));
  return (struct text){path.bytes, path.n};
}

static void check_state(void) {
  /* "Container error. Non-recoverable state. Runtime should exit promptly." */
  if (from_runtime.status >= 500) give_up("the Lambda runtime API is in a state that cannot be recovered");
}

static void report_error(struct text id, const char *type, struct text document) {
  if (!ask_runtime("POST", invocation_path(id, "/error"), text_of(type), text_of("application/json"), document)) give_up("the Lambda runtime API does not answer");
  check_state();
}

/* The event as a request to the child, on a connection of its own: one that was kept could have been closed while everything was frozen. */
static int ask_host(u64 deadline) {
  static struct buffer head LARGE;
  head.n = 0;
  put(&head, text_of("POST / HTTP/1.1\r\nHost: lambda\r\nConnection: close\r\nContent-Type: application/json\r\n"));
  put_line(&head, "Zerostart-Lambda-Key: ", text_of(invocation_key));
  put_number(&head, "Content-Length: ", from_runtime.body_bytes);
  for (u32 at = 0; at < from_runtime.head;) {
    struct text line = next_line(&from_runtime, &at);
    if (starts_with(line, "lambda-runtime-") && line.n < 8192) put_line(&head, "", line);
  }
  put(&head, text_of("\r\n"));
  s32 fd = open_connection(&host_address, host_address_bytes);
  if (fd < 0) return 0;
  int got = send_all(fd, head.bytes, head.n) && send_all(fd, from_runtime.bytes + from_runtime.head, from_runtime.body_bytes) ? receive(fd, &from_host, deadline) : 0;
  SYSCALL(close, fd);
  return got;
}

/* Has the child ended? Its exit code, or -1. Waits a moment: it may be about to. */
static int child_ended(void) {
  struct { s64 seconds, nanoseconds; } moment = {0, 10000000};
  for (u32 i = 0; i < 20; i++) {
    s32 status;
    if (SYSCALL(wait4, child, &status, WNOHANG, 0) == child) return status & 0x7f ? 128 + (status & 0x7f) : status >> 8 & 0xff;
    SYSCALL(nanosleep, &moment, 0);
  }
  return -1;
}

static int is_identifier(struct text id) {
  for (u32 i = 0; i < id.n; i++) {
    u8 c = lower((u8)id.at[i]);
    if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_')) return 0;
  }
  return id.n > 0 && id.n <= 128;
}

static void invoke(void) {
  if (!ask_runtime("GET", text_of("invocation/next"), text_of(""), text_of(""), text_of(""))) give_up("the Lambda runtime API does not answer");
  check_state();
  static char kept_id[129];
  struct text id = field(&from_runtime, "lambda-runtime-aws-request-id"), due = field(&from_runtime, "lambda-runtime-deadline-ms");
  if (from_runtime.status != 200 || !is_identifier(id)) give_up("the Lambda runtime API gave no event");
  memcpy(kept_id, id.at, id.n); /* the next exchange overwrites it */
  id.at = kept_id;
  s64 deadline = number_in(due);
  int got = ask_host(deadline > 0 ? (u64)deadline : 0);
  if (got < 0) {
    report_error(id, "Runtime.DeadlineExceeded", error_document(text_of("The handler did not answer within the function's time limit"), "Runtime.DeadlineExceeded"));
    return;
  }
  if (!got) {
    int code = child_ended();
    report_error(id, "Runtime.ExitError", error_document(text_of(code < 0 ? "The handler was stopped before it answered; the log says why" : "The handler's process ended; the log says why"), "Runtime.ExitError"));
    if (code >= 0) exit_now(code ? code : EXIT_INTERNAL);
    return;
  }
  struct text body = {(const char *)from_host.bytes + from_host.head, from_host.body_bytes}, type = field(&from_host, "content-type");
  struct text error_type = field(&from_host, "lambda-runtime-function-error-type");
  if (!error_type.at && from_host.status >= 200 && from_host.status < 300) {
    if (!type.at) type = text_of("application/json");
    if (!ask_runtime("POST", invocation_path(id, "/response"), text_of(""), type, body)) give_up("the Lambda runtime API does not answer");
    check_state();
    if (from_runtime.status == 413) report_error(id, "Function.ResponseSizeTooLarge", error_document(text_of("The response is larger than Lambda allows"), "Function.ResponseSizeTooLarge"));
    return;
  }
  static char kept_type[128];
  if (error_type.at) {
    u32 n = error_type.n < sizeof kept_type - 1 ? error_type.n : (u32)sizeof kept_type - 1;
    memcpy(kept_type, error_type.at, n);
    kept_type[n] = 0;
    report_error(id, kept_type, body);
  } else {
    report_error(id, "Runtime.HandlerStopped", error_document(body, "Runtime.HandlerStopped"));
  }
}

static void on_terminate(int signal) {
  (void)signal;
  exit_now(EXIT_DRAINED);
}
extern void signal_return(void);

static void NORETURN serve_events(void) {
  u8 byte;
  struct { void (*handler)(int); u64 flags; void (*restorer)(void); u64 mask; } action = {on_terminate, SA_RESTORER, signal_return, 0};
  SYSCALL(rt_sigaction, SIGTERM, &action, 0, 8);
  SYSCALL(rt_sigaction, SIGINT, &action, 0, 8);
  if (SYSCALL(read, ready, &byte, 1) != 1) {
    int code = child_ended();
    struct text why = report[0] ? text_of((const char *)report) : text_of("The handler did not start; the log says why");
    ask_runtime("POST", text_of("init/error"), text_of("Runtime.InitError"), text_of("application/json"), error_document(why, "Runtime.InitError"));
    exit_now(code > 0 ? code : EXIT_HANDLER);
  }
  SYSCALL(close, ready);
  for (;;) invoke();
}

static void *pages(u64 n, int flags) {
  long at = SYSCALL(mmap, 0, n, PROT_READ | PROT_WRITE, flags | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (at < 0 && at > -4096) give_up("no memory for the events of Lambda");
  return (void *)at;
}

/* The environment and one variable more, by which the adapter knows that an event comes from here and not from a client of the handler. */
static void pass_key(void) {
  static const char digits[] = "0123456789abcdef", name[] = KEY_VARIABLE;
  static char variable[sizeof name + 32];
  u8 random[16];
  u32 count = 0;
  if (SYSCALL(getrandom, random, 16, 0) != 16) give_up("no random bytes from the kernel");
  for (u32 i = 0; i < 32; i++) invocation_key[i] = digits[random[i / 2] >> (i % 2 ? 0 : 4) & 15];
  memcpy(variable, name, sizeof name - 1);
  memcpy(variable + sizeof name - 1, invocation_key, 33);
  while (engine_environment[count]) count++;
  char **more = pages((count + 2) * sizeof *more, MAP_PRIVATE);
  memcpy(more, engine_environment, count * sizeof *more);
  more[count] = variable;
  engine_environment = more;
}

/* HOST:PORT of AWS_LAMBDA_RUNTIME_API. */
static void find_runtime(void) {
  char host[64];
  u32 n = 0;
  const char *s = options.lambda_api;
  while (s[n] && s[n] != ':' && n < sizeof host - 1) host[n] = s[n], n++;
  host[n] = 0;
  s64 port = s[n] == ':' ? text_number(s + n + 1, 65535) : 80;
  if (port < 1 || !address_parse(text_equal(host, "localhost") ? "127.0.0.1" : host, &runtime_address)) {
    say("zerostart: AWS_LAMBDA_RUNTIME_API is not an address and a port: ", s, (char *)0);
    exit_now(EXIT_USAGE);
  }
  runtime_address.v4.port = big_endian((u32)port);
}

/* A function has no command line: what Lambda limits itself is not limited sooner here, and the heap is most of the function's memory. */
static void set_limits(void) {
  enum { LONGEST_S = 900, HEAP_MAX_MB = 1024 };
  options.pool = 0;
  options.idle_exit_ns = 0;
  options.request_ns = options.idle_ns = (LONGEST_S + 60) * 1000000000ull;
  options.cpu_ns = LONGEST_S * 1000000000ull;
  for (char **e = engine_environment; *e; e++) {
    const char *megabytes = text_after(*e, "AWS_LAMBDA_FUNCTION_MEMORY_SIZE=");
    s64 n = megabytes ? text_number(megabytes, 1 << 20) * 3 / 4 : 0;
    if (n > 0) options.heap_bytes = (u32)(n < HEAP_MAX_MB ? n : HEAP_MAX_MB) << 20;
  }
}

void lambda_start(void) {
  s32 pipe[2];
  find_runtime();
  pass_key();
  report = pages(REPORT_MAX, MAP_SHARED);
  /* A name that the kernel picks, in no folder. */
  host_address.family = AF_UNIX;
  host_address_bytes = sizeof host_address;
  long listener = SYSCALL(socket, AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (listener < 0 || SYSCALL(bind, listener, &host_address, sizeof host_address.family) < 0 || SYSCALL(listen, listener, 16) < 0 ||
      SYSCALL(getsockname, listener, &host_address, &host_address_bytes) < 0 || SYSCALL(pipe2, pipe, O_CLOEXEC) < 0)
    give_up("cannot make the socket between Lambda and the handler");
  s32 parent = (s32)SYSCALL(getpid);
  child = (s32)SYSCALL(clone, SIGCHLD);
  if (child < 0) give_up("cannot fork");
  if (!child) {
    SYSCALL(prctl, PR_SET_PDEATHSIG, SIGKILL);
    if ((s32)SYSCALL(getppid) != parent) exit_now(EXIT_DRAINED);
    SYSCALL(close, pipe[0]);
    ready = pipe[1];
    options.listen_fd = (s32)listener;
    set_limits();
    return;
  }
  SYSCALL(close, pipe[1]);
  SYSCALL(close, listener);
  if (trace_fd >= 0) SYSCALL(close, trace_fd);
  ready = pipe[0];
  from_runtime.bytes = pages(MESSAGE_MAX, MAP_PRIVATE);
  from_host.bytes = pages(MESSAGE_MAX, MAP_PRIVATE);
  serve_events();
}

void lambda_ready(void) {
  SYSCALL(write, ready, "", 1);
  SYSCALL(close, ready);
}

void lambda_failed(const u8 *message, u32 n) {
  if (n > REPORT_MAX - 1) n = REPORT_MAX - 1;
  memcpy(report, message, n);
}
#endif

/* The command line of an artifact. */
#include "arch.h"

struct options options = {
    .host = "127.0.0.1",
    .port = -1,
    .listen_fd = -1,
    .heap_bytes = 128u << 20,
    .max_body_bytes = 10u << 20,
    .max_connections = 1024,
    .cpu_ns = 10000000000ull,
    .idle_ns = 60000000000ull,
    .request_ns = 60000000000ull,
    .drain_ns = 10000000000ull,
    .prewarm = 64, /* at most --pool */
    .sandbox = "on",
    .pages = "lazy",
    .affinity = "near",
};

static const char usage[] =
    "usage: ARTIFACT --port N [--host A] [options]\n"
    "  --port N               TCP port; 0 picks one and prints it\n"
    "  --host A               address to listen on (127.0.0.1); IPv4, IPv6 or localhost\n"
    "  --unix PATH            listen on a Unix socket instead\n"
    "  --listen-fd N          serve this inherited listening socket instead\n"
    "  --source FILE          read the handler's source from FILE (source mode only)\n"
    "  --cache DIR            folder of the bytecode cache (mode cached; XDG_CACHE_HOME/zerostart)\n"
    "  --pool N               processes that serve, forked from one that is ready, 1 to 64 (prefork 4, clone 1)\n"
    "  --prewarm N            of these, forked ahead of their work (prefork: all, clone: 1)\n"
    "  --affinity near|any    where a pool's process waits for the first work: on the processor that connections come in on, or any (near)\n"
    "  --idle-exit-s N        end a process that had no connection for this long, 0 for never (clone 10)\n"
    "  --allow-fetch LIST     places that fetch may reach: HOST, HOST:PORT, *.DOMAIN, ... with commas (none)\n"
    "  --name-server A[:P]    ask this one instead of /etc/resolv.conf's\n"
    "  --ca FILE              authorities that https may trust, PEM, instead of the system's\n"
    "  --sandbox on|off|required  what a process that serves may still do: on is what this kernel can enforce (on)\n"
    "  --pages lazy|populated|huge|locked  how a start gets its memory: by page faults, the image's pages at once, in huge pages, or kept from being paged out (lazy)\n"
    "  --heap-mb N            memory of the handler, 1 to 1024 (128)\n"
    "  --cpu-ms N             CPU time of one turn, 0 for no limit (10000)\n"
    "  --max-body N           largest request body in bytes (10485760)\n"
    "  --max-connections N    1 to 16384 (1024)\n"
    "  --idle-timeout-s N     close a connection without traffic (60)\n"
    "  --request-timeout-s N  close a connection whose request was not answered (60)\n"
    "  --drain-timeout-s N    how long SIGTERM waits for answers (10)\n"
    "  --verbose              say what happens on stderr\n"
    "  --verify               check this artifact against its own checksum and exit\n"
    "  --version              what this artifact is\n"
    "Without any of the first: events of AWS Lambda (AWS_LAMBDA_RUNTIME_API), the socket that systemd passes (LISTEN_FDS), or PORT. Variables ZS_ENV_NAME reach the handler as env.NAME.\n";

static void NORETURN usage_error(const char *what, const char *which) {
  say("zerostart: ", what, which, "\n", usage, (char *)0);
  exit_now(EXIT_USAGE);
}

static void NORETURN print_and_exit(const char *text) {
  SYSCALL(write, 1, text, text_length(text));
  exit_now(EXIT_DRAINED);
}

static void NORETURN print_version(void) {
  static const char *const kinds[] = {"stub without a handler", "snapshot", "embedded", "source"};
  const char *kind = kinds[payload.kind & 3];
  if (payload.flags & PAYLOAD_FLAG_CACHED) kind = "cached";
  if (payload.flags & PAYLOAD_FLAG_PREFORK) kind = "prefork";
  if (payload.flags & PAYLOAD_FLAG_CLONE) kind = "clone";
  static const char digits[] = "0123456789abcdef";
  char engine[17] = {0};
  for (u32 i = 0; i < 16; i++) engine[i] = digits[payload.engine_sha256[i / 2] >> (i % 2 ? 0 : 4) & 15];
  int fd = 1;
  const char *parts[] = {"zerostart artifact, mode ", kind, ", engine ", engine, "\n"};
  for (u32 i = 0; i < 5; i++) SYSCALL(write, fd, parts[i], text_length(parts[i]));
  exit_now(EXIT_DRAINED);
}

/* Options with a number: where it goes, its range and its unit. */
struct numeric { const char *name; void *to; u8 wide; s64 min, max, unit; };
static const struct numeric numbers[] = {
    {"--port", &options.port, 0, 0, 65535, 1},
    {"--listen-fd", &options.listen_fd, 0, 0, 1 << 20, 1},
    {"--pool", &options.pool, 0, 1, 64, 1},
    {"--prewarm", &options.prewarm, 0, 0, 64, 1},
    {"--idle-exit-s", &options.idle_exit_ns, 1, 0, 86400, 1000000000},
    {"--heap-mb", &options.heap_bytes, 0, 1, 1024, 1 << 20},
    {"--cpu-ms", &options.cpu_ns, 1, 0, 86400000, 1000000},
    {"--max-body", &options.max_body_bytes, 0, 0, 1 << 30, 1},
    {"--max-connections", &options.max_connections, 0, 1, 16384, 1},
    {"--idle-timeout-s", &options.idle_ns, 1, 1, 86400, 1000000000},
    {"--request-timeout-s", &options.request_ns, 1, 1, 86400, 1000000000},
    {"--drain-timeout-s", &options.drain_ns, 1, 0, 86400, 1000000000},
};
static const struct { const char *name; const char **to; } texts[] = {
    {"--host", &options.host}, {"--unix", &options.unix_path}, {"--source", &options.source_path}, {"--allow-fetch", &options.allow_fetch}, {"--name-server", &options.name_server},
    {"--cache", &options.cache_path}, {"--ca", &options.ca_path}, {"--sandbox", &options.sandbox}, {"--pages", &options.pages}, {"--affinity", &options.affinity}};

/* The value of option `name` at argv[*i], given as `--name value` or `--name=value`; 0 when it is another option. */
static const char *option_value(const char *name, char **argv, int argc, int *i) {
  const char *rest = text_after(argv[*i], name);
  if (!rest || (*rest && *rest != '=')) return 0;
  if (*rest == '=') return rest + 1;
  if (*i + 1 >= argc) usage_error("a value is missing after ", name);
  return argv[++*i];
}

static int parse_numeric(char **argv, int argc, int *i) {
  for (u32 k = 0; k < sizeof numbers / sizeof numbers[0]; k++) {
    const struct numeric *option = &numbers[k];
    const char *value = option_value(option->name, argv, argc, i);
    if (!value) continue;
    s64 n = text_number(value, option->max);
    if (n < option->min) usage_error("not a number in range: ", argv[*i]);
    if (option->wide) *(u64 *)option->to = (u64)n * (u64)option->unit;
    else *(u32 *)option->to = (u32)n * (u32)option->unit;
    return 1;
  }
  return 0;
}

static int parse_text(char **argv, int argc, int *i) {
  for (u32 k = 0; k < sizeof texts / sizeof texts[0]; k++) {
    const char *value = option_value(texts[k].name, argv, argc, i);
    if (!value) continue;
    *texts[k].to = value;
    return 1;
  }
  return 0;
}

/*
 * AWS Lambda's runtime API, PORT, or the first socket of a service manager (sd_listen_fds(3)): LISTEN_FDS are open from 3 on when LISTEN_PID is this
 * process.
 */
static void listen_from_environment(char **envp) {
  enum { LISTEN_FDS_START = 3 };
  s64 pid = -1, count = 0;
  for (; *envp; envp++) {
#ifdef __linux__
    const char *lambda = text_after(*envp, "AWS_LAMBDA_RUNTIME_API=");
    if (lambda && *lambda) options.lambda_api = lambda;
#endif
    const char *port = text_after(*envp, "PORT="), *of = text_after(*envp, "LISTEN_PID="), *sockets = text_after(*envp, "LISTEN_FDS=");
    if (port) options.port = (s32)text_number(port, 65535);
    if (of) pid = text_number(of, 1 << 30);
    if (sockets) count = text_number(sockets, 1 << 20);
  }
  if (count < 1 || pid != SYSCALL(getpid)) return;
  options.listen_fd = LISTEN_FDS_START;
}

/* What the launch mode of the artifact presets. */
static void preset(void) {
  if (payload.flags & PAYLOAD_FLAG_PREFORK) options.pool = 4;
  if (payload.flags & PAYLOAD_FLAG_CLONE) options.pool = 1, options.prewarm = 1, options.idle_exit_ns = 10000000000ull;
}

void options_parse(int argc, char **argv, char **envp) {
  preset();
  for (int i = 1; i < argc; i++) {
    if (parse_numeric(argv, argc, &i) || parse_text(argv, argc, &i)) continue;
    if (text_equal(argv[i], "--verbose")) options.verbose = 1;
    else if (text_equal(argv[i], "--verify")) options.verify = 1;
    else if (text_equal(argv[i], "--help")) print_and_exit(usage);
    else if (text_equal(argv[i], "--version")) print_version();
    else usage_error("unknown option ", argv[i]);
  }
  if (!text_equal(options.sandbox, "on") && !text_equal(options.sandbox, "off") && !text_equal(options.sandbox, "required"))
    usage_error("--sandbox is on, off or required, not ", options.sandbox);
  if (!text_equal(options.pages, "lazy") && !text_equal(options.pages, "populated") && !text_equal(options.pages, "huge") && !text_equal(options.pages, "locked"))
    usage_error("--pages is lazy, populated, huge or locked, not ", options.pages);
  if (!text_equal(options.affinity, "near") && !text_equal(options.affinity, "any")) usage_error("--affinity is near or any, not ", options.affinity);
  if (options.pool && text_equal(options.pages, "locked")) usage_error("--pages locked is not for a pool: a process that is forked has no locks", "");
  if (options.verify || payload.flags & PAYLOAD_FLAG_SCRIPT) return;
  if (options.port < 0 && !options.unix_path && options.listen_fd < 0) listen_from_environment(envp);
  if (options.port < 0 && !options.unix_path && options.listen_fd < 0 && !options.lambda_api) usage_error("where to listen is missing: --port N", "");
}

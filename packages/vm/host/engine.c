/* Start of the VM in each launch mode, and the functions that it imports from the host. */
#include "engine.h"
#include "arch.h"

enum { LEVEL_WARN = 2, LEVEL_UNCAUGHT = 4, AT_FDCWD = -100, O_CLOEXEC = 02000000, SOURCE_MAX = 64 << 20 };

/* Patched by the embedder; in a section of its own so that it is found without symbols. */
__attribute__((section(PAYLOAD_SECTION), used, aligned(16))) const volatile struct payload payload = {
    .magic = {'Z', 'E', 'R', 'O', 'S', 'T', 'A', 'R', 'T', 0, 'P', 'A', 'Y', 'L', 'D', '1'}, .version = PAYLOAD_VERSION};

char **engine_environment;

static u64 payload_checksum(void) {
  const volatile u64 *words = (const volatile u64 *)&payload;
  u64 hash = 0x5a5354ull;
  for (u32 i = 0; i < sizeof payload / 8 - 1; i++) {
    hash = (hash ^ words[i]) * 0x9e3779b97f4a7c15ull;
    hash ^= hash >> 29;
  }
  return hash;
}

void engine_check_payload(void) {
  const char *fault = 0;
  if (payload.kind == PAYLOAD_NONE) fault = "it is a stub without a handler";
  else if (payload.version != PAYLOAD_VERSION) fault = "its payload has an unknown version";
  else if (payload.checksum != payload_checksum()) fault = "its payload header does not match its checksum";
  if (!fault) return;
  say("zerostart: this artifact is damaged: ", fault, (char *)0);
  exit_now(EXIT_DAMAGED);
}

/* The VM's last error on stderr, whole. */
static void print_error(const char *what) {
  cold_touch(vm_error_ptr(), vm_error_len());
  struct { const void *base; size_t n; } parts[3] = {
      {what, text_length(what)}, {LINEAR(vm_error_ptr()), vm_error_len()}, {"\n", 1}};
  SYSCALL(writev, 2, parts, 3);
#ifdef __linux__
  if (options.lambda_api) lambda_failed(parts[1].base, (u32)parts[1].n);
#endif
}

/* KEY=VALUE of every ZS_ENV_KEY into one buffer of the VM's. */
static void pass_environment(void) {
  u32 total = 0;
  for (char **e = engine_environment; *e; e++) {
    const char *pair = text_after(*e, "ZS_ENV_");
    if (pair) total += (u32)text_length(pair) + 1;
  }
  if (!total) return;
  u32 at = vm_alloc(total);
  if (!at) {
    say("zerostart: the ZS_ENV_ variables do not fit into the handler's memory", (char *)0);
    exit_now(EXIT_USAGE);
  }
  u8 *to = LINEAR(at);
  for (char **e = engine_environment; *e; e++) {
    const char *pair = text_after(*e, "ZS_ENV_");
    if (!pair) continue;
    size_t n = text_length(pair) + 1;
    memcpy(to, pair, n);
    to += n;
  }
  vm_env(at, total);
}

/*
 * Bytecode depends on the engine, on the source and on the name in its messages. Of the source in this file the embedder
 * has made the same key.
 */
static void make_cache_key(u8 key[CACHE_KEY_BYTES], const u8 *source, u32 n, const char *name) {
  if (!options.source_path) {
    for (u32 i = 0; i < CACHE_KEY_BYTES; i++) key[i] = payload.cache_key[i];
    return;
  }
  struct sha256 state;
  u8 digest[32];
  sha256_begin(&state);
  for (u32 i = 0; i < 32; i++) digest[i] = payload.engine_sha256[i];
  sha256_add(&state, digest, 32);
  sha256_add(&state, name, text_length(name) + 1);
  sha256_add(&state, source, n);
  sha256_end(&state, digest);
  memcpy(key, digest, CACHE_KEY_BYTES);
}

static void compile_source(void) {
  /* The payload is name, NUL, source; the embedder wrote the NUL, the checksum says that it is there. */
  const char *name = (const char *)LINEAR(PAYLOAD_AT);
  u32 skip = (u32)text_length(name) + 1, at = PAYLOAD_AT + skip, n = payload.payload_bytes - skip;
  if (options.source_path) {
    name = options.source_path;
    /* Kept open: after a trap it is read again, and the sandbox opens no files. */
    static long file = -1;
    if (file < 0) file = SYSCALL(openat, AT_FDCWD, name, O_CLOEXEC, 0);
    if (file < 0) {
      say("zerostart: cannot open ", name, (char *)0);
      exit_now(EXIT_USAGE);
    }
    u32 room = 65536;
    at = vm_alloc(room);
    n = 0;
    for (;;) {
      long got = at ? SYSCALL(pread64, file, LINEAR(at + n), room - n, n) : -EFAULT;
      if (got < 0 || n > SOURCE_MAX) {
        say("zerostart: cannot read ", name, " (64 MiB at most, within --heap-mb)", (char *)0);
        exit_now(EXIT_USAGE);
      }
      if (!got) break;
      n += (u32)got;
      if (n < room) continue;
      u32 larger = vm_alloc(room * 2);
      if (larger) memcpy(LINEAR(larger), LINEAR(at), n);
      at = larger;
      room *= 2;
    }
  }
  u8 key[CACHE_KEY_BYTES];
  if (payload.flags & PAYLOAD_FLAG_CACHED) {
    u32 cached_bytes, cached;
    make_cache_key(key, LINEAR(at), n, name);
    cached = cache_find(key, &cached_bytes);
    trace_mark(PHASE_CACHE);
    if (cached && !vm_load(cached, cached_bytes)) return;
  }
  u32 name_bytes = (u32)text_length(name), name_at = vm_alloc(name_bytes + 1);
  if (!name_at) trap("out of memory");
  memcpy(LINEAR(name_at), name, name_bytes + 1);
  if (vm_compile(at, n, name_at, name_bytes)) {
    print_error("");
    exit_now(EXIT_HANDLER);
  }
  if (payload.flags & PAYLOAD_FLAG_CACHED) {
    trace_mark(PHASE_LOAD);
    cache_keep(key, LINEAR(vm_bytecode_ptr()), vm_bytecode_len());
    trace_mark(PHASE_CACHE);
  }
}

void engine_resume(void) {
  vm_resume(options.heap_bytes);
  vm_set_limits(options.cpu_ns, options.max_body_bytes);
}

/* From a pristine image to a handler that is ready for requests. */
static void bring_up(void) {
  engine_resume();
  pass_environment();
  if (payload.kind == PAYLOAD_SNAPSHOT) {
    trace_mark(PHASE_LOAD);
    return;
  }
  trace_mark(PHASE_VM_INIT);
  if (payload.kind == PAYLOAD_SOURCE) {
    compile_source();
  } else if (vm_load(PAYLOAD_AT, payload.payload_bytes)) {
    print_error("zerostart: this artifact is damaged: its bytecode was refused: ");
    exit_now(EXIT_DAMAGED);
  }
  trace_mark(PHASE_LOAD);
  if (vm_eval()) {
    print_error("");
    exit_now(EXIT_HANDLER);
  }
  trace_mark(PHASE_HANDLER_INIT);
}

void engine_start(void) {
  if (jump_set(&trap_return)) {
    say(payload.flags & PAYLOAD_FLAG_SCRIPT ? "zerostart: the script was stopped: " : "zerostart: the handler stopped before it was ready: ", trap_reason, (char *)0);
    exit_now(EXIT_HANDLER);
  }
  bring_up();
}

void engine_restart(void) {
  int failed = memory_restore();
  if (failed) {
    say("zerostart: cannot restore the handler's image from the executable", (char *)0);
    exit_now(EXIT_INTERNAL);
  }
  engine_reset_globals();
  engine_start();
}

void engine_run_script(void) {
  if (jump_set(&trap_return)) {
    say("zerostart: the script was stopped: ", trap_reason, (char *)0);
    exit_now(EXIT_HANDLER);
  }
  for (;;) {
    s64 wait = (s64)vm_poll();
    if (wait < 0) exit_now(EXIT_DRAINED);
    struct { s64 seconds, nanoseconds; } pause = {wait / 1000000000, wait % 1000000000};
    if (wait) SYSCALL(nanosleep, &pause, 0);
  }
}

/* Imports of the module `host`. */

u64 host_clock(void) { return clock_ns(); }
f64 host_time(void) { return clock_epoch_ms(); }
void host_phase(u32 phase) { trace_mark(phase); }
u32 host_write(u32 connection, u32 at, u32 n) {
  cold_touch(at, n);
  return (u32)loop_write(connection, LINEAR(at), n);
}
void host_close(u32 connection) { loop_close(connection); }
u32 host_connect(u32 at, u32 n) { return (u32)loop_connect(LINEAR(at), n); }

void host_random(u32 at, u32 n) {
  cold_touch(at, n);
  while (n) {
    long got = SYSCALL(getrandom, LINEAR(at), n, 0);
    if (got == -EINTR) continue;
    if (got < 0) trap("no random bytes from the kernel");
    at += (u32)got;
    n -= (u32)got;
  }
}

u8 log_levels;
struct part { const u8 *base; size_t n; };
/* False when they were not all written: a log that nobody reads, or reads too slowly for a non-blocking pipe, must not stop the handler. */
static int write_parts(s32 fd, struct part *parts, u32 count) {
  for (u32 part = 0; part < count;) {
    long wrote = SYSCALL(writev, fd, parts + part, count - part);
    if (wrote == -EINTR) continue;
    if (wrote < 0) return 0;
    while (part < count && (size_t)wrote >= parts[part].n) wrote -= (long)parts[part++].n;
    if (part < count) parts[part].base += wrote, parts[part].n -= (size_t)wrote;
  }
  return 1;
}

void host_log(u32 level, u32 at, u32 n) {
  static const char priorities[][4] = {"<7>", "<6>", "<4>", "<3>", "<3>"}; /* sd-daemon(3) */
  enum { PARTS = 48 };
  cold_touch(at, n);
  if (level > LEVEL_UNCAUGHT) level = LEVEL_UNCAUGHT;
  const u8 *text = LINEAR(at), *end = text + n;
  for (int going = 1; going && text <= end;) {
    struct part parts[PARTS];
    u32 count = 0;
    while (count + 3 <= PARTS && text <= end) {
      const u8 *line_end = end;
      if (log_levels) {
        for (line_end = text; line_end < end && *line_end != '\n'; line_end++) {}
        parts[count++] = (struct part){(const u8 *)priorities[level], 3};
      }
      parts[count++] = (struct part){text, (size_t)(line_end - text)};
      parts[count++] = (struct part){(const u8 *)"\n", 1};
      text = line_end + 1;
    }
    going = write_parts(level >= LEVEL_WARN ? 2 : 1, parts, count);
  }
  /* A handler serves on after an error that nobody caught; a script ends, as it does under Node. */
  if (level == LEVEL_UNCAUGHT && payload.flags & PAYLOAD_FLAG_SCRIPT) exit_now(EXIT_HANDLER);
}

static char fatal_reason[1024] LARGE;
void host_fatal(u32 at, u32 n) {
  if (n > sizeof fatal_reason - 1) n = sizeof fatal_reason - 1;
  memcpy(fatal_reason, LINEAR(at), n);
  fatal_reason[n] = 0;
  trap(fatal_reason);
}

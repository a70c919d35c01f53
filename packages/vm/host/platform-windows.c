/*
 * The host's system interface (system.h) on Windows: kernel32, ws2_32 and bcrypt, no C runtime. Files, memory, signals,
 * clocks and the entry are here; sockets and their events in platform-winsock.c.
 *
 * A file's descriptor is its handle with FILE_BIT, so that sys_close can tell it from a socket.
 */
#ifdef _WIN32
#include "arch.h"
#include "engine.h"
#include "windows.h"
#include "winsock.h"

enum { FILE_BIT = 0x40000000, VIRTUAL_FILE = 0x60000000, PATH_UNITS = 1024, GRANULE = 65536 };
enum { PROT_WRITE = 2, MAP_ANONYMOUS = 0x20, O_WRONLY = 1, O_CREAT = 0100, O_EXCL = 0200, SEEK_END = 2 };

static s64 failed(void) {
  u32 error = GetLastError();
  return error == 2 || error == 3 ? -ENOENT : error == 5 || error == 32 ? -13 : error == 80 || error == 183 ? -17 : error == 8 ? -12 : -5;
}

static handle handle_of(s64 fd) {
  if (fd == 1 || fd == 2) return GetStdHandle(fd == 1 ? STD_OUTPUT : STD_ERROR);
  return (handle)(u64)(fd & ~FILE_BIT);
}

static int widen(const char *path, wide *to) { return MultiByteToWideChar(UTF8, 0, path, -1, to, PATH_UNITS) > 0; }

/* Files. */

s64 sys_write(s64 fd, const void *bytes, u64 n) {
  u32 wrote = 0;
  return WriteFile(handle_of(fd), bytes, (u32)n, &wrote, 0) ? (s64)wrote : failed();
}

s64 sys_writev(s64 fd, const void *parts, u32 count) {
  const struct { const void *base; size_t n; } *part = parts;
  s64 total = 0;
  for (u32 i = 0; i < count; i++) {
    s64 wrote = sys_write(fd, part[i].base, part[i].n);
    if (wrote < 0) return total ? total : wrote;
    total += wrote;
  }
  return total;
}

/* The name servers, as /etc/resolv.conf would say them: GetNetworkParams, from a library that only this needs. */
static char name_servers[1024];
static void find_name_servers(void) {
  struct address { struct address *next; char ip[16], mask[16]; u32 context; };
  static struct { char host[132], domain[132]; struct address *current, servers; u8 rest[2048]; } parameters;
  u32 size = sizeof parameters, n = 0;
  handle library = LoadLibraryA("iphlpapi.dll");
  u32 (*get)(void *, u32 *) = library ? (u32 (*)(void *, u32 *))GetProcAddress(library, "GetNetworkParams") : 0;
  if (!get || get(&parameters, &size)) return;
  for (const struct address *a = &parameters.servers; a && n + 40 < sizeof name_servers; a = a->next) {
    if (!a->ip[0]) continue;
    const char *pieces[] = {"nameserver ", a->ip, "\n"};
    for (u32 i = 0; i < 3; i++) {
      size_t length = text_length(pieces[i]);
      memcpy(name_servers + n, pieces[i], length);
      n += (u32)length;
    }
  }
  name_servers[n] = 0;
}

s64 sys_openat(s32 folder, const char *path, s32 flags, u32 mode) {
  static wide wide_path[PATH_UNITS];
  (void)folder;
  (void)mode;
  if (text_equal(path, "/proc/self/exe")) {
    u32 n = GetModuleFileNameW(0, wide_path, PATH_UNITS);
    if (!n || n == PATH_UNITS) return -ENOENT;
  } else if (text_equal(path, "/etc/resolv.conf")) {
    find_name_servers();
    return VIRTUAL_FILE;
  } else if (text_equal(path, "/etc/hosts")) {
    static const char tail[] = "\\drivers\\etc\\hosts";
    u32 n = GetSystemDirectoryW(wide_path, PATH_UNITS - 64);
    if (!n) return -ENOENT;
    for (u32 i = 0; i < sizeof tail; i++) wide_path[n + i] = (u8)tail[i];
  } else if (!widen(path, wide_path)) {
    return -36;
  }
  u32 access = flags & O_WRONLY ? GENERIC_WRITE : GENERIC_READ;
  u32 disposition = flags & O_EXCL ? CREATE_NEW : flags & O_CREAT ? OPEN_ALWAYS : OPEN_EXISTING;
  handle file = CreateFileW(wide_path, access, SHARE_ALL, 0, disposition, 0x80, 0);
  return file == NO_HANDLE ? failed() : (s64)((u64)file | FILE_BIT);
}

s64 sys_pread64(s64 file, void *to, u64 n, u64 offset) {
  if (file == VIRTUAL_FILE) {
    u64 length = text_length(name_servers), left = offset < length ? length - offset : 0;
    memcpy(to, name_servers + offset, left < n ? left : n);
    return (s64)(left < n ? left : n);
  }
  struct overlapped at = {.offset = (u32)offset, .offset_high = (u32)(offset >> 32)};
  u32 got = 0;
  if (ReadFile(handle_of(file), to, (u32)n, &got, &at)) return got;
  return GetLastError() == 38 ? 0 : failed(); /* end of file */
}

s64 sys_lseek(s64 file, s64 offset, s32 whence) {
  s64 size;
  if (whence != SEEK_END || offset) return -22;
  return GetFileSizeEx(handle_of(file), &size) ? size : failed();
}

/* With those on the way to it: a caller that goes by slashes does not see backslashes. */
s64 sys_mkdirat(s32 folder, const char *path, u32 mode) {
  static wide wide_path[PATH_UNITS];
  (void)folder;
  (void)mode;
  if (!widen(path, wide_path)) return -36;
  for (u32 i = 1; wide_path[i]; i++) {
    wide c = wide_path[i];
    if (c != '\\' && c != '/') continue;
    wide_path[i] = 0;
    CreateDirectoryW(wide_path, 0);
    wide_path[i] = c;
  }
  return CreateDirectoryW(wide_path, 0) ? 0 : failed();
}

s64 sys_renameat2(s32 from_folder, const char *from, s32 to_folder, const char *to, u32 flags) {
  static wide wide_from[PATH_UNITS], wide_to[PATH_UNITS];
  (void)from_folder;
  (void)to_folder;
  (void)flags;
  if (!widen(from, wide_from) || !widen(to, wide_to)) return -36;
  return MoveFileExW(wide_from, wide_to, MOVE_REPLACE) ? 0 : failed();
}

s64 sys_unlinkat(s32 folder, const char *path, s32 flags) {
  static wide wide_path[PATH_UNITS];
  (void)folder;
  (void)flags;
  return widen(path, wide_path) && DeleteFileW(wide_path) ? 0 : failed();
}

s64 sys_close(s64 fd) {
  if (fd == VIRTUAL_FILE) return 0;
  if (!(fd & FILE_BIT)) return winsock_close(fd);
  return CloseHandle(handle_of(fd)) ? 0 : failed();
}

/* LISTEN_FDS is systemd's. */
s64 sys_fcntl(s64 fd, s32 operation, ...) {
  (void)fd;
  (void)operation;
  return -38;
}

/* Memory. */

static void NORETURN cannot_map(const char *what) {
  char digits[24];
  say("zerostart: cannot ", what, ": error ", text_decimal(digits, GetLastError()), (char *)0);
  exit_now(EXIT_INTERNAL);
}

static void check_at(const void *wanted, const void *got, const char *what) {
  if (got != wanted) cannot_map(what);
}

static handle section;

/* The image's ranges (whole granules, as the embedder cut them) as copy-on-write views; where the file has none, zero pages. */
static void map_ranges(void) {
  u64 end = (u64)payload.memory_pages * WASM_PAGE;
  for (u32 i = 0; i < payload.range_count; i++) {
    const volatile struct image_range *range = &payload.ranges[i];
    if (range->file_bytes)
      check_at(LINEAR(range->start), MapViewOfFileEx(section, FILE_MAP_COPY, (u32)(range->file_offset >> 32), (u32)range->file_offset, range->file_bytes, LINEAR(range->start)),
               "map the handler's image");
    u64 zero = range->start + range->file_bytes, next = i + 1 < payload.range_count ? payload.ranges[i + 1].start : end;
    if (next > zero) check_at(LINEAR(zero), VirtualAlloc(LINEAR(zero), next - zero, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE), "make room for the handler's memory");
  }
}

void platform_map(void) {
  u8 *base = LINEAR(0);
  u64 end = (u64)payload.memory_pages * WASM_PAGE, payload_end = PAYLOAD_AT;
  /* Nothing else may lie within reach: taken whole once, and then by its parts, before any thread is started. */
  check_at(base, VirtualAlloc(base, MEMORY_REACH, MEM_RESERVE, PAGE_NOACCESS), "reserve the handler's addresses");
  VirtualFree(base, 0, MEM_RELEASE);
  s64 file = executable_open();
  if (file < 0) cannot_map("open the executable");
  section = CreateFileMappingW(handle_of(file), 0, PAGE_WRITECOPY, 0, 0, 0);
  if (!section) cannot_map("map the executable");
  map_ranges();
  check_at(base + end, VirtualAlloc(base + end, PAYLOAD_AT - end, MEM_RESERVE, PAGE_NOACCESS), "reserve the handler's addresses");
  if (payload.payload_bytes) {
    check_at(base + PAYLOAD_AT, MapViewOfFileEx(section, FILE_MAP_READ, (u32)(payload.payload_offset >> 32), (u32)payload.payload_offset, payload.payload_bytes, base + PAYLOAD_AT),
             "map the handler's code");
    payload_end += (payload.payload_bytes + GRANULE - 1ull) / GRANULE * GRANULE;
  }
  check_at(base + payload_end, VirtualAlloc(base + payload_end, MEMORY_REACH - payload_end, MEM_RESERVE, PAGE_NOACCESS), "reserve the handler's addresses");
}

/* After an overflow the stack has no guard page any more; the next one would end the process. */
static void guard_stack(void) {
  struct memory_information top, below;
  u8 here;
  if (!VirtualQuery(&here, &top, sizeof top)) return;
  /* Committed pages of the stack begin at top.base; what lies below is reserved. */
  if (VirtualQuery((u8 *)top.base - 1, &below, sizeof below) && below.protect & PAGE_GUARD) return;
  u32 before;
  VirtualProtect(top.base, 4096, PAGE_READWRITE | PAGE_GUARD, &before);
}

int platform_restore(void) {
  u64 end = (u64)payload.memory_pages * WASM_PAGE;
  guard_stack();
  for (u32 i = 0; i < payload.range_count; i++) {
    const volatile struct image_range *range = &payload.ranges[i];
    if (range->file_bytes && !UnmapViewOfFile(LINEAR(range->start))) return 5;
    u64 zero = range->start + range->file_bytes, next = i + 1 < payload.range_count ? payload.ranges[i + 1].start : end;
    if (next > zero && !VirtualFree(LINEAR(zero), 0, MEM_RELEASE)) return 5;
  }
  map_ranges();
  return 0;
}

s64 sys_mmap(void *at, u64 n, s32 protection, s32 flags, s64 file, u64 offset) {
  if (!VirtualAlloc(at, n, MEM_COMMIT, PAGE_READWRITE)) return -12;
  if (flags & MAP_ANONYMOUS) return 0;
  /* A file of the cache: the addresses are part of a reservation, which a view cannot be put into. */
  u32 before;
  if (sys_pread64(file, at, n, offset) != (s64)n || !VirtualProtect(at, n, protection & PROT_WRITE ? PAGE_READWRITE : PAGE_READONLY, &before)) {
    VirtualFree(at, n, MEM_DECOMMIT);
    return -5;
  }
  return 0;
}

s64 sys_munmap(void *at, u64 n) { return VirtualFree(at, n, MEM_DECOMMIT) ? 0 : -22; }

/* Signals: faults by a vectored handler, the end by the console's. */

struct action { void (*handler)(int, void *, void *); u64 flags; };
static struct action actions[32];

s64 sys_rt_sigaction(s32 signal, const void *action, void *before, u64 mask_bytes) {
  (void)before;
  (void)mask_bytes;
  actions[signal] = *(const struct action *)action;
  return 0;
}

static s32 on_exception(struct exception *exception) {
  const struct exception_record *record = exception->record;
  /* A failed check of TLS (secure.c). */
  if (record->code == STATUS_ILLEGAL_INSTRUCTION && actions[SIGILL].handler) actions[SIGILL].handler(SIGILL, 0, 0);
  int is_fault = record->code == STATUS_ACCESS_VIOLATION || record->code == STATUS_IN_PAGE_ERROR;
  if (!is_fault && record->code != STATUS_STACK_OVERFLOW) return CONTINUE_SEARCH;
  u64 address = is_fault ? record->parameters[1] : *(const u64 *)((const u8 *)exception->context + RSP_OF_CONTEXT);
  /* As the other systems lay it out: the address is the third word. */
  u64 information[3] = {0, 0, address};
  int signal = record->code == STATUS_IN_PAGE_ERROR ? SIGBUS : SIGSEGV;
  if (actions[signal].handler) actions[signal].handler(signal, information, 0);
  return CONTINUE_SEARCH;
}

#ifdef ZEROSTART_TLS
u32 platform_authorities(u8 *to, u32 room) {
  enum { AS_PEM = 0 };
  u32 used = 0;
  handle store = CertOpenSystemStoreW(0, L"ROOT");
  for (const struct certificate *one = 0; store && (one = CertEnumCertificatesInStore(store, one));) {
    u32 n = room - used;
    /* The bytes written, without the zero at the end. */
    if (CryptBinaryToStringA(one->bytes, one->n, AS_PEM, (char *)to + used, &n)) used += n;
  }
  if (store) CertCloseStore(store, 0);
  return used;
}
#endif

/* Runs in a thread of its own. */
static handle console_thread;
static s32 on_console_event(u32 event) {
  enum { CTRL_C = 0, CTRL_BREAK = 1 };
  if (!actions[SIGTERM].handler) ExitProcess(EXIT_DRAINED);
  int returns = event == CTRL_C || event == CTRL_BREAK;
  if (returns && !console_thread) DuplicateHandle(GetCurrentProcess(), GetCurrentThread(), GetCurrentProcess(), &console_thread, 0, 0, SAME_ACCESS);
  actions[SIGTERM].handler(SIGTERM, 0, 0);
  winsock_wake();
  /* The process ends when this returns for a closed window or a logoff: it ends by itself when it is drained. */
  if (!returns) Sleep(0xffffffffu);
  return 1;
}

s64 sys_sigaltstack(const void *stack, void *before) {
  (void)stack;
  (void)before;
  u32 bytes = GRANULE;
  SetThreadStackGuarantee(&bytes);
  AddVectoredExceptionHandler(1, on_exception);
  return 0;
}

s64 sys_rt_sigprocmask(s32 how, const u64 *mask, u64 *before, u64 mask_bytes) {
  (void)how;
  (void)mask;
  (void)before;
  (void)mask_bytes;
  return 0; /* nothing interrupts */
}

s64 sys_prctl(s32 operation, ...) {
  (void)operation;
  return 0; /* huge pages are asked for here, not the default */
}

s64 sys_prlimit64(s32 pid, s32 resource, const u64 limit[2], u64 before[2]) {
  (void)pid;
  (void)resource;
  (void)limit;
  before[0] = before[1] = ~0ull;
  return 0;
}

/* Time, chance, the process. */

s64 sys_clock_gettime(s32 clock, void *time) {
  struct { s64 seconds, nanoseconds; } *to = time;
  if (clock == 0) {
    u64 now; /* in 100 ns since 1601 */
    GetSystemTimePreciseAsFileTime(&now);
    now -= 116444736000000000ull;
    to->seconds = (s64)(now / 10000000);
    to->nanoseconds = (s64)(now % 10000000 * 100);
    return 0;
  }
  static s64 frequency;
  s64 ticks;
  if (!frequency) QueryPerformanceFrequency(&frequency);
  QueryPerformanceCounter(&ticks);
  to->seconds = ticks / frequency;
  to->nanoseconds = ticks % frequency * 1000000000 / frequency;
  return 0;
}

s64 sys_nanosleep(const void *time, void *left) {
  const struct { s64 seconds, nanoseconds; } *wanted = time;
  (void)left;
  u64 ms = (u64)wanted->seconds * 1000 + (u64)(wanted->nanoseconds + 999999) / 1000000;
  Sleep(ms < 0x7fffffff ? (u32)ms : 0x7fffffff);
  return 0;
}

s64 sys_getrandom(void *to, u64 n, u32 flags) {
  (void)flags;
  return BCryptGenRandom(0, to, (u32)n, 2 /* the system's preferred generator */) ? -5 : (s64)n;
}

s64 sys_getpid(void) { return GetCurrentProcessId(); }
void sys_exit_group(s32 code) {
  /* To end a process while that thread ends is a race that Wine loses. */
  if (console_thread) WaitForSingleObject(console_thread, 100);
  ExitProcess((u32)code);
}
void signal_return(void) {}

/* pool.c needs fork. */
u8 pool_worker;
void pool_prepare(void) {}
void pool_tell(u32 connections) { (void)connections; }
void pool_loosen(void) {}
void pool_learn(s32 fd) { (void)fd; }
int pool_another_has_fewer(u32 connections) {
  (void)connections;
  return 0;
}
void pool_serve(int listener) {
  (void)listener;
  say("zerostart: --pool needs an operating system that forks processes, and Windows does not", (char *)0);
  exit_now(EXIT_USAGE);
}

/* The way back from a trap: what the x64 calling convention says a callee keeps. */
__asm__(
    ".text\n.globl jump_set\njump_set:\n"
    " mov %rbx,(%rcx)\n mov %rbp,8(%rcx)\n mov %rdi,16(%rcx)\n mov %rsi,24(%rcx)\n mov %r12,32(%rcx)\n mov %r13,40(%rcx)\n mov %r14,48(%rcx)\n mov %r15,56(%rcx)\n"
    " lea 8(%rsp),%rdx\n mov %rdx,64(%rcx)\n mov (%rsp),%rdx\n mov %rdx,72(%rcx)\n"
    " movups %xmm6,80(%rcx)\n movups %xmm7,96(%rcx)\n movups %xmm8,112(%rcx)\n movups %xmm9,128(%rcx)\n movups %xmm10,144(%rcx)\n"
    " movups %xmm11,160(%rcx)\n movups %xmm12,176(%rcx)\n movups %xmm13,192(%rcx)\n movups %xmm14,208(%rcx)\n movups %xmm15,224(%rcx)\n xor %eax,%eax\n ret\n"
    ".globl jump_to\njump_to:\n"
    " mov (%rcx),%rbx\n mov 8(%rcx),%rbp\n mov 16(%rcx),%rdi\n mov 24(%rcx),%rsi\n mov 32(%rcx),%r12\n mov 40(%rcx),%r13\n mov 48(%rcx),%r14\n mov 56(%rcx),%r15\n"
    " mov 64(%rcx),%rsp\n"
    " movups 80(%rcx),%xmm6\n movups 96(%rcx),%xmm7\n movups 112(%rcx),%xmm8\n movups 128(%rcx),%xmm9\n movups 144(%rcx),%xmm10\n"
    " movups 160(%rcx),%xmm11\n movups 176(%rcx),%xmm12\n movups 192(%rcx),%xmm13\n movups 208(%rcx),%xmm14\n movups 224(%rcx),%xmm15\n mov $1,%eax\n jmp *72(%rcx)\n"
    /* What compilers call before they take a frame of more than a page: every page of it is touched in turn, so that the guard page is met. rax: bytes; all registers are kept. */
    ".globl ___chkstk_ms\n___chkstk_ms:\n push %rcx\n push %rax\n cmp $0x1000,%rax\n lea 24(%rsp),%rcx\n jb 2f\n"
    "1: sub $0x1000,%rcx\n test %rcx,(%rcx)\n sub $0x1000,%rax\n cmp $0x1000,%rax\n ja 1b\n2: sub %rax,%rcx\n test %rcx,(%rcx)\n pop %rax\n pop %rcx\n ret\n");

/* The command line and the environment as the other systems pass them: pointers to UTF-8 texts. */

enum { ARGUMENTS_MAX = 1024, VARIABLES_MAX = 4096, TEXTS_BYTES = 1 << 18 };
static char texts[TEXTS_BYTES];
static u32 texts_used;

static char *narrow(const wide *text, u32 units) {
  char *to = texts + texts_used;
  s32 n = units ? WideCharToMultiByte(UTF8, 0, text, (s32)units, to, (s32)(TEXTS_BYTES - texts_used - 1), 0, 0) : 0;
  if (units && n <= 0) {
    say("zerostart: the command line or the environment is too long", (char *)0);
    exit_now(EXIT_USAGE);
  }
  to[n] = 0;
  texts_used += (u32)n + 1;
  return to;
}

/* The rules of Microsoft's C runtime for quotes and backslashes. Each argument is written over the line that it is read from. */
static int split_command_line(wide *line, char **argv) {
  int argc = 0;
  for (wide *s = line; argc < ARGUMENTS_MAX - 1;) {
    while (*s == ' ' || *s == '\t') s++;
    if (!*s) break;
    wide *begin = s, *to = s;
    int quoted = 0;
    for (; *s && (quoted || (*s != ' ' && *s != '\t'));) {
      u32 backslashes = 0;
      if (argc) /* in the program's own name a backslash is one */
        while (*s == '\\') s++, backslashes++;
      if (*s == '"') {
        for (u32 i = 0; i < backslashes / 2; i++) *to++ = '\\';
        if (backslashes % 2) *to++ = '"';
        else if (quoted && argc && s[1] == '"') *to++ = '"', s++;
        else quoted = !quoted;
        s++;
        continue;
      }
      if (backslashes)
        while (backslashes--) *to++ = '\\';
      else *to++ = *s++;
    }
    argv[argc++] = narrow(begin, (u32)(to - begin));
  }
  return argc;
}

static void pass_variables(char **envp) {
  u32 count = 0;
  int has_cache = 0;
  const char *local = 0;
  for (const wide *s = GetEnvironmentStringsW(); *s && count < VARIABLES_MAX - 2;) {
    u32 n = 0;
    while (s[n]) n++;
    /* The rest of the environment is of no interest, and may be long. */
    static const char *const prefixes[] = {"ZS_ENV_", "ZEROSTART_", "PORT=", "XDG_CACHE_HOME=", "LOCALAPPDATA="};
    for (u32 p = 0; p < 5; p++) {
      u32 i = 0;
      while (prefixes[p][i] && s[i] == (u8)prefixes[p][i]) i++;
      if (prefixes[p][i]) continue;
      char *text = envp[count++] = narrow(s, n);
      if (p == 3) has_cache = 1;
      if (p == 4) local = text + i;
      break;
    }
    s += n + 1;
  }
  if (local && !has_cache) {
    /* Where programs keep caches here. */
    static const char name[] = "XDG_CACHE_HOME=";
    size_t n = text_length(local);
    if (texts_used + n + sizeof name > TEXTS_BYTES) return;
    char *to = texts + texts_used;
    memcpy(to, name, sizeof name - 1);
    memcpy(to + sizeof name - 1, local, n + 1);
    envp[count++] = to;
  }
}

__attribute__((used)) void NORETURN windows_start(void) {
  static char *argv[ARGUMENTS_MAX], *envp[VARIABLES_MAX];
  int argc = split_command_line(GetCommandLineW(), argv);
  pass_variables(envp);
  SetConsoleCtrlHandler(on_console_event, 1);
  host_main(argc, argv, envp, PHASE_LINK);
}
#endif

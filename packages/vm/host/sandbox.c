/*
 * The sandbox of a process that serves. Handler code runs in WebAssembly's sandbox already; this one is for the day on which that has a hole: a host that does what an
 * attacker wants can still not open a file, start a process, make memory executable or reach a socket that it was not given.
 *
 * - No new privileges, no core dump (it would hold the handler's secrets), no process beside it, an address space that ends where the handler's memory should.
 * - A seccomp filter with exactly the system calls of this host after its start; anything else kills the process. Where a call could do more than the host asks of it,
 *   its arguments are looked at: memory is never executable and lies where linear memory is, the one file is the program itself.
 * - Landlock, where the kernel has it: no file, no signal to others, no port beside those of --allow-fetch.
 *
 * When: the filter is in place before the first connection is taken, so that no request is ever served without it. The rest, a second line behind it, follows when the first
 * answer is out, or in a pool's parent before it forks. A worker has a filter of its own on top of its parent's, which must be able to fork.
 *
 * Cost: 11 microseconds for any filter, and 0.1 for each instruction (it is compiled). A filter that decides by number alone costs 2.5 ns more for each step of each
 * of 460 numbers, since the kernel runs it over all of them to know which are always allowed; that would be another 12 microseconds of each start for 20 ns less in each
 * call. So the filter begins with what is no constant, and the kernel does not try. docs/engine.md has the figures of whole starts.
 */
#include "sandbox.h"
#include "address.h"
#include "arch.h"
#include "fetch.h"

enum { PR_SET_NO_NEW_PRIVS = 38, SECCOMP_SET_MODE_FILTER = 1, SECCOMP_FILTER_FLAG_SPEC_ALLOW = 4 };
enum { RLIMIT_CORE = 4, RLIMIT_NPROC = 6, RLIMIT_AS = 9, AT_FDCWD = -100, O_CLOEXEC = 02000000, PROT_EXEC = 4 };
#define RET_KILL_PROCESS 0x80000000u
#define RET_ALLOW 0x7fff0000u
#if defined(__x86_64__)
enum { SYS_rt_sigreturn = 15, SYS_restart_syscall = 219, SYS_seccomp = 317 };
#define AUDIT_ARCH 0xc000003eu
#elif defined(__aarch64__)
enum { SYS_rt_sigreturn = 139, SYS_restart_syscall = 128, SYS_seccomp = 277 };
#define AUDIT_ARCH 0xc00000b7u
#else
enum { SYS_rt_sigreturn = 139, SYS_restart_syscall = 128, SYS_seccomp = 277 };
#define AUDIT_ARCH 0xc00000f3u
#endif
enum { SYS_landlock_create_ruleset = 444, SYS_landlock_add_rule = 445, SYS_landlock_restrict_self = 446 };

u8 sandbox_entered;

/*
 * Classic BPF (linux/filter.h) over struct seccomp_data: number at 0, architecture at 4, the caller's address at 8, arguments from 16 on. Jumps go forward only; a
 * target REFUSE or ALLOW becomes the way to one of the two returns at the end.
 */
struct instruction { u16 code; u8 yes, no; u32 k; };
enum { LOAD = 0x20, LOAD_CONSTANT = 0x00, AND = 0x54, SHIFT_RIGHT = 0x74, SHIFT_RIGHT_BY_X = 0x7c, TO_X = 0x07, JUMP = 0x05, JUMP_EQUAL = 0x15, JUMP_FROM = 0x35, JUMP_ANY_BIT = 0x45, RETURN = 0x06 };
enum { NUMBER = 0, ARCHITECTURE = 4, CALLER = 8, ARGUMENTS = 16 };
enum { PROGRAM_MAX = 96, ALLOW = 253, REFUSE = 254 };
struct program { u32 length; struct instruction at[PROGRAM_MAX]; };

static void put(struct program *p, u16 code, u32 k, u8 yes, u8 no) {
  if (p->length == PROGRAM_MAX) exit_now(EXIT_INTERNAL);
  p->at[p->length++] = (struct instruction){code, yes, no, k};
}
/* Goes on when the low (half 0) or high word of argument `n` is `value`; refused otherwise. */
static void expect(struct program *p, u32 n, u32 half, u32 value) {
  put(p, LOAD, ARGUMENTS + 8 * n + 4 * half, 0, 0);
  put(p, JUMP_EQUAL, value, 0, REFUSE);
}
static void expect_address(struct program *p, u32 n, const void *address) {
  expect(p, n, 0, (u32)(u64)address);
  expect(p, n, 1, (u32)((u64)address >> 32));
}

/* What a call must look like. */
enum condition { ANY, OWN_PROGRAM, OWN_SOCKET_FILE, PLAIN_LINEAR_MEMORY, LINEAR_MEMORY, ITSELF, INTERNET, FORK, CONDITIONS };
static void put_condition(struct program *p, enum condition condition) {
  switch (condition) {
  case OWN_PROGRAM:
    /* The name is a constant: the process cannot change it, since it can neither unprotect nor replace the page on which it lies. */
    expect(p, 0, 0, (u32)AT_FDCWD);
    expect_address(p, 1, own_program);
    expect(p, 2, 0, O_CLOEXEC);
    break;
  case OWN_SOCKET_FILE:
    expect(p, 0, 0, (u32)AT_FDCWD);
    expect_address(p, 1, options.unix_path);
    break;
  case PLAIN_LINEAR_MEMORY:
    put(p, LOAD, ARGUMENTS + 16, 0, 0);
    put(p, JUMP_ANY_BIT, PROT_EXEC, REFUSE, 0);
    return; /* and goes on with the next one */
  case LINEAR_MEMORY:
    /* Below 4 GiB, where linear memory begins, and less than 4 GiB of it: in its reach (host.h) nothing else is mapped. */
    expect(p, 0, 1, 0);
    expect(p, 1, 1, 0);
    put(p, LOAD, ARGUMENTS, 0, 0);
    put(p, JUMP_FROM, (u32)MEMORY_BASE, 0, REFUSE);
    break;
  case ITSELF: expect(p, 0, 0, 0); break;
  case INTERNET:
    put(p, LOAD, ARGUMENTS, 0, 0);
    put(p, JUMP_EQUAL, AF_INET, 1, 0);
    put(p, JUMP_EQUAL, AF_INET6, 0, REFUSE);
    break;
  case FORK: expect(p, 0, 0, SIGCHLD); break;
  default: break;
  }
  put(p, RETURN, RET_ALLOW, 0, 0);
}

enum { ALL = 0, WITH_FETCH = 1, WITH_SOCKET_FILE = 2, PARENT = 4, SETTLING = 8, POOLED = 16 };
static const struct call { u16 number; u8 condition, when; } calls[] = {
    {SYS_accept4, ANY, ALL},       {SYS_clock_gettime, ANY, ALL},   {SYS_close, ANY, ALL},           {SYS_epoll_ctl, ANY, ALL},
    {SYS_epoll_create1, ANY, ALL}, {SYS_epoll_pwait, ANY, ALL},   {SYS_exit_group, ANY, ALL},      {SYS_getrandom, ANY, ALL},       {SYS_mmap, PLAIN_LINEAR_MEMORY, ALL},
    {SYS_munmap, LINEAR_MEMORY, ALL}, {SYS_openat, OWN_PROGRAM, ALL}, {SYS_pread64, ANY, ALL},       {SYS_prlimit64, ITSELF, ALL},
    {SYS_recvfrom, ANY, ALL},      {SYS_restart_syscall, ANY, ALL}, {SYS_rt_sigprocmask, ANY, ALL},  {SYS_rt_sigreturn, ANY, ALL},
    {SYS_sendto, ANY, ALL},        {SYS_shutdown, ANY, ALL},        {SYS_write, ANY, ALL},           {SYS_writev, ANY, ALL},
    {SYS_socket, INTERNET, WITH_FETCH}, {SYS_connect, ANY, WITH_FETCH}, {SYS_setsockopt, ANY, WITH_FETCH},
    {SYS_unlinkat, OWN_SOCKET_FILE, WITH_SOCKET_FILE},
    {SYS_sched_setaffinity, ITSELF, POOLED}, {SYS_getsockopt, ANY, POOLED},
    {SYS_clone, FORK, PARENT},     {SYS_wait4, ANY, PARENT},        {SYS_kill, ANY, PARENT},         {SYS_ppoll, ANY, PARENT},
    {SYS_pipe2, ANY, PARENT},      {SYS_read, ANY, PARENT},         {SYS_getpid, ANY, PARENT},       {SYS_getppid, ANY, PARENT},
    {SYS_prctl, ANY, PARENT},      {SYS_rt_sigaction, ANY, PARENT}, {SYS_seccomp, ANY, PARENT},
    {SYS_landlock_create_ruleset, ANY, SETTLING}, {SYS_landlock_add_rule, ANY, SETTLING}, {SYS_landlock_restrict_self, ANY, SETTLING},
};

/*
 * The calls that are allowed whatever their arguments are bits of a table: the number's upper bits say which word, the lower ones which bit of it. What is not found there
 * is compared with the others one by one. Made without a search, since every start makes it.
 */
static void put_filter(struct program *p, u32 when) {
  enum { WORDS = 16 /* numbers are below 512 */, COUNT = sizeof calls / sizeof calls[0] };
  u32 plain[WORDS] = {0}, words = 0, chain[COUNT], chained = 0;
  for (u32 i = 0; i < COUNT; i++) {
    const struct call *c = &calls[i];
    if ((c->when & when) == c->when && c->condition == ANY) plain[c->number / 32] |= 1u << c->number % 32;
  }
  for (u32 i = 0; i < WORDS; i++) words += plain[i] != 0;
  p->length = 0;
  put(p, LOAD, CALLER, 0, 0); /* not a constant: see above */
  put(p, LOAD, ARCHITECTURE, 0, 0);
  put(p, JUMP_EQUAL, AUDIT_ARCH, 0, REFUSE);
  put(p, LOAD, NUMBER, 0, 0);
  put(p, AND, 31, 0, 0);
  put(p, TO_X, 0, 0, 0);
  put(p, LOAD, NUMBER, 0, 0);
  put(p, SHIFT_RIGHT, 5, 0, 0);
  for (u32 i = 0; i < WORDS; i++) {
    if (!plain[i]) continue;
    put(p, JUMP_EQUAL, i, 0, words > 1 ? 2 : 3);
    put(p, LOAD_CONSTANT, plain[i], 0, 0);
    if (--words) put(p, JUMP, 3 * words - 1, 0, 0); /* over the other words, to the test behind the last */
  }
  put(p, SHIFT_RIGHT_BY_X, 0, 0, 0);
  put(p, JUMP_ANY_BIT, 1, ALLOW, 0);
  put(p, LOAD, NUMBER, 0, 0);
  for (u32 i = 0; i < COUNT; i++) {
    const struct call *c = &calls[i];
    if ((c->when & when) != c->when || c->condition == ANY) continue;
    chain[chained++] = i;
    put(p, JUMP_EQUAL, c->number, 0, 0);
  }
  u32 first = p->length - chained;
  p->at[p->length - 1].no = REFUSE;
  for (u32 condition = ANY + 1; condition < CONDITIONS; condition++) {
    u32 at = p->length, wanted = 0;
    for (u32 i = 0; i < chained; i++) {
      if (calls[chain[i]].condition != condition) continue;
      p->at[first + i].yes = (u8)(at - (first + i) - 1);
      wanted = 1;
    }
    if (wanted) put_condition(p, (enum condition)condition);
  }
  u32 allow = p->length, refuse = allow + 1;
  put(p, RETURN, RET_ALLOW, 0, 0);
  put(p, RETURN, RET_KILL_PROCESS, 0, 0);
  for (u32 i = 0; i < allow; i++) {
    struct instruction *j = &p->at[i];
    if (j->yes >= ALLOW) j->yes = (u8)((j->yes == ALLOW ? allow : refuse) - i - 1);
    if (j->no >= ALLOW) j->no = (u8)((j->no == ALLOW ? allow : refuse) - i - 1);
  }
}

/* A copy that nobody can change any more: the filter trusts the address of a text. */
static const char *constant_text(const char *text) {
  enum { PROT_READ = 1, PROT_WRITE = 2, MAP_PRIVATE = 2, MAP_ANONYMOUS = 0x20, PAGE = 4096 };
  size_t n = text_length(text) + 1;
  long page = n > PAGE ? -1 : SYSCALL(mmap, 0, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (page < 0) exit_now(EXIT_INTERNAL);
  memcpy((void *)page, text, n);
  SYSCALL(mprotect, page, PAGE, PROT_READ);
  return (const char *)page;
}

static void limit(u32 what, u64 to) {
  u64 both[2] = {to, to};
  SYSCALL(prlimit64, 0, what, both, 0);
}

void sandbox_enter(int role) {
  if (text_equal(options.sandbox, "off")) return;
  SYSCALL(prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  if (options.unix_path && role != SANDBOX_WORKER) options.unix_path = constant_text(options.unix_path);
  /* A parent of a pool is in no hurry, and its workers are to have it from the beginning. */
  if (role == SANDBOX_PARENT) sandbox_settle();
  u32 when = (role == SANDBOX_SERVER ? SETTLING : role == SANDBOX_PARENT ? PARENT | POOLED : POOLED) | (options.allow_fetch ? WITH_FETCH : 0) | (options.unix_path ? WITH_SOCKET_FILE : 0);
  struct program program;
  put_filter(&program, when);
  struct { u16 length; const struct instruction *at; } filter = {(u16)program.length, program.at};
  long failed = SYSCALL(seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_SPEC_ALLOW, &filter);
  if (failed == -22) failed = SYSCALL(seccomp, SECCOMP_SET_MODE_FILTER, 0, &filter); /* Linux before 4.17 */
  sandbox_entered = !failed;
  if (!failed) return;
  if (text_equal(options.sandbox, "required")) {
    say("zerostart: --sandbox required: this kernel has no seccomp filter", (char *)0);
    exit_now(EXIT_INTERNAL);
  }
  if (options.verbose) say("zerostart: this kernel has no seccomp filter: the host runs without a sandbox", (char *)0);
}

/* Ports that the operator's list names, in as many rules as there are; false when it allows any. */
static int allow_ports(s32 ruleset) {
  const char *list = options.allow_fetch;
  u32 ports[2];
  for (u32 n; (n = fetch_next_ports(&list, ports));) {
    for (u32 i = 0; i < n; i++) {
      enum { RULE_NET_PORT = 2, CONNECT_TCP = 2 };
      struct { u64 access, port; } rule = {CONNECT_TCP, ports[i]};
      if (!ports[i] || SYSCALL(landlock_add_rule, ruleset, RULE_NET_PORT, &rule, 0)) return 0;
    }
  }
  return 1;
}

void sandbox_settle(void) {
  static u8 settled;
  if (settled || text_equal(options.sandbox, "off")) return;
  settled = 1;
  limit(RLIMIT_CORE, 0);
  if (!options.pool) limit(RLIMIT_NPROC, 0);
  /* The heap and what the engine has beside it, what is mapped of the file, a stack of 8 MiB, and room to spare. */
  limit(RLIMIT_AS, memory_limit() + payload.artifact_bytes + (128u << 20));
  executable_open(); /* the way back after a trap (memory_restore), and what is checked against its hash */
  enum { VERSION = 1, ALL_FILES = 0xffff, BIND_TCP = 1, BIND_AND_CONNECT_TCP = 3, SIGNALS_AND_ABSTRACT_SOCKETS = 3 };
  static const u32 file_rights[] = {0, 0x1fff, 0x3fff, 0x7fff, 0x7fff, 0xffff};
  long version = SYSCALL(landlock_create_ruleset, 0, 0, VERSION);
  if (version < 1) {
    if (options.verbose) say("zerostart: this kernel has no Landlock", (char *)0);
    return;
  }
  enum { REMOVE_FILE = 1 << 5 };
  struct { u64 files, ports, scopes; } attributes = {file_rights[version < 5 ? version : 5], 0, 0};
  if (options.unix_path) attributes.files &= ~(u64)REMOVE_FILE;
  if (version >= 4) attributes.ports = BIND_AND_CONNECT_TCP;
  /* The parent of a pool ends its workers, which are in the same scope. */
  if (version >= 6) attributes.scopes = SIGNALS_AND_ABSTRACT_SOCKETS;
  for (;;) {
    s32 ruleset = (s32)SYSCALL(landlock_create_ruleset, &attributes, version >= 6 ? 24 : version >= 4 ? 16 : 8, 0);
    if (ruleset < 0) return;
    if (attributes.ports == BIND_AND_CONNECT_TCP && options.allow_fetch && !allow_ports(ruleset)) {
      SYSCALL(close, ruleset);
      attributes.ports = BIND_TCP; /* any may be connected to */
      continue;
    }
    long failed = SYSCALL(landlock_restrict_self, ruleset, 0);
    SYSCALL(close, ruleset);
    if (failed && options.verbose) say("zerostart: Landlock was refused", (char *)0);
    return;
  }
}

/* The first instruction of the process, and the order in which it starts. */
#include "arch.h"
#include "fetch.h"
#include "sandbox.h"

void host_main(int argc, char **argv, char **envp, u32 first) {
  trace_mark(first);
  options_parse(argc, argv, envp);
  engine_environment = envp;
#ifndef __linux__
  engine_check_payload();
#endif
  if (options.verify) {
    while (verify_step()) continue;
    say("zerostart: this artifact is whole", (char *)0);
    exit_now(EXIT_DRAINED);
  }
#ifdef __linux__
  if (options.lambda_api) lambda_start();
#endif
  if (!(payload.flags & PAYLOAD_FLAG_SCRIPT)) loop_prepare();
  /* A snapshot's handler has run already: nothing but damage keeps it from serving, and a request that is sent meanwhile is there when the rest is done. */
  int listener = -1, ready = payload.kind == PAYLOAD_SNAPSHOT && !options.pool && !(payload.flags & PAYLOAD_FLAG_SCRIPT);
  if (ready) {
    trace_mark(PHASE_IO_INIT);
    listener = listen_open();
    trace_mark(PHASE_LISTEN);
  }
  if (requests_path) requests_prepare();
  if (options.allow_fetch) fetch_prepare();
  trace_mark(PHASE_IO_INIT);
  memory_start(options.heap_bytes);
  if (payload.kind == PAYLOAD_SNAPSHOT) trace_mark(PHASE_VM_INIT);
  engine_start();
  if (payload.flags & PAYLOAD_FLAG_SCRIPT) engine_run_script();
  if (!ready) listener = listen_open();
  if (options.pool) pool_prepare();
  sandbox_enter(options.pool ? SANDBOX_PARENT : SANDBOX_SERVER);
#ifdef __linux__
  if (options.lambda_api) lambda_ready();
#endif
  if (options.pool) {
    trace_mark(PHASE_LISTEN);
    pool_serve(listener);
  }
  loop_serve(listener);
}

#ifdef __linux__
#if defined(__x86_64__)
__asm__(".text\n.globl _start\n.type _start,@function\n_start:\n xor %ebp,%ebp\n mov %rsp,%rdi\n and $-16,%rsp\n call start\n hlt\n");
#elif defined(__aarch64__)
__asm__(".text\n.globl _start\n.type _start,%function\n_start:\n mov x29,0\n mov x30,0\n mov x0,sp\n and sp,x0,-16\n bl start\n brk 1\n");
#elif defined(__riscv)
__asm__(".text\n.globl _start\n.type _start,%function\n_start:\n li s0,0\n li ra,0\n mv a0,sp\n andi sp,sp,-16\n call start\n ebreak\n");
#endif

enum { AT_BASE = 7, AT_EXECFN = 31, AT_SYSINFO_EHDR = 33 };

/* The kernel's layout: argc, argv..., 0, envp..., 0, auxiliary pairs..., 0. */
__attribute__((used)) void NORETURN start(u64 *stack) {
  u32 first = PHASE_SPAWN;
  /* Nothing may have used the host's data before it is there. */
  engine_check_payload();
  for (u32 i = 0; i < payload.copy_count; i++) memcpy((void *)payload.copies[i].to, (const void *)payload.copies[i].from, payload.copies[i].bytes);
  int argc = (int)stack[0];
  char **argv = (char **)(stack + 1), **envp = argv + argc + 1, **e;
  for (e = envp; *e; e++) {
    const char *fd = text_after(*e, "ZEROSTART_TRACE_FD=");
    const char *counters = text_after(*e, "ZEROSTART_REQUESTS=");
    if (fd) trace_fd = (int)text_number(fd, 1 << 20);
    if (counters) requests_path = counters;
    if (text_after(*e, "ZEROSTART_LOG_LEVELS=")) log_levels = 1;
  }
  for (u64 *aux = (u64 *)(e + 1); *aux; aux += 2) {
    if (aux[0] == AT_SYSINFO_EHDR) clock_vdso = (const void *)aux[1];
    if (aux[0] == AT_BASE && aux[1]) first = PHASE_LINK; /* a dynamic linker ran before: its end is the first that can be told */
    if (aux[0] == AT_EXECFN) executable_path = (const char *)aux[1];
  }
  host_main(argc, argv, envp, first);
}
#endif

/*
 * Linear memory and traps. The image is there when the process starts (see host.h); what this file adds is growth, one
 * mapping at a time, and the way back to the pristine image after the VM broke.
 *
 * A trap unwinds to the event loop: generated code calls trap() for the checks that it makes itself, and the fault
 * handler does for an access outside memory or an exhausted native stack. A fault anywhere else is an error of the host
 * and ends the process.
 */
#include "arch.h"
#include "engine.h"
#include "sandbox.h"

enum { PROT_READ = 1, PROT_WRITE = 2, MAP_PRIVATE = 2, MAP_FIXED = 0x10, MAP_ANONYMOUS = 0x20, MAP_NORESERVE = 0x4000 };
enum { SA_SIGINFO = 4, SA_ONSTACK = 0x08000000, SA_RESTORER = 0x04000000, SA_NODEFER = 0x40000000 };
enum { SIGNAL_STACK = 32768, AT_FDCWD = -100, O_CLOEXEC = 02000000, PR_SET_THP_DISABLE = 41 };
#define STACK_REACH 0x40000000ull

u32 memory_pages;
struct jump trap_return;
const char *trap_reason;
static u32 limit_pages;
static u32 grown_from; /* first page mapped by memory_grow */
const char *executable_path;
static u64 stack_top;
static u8 signal_stack[SIGNAL_STACK] LARGE __attribute__((aligned(16)));

void trap(const char *reason) {
  trap_reason = reason;
  jump_to(&trap_return);
}

static void on_fault(int signal, void *info, void *context) {
  u64 address = *(u64 *)((u8 *)info + 16);
  (void)context;
  if (address - MEMORY_BASE < MEMORY_REACH) {
    if (signal == SIGSEGV && address - MEMORY_BASE < 0x100000000ull && cold_fill((u32)(address - MEMORY_BASE))) return;
    if (signal == SIGBUS) {
      say("zerostart: this artifact is damaged: it is shorter than when it was built", (char *)0);
      exit_now(EXIT_DAMAGED);
    }
    trap("memory access out of bounds");
  }
  if (address < stack_top && stack_top - address < STACK_REACH) trap("native stack exhausted");
  say("zerostart: internal error: the host itself made an invalid memory access", (char *)0);
  exit_now(EXIT_INTERNAL);
}

struct signal_action { void (*handler)(int, void *, void *); u64 flags; void (*restorer)(void); u64 mask; };
struct signal_stack { void *base; int flags; size_t size; };
extern void signal_return(void);

/*
 * --pages: instead of page by page as they are touched. The image's pages copied at once (MADV_POPULATE_WRITE); huge pages where memory is no file's; or
 * what is touched kept from being paged out. A realm that is restored after a trap has its pages by faults again.
 */
static void give_pages(void) {
#ifdef __linux__
  enum { MADV_HUGEPAGE = 14, MADV_POPULATE_WRITE = 23, MLOCK_ONFAULT = 1, LOCKED_BEHIND = 4 << 20, ENOMEM = 12 };
  u32 all = memory_pages * WASM_PAGE, end = 0;
  long failed = 0;
  int locked = text_equal(options.pages, "locked");
  if (text_equal(options.pages, "huge")) {
    failed = SYSCALL(madvise, LINEAR(0), all, MADV_HUGEPAGE);
    if (failed == -ENOMEM) failed = 0; /* it has holes: packed parts */
  } else for (u32 i = 0; !failed && i < payload.range_count; i++) {
    u32 start = payload.ranges[i].start, bytes = payload.ranges[i].file_bytes;
    end = start + bytes;
    if (!bytes) continue;
    failed = locked ? SYSCALL(mlock2, LINEAR(start), bytes, MLOCK_ONFAULT) : SYSCALL(madvise, LINEAR(start), bytes, MADV_POPULATE_WRITE);
  }
  if (locked && !failed) failed = SYSCALL(mlock2, LINEAR(end), all - end < LOCKED_BEHIND ? all - end : LOCKED_BEHIND, MLOCK_ONFAULT);
  if (!failed) return;
  say("zerostart: --pages ", options.pages, " is not possible here", locked ? ": see RLIMIT_MEMLOCK" : ": this kernel cannot do it", (char *)0);
#else
  say("zerostart: --pages ", options.pages, " is there on Linux alone", (char *)0);
#endif
  exit_now(EXIT_USAGE);
}

void memory_start(u32 limit_bytes) {
  struct signal_stack stack = {signal_stack, 0, sizeof signal_stack};
  struct signal_action action = {on_fault, SA_SIGINFO | SA_ONSTACK | SA_NODEFER | SA_RESTORER, signal_return, 0};
  SYSCALL(sigaltstack, &stack, 0);
  SYSCALL(rt_sigaction, SIGSEGV, &action, 0, 8);
  SYSCALL(rt_sigaction, SIGBUS, &action, 0, 8);
  /* One huge page for a heap that has touched one byte would be most of the process. */
  if (!text_equal(options.pages, "huge")) SYSCALL(prctl, PR_SET_THP_DISABLE, 1, 0, 0, 0);
  stack_top = (u64)__builtin_frame_address(0);
  memory_pages = grown_from = payload.memory_pages;
  /* The engine keeps its heap to the limit, at its safe points; beside the heap there are its stacks (8 MiB), and between the heap's pages holes. */
  limit_pages = (u32)(((u64)limit_bytes + limit_bytes / 4 + (24u << 20)) / WASM_PAGE);
  /* The part of memory behind the image that the file does not cover is mapped by the ELF loader as zero pages. */
#ifndef __linux__
  platform_map();
#endif
  if (!text_equal(options.pages, "lazy")) give_pages();
}

u32 memory_grow(u32 pages) {
  u32 before = memory_pages;
  if (!pages) return before;
  if (pages > PAYLOAD_AT / WASM_PAGE || before + pages > limit_pages || before + pages > PAYLOAD_AT / WASM_PAGE) return ~0u;
  long at = SYSCALL(mmap, LINEAR(before * WASM_PAGE), (u64)pages * WASM_PAGE, PROT_READ | PROT_WRITE,
                    MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_NORESERVE, -1, 0);
  if (at < 0) return ~0u;
  memory_pages = before + pages;
  return before;
}

const char own_program[] = "/proc/self/exe";

long executable_open(void) {
  static long file = -1;
  if (file < 0) file = SYSCALL(openat, AT_FDCWD, own_program, O_CLOEXEC, 0);
  if (file < 0 && executable_path && !sandbox_entered) file = SYSCALL(openat, AT_FDCWD, executable_path, O_CLOEXEC, 0);
  return file;
}

u64 memory_limit(void) { return (u64)limit_pages * WASM_PAGE; }

/*
 * A process that waits for work takes the page faults of its first request ahead: pages that a start writes get their own copy, code is mapped. Plain
 * accesses, no system call: a sandbox that was entered before has nothing against it.
 */
void memory_warm(void) {
#ifdef __linux__
  extern const char __executable_start[] __attribute__((weak)), etext[] __attribute__((weak));
  enum { AROUND = 65536 };
  for (const volatile char *p = __executable_start; p < etext; p += AROUND) (void)*p;
  for (u32 i = 0; i < payload.range_count; i++) {
    const volatile struct image_range *range = &payload.ranges[i];
    /* Where a page is this process's own already, to look at it maps no others. */
    for (u32 at = 0; at < range->file_bytes; at += AROUND / 4) (void)*(volatile u8 *)LINEAR(range->start + at);
  }
  /* The handler's own cells that a first request writes are at the beginning of the last range. */
  u32 last = payload.range_count - 1, address;
  if (payload.ranges[last].file_bytes) *(volatile u8 *)LINEAR(payload.ranges[last].start) += 0;
  for (u32 i = 0; (address = vm_start_page(i)); i++)
    if (address < memory_pages * WASM_PAGE) *(volatile u8 *)LINEAR(address) += 0;
#endif
}

#ifndef __linux__
int memory_restore(void) {
  if (memory_pages > grown_from) SYSCALL(munmap, LINEAR(grown_from * WASM_PAGE), (u64)(memory_pages - grown_from) * WASM_PAGE);
  memory_pages = grown_from;
  return platform_restore();
}
#else
int memory_restore(void) {
  long file = executable_open();
  if (file < 0) return (int)-file;
  long failed = 0;
  /* Zero pages over all of it, then the parts that the file holds. */
  long at = SYSCALL(mmap, LINEAR(0), (u64)payload.memory_pages * WASM_PAGE, PROT_READ | PROT_WRITE,
                    MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_NORESERVE, -1, 0);
  if (at < 0) failed = -at;
  for (u32 i = 0; !failed && i < payload.range_count; i++) {
    const volatile struct image_range *range = &payload.ranges[i];
    if (!range->file_bytes) continue;
    at = SYSCALL(mmap, LINEAR(range->start), range->file_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_FIXED, file, range->file_offset);
    if (at < 0) failed = -at;
  }
  for (u32 i = 0; !failed && i < payload.copy_count; i++)
    if (payload.copies[i].to >= MEMORY_BASE) memcpy((void *)payload.copies[i].to, (const void *)payload.copies[i].from, payload.copies[i].bytes);
  cold_forget();
  if (memory_pages > grown_from) SYSCALL(munmap, LINEAR(grown_from * WASM_PAGE), (u64)(memory_pages - grown_from) * WASM_PAGE);
  memory_pages = grown_from;
  return (int)failed;
}
#endif

#if !defined(__linux__)
/* With the platform's functions. */
#elif defined(__x86_64__)
__asm__(
    ".text\n.globl jump_set\n.type jump_set,@function\njump_set:\n"
    " mov %rbx,(%rdi)\n mov %rbp,8(%rdi)\n mov %r12,16(%rdi)\n mov %r13,24(%rdi)\n mov %r14,32(%rdi)\n mov %r15,40(%rdi)\n"
    " lea 8(%rsp),%rdx\n mov %rdx,48(%rdi)\n mov (%rsp),%rdx\n mov %rdx,56(%rdi)\n xor %eax,%eax\n ret\n"
    ".globl jump_to\n.type jump_to,@function\njump_to:\n"
    " mov (%rdi),%rbx\n mov 8(%rdi),%rbp\n mov 16(%rdi),%r12\n mov 24(%rdi),%r13\n mov 32(%rdi),%r14\n mov 40(%rdi),%r15\n"
    " mov 48(%rdi),%rsp\n mov $1,%eax\n jmp *56(%rdi)\n"
    ".globl signal_return\n.type signal_return,@function\nsignal_return:\n mov $15,%eax\n syscall\n");
#elif defined(__aarch64__)
__asm__(
    ".text\n.globl jump_set\n.type jump_set,%function\njump_set:\n"
    " stp x19,x20,[x0]\n stp x21,x22,[x0,16]\n stp x23,x24,[x0,32]\n stp x25,x26,[x0,48]\n stp x27,x28,[x0,64]\n stp x29,x30,[x0,80]\n"
    " mov x2,sp\n str x2,[x0,96]\n stp d8,d9,[x0,104]\n stp d10,d11,[x0,120]\n stp d12,d13,[x0,136]\n stp d14,d15,[x0,152]\n mov x0,0\n ret\n"
    ".globl jump_to\n.type jump_to,%function\njump_to:\n"
    " ldp x19,x20,[x0]\n ldp x21,x22,[x0,16]\n ldp x23,x24,[x0,32]\n ldp x25,x26,[x0,48]\n ldp x27,x28,[x0,64]\n ldp x29,x30,[x0,80]\n"
    " ldr x2,[x0,96]\n mov sp,x2\n ldp d8,d9,[x0,104]\n ldp d10,d11,[x0,120]\n ldp d12,d13,[x0,136]\n ldp d14,d15,[x0,152]\n mov x0,1\n br x30\n"
    ".globl signal_return\n.type signal_return,%function\nsignal_return:\n mov x8,139\n svc 0\n");
#elif defined(__riscv)
__asm__(
    ".text\n.globl jump_set\n.type jump_set,%function\njump_set:\n"
    " sd s0,0(a0)\n sd s1,8(a0)\n sd s2,16(a0)\n sd s3,24(a0)\n sd s4,32(a0)\n sd s5,40(a0)\n sd s6,48(a0)\n sd s7,56(a0)\n"
    " sd s8,64(a0)\n sd s9,72(a0)\n sd s10,80(a0)\n sd s11,88(a0)\n sd sp,96(a0)\n sd ra,104(a0)\n"
    " fsd fs0,112(a0)\n fsd fs1,120(a0)\n fsd fs2,128(a0)\n fsd fs3,136(a0)\n fsd fs4,144(a0)\n fsd fs5,152(a0)\n"
    " fsd fs6,160(a0)\n fsd fs7,168(a0)\n fsd fs8,176(a0)\n fsd fs9,184(a0)\n fsd fs10,192(a0)\n fsd fs11,200(a0)\n li a0,0\n ret\n"
    ".globl jump_to\n.type jump_to,%function\njump_to:\n"
    " ld s0,0(a0)\n ld s1,8(a0)\n ld s2,16(a0)\n ld s3,24(a0)\n ld s4,32(a0)\n ld s5,40(a0)\n ld s6,48(a0)\n ld s7,56(a0)\n"
    " ld s8,64(a0)\n ld s9,72(a0)\n ld s10,80(a0)\n ld s11,88(a0)\n ld sp,96(a0)\n ld ra,104(a0)\n"
    " fld fs0,112(a0)\n fld fs1,120(a0)\n fld fs2,128(a0)\n fld fs3,136(a0)\n fld fs4,144(a0)\n fld fs5,152(a0)\n"
    " fld fs6,160(a0)\n fld fs7,168(a0)\n fld fs8,176(a0)\n fld fs9,184(a0)\n fld fs10,192(a0)\n fld fs11,200(a0)\n li a0,1\n ret\n"
    ".globl signal_return\n.type signal_return,%function\nsignal_return:\n li a7,139\n ecall\n");
#endif

void trap_unreachable(void) { trap("unreachable code reached (an assertion of the VM failed)"); }
void trap_divide_by_zero(void) { trap("integer division by zero"); }
void trap_overflow(void) { trap("integer overflow"); }
void trap_conversion(void) { trap("NaN has no integer value"); }
void trap_indirect(void) { trap("call of a function with another signature"); }

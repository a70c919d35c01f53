/*
 * The native host of the VM: what the C files share. No libc: the process makes its system calls itself, so that a
 * start does nothing that serving does not need.
 *
 * Linear memory lies at a fixed address (MEMORY_BASE) below 2 GiB, so that generated code addresses it by a constant
 * displacement. Any 32-bit pointer plus any 32-bit offset stays inside the MEMORY_REACH bytes above it, in which nothing
 * else is ever mapped: an access outside the VM's memory faults, and a fault there is a trap of the VM (memory.c).
 * The ELF loader has already mapped the image when the first instruction runs: the embedder gave it program headers.
 * Other systems' loaders place a program where they like, so there the host maps it itself (system.h: platform_map), and
 * linear memory lies above all that these systems use.
 */
#ifndef ZEROSTART_HOST_H
#define ZEROSTART_HOST_H

typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;
typedef signed char s8;
typedef short s16;
typedef int s32;
typedef long long s64;
typedef float f32;
typedef double f64;
typedef __SIZE_TYPE__ size_t;

#ifdef __linux__
#define MEMORY_BASE 0x20000000ull
#else
/* The programs of other systems are loaded anywhere: here none of them put anything. */
#define MEMORY_BASE 0x14000000000ull
#endif
#define MEMORY_REACH 0x200000000ull
/* Bytecode or source lies here in linear memory: mapped read-only, above what the heap may grow to. */
#define PAYLOAD_AT 0x70000000u
#define WASM_PAGE 65536u
#define LINEAR(offset) ((u8 *)(MEMORY_BASE + (u32)(offset)))

#define LIKELY(x) __builtin_expect(!!(x), 1)
#define UNLIKELY(x) __builtin_expect(!!(x), 0)
#define NORETURN __attribute__((noreturn))
/* Arrays of which a start touches nothing, or only the beginning: kept behind all else (stub.ld). */
#ifdef __linux__
#define LARGE __attribute__((section(".bss.~large")))
#define LARGE_FIRST __attribute__((section(".bss.~first")))
#define PAYLOAD_SECTION ".zspayload"
#else
#define LARGE
#define LARGE_FIRST
#ifdef __APPLE__
#define PAYLOAD_SECTION "__TEXT,__zspayload"
#else
#define PAYLOAD_SECTION ".rdata$zs"
#endif
#endif

/* Exit codes (docs/architecture.md, "an artifact's command line"). */
enum { EXIT_DRAINED = 0, EXIT_HANDLER = 1, EXIT_USAGE = 2, EXIT_DAMAGED = 3, EXIT_LISTEN = 4, EXIT_INTERNAL = 70 };

/* What the embedder wrote into the stub; packages/build/src/payload.ts holds the same layout. */
enum { PAYLOAD_NONE = 0, PAYLOAD_SNAPSHOT = 1, PAYLOAD_BYTECODE = 2, PAYLOAD_SOURCE = 3 };
enum { PAYLOAD_FLAG_SCRIPT = 1, PAYLOAD_FLAG_CACHED = 2, PAYLOAD_FLAG_PREFORK = 4, PAYLOAD_FLAG_CLONE = 8 };
#define CACHE_KEY_BYTES 24u
#define PAYLOAD_VERSION 3
#define PAYLOAD_HASH_SEED_A 0x5a45524fu
#define PAYLOAD_HASH_SEED_B 0x53544152u
#define PAYLOAD_RANGES 16
struct image_range {
  u32 start;       /* linear memory offset, page aligned */
  u32 file_bytes;  /* bytes from the file */
  u32 total_bytes; /* including the zero bytes that follow */
  u32 reserved;
  u64 file_offset;
};
/* A part of linear memory that is unpacked piece by piece when it is touched (cold.c). */
#define COLD_PIECE 16384u
#define COLD_PARTS 4
struct cold_part {
  u32 start, bytes; /* page aligned */
  u64 packed;       /* address at which the packed pieces are mapped */
  u64 packed_bytes;
};
struct payload {
  u8 magic[16];
  u32 version, kind, flags;
  u32 memory_pages; /* of 64 KiB */
  u64 artifact_bytes;
  u32 payload_bytes; /* at PAYLOAD_AT */
  u32 range_count;
  u64 payload_offset;
  u64 content_offset;
  u64 content_hash; /* verify.c, of the artifact's bytes from content_offset on */
  u8 cache_key[CACHE_KEY_BYTES]; /* of the source in this file, as engine.c makes it */
  u8 engine_sha256[32];
  char name[64]; /* zero-terminated file name, for messages */
  struct image_range ranges[PAYLOAD_RANGES];
  u32 cold_count, copy_count;
  struct cold_part cold[COLD_PARTS];
  /* Memory that is written by every start, the host's own data and the VM's state: copied into fresh pages, which costs less than mapping it. */
  struct copy { u64 to, from, bytes; } copies[2];
  u64 checksum; /* of everything before, payload_checksum() */
};
extern const volatile struct payload payload;

/* text.c */
void *memcpy(void *to, const void *from, size_t n);
void *memmove(void *to, const void *from, size_t n);
void *memset(void *to, int value, size_t n);
int memcmp(const void *a, const void *b, size_t n);
size_t text_length(const char *s);
int text_equal(const char *a, const char *b);
/* The rest of `s` after `prefix`, or 0. */
const char *text_after(const char *s, const char *prefix);
/* Decimal number up to `max`; -1 when it is not one. */
s64 text_number(const char *s, s64 max);
/* Messages to stderr: the arguments up to a null pointer, then a newline, in one write. */
void say(const char *first, ...);
char *text_decimal(char buffer[24], u64 value);

/* sha256.c */
struct sha256 { u32 hash[8]; u64 bytes; u8 block[64]; };
void sha256_begin(struct sha256 *state);
void sha256_add(struct sha256 *state, const void *bytes, size_t n);
void sha256_end(struct sha256 *state, u8 digest[32]);

/* start.c: from the command line to a process that serves. `first` is the phase that ends now. */
void NORETURN host_main(int argc, char **argv, char **envp, u32 first);

/* clock.c */
extern const void *clock_vdso; /* AT_SYSINFO_EHDR */
u64 clock_ns(void);
f64 clock_epoch_ms(void);

/* trace.c */
extern int trace_fd;
void trace_mark_now(u32 phase);
static inline void trace_mark(u32 phase) {
  if (UNLIKELY(trace_fd >= 0)) trace_mark_now(phase);
}
void trace_finish(void);
/* Write what there is, and keep the pipe for the workers of a pool. */
void trace_hand_over(void);
/* In a worker: a trace of its own, which says whose it is. */
void trace_begin_again(u32 pid);
/* Indexes into packages/protocol/src/phases.ts. */
enum { PHASE_SPAWN, PHASE_LINK, PHASE_VM_INIT, PHASE_IO_INIT, PHASE_PARSE, PHASE_COMPILE, PHASE_CACHE, PHASE_LOAD, PHASE_HANDLER_INIT,
       PHASE_POOL, PHASE_LISTEN, PHASE_FIRST_REQUEST, PHASE_OTHER };

/* requests.c */
extern u8 log_levels; /* each line of the console's output begins with its syslog priority */
extern const char *requests_path; /* of the file; null: nothing is counted */
extern u8 requests_counted;       /* the others may be called */
void requests_prepare(void);
/* The first bytes written on a connection whose request has been waiting since `since_ns`. */
void requests_answered(const u8 *head, u32 n, u64 since_ns);
void requests_unanswered(void);
void requests_connection(s32 change);

/* memory.c */
extern u32 memory_pages;
u32 memory_grow(u32 pages);
extern const char *executable_path; /* AT_EXECFN */
extern const char own_program[];     /* its name as the sandbox lets it be opened */
/* The running file, opened for reading once and kept; negative when that cannot be had. */
long executable_open(void);
/* Bytes of linear memory that the process may come to have. */
u64 memory_limit(void);
void memory_start(u32 limit_bytes);
/* In a process that waits for work: the page faults of a first request, ahead. */
void memory_warm(void);
/* Put the pristine image back; 0 on success, else the error number. */
int memory_restore(void);
void NORETURN trap(const char *reason);
struct jump { u64 registers[32]; };
extern struct jump trap_return;
extern const char *trap_reason;
#ifndef __APPLE__ /* system.h has it */
int jump_set(struct jump *at) __attribute__((returns_twice));
#endif
void NORETURN jump_to(struct jump *at);

/* cold.c */
/* Put the piece at this offset of linear memory there; 0 when it belongs to no cold part, or is there already. */
int cold_fill(u32 at);
/* Memory that a system call is about to read or write. */
void cold_touch(u32 at, u32 n);
/* As it was when the process started. */
void cold_forget(void);

/* inflate.c */
/* Unpack exactly `room` bytes; 0 when `from` does not hold them. */
int inflate(u8 *to, u32 room, const u8 *from, u32 n);

/* options.c */
struct options {
  const char *host, *unix_path, *source_path, *cache_path, *allow_fetch, *name_server, *ca_path, *sandbox, *pages, *affinity, *lambda_api;
  s32 port; /* -1: not given */
  s32 listen_fd;
  u32 heap_bytes, max_body_bytes, max_connections;
  u32 pool, prewarm; /* processes at a time, 0: this one serves; of these, started before the first work */
  u64 cpu_ns, idle_ns, request_ns, drain_ns, idle_exit_ns;
  u8 verbose, verify;
};
extern struct options options;
void options_parse(int argc, char **argv, char **envp);

/* engine.c: the VM from the host's side. */
extern char **engine_environment;
void engine_check_payload(void);
void engine_start(void);
/* Per-process state of the VM, once more after a fork. */
void engine_resume(void);
/* After a trap: restored image, loaded handler. */
void engine_restart(void);
/* Run a script's timers and jobs until none is left. */
void NORETURN engine_run_script(void);

/* verify.c */
/* Check the next piece of the file against its hash; 0 when all was checked. Ends the process when it differs. */
int verify_step(void);

/* cache.c */
/* Where the bytecode for a key was mapped in linear memory, and its size; 0 when there is none. */
u32 cache_find(const u8 key[CACHE_KEY_BYTES], u32 *bytes);
void cache_keep(const u8 key[CACHE_KEY_BYTES], const u8 *bytes, u32 n);

/* pool.c */
extern u8 pool_worker; /* this process was forked to serve: when work came, or ahead of it */
enum { POOL_ON_DEMAND = 1, POOL_AHEAD = 2 };
/* Returns in every worker, to serve. */
void pool_serve(int listener);
/* Before the sandbox: memory in which the workers tell each other how many connections they have. */
void pool_prepare(void);
void pool_tell(u32 connections);
/* A process that waited has taken its first work: it may run anywhere from now on. */
void pool_loosen(void);
/* Its first answer is out, on this connection: the next one waits where that came in. */
void pool_learn(s32 fd);
/* Has another worker noticeably fewer than so many? New connections are better its. */
int pool_another_has_fewer(u32 connections);

#ifdef __linux__
/* lambda.c: fork; the child returns, to serve what the parent gives it. */
void lambda_start(void);
/* The child can take events. */
void lambda_ready(void);
/* The child's top level failed: why, in UTF-8. */
void lambda_failed(const u8 *message, u32 n);
#endif

/* listen.c */
int listen_open(void);
void listen_cleanup(void);

/* loop.c */
void loop_prepare(void);
void NORETURN loop_serve(int listener);
s32 loop_write(u32 connection, const u8 *bytes, u32 n);
void loop_close(u32 connection);
/* Begin a connection of the handler's: its number, or negative (fetch.h). */
s32 loop_connect(const u8 *authority, u32 n);

#endif

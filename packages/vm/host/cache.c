/*
 * Launch mode cached: bytecode in a folder, found by the content of what it was compiled from. A file there is only ever
 * a hint: the VM verifies it like any other, and one that is refused is made anew. Written under another name and then
 * renamed, so that several processes may share the folder.
 */
#include "engine.h"
#include "arch.h"
#include "sandbox.h"

enum { AT_FDCWD = -100, O_WRONLY = 1, O_CREAT = 0100, O_EXCL = 0200, O_CLOEXEC = 02000000, SEEK_END = 2, PROT_READ = 1, MAP_PRIVATE = 2,
       MAP_FIXED = 0x10, PATH_MAX = 1024, PAGE = 65536 /* the largest of all systems */, BYTECODE_MAX = 64 << 20 };

static char path[PATH_MAX] LARGE;
static u32 folder_bytes;

/* KEY, then `suffix`, behind the folder's name. */
static void name_file(const u8 key[CACHE_KEY_BYTES], const char *suffix) {
  static const char digits[] = "0123456789abcdef";
  char *to = path + folder_bytes;
  *to++ = '/';
  for (u32 i = 0; i < CACHE_KEY_BYTES; i++) *to++ = digits[key[i] >> 4], *to++ = digits[key[i] & 15];
  memcpy(to, suffix, text_length(suffix) + 1);
}

static int append(const char *text) {
  size_t n = text_length(text);
  if (folder_bytes + n > PATH_MAX - 2 * CACHE_KEY_BYTES - 48) return 0;
  memcpy(path + folder_bytes, text, n + 1);
  folder_bytes += (u32)n;
  return 1;
}

/* --cache, else XDG_CACHE_HOME/zerostart, else HOME/.cache/zerostart; false without any. */
static int find_folder(void) {
  folder_bytes = 0; /* it is looked for again after a trap */
  const char *base = options.cache_path, *inside = "";
  for (char **e = engine_environment; !base && *e; e++) {
    base = text_after(*e, "XDG_CACHE_HOME=");
    inside = "/zerostart";
  }
  for (char **e = engine_environment; !base && *e; e++) {
    base = text_after(*e, "HOME=");
    inside = "/.cache/zerostart";
  }
  if (!base || !*base) return 0;
  return append(base) && append(inside);
}

u32 cache_find(const u8 key[CACHE_KEY_BYTES], u32 *bytes) {
  folder_bytes = 0;
  if (sandbox_entered) return 0; /* started anew after a trap: compiled again */
  if (!find_folder()) {
    if (options.verbose) say("zerostart: no folder for the bytecode cache: --cache DIR", (char *)0);
    folder_bytes = 0;
    return 0;
  }
  name_file(key, "");
  long file = SYSCALL(openat, AT_FDCWD, path, O_CLOEXEC, 0);
  if (file < 0) return 0;
  long size = SYSCALL(lseek, file, 0, SEEK_END);
  u32 at = PAYLOAD_AT + (payload.payload_bytes + PAGE - 1) / PAGE * PAGE;
  long mapped = size > 0 && size <= BYTECODE_MAX ? SYSCALL(mmap, LINEAR(at), size, PROT_READ, MAP_PRIVATE | MAP_FIXED, file, 0) : -1;
  SYSCALL(close, file);
  if (mapped < 0) return 0;
  *bytes = (u32)size;
  return at;
}

/* The folders on the way that are missing. */
static void make_folders(void) {
  for (u32 i = 1; i <= folder_bytes; i++) {
    char c = path[i];
    if (c != '/') continue;
    path[i] = 0;
    SYSCALL(mkdirat, AT_FDCWD, path, 0700);
    path[i] = c;
  }
}

void cache_keep(const u8 key[CACHE_KEY_BYTES], const u8 *bytes, u32 n) {
  static char target[PATH_MAX] LARGE;
  char digits[24], suffix[32] = ".";
  if (!folder_bytes || !n) return;
  name_file(key, "");
  memcpy(target, path, sizeof target);
  const char *pid = text_decimal(digits, (u64)SYSCALL(getpid));
  memcpy(suffix + 1, pid, text_length(pid) + 1);
  name_file(key, suffix);
  long file = SYSCALL(openat, AT_FDCWD, path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (file == -ENOENT) {
    make_folders();
    file = SYSCALL(openat, AT_FDCWD, path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  }
  long wrote = file < 0 ? file : SYSCALL(write, file, bytes, n);
  if (file >= 0) SYSCALL(close, file);
  if (wrote != (long)n || SYSCALL(renameat2, AT_FDCWD, path, AT_FDCWD, target, 0) < 0) {
    if (file >= 0) SYSCALL(unlinkat, AT_FDCWD, path, 0);
    /* A start without a cache is a slower one, not a failed one. */
    if (options.verbose) say("zerostart: cannot write to the bytecode cache: ", path, (char *)0);
  }
}

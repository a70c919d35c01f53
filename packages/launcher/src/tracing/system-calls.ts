/** Names of system calls and how their arguments are written, for what a start does and a little more. */
import { basename } from "node:path";

/** How an argument is shown: a descriptor, an address, a count of bytes, a path, an address of the internet, a plain number, bits. */
type Argument = "fd" | "address" | "bytes" | "path" | "place" | "number" | "bits";
type Call = { x64: number; arm64: number; args: Argument[] };

/** Linux's numbers: x86-64, and the generic table of Arm64 and RISC-V (-1: not there). */
export const systemCalls: Record<string, Call> = {
  read: { x64: 0, arm64: 63, args: ["fd", "address", "bytes"] },
  write: { x64: 1, arm64: 64, args: ["fd", "address", "bytes"] },
  open: { x64: 2, arm64: -1, args: ["address", "bits"] },
  close: { x64: 3, arm64: 57, args: ["fd"] },
  fstat: { x64: 5, arm64: 80, args: ["fd"] },
  poll: { x64: 7, arm64: -1, args: ["address", "number", "number"] },
  mmap: { x64: 9, arm64: 222, args: ["address", "bytes", "bits", "bits", "fd", "number"] },
  mprotect: { x64: 10, arm64: 226, args: ["address", "bytes", "bits"] },
  munmap: { x64: 11, arm64: 215, args: ["address", "bytes"] },
  brk: { x64: 12, arm64: 214, args: ["address"] },
  rt_sigaction: { x64: 13, arm64: 134, args: ["number"] },
  rt_sigprocmask: { x64: 14, arm64: 135, args: ["number"] },
  rt_sigreturn: { x64: 15, arm64: 139, args: [] },
  ioctl: { x64: 16, arm64: 29, args: ["fd", "bits"] },
  pread64: { x64: 17, arm64: 67, args: ["fd", "address", "bytes", "number"] },
  pwrite64: { x64: 18, arm64: 68, args: ["fd", "address", "bytes", "number"] },
  writev: { x64: 20, arm64: 66, args: ["fd", "address", "number"] },
  access: { x64: 21, arm64: -1, args: ["address"] },
  pipe: { x64: 22, arm64: -1, args: [] },
  mremap: { x64: 25, arm64: 216, args: ["address", "bytes", "bytes"] },
  madvise: { x64: 28, arm64: 233, args: ["address", "bytes", "number"] },
  nanosleep: { x64: 35, arm64: 101, args: [] },
  getpid: { x64: 39, arm64: 172, args: [] },
  socket: { x64: 41, arm64: 198, args: ["number", "bits", "number"] },
  connect: { x64: 42, arm64: 203, args: ["fd", "place"] },
  accept: { x64: 43, arm64: 202, args: ["fd"] },
  sendto: { x64: 44, arm64: 206, args: ["fd", "address", "bytes", "bits"] },
  recvfrom: { x64: 45, arm64: 207, args: ["fd", "address", "bytes", "bits"] },
  sendmsg: { x64: 46, arm64: 211, args: ["fd"] },
  recvmsg: { x64: 47, arm64: 212, args: ["fd"] },
  shutdown: { x64: 48, arm64: 210, args: ["fd", "number"] },
  bind: { x64: 49, arm64: 200, args: ["fd", "place"] },
  listen: { x64: 50, arm64: 201, args: ["fd", "number"] },
  getsockname: { x64: 51, arm64: 204, args: ["fd"] },
  setsockopt: { x64: 54, arm64: 208, args: ["fd", "number", "number"] },
  getsockopt: { x64: 55, arm64: 209, args: ["fd", "number", "number"] },
  clone: { x64: 56, arm64: 220, args: ["bits"] },
  fork: { x64: 57, arm64: -1, args: [] },
  vfork: { x64: 58, arm64: -1, args: [] },
  execve: { x64: 59, arm64: 221, args: ["path"] },
  exit: { x64: 60, arm64: 93, args: ["number"] },
  wait4: { x64: 61, arm64: 260, args: ["number"] },
  kill: { x64: 62, arm64: 129, args: ["number", "number"] },
  fcntl: { x64: 72, arm64: 25, args: ["fd", "number", "number"] },
  readlink: { x64: 89, arm64: -1, args: ["address"] },
  prctl: { x64: 157, arm64: 167, args: ["number", "number"] },
  arch_prctl: { x64: 158, arm64: -1, args: ["bits", "address"] },
  setrlimit: { x64: 160, arm64: 164, args: ["number"] },
  gettid: { x64: 186, arm64: 178, args: [] },
  set_tid_address: { x64: 218, arm64: 96, args: ["address"] },
  clock_gettime: { x64: 228, arm64: 113, args: ["number"] },
  exit_group: { x64: 231, arm64: 94, args: ["number"] },
  epoll_wait: { x64: 232, arm64: -1, args: ["fd"] },
  epoll_ctl: { x64: 233, arm64: 21, args: ["fd", "number", "fd"] },
  sigaltstack: { x64: 131, arm64: 132, args: ["address", "address"] },
  openat: { x64: 257, arm64: 56, args: ["fd", "path", "bits"] },
  newfstatat: { x64: 262, arm64: 79, args: ["fd", "path"] },
  readlinkat: { x64: 267, arm64: 78, args: ["fd", "path"] },
  faccessat: { x64: 269, arm64: 48, args: ["fd", "path"] },
  set_robust_list: { x64: 273, arm64: 99, args: ["address"] },
  epoll_pwait: { x64: 281, arm64: 22, args: ["fd", "address", "number", "number"] },
  timerfd_create: { x64: 283, arm64: 85, args: ["number"] },
  eventfd2: { x64: 290, arm64: 19, args: ["number", "bits"] },
  accept4: { x64: 288, arm64: 242, args: ["fd", "address", "address", "bits"] },
  epoll_create1: { x64: 291, arm64: 20, args: ["bits"] },
  pipe2: { x64: 293, arm64: 59, args: ["address", "bits"] },
  prlimit64: { x64: 302, arm64: 261, args: ["number", "number"] },
  seccomp: { x64: 317, arm64: 277, args: ["number", "bits"] },
  getrandom: { x64: 318, arm64: 278, args: ["address", "bytes"] },
  memfd_create: { x64: 319, arm64: 279, args: ["address", "bits"] },
  rseq: { x64: 334, arm64: 293, args: ["address", "bytes"] },
  landlock_create_ruleset: { x64: 444, arm64: 444, args: ["address", "bytes", "bits"] },
  landlock_restrict_self: { x64: 446, arm64: 446, args: ["fd", "bits"] },
};

const errors: Record<number, string> = {
  1: "EPERM",
  2: "ENOENT",
  4: "EINTR",
  9: "EBADF",
  11: "EAGAIN",
  12: "ENOMEM",
  13: "EACCES",
  14: "EFAULT",
  17: "EEXIST",
  22: "EINVAL",
  25: "ENOTTY",
  38: "ENOSYS",
  95: "EOPNOTSUPP",
  98: "EADDRINUSE",
  107: "ENOTCONN",
  111: "ECONNREFUSED",
};

const asNumber = (hex: string) => Number(BigInt.asIntN(32, BigInt(`0x${hex}`)));

function written(kind: Argument, hex: string, data: Buffer | undefined): string {
  const large = BigInt(`0x${hex}`);
  switch (kind) {
    case "address":
      return large === 0n ? "null" : `0x${hex}`;
    case "bits":
      return `0x${hex}`;
    case "bytes":
      return `${large} B`;
    case "path":
      return data ? JSON.stringify(data.toString("utf8")) : `0x${hex}`;
    case "place":
      // struct sockaddr_in: family, port (in the network's order), address.
      return data && data.length >= 8 && data.readUInt16LE(0) === 2 ? `${data.subarray(4, 8).join(".")}:${data.readUInt16BE(2)}` : `0x${hex}`;
    case "fd":
    case "number":
      return String(asNumber(hex));
  }
}

export type WrittenCall = { name: string; args: string; result: string; failed: boolean };

/**
 * @param args the six registers, hexadecimal
 * @param data what is behind the pointer to a path or to an address, hexadecimal
 */
export function describeCall(arch: string, number: number, args: string[], data: string | undefined, result: number): WrittenCall {
  const column = arch === "x64" ? "x64" : "arm64";
  const found = Object.entries(systemCalls).find(([, call]) => call[column] === number);
  const name = found?.[0] ?? `system call ${number}`;
  const bytes = data === undefined ? undefined : Buffer.from(data, "hex");
  // Of the program itself its name: where a host keeps it is nobody's business.
  const behind = name === "execve" ? bytes && Buffer.from(basename(bytes.toString("utf8"))) : bytes;
  const shown = found ? found[1].args.map((kind, i) => written(kind, args[i] ?? "0", behind)).join(", ") : args.map((hex) => `0x${hex}`).join(", ");
  const failed = result < 0 && result >= -4095 && name !== "rt_sigreturn";
  const isAddress = name === "mmap" || name === "brk" || name === "mremap";
  return {
    name,
    args: shown.slice(0, 600),
    // What a signal's return gives back is the interrupted code's own register.
    result: name === "rt_sigreturn" ? "" : failed ? (errors[-result] ?? `error ${-result}`) : isAddress ? `0x${result.toString(16)}` : String(result),
    failed,
  };
}

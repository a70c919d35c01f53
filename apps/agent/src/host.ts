/** What this host is and which artifacts it can run. */
import { accessSync, constants, openSync, closeSync, readSync, statSync } from "node:fs";
import { arch, cpus, hostname, platform, release, totalmem } from "node:os";
import { join } from "node:path";
import { protocolVersion, targets, type ArtifactRef, type EnrolInput, type StartSample } from "@zerostart/protocol";

export type Executor = StartSample["executor"];
/** How a program file is run here: words that go before its own arguments. */
export type Execution = { executor: Executor; prefix: string[] };

const hostArch = arch() === "arm64" ? "aarch64" : arch() === "x64" ? "x86_64" : arch();
const elfMachines: Record<number, string> = { 62: "x86_64", 183: "aarch64", 243: "riscv64" };

function emulator(cpu: string): string | undefined {
  for (const folder of (process.env["PATH"] ?? "/usr/bin:/usr/local/bin").split(":")) {
    for (const name of [`qemu-${cpu}-static`, `qemu-${cpu}`]) {
      const path = join(folder, name);
      if (isExecutable(path)) return path;
    }
  }
  return undefined;
}

export function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

/** Targets that this host can run, and by what. */
export function executors(): EnrolInput["executors"] {
  const list: EnrolInput["executors"] = [];
  for (const target of targets) {
    if (target.os !== "linux" || platform() !== "linux") continue;
    if (target.arch === hostArch) list.push({ target: target.triple, executor: "native" });
    else if (emulator(target.arch)) list.push({ target: target.triple, executor: "qemu-user" });
  }
  // A portable artifact runs under Node, whatever it was built for.
  for (const target of targets) if (target.os !== "any") list.push({ target: target.triple, executor: "portable" });
  return list;
}

/** The first bytes of a file; zeros when it is shorter. */
function headOf(path: string): Buffer {
  const head = Buffer.alloc(20);
  const fd = openSync(path, "r");
  const length = readSync(fd, head, 0, head.length, 0);
  closeSync(fd);
  return length < head.length ? Buffer.alloc(head.length) : head;
}
const isElfHead = (head: Buffer) => head.readUInt32BE(0) === 0x7f454c46;

/** Whether a file is a program of Linux. */
export function isElf(path: string): boolean {
  return isElfHead(headOf(path));
}

/**
 * How to run the program of an artifact at `path`, by what the file itself is.
 * @throws Error fit to be shown when this host cannot run it
 */
export function executionOf(path: string, { mode, target }: Pick<ArtifactRef, "mode" | "target">): Execution {
  if (mode === "module") throw new Error("a build for Node, Deno and Bun is there for experiments to compare with: it is neither deployed nor traced");
  const head = headOf(path);
  if (!isElfHead(head)) {
    if (head.readUInt32BE(0) === 0x0061736d) throw new Error("a WebAssembly module is loaded by a program of yours; an agent runs none");
    const start = head.subarray(0, 2).toString("latin1");
    if (start === "MZ" || [0xfeedfacf, 0xcffaedfe].includes(head.readUInt32BE(0)))
      throw new Error(`this host (${platform()} ${hostArch}) cannot run a build for ${target}`);
    // Not a program of the operating system: the portable packaging, a script for Node.
    return { executor: "portable", prefix: [process.execPath] };
  }
  const machine = elfMachines[head.readUInt16LE(18)] ?? `machine ${head.readUInt16LE(18)}`;
  if (machine === hostArch) return { executor: "native", prefix: [] };
  const qemu = emulator(machine);
  if (qemu === undefined) throw new Error(`this host (${hostArch}) cannot run a build for ${target}; install qemu-user-static to emulate ${machine}`);
  return { executor: "qemu-user", prefix: [qemu] };
}

/** What the agent tells about its host when it enrols. */
export function describeHost(name: string | undefined, labels: Record<string, string>): EnrolInput {
  return {
    protocolVersion,
    hostName: (name ?? hostname()).slice(0, 253) || "host",
    os: platform(),
    arch: hostArch,
    kernel: release(),
    cpuModel: cpus()[0]?.model.slice(0, 256) ?? "",
    cpuCount: Math.max(1, cpus().length),
    memoryBytes: totalmem(),
    executors: executors(),
    labels,
  };
}

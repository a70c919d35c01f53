/** A traced start as it is written to a file: phases, system calls and page faults on one time line, and a profile of where the processor was. */
import { readFileSync } from "node:fs";
import { decodeTrace, linesOf, traceStarts } from "@zerostart/launcher";
import type { PhaseName } from "@zerostart/protocol";

export interface StartTrace {
  version: 1;
  /** Of the start under ptrace, which slows each system call: from the program's exec to the last byte of the response. */
  totalNs: number;
  phases: { phase: PhaseName; fromNs: number; toNs: number }[];
  syscalls: { name: string; atNs: number; ns: number; result: number }[];
  /** Of one start under perf events, nearly undisturbed. */
  undisturbed: {
    totalNs: number;
    phases: { phase: PhaseName; fromNs: number; toNs: number }[];
    /** `by` is the function that touched the page, `what` the part of the program in which it lies. */
    faults: { atNs: number; by: string; what: string; address: string }[];
  } | null;
  /** Samples of all starts under perf events: phase, function of the program, functions of the kernel, outermost first. */
  profile: { intervalNs: number; starts: number; stacks: { frames: string[]; count: number }[] };
  /** Functions by the samples in which they ran themselves. */
  hot: { name: string; kernel: boolean; samples: number }[];
  /** What this host does not permit, and why. */
  unavailable: { what: string; why: string }[];
}

const intervalNs = 20_000;
const memoryBase = 0x20000000;
const payloadBase = memoryBase + 0x70000000;

interface Symbols {
  find(address: number): string | undefined;
}

function symbolTable(entries: { address: number; size: number; name: string }[]): Symbols {
  entries.sort((a, b) => a.address - b.address);
  return {
    find(address) {
      let low = 0;
      let high = entries.length;
      while (low < high) {
        const middle = (low + high) >> 1;
        if (entries[middle]!.address <= address) low = middle + 1;
        else high = middle;
      }
      const found = entries[low - 1];
      return found && (found.size === 0 || address < found.address + found.size) ? found.name : undefined;
    },
  };
}

/** The functions of an ELF64 file that was not stripped. */
function programSymbols(bytes: Uint8Array): Symbols {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const number = (at: number) => Number(view.getBigUint64(at, true));
  const sections = number(40);
  const count = view.getUint16(60, true);
  const entries: { address: number; size: number; name: string }[] = [];
  for (let i = 0; i < count; i++) {
    const at = sections + i * 64;
    if (view.getUint32(at + 4, true) !== 2) continue; // SHT_SYMTAB
    const strings = number(sections + view.getUint32(at + 40, true) * 64 + 24);
    for (let symbol = number(at + 24), end = symbol + number(at + 32); symbol < end; symbol += 24) {
      if ((bytes[symbol + 4]! & 15) !== 2) continue; // STT_FUNC
      const name = strings + view.getUint32(symbol, true);
      const text = new TextDecoder("latin1").decode(bytes.subarray(name, bytes.indexOf(0, name)));
      entries.push({ address: number(symbol + 8), size: number(symbol + 16), name: text.replace(/^w2c_/, "") });
    }
  }
  return symbolTable(entries);
}

/** The kernel's functions; none when it does not tell their addresses (kernel.kptr_restrict). */
function kernelSymbols(): Symbols {
  try {
    const entries = [...readFileSync("/proc/kallsyms", "utf8").matchAll(/^([0-9a-f]+) [tTwW] (\S+)/gm)].map((m) => ({
      address: Number.parseInt(m[1]!, 16),
      size: 0,
      name: m[2]!,
    }));
    return symbolTable(entries.filter((e) => e.address > 0));
  } catch {
    return symbolTable([]);
  }
}

/** Numbers of system calls by the host's own table (host/arch.h), in its words. */
function syscallNames(archHeader: string, machine: string): Map<number, string> {
  const generic = archHeader.indexOf("#ifdef GENERIC_SYSCALL_NUMBERS");
  const part = machine === "x64" ? archHeader.slice(0, generic) : archHeader.slice(generic);
  return new Map([...part.matchAll(/\bSYS_(\w+) = (\d+)/g)].map((m) => [Number(m[2]), m[1]!]));
}
/** Calls that are not in the host's table: the spawn itself and the sandbox. */
const others: Record<string, [number, string][]> = {
  x64: [
    [15, "rt_sigreturn"],
    [59, "execve"],
    [317, "seccomp"],
  ],
  arm64: [
    [139, "rt_sigreturn"],
    [221, "execve"],
    [277, "seccomp"],
  ],
};

function partOf(address: number): string {
  if (address >= payloadBase && address < payloadBase + 0x10000000) return "bytecode";
  if (address >= memoryBase && address < payloadBase) return `linear memory ${((address - memoryBase) >>> 0).toString(16)}`;
  if (address >= 0x1000000 && address < memoryBase) return "code and data of the host";
  return address > 0x7f0000000000 ? "stack" : "elsewhere";
}

/**
 * Trace starts of a program that was built with symbols.
 * @throws Error when it does not answer
 */
export async function traceProgram(command: string[], options: { program: Uint8Array; archHeader: string; path: string; runs: number }): Promise<StartTrace> {
  const lines = await traceStarts(command, options);
  const program = programSymbols(options.program);
  const kernel = kernelSymbols();
  const names = new Map([...syscallNames(options.archHeader, process.arch), ...(others[process.arch] ?? [])]);
  const runs = linesOf(lines, "run");
  const functionAt = (ip: string) => program.find(Number.parseInt(ip, 16)) ?? "(unknown)";
  const isKernel = (ip: string) => ip.length === 16 && ip >= "8000000000000000";
  const kernelAt = (ip: string) => kernel.find(Number.parseInt(ip, 16)) ?? "(kernel)";
  const phasesOf = (run: (typeof runs)[number]) => {
    let fromNs = 0;
    return (run.trace === "" ? [] : decodeTrace(Buffer.from(run.trace, "hex"))).map(({ phase, endNs }) => {
      const toNs = Math.max(fromNs, Number(endNs - BigInt(run.beginNs)));
      const entry = { phase, fromNs, toNs };
      fromNs = toNs;
      return entry;
    });
  };
  const traced = runs.find((run) => run.run === 0)!;
  const byRun = new Map(runs.map((run) => [run.run, { run, phases: phasesOf(run) }]));

  const stacks = new Map<string, number>();
  const hot = new Map<string, { name: string; kernel: boolean; samples: number }>();
  for (const sample of linesOf(lines, "sample")) {
    const of = byRun.get(sample.run);
    if (!of || sample.atNs < of.run.beginNs || sample.atNs > of.run.endNs) continue;
    const at = sample.atNs - of.run.beginNs;
    const phase = of.phases.find((p) => at < p.toNs)?.phase ?? "other";
    // Before the program's first instruction there is no function of it: the kernel makes the process.
    const outer = phase === "spawn" ? [] : [functionAt(isKernel(sample.ip) ? sample.user : sample.ip)];
    const inner = sample.kernel.toReversed().map(kernelAt);
    const frames = [phase, ...outer, ...inner];
    stacks.set(frames.join(";"), (stacks.get(frames.join(";")) ?? 0) + 1);
    const name = frames.at(-1)!;
    const known = hot.get(name) ?? { name, kernel: inner.length > 0, samples: 0 };
    known.samples++;
    hot.set(name, known);
  }

  // The run in the middle stands for all.
  const watched = runs.filter((run) => run.run > 0).sort((a, b) => a.endNs - a.beginNs - (b.endNs - b.beginNs));
  const typical = watched[watched.length >> 1];
  const faults = typical
    ? linesOf(lines, "fault").filter((fault) => fault.run === typical.run && fault.atNs >= typical.beginNs && fault.atNs <= typical.endNs)
    : [];
  return {
    version: 1,
    totalNs: traced.endNs - traced.beginNs,
    phases: byRun.get(0)!.phases,
    syscalls: linesOf(lines, "syscall")
      .filter((call) => call.atNs >= traced.beginNs && call.atNs <= traced.endNs)
      .map((call) => ({ name: names.get(call.number) ?? `system call ${call.number}`, atNs: call.atNs - traced.beginNs, ns: call.ns, result: call.result })),
    undisturbed: typical
      ? {
          totalNs: typical.endNs - typical.beginNs,
          phases: byRun.get(typical.run)!.phases,
          faults: faults.map((fault) => ({
            atNs: fault.atNs - typical.beginNs,
            by: isKernel(fault.ip) ? kernelAt(fault.ip) : functionAt(fault.ip),
            what: partOf(Number.parseInt(fault.address, 16)),
            address: fault.address,
          })),
        }
      : null,
    profile: {
      intervalNs,
      starts: watched.length,
      stacks: [...stacks].map(([text, count]) => ({ frames: text.split(";"), count })).sort((a, b) => b.count - a.count),
    },
    hot: [...hot.values()].sort((a, b) => b.samples - a.samples),
    unavailable: [...new Map(linesOf(lines, "unavailable").map(({ what, why }) => [what, { what, why }])).values()],
  };
}

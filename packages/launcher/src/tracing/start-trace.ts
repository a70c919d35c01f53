/** From what the tracer saw of many starts of a program to one trace (`StartTrace` of @zerostart/protocol). */
import { readFileSync } from "node:fs";
import { arch, cpus, release } from "node:os";
import { gunzipSync } from "node:zlib";
import { programSymbols, type FrameKind, type FrameLayout, type ProgramSymbols, type StartTrace, type TraceFrame, type TracePhase } from "@zerostart/protocol";
import { decodeTrace } from "../trace.ts";
import { NativeStacks } from "./native-stack.ts";
import { memoryBase, ProgramMemory } from "./program-memory.ts";
import { kernelAddress, kernelSymbols, SymbolTable } from "./symbols.ts";
import { describeCall } from "./system-calls.ts";
import { linesOf, runTracer, type TracerLine, type TracerText } from "./tracer.ts";

export type TraceOptions = {
  /** The program's file. */
  program: Uint8Array;
  /** Of its stub: gzipped ProgramSymbols; without it functions have no names. */
  symbols?: Uint8Array | undefined;
  subject: StartTrace["subject"];
  hostName: string;
  /** Starts whose processor is sampled. Those of the other kinds are fewer. */
  runs: number;
  intervalNs?: number;
  cwd?: string | undefined;
  env?: Record<string, string> | undefined;
  signal?: AbortSignal | undefined;
  onProgress?: ((done: number, of: number) => void) | undefined;
};

/** Long enough that a sample and its stop do not slow the start down much, short enough that a start of half a millisecond has two. */
const defaultIntervalNs = 250_000;
const plainRuns = 20;
const syscallRuns = 3;
const watchedRuns = 9;
/** Of host/arch.h. */
const signalRestorer = "signal_return";
const maxTimeline = 5_000;
const maxSymbolBytes = 16 << 20;

/**
 * Trace starts of `command` (with {port} where the port goes).
 * @throws Error when it does not answer, or tracing is not possible here at all; `signal`'s reason
 */
export async function traceStart(command: string[], options: TraceOptions): Promise<StartTrace> {
  const runs = { plain: plainRuns, syscalls: syscallRuns, watched: watchedRuns, sampled: options.runs };
  const wanted = Object.values(runs).reduce((sum, n) => sum + n, 0);
  const symbols = options.symbols && programSymbols.parse(JSON.parse(gunzipSync(options.symbols, { maxOutputLength: maxSymbolBytes }).toString("utf8")));
  const intervalNs = options.intervalNs ?? defaultIntervalNs;
  const memory = new ProgramMemory(options.program);
  const code = memory.segments.find((segment) => segment.isCode);
  const lines = await runTracer(command, {
    path: options.subject.path,
    runs,
    intervalNs,
    text: code ? { from: code.address, to: code.address + code.bytes } : { from: 0, to: 0 },
    layout: symbols?.layout,
    restorer: symbols?.functions.find((f) => f.name === signalRestorer)?.address,
    cwd: options.cwd,
    env: options.env,
    signal: options.signal,
    onRun: options.onProgress && ((done) => options.onProgress!(done, wanted)),
  });
  return assembleTrace(lines, { ...options, symbols, memory, intervalNs, recordedAt: new Date() });
}

type Run = Extract<TracerLine, { type: "run" }> & { totalNs: number; phases: TracePhase[]; toAxis: (atNs: number) => number };

/** Time on a run's own axis: from its execve on, without the pauses that tracing made. */
function clockOf(run: { beginNs: number }, pauses: { fromNs: number; toNs: number }[]): (atNs: number) => number {
  return (atNs) => Math.max(0, atNs - run.beginNs - pauses.reduce((sum, p) => sum + Math.max(0, Math.min(atNs, p.toNs) - p.fromNs), 0));
}

function phasesOf(trace: string, clock: (atNs: number) => number): TracePhase[] {
  let fromNs = 0;
  const phases = (trace === "" ? [] : decodeTrace(Buffer.from(trace, "hex"))).map(({ phase, endNs }) => {
    const toNs = Math.max(fromNs, clock(Number(endNs)));
    const entry = { phase, fromNs, toNs };
    fromNs = toNs;
    return entry;
  });
  // A request that was there when the process was ready was not waited for: such a start has the phase too, of no length, so that starts are alike.
  const last = phases.at(-1);
  if (last?.phase === "first_request" && !phases.some(({ phase }) => phase === "other"))
    phases.splice(-1, 0, { phase: "other", fromNs: last.fromNs, toNs: last.fromNs });
  return phases;
}

/** Where a moment of one start is in another: at the same share of the same phase. */
export function placeOn(reference: { totalNs: number; phases: TracePhase[] }, run: { totalNs: number; phases: TracePhase[] }, atNs: number): number {
  const isAlike = run.phases.length === reference.phases.length && run.phases.every((p, i) => p.phase === reference.phases[i]!.phase);
  const ends = isAlike ? run.phases.map((p, i) => [p.toNs, reference.phases[i]!.toNs] as const) : [];
  let [from, onto] = [0, 0];
  for (const [toNs, ontoNs] of [...ends, [run.totalNs, reference.totalNs] as const]) {
    if (atNs <= toNs && toNs > from) return Math.round(onto + ((atNs - from) / (toNs - from)) * (ontoNs - onto));
    [from, onto] = [toNs, ontoNs];
  }
  return reference.totalNs;
}

const medianOf = (sorted: number[]) => sorted[sorted.length >> 1] ?? 0;

function summaryOf(runs: Run[]): StartTrace["starts"]["plain"] {
  const totals = runs.map((run) => run.totalNs).sort((a, b) => a - b);
  return { count: totals.length, minNs: totals[0] ?? 0, medianNs: medianOf(totals) };
}

/** Functions and phases by what they are, each once. */
class Frames {
  readonly list: TraceFrame[] = [];
  readonly #known = new Map<string, number>();

  of(name: string, kind: FrameKind, file?: string): number {
    const key = `${kind}\0${name}\0${file ?? ""}`;
    let index = this.#known.get(key);
    if (index === undefined) {
      index = this.list.push({ name: name.slice(0, 300), kind, ...(file ? { file: file.slice(0, 300) } : {}) }) - 1;
      this.#known.set(key, index);
    }
    return index;
  }
}

export type AssembleInput = {
  subject: StartTrace["subject"];
  hostName: string;
  symbols: ProgramSymbols | undefined;
  memory: ProgramMemory;
  intervalNs: number;
  recordedAt: Date;
  /** /proc/kallsyms, for tests. */
  kernelSymbolsPath?: string;
  arch?: string;
};

/** @throws Error when no start is there to be drawn */
export function assembleTrace(lines: TracerLine[], input: AssembleInput): StartTrace {
  const machine = input.arch ?? process.arch;
  const { symbols, memory } = input;
  const pauses = Map.groupBy(linesOf(lines, "pause"), (pause) => pause.run);
  const runs = linesOf(lines, "run").map((run): Run => {
    const toAxis = clockOf(run, pauses.get(run.run) ?? []);
    const phases = phasesOf(run.trace, toAxis);
    // The program notes the end of its answer just before or just after the observer has it.
    return { ...run, toAxis, totalNs: Math.max(toAxis(run.endNs), phases.at(-1)?.toNs ?? 0), phases };
  });
  const ofKind = (kind: Run["kind"]) => runs.filter((run) => run.kind === kind).sort((a, b) => a.totalNs - b.totalNs);
  const [plain, syscalls, watched, sampled] = [ofKind("plain"), ofKind("syscalls"), ofKind("watched"), ofKind("sampled")];
  // The start in the middle stands for all; under ptrace the shortest, which was disturbed least by others.
  const reference = watched[watched.length >> 1] ?? plain[plain.length >> 1] ?? syscalls[0];
  if (!reference) throw new Error("no start was recorded");
  const place = (run: Run, atNs: number) => placeOn(reference, run, run.toAxis(atNs));
  const during = (run: Run | undefined, atNs: number): run is Run => run !== undefined && atNs >= run.beginNs && atNs <= run.endNs;

  const frames = new Frames();
  const kernel = kernelSymbols(input.kernelSymbolsPath);
  const native = new SymbolTable((symbols?.functions ?? []).map((f) => ({ address: f.address, bytes: f.bytes, value: { name: f.name, kind: f.of } })));
  const stacks = new NativeStacks(native, memory, machine);
  const kernelFrame = (ip: string) => frames.of(kernel.find(kernelAddress(ip))?.value ?? "(kernel)", "kernel");
  const nativeFrame = (ip: string) => {
    const found = native.find(Number.parseInt(ip, 16));
    return frames.of(found?.value.name ?? "(unknown)", found?.value.kind ?? "host");
  };
  const scripts = new Scripts(frames, memory, symbols?.layout);
  for (const code of linesOf(lines, "code")) scripts.learn(code);

  const counts = new Map<string, { frames: number[]; count: number; index: number }>();
  const timeline: [number, number][] = [];
  const byNumber = new Map(runs.map((run) => [run.run, run]));
  let total = 0;
  for (const sample of linesOf(lines, "sample")) {
    const run = byNumber.get(sample.run);
    if (!during(run, sample.atNs)) continue;
    const inKernel = sample.kernel.toReversed().map((ip) => kernel.find(kernelAddress(ip))?.value ?? "(kernel)");
    // Stopping is the tracer's doing, not the start's.
    if (inKernel.some((name) => name.startsWith("ptrace_"))) continue;
    const atNs = place(run, sample.atNs);
    const phase = reference.phases.find((p) => atNs < p.toNs)?.phase ?? "other";
    const inside = phase === "spawn" ? [] : insideOf(sample, { stacks, nativeFrame, scripts, of: (name, kind) => frames.of(name, kind) });
    const stack = [frames.of(phase, "phase"), ...inside, ...withoutEntry(inKernel).map((name) => frames.of(name, "kernel"))].slice(0, 256);
    const key = stack.join();
    const known = counts.get(key) ?? { frames: stack, count: 0, index: counts.size };
    known.count++;
    counts.set(key, known);
    timeline.push([atNs, known.index]);
    total++;
  }

  const calls = syscallsOf(lines, syscalls[0], place, machine);
  const faults = linesOf(lines, "fault")
    .filter((fault) => fault.run === reference.run && during(reference, fault.atNs))
    .map((fault) => ({
      atNs: reference.toAxis(fault.atNs),
      address: fault.address,
      segment: segmentOf(Number.parseInt(fault.address, 16), symbols?.layout),
      by: isKernel(fault.ip) ? kernelFrame(fault.ip) : nativeFrame(fault.ip),
    }));
  const step = Math.ceil(timeline.length / maxTimeline);
  return {
    version: 2,
    recordedAt: input.recordedAt.toISOString(),
    subject: input.subject,
    host: { name: input.hostName, kernel: release(), cpuModel: cpus()[0]?.model.slice(0, 256) ?? "", arch: arch() },
    frames: frames.list,
    starts: { plain: summaryOf(plain), syscalls: summaryOf(syscalls), watched: summaryOf(watched), sampled: summaryOf(sampled) },
    reference: { totalNs: reference.totalNs, phases: reference.phases },
    syscalls: calls,
    faults,
    samples: {
      intervalNs: input.intervalNs,
      total,
      stacks: [...counts.values()].map(({ frames: list, count }) => ({ frames: list, count })),
      timeline: timeline.sort((a, b) => a[0] - b[0]).filter((_, i) => i % step === 0),
    },
    unavailable: unavailableOf(lines, { hasSymbols: symbols !== undefined, hasKernelSymbols: !kernel.isEmpty }),
  };
}

/** Every call and fault comes in through these. */
const entryFrames = /^(?:entry_SYSCALL|do_syscall|x64_sys_call|asm_|el0t?_|do_el0|invoke_syscall|el0_svc)/;

function withoutEntry(names: string[]): string[] {
  const first = names.findIndex((name) => !entryFrames.test(name));
  return first < 0 ? names.slice(-1) : names.slice(first);
}

const isKernel = (ip: string) => ip.length === 16 && ip >= "8000000000000000";

function syscallsOf(lines: TracerLine[], run: Run | undefined, place: (run: Run, atNs: number) => number, machine: string): StartTrace["syscalls"] {
  const calls: StartTrace["syscalls"] = [];
  let entered: Extract<TracerLine, { type: "enter" }> | undefined;
  for (const each of lines) {
    if (!run || (each.type !== "enter" && each.type !== "leave") || each.run !== run.run) continue;
    if (each.type === "enter") entered = each;
    else if (entered && entered.atNs <= run.endNs) {
      const { number, args, data, atNs } = entered;
      calls.push({ ...describeCall(machine, number, args, data, each.result), atNs: place(run, atNs), ns: run.toAxis(each.atNs) - run.toAxis(atNs) });
      entered = undefined;
    }
  }
  return calls;
}

/** The function that interprets: the JavaScript that it runs is shown inside of it. */
const interpreter = "interpreter/run";

type Inside = {
  stacks: NativeStacks<{ name: string; kind: "engine" | "host" }>;
  nativeFrame: (ip: string) => number;
  scripts: Scripts;
  of: (name: string, kind: FrameKind) => number;
};

/** Host, engine and JavaScript of one sample, outermost first. */
function insideOf(sample: Extract<TracerLine, { type: "sample" }>, { stacks, nativeFrame, scripts, of }: Inside): number[] {
  const found: { value: { name: string; kind: "engine" | "host" } }[] = [];
  let ip = sample.ip;
  let words: number[] = [];
  for (const word of [...sample.stack, "!"]) {
    if (!word.startsWith("!")) words.push(Number.parseInt(word, 16));
    else {
      found.push(...stacks.unwind(Number.parseInt(ip, 16), words));
      [ip, words] = [word.slice(1), []];
    }
  }
  const chain = found.map(({ value }) => value).reverse();
  const running = sample.frames.toReversed().map((code) => scripts.frame(sample.run, code));
  const at = chain.findLastIndex((f) => f.name === interpreter) + 1;
  const names = chain.map((f) => of(f.name, f.kind));
  if (names.length === 0) return [...running, nativeFrame(sample.ip)];
  // Where the stack could not be followed up to the interpreter, what was found runs inside of the JavaScript.
  return [...names.slice(0, at), ...running, ...names.slice(at)];
}

/** Functions in JavaScript by the address of their CODE cell, which is one function within a run. */
class Scripts {
  readonly #frames: Frames;
  readonly #memory: ProgramMemory;
  readonly #layout: FrameLayout | undefined;
  readonly #known = new Map<string, number>();

  constructor(frames: Frames, memory: ProgramMemory, layout: FrameLayout | undefined) {
    this.#frames = frames;
    this.#memory = memory;
    this.#layout = layout;
  }

  learn({ run, code, flags, name, file }: Extract<TracerLine, { type: "code" }>): void {
    const layout = this.#layout;
    if (!layout) return;
    const where = this.#text(file);
    const isLibrary = (flags & layout.libraryFlag) !== 0 || where.startsWith("zerostart:");
    const own = this.#text(name);
    const shown = flags & layout.mainFlag ? "(top level)" : own === "" ? "(anonymous)" : flags & layout.constructorFlag ? `new ${own}` : own;
    this.#known.set(`${run} ${code}`, this.#frames.of(shown, isLibrary ? "library" : "handler", where || undefined));
  }

  frame(run: number, code: number): number {
    return this.#known.get(`${run} ${code}`) ?? this.#frames.of("(JavaScript)", "library");
  }

  #text(text: TracerText): string {
    if ("hex" in text) return Buffer.from(text.hex, "hex").toString(text.wide ? "utf16le" : "latin1");
    // In a part of the image that the process had not unpacked.
    const { stringLength, stringData, twoByteFlag, ropeFlag, sliceFlag } = this.#layout!;
    const at = memoryBase + Number.parseInt(text.at, 16);
    const word = (offset: number) => this.#memory.read(offset, 4)?.readUInt32LE(0) ?? 0;
    const flags = word(at) >>> 16;
    if (text.at === "0" || flags & (ropeFlag | sliceFlag)) return "";
    const wide = (flags & twoByteFlag) !== 0;
    return this.#memory.read(at + stringData, Math.min(word(at + stringLength), 200) << (wide ? 1 : 0))?.toString(wide ? "utf16le" : "latin1") ?? "";
  }
}

/** Of a process of ours (packages/vm/host/stub.ld, packages/vm/assembly/state.ts). */
function segmentOf(address: number, layout: FrameLayout | undefined): string {
  const payloadBase = memoryBase + 0x70000000;
  if (address >= payloadBase && address < payloadBase + 0x10000000) return "bytecode or source";
  if (address >= memoryBase && address < payloadBase) {
    if (!layout) return "linear memory";
    const offset = address - memoryBase;
    if (offset < layout.framesStart) return "linear memory: low";
    const state = layout.currentFrame & ~4095;
    if (offset < state - 0x40000) return "linear memory: frames and registers";
    return offset < state + 4096 ? "linear memory: state" : "linear memory: static data and heap";
  }
  if (address >= 0x1e000000 && address < memoryBase) return "data of the host";
  if (address >= 0x1000000 && address < 0x1e000000) return "code and constants";
  return address > 0x7f0000000000 ? "stack and system" : "elsewhere";
}

function setting(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8").trim();
  } catch {
    return undefined;
  }
}

function unavailableOf(lines: TracerLine[], { hasSymbols, hasKernelSymbols }: { hasSymbols: boolean; hasKernelSymbols: boolean }): StartTrace["unavailable"] {
  const list = new Map<string, StartTrace["unavailable"][number]>();
  for (const { what, why } of linesOf(lines, "unavailable")) {
    const paranoid = setting("/proc/sys/kernel/perf_event_paranoid");
    const remedy =
      what === "system calls"
        ? "Let the agent use ptrace: kernel.yama.ptrace_scope at most 2; in a container the capability SYS_PTRACE, or a seccomp profile that permits it."
        : `Let the agent use perf events: kernel.perf_event_paranoid at most ${what.endsWith("in the kernel") ? 1 : 2}${paranoid === undefined ? "" : ` (it is ${paranoid})`}; in a container the capability PERFMON, or a seccomp profile that permits perf_event_open.`;
    list.set(what, { what, why, remedy });
  }
  if (!hasSymbols)
    list.set("names", {
      what: "names of functions",
      why: "nothing is known of the stub that this program was made from",
      remedy: "Build it again: symbols are kept with every stub that is built from now on.",
    });
  if (!hasKernelSymbols && linesOf(lines, "sample").some((sample) => sample.kernel.length > 0))
    list.set("kernel names", {
      what: "names of the kernel's functions",
      why: "the kernel does not tell their addresses to this user",
      remedy: "Set kernel.kptr_restrict to 0 with kernel.perf_event_paranoid at most 1, or run the agent with the capability SYSLOG.",
    });
  return [...list.values()];
}

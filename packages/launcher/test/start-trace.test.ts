/** Traces are put together from what the tracer said: several starts on one axis, stacks followed through code, what is missing said. */
import assert from "node:assert/strict";
import { writeFileSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { hotFunctions, phaseNames, startTrace, type ProgramSymbols } from "@zerostart/protocol";
import { NativeStacks } from "../src/tracing/native-stack.ts";
import { ProgramMemory } from "../src/tracing/program-memory.ts";
import { assembleTrace, placeOn, type AssembleInput } from "../src/tracing/start-trace.ts";
import { kernelAddress, kernelSymbols, SymbolTable } from "../src/tracing/symbols.ts";
import { describeCall, systemCalls } from "../src/tracing/system-calls.ts";
import type { TracerLine } from "../src/tracing/tracer.ts";

/** An ELF file of one code segment. */
function program(code: number[], address = 0x1000000): ProgramMemory {
  const file = Buffer.alloc(64 + 56 + code.length);
  file.writeUInt32BE(0x7f454c46, 0);
  file.writeBigUInt64LE(64n, 32);
  file.writeUInt16LE(1, 56);
  file.writeUInt32LE(1, 64); // PT_LOAD
  file.writeUInt32LE(5, 68); // readable, executable
  file.writeBigUInt64LE(120n, 72);
  file.writeBigUInt64LE(BigInt(address), 80);
  file.writeBigUInt64LE(BigInt(code.length), 96);
  file.set(code, 120);
  return new ProgramMemory(file);
}
const nops = (count: number) => Array.from({ length: count }, () => 0x90);
const call = (from: number, to: number) => [0xe8, ...int32(to - from - 5)];
const jump = (from: number, to: number) => [0xe9, ...int32(to - from - 5)];
const int32 = (n: number) => [n & 255, (n >> 8) & 255, (n >> 16) & 255, (n >> 24) & 255];

test("a return address is told from a left-over by the call before it", () => {
  const base = 0x1000000;
  // outer (16 bytes) calls middle; middle jumps to inner as its last act; other calls nothing; table refers to indirect.
  const code = nops(96);
  const place = (at: number, bytes: number[]) => bytes.forEach((b, i) => (code[at + i] = b));
  place(8, call(base + 8, base + 16));
  place(16, jump(base + 16, base + 32));
  place(56, [0xff, 0xd0]); // call *%rax
  place(80, [...int32(base + 64), 0, 0, 0, 0]);
  const names = ["outer", "middle", "inner", "other", "indirect"];
  const symbols = new SymbolTable(names.map((value, i) => ({ address: base + i * 16, bytes: 16, value })));
  const stacks = new NativeStacks(symbols, program(code), "x64");
  const unwind = (ip: number, ...words: number[]) =>
    stacks
      .unwind(
        base + ip,
        words.map((w) => base + w),
      )
      .map((f) => f.value);
  assert.deepEqual(unwind(20, 50, 13), ["middle", "outer"], "50 is in `other`, after no call");
  assert.deepEqual(unwind(33, 13), ["inner", "outer"], "called by way of a jump");
  assert.deepEqual(unwind(70, 58, 13), ["indirect", "other"], "its address is stored, and the call is an indirect one");
  assert.deepEqual(unwind(33, 58), ["inner"], "nobody has its address");
  assert.deepEqual(unwind(4_000), []);
});

test("system calls are written with what their arguments mean", () => {
  const bind = describeCall("x64", 49, ["5", "7ffc00", "10", "0", "0", "0"], "02001f907f000001", 0);
  assert.deepEqual(bind, { name: "bind", args: "5, 127.0.0.1:8080", result: "0", failed: false });
  assert.deepEqual(describeCall("x64", 257, ["ffffff9c", "7f0", "80000"], Buffer.from("/etc/hosts").toString("hex"), -2), {
    name: "openat",
    args: '-100, "/etc/hosts", 0x80000',
    result: "ENOENT",
    failed: true,
  });
  assert.equal(describeCall("arm64", 222, ["0", "1000"], undefined, 0x7f00000).name, "mmap");
  assert.equal(describeCall("x64", 9_999, ["1"], undefined, 3).name, "system call 9999");
  for (const column of ["x64", "arm64"] as const) {
    const numbers = Object.values(systemCalls).flatMap((c) => (c[column] < 0 ? [] : [c[column]]));
    assert.equal(new Set(numbers).size, numbers.length, `a number of ${column} stands for one call`);
  }
});

test("what one start saw is placed on another by phase", () => {
  const phases = (...ends: number[]) => ends.map((toNs, i) => ({ phase: phaseNames[i]!, fromNs: ends[i - 1] ?? 0, toNs }));
  const reference = { totalNs: 100, phases: phases(40, 60) };
  const slow = { totalNs: 1_000, phases: phases(500, 900) };
  assert.deepEqual(
    [0, 250, 500, 700, 900, 950, 1_000, 5_000].map((at) => placeOn(reference, slow, at)),
    [0, 20, 40, 50, 60, 80, 100, 100],
  );
  assert.equal(placeOn(reference, { totalNs: 200, phases: [] }, 50), 25, "without the same phases by the share of the whole");
});

const layout: ProgramSymbols["layout"] = {
  currentFrame: 0xa01068,
  framesStart: 0x200000,
  frameBytes: 48,
  frameCode: 0,
  framePc: 4,
  codeFile: 4,
  codeFlags: 8,
  codeName: 48,
  fileName: 144,
  libraryFlag: 2048,
  mainFlag: 8192,
  constructorFlag: 32,
  stringLength: 4,
  stringData: 12,
  twoByteFlag: 1,
  ropeFlag: 2,
  sliceFlag: 4,
};
const hex = (text: string) => ({ wide: false, hex: Buffer.from(text, "latin1").toString("hex") });
/** What a process writes to its trace pipe: spawn until 100 ns, first_request until `endNs`. */
function phaseTrace(beginNs: number, endNs: number): string {
  const entries = [
    [phaseNames.indexOf("spawn"), beginNs + 100],
    [phaseNames.indexOf("first_request"), endNs],
  ] as const;
  const out = Buffer.alloc(8 + 16 * entries.length);
  out.write("ZST1", 0, "latin1");
  out.writeUInt32LE(entries.length, 4);
  entries.forEach(([phase, end], i) => {
    out.writeUInt32LE(phase, 8 + i * 16);
    out.writeBigUInt64LE(BigInt(end), 16 + i * 16);
  });
  return out.toString("hex");
}
function input(more: Partial<AssembleInput> = {}): AssembleInput {
  const kallsyms = join(mkdtempSync(join(tmpdir(), "zerostart-kallsyms-")), "kallsyms");
  writeFileSync(kallsyms, "ffffffff81000000 T vfs_read\nffffffff82000000 t ptrace_stop\nffffffff83000000 D not_a_function\n");
  return {
    subject: { handler: "shop", mode: "snapshot", target: "x86_64-linux-musl", path: "/" },
    hostName: "here",
    symbols: {
      version: 1,
      layout,
      functions: [
        { address: 0x1000000, bytes: 16, name: "interpreter/run", of: "engine" },
        { address: 0x1000010, bytes: 16, name: "natives/json/parse", of: "engine" },
      ],
    },
    memory: program([...nops(8), ...call(0x1000008, 0x1000010), ...nops(32)]),
    intervalNs: 1_000,
    recordedAt: new Date(0),
    kernelSymbolsPath: kallsyms,
    arch: "x64",
    ...more,
  };
}
const run = (number: number, kind: "plain" | "syscalls" | "watched" | "sampled", beginNs: number, endNs: number): TracerLine => ({
  type: "run",
  run: number,
  kind,
  beginNs,
  endNs,
  trace: phaseTrace(beginNs, endNs),
});

test("several sampled starts are one profile, on the axis of a start that was only watched", () => {
  const sample = (number: number, atNs: number, more: Partial<Extract<TracerLine, { type: "sample" }>> = {}): TracerLine => ({
    type: "sample",
    run: number,
    atNs,
    ip: "1000004",
    kernel: [],
    stack: [],
    frames: [20, 10],
    ...more,
  });
  const code = (number: number, at: number, flags: number, name: string): TracerLine => ({
    type: "code",
    run: number,
    code: at,
    flags,
    name: hex(name),
    file: hex("shop.ts"),
  });
  const lines: TracerLine[] = [
    run(0, "plain", 0, 1_000),
    run(1, "syscalls", 5_000, 8_000),
    // Of its 3,000 ns it stood still for 1,500 while its tracer looked.
    { type: "pause", run: 1, fromNs: 6_000, toNs: 7_500 },
    { type: "enter", run: 1, number: 50, atNs: 5_900, args: ["5", "ff", "0", "0", "0", "0"] },
    { type: "leave", run: 1, atNs: 7_600, result: 0 },
    { type: "enter", run: 1, number: 0, atNs: 9_000, args: ["1"] },
    { type: "leave", run: 1, atNs: 9_100, result: 0 },
    run(2, "watched", 20_000, 21_000),
    { type: "fault", run: 2, atNs: 20_500, ip: "1000012", address: "20b00000" },
    { type: "fault", run: 2, atNs: 20_600, ip: "ffffffff81000010", address: "1e000000" },
    { type: "fault", run: 2, atNs: 30_000, ip: "1000012", address: "20b00000" },
    run(3, "sampled", 100_000, 101_000),
    code(3, 10, 0, "fetch"),
    code(3, 20, 2048, "json"),
    sample(3, 100_050, { frames: [], kernel: ["ffffffff81000010"] }),
    sample(3, 100_500, { ip: "1000014", stack: ["100000d"] }),
    // Memory of another start has another function at the same place.
    run(4, "sampled", 200_000, 202_000),
    code(4, 10, 0, "fetch"),
    code(4, 20, 2048, "text"),
    sample(4, 200_900, { ip: "1000014", stack: ["100000d"], kernel: ["ffffffff81000010"] }),
    sample(4, 200_950, { kernel: ["ffffffff82000004"] }),
    sample(4, 299_000),
    { type: "unavailable", what: "processor samples in the kernel", why: "Permission denied" },
  ];
  const trace = startTrace.parse(assembleTrace(lines, input()));
  const named = trace.samples.stacks.map((s) => [s.frames.map((f) => trace.frames[f]!.name).join(" > "), s.count]);
  assert.deepEqual(named, [
    ["spawn > vfs_read", 1],
    ["first_request > interpreter/run > fetch > json > natives/json/parse", 1],
    ["first_request > interpreter/run > fetch > text > natives/json/parse > vfs_read", 1],
  ]);
  assert.equal(trace.samples.total, 3, "neither the tracer's own stops nor what came after the answer");
  assert.deepEqual(
    trace.samples.timeline.map(([at]) => at),
    [50, Math.round(100 + (800 / 1_900) * 900), 500],
  );
  assert.deepEqual(
    trace.frames.filter((f) => f.kind === "handler" || f.kind === "library"),
    [
      { name: "fetch", kind: "handler", file: "shop.ts" },
      { name: "json", kind: "library", file: "shop.ts" },
      { name: "text", kind: "library", file: "shop.ts" },
    ],
  );
  assert.deepEqual(trace.starts.syscalls, { count: 1, minNs: 1_500, medianNs: 1_500 });
  assert.deepEqual(
    trace.syscalls.map(({ name, ns }) => [name, ns]),
    [["listen", 200]],
  );
  assert.deepEqual(
    trace.faults.map((f) => [f.atNs, f.segment, trace.frames[f.by]!.name]),
    [
      [500, "linear memory: static data and heap", "natives/json/parse"],
      [600, "data of the host", "vfs_read"],
    ],
  );
  assert.match(trace.unavailable[0]!.remedy!, /perf_event_paranoid at most 1/);
  const hot = hotFunctions(trace);
  assert.deepEqual([hot[0]!.name, hot[0]!.selfSamples, hot[0]!.totalSamples], ["vfs_read", 2, 2]);
  assert.equal(hot.find((f) => f.name === "fetch")!.totalSamples, 2);
});

test("without symbols nothing is named, and it is said what helps; without any start it is an error", () => {
  const trace = assembleTrace(
    [run(0, "plain", 0, 1_000), run(1, "sampled", 5_000, 6_000), { type: "sample", run: 1, atNs: 5_500, ip: "1000004", kernel: [], stack: [], frames: [] }],
    input({ symbols: undefined }),
  );
  assert.deepEqual(trace.frames.map((f) => f.name).sort(), ["(unknown)", "first_request"]);
  assert.match(trace.unavailable.find((u) => u.what === "names of functions")!.remedy!, /Build it again/);
  assert.throws(() => assembleTrace([], input()), /no start was recorded/);
});

test("symbols: the function whose bytes hold an address; a kernel that hides its addresses has none", () => {
  const table = new SymbolTable([
    { address: 20, bytes: 5, value: "b" },
    { address: 10, bytes: 5, value: "a" },
  ]);
  assert.deepEqual(
    [9, 10, 14, 15, 20, 25].map((at) => table.find(at)?.value),
    [undefined, "a", "a", undefined, "b", undefined],
  );
  const hidden = join(mkdtempSync(join(tmpdir(), "zerostart-kallsyms-")), "kallsyms");
  writeFileSync(hidden, "0000000000000000 T vfs_read\n");
  assert(kernelSymbols(hidden).isEmpty);
  assert.notEqual(kernelAddress("ffffffff81000000"), kernelAddress("ffffffff81000001"));
});

/**
 * `npm run bench -- gc`: the collector's pauses with much alive. A program keeps a heap of the given size, replaces parts of it, and makes short-lived garbage besides. In
 * Node's WebAssembly the engine counts how long each pause took; the native binary runs the same program, which looks at the clock every few objects and counts
 * the gaps that are longer than its own work takes. On a busy machine some of these are times when another process ran instead: how often that was is counted beside them.
 */
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { buildArtifact, type CompileResult, compileHandler, loadEngine } from "@zerostart/build";
import { VmInstance } from "@zerostart/vm";
import { Command } from "commander";

/** As packages/vm/assembly/gc-pauses.ts lays them out. */
const buckets = 112;
/** Upper bound of a bucket, microseconds. */
function bucketEndUs(i: number): number {
  const at = (n: number) => (n < 8 ? n : (4 + (n % 4)) * 2 ** (Math.floor(n / 4) - 1));
  return at(i + 1) * 1.024;
}

/** What one object of the program takes: itself, its string, its array and the elements, its place in the list. */
const objectBytes = 48 + 24 + 24 + 24 + 8;
const bytesPerMiB = 2 ** 20;

/** A gap of the native run that counts as a pause, microseconds: sixteen objects take some three. */
const leastGapUs = 20;

const program = (liveMiB: number, turns: number) => `
(function () {
  var live = [], seed = 42, counts = new Uint32Array(${buckets}), last = performance.now();
  function make(i) { return { id: i, name: "n" + i, tags: [i, i + 1], next: null }; }
  function look() {
    var now = performance.now(), us = ((now - last) * 1000 / 1.024) | 0, top = 31 - Math.clz32(us);
    if (us >= ${leastGapUs}) counts[Math.min((top - 1) * 4 + ((us >> (top - 2)) & 3), ${buckets - 1})]++;
    last = performance.now();
  }
  for (var i = 0; i < ${Math.round((liveMiB * bytesPerMiB) / objectBytes)}; i++) { live.push(make(i)); if ((i & 15) === 0) look(); }
  for (var i = 0; i < ${turns}; i++) {
    var o = make(i);
    if ((i & 15) === 0) { look(); seed = (seed * 1309 + 13849) & 65535; live[(seed * 7 + i) % live.length] = o; }
  }
  console.log(JSON.stringify(Array.from(counts)));
})();`;

interface Pauses {
  readonly where: string;
  readonly pauses: number;
  readonly totalMs: number;
  /** Sum of all pauses, at most. */
  readonly pausedMs: number;
  readonly pauseMsP50: number;
  readonly pauseMsP99: number;
  readonly pauseMsMax: number;
  /** How often the system gave the processor to another process meanwhile. */
  readonly preemptions?: number;
  /** Known to the engine: full collections that ended, and what lived after the last. */
  readonly full?: number;
  readonly liveMiB?: number;
}
function summarise(where: string, counts: readonly number[], totalMs: number): Pauses {
  const pauses = counts.reduce((sum, n) => sum + n, 0);
  const percentileMs = (share: number) => {
    let seen = 0;
    for (const [i, n] of counts.entries()) if ((seen += n) >= share * pauses) return bucketEndUs(i) / 1000;
    return Infinity;
  };
  return {
    where,
    pauses,
    totalMs,
    pausedMs: counts.reduce((sum, n, i) => sum + (n * bucketEndUs(i)) / 1000, 0),
    pauseMsP50: percentileMs(0.5),
    pauseMsP99: percentileMs(0.99),
    pauseMsMax: percentileMs(1),
  };
}

async function onNative(compiled: CompileResult): Promise<Pauses> {
  const directory = await mkdtemp(path.join(tmpdir(), "zerostart-gc-"));
  try {
    const artifact = await buildArtifact({ compiled, kind: "script", name: "gc", mode: "embedded", target: "x86_64-linux-musl" });
    const file = path.join(directory, "gc");
    await writeFile(file, artifact.bytes, { mode: 0o755 });
    const begun = performance.now();
    const running = promisify(execFile)(file, ["--heap-mb", "1000"], { timeout: 300_000 });
    let preemptions: number | undefined;
    const timer = setInterval(() => {
      try {
        const count = /^nonvoluntary_ctxt_switches:\s*(\d+)$/m.exec(readFileSync(`/proc/${running.child.pid}/status`, "utf8"))?.[1];
        if (count !== undefined) preemptions = Number(count);
      } catch {
        // Gone between two looks, or no Linux.
      }
    }, 5);
    try {
      const { stdout } = await running;
      return { ...summarise("native binary (gaps)", JSON.parse(stdout) as number[], performance.now() - begun), preemptions };
    } finally {
      clearInterval(timer);
    }
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
async function onNode(bytecode: Uint8Array): Promise<Pauses> {
  const engine = await loadEngine();
  const vm = new VmInstance(engine.module);
  vm.resume(engine.baseImage, 1 << 30, 0n);
  const refused = vm.load(bytecode);
  const at = vm.exports.vm_gc_observe() >>> 0;
  const begun = performance.now();
  const message = refused ?? vm.evaluate();
  if (message !== undefined) throw new Error(message);
  const counts = [...new Uint32Array(vm.exports.memory.buffer, at, buckets + 3)];
  const [, full, liveBytes] = counts.splice(buckets) as [number, number, number];
  return { ...summarise("Node's WebAssembly", counts, performance.now() - begun), full, liveMiB: liveBytes / bytesPerMiB };
}

export const command = new Command("gc")
  .description("pauses of the garbage collector with a large live heap")
  .option("--live <MiB>", "objects kept alive", "32")
  .option("--turns <n>", "objects made after that", "3000000")
  .option("--json <file>", "write the result as JSON")
  .action(async (options: { live: string; turns: string; json?: string }) => {
    const compiled = await compileHandler({ files: { "gc.js": program(Number(options.live), Number(options.turns)) }, entry: "gc.js", kind: "script" });
    if (!compiled.bytecode) throw new Error("the program does not compile");
    const results = [await onNative(compiled), await onNode(compiled.bytecode)];
    console.log("| | pauses | p50, ms | p99, ms | longest, ms | all, ms | program, s | full collections | alive, MiB | preempted |");
    console.log("| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |");
    for (const r of results) {
      const ms = [r.pauseMsP50, r.pauseMsP99, r.pauseMsMax].map((n) => n.toFixed(2)).join(" | ");
      console.log(
        `| ${r.where} | ${r.pauses} | ${ms} | ${r.pausedMs.toFixed(0)} | ${(r.totalMs / 1000).toFixed(2)} | ${r.full ?? ""} | ${r.liveMiB?.toFixed(1) ?? ""} | ${r.preemptions ?? ""} |`,
      );
    }
    if (options.json !== undefined) await writeFile(options.json, JSON.stringify(results, null, 2) + "\n");
  });

/**
 * `npm run bench -- gc`: the collector's pauses with much alive, in the native binary and in Node's WebAssembly. A program keeps a heap of the given size, replaces
 * parts of it, and makes short-lived garbage besides; the engine counts how long each pause took. The program is compiled as library code, which may ask the engine.
 */
import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { buildArtifact, type CompileResult, loadEngine } from "@zerostart/build";
import { compile } from "@zerostart/compiler";
import { runBytecode } from "@zerostart/vm";
import { Command } from "commander";

/** As packages/vm/assembly/gc-pauses.ts lays them out. */
const buckets = 112;
/** Upper bound of a bucket, microseconds. */
function bucketEndUs(i: number): number {
  const at = (n: number) => (n < 8 ? n : (4 + (n % 4)) * 2 ** (Math.floor(n / 4) - 1));
  return at(i + 1) * 1.024;
}

const program = (liveMiB: number, turns: number) => `
  $observeCollector();
  var live = [], seed = 42;
  function make(i) { return { id: i, name: "n" + i, tags: [i, i + 1], next: null }; }
  for (var i = 0; i < ${Math.round(liveMiB * 2550)}; i++) live.push(make(i));
  for (var i = 0; i < ${turns}; i++) {
    var o = make(i);
    if ((i & 15) === 0) { seed = (seed * 1309 + 13849) & 65535; live[(seed * 7 + i) % live.length] = o; }
  }
  console.log(JSON.stringify($collectorPauses()));`;

interface Pauses {
  readonly where: string;
  readonly pauses: number;
  /** Full collections that ended. */
  readonly full: number;
  readonly liveMiB: number;
  readonly totalMs: number;
  /** Sum of all pauses, at most. */
  readonly pausedMs: number;
  readonly pauseMsP50: number;
  readonly pauseMsP99: number;
  readonly pauseMsMax: number;
}
function summarise(where: string, stdout: string, totalMs: number): Pauses {
  const counts = JSON.parse(stdout) as number[];
  const [pauses, full, liveBytes] = counts.slice(buckets) as [number, number, number];
  const percentileMs = (share: number) => {
    let seen = 0;
    for (let i = 0; i < buckets; i++) if ((seen += counts[i] as number) >= share * pauses) return bucketEndUs(i) / 1000;
    return Infinity;
  };
  return {
    where,
    pauses,
    full,
    liveMiB: liveBytes / 2 ** 20,
    totalMs,
    pausedMs: counts.slice(0, buckets).reduce((sum, n, i) => sum + (n * bucketEndUs(i)) / 1000, 0),
    pauseMsP50: percentileMs(0.5),
    pauseMsP99: percentileMs(0.99),
    pauseMsMax: percentileMs(1),
  };
}

async function onNative(bytecode: Uint8Array): Promise<Pauses> {
  const directory = await mkdtemp(path.join(tmpdir(), "zerostart-gc-"));
  try {
    const compiled: CompileResult = { ok: true, diagnostics: [], bytecode, sourceBytes: 0, bytecodeBytes: bytecode.length };
    const artifact = await buildArtifact({ compiled, kind: "script", name: "gc", mode: "embedded", target: "x86_64-linux-musl" });
    const file = path.join(directory, "gc");
    await writeFile(file, artifact.bytes, { mode: 0o755 });
    const begun = performance.now();
    const { stdout } = await promisify(execFile)(file, ["--heap-mb", "1000"], { timeout: 300_000 });
    return summarise("native binary", stdout, performance.now() - begun);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
async function onNode(bytecode: Uint8Array): Promise<Pauses> {
  const engine = await loadEngine();
  const begun = performance.now();
  const { stdout, error } = await runBytecode(engine.module, engine.baseImage, bytecode, { heapBytes: 1 << 30, cpuMs: 300_000 });
  if (error !== undefined) throw new Error(error);
  return summarise("Node's WebAssembly", stdout, performance.now() - begun);
}

export const command = new Command("gc")
  .description("pauses of the garbage collector with a large live heap")
  .option("--live <MiB>", "objects kept alive", "32")
  .option("--turns <n>", "objects made after that", "3000000")
  .option("--json <file>", "write the result as JSON")
  .action(async (options: { live: string; turns: string; json?: string }) => {
    const compiled = compile(program(Number(options.live), Number(options.turns)), { filename: "gc.js", sourceType: "script", library: true });
    if (!compiled.ok) throw new Error(compiled.diagnostics.map((d) => d.codeFrame).join("\n"));
    const results = [await onNative(compiled.bytecode), await onNode(compiled.bytecode)];
    console.log("| | pauses | full collections | alive, MiB | p50, ms | p99, ms | longest, ms | all, ms | program, s |");
    console.log("| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |");
    for (const r of results) {
      const ms = [r.pauseMsP50, r.pauseMsP99, r.pauseMsMax].map((n) => n.toFixed(2)).join(" | ");
      console.log(`| ${r.where} | ${r.pauses} | ${r.full} | ${r.liveMiB.toFixed(1)} | ${ms} | ${r.pausedMs.toFixed(0)} | ${(r.totalMs / 1000).toFixed(2)} |`);
    }
    if (options.json !== undefined) await writeFile(options.json, JSON.stringify(results, null, 2) + "\n");
  });

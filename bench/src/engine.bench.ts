/**
 * `npm run bench -- engine`: kernels (bench/kernels) on our native VM, on `node --jitless` and on any engine given as `--peer NAME=PATH`.
 * Runs are interleaved (every engine once per round), each process times its own repetitions, the best counts; a kernel's checksum must agree
 * everywhere or the run fails. The columns of memory are the peak RSS of one such process.
 */
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { mkdtemp, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { buildArtifact, compileHandler } from "@zerostart/build";
import { Command } from "commander";

const run = promisify(execFile);
const kernelsDirectory = path.join(import.meta.dirname, "../kernels");

interface Engine {
  readonly name: string;
  /** Command and arguments that run a kernel's file. */
  command(kernel: string): readonly string[];
}
interface KernelTimes {
  readonly kernel: string;
  /** Best time of one `run()` per engine, milliseconds. */
  readonly bestMs: Record<string, number>;
  /** Most memory that a process of the engine held, MiB. */
  readonly peakRssMiB: Record<string, number>;
}

const lookEveryMs = 5;
/** Run to the end: its output, and the most memory it held (looked at again and again in /proc, so 0 where there is none). */
async function runMeasured(file: string, args: readonly string[]): Promise<{ stdout: string; peakRssMiB: number }> {
  const running = run(file, args, { timeout: 120_000 });
  let peakRssMiB = 0;
  const timer = setInterval(() => {
    try {
      const kB = /^VmHWM:\s*(\d+) kB$/m.exec(readFileSync(`/proc/${running.child.pid}/status`, "utf8"))?.[1];
      if (kB !== undefined) peakRssMiB = Number(kB) / 1024; // the last one: before exec it is this process's own
    } catch {
      // Gone between two looks.
    }
  }, lookEveryMs);
  try {
    return { stdout: (await running).stdout, peakRssMiB };
  } finally {
    clearInterval(timer);
  }
}

/** What a kernel's process does: `run()` repeatedly for at least `milliseconds`, then print the best time and the result. */
const driver = (milliseconds: number) => `
(function () {
  var best = Infinity, result, started = performance.now(), t;
  do {
    t = performance.now();
    result = run();
    t = performance.now() - t;
    if (t < best) best = t;
  } while (performance.now() - started < ${milliseconds});
  console.log(JSON.stringify({ result: result, bestMs: best }));
})();
`;

async function zerostartBinary(source: string, kernel: string, directory: string): Promise<string> {
  const compiled = await compileHandler({ files: { [`${kernel}.js`]: source }, entry: `${kernel}.js`, kind: "script" });
  if (!compiled.ok) throw new Error(`${kernel}: ${compiled.diagnostics.map((d) => d.codeFrame).join("\n")}`);
  const artifact = await buildArtifact({ compiled, kind: "script", name: kernel, mode: "embedded", target: "x86_64-linux-musl" });
  const file = path.join(directory, `zerostart-${kernel}`);
  await writeFile(file, artifact.bytes, { mode: 0o755 });
  return file;
}

const geometricMean = (values: readonly number[]) => Math.exp(values.reduce((sum, v) => sum + Math.log(v), 0) / values.length);

export const command = new Command("engine")
  .description("time of the engine's kernels against other interpreters")
  .option("--json <file>", "write the result as JSON")
  .option("--peer <name=path...>", "another engine that runs a script given as its argument", (value: string, all: string[]) => [...all, value], [] as string[])
  .option("--rounds <n>", "interleaved rounds", "5")
  .option("--min-ms <n>", "time each process repeats a kernel for", "200")
  .option("--filter <text>", "only kernels whose name contains it", "")
  .action(async (options: { json?: string; peer: string[]; rounds: string; minMs: string; filter: string }) => {
    const directory = await mkdtemp(path.join(tmpdir(), "zerostart-engine-"));
    try {
      const kernels = (await readdir(kernelsDirectory)).flatMap((f) => (f.endsWith(".js") && f.includes(options.filter) ? [f.slice(0, -3)] : [])).sort();
      const ours = new Map<string, string>();
      for (const kernel of kernels) {
        const source = (await readFile(path.join(kernelsDirectory, `${kernel}.js`), "utf8")) + driver(Number(options.minMs));
        await writeFile(path.join(directory, `${kernel}.js`), source);
        ours.set(kernel, await zerostartBinary(source, kernel, directory));
      }
      const engines: Engine[] = [
        { name: "zerostart", command: (kernel) => [ours.get(kernel) as string] },
        { name: "node --jitless", command: (kernel) => [process.execPath, "--jitless", "--no-warnings", path.join(directory, `${kernel}.js`)] },
        ...options.peer.map((peer) => {
          const [name, file] = [peer.slice(0, peer.indexOf("=")), peer.slice(peer.indexOf("=") + 1)];
          if (name === "" || file === "") throw new Error(`--peer wants NAME=PATH, not "${peer}"`);
          return { name, command: (kernel: string) => [file, path.join(directory, `${kernel}.js`)] };
        }),
      ];

      const times: KernelTimes[] = kernels.map((kernel) => ({ kernel, bestMs: {}, peakRssMiB: {} }));
      const results = new Map<string, unknown>();
      for (let round = 0; round < Number(options.rounds); round++) {
        for (const time of times) {
          for (const engine of engines) {
            const [file, ...args] = engine.command(time.kernel) as [string, ...string[]];
            const { stdout, peakRssMiB } = await runMeasured(file, args);
            const { result, bestMs } = JSON.parse(stdout) as { result: unknown; bestMs: number };
            if (!results.has(time.kernel)) results.set(time.kernel, result);
            if (results.get(time.kernel) !== result)
              throw new Error(`${time.kernel}: ${engine.name} computes ${String(result)}, another engine ${String(results.get(time.kernel))}`);
            time.peakRssMiB[engine.name] = Math.max(time.peakRssMiB[engine.name] ?? 0, peakRssMiB);
            time.bestMs[engine.name] = Math.min(time.bestMs[engine.name] ?? Infinity, bestMs);
          }
        }
      }

      const peers = engines.slice(1).map((e) => e.name);
      const ratio = (time: KernelTimes, peer: string) => (time.bestMs["zerostart"] as number) / (time.bestMs[peer] as number);
      const means = Object.fromEntries(peers.map((peer) => [peer, geometricMean(times.map((t) => ratio(t, peer)))]));
      console.log(
        `| kernel | ${engines.map((e) => `${e.name}, ms`).join(" | ")} | ${peers.map((p) => `x ${p}`).join(" | ")} | ${engines.map((e) => `${e.name}, MiB`).join(" | ")} |`,
      );
      console.log(`| --- |${[...engines, ...peers, ...engines].map(() => " ---: |").join("")}`);
      for (const t of times)
        console.log(
          `| ${t.kernel} | ${engines.map((e) => (t.bestMs[e.name] as number).toFixed(2)).join(" | ")} | ${peers.map((p) => ratio(t, p).toFixed(2)).join(" | ")} | ${engines.map((e) => (t.peakRssMiB[e.name] as number).toFixed(1)).join(" | ")} |`,
        );
      console.log(
        `| geometric mean | ${engines.map(() => "").join(" | ")} | ${peers.map((p) => (means[p] as number).toFixed(2)).join(" | ")} | ${engines.map(() => "").join(" | ")} |`,
      );
      if (options.json !== undefined)
        await writeFile(
          options.json,
          JSON.stringify({ kernels: times, geometricMeanOfTimeRatio: means, rounds: Number(options.rounds), minMs: Number(options.minMs) }, null, 2) + "\n",
        );
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  });

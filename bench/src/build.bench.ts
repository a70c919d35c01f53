/**
 * What a person waits for: `zerostart build` of the hello handler, a process each time, for one target and for all, beside what Node takes to do nothing.
 * Stubs are there already: warm-up runs make them.
 */
import { spawnSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { parseCount } from "@zerostart/cli/artifacts.ts";
import { median, quantile } from "@zerostart/stats";
import { Command } from "commander";

type Options = { runs: number; warmup: number; json?: string };
type Subject = { name: string; args: string[]; targetMs?: number; samplesMs: number[] };

const root = join(import.meta.dirname, "../..");

export const command = new Command("build")
  .description("the time of `zerostart build` with stubs at hand, for one target and for all, beside `node -e 0`")
  .option("--runs <n>", "measured runs of each, interleaved", parseCount(1, 10_000), 20)
  .option("--warmup <n>", "runs of each that are dropped first", parseCount(1, 1000), 2)
  .option("--json <file>", "write everything, samples included, to this file")
  .action(async ({ runs, warmup, json }: Options) => {
    const folder = await mkdtemp(join(tmpdir(), "zerostart-bench-"));
    try {
      const subjects = subjectsIn(folder);
      for (let round = -warmup; round < runs; round++)
        for (const { name, args, samplesMs } of subjects) {
          const ms = timed(name, args);
          if (round >= 0) samplesMs.push(ms);
        }
      console.log(table(subjects));
      console.log(`\n${runs} runs of each after ${warmup} warm-ups, interleaved; ${cpus().length} x ${cpus()[0]?.model ?? ""}, Node ${process.version}`);
      if (json) await writeFile(json, `${JSON.stringify({ benchmark: "build", at: new Date().toISOString(), runs, warmup, subjects }, null, 1)}\n`);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });

function subjectsIn(folder: string): Subject[] {
  const build = (...args: string[]) => [
    join(root, "packages/cli/bin/zerostart.mjs"),
    "build",
    join(root, "examples/hello.ts"),
    "-o",
    join(folder, "hello"),
    ...args,
  ];
  return [
    { name: "node -e 0", args: ["-e", "0"], samplesMs: [] },
    { name: "zerostart build, one target, snapshot", args: build(), targetMs: 300, samplesMs: [] },
    { name: "zerostart build, one target, embedded", args: build("--mode", "embedded"), targetMs: 300, samplesMs: [] },
    { name: "zerostart build, all eight targets, snapshot", args: build("--target", "all"), targetMs: 1500, samplesMs: [] },
  ];
}

function timed(name: string, args: string[]): number {
  const began = performance.now();
  const { status, stderr } = spawnSync(process.execPath, args, { stdio: ["ignore", "ignore", "pipe"], encoding: "utf8" });
  if (status !== 0) throw new Error(`${name} ended with ${status}:\n${stderr}`);
  return performance.now() - began;
}

function table(subjects: Subject[]): string {
  const nothing = median(subjects[0]!.samplesMs);
  const rows = subjects.map(({ name, samplesMs, targetMs }) => {
    const p50 = median(samplesMs);
    const figures = [p50, quantile(samplesMs, 0.1), quantile(samplesMs, 0.9)].map((ms) => ms.toFixed(0));
    const met = targetMs === undefined ? "" : `${targetMs}, ${p50 < targetMs ? "met" : "missed"}`;
    return `| ${[name, ...figures, (p50 / nothing).toFixed(1), met].join(" | ")} |`;
  });
  return ["| command | p50, ms | p10 | p90 | x node -e 0 | target, ms |", "| --- | ---: | ---: | ---: | ---: | --- |", ...rows].join("\n");
}

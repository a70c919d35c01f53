/**
 * Cold start: from just before the spawn to the last byte of the first response, timed by the native launcher by the same
 * method for every subject. Subjects take turns within each round, in an order shuffled per round, so that drift of the
 * machine and the influence of the one that ran before fall on all alike.
 */
import { cpus, release, tmpdir, totalmem } from "node:os";
import { join } from "node:path";
import { writeFile } from "node:fs/promises";
import { Command, InvalidArgumentError } from "commander";
import { Launcher, type StartMeasurement } from "@zerostart/launcher";
import { launchModes, phases, type LaunchMode } from "@zerostart/protocol";
import { bootstrapMedianDifference, quantile } from "@zerostart/stats";
import { floorName, floorSubject, namedPeer, ownSubjects, peerSubjects, type Subject } from "./subjects.ts";

type Row = {
  name: string;
  detail: string;
  runs: number;
  failed: number;
  binaryBytes: number | null;
  totalNs: { p50: number; p95: number; min: number; max: number; p50Interval95: [number, number] };
  /** Of the medians: the ratio, and the difference with its interval. */
  againstFloor: { ratio: number; differenceNs: number; differenceNsInterval95: [number, number] };
  memory: { rssBytesP50: number; pssBytesP50: number; privateDirtyBytesP50: number; minorFaultsP50: number };
  phasesNsP50: Record<string, number>;
  samplesNs: number[];
};

/** Start every subject once per round. Warm-up rounds are dropped. A failing start is counted and named, never retried. */
async function run(subjects: Subject[], runs: number, warmup: number): Promise<{ samples: StartMeasurement[][]; failures: string[][] }> {
  const launcher = await Launcher.open();
  const samples: StartMeasurement[][] = subjects.map(() => []);
  const failures: string[][] = subjects.map(() => []);
  try {
    for (let round = -warmup; round < runs; round++) {
      if (process.stderr.isTTY) process.stderr.write(`\rround ${round + 1} of ${runs}   `);
      for (const index of shuffled(subjects.length)) {
        const subject = subjects[index]!;
        try {
          const measurement = await launcher.measure(subject.start);
          if (measurement.status !== 200 || measurement.body !== '{"hello":"world"}') {
            throw new Error(`it answered ${measurement.status} ${measurement.body.slice(0, 200)}`);
          }
          if (round >= 0) samples[index]!.push(measurement);
        } catch (error) {
          failures[index]!.push(error instanceof Error ? error.message : String(error));
        }
      }
    }
  } finally {
    if (process.stderr.isTTY) process.stderr.write("\r\x1b[K");
    await launcher.close();
  }
  return { samples, failures };
}

function shuffled(count: number): number[] {
  const order = Array.from({ length: count }, (_, i) => i);
  for (let i = count - 1; i > 0; i--) {
    const j = Math.floor(Math.random() * (i + 1));
    [order[i], order[j]] = [order[j]!, order[i]!];
  }
  return order;
}

function summarise(subject: Subject, samples: StartMeasurement[], failed: number, floor: number[]): Row {
  const totals = samples.map((sample) => sample.totalNs);
  const median = (values: number[]) => quantile(values, 0.5);
  // The interval of a median is that of its difference to a constant zero.
  const own = bootstrapMedianDifference([0], totals);
  const difference = bootstrapMedianDifference(floor, totals);
  const phasesNsP50 = Object.fromEntries(
    phases
      .map(({ name }) => [name, samples.map((sample) => sample.phases.find((phase) => phase.phase === name)?.ns)] as const)
      .filter(([, values]) => values.some((value) => value !== undefined))
      .map(([name, values]) => [name, median(values.map((value) => value ?? 0))]),
  );
  return {
    name: subject.name,
    detail: subject.detail,
    runs: samples.length,
    failed,
    binaryBytes: subject.binaryBytes ?? null,
    totalNs: {
      p50: median(totals),
      p95: quantile(totals, 0.95),
      min: Math.min(...totals),
      max: Math.max(...totals),
      p50Interval95: [own.low, own.high],
    },
    againstFloor: {
      ratio: median(totals) / median(floor),
      differenceNs: difference.difference,
      differenceNsInterval95: [difference.low, difference.high],
    },
    memory: {
      rssBytesP50: median(samples.map((s) => s.memory.rssBytes)),
      pssBytesP50: median(samples.map((s) => s.memory.pssBytes ?? 0)),
      privateDirtyBytesP50: median(samples.map((s) => s.memory.privateDirtyBytes ?? 0)),
      minorFaultsP50: median(samples.map((s) => s.memory.minorFaults ?? 0)),
    },
    phasesNsP50,
    samplesNs: totals,
  };
}

const milliseconds = (ns: number) => (ns / 1e6).toFixed(ns < 1e7 ? 3 : 1);
const kilobytes = (bytes: number | null) => (bytes === null ? "" : bytes < 1e6 ? `${Math.round(bytes / 1e3)} kB` : `${(bytes / 1e6).toFixed(1)} MB`);

function table(rows: Row[]): string {
  const lines = [
    "| | p50 ms | 95 % interval | p95 ms | x floor | RSS | binary |",
    "| --- | ---: | ---: | ---: | ---: | ---: | ---: |",
    ...rows.map((row) => {
      const [low, high] = row.totalNs.p50Interval95;
      return `| ${row.name} | ${milliseconds(row.totalNs.p50)} | ${milliseconds(low)} - ${milliseconds(high)} | ${milliseconds(row.totalNs.p95)} | ${row.againstFloor.ratio.toFixed(2)} | ${kilobytes(row.memory.rssBytesP50)} | ${kilobytes(row.binaryBytes)} |`;
    }),
  ];
  const traced = rows.filter((row) => Object.keys(row.phasesNsP50).length > 1);
  if (traced.length > 0) {
    const names = phases.map((phase) => phase.name).filter((name) => traced.some((row) => row.phasesNsP50[name] !== undefined));
    lines.push("", `| median us by phase | ${names.join(" | ")} |`, `| --- |${" ---: |".repeat(names.length)}`);
    for (const row of traced) lines.push(`| ${row.name} | ${names.map((name) => (row.phasesNsP50[name] === undefined ? "" : (row.phasesNsP50[name] / 1e3).toFixed(1))).join(" | ")} |`);
  }
  return lines.join("\n");
}

const count = (minimum: number) => (text: string) => {
  const value = Number(text);
  if (!Number.isInteger(value) || value < minimum) throw new InvalidArgumentError(`a whole number of at least ${minimum}`);
  return value;
};
const availableModes = launchModes.filter((mode) => mode.available).map((mode) => mode.name as LaunchMode);

export const command = new Command("coldstart")
  .description("spawn to last byte of the first response: every launch mode, a bare static C server, Node, Deno and Bun, interleaved")
  .option("--runs <n>", "measured starts of each", count(1), 100)
  .option("--warmup <n>", "starts of each that are dropped first", count(0), 5)
  .option("--mode <modes>", "launch modes, separated by commas", (text) => text.split(","), availableModes)
  .option("--only <names>", "only the subjects whose name contains one of these, separated by commas (the floor always runs)", (text) => text.split(","))
  .option("--peer <name=command>", "a further peer; {port} in the command is the port (repeatable)", (text: string, all: string[]) => [...all, text], [])
  .option("--no-peers", "leave Node, Deno and Bun out")
  .option("--json <file>", "write everything, samples included, to this file")
  .action(async (options: { runs: number; warmup: number; mode: string[]; only?: string[]; peer: string[]; peers: boolean; json?: string }) => {
    const unknown = options.mode.find((mode) => !availableModes.includes(mode as LaunchMode));
    if (unknown !== undefined) return command.error(`error: ${unknown} is not an available launch mode (${availableModes.join(", ")})`, { exitCode: 2 });
    const peers = options.peers ? await peerSubjects() : { subjects: [], missing: [] };
    const all = [
      await floorSubject(),
      ...(await ownSubjects(options.mode as LaunchMode[], join(tmpdir(), `zerostart-bench-${process.pid}`))),
      ...peers.subjects,
      ...(await Promise.all(options.peer.map(namedPeer))),
    ];
    const subjects = all.filter(({ name }) => name === floorName || !options.only || options.only.some((part) => name.includes(part)));
    for (const line of peers.missing) console.error(`left out: ${line}`);

    const { samples, failures } = await run(subjects, options.runs, options.warmup);
    const floor = samples[0]!.map((sample) => sample.totalNs);
    const rows = subjects.flatMap((subject, i) => (samples[i]!.length > 0 ? [summarise(subject, samples[i]!, failures[i]!.length, floor)] : []));
    console.log(table(rows));
    const machine = { cpu: cpus()[0]?.model ?? "", cpus: cpus().length, memoryBytes: totalmem(), kernel: release() };
    console.log(`\n${options.runs} runs each after ${options.warmup} warm-ups, interleaved; ${machine.cpus} x ${machine.cpu}, Linux ${machine.kernel}`);
    const failed = subjects.flatMap((subject, i) => (failures[i]!.length > 0 ? [{ name: subject.name, count: failures[i]!.length, first: failures[i]![0]! }] : []));
    for (const failure of failed) console.error(`${failure.name}: ${failure.count} starts failed, the first: ${failure.first}`);
    if (options.json) {
      const report = { benchmark: "coldstart", at: new Date().toISOString(), machine, runs: options.runs, warmup: options.warmup, rows, failed, missing: peers.missing };
      await writeFile(options.json, `${JSON.stringify(report, null, 1)}\n`);
    }
    if (failed.length > 0) process.exitCode = 1;
  });

/**
 * Cold start: from just before the spawn to the last byte of the first response, timed by the native launcher by the same
 * method for every subject: each launch mode, a bare static C server (the floor), Node, Deno and Bun, and any other peer.
 */
import { spawn } from "node:child_process";
import { get } from "node:http";
import { text } from "node:stream/consumers";
import { setTimeout } from "node:timers/promises";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { cpus, hostname, release, tmpdir, totalmem } from "node:os";
import { join } from "node:path";
import { availableModes, parseCount, parseModes } from "@zerostart/cli/artifacts.ts";
import { accounting, type ColdStartRow, coldStartRows, coldStartTable, explainDifference } from "@zerostart/cli/cold-start-report.ts";
import { measureInTurns, readMemory, type StartMeasurement } from "@zerostart/launcher";
import { affinities, hotFunctions, isPooled, pageKinds, type Affinity, type LaunchMode, type PageKind } from "@zerostart/protocol";
import { bootstrapMedianDifference } from "@zerostart/stats";
import { Command, InvalidArgumentError } from "commander";
import { compiledPeers } from "./compiled-peers.ts";
import { handlerNames, links, ownSubjects, usual, type Variants } from "./own-subjects.ts";
import { floorName, floorSubject, namedPeer, notingFloorName, notingFloorSubject, peerSubjects, type Subject } from "./subjects.ts";

type Options = {
  runs?: number;
  warmup: number;
  mode: LaunchMode[];
  only?: string[];
  handler: Variants["handlers"];
  link: Variants["links"];
  unstripped: boolean;
  pool?: number[];
  prewarm?: number[];
  pages?: PageKind[];
  affinity?: Affinity[];
  all: boolean;
  traceCost: boolean;
  trace?: string | true;
  morePeers: boolean;
  instances?: number;
  peer: string[];
  peers: boolean;
  json?: string;
};

/** Enough for intervals of a few microseconds on a quiet machine, where they take a minute. */
const usualRuns = 300;
/** Some three hundred subjects. */
const runsOfAll = 30;
const expectedBody = '{"hello":"world"}';

export const command = new Command("coldstart")
  .description("spawn to last byte of the first response: every launch mode, a bare static C server, Node, Deno and Bun, interleaved")
  .option("--runs <n>", `measured starts of each (${usualRuns}; with --all ${runsOfAll})`, parseCount(1, 100_000))
  .option("--warmup <n>", "starts of each that are dropped first", parseCount(0, 10_000), 5)
  .option("--mode <modes>", "launch modes, separated by commas", parseModes, availableModes)
  .option("--handler <names>", `handlers, separated by commas: ${handlerNames.join(", ")} (1 kB, 100 kB, 1 MB)`, listOf(handlerNames), usual.handlers)
  .option("--link <kinds>", `how artifacts are linked, separated by commas: ${links.join(", ")}`, listOf(links), usual.links)
  .option("--unstripped", "every artifact with its symbols as well", false)
  .option("--pool <sizes>", "pool sizes of the pooled modes: numbers and ranges, as 1,4..8", parseCounts(1, 64))
  .option("--prewarm <counts>", "processes of a pool that are started before the first work: numbers and ranges", parseCounts(0, 64))
  .option("--pages <kinds>", `how starts get their memory, separated by commas: ${pageKinds.join(", ")}`, listOf(pageKinds))
  .option("--affinity <kinds>", `where the first process of a pool that waits does so, separated by commas: ${affinities.join(", ")}`, listOf(affinities))
  .option(
    "--all",
    "every mode, handler, link and stripping; every kind of pages and affinity, pools of 1 to 28, prewarm 0, 1 and all, of the hello handler; all peers",
    false,
  )
  .option("--no-trace-cost", "leave out the hello handler's snapshot without a trace, which shows what the measuring costs a start")
  .option(
    "--trace [folder]",
    "then look into starts of each own subject that is no pool: where the processor was; a folder gets the traces (zerostart trace's format)",
  )
  .option("--instances <n>", "then start so many instances of the hello handler's snapshot side by side and add up their PSS", parseCount(1, 10_000))
  .option("--only <names>", "only subjects whose name contains one of these, separated by commas (the floor always runs)", (text) => text.split(","))
  .option("--peer <name=command>", "a further peer; {port} in the command is the port (repeatable)", (text: string, all: string[]) => [...all, text], [])
  .option("--no-peers", "leave Node, Deno and Bun out")
  .option("--more-peers", "also Node's compile cache and single executable with snapshot, deno compile, bun build --compile --bytecode, workerd", false)
  .option("--json <file>", "write everything, samples included, to this file")
  .action(async (options: Options) => {
    const folder = await mkdtemp(join(tmpdir(), "zerostart-bench-"));
    try {
      const peers = options.peers ? await peerSubjects() : { subjects: [], missing: [] };
      if (options.peers && (options.morePeers || options.all)) {
        const more = await compiledPeers(folder);
        peers.subjects.push(...more.subjects);
        peers.missing.push(...more.missing);
      }
      for (const line of peers.missing) console.error(`left out: ${line}`);
      const all = [
        await floorSubject(),
        await notingFloorSubject(),
        ...(await ours(options, folder)),
        ...peers.subjects,
        ...(await Promise.all(options.peer.map(namedPeer))),
      ];
      const isAsked = (name: string) => name === floorName || name === notingFloorName || !options.only || options.only.some((part) => name.includes(part));
      const chosen = all.filter(({ name }) => isAsked(name));
      await compare(chosen, options, peers.missing);
      if (options.trace) await traceSubjects(chosen, options.trace === true ? undefined : options.trace);
      if (options.instances) console.log(`\n${await sideBySide(options.instances, folder)}`);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });

async function ours(options: Options, folder: string): Promise<Subject[]> {
  const { mode: modes, handler: handlers, link } = options;
  const stripped = options.unstripped || options.all ? [true, false] : [true];
  const pools = options.pool ?? usual.pools;
  const prewarms = options.prewarm ?? usual.prewarms;
  const subjects = options.all
    ? [
        ...(await ownSubjects({ ...usual, handlers: [...handlerNames], modes, links: [...links], stripped }, folder)),
        ...(await ownSubjects({ ...usual, modes, pages: pageKinds.filter((kind) => kind !== "lazy") }, folder)),
        ...(await ownSubjects({ ...usual, modes: modes.filter(isPooled), affinities: affinities.filter((kind) => kind !== "near") }, folder)),
        ...(await pooledSubjects(modes, folder)),
      ]
    : await ownSubjects(
        { handlers, modes, links: link, stripped, pools, prewarms, pages: options.pages ?? usual.pages, affinities: options.affinity ?? usual.affinities },
        folder,
      );
  if (options.traceCost && modes.includes("snapshot")) {
    const [snapshot] = await ownSubjects({ ...usual, modes: ["snapshot"] }, folder);
    subjects.push({ ...snapshot!, name: untraced, start: { ...snapshot!.start, trace: false } });
  }
  return subjects;
}

const untraced = "zerostart snapshot, not traced";

/** Pools of every size, with none, one and all of their processes started ahead. */
async function pooledSubjects(modes: LaunchMode[], folder: string): Promise<Subject[]> {
  const subjects: Subject[] = [];
  for (let pool = 1; pool <= 28; pool++)
    subjects.push(...(await ownSubjects({ ...usual, modes: modes.filter(isPooled), pools: [pool], prewarms: [...new Set([0, 1, pool])] }, folder)));
  return subjects;
}

/** Some of the known names, separated by commas. */
function listOf<T extends string>(known: readonly T[]): (text: string) => T[] {
  return (text) =>
    text.split(",").map((part) => {
      const found = known.find((name) => name === part);
      if (found === undefined) throw new InvalidArgumentError(`${part} is none of ${known.join(", ")}`);
      return found;
    });
}

/** Numbers and ranges, as "1,4..8". */
function parseCounts(minimum: number, maximum: number): (text: string) => number[] {
  const one = parseCount(minimum, maximum);
  return (text) => [
    ...new Set(
      text.split(",").flatMap((part) => {
        const [from, to = from] = part.split("..").map(one) as [number, number?];
        if (to < from || part.split("..").length > 2) throw new InvalidArgumentError(`${part} is not a range FROM..TO`);
        return Array.from({ length: to - from + 1 }, (_, i) => from + i);
      }),
    ),
  ];
}

/** Why one launch mode is slower than another, whether phases add up, and what the measuring costs, against what is wanted; a line each. */
function findings(rows: ColdStartRow[]): string[] {
  const row = (name: string) => rows.find((each) => each.name === name);
  const us = (ns: number) => `${ns < 0 ? "-" : "+"}${(Math.abs(ns) / 1e3).toFixed(1)}`;
  const percent = (share: number) => `${(share * 100).toFixed(1)} %`;
  const lines: string[] = [];
  for (const [slow, fast] of [
    ["zerostart snapshot", notingFloorName],
    ["zerostart embedded", "zerostart snapshot"],
    ["zerostart cached", "zerostart embedded"],
    ["zerostart source", "zerostart embedded"],
  ] as const) {
    const [after, before] = [row(slow), row(fast)];
    if (!after || !before) continue;
    const { differenceNs, phasesNs, explained } = explainDifference(before, after);
    const parts = Object.entries(phasesNs).map(([phase, ns]) => `${phase} ${us(ns)}`);
    const wanted = fast === notingFloorName ? "" : verdict(Math.abs(explained - 1) <= 0.05, "within 5 %");
    lines.push(`${slow} over ${fast}: ${us(differenceNs)} µs; the phases explain ${percent(explained)}${wanted}: ${parts.join(", ")}`);
  }
  const own = rows
    .filter(({ name, typicalNs }) => name.startsWith("zerostart ") && "first_request" in typicalNs.phases)
    .map((each) => ({ name: each.name, ...accounting(each) }));
  const furthest = own.toSorted((a, b) => Math.abs(b.sumRatio - 1) - Math.abs(a.sumRatio - 1))[0];
  const vaguest = own.toSorted((a, b) => b.otherShare - a.otherShare)[0];
  if (furthest && vaguest) {
    lines.push(
      `phases against the median: ${percent(furthest.sumRatio)} at the furthest (${furthest.name})${verdict(Math.abs(furthest.sumRatio - 1) <= 0.03, "within 3 %")}`,
    );
    lines.push(`other: ${percent(vaguest.otherShare)} at most (${vaguest.name})${verdict(vaguest.otherShare <= 0.1, "10 % at most")}`);
  }
  const [traced, plain] = [row("zerostart snapshot"), row(untraced)];
  if (traced && plain) {
    const { low, high, difference } = bootstrapMedianDifference(plain.samplesNs, traced.samplesNs);
    lines.push(`the measuring costs a start ${us(difference)} µs (95 % interval ${us(low)} to ${us(high)})${verdict(high < 20_000, "under 20 µs")}`);
  }
  return lines;
}

const verdict = (holds: boolean, wanted: string) => ` (wanted: ${wanted}${holds ? "" : "; missed"})`;

const tracedStarts = 200;
const shownFunctions = 12;

/** Where the processor was in starts of each subject of ours. */
async function traceSubjects(subjects: Subject[], folder: string | undefined): Promise<void> {
  const { traceStart } = await import("@zerostart/launcher");
  if (folder !== undefined) await mkdir(folder, { recursive: true });
  for (const { name, start, traced } of subjects) {
    if (!traced) continue;
    const { handler, mode, target, symbols } = traced;
    const trace = await traceStart(start.command, {
      program: await readFile(start.command[0]),
      symbols,
      subject: { handler, mode, target, path: "/" },
      hostName: hostname(),
      runs: tracedStarts,
      env: start.env,
    }).catch((error: unknown) => (error instanceof Error ? error : new Error(String(error))));
    // Compiling a megabyte in the process while it is looked at may pass its limit; the others are looked at all the same.
    if (trace instanceof Error) {
      console.log(`\n${name}: not traced: ${trace.message.split("\n").join("; ")}`);
      continue;
    }
    const { samples, starts } = trace;
    console.log(
      `\n${name}: ${samples.total} samples of ${starts.sampled.count} starts; sampling made a start ${slower(starts.plain.medianNs, starts.sampled.medianNs)} slower`,
    );
    for (const f of hotFunctions(trace).slice(0, shownFunctions))
      console.log(`  ${percent(f.selfSamples, samples.total)} self ${percent(f.totalSamples, samples.total)} total  ${f.name} (${f.kind})`);
    for (const { what, why } of trace.unavailable) console.log(`  not available here: ${what} (${why})`);
    if (folder !== undefined) await writeFile(join(folder, `${name.replaceAll(/[^A-Za-z0-9.]+/g, "-")}.trace.json`), `${JSON.stringify(trace)}\n`);
  }
}

const percent = (part: number, of: number) => `${((100 * part) / Math.max(1, of)).toFixed(1).padStart(5)} %`;
const slower = (plain: number, sampled: number) => `${Math.max(0, Math.round((sampled / Math.max(1, plain) - 1) * 100))} %`;

/** Proportional memory of `count` instances of one artifact, each after its first response. */
async function sideBySide(count: number, folder: string): Promise<string> {
  const [snapshot] = await ownSubjects({ ...usual, modes: ["snapshot"] }, folder);
  const processes = Array.from({ length: count }, (_, i) => {
    const socket = join(folder, `${i}.socket`);
    return { socket, child: spawn(snapshot!.start.command[0], ["--unix", socket], { stdio: "ignore" }) };
  });
  try {
    for (const { socket } of processes) await answerOf(socket);
    const memory = processes.map(({ child }) => readMemory(child.pid!));
    const sum = (field: "pssBytes" | "privateDirtyBytes" | "rssBytes") => memory.reduce((total, use) => total + (use?.[field] ?? 0), 0) / 1e6;
    return `${count} instances of zerostart snapshot: PSS ${sum("pssBytes").toFixed(1)} MB, private dirty ${sum("privateDirtyBytes").toFixed(1)} MB, RSS ${sum("rssBytes").toFixed(1)} MB in all`;
  } finally {
    for (const { child } of processes) child.kill("SIGKILL");
  }
}

/** The body of GET / from a Unix socket, asked for until somebody listens. */
async function answerOf(socketPath: string): Promise<string> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await new Promise((resolve, reject) => {
        get({ socketPath, path: "/", agent: false }, (response) => void text(response).then(resolve, reject)).on("error", reject);
      });
    } catch (error) {
      if (attempt === 500) throw error;
      await setTimeout(10);
    }
  }
}

async function compare(subjects: Subject[], options: Options, missing: string[]): Promise<void> {
  const { runs = options.all ? runsOfAll : usualRuns, warmup } = options;
  const samples: StartMeasurement[][] = subjects.map(() => []);
  const failures: string[][] = subjects.map(() => []);
  await measureInTurns({
    subjects: subjects.map((subject) => subject.start),
    runs,
    warmup,
    onStart: (index, measurement) => {
      if (measurement.status !== 200 || measurement.body !== expectedBody)
        throw new Error(`it answered ${measurement.status} ${measurement.body.slice(0, 200)}`);
      samples[index]!.push(measurement);
    },
    onFailure: (index, error) => failures[index]!.push(error instanceof Error ? error.message : String(error)),
    onRound: (round) => {
      if (process.stderr.isTTY) process.stderr.write(round + 1 === runs ? "\r\x1b[K" : `\rround ${round + 1} of ${runs}   `);
    },
  });

  const rows = coldStartRows(subjects.map((subject, i) => ({ ...subject, samples: samples[i]! })));
  const machine = { cpu: cpus()[0]?.model ?? "", cpus: cpus().length, memoryBytes: totalmem(), kernel: release() };
  console.log(coldStartTable(rows));
  console.log(`\n${runs} runs each after ${warmup} warm-ups, interleaved; ${machine.cpus} x ${machine.cpu}, Linux ${machine.kernel}`);
  const found = findings(rows);
  if (found.length > 0) console.log(`\n${found.join("\n")}`);
  const failed = subjects.flatMap(({ name }, i) => (failures[i]!.length > 0 ? [{ name, count: failures[i]!.length, first: failures[i]![0]! }] : []));
  for (const failure of failed) console.error(`${failure.name}: ${failure.count} starts failed, the first: ${failure.first}`);
  if (options.json) {
    const report = { benchmark: "coldstart", at: new Date().toISOString(), machine, runs, warmup, rows, findings: found, failed, missing };
    await writeFile(options.json, `${JSON.stringify(report, null, 1)}\n`);
  }
  if (failed.length > 0) process.exitCode = 1;
}

/**
 * Cold start: from just before the spawn to the last byte of the first response, timed by the native launcher by the same
 * method for every subject: each launch mode, a bare static C server (the floor), Node, Deno and Bun, and any other peer.
 */
import { spawn } from "node:child_process";
import { get } from "node:http";
import { text } from "node:stream/consumers";
import { setTimeout } from "node:timers/promises";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { cpus, release, tmpdir, totalmem } from "node:os";
import { join } from "node:path";
import { availableModes, parseCount, parseModes } from "@zerostart/cli/artifacts.ts";
import { coldStartRows, coldStartTable } from "@zerostart/cli/cold-start-report.ts";
import { measureInTurns, readMemory, type StartMeasurement } from "@zerostart/launcher";
import type { LaunchMode } from "@zerostart/protocol";
import { Command } from "commander";
import { floorName, floorSubject, handlerNames, namedPeer, ownSubjects, peerSubjects, type Subject } from "./subjects.ts";

type Options = {
  runs: number;
  warmup: number;
  mode: LaunchMode[];
  only?: string[];
  handlers: boolean;
  instances?: number;
  peer: string[];
  peers: boolean;
  json?: string;
};

const expectedBody = '{"hello":"world"}';

export const command = new Command("coldstart")
  .description("spawn to last byte of the first response: every launch mode, a bare static C server, Node, Deno and Bun, interleaved")
  .option("--runs <n>", "measured starts of each", parseCount(1, 100_000), 100)
  .option("--warmup <n>", "starts of each that are dropped first", parseCount(0, 10_000), 5)
  .option("--mode <modes>", "launch modes, separated by commas", parseModes, availableModes)
  .option("--handlers", "handlers of about 100 kB and 1 MB as well", false)
  .option("--instances <n>", "then start so many instances of the hello handler's snapshot side by side and add up their PSS", parseCount(1, 10_000))
  .option("--only <names>", "only subjects whose name contains one of these, separated by commas (the floor always runs)", (text) => text.split(","))
  .option("--peer <name=command>", "a further peer; {port} in the command is the port (repeatable)", (text: string, all: string[]) => [...all, text], [])
  .option("--no-peers", "leave Node, Deno and Bun out")
  .option("--json <file>", "write everything, samples included, to this file")
  .action(async (options: Options) => {
    const folder = await mkdtemp(join(tmpdir(), "zerostart-bench-"));
    try {
      const peers = options.peers ? await peerSubjects() : { subjects: [], missing: [] };
      for (const line of peers.missing) console.error(`left out: ${line}`);
      const all = [await floorSubject(), ...(await handlers(options, folder)), ...peers.subjects, ...(await Promise.all(options.peer.map(namedPeer)))];
      await compare(
        all.filter(({ name }) => name === floorName || !options.only || options.only.some((part) => name.includes(part))),
        options,
        peers.missing,
      );
      if (options.instances) console.log(`\n${await sideBySide(options.instances, folder)}`);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });

async function handlers({ mode, handlers: all }: Options, folder: string): Promise<Subject[]> {
  const subjects: Subject[] = [];
  for (const name of all ? handlerNames : handlerNames.slice(0, 1)) subjects.push(...(await ownSubjects(mode, folder, name)));
  return subjects;
}

/** Proportional memory of `count` instances of one artifact, each after its first response. */
async function sideBySide(count: number, folder: string): Promise<string> {
  const [snapshot] = await ownSubjects(["snapshot"], folder);
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
  const { runs, warmup } = options;
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
  const failed = subjects.flatMap(({ name }, i) => (failures[i]!.length > 0 ? [{ name, count: failures[i]!.length, first: failures[i]![0]! }] : []));
  for (const failure of failed) console.error(`${failure.name}: ${failure.count} starts failed, the first: ${failure.first}`);
  if (options.json) {
    const report = { benchmark: "coldstart", at: new Date().toISOString(), machine, runs, warmup, rows, failed, missing };
    await writeFile(options.json, `${JSON.stringify(report, null, 1)}\n`);
  }
  if (failed.length > 0) process.exitCode = 1;
}

/**
 * Serving: requests per second, latency and CPU time per request with wrk as the load generator, beside Node, Deno and Bun. On one core, server and generator have a
 * processor each where there are two; on all, a process for each processor shares the port (Zerostart: a pool of workers; the others: SO_REUSEPORT), and the generator
 * competes with them. So CPU time per request, of all of the server's processes, is the figure to compare; it is also what other load on the machine disturbs least.
 */
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { cpus, release, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { promisify } from "node:util";
import { parseCount } from "@zerostart/cli/artifacts.ts";
import { Command } from "commander";
import { hostTarget, servingPeers } from "./subjects.ts";
import { freePort } from "../../scripts/free-port.ts";

interface Options {
  seconds: number;
  rounds: number;
  connections: number[];
  cores: Cores[];
  only?: string[];
  workload?: string[];
  json?: string;
}
type Cores = "one" | "all";
interface Server {
  readonly name: string;
  readonly port: number;
  readonly processes: readonly ChildProcess[];
}
interface Sample {
  requestsPerSecond: number;
  latencyMsP50: number;
  latencyMsP99: number;
  cpuMicrosPerRequest: number;
  errors: number;
}

const run = promisify(execFile);
const root = join(import.meta.dirname, "..");
const ticksPerSecond = 100;
/** A server's own after a load: what it puts off until it is idle is in nobody's figures. */
const idleMs = 500;
const echoBody = JSON.stringify({
  items: Array.from({ length: 100 }, (_, i) => ({ id: i, name: `item number ${i}`, price: i * 1.25, tags: ["a", "b"], ok: i % 2 === 0 })),
});
const workloads = [
  { name: "hello JSON", path: "/hello", lua: "" },
  { name: "10 kB JSON echo", path: "/echo", lua: `wrk.method = "POST"\nwrk.headers["content-type"] = "application/json"\nwrk.body = [==[${echoBody}]==]\n` },
  { name: "JSX page", path: "/page?name=Ada", lua: "" },
];
const list = (text: string) => text.split(",");

export const command = new Command("http")
  .description("serving with wrk: hello JSON, a 10 kB JSON echo and a JSX page, beside Node, Deno and Bun")
  .option("--seconds <n>", "length of one measurement", parseCount(1, 600), 2)
  .option("--rounds <n>", "measurements of each, in turns", parseCount(1, 100), 3)
  .option("--connections <n,...>", "keep-alive connections", (text) => list(text).map(Number), [1, 64, 512])
  .option("--cores <one,all>", "how many processors the server has", (text) => list(text).map(parseCores), ["one", "all"])
  .option("--only <names>", "only subjects whose name contains one of these", list)
  .option("--workload <names>", "only workloads whose name contains one of these", list)
  .option("--json <file>", "write every sample to this file")
  .action(async (options: Options) => {
    const folder = await mkdtemp(join(tmpdir(), "zerostart-bench-"));
    const servers: Server[] = [];
    const everything: Row[] = [];
    try {
      await run("wrk", ["-v"]).catch((error: NodeJS.ErrnoException) => {
        if (error.code === "ENOENT") throw new Error("wrk is not installed (Debian: apt-get install wrk)");
      });
      const { commands, missing } = await subjects(folder);
      for (const line of missing) console.error(`left out: ${line}`);
      for (const cores of options.cores) {
        for (const { name, command: line, pool, environment } of commands)
          if (!options.only || options.only.some((part) => name.includes(part)))
            servers.push(await start(name, cores === "all" ? (pool ?? line) : line, environment, cores === "all" && !pool ? cpus().length : 1, cores));
        everything.push(...(await measure(servers, cores, options, folder)));
        await stop(servers.splice(0));
      }
      await report(everything, options);
    } finally {
      await stop(servers);
      await rm(folder, { recursive: true, force: true });
    }
  });

function parseCores(text: string): Cores {
  if (text === "one" || text === "all") return text;
  throw new Error(`--cores is one, all or both, not ${text}`);
}
async function stop(servers: readonly Server[]): Promise<void> {
  await signal(servers, "SIGCONT");
  for (const { processes } of servers) for (const child of processes) child.kill("SIGTERM");
}

/** On one core the server runs on the first; the generator takes the others. */
const pinned = (cpu: string | undefined, line: string[]): [string, string[]] =>
  cpu !== undefined && cpus().length > 1 ? ["taskset", ["-c", cpu, ...line]] : [line[0]!, line.slice(1)];

/** `pool`: the command that uses all processors by itself. */
interface ServerCommand {
  name: string;
  command: string[];
  pool?: string[];
  environment: Record<string, string>;
}

async function subjects(folder: string): Promise<{ commands: ServerCommand[]; missing: string[] }> {
  const { buildArtifact, compileHandler } = await import("@zerostart/build");
  const { build } = await import("esbuild");
  const source = join(root, "handlers/serving.jsx");
  const compiled = await compileHandler({ files: { "serving.jsx": await readFile(source) }, entry: "serving.jsx" });
  if (!compiled.ok) throw new Error(`the benchmark's handler does not compile:\n${compiled.diagnostics.map((d) => d.codeFrame).join("\n")}`);
  for (const mode of ["snapshot", "prefork"] as const)
    await writeFile(join(folder, mode), (await buildArtifact({ compiled, name: "serving", mode, target: hostTarget() })).bytes, { mode: 0o755 });
  // Elsewhere JSX is Hono's, which renders to strings like ours.
  const module = join(folder, "serving.mjs");
  await build({
    entryPoints: [source],
    bundle: true,
    format: "esm",
    platform: "neutral",
    jsx: "automatic",
    jsxImportSource: "hono/jsx",
    outfile: module,
    logLevel: "error",
  });
  const { subjects: peers, missing } = await servingPeers();
  return {
    commands: [
      {
        name: "zerostart",
        command: [join(folder, "snapshot"), "--port", "{port}"],
        pool: [join(folder, "prefork"), "--port", "{port}", "--pool", String(cpus().length), "--prewarm", String(cpus().length)],
        environment: {},
      },
      ...peers.map((peer) => ({ ...peer, environment: { SERVING: module } })),
    ],
    missing,
  };
}

async function start(name: string, line: string[], environment: Record<string, string>, count: number, cores: Cores): Promise<Server> {
  const port = await freePort();
  const [program, args] = pinned(
    cores === "one" ? "0" : undefined,
    line.map((word) => word.replace("{port}", String(port))),
  );
  const processes = Array.from({ length: count }, () =>
    spawn(program, args, {
      env: { PATH: "/usr/bin:/bin", HOME: "/tmp", DENO_NO_UPDATE_CHECK: "1", DO_NOT_TRACK: "1", ...environment },
      stdio: ["ignore", "ignore", "inherit"],
    }),
  );
  const server = { name, port, processes };
  const until = Date.now() + 15_000;
  for (;;) {
    try {
      if ((await listeners(port)) < count) throw new Error("not all processes listen");
      await checkAnswers(server);
      return server;
    } catch (error) {
      if (Date.now() > until || processes.some((child) => child.exitCode !== null)) {
        await stop([server]);
        throw new Error(`${name} does not serve: ${String(error)}`, { cause: error });
      }
      await setTimeout(100);
    }
  }
}

/** Sockets that listen on a port of 127.0.0.1. */
async function listeners(port: number): Promise<number> {
  const local = `0100007F:${port.toString(16).toUpperCase().padStart(4, "0")}`;
  const listening = "0A";
  return (await readFile("/proc/net/tcp", "latin1")).split("\n").filter((line) => {
    const fields = line.trim().split(/\s+/);
    return fields[1] === local && fields[3] === listening;
  }).length;
}

/** All subjects do the same work. */
async function checkAnswers({ name, port }: Server): Promise<void> {
  const origin = `http://127.0.0.1:${port}`;
  const hello = await (await fetch(`${origin}/hello`)).text();
  const echo = await (await fetch(`${origin}/echo`, { method: "POST", body: echoBody })).text();
  const page = await (await fetch(`${origin}/page?name=Ada`)).text();
  if (hello !== '{"hello":"world"}' || echo !== echoBody || !page.includes("<h1>Hello Ada</h1>") || page.match(/<li class="item/g)?.length !== 20)
    throw new Error(`${name} answers something else`);
}

const childrenOf = async (pid: number): Promise<number[]> =>
  (await readFile(`/proc/${pid}/task/${pid}/children`, "latin1")).split(" ").filter(Boolean).map(Number);

/**
 * Only who is measured runs. The others would collect garbage and compile on the same processor in their idle time (Bun after a load 20 ms in the first second, then
 * some 4 in each), which is p99 of whoever happens to be measured next.
 */
async function signal(servers: readonly Server[], name: "SIGSTOP" | "SIGCONT"): Promise<void> {
  const one = async (pid: number): Promise<void> => {
    await Promise.all((await childrenOf(pid)).map(one));
    process.kill(pid, name);
  };
  const running = servers.flatMap(({ processes }) => processes).filter(({ exitCode, signalCode }) => exitCode === null && signalCode === null);
  await Promise.all(running.map(({ pid }) => one(pid!)));
}

/** CPU seconds that a process and its children have used: user and system time of their threads. */
async function cpuSeconds(pid: number): Promise<number> {
  const fields = (await readFile(`/proc/${pid}/stat`, "latin1")).split(") ")[1]!.split(" ");
  const ofChildren = await Promise.all((await childrenOf(pid)).map(cpuSeconds));
  return ofChildren.reduce((sum, seconds) => sum + seconds, (Number(fields[11]) + Number(fields[12])) / ticksPerSecond);
}
const cpuSecondsOf = async ({ processes }: Server): Promise<number> =>
  (await Promise.all(processes.map(({ pid }) => cpuSeconds(pid!)))).reduce((sum, seconds) => sum + seconds, 0);

const units: Record<string, number> = { us: 0.001, ms: 1, s: 1000, m: 60_000 };
const milliseconds = (text: string) => Number.parseFloat(text) * units[/[a-z]+$/.exec(text)![0]]!;

async function load(server: Server, cores: Cores, path: string, script: string | undefined, connections: number, seconds: number): Promise<Sample> {
  const [program, args] = pinned(cores === "all" ? undefined : cpus().length > 2 ? `1-${cpus().length - 1}` : "1", [
    "wrk",
    "-t1",
    `-c${connections}`,
    `-d${seconds}s`,
    "--latency",
    ...(script ? ["-s", script] : []),
    `http://127.0.0.1:${server.port}${path}`,
  ]);
  const before = await cpuSecondsOf(server);
  const { stdout } = await run(program, args);
  const used = (await cpuSecondsOf(server)) - before;
  const find = (pattern: RegExp) => pattern.exec(stdout)?.[1];
  const requests = Number(find(/(\d+) requests in/));
  const bad =
    Number(find(/Non-2xx or 3xx responses: (\d+)/) ?? 0) +
    [...(/Socket errors: (.*)/.exec(stdout)?.[1] ?? "").matchAll(/\d+/g)].reduce((sum, [n]) => sum + Number(n), 0);
  return {
    requestsPerSecond: Number(find(/Requests\/sec:\s+([\d.]+)/)),
    latencyMsP50: milliseconds(find(/^\s+50%\s+(\S+)\s*$/m) ?? "0ms"),
    latencyMsP99: milliseconds(find(/^\s+99%\s+(\S+)\s*$/m) ?? "0ms"),
    cpuMicrosPerRequest: requests > 0 ? (used * 1e6) / requests : Number.NaN,
    errors: bad,
  };
}

const median = (values: number[]) => values.toSorted((a, b) => a - b)[values.length >> 1]!;

interface Row {
  cores: Cores;
  workload: string;
  connections: number;
  subject: string;
  samples: Sample[];
}

async function measure(servers: readonly Server[], cores: Cores, options: Options, folder: string): Promise<Row[]> {
  const file = join(folder, "load.lua");
  await signal(servers, "SIGSTOP");
  const everything: Row[] = [];
  for (const workload of workloads.filter(({ name }) => !options.workload || options.workload.some((part) => name.includes(part)))) {
    await writeFile(file, workload.lua);
    const script = workload.lua ? file : undefined;
    for (const connections of options.connections) {
      const rows = servers.map((server): Row => ({ cores, workload: workload.name, connections, subject: server.name, samples: [] }));
      const alone = async (server: Server, seconds: number): Promise<Sample> => {
        await signal([server], "SIGCONT");
        const sample = await load(server, cores, workload.path, script, connections, seconds);
        await setTimeout(idleMs);
        await signal([server], "SIGSTOP");
        return sample;
      };
      for (const server of servers) await alone(server, 1);
      for (let round = 0; round < options.rounds; round++)
        for (const [i, server] of servers.entries()) rows[i]!.samples.push(await alone(server, options.seconds));
      everything.push(...rows);
      console.log(`\n${workload.name}, ${connections} connection${connections === 1 ? "" : "s"}, ${cores === "one" ? "one core" : "all cores"}\n`);
      console.log("| | requests/s | requests/CPU s | p50 ms | p99 ms | CPU us/request | errors |\n| --- | ---: | ---: | ---: | ---: | ---: | ---: |");
      for (const { subject, samples } of rows) {
        const of = (key: keyof Sample, digits: number) => median(samples.map((s) => s[key])).toFixed(digits);
        const perCpuSecond = (1e6 / median(samples.map((s) => s.cpuMicrosPerRequest))).toFixed(0);
        const errors = samples.reduce((sum, s) => sum + s.errors, 0);
        console.log(
          `| ${subject} | ${of("requestsPerSecond", 0)} | ${perCpuSecond} | ${of("latencyMsP50", 3)} | ${of("latencyMsP99", 3)} | ${of("cpuMicrosPerRequest", 1)} | ${errors} |`,
        );
      }
    }
  }
  return everything;
}

async function report(results: readonly Row[], options: Options): Promise<void> {
  const machine = { cpu: cpus()[0]?.model ?? "", cpus: cpus().length, kernel: release() };
  console.log(
    `\n${options.rounds} x ${options.seconds} s each after a second of warm-up, in turns, medians; ${machine.cpus} x ${machine.cpu}, Linux ${machine.kernel}`,
  );
  if (options.json)
    await writeFile(options.json, `${JSON.stringify({ benchmark: "http", at: new Date().toISOString(), machine, options, results }, null, 1)}\n`);
}

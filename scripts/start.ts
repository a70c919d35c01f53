/** `npm start`: builds what is missing, then runs the control plane and one agent on this host until it is told to end. */
import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { mkdirSync } from "node:fs";
import { createServer } from "node:net";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { parseRuntimeNames } from "../packages/protocol/src/targets.ts";
import { root, setUp, StepError } from "./setup.ts";

const usage = `usage: npm start -- [options]

  --port N        port of the dashboard (default 3000)
  --data DIR      folder of database, artifacts and keys (default .zerostart)
  --database URL  postgres://user:password@host:5432/name instead of the database in the data folder
  --front-port N  one port for all handlers, by host name (HANDLER.localhost) or path; needs HAProxy (apt install haproxy)
  --runtimes LIST of node,deno,bun those on PATH that experiments may compare with; they run handlers without our sandbox
  --no-agent      the control plane alone
  --help

Ctrl-C ends everything that was started.`;

/** A message for the person, without a stack. */
class StartFailure extends Error {}

function parseOptions(): {
  port: number;
  data: string;
  database: string | undefined;
  agent: boolean;
  frontPort: number | undefined;
  runtimes: string | undefined;
} {
  let values: {
    port?: string | undefined;
    data?: string | undefined;
    database?: string | undefined;
    agent?: boolean | undefined;
    "front-port"?: string | undefined;
    runtimes?: string | undefined;
    help?: boolean | undefined;
  };
  try {
    ({ values } = parseArgs({
      options: {
        port: { type: "string" },
        data: { type: "string" },
        database: { type: "string" },
        agent: { type: "boolean", default: true },
        "front-port": { type: "string" },
        runtimes: { type: "string" },
        help: { type: "boolean" },
      },
      allowNegative: true,
    }));
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`);
    process.exit(2);
  }
  if (values.help) {
    console.log(usage);
    process.exit(0);
  }
  const portOf = (option: string, text: string): number => {
    const value = Number(text);
    if (Number.isInteger(value) && value >= 1 && value <= 65_535) return value;
    console.error(`${option} must be a number from 1 to 65535, not ${text}\n\n${usage}`);
    process.exit(2);
  };
  const port = portOf("--port", values.port ?? process.env["PORT"] ?? "3000");
  const frontPort = values["front-port"] === undefined ? undefined : portOf("--front-port", values["front-port"]);
  const database = values.database ?? process.env["ZEROSTART_DATABASE_URL"];
  if (database !== undefined && !(URL.canParse(database) && /^postgres(ql)?:$/.test(new URL(database).protocol))) {
    console.error(`--database must be an address like postgres://user:password@host:5432/name\n\n${usage}`);
    process.exit(2);
  }
  if (values.runtimes !== undefined) {
    try {
      parseRuntimeNames(values.runtimes);
    } catch (error) {
      console.error(`--runtimes: ${(error as Error).message}\n\n${usage}`);
      process.exit(2);
    }
  }
  return { port, data: resolve(values.data ?? join(root, ".zerostart")), database, agent: values.agent ?? true, frontPort, runtimes: values.runtimes };
}

async function assertPortIsFree(option: "--port" | "--front-port", port: number): Promise<void> {
  const server = createServer();
  await new Promise<void>((done, fail) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      const why =
        error.code === "EADDRINUSE"
          ? `is in use; end what uses it or choose another with ${option}`
          : error.code === "EACCES"
            ? `needs more rights; choose one above 1023 with ${option}`
            : `cannot be used: ${error.message}`;
      fail(new StartFailure(`port ${port} ${why}`));
    });
    server.listen(port, "127.0.0.1", () => server.close(() => done()));
  });
}

function assertHaproxy(): void {
  if (spawnSync("haproxy", ["-v"], { stdio: "ignore" }).status === 0) return;
  throw new StartFailure("--front-port needs HAProxy, which is not installed (apt install haproxy); without it each handler has a port of its own");
}

type Service = { name: string; child: ChildProcess; lastLines: string[]; ended: Promise<string> };

/** In its own process group, so that ending it ends what it started too, and Ctrl-C reaches this process alone. */
function startService(name: string, args: string[], env: Record<string, string>, cwd = root): Service {
  const child = spawn(process.execPath, args, { cwd, env: { ...process.env, ...env }, stdio: ["ignore", "pipe", "pipe"], detached: true });
  const lastLines: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    let rest = "";
    stream.setEncoding("utf8").on("data", (data: string) => {
      const lines = (rest + data).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) {
        lastLines.push(line);
        if (lastLines.length > 30) lastLines.shift();
        process.stdout.write(`${name} | ${line}\n`);
      }
    });
  }
  const ended = new Promise<string>((done) => {
    child.once("error", (error) => done(error.message));
    child.once("close", (code, signal) => done(signal ?? `exit code ${code}`));
  });
  return { name, child, lastLines, ended };
}

function signalGroup(service: Service, signal: NodeJS.Signals): void {
  try {
    if (service.child.pid) process.kill(-service.child.pid, signal);
  } catch {
    // the group is gone
  }
}

/** The agent first: its last reports still reach the control plane. */
async function stopServices(services: Service[]): Promise<void> {
  for (const service of services.toReversed()) {
    const { child } = service;
    if (child.exitCode === null && child.signalCode === null) child.kill("SIGTERM");
    const isLate = await Promise.race([service.ended.then(() => false), new Promise<boolean>((done) => setTimeout(done, 15_000, true).unref())]);
    if (isLate) console.error(`${service.name} did not end in 15 s and is killed`);
    signalGroup(service, "SIGKILL");
    await service.ended;
  }
}

async function answers(url: string): Promise<boolean> {
  return fetch(url, { signal: AbortSignal.timeout(2_000), redirect: "manual" }).then(
    async (response) => (await response.body?.cancel(), response.status < 500),
    () => false,
  );
}

const { port, data, database, agent, frontPort, runtimes } = parseOptions();
const began = Date.now();
const services: Service[] = [];
let finish: (why: { text: string; code: number }) => void = () => {};
const finished = new Promise<{ text: string; code: number }>((done) => (finish = done));
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => finish({ text: "stopping", code: 0 }));
// Whoever started this may have been killed without a word: end too, rather than go on unseen.
const parent = process.ppid;
setInterval(() => {
  if (process.ppid !== parent) finish({ text: "the starting process is gone: stopping", code: 0 });
}, 1_000).unref();

/** Report the first of `list` that ends by itself. */
function supervise(service: Service): void {
  services.push(service);
  void service.ended.then((how) => finish({ text: `${service.name} ended (${how}). Its last output:\n${service.lastLines.join("\n")}`, code: 1 }));
}

async function bringUp(): Promise<void> {
  await assertPortIsFree("--port", port);
  if (frontPort !== undefined) {
    if (!agent) throw new StartFailure("--front-port is the agent's: it cannot go with --no-agent");
    if (frontPort === port) throw new StartFailure("--front-port must be another than that of the dashboard");
    await assertPortIsFree("--front-port", frontPort);
    assertHaproxy();
  }
  if (runtimes !== undefined && !agent) throw new StartFailure("--runtimes is the agent's: it cannot go with --no-agent");
  await setUp();
  mkdirSync(data, { recursive: true, mode: 0o700 });
  const url = `http://localhost:${port}`;
  const env = { ZEROSTART_DATA: data, PORT: String(port), NODE_ENV: "production", ...(database ? { ZEROSTART_DATABASE_URL: database } : {}) };
  supervise(startService("control plane", ["src/server/main.ts"], env, join(root, "apps/web")));
  for (const deadline = Date.now() + 60_000; !(await answers(url));) {
    if (Date.now() > deadline) throw new StartFailure("the control plane did not answer within a minute");
    await new Promise((done) => setTimeout(done, 100));
  }
  if (agent) {
    const args = ["apps/agent/src/main.ts", "--server", url, "--data", join(data, "agent"), "--token-file", join(data, "agent-enrolment-token")];
    if (frontPort !== undefined) args.push("--front", String(frontPort));
    if (runtimes !== undefined) args.push("--runtimes", runtimes);
    supervise(startService("agent", args, {}));
  }
  console.log(
    `\nZerostart is up after ${((Date.now() - began) / 1000).toFixed(1)} s: ${url}\nData is kept in ${data}${database ? ` and the database ${new URL(database).host}${new URL(database).pathname}` : ""}. Ctrl-C ends it.${frontPort === undefined ? "" : `\nHandlers answer at http://HANDLER.localhost:${frontPort}/`}\n`,
  );
}

void bringUp().catch((error: unknown) => {
  const isExpected = error instanceof StartFailure || error instanceof StepError;
  finish({ text: isExpected ? error.message : error instanceof Error ? (error.stack ?? error.message) : String(error), code: 1 });
});
const { text, code } = await finished;
console.error(`zerostart: ${text}`);
await stopServices(services);
process.exit(code);

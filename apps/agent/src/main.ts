/** `zerostart-agent`: the process on each host. */
import { readFile } from "node:fs/promises";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { isIPv4 } from "node:net";
import { hostname } from "node:os";
import { join, resolve } from "node:path";
import { Command, InvalidArgumentError } from "commander";
import { Launcher } from "@zerostart/launcher";
import { parseRuntimeNames, protocolVersion, type RuntimeName } from "@zerostart/protocol";
import { Agent, EnrolmentError } from "./agent.ts";
import { describeHost } from "./host.ts";
import { describeSelf, Installs } from "./installs.ts";
import { AgentMetrics } from "./metrics.ts";
import { findRuntimes } from "./runtimes.ts";

const exitCodes = { failed: 1, usage: 2, enrolment: 3 } as const;

function label(text: string, all: Record<string, string>): Record<string, string> {
  const split = text.indexOf("=");
  if (split < 1) throw new InvalidArgumentError("a label is NAME=VALUE");
  return { ...all, [text.slice(0, split)]: text.slice(split + 1) };
}

function serverUrl(text: string): string {
  if (!URL.canParse(text) || !/^https?:$/.test(new URL(text).protocol)) throw new InvalidArgumentError("an http or https URL");
  return text;
}

function listenAddress(text: string): string {
  if (!isIPv4(text)) throw new InvalidArgumentError("an IPv4 address, 0.0.0.0 for every interface");
  return text;
}

function portNumber(text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < 1 || value > 65_535) throw new InvalidArgumentError("a port, 1 to 65535");
  return value;
}

function lineCount(text: string): number {
  const value = Number(text);
  if (!/^\d{1,9}$/.test(text) || value < 1) throw new InvalidArgumentError("a number of lines, at least 1");
  return value;
}

/** PORT, HOST:PORT or [HOST]:PORT. */
function metricsAddress(text: string): { host: string; port: number } {
  const [, bracketed, plain, port] = /^(?:\[([^\]]+)\]:|([^:]+):)?(\d+)$/.exec(text) ?? [];
  if (port === undefined) throw new InvalidArgumentError("PORT or HOST:PORT");
  return { host: bracketed ?? plain ?? "127.0.0.1", port: portNumber(port) };
}

function advertised(text: string): string {
  if (!URL.canParse(`http://${text}/`) || new URL(`http://${text}/`).host !== text.toLowerCase())
    throw new InvalidArgumentError("a host name or IP address, without port");
  return text;
}

function runtimeNames(text: string): RuntimeName[] {
  try {
    return parseRuntimeNames(text);
  } catch (error) {
    throw new InvalidArgumentError((error as Error).message);
  }
}

/** One agent per data folder: two would start everything twice. */
function lock(folder: string): () => void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const path = join(folder, "agent.pid");
  for (;;) {
    try {
      writeFileSync(path, String(process.pid), { flag: "wx", mode: 0o600 });
      return () => rmSync(path, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
      const pid = Number(readFileSync(path, "utf8"));
      if (isAgent(pid)) throw new Error(`another agent (process ${pid}) uses ${folder}`);
      rmSync(path, { force: true });
    }
  }
}

function isAgent(pid: number): boolean {
  if (pid === process.pid) return false;
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").includes("agent");
  } catch {
    return false;
  }
}

const self = describeSelf();
if (process.argv[2] === "--check") {
  // Asked by an agent that this file may take the place of: does it run here?
  await (await Launcher.open()).close();
  console.log(JSON.stringify({ version: self.version, protocolVersion }));
  process.exit(0);
}

const program = new Command("zerostart-agent")
  .version(self.sha256 === undefined ? self.version : `${self.version} (${self.sha256.slice(0, 12)})`)
  .description("Runs deployments on this host, measures their starts, and reports. Connects outwards only.")
  .requiredOption("--server <url>", "the control plane, e.g. http://localhost:3000", serverUrl, process.env["ZEROSTART_SERVER"])
  .option("--data <dir>", "identity, artifacts and reports that wait", process.env["ZEROSTART_AGENT_DATA"] ?? "./agent-data")
  .option("--token <token>", "enrolment token, needed once (better: --token-file or ZEROSTART_ENROLMENT_TOKEN)", process.env["ZEROSTART_ENROLMENT_TOKEN"])
  .option("--token-file <file>", "file that holds the enrolment token; waited for when it is not there yet")
  .option(
    "--key-file <file>",
    "32 bytes as base64 that seal handlers' variables on disk; made in the data folder unless given",
    process.env["ZEROSTART_AGENT_KEY_FILE"],
  )
  .option("--name <name>", "name of this host; its hostname unless given")
  .option("--label <name=value>", "label of this host (repeatable)", label, {})
  .option("--listen <address>", "IPv4 address that handlers listen on (0.0.0.0: every interface)", listenAddress, process.env["ZEROSTART_AGENT_LISTEN"])
  .option("--front <port>", "one port for all handlers, by host name (HANDLER.*) or path; needs HAProxy (also ZEROSTART_AGENT_FRONT)", portNumber)
  .option(
    "--advertise <host>",
    "name or address in the URLs of this host's handlers; with --listen its hostname unless given",
    advertised,
    process.env["ZEROSTART_AGENT_ADVERTISE"],
  )
  .option(
    "--metrics <address>",
    "serve Prometheus' /metrics at PORT (loopback) or HOST:PORT (also ZEROSTART_AGENT_METRICS)",
    metricsAddress,
    process.env["ZEROSTART_AGENT_METRICS"] ? metricsAddress(process.env["ZEROSTART_AGENT_METRICS"]) : undefined,
  )
  .option(
    "--runtimes <names>",
    "of node,deno,bun those on PATH that experiments may compare with; they run handlers without our sandbox (also ZEROSTART_AGENT_RUNTIMES)",
    runtimeNames,
  )
  .option(
    "--log-lines <n>",
    "lines a minute of one handler's log that are reported; more are dropped and counted (also ZEROSTART_AGENT_LOG_LINES; default: 10000)",
    lineCount,
    process.env["ZEROSTART_AGENT_LOG_LINES"] ? lineCount(process.env["ZEROSTART_AGENT_LOG_LINES"]) : undefined,
  )
  .addHelpText(
    "after",
    `\nExit codes: 0 stopped by SIGTERM or SIGINT; ${exitCodes.failed} unexpected failure; ${exitCodes.usage} usage; ${exitCodes.enrolment} the enrolment token is not accepted.`,
  )
  .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : exitCodes.usage));
program.parse();
const options = program.opts<{
  server: string;
  data: string;
  token?: string;
  tokenFile?: string;
  keyFile?: string;
  name?: string;
  listen?: string;
  front?: number;
  metrics?: { host: string; port: number };
  advertise?: string;
  runtimes?: RuntimeName[];
  logLines?: number;
  label: Record<string, string>;
}>();

const say = (text: string) => console.error(`${new Date().toISOString()} agent: ${text}`);
const enrolmentToken = async (): Promise<string | undefined> => {
  if (options.token) return options.token;
  if (!options.tokenFile)
    throw new EnrolmentError("this host has not enrolled yet: give --token or --token-file (Settings, Enrolment tokens in the dashboard)");
  return readFile(options.tokenFile, "utf8").then(
    (text) => text.trim() || undefined,
    () => undefined,
  );
};

/** A newer agent that has not reached the control plane by then makes way for the one before. */
const confirmWithinMs = 60_000;

const dataFolder = resolve(options.data);
const installs = new Installs(dataFolder, self);

try {
  const unlock = lock(dataFolder);
  process.once("exit", unlock);
  installs.begin();
  const { listen } = options;
  const isOpen = listen !== undefined && !listen.startsWith("127.");
  const metrics = options.metrics && new AgentMetrics();
  if (metrics && options.metrics) {
    await metrics.listen(options.metrics).catch((error: Error) => {
      throw new Error(`--metrics: ${error.message}`);
    });
  }
  let stopped: Promise<void> | undefined;
  /** What this process becomes when the agent has ended. */
  let next: (() => never) | undefined;
  const makeWay = (become: () => never) => {
    if (stopped) return;
    next = become;
    stopped = agent.stop({ handOver: true });
  };
  const allowed = options.runtimes ?? (process.env["ZEROSTART_AGENT_RUNTIMES"] ? parseRuntimeNames(process.env["ZEROSTART_AGENT_RUNTIMES"]) : []);
  const agent = await Agent.open({
    server: options.server,
    dataFolder,
    host: describeHost(options.name, options.label),
    enrolmentToken,
    keyFile: options.keyFile,
    listen,
    frontPort: options.front ?? (process.env["ZEROSTART_AGENT_FRONT"] ? portNumber(process.env["ZEROSTART_AGENT_FRONT"]) : undefined),
    address: options.advertise ?? (isOpen ? (listen === "0.0.0.0" ? hostname() : listen) : undefined),
    metrics,
    runtimes: await findRuntimes(allowed, process.env["PATH"] ?? "", say),
    logLinesPerMinute: options.logLines,
    installs,
    onUpgrade: (sha256) => makeWay(() => installs.become(sha256)),
    say,
  });
  for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) {
    process.on(signal, () => {
      stopped ??= agent.stop();
    });
  }
  if (installs.isUpgraded && !installs.isConfirmed) {
    setTimeout(() => {
      const reason = `it did not reach the control plane within ${confirmWithinMs / 1_000} s`;
      if (!installs.isConfirmed) makeWay(() => installs.fallBack(reason));
    }, confirmWithinMs).unref();
  }
  try {
    await agent.run();
  } finally {
    await (stopped ??= agent.stop());
  }
  if (next) {
    say("making way for another version of this agent");
    next();
  }
} catch (error) {
  const text = error instanceof EnrolmentError ? error.message : error instanceof Error ? (error.stack ?? error.message) : String(error);
  say(text);
  if (installs.isUpgraded && !installs.isConfirmed) installs.fallBack(text);
  process.exitCode = error instanceof EnrolmentError ? exitCodes.enrolment : exitCodes.failed;
}

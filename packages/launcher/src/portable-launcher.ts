/**
 * The launcher for a machine without any C compiler: a script for Node that speaks the native one's protocol (native/launcher.h). Handlers
 * serve, and every start is timed, but spawning from Node costs milliseconds of its own, which the figures contain.
 */
import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { fstatSync, readFileSync, statSync } from "node:fs";
import { request as httpRequest } from "node:http";
import * as net from "node:net";
import { constants } from "node:os";
import type { Readable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";

type Settings = { op: string; id: string; args: string[]; env: Record<string, string> } & Partial<
  Record<"cwd" | "host" | "path" | "port" | "listener" | "trace" | "pooled" | "connectMs" | "responseMs" | "graceMs", string>
>;
type Failure = { stage: string; message: string; port?: number };
/** Bound; it listens once somebody has called listen(2), and goes on to while anybody holds it. */
type BoundSocket = { fd: number; getsockname(name: { port?: number }): number; close(): void };

const tailBytes = 8192;
const bodyBytes = 2048;
const traceWaitMs = 500;
const traceHeaderBytes = 8;
const traceEntryBytes = 16;

const held = new Map<string, { socket: BoundSocket; port: number }>();
const running = new Map<string, ChildProcess>();
/** Started, and not answered yet. */
const starting = new Map<string, ChildProcess>();

const send = (answer: object): void => void process.stdout.write(`${JSON.stringify(answer)}\n`);
const base64 = (bytes: Buffer | string): string => Buffer.from(bytes).toString("base64");
const isFailure = (value: object): value is Failure => "stage" in value;

function parse(frame: Buffer): Settings {
  const settings: Settings = { op: "", id: "", args: [], env: {} };
  for (const setting of frame.toString("utf8").split("\0").slice(0, -1)) {
    const split = setting.indexOf("=");
    const [key, value] = [setting.slice(0, split), setting.slice(split + 1)];
    if (key === "arg") settings.args.push(value);
    else if (key === "env") settings.env[value.slice(0, value.indexOf("="))] = value.slice(value.indexOf("=") + 1);
    else Object.assign(settings, { [key]: value });
  }
  return settings;
}

function bind(host: string, port: number): BoundSocket | undefined {
  // What node:cluster binds with: net.Server would begin to accept by itself. A number is an error code.
  const { _createServerHandle } = net as unknown as { _createServerHandle(host: string, port: number, type: 4, fd: -1, flags: 0): BoundSocket | number };
  const handle = _createServerHandle(host, port, 4, -1, 0);
  if (typeof handle === "number") return undefined;
  // That the port is taken is kept for the call of listen; the socket has no name then.
  const name: { port?: number } = {};
  handle.getsockname(name);
  if (name.port === port) return handle;
  handle.close();
  return undefined;
}

/** A free port below the kernel's ephemeral range, as the native launcher picks them, and the socket bound to it. */
function bindAnywhere(host: string, port: number): { socket: BoundSocket; port: number } | Failure {
  if (net.isIPv4(host)) {
    const candidates = port > 0 ? [port] : Array.from({ length: 200 }, () => 10_240 + Math.floor(Math.random() * 22_000));
    for (const candidate of candidates) {
      const socket = bind(host, candidate);
      if (socket) return { socket, port: candidate };
    }
  }
  const message = net.isIPv4(host) ? (port > 0 ? "the port is in use" : "no free port was found") : `not an IPv4 address: ${host}`;
  return { stage: "port", message, port };
}

type Started = { child: ChildProcess; port: number; answer: object; stdout: Tail; stderr: Tail };

/** The end of a stream; what comes while the start is timed waits in `pending`. */
class Tail {
  #bytes = Buffer.alloc(0);
  pending: Buffer[] | null = [];
  onData: (data: Buffer) => void = () => {};

  constructor(stream: Readable) {
    stream.on("data", (data: Buffer) => {
      this.#bytes = Buffer.concat([this.#bytes, data]).subarray(-tailBytes);
      if (this.pending) this.pending.push(data);
      else this.onData(data);
    });
  }

  get text(): string {
    return base64(this.#bytes);
  }

  /** From now on as it comes. */
  flow(onData: (data: Buffer) => void): void {
    this.onData = onData;
    for (const data of this.pending ?? []) onData(data);
    this.pending = null;
  }
}

const exitOf = ({ exitCode, signalCode }: ChildProcess): object =>
  signalCode !== null ? { exitSignal: constants.signals[signalCode] } : exitCode !== null ? { exitCode } : {};
const hasExited = ({ exitCode, signalCode }: ChildProcess): boolean => exitCode !== null || signalCode !== null;

function killGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  try {
    if (child.pid !== undefined) process.kill(-child.pid, signal);
  } catch {
    // It is gone.
  }
}

/** One start, timed; the failure is sent already when there is none. */
async function run(settings: Settings): Promise<Started | undefined> {
  const host = settings.host ?? "127.0.0.1";
  const isFolder = settings.cwd === undefined || statSync(settings.cwd, { throwIfNoEntry: false })?.isDirectory() === true;
  const listener = settings.listener === undefined ? undefined : held.get(settings.listener);
  const fail = (failure: Failure, child?: ChildProcess, stdout?: Tail, stderr?: Tail): undefined =>
    send({ type: "error", id: settings.id, ...failure, ...(child && exitOf(child)), stdout: stdout?.text, stderr: stderr?.text }) as undefined;
  if (settings.pooled === "1") return fail({ stage: "request", message: "pools of processes need the native launcher, and no C compiler was found" });
  if (settings.listener !== undefined && !listener) return fail({ stage: "request", message: "the listening socket is not held here" });
  if (!isFolder) return fail({ stage: "spawn", message: `cannot enter the working directory ${settings.cwd}` });
  let port = listener?.port ?? 0;
  if (!listener) {
    const bound = bindAnywhere(host, Number(settings.port ?? 0));
    if (isFailure(bound)) return fail(bound);
    bound.socket.close();
    port = bound.port;
  }
  const fill = (text: string) => text.replace("{port}", String(port));
  const [program = "", ...args] = settings.args.map(fill);
  const env = Object.fromEntries(Object.entries(settings.env).map(([name, value]) => [name, fill(value)]));
  const traced = settings.trace === "1";

  const begin = process.hrtime.bigint();
  const elapsedNs = () => Number(process.hrtime.bigint() - begin);
  const child = spawn(program, args, {
    cwd: settings.cwd,
    env: traced ? { ...env, ZEROSTART_TRACE_FD: "3" } : env,
    detached: true,
    stdio: ["ignore", "pipe", "pipe", traced ? "pipe" : "ignore", listener?.socket.fd ?? "ignore"],
  });
  const [stdout, stderr] = [new Tail(child.stdout!), new Tail(child.stderr!)];
  const spawnError = await new Promise<Error | undefined>((resolve) => child.once("spawn", () => resolve(undefined)).once("error", resolve));
  if (spawnError) return fail({ stage: "spawn", message: `cannot execute ${program}: ${spawnError.message}` });
  starting.set(settings.id, child);
  const trace = traced ? readTrace(child.stdio[3] as Readable) : undefined;
  const giveUp = async (failure: Failure): Promise<undefined> => {
    const gone = hasExited(child) ? undefined : new Promise((resolve) => child.once("exit", resolve));
    killGroup(child, "SIGKILL");
    await gone;
    return fail({ ...failure, port }, child, stdout, stderr);
  };

  const socket = await connectWhenReady(child, host, port, elapsedNs, Number(settings.connectMs ?? 10_000) * 1e6);
  if (isFailure(socket)) return giveUp(socket);
  const connectedNs = elapsedNs();
  const response = await ask(socket, `${host}:${port}`, settings.path ?? "/", Number(settings.responseMs ?? 10_000), child);
  if (isFailure(response)) return giveUp(response);
  const totalNs = elapsedNs();
  const of = (name: string): string => {
    try {
      return base64(readFileSync(`/proc/${child.pid}/${name}`));
    } catch {
      return "";
    }
  };
  const traceBytes = trace && { trace: base64(await Promise.race([trace, sleep(traceWaitMs, Buffer.alloc(0))])) };
  const times = { totalNs, connectedNs, beginNs: String(begin) };
  const answer = { type: "started", id: settings.id, pid: child.pid, port, ...times, ...response, ...traceBytes, smaps: of("smaps_rollup"), stat: of("stat") };
  return { child, port, answer, stdout, stderr };
}

/** By the rule of the native launcher: the pause is a sixty-fourth of the time waited so far. */
async function connectWhenReady(child: ChildProcess, host: string, port: number, elapsedNs: () => number, limitNs: number): Promise<net.Socket | Failure> {
  for (;;) {
    const socket = net.connect({ host, port, noDelay: true });
    const error = await new Promise<NodeJS.ErrnoException | undefined>((resolve) => socket.once("connect", () => resolve(undefined)).once("error", resolve));
    if (!error) return socket;
    socket.destroy();
    if (!["ECONNREFUSED", "ECONNRESET", "ECONNABORTED"].includes(error.code ?? "")) return { stage: "connect", message: `cannot connect: ${error.message}` };
    if (hasExited(child)) return { stage: "connect", message: "the process ended before it listened" };
    if (elapsedNs() > limitNs) return { stage: "connect", message: "the process did not listen in time" };
    await sleep(Math.min(1, elapsedNs() / 64e6));
  }
}

function ask(socket: net.Socket, host: string, path: string, limitMs: number, child: ChildProcess): Promise<Failure | object> {
  return new Promise((resolve) => {
    const failed = (message: string): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve({ stage: "response", message });
    };
    const timer = setTimeout(() => failed("no answer came in time"), limitMs);
    const onExit = () => failed("the process ended before it answered");
    child.once("exit", onExit);
    const headers = { host, "user-agent": "zerostart", accept: "*/*", connection: "keep-alive" };
    const request = httpRequest({ createConnection: () => socket, path, headers }, (response) => {
      const body: Buffer[] = [];
      response.on("data", (data: Buffer) => body.push(data)).once("error", (error) => failed(error.message));
      response.once("end", () => {
        clearTimeout(timer);
        child.off("exit", onExit);
        const responseBytes = socket.bytesRead;
        socket.destroy();
        resolve({ status: response.statusCode, responseBytes, body: base64(Buffer.concat(body).subarray(0, bodyBytes)) });
      });
    });
    request.once("error", (error) => failed(`cannot read the answer: ${error.message}`)).end();
  });
}

/** One trace, and no more than it announces: what else comes is passed over. */
function readTrace(stream: Readable): Promise<Buffer> {
  let bytes = Buffer.alloc(0);
  return new Promise((resolve) => {
    const wanted = () => (bytes.length < traceHeaderBytes ? Infinity : traceHeaderBytes + bytes.readUInt32LE(4) * traceEntryBytes);
    stream.on("data", (data: Buffer) => {
      bytes = Buffer.concat([bytes, data]);
      if (bytes.length >= wanted()) resolve(bytes.subarray(0, wanted()));
    });
    stream.once("end", () => resolve(bytes)).once("error", () => resolve(bytes));
  });
}

async function measure(settings: Settings): Promise<void> {
  const started = await run(settings).finally(() => starting.delete(settings.id));
  if (!started) return;
  const gone = hasExited(started.child) ? undefined : new Promise((resolve) => started.child.once("close", resolve));
  killGroup(started.child, "SIGKILL");
  await gone;
  send({ ...started.answer, stdout: started.stdout.text, stderr: started.stderr.text });
}

async function start(settings: Settings): Promise<void> {
  const started = await run(settings).finally(() => starting.delete(settings.id));
  if (!started) return;
  const { child, answer, stdout, stderr } = started;
  const { id } = settings;
  running.set(id, child);
  send(answer);
  stdout.flow((data) => send({ type: "output", id, stream: "stdout", data: base64(data) }));
  stderr.flow((data) => send({ type: "output", id, stream: "stderr", data: base64(data) }));
  const ended = () => {
    killGroup(child, "SIGKILL"); // whatever it left behind in its group
    running.delete(id);
    send({ type: "exit", id, ...exitOf(child), stderr: stderr.text });
    if (isClosing && running.size === 0) process.exit(0);
  };
  if (hasExited(child)) ended();
  else child.once("exit", () => child.once("close", ended));
}

function stop(child: ChildProcess, graceMs: number): void {
  killGroup(child, "SIGTERM");
  setTimeout(() => hasExited(child) || killGroup(child, "SIGKILL"), graceMs).unref();
}

function listen(settings: Settings): void {
  if (settings.listener !== undefined)
    return send({
      type: "error",
      id: settings.id,
      stage: "port",
      message: "several instances on one port need the native launcher: install musl-tools or gcc",
    });
  const bound = bindAnywhere(settings.host ?? "127.0.0.1", Number(settings.port ?? 0));
  if (isFailure(bound)) return send({ type: "error", id: settings.id, ...bound });
  // Node cannot listen without accepting: a process that ends at once does it for the ones that will serve.
  const listens = 'require("net").createServer().listen({ fd: 3, backlog: 1024 }, () => process.exit())';
  spawnSync(process.execPath, ["-e", listens], { stdio: ["ignore", "ignore", "ignore", bound.socket.fd] });
  held.set(settings.id, bound);
  send({ type: "listening", id: settings.id, port: bound.port, inode: fstatSync(bound.socket.fd).ino });
}

let isClosing = false;
/** Measured starts one at a time, in the order asked; real ones wait for those before them. */
let measurements: Promise<void> = Promise.resolve();

function handle(settings: Settings): void {
  switch (settings.op) {
    case "measure":
      measurements = measurements.then(() => measure(settings));
      return;
    case "start":
      void measurements.then(() => start(settings));
      return;
    case "stop": {
      const child = running.get(settings.id);
      if (child) stop(child, Number(settings.graceMs ?? 2_000));
      // Called off: what waits for it sees it end.
      else if (starting.has(settings.id)) killGroup(starting.get(settings.id)!, "SIGKILL");
      return;
    }
    case "listen":
      return listen(settings);
    case "weigh":
      return; // the only socket of its port gets everything
    case "await":
      // Node cannot look at a socket's queue without taking from it: the process is started again at once instead.
      return send({ type: "waiting", id: settings.id });
    case "release":
      held.get(settings.id)?.socket.close();
      held.delete(settings.id);
      return;
    default:
      send({ type: "error", id: settings.id, stage: "request", message: "the op is not known" });
  }
}

let input = Buffer.alloc(0);
process.stdin.on("data", (data: Buffer) => {
  input = Buffer.concat([input, data]);
  for (;;) {
    if (input.length < 4 || input.length < 4 + input.readUInt32LE(0)) return;
    const length = input.readUInt32LE(0);
    handle(parse(input.subarray(4, 4 + length)));
    input = input.subarray(4 + length);
  }
});
// The caller is gone: what it started ends too.
process.stdin.once("end", () => {
  isClosing = true;
  for (const child of running.values()) stop(child, 2_000);
  if (running.size === 0) void measurements.then(() => process.exit(0));
});
process.stdout.on("error", () => {});

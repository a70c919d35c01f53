/** The native launcher as a TypeScript API: start a process and time it to its first response. */
import { spawn, type ChildProcessByStdio } from "node:child_process";
import { EventEmitter } from "node:events";
import { constants } from "node:os";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import type { MemoryUse, PhaseDuration } from "@zerostart/protocol";
import { parseMemory } from "./memory.ts";
import { launcherCommand } from "./native.ts";
import { accountPhases, TraceError } from "./trace.ts";

export type StartOptions = {
  /** Path of the program, then its arguments. `{port}` in an argument becomes the port number. */
  command: [string, ...string[]];
  /** The whole environment: nothing is inherited. `{port}` works here too. */
  env?: Record<string, string>;
  cwd?: string;
  /** IPv4 address at which the process will listen; 127.0.0.1 unless given. */
  host?: string;
  /** 0 or absent: a free port, below the kernel's ephemeral range. */
  port?: number;
  /** A socket that the process inherits as descriptor `listenerFd` (its arguments must say so) instead of listening by itself. */
  listener?: ListeningSocket;
  /**
   * The process keeps others ready for work (launch modes prefork and clone): the time counts from when it says that they
   * are, and the phases and the memory are those of the one that answered.
   */
  pooled?: boolean;
  /** Path of the one GET request; "/" unless given. */
  path?: string;
  /** Whether the process reports its phases. For one that does not, all is `other`. */
  trace?: boolean;
  /** Until it accepts a connection; 10 s unless given. */
  connectTimeoutMs?: number;
  /** From the request to the last byte of the answer; 10 s unless given. */
  responseTimeoutMs?: number;
};

/** The number under which a started process finds the listening socket it inherited. */
export const listenerFd = 4;

/** A listening socket held by the launcher across the processes that serve it, until `close`. Connections wait in its queue meanwhile. */
export type ListeningSocket = {
  readonly id: string;
  readonly port: number;
  /** As in the links of /proc/PID/fd. */
  readonly inode: number;
  /** Where this host has to connect from to reach this very socket when several share the port; undefined: they cannot. */
  readonly source: string | undefined;
  /**
   * How many of the new connections of its port it gets, against the others there. One that comes to others begins with 0; with 0 for all of
   * them each gets its part.
   */
  weigh(weight: number): void;
  /** The launcher behind it is gone, and the socket with it. */
  readonly isClosed: boolean;
  /** Resolves when a connection waits that nobody takes; also when the socket was closed. Only while no process serves the socket. */
  connection(): Promise<void>;
  close(): void;
};

/** One start as seen from outside. Nanoseconds of CLOCK_MONOTONIC, from just before the spawn. */
export type StartMeasurement = {
  startedAt: Date;
  /** To the last byte of the first response. */
  totalNs: number;
  /** To the first accepted connection. */
  connectedNs: number;
  /** How long a pool took to be ready, before the time began. */
  preparedNs?: number;
  /** Adds up to `totalNs`; `other` always among them. */
  phases: PhaseDuration[];
  /** Why there are no phases although they were asked for. */
  traceError?: string;
  /** Read right after the first response. */
  memory: MemoryUse;
  status: number;
  /** Head and framing included. */
  responseBytes: number;
  /** The first 2 KiB of the body. */
  body: string;
  pid: number;
  port: number;
  /** The last 8 KiB of each. Empty for a process that goes on: see its `output` events. */
  stdout: string;
  stderr: string;
};

/** Exactly one of the two is not null. */
export type ProcessExit = { code: number | null; signal: NodeJS.Signals | null };
export type StartStage = "request" | "port" | "spawn" | "connect" | "response" | "launcher";
export type OutputChunk = { stream: "stdout" | "stderr"; data: Buffer };

/** A start that did not come to a response. The message is fit to be shown. */
export class StartError extends Error {
  readonly stage: StartStage;
  readonly exit: ProcessExit | null;
  readonly stderr: string;
  readonly stdout: string;
  readonly port: number | undefined;

  constructor(stage: StartStage, message: string, details: { exit?: ProcessExit | null; stderr?: string; stdout?: string; port?: number } = {}) {
    const ending = details.exit ? ` (${describeExit(details.exit)})` : "";
    const tail = (details.stderr ?? "").trim().split("\n").slice(-12).join("\n");
    super(`${message}${ending}${tail ? `\n${tail}` : ""}`);
    this.name = "StartError";
    this.stage = stage;
    this.exit = details.exit ?? null;
    this.stderr = details.stderr ?? "";
    this.stdout = details.stdout ?? "";
    this.port = details.port;
  }
}

/** "exit code 3" or "signal SIGSEGV". */
export function describeExit(exit: ProcessExit): string {
  return exit.signal ? `signal ${exit.signal}` : `exit code ${exit.code}`;
}

type Reply = {
  type: "started" | "listening" | "done" | "waiting" | "error" | "output" | "exit";
  id?: string;
  stage?: StartStage;
  message?: string;
  pid?: number;
  port?: number;
  totalNs?: number;
  connectedNs?: number;
  preparedNs?: number;
  inode?: number;
  source?: string;
  /** The id of a socket that was taken over. */
  held?: string;
  status?: number;
  responseBytes?: number;
  beginNs?: string;
  exitCode?: number;
  exitSignal?: number;
  stream?: "stdout" | "stderr";
  body?: string;
  trace?: string;
  smaps?: string;
  stat?: string;
  stdout?: string;
  stderr?: string;
  data?: string;
};

const bytesOf = (text: string | undefined): Buffer => Buffer.from(text ?? "", "base64");
const textOf = (text: string | undefined): string => bytesOf(text).toString("utf8");

function exitOf(reply: Reply): ProcessExit | null {
  if (reply.exitCode !== undefined) return { code: reply.exitCode, signal: null };
  if (reply.exitSignal === undefined) return null;
  const entry = Object.entries(constants.signals).find(([, number]) => number === reply.exitSignal);
  return { code: null, signal: (entry?.[0] ?? `SIG${reply.exitSignal}`) as NodeJS.Signals };
}

/** A process that goes on running. Emits `output` (OutputChunk) and, once, `exit` (ProcessExit). */
export class Instance extends EventEmitter<{ output: [OutputChunk]; exit: [ProcessExit] }> {
  readonly measurement: StartMeasurement;
  /** Null while it runs. */
  exit: ProcessExit | null = null;
  readonly #stop: (graceMs: number) => void;
  /** What happened before the caller of `start` had its turn to listen; null from then on. */
  #held: (() => void)[] | null = [];

  /** Made by Launcher.start. */
  constructor(measurement: StartMeasurement, stop: (graceMs: number) => void) {
    super();
    this.measurement = measurement;
    this.#stop = stop;
  }

  get pid(): number {
    return this.measurement.pid;
  }

  get port(): number {
    return this.measurement.port;
  }

  /** SIGTERM, and SIGKILL after `graceMs`. Resolves when the process is gone; at once when it already is. */
  async stop(graceMs = 5_000): Promise<ProcessExit> {
    if (this.exit) return this.exit;
    const gone = new Promise<ProcessExit>((resolve) => this.once("exit", resolve));
    this.#stop(graceMs);
    return gone;
  }

  /** The launcher's side: events in their order, none before `release`. */
  deliver(event: OutputChunk | ProcessExit): void {
    const emit = () => {
      if ("data" in event) this.emit("output", event);
      else if (!this.exit) this.emit("exit", (this.exit = event));
    };
    if (this.#held) this.#held.push(emit);
    else emit();
  }

  release(): void {
    const held = this.#held ?? [];
    this.#held = null;
    for (const emit of held) emit();
  }
}

type Pending = {
  onInstance: ((instance: Instance) => void) | undefined;
  startedAt: Date;
  resolve: (value: StartMeasurement) => void;
  reject: (error: Error) => void;
};
/** `part` takes each answer but the last. */
type PendingListen = { resolve: (reply: Reply) => void; reject: (error: Error) => void; part?: (reply: Reply) => void };

/**
 * One native launcher process. Measured starts run one at a time and in the order asked; real starts run beside each
 * other, but wait while a measurement runs, so a supervisor that also measures opens two launchers.
 * Everything it started ends with it.
 */
export class Launcher {
  readonly #child: ChildProcessByStdio<Writable, Readable, Readable>;
  readonly #pending = new Map<string, Pending>();
  readonly #listens = new Map<string, PendingListen>();
  /** Those who wait for a connection, by socket. */
  readonly #awaited = new Map<string, () => void>();
  readonly #instances = new Map<string, Instance>();
  readonly #closed: Promise<void>;
  #nextId = 1;
  #isClosed = false;

  private constructor([program, ...args]: [string, ...string[]]) {
    // Its own session, so that Ctrl-C in a terminal reaches the supervisor first, which then ends things in order.
    this.#child = spawn(program, args, { stdio: ["pipe", "pipe", "pipe"], env: {}, detached: true });
    let complaint = "";
    this.#child.stderr.on("data", (data: Buffer) => (complaint = (complaint + data.toString()).slice(-2_000)));
    this.#child.stdin.on("error", () => {}); // the close event tells
    createInterface({ input: this.#child.stdout }).on("line", (line) => this.#receive(JSON.parse(line) as Reply));
    this.#closed = new Promise((resolve) => {
      const end = (why: string) => {
        this.#isClosed = true;
        for (const { reject } of [...this.#pending.values(), ...this.#listens.values()]) reject(new StartError("launcher", why));
        this.#pending.clear();
        this.#listens.clear();
        for (const wake of this.#awaited.values()) wake();
        this.#awaited.clear();
        for (const instance of this.#instances.values()) instance.deliver({ code: null, signal: "SIGKILL" });
        this.#instances.clear();
        resolve();
      };
      this.#child.once("error", (error) => end(`the launcher cannot be run: ${error.message}`));
      this.#child.once("close", (code, signal) => end(`the launcher ended (${signal ?? code}) ${complaint}`.trim()));
    });
  }

  /** Start a launcher, compiling it first if this is the first use. @param command another program of the same protocol */
  static async open(command?: [string, ...string[]]): Promise<Launcher> {
    return new Launcher(command ?? (await launcherCommand()));
  }

  /** Start a process, time it to its first response, and kill it. @throws StartError */
  async measure(options: StartOptions): Promise<StartMeasurement> {
    return this.#ask("measure", options);
  }

  /** Start a process, time it to its first response, and leave it running. @param signal calls a start off that has not answered yet @throws StartError */
  async start(options: StartOptions, signal?: AbortSignal): Promise<Instance> {
    let instance: Instance | undefined;
    await this.#ask("start", options, (made) => (instance = made), signal);
    if (!instance) throw new StartError("launcher", "the launcher ended during the start");
    const started = instance;
    setImmediate(() => started.release());
    return started;
  }

  /**
   * A listening socket of the launcher's own: on a port that nobody has (0 picks one, below the kernel's ephemeral range), or on that of
   * another one that it holds. @throws StartError
   */
  async listen(options: { host?: string; port?: number; beside?: ListeningSocket } = {}): Promise<ListeningSocket> {
    const where = options.beside ? [`listener=${options.beside.id}`] : [`host=${options.host ?? "127.0.0.1"}`, `port=${options.port ?? 0}`];
    const { id, reply } = await this.#answer("listen", where);
    return this.#socket(id, reply);
  }

  /**
   * What is listened on can be fetched by another launcher from now on (`adopt`), also for a minute after this process is gone.
   * @param path of a Unix socket that is made; at most 107 bytes @throws StartError
   */
  async offer(path: string): Promise<void> {
    await this.#answer("offer", [`path=${path}`]);
  }

  /** Takes over the sockets that another launcher offers there: it holds none of them any more. @throws StartError when nobody offers any */
  async adopt(path: string): Promise<ListeningSocket[]> {
    const sockets: ListeningSocket[] = [];
    await this.#answer("adopt", [`path=${path}`], (reply) => sockets.push(this.#socket(reply.held ?? "", reply)));
    return sockets;
  }

  async #answer(op: string, settings: string[], part?: (reply: Reply) => void): Promise<{ id: string; reply: Reply }> {
    if (this.#isClosed) throw new StartError("launcher", "the launcher is closed");
    const id = String(this.#nextId++);
    const reply = await new Promise<Reply>((resolve, reject) => {
      this.#listens.set(id, { resolve, reject, ...(part && { part }) });
      this.#send([`op=${op}`, `id=${id}`, ...settings]);
    });
    return { id, reply };
  }

  #socket(id: string, { port, inode, source }: Reply): ListeningSocket {
    let isReleased = false;
    const isClosed = () => isReleased || this.#isClosed;
    return {
      id,
      port: port ?? 0,
      inode: inode ?? 0,
      source,
      weigh: (weight) => {
        if (!isClosed()) this.#send(["op=weigh", `id=${id}`, `weight=${weight}`]);
      },
      get isClosed() {
        return isClosed();
      },
      connection: () =>
        new Promise((resolve) => {
          if (isClosed()) return resolve();
          this.#awaited.set(id, resolve);
          this.#send(["op=await", `id=${id}`]);
        }),
      close: () => {
        if (isClosed()) return;
        isReleased = true;
        this.#send(["op=release", `id=${id}`]);
        this.#wake(id);
      },
    };
  }

  /** It was closed or has died; nothing can be started with it any more. */
  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Ends every process it started (SIGTERM, then SIGKILL after 2 s) and itself. */
  async close(): Promise<void> {
    this.#child.stdin.end();
    await this.#closed;
  }

  async #ask(op: "measure" | "start", options: StartOptions, onInstance?: (instance: Instance) => void, signal?: AbortSignal): Promise<StartMeasurement> {
    const id = String(this.#nextId++);
    const settings = [`op=${op}`, `id=${id}`, `trace=${options.trace ? 1 : 0}`];
    for (const argument of options.command) settings.push(`arg=${argument}`);
    for (const [key, value] of Object.entries(options.env ?? {})) settings.push(`env=${key}=${value}`);
    const optional = {
      cwd: options.cwd,
      host: options.host,
      port: options.port,
      listener: options.listener?.id,
      pooled: options.pooled ? 1 : undefined,
      path: options.path,
      connectMs: options.connectTimeoutMs,
      responseMs: options.responseTimeoutMs,
    };
    for (const [key, value] of Object.entries(optional)) if (value !== undefined) settings.push(`${key}=${value}`);
    const startedAt = new Date();
    if (signal?.aborted) throw new StartError("request", "the start was called off");
    const callOff = () => this.#send(["op=stop", `id=${id}`, "graceMs=0"]);
    const answer = new Promise<StartMeasurement>((resolve, reject) => {
      if (this.#isClosed) return reject(new StartError("launcher", "the launcher is closed"));
      const bad = settings.find((setting) => setting.includes("\0")) ?? (/[\s\0]/.test(options.path ?? "") ? options.path : undefined);
      if (bad !== undefined) return reject(new StartError("request", `not allowed in a command, environment or path: ${JSON.stringify(bad)}`));
      this.#pending.set(id, { onInstance, startedAt, resolve, reject });
      this.#send(settings);
      signal?.addEventListener("abort", callOff, { once: true });
    });
    return answer.finally(() => signal?.removeEventListener("abort", callOff));
  }

  #send(settings: string[]): void {
    const body = Buffer.from(settings.map((setting) => `${setting}\0`).join(""));
    const length = Buffer.alloc(4);
    length.writeUInt32LE(body.length);
    this.#child.stdin.write(Buffer.concat([length, body]));
  }

  #wake(id: string): void {
    this.#awaited.get(id)?.();
    this.#awaited.delete(id);
  }

  #receive(reply: Reply): void {
    const id = reply.id ?? "";
    if (reply.type === "waiting") return this.#wake(id);
    const instance = this.#instances.get(id);
    if (reply.type === "output") return instance?.deliver({ stream: reply.stream ?? "stdout", data: bytesOf(reply.data) });
    if (reply.type === "exit") {
      this.#instances.delete(id);
      return instance?.deliver(exitOf(reply) ?? { code: null, signal: "SIGKILL" });
    }
    const listen = this.#listens.get(id);
    if (listen?.part && reply.type === "listening") return listen.part(reply);
    if (listen) {
      this.#listens.delete(id);
      if (reply.type === "listening" || reply.type === "done") listen.resolve(reply);
      else listen.reject(errorOf(reply));
      return;
    }
    const pending = this.#pending.get(id);
    this.#pending.delete(id);
    if (reply.type === "started") {
      if (!pending) return;
      const measurement = measurementOf(reply, pending.startedAt);
      const stop = (graceMs: number) => this.#send([`op=stop`, `id=${id}`, `graceMs=${graceMs}`]);
      // Before the next line is read: it may be output of this process, or its end.
      if (pending.onInstance) {
        const started = new Instance(measurement, stop);
        this.#instances.set(id, started);
        pending.onInstance(started);
      }
      pending.resolve(measurement);
    } else {
      pending?.reject(errorOf(reply));
    }
  }
}

function errorOf(reply: Reply): StartError {
  return new StartError(reply.stage ?? "launcher", reply.message ?? "the launcher reported an error", {
    exit: exitOf(reply),
    stderr: textOf(reply.stderr),
    stdout: textOf(reply.stdout),
    ...(reply.port !== undefined && { port: reply.port }),
  });
}

function measurementOf(reply: Reply, startedAt: Date): StartMeasurement {
  const totalNs = reply.totalNs ?? 0;
  let phases: PhaseDuration[];
  let traceError: string | undefined;
  const trace = bytesOf(reply.trace);
  try {
    phases = accountPhases(trace, BigInt(reply.beginNs ?? "0"), totalNs);
    if (reply.trace !== undefined && trace.length === 0) traceError = "the process reported no phases";
  } catch (error) {
    if (!(error instanceof TraceError)) throw error;
    traceError = error.message;
    phases = accountPhases(new Uint8Array(), 0n, totalNs);
  }
  return {
    startedAt,
    totalNs,
    connectedNs: reply.connectedNs ?? 0,
    ...(reply.preparedNs !== undefined && { preparedNs: reply.preparedNs }),
    phases,
    ...(traceError !== undefined && { traceError }),
    memory: parseMemory(textOf(reply.smaps), textOf(reply.stat)),
    status: reply.status ?? 0,
    responseBytes: reply.responseBytes ?? 0,
    body: textOf(reply.body),
    pid: reply.pid ?? 0,
    port: reply.port ?? 0,
    stdout: textOf(reply.stdout),
    stderr: textOf(reply.stderr),
  };
}

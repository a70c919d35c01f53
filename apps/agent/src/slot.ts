/**
 * One instance of a deployment on this host: fetch, verify, start, watch, restart with growing pauses, stop. What goes wrong stays in
 * its slot: it becomes the instance's state and reason, and the other slots never notice.
 */
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { request } from "node:http";
import { setTimeout } from "node:timers/promises";
import { describeExit, readMemory, StartError, type Instance, type Launcher, type ListeningSocket, type ProcessExit } from "@zerostart/launcher";
import { launchModes, type DesiredInstance, type InstanceState, type LogLine, type StartSample } from "@zerostart/protocol";
import type { Address, Member } from "./address.ts";
import type { ArtifactStore } from "./artifacts.ts";
import { Backoff, pause } from "./backoff.ts";
import { executionOf } from "./host.ts";
import { LineSplitter, logLineOf } from "./log-lines.ts";
import type { LogQuota } from "./log-quota.ts";
import type { RequestMeter } from "./requests.ts";
import { reachedAt, sampleOf, startOptions, startTimeouts } from "./run-artifact.ts";

export type SlotContext = {
  /** Starts a process; the launcher behind it is replaced when it was lost. */
  start: Launcher["start"];
  artifacts: ArtifactStore;
  /** Of the last sync. */
  signingKey: () => string;
  /** An empty folder. */
  cwd: string;
  /** Folder of the bytecode cache. */
  cache: string;
  /** IPv4 address that handlers listen on; loopback unless given. */
  listen?: string | undefined;
  /** Counts the requests of a process about to be started. */
  meter: (deploymentId: string, instanceId: string) => RequestMeter | undefined;
  onLog: (line: LogLine) => void;
  /** Whether its handlers' lines are dropped now, and that some were. */
  logQuota: Pick<LogQuota, "isFull" | "drop">;
  onStart: (sample: StartSample) => void;
  onChange: () => void;
};

/** What differs between the deployments of a host. */
type DeploymentContext = SlotContext & {
  address: Address;
  /** Percentage of connections, of a canary. */
  share: () => number | undefined;
};

const healthEveryMs = 5_000;
const healthTimeoutMs = 5_000;
/** A process that lasted this long is not in a crash loop. */
const stableMs = 60_000;
const stopGraceMs = 10_000;
/** A start is a matter of milliseconds: one that takes so long has a reason that somebody wants to know now, not when it is given up. */
const slowMs = 2_000;
/** In longer pauses a connection is refused rather than kept waiting. */
const holdMs = 2_000;
/** A process that is told to end stops taking connections as soon as its current turn is over. */
const releaseTimeoutMs = 2_000;

/** For how long one that leaves still takes connections which were on their way when it stopped being offered any: a client may connect a while before it sends. */
const leaveMs = 3_000;
const emptyQueueTimeoutMs = 10_000;

export class Slot implements Member {
  readonly desired: DesiredInstance;
  readonly #context: DeploymentContext;
  readonly #stopping = new AbortController();
  readonly #backoff = new Backoff(500, 60_000);
  /** Resolves when this slot has ended for good: its process is gone. */
  readonly ended: Promise<void>;
  /** Resolves when its first process has answered, or the slot has ended. */
  readonly served: Promise<void>;
  #hasServed: () => void = () => {};
  isLeaving = false;
  /** Why its process is ended although its deployment would keep it. */
  #shedding: string | undefined;
  #predecessor: Slot | undefined;
  #instance: Instance | undefined;
  #meter: RequestMeter | undefined;
  #listener: ListeningSocket | undefined;
  #state: InstanceState;

  /** @param predecessor a running slot of the same handler, which this one replaces once it is known to start */
  constructor(desired: DesiredInstance, number: number, context: DeploymentContext, predecessor?: Slot) {
    this.desired = desired;
    this.#context = context;
    this.#predecessor = predecessor;
    this.served = new Promise((resolve) => (this.#hasServed = resolve));
    this.#state = {
      instanceId: `${desired.deploymentId}-${number}`,
      deploymentId: desired.deploymentId,
      artifactId: desired.artifact.artifactId,
      state: "starting",
      port: desired.port || context.address.port,
      restarts: 0,
      since: new Date().toISOString(),
    };
    this.ended = this.#run();
  }

  get state(): InstanceState {
    return this.#state;
  }

  get isRunning(): boolean {
    return this.#instance !== undefined;
  }

  get isReady(): boolean {
    return this.#state.state === "healthy" || this.#state.state === "idle";
  }

  get sharePercent(): number | undefined {
    return this.#context.share();
  }

  /** Ends the process, if any, and resolves when it is gone. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#predecessor?.stop();
    await this.ended;
  }

  /** Others serve the address: take what is on its way here, then end. */
  async leave(): Promise<void> {
    this.isLeaving = true;
    this.#context.address.rebalance();
    const { signal } = this.#stopping;
    if (this.isReady && this.#listener) {
      await pause(leaveMs, signal);
      for (const until = Date.now() + emptyQueueTimeoutMs; !signal.aborted && Date.now() < until && queueLength(this.#listener) > 0;) await pause(20, signal);
    }
    await this.stop();
  }

  /**
   * Make way for a successor: the process finishes what it has begun, and takes nothing new. Resolves, with the listening
   * socket, when that is so; connections wait in the socket's queue until the successor takes them.
   */
  async retire(): Promise<ListeningSocket | undefined> {
    const listener = this.#listener;
    this.#listener = undefined;
    this.#stopping.abort();
    await this.#predecessor?.stop();
    const pid = this.#instance?.pid;
    const deadline = Date.now() + releaseTimeoutMs;
    while (listener && pid !== undefined && holdsSocket(pid, listener.inode) && Date.now() < deadline) await setTimeout(1);
    return listener;
  }

  async #run(): Promise<void> {
    const signal = this.#stopping.signal;
    while (!signal.aborted) {
      try {
        const instance = await this.#start();
        const startedAt = Date.now();
        const exit = await this.#watch(instance);
        this.#instance = undefined;
        if (signal.aborted) break;
        const shedding = this.#shedding;
        this.#shedding = undefined;
        if (exit.isClean && (this.#scalesToZero || shedding !== undefined)) {
          await this.#sleep(shedding);
          continue;
        }
        if (Date.now() - startedAt >= stableMs) this.#backoff.reset();
        this.#log("error", `the process ended: ${exit.why}`);
        await this.#pauseAfter("backoff", `the process ended: ${exit.why}`);
      } catch (error) {
        if (signal.aborted) break;
        const reason = error instanceof Error ? error.message : String(error);
        this.#log("error", `not started: ${reason}`);
        await this.#pauseAfter(error instanceof StartError ? "backoff" : "unhealthy", reason);
      }
    }
    this.#dropListener();
    this.#become({ state: "stopped" });
    this.#hasServed();
  }

  /** Of a clone the parent stays, and its workers come and go. */
  get #scalesToZero(): boolean {
    return this.#exitsIdle !== undefined && this.desired.artifact.mode !== "clone";
  }

  /** After how many seconds without a connection the process is to end. Deployments of before said so without bounds. */
  get #exitsIdle(): number | undefined {
    const { scale, idleSeconds } = this.desired;
    return scale && scale.min > 0 ? undefined : idleSeconds;
  }

  /** How long nobody has been served, ms; undefined while somebody is connected, there is no process, or nothing is counted. */
  get quietMs(): number | undefined {
    if (this.#state.state !== "healthy" || this.isLeaving || this.#shedding !== undefined) return undefined;
    const counts = this.#meter?.read();
    if (!counts || counts.connections > 0 || counts.lastNs === 0) return undefined;
    return Number(process.hrtime.bigint()) / 1e6 - counts.lastNs / 1e6;
  }

  get rssBytes(): number {
    return this.#state.rssBytes ?? 0;
  }

  /** End the process, and start one again with the next connection. */
  shed(why: string): void {
    this.#shedding = why;
    void this.#instance?.stop(stopGraceMs);
  }

  /** No process until a connection waits. */
  async #sleep(shedding: string | undefined): Promise<void> {
    const { signal } = this.#stopping;
    this.#backoff.reset();
    const why = shedding ?? `no connection for ${this.desired.idleSeconds} s`;
    this.#become({ state: "idle", ...(shedding !== undefined && { reason: `Ended while idle: ${shedding}. The next connection starts it.` }) });
    this.#log(shedding === undefined ? "info" : "warn", `${why}: ended, the next connection starts it`);
    // A signal that was given before tells nobody who listens now.
    if (signal.aborted) return;
    const awake = new AbortController();
    const stopped = new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true, signal: awake.signal }));
    await Promise.race([this.#listener?.connection(), stopped]).finally(() => awake.abort());
  }

  #dropListener(): void {
    if (this.#listener) this.#context.address.close(this.#listener);
    this.#listener = undefined;
  }

  async #pauseAfter(state: "backoff" | "unhealthy", reason: string): Promise<void> {
    const ms = this.#backoff.next();
    if (ms > holdMs) this.#dropListener();
    this.#become({ state, reason: `${reason}\nNext attempt in ${(ms / 1000).toFixed(1)} s.` });
    await pause(ms, this.#stopping.signal);
    this.#state = { ...this.#state, restarts: this.#state.restarts + 1 };
  }

  async #start(): Promise<Instance> {
    const { start, artifacts, cwd, cache, listen } = this.#context;
    const { artifact, env, deploymentId, knobs, allowFetch } = this.desired;
    const hadReason = this.#state.reason;
    this.#become({ state: "starting", ...(hadReason !== undefined && { reason: hadReason }) });
    const program = await this.#tellIfSlow(
      "Its program is still being fetched from the control plane.",
      unlessAborted(artifacts.ensure(artifact, this.#context.signingKey()), this.#stopping.signal),
    );
    const execution = executionOf(program, artifact);
    const options = { program, artifact, execution, cwd, cache, path: "/", env, port: 0, knobs, idleSeconds: this.#exitsIdle, allowFetch };
    if (this.#predecessor?.isRunning) {
      // A version that does not start must not replace one that does: try it on another port first.
      await this.#tellIfSlow(this.#unanswered, start(startOptions(options), this.#stopping.signal)).then((trial) => trial.stop(0));
    }
    this.#stopping.signal.throwIfAborted();
    const inherited = await this.#predecessor?.retire();
    this.#predecessor = undefined;
    if (inherited) {
      this.#listener = inherited;
      this.#context.address.take(inherited, this);
    }
    const listener = await this.#listen();
    const meter = this.#context.meter(deploymentId, this.#state.instanceId);
    const started = start(startOptions({ ...options, listener, counters: meter?.path, ...(listen !== undefined && { listen }) }), this.#stopping.signal);
    const instance = await this.#tellIfSlow(this.#unanswered, started).catch((error: unknown) => {
      meter?.close();
      throw error;
    });
    instance.once("exit", () => meter?.close());
    this.#meter = meter;
    if (this.#stopping.signal.aborted) {
      await instance.stop(stopGraceMs);
      throw new Error("stopped while starting");
    }
    this.#instance = instance;
    this.#forwardOutput(instance);
    const { measurement } = instance;
    if (measurement.traceError) this.#log("warn", `this start has no phases: ${measurement.traceError}`);
    this.#context.onStart(sampleOf(measurement, { artifact, execution, kind: "real", deploymentId, instanceId: this.#state.instanceId }));
    this.#become({
      state: "healthy",
      pid: instance.pid,
      port: instance.port,
      rssBytes: measurement.memory.rssBytes,
      ...(measurement.status >= 500 && { reason: `It runs, but its first request (GET /) was answered with ${measurement.status}.` }),
    });
    return instance;
  }

  /** What a start may wait for. */
  get #unanswered(): string {
    const { payload } = launchModes.find(({ name }) => name === this.desired.artifact.mode)!;
    const what =
      payload === "snapshot"
        ? "It was started, and its first request (GET /) has no answer"
        : "It was started, and its top level or its first request (GET /) does not come to an end";
    return `${what}. It is given up after ${startTimeouts.responseTimeoutMs / 1000} s.`;
  }

  async #tellIfSlow<T>(reason: string, work: Promise<T>): Promise<T> {
    const before = this.#state.reason;
    let isTold = false;
    const timer = globalThis.setTimeout(() => {
      isTold = true;
      this.#become({ state: "starting", reason });
    }, slowMs);
    try {
      return await work;
    } finally {
      clearTimeout(timer);
      if (isTold) this.#become({ state: "starting", ...(before !== undefined && { reason: before }) });
    }
  }

  /** The socket of this slot, the one that it has had if that is still good. */
  async #listen(): Promise<ListeningSocket> {
    const wanted = this.desired.port;
    const isUsable = this.#listener && !this.#listener.isClosed && (wanted === 0 || this.#listener.port === wanted);
    if (!isUsable) {
      this.#dropListener();
      this.#listener = await this.#context.address.open(this, wanted);
    }
    return this.#listener!;
  }

  /** Until the process has ended, by itself or by us. Three health checks in a row without an answer end it too. */
  async #watch(instance: Instance): Promise<{ why: string; isClean: boolean }> {
    const watching = new AbortController();
    const signal = AbortSignal.any([watching.signal, this.#stopping.signal]);
    const ended = instance.exit
      ? Promise.resolve(instance.exit)
      : new Promise<ProcessExit>((resolve) => instance.once("exit", (exit) => (watching.abort(), resolve(exit))));
    if (instance.exit) watching.abort();
    let misses = 0;
    while (!signal.aborted) {
      await pause(healthEveryMs, signal);
      if (signal.aborted) break;
      // A request would keep it from being idle, or fork a clone that nobody needs.
      const isLeftAlone = this.desired.artifact.mode === "clone" || this.#scalesToZero;
      const complaint = isLeftAlone ? undefined : await ping(reachedAt(this.#context.listen), instance.port, this.#source, signal);
      misses = complaint === undefined ? 0 : misses + 1;
      if (misses >= 3) {
        await instance.stop(stopGraceMs);
        return { why: `it answered no health check three times in a row (${complaint})`, isClean: false };
      }
      const memory = readMemory(instance.pid);
      const connections = this.#meter?.read()?.connections;
      const base = {
        pid: instance.pid,
        port: instance.port,
        ...(memory && { rssBytes: memory.rssBytes }),
        ...(connections !== undefined && { connections }),
      };
      if (complaint !== undefined) this.#become({ ...base, state: "unhealthy", reason: `a health check was not answered: ${complaint}` });
      else if (this.#state.state === "unhealthy") this.#become({ ...base, state: "healthy" });
      else this.#state = { ...this.#state, ...base };
    }
    if (this.#stopping.signal.aborted) await instance.stop(stopGraceMs);
    const exit = await ended;
    return { why: describeExit(exit), isClean: exit.code === 0 };
  }

  /** Where to connect from to reach this instance and no other of its address. */
  get #source(): string | undefined {
    return this.#context.address.isShared ? this.#listener?.source : undefined;
  }

  #forwardOutput(instance: Instance): void {
    const splitter = (fallback: LogLine["level"]) => new LineSplitter(fallback, (text, level) => this.#context.onLog(this.#line(level, "handler", text)));
    const splitters = { stdout: splitter("info"), stderr: splitter("error") };
    const { logQuota } = this.#context;
    const { deploymentId } = this.desired;
    instance.on("output", ({ stream, data }) => {
      if (logQuota.isFull(deploymentId)) logQuota.drop(deploymentId, splitters[stream].skip(data));
      else splitters[stream].push(data);
    });
    instance.once("exit", () => Object.values(splitters).forEach((each) => each.end()));
  }

  #line(level: LogLine["level"], source: LogLine["source"], text: string): LogLine {
    return logLineOf({ deploymentId: this.desired.deploymentId, instanceId: this.#state.instanceId, level, source, text });
  }

  #log(level: LogLine["level"], text: string): void {
    this.#context.onLog(this.#line(level, "agent", text));
  }

  /** A new state; what is not given (pid, reason, ...) no longer holds, except identity, port and count. */
  #become(change: Pick<InstanceState, "state"> & Partial<InstanceState>): void {
    const { instanceId, deploymentId, artifactId, port, restarts, since, state } = this.#state;
    const reason = change.reason?.slice(0, 4_096);
    this.#state = {
      instanceId,
      deploymentId,
      artifactId,
      port,
      restarts,
      ...change,
      ...(reason !== undefined && { reason }),
      since: change.state === state ? since : new Date().toISOString(),
    };
    if (change.state === "healthy") this.#hasServed();
    this.#context.address.rebalance();
    this.#context.onChange();
  }
}

/** Connections that wait in a listening socket's queue, by the kernel's own list. */
function queueLength({ inode }: ListeningSocket): number {
  for (const line of readFileSync("/proc/net/tcp", "utf8").split("\n")) {
    const [, , , state, queues, , , , , number] = line.trim().split(/\s+/);
    if (state === "0A" && number === String(inode)) return Number.parseInt(queues?.split(":")[1] ?? "0", 16);
  }
  return 0;
}

/** Whether a process has the socket open. */
function holdsSocket(pid: number, inode: number): boolean {
  try {
    const folder = `/proc/${pid}/fd`;
    return readdirSync(folder).some((name) => linkOf(`${folder}/${name}`) === `socket:[${inode}]`);
  } catch {
    return false; // it is gone
  }
}
function linkOf(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined; // closed meanwhile
  }
}

/**
 * Is the process's event loop alive? `OPTIONS *` is HTTP's own ping (RFC 9110, 9.3.7): it asks the server and not a resource,
 * so checks need not run the handler. Any HTTP answer will do.
 * @returns what is wrong, or undefined
 */
function ping(host: string, port: number, localAddress: string | undefined, signal: AbortSignal): Promise<string | undefined> {
  return new Promise((resolve) => {
    const outgoing = request({
      host,
      port,
      method: "OPTIONS",
      path: "*",
      agent: false,
      timeout: healthTimeoutMs,
      signal,
      ...(localAddress && { localAddress }),
    });
    outgoing.once("response", (response) => {
      response.destroy();
      resolve(undefined);
    });
    outgoing.once("timeout", () => outgoing.destroy(new Error(`no answer within ${healthTimeoutMs / 1000} s`)));
    outgoing.once("error", (error) => resolve(signal.aborted ? undefined : error.message));
    outgoing.end();
  });
}

/** What others may wait for too, and this one no longer than it is wanted. */
function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const done = new AbortController();
  const aborted = new Promise<never>((_, reject) => {
    signal.addEventListener("abort", () => reject(new Error("stopped while starting")), { once: true, signal: done.signal });
  });
  return Promise.race([work, aborted]).finally(() => done.abort());
}

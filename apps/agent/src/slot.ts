/**
 * One deployment on this host: fetch, verify, start, watch, restart with growing pauses, stop. What goes wrong stays in
 * its slot: it becomes the instance's state and reason, and the other slots never notice.
 */
import { request } from "node:http";
import { describeExit, readMemory, StartError, type Instance, type Launcher, type ProcessExit } from "@zerostart/launcher";
import type { DesiredInstance, InstanceState, LogLine, StartSample } from "@zerostart/protocol";
import type { ArtifactStore } from "./artifacts.ts";
import { Backoff, pause } from "./backoff.ts";
import { executionOf } from "./host.ts";
import { LineSplitter, logLineOf } from "./log-lines.ts";
import { reachedAt, sampleOf, startOptions } from "./run-artifact.ts";

export type SlotContext = {
  /** Starts a process; the launcher behind it is replaced when it was lost. */
  start: Launcher["start"];
  artifacts: ArtifactStore;
  /** Of the last sync. */
  signingKey: () => string;
  /** An empty folder. */
  cwd: string;
  /** IPv4 address that handlers listen on; loopback unless given. */
  listen?: string | undefined;
  /** The port that this handler had last, 0 when there was none: its URL should stay. */
  rememberedPort: (handlerId: string) => number;
  rememberPort: (handlerId: string, port: number) => void;
  onLog: (line: LogLine) => void;
  onStart: (sample: StartSample) => void;
  onChange: () => void;
};

const healthEveryMs = 5_000;
const healthTimeoutMs = 5_000;
/** A process that lasted this long is not in a crash loop. */
const stableMs = 60_000;
const stopGraceMs = 10_000;

export class Slot {
  readonly desired: DesiredInstance;
  readonly #context: SlotContext;
  readonly #stopping = new AbortController();
  readonly #backoff = new Backoff(500, 60_000);
  /** Resolves when this slot has ended for good: its process is gone. */
  readonly ended: Promise<void>;
  #predecessor: Slot | undefined;
  #instance: Instance | undefined;
  #state: InstanceState;

  /** @param predecessor a running slot of the same handler, which this one replaces once it is known to start */
  constructor(desired: DesiredInstance, context: SlotContext, predecessor?: Slot) {
    this.desired = desired;
    this.#context = context;
    this.#predecessor = predecessor;
    this.#state = {
      instanceId: `${desired.deploymentId}-1`,
      deploymentId: desired.deploymentId,
      artifactId: desired.artifact.artifactId,
      state: "starting",
      port: desired.port,
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

  /** Ends the process, if any, and resolves when it is gone. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#predecessor?.stop();
    await this.ended;
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
    this.#become({ state: "stopped" });
  }

  async #pauseAfter(state: "backoff" | "unhealthy", reason: string): Promise<void> {
    const ms = this.#backoff.next();
    this.#become({ state, reason: `${reason}\nNext attempt in ${(ms / 1000).toFixed(1)} s.` });
    await pause(ms, this.#stopping.signal);
    this.#state = { ...this.#state, restarts: this.#state.restarts + 1 };
  }

  async #start(): Promise<Instance> {
    const { start, artifacts, cwd, listen } = this.#context;
    const { artifact, handlerId, env, deploymentId } = this.desired;
    const hadReason = this.#state.reason;
    this.#become({ state: "starting", ...(hadReason !== undefined && { reason: hadReason }) });
    const program = await artifacts.ensure(artifact, this.#context.signingKey());
    const execution = executionOf(program, artifact.target);
    const options = startOptions({ program, execution, cwd, path: "/", env, port: 0, ...(listen !== undefined && { listen }) });
    if (this.#predecessor?.isRunning) {
      // A version that does not start must not replace one that does: try it on another port first.
      await start(options).then((trial) => trial.stop(0));
    }
    this.#stopping.signal.throwIfAborted();
    await this.#predecessor?.stop();
    this.#predecessor = undefined;

    const instance = await this.#startOnPort(options);
    if (this.#stopping.signal.aborted) {
      await instance.stop(stopGraceMs);
      throw new Error("stopped while starting");
    }
    this.#instance = instance;
    this.#forwardOutput(instance);
    this.#context.rememberPort(handlerId, instance.port);
    const { measurement } = instance;
    if (measurement.traceError) this.#log("warn", `this start has no phases: ${measurement.traceError}`);
    this.#context.onStart(sampleOf(measurement, { artifact, execution, kind: "real", deploymentId }));
    this.#become({
      state: "healthy",
      pid: instance.pid,
      port: instance.port,
      rssBytes: measurement.memory.rssBytes,
      ...(measurement.status >= 500 && { reason: `It runs, but its first request (GET /) was answered with ${measurement.status}.` }),
    });
    return instance;
  }

  /** On the port that was asked for; else on the handler's last one, so that its URL stays, or a free one when that is taken. */
  async #startOnPort(options: Parameters<Launcher["start"]>[0]): Promise<Instance> {
    const { start, rememberedPort } = this.#context;
    if (this.desired.port > 0) return start({ ...options, port: this.desired.port });
    const remembered = rememberedPort(this.desired.handlerId);
    try {
      return await start({ ...options, port: remembered });
    } catch (error) {
      if (remembered === 0 || !(error instanceof StartError) || error.stage !== "port") throw error;
      return start({ ...options, port: 0 });
    }
  }

  /** Until the process has ended, by itself or by us. Three health checks in a row without an answer end it too. */
  async #watch(instance: Instance): Promise<{ why: string }> {
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
      const complaint = await ping(reachedAt(this.#context.listen), instance.port, signal);
      misses = complaint === undefined ? 0 : misses + 1;
      if (misses >= 3) {
        await instance.stop(stopGraceMs);
        return { why: `it answered no health check three times in a row (${complaint})` };
      }
      const memory = readMemory(instance.pid);
      const base = { pid: instance.pid, port: instance.port, ...(memory && { rssBytes: memory.rssBytes }) };
      if (complaint !== undefined) this.#become({ ...base, state: "unhealthy", reason: `a health check was not answered: ${complaint}` });
      else if (this.#state.state === "unhealthy") this.#become({ ...base, state: "healthy" });
      else this.#state = { ...this.#state, ...base };
    }
    if (this.#stopping.signal.aborted) await instance.stop(stopGraceMs);
    return { why: describeExit(await ended) };
  }

  #forwardOutput(instance: Instance): void {
    const splitter = (level: LogLine["level"]) => new LineSplitter((text) => this.#context.onLog(this.#line(level, "handler", text)));
    const splitters = { stdout: splitter("info"), stderr: splitter("error") };
    instance.on("output", ({ stream, data }) => splitters[stream].push(data));
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
    this.#context.onChange();
  }
}

/**
 * Is the process's event loop alive? `OPTIONS *` is HTTP's own ping (RFC 9110, 9.3.7): it asks the server and not a resource,
 * so checks need not run the handler. Any HTTP answer will do.
 * @returns what is wrong, or undefined
 */
function ping(host: string, port: number, signal: AbortSignal): Promise<string | undefined> {
  return new Promise((resolve) => {
    const outgoing = request({ host, port, method: "OPTIONS", path: "*", agent: false, timeout: healthTimeoutMs, signal });
    outgoing.once("response", (response) => {
      response.destroy();
      resolve(undefined);
    });
    outgoing.once("timeout", () => outgoing.destroy(new Error(`no answer within ${healthTimeoutMs / 1000} s`)));
    outgoing.once("error", (error) => resolve(signal.aborted ? undefined : error.message));
    outgoing.end();
  });
}

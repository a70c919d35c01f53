/** The agent: keeps this host as the control plane wants it, and reports. It only ever calls out. */
import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { Launcher, type ListeningSocket } from "@zerostart/launcher";
import {
  protocolVersion,
  type AgentOrder,
  type DesiredInstance,
  type EnrolInput,
  type InstanceState,
  type MeasurementOrder,
  type RequestWindow,
  type StartSample,
  type SyncInput,
  type SyncOutput,
  type TraceOrder,
} from "@zerostart/protocol";
import { z } from "zod";
import { Address } from "./address.ts";
import { ArtifactStore } from "./artifacts.ts";
import { Backoff, pause } from "./backoff.ts";
import { ControlPlane, ControlPlaneError } from "./control-plane.ts";
import type { Installs } from "./installs.ts";
import { prepareUpgrade, UpgradeError } from "./upgrade.ts";
import { isNoRoom, readJson, writeFileDurably } from "./files.ts";
import { DesiredFile } from "./keeping.ts";
import type { AgentMetrics } from "./metrics.ts";
import { openMeasurements } from "./measure.ts";
import { Turns, type OrderQueue } from "./orders.ts";
import { Front } from "./front.ts";
import { memoryPressure } from "./pressure.ts";
import { LogQuota } from "./log-quota.ts";
import { Reporter } from "./reporter.ts";
import { RequestMeters } from "./requests.ts";
import { reachedAt } from "./run-artifact.ts";
import type { Runtime } from "./runtimes.ts";
import { Deployed } from "./deployed.ts";
import { openTraces } from "./trace.ts";
import type { SlotContext } from "./slot.ts";

const identitySchema = z.object({ server: z.string(), hostId: z.string(), agentToken: z.string() });
type Identity = z.infer<typeof identitySchema>;
const portsSchema = z.record(z.string(), z.number());

export type AgentOptions = {
  server: string;
  dataFolder: string;
  host: EnrolInput;
  /** Read when it is needed, since the control plane may write it after this process has started. */
  enrolmentToken: () => Promise<string | undefined>;
  /** Log lines kept on disk while the control plane is away, bytes. */
  logCapBytes?: number;
  /** Of one handler; more are dropped and counted. */
  logLinesPerMinute?: number | undefined;
  /** What is wrong with the host's memory, if something is; by the kernel unless given. */
  pressure?: () => string | undefined;
  /** How often it is looked whether there are too few or too many instances; 2 s unless given. */
  scaleEveryMs?: number;
  /** How often requests are reported; 10 s unless given. */
  requestsEveryMs?: number;
  /** File with the key that variables are sealed with on disk; made in the data folder unless given. */
  keyFile?: string | undefined;
  /** IPv4 address that handlers listen on; loopback unless given. */
  listen?: string | undefined;
  /** One port for all handlers, in front of theirs. */
  frontPort?: number | undefined;
  /** Name or address at which people reach this host's handlers. */
  address?: string | undefined;
  metrics?: AgentMetrics | undefined;
  /** Other runtimes that experiments may use; none unless given. */
  runtimes?: readonly Runtime[] | undefined;
  /** Which file this agent is; without, it cannot be upgraded. */
  installs?: Installs | undefined;
  /** A newer agent was ordered, verified and tried: end with `stop({ handOver: true })` and become it. */
  onUpgrade?: ((sha256: string) => void) | undefined;
  /** For the person who runs the agent. */
  say: (text: string) => void;
};

/** The enrolment token is missing or not accepted: nothing can be done without the person. */
export class EnrolmentError extends Error {}

/** One that served somebody a moment ago is not idle. */
const quietEnoughMs = 2_000;
/** Sockets of an agent that makes way are offered here to the one that comes. */
const offerName = "hand-over.sock";
const unclaimedMs = 30_000;
/** How long an agent that makes way waits for the last words of its processes; they may take longer to finish. */
const lastWordsMs = 2_000;
const longPollMs = 20_000;
/** So often the agent asks for all of the desired state, though its revision says that nothing has changed. */
const tellAllMs = 600_000;
/** A change of an instance's state is told at once; several within this time are told together. */
const gatherMs = 100;

export class Agent {
  readonly #options: AgentOptions;
  readonly #controlPlane: ControlPlane;
  readonly #stopping = new AbortController();
  readonly #deployed = new Map<string, Deployed>();
  /** No longer wanted, with instances that have not ended yet. */
  readonly #leaving = new Set<Deployed>();
  /** By handler; a preview's by its deployment. */
  readonly #addresses = new Map<string, Address>();
  readonly #scaling: NodeJS.Timeout;
  readonly #front: Front | undefined;
  /** Stopped ones, until the control plane has heard of it. */
  readonly #ended = new Map<string, InstanceState>();
  readonly #artifacts: ArtifactStore;
  readonly #reporter: Reporter;
  readonly #logQuota: LogQuota;
  readonly #measurements: OrderQueue<MeasurementOrder>;
  readonly #traces: OrderQueue<TraceOrder>;
  readonly #meters: RequestMeters;
  readonly #desiredFile: DesiredFile;
  readonly #context: SlotContext;
  #launcher: Promise<Launcher>;
  readonly #ports: Map<string, number>;
  /** Sockets of the agent that was here before, until a handler claims them. */
  readonly #taken: ListeningSocket[];
  #isUpgrading = false;
  #identity: Identity | undefined;
  #signingKey = "";
  #revision = 0;
  #poll: AbortController | undefined;
  #gather: NodeJS.Timeout | undefined;

  private constructor(options: AgentOptions, launcher: Launcher, front: Front | undefined, taken: ListeningSocket[]) {
    this.#front = front;
    this.#taken = taken;
    // What was not taken up by then is served by nobody any more.
    if (taken.length > 0) setTimeout(() => this.#taken.splice(0).forEach((socket) => socket.close()), unclaimedMs).unref();
    this.#options = options;
    this.#launcher = Promise.resolve(launcher);
    const folder = (name: string) => join(options.dataFolder, name);
    const cwd = folder("empty");
    mkdirSync(cwd, { recursive: true, mode: 0o500 });
    this.#controlPlane = new ControlPlane(options.server);
    this.#desiredFile = new DesiredFile(options.dataFolder, options.keyFile);
    this.#artifacts = new ArtifactStore(folder("artifacts"), (sha256) => this.#controlPlane.download("artifacts", this.#token, sha256, this.#stopping.signal));
    this.#reporter = new Reporter({
      folder: folder("spool"),
      logCapBytes: options.logCapBytes ?? 64 << 20,
      send: (input) => this.#controlPlane.report(this.#token, input, AbortSignal.timeout(30_000)),
      complain: options.say,
    });
    this.#logQuota = new LogQuota({ linesPerMinute: options.logLinesPerMinute, pass: (line) => this.#reporter.log(line) });
    const shared = {
      artifacts: this.#artifacts,
      cwd,
      cache: folder("cache"),
      signingKey: () => this.#signingKey,
      onStart: (sample: StartSample) => {
        options.metrics?.start(sample, this.#handlerOf(sample.deploymentId));
        this.#reporter.start(sample);
      },
    };
    const orders = { ...shared, dataFolder: options.dataFolder, turns: new Turns(), keepFile: (name: string, text: string) => this.#writeFile(name, text) };
    this.#measurements = openMeasurements({ ...orders, runtimes: options.runtimes ?? [], onResult: (result) => this.#reporter.measurement(result) });
    this.#traces = openTraces({ ...orders, hostName: options.host.hostName, onReport: (report) => this.#reporter.trace(report) });
    const onWindow = (window: RequestWindow) => {
      options.metrics?.requests(window, this.#handlerOf(window.deploymentId));
      this.#reporter.requests(window);
    };
    this.#meters = new RequestMeters(folder("requests"), onWindow, options.requestsEveryMs ?? 10_000);
    options.metrics?.watch(() => this.instances.map((instance) => ({ ...instance, handler: this.#handlerOf(instance.deploymentId) })));
    this.#ports = new Map(Object.entries(readJson(folder("ports.json"), portsSchema) ?? {}));
    this.#context = {
      ...shared,
      listen: options.listen,
      start: async (start, signal) => (await this.#openLauncher()).start(start, signal),
      meter: (deploymentId, instanceId) => this.#meters.open(deploymentId, instanceId),
      onLog: (line) => this.#logQuota.log(line),
      logQuota: this.#logQuota,
      onChange: () => {
        this.#route();
        this.#tellSoon();
      },
    };
    this.#scaling = setInterval(() => {
      if (!this.#shed()) this.#deployed.forEach((deployed) => deployed.scale());
    }, options.scaleEveryMs ?? 2_000);
  }

  static async open(options: AgentOptions): Promise<Agent> {
    mkdirSync(options.dataFolder, { recursive: true, mode: 0o700 });
    const { dataFolder, listen = "127.0.0.1", frontPort, say } = options;
    const front =
      frontPort === undefined
        ? undefined
        : await Front.open({ host: listen, port: frontPort, folder: join(dataFolder, "front"), backend: reachedAt(options.listen), say });
    const launcher = await Launcher.open();
    const offer = join(dataFolder, offerName);
    const taken = existsSync(offer) ? await launcher.adopt(offer).catch(() => []) : [];
    if (taken.length > 0) say(`took over ${taken.length} listening ${taken.length === 1 ? "socket" : "sockets"} from the agent before`);
    return new Agent(options, launcher, front, taken);
  }

  /** What a sync says of the agent beside its instances. */
  get #about(): Pick<SyncInput, "address" | "frontPort" | "agent" | "runtimes"> {
    const { address, frontPort, installs, runtimes = [] } = this.#options;
    const self = installs && {
      version: installs.self.version,
      ...(installs.self.sha256 !== undefined && { sha256: installs.self.sha256 }),
      ...(installs.refused && { refused: installs.refused }),
    };
    return {
      ...(address !== undefined && { address }),
      ...(frontPort !== undefined && { frontPort }),
      ...(self && { agent: self }),
      runtimes: runtimes.map(({ name, version }) => ({ name, version })),
    };
  }

  get #token(): string {
    return this.#identity?.agentToken ?? "";
  }

  /** What runs here, for tests and status lines. */
  get instances(): InstanceState[] {
    const running = [...this.#deployed.values(), ...this.#leaving].flatMap((deployed) => deployed.states);
    const isThere = new Set(running.map((state) => state.instanceId));
    return [...running, ...[...this.#ended.values()].filter((state) => !isThere.has(state.instanceId))];
  }

  /** Empty for one that was measured only. */
  #handlerOf(deploymentId: string | undefined): string {
    if (deploymentId === undefined) return "";
    const deployed = this.#deployed.get(deploymentId) ?? [...this.#leaving].find(({ desired }) => desired.deploymentId === deploymentId);
    return deployed?.desired.handlerName ?? "";
  }

  /** Until `stop`. @throws EnrolmentError */
  async run(): Promise<void> {
    const { dataFolder, say } = this.#options;
    const identity = readJson(join(dataFolder, "agent.json"), identitySchema);
    if (identity && isSameServer(identity.server, this.#controlPlane.url)) {
      this.#identity = identity;
      const kept = this.#desiredFile.read();
      if (kept) this.#apply({ ...kept, measurements: [], traces: [] }, false);
    }
    const reporting = this.#reporter.run(this.#stopping.signal);
    try {
      if (!this.#identity) await this.#enrol();
      if (!this.#stopping.signal.aborted) say(`connected to ${this.#controlPlane.url} as ${this.#options.host.hostName}`);
      await this.#syncUntilStopped();
    } finally {
      this.#stopping.abort();
      await reporting;
    }
  }

  /**
   * End every instance, write what is not yet written, and make `run` return. With `handOver` the listening sockets stay open, for the agent that comes next in this
   * data folder: whoever connects meanwhile waits in their queues, and processes finish what they have begun.
   */
  async stop({ handOver = false }: { handOver?: boolean } = {}): Promise<void> {
    this.#stopping.abort();
    clearTimeout(this.#gather);
    this.#poll?.abort();
    clearInterval(this.#scaling);
    const launcher = await this.#launcher;
    const all = [...this.#deployed.values(), ...this.#leaving];
    if (handOver) {
      this.#front?.leave();
      await Promise.all([this.#measurements.close(), this.#traces.close(), ...all.map((deployed) => deployed.retire())]);
      await launcher.offer(join(this.#options.dataFolder, offerName));
      const patience = () => new Promise((resolve) => setTimeout(resolve, lastWordsMs));
      await Promise.race([Promise.all(all.map((deployed) => deployed.ended)), patience()]);
      // Ended here and not after: what this process becomes would not know the child, and never ask for its exit code.
      await Promise.race([launcher.close(), patience()]);
    } else {
      await this.#front?.stop();
      await Promise.all([this.#measurements.close(), this.#traces.close(), ...all.map((deployed) => deployed.stop())]);
      await launcher.close();
    }
    this.#meters.close();
    this.#logQuota.close();
    this.#reporter.flush();
    if (this.#identity) {
      // A last word, if somebody listens; what is not heard now is sent by the next life of this agent.
      const last = { protocolVersion, revision: this.#revision, waitMs: 0, agentTimeMs: Date.now(), ...this.#about, instances: this.instances } as const;
      const signal = AbortSignal.timeout(1_500);
      await Promise.all([this.#controlPlane.sync(this.#token, last, signal), this.#reporter.deliver()]).catch(() => {});
    }
    this.#reporter.close();
    this.#options.metrics?.close();
  }

  /** If it was killed, its processes ended with it, and each slot starts its own again through a new one. */
  async #openLauncher(): Promise<Launcher> {
    const launcher = await this.#launcher;
    if (!launcher.isClosed || this.#stopping.signal.aborted) return launcher;
    if (launcher === (await this.#launcher)) this.#launcher = Launcher.open();
    return this.#launcher;
  }

  async #enrol(): Promise<void> {
    const backoff = new Backoff(300, 5_000);
    for (let attempt = 0; !this.#stopping.signal.aborted; attempt++) {
      const token = await this.#options.enrolmentToken();
      if (token !== undefined) {
        try {
          const { hostId, agentToken } = await this.#controlPlane.enrol(token, this.#options.host);
          this.#identity = { server: this.#controlPlane.url, hostId, agentToken };
          this.#writeFile("agent.json", JSON.stringify(this.#identity));
          return;
        } catch (error) {
          if (error instanceof ControlPlaneError && error.kind !== "unreachable") throw new EnrolmentError(`this host could not enrol: ${error.message}`);
          if (attempt === 0) this.#options.say(`waiting: ${error instanceof Error ? error.message : String(error)}`);
        }
      } else if (attempt === 0) {
        this.#options.say("waiting for an enrolment token: its file is empty or cannot be read");
      }
      await pause(backoff.next(), this.#stopping.signal);
    }
  }

  async #syncUntilStopped(): Promise<void> {
    const { say } = this.#options;
    const backoff = new Backoff(300, 5_000);
    let complaint: string | undefined;
    let toldAllMs = 0;
    let order: AgentOrder | undefined;
    while (!this.#stopping.signal.aborted) {
      const began = Date.now();
      this.#poll = new AbortController();
      const told = this.instances;
      try {
        const output = await this.#controlPlane.sync(
          this.#token,
          // The first one is answered at once, so that a new connection shows quickly.
          {
            protocolVersion,
            revision: this.#revision,
            waitMs: complaint === undefined && this.#revision > 0 ? longPollMs : 0,
            agentTimeMs: began,
            ...this.#about,
            instances: told,
            acceptsUnchanged: complaint === undefined && began - toldAllMs < tellAllMs,
          },
          this.#poll.signal,
        );
        for (const state of told) if (state.state === "stopped") this.#ended.delete(state.instanceId);
        if (complaint !== undefined) say("the control plane is back");
        complaint = undefined;
        backoff.reset();
        const isNew = output.revision !== this.#revision;
        this.#options.installs?.confirm();
        if (!output.isUnchanged) {
          this.#apply(output, true);
          toldAllMs = began;
          order = output.agent;
        }
        // Again each time: what could not be fetched may be later.
        if (order) void this.#upgrade(order);
        // Guards against a control plane that answers at once each time.
        if (!isNew && Date.now() - began < 1_000) await pause(1_000, AbortSignal.any([this.#stopping.signal, this.#poll.signal]));
      } catch (error) {
        if (this.#poll.signal.aborted) continue; // a state changed: tell it
        const text = error instanceof Error ? error.message : String(error);
        if (error instanceof ControlPlaneError && error.kind === "unauthorized") {
          say(`this host's token is not accepted any more (${text}); what runs goes on running`);
          await this.#enrolAgain();
          await pause(backoff.next(), this.#stopping.signal);
          continue;
        }
        if (text !== complaint) say(`${text}; what runs goes on running`);
        complaint = text;
        await pause(backoff.next(), this.#stopping.signal);
      }
    }
  }

  /** The control plane may have been set up anew: with an enrolment token at hand the host joins it as a new one. */
  async #enrolAgain(): Promise<void> {
    try {
      await this.#enrol();
      this.#revision = 0;
      this.#options.say("enrolled again");
    } catch (error) {
      this.#options.say(error instanceof Error ? error.message : String(error));
      await pause(30_000, this.#stopping.signal);
    }
  }

  #apply(output: SyncOutput, isFresh: boolean): void {
    this.#signingKey = output.signingKey;
    const wanted = new Map(output.instances.map((desired) => [desired.deploymentId, desired]));
    const unwanted = [...this.#deployed.values()].filter(({ desired }) => !wanted.has(desired.deploymentId));
    const replaced = new Set<Deployed>();
    for (const [deploymentId, desired] of wanted) {
      const deployed = this.#deployed.get(deploymentId);
      if (deployed?.update(desired)) continue;
      // A deployment of the same handler that is no longer wanted, or this one with other settings.
      const predecessor =
        deployed ?? unwanted.find((other) => (desired.role ?? "primary") === "primary" && canBeReplaced(other.desired, desired) && !replaced.has(other));
      if (predecessor) {
        replaced.add(predecessor);
        this.#deployed.delete(predecessor.desired.deploymentId);
        this.#noteEndOf(predecessor, predecessor.ended);
      }
      for (const instanceId of this.#ended.keys()) if (instanceId.startsWith(`${deploymentId}-`)) this.#ended.delete(instanceId);
      this.#deployed.set(
        deploymentId,
        new Deployed(desired, this.#context, this.#addressOf(desired), (state) => this.#noteEnd(state), predecessor, this.#takenFor(desired)),
      );
    }
    for (const deployed of unwanted) {
      if (replaced.has(deployed)) continue;
      this.#deployed.delete(deployed.desired.deploymentId);
      const { handlerId, role } = deployed.desired;
      const isServedByOthers = role !== "preview" && [...wanted.values()].some((desired) => desired.handlerId === handlerId && desired.role !== "preview");
      this.#noteEndOf(deployed, isServedByOthers ? deployed.leave() : deployed.stop());
    }
    this.#route();
    if (isFresh) {
      const revisionChanged = this.#revision !== output.revision;
      this.#revision = output.revision;
      this.#measurements.setOrders(output.measurements);
      this.#traces.setOrders(output.traces ?? []);
      if (revisionChanged) {
        this.#keep("desired.json", () => this.#desiredFile.write(output));
        const needed = [
          ...output.instances.map((desired) => desired.artifact),
          ...[...this.#measurements.waiting, ...output.measurements].flatMap((order) => order.artifacts),
          ...[...this.#traces.waiting, ...(output.traces ?? [])].map((order) => order.artifact),
        ];
        void this.#artifacts.sweep(new Set(needed.map((artifact) => artifact.sha256)));
      }
    }
  }

  /** Each order is tried once; what came of it is told with the next sync. */
  async #upgrade(order: AgentOrder): Promise<void> {
    const { installs, onUpgrade, say } = this.#options;
    if (!installs || !onUpgrade || this.#isUpgrading || order.sha256 === installs.self.sha256 || order.sha256 === installs.refused?.sha256) return;
    this.#isUpgrading = true;
    say(`a newer agent was ordered: ${order.sha256.slice(0, 12)}`);
    try {
      await prepareUpgrade(order, this.#signingKey, installs, (sha256) => this.#controlPlane.download("agent", this.#token, sha256, this.#stopping.signal));
      if (!this.#stopping.signal.aborted) onUpgrade(order.sha256);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      say(`the newer agent was not taken: ${reason}`);
      // What could not be fetched now may be later.
      if (error instanceof UpgradeError) installs.refuse(order.sha256, reason);
      this.#isUpgrading = false;
      this.#tellSoon();
    }
  }

  #writeFile(name: string, text: string): void {
    this.#keep(name, () => writeFileDurably(join(this.#options.dataFolder, name), text));
  }

  /** What a next life of this agent would like to know. A full disk does not stop this one. */
  #keep(name: string, write: () => void): void {
    try {
      write();
    } catch (error) {
      if (!isNoRoom(error)) throw error;
      this.#options.say(`${name} cannot be written: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  /**
   * Under memory pressure one idle instance is ended at a time, the one that has been quiet longest, until the pressure is gone; whoever is connected is
   * left alone. True while it lasts: nothing more is started then.
   */
  #shed(): boolean {
    const why = (this.#options.pressure ?? memoryPressure)();
    if (why === undefined) return false;
    const idle = [...this.#deployed.values()]
      .flatMap((deployed) => deployed.slots)
      .map((slot) => ({ slot, quietMs: slot.quietMs }))
      .filter(({ quietMs }) => quietMs !== undefined && quietMs >= quietEnoughMs)
      .sort((a, b) => b.quietMs! - a.quietMs!);
    const [first] = idle;
    if (first) {
      this.#options.say(`${why}: an idle instance of ${first.slot.desired.handlerName} (${Math.round(first.slot.rssBytes / 1_000)} kB) is ended`);
      first.slot.shed(why);
    }
    return true;
  }

  /** Every handler that has a port answers at the front port too. */
  #route(): void {
    if (!this.#front) return;
    const all = [...this.#deployed.values()];
    const withCanary = new Set(all.filter(({ desired }) => desired.role === "canary").map(({ desired }) => desired.handlerId));
    const known = all
      .filter(({ desired }) => desired.role !== "canary")
      .map(({ desired, states }) => ({ ...desired, port: states.find(({ port }) => port > 0)?.port ?? 0, hasCanary: withCanary.has(desired.handlerId) }));
    const routes = known.filter(({ port }) => port > 0);
    this.#front.update(routes, routes.length === known.length && known.length > 0);
  }

  /** Sockets that wait for this deployment; those of a canary are counted to what it is tried beside. */
  #takenFor({ handlerId, deploymentId, role, port }: DesiredInstance): number {
    if (role === "canary") return 0;
    const own = port || this.#ports.get(role === "preview" ? deploymentId : handlerId);
    return this.#taken.filter((socket) => socket.port === own).length;
  }

  #addressOf({ handlerId, deploymentId, role }: DesiredInstance): Address {
    const key = role === "preview" ? deploymentId : handlerId;
    let address = this.#addresses.get(key);
    if (!address) {
      const { listen } = this.#options;
      address = new Address({
        hold: async (where) => {
          const port = "port" in where ? where.port : where.beside.port;
          const [kept] = this.#taken.filter((socket) => socket.port === port && !socket.isClosed);
          if (kept) return this.#taken.splice(this.#taken.indexOf(kept), 1)[0]!;
          return (await this.#openLauncher()).listen({ ...where, ...(listen !== undefined && { host: listen }) });
        },
        rememberedPort: () => this.#ports.get(key) ?? 0,
        rememberPort: (port) => {
          if (this.#ports.get(key) === port) return;
          this.#ports.set(key, port);
          this.#writeFile("ports.json", JSON.stringify(Object.fromEntries(this.#ports)));
        },
      });
      this.#addresses.set(key, address);
    }
    return address;
  }

  #noteEndOf(deployed: Deployed, ended: Promise<void>): void {
    this.#leaving.add(deployed);
    void ended.then(() => {
      this.#leaving.delete(deployed);
      // One that was deployed again under the same name is told of as what it is now.
      if (this.#deployed.has(deployed.desired.deploymentId)) return;
      for (const state of deployed.states) this.#noteEnd(state);
    });
  }

  /** Tell of an instance that has ended for good. */
  #noteEnd(state: InstanceState): void {
    this.#ended.set(state.instanceId, state);
    this.#tellSoon();
  }

  #tellSoon(): void {
    if (this.#stopping.signal.aborted) return;
    this.#gather ??= setTimeout(() => {
      this.#gather = undefined;
      this.#poll?.abort();
    }, gatherMs);
  }
}

/** Whether a deployment that is no longer wanted hands its sockets over to a new one. */
function canBeReplaced(old: DesiredInstance, by: DesiredInstance): boolean {
  return old.handlerId === by.handlerId && old.role !== "preview";
}

/** A token is shown only to the server that gave it; on this machine that may have moved to another port. */
function isSameServer(known: string, now: string): boolean {
  const isLocal = (url: string) => ["localhost", "127.0.0.1", "[::1]"].includes(new URL(url).hostname);
  return known === now || (isLocal(known) && isLocal(now));
}

/** On-demand measurements: starts of one or more artifacts, taking turns, one order at a time. */
import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { measureInTurns, type StartOptions } from "@zerostart/launcher";
import type { ArtifactRef, MeasurementOrder, MeasurementResult, StartSample } from "@zerostart/protocol";
import { z } from "zod";
import type { ArtifactStore } from "./artifacts.ts";
import { readJson } from "./files.ts";
import { executionOf, type Execution } from "./host.ts";
import { sampleOf, startOptions } from "./run-artifact.ts";

const ledgerName = "measurements.json";
const ledgerSchema = z.record(z.string(), z.enum(["running", "ended"]));

export type MeasurerContext = {
  artifacts: ArtifactStore;
  signingKey: () => string;
  cwd: string;
  /** Folder of the bytecode cache. */
  cache: string;
  dataFolder: string;
  /** Writes a file there, as far as the disk lets it. */
  keepFile: (name: string, text: string) => void;
  onStart: (sample: StartSample) => void;
  onResult: (result: MeasurementResult) => void;
};

export class Measurer {
  readonly #context: MeasurerContext;
  /** Which orders were begun, so that one is never run twice although it is listed until its result has arrived. */
  readonly #ledger: Map<string, "running" | "ended">;
  readonly #queue: MeasurementOrder[] = [];
  #current: { order: MeasurementOrder; abort: AbortController } | undefined;
  #work: Promise<void> = Promise.resolve();
  #isClosed = false;

  constructor(context: MeasurerContext) {
    this.#context = context;
    this.#ledger = new Map(Object.entries(readJson(join(context.dataFolder, ledgerName), ledgerSchema) ?? {}));
    for (const [measurementId, state] of this.#ledger) {
      if (state === "running") this.#end(measurementId, "the agent was restarted during the measurement; start it again");
    }
  }

  /** The orders that the control plane lists now. New ones are queued; one that is no longer listed is called off. */
  setOrders(orders: MeasurementOrder[]): void {
    const listed = new Set(orders.map((order) => order.measurementId));
    for (const id of this.#ledger.keys()) if (!listed.has(id) && this.#current?.order.measurementId !== id) this.#ledger.delete(id);
    for (let i = this.#queue.length - 1; i >= 0; i--) if (!listed.has(this.#queue[i]!.measurementId)) this.#queue.splice(i, 1);
    if (this.#current && !listed.has(this.#current.order.measurementId)) this.#current.abort.abort(new Error("called off"));
    for (const order of orders) {
      if (this.#ledger.has(order.measurementId) || this.#queue.some((queued) => queued.measurementId === order.measurementId)) continue;
      this.#queue.push(order);
    }
    this.#work = this.#work.then(() => this.#drain());
  }

  /** Artifacts that a queued or running order needs. */
  get artifacts(): ArtifactRef[] {
    return [...this.#queue, ...(this.#current ? [this.#current.order] : [])].flatMap((order) => order.artifacts);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#queue.length = 0;
    this.#current?.abort.abort();
    await this.#work;
  }

  async #drain(): Promise<void> {
    for (let order = this.#queue.shift(); order && !this.#isClosed; order = this.#queue.shift()) {
      const abort = new AbortController();
      this.#current = { order, abort };
      this.#note(order.measurementId, "running");
      const error = await this.#measure(order, abort.signal).then(
        () => undefined,
        (reason: unknown) => (reason instanceof Error ? reason.message : String(reason)),
      );
      this.#current = undefined;
      // Ended by our own end: the ledger tells the next life of this agent.
      if (this.#isClosed && abort.signal.aborted) return;
      this.#end(order.measurementId, error);
    }
  }

  #note(measurementId: string, state: "running" | "ended"): void {
    this.#ledger.set(measurementId, state);
    this.#context.keepFile(ledgerName, JSON.stringify(Object.fromEntries(this.#ledger)));
  }

  #end(measurementId: string, error: string | undefined): void {
    this.#context.onResult({
      id: randomUUID(),
      measurementId,
      status: error === undefined ? "done" : "failed",
      ...(error !== undefined && { error: error.slice(0, 4_096) }),
    });
    this.#note(measurementId, "ended");
  }

  /** With a launcher of its own: a measured start must not wait behind a real one, nor the other way round. */
  async #measure(order: MeasurementOrder, signal: AbortSignal): Promise<void> {
    const { artifacts, signingKey, cwd, cache, onStart } = this.#context;
    const subjects: { artifact: ArtifactRef; execution: Execution; start: StartOptions }[] = [];
    for (const { artifactId, knobs } of order.variants ?? order.artifacts.map((each) => ({ artifactId: each.artifactId, knobs: {} }))) {
      const artifact = order.artifacts.find((each) => each.artifactId === artifactId);
      if (!artifact) throw new Error(`the order has a variant of artifact ${artifactId}, which it does not list`);
      const program = await artifacts.ensure(artifact, signingKey());
      const execution = executionOf(program, artifact.target);
      subjects.push({ artifact, execution, start: startOptions({ program, artifact, execution, cwd, cache, port: 0, path: order.path, env: {}, knobs }) });
    }
    await measureInTurns({
      subjects: subjects.map(({ start }) => start),
      runs: order.runs,
      warmup: order.warmup,
      signal,
      onStart: (index, measurement) => {
        const { artifact, execution } = subjects[index]!;
        onStart(
          sampleOf(measurement, {
            artifact,
            execution,
            kind: "measured",
            deploymentId: order.deploymentId,
            measurementId: order.measurementId,
            variant: order.variants && index,
          }),
        );
      },
      onFailure: (_, error) => {
        throw error;
      },
    });
  }
}

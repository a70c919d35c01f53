/** On-demand measurements: starts of one or more artifacts, taking turns, one order at a time. */
import { randomUUID } from "node:crypto";
import { measureInTurns, type StartOptions } from "@zerostart/launcher";
import type { ArtifactRef, MeasurementOrder, MeasurementResult, StartSample } from "@zerostart/protocol";
import type { ArtifactStore } from "./artifacts.ts";
import { executionOf, type Execution } from "./host.ts";
import { OrderQueue, type Turns } from "./orders.ts";
import { sampleOf, startOptions } from "./run-artifact.ts";

export type MeasurerContext = {
  artifacts: ArtifactStore;
  signingKey: () => string;
  cwd: string;
  /** Folder of the bytecode cache. */
  cache: string;
  dataFolder: string;
  turns: Turns;
  /** Writes a file there, as far as the disk lets it. */
  keepFile: (name: string, text: string) => void;
  onStart: (sample: StartSample) => void;
  onResult: (result: MeasurementResult) => void;
};

export function openMeasurements(context: MeasurerContext): OrderQueue<MeasurementOrder> {
  const { dataFolder, turns, keepFile, onResult } = context;
  return new OrderQueue({
    idOf: (order) => order.measurementId,
    dataFolder,
    ledger: "measurements.json",
    keepFile,
    turns,
    work: (order, signal) => measure(context, order, signal),
    onEnd: (measurementId, error) =>
      onResult({
        id: randomUUID(),
        measurementId,
        status: error === undefined ? "done" : "failed",
        ...(error !== undefined && { error: error.slice(0, 4_096) }),
      }),
    interrupted: "the agent was restarted during the measurement; start it again",
  });
}

/** With a launcher of its own: a measured start must not wait behind a real one, nor the other way round. */
async function measure({ artifacts, signingKey, cwd, cache, onStart }: MeasurerContext, order: MeasurementOrder, signal: AbortSignal): Promise<void> {
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

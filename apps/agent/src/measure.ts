/** On-demand measurements: starts of one or more artifacts, taking turns, one order at a time. */
import { randomUUID } from "node:crypto";
import { measureInTurns, type StartOptions } from "@zerostart/launcher";
import type { ArtifactRef, Knobs, MeasurementOrder, MeasurementResult, StartSample } from "@zerostart/protocol";
import type { ArtifactStore } from "./artifacts.ts";
import { executionOf, type Execution } from "./host.ts";
import { OrderQueue, type Turns } from "./orders.ts";
import { sampleOf, startOptions } from "./run-artifact.ts";
import { ModuleFolder, runtimeFor, type Runtime } from "./runtimes.ts";

export type MeasurerContext = {
  artifacts: ArtifactStore;
  signingKey: () => string;
  cwd: string;
  /** Folder of the bytecode cache. */
  cache: string;
  dataFolder: string;
  turns: Turns;
  /** That this agent may run and has found. */
  runtimes: readonly Runtime[];
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

type Subject = { artifact: ArtifactRef; execution: Pick<Execution, "executor">; runtimeBytes?: number; start: StartOptions };

/** What takes turns. `modules` is where those of other runtimes are. */
async function subjectsOf(
  { artifacts, signingKey, cwd, cache, runtimes }: MeasurerContext,
  order: MeasurementOrder,
  modules: () => Promise<ModuleFolder>,
): Promise<Subject[]> {
  const subjects: Subject[] = [];
  for (const { artifactId, knobs } of order.variants ?? order.artifacts.map((each) => ({ artifactId: each.artifactId, knobs: {} as Knobs }))) {
    const artifact = order.artifacts.find((each) => each.artifactId === artifactId);
    if (!artifact) throw new Error(`the order has a variant of artifact ${artifactId}, which it does not list`);
    const runtime = runtimeFor(knobs.runtime, artifact, runtimes);
    const program = await artifacts.ensure(artifact, signingKey());
    if (runtime) {
      const start = await (await modules()).startOptions(runtime, artifact, program, { cwd, path: order.path });
      subjects.push({ artifact, execution: { executor: runtime.name }, runtimeBytes: runtime.programBytes, start });
    } else {
      const execution = executionOf(program, artifact);
      subjects.push({ artifact, execution, start: startOptions({ program, artifact, execution, cwd, cache, port: 0, path: order.path, env: {}, knobs }) });
    }
  }
  return subjects;
}

async function measure(context: MeasurerContext, order: MeasurementOrder, signal: AbortSignal): Promise<void> {
  let folder: Promise<ModuleFolder> | undefined;
  try {
    await measureSubjects(await subjectsOf(context, order, () => (folder ??= ModuleFolder.make(context.dataFolder))), order, signal, context.onStart);
  } finally {
    await (await folder)?.remove();
  }
}

/** With a launcher of its own: a measured start must not wait behind a real one, nor the other way round. */
async function measureSubjects(subjects: Subject[], order: MeasurementOrder, signal: AbortSignal, onStart: MeasurerContext["onStart"]): Promise<void> {
  await measureInTurns({
    subjects: subjects.map(({ start }) => start),
    runs: order.runs,
    warmup: order.warmup,
    signal,
    onStart: (index, measurement) => {
      const { artifact, execution, runtimeBytes } = subjects[index]!;
      // What our API has and a runtime has not shows only when it runs.
      if (runtimeBytes !== undefined && measurement.status >= 500)
        throw new Error(`${execution.executor} answers GET ${order.path} with ${measurement.status}: the handler does not work there`);
      onStart(
        sampleOf(measurement, {
          artifact,
          execution,
          runtimeBytes,
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

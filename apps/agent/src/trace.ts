/** Traced starts on demand: the launcher's tracer on an artifact, one order at a time, the trace packed small enough to be reported. */
import { randomUUID } from "node:crypto";
import { readFile } from "node:fs/promises";
import { gzipSync } from "node:zlib";
import { traceStart } from "@zerostart/launcher";
import { isPooled, maxTraceBase64, type StartTrace, type TraceOrder, type TraceReport } from "@zerostart/protocol";
import type { ArtifactStore } from "./artifacts.ts";
import { executionOf } from "./host.ts";
import { OrderQueue, type Turns } from "./orders.ts";
import { startOptions } from "./run-artifact.ts";

const progressMs = 400;
const maxSymbolBytes = 8 << 20;

export type TraceContext = {
  artifacts: ArtifactStore;
  signingKey: () => string;
  hostName: string;
  cwd: string;
  /** Folder of the bytecode cache. */
  cache: string;
  dataFolder: string;
  turns: Turns;
  /** Writes a file there, as far as the disk lets it. */
  keepFile: (name: string, text: string) => void;
  onReport: (report: TraceReport) => void;
};

export function openTraces(context: TraceContext): OrderQueue<TraceOrder> {
  const { dataFolder, turns, keepFile, onReport } = context;
  return new OrderQueue({
    idOf: (order) => order.traceId,
    dataFolder,
    ledger: "traces.json",
    keepFile,
    turns,
    work: async (order, signal) => {
      const trace = packTrace(await record(context, order, signal));
      onReport({ id: randomUUID(), traceId: order.traceId, status: "done", trace });
    },
    onEnd: (traceId, error) => {
      if (error !== undefined) onReport({ id: randomUUID(), traceId, status: "failed", error: error.slice(0, 4_096) });
    },
    interrupted: "the agent was restarted while it traced; trace the start again",
  });
}

async function record({ artifacts, signingKey, hostName, cwd, cache, onReport }: TraceContext, order: TraceOrder, signal: AbortSignal): Promise<StartTrace> {
  const { artifact, knobs, path, runs, symbolsSha256, traceId, handlerName } = order;
  const { mode, target } = artifact;
  if (mode === "module" || target === "any") throw new Error("a start in Node, Deno or Bun cannot be traced: the tracer knows our programs alone");
  if (isPooled(mode) || knobs?.pool !== undefined) throw new Error(`a start in mode ${mode} is a fork of a running process, which cannot be traced`);
  const program = await artifacts.ensure(artifact, signingKey());
  const execution = executionOf(program, artifact);
  if (execution.executor !== "native") throw new Error("only a native program can be traced, and this host runs this one by other means");
  const symbols = symbolsSha256 === undefined ? undefined : await artifacts.read(symbolsSha256, maxSymbolBytes);
  const { command, env } = startOptions({ program, artifact, execution, cwd, cache, port: 0, path, env: {}, knobs });
  let told = 0;
  return traceStart(command, {
    program: await readFile(program),
    symbols,
    subject: { handler: handlerName, mode, target, path, artifactSha256: artifact.sha256, ...(knobs && { knobs }) },
    hostName,
    runs,
    cwd,
    env: env ?? {},
    signal,
    onProgress: (done, of) => {
      const now = Date.now();
      if (now - told < progressMs && done < of) return;
      told = now;
      onReport({ id: randomUUID(), traceId, status: "running", done, of });
    },
  });
}

/** Gzipped JSON in base64. One that is too long is told without its rarest stacks, which is said in it. */
export function packTrace(trace: StartTrace, limit = maxTraceBase64): string {
  let kept = trace;
  for (let stacks = trace.samples.stacks.length; ; stacks = Math.floor(stacks / 2)) {
    const packed = gzipSync(JSON.stringify(kept), { level: 9 }).toString("base64");
    if (packed.length <= limit) return packed;
    if (stacks === 0) throw new Error(`the trace is too long to be reported: ${packed.length} bytes, and ${limit} are the most`);
    kept = withStacks(trace, Math.floor(stacks / 2));
  }
}

function withStacks(trace: StartTrace, count: number): StartTrace {
  const { samples } = trace;
  const order = samples.stacks.map((stack, index) => ({ stack, index })).sort((a, b) => b.stack.count - a.stack.count);
  const kept = order.slice(0, count);
  const newIndex = new Map(kept.map(({ index }, i) => [index, i]));
  const timeline = samples.timeline.flatMap(([at, index]): [number, number][] => (newIndex.has(index) ? [[at, newIndex.get(index)!]] : []));
  const stacks = kept.map(({ stack }) => stack);
  return {
    ...trace,
    syscalls: trace.syscalls.slice(0, 2_000),
    faults: trace.faults.slice(0, 5_000),
    samples: { ...samples, stacks, timeline, total: stacks.reduce((sum, s) => sum + s.count, 0) },
    unavailable: [
      ...trace.unavailable,
      {
        what: "the whole profile",
        why: `it was too long to be reported: the ${samples.stacks.length - count} rarest of ${samples.stacks.length} stacks were left out`,
      },
    ],
  };
}

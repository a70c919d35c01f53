/** From an artifact to what the launcher starts and what is reported of it. */
import { randomUUID } from "node:crypto";
import { listenerFd, type ListeningSocket, type StartMeasurement, type StartOptions } from "@zerostart/launcher";
import { isPooled, type ArtifactRef, type Knobs, type StartSample } from "@zerostart/protocol";
import type { Execution } from "./host.ts";

/** A handler's top level may take its time in the modes that run it at start. */
export const startTimeouts = { connectTimeoutMs: 30_000, responseTimeoutMs: 30_000 };

/** The launcher's options for an artifact. The process sees `env` as ZS_ENV_*, an empty folder, and nothing of the agent's environment. */
export function startOptions(input: {
  program: string;
  artifact: ArtifactRef;
  execution: Execution;
  cwd: string;
  /** Folder of the bytecode cache. */
  cache: string;
  port: number;
  /** Instead of a port of its own. */
  listener?: ListeningSocket;
  path: string;
  env: Record<string, string>;
  /** Address of `listener`; loopback unless given. */
  listen?: string;
  knobs?: Knobs | undefined;
  idleSeconds?: number | undefined;
  /** File in which the process counts what it answers. Named in the environment, since artifacts of before would refuse an option. */
  counters?: string | undefined;
  allowFetch?: string[] | undefined;
}): StartOptions {
  const [program, ...rest] = [...input.execution.prefix, input.program];
  const { mode } = input.artifact;
  return {
    command: [
      program ?? input.program,
      ...rest,
      ...(mode === "cached" ? ["--cache", input.cache] : []),
      ...(input.idleSeconds === undefined ? [] : ["--idle-exit-s", String(input.idleSeconds)]),
      ...(input.allowFetch?.length ? ["--allow-fetch", input.allowFetch.join(",")] : []),
      ...knobArguments(input.knobs),
      ...(input.listener ? ["--listen-fd", String(listenerFd)] : ["--port", "{port}"]),
    ],
    pooled: isPooled(mode) || input.knobs?.pool !== undefined,
    ...(input.listener && { listener: input.listener, host: reachedAt(input.listen) }),
    cwd: input.cwd,
    port: input.port,
    path: input.path,
    trace: true,
    env: {
      ZEROSTART_LOG_LEVELS: "1",
      ...(input.counters !== undefined && { ZEROSTART_REQUESTS: input.counters }),
      ...Object.fromEntries(Object.entries(input.env).map(([name, value]) => [`ZS_ENV_${name}`, value])),
    },
    ...startTimeouts,
  };
}

function knobArguments({ heapMb, cpuMs, pool, prewarm, sandbox, pages, affinity }: Knobs = {}): string[] {
  const flags = {
    "--heap-mb": heapMb,
    "--cpu-ms": cpuMs,
    "--pool": pool,
    "--prewarm": prewarm,
    "--sandbox": sandbox === undefined ? undefined : sandbox ? "on" : "off",
    "--pages": pages,
    "--affinity": affinity,
  };
  return Object.entries(flags).flatMap(([flag, value]) => (value === undefined ? [] : [flag, String(value)]));
}

/** Where this host itself reaches what listens on `listen`. */
export function reachedAt(listen: string | undefined): string {
  return listen === undefined || listen === "0.0.0.0" ? "127.0.0.1" : listen;
}

/** The report of one start. */
export function sampleOf(
  measurement: StartMeasurement,
  about: {
    artifact: ArtifactRef;
    execution: Pick<Execution, "executor">;
    /** Of what runs it, when that is no part of the artifact. */
    runtimeBytes?: number | undefined;
    kind: StartSample["kind"];
    deploymentId?: string | undefined;
    instanceId?: string | undefined;
    measurementId?: string;
    variant?: number | undefined;
  },
): StartSample {
  return {
    id: randomUUID(),
    ...(about.deploymentId !== undefined && { deploymentId: about.deploymentId }),
    ...(about.instanceId !== undefined && { instanceId: about.instanceId }),
    ...(about.measurementId !== undefined && { measurementId: about.measurementId }),
    ...(about.variant !== undefined && { variant: about.variant }),
    buildId: about.artifact.buildId,
    artifactId: about.artifact.artifactId,
    kind: about.kind,
    mode: about.artifact.mode,
    target: about.artifact.target,
    startedAt: measurement.startedAt.toISOString(),
    totalNs: measurement.totalNs,
    phases: measurement.phases,
    memory: measurement.memory,
    binaryBytes: about.artifact.sizeBytes + (about.runtimeBytes ?? 0),
    executor: about.execution.executor,
  };
}

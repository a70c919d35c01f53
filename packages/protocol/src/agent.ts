/**
 * The agent's side of the control plane's tRPC API: what crosses the wire, parsed at both ends.
 * The agent only ever calls out. Every report carries an id made by the agent, so a report delivered twice is
 * stored once; the agent deletes a report from its disk only after it was acknowledged.
 *
 * Procedures (tRPC router `agent`, bearer token in `authorization`):
 *   agent.enrol     mutation  EnrolInput    -> EnrolOutput    (enrolment token)
 *   agent.sync      mutation  SyncInput     -> SyncOutput     (agent token; also the heartbeat, every few seconds;
 *                             the server may hold it up to `waitMs` until the desired state changes)
 *   agent.report    mutation  ReportInput   -> ReportOutput   (agent token; batches, at-least-once)
 * Artifacts: GET /api/artifacts/<sha256> with the agent token; the agent's own newer file: GET /api/agent/<sha256>.
 */
import { z } from "zod";
import { phaseNames } from "./phases.ts";
import { latencyBuckets } from "./requests.ts";
import { affinities, artifactModeNames, artifactTargetNames, launchModeNames, pageKinds, runtimeNames, targetTriples } from "./targets.ts";

export const protocolVersion = 1;
export const sha256Hex = z.string().regex(/^[0-9a-f]{64}$/, "a lowercase hexadecimal SHA-256 digest");
export const launchMode = z.enum(launchModeNames);
export const targetTriple = z.enum(targetTriples);
export const artifactMode = z.enum(artifactModeNames);
export const artifactTarget = z.enum(artifactTargetNames);
export const runtimeName = z.enum(runtimeNames);
export const phaseName = z.enum(phaseNames);
const ns = z.number().int().nonnegative();
const bytes = z.number().int().nonnegative();

/** One phase of a start; durations are nanoseconds. */
export const phaseDuration = z.object({ phase: phaseName, ns });

/** Memory and faults of the process, read after the first response. Absent where the platform cannot tell. */
export const memoryUse = z.object({
  rssBytes: bytes,
  pssBytes: bytes.optional(),
  privateDirtyBytes: bytes.optional(),
  minorFaults: z.number().int().nonnegative().optional(),
  majorFaults: z.number().int().nonnegative().optional(),
});

/** What an experiment varies at a start, beside the artifact: each becomes an option of its command line. Absent: the artifact's default. */
export const knobs = z.object({
  /** The handler's memory, MiB. */
  heapMb: z.number().int().min(1).max(1_024).optional(),
  /** Processes of a pool (launch mode prefork). */
  pool: z.number().int().min(1).max(64).optional(),
  /** CPU time of one turn of the handler, ms; 0 is no limit. */
  cpuMs: z.number().int().min(0).max(86_400_000).optional(),
  /** Processes started ahead of the first request. */
  prewarm: z.number().int().min(0).max(64).optional(),
  /** Whether the process limits itself to what serving needs; absent: it does. */
  sandbox: z.boolean().optional(),
  pages: z.enum(pageKinds).optional(),
  affinity: z.enum(affinities).optional(),
  /** Which runtime starts it: for artifacts of mode `module`, and needed there. */
  runtime: runtimeName.optional(),
});

/** One measured start. `phases` holds each phase at most once and sums to `totalNs` (`other` included). */
export const startSample = z
  .object({
    id: z.uuid(),
    deploymentId: z.string().optional(),
    /** The instance of the deployment whose process this is; agents of before do not say. */
    instanceId: z.string().min(1).max(128).optional(),
    buildId: z.string(),
    artifactId: z.string(),
    measurementId: z.string().optional(),
    /** Which of the order's variants this was, by index; absent when it had none. */
    variant: z.number().int().min(0).max(63).optional(),
    kind: z.enum(["real", "measured"]),
    mode: artifactMode,
    target: artifactTarget,
    startedAt: z.iso.datetime(),
    totalNs: ns,
    phases: z.array(phaseDuration).min(1),
    memory: memoryUse,
    /** Of a module: with its runtime's program. */
    binaryBytes: bytes,
    /** Runs under an emulator, by the portable path or by another runtime are never mixed with native ones. */
    executor: z.enum(["native", "qemu-user", "portable", ...runtimeNames]),
  })
  .refine((s) => (s.mode === "module") === (runtimeNames as string[]).includes(s.executor), "modules are run by runtimes, and nothing else is")
  .refine((s) => s.phases.reduce((sum, p) => sum + p.ns, 0) === s.totalNs, "phases must add up to totalNs")
  .refine((s) => new Set(s.phases.map((p) => p.phase)).size === s.phases.length, "a phase may occur once only");

export const logLine = z.object({
  id: z.uuid(),
  deploymentId: z.string(),
  instanceId: z.string(),
  at: z.iso.datetime(),
  level: z.enum(["debug", "info", "warn", "error"]),
  /** stdout/stderr of the handler, or a message of the agent about the instance. */
  source: z.enum(["handler", "agent"]),
  text: z.string().max(16_384),
});

/** What one instance answered in a span of time. Spans of nothing are not told. Merged by addition. */
export const requestWindow = z
  .object({
    id: z.uuid(),
    deploymentId: z.string(),
    instanceId: z.string(),
    from: z.iso.datetime(),
    to: z.iso.datetime(),
    /** Answers by their status's first digit; index 0: requests that got none. */
    byClass: z.array(z.number().int().nonnegative()).length(6),
    /** Of all latencies. */
    sumNs: ns,
    /** (bucket, count) of the latency histogram; requests.ts says what a bucket is. */
    buckets: z
      .array(
        z.tuple([
          z
            .number()
            .int()
            .min(0)
            .max(latencyBuckets - 1),
          z.number().int().positive(),
        ]),
      )
      .max(latencyBuckets),
  })
  .refine((w) => Date.parse(w.to) >= Date.parse(w.from), "a span ends after it began");

export const instanceState = z.object({
  instanceId: z.string(),
  deploymentId: z.string(),
  artifactId: z.string(),
  /** `idle`: scaled to zero, no process; the first connection starts one. */
  state: z.enum(["starting", "healthy", "unhealthy", "backoff", "idle", "stopped"]),
  /** Why it is not healthy: shown to the person as is. */
  reason: z.string().max(4_096).optional(),
  pid: z.number().int().optional(),
  port: z.number().int().min(0).max(65_535),
  rssBytes: bytes.optional(),
  /** Connections open now, where the process counts them. */
  connections: z.number().int().nonnegative().optional(),
  restarts: z.number().int().nonnegative(),
  since: z.iso.datetime(),
});

/** The end of an on-demand measurement on this host; its samples come separately, before it. */
export const measurementResult = z.object({
  id: z.uuid(),
  measurementId: z.string(),
  status: z.enum(["done", "failed"]),
  error: z.string().max(4_096).optional(),
});

export const enrolInput = z.object({
  protocolVersion: z.literal(protocolVersion),
  hostName: z.string().min(1).max(253),
  os: z.string().max(64),
  arch: z.string().max(64),
  kernel: z.string().max(256),
  cpuModel: z.string().max(256),
  cpuCount: z.number().int().positive(),
  memoryBytes: bytes,
  /** Targets this host can run and how. */
  executors: z.array(z.object({ target: targetTriple, executor: z.enum(["native", "qemu-user", "portable"]) })),
  labels: z.record(z.string().max(64), z.string().max(256)).default({}),
});
export const enrolOutput = z.object({ hostId: z.string(), agentToken: z.string() });

export const artifactRef = z.object({
  artifactId: z.string(),
  buildId: z.string(),
  sha256: sha256Hex,
  /** Ed25519 signature over the raw 32-byte digest, base64; verified with `signingKey` of the sync output. */
  signature: z.string(),
  sizeBytes: bytes,
  target: artifactTarget,
  mode: artifactMode,
});

/** How many instances of a deployment a host runs. */
export const scaleBounds = z
  .object({ min: z.number().int().min(0).max(64), max: z.number().int().min(1).max(64) })
  .refine((s) => s.min <= s.max, "the least is more than the most");

/** A place that a handler's `fetch` may reach, as the program's --allow-fetch takes it: HOST, HOST:PORT or HOST:*; HOST a name, an address, *.DOMAIN or *. */
export const fetchPlace = z
  .string()
  .max(260)
  .regex(/^(?:\*|\*\.[A-Za-z0-9_.-]+|[A-Za-z0-9_.-]+|\[[0-9A-Fa-f:.]+\])(?::(?:\*|[1-9][0-9]{0,4}))?$/, "not a place: HOST, HOST:PORT, HOST:* or *.DOMAIN");

/** Which requests at a host's front port are for a handler: a host name, the beginning of a path, or both. */
export const frontRoute = z
  .object({
    host: z
      .string()
      .max(253)
      .regex(/^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/, "a host name in lower case")
      .optional(),
    pathPrefix: z
      .string()
      .max(256)
      .regex(/^\/[A-Za-z0-9._~/-]*$/, "a path of letters, digits and . _ ~ / -")
      .optional(),
  })
  .refine((route) => route.host !== undefined || route.pathPrefix !== undefined, "a route needs a host name or a path")
  .meta({ anyOf: [{ required: ["host"] }, { required: ["pathPrefix"] }] });

export const desiredInstance = z.object({
  deploymentId: z.string(),
  handlerId: z.string(),
  handlerName: z.string(),
  artifact: artifactRef,
  /** Port on which the agent answers for this handler; 0 lets the agent choose and report. */
  port: z.number().int().min(0).max(65_535),
  env: z.record(z.string(), z.string()).default({}),
  knobs: knobs.optional(),
  /** Where its `fetch` may reach; nowhere unless given. */
  allowFetch: z.array(fetchPlace).max(100).optional(),
  /** Instances at least and at most; one of each unless given. Between them it goes by how busy they are; 0 at least asks for `idleSeconds`. */
  scale: scaleBounds.optional(),
  /** Primary unless given. A canary serves its share of another deployment's address, a preview an address of its own. */
  role: z.enum(["primary", "canary", "preview"]).optional(),
  /** At the host's front port, beside its name as the first label of the host name. */
  routes: z.array(frontRoute).max(32).optional(),
  /** Of the connections to its address, when it is a canary. */
  sharePercent: z.number().int().min(1).max(99).optional(),
  /** With `scale.min` 0: without a connection for so many seconds its process ends, and the next connection starts one. Else: how long an instance that is not needed is kept. */
  idleSeconds: z.number().int().min(1).max(86_400).optional(),
});

export const measurementOrder = z.object({
  measurementId: z.string(),
  deploymentId: z.string().optional(),
  /** Interleaved round-robin when there are several. */
  artifacts: z.array(artifactRef).min(1),
  /** An experiment's subjects, interleaved instead of one for each artifact: the same artifact may come with several knobs. */
  variants: z
    .array(z.object({ artifactId: z.string(), knobs }))
    .min(1)
    .max(64)
    .optional(),
  runs: z.number().int().min(1).max(10_000),
  warmup: z.number().int().min(0).max(1_000),
  /** Request sent to each start. */
  path: z.string().startsWith("/").default("/"),
});

/** The agent itself: `sha256` of its one file, absent for one that runs from sources and cannot be upgraded. */
export const agentSelf = z.object({
  version: z.string().max(64),
  sha256: sha256Hex.optional(),
  /** A newer file that it was told to become and did not: why. */
  refused: z.object({ sha256: sha256Hex, reason: z.string().max(2_048) }).optional(),
});

/** The file that an agent is to become; at GET /api/agent/<sha256>. */
export const agentOrder = z.object({
  sha256: sha256Hex,
  sizeBytes: bytes,
  /** Ed25519 over `agentStatement`, base64. */
  signature: z.string(),
});

/** What is signed of an agent's file: not its digest alone, so that no artifact of a handler passes for an agent. */
export const agentStatement = (sha256: string): Uint8Array => new TextEncoder().encode(`zerostart agent\n${sha256}\n`);

/** Look into starts of one artifact: packages/launcher/src/tracing. */
export const traceOrder = z.object({
  traceId: z.string(),
  handlerName: z.string(),
  artifact: artifactRef,
  /** Of the symbols of its stub (gzipped ProgramSymbols), fetched as artifacts are; absent when they are not known. */
  symbolsSha256: sha256Hex.optional(),
  /** Starts that are sampled. */
  runs: z.number().int().min(1).max(2_000),
  path: z.string().startsWith("/").default("/"),
  knobs: knobs.optional(),
});

/** Gzipped and in base64, a trace may have so many bytes. */
export const maxTraceBase64 = 700_000;
/** And so many when it is unpacked. */
export const maxTraceJsonBytes = 16 << 20;

const traceReportHead = { id: z.uuid(), traceId: z.string() };
/** How far an order is, or its end: with the trace (StartTrace as gzipped JSON, base64), or with why there is none. */
export const traceReport = z.discriminatedUnion("status", [
  z.object({ ...traceReportHead, status: z.literal("running"), done: z.number().int().nonnegative(), of: z.number().int().positive() }),
  z.object({ ...traceReportHead, status: z.literal("done"), trace: z.base64().max(maxTraceBase64) }),
  z.object({ ...traceReportHead, status: z.literal("failed"), error: z.string().max(4_096) }),
]);

/** A runtime on a host, for experiments. */
export const hostRuntime = z.object({ name: runtimeName, version: z.string().min(1).max(64) });

export const syncInput = z.object({
  protocolVersion: z.literal(protocolVersion),
  /** Last revision of the desired state that the agent has applied; 0 at start. */
  revision: z.number().int().nonnegative(),
  waitMs: z.number().int().min(0).max(25_000).default(0),
  /** Milliseconds since the epoch by the agent's clock, so that skew can be shown. */
  agentTimeMs: z.number(),
  /** Name or IP address (IPv6 in brackets, as in a URL) at which people reach this host's handlers; absent while they listen on loopback only. */
  address: z.string().min(1).max(253).optional(),
  /** Port at which all handlers of this host answer by host name or path; absent without one. */
  frontPort: z.number().int().min(1).max(65_535).optional(),
  agent: agentSelf.optional(),
  /** The other runtimes that this agent may run and has found. One that does not say is never ordered a module: it would not know what to make of it. */
  runtimes: z.array(hostRuntime).max(runtimeNames.length).optional(),
  instances: z.array(instanceState),
  /** The agent understands `isUnchanged`. */
  acceptsUnchanged: z.boolean().optional(),
});
export const syncOutput = z.object({
  revision: z.number().int().nonnegative(),
  /** The desired state is that of `revision`, which the agent has applied: the lists are left out (empty). */
  isUnchanged: z.boolean().optional(),
  /** Ed25519 public key, SPKI DER, base64. */
  signingKey: z.string(),
  instances: z.array(desiredInstance),
  measurements: z.array(measurementOrder),
  agent: agentOrder.optional(),
  traces: z.array(traceOrder).optional(),
});

export const reportInput = z.object({
  starts: z.array(startSample).max(5_000).default([]),
  logs: z.array(logLine).max(5_000).default([]),
  measurements: z.array(measurementResult).max(100).default([]),
  requests: z.array(requestWindow).max(5_000).default([]),
  traces: z.array(traceReport).max(10).default([]),
});
/** Ids now stored (new or already known), and those refused for good with the reason: neither is to be sent again. */
export const reportOutput = z.object({
  accepted: z.array(z.uuid()),
  rejected: z.array(z.object({ id: z.uuid(), reason: z.string() })),
});

export type HostRuntime = z.infer<typeof hostRuntime>;
export type Knobs = z.infer<typeof knobs>;
export type StartSample = z.infer<typeof startSample>;
export type RequestWindow = z.infer<typeof requestWindow>;
export type LogLine = z.infer<typeof logLine>;
export type InstanceState = z.infer<typeof instanceState>;
export type MeasurementOrder = z.infer<typeof measurementOrder>;
export type MeasurementResult = z.infer<typeof measurementResult>;
export type TraceOrder = z.infer<typeof traceOrder>;
export type TraceReport = z.infer<typeof traceReport>;
export type ArtifactRef = z.infer<typeof artifactRef>;
export type DesiredInstance = z.infer<typeof desiredInstance>;
export type EnrolInput = z.infer<typeof enrolInput>;
export type AgentSelf = z.infer<typeof agentSelf>;
export type AgentOrder = z.infer<typeof agentOrder>;
export type SyncInput = z.input<typeof syncInput>;
export type SyncOutput = z.infer<typeof syncOutput>;
export type ReportInput = z.input<typeof reportInput>;
export type ReportOutput = z.infer<typeof reportOutput>;
export type PhaseDuration = z.infer<typeof phaseDuration>;
export type MemoryUse = z.infer<typeof memoryUse>;

/**
 * What the operations of the REST subset answer with, for its OpenAPI document: fields named here stay; others may be added. A schema that no longer
 * fits what its procedure returns does not compile, and the fuzzer (test/rest-fuzz.test.ts) holds real answers against the document.
 */
import { launchMode, targetTriple } from "@zerostart/protocol";
import type { inferRouterOutputs } from "@trpc/server";
import { z } from "zod";
import { buildStates } from "../../features/builds/helpers/pipeline-types.ts";
import { findings } from "../../features/regressions/server/checks.ts";
import type { AppRouter } from "../root.ts";

const time = z.iso.datetime().describe("RFC 3339, UTC");
const count = z.int().nonnegative();
const id = z.string().min(1);

const handler = z.object({
  id,
  name: z.string(),
  updatedAt: time,
  version: z.object({ number: count, sourceBytes: count }).nullable(),
  buildCount: count,
  deployments: z.array(z.object({ id, hostName: z.string(), instanceStates: z.array(z.string()) })),
  coldStart: z.object({ p50Ns: z.number(), count, executor: z.string() }).nullable(),
});

const handlerWithVersions = z.object({
  id,
  name: z.string(),
  createdAt: time,
  updatedAt: time,
  versions: z.array(
    z.object({ id, number: count, entry: z.string(), sourceBytes: count, createdAt: time, createdBy: z.string(), digest: z.string(), buildCount: count }),
  ),
});

const savedVersion = z.object({
  handlerId: id,
  name: z.string(),
  versionId: id,
  number: count,
  isNew: z.boolean().describe("false: the sources equal the newest version's"),
});

const build = z.object({
  id,
  handlerId: id,
  handlerName: z.string(),
  versionId: id,
  versionNumber: count,
  target: z.string(),
  mode: z.string(),
  symbols: z.boolean().describe("true: the program keeps its symbol table"),
  prime: z.array(z.string()).describe("paths that it was asked for when its snapshot was made"),
  state: z.enum(buildStates),
  error: z.string().nullable(),
  diagnostics: z.array(
    z.object({ severity: z.enum(["error", "warning"]), message: z.string(), file: z.string(), line: count, column: count, codeFrame: z.string() }),
  ),
  createdAt: time,
  createdBy: z.string(),
  startedAt: time.nullable(),
  finishedAt: time.nullable(),
  sourceBytes: count.nullable(),
  bytecodeBytes: count.nullable(),
  sections: z.array(z.object({ name: z.string(), sizeBytes: count })),
  handlerInitMs: z.number().nullable(),
  check: z
    .object({ state: z.string(), error: z.string().nullable(), baselineId: id, measurementId: id.nullable(), isRegression: z.boolean(), findings })
    .nullable(),
  artifact: z
    .object({
      id,
      sha256: z.string(),
      sizeBytes: count,
      signature: z.string(),
      stubSha256: z.string(),
      engineVersion: z.string(),
      executor: z.string(),
      dynamicDependencies: z.array(z.string()),
    })
    .nullable(),
});

const deployed = z.object({ deploymentId: id, hostId: id, hostName: z.string(), handlerId: id });

const deployment = z.object({
  id,
  handlerId: id,
  handlerName: z.string(),
  hostId: id,
  hostName: z.string(),
  buildId: id,
  artifactId: id,
  versionNumber: count,
  target: z.string(),
  mode: z.string(),
  state: z.string(),
  replacesId: id.nullable(),
  role: z.enum(["primary", "canary", "preview"]),
  sharePercent: z.int().min(1).max(99).nullable(),
  expiresAt: time.nullable(),
  minInstances: count,
  maxInstances: count,
  idleSeconds: count.nullable(),
  port: count,
  url: z.string().nullable(),
  frontUrl: z.string().nullable(),
  isLocalUrl: z.boolean(),
  envNames: z.array(z.string()),
  allowFetch: z.array(z.string()),
  createdAt: time,
  createdBy: z.string(),
  endedAt: time.nullable(),
  instances: z.array(
    z.object({
      id,
      state: z.string(),
      reason: z.string().nullable(),
      pid: count.nullable(),
      port: count,
      rssBytes: count.nullable(),
      connections: count.nullable(),
      restarts: count,
      since: time,
    }),
  ),
});

const measurement = z.object({
  id,
  handlerId: id,
  hostId: id,
  hostName: z.string(),
  runs: count,
  warmup: count,
  path: z.string(),
  artifactIds: z.array(id),
  state: z.string(),
  error: z.string().nullable(),
  createdAt: time,
  createdBy: z.string(),
  startedAt: time.nullable(),
  finishedAt: time.nullable(),
  samplesDone: count,
  samplesWanted: count,
});

const host = z.object({
  id,
  name: z.string(),
  os: z.string(),
  arch: z.string(),
  kernel: z.string(),
  cpuModel: z.string(),
  cpuCount: count,
  memoryBytes: count,
  executors: z.array(z.object({ target: z.string(), executor: z.string() })),
  runtimes: z.array(z.object({ name: z.string(), version: z.string() })).describe("other runtimes that experiments may use there"),
  address: z.string().nullable(),
  frontPort: count.nullable(),
  labels: z.record(z.string(), z.string()),
  enrolledAt: time,
  lastSeenAt: time.nullable(),
  online: z.boolean(),
  clockSkewMs: z.number().nullable(),
  inSync: z.boolean(),
  deploymentCount: count,
  instanceStates: z.array(z.string()),
});

export const answers = {
  "handlers.list": z.array(handler),
  "handlers.create": savedVersion,
  "handlers.get": handlerWithVersions,
  "handlers.upload": savedVersion,
  "builds.start": z.object({
    builds: z.array(z.object({ buildId: id, target: targetTriple, mode: launchMode })),
    skipped: z.array(z.object({ target: targetTriple, mode: launchMode, why: z.string() })),
  }),
  "builds.list": z.object({ builds: z.array(build), nextCursor: id.nullable() }),
  "builds.get": build,
  "builds.wait": build,
  "deployments.create": deployed.extend({ deployments: z.array(deployed) }),
  "deployments.list": z.object({ deployments: z.array(deployment), nextCursor: id.nullable() }),
  "deployments.get": deployment,
  "deployments.rollback": deployed,
  "deployments.configure": z.object({ deploymentId: id }),
  "deployments.promote": z.object({ deploymentId: id }),
  "deployments.takeBack": z.object({ deploymentId: id }),
  "deployments.stop": z.object({ deploymentId: id }),
  "measurements.create": z.object({ measurementId: id, handlerId: id, hostId: id, hostName: z.string() }),
  "measurements.get": measurement,
  "hosts.list": z.array(host),
};

type Answers = typeof answers;
type Procedure = keyof Answers;

/** As JSON has it. */
type Json<T> = T extends Date ? string : T extends (infer E)[] ? Json<E>[] : T extends object ? { [K in keyof T]: Json<T[K]> } : T;
type OutputOf<P extends string, R = inferRouterOutputs<AppRouter>> = P extends `${infer Feature}.${infer Name}`
  ? Feature extends keyof R
    ? Name extends keyof R[Feature]
      ? R[Feature][Name]
      : never
    : never
  : never;
/** Names the procedures whose answers have lost a field, or changed its type. */
type Broken = { [P in Procedure]: Json<OutputOf<P>> extends z.output<Answers[P]> ? never : P }[Procedure];
true satisfies [Broken] extends [never] ? true : Broken;

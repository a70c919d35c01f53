/**
 * The agent's heartbeat: it says what its instances do and gets what they should be. Held open until the desired state
 * differs from the revision that the agent has applied.
 */
import {
  knobs,
  measurementOrder,
  syncInput,
  type ArtifactRef,
  type DesiredInstance,
  type InstanceState,
  type MeasurementOrder,
  type SyncOutput,
  type TraceOrder,
} from "@zerostart/protocol";
import { z } from "zod";
import type { Prisma } from "../../../../generated/prisma/client.ts";
import type { App } from "../../../server/app.ts";
import { dateText } from "../../../server/db/dialect.ts";
import { forProject, type TenantDb } from "../../../server/db/tenant.ts";
import { defaultIdleSeconds, routesInput } from "../../deployments/helpers/settings.ts";
import { orderOf } from "../../hosts/helpers/agent-state.ts";
import { openEnv } from "../../variables/server/env.ts";
import { notFound } from "../../../server/errors.ts";
import { agentProcedure } from "../../../server/trpc.ts";
import { correctedMs } from "../helpers/clock.ts";

type ArtifactRow = Prisma.ArtifactGetPayload<{ include: { build: true } }>;

function artifactRef(row: ArtifactRow): ArtifactRef {
  const { id, buildId, sha256, signature, sizeBytes, build } = row;
  return { artifactId: id, buildId, sha256, signature, sizeBytes, target: build.target as ArtifactRef["target"], mode: build.mode as ArtifactRef["mode"] };
}

/** Stores what the agent said. Instances of deployments that are not this host's are not ours to believe. */
async function storeInstances(app: App, db: TenantDb, projectId: string, hostId: string, instances: InstanceState[], skewMs: number): Promise<void> {
  const told = JSON.stringify(instances);
  if (app.known.instances.isStored(hostId, told)) return;
  await replaceInstances(app, db, projectId, hostId, instances, skewMs);
  app.known.instances.stored(hostId, told);
}

async function replaceInstances(app: App, db: TenantDb, projectId: string, hostId: string, instances: InstanceState[], skewMs: number): Promise<void> {
  const before = new Map((await db.instance.findMany({ where: { hostId } })).map((i) => [i.id, i]));
  if (before.size === 0 && instances.length === 0) return;
  const deployments = new Set(
    (await db.deployment.findMany({ where: { hostId, id: { in: [...new Set(instances.map((i) => i.deploymentId))] } }, select: { id: true } })).map(
      (d) => d.id,
    ),
  );
  const now = new Date();
  let changed = false;
  for (const instance of instances.filter((i) => deployments.has(i.deploymentId))) {
    const known = before.get(instance.instanceId);
    before.delete(instance.instanceId);
    const { state, restarts, port } = instance;
    const data = {
      deploymentId: instance.deploymentId,
      hostId,
      artifactId: instance.artifactId,
      state,
      restarts,
      port,
      updatedAt: now,
      since: new Date(correctedMs(Date.parse(instance.since), skewMs, now.getTime())),
      reason: instance.reason ?? null,
      pid: instance.pid ?? null,
      connections: instance.connections ?? null,
      rssBytes: instance.rssBytes === undefined ? null : BigInt(instance.rssBytes),
    };
    if (known) await db.instance.updateMany({ where: { id: instance.instanceId, hostId }, data });
    else if (!(await app.db.instance.findUnique({ where: { id: instance.instanceId }, select: { id: true } })))
      await db.instance.create({ data: { id: instance.instanceId, projectId, ...data } });
    changed ||= !known || known.state !== state || known.restarts !== restarts || known.port !== port;
  }
  if (before.size > 0) {
    await db.instance.deleteMany({ where: { hostId, id: { in: [...before.keys()] } } });
    changed = true;
  }
  if (changed) app.events.notify(`project:${projectId}`);
}

function idleOf({ idleSeconds, minInstances }: { idleSeconds: number | null; minInstances: number }): { idleSeconds?: number } {
  const seconds = idleSeconds ?? (minInstances === 0 ? defaultIdleSeconds : undefined);
  return seconds === undefined ? {} : { idleSeconds: seconds };
}

const artifactIds = z.array(z.string());
const variants = measurementOrder.shape.variants;
const variantsOf = (stored: unknown) => (stored === null ? {} : { variants: variants.parse(stored) });

async function traceOrders(db: TenantDb, hostId: string): Promise<TraceOrder[]> {
  const orders = await db.trace.findMany({
    where: { hostId, state: { in: ["queued", "running"] } },
    include: { build: { include: { artifact: { include: { build: true } }, handler: true } } },
    orderBy: { id: "asc" },
  });
  return orders.flatMap(({ id, build, runs, path, knobs: stored }) => {
    const { artifact, handler } = build;
    if (!artifact) return [];
    const symbols = artifact.symbolsSha256 === null ? {} : { symbolsSha256: artifact.symbolsSha256 };
    return [{ traceId: id, handlerName: handler.name, artifact: artifactRef(artifact), ...symbols, runs, path, knobs: knobs.parse(stored) }];
  });
}

/** @param knowsModules an agent of before would take an order with a module for malformed, and all else that it is told with it */
async function desiredState(app: App, db: TenantDb, hostId: string, knowsModules: boolean): Promise<SyncOutput> {
  // The revision is read first: a change in between is then seen as a newer revision next time, never missed.
  const host = await db.host.findUnique({ where: { id: hostId } });
  if (!host) throw notFound("Host", hostId);
  const deployments = await db.deployment.findMany({
    where: { hostId, state: "active" },
    include: { handler: { include: { variables: true } }, artifact: { include: { build: true } } },
    orderBy: { id: "asc" },
  });
  const orders = await db.measurement.findMany({ where: { hostId, state: { in: ["queued", "running"] } }, orderBy: { id: "asc" } });
  const instances: DesiredInstance[] = deployments.map((d) => ({
    deploymentId: d.id,
    handlerId: d.handlerId,
    handlerName: d.handler.name,
    artifact: artifactRef(d.artifact),
    port: d.port,
    env: openEnv(app.vault, d.handlerId, d.handler.variables, d.env),
    allowFetch: d.allowFetch as string[],
    scale: { min: d.minInstances, max: d.maxInstances },
    role: d.role as "primary" | "canary" | "preview",
    ...(d.sharePercent === null ? {} : { sharePercent: d.sharePercent }),
    ...(d.routes === null ? {} : { routes: routesInput.parse(d.routes) }),
    ...idleOf(d),
  }));
  const measurements: MeasurementOrder[] = [];
  for (const order of orders) {
    const ids = artifactIds.parse(order.artifactIds);
    const rows = await db.artifact.findMany({ where: { id: { in: ids } }, include: { build: true } });
    const artifacts = ids.flatMap((id) => rows.filter((row) => row.id === id)).map(artifactRef);
    if (!knowsModules && artifacts.some((a) => a.mode === "module")) {
      const error = "This host's agent is too old to run other runtimes: upgrade it.";
      await db.measurement.updateMany({
        where: { id: order.id, state: { in: ["queued", "running"] } },
        data: { state: "failed", error, finishedAt: new Date() },
      });
      app.events.notify("automation");
    } else if (artifacts.length > 0)
      measurements.push({ measurementId: order.id, artifacts, ...variantsOf(order.variants), runs: order.runs, warmup: order.warmup, path: order.path });
  }
  const held = host.agentOrdered === null ? undefined : await app.agentRelease.held();
  const agent = held && orderOf(host, held) !== undefined ? { sha256: held.sha256, sizeBytes: held.sizeBytes, signature: held.signature } : undefined;
  return {
    revision: host.desiredRevision,
    signingKey: app.signer.publicKey,
    instances,
    measurements,
    traces: await traceOrders(db, hostId),
    ...(agent && { agent }),
  };
}

export const sync = agentProcedure.input(syncInput).mutation(async ({ ctx, input, signal }): Promise<SyncOutput> => {
  const { app, hostId, projectId } = ctx;
  const db = forProject(app.db, projectId);
  const now = Date.now();
  const clockSkewMs = input.agentTimeMs - now;
  app.known.hosts.noteSkew(hostId, clockSkewMs);
  const isHeard = app.heartbeats.add({
    id: hostId,
    lastSeenAt: dateText(new Date(now)),
    clockSkewMs,
    appliedRevision: input.revision,
    address: input.address ?? null,
    frontPort: input.frontPort ?? null,
    agentVersion: input.agent?.version ?? null,
    agentSha256: input.agent?.sha256 ?? null,
    agentRefused: input.agent?.refused ? JSON.stringify(input.agent.refused) : null,
    runtimes: input.runtimes ? JSON.stringify(input.runtimes) : null,
  });
  // Awaited with the answer; until then its failure is nobody's.
  isHeard.catch(() => undefined);
  await storeInstances(app, db, projectId, hostId, input.instances, clockSkewMs);
  const deadline = now + input.waitMs;
  for (;;) {
    // Listening begins before the state is read, so that a change in between ends the wait.
    const stop = new AbortController();
    const change = app.events.wait(`host:${hostId}`, Math.max(0, deadline - Date.now()), signal ? AbortSignal.any([signal, stop.signal]) : stop.signal);
    // Of the state only its revision, as long as it has not changed: most syncs of most hosts only wait.
    const host = await app.known.hosts.byId(hostId);
    const isUnchanged = host?.desiredRevision === input.revision;
    const isOver = !host || host.isRemoved || !isUnchanged || Date.now() >= deadline || signal?.aborted;
    if (isOver) stop.abort();
    if (!host || host.isRemoved) throw notFound("Host", hostId);
    if (isOver) {
      await isHeard;
      if (isUnchanged && input.acceptsUnchanged)
        return { revision: host.desiredRevision, signingKey: app.signer.publicKey, isUnchanged: true, instances: [], measurements: [] };
      return desiredState(app, db, hostId, input.runtimes !== undefined);
    }
    await change;
  }
});

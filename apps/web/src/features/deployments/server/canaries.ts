/** What becomes of a canary: decided by a person, or by the automation when its rules say so. */
import { mannWhitney, quantile } from "@zerostart/stats";
import { z } from "zod";
import type { Deployment, Prisma } from "../../../../generated/prisma/client.ts";
import type { App } from "../../../server/app.ts";
import { auditRow, type AnyClient } from "../../../server/audit.ts";
import { requestRows } from "../../../server/db/dialect.ts";
import { sampleValues } from "../../../server/db/newest.ts";
import { forProject } from "../../../server/db/tenant.ts";
import { AppError, notFound } from "../../../server/errors.ts";
import { newId } from "../../../server/ids.ts";
import { projectMutation } from "../../../server/trpc.ts";
import { raiseAlert } from "../../alerts/server/raise.ts";
import { addTo, emptyTally, figuresOf, rawStepMs } from "../../requests/helpers/window.ts";
import { canaryState, judgeCanary, type CanaryEvidence, type CanaryState } from "../helpers/canary.ts";
import { raiseRevision, wakeHost } from "./desired-state.ts";

/** Starts of each build, in turns: enough for a 95th percentile to mean something. */
const measuredRuns = 60;
/** One that restarts this often in its first minutes does not run. */
const tooManyRestarts = 3;

const primaryOf = (app: App, { projectId, handlerId, hostId }: Deployment) =>
  app.db.deployment.findFirst({ where: { projectId, handlerId, hostId, state: "active", role: "primary" } });

/** Builds of the same source have the same bytes: to measure them in turns would find chance alone. */
async function isSameProgram(app: App, a: Deployment, b: Deployment): Promise<boolean> {
  if (a.artifactId === b.artifactId) return true;
  const artifacts = await app.db.artifact.findMany({ where: { id: { in: [a.artifactId, b.artifactId] } }, select: { sha256: true } });
  return artifacts.length === 2 && artifacts[0]?.sha256 === artifacts[1]?.sha256;
}

/** Writes the audit row of a decision; see below. */
type Note = (on: AnyClient) => Prisma.PrismaPromise<unknown>;

/** The canary takes over: its processes go on, those beside it end. False when it is no canary any more, and nothing has changed. */
async function promoteCanary(app: App, canary: Deployment, state: CanaryState, reason: string, note: Note): Promise<boolean> {
  const { id, projectId, handlerId, hostId } = canary;
  const primary = await primaryOf(app, canary);
  const isDone = await app.db.$transaction(async (tx) => {
    await raiseRevision(tx, projectId, hostId);
    const { count } = await tx.deployment.updateMany({
      where: { id, projectId, state: "active", role: "canary" },
      data: {
        role: "primary",
        sharePercent: null,
        canary: { ...state, decision: "promoted", reason },
        ...(primary ? { replacesId: primary.id, placement: primary.placement } : {}),
      },
    });
    if (count === 0) return false;
    await tx.deployment.updateMany({
      where: { projectId, handlerId, hostId, state: "active", role: "primary", id: { not: id } },
      data: { state: "superseded", endedAt: new Date() },
    });
    await note(tx);
    return true;
  });
  wakeHost(app, projectId, hostId);
  return isDone;
}

/** The canary ends; what it was tried beside gets all connections. */
async function takeBackCanary(app: App, canary: Deployment, state: CanaryState, reason: string, note: Note): Promise<boolean> {
  const { id, projectId, hostId } = canary;
  const isDone = await app.db.$transaction(async (tx) => {
    await raiseRevision(tx, projectId, hostId);
    const { count } = await tx.deployment.updateMany({
      where: { id, projectId, state: "active", role: "canary" },
      data: { state: "stopped", endedAt: new Date(), canary: { ...state, decision: "rolled back", reason } },
    });
    if (count > 0) await note(tx);
    return count > 0;
  });
  wakeHost(app, projectId, hostId);
  return isDone;
}

/** What is known of a canary and of what it is tried beside, since it began. */
export async function canaryEvidence(app: App, canary: Deployment, primary: Deployment | null, { measurementId }: CanaryState): Promise<CanaryEvidence> {
  const db = forProject(app.db, canary.projectId);
  const since = canary.createdAt.getTime();
  const tallied = async (deploymentId: string | undefined) => {
    if (deploymentId === undefined) return { count: 0, errors: 0 };
    const rows = await requestRows(app.db, canary.projectId, { deploymentId }, rawStepMs, since, Date.now() + rawStepMs);
    const { count, serverErrors, unanswered } = figuresOf(rows.reduce(addTo, emptyTally()));
    return { count, errors: serverErrors + unanswered };
  };
  const instances = await db.instance.findMany({ where: { deploymentId: canary.id } });
  const failing =
    instances.find((i) => (i.state === "backoff" || i.state === "unhealthy") && i.restarts >= tooManyRestarts) ??
    instances.find((i) => i.restarts > tooManyRestarts);
  const measurement = measurementId === null ? null : await db.measurement.findUnique({ where: { id: measurementId } });
  return {
    watchedMs: Date.now() - since,
    trouble: failing ? (failing.reason ?? `it was restarted ${failing.restarts} times`) : null,
    canary: await tallied(canary.id),
    primary: await tallied(primary?.id),
    coldStart: measurement?.state === "done" && primary ? await coldStarts(app, canary, primary, measurement.id) : null,
    isMeasuring: measurement?.state === "queued" || measurement?.state === "running",
  };
}

async function coldStarts(app: App, canary: Deployment, primary: Deployment, measurementId: string): Promise<CanaryEvidence["coldStart"]> {
  const [ours = [], theirs = []] = await Promise.all(
    [canary.buildId, primary.buildId].map(async (buildId) =>
      (await sampleValues(app.db, canary.projectId, { measurementId, buildId }, ["totalNs"], measuredRuns)).map((row) => row["totalNs"] ?? 0),
    ),
  );
  if (ours.length < 20 || theirs.length < 20) return null;
  return { canaryP95Ns: quantile(ours, 0.95), primaryP95Ns: quantile(theirs, 0.95), isSignificant: mannWhitney(theirs, ours).p < chance };
}

/** Nobody looks at the figures before a canary is taken back for them: one in a hundred that is no slower may be. */
const chance = 0.01;

/** Orders the starts of both builds, once. */
async function orderMeasurement(app: App, canary: Deployment, primary: Deployment, state: CanaryState): Promise<void> {
  const { id, projectId, handlerId, hostId } = canary;
  const measurementId = newId("msr");
  await app.db.$transaction([
    raiseRevision(app.db, projectId, hostId),
    app.db.measurement.create({
      data: {
        id: measurementId,
        projectId,
        handlerId,
        hostId,
        runs: measuredRuns,
        warmup: 3,
        path: "/",
        artifactIds: [primary.artifactId, canary.artifactId],
        createdBy: "canary",
      },
    }),
    app.db.deployment.update({ where: { id, projectId }, data: { canary: { ...state, measurementId } } }),
  ]);
  wakeHost(app, projectId, hostId);
}

/** A step of the automation: every canary is judged by its rules. */
export async function advanceCanaries(app: App): Promise<void> {
  for (const canary of await app.db.deployment.findMany({
    where: { state: "active", role: "canary" },
    include: { handler: true, host: true },
    orderBy: { id: "asc" },
  })) {
    const state = canaryState.parse(canary.canary);
    const primary = await primaryOf(app, canary);
    if (primary && state.measurementId === null && !(await isSameProgram(app, primary, canary))) {
      await orderMeasurement(app, canary, primary, state);
      continue;
    }
    const verdict = judgeCanary(state.rules, await canaryEvidence(app, canary, primary, state));
    if (verdict.kind === "wait") continue;
    const isPromoted = verdict.kind === "promote";
    const name = `${canary.handler.name} on ${canary.host.name}`;
    const actor = { kind: "system", id: "canary", name: "canary" } as const;
    const entry = { target: { kind: "deployment", id: canary.id, name }, detail: { reason: verdict.reason } };
    const note: Note = (on) => auditRow(on, canary.projectId, actor, isPromoted ? "deployments.promote" : "deployments.takeBack", entry);
    if (!(await (isPromoted ? promoteCanary : takeBackCanary)(app, canary, state, verdict.reason, note))) continue;
    await raiseAlert(app, canary.projectId, {
      kind: "canary",
      title: isPromoted ? `The canary of ${name} was promoted` : `The canary of ${name} was rolled back`,
      text: verdict.reason,
      path: `/deployments/${canary.id}`,
    });
  }
}

const decide = (done: typeof promoteCanary) =>
  projectMutation("deployer")
    .input(z.object({ deploymentId: z.string() }))
    .mutation(async ({ ctx, input }) => {
      const d = await ctx.db.deployment.findUnique({ where: { id: input.deploymentId }, include: { handler: true, host: true } });
      if (!d) throw notFound("Deployment", input.deploymentId);
      if (d.role !== "canary" || d.state !== "active") throw new AppError("CONFLICT", "This deployment is no canary that is being tried.");
      const note: Note = (on) => ctx.audit({ target: { kind: "deployment", id: d.id, name: `${d.handler.name} on ${d.host.name}` } }, on);
      if (!(await done(ctx.app, d, canaryState.parse(d.canary), `Decided by ${ctx.actor.name}.`, note)))
        throw new AppError("CONFLICT", "This canary has just been promoted or rolled back.");
      return { deploymentId: d.id };
    });

/** A canary takes over now, whatever its rules say. */
export const promote = decide(promoteCanary);
/** A canary ends now. */
export const takeBack = decide(takeBackCanary);

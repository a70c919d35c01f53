/**
 * Experiments move by what has happened around them: their builds ended, their orders ended. Each step is guarded by the
 * state it starts from, so it happens once, however often and from wherever it is tried.
 */
import type { App } from "../../../server/app.ts";
import { newId } from "../../../server/ids.ts";
import type { Experiment } from "../../../../generated/prisma/client.ts";
import { raiseRevision, wakeHost } from "../../deployments/server/desired-state.ts";
import { removedHostError } from "../../hosts/server/remove.ts";
import { storedVariants } from "../helpers/variants.ts";

async function end(app: App, e: Experiment, from: "preparing" | "running", state: "done" | "failed", error: string | null): Promise<void> {
  await app.db.experiment.updateMany({ where: { id: e.id, state: from }, data: { state, error, finishedAt: new Date() } });
  app.events.notify(`project:${e.projectId}`);
}

/** Once every build is there: one order a host, all variants in it taken in turns. */
async function begin(app: App, e: Experiment): Promise<void> {
  const variants = storedVariants.parse(e.variants);
  const builds = await app.db.build.findMany({ where: { projectId: e.projectId, id: { in: variants.map((v) => v.buildId) } }, include: { artifact: true } });
  const artifactOf = (buildId: string) => builds.find((b) => b.id === buildId)?.artifact;
  const broken = variants.find((v) => ["failed", "cancelled", undefined].includes(builds.find((b) => b.id === v.buildId)?.state));
  if (broken) {
    const why = builds.find((b) => b.id === broken.buildId)?.error ?? "its build is gone";
    return end(app, e, "preparing", "failed", `The variant "${broken.label}" could not be built: ${why}`);
  }
  if (variants.some((v) => !artifactOf(v.buildId))) return;
  const hostIds = e.hostIds as string[];
  const measurementIds = hostIds.map(() => newId("msr"));
  const artifactIds = [...new Set(variants.map((v) => artifactOf(v.buildId)?.id as string))];
  const begun = await app.db.$transaction(async (tx) => {
    // One that was removed while its builds were made takes no order any more.
    const removed = await tx.host.findMany({ where: { projectId: e.projectId, id: { in: hostIds }, removedAt: { not: null } }, select: { id: true } });
    const { count } = await tx.experiment.updateMany({ where: { id: e.id, state: "preparing" }, data: { state: "running", measurementIds } });
    if (count === 0) return false;
    for (const hostId of hostIds.toSorted()) await raiseRevision(tx, e.projectId, hostId);
    await tx.measurement.createMany({
      data: hostIds.map((hostId, i) => ({
        id: measurementIds[i] as string,
        projectId: e.projectId,
        handlerId: e.handlerId,
        hostId,
        runs: e.runs,
        warmup: e.warmup,
        path: e.path,
        artifactIds,
        variants: variants.map((v) => ({ artifactId: artifactOf(v.buildId)?.id as string, knobs: v.knobs })),
        createdBy: e.createdBy,
        ...(removed.some((host) => host.id === hostId) && { state: "failed" as const, error: removedHostError, finishedAt: new Date() }),
      })),
    });
    return true;
  });
  if (!begun) return;
  for (const hostId of hostIds) wakeHost(app, e.projectId, hostId);
  app.events.notify("automation");
}

async function conclude(app: App, e: Experiment): Promise<void> {
  const orders = await app.db.measurement.findMany({ where: { projectId: e.projectId, id: { in: e.measurementIds as string[] } }, include: { host: true } });
  if (orders.some((o) => o.state === "queued" || o.state === "running")) return;
  const failed = orders.filter((o) => o.state !== "done");
  const why = failed.map((o) => `${o.host.name}: ${o.error ?? o.state}`).join("\n");
  await end(app, e, "running", failed.length > 0 ? "failed" : "done", why || null);
}

/** Moves every open experiment as far as it can go now. */
export async function advanceExperiments(app: App): Promise<void> {
  for (const e of await app.db.experiment.findMany({ where: { state: { in: ["preparing", "running"] } }, orderBy: { id: "asc" }, take: 200 }))
    await (e.state === "preparing" ? begin(app, e) : conclude(app, e));
}

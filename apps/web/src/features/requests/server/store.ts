/** Windows of requests from agents: each stored once under the agent's id, and in the same transaction added to the sums of five minutes. */
import type { RequestWindow } from "@zerostart/protocol";
import { Prisma } from "../../../../generated/prisma/client.ts";
import type { App } from "../../../server/app.ts";
import { addTo, emptyTally, rawStepMs, storedBuckets, storedByClass, sumStepMs } from "../helpers/window.ts";

export type PlacedWindow = RequestWindow & { handlerId: string; /** By our clock. */ startMs: number };

const isConflict = (error: unknown) => error instanceof Prisma.PrismaClientKnownRequestError && ["P2002", "P2034"].includes(error.code);

/** Of the same windows delivered twice, even at once, one is kept. */
export async function storeRequestWindows(app: App, projectId: string, hostId: string, windows: PlacedWindow[]): Promise<void> {
  if (windows.length === 0) return;
  for (let attempt = 0; ; attempt++) {
    try {
      const fresh = await storeOnce(app, projectId, hostId, windows);
      app.telemetry?.handlerRequests(fresh.map(({ handlerId, byClass, sumNs }) => ({ handlerId, hostId, byClass, sumNs })));
      return;
    } catch (error) {
      if (!isConflict(error) || attempt === 5) throw error;
    }
  }
}

/** Those of `windows` that were not there before. */
async function storeOnce(app: App, projectId: string, hostId: string, windows: PlacedWindow[]): Promise<PlacedWindow[]> {
  const distinct = [...new Map(windows.map((w) => [w.id, w])).values()];
  return app.db.$transaction(async (tx) => {
    const known = await tx.requestWindow.findMany({ where: { id: { in: distinct.map((w) => w.id) } }, select: { id: true } });
    const isKnown = new Set(known.map((row) => row.id));
    const fresh = distinct.filter((w) => !isKnown.has(w.id));
    if (fresh.length === 0) return fresh;
    await tx.requestWindow.createMany({
      data: fresh.map(({ id, handlerId, deploymentId, instanceId, startMs, byClass, sumNs, buckets }) => {
        return {
          id,
          projectId,
          handlerId,
          deploymentId,
          hostId,
          instanceId,
          startMs: BigInt(startMs),
          stepMs: rawStepMs,
          byClass,
          sumNs: BigInt(sumNs),
          buckets,
        };
      }),
    });
    const sums = Map.groupBy(fresh, (w) => `${w.deploymentId}/${startOfSum(w.startMs)}`);
    for (const [id, parts] of sums) {
      const [{ handlerId, deploymentId, startMs }] = parts as [PlacedWindow];
      const tally = emptyTally();
      for (const part of parts) addTo(tally, part);
      const before = await tx.requestWindow.findUnique({ where: { id } });
      if (before) addTo(tally, { byClass: storedByClass.parse(before.byClass), sumNs: Number(before.sumNs), buckets: storedBuckets.parse(before.buckets) });
      const data = { byClass: tally.byClass, sumNs: BigInt(tally.sumNs), buckets: [...tally.buckets] };
      if (before) await tx.requestWindow.update({ where: { id }, data });
      else {
        await tx.requestWindow.create({
          data: { id, projectId, handlerId, deploymentId, hostId, startMs: BigInt(startOfSum(startMs)), stepMs: sumStepMs, ...data },
        });
      }
    }
    return fresh;
  });
}

const startOfSum = (ms: number) => Math.floor(ms / sumStepMs) * sumStepMs;

const dayMs = 86_400_000;
const forgetEveryMs = 3_600_000;
let forgottenAtMs = 0;

/** A step of the automation: windows as reported are kept for a day and an hour, their sums for 35 days. */
export async function forgetRequestWindows(app: App): Promise<void> {
  const now = Date.now();
  if (now - forgottenAtMs < forgetEveryMs) return;
  forgottenAtMs = now;
  await app.db.requestWindow.deleteMany({ where: { stepMs: rawStepMs, startMs: { lt: BigInt(now - dayMs - forgetEveryMs) } } });
  await app.db.requestWindow.deleteMany({ where: { stepMs: sumStepMs, startMs: { lt: BigInt(now - 35 * dayMs) } } });
}

import { z } from "zod";
import type { TenantDb } from "../../../server/db/tenant.ts";
import { AppError } from "../../../server/errors.ts";
import { projectQuery } from "../../../server/trpc.ts";
import { addTo, emptyTally, figuresOf, rawStepMs, storedBuckets, storedByClass, sumStepMs, type Tally } from "../helpers/window.ts";

/** About as many points as a chart has room for. */
const wantedPoints = 90;
const dayMs = 86_400_000;

type Where = { deploymentId?: string; handlerId?: string; instanceId?: string; fromMs: number; toMs: number };

/** The windows of a span, from the reported ones or, where these may be gone or too many, their sums. */
export async function requestWindows(db: TenantDb, { fromMs, toMs, ...who }: Where, stepMs: number) {
  return db.requestWindow.findMany({
    where: { ...who, stepMs, startMs: { gte: BigInt(fromMs), lt: BigInt(toMs) } },
    orderBy: { startMs: "asc" },
    select: { startMs: true, instanceId: true, byClass: true, sumNs: true, buckets: true },
  });
}

export function addRow(tally: Tally, row: { byClass: unknown; sumNs: bigint; buckets: unknown }): Tally {
  return addTo(tally, { byClass: storedByClass.parse(row.byClass), sumNs: Number(row.sumNs), buckets: storedBuckets.parse(row.buckets) });
}

/** Rate, errors and latency percentiles of a deployment (or of all of a handler's) over time, the whole span's, and each instance's of its last minutes. */
export const timeline = projectQuery("viewer")
  .input(
    z.object({
      deploymentId: z.string().optional(),
      handlerId: z.string().optional(),
      minutes: z
        .number()
        .int()
        .min(1)
        .max(35 * 24 * 60)
        .default(60),
    }),
  )
  .query(async ({ ctx, input }) => {
    const { deploymentId, handlerId, minutes } = input;
    if (deploymentId === undefined && handlerId === undefined) throw new AppError("INVALID", "Name a deployment or a handler.");
    const who = { ...(deploymentId === undefined ? {} : { deploymentId }), ...(handlerId === undefined ? {} : { handlerId }) };
    const now = Date.now();
    const spanMs = minutes * 60_000;
    const source = spanMs <= dayMs / 4 ? rawStepMs : sumStepMs;
    const stepMs = Math.max(source, Math.ceil(spanMs / wantedPoints / source) * source);
    const toMs = Math.ceil(now / stepMs) * stepMs;
    const fromMs = toMs - Math.ceil(spanMs / stepMs) * stepMs;
    const total = emptyTally();
    const points = new Map<number, Tally>();
    const instances = new Map<string, Tally>();
    for (const row of await requestWindows(ctx.db, { ...who, fromMs, toMs }, source)) {
      addRow(total, row);
      const atMs = Math.floor(Number(row.startMs) / stepMs) * stepMs;
      points.set(atMs, addRow(points.get(atMs) ?? emptyTally(), row));
      if (row.instanceId !== null) instances.set(row.instanceId, addRow(instances.get(row.instanceId) ?? emptyTally(), row));
    }
    return {
      fromMs,
      toMs,
      stepMs,
      total: { ...figuresOf(total), perSecond: figuresOf(total).count / (spanMs / 1_000) },
      // A span without a report is one without requests: the line goes down to nothing there.
      points: Array.from({ length: (toMs - fromMs) / stepMs }, (_, i) => {
        const atMs = fromMs + i * stepMs;
        const figures = figuresOf(points.get(atMs) ?? emptyTally());
        return { atMs, ...figures, perSecond: figures.count / (Math.min(stepMs, Math.max(1_000, now - atMs)) / 1_000) };
      }),
      /** Of the span, where it is short enough for windows by instance to be there still. */
      instances: [...instances].map(([instanceId, tally]) => ({ instanceId, ...figuresOf(tally) })).sort((a, b) => a.instanceId.localeCompare(b.instanceId)),
    };
  });

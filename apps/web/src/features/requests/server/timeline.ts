import { z } from "zod";
import { requestRows } from "../../../server/db/dialect.ts";
import { AppError } from "../../../server/errors.ts";
import { projectQuery } from "../../../server/trpc.ts";
import { addTo, emptyTally, figuresOf, rawStepMs, sumStepMs, type Tally } from "../helpers/window.ts";

/** About as many points as a chart has room for. */
const wantedPoints = 90;
const dayMs = 86_400_000;

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
    const points = new Map<number, Tally>();
    const instances = new Map<string, Tally>();
    for (const row of await requestRows(ctx.app.db, ctx.projectId, who, source, fromMs, toMs)) {
      const atMs = Math.floor(row.startMs / stepMs) * stepMs;
      points.set(atMs, addTo(points.get(atMs) ?? emptyTally(), row));
      if (row.instanceId !== null) instances.set(row.instanceId, addTo(instances.get(row.instanceId) ?? emptyTally(), row));
    }
    const total = [...points.values()].reduce(addTo, emptyTally());
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

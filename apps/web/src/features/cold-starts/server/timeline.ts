import { columnQuantiles, timeline as timelinePoints } from "../../../server/db/dialect.ts";
import { projectQuery } from "../../../server/trpc.ts";
import { sampleFilter } from "../helpers/filter.ts";

const bucketChoicesMs = [1_000, 5_000, 10_000, 30_000, 60_000, 300_000, 900_000, 3_600_000, 21_600_000, 86_400_000];
const wantedBuckets = 60;

/** p50, p90, p99 over time, in buckets of a readable length chosen by what there is. */
export const timeline = projectQuery("viewer")
  .input(sampleFilter)
  .query(async ({ ctx, input }) => {
    const span = await columnQuantiles(ctx.app.db, ctx.projectId, input, "startedAtMs");
    if (!span) return { bucketMs: 60_000, points: [] };
    const wanted = (span.max - span.min) / wantedBuckets;
    const bucketMs = bucketChoicesMs.find((choice) => choice >= wanted) ?? Math.ceil(wanted / 86_400_000) * 86_400_000;
    return { bucketMs, points: await timelinePoints(ctx.app.db, ctx.projectId, input, bucketMs) };
  });

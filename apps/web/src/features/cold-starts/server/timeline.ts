import { sketchRows } from "../../../server/db/dialect.ts";
import { exactDistribution, exactRows, isSketched, mergeAll, segmentsOf, sketchedDistribution, type Distribution } from "../../../server/samples/read.ts";
import { minuteMs } from "../../../server/samples/resolutions.ts";
import { projectQuery } from "../../../server/trpc.ts";
import { sampleFilter } from "../helpers/filter.ts";

const bucketChoicesMs = [1_000, 5_000, 10_000, 30_000, 60_000, 300_000, 900_000, 3_600_000, 21_600_000, 86_400_000];
const wantedBuckets = 60;

/** A bucket of readable length, about sixty of which make the span; at least `leastMs`. */
function bucketFor(spanMs: number, leastMs: number): number {
  const wanted = Math.max(leastMs, spanMs / wantedBuckets);
  return bucketChoicesMs.find((choice) => choice >= wanted) ?? Math.ceil(wanted / 86_400_000) * 86_400_000;
}

/** Groups `items` by the bucket of their time; oldest first. */
function byBucket<T>(items: T[], timeOf: (item: T) => number, bucketMs: number): [number, T[]][] {
  const groups = new Map<number, T[]>();
  for (const item of items) {
    const at = Math.floor(timeOf(item) / bucketMs) * bucketMs;
    const group = groups.get(at);
    if (group) group.push(item);
    else groups.set(at, [item]);
  }
  return [...groups].sort(([a], [b]) => a - b);
}

const point = (bucketMs: number, d: Distribution) => ({ bucketMs, count: d.count, p50: d.quantile(0.5), p90: d.quantile(0.9), p99: d.quantile(0.99) });

/** p50, p90, p99 over time, in buckets of a readable length chosen by what there is. */
export const timeline = projectQuery("viewer")
  .input(sampleFilter)
  .query(async ({ ctx, input }) => {
    const { db } = ctx.app;
    if (!(await isSketched(db, ctx.projectId, input))) {
      const { basis, rows } = await exactRows(db, ctx.projectId, input, ["startedAtMs", "totalNs"]);
      const pairs = rows as [number, number][];
      if (pairs.length === 0) return { basis, bucketMs: 60_000, points: [] };
      const bucketMs = bucketFor((pairs[0] as [number, number])[0] - (pairs.at(-1) as [number, number])[0], 0);
      const groups = byBucket(pairs, ([at]) => at, bucketMs);
      return { basis, bucketMs, points: groups.map(([at, group]) => point(at, exactDistribution(group.map(([, ns]) => ns)))) };
    }
    // The days say how long the span is; then the longest buckets that still make sixty.
    const days = await sketchRows(db, ctx.projectId, input, segmentsOf(input), false);
    const times = days.map((row) => row.bucketMs);
    const span =
      Math.min(input.toMs ?? Infinity, Date.now()) -
      Math.max(
        input.fromMs ?? 0,
        times.reduce((least, at) => Math.min(least, at), Infinity),
      );
    const bucketMs = bucketFor(Number.isFinite(span) ? span : 0, minuteMs);
    const rows = await sketchRows(db, ctx.projectId, input, segmentsOf(input, bucketMs), false);
    const groups = byBucket(rows, (row) => row.bucketMs, bucketMs);
    return {
      basis: "sketched" as const,
      bucketMs,
      points: groups.flatMap(([at, group]) => {
        const total = mergeAll(group).get("totalNs");
        return total ? [point(at, sketchedDistribution(total))] : [];
      }),
    };
  });

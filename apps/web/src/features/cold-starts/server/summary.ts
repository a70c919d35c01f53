import { phaseColumn, phaseColumns } from "../../../server/db/dialect.ts";
import { distributions, keptFromMs, type Distribution } from "../../../server/samples/read.ts";
import { sketchColumns } from "../../../server/samples/sketches.ts";
import { projectQuery } from "../../../server/trpc.ts";
import { sampleFilter } from "../helpers/filter.ts";

const quantiles = { min: 0, q1: 0.25, p50: 0.5, q3: 0.75, p90: 0.9, p95: 0.95, p99: 0.99, p995: 0.995, max: 1 };
type Quantiles = { count: number } & Record<keyof typeof quantiles, number>;

function quantilesOf(d: Distribution): Quantiles {
  const entries = Object.entries(quantiles).map(([name, p]) => [name, d.quantile(p)] as const);
  return { count: d.count, ...(Object.fromEntries(entries) as Record<keyof typeof quantiles, number>) };
}

/** Percentiles of the total and the memory, and each phase's median and p95. Null when no sample passes the filter. */
export const summary = projectQuery("viewer")
  .input(sampleFilter)
  .query(async ({ ctx, input }) => {
    const [{ basis, found }, keptFrom] = await Promise.all([
      distributions(ctx.app.db, ctx.projectId, input, sketchColumns),
      keptFromMs(ctx.app.db, ctx.projectId),
    ]);
    const total = found.get("totalNs");
    if (!total) return null;
    const of = (column: string) => {
      const d = found.get(column);
      return d ? quantilesOf(d) : null;
    };
    return {
      basis,
      /** Before this starts are in figures of sketches, but not in lists any more; null when all are kept. */
      keptFromMs: keptFrom,
      total: quantilesOf(total),
      phases: phaseColumns.map(({ phase, column }) => {
        const d = found.get(column);
        return { phase, p50Ns: d?.quantile(0.5) ?? 0, p95Ns: d?.quantile(0.95) ?? 0, maxNs: d?.quantile(1) ?? 0 };
      }),
      rssBytes: of("rssBytes"),
      pssBytes: of("pssBytes"),
      privateDirtyBytes: of("privateDirtyBytes"),
      binaryBytes: of("binaryBytes"),
      firstRequestShare: total.sum === 0 ? 0 : (found.get(phaseColumn("first_request"))?.sum ?? 0) / total.sum,
    };
  });

import { columnQuantiles, phaseColumns, phaseShare } from "../../../server/db/dialect.ts";
import { projectQuery } from "../../../server/trpc.ts";
import { sampleFilter } from "../helpers/filter.ts";

/** Percentiles of the total and the memory, and each phase's median and p95. Null when no sample passes the filter. */
export const summary = projectQuery("viewer")
  .input(sampleFilter)
  .query(async ({ ctx, input }) => {
    const quantilesOf = (column: string) => columnQuantiles(ctx.app.db, ctx.projectId, input, column);
    const total = await quantilesOf("totalNs");
    if (!total) return null;
    const phases = await Promise.all(phaseColumns.map(async ({ phase, column }) => ({ phase, q: await quantilesOf(column) })));
    const [rss, pss, dirty, binary] = await Promise.all(["rssBytes", "pssBytes", "privateDirtyBytes", "binaryBytes"].map(quantilesOf));
    return {
      total,
      phases: phases.map(({ phase, q }) => ({ phase, p50Ns: q?.p50 ?? 0, p95Ns: q?.p95 ?? 0, maxNs: q?.max ?? 0 })),
      rssBytes: rss ?? null,
      pssBytes: pss ?? null,
      privateDirtyBytes: dirty ?? null,
      binaryBytes: binary ?? null,
      firstRequestShare: await phaseShare(ctx.app.db, ctx.projectId, input, "first_request"),
    };
  });

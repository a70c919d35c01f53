import { niceBinWidth } from "@zerostart/stats";
import { distributions } from "../../../server/samples/read.ts";
import { projectQuery } from "../../../server/trpc.ts";
import { sampleFilter } from "../helpers/filter.ts";

const maxBins = 40;
/** Several modes in one view make the quartiles wide and Freedman-Diaconis bins coarse; never fewer than about this many. */
const fewestBins = 20;

/** Counts of total time in bins with readable edges (Freedman-Diaconis width); outliers beyond are counted as `above`. */
export const histogram = projectQuery("viewer")
  .input(sampleFilter)
  .query(async ({ ctx, input }) => {
    const { basis, found } = await distributions(ctx.app.db, ctx.projectId, input, ["totalNs"]);
    const total = found.get("totalNs");
    if (!total) return { basis, bins: [], binWidth: 1, above: 0, markers: null };
    const at = (p: number) => total.quantile(p);
    const q = { count: total.count, min: at(0), q1: at(0.25), p50: at(0.5), q3: at(0.75), p90: at(0.9), p99: at(0.99), p995: at(0.995), max: at(1) };
    const iqr = q.q3 - q.q1;
    const top = Math.min(q.max, Math.max(q.p995, q.q3 + 3 * iqr));
    const binWidth = Math.max(
      1,
      niceBinWidth(Math.max(Math.min((2 * iqr) / Math.cbrt(q.count), (top - q.min) / fewestBins), (top - q.min) / maxBins) || Math.max(q.min / 100, 1)),
    );
    const counts = total.binned(binWidth, top);
    const first = Math.floor(q.min / binWidth) * binWidth;
    const bins = Array.from({ length: Math.floor((top - first) / binWidth) + 1 }, (_, i) => {
      const low = first + i * binWidth;
      return { low, high: low + binWidth, count: counts.get(low) ?? 0 };
    });
    return { basis, bins, binWidth, above: q.count - bins.reduce((sum, b) => sum + b.count, 0), markers: { p50: q.p50, p90: q.p90, p99: q.p99 } };
  });

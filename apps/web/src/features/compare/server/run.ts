import { phases } from "@zerostart/protocol";
import { compareSamples, type Comparison } from "@zerostart/stats";
import { z } from "zod";
import { AppError } from "../../../server/errors.ts";
import { phaseColumns } from "../../../server/db/dialect.ts";
import { sampleValues } from "../../../server/db/newest.ts";
import { projectQuery } from "../../../server/trpc.ts";
import { sampleFilter } from "../../cold-starts/helpers/filter.ts";

/** Newest starts a side that a comparison takes; more would change the intervals little and cost time. */
const maxSamples = 2_000;

export type MetricComparison = { metric: string; label: string; unit: "ns" | "bytes"; result: Comparison };

/** Two filters beside each other: total, every phase that either has, and memory, each with its interval and rank test. */
export const run = projectQuery("viewer")
  .input(z.object({ a: sampleFilter, b: sampleFilter }))
  .query(async ({ ctx, input }) => {
    if (input.a.executor !== input.b.executor)
      throw new AppError("INVALID", "Emulated or portable starts are not compared with native ones: the difference would be the emulator's.");
    const metrics = [
      { metric: "total", label: "Total", column: "totalNs", unit: "ns" as const },
      ...phaseColumns.map((p) => ({
        metric: p.phase as string,
        label: phases.find((x) => x.name === p.phase)?.label ?? p.phase,
        column: p.column,
        unit: "ns" as const,
      })),
      { metric: "rss", label: "RSS", column: "rssBytes", unit: "bytes" as const },
      { metric: "pss", label: "PSS", column: "pssBytes", unit: "bytes" as const },
      { metric: "private_dirty", label: "Private dirty", column: "privateDirtyBytes", unit: "bytes" as const },
      { metric: "binary", label: "Binary size", column: "binaryBytes", unit: "bytes" as const },
    ];
    const columns = metrics.map((m) => m.column);
    const [a, b] = await Promise.all([input.a, input.b].map((filter) => sampleValues(ctx.app.db, ctx.projectId, filter, columns, maxSamples)));
    const values = (rows: Record<string, number | null>[] | undefined, column: string) =>
      (rows ?? []).map((r) => r[column]).filter((v): v is number => v !== null && v !== undefined);
    const out: MetricComparison[] = [];
    for (const { metric, label, column, unit } of metrics) {
      const va = values(a, column);
      const vb = values(b, column);
      const empty = va.length === 0 || vb.length === 0;
      const idle = metric !== "total" && va.every((v) => v === 0) && vb.every((v) => v === 0);
      if (!empty && !idle) out.push({ metric, label, unit, result: compareSamples(va, vb) });
    }
    return { countA: a?.length ?? 0, countB: b?.length ?? 0, maxSamples, metrics: out };
  });

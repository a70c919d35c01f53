import type { Db } from "../../../server/db/client.ts";
import { sketchRows, type SampleFilter } from "../../../server/db/dialect.ts";
import {
  exactDistribution,
  exactRows,
  isSketched,
  mergeAll,
  segmentsOf,
  sketchedDistribution,
  type Basis,
  type Distribution,
} from "../../../server/samples/read.ts";
import { projectQuery } from "../../../server/trpc.ts";
import { sampleFilter } from "../helpers/filter.ts";
import { primeOf } from "../../builds/helpers/prime.ts";

const columns = ["totalNs", "rssBytes", "binaryBytes", "firstRequestNs"];
const maxBuilds = 200;

type Figures = { buildId: string; count: number; p50: number; p95: number; rssP50: number; binaryBytes: number; firstRequestShare: number };

function figuresOf(buildId: string, of: (column: string) => Distribution | undefined): Figures[] {
  const total = of("totalNs");
  if (!total) return [];
  return [
    {
      buildId,
      count: total.count,
      p50: total.quantile(0.5),
      p95: total.quantile(0.95),
      rssP50: of("rssBytes")?.quantile(0.5) ?? 0,
      binaryBytes: of("binaryBytes")?.quantile(1) ?? 0,
      firstRequestShare: total.sum === 0 ? 0 : (of("firstRequestNs")?.sum ?? 0) / total.sum,
    },
  ];
}

/** Newest builds first: their ids are in order of time. */
function grouped<T>(items: T[], buildOf: (item: T) => string): [string, T[]][] {
  return [...Map.groupBy(items, buildOf)].sort(([a], [b]) => (a < b ? 1 : -1)).slice(0, maxBuilds);
}

async function figuresByBuild(db: Db, projectId: string, filter: SampleFilter): Promise<{ basis: Basis; figures: Figures[] }> {
  if (!(await isSketched(db, projectId, filter))) {
    const { basis, rows } = await exactRows(db, projectId, filter, ["buildId", ...columns]);
    const figures = grouped(rows, (row) => row[0] as string).flatMap(([buildId, group]) =>
      figuresOf(buildId, (column) => exactDistribution(group.map((row) => row[1 + columns.indexOf(column)] as number))),
    );
    return { basis, figures };
  }
  const rows = await sketchRows(db, projectId, filter, segmentsOf(filter), true);
  const wanted = new Set(columns);
  const figures = grouped(rows, (row) => row.buildId).flatMap(([buildId, group]) => {
    const set = mergeAll(group, wanted);
    return figuresOf(buildId, (column) => {
      const sketch = set.get(column);
      return sketch && sketch.count > 0 ? sketchedDistribution(sketch) : undefined;
    });
  });
  return { basis: "sketched", figures };
}

/** The builds that have starts passing the filter, newest first: speed, memory and size of each, for the trend and the table. */
export const byBuild = projectQuery("viewer")
  .input(sampleFilter)
  .query(async ({ ctx, input }) => {
    const { basis, figures: rows } = await figuresByBuild(ctx.app.db, ctx.projectId, input);
    const found = await ctx.db.build.findMany({ where: { id: { in: rows.map((r) => r.buildId) } }, include: { version: true, handler: true } });
    const builds = rows.flatMap((row) => {
      const build = found.find((b) => b.id === row.buildId);
      if (!build) return [];
      const { id, handlerId, target, mode, symbols, prime, createdAt } = build;
      return [
        {
          ...row,
          id,
          handlerId,
          handlerName: build.handler.name,
          versionNumber: build.version.number,
          target,
          mode,
          symbols,
          prime: primeOf(prime),
          createdAt,
        },
      ];
    });
    return { basis, builds };
  });

import { z } from "zod";
import { facets as facetRows } from "../../../server/db/dialect.ts";
import { projectQuery } from "../../../server/trpc.ts";
import { modeName } from "../../builds/helpers/build-name.ts";
import { isForOtherRuntimes } from "../../builds/helpers/pipeline-types.ts";

/** The choices of the filter bar: what has samples, with names for the ids. */
export const facets = projectQuery("viewer")
  .input(z.object({ handlerId: z.string().optional() }))
  .query(async ({ ctx, input }) => {
    const rows = await facetRows(ctx.app.db, ctx.projectId, input);
    const buildIds = [...new Set(rows.map((r) => r.buildId))].slice(0, 200);
    const [builds, hosts] = await Promise.all([
      ctx.db.build.findMany({ where: { id: { in: buildIds } }, include: { version: true, handler: true }, orderBy: { id: "desc" } }),
      ctx.db.host.findMany({ where: { id: { in: [...new Set(rows.map((r) => r.hostId))] } } }),
    ]);
    const sum = (pick: (row: (typeof rows)[number]) => string) => {
      const counts = new Map<string, number>();
      for (const row of rows) counts.set(pick(row), (counts.get(pick(row)) ?? 0) + row.count);
      return [...counts].map(([value, count]) => ({ value, count })).sort((a, b) => b.count - a.count);
    };
    const buildCounts = new Map(sum((r) => r.buildId).map((c) => [c.value, c.count]));
    return {
      executors: sum((r) => r.executor),
      targets: sum((r) => r.target),
      modes: sum((r) => r.mode),
      kinds: sum((r) => r.kind),
      hosts: sum((r) => r.hostId).map(({ value, count }) => ({ value, count, label: hosts.find((h) => h.id === value)?.name ?? value })),
      builds: builds.map((b) => ({
        value: b.id,
        count: buildCounts.get(b.id) ?? 0,
        target: b.target,
        mode: b.mode,
        versionId: b.versionId,
        versionNumber: b.version.number,
        label: `v${b.version.number} · ${modeName(b)}${isForOtherRuntimes(b) ? "" : ` · ${b.target}`}${input.handlerId ? "" : ` · ${b.handler.name}`}`,
      })),
      totalCount: rows.reduce((n, r) => n + r.count, 0),
    };
  });

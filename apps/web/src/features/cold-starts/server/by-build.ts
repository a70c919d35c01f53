import { mediansByBuild } from "../../../server/db/dialect.ts";
import { projectQuery } from "../../../server/trpc.ts";
import { sampleFilter } from "../helpers/filter.ts";

/** The builds that have starts passing the filter, newest first: speed, memory and size of each, for the trend and the table. */
export const byBuild = projectQuery("viewer")
  .input(sampleFilter)
  .query(async ({ ctx, input }) => {
    const rows = await mediansByBuild(ctx.app.db, ctx.projectId, input);
    const builds = await ctx.db.build.findMany({ where: { id: { in: rows.map((r) => r.buildId) } }, include: { version: true, handler: true } });
    return rows.flatMap((row) => {
      const build = builds.find((b) => b.id === row.buildId);
      if (!build) return [];
      const { id, handlerId, target, mode, createdAt } = build;
      return [{ ...row, id, handlerId, handlerName: build.handler.name, versionNumber: build.version.number, target, mode, createdAt }];
    });
  });

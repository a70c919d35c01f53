import { z } from "zod";
import { notFound } from "../../../server/errors.ts";
import { projectQuery } from "../../../server/trpc.ts";
import { buildInclude, presentBuild } from "./present-build.ts";

/** One build with its artifact's figures; also what a client polls for its state. */
export const get = projectQuery("viewer")
  .input(z.object({ buildId: z.string() }))
  .query(async ({ ctx, input }) => {
    const row = await ctx.db.build.findUnique({ where: { id: input.buildId }, include: buildInclude });
    if (!row) throw notFound("Build", input.buildId);
    return presentBuild(row);
  });

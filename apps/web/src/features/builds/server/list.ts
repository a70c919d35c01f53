import { z } from "zod";
import { projectQuery } from "../../../server/trpc.ts";
import { buildStates } from "../helpers/pipeline-types.ts";
import { buildInclude, presentBuild } from "./present-build.ts";

/** Newest first, paged by the last id of the page before. */
export const list = projectQuery("viewer")
  .input(
    z.object({
      handlerId: z.string().optional(),
      versionId: z.string().optional(),
      state: z.enum(buildStates).optional(),
      target: z.string().max(64).optional(),
      mode: z.string().max(64).optional(),
      limit: z.number().int().min(1).max(200).default(50),
      cursor: z.string().optional(),
    }),
  )
  .query(async ({ ctx, input }) => {
    const { limit, cursor, ...filter } = input;
    const rows = await ctx.db.build.findMany({
      where: {
        ...Object.fromEntries(Object.entries(filter).filter(([, value]) => value !== undefined)),
        ...(cursor ? { id: { lt: cursor } } : {}),
      },
      orderBy: { id: "desc" },
      take: limit + 1,
      include: buildInclude,
    });
    return { builds: rows.slice(0, limit).map(presentBuild), nextCursor: rows.length > limit ? (rows[limit - 1]?.id ?? null) : null };
  });

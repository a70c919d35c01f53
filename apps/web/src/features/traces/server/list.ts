import { z } from "zod";
import { projectQuery } from "../../../server/trpc.ts";
import { presented, presentTrace } from "./present-trace.ts";

/** Newest first, paged by the last id of the page before. */
export const list = projectQuery("viewer")
  .input(
    z.object({
      handlerId: z.string().optional(),
      buildId: z.string().optional(),
      limit: z.number().int().min(1).max(100).default(30),
      cursor: z.string().optional(),
    }),
  )
  .query(async ({ ctx, input }) => {
    const rows = await ctx.db.trace.findMany({
      where: {
        ...(input.handlerId ? { handlerId: input.handlerId } : {}),
        ...(input.buildId ? { buildId: input.buildId } : {}),
        ...(input.cursor ? { id: { lt: input.cursor } } : {}),
      },
      orderBy: { id: "desc" },
      take: input.limit + 1,
      include: presented,
    });
    return {
      traces: rows.slice(0, input.limit).map(presentTrace),
      nextCursor: rows.length > input.limit ? (rows[input.limit - 1]?.id ?? null) : null,
    };
  });

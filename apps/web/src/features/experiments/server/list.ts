import { z } from "zod";
import { projectQuery } from "../../../server/trpc.ts";
import { storedVariants } from "../helpers/variants.ts";

/** Newest first, paged by the last id of the page before. */
export const list = projectQuery("viewer")
  .input(z.object({ handlerId: z.string().optional(), limit: z.number().int().min(1).max(100).default(30), cursor: z.string().optional() }))
  .query(async ({ ctx, input }) => {
    const rows = await ctx.db.experiment.findMany({
      where: { ...(input.handlerId ? { handlerId: input.handlerId } : {}), ...(input.cursor ? { id: { lt: input.cursor } } : {}) },
      orderBy: { id: "desc" },
      take: input.limit + 1,
      include: { handler: true },
    });
    return {
      experiments: rows.slice(0, input.limit).map((e) => ({
        id: e.id,
        name: e.name,
        handlerId: e.handlerId,
        handlerName: e.handler.name,
        state: e.state,
        runs: e.runs,
        hostCount: (e.hostIds as string[]).length,
        variants: storedVariants.parse(e.variants).map((v) => v.label),
        createdAt: e.createdAt,
        createdBy: e.createdBy,
      })),
      nextCursor: rows.length > input.limit ? (rows[input.limit - 1]?.id ?? null) : null,
    };
  });

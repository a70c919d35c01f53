import { z } from "zod";
import { notFound } from "../../../server/errors.ts";
import { projectQuery } from "../../../server/trpc.ts";
import { presented, presentTrace } from "./present-trace.ts";

export const get = projectQuery("viewer")
  .input(z.object({ traceId: z.string() }))
  .query(async ({ ctx, input }) => {
    const row = await ctx.db.trace.findUnique({ where: { id: input.traceId }, include: presented });
    if (!row) throw notFound("Trace", input.traceId);
    return presentTrace(row);
  });

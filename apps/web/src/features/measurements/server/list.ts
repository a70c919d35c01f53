import { z } from "zod";
import { projectQuery } from "../../../server/trpc.ts";
import { presentMeasurement } from "./present-measurement.ts";

export const list = projectQuery("viewer")
  .input(z.object({ handlerId: z.string().optional(), limit: z.number().int().min(1).max(100).default(10) }))
  .query(async ({ ctx, input }) => {
    const rows = await ctx.db.measurement.findMany({
      where: input.handlerId ? { handlerId: input.handlerId } : {},
      orderBy: { id: "desc" },
      take: input.limit,
      include: { host: true },
    });
    return Promise.all(rows.map((row) => presentMeasurement(ctx.app, row)));
  });

import { z } from "zod";
import { notFound } from "../../../server/errors.ts";
import { projectQuery } from "../../../server/trpc.ts";
import { presentMeasurement } from "./present-measurement.ts";

export const get = projectQuery("viewer")
  .input(z.object({ measurementId: z.string() }))
  .query(async ({ ctx, input }) => {
    const row = await ctx.db.measurement.findUnique({ where: { id: input.measurementId }, include: { host: true } });
    if (!row) throw notFound("Measurement", input.measurementId);
    return presentMeasurement(ctx.app, row);
  });

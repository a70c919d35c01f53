import { z } from "zod";
import { notFound } from "../../../server/errors.ts";
import { projectQuery } from "../../../server/trpc.ts";
import { presentMeasurement } from "./present-measurement.ts";

const safetyPollMs = 3_000;

/** The order at every change, until it ends. */
export const progress = projectQuery("viewer")
  .input(z.object({ measurementId: z.string() }))
  .subscription(async function* ({ ctx, input, signal }) {
    for await (const _ of ctx.app.events.turns(`measurement:${input.measurementId}`, safetyPollMs, signal as AbortSignal)) {
      const row = await ctx.db.measurement.findUnique({ where: { id: input.measurementId }, include: { host: true } });
      if (!row) throw notFound("Measurement", input.measurementId);
      yield await presentMeasurement(ctx.app, row);
      if (row.state !== "queued" && row.state !== "running") return;
    }
  });

import { z } from "zod";
import { notFound } from "../../../server/errors.ts";
import { projectQuery } from "../../../server/trpc.ts";
import { presented, presentTrace } from "./present-trace.ts";

const safetyPollMs = 3_000;

/** The order at every change, until it ends. */
export const progress = projectQuery("viewer")
  .input(z.object({ traceId: z.string() }))
  .subscription(async function* ({ ctx, input, signal }) {
    for await (const _ of ctx.app.events.turns(`trace:${input.traceId}`, safetyPollMs, signal as AbortSignal)) {
      const row = await ctx.db.trace.findUnique({ where: { id: input.traceId }, include: presented });
      if (!row) throw notFound("Trace", input.traceId);
      yield presentTrace(row);
      if (row.state !== "queued" && row.state !== "running") return;
    }
  });

import { tracked } from "@trpc/server";
import { z } from "zod";
import { notFound } from "../../../server/errors.ts";
import { projectQuery } from "../../../server/trpc.ts";

const safetyPollMs = 5_000;
const pageLines = 500;

/** A handler's log: the newest `history` lines, then what comes, until the reader leaves. Resumes after the last event id. */
export const logs = projectQuery("viewer")
  .input(
    z.object({
      handlerId: z.string(),
      deploymentId: z.string().optional(),
      history: z.number().int().min(0).max(2_000).default(300),
      lastEventId: z.string().nullish(),
    }),
  )
  .subscription(async function* ({ ctx, input, signal }) {
    const { handlerId, deploymentId } = input;
    if (!(await ctx.db.handler.findUnique({ where: { id: handlerId } }))) throw notFound("Handler", handlerId);
    const filter = { handlerId, ...(deploymentId ? { deploymentId } : {}) };
    let after = Number(input.lastEventId ?? NaN);
    if (!Number.isSafeInteger(after)) {
      const tail = await ctx.db.logLine.findMany({ where: filter, orderBy: { seq: "desc" }, skip: input.history, take: 1, select: { seq: true } });
      after = tail[0]?.seq ?? 0;
    }
    for await (const _ of ctx.app.events.turns(`logs:${handlerId}`, safetyPollMs, signal as AbortSignal)) {
      for (;;) {
        const rows = await ctx.db.logLine.findMany({ where: { ...filter, seq: { gt: after } }, orderBy: { seq: "asc" }, take: pageLines });
        for (const row of rows) {
          after = row.seq;
          const { seq, at, level, source, text, instanceId } = row;
          yield tracked(String(seq), { seq, at, level, source, text, instanceId, deploymentId: row.deploymentId });
        }
        if (rows.length < pageLines) break;
      }
    }
  });

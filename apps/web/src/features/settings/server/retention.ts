/** How long starts are kept one by one, and lines of logs. */
import { z } from "zod";
import { projectMutation, projectQuery } from "../../../server/trpc.ts";

export const retention = projectQuery("viewer").query(async ({ ctx }) => {
  const { samplesKeptDays, samplesKeptFromMs, logsKeptDays } = await ctx.app.db.project.findUniqueOrThrow({ where: { id: ctx.projectId } });
  return { samplesKeptDays, samplesKeptFromMs: samplesKeptFromMs === null ? null : Number(samplesKeptFromMs), logsKeptDays };
});

const days = z.number().int().min(1, "one day at least").max(3_650, "ten years at most").optional();

/** What is older is dropped within minutes and does not come back; figures and charts over older starts stay. What is not given stays as it was. */
export const setRetention = projectMutation("admin", { personOnly: true })
  .input(z.object({ samplesKeptDays: days, logsKeptDays: days }))
  .mutation(async ({ ctx, input }) => {
    const { db } = ctx.app;
    const { name, samplesKeptDays, logsKeptDays } = await db.project.findUniqueOrThrow({ where: { id: ctx.projectId } });
    const to = { samplesKeptDays: input.samplesKeptDays ?? samplesKeptDays, logsKeptDays: input.logsKeptDays ?? logsKeptDays };
    await db.$transaction([
      db.project.update({ where: { id: ctx.projectId }, data: to }),
      ctx.audit(
        { target: { kind: "project", id: ctx.projectId, name }, detail: { ...to, samplesKeptDaysBefore: samplesKeptDays, logsKeptDaysBefore: logsKeptDays } },
        db,
      ),
    ]);
    return to;
  });

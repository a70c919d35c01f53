/** How long starts are kept one by one. */
import { z } from "zod";
import { projectMutation, projectQuery } from "../../../server/trpc.ts";

export const retention = projectQuery("viewer").query(async ({ ctx }) => {
  const { samplesKeptDays, samplesKeptFromMs } = await ctx.app.db.project.findUniqueOrThrow({ where: { id: ctx.projectId } });
  return { samplesKeptDays, samplesKeptFromMs: samplesKeptFromMs === null ? null : Number(samplesKeptFromMs) };
});

/** What is older is dropped within minutes and does not come back; figures and charts over it stay. */
export const setRetention = projectMutation("admin", { personOnly: true })
  .input(z.object({ samplesKeptDays: z.number().int().min(1, "one day at least").max(3_650, "ten years at most") }))
  .mutation(async ({ ctx, input }) => {
    const { db } = ctx.app;
    const { name, samplesKeptDays } = await db.project.findUniqueOrThrow({ where: { id: ctx.projectId } });
    await db.$transaction([
      db.project.update({ where: { id: ctx.projectId }, data: input }),
      ctx.audit({ target: { kind: "project", id: ctx.projectId, name }, detail: { samplesKeptDays: input.samplesKeptDays, from: samplesKeptDays } }, db),
    ]);
    return input;
  });

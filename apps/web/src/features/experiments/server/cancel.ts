import { z } from "zod";
import { AppError, notFound } from "../../../server/errors.ts";
import { projectMutation } from "../../../server/trpc.ts";
import { raiseRevision, wakeHost } from "../../deployments/server/desired-state.ts";

/** Calls an experiment off; what was measured by then stays. */
export const cancel = projectMutation("deployer")
  .input(z.object({ experimentId: z.string() }))
  .mutation(async ({ ctx, input }) => {
    const row = await ctx.db.experiment.findUnique({ where: { id: input.experimentId } });
    if (!row) throw notFound("Experiment", input.experimentId);
    const { app, projectId } = ctx;
    const hostIds = row.hostIds as string[];
    await app.db.$transaction(async (tx) => {
      for (const hostId of hostIds.toSorted()) await raiseRevision(tx, projectId, hostId);
      const { count } = await tx.experiment.updateMany({
        where: { id: row.id, projectId, state: { in: ["preparing", "running"] } },
        data: { state: "cancelled", finishedAt: new Date() },
      });
      if (count === 0) throw new AppError("CONFLICT", `This experiment is ${row.state} already.`);
      // Its orders as they are now: it may have begun since.
      const { measurementIds } = await tx.experiment.findUniqueOrThrow({ where: { id: row.id, projectId } });
      await tx.measurement.updateMany({
        where: { id: { in: measurementIds as string[] }, projectId, state: { in: ["queued", "running"] } },
        data: { state: "cancelled", finishedAt: new Date() },
      });
      await ctx.audit({ target: { kind: "experiment", id: row.id, name: row.name } }, tx);
    });
    for (const hostId of hostIds) wakeHost(app, projectId, hostId);
    return { experimentId: row.id };
  });

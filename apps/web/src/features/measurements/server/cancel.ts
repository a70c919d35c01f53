import { z } from "zod";
import { AppError, notFound } from "../../../server/errors.ts";
import { projectMutation } from "../../../server/trpc.ts";
import { raiseRevision, wakeHost } from "../../deployments/server/desired-state.ts";

/** Takes an order back; samples that came already stay. */
export const cancel = projectMutation("deployer")
  .input(z.object({ measurementId: z.string() }))
  .mutation(async ({ ctx, input }) => {
    const row = await ctx.db.measurement.findUnique({ where: { id: input.measurementId }, include: { handler: true, host: true } });
    if (!row) throw notFound("Measurement", input.measurementId);
    const { app, projectId } = ctx;
    await app.db.$transaction(async (tx) => {
      await raiseRevision(tx, projectId, row.hostId);
      const { count } = await tx.measurement.updateMany({
        where: { id: row.id, projectId, state: { in: ["queued", "running"] } },
        data: { state: "cancelled", finishedAt: new Date() },
      });
      if (count === 0) throw new AppError("CONFLICT", `This measurement has ended already: ${row.state}.`);
      await ctx.audit({ target: { kind: "measurement", id: row.id, name: `${row.handler.name} on ${row.host.name}` } }, tx);
    });
    wakeHost(app, projectId, row.hostId);
    app.events.notify(`measurement:${row.id}`);
    return { measurementId: row.id };
  });

import { z } from "zod";
import { AppError, notFound } from "../../../server/errors.ts";
import { projectMutation } from "../../../server/trpc.ts";
import { raiseRevision, wakeHost } from "../../deployments/server/desired-state.ts";

/** Takes an order back. */
export const cancel = projectMutation("deployer")
  .input(z.object({ traceId: z.string() }))
  .mutation(async ({ ctx, input }) => {
    const row = await ctx.db.trace.findUnique({ where: { id: input.traceId }, include: { build: { include: { handler: true } }, host: true } });
    if (!row) throw notFound("Trace", input.traceId);
    const { app, projectId } = ctx;
    await app.db.$transaction(async (tx) => {
      await raiseRevision(tx, projectId, row.hostId);
      const { count } = await tx.trace.updateMany({
        where: { id: row.id, projectId, state: { in: ["queued", "running"] } },
        data: { state: "cancelled", finishedAt: new Date() },
      });
      if (count === 0) throw new AppError("CONFLICT", `This trace has ended already: ${row.state}.`);
      await ctx.audit({ target: { kind: "trace", id: row.id, name: `${row.build.handler.name} on ${row.host.name}` } }, tx);
    });
    wakeHost(app, projectId, row.hostId);
    app.events.notify(`trace:${row.id}`);
    return { traceId: row.id };
  });

import { z } from "zod";
import { AppError, notFound } from "../../../server/errors.ts";
import { projectMutation } from "../../../server/trpc.ts";
import { raiseRevision, wakeHost } from "./desired-state.ts";

/** Takes a handler off a host. */
export const stop = projectMutation("deployer")
  .input(z.object({ deploymentId: z.string() }))
  .mutation(async ({ ctx, input }) => {
    const deployment = await ctx.db.deployment.findUnique({ where: { id: input.deploymentId }, include: { handler: true, host: true } });
    if (!deployment) throw notFound("Deployment", input.deploymentId);
    if (deployment.state !== "active") throw new AppError("CONFLICT", `This deployment is ${deployment.state} already.`);
    const { app, projectId } = ctx;
    const { id, handlerId, hostId } = deployment;
    const ended = { state: "stopped", endedAt: new Date() } as const;
    await app.db.$transaction(async (tx) => {
      await raiseRevision(tx, projectId, hostId);
      const { count } = await tx.deployment.updateMany({ where: { id, projectId, state: "active" }, data: ended });
      if (count === 0) throw new AppError("CONFLICT", "This deployment has just been replaced or stopped.");
      // A canary of nothing is none.
      if (deployment.role === "primary")
        await tx.deployment.updateMany({ where: { projectId, handlerId, hostId, state: "active", role: "canary" }, data: ended });
      await ctx.audit({ target: { kind: "deployment", id, name: `${deployment.handler.name} on ${deployment.host.name}` } }, tx);
    });
    wakeHost(app, projectId, hostId);
    return { deploymentId: deployment.id };
  });

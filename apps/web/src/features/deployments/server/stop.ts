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
    const [, { count }] = await app.db.$transaction([
      raiseRevision(app.db, projectId, deployment.hostId),
      app.db.deployment.updateMany({ where: { id: deployment.id, projectId, state: "active" }, data: { state: "stopped", endedAt: new Date() } }),
      // A canary of nothing is none.
      app.db.deployment.updateMany({
        where: { projectId, handlerId: deployment.handlerId, hostId: deployment.hostId, state: "active", role: deployment.role === "primary" ? "canary" : "" },
        data: { state: "stopped", endedAt: new Date() },
      }),
    ]);
    if (count === 0) throw new AppError("CONFLICT", "This deployment has just been replaced or stopped.");
    wakeHost(app, projectId, deployment.hostId);
    await ctx.audit({ target: { kind: "deployment", id: deployment.id, name: `${deployment.handler.name} on ${deployment.host.name}` } });
    return { deploymentId: deployment.id };
  });

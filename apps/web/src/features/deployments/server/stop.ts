import { z } from "zod";
import { AppError, notFound } from "../../../server/errors.ts";
import { projectMutation } from "../../../server/trpc.ts";
import { bumpRevision } from "./desired-state.ts";

/** Takes a handler off a host. */
export const stop = projectMutation("deployer")
  .input(z.object({ deploymentId: z.string() }))
  .mutation(async ({ ctx, input }) => {
    const deployment = await ctx.db.deployment.findUnique({ where: { id: input.deploymentId }, include: { handler: true, host: true } });
    if (!deployment) throw notFound("Deployment", input.deploymentId);
    if (deployment.state !== "active") throw new AppError("CONFLICT", `This deployment is ${deployment.state} already.`);
    await ctx.db.deployment.update({ where: { id: deployment.id }, data: { state: "stopped", endedAt: new Date() } });
    await bumpRevision(ctx.app, ctx.projectId, deployment.hostId);
    await ctx.audit({ target: { kind: "deployment", id: deployment.id, name: `${deployment.handler.name} on ${deployment.host.name}` } });
    return { deploymentId: deployment.id };
  });

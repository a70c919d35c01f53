import { z } from "zod";
import { AppError, notFound } from "../../../server/errors.ts";
import { projectMutation } from "../../../server/trpc.ts";
import { deployBuild, routesOf } from "./create.ts";

/** Puts back what an active deployment replaced: the same build with the same settings on the same host. Nothing is built. */
export const rollback = projectMutation("deployer")
  .input(z.object({ deploymentId: z.string() }))
  .mutation(async ({ ctx, input }) => {
    const now = await ctx.db.deployment.findUnique({ where: { id: input.deploymentId } });
    if (!now) throw notFound("Deployment", input.deploymentId);
    if (now.state !== "active") throw new AppError("CONFLICT", `This deployment is ${now.state}; only an active one can be rolled back.`);
    if (now.role !== "primary") throw new AppError("CONFLICT", `This is a ${now.role}: it replaced nothing.`);
    const before = now.replacesId ? await ctx.db.deployment.findUnique({ where: { id: now.replacesId } }) : null;
    if (!before) throw new AppError("CONFLICT", "This deployment replaced none: there is nothing to go back to.");
    const { buildId, hostId, port, minInstances, maxInstances, idleSeconds, placement } = before;
    const routes = routesOf(before.routes);
    const sealedEnv = before.env as Record<string, string>;
    const allowFetch = z.array(z.string()).parse(before.allowFetch);
    return deployBuild(ctx, { buildId, hostId, port, allowFetch, sealedEnv, minInstances, maxInstances, idleSeconds, placement, ...routes });
  });

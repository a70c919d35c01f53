import { z } from "zod";
import { notFound } from "../../../server/errors.ts";
import { projectQuery } from "../../../server/trpc.ts";
import { deploymentInclude, presentDeployment } from "./present-deployment.ts";

export const get = projectQuery("viewer")
  .input(z.object({ deploymentId: z.string() }))
  .query(async ({ ctx, input }) => {
    const row = await ctx.db.deployment.findUnique({ where: { id: input.deploymentId }, include: deploymentInclude });
    if (!row) throw notFound("Deployment", input.deploymentId);
    return presentDeployment(row);
  });

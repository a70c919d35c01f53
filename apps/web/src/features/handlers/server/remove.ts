import { z } from "zod";
import { AppError, notFound } from "../../../server/errors.ts";
import { projectMutation } from "../../../server/trpc.ts";

/** Deletes a handler with its versions, builds and past deployments. Refused while it is deployed. Samples stay. */
export const remove = projectMutation("deployer")
  .input(z.object({ handlerId: z.string() }))
  .mutation(async ({ ctx, input }) => {
    const handler = await ctx.db.handler.findUnique({ where: { id: input.handlerId } });
    if (!handler) throw notFound("Handler", input.handlerId);
    const active = await ctx.db.deployment.count({ where: { handlerId: handler.id, state: "active" } });
    if (active > 0) throw new AppError("CONFLICT", `"${handler.name}" is deployed. Stop its deployments first.`);
    await ctx.db.$transaction([
      ctx.db.handler.delete({ where: { id: handler.id } }),
      ctx.audit({ target: { kind: "handler", id: handler.id, name: handler.name } }),
    ]);
    return { handlerId: handler.id };
  });

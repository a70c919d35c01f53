import { z } from "zod";
import { AppError, notFound } from "../../../server/errors.ts";
import { projectMutation } from "../../../server/trpc.ts";

/** Shuts a host's agent out: its token stops working. Refused while handlers are deployed there. */
export const remove = projectMutation("admin")
  .input(z.object({ hostId: z.string() }))
  .mutation(async ({ ctx, input }) => {
    const host = await ctx.db.host.findUnique({ where: { id: input.hostId } });
    if (!host || host.removedAt) throw notFound("Host", input.hostId);
    const active = await ctx.db.deployment.count({ where: { hostId: host.id, state: "active" } });
    if (active > 0) throw new AppError("CONFLICT", `${active} deployment${active === 1 ? " is" : "s are"} active on "${host.name}". Stop them first.`);
    await ctx.db.$transaction([
      ctx.db.host.update({ where: { id: host.id }, data: { removedAt: new Date() } }),
      ctx.audit({ target: { kind: "host", id: host.id, name: host.name } }),
    ]);
    ctx.app.events.notify(`host:${host.id}`);
    return { hostId: host.id };
  });

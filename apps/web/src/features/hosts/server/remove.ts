import { z } from "zod";
import { AppError, notFound } from "../../../server/errors.ts";
import { projectMutation } from "../../../server/trpc.ts";

/** Why an order to a host that is no more has failed. */
export const removedHostError = "The host was removed.";

/** Shuts a host's agent out: its token stops working, and what it was ordered has failed. Refused while handlers are deployed there. */
export const remove = projectMutation("admin")
  .input(z.object({ hostId: z.string() }))
  .mutation(async ({ ctx, input }) => {
    const host = await ctx.db.host.findUnique({ where: { id: input.hostId } });
    if (!host || host.removedAt) throw notFound("Host", input.hostId);
    const active = await ctx.db.deployment.count({ where: { hostId: host.id, state: "active" } });
    if (active > 0) throw new AppError("CONFLICT", `${active} deployment${active === 1 ? " is" : "s are"} active on "${host.name}". Stop them first.`);
    const now = new Date();
    const open = { hostId: host.id, state: { in: ["queued" as const, "running" as const] } };
    const failed = { state: "failed" as const, error: removedHostError, finishedAt: now };
    await ctx.db.$transaction([
      ctx.db.host.update({ where: { id: host.id }, data: { removedAt: now } }),
      ctx.db.measurement.updateMany({ where: open, data: failed }),
      ctx.db.trace.updateMany({ where: open, data: failed }),
      ctx.audit({ target: { kind: "host", id: host.id, name: host.name } }),
    ]);
    ctx.app.events.notify(`host:${host.id}`);
    ctx.app.events.notify("automation");
    ctx.app.events.notify(`project:${ctx.projectId}`);
    return { hostId: host.id };
  });

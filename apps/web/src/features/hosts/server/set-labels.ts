import { z } from "zod";
import { notFound } from "../../../server/errors.ts";
import { projectMutation } from "../../../server/trpc.ts";
import { labelsInput, labelsText } from "../../deployments/helpers/settings.ts";

/** Gives a host its labels, in place of those it had: what is placed by them comes and goes. */
export const setLabels = projectMutation("admin")
  .input(z.object({ hostId: z.string(), labels: labelsInput }))
  .mutation(async ({ ctx, input }) => {
    const host = await ctx.db.host.findUnique({ where: { id: input.hostId } });
    if (!host || host.removedAt) throw notFound("Host", input.hostId);
    await ctx.db.$transaction([
      ctx.db.host.update({ where: { id: host.id }, data: { labels: input.labels } }),
      ctx.audit({ target: { kind: "host", id: host.id, name: host.name }, detail: { labels: labelsText(input.labels) } }),
    ]);
    ctx.app.events.notify("automation");
    ctx.app.events.notify(`project:${ctx.projectId}`);
    return { hostId: host.id };
  });

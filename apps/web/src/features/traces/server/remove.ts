import { z } from "zod";
import { AppError, notFound } from "../../../server/errors.ts";
import { projectMutation } from "../../../server/trpc.ts";
import { removeContent } from "./retention.ts";

export const remove = projectMutation("deployer")
  .input(z.object({ traceId: z.string() }))
  .mutation(async ({ ctx, input }) => {
    const row = await ctx.db.trace.findUnique({ where: { id: input.traceId }, include: { build: { include: { handler: true } }, host: true } });
    if (!row) throw notFound("Trace", input.traceId);
    if (row.state === "queued" || row.state === "running") throw new AppError("CONFLICT", "This trace is being recorded. Cancel it first.");
    await ctx.db.$transaction([
      ctx.db.trace.delete({ where: { id: row.id } }),
      ctx.audit({ target: { kind: "trace", id: row.id, name: `${row.build.handler.name} on ${row.host.name}` } }),
    ]);
    await removeContent(ctx.app, row.contentSha256);
    ctx.app.events.notify(`project:${ctx.projectId}`);
    return { traceId: row.id };
  });

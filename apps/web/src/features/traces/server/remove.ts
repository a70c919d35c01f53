import { z } from "zod";
import { AppError, notFound } from "../../../server/errors.ts";
import { projectMutation } from "../../../server/trpc.ts";
import { remove as removeTraces } from "./retention.ts";

export const remove = projectMutation("deployer")
  .input(z.object({ traceId: z.string() }))
  .mutation(async ({ ctx, input }) => {
    const row = await ctx.db.trace.findUnique({ where: { id: input.traceId }, include: { build: { include: { handler: true } }, host: true } });
    if (!row) throw notFound("Trace", input.traceId);
    if (row.state === "queued" || row.state === "running") throw new AppError("CONFLICT", "This trace is being recorded. Cancel it first.");
    await removeTraces(ctx.app, [row]);
    ctx.app.events.notify(`project:${ctx.projectId}`);
    await ctx.audit({ target: { kind: "trace", id: row.id, name: `${row.build.handler.name} on ${row.host.name}` } });
    return { traceId: row.id };
  });

import { z } from "zod";
import { projectQuery } from "../../../server/trpc.ts";

/** Every change, newest first, paged by the last id of the page before. */
export const auditLog = projectQuery("admin")
  .input(z.object({ limit: z.number().int().min(1).max(200).default(50), cursor: z.string().optional() }))
  .query(async ({ ctx, input }) => {
    const rows = await ctx.db.auditEvent.findMany({ where: input.cursor ? { id: { lt: input.cursor } } : {}, orderBy: { id: "desc" }, take: input.limit + 1 });
    const events = rows.slice(0, input.limit).map(({ id, at, actorKind, actorName, action, targetKind, targetId, targetName, detail }) => ({
      id,
      at,
      actorKind,
      actorName,
      action,
      targetKind,
      targetId,
      targetName,
      detail: detail as Record<string, string | number | boolean | null>,
    }));
    return { events, nextCursor: rows.length > input.limit ? (events.at(-1)?.id ?? null) : null };
  });

import { tracked } from "@trpc/server";
import { z } from "zod";
import type { TenantDb } from "../../../server/db/tenant.ts";
import { notFound } from "../../../server/errors.ts";
import { projectQuery } from "../../../server/trpc.ts";

const safetyPollMs = 5_000;
const pageLines = 500;
/** How far back a search looks for its first lines. */
const searchedLines = 20_000;

type Filter = { search?: string | undefined; level?: string | undefined };
const matches = ({ search, level }: Filter) => {
  const wanted = search?.toLowerCase() ?? "";
  return (line: { text: string; level: string }) =>
    (level === undefined || line.level === level) && (wanted === "" || line.text.toLowerCase().includes(wanted));
};

/**
 * A handler's log: the newest `history` lines, then what comes, until the reader leaves. Resumes after the last event id. With a search or a
 * level only lines that match, the first ones from the newest 20,000.
 */
export const logs = projectQuery("viewer")
  .input(
    z.object({
      handlerId: z.string(),
      deploymentId: z.string().optional(),
      instanceId: z.string().optional(),
      search: z.string().max(200).optional(),
      level: z.enum(["debug", "info", "warn", "error"]).optional(),
      history: z.number().int().min(0).max(2_000).default(300),
      lastEventId: z.string().nullish(),
    }),
  )
  .subscription(async function* ({ ctx, input, signal }) {
    const { handlerId, deploymentId, instanceId } = input;
    if (!(await ctx.db.handler.findUnique({ where: { id: handlerId } }))) throw notFound("Handler", handlerId);
    const filter = { handlerId, ...(deploymentId ? { deploymentId } : {}), ...(instanceId ? { instanceId } : {}) };
    const isWanted = matches(input);
    let after = Number(input.lastEventId ?? NaN);
    if (!Number.isSafeInteger(after)) {
      after = await beforeHistory(ctx.db, filter, isWanted, input.history);
    }
    for await (const _ of ctx.app.events.turns(`logs:${handlerId}`, safetyPollMs, signal as AbortSignal)) {
      for (;;) {
        const rows = await ctx.db.logLine.findMany({ where: { ...filter, seq: { gt: after } }, orderBy: { seq: "asc" }, take: pageLines });
        for (const row of rows) {
          after = row.seq;
          if (!isWanted(row)) continue;
          const { seq, at, level, source, text, instanceId } = row;
          yield tracked(String(seq), { seq, at, level, source, text, instanceId, deploymentId: row.deploymentId });
        }
        if (rows.length < pageLines) break;
      }
    }
  });

/** The line before the newest `history` ones that are wanted; 0 when all are. */
async function beforeHistory(
  db: TenantDb,
  filter: { handlerId: string; deploymentId?: string; instanceId?: string },
  isWanted: (line: { text: string; level: string }) => boolean,
  history: number,
): Promise<number> {
  let found = 0;
  let before: number | undefined;
  for (let seen = 0; seen < searchedLines;) {
    const rows = await db.logLine.findMany({
      where: { ...filter, ...(before === undefined ? {} : { seq: { lt: before } }) },
      orderBy: { seq: "desc" },
      take: pageLines,
      select: { seq: true, text: true, level: true },
    });
    for (const row of rows) if (isWanted(row) && ++found > history) return row.seq;
    if (rows.length < pageLines) return 0;
    before = rows.at(-1)!.seq;
    seen += rows.length;
  }
  return (before ?? 1) - 1;
}

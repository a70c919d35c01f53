import { z } from "zod";
import { listSamples } from "../../../server/db/newest.ts";
import { projectQuery } from "../../../server/trpc.ts";
import { sampleFilter } from "../helpers/filter.ts";
import { withHostNames } from "./present-sample.ts";

/** Starts, newest first, paged by cursor. */
export const list = projectQuery("viewer")
  .input(sampleFilter.extend({ limit: z.number().int().min(1).max(500).default(60), cursor: z.object({ startedAtMs: z.number(), id: z.string() }).optional() }))
  .query(async ({ ctx, input }) => {
    const { limit, cursor, ...filter } = input;
    const rows = await listSamples(ctx.app.db, ctx.projectId, filter, limit + 1, cursor);
    const last = rows.length > limit ? rows[limit - 1] : undefined;
    return { samples: await withHostNames(ctx.db, rows.slice(0, limit)), nextCursor: last ? { startedAtMs: last.startedAtMs, id: last.id } : null };
  });

import { z } from "zod";
import { projectQuery } from "../../../server/trpc.ts";
import { buildInclude, presentBuild } from "./present-build.ts";

const stateName = z.enum(["queued", "running", "succeeded", "failed", "cancelled"]);

/** Newest first, paged by the last id of the page before. */
export const list = projectQuery("viewer")
  .input(
    z.object({
      handlerId: z.string().optional(),
      versionId: z.string().optional(),
      state: stateName.optional(),
      limit: z.number().int().min(1).max(200).default(50),
      cursor: z.string().optional(),
    }),
  )
  .query(async ({ ctx, input }) => {
    const { handlerId, versionId, state, limit, cursor } = input;
    const rows = await ctx.db.build.findMany({
      where: {
        ...(handlerId ? { handlerId } : {}),
        ...(versionId ? { versionId } : {}),
        ...(state ? { state } : {}),
        ...(cursor ? { id: { lt: cursor } } : {}),
      },
      orderBy: { id: "desc" },
      take: limit + 1,
      include: buildInclude,
    });
    return { builds: rows.slice(0, limit).map(presentBuild), nextCursor: rows.length > limit ? (rows[limit - 1]?.id ?? null) : null };
  });

import { z } from "zod";
import { projectQuery } from "../../../server/trpc.ts";
import { deploymentInclude, presentDeployment } from "./present-deployment.ts";

/** Newest first, paged by the last id of the page before. */
export const list = projectQuery("viewer")
  .input(
    z.object({
      handlerId: z.string().optional(),
      hostId: z.string().optional(),
      activeOnly: z.boolean().default(false),
      limit: z.number().int().min(1).max(200).default(50),
      cursor: z.string().optional(),
    }),
  )
  .query(async ({ ctx, input }) => {
    const { handlerId, hostId, activeOnly, limit, cursor } = input;
    const rows = await ctx.db.deployment.findMany({
      where: {
        ...(handlerId ? { handlerId } : {}),
        ...(hostId ? { hostId } : {}),
        ...(activeOnly ? { state: "active" } : {}),
        ...(cursor ? { id: { lt: cursor } } : {}),
      },
      orderBy: { id: "desc" },
      take: limit + 1,
      include: deploymentInclude,
    });
    return { deployments: rows.slice(0, limit).map(presentDeployment), nextCursor: rows.length > limit ? (rows[limit - 1]?.id ?? null) : null };
  });

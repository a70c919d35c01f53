import { z } from "zod";
import { notFound } from "../../../server/errors.ts";
import { projectQuery } from "../../../server/trpc.ts";

/** One handler, by id or by name (what the CLI has), with its versions, newest first. */
export const get = projectQuery("viewer")
  .input(z.union([z.object({ handlerId: z.string() }), z.object({ name: z.string() })]))
  .query(async ({ ctx, input }) => {
    const handler = await ctx.db.handler.findFirst({
      where: "name" in input ? { name: input.name } : { id: input.handlerId },
      include: { versions: { orderBy: { number: "desc" }, take: 100, include: { _count: { select: { builds: true } } } } },
    });
    if (!handler) throw notFound("Handler", "name" in input ? input.name : input.handlerId);
    return {
      id: handler.id,
      name: handler.name,
      createdAt: handler.createdAt,
      updatedAt: handler.updatedAt,
      versions: handler.versions.map((v) => ({
        id: v.id,
        number: v.number,
        entry: v.entry,
        sourceBytes: v.sourceBytes,
        createdAt: v.createdAt,
        createdBy: v.createdBy,
        digest: v.digest,
        buildCount: v._count.builds,
      })),
    };
  });

import { z } from "zod";
import { AppError, notFound } from "../../../server/errors.ts";
import { projectQuery } from "../../../server/trpc.ts";
import { readTrace } from "./content.ts";

/** The trace itself (StartTrace). */
export const read = projectQuery("viewer")
  .input(z.object({ traceId: z.string() }))
  .query(async ({ ctx, input }) => {
    const row = await ctx.db.trace.findUnique({ where: { id: input.traceId } });
    if (!row) throw notFound("Trace", input.traceId);
    if (row.contentSha256 === null) throw new AppError("CONFLICT", `This trace has nothing to show: it is ${row.state}.`);
    return readTrace(ctx.app, row.contentSha256);
  });

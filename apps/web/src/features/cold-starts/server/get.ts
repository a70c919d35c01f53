import { z } from "zod";
import { getSample } from "../../../server/db/dialect.ts";
import { notFound } from "../../../server/errors.ts";
import { projectQuery } from "../../../server/trpc.ts";
import { withHostNames } from "./present-sample.ts";

/** One start, for its waterfall. */
export const get = projectQuery("viewer")
  .input(z.object({ sampleId: z.string() }))
  .query(async ({ ctx, input }) => {
    const row = await getSample(ctx.app.db, ctx.projectId, input.sampleId);
    const [sample] = row ? await withHostNames(ctx.db, [row]) : [];
    if (!sample) throw notFound("Start", input.sampleId);
    return sample;
  });

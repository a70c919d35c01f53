import { z } from "zod";
import { notFound } from "../../../server/errors.ts";
import { projectQuery } from "../../../server/trpc.ts";
import { buildInclude, presentBuild } from "./present-build.ts";

/** The build once it has ended, or as it is when the time is over: what CI waits with. */
export const wait = projectQuery("viewer")
  .input(z.object({ buildId: z.string(), timeoutSeconds: z.number().min(0).max(60).default(30) }))
  .query(async ({ ctx, input, signal }) => {
    const deadline = Date.now() + input.timeoutSeconds * 1000;
    for (;;) {
      // Listening begins before the state is read, so that an end in between is not missed.
      const stop = new AbortController();
      const change = ctx.app.events.wait(`build:${input.buildId}`, Math.max(0, Math.min(5_000, deadline - Date.now())), stop.signal);
      const row = await ctx.db.build.findUnique({ where: { id: input.buildId }, include: buildInclude });
      const isOver = !row || (row.state !== "queued" && row.state !== "running") || Date.now() >= deadline || signal?.aborted;
      if (isOver) stop.abort();
      if (!row) throw notFound("Build", input.buildId);
      if (isOver) return presentBuild(row);
      await change;
    }
  });

import { z } from "zod";
import { AppError, notFound } from "../../../server/errors.ts";
import { projectMutation } from "../../../server/trpc.ts";

/** Stops a build that has not ended. */
export const cancel = projectMutation("deployer")
  .input(z.object({ buildId: z.string() }))
  .mutation(async ({ ctx, input }) => {
    const build = await ctx.db.build.findUnique({ where: { id: input.buildId }, include: { handler: true } });
    if (!build) throw notFound("Build", input.buildId);
    if (build.state !== "queued" && build.state !== "running") throw new AppError("CONFLICT", `This build has ended already: it ${build.state}.`);
    await ctx.app.db.$transaction(async (tx) => {
      const { count } = await tx.build.updateMany({
        where: { id: build.id, projectId: ctx.projectId, state: { in: ["queued", "running"] } },
        data: { state: "cancelled", finishedAt: new Date(), error: build.state === "queued" ? "Cancelled before it began." : "Cancelled." },
      });
      if (count === 0) throw new AppError("CONFLICT", "This build has just ended.");
      await ctx.audit({ target: { kind: "build", id: build.id, name: `${build.handler.name} ${build.target} ${build.mode}` } }, tx);
    });
    // Whichever replica runs it lets go.
    ctx.app.events.notify(`cancel:${build.id}`);
    ctx.app.events.notify(`build:${build.id}`);
    ctx.app.events.notify("automation");
    return { buildId: build.id };
  });

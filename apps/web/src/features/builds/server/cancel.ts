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
    await ctx.db.build.updateMany({
      where: { id: build.id, state: "queued" },
      data: { state: "cancelled", finishedAt: new Date(), error: "Cancelled before it began." },
    });
    ctx.app.builds.cancel(build.id);
    ctx.app.events.notify(`build:${build.id}`);
    await ctx.audit({ target: { kind: "build", id: build.id, name: `${build.handler.name} ${build.target} ${build.mode}` } });
    return { buildId: build.id };
  });

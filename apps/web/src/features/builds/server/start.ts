import { launchMode, launchModes, modeProblem, primeProblem, targetTriple, targets } from "@zerostart/protocol";
import { z } from "zod";
import { AppError, notFound } from "../../../server/errors.ts";
import { newId } from "../../../server/ids.ts";
import { projectMutation } from "../../../server/trpc.ts";
import { primeInput, primeText } from "../helpers/prime.ts";

/** Queues a build for every target and mode of a version (the newest of a handler unless named); pairs that cannot be are answered, with the reason. */
export const start = projectMutation("deployer")
  .input(
    z.object({
      handlerId: z.string(),
      versionId: z.string().optional(),
      targets: z.array(targetTriple).min(1, "at least one target"),
      modes: z.array(launchMode).min(1, "at least one launch mode"),
      /** Asked for when a snapshot is made. Modes without one are skipped then. */
      prime: primeInput.default([]),
    }),
  )
  .mutation(async ({ ctx, input }) => {
    const { app, db, projectId } = ctx;
    for (const target of input.targets) {
      if (!targets.find((t) => t.triple === target)?.available) throw new AppError("INVALID", `The target ${target} cannot be built yet.`);
    }
    for (const mode of input.modes) {
      if (!launchModes.find((m) => m.name === mode)?.available) throw new AppError("INVALID", `The launch mode ${mode} cannot be built yet.`);
    }
    const version = await db.handlerVersion.findFirst({
      where: { handlerId: input.handlerId, ...(input.versionId ? { id: input.versionId } : {}) },
      orderBy: { number: "desc" },
      include: { handler: true },
    });
    if (!version) throw notFound("Version", input.versionId ?? `of handler ${input.handlerId}`);
    const pairs = [...new Set(input.targets)].flatMap((target) =>
      [...new Set(input.modes)].map((mode) => ({ target, mode, why: modeProblem(mode, target) ?? primeProblem(input.prime, mode) })),
    );
    const skipped = pairs.flatMap(({ target, mode, why }) => (why ? [{ target, mode, why }] : []));
    if (skipped.length === pairs.length) throw new AppError("CONFLICT", skipped.map(({ why }) => `${why}.`).join(" "));
    const builds = pairs
      .filter(({ why }) => !why)
      .map(({ target, mode }) => ({
        id: newId("bld"),
        projectId,
        handlerId: version.handlerId,
        versionId: version.id,
        target,
        mode,
        prime: primeText(input.prime),
        diagnostics: [],
        sections: [],
        createdBy: ctx.actor.name,
      }));
    await app.db.$transaction(async (tx) => {
      await tx.build.createMany({ data: builds });
      await app.jobs.enqueue(
        tx,
        builds.map((b) => b.id),
      );
      const detail = {
        version: version.number,
        targets: input.targets.join(", "),
        modes: input.modes.join(", "),
        ...(input.prime.length > 0 ? { primed: input.prime.join(", ") } : {}),
      };
      await ctx.audit({ target: { kind: "handler", id: version.handlerId, name: version.handler.name }, detail }, tx);
    });
    app.events.notify("jobs");
    app.events.notify(`project:${projectId}`);
    return { builds: builds.map(({ id, target, mode }) => ({ buildId: id, target, mode })), skipped };
  });

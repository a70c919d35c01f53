import { z } from "zod";
import { AppError, notFound } from "../../../server/errors.ts";
import { newId } from "../../../server/ids.ts";
import { projectMutation } from "../../../server/trpc.ts";
import { isForOtherRuntimes, otherRuntimesRefusal } from "../../builds/helpers/pipeline-types.ts";
import { ableHost } from "../../hosts/server/able-host.ts";
import { raiseRevision, wakeHost } from "../../deployments/server/desired-state.ts";

/** Orders starts of one or more builds of a handler on a host: `runs` each after `warmup` that are dropped, interleaved. */
export const create = projectMutation("deployer")
  .input(
    z.object({
      buildIds: z.array(z.string()).min(1, "at least one build").max(12),
      hostId: z.string().optional(),
      runs: z.number().int().min(1).max(10_000).default(30),
      warmup: z.number().int().min(0).max(1_000).default(3),
      path: z.string().startsWith("/").max(2_048).default("/"),
    }),
  )
  .mutation(async ({ ctx, input }) => {
    const { db, projectId } = ctx;
    const buildIds = [...new Set(input.buildIds)];
    const builds = await db.build.findMany({ where: { id: { in: buildIds } }, include: { artifact: true, handler: true } });
    for (const id of buildIds) {
      const build = builds.find((b) => b.id === id);
      if (!build) throw notFound("Build", id);
      if (!build.artifact) throw new AppError("CONFLICT", `Build ${id} has no artifact: it is ${build.state}.`);
      if (isForOtherRuntimes(build)) throw new AppError("CONFLICT", otherRuntimesRefusal);
    }
    const first = builds[0] as (typeof builds)[number];
    if (builds.some((b) => b.handlerId !== first.handlerId)) throw new AppError("INVALID", "The builds of one measurement belong to one handler.");
    const host = await ableHost(
      db,
      input.hostId,
      (runs) => builds.every((b) => runs.some((e) => e.target === b.target && (b.artifact?.executor === "portable") === (e.executor === "portable"))),
      `${input.hostId ? "That host cannot" : "No host can"} run all of these builds.`,
    );
    const artifactIds = buildIds.map((id) => builds.find((b) => b.id === id)?.artifact?.id as string);
    const id = newId("msr");
    const { app } = ctx;
    await app.db.$transaction([
      raiseRevision(app.db, projectId, host.id),
      app.db.measurement.create({
        data: {
          id,
          projectId,
          handlerId: first.handlerId,
          hostId: host.id,
          runs: input.runs,
          warmup: input.warmup,
          path: input.path,
          artifactIds,
          createdBy: ctx.actor.name,
        },
      }),
      ctx.audit(
        {
          target: { kind: "measurement", id, name: `${first.handler.name} on ${host.name}` },
          detail: { runs: input.runs, warmup: input.warmup, builds: buildIds.length },
        },
        app.db,
      ),
    ]);
    wakeHost(app, projectId, host.id);
    return { measurementId: id, handlerId: first.handlerId, hostId: host.id, hostName: host.name };
  });

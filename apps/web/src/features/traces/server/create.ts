import { isPooled, knobs, type LaunchMode } from "@zerostart/protocol";
import { z } from "zod";
import { AppError, notFound } from "../../../server/errors.ts";
import { newId } from "../../../server/ids.ts";
import { projectMutation } from "../../../server/trpc.ts";
import { isForOtherRuntimes, otherRuntimesRefusal } from "../../builds/helpers/pipeline-types.ts";
import { ableHost } from "../../hosts/server/able-host.ts";
import { raiseRevision, wakeHost } from "../../deployments/server/desired-state.ts";

/** Orders a host to trace starts of a build. */
export const create = projectMutation("deployer")
  .input(
    z.object({
      buildId: z.string(),
      hostId: z.string().optional(),
      runs: z.number().int().min(10).max(1_000).default(200),
      path: z.string().startsWith("/").max(2_048).default("/"),
      knobs: knobs.omit({ pool: true, prewarm: true }).default({}),
    }),
  )
  .mutation(async ({ ctx, input }) => {
    const { app, db, projectId } = ctx;
    const build = await db.build.findUnique({ where: { id: input.buildId }, include: { artifact: true, handler: true } });
    if (!build) throw notFound("Build", input.buildId);
    const { artifact } = build;
    if (!artifact) throw new AppError("CONFLICT", `Build ${build.id} has no artifact: it is ${build.state}.`);
    if (isForOtherRuntimes(build)) throw new AppError("CONFLICT", otherRuntimesRefusal);
    if (isPooled(build.mode as LaunchMode))
      throw new AppError("CONFLICT", `A start in mode ${build.mode} is a fork of a running process, which cannot be traced. Trace a build of mode snapshot.`);
    if (artifact.executor !== "native") throw new AppError("CONFLICT", "Only a native program can be traced, and this build is none.");
    const host = await ableHost(
      db,
      input.hostId,
      (runs) => runs.some((e) => e.target === build.target && e.executor === "native"),
      `${input.hostId ? "That host does" : "No host does"} not run builds for ${build.target} natively.`,
    );
    const id = newId("trc");
    const { runs, path } = input;
    await app.db.$transaction([
      raiseRevision(app.db, projectId, host.id),
      app.db.trace.create({
        data: {
          id,
          projectId,
          handlerId: build.handlerId,
          buildId: build.id,
          artifactId: artifact.id,
          hostId: host.id,
          runs,
          path,
          knobs: input.knobs,
          createdBy: ctx.actor.name,
        },
      }),
      ctx.audit({ target: { kind: "trace", id, name: `${build.handler.name} on ${host.name}` }, detail: { runs, mode: build.mode } }, app.db),
    ]);
    wakeHost(app, projectId, host.id);
    return { traceId: id, handlerId: build.handlerId, hostId: host.id, hostName: host.name };
  });

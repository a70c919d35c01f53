import { z } from "zod";
import type { App } from "../../../server/app.ts";
import type { Actor, AuditEntry } from "../../../server/audit.ts";
import type { TenantDb } from "../../../server/db/tenant.ts";
import { AppError, notFound } from "../../../server/errors.ts";
import { newId } from "../../../server/ids.ts";
import { projectMutation } from "../../../server/trpc.ts";
import { envName, sealEnv } from "../../variables/server/env.ts";
import { raiseRevision, wakeHost } from "./desired-state.ts";

const executors = z.array(z.object({ target: z.string(), executor: z.string() }));

const deployInput = z.object({
  buildId: z.string(),
  hostId: z.string().optional(),
  port: z.number().int().min(0).max(65_535).optional(),
  env: z.record(envName, z.string().max(32_768)).optional(),
});

/** What the service needs of a procedure's context. */
type Scope = { app: App; db: TenantDb; projectId: string; actor: Actor; audit: (entry: AuditEntry) => Promise<void> };

/**
 * Deploys a build to a host (the only one that can run it, unless named) in place of the handler's deployment there.
 * Rolling back is deploying an older build: the artifact is there already, so nothing is built.
 */
export async function deployBuild(ctx: Scope, input: z.infer<typeof deployInput> & { sealedEnv?: Record<string, string> }) {
  const { app, db, projectId } = ctx;
  const build = await db.build.findUnique({ where: { id: input.buildId }, include: { artifact: true, handler: true, version: true } });
  if (!build) throw notFound("Build", input.buildId);
  if (!build.artifact) throw new AppError("CONFLICT", `This build has no artifact: it is ${build.state}.`);
  const { artifact } = build;
  const canRun = (host: { executors: unknown }) =>
    executors.parse(host.executors).some((e) => e.target === build.target && (artifact.executor === "portable") === (e.executor === "portable"));
  const hosts = await db.host.findMany({ where: { removedAt: null } });
  const able = hosts.filter(canRun);
  const host = input.hostId ? hosts.find((h) => h.id === input.hostId) : able[0];
  if (input.hostId && !host) throw notFound("Host", input.hostId);
  if (!host)
    throw new AppError(
      "CONFLICT",
      hosts.length === 0 ? "No host has joined yet. Start an agent (Settings, Agents)." : `No host can run ${build.target}. Build for one of their targets.`,
    );
  if (!canRun(host)) throw new AppError("CONFLICT", `Host "${host.name}" cannot run ${build.target} (${artifact.executor}).`);
  if (!input.hostId && able.length > 1) throw new AppError("INVALID", `Which host? ${able.map((h) => h.name).join(", ")} can all run this build.`);
  const before = await db.deployment.findFirst({ where: { handlerId: build.handlerId, hostId: host.id, state: "active" } });
  const port = input.port ?? before?.port ?? 0;
  if (port !== 0) {
    const taken = await db.deployment.findFirst({
      where: { hostId: host.id, port, state: "active", handlerId: { not: build.handlerId } },
      include: { handler: true },
    });
    if (taken) throw new AppError("CONFLICT", `Port ${port} on ${host.name} belongs to "${taken.handler.name}". Choose another, or 0 to let the agent choose.`);
  }
  const id = newId("dep");
  await app.db.$transaction([
    raiseRevision(app.db, projectId, host.id),
    app.db.deployment.updateMany({
      where: { projectId, handlerId: build.handlerId, hostId: host.id, state: "active" },
      data: { state: "superseded", endedAt: new Date() },
    }),
    app.db.deployment.create({
      data: {
        id,
        projectId,
        handlerId: build.handlerId,
        artifactId: artifact.id,
        buildId: build.id,
        hostId: host.id,
        port,
        env: input.sealedEnv ?? (input.env ? sealEnv(app.vault, build.handlerId, input.env) : ((before?.env as Record<string, string> | undefined) ?? {})),
        replacesId: before?.id ?? null,
        createdBy: ctx.actor.name,
      },
    }),
  ]);
  wakeHost(app, projectId, host.id);
  await ctx.audit({
    target: { kind: "deployment", id, name: `${build.handler.name} on ${host.name}` },
    detail: { version: build.version.number, target: build.target, mode: build.mode, replaces: before?.id ?? null },
  });
  return { deploymentId: id, hostId: host.id, hostName: host.name, handlerId: build.handlerId };
}

export const create = projectMutation("deployer")
  .input(deployInput)
  .mutation(({ ctx, input }) => deployBuild(ctx, input));

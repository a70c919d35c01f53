import { fetchPlace } from "@zerostart/protocol";
import { z } from "zod";
import type { App } from "../../../server/app.ts";
import type { Actor, Audit } from "../../../server/audit.ts";
import type { TenantDb } from "../../../server/db/tenant.ts";
import { AppError, notFound } from "../../../server/errors.ts";
import { newId } from "../../../server/ids.ts";
import { projectMutation } from "../../../server/trpc.ts";
import { isForOtherRuntimes, otherRuntimesRefusal } from "../../builds/helpers/pipeline-types.ts";
import { envName, sealEnv } from "../../variables/server/env.ts";
import { canaryRules, canaryState } from "../helpers/canary.ts";
import { hasLabels, labelsInput, labelsText, mergeScale, routesInput, scaleInput, type Scale } from "../helpers/settings.ts";
import { raiseRevision, wakeHost } from "./desired-state.ts";
import { assertRoutesFree } from "./routes.ts";

const executors = z.array(z.object({ target: z.string(), executor: z.string() }));

const deployInput = scaleInput.extend({
  /** At the front port; those of what runs unless given. */
  routes: routesInput.optional(),
  buildId: z.string(),
  hostId: z.string().optional(),
  /** Instead of a host: every host with these labels, also one that joins later. */
  labels: labelsInput.optional(),
  port: z.number().int().min(0).max(65_535).optional(),
  env: z.record(envName, z.string().max(32_768)).optional(),
  /** Where the handler's `fetch` may reach; as before unless given. */
  allowFetch: z.array(fetchPlace).max(100).optional(),
  /** Beside what runs, with a share of the connections, and promoted or taken back by these rules. */
  canary: canaryRules.optional(),
  /** Beside what runs, at an address of its own, for so long. */
  preview: z.object({ hours: z.number().int().min(1).max(720).default(24) }).optional(),
});
type DeployInput = z.infer<typeof deployInput>;

/** What the service needs of a procedure's context. */
export type DeployScope = { app: App; db: TenantDb; projectId: string; actor: Actor; audit: Audit };

const hourMs = 3_600_000;

/**
 * Deploys a build to a host (the only one that can run it, unless named) in place of the handler's deployment there, or beside it as
 * canary or preview. Rolling back is deploying an older build: the artifact is there already, so nothing is built.
 */
export async function deployBuild(ctx: DeployScope, input: DeployInput & { sealedEnv?: Record<string, string>; placement?: string | null }) {
  const { app, db, projectId } = ctx;
  if (input.canary && input.preview) throw new AppError("INVALID", "A deployment is a canary or a preview, not both.");
  const build = await db.build.findUnique({ where: { id: input.buildId }, include: { artifact: true, handler: true, version: true } });
  if (!build) throw notFound("Build", input.buildId);
  if (!build.artifact) throw new AppError("CONFLICT", `This build has no artifact: it is ${build.state}.`);
  if (isForOtherRuntimes(build)) throw new AppError("CONFLICT", otherRuntimesRefusal);
  const { artifact, handlerId } = build;
  const host = await chooseHost(db, { ...build, artifact }, input.hostId);
  const before = await db.deployment.findFirst({ where: { handlerId, hostId: host.id, state: "active", role: "primary" } });
  if (input.canary && !before)
    throw new AppError("CONFLICT", `${build.handler.name} does not run on ${host.name} yet: there is nothing beside which a canary could be tried.`);
  const role = input.canary ? "canary" : input.preview ? "preview" : "primary";
  const port = role === "preview" ? (input.port ?? 0) : (input.port ?? before?.port ?? 0);
  if (role === "canary" && port !== before?.port) throw new AppError("INVALID", "A canary has the port of what it is tried beside.");
  if (port !== 0) {
    const taken = await db.deployment.findFirst({
      where: { hostId: host.id, port, state: "active", ...(role === "preview" ? {} : { OR: [{ handlerId: { not: handlerId } }, { role: "preview" }] }) },
      include: { handler: true },
    });
    if (taken) throw new AppError("CONFLICT", `Port ${port} on ${host.name} belongs to "${taken.handler.name}". Choose another, or 0 to let the agent choose.`);
  }
  const { routes } = routesOf(input.routes ?? (role === "preview" ? null : (before?.routes ?? null)));
  if (routes) await assertRoutesFree(db, { hostId: host.id, handlerId, role }, routes);
  const once: Scale = { minInstances: role === "preview" ? 0 : 1, maxInstances: 1, idleSeconds: null };
  const scale = mergeScale(input, role === "primary" ? (before ?? once) : once);
  if (typeof scale === "string") throw new AppError("INVALID", scale);
  const id = newId("dep");
  const detail = {
    version: build.version.number,
    target: build.target,
    mode: build.mode,
    role,
    replaces: before?.id ?? null,
    ...(input.allowFetch && { allowFetch: input.allowFetch.join(", ") }),
  };
  const replaced = { primary: ["primary", "canary"], canary: ["canary"], preview: [] }[role];
  await app.db.$transaction([
    raiseRevision(app.db, projectId, host.id),
    app.db.deployment.updateMany({
      where: { projectId, handlerId, hostId: host.id, state: "active", role: { in: replaced } },
      data: { state: "superseded", endedAt: new Date() },
    }),
    app.db.deployment.create({
      data: {
        id,
        projectId,
        handlerId,
        artifactId: artifact.id,
        buildId: build.id,
        hostId: host.id,
        port,
        env: input.sealedEnv ?? (input.env ? sealEnv(app.vault, handlerId, input.env) : ((before?.env as Record<string, string> | undefined) ?? {})),
        allowFetch: input.allowFetch ?? z.array(z.string()).parse(before?.allowFetch ?? []),
        replacesId: before?.id ?? null,
        createdBy: ctx.actor.name,
        role,
        ...scale,
        ...(input.canary ? { sharePercent: input.canary.percent, canary: canaryState.parse({ rules: input.canary }) } : {}),
        ...(input.preview ? { expiresAt: new Date(Date.now() + input.preview.hours * hourMs) } : {}),
        ...(routes && { routes }),
        placement: input.placement === undefined ? (role === "primary" ? (before?.placement ?? null) : null) : input.placement,
      },
    }),
    ctx.audit({ target: { kind: "deployment", id, name: `${build.handler.name} on ${host.name}` }, detail }, app.db),
  ]);
  wakeHost(app, projectId, host.id);
  if (role === "canary") app.events.notify("automation");
  return { deploymentId: id, hostId: host.id, hostName: host.name, handlerId };
}

/** As the database's client wants it: nothing at all for none. */
export const routesOf = (routes: unknown): { routes?: z.infer<typeof routesInput> } => (routes === null ? {} : { routes: routesInput.parse(routes) });

type Deployable = { target: string; artifact: { executor: string } };

/** Whether a host can run a build. */
export const canRun = ({ target, artifact }: Deployable, host: { executors: unknown }): boolean =>
  executors.parse(host.executors).some((e) => e.target === target && (artifact.executor === "portable") === (e.executor === "portable"));

async function chooseHost(db: TenantDb, build: Deployable, hostId: string | undefined) {
  const hosts = await db.host.findMany({ where: { removedAt: null } });
  const able = hosts.filter((host) => canRun(build, host));
  const host = hostId ? hosts.find((h) => h.id === hostId) : able[0];
  if (hostId && !host) throw notFound("Host", hostId);
  if (!host)
    throw new AppError(
      "CONFLICT",
      hosts.length === 0 ? "No host has joined yet. Start an agent (Settings, Agents)." : `No host can run ${build.target}. Build for one of their targets.`,
    );
  if (!canRun(build, host)) throw new AppError("CONFLICT", `Host "${host.name}" cannot run ${build.target} (${build.artifact.executor}).`);
  if (!hostId && able.length > 1) throw new AppError("INVALID", `Which host? ${able.map((h) => h.name).join(", ")} can all run this build.`);
  return host;
}

/** On every host that has the labels and can run the build. */
async function deployByLabels(ctx: DeployScope, input: DeployInput, labels: Record<string, string>) {
  const build = await ctx.db.build.findUnique({ where: { id: input.buildId }, include: { artifact: true } });
  if (!build) throw notFound("Build", input.buildId);
  const { artifact } = build;
  if (!artifact) throw new AppError("CONFLICT", `This build has no artifact: it is ${build.state}.`);
  if (isForOtherRuntimes(build)) throw new AppError("CONFLICT", otherRuntimesRefusal);
  const hosts = (await ctx.db.host.findMany({ where: { removedAt: null }, orderBy: { id: "asc" } })).filter((h) => hasLabels(h, labels));
  const able = hosts.filter((host) => canRun({ ...build, artifact }, host));
  if (able.length === 0)
    throw new AppError(
      "CONFLICT",
      hosts.length === 0 ? `No host has the labels ${labelsText(labels)}.` : `No host with the labels ${labelsText(labels)} can run ${build.target}.`,
    );
  const placement = input.canary || input.preview ? null : labelsText(labels);
  const deployments = [];
  for (const host of able) deployments.push(await deployBuild(ctx, { ...input, hostId: host.id, placement }));
  return deployments;
}

export const create = projectMutation("deployer")
  .input(deployInput)
  .mutation(async ({ ctx, input }) => {
    if (input.labels === undefined) {
      // To a host by name: it is not placed by labels any more.
      const made = await deployBuild(ctx, input.hostId === undefined ? input : { ...input, placement: null });
      return { ...made, deployments: [made] };
    }
    if (input.hostId !== undefined) throw new AppError("INVALID", "Name a host or labels, not both.");
    const deployments = await deployByLabels(ctx, input, input.labels);
    return { ...deployments[0]!, deployments };
  });

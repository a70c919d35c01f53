import { z } from "zod";
import { AppError, notFound } from "../../../server/errors.ts";
import { projectMutation } from "../../../server/trpc.ts";
import { canaryState } from "../helpers/canary.ts";
import { mergeScale, routesInput, routeText, scaleInput } from "../helpers/settings.ts";
import { raiseRevision, wakeHost } from "./desired-state.ts";
import { assertRoutesFree } from "./routes.ts";

/** Changes how an active deployment runs: its instances, a canary's share, how long a preview stays. Nothing is built, and what runs goes on. */
export const configure = projectMutation("deployer")
  .input(
    scaleInput.extend({
      deploymentId: z.string(),
      routes: routesInput.optional(),
      sharePercent: z.number().int().min(1).max(99).optional(),
      /** From now on. */
      expiresInHours: z.number().int().min(1).max(720).optional(),
    }),
  )
  .mutation(async ({ ctx, input }) => {
    const { app, db, projectId } = ctx;
    const { deploymentId, sharePercent, expiresInHours, routes } = input;
    const d = await db.deployment.findUnique({ where: { id: deploymentId }, include: { handler: true, host: true } });
    if (!d) throw notFound("Deployment", deploymentId);
    if (d.state !== "active") throw new AppError("CONFLICT", `This deployment is ${d.state}; only an active one has settings to change.`);
    if (sharePercent !== undefined && d.role !== "canary") throw new AppError("INVALID", "Only a canary has a share of the connections.");
    if (expiresInHours !== undefined && d.role !== "preview") throw new AppError("INVALID", "Only a preview expires.");
    const scale = mergeScale(input, d);
    if (typeof scale === "string") throw new AppError("INVALID", scale);
    if (routes) await assertRoutesFree(db, { hostId: d.hostId, handlerId: d.handlerId, role: d.role, deploymentId }, routes);
    const canary = d.canary === null ? null : canaryState.parse(d.canary);
    const data = {
      ...scale,
      ...(routes === undefined ? {} : { routes }),
      ...(sharePercent === undefined || !canary ? {} : { sharePercent, canary: { ...canary, rules: { ...canary.rules, percent: sharePercent } } }),
      ...(expiresInHours === undefined ? {} : { expiresAt: new Date(Date.now() + expiresInHours * 3_600_000) }),
    };
    const detail = {
      ...scale,
      sharePercent: sharePercent ?? d.sharePercent,
      expiresInHours: expiresInHours ?? null,
      routes: routes?.map(routeText).join(" ") ?? null,
    };
    await app.db.$transaction(async (tx) => {
      await raiseRevision(tx, projectId, d.hostId);
      const { count } = await tx.deployment.updateMany({ where: { id: d.id, projectId, state: "active" }, data });
      if (count === 0) throw new AppError("CONFLICT", "This deployment has just been replaced or stopped.");
      await ctx.audit({ target: { kind: "deployment", id: d.id, name: `${d.handler.name} on ${d.host.name}` }, detail }, tx);
    });
    wakeHost(app, projectId, d.hostId);
    return { deploymentId: d.id, ...scale };
  });

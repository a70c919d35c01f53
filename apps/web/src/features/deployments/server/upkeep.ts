/** What happens to deployments by the clock: previews expire, hosts that have a placement's labels get what is placed there. */
import { z } from "zod";
import type { App } from "../../../server/app.ts";
import { auditRow, type Actor, type Audit } from "../../../server/audit.ts";
import { forProject } from "../../../server/db/tenant.ts";
import { hasLabels, parseLabels } from "../helpers/settings.ts";
import { canRun, deployBuild, routesOf } from "./create.ts";
import { raiseRevision, wakeHost } from "./desired-state.ts";

const system = (name: string): Actor => ({ kind: "system", id: name, name });

async function end(
  app: App,
  d: { id: string; projectId: string; hostId: string; handler: { name: string }; host: { name: string } },
  actor: Actor,
): Promise<void> {
  const { id, projectId, hostId } = d;
  const isOurs = await app.db.$transaction(async (tx) => {
    await raiseRevision(tx, projectId, hostId);
    const { count } = await tx.deployment.updateMany({ where: { id, projectId, state: "active" }, data: { state: "stopped", endedAt: new Date() } });
    if (count > 0)
      await auditRow(tx, projectId, actor, "deployments.stop", { target: { kind: "deployment", id, name: `${d.handler.name} on ${d.host.name}` } });
    return count > 0;
  });
  if (isOurs) wakeHost(app, projectId, hostId);
}

export async function expirePreviews(app: App): Promise<void> {
  const due = await app.db.deployment.findMany({
    where: { state: "active", role: "preview", expiresAt: { lt: new Date() } },
    include: { handler: true, host: true },
    orderBy: { hostId: "asc" },
  });
  for (const preview of due) await end(app, preview, system("expiry"));
}

/** A host that joined or got a label gets the deployments placed by it; one that lost it loses them. */
export async function keepPlacements(app: App): Promise<void> {
  const placed = await app.db.deployment.findMany({
    where: { state: "active", role: "primary", placement: { not: null } },
    include: { handler: true, host: true, artifact: { include: { build: true } } },
    orderBy: [{ hostId: "asc" }, { id: "desc" }],
  });
  const groups = Map.groupBy(placed, (d) => `${d.projectId} ${d.handlerId} ${d.placement}`);
  for (const group of groups.values()) {
    const newest = group.reduce((a, b) => (a.id > b.id ? a : b));
    const { projectId, handlerId, placement } = newest;
    const labels = parseLabels(placement ?? "");
    const db = forProject(app.db, projectId);
    const actor = system("placement");
    for (const d of group) if (!hasLabels(d.host, labels)) await end(app, d, actor);
    const hosts = await db.host.findMany({ where: { removedAt: null, deployments: { none: { handlerId, state: "active", role: "primary" } } } });
    for (const host of hosts) {
      if (!hasLabels(host, labels) || !canRun({ target: newest.artifact.build.target, artifact: newest.artifact }, host)) continue;
      const audit: Audit = (entry, on = app.db) => auditRow(on, projectId, actor, "deployments.create", entry);
      const { buildId, port, env, minInstances, maxInstances, idleSeconds } = newest;
      const like = {
        buildId,
        port,
        sealedEnv: env as Record<string, string>,
        minInstances,
        maxInstances,
        idleSeconds,
        placement,
        ...routesOf(newest.routes),
        allowFetch: z.array(z.string()).parse(newest.allowFetch),
        ...routesOf(newest.routes),
      };
      await deployBuild({ app, db, projectId, actor, audit }, { ...like, hostId: host.id });
    }
  }
}

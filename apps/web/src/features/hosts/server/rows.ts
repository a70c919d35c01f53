import type { App } from "../../../server/app.ts";
import type { TenantDb } from "../../../server/db/tenant.ts";
import { agentState } from "../helpers/agent-state.ts";
import { presentHost } from "./present-host.ts";

/** A host as the lists show it. */
export type HostRow = Awaited<ReturnType<typeof hostRows>>[number];

/** The hosts of the project, or the one, by name. */
export async function hostRows({ app, db }: { app: App; db: TenantDb }, hostId?: string) {
  const hosts = await db.host.findMany({
    where: { removedAt: null, ...(hostId === undefined ? {} : { id: hostId }) },
    orderBy: { name: "asc" },
    include: { instances: { select: { state: true } }, _count: { select: { deployments: { where: { state: "active" } } } } },
  });
  const now = Date.now();
  const held = await app.agentRelease.held();
  return hosts.map((host) => ({
    ...presentHost(host, now),
    agent: agentState(host, held),
    deploymentCount: host._count.deployments,
    instanceStates: host.instances.map((i) => i.state),
  }));
}

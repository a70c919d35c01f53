import { projectQuery } from "../../../server/trpc.ts";
import { agentState } from "../helpers/agent-state.ts";
import { presentHost } from "./present-host.ts";

export const list = projectQuery("viewer").query(async ({ ctx }) => {
  const hosts = await ctx.db.host.findMany({
    where: { removedAt: null },
    orderBy: { name: "asc" },
    include: { instances: true, _count: { select: { deployments: { where: { state: "active" } } } } },
  });
  const now = Date.now();
  const held = await ctx.app.agentRelease.held();
  return hosts.map((host) => ({
    ...presentHost(host, now),
    agent: agentState(host, held),
    deploymentCount: host._count.deployments,
    instanceStates: host.instances.map((i) => i.state),
  }));
});

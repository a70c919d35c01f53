import { projectQuery } from "../../../server/trpc.ts";
import { presentHost } from "./present-host.ts";

export const list = projectQuery("viewer").query(async ({ ctx }) => {
  const hosts = await ctx.db.host.findMany({
    where: { removedAt: null },
    orderBy: { name: "asc" },
    include: { instances: true, _count: { select: { deployments: { where: { state: "active" } } } } },
  });
  const now = Date.now();
  return hosts.map((host) => ({
    ...presentHost(host, now),
    deploymentCount: host._count.deployments,
    instanceStates: host.instances.map((i) => i.state),
  }));
});

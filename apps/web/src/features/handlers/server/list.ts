import { mediansByHandler } from "../../../server/samples/medians-by-handler.ts";
import { projectQuery } from "../../../server/trpc.ts";

const weekMs = 7 * 86_400_000;

/** All handlers with what their row shows: newest version, what runs, the week's median cold start. */
export const list = projectQuery("viewer").query(async ({ ctx }) => {
  const [handlers, medians] = await Promise.all([
    ctx.db.handler.findMany({
      orderBy: { updatedAt: "desc" },
      include: {
        versions: { orderBy: { number: "desc" }, take: 1 },
        deployments: { where: { state: "active" }, include: { host: true, instances: true } },
        _count: { select: { builds: true } },
      },
    }),
    mediansByHandler(ctx.app.db, ctx.projectId, Date.now() - weekMs),
  ]);
  return handlers.map((handler) => {
    const cold = medians.filter((m) => m.handlerId === handler.id).sort((a, b) => Number(b.executor === "native") - Number(a.executor === "native"))[0];
    return {
      id: handler.id,
      name: handler.name,
      updatedAt: handler.updatedAt,
      version: handler.versions[0] ? { number: handler.versions[0].number, sourceBytes: handler.versions[0].sourceBytes } : null,
      buildCount: handler._count.builds,
      deployments: handler.deployments.map((d) => ({ id: d.id, hostName: d.host.name, instanceStates: d.instances.map((i) => i.state) })),
      coldStart: cold ? { p50Ns: cold.p50, count: cold.count, executor: cold.executor } : null,
    };
  });
});

/** Prometheus' view: this process, and the state of the project whose token asks. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";
import type { App } from "./app.ts";
import { offlineAfterMs } from "../features/hosts/server/present-host.ts";
import { forProject } from "./db/tenant.ts";

/** Of this process; made once a server, as tests run several in one process. */
export class ProcessMetrics {
  readonly registry = new Registry();
  readonly #requests = new Histogram({
    name: "zerostart_http_request_duration_seconds",
    help: "Time from a request's arrival to the end of its answer",
    labelNames: ["kind", "status"],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 30],
    registers: [this.registry],
  });

  constructor() {
    collectDefaultMetrics({ register: this.registry });
  }

  /** Counts the request when its answer has ended. Event streams are open as long as a page is and not counted. */
  observe(req: IncomingMessage, res: ServerResponse): void {
    const path = req.url ?? "/";
    const kind = path.startsWith("/api/trpc/") ? "trpc" : path.startsWith("/api/v1/") ? "rest" : path.startsWith("/api/") ? "api" : "page";
    const stop = this.#requests.startTimer({ kind });
    res.once("finish", () => {
      if (res.getHeader("content-type") !== "text/event-stream") stop({ status: `${Math.floor(res.statusCode / 100)}xx` });
    });
  }
}

/** In Prometheus' text format. */
export async function metricsOf(app: App, process: ProcessMetrics, projectId: string): Promise<{ contentType: string; text: string }> {
  const db = forProject(app.db, projectId);
  const registry = new Registry();
  const gauge = (name: string, help: string, label: string | undefined, values: { key: string; count: number }[]) => {
    const g = new Gauge({ name, help, labelNames: label ? [label] : [], registers: [registry] });
    for (const { key, count } of values)
      if (label) g.set({ [label]: key }, count);
      else g.set(count);
  };
  const byState = (rows: { state: string; _count: number }[]) => rows.map((r) => ({ key: r.state, count: r._count }));
  const one = (count: number) => [{ key: "", count }];
  const [builds, deployments, instances, measurements, hosts, handlers, alerts, starts] = await Promise.all([
    db.build.groupBy({ by: ["state"], _count: true }),
    db.deployment.groupBy({ by: ["state"], _count: true }),
    db.instance.groupBy({ by: ["state"], _count: true }),
    db.measurement.groupBy({ by: ["state"], _count: true }),
    db.host.findMany({ where: { removedAt: null }, select: { lastSeenAt: true } }),
    db.handler.count(),
    db.alert.count({ where: { acknowledgedAt: null } }),
    db.sampleFacet.aggregate({ _sum: { count: true } }),
  ]);
  const isOnline = (h: { lastSeenAt: Date | null }) => h.lastSeenAt !== null && Date.now() - h.lastSeenAt.getTime() < offlineAfterMs;
  const online = hosts.filter(isOnline).length;
  gauge("zerostart_builds", "Builds by state", "state", byState(builds));
  gauge("zerostart_deployments", "Deployments by state", "state", byState(deployments));
  gauge("zerostart_instances", "Instances by state, as their agents said last", "state", byState(instances));
  gauge("zerostart_measurements", "Measurements by state", "state", byState(measurements));
  gauge("zerostart_hosts", "Hosts by whether their agent was heard of lately", "state", [
    { key: "online", count: online },
    { key: "offline", count: hosts.length - online },
  ]);
  gauge("zerostart_handlers", "Handlers", undefined, one(handlers));
  gauge("zerostart_alerts_open", "Alerts that nobody acknowledged", undefined, one(alerts));
  gauge("zerostart_start_samples", "Start samples stored", undefined, one(starts._sum.count ?? 0));
  return { contentType: registry.contentType, text: `${await registry.metrics()}\n${await process.registry.metrics()}` };
}

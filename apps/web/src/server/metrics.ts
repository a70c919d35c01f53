/** Prometheus' view: this process, and the state of the project whose token asks. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";
import type { App } from "./app.ts";
import type { Telemetry } from "./telemetry/telemetry.ts";
import { isOnline } from "../features/hosts/server/present-host.ts";
import { forProject, type TenantDb } from "./db/tenant.ts";

/** An address's pattern: without the query, and with `{id}` where an id or a digest stands. */
const routeOf = (path: string): string => (path.split("?")[0] ?? "/").replaceAll(/\/(?:[a-z]{3}_[0-9a-z]+|[0-9a-f]{64})(?=\/|$)/gi, "/{id}").slice(0, 200);

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

  readonly #telemetry: Telemetry | undefined;

  constructor(telemetry: Telemetry | undefined) {
    this.#telemetry = telemetry;
    collectDefaultMetrics({ register: this.registry });
  }

  /** Counts the request when its answer has ended. Event streams are open as long as a page is and not counted. */
  observe(req: IncomingMessage, res: ServerResponse): void {
    const path = req.url ?? "/";
    const kind = path.startsWith("/api/trpc/") ? "trpc" : path.startsWith("/api/v1/") ? "rest" : path.startsWith("/api/") ? "api" : "page";
    const stop = this.#requests.startTimer({ kind });
    const startedAtMs = performance.timeOrigin + performance.now();
    res.once("finish", () => {
      if (res.getHeader("content-type") === "text/event-stream") return;
      const seconds = stop({ status: `${Math.floor(res.statusCode / 100)}xx` });
      // Heartbeats are held open until there is something to say: their time says nothing, and they are most of all requests.
      if (!this.#telemetry || path.startsWith("/api/trpc/agent.sync")) return;
      this.#telemetry.request({ method: req.method ?? "GET", route: routeOf(path), status: res.statusCode, startedAtMs, durationMs: seconds * 1_000, kind });
    });
  }
}

type Count = { key: string; count: number };
const byState = (rows: { state: string; _count: number }[]): Count[] => rows.map((r) => ({ key: r.state, count: r._count }));
const one = (count: number): Count[] => [{ key: "", count }];

async function hostsByState(db: TenantDb): Promise<Count[]> {
  const hosts = await db.host.findMany({ where: { removedAt: null }, select: { lastSeenAt: true } });
  const online = hosts.filter((h) => isOnline(h, Date.now())).length;
  return [
    { key: "online", count: online },
    { key: "offline", count: hosts.length - online },
  ];
}

/** The state of a project; the one table of what Prometheus and OpenTelemetry are told. */
export const stateCounts: { name: string; help: string; label?: "state"; read: (db: TenantDb) => Promise<Count[]> }[] = [
  { name: "builds", help: "Builds by state", label: "state", read: async (db) => byState(await db.build.groupBy({ by: ["state"], _count: true })) },
  {
    name: "deployments",
    help: "Deployments by state",
    label: "state",
    read: async (db) => byState(await db.deployment.groupBy({ by: ["state"], _count: true })),
  },
  {
    name: "instances",
    help: "Instances by state, as their agents said last",
    label: "state",
    read: async (db) => byState(await db.instance.groupBy({ by: ["state"], _count: true })),
  },
  {
    name: "measurements",
    help: "Measurements by state",
    label: "state",
    read: async (db) => byState(await db.measurement.groupBy({ by: ["state"], _count: true })),
  },
  { name: "hosts", help: "Hosts by whether their agent was heard of lately", label: "state", read: hostsByState },
  { name: "handlers", help: "Handlers", read: async (db) => one(await db.handler.count()) },
  { name: "alerts_open", help: "Alerts that nobody acknowledged", read: async (db) => one(await db.alert.count({ where: { acknowledgedAt: null } })) },
  {
    name: "start_samples",
    help: "Start samples stored",
    read: async (db) => one((await db.sampleFacet.aggregate({ _sum: { count: true } }))._sum.count ?? 0),
  },
];

/** In Prometheus' text format. */
export async function metricsOf(app: App, process: ProcessMetrics, projectId: string): Promise<{ contentType: string; text: string }> {
  const db = forProject(app.db, projectId);
  const registry = new Registry();
  const gauge = (name: string, help: string, label: string | undefined, values: Count[]) => {
    const g = new Gauge({ name, help, labelNames: label ? [label] : [], registers: [registry] });
    for (const { key, count } of values)
      if (label) g.set({ [label]: key }, count);
      else g.set(count);
  };
  const read = await Promise.all(stateCounts.map((counts) => counts.read(db)));
  for (const [i, { name, help, label }] of stateCounts.entries()) gauge(`zerostart_${name}`, help, label, read[i] ?? []);
  return { contentType: registry.contentType, text: `${await registry.metrics()}\n${await process.registry.metrics()}` };
}

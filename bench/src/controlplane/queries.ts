/** Every query of the dashboard, through the API, with a growing number of samples. */
import { ensureGenerated } from "../../../apps/web/scripts/generate.ts";
import { percentile, type Plane } from "./fleet.ts";

export type QueryResult = {
  rows: number;
  query: string;
  p50Ms: number;
  p95Ms: number;
  maxMs: number;
  /** CPU time of control plane and database, the median: what the query costs, whatever else the machine does. */
  cpuMs: number;
};

const hourMs = 3_600_000;
const dayMs = 86_400_000;

/** No part of a page over samples: they wait for something, need a secret that only its receiver has, or read a trace, which is a file. */
const leftOut = new Set(["builds.wait", "auth.invite", "traces.get", "traces.list", "traces.read"]);

/** What the filter bar makes, from the widest to the narrowest. */
function filters(plane: Plane): Record<string, Record<string, unknown>> {
  const { builds, agents } = plane.fleet;
  const [build] = builds;
  const now = Date.now();
  return {
    everything: {},
    "a handler": { handlerId: build?.handlerId },
    "a build": { buildId: build?.buildId },
    "a handler, 24 hours": { handlerId: build?.handlerId, fromMs: now - dayMs },
    "7 days": { fromMs: now - 7 * dayMs },
    "one hour": { fromMs: now - hourMs },
    "a launch mode": { mode: "embedded" },
    "a host": { hostId: agents[0]?.hostId },
    "a host and a handler": { hostId: agents[0]?.hostId, handlerId: build?.handlerId },
    "a host and a build": { hostId: agents[0]?.hostId, buildId: build?.buildId },
    "a kind": { kind: "measured" },
    "a rare executor": { executor: "qemu-user" },
    "an executor without starts": { executor: "portable" },
    "a launch mode without starts": { mode: "clone" },
    "an experiment's order": { measurementId: plane.fleet.history?.measurementId },
  };
}

type Case = { query: string; procedure: string; input: object };

async function casesOf(plane: Plane): Promise<Case[]> {
  const { builds, history } = plane.fleet;
  const [a, b] = builds;
  const cases: Case[] = [];
  const add = (procedure: string, input: object = {}, name = "") => cases.push({ query: `${procedure}${name && `, ${name}`}`, procedure, input });
  for (const [name, filter] of Object.entries(filters(plane))) {
    for (const procedure of ["summary", "timeline", "histogram", "byBuild"]) add(`coldStarts.${procedure}`, filter, name);
    add("coldStarts.list", { ...filter, limit: 60 }, name);
  }
  add("coldStarts.list", { limit: 60, cursor: { startedAtMs: Date.now() - 15 * dayMs, id: "8" } }, "a page in the middle");
  const { samples } = await plane.query<{ samples: { id: string }[] }>("coldStarts.list", { limit: 1 });
  add("coldStarts.get", { sampleId: samples[0]?.id });
  add("coldStarts.facets", {}, "everything");
  add("coldStarts.facets", { handlerId: a?.handlerId }, "a handler");
  add("compare.run", { a: { buildId: a?.buildId }, b: { buildId: b?.buildId } }, "two builds");
  add("compare.run", { a: { mode: "snapshot" }, b: { mode: "embedded" } }, "two launch modes");
  add("compare.run", { a: { buildId: a?.buildId, kind: "measured" }, b: { buildId: b?.buildId, kind: "measured" } }, "measured starts of two builds");
  add("handlers.list");
  add("handlers.get", { handlerId: a?.handlerId });
  add("handlers.source", { versionId: a?.versionId });
  add("variables.list", { handlerId: a?.handlerId });
  add("builds.list", {}, "all");
  add("builds.list", { handlerId: a?.handlerId, mode: "snapshot" }, "a handler and a mode");
  add("builds.get", { buildId: a?.buildId });
  add("builds.toolchain");
  add("hosts.list");
  add("deployments.list", {}, "all");
  add("deployments.list", { activeOnly: true, limit: 200 }, "active");
  add("deployments.list", { handlerId: a?.handlerId }, "a handler");
  add("deployments.get", { deploymentId: history?.deploymentId });
  add("deployments.canary", { deploymentId: history?.deploymentId });
  for (const [minutes, name] of [
    [60, "an hour"],
    [6 * 60, "six hours"],
    [24 * 60, "a day"],
    [35 * 24 * 60, "35 days"],
  ] as const)
    add("requests.timeline", { deploymentId: history?.deploymentId, minutes }, name);
  add("experiments.list");
  add("experiments.get", { experimentId: history?.experimentId });
  add("measurements.list", {}, "all");
  add("measurements.list", { handlerId: a?.handlerId }, "a handler");
  add("measurements.get", { measurementId: history?.measurementId });
  add("alerts.list");
  add("alerts.openCount");
  add("alerts.channels");
  add("settings.auditLog", {}, "the newest");
  add("settings.auditLog", { cursor: "aud_z" }, "a page");
  for (const procedure of ["listApiTokens", "listEnrolmentTokens", "listInvites", "listPeople", "retention", "telemetry"]) add(`settings.${procedure}`);
  add("auth.state");
  return cases;
}

/** Fails when the API has a query that no case calls. */
async function assertComplete(cases: Case[]): Promise<void> {
  ensureGenerated();
  const { appRouter } = await import("../../../apps/web/src/server/root.ts");
  const { procedures } = (appRouter as unknown as { _def: { procedures: Record<string, { _def: { type: string } }> } })._def;
  const called = new Set(cases.map(({ procedure }) => procedure));
  const missing = Object.entries(procedures).filter(([path, { _def }]) => _def.type === "query" && !called.has(path) && !leftOut.has(path));
  if (missing.length > 0) throw new Error(`no case for ${missing.map(([path]) => path).join(", ")}`);
}

/** @param wanted only queries whose name matches */
export async function measureQueries(plane: Plane, rows: number, repeats: number, wanted?: RegExp): Promise<QueryResult[]> {
  const all = await casesOf(plane);
  await assertComplete(all);
  const cases = all.filter(({ query }) => wanted?.test(query) ?? true);
  const times = cases.map(() => [] as number[]);
  const cpu = cases.map(() => [] as number[]);
  // In turns: what else the machine does meets all of them alike. The first round warms up.
  for (let round = -1; round < repeats; round++)
    for (const [i, { procedure, input }] of cases.entries()) {
      const cpuBefore = plane.cpuMs();
      const at = performance.now();
      await plane.query(procedure, input).catch((error: unknown) => {
        throw new Error(`${cases[i]?.query}: ${String(error)}`);
      });
      if (round < 0) continue;
      times[i]?.push(performance.now() - at);
      cpu[i]?.push(plane.cpuMs() - cpuBefore);
    }
  const round = (ms: number) => Math.round(ms * 10) / 10;
  return cases.map(({ query }, i) => {
    const [sorted, sortedCpu] = [times[i] ?? [], cpu[i] ?? []].map((list) => list.toSorted((x, y) => x - y)) as [number[], number[]];
    return {
      rows,
      query,
      p50Ms: round(percentile(sorted, 0.5)),
      p95Ms: round(percentile(sorted, 0.95)),
      maxMs: round(sorted.at(-1) ?? 0),
      cpuMs: round(percentile(sortedCpu, 0.5)),
    };
  });
}

/** What no query may take with ten million samples, ms. */
const budgetMs = 150;

/** One line a query: how it grows with the rows, and whether it stays within what a person waits for. */
export function printGrowth(results: QueryResult[]): void {
  const sizes = [...new Set(results.map(({ rows }) => rows))];
  const table = [...Map.groupBy(results, ({ query }) => query)].map(([query, ofQuery]) => {
    const of = (rows: number) => ofQuery.find((result) => result.rows === rows);
    const [first, last] = [of(sizes[0] as number), of(sizes.at(-1) as number)];
    return {
      query,
      ...Object.fromEntries(sizes.map((rows) => [`p95 ms, ${rows.toExponential()}`, of(rows)?.p95Ms])),
      ...Object.fromEntries(sizes.map((rows) => [`CPU ms, ${rows.toExponential()}`, of(rows)?.cpuMs])),
      "CPU grew": `${((last?.cpuMs ?? 0) / Math.max(0.1, first?.cpuMs ?? 0)).toFixed(1)}x`,
    };
  });
  console.table(table);
  for (const rows of sizes) {
    const over = results.filter((result) => result.rows === rows && result.p95Ms > budgetMs);
    console.log(
      `${rows.toExponential()} samples: ${over.length} of ${table.length} queries have a p95 over ${budgetMs} ms${over.map((r) => `\n  ${r.query}: ${r.p95Ms}`).join("")}`,
    );
  }
}

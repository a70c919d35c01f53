/** Every query of the dashboard over samples, through the API, with a growing number of rows. */
import { percentile, type Plane } from "./fleet.ts";

export type QueryResult = { rows: number; query: string; p50Ms: number; p95Ms: number; maxMs: number };

const dayMs = 86_400_000;

/** The filters that the filter bar makes. */
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
    "a launch mode": { mode: "embedded" },
    "a host": { hostId: agents[0]?.hostId },
    "a kind": { kind: "measured" },
  };
}

export async function measureQueries(plane: Plane, rows: number, repeats: number): Promise<QueryResult[]> {
  const results: QueryResult[] = [];
  const measure = async (query: string, procedure: string, input: object) => {
    const times: number[] = [];
    for (let i = 0; i < repeats + 1; i++) {
      const at = performance.now();
      await plane.query(procedure, input);
      if (i > 0) times.push(performance.now() - at);
    }
    times.sort((a, b) => a - b);
    const round = (ms: number) => Math.round(ms * 10) / 10;
    results.push({ rows, query, p50Ms: round(percentile(times, 0.5)), p95Ms: round(percentile(times, 0.95)), maxMs: round(times.at(-1) ?? 0) });
  };
  for (const [name, filter] of Object.entries(filters(plane))) {
    for (const procedure of ["summary", "timeline", "histogram", "byBuild"]) await measure(`${procedure}, ${name}`, `coldStarts.${procedure}`, filter);
    await measure(`list, ${name}`, "coldStarts.list", { ...filter, limit: 60 });
  }
  const [first] = plane.fleet.builds;
  const middle = { startedAtMs: Date.now() - 15 * dayMs, id: "8" };
  await measure("list, a page in the middle", "coldStarts.list", { limit: 60, cursor: middle });
  await measure("facets, everything", "coldStarts.facets", {});
  await measure("facets, a handler", "coldStarts.facets", { handlerId: first?.handlerId });
  await measure("handlers", "handlers.list", {});
  const [a, b] = plane.fleet.builds;
  await measure("comparison of two builds", "compare.run", { a: { buildId: a?.buildId }, b: { buildId: b?.buildId } });
  return results;
}

import type { Db } from "../db/client.ts";
import { sketchRows } from "../db/dialect.ts";
import { mergeAll, segmentsOf } from "./read.ts";

/** Median total of each handler's starts of one executor since a time (of whole hours): the small figures in lists. */
export async function mediansByHandler(
  db: Db,
  projectId: string,
  sinceMs: number,
): Promise<{ handlerId: string; executor: string; count: number; p50: number }[]> {
  const rows = await sketchRows(db, projectId, {}, segmentsOf({ fromMs: sinceMs }), false);
  return [...Map.groupBy(rows, (row) => `${row.handlerId} ${row.executor}`).values()].map((group) => {
    const [{ handlerId, executor }] = group as [(typeof group)[number]];
    const set = mergeAll(group);
    return { handlerId, executor, count: set.count, p50: set.get("totalNs")?.quantile(0.5) ?? 0 };
  });
}

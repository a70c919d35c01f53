/**
 * Merges the sketches of reports into those of minutes, hours and days, a few times a second and in one transaction each time:
 * a sketch is at any moment either a delta or within its rollups. Minutes are kept for a day.
 */
import { setTimeout as pause } from "node:timers/promises";
import type { App } from "../app.ts";
import type { Db } from "../db/client.ts";
import { deleteDeltas, lockCompaction, oldestDeltas, oldestSamples, replaceRollups, rollupsOf, type RollupRow } from "../db/dialect.ts";
import { rawOf } from "../db/provider.ts";
import { dayMs, hourMs, minuteMs, minutesKeptMs } from "./resolutions.ts";
import { dropOldSamples } from "./retention.ts";
import { SketchSet } from "./sketches.ts";
import { deriveAgain, dimensionsOf } from "./store.ts";

const deltasATime = 2_000;
const pauseMs = 1_000;
const pruneEveryMs = 600_000;

/** One round; how many deltas it took. */
export async function compactSamples(db: Db): Promise<number> {
  return rawOf(db).transaction(async (tx) => {
    if (!(await lockCompaction(tx))) return 0;
    const deltas = await oldestDeltas(tx, deltasATime);
    if (deltas.length === 0) return 0;
    const merged = new Map<string, { row: RollupRow; sketches: SketchSet }>();
    const keyOf = (row: Omit<RollupRow, "count" | "total" | "others">) => `${row.buildId} ${row.kind} ${row.executor} ${row.resolutionMs} ${row.bucketMs}`;
    const oldestMinute = Date.now() - minutesKeptMs;
    for (const delta of deltas) {
      for (const resolutionMs of [minuteMs, hourMs, dayMs]) {
        if (resolutionMs === minuteMs && delta.bucketMs < oldestMinute) continue;
        const { count, total, others } = delta;
        const row = { ...dimensionsOf(delta), resolutionMs, bucketMs: Math.floor(delta.bucketMs / resolutionMs) * resolutionMs, count, total, others };
        const key = keyOf(row);
        let entry = merged.get(key);
        if (!entry) merged.set(key, (entry = { row, sketches: new SketchSet() }));
        entry.sketches.merge(count, total, others);
      }
    }
    const known = await rollupsOf(
      tx,
      [...merged.values()].map(({ row }) => row),
    );
    for (const row of known) merged.get(keyOf(row))?.sketches.merge(row.count, row.total, row.others);
    const rows = [...merged.values()].map(({ row, sketches }) => ({
      ...row,
      count: sketches.count,
      total: sketches.encodeTotal(),
      others: sketches.encodeOthers(),
    }));
    await replaceRollups(tx, rows);
    await deleteDeltas(
      tx,
      deltas.map((d) => d.id),
    );
    return deltas.length;
  });
}

/** Counts and sketches of samples from before there were any; once, before anybody asks. */
export async function deriveMissing(db: Db): Promise<void> {
  if (await db.setting.findUnique({ where: { name: "rollups" } })) return;
  await db.$transaction([db.sampleDelta.deleteMany(), db.sampleRollup.deleteMany(), db.sampleFacet.deleteMany()]);
  for (let after = ""; ;) {
    const rows = await oldestSamples(db, after, 5_000);
    const last = rows.at(-1);
    if (!last) break;
    await deriveAgain(db, rows);
    while ((await compactSamples(db)) > 0);
    after = last["id"] as string;
  }
  await db.setting.create({ data: { name: "rollups", value: "1" } });
}

/** Goes on until stopped. */
export class Rollups {
  readonly #stopping = new AbortController();
  #work: Promise<void> = Promise.resolve();

  start(app: App): void {
    this.#work = this.#run(app.db);
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#work;
  }

  async #run(db: Db): Promise<void> {
    const { signal } = this.#stopping;
    let prunedAt = 0;
    while (!signal.aborted) {
      let isBehind = false;
      try {
        isBehind = (await compactSamples(db)) === deltasATime;
        if (Date.now() - prunedAt > pruneEveryMs) {
          prunedAt = Date.now();
          await db.sampleRollup.deleteMany({ where: { resolutionMs: minuteMs, bucketMs: { lt: BigInt(Date.now() - minutesKeptMs - hourMs) } } });
          await dropOldSamples(db);
        }
      } catch (error) {
        // Deltas are read as they are meanwhile.
        console.error(`rollups: ${error instanceof Error ? error.message : String(error)}`);
      }
      if (isBehind) continue;
      await pause(pauseMs, undefined, { signal }).catch(() => undefined);
    }
  }
}

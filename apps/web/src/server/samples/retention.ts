/**
 * How long starts are kept one by one: each project says. Older ones are dropped, their counts and sketches stay, so charts over any time go on
 * being true (read.ts). What an experiment or a measurement is about stays as well: its results are made of single starts.
 */
import { executorNames } from "../../features/cold-starts/helpers/filter.ts";
import type { Db } from "../db/client.ts";
import { deleteSamples, oldSamples } from "../db/dialect.ts";
import { dayMs } from "./resolutions.ts";

const rowsATime = 2_000;

/** Drops what is due in every project; how many starts that were. Whole days, so that what is left begins where a sketch does. */
export async function dropOldSamples(db: Db, nowMs = Date.now()): Promise<number> {
  let dropped = 0;
  for (const { id, samplesKeptDays, samplesKeptFromMs } of await db.project.findMany()) {
    const keptFromMs = Math.floor((nowMs - samplesKeptDays * dayMs) / dayMs) * dayMs;
    // Said before it is done: who reads meanwhile reads sketches. What was dropped does not come back when the time is made longer.
    if (samplesKeptFromMs === null || Number(samplesKeptFromMs) < keptFromMs) {
      const hasAny = await hasOlder(db, id, keptFromMs);
      if (!hasAny) continue;
      await db.project.updateMany({
        where: { id, OR: [{ samplesKeptFromMs: null }, { samplesKeptFromMs: { lt: BigInt(keptFromMs) } }] },
        data: { samplesKeptFromMs: BigInt(keptFromMs) },
      });
    }
    const beforeMs = Math.max(keptFromMs, Number(samplesKeptFromMs ?? 0));
    for (const executor of executorNames) dropped += await dropBefore(db, id, executor, beforeMs);
  }
  return dropped;
}

async function hasOlder(db: Db, projectId: string, beforeMs: number): Promise<boolean> {
  for (const executor of executorNames) if ((await oldSamples(db, projectId, executor, 0, beforeMs, 1)).length > 0) return true;
  return false;
}

/** In small steps, so that reports come in between. */
async function dropBefore(db: Db, projectId: string, executor: string, beforeMs: number): Promise<number> {
  let dropped = 0;
  for (let fromMs = 0; ;) {
    const rows = await oldSamples(db, projectId, executor, fromMs, beforeMs, rowsATime);
    if (rows.length === 0) return dropped;
    await deleteSamples(
      db,
      rows.map((row) => row.id),
    );
    dropped += rows.length;
    fromMs = rows.at(-1)?.startedAtMs ?? beforeMs;
  }
}

/**
 * Start samples on their way in: the rows themselves, their counts by facet and their sketches, in one transaction, so that the
 * three always agree. A sample that was stored before (reports come at least once) is counted nowhere again.
 */
import type { Db } from "../db/client.ts";
import { addFacetCounts, insertDeltas, insertStartSamples, type SampleRow, type SketchDimensions } from "../db/dialect.ts";
import { rawOf, type RawQueries } from "../db/provider.ts";
import { newId } from "../ids.ts";
import { SketchSet } from "./sketches.ts";

const minuteMs = 60_000;
const hourMs = 3_600_000;
/** What comes later than this is kept by the hour: see rollups.ts, which keeps minutes for a day. */
const minutesForMs = 86_400_000 - hourMs;

export function dimensionsOf(row: SketchDimensions): SketchDimensions {
  const { projectId, handlerId, versionId, buildId, kind, executor, mode, target } = row;
  return { projectId, handlerId, versionId, buildId, kind, executor, mode, target };
}

type Delta = SketchDimensions & { bucketMs: number; sketches: SketchSet };
type Facet = SketchDimensions & { hostId: string; count: number; lastMs: number };

function deltasOf(rows: SampleRow[]): Delta[] {
  const deltas = new Map<string, Delta>();
  const oldestMinute = Date.now() - minutesForMs;
  for (const row of rows) {
    const startedAtMs = row["startedAtMs"] as number;
    const unit = startedAtMs > oldestMinute ? minuteMs : hourMs;
    const bucketMs = Math.floor(startedAtMs / unit) * unit;
    const key = `${row["buildId"]} ${row["kind"]} ${row["executor"]} ${bucketMs}`;
    let delta = deltas.get(key);
    if (!delta) deltas.set(key, (delta = { ...dimensionsOf(row as SketchDimensions), bucketMs, sketches: new SketchSet() }));
    delta.sketches.add(row);
  }
  return [...deltas.values()];
}

export function facetsOf(rows: SampleRow[]): Facet[] {
  const facets = new Map<string, Facet>();
  for (const row of rows) {
    const hostId = row["hostId"] as string;
    const key = `${row["buildId"]} ${hostId} ${row["kind"]} ${row["executor"]}`;
    let facet = facets.get(key);
    if (!facet) facets.set(key, (facet = { ...dimensionsOf(row as SketchDimensions), hostId, count: 0, lastMs: 0 }));
    facet.count++;
    facet.lastMs = Math.max(facet.lastMs, row["startedAtMs"] as number);
  }
  // Always in the same order: two transactions never wait for each other's rows in a circle.
  return [...facets].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, facet]) => facet);
}

async function addDerived(tx: RawQueries, rows: SampleRow[]): Promise<void> {
  if (rows.length === 0) return;
  const deltas = deltasOf(rows).map(({ sketches, ...delta }) => ({
    ...delta,
    id: newId("dlt"),
    count: sketches.count,
    total: sketches.encodeTotal(),
    others: sketches.encodeOthers(),
  }));
  await insertDeltas(tx, deltas);
  await addFacetCounts(tx, facetsOf(rows));
}

/** Stores what is new of `reported` and tells it to `onStored`; how many that were. */
export async function storeSamples(db: Db, reported: readonly SampleRow[], onStored?: (fresh: SampleRow[]) => void): Promise<number> {
  if (reported.length === 0) return 0;
  // Always in the same order: two transactions that hold the same report, sent twice, never wait for each other's rows in a circle.
  const rows = reported.toSorted((a, b) => ((a["id"] as string) < (b["id"] as string) ? -1 : 1));
  const stored = await rawOf(db).transaction(async (tx) => {
    const fresh = await insertStartSamples(tx, rows);
    // An id that comes twice within one report is one row.
    const counted = fresh ? rows.filter((row) => fresh.delete(row["id"] as string)) : rows;
    await addDerived(tx, counted);
    return counted;
  });
  onStored?.(stored);
  return stored.length;
}

/** Counts and sketches of rows that were stored before there were any. */
export async function deriveAgain(db: Db, rows: SampleRow[]): Promise<void> {
  await rawOf(db).transaction((tx) => addDerived(tx, rows));
}

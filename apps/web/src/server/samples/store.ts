/**
 * Start samples on their way in: the rows themselves, their counts by facet and their sketches, in one transaction, so that the
 * three always agree. A sample that was stored before (reports come at least once) is counted nowhere again.
 */
import type { Db, DbTransaction } from "../db/client.ts";
import { addFacetCounts, insertStartSamples, type SampleRow } from "../db/dialect.ts";
import { providerOf } from "../db/provider.ts";
import { newId } from "../ids.ts";
import { SketchSet } from "./sketches.ts";

const minuteMs = 60_000;
const hourMs = 3_600_000;
/** What comes later than this is kept by the hour: see rollups.ts, which keeps minutes for a day. */
const minutesForMs = 86_400_000 - hourMs;

const dimensions = ["projectId", "handlerId", "versionId", "buildId", "kind", "executor", "mode", "target"] as const;
export type Dimensions = Record<(typeof dimensions)[number], string>;
export const dimensionsOf = (row: Record<string, unknown>) => Object.fromEntries(dimensions.map((name) => [name, row[name]])) as Dimensions;

type Delta = Dimensions & { bucketMs: number; sketches: SketchSet };
type Facet = Dimensions & { hostId: string; count: number; lastMs: number };

function deltasOf(rows: SampleRow[]): Delta[] {
  const deltas = new Map<string, Delta>();
  for (const row of rows) {
    const startedAtMs = row["startedAtMs"] as number;
    const unit = startedAtMs > Date.now() - minutesForMs ? minuteMs : hourMs;
    const bucketMs = Math.floor(startedAtMs / unit) * unit;
    const key = `${row["buildId"]} ${row["kind"]} ${row["executor"]} ${bucketMs}`;
    let delta = deltas.get(key);
    if (!delta) deltas.set(key, (delta = { ...dimensionsOf(row), bucketMs, sketches: new SketchSet() }));
    delta.sketches.add(row);
  }
  return [...deltas.values()];
}

function facetsOf(rows: SampleRow[]): Facet[] {
  const facets = new Map<string, Facet>();
  for (const row of rows) {
    const hostId = row["hostId"] as string;
    const key = `${row["buildId"]} ${hostId} ${row["kind"]} ${row["executor"]}`;
    let facet = facets.get(key);
    if (!facet) facets.set(key, (facet = { ...dimensionsOf(row), hostId, count: 0, lastMs: 0 }));
    facet.count++;
    facet.lastMs = Math.max(facet.lastMs, row["startedAtMs"] as number);
  }
  // Always in the same order: two transactions never wait for each other's rows in a circle.
  return [...facets].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, facet]) => facet);
}

async function addDerived(tx: DbTransaction, db: Db, rows: SampleRow[]): Promise<void> {
  if (rows.length === 0) return;
  await tx.sampleDelta.createMany({
    data: deltasOf(rows).map(({ sketches, bucketMs, ...dims }) => ({
      id: newId("dlt"),
      ...dims,
      bucketMs: BigInt(bucketMs),
      count: sketches.count,
      total: sketches.encodeTotal(),
      others: sketches.encodeOthers(),
    })),
  });
  await addFacetCounts(tx, providerOf(db), facetsOf(rows));
}

/** Stores what is new of `rows` and tells it to `onStored`; how many that were. */
export async function storeSamples(db: Db, rows: SampleRow[], onStored?: (fresh: SampleRow[]) => void): Promise<number> {
  if (rows.length === 0) return 0;
  const stored = await db.$transaction(
    async (tx) => {
      const fresh = new Set(await insertStartSamples(tx, providerOf(db), rows));
      // An id that comes twice within one report is one row.
      const counted = rows.filter((row) => fresh.delete(row["id"] as string));
      await addDerived(tx, db, counted);
      return counted;
    },
    { maxWait: 20_000, timeout: 30_000 },
  );
  onStored?.(stored);
  return stored.length;
}

/** Counts and sketches of rows that were stored before there were any. */
export async function deriveAgain(db: Db, rows: SampleRow[]): Promise<void> {
  await db.$transaction((tx) => addDerived(tx, db, rows), { timeout: 60_000 });
}

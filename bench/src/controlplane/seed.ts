/**
 * Fills a fleet's database up to --rows samples of the last 30 days, straight in SQL: one hour's starts are generated, every other hour has the
 * same ones under other ids. Counts and sketches are what reports would have made of them.
 */
import { randomUUID } from "node:crypto";
import { text } from "node:stream/consumers";
import { parseArgs } from "node:util";
import { mulberry32 } from "@zerostart/stats";
import { openDatabase } from "../../../apps/web/src/server/db/client.ts";
import {
  addFacetCounts,
  insertStartSamples,
  phaseColumns,
  replaceRollups,
  sampleColumns,
  type RollupRow,
  type SampleRow,
} from "../../../apps/web/src/server/db/dialect.ts";
import { rawOf, type RawQueries } from "../../../apps/web/src/server/db/provider.ts";
import { dayMs, hourMs } from "../../../apps/web/src/server/samples/resolutions.ts";
import { SketchSet } from "../../../apps/web/src/server/samples/sketches.ts";
import { dimensionsOf, facetsOf } from "../../../apps/web/src/server/samples/store.ts";
import type { Fleet } from "./server.ts";

const hours = 30 * 24;

const { values } = parseArgs({ options: { data: { type: "string" }, database: { type: "string" }, rows: { type: "string" } } });
const fleet = JSON.parse(await text(process.stdin)) as Fleet;
const db = openDatabase(values.database ? { provider: "postgresql", url: values.database } : { provider: "sqlite", path: `${values.data}/zerostart.db` });
const raw = rawOf(db);
const isPostgres = raw.provider === "postgresql";
const zeros = Object.fromEntries(phaseColumns.map(({ column }) => [column, 0]));
const now = Date.now();
const thisHour = Math.floor(now / hourMs) * hourMs;
// The whole of the last 30 days, without the hour that is not over.
const firstHour = thisHour - hours * hourMs;
const perHour = Math.round(Number(values.rows) / hours);

type Row = SampleRow & { buildId: string; kind: string; executor: string };

/** Of the first hour; the same for the same number. */
function startsOfAnHour(): Row[] {
  const random = mulberry32(41);
  return Array.from({ length: perHour }, (_, i): Row => {
    const build = fleet.builds[i % fleet.builds.length] as Fleet["builds"][number];
    const totalNs = 400_000 + Math.floor(random() ** 4 * 3_000_000);
    const spawnNs = Math.floor(totalNs * 0.4);
    const loadNs = Math.floor(totalNs * 0.3);
    return {
      id: randomUUID(),
      projectId: fleet.projectId,
      ...build,
      hostId: (fleet.agents[Math.floor(random() * fleet.agents.length)] as Fleet["agents"][number]).hostId,
      deploymentId: null,
      instanceId: null,
      // Some of the first hour are the newest experiment's.
      measurementId: i < 200 ? (fleet.history?.measurementId ?? null) : null,
      variant: i < 200 ? i % 2 : null,
      kind: random() < 0.1 ? "measured" : "real",
      // The filters that have to look furthest: a few in a hundred thousand, of one build.
      executor: i === 0 || (i > 0 && i % 50_000 === 0) ? "qemu-user" : "native",
      startedAtMs: firstHour + Math.floor(random() * hourMs),
      agentStartedAtMs: firstHour,
      receivedAtMs: now,
      totalNs,
      ...zeros,
      spawnNs,
      loadNs,
      firstRequestNs: totalNs - spawnNs - loadNs,
      rssBytes: 1_300_000 + (i % 64) * 4_096,
      pssBytes: 900_000,
      privateDirtyBytes: 400_000,
      minorFaults: 90,
      majorFaults: 0,
      binaryBytes: 1_500_000,
    };
  });
}

/** What is made anew at the end, which sorts once: indexes, on PostgreSQL the primary key too. */
async function droppable(): Promise<{ drop: string; create: string }[]> {
  if (!isPostgres) {
    const rows = await raw.query<{ name: string; sql: string }>(
      `SELECT name, sql FROM sqlite_master WHERE type = 'index' AND tbl_name = 'StartSample' AND sql IS NOT NULL`,
    );
    return rows.map(({ name, sql }) => ({ drop: `DROP INDEX "${name}"`, create: sql }));
  }
  const rows = await raw.query<{ name: string; sql: string }>(
    `SELECT indexname AS name, indexdef AS sql FROM pg_indexes WHERE tablename = 'StartSample' AND indexname NOT LIKE '%pkey'`,
  );
  return [
    {
      drop: `ALTER TABLE "StartSample" DROP CONSTRAINT "StartSample_pkey"`,
      create: `ALTER TABLE "StartSample" ADD CONSTRAINT "StartSample_pkey" PRIMARY KEY ("id")`,
    },
    ...rows.map(({ name, sql }) => ({ drop: `DROP INDEX "${name}"`, create: sql })),
  ];
}

if (isPostgres)
  for (const setting of ["synchronous_commit = off", "maintenance_work_mem = '1GB'"])
    await raw.query(`ALTER DATABASE ${new URL(values.database as string).pathname.slice(1)} SET ${setting}`);
else for (const pragma of ["synchronous = OFF", "cache_size = -1000000"]) await raw.query(`PRAGMA ${pragma}`);

for (const table of ["StartSample", "SampleRollup", "SampleFacet"]) await raw.query(isPostgres ? `TRUNCATE "${table}"` : `DELETE FROM "${table}"`);
const rows = startsOfAnHour();
await insertStartSamples(raw, rows);
await raw.query(`CREATE TABLE "SeedBlock" AS SELECT * FROM "StartSample"`);
const dropped = await droppable();
for (const { drop } of dropped) await raw.query(drop);
const quoted = sampleColumns.map((name) => `"${name}"`);
const newId = isPostgres ? "gen_random_uuid()::text" : "hex(randomblob(18))";
const later = sampleColumns.map((name, i) => {
  if (name === "id") return newId;
  if (name === "measurementId" || name === "variant") return "NULL";
  return name === "startedAtMs" ? `"startedAtMs" + ${isPostgres ? "CAST($1 AS bigint)" : "?"}` : quoted[i];
});
const insert = (values: (string | undefined)[]) => `INSERT INTO "StartSample" (${quoted.join(", ")}) SELECT ${values.join(", ")} FROM "SeedBlock"`;
async function fill(on: RawQueries): Promise<void> {
  await on.query(isPostgres ? `TRUNCATE "StartSample"` : `DELETE FROM "StartSample"`);
  await on.query(insert(quoted));
  for (let hour = 1; hour < hours; hour++) await on.query(insert(later), hour * hourMs);
}
// Emptied in the same transaction PostgreSQL (with wal_level = minimal) writes the rows themselves and no log of them; SQLite would write all of them twice.
await (isPostgres ? raw.transaction(fill) : fill(raw));
await raw.query(`DROP TABLE "SeedBlock"`);
for (const { create } of dropped) await raw.query(create);

const groups = [...Map.groupBy(rows, (row) => `${row.buildId} ${row.kind} ${row.executor}`).values()].map((group) => {
  const sketches = new SketchSet();
  for (const row of group) sketches.add(row);
  const day = new SketchSet();
  for (let hour = 0; hour < 24; hour++) day.merge(sketches.count, sketches.encodeTotal(), sketches.encodeOthers());
  return { dimensions: dimensionsOf(group[0] as never), sketches, day };
});
const rollups: RollupRow[] = [];
const firstDay = Math.ceil(firstHour / dayMs) * dayMs;
for (const { dimensions, sketches, day } of groups) {
  const hourly = { ...dimensions, count: sketches.count, total: sketches.encodeTotal(), others: sketches.encodeOthers() };
  for (let hour = 0; hour < hours; hour++) rollups.push({ ...hourly, resolutionMs: hourMs, bucketMs: firstHour + hour * hourMs });
  const partOf = (fromMs: number, toMs: number): SketchSet => {
    const set = new SketchSet();
    for (let at = fromMs; at < toMs; at += hourMs) set.merge(hourly.count, hourly.total, hourly.others);
    return set;
  };
  const push = (bucketMs: number, set: SketchSet) => {
    if (set.count > 0) rollups.push({ ...dimensions, resolutionMs: dayMs, bucketMs, count: set.count, total: set.encodeTotal(), others: set.encodeOthers() });
  };
  push(firstDay - dayMs, partOf(firstHour, firstDay));
  let at = firstDay;
  for (; at + dayMs <= thisHour; at += dayMs) push(at, day);
  push(at, partOf(at, thisHour));
}
for (let at = 0; at < rollups.length; at += 2_000) await replaceRollups(raw, rollups.slice(at, at + 2_000));
await addFacetCounts(
  raw,
  facetsOf(rows).map((facet) => ({ ...facet, count: facet.count * hours, lastMs: facet.lastMs + (hours - 1) * hourMs })),
);
if (isPostgres) {
  await raw.query("VACUUM ANALYZE");
  await raw.query("CHECKPOINT");
} else {
  await raw.query("ANALYZE");
  await raw.query("PRAGMA wal_checkpoint(TRUNCATE)");
}
const [stored] = await raw.query<{ count: number }>(`SELECT COUNT(*) AS count FROM "StartSample"`);
if (stored?.count !== perHour * hours) throw new Error(`${stored?.count} samples, not ${perHour * hours}`);
await db.$disconnect();

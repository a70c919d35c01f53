/** Fills a fleet's database up to --rows samples of the last 30 days, the way reports do it: hour after hour, every build in each. */
import { randomUUID } from "node:crypto";
import { text } from "node:stream/consumers";
import { parseArgs } from "node:util";
import { openDatabase } from "../../../apps/web/src/server/db/client.ts";
import { phaseColumns, type SampleRow } from "../../../apps/web/src/server/db/dialect.ts";
import { compactSamples } from "../../../apps/web/src/server/samples/rollups.ts";
import { storeSamples } from "../../../apps/web/src/server/samples/store.ts";
import type { Fleet } from "./server.ts";

const hourMs = 3_600_000;
const hours = 30 * 24;
const rowsATime = 5_000;

const { values } = parseArgs({ options: { data: { type: "string" }, database: { type: "string" }, rows: { type: "string" } } });
const fleet = JSON.parse(await text(process.stdin)) as Fleet;
const db = openDatabase(values.database ? { provider: "postgresql", url: values.database } : { provider: "sqlite", path: `${values.data}/zerostart.db` });
const zeros = Object.fromEntries(phaseColumns.map(({ column }) => [column, 0]));
const now = Date.now();
const wanted = Number(values.rows);
const { _sum } = await db.sampleFacet.aggregate({ _sum: { count: true } });
let done = _sum.count ?? 0;
for (let batch = Math.floor(done / rowsATime); done < wanted; batch++) {
  const hourAt = now - (batch % hours) * hourMs;
  const rows = Array.from({ length: Math.min(rowsATime, wanted - done) }, (_, i): SampleRow => {
    const build = fleet.builds[i % fleet.builds.length] as Fleet["builds"][number];
    const host = fleet.agents[(i + batch) % fleet.agents.length] as Fleet["agents"][number];
    const totalNs = 400_000 + Math.floor(Math.random() ** 4 * 3_000_000);
    const spawnNs = Math.floor(totalNs * 0.4);
    const loadNs = Math.floor(totalNs * 0.3);
    return {
      id: randomUUID(),
      projectId: fleet.projectId,
      ...build,
      hostId: host.hostId,
      deploymentId: null,
      // The newest experiment's starts are in the first batch.
      measurementId: batch === 0 && i < 200 ? (fleet.history?.measurementId ?? null) : null,
      variant: batch === 0 && i < 200 ? i % 2 : null,
      kind: i % 10 === 0 ? "measured" : "real",
      // One in ten thousand: the filter that has to look furthest.
      executor: i === 1 && batch % 2 === 0 ? "qemu-user" : "native",
      startedAtMs: Math.floor(hourAt - Math.random() * hourMs),
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
  done += await storeSamples(db, rows);
  if (batch % 20 === 0) while ((await compactSamples(db)) > 0);
}
while ((await compactSamples(db)) > 0);
await db.$disconnect();

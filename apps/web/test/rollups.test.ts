/** Sketches of many starts against the starts themselves, on both databases. */
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { before, test } from "node:test";
import { mulberry32, quantile } from "@zerostart/stats";
import { builtHandler, type TestServer } from "./support/harness.ts";
import { onEachDatabase } from "./support/databases.ts";

const hourMs = 3_600_000;
const dayMs = 86_400_000;

test("segments cover a window with whole buckets, each instant once, and no finer than what is kept", async () => {
  const { segmentsOf } = await import("../src/server/samples/read.ts");
  const random = mulberry32(11);
  const now = Date.UTC(2026, 10, 28, 12, 34, 56);
  for (let round = 0; round < 500; round++) {
    const fromMs = Math.floor(now - random() ** 3 * 40 * dayMs);
    const toMs = random() < 0.3 ? undefined : Math.floor(fromMs + random() * (now - fromMs)) + 1;
    const longest = [60_000, hourMs, dayMs][Math.floor(random() * 3)];
    const segments = segmentsOf({ fromMs, toMs }, longest, now);
    const finest = fromMs > now - dayMs ? 60_000 : hourMs;
    for (const { resolutionMs, fromMs: low, toMs: high } of segments) {
      assert.ok(resolutionMs >= finest && resolutionMs <= Math.max(finest, longest ?? dayMs));
      assert.ok(low < high && low % resolutionMs === 0 && (high === 8.64e15 || high % resolutionMs === 0));
    }
    for (const [i, segment] of segments.entries()) if (i > 0) assert.equal(segment.fromMs, segments[i - 1]?.toMs);
    assert.equal(segments[0]?.fromMs, Math.floor(fromMs / finest) * finest);
    if (toMs !== undefined) assert.equal(segments.at(-1)?.toMs, Math.ceil(toMs / finest) * finest);
  }
});

onEachDatabase((onServer) => {
  let server: TestServer;
  before(() => {
    server = onServer();
  });

  test("many starts: every figure within 1 %, every count exact, however often and from wherever they were stored and merged", async () => {
    const { storeSamples } = await import("../src/server/samples/store.ts");
    const { compactSamples, deriveMissing } = await import("../src/server/samples/rollups.ts");
    const { db } = server.app;
    const { api, projectId } = await server.person("admin");
    const { builds, handlerId } = await builtHandler(api, "many", { modes: ["snapshot", "embedded"] });
    const random = mulberry32(5);
    const now = Date.now();
    const rows = Array.from({ length: 10_400 }, (_, i) => {
      const build = builds[i % 3 === 0 ? 1 : 0] as (typeof builds)[number];
      const totalNs = 300_000 + Math.floor(random() ** 4 * 5_000_000);
      return {
        id: randomUUID(),
        projectId,
        handlerId,
        versionId: build.versionId,
        buildId: build.id,
        artifactId: build.artifact?.id ?? "",
        hostId: `host-${i % 7}`,
        deploymentId: null,
        instanceId: null,
        measurementId: null,
        variant: null,
        kind: "real",
        mode: build.mode,
        target: build.target,
        executor: "native",
        startedAtMs: Math.floor(now - Math.floor(random() * 120) * 36 * 60_000 - random() * 30_000),
        receivedAtMs: now,
        totalNs,
        spawnNs: Math.floor(totalNs / 2),
        firstRequestNs: Math.floor(totalNs / 4),
        rssBytes: 300_000 + (i % 50) * 4096,
        pssBytes: i % 2 === 0 ? 200_000 : null,
        privateDirtyBytes: null,
        minorFaults: 3,
        majorFaults: 0,
        binaryBytes: build.mode === "snapshot" ? 1_500_000 : 1_400_000,
      };
    });
    for (const column of ["linkNs", "vmInitNs", "ioInitNs", "parseNs", "compileNs", "cacheNs", "loadNs", "handlerInitNs", "poolNs", "listenNs", "otherNs"])
      for (const row of rows as Record<string, unknown>[]) row[column] = 0;
    const parts = Array.from({ length: 4 }, (_, i) => rows.slice(i * 2_600, (i + 1) * 2_600));
    // Each part twice and at once, while sketches are merged from several sides.
    let stored = 0;
    for (const part of parts) {
      const [once, again] = await Promise.all([
        storeSamples(db, part),
        storeSamples(db, [...part, ...part.slice(0, 10)]),
        compactSamples(db),
        compactSamples(db),
      ]);
      stored += once + again;
    }
    assert.equal(stored, rows.length);
    const check = async () => {
      const totals = rows.map((r) => r.totalNs);
      const near = (actual: number, list: number[], p: number) =>
        assert.ok(Math.abs(actual - quantile(list, p)) <= quantile(list, p) * 0.012, `${p}: ${actual}, not ${quantile(list, p)}`);
      const summary = await api.coldStarts.summary.query({ handlerId });
      assert.equal(summary?.basis, "sketched");
      assert.equal(summary.total.count, rows.length);
      for (const [name, p] of [
        ["p50", 0.5],
        ["p90", 0.9],
        ["p99", 0.99],
      ] as const)
        near(summary.total[name], totals, p);
      assert.equal(summary.total.min, Math.min(...totals));
      assert.equal(summary.total.max, Math.max(...totals));
      assert.equal(summary.pssBytes?.count, rows.length / 2);
      assert.equal(summary.privateDirtyBytes, null);
      assert.ok(Math.abs(summary.firstRequestShare - 0.25) < 0.001);
      const histogram = await api.coldStarts.histogram.query({ handlerId });
      assert.equal(histogram.bins.reduce((n, b) => n + b.count, 0) + histogram.above, rows.length);
      const median = histogram.bins.find((b) => b.low <= quantile(totals, 0.5) && b.high > quantile(totals, 0.5));
      const exact = totals.filter((v) => v >= (median?.low ?? 0) && v < (median?.high ?? 0)).length;
      assert.ok(Math.abs((median?.count ?? 0) - exact) < rows.length * 0.02);
      const timeline = await api.coldStarts.timeline.query({ handlerId });
      assert.equal(timeline.basis, "sketched");
      assert.ok(timeline.points.length > 10 && timeline.points.length <= 80, `${timeline.points.length} points`);
      for (const point of timeline.points) {
        const inBucket: typeof rows = rows.filter((r) => Math.floor(r.startedAtMs / timeline.bucketMs) * timeline.bucketMs === point.bucketMs);
        assert.equal(point.count, inBucket.length);
      }
      const byBuild = await api.coldStarts.byBuild.query({ handlerId });
      assert.equal(byBuild.basis, "sketched");
      assert.deepEqual(byBuild.builds.map((b) => b.count).sort(), builds.map((b) => rows.filter((r) => r.buildId === b.id).length).sort());
      assert.equal((await api.coldStarts.facets.query({ handlerId })).totalCount, rows.length);
      assert.equal((await api.handlers.list.query())[0]?.coldStart?.count, rows.length);
      // A window, widened to whole hours; one host's starts one by one.
      const fromMs = Math.floor(now / hourMs) * hourMs - 40 * hourMs;
      const toMs = fromMs + 7 * hourMs;
      const part = await api.coldStarts.summary.query({ handlerId, fromMs, toMs });
      assert.equal(part?.total.count, rows.filter((r) => r.startedAtMs >= fromMs && r.startedAtMs < toMs).length);
      const host = await api.coldStarts.summary.query({ handlerId, hostId: "host-3" });
      assert.equal(host?.basis, "all");
      assert.equal(host.total.count, rows.filter((r) => r.hostId === "host-3").length);
    };
    await check();
    while ((await compactSamples(db)) > 0);
    assert.equal(await db.sampleDelta.count(), 0);
    await check();
    // As on a database from before there were sketches.
    await db.setting.deleteMany({ where: { name: "rollups" } });
    await db.$transaction([db.sampleFacet.deleteMany(), db.sampleRollup.deleteMany()]);
    await deriveMissing(db);
    await check();
  });
});

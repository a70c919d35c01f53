/** What is old is dropped by each project's rule, on both databases, and what charts say of it stays true. */
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { mulberry32, quantile } from "@zerostart/stats";
import { builtHandler, sampleOf, type TestServer } from "./support/harness.ts";
import { onEachDatabase } from "./support/databases.ts";

const { compactSamples } = await import("../src/server/samples/rollups.ts");
const { dropOldSamples } = await import("../src/server/samples/retention.ts");

const { forgetLogsAt } = await import("../src/features/deployments/server/log-retention.ts");

const dayMs = 86_400_000;

onEachDatabase((onServer) => {
  let server: TestServer;
  before(() => {
    server = onServer();
  });

  test("old starts go, those of a measurement stay; figures over all time are those of before, and lists say what they lack", async () => {
    const { db } = server.app;
    const { api } = await server.person("admin", "old");
    const other = await server.person("admin", "other");
    const agent = await server.agent("old");
    const theirs = await server.agent("other");
    const { builds, handlerId } = await builtHandler(api, "old");
    const build = builds[0];
    const { measurementId } = await api.measurements.create.mutate({ buildIds: [build?.id ?? ""] });
    const kept = (await builtHandler(other.api, "kept")).builds[0];
    assert.ok(build && kept);
    const random = mulberry32(3);
    const now = Date.now();
    const sampleAt = (atMs: number, extra: Record<string, unknown> = {}) =>
      sampleOf(build, 300_000 + Math.floor(random() * 900_000), { startedAt: new Date(atMs).toISOString(), kind: "real", ...extra });
    const starts = Array.from({ length: 2_500 }, () => sampleAt(now - random() * 60 * dayMs));
    const measured = Array.from({ length: 5 }, () => sampleAt(now - 50 * dayMs, { measurementId, kind: "measured" }));
    const emulated = [sampleAt(now - 55 * dayMs, { executor: "qemu-user" })];
    await agent.api.agent.report.mutate({ starts: [...starts, ...measured, ...emulated] });
    await theirs.api.agent.report.mutate({ starts: [sampleOf(kept, 500_000, { startedAt: new Date(now - 59 * dayMs).toISOString() })] });
    while ((await compactSamples(db)) > 0);
    const filter = { handlerId, kind: "real" as const };
    const before = await api.coldStarts.summary.query(filter);
    assert.deepEqual([before?.basis, before?.total.count, before?.keptFromMs], ["all", starts.length, null]);
    assert.equal(await dropOldSamples(db), 0, "nothing is as old as the default says");

    await assert.rejects(api.settings.setRetention.mutate({ samplesKeptDays: 0 }), /one day at least/);
    await api.settings.setRetention.mutate({ samplesKeptDays: 20 });
    const dropped = await dropOldSamples(db);
    const cutMs = Math.floor((now - 20 * dayMs) / dayMs) * dayMs;
    const left = starts.filter((s) => Date.parse(s.startedAt) >= cutMs);
    assert.equal(dropped, starts.length - left.length + emulated.length);
    assert.equal(await db.startSample.count({ where: { handlerId } }), left.length + measured.length);
    assert.equal((await other.api.coldStarts.list.query({})).samples.length, 1, "another project's rule is its own");

    await assert.rejects(api.settings.setRetention.mutate({ logsKeptDays: 4_000 }), /ten years at most/);
    assert.deepEqual(await api.settings.setRetention.mutate({ logsKeptDays: 7 }), { samplesKeptDays: 20, logsKeptDays: 7 }, "what is not given stays");

    // Over all time: every count, and percentiles within what sketches promise.
    const after = await api.coldStarts.summary.query(filter);
    assert.deepEqual([after?.basis, after?.total.count, after?.keptFromMs], ["sketched", starts.length, cutMs]);
    const totals = starts.map((s) => s.totalNs);
    for (const [name, p] of [
      ["p50", 0.5],
      ["p99", 0.99],
    ] as const)
      assert.ok(Math.abs((after?.total[name] ?? 0) - quantile(totals, p)) <= quantile(totals, p) * 0.012, name);
    const timeline = await api.coldStarts.timeline.query(filter);
    assert.deepEqual([timeline.basis, timeline.points.reduce((n, p) => n + p.count, 0)], ["sketched", starts.length]);
    const histogram = await api.coldStarts.histogram.query(filter);
    assert.equal(histogram.bins.reduce((n, b) => n + b.count, 0) + histogram.above, starts.length);
    assert.equal((await api.coldStarts.byBuild.query(filter)).builds[0]?.count, starts.length);
    assert.equal((await api.coldStarts.summary.query({ handlerId, executor: "qemu-user" }))?.total.count, 1);
    // Since the cut: one by one and exact, as before.
    const recent = await api.coldStarts.summary.query({ ...filter, fromMs: cutMs });
    assert.deepEqual([recent?.basis, recent?.total.count], ["all", left.length]);
    // A host's have no sketches: what is left, and it is said. A measurement's are all there.
    const host = await api.coldStarts.summary.query({ ...filter, hostId: agent.hostId });
    assert.deepEqual([host?.basis, host?.total.count], ["kept", left.length]);
    const order = await api.coldStarts.summary.query({ measurementId });
    assert.deepEqual([order?.basis, order?.total.count], ["all", measured.length]);

    // One that comes late is counted and goes with the rest; a longer rule brings nothing back and claims nothing.
    await agent.api.agent.report.mutate({ starts: [sampleAt(now - 40 * dayMs)] });
    assert.equal(await dropOldSamples(db), 1);
    await api.settings.setRetention.mutate({ samplesKeptDays: 365 });
    assert.equal(await dropOldSamples(db), 0);
    const longer = await api.coldStarts.summary.query(filter);
    assert.deepEqual([longer?.basis, longer?.total.count, longer?.keptFromMs], ["sketched", starts.length + 1, cutMs]);
  });

  test("old log lines go by each project's rule, in steps, those of a removed handler too", async () => {
    const { db } = server.app;
    const now = Date.now();
    const linesOf = async (slug: string) => {
      const { api, projectId } = await server.person("admin", slug);
      const agent = await server.agent(slug);
      const { builds, handlerId } = await builtHandler(api, slug);
      const { deploymentId } = await api.deployments.create.mutate({ buildId: builds[0]?.id ?? "" });
      const lines = (count: number, days: number) =>
        Array.from({ length: count }, () => ({
          id: crypto.randomUUID(),
          deploymentId,
          instanceId: `${deploymentId}-1`,
          at: new Date(now - days * dayMs).toISOString(),
          level: "info" as const,
          source: "handler" as const,
          text: `${days} days old`,
        }));
      const report = (count: number, days: number) => agent.api.agent.report.mutate({ logs: lines(count, days) });
      return { api, projectId, handlerId, deploymentId, report };
    };
    const daysLeft = async (projectId: string) => {
      const rows = await db.logLine.groupBy({ by: ["text"], where: { projectId }, _count: true, orderBy: { text: "asc" } });
      return Object.fromEntries(rows.map((row) => [row.text, row._count]));
    };
    const chatty = await linesOf("chatty");
    const other = await linesOf("other-logs");
    // More than two steps' worth, in three moments, the newest within one step of the cut.
    await chatty.report(2_500, 40);
    await chatty.report(1_999, 35);
    await chatty.report(2, 31);
    await chatty.report(3, 5);
    await chatty.report(1, 0);
    await other.report(4, 31);
    await other.report(4, 20);
    assert.equal(await forgetLogsAt(db, now), 2_500 + 1_999 + 2 + 4);
    assert.deepEqual(await daysLeft(chatty.projectId), { "0 days old": 1, "5 days old": 3 });
    assert.deepEqual(await daysLeft(other.projectId), { "20 days old": 4 });
    await chatty.api.settings.setRetention.mutate({ logsKeptDays: 3 });
    assert.equal(await forgetLogsAt(db, now), 3);
    assert.deepEqual(await daysLeft(other.projectId), { "20 days old": 4 }, "another project's rule is its own");
    // However young they are, one handler has so many at most.
    await chatty.report(4_100, 0);
    await chatty.report(2, 1);
    assert.equal(await forgetLogsAt(db, now, 10), 1 + 4_100 + 2 - 10);
    assert.deepEqual(await daysLeft(chatty.projectId), { "0 days old": 8, "1 days old": 2 }, "the newest to arrive stay");
    assert.deepEqual(await daysLeft(other.projectId), { "20 days old": 4 });
    assert.equal(await forgetLogsAt(db, now, 10), 0);
    await other.api.deployments.stop.mutate({ deploymentId: other.deploymentId });
    await other.api.handlers.remove.mutate({ handlerId: other.handlerId });
    assert.equal(await forgetLogsAt(db, now + 11 * dayMs), 4 + 10, "what belongs to nothing any more goes with the rest");
  });
});

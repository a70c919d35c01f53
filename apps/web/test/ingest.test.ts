/** Reports of agents, and the SQL over them against packages/stats. */
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { before, test } from "node:test";
import { phases } from "@zerostart/protocol";
import { mulberry32, quantile } from "@zerostart/stats";
import { builtHandler, logLineOf, sampleOf, type TestServer } from "./support/harness.ts";
import { onEachDatabase } from "./support/databases.ts";

test("one column for every phase of the protocol", async () => {
  const { Prisma } = await import("../generated/prisma/client.ts");
  const { phaseColumn } = await import("../src/server/db/dialect.ts");
  for (const phase of phases) assert.ok(phaseColumn(phase.name) in Prisma.StartSampleScalarFieldEnum, phase.name);
});

onEachDatabase((onServer) => {
  let server: TestServer;
  before(() => {
    server = onServer();
  });

  test("a report delivered twice, or twice at once, is stored once; bad items are refused one by one", async () => {
    const admin = await server.person("admin", "ingest");
    const agent = await server.agent("ingest");
    const { builds, handlerId } = await builtHandler(admin.api, "twice");
    const build = builds[0];
    assert.ok(build);
    const { deploymentId } = await admin.api.deployments.create.mutate({ buildId: build.id });
    const starts = Array.from({ length: 200 }, (_, i) => sampleOf(build, 400_000 + i));
    const logs = Array.from({ length: 100 }, (_, i) => logLineOf(deploymentId, `line ${i} 'quoted' "twice" \u0000 \u2028 ünï`));
    const answers = await Promise.all([agent.api.agent.report.mutate({ starts, logs }), agent.api.agent.report.mutate({ starts, logs })]);
    for (const answer of answers) {
      assert.equal(answer.accepted.length, 300);
      assert.deepEqual(answer.rejected, []);
    }
    assert.equal(await server.app.db.startSample.count({ where: { handlerId } }), 200);
    assert.equal(await server.app.db.logLine.count({ where: { handlerId } }), 100);
    const stored = await server.app.db.logLine.findFirstOrThrow({ where: { handlerId }, orderBy: { seq: "asc" } });
    assert.equal(stored.at.toISOString(), logs[0]?.at);

    const good = sampleOf(build, 1_000_000);
    const wrongSum = { ...sampleOf(build, 5_000), totalNs: 4_000 };
    const wrongMode = sampleOf(build, 5_000, { mode: "source" });
    const unknown = sampleOf(build, 5_000, { artifactId: "art_unknown" });
    const mixed = await agent.api.agent.report.mutate({ starts: [wrongSum, good, wrongMode, unknown, "rubbish", { id: "not a uuid" }, null] as never });
    assert.deepEqual(mixed.accepted, [good.id]);
    assert.deepEqual(
      new Map(mixed.rejected.map((r) => [r.id, r.reason])),
      new Map([
        [wrongSum.id, ": phases must add up to totalNs"],
        [wrongMode.id, "the artifact has another launch mode or target"],
        [unknown.id, "no such artifact of that build in this project"],
      ]),
    );
  });

  test("agents' calls are answered past tRPC's adapter as it would answer them", async () => {
    const admin = await server.person("admin", "quick");
    const agent = await server.agent("quick");
    const { builds } = await builtHandler(admin.api, "quick");
    const build = builds[0];
    assert.ok(build);
    const sample = sampleOf(build, 400_000);
    const sync = { protocolVersion: 1, revision: 0, agentTimeMs: Date.now(), instances: [] };
    const token = `Bearer ${agent.agentToken}`;
    const post = async (path: string, body: string, authorization: string) => {
      const response = await fetch(`${server.url}/api/trpc/${path}`, { method: "POST", headers: { "content-type": "application/json", authorization }, body });
      return { status: response.status, type: response.headers.get("content-type"), body: (await response.json()) as unknown };
    };
    for (const [procedure, body, authorization, status] of [
      ["agent.report", JSON.stringify({ starts: [sample] }), token, 200],
      ["agent.report", JSON.stringify({ starts: [{ ...sample, totalNs: 1 }] }), token, 200],
      ["agent.report", "{}", token, 200],
      ["agent.report", JSON.stringify({ starts: 1, zzz: { deep: [1] } }), token, 400],
      ["agent.report", "null", token, 400],
      ["agent.sync", JSON.stringify(sync), token, 200],
      ["agent.sync", JSON.stringify({ ...sync, protocolVersion: 99 }), token, 400],
      ["agent.sync", JSON.stringify(sync), "Bearer zs_agent_unknown", 401],
      ["agent.report", "{}", `Bearer ${agent.enrolmentToken}`, 401],
    ] as const) {
      const [quick, usual] = [await post(procedure, body, authorization), await post(`${procedure}?by=adapter`, body, authorization)];
      assert.deepEqual(quick, usual, `${procedure} ${body}`);
      assert.equal(quick.status, status, `${procedure} ${body}`);
    }
    // What is no JSON has words of its own; the same status.
    for (const body of ["{", "", "[1"])
      assert.deepEqual([(await post("agent.report", body, token)).status, (await post("agent.report?by=adapter", body, token)).status], [400, 400], body);
    const stored = await server.app.db.startSample.count({ where: { hostId: agent.hostId } });
    assert.equal(stored, 1);
  });

  test("the SQL's percentiles are those of packages/stats; emulated starts stay apart", async () => {
    const admin = await server.person("admin", "sql");
    const agent = await server.agent("sql");
    const { builds, handlerId } = await builtHandler(admin.api, "sql");
    const build = builds[0];
    assert.ok(build);
    const random = mulberry32(7);
    const hourMs = 3_600_000;
    const base = Math.floor(Date.now() / hourMs) * hourMs - 10 * hourMs;
    const starts = Array.from({ length: 997 }, () =>
      sampleOf(build, 300_000 + Math.floor(random() ** 4 * 5_000_000), { startedAt: new Date(base + Math.floor(random() * 8 * hourMs)).toISOString() }),
    );
    const emulated = Array.from({ length: 50 }, () => sampleOf(build, 9_000_000, { executor: "qemu-user" }));
    await agent.api.agent.report.mutate({ starts: [...starts, ...emulated] });
    const totals = starts.map((s) => s.totalNs);
    const summary = await admin.api.coldStarts.summary.query({ handlerId });
    assert.equal(summary?.total.count, 997);
    for (const [name, p] of [
      ["min", 0],
      ["p50", 0.5],
      ["p90", 0.9],
      ["p95", 0.95],
      ["p99", 0.99],
      ["max", 1],
    ] as const) {
      assert.ok(Math.abs((summary?.total[name] ?? 0) - quantile(totals, p)) < 0.01, `${name}: ${summary?.total[name]} ${quantile(totals, p)}`);
    }
    assert.equal(
      summary?.phases.find((p) => p.phase === "spawn")?.p50Ns,
      quantile(
        starts.map((s) => s.phases[0]?.ns ?? 0),
        0.5,
      ),
    );
    const { bucketMs, points } = await admin.api.coldStarts.timeline.query({ handlerId });
    assert.ok(points.length > 10 && points.length <= 62);
    for (const point of points) {
      const inBucket = starts.filter((s) => Math.floor(Date.parse(s.startedAt) / bucketMs) * bucketMs === point.bucketMs).map((s) => s.totalNs);
      assert.equal(point.count, inBucket.length);
      assert.ok(Math.abs(point.p90 - quantile(inBucket, 0.9)) < 0.01);
    }
    const h = await admin.api.coldStarts.histogram.query({ handlerId });
    assert.equal(h.bins.reduce((n, b) => n + b.count, 0) + h.above, 997);
    for (const bin of h.bins)
      assert.equal(
        bin.count,
        totals.filter((t) => t >= bin.low && t < bin.high && t <= Math.max(...h.bins.map((b) => b.high))).length -
          (bin === h.bins.at(-1) ? h.above - totals.filter((t) => t >= bin.high).length : 0),
      );
    assert.equal((await admin.api.coldStarts.summary.query({ handlerId, executor: "qemu-user" }))?.total.count, 50);
    await assert.rejects(admin.api.compare.run.query({ a: { handlerId }, b: { handlerId, executor: "qemu-user" } }), /not compared with native/);

    const seen: string[] = [];
    let cursor: { startedAtMs: number; id: string } | undefined;
    do {
      const page = await admin.api.coldStarts.list.query({ handlerId, limit: 300, ...(cursor ? { cursor } : {}) });
      seen.push(...page.samples.map((s) => s.id));
      cursor = page.nextCursor ?? undefined;
    } while (cursor);
    assert.equal(new Set(seen).size, 997);
    assert.equal(seen.length, 997);
    const json = (await (await fetch(`${server.url}/api/cold-starts.json?handlerId=${handlerId}`, { headers: { cookie: admin.cookie } })).json()) as unknown[];
    assert.equal(json.length, 997);
    assert.equal((await fetch(`${server.url}/api/cold-starts.csv?executor=quantum`, { headers: { cookie: admin.cookie } })).status, 400);
  });

  test("a start says which instance it was of, where an agent tells; one of no deployment is refused", async () => {
    const admin = await server.person("admin", "instances");
    const agent = await server.agent("instances");
    const { builds, handlerId } = await builtHandler(admin.api, "instances");
    const build = builds[0];
    assert.ok(build);
    const { deploymentId } = await admin.api.deployments.create.mutate({ buildId: build.id });
    const instanceId = `${deploymentId}-2`;
    const told = sampleOf(build, 400_000, { kind: "real", deploymentId, instanceId });
    const untold = sampleOf(build, 500_000, { kind: "real", deploymentId });
    const stray = sampleOf(build, 600_000, { instanceId });
    const endless = sampleOf(build, 600_000, { deploymentId, instanceId: "i".repeat(129) });
    const answer = await agent.api.agent.report.mutate({ starts: [told, untold, stray, endless] });
    assert.deepEqual(answer.accepted, [told.id, untold.id]);
    assert.deepEqual(
      answer.rejected.map(({ id }) => id),
      [endless.id, stray.id],
    );
    const { hostName, ...shown } = await admin.api.coldStarts.get.query({ sampleId: told.id });
    assert.deepEqual([shown.deploymentId, shown.instanceId, shown.hostId], [deploymentId, instanceId, agent.hostId]);
    const { samples } = await admin.api.coldStarts.list.query({ handlerId });
    const host = await server.app.db.host.findUniqueOrThrow({ where: { id: agent.hostId } });
    assert.equal(hostName, host.name);
    assert.deepEqual(
      new Map(samples.map((s) => [s.id, [s.instanceId, s.hostName]])),
      new Map([
        [told.id, [instanceId, host.name]],
        [untold.id, [null, host.name]],
      ]),
    );
  });

  test("comparison: a clear difference, and an honest none", async () => {
    const admin = await server.person("admin", "compare");
    const agent = await server.agent("compare");
    const { builds } = await builtHandler(admin.api, "cmp", { modes: ["snapshot", "embedded"] });
    const [a, b] = builds;
    assert.ok(a && b);
    const random = mulberry32(3);
    const noise = () => Math.floor(random() * 100_000);
    await agent.api.agent.report.mutate({
      starts: [...Array.from({ length: 40 }, () => sampleOf(a, 500_000 + noise())), ...Array.from({ length: 40 }, () => sampleOf(b, 800_000 + noise()))],
    });
    const different = await admin.api.compare.run.query({ a: { buildId: a.id }, b: { buildId: b.id } });
    const total = different.metrics.find((m) => m.metric === "total");
    assert.equal(total?.result.verdict, "higher");
    assert.ok((total?.result.median.low ?? 0) > 200_000);
    const same = await admin.api.compare.run.query({ a: { buildId: a.id }, b: { buildId: a.id } });
    assert.equal(same.metrics.find((m) => m.metric === "total")?.result.verdict, "not-significant");
  });

  test("what an agent reports by a wrong clock is stored by ours, with the raw time beside it", async () => {
    const admin = await server.person("admin", "clocks");
    const agent = await server.agent("clocks");
    const { builds, handlerId } = await builtHandler(admin.api, "clocks");
    const build = builds[0];
    assert.ok(build);
    const { deploymentId } = await admin.api.deployments.create.mutate({ buildId: build.id });
    const store = async (skewMs: number) => {
      await agent.api.agent.sync.mutate({ protocolVersion: 1, revision: 0, agentTimeMs: Date.now() + skewMs, instances: [] });
      const beganMs = Date.now();
      const startedAt = new Date(beganMs + skewMs - 5_000).toISOString();
      const sample = sampleOf(build, 500_000, { startedAt });
      const line = { id: randomUUID(), deploymentId, instanceId: "i", at: startedAt, level: "info" as const, source: "handler" as const, text: "tick" };
      await agent.api.agent.report.mutate({ starts: [sample], logs: [line] });
      const stored = await server.app.db.startSample.findUniqueOrThrow({ where: { id: sample.id } });
      const log = await server.app.db.logLine.findUniqueOrThrow({ where: { id: line.id } });
      assert.equal(Number(stored.agentStartedAtMs), Date.parse(startedAt));
      assert.equal(log.agentAt?.toISOString(), startedAt);
      assert.equal(log.at.getTime(), Number(stored.startedAtMs));
      return Number(stored.startedAtMs) - (beganMs - 5_000);
    };
    for (const skewMs of [600_000, -600_000]) {
      const offMs = await store(skewMs);
      assert.ok(Math.abs(offMs) < 4_000, `corrected by ${skewMs}, it is off by ${offMs} ms`);
    }
    assert.equal(await store(0), 0, "a clock in step is believed to the millisecond");
    // The clock was put right after the skew had been measured: what would lie in the future is now.
    await agent.api.agent.sync.mutate({ protocolVersion: 1, revision: 0, agentTimeMs: Date.now() - 600_000, instances: [] });
    const late = sampleOf(build, 500_000);
    await agent.api.agent.report.mutate({ starts: [late] });
    assert.ok(Number((await server.app.db.startSample.findUniqueOrThrow({ where: { id: late.id } })).startedAtMs) <= Date.now());
    assert.equal((await admin.api.coldStarts.summary.query({ handlerId }))?.total.count, 4);
  });
});

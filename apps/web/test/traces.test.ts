/** Traces: ordered by people, reported by agents, kept for a while, read and downloaded by who may. */
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, before, test } from "node:test";
import { gzipSync } from "node:zlib";
import type { StartTrace } from "@zerostart/protocol";
import { builtHandler, packedTrace, standInPipeline, startServer, traceOf, type TestServer } from "./support/harness.ts";

const { forgetTracesAt } = await import("../src/features/traces/server/retention.ts");

const symbols = Buffer.from("symbols of a stub");
let server: TestServer;
before(async () => {
  const pipeline = standInPipeline();
  const build = pipeline.build.bind(pipeline);
  pipeline.build = async (...input) => {
    const outcome = await build(...input);
    return outcome.artifact ? { ...outcome, artifact: { ...outcome.artifact, symbols } } : outcome;
  };
  server = await startServer({ pipeline });
});
after(() => server.stop());

async function setup(slug: string) {
  const person = await server.person("deployer", slug);
  const agent = await server.agent(slug, `host-${slug}`);
  const { handlerId, builds } = await builtHandler(person.api, `handler-${slug}`, { modes: ["snapshot", "clone"] });
  const build = builds.find((b) => b.mode === "snapshot")!;
  const pooled = builds.find((b) => b.mode === "clone")!;
  const order = async () => (await person.api.traces.create.mutate({ buildId: build.id, runs: 50, path: "/x?y=1", knobs: { heapMb: 32 } })).traceId;
  const done = (traceId: string, trace = packedTrace("shopFetch")) => ({ id: randomUUID(), traceId, status: "done" as const, trace });
  return { ...person, agent, handlerId, build, pooled, order, done };
}

test("an order reaches the agent with the symbols' digest; progress, the trace, downloads in three formats", async () => {
  const { api, agent, order, done, build, cookie } = await setup("one");
  const traceId = await order();
  const sync = await agent.api.agent.sync.mutate({ protocolVersion: 1, revision: 0, agentTimeMs: Date.now(), instances: [] });
  const [ordered] = sync.traces ?? [];
  assert.deepEqual([ordered?.traceId, ordered?.runs, ordered?.path, ordered?.knobs], [traceId, 50, "/x?y=1", { heapMb: 32 }]);
  assert.equal(ordered?.artifact.sha256, build.artifact?.sha256);
  const fetched = await fetch(`${server.url}/api/artifacts/${ordered!.symbolsSha256}`, { headers: { authorization: `Bearer ${agent.agentToken}` } });
  assert.deepEqual([fetched.status, Buffer.from(await fetched.arrayBuffer())], [200, symbols]);
  const foreign = await server.agent("foreign", "host-foreign");
  const refused = await fetch(`${server.url}/api/artifacts/${ordered!.symbolsSha256}`, { headers: { authorization: `Bearer ${foreign.agentToken}` } });
  assert.equal(refused.status, 404, "symbols are read by the project's own");

  const running = (n: number) => ({ id: randomUUID(), traceId, status: "running" as const, done: n, of: 80 });
  await agent.api.agent.report.mutate({ traces: [running(10)] });
  await agent.api.agent.report.mutate({ traces: [running(5)] });
  const half = await api.traces.get.query({ traceId });
  assert.deepEqual([half.state, half.progress], ["running", { done: 10, of: 80 }]);
  await assert.rejects(api.traces.read.query({ traceId }), /nothing to show: it is running/);

  const report = done(traceId);
  assert.deepEqual((await agent.api.agent.report.mutate({ traces: [report] })).accepted, [report.id]);
  assert.deepEqual((await agent.api.agent.report.mutate({ traces: [report, running(80)] })).accepted.length, 2, "what is known already is accepted again");
  const ended = await api.traces.get.query({ traceId });
  assert.deepEqual([ended.state, ended.summary?.samples, ended.summary?.totalNs], ["done", 3, 1_000]);
  const trace = await api.traces.read.query({ traceId });
  assert.equal(trace.subject.handler, "handler-one", "what was ordered is known here, not by the agent");
  assert(trace.frames.some((f) => f.name === "shopFetch"));
  for (const format of ["zerostart", "speedscope", "chrome"]) {
    const response = await fetch(`${server.url}/api/traces/${traceId}.${format}.json`, { headers: { cookie } });
    assert.equal(response.status, 200);
    assert.match(response.headers.get("content-disposition") ?? "", /filename="handler-one-snapshot\..*json"/);
    assert((await response.text()).includes("shopFetch"));
    const other = await server.person("admin", "two");
    assert.equal((await fetch(`${server.url}/api/traces/${traceId}.${format}.json`, { headers: { cookie: other.cookie } })).status, 404);
    assert.equal((await fetch(`${server.url}/api/traces/${traceId}.${format}.json`)).status, 401);
  }
  assert.deepEqual((await agent.api.agent.sync.mutate({ protocolVersion: 1, revision: 0, agentTimeMs: Date.now(), instances: [] })).traces, []);
});

test("who may: viewers read, deployers order; a pooled build, a foreign host and a cancelled order are told as such", async () => {
  const { api, agent, order, done, build, pooled } = await setup("roles");
  const viewer = await server.person("viewer", "roles");
  const traceId = await order();
  await assert.rejects(viewer.api.traces.create.mutate({ buildId: build.id }), /role "deployer"/);
  assert.equal((await viewer.api.traces.list.query({ handlerId: build.handlerId })).traces[0]?.id, traceId);
  await assert.rejects(api.traces.create.mutate({ buildId: pooled.id }), /fork of a running process/);
  await assert.rejects(api.traces.remove.mutate({ traceId }), /being recorded/);
  const second = await server.agent("roles", "another-host");
  assert.match((await second.api.agent.report.mutate({ traces: [done(traceId)] })).rejected[0]!.reason, /no such trace on this host/);
  await api.traces.cancel.mutate({ traceId });
  await agent.api.agent.report.mutate({ traces: [done(traceId)] });
  assert.equal((await api.traces.get.query({ traceId })).state, "cancelled");
  await assert.rejects(api.traces.cancel.mutate({ traceId }), /ended already/);
  const events = await server.app.db.auditEvent.findMany({ where: { targetId: traceId }, orderBy: { id: "asc" } });
  assert.deepEqual(
    events.map((e) => e.action),
    ["traces.create", "traces.cancel"],
  );
});

test("what is no trace is refused whole: the order fails with the reason, and nothing is stored", async () => {
  const { api, agent, order, done } = await setup("bad");
  const pack = (value: unknown) => gzipSync(JSON.stringify(value)).toString("base64");
  const trace = traceOf("f");
  const bad: [string, RegExp][] = [
    [Buffer.from("not gzip").toString("base64"), /cannot be unpacked/],
    [gzipSync(Buffer.alloc(17 << 20)).toString("base64"), /cannot be unpacked/],
    [pack({ ...trace, version: 9 }), /version/],
    [pack({ ...trace, samples: { ...trace.samples, stacks: [{ frames: [99], count: 1 }] } }), /frames or stacks that it does not have/],
    [pack({ ...trace, samples: { ...trace.samples, timeline: [[0, 9]] } } satisfies StartTrace), /frames or stacks that it does not have/],
    [gzipSync("{").toString("base64"), /JSON/],
  ];
  for (const [content, why] of bad) {
    const traceId = await order();
    await agent.api.agent.report.mutate({ traces: [done(traceId, content)] });
    const row = await api.traces.get.query({ traceId });
    assert.equal(row.state, "failed");
    assert.match(row.error ?? "", why);
  }
  const traceId = await order();
  await agent.api.agent.report.mutate({ traces: [{ id: randomUUID(), traceId, status: "failed", error: "no ptrace here" }] });
  assert.equal((await api.traces.get.query({ traceId })).error, "no ptrace here");
  assert.equal(await server.app.db.trace.count({ where: { handlerId: (await api.traces.get.query({ traceId })).handlerId, contentSha256: { not: null } } }), 0);
});

test("retention: a hundred a handler, ninety days, and unanswered orders fail; a file goes with the last row that needs it", async () => {
  const { app } = server;
  const { api, agent, order, done, handlerId } = await setup("kept");
  const first = await order();
  const second = await order();
  const third = await order();
  // Twice the same content is one file.
  await agent.api.agent.report.mutate({ traces: [done(first), done(second), done(third, packedTrace("other"))] });
  const sha = async (id: string) => (await app.db.trace.findUnique({ where: { id } }))?.contentSha256 ?? "";
  const [shared, own] = [await sha(first), await sha(third)];
  assert.equal(shared, await sha(second));
  const day = 86_400_000;
  const now = Date.now();
  await app.db.trace.updateMany({ where: { id: { in: [first, third] } }, data: { createdAt: new Date(now - 91 * day) } });
  const waiting = await order();
  await app.db.trace.updateMany({ where: { id: waiting }, data: { createdAt: new Date(now - 2 * 3_600_000) } });
  await forgetTracesAt(app, now);
  assert.equal(await sha(first), "");
  assert.notEqual(await app.traces.size(shared), undefined, "the second one still needs it");
  assert.equal(await app.traces.size(own), undefined);
  assert.match((await api.traces.get.query({ traceId: waiting })).error ?? "", /did not answer within an hour/);
  const row = (await app.db.trace.findUnique({ where: { id: second } }))!;
  const { summary: _, ...rest } = row;
  await app.db.trace.createMany({ data: Array.from({ length: 120 }, (_, i) => ({ ...rest, knobs: {}, id: `trc_zzz${String(i).padStart(4, "0")}` })) });
  await forgetTracesAt(app, now);
  assert.equal(await app.db.trace.count({ where: { handlerId } }), 100);
  assert.notEqual(await app.traces.size(shared), undefined);
  await api.traces.remove.mutate({ traceId: "trc_zzz0119" });
  await assert.rejects(api.traces.get.query({ traceId: "trc_zzz0119" }), /does not exist/);
});

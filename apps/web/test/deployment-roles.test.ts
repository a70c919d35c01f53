/** Canaries, previews, bounds and placement: what the agent is told, and what the automation makes of it. */
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, before, test } from "node:test";
import { builtHandler, eventually, sampleOf, startServer, type TestServer } from "./support/harness.ts";

let server: TestServer;
before(async () => {
  server = await startServer();
});
after(() => server.stop());

async function project(name: string) {
  const admin = await server.person("admin", name);
  const agent = await server.agent(name, "one");
  const { builds, handlerId } = await builtHandler(admin.api, name, { modes: ["snapshot", "embedded"] });
  const desired = async (who = agent) =>
    (await who.api.agent.sync.mutate({ protocolVersion: 1, revision: 0, agentTimeMs: Date.now(), instances: [] })).instances;
  const deploy = (build: number, change: object = {}) => admin.api.deployments.create.mutate({ buildId: builds[build]!.id, ...change });
  const state = async (deploymentId: string) => (await admin.api.deployments.get.query({ deploymentId })).state;
  return { admin, agent, builds, handlerId, desired, deploy, state };
}

/** Answers of one deployment, as an agent reports them. */
const requests = (deploymentId: string, ok: number, errors: number) => ({
  id: randomUUID(),
  deploymentId,
  instanceId: `${deploymentId}-1`,
  from: new Date().toISOString(),
  to: new Date().toISOString(),
  byClass: [0, 0, ok, 0, 0, errors],
  sumNs: 1_000 * (ok + errors),
  buckets: [[10, ok + errors] as [number, number]],
});

test("bounds are carried over, changed while it runs, and told to the agent", async () => {
  const { admin, desired, deploy } = await project("bounds");
  const first = await deploy(0, { minInstances: 2, maxInstances: 4 });
  const second = await deploy(1);
  assert.deepEqual(
    (await desired()).map((d) => [d.deploymentId, d.scale, d.role, d.idleSeconds]),
    [[second.deploymentId, { min: 2, max: 4 }, "primary", undefined]],
  );
  await admin.api.deployments.configure.mutate({ deploymentId: second.deploymentId, minInstances: 0, maxInstances: 1 });
  assert.deepEqual(
    (await desired()).map((d) => [d.scale, d.idleSeconds]),
    [[{ min: 0, max: 1 }, 300]],
  );
  await admin.api.deployments.configure.mutate({ deploymentId: second.deploymentId, idleSeconds: 7 });
  assert.deepEqual(
    (await desired()).map((d) => d.idleSeconds),
    [7],
  );
  await assert.rejects(
    admin.api.deployments.configure.mutate({ deploymentId: second.deploymentId, minInstances: 3, maxInstances: 2 }),
    /At least 3 instances, but 2 at most/,
  );
  await assert.rejects(admin.api.deployments.configure.mutate({ deploymentId: second.deploymentId, sharePercent: 5 }), /Only a canary/);
  await assert.rejects(admin.api.deployments.configure.mutate({ deploymentId: first.deploymentId, minInstances: 1 }), /superseded/);
  const back = await admin.api.deployments.rollback.mutate({ deploymentId: second.deploymentId });
  assert.deepEqual(
    (await desired()).map((d) => [d.deploymentId, d.scale]),
    [[back.deploymentId, { min: 2, max: 4 }]],
  );
});

test("routes are checked, carried over and told to the agent; the front port gives an address", async () => {
  const { admin, agent, desired, deploy } = await project("routes");
  const first = await deploy(0);
  const { deploymentId } = first;
  await admin.api.deployments.configure.mutate({ deploymentId, routes: [{ host: "api.example.com" }, { pathPrefix: "/v1" }] });
  for (const bad of [{ host: "a b" }, { pathPrefix: "v1" }, { pathPrefix: "/x } or { always_true" }, {}])
    await assert.rejects(admin.api.deployments.configure.mutate({ deploymentId, routes: [bad] }));
  assert.deepEqual((await desired())[0]?.routes, [{ host: "api.example.com" }, { pathPrefix: "/v1" }]);
  const second = await deploy(1);
  assert.equal((await desired())[0]?.routes?.length, 2);
  // A place leads to one handler: another's claim is refused, its own canary's and successor's are not.
  const other = await builtHandler(admin.api, "other");
  const claim = { buildId: other.builds[0]?.id ?? "", hostId: agent.hostId };
  for (const route of [{ host: "api.example.com" }, { pathPrefix: "/v1/" }, { host: "api.example.com", pathPrefix: "/" }])
    await assert.rejects(admin.api.deployments.create.mutate({ ...claim, routes: [{ pathPrefix: "/free" }, route] }), /leads to "routes" on this host already/);
  const beside = await admin.api.deployments.create.mutate({ ...claim, routes: [{ pathPrefix: "/v10" }, { host: "api.example.com", pathPrefix: "/v1" }] });
  await assert.rejects(
    admin.api.deployments.configure.mutate({ deploymentId: beside.deploymentId, routes: [{ pathPrefix: "/v1" }] }),
    /\/v1 leads to "routes" on this host already/,
  );
  await admin.api.deployments.configure.mutate({ deploymentId: beside.deploymentId, routes: [{ pathPrefix: "/v10" }] });
  await admin.api.deployments.stop.mutate({ deploymentId: beside.deploymentId });
  const url = async () => (await admin.api.deployments.get.query({ deploymentId: second.deploymentId })).frontUrl;
  assert.equal(await url(), null);
  await agent.api.agent.sync.mutate({ protocolVersion: 1, revision: 0, agentTimeMs: Date.now(), instances: [], frontPort: 8_080 });
  assert.equal(await url(), "http://routes.localhost:8080/");
  await agent.api.agent.sync.mutate({ protocolVersion: 1, revision: 0, agentTimeMs: Date.now(), instances: [], frontPort: 80, address: "box.example.com" });
  assert.equal(await url(), "http://routes.box.example.com:80/");
});

test("a canary that fails is taken back by the rules, with the reason and an alert", async () => {
  const { admin, agent, desired, deploy, state } = await project("failing");
  await assert.rejects(deploy(0, { canary: {} }), /does not run on one yet/);
  const primary = await deploy(0);
  const canary = await deploy(1, { canary: { percent: 20, minutes: 60 } });
  assert.deepEqual(
    (await desired()).map((d) => [d.deploymentId, d.role, d.sharePercent]),
    [
      [primary.deploymentId, "primary", undefined],
      [canary.deploymentId, "canary", 20],
    ],
  );
  await admin.api.deployments.configure.mutate({ deploymentId: canary.deploymentId, sharePercent: 30 });
  assert.equal((await desired())[1]?.sharePercent, 30);
  await agent.api.agent.report.mutate({ requests: [requests(primary.deploymentId, 400, 1), requests(canary.deploymentId, 60, 40)] });
  await eventually("it is taken back", async () => (await state(canary.deploymentId)) === "stopped");
  assert.deepEqual(
    (await desired()).map((d) => d.deploymentId),
    [primary.deploymentId],
  );
  const told = await admin.api.deployments.canary.query({ deploymentId: canary.deploymentId });
  assert.equal(told?.decision, "rolled back");
  assert.match(told.reason ?? "", /40 % of its 100 requests failed/);
  const { alerts } = await admin.api.alerts.list.query({});
  assert.match(alerts.find((a) => a.kind === "canary")?.title ?? "", /was rolled back/);
});

test("one whose cold starts are longer is taken back, too; one that is no worse is promoted, its processes untouched", async () => {
  const { admin, agent, builds, deploy, desired, state } = await project("starts");
  const primary = await deploy(0);
  const slow = await deploy(1, { canary: { percent: 10, minutes: 60 } });
  const order = await eventually("both are measured", async () => {
    const { measurements } = await agent.api.agent.sync.mutate({ protocolVersion: 1, revision: 0, agentTimeMs: Date.now(), instances: [] });
    return measurements.find((m) => m.artifacts.length === 2 && m.runs === 60);
  });
  const report = async (measurementId: string, slowdown: number) => {
    const starts = Array.from({ length: 60 }, (_, i) => [
      sampleOf(builds[0]!, 1_000_000 + i * 1_000, { measurementId }),
      sampleOf(builds[1]!, Math.round((1_000_000 + i * 1_000) * slowdown), { measurementId }),
    ]).flat();
    await agent.api.agent.report.mutate({ starts, measurements: [{ id: randomUUID(), measurementId, status: "done" }] });
  };
  await report(order.measurementId, 1.5);
  await eventually("it is taken back", async () => (await state(slow.deploymentId)) === "stopped");
  assert.match((await admin.api.deployments.canary.query({ deploymentId: slow.deploymentId }))?.reason ?? "", /cold start's p95 is 50 % longer/);

  const good = await deploy(1, { canary: { percent: 10, minutes: 1, minRequests: 10 } });
  await agent.api.agent.report.mutate({ requests: [requests(primary.deploymentId, 90, 0), requests(good.deploymentId, 10, 0)] });
  const second = await eventually("it is measured", async () => {
    const { measurements } = await agent.api.agent.sync.mutate({ protocolVersion: 1, revision: 0, agentTimeMs: Date.now(), instances: [] });
    return measurements.find((m) => m.runs === 60);
  });
  await report(second.measurementId, 1);
  assert.equal((await admin.api.deployments.canary.query({ deploymentId: good.deploymentId }))?.verdict?.kind, "wait");
  // A minute later.
  await server.app.db.deployment.update({ where: { id: good.deploymentId }, data: { createdAt: new Date(Date.now() - 61_000) } });
  await eventually("it is promoted", async () => (await state(primary.deploymentId)) === "superseded");
  assert.deepEqual(
    (await desired()).map((d) => [d.deploymentId, d.role, d.sharePercent]),
    [[good.deploymentId, "primary", undefined]],
  );
  assert.equal((await admin.api.deployments.rollback.mutate({ deploymentId: good.deploymentId })).hostName, "one", "and can be rolled back as any other");
});

test("a person decides; a new deployment ends the canary", async () => {
  const { admin, deploy, desired, state } = await project("person");
  const first = await deploy(0);
  const taken = await deploy(1, { canary: {} });
  await admin.api.deployments.takeBack.mutate({ deploymentId: taken.deploymentId });
  await assert.rejects(admin.api.deployments.promote.mutate({ deploymentId: taken.deploymentId }), /no canary that is being tried/);
  const promoted = await deploy(1, { canary: {} });
  await admin.api.deployments.promote.mutate({ deploymentId: promoted.deploymentId });
  assert.deepEqual([await state(first.deploymentId), await state(promoted.deploymentId)], ["superseded", "active"]);
  const third = await deploy(0, { canary: {} });
  const fourth = await deploy(0);
  assert.deepEqual([await state(third.deploymentId), await state(promoted.deploymentId)], ["superseded", "superseded"]);
  assert.deepEqual(
    (await desired()).map((d) => d.deploymentId),
    [fourth.deploymentId],
  );
  const fifth = await deploy(1, { canary: {} });
  await admin.api.deployments.stop.mutate({ deploymentId: fourth.deploymentId });
  assert.equal(await state(fifth.deploymentId), "stopped", "a canary of nothing is none");
});

test("a preview has its own address, leaves what runs alone, and expires", async () => {
  const { admin, deploy, desired, state } = await project("preview");
  const running = await deploy(0, { port: 18_080 });
  const preview = await deploy(1, { preview: { hours: 2 } });
  const wanted = await desired();
  assert.deepEqual(
    wanted.map((d) => [d.deploymentId, d.role, d.port, d.scale?.min]),
    [
      [running.deploymentId, "primary", 18_080, 1],
      [preview.deploymentId, "preview", 0, 0],
    ],
  );
  await assert.rejects(deploy(1, { preview: {}, port: 18_080 }), /belongs to/);
  await assert.rejects(deploy(1, { preview: {}, canary: {} }), /not both/);
  await assert.rejects(admin.api.deployments.rollback.mutate({ deploymentId: preview.deploymentId }), /a preview/);
  await admin.api.deployments.configure.mutate({ deploymentId: preview.deploymentId, expiresInHours: 48 });
  const { expiresAt } = await admin.api.deployments.get.query({ deploymentId: preview.deploymentId });
  assert.ok(Math.abs(new Date(expiresAt!).getTime() - Date.now() - 48 * 3_600_000) < 60_000);
  await server.app.db.deployment.update({ where: { id: preview.deploymentId }, data: { expiresAt: new Date(Date.now() - 1) } });
  await eventually("it has expired", async () => (await state(preview.deploymentId)) === "stopped");
  assert.deepEqual(
    (await desired()).map((d) => d.deploymentId),
    [running.deploymentId],
  );
});

test("labels place a deployment on the hosts that have them, then and later", async () => {
  const { admin, agent, deploy, desired } = await project("labels");
  const two = await server.agent("labels", "two");
  const three = await server.agent("labels", "three");
  for (const [host, zone] of [
    [agent, "a"],
    [two, "a"],
    [three, "b"],
  ] as const)
    await admin.api.hosts.setLabels.mutate({ hostId: host.hostId, labels: { zone } });
  await assert.rejects(deploy(0, { labels: { zone: "c" } }), /No host has the labels zone=c/);
  const made = await deploy(0, { labels: { zone: "a" }, minInstances: 2, maxInstances: 2 });
  assert.deepEqual(made.deployments.map((d) => d.hostName).sort(), ["one", "two"]);
  assert.equal((await desired(three)).length, 0);
  await admin.api.hosts.setLabels.mutate({ hostId: three.hostId, labels: { zone: "a", disk: "ssd" } });
  await eventually("it is placed there, alike", async () => (await desired(three))[0]?.scale?.min === 2);
  await admin.api.hosts.setLabels.mutate({ hostId: two.hostId, labels: {} });
  await eventually("it is gone from there", async () => (await desired(two)).length === 0);
  await assert.rejects(admin.api.hosts.setLabels.mutate({ hostId: two.hostId, labels: { "not a name": "x" } }), /labels.not a name/);
  const { events } = await admin.api.settings.auditLog.query({});
  assert.ok(events.some((e) => e.actorName === "placement"));
});

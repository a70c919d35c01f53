/** Two projects that know each other's ids: nothing of one can be seen or changed from the other. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { builtHandler, sampleOf, startServer, type TestServer } from "./support/harness.ts";

let server: TestServer;
before(async () => {
  server = await startServer();
});
after(() => server.stop());

test("another project's rows do not exist", async () => {
  const a = await server.person("admin", "project-a");
  const b = await server.person("admin", "project-b");
  const agentA = await server.agent("project-a", "host-a");
  const agentB = await server.agent("project-b", "host-b");
  const built = await builtHandler(a.api, "secret");
  const build = built.builds[0];
  assert.ok(build?.artifact);
  const deployed = await a.api.deployments.create.mutate({ buildId: build.id });
  const { measurementId } = await a.api.measurements.create.mutate({ buildIds: [build.id] });
  const sample = sampleOf(build, 500_000, { measurementId });
  await agentA.api.agent.report.mutate({ starts: [sample] });

  const missing = /does not exist in this project/;
  const { api } = b;
  assert.deepEqual(await api.handlers.list.query(), []);
  await assert.rejects(api.handlers.get.query({ handlerId: built.handlerId }), missing);
  await assert.rejects(api.handlers.get.query({ name: "secret" }), missing);
  await assert.rejects(api.handlers.source.query({ versionId: build.versionId }), missing);
  await assert.rejects(api.handlers.upload.mutate({ handlerId: built.handlerId, files: [{ path: "index.ts", content: "x" }] }), missing);
  await assert.rejects(api.handlers.remove.mutate({ handlerId: built.handlerId }), missing);
  await assert.rejects(api.builds.get.query({ buildId: build.id }), missing);
  await assert.rejects(api.builds.cancel.mutate({ buildId: build.id }), missing);
  await assert.rejects(api.builds.start.mutate({ handlerId: built.handlerId, targets: ["x86_64-linux-musl"], modes: ["snapshot"] }), missing);
  assert.deepEqual((await api.builds.list.query({ handlerId: built.handlerId })).builds, []);
  await assert.rejects(api.deployments.create.mutate({ buildId: build.id }), missing);
  await assert.rejects(api.deployments.get.query({ deploymentId: deployed.deploymentId }), missing);
  await assert.rejects(api.deployments.stop.mutate({ deploymentId: deployed.deploymentId }), missing);
  await assert.rejects(api.measurements.get.query({ measurementId }), missing);
  await assert.rejects(api.measurements.cancel.mutate({ measurementId }), missing);
  await assert.rejects(api.measurements.create.mutate({ buildIds: [build.id] }), missing);
  const variants = [
    { mode: "embedded" as const, target: "x86_64-linux-musl" as const },
    { mode: "snapshot" as const, target: "x86_64-linux-musl" as const },
  ];
  const experiment = await a.api.experiments.create.mutate({ handlerId: built.handlerId, hostIds: [agentA.hostId], variants });
  await assert.rejects(api.experiments.get.query(experiment), missing);
  await assert.rejects(api.experiments.cancel.mutate(experiment), missing);
  await assert.rejects(api.experiments.create.mutate({ handlerId: built.handlerId, hostIds: [agentB.hostId], variants }), missing);
  assert.deepEqual((await api.experiments.list.query({})).experiments, []);
  assert.deepEqual((await api.coldStarts.byBuild.query({})).builds, []);
  await assert.rejects(api.hosts.remove.mutate({ hostId: agentA.hostId }), missing);
  await assert.rejects(api.coldStarts.get.query({ sampleId: sample.id }), missing);
  assert.equal(await api.coldStarts.summary.query({ handlerId: built.handlerId }), null);
  assert.equal((await api.coldStarts.facets.query({})).totalCount, 0);
  assert.deepEqual((await api.coldStarts.list.query({})).samples, []);
  assert.equal((await api.compare.run.query({ a: { buildId: build.id }, b: { buildId: build.id } })).countA, 0);
  await assert.rejects(server.subscribe("builds.logs", { buildIds: [build.id] }, { cookie: b.cookie }), /does not exist/);
  await assert.rejects(server.subscribe("deployments.logs", { handlerId: built.handlerId }, { cookie: b.cookie }), /does not exist/);
  await assert.rejects(server.subscribe("measurements.progress", { measurementId }, { cookie: b.cookie }), /does not exist/);

  const artifact = `${server.url}/api/artifacts/${build.artifact.sha256}`;
  assert.equal((await fetch(artifact, { headers: { authorization: `Bearer ${agentA.agentToken}` } })).status, 200);
  assert.equal((await fetch(artifact, { headers: { authorization: `Bearer ${agentB.agentToken}` } })).status, 404);
  assert.equal((await fetch(artifact, { headers: { cookie: b.cookie } })).status, 404);
  assert.equal((await fetch(artifact)).status, 401);
  const csv = await (await fetch(`${server.url}/api/cold-starts.csv`, { headers: { cookie: b.cookie } })).text();
  assert.equal(csv.trim().split("\r\n").length, 1);

  // An agent of b cannot speak for a's artifacts, deployments or measurements, nor take over a's instances.
  const forged = await agentB.api.agent.report.mutate({
    starts: [sampleOf(build, 1_000)],
    measurements: [{ id: crypto.randomUUID(), measurementId, status: "failed" }],
  });
  assert.equal(forged.accepted.length, 0);
  assert.equal(forged.rejected.length, 2);
  const instance = {
    instanceId: "shared-id",
    deploymentId: deployed.deploymentId,
    artifactId: build.artifact.id,
    state: "healthy" as const,
    port: 9,
    restarts: 0,
    since: new Date().toISOString(),
  };
  await agentB.api.agent.sync.mutate({ protocolVersion: 1, revision: 0, agentTimeMs: Date.now(), instances: [instance] });
  assert.deepEqual((await a.api.deployments.get.query({ deploymentId: deployed.deploymentId })).instances, []);
  assert.equal((await a.api.measurements.get.query({ measurementId })).state, "running");
});

test("the tenant filter cannot be overridden, and covers every model with a project", async () => {
  const { forProject, tenantModels } = await import("../src/server/db/tenant.ts");
  const a = await server.project("project-a");
  const b = await server.project("project-b");
  const db = forProject(server.app.db, b);
  assert.equal((await db.handler.findMany({ where: { projectId: a } })).length, 0);
  assert.equal(
    (await db.host.updateMany({ where: { projectId: a }, data: { name: "stolen" } })).count,
    await server.app.db.host.count({ where: { projectId: b } }),
  );
  assert.equal(await server.app.db.host.count({ where: { projectId: a, name: "stolen" } }), 0);
  const made = await db.handler.create({ data: { id: "hnd_forged", projectId: a, name: "forged" } });
  assert.equal(made.projectId, b);
  await assert.rejects(db.user.findMany(), /no tenant/);
  await assert.rejects(db.session.findMany(), /no tenant/);
  for (const model of [
    "Handler",
    "HandlerVersion",
    "Build",
    "BuildLog",
    "Artifact",
    "Host",
    "Deployment",
    "Instance",
    "LogLine",
    "Measurement",
    "StartSample",
    "AuditEvent",
    "ApiToken",
    "EnrolmentToken",
    "Member",
  ])
    assert.ok(tenantModels.has(model), model);
});

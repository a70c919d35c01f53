import assert from "node:assert/strict";
import { test } from "node:test";
import { builtHandler, eventually, sampleOf, startServer } from "./support/harness.ts";

test("first visit to chart: set-up, handler, build, deploy, agent, samples", async () => {
  const server = await startServer();
  try {
    const anonymous = server.client();
    assert.deepEqual(await anonymous.auth.state.query(), { needsSetup: true, person: null, projects: [] });
    await anonymous.auth.setup.mutate({ name: "Ada", email: "ada@example.com", password: "correct horse battery" });
    await assert.rejects(anonymous.auth.setup.mutate({ name: "Eve", email: "eve@example.com", password: "correct horse battery" }), /made already/);
    const cookie = await server.signIn("ada@example.com", "correct horse battery");
    const ada = server.client({ cookie });
    assert.equal((await ada.auth.state.query()).person?.email, "ada@example.com");

    const built = await builtHandler(ada, "hello");
    const build = built.builds[0];
    assert.ok(build?.artifact);
    const agent = await server.agent();
    const deployed = await ada.deployments.create.mutate({ buildId: build.id });
    const state = await agent.api.agent.sync.mutate({ protocolVersion: 1, revision: 0, agentTimeMs: Date.now(), instances: [] });
    assert.equal(state.instances[0]?.deploymentId, deployed.deploymentId);
    const file = await fetch(`${server.url}/api/artifacts/${state.instances[0]?.artifact.sha256}`, {
      headers: { authorization: `Bearer ${agent.agentToken}` },
    });
    assert.equal(file.status, 200);
    assert.equal((await file.bytes()).length, build.artifact.sizeBytes);

    const { measurementId } = await ada.measurements.create.mutate({ buildIds: [build.id], runs: 5, warmup: 1 });
    const order = (await agent.api.agent.sync.mutate({ protocolVersion: 1, revision: state.revision, agentTimeMs: Date.now(), instances: [] })).measurements[0];
    assert.equal(order?.measurementId, measurementId);
    const starts = [500_000, 510_000, 520_000, 530_000, 900_000].map((ns) => sampleOf(build, ns, { measurementId }));
    const answer = await agent.api.agent.report.mutate({ starts });
    assert.equal(answer.accepted.length, 5);
    assert.deepEqual(answer.rejected, []);
    const summary = await ada.coldStarts.summary.query({ handlerId: built.handlerId });
    assert.equal(summary?.total.p50, 520_000);
    assert.equal((await ada.measurements.get.query({ measurementId })).samplesDone, 5);
    const h = await ada.coldStarts.histogram.query({ handlerId: built.handlerId });
    assert.equal(h.bins.reduce((n, b) => n + b.count, 0) + h.above, 5);
    assert.equal(
      (await ada.coldStarts.timeline.query({ handlerId: built.handlerId })).points.reduce((n, p) => n + p.count, 0),
      5,
    );
    await eventually("host seen", async () => (await ada.hosts.list.query())[0]?.online);
  } finally {
    await server.stop();
  }
});

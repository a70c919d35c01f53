/** Requests that agents report, from their windows to the figures of a page. */
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, before, test } from "node:test";
import { latencyBucketOf } from "@zerostart/protocol";
import { builtHandler, startServer, type TestServer } from "./support/harness.ts";

let server: TestServer;
before(async () => {
  server = await startServer();
});
after(() => server.stop());

function window(deploymentId: string, instance: number, agoMs: number, latenciesMs: number[], errors = 0) {
  const buckets = new Map<number, number>();
  for (const ms of latenciesMs) buckets.set(latencyBucketOf(ms * 1e6), (buckets.get(latencyBucketOf(ms * 1e6)) ?? 0) + 1);
  return {
    id: randomUUID(),
    deploymentId,
    instanceId: `${deploymentId}-${instance}`,
    from: new Date(Date.now() - agoMs - 10_000).toISOString(),
    to: new Date(Date.now() - agoMs).toISOString(),
    byClass: [0, 0, latenciesMs.length - errors, 0, 0, errors],
    sumNs: latenciesMs.reduce((sum, ms) => sum + ms * 1e6, 0),
    buckets: [...buckets],
  };
}
async function deployed(name: string) {
  const admin = await server.person("admin", name);
  const agent = await server.agent(name);
  const { builds, handlerId } = await builtHandler(admin.api, name);
  const { deploymentId } = await admin.api.deployments.create.mutate({ buildId: builds[0]!.id });
  return { admin, agent, handlerId, deploymentId };
}

test("rate, errors and percentiles of a deployment, merged over instances and windows", async () => {
  const { admin, agent, deploymentId, handlerId } = await deployed("merge");
  const fast = Array.from({ length: 90 }, () => 2);
  const slow = Array.from({ length: 10 }, () => 100);
  const requests = [window(deploymentId, 1, 60_000, fast), window(deploymentId, 2, 60_000, slow, 5), window(deploymentId, 1, 600_000, [2])];
  const answer = await agent.api.agent.report.mutate({ requests });
  assert.equal(answer.accepted.length, 3);
  const shown = await admin.api.requests.timeline.query({ deploymentId, minutes: 60 });
  assert.equal(shown.total.count, 101);
  assert.equal(shown.total.serverErrors, 5);
  assert.ok(Math.abs(shown.total.p50Ns! / 2e6 - 1) < 0.07 && Math.abs(shown.total.p99Ns! / 1e8 - 1) < 0.07, JSON.stringify(shown.total));
  assert.ok(Math.abs(shown.total.errorShare! - 5 / 101) < 1e-9);
  assert.equal(
    shown.points.reduce((sum, point) => sum + point.count, 0),
    101,
  );
  assert.ok(shown.points.length <= 100 && shown.points.every((point, i) => i === 0 || point.atMs - shown.points[i - 1]!.atMs === shown.stepMs));
  assert.equal(shown.points.filter((point) => point.count > 0).length, 2);
  assert.deepEqual(
    shown.instances.map(({ instanceId, count }) => [instanceId, count]),
    [
      [`${deploymentId}-1`, 91],
      [`${deploymentId}-2`, 10],
    ],
  );
  // From the sums of five minutes the same comes out.
  const day = await admin.api.requests.timeline.query({ handlerId, minutes: 24 * 60 });
  for (const name of ["count", "serverErrors", "p50Ns", "p99Ns"] as const) assert.equal(day.total[name], shown.total[name], name);
  await assert.rejects(admin.api.requests.timeline.query({}), /Name a deployment or a handler/);
});

test("windows delivered twice, also at once, are counted once, in the sums too", async () => {
  const { admin, agent, deploymentId } = await deployed("once");
  const requests = Array.from({ length: 50 }, (_, i) => window(deploymentId, 1 + (i % 3), i * 10_000, [1, 2, 3]));
  const answers = await Promise.all(Array.from({ length: 4 }, () => agent.api.agent.report.mutate({ requests })));
  for (const answer of answers) assert.equal(answer.accepted.length, 50);
  await agent.api.agent.report.mutate({ requests });
  for (const minutes of [60, 24 * 60]) assert.equal((await admin.api.requests.timeline.query({ deploymentId, minutes })).total.count, 150);
});

test("a window of another host's deployment, or a malformed one, is refused alone", async () => {
  const { agent, deploymentId } = await deployed("own");
  const other = await deployed("other");
  const good = window(deploymentId, 1, 0, [1]);
  const foreign = window(other.deploymentId, 1, 0, [1]);
  const wrong = { ...window(deploymentId, 1, 0, [1]), byClass: [1, 2] };
  const beyond = { ...window(deploymentId, 1, 0, [1]), buckets: [[9_999, 1]] };
  const answer = await agent.api.agent.report.mutate({ requests: [good, foreign, wrong, beyond] as never });
  assert.deepEqual(answer.accepted, [good.id]);
  assert.deepEqual(new Set(answer.rejected.map(({ id }) => id)), new Set([foreign.id, wrong.id, beyond.id]));
  assert.equal((await other.admin.api.requests.timeline.query({ deploymentId, minutes: 60 })).total.count, 0, "another project sees nothing");
});

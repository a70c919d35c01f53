/** Several control planes on one PostgreSQL: what one does, the others see; what must happen once happens once. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { logLineOf, builtHandler, eventually, standInPipeline, startServer, type TestServer } from "./support/harness.ts";
import { PostgresServer } from "./support/postgres.ts";

let postgres: PostgresServer;
let shared: string;
/** How often each handler's build was run, over all replicas, and by which. */
const runs = new Map<string, string[]>();

/** Replicas share the database, the objects and the keys. */
async function startReplica(name: string, databaseUrl: string, dataDir = shared): Promise<TestServer> {
  const stand = standInPipeline();
  return startServer({
    dataDir,
    config: { databaseUrl },
    pipeline: {
      ...stand,
      async build(request, options) {
        runs.set(request.name, [...(runs.get(request.name) ?? []), name]);
        await new Promise((resolve) => setTimeout(resolve, 200));
        return stand.build(request, options);
      },
    },
  });
}

let databaseUrl: string;
let a: TestServer;
let b: TestServer;
before(async () => {
  postgres = await PostgresServer.start();
  databaseUrl = await postgres.createDatabase();
  shared = mkdtempSync(join(tmpdir(), "zerostart-replicas-"));
  // At once, on an empty database: one migrates, the other waits.
  [a, b] = await Promise.all([startReplica("a", databaseUrl), startReplica("b", databaseUrl)]);
});
after(async () => {
  await Promise.all([a?.stop(true), b?.stop(true)]);
  await postgres?.stop();
  rmSync(shared, { recursive: true, force: true });
});

test("of two first visitors at two replicas, one becomes the administrator", async () => {
  const visit = (server: TestServer, name: string) =>
    server.client().auth.setup.mutate({ name, email: `${name}@example.com`, password: "correct horse battery" });
  const results = await Promise.allSettled([visit(a, "first"), visit(b, "second"), visit(a, "third"), visit(b, "fourth")]);
  assert.equal(results.filter((r) => r.status === "fulfilled").length, 1);
  assert.equal(await a.app.db.user.count(), 1);
});

test("replicas racing for builds: each build is run once, and both take part", async () => {
  const { api } = await a.person("admin", "race");
  const names = Array.from({ length: 12 }, (_, i) => `race-${i}`);
  const made = await Promise.all(names.map((name) => builtHandler(api, name)));
  for (const name of names) assert.equal(runs.get(name)?.length, 1, name);
  assert.deepEqual([...new Set(names.flatMap((name) => runs.get(name) ?? []))].sort(), ["a", "b"]);
  for (const { builds } of made) assert.equal(await b.app.db.artifact.count({ where: { buildId: builds[0]?.id ?? "" } }), 1);
});

test("events reach subscribers at the other replica", async () => {
  const admin = await a.person("admin", "events");
  const agent = await a.agent("events");
  const { builds, handlerId } = await builtHandler(admin.api, "events");
  const { deploymentId } = await admin.api.deployments.create.mutate({ buildId: builds[0]?.id ?? "" });
  // Longer than any look by the clock would take, so that only an event ends the wait.
  const woken = b.app.events.wait(`logs:${handlerId}`, 60_000);
  const tail = b.subscribe<{ text: string }>("deployments.logs", { handlerId, project: "events" }, { cookie: admin.cookie }, (all) => all.length === 2);
  const line = (text: string) => logLineOf(deploymentId, text);
  await agent.api.agent.report.mutate({ logs: [line("one")] });
  assert.equal(await woken, true);
  await agent.api.agent.report.mutate({ logs: [line("two")] });
  assert.equal((await tail).length, 2);
});

test("an agent that waits at one replica is woken by a deployment at the other", async () => {
  const admin = await a.person("admin", "wake");
  const agent = await a.agent("wake");
  const { builds } = await builtHandler(admin.api, "wake");
  const atB = b.client({ authorization: `Bearer ${agent.agentToken}` });
  const { revision } = await atB.agent.sync.mutate({ protocolVersion: 1, revision: 0, waitMs: 0, instances: [], agentTimeMs: Date.now() });
  const waiting = atB.agent.sync.mutate({ protocolVersion: 1, revision, waitMs: 20_000, instances: [], agentTimeMs: Date.now() });
  await eventually("heard of", async () => {
    const host = await a.app.db.host.findUniqueOrThrow({ where: { id: agent.hostId } });
    return host.appliedRevision === revision;
  });
  await admin.api.deployments.create.mutate({ buildId: builds[0]?.id ?? "" });
  const state = await waiting;
  assert.equal(state.instances.length, 1);
  assert.ok(state.revision > revision);
});

test("a build that runs at one replica is cancelled at the other", async () => {
  const admin = await a.person("admin", "cancel");
  const { handlerId } = await admin.api.handlers.create.mutate({ name: "endless", files: [{ path: "index.ts", content: "never ends" }] });
  const { builds } = await admin.api.builds.start.mutate({ handlerId, targets: ["x86_64-linux-musl"], modes: ["snapshot"] });
  const buildId = builds[0]?.buildId ?? "";
  await eventually("running", async () => (await admin.api.builds.get.query({ buildId })).state === "running");
  const runner = runs.get("endless")?.[0];
  const other = runner === "a" ? b : a;
  await other.client({ cookie: admin.cookie }).builds.cancel.mutate({ buildId });
  const jobs = () => postgres.query(`SELECT state::text FROM pgboss.job WHERE data->>'buildId' = '${buildId}'`, databaseUrl.split("/").at(-1));
  await eventually("let go of", async () => (await jobs()).every(({ state }) => state === "completed"));
  assert.equal((await admin.api.builds.get.query({ buildId })).state, "cancelled");
  assert.equal(runs.get("endless")?.length, 1);
});

test("what a dead replica had taken is given back", async () => {
  const { BossJobs } = await import("../src/server/jobs/boss-jobs.ts");
  const url = await postgres.createDatabase();
  const database = url.split("/").at(-1);
  const server = await startReplica("heir", url, mkdtempSync(join(tmpdir(), "zerostart-heir-")));
  const { jobs, db } = server.app;
  assert.ok(jobs instanceof BossJobs);
  await server.app.builds.stop();
  const { api } = await server.person("admin");
  const { handlerId } = await api.handlers.create.mutate({ name: "orphan", files: [{ path: "index.ts", content: "ok" }] });
  await api.builds.start.mutate({ handlerId, targets: ["x86_64-linux-musl"], modes: ["snapshot"] });
  const taken = await jobs.take();
  assert.equal(taken?.attempts, 1);
  assert.equal(await jobs.take(), undefined);
  // Nobody renews it; what pg-boss sees after its ten seconds is put into the row.
  await postgres.query(`UPDATE pgboss.job SET heartbeat_on = now() - interval '1 minute', started_on = now() - interval '1 minute'`, database);
  await postgres.query(`UPDATE pgboss.queue SET monitor_on = NULL, monitor_claim_on = NULL`, database);
  await jobs.supervise();
  const again = await jobs.take();
  assert.equal(again?.subjectId, taken?.subjectId);
  assert.equal(again?.attempts, 2);
  // A graceful end does not count as a try.
  await jobs.release(again as NonNullable<typeof again>, false);
  assert.equal((await jobs.take())?.attempts, 2);
  assert.equal(await db.build.count(), 1);
  await server.stop();
});

test("a session and its end hold at every replica", async () => {
  const person = await a.person("admin", "session");
  const atB = b.client({ cookie: person.cookie });
  assert.equal((await atB.auth.state.query()).person?.email, person.email);
  await a.app.db.session.deleteMany({ where: { userId: person.id } });
  assert.equal((await atB.auth.state.query()).person, null);
});

test("sign-ins are limited over all replicas together", async () => {
  const attempt = async (server: TestServer) =>
    (
      await fetch(`${server.url}/api/auth/sign-in/email`, {
        method: "POST",
        headers: { "content-type": "application/json", origin: server.url },
        body: JSON.stringify({ email: "nobody@example.com", password: "wrong wrong wrong" }),
      })
    ).status;
  const statuses: number[] = [];
  for (let i = 0; i < 24; i++) statuses.push(await attempt(i % 2 === 0 ? a : b));
  assert.deepEqual([...new Set(statuses.slice(0, 20))], [401]);
  assert.deepEqual([...new Set(statuses.slice(20))], [429]);
});

test("a replica with other keys is refused", async () => {
  const other = mkdtempSync(join(tmpdir(), "zerostart-keys-"));
  await assert.rejects(startReplica("stranger", databaseUrl, other), /keys .* are not those of this database/);
  rmSync(other, { recursive: true });
});

test("what PostgreSQL's text cannot hold is kept as far as it can", async () => {
  const { api } = await a.person("admin", "text");
  const { handlerId } = await api.handlers.create.mutate({ name: "text", files: [{ path: "index.ts", content: "ok" }] });
  await api.variables.set.mutate({ handlerId, name: "ODD", value: "a\0b\uD800c", isSecret: false });
  assert.equal((await api.variables.list.query({ handlerId }))[0]?.value, "a\0b\uD800c".toWellFormed());
});

test("connections that drop come back: nothing has to be restarted", async () => {
  const { api } = await a.person("admin", "drop");
  await postgres.dropConnections();
  await eventually("answers again", async () => api.handlers.list.query().then(Array.isArray, () => false));
  const before = runs.size;
  await builtHandler(api, "after-the-drop");
  assert.equal(runs.size, before + 1);
  // Events as well: the listening connection is made anew, and wakes everybody for what it may have missed.
  const woken = b.app.events.wait("measurement:none", 30_000);
  const notifying = setInterval(() => a.app.events.notify("measurement:none"), 200);
  assert.equal(await woken, true);
  clearInterval(notifying);
});

/** What fails around the control plane: its database, its store. What it acknowledged is there once, and nothing stays in between. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createHash, randomUUID } from "node:crypto";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { builtHandler, eventually, sampleOf, standInPipeline, startServer } from "./support/harness.ts";
import { PostgresServer } from "./support/postgres.ts";

let postgres: PostgresServer;
before(async () => {
  postgres = await PostgresServer.start({ fsync: "on" });
});
after(() => postgres.stop());

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** As agents do: the same batch again until it is acknowledged. */
async function insist<T>(send: () => Promise<T>): Promise<T> {
  for (const deadline = Date.now() + 60_000; ; await pause(50)) {
    try {
      return await send();
    } catch (error) {
      if (Date.now() > deadline) throw error;
    }
  }
}

test("connections drop and the database goes away during ingestion, builds and a roll-out", async () => {
  const config = { databaseUrl: await postgres.createDatabase() };
  const stand = standInPipeline();
  const slow = {
    ...stand,
    async build(...args: Parameters<typeof stand.build>) {
      if (args[0].name === "meanwhile") await pause(1_500);
      return stand.build(...args);
    },
  };
  const a = await startServer({ config, pipeline: slow });
  const b = await startServer({ config, pipeline: slow, dataDir: a.dataDir });
  const { api } = await a.person("admin");
  const agent = await a.agent();
  const { builds, handlerId } = await builtHandler(api, "faults", { modes: ["snapshot", "embedded"] });
  const [build, next] = builds;
  assert.ok(build && next);
  const replicas = [a, b].map(({ client }) => client({ authorization: `Bearer ${agent.agentToken}` }));
  const acknowledged = new Set<string>();
  const report = async (lane: number) => {
    for (let batch = 0; batch < 25; batch++) {
      const starts: ReturnType<typeof sampleOf>[] = Array.from({ length: 40 }, () => sampleOf(build, 500_000));
      // Whichever replica: a try that failed may have been stored all the same.
      let at = lane;
      const output = await insist<{ accepted: string[] }>(() => (replicas[at++ % 2] as (typeof replicas)[number]).agent.report.mutate({ starts }));
      assert.equal(output.accepted.length, starts.length);
      for (const id of output.accepted) acknowledged.add(id);
      await pause(20);
    }
  };
  const meanwhile = await api.handlers.create.mutate({ name: "meanwhile", files: [{ path: "index.ts", content: "ok" }] });
  const started = await api.builds.start.mutate({ handlerId: meanwhile.handlerId, targets: ["x86_64-linux-musl"], modes: ["snapshot"] });
  await api.deployments.create.mutate({ buildId: build.id });
  const trouble = async () => {
    await pause(200);
    await postgres.dropConnections();
    await pause(200);
    await postgres.halt();
    await pause(700);
    await postgres.resume();
    await pause(200);
    await postgres.dropConnections();
  };
  const rollOut = async () => {
    await pause(420);
    await insist(() => api.deployments.create.mutate({ buildId: next.id }));
  };
  await Promise.all([report(0), report(1), report(2), trouble(), rollOut()]);
  assert.equal(acknowledged.size, 3 * 25 * 40);
  assert.equal(await a.app.db.startSample.count({ where: { handlerId } }), acknowledged.size);
  const buildId = started.builds[0]?.buildId ?? "";
  await eventually("built", async () => insist(() => api.builds.get.query({ buildId })).then((found) => found.state === "succeeded"), 60_000);
  assert.equal(await a.app.db.artifact.count({ where: { buildId } }), 1);
  // One deployment, the new one, and the host hears of it from either replica.
  const active = await a.app.db.deployment.findMany({ where: { handlerId, state: "active" } });
  assert.deepEqual(
    active.map((d) => d.buildId),
    [next.id],
  );
  const known = await insist(() =>
    (replicas[1] as (typeof replicas)[number]).agent.sync.mutate({ protocolVersion: 1, revision: 0, waitMs: 0, instances: [], agentTimeMs: Date.now() }),
  );
  assert.deepEqual(
    known.instances.map((i) => i.artifact.artifactId),
    [next.artifact?.id],
  );
  await Promise.all([a.stop(true), b.stop()]);
});

test("deployments of one handler to one host at two replicas at once: one is active in the end", async () => {
  const config = { databaseUrl: await postgres.createDatabase() };
  const a = await startServer({ config });
  const b = await startServer({ config, dataDir: a.dataDir });
  const { api, cookie } = await a.person("admin");
  await a.agent();
  const { builds, handlerId } = await builtHandler(api, "contested");
  const atB = b.client({ cookie });
  const buildId = builds[0]?.id ?? "";
  await Promise.all(Array.from({ length: 10 }, (_, i) => (i % 2 === 0 ? api : atB).deployments.create.mutate({ buildId })));
  const states = (await a.app.db.deployment.findMany({ where: { handlerId } })).map((d) => d.state).sort();
  assert.deepEqual(states, ["active", ...Array.from({ length: 9 }, () => "superseded")]);
  await Promise.all([a.stop(true), b.stop()]);
});

/** No file of this process may grow beyond so many bytes, as if the disk were full; the database's stay smaller. */
function limitFiles(bytes: number | "unlimited"): void {
  execFileSync("prlimit", ["--pid", String(process.pid), `--fsize=${bytes}:unlimited`]);
}

test("a store that fails halfway: sources are refused whole, a build is tried again and succeeds, or fails with the reason", async () => {
  const roomBytes = 4_800_000;
  const stand = standInPipeline();
  let tries = 0;
  let roomAfterTries = 2;
  const pipeline = {
    ...stand,
    async build(...args: Parameters<typeof stand.build>) {
      const { check, artifact } = await stand.build(...args);
      if (++tries > roomAfterTries) limitFiles("unlimited");
      const bytes = Buffer.alloc(2 * roomBytes, args[0].target);
      return { check, artifact: { ...(artifact as NonNullable<typeof artifact>), bytes, sha256: createHash("sha256").update(bytes).digest("hex") } };
    },
  };
  const server = await startServer({ pipeline });
  const { api } = await server.person("admin");
  await server.app.builds.stop();
  const { TableJobs } = await import("../src/server/jobs/table-jobs.ts");
  const { BuildRunner } = await import("../src/features/builds/server/build-runner.ts");
  const { db, events, objects, signer } = server.app;
  const runner = new BuildRunner({ db, events, jobs: new TableJobs({ db, instanceId: randomUUID() }, 900), objects, signer, pipeline });
  limitFiles(roomBytes);
  try {
    const large = [{ path: "index.ts", content: `"${"x".repeat(roomBytes + 100_000)}"` }];
    await assert.rejects(api.handlers.create.mutate({ name: "store", files: large }), /could not keep an object: EFBIG/);
    assert.equal(await db.handler.count(), 0);
    const { handlerId } = await api.handlers.create.mutate({ name: "store", files: [{ path: "index.ts", content: "ok" }] });
    runner.start();
    const start = async (target: "x86_64-linux-musl" | "aarch64-linux-musl") =>
      (await api.builds.start.mutate({ handlerId, targets: [target], modes: ["snapshot"] })).builds[0]?.buildId ?? "";
    const buildId = await start("x86_64-linux-musl");
    await eventually("succeeded at the third try", async () => (await api.builds.get.query({ buildId })).state === "succeeded");
    assert.equal(tries, 3);
    limitFiles(roomBytes);
    roomAfterTries = Infinity;
    const hopeless = await start("aarch64-linux-musl");
    const failed = await eventually("given up", async () => {
      const build = await api.builds.get.query({ buildId: hopeless });
      return build.state === "failed" && build;
    });
    assert.match(failed.error ?? "", /store .* could not keep an object: EFBIG/);
    assert.equal(failed.artifact, null);
    const leftovers = readdirSync(join(server.dataDir, "objects"), { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".part"));
    assert.deepEqual(leftovers, []);
  } finally {
    limitFiles("unlimited");
  }
  await runner.stop();
  await server.stop();
});

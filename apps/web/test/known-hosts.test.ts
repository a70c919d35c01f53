/** What a replica remembers of the hosts that talk to it, on both databases: never more than what is so. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { builtHandler, eventually, sampleOf, startServer, type TestServer } from "./support/harness.ts";
import { PostgresServer } from "./support/postgres.ts";

test("what comes together is written together, within its limits, and one that fails does not take the others with it", async () => {
  const { Gather } = await import("../src/server/gather.ts");
  const writes: number[][] = [];
  let writing = 0;
  let most = 0;
  const gather = new Gather<number, number>(
    async (items) => {
      most = Math.max(most, ++writing);
      writes.push(items);
      await new Promise((resolve) => setImmediate(resolve));
      writing--;
      if (items.includes(13)) throw new Error("unlucky");
      return items.length;
    },
    { most: 4, atOnce: 2 },
  );
  const results = await Promise.allSettled(Array.from({ length: 20 }, (_, i) => gather.add(i)));
  assert.deepEqual(
    results.map((r) => r.status),
    Array.from({ length: 20 }, (_, i) => (i === 13 ? "rejected" : "fulfilled")),
  );
  assert.ok(most <= 2);
  assert.ok(writes.every((items) => items.length <= 4));
  assert.ok(writes.some((items) => items.length === 4));
});

for (const provider of ["sqlite", "postgresql"] as const)
  describe(provider, () => {
    let postgres: PostgresServer | undefined;
    let a: TestServer;
    let b: TestServer;
    before(async () => {
      postgres = provider === "postgresql" ? await PostgresServer.start() : undefined;
      a = await startServer({ config: { databaseUrl: await postgres?.createDatabase() } });
      // SQLite has one process: there both are the same.
      b = postgres ? await startServer({ config: a.app.config, dataDir: a.dataDir }) : a;
    });
    after(async () => {
      if (b !== a) await b.stop(true);
      await a.stop();
      await postgres?.stop();
    });
    const syncOf = (revision: number, waitMs = 0) => ({
      protocolVersion: 1 as const,
      revision,
      waitMs,
      agentTimeMs: Date.now(),
      instances: [],
      acceptsUnchanged: true,
    });

    test("a removed host's token ends at once, also where it was remembered, and what it reports is not stored", async () => {
      const admin = await a.person("admin", "removal");
      const agent = await a.agent("removal");
      const { builds } = await builtHandler(admin.api, "removal");
      const build = builds[0];
      assert.ok(build);
      const clients = [a, b].map(({ client }) => client({ authorization: `Bearer ${agent.agentToken}` }));
      for (const client of clients) await client.agent.report.mutate({ starts: [sampleOf(build, 500_000)] });
      await admin.api.hosts.remove.mutate({ hostId: agent.hostId });
      // Here by the event itself, at the other replica when it has come.
      await assert.rejects(clients[0]?.agent.sync.mutate(syncOf(0)) ?? Promise.resolve(), /was removed/);
      await eventually("refused by the other", () =>
        (clients[1] as (typeof clients)[number]).agent.sync.mutate(syncOf(0)).then(
          () => false,
          (error: Error) => error.message.includes("was removed"),
        ),
      );
      for (const client of clients) await assert.rejects(client.agent.report.mutate({ starts: [sampleOf(build, 500_000)] }), /was removed/);
      assert.equal(await a.app.db.startSample.count({ where: { hostId: agent.hostId } }), clients.length);
    });

    test("a sync with nothing new is answered without the lists; a change of what should run is told in full, wherever it was made", async () => {
      const admin = await a.person("admin", "unchanged");
      const agent = await a.agent("unchanged");
      const { builds } = await builtHandler(admin.api, "unchanged");
      const buildId = builds[0]?.id ?? "";
      const { deploymentId } = await admin.api.deployments.create.mutate({ buildId });
      const all = await agent.api.agent.sync.mutate(syncOf(0));
      assert.equal(all.isUnchanged, undefined);
      assert.deepEqual(
        all.instances.map((i) => i.deploymentId),
        [deploymentId],
      );
      const same = await agent.api.agent.sync.mutate(syncOf(all.revision));
      assert.deepEqual([same.isUnchanged, same.revision, same.instances], [true, all.revision, []]);
      const { acceptsUnchanged: _, ...older } = syncOf(all.revision);
      assert.equal((await agent.api.agent.sync.mutate(older)).instances.length, 1, "an agent of before gets the whole each time");
      const waiting = agent.api.agent.sync.mutate(syncOf(all.revision, 20_000));
      const cookie = admin.cookie;
      await b.client({ cookie }).deployments.stop.mutate({ deploymentId });
      const changed = await waiting;
      assert.ok(changed.revision > all.revision);
      assert.deepEqual([changed.isUnchanged, changed.instances], [undefined, []]);
      const host = await a.app.db.host.findUniqueOrThrow({ where: { id: agent.hostId } });
      assert.equal(host.appliedRevision, all.revision);
    });

    test("the same reports at once and in opposite orders: each start is stored and counted once", async () => {
      const admin = await a.person("admin", "opposite");
      const agent = await a.agent("opposite");
      const { builds, handlerId } = await builtHandler(admin.api, "opposite");
      const build = builds[0];
      assert.ok(build);
      const reports = Array.from({ length: 12 }, () => Array.from({ length: 30 }, () => sampleOf(build, 400_000 + Math.floor(Math.random() * 1_000_000))));
      const clients = [a, b].map(({ client }) => client({ authorization: `Bearer ${agent.agentToken}` }));
      await Promise.all([
        ...reports.map((starts) => clients[0]?.agent.report.mutate({ starts })),
        ...reports.toReversed().map((starts) => clients[1]?.agent.report.mutate({ starts: starts.toReversed() })),
      ]);
      assert.equal(await a.app.db.startSample.count({ where: { handlerId } }), 360);
      assert.equal((await admin.api.coldStarts.facets.query({ handlerId })).totalCount, 360);
    });
  });

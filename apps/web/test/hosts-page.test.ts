/** The table of hosts, a page at a time, on both databases: each host once, in order, however it is sorted and searched. */
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { onEachDatabase } from "./support/databases.ts";
import type { TestServer } from "./support/harness.ts";

onEachDatabase((onServer) => {
  let server: TestServer;
  before(() => {
    server = onServer();
  });

  test("pages follow each other in every order; a search is of all hosts; another project's are nowhere", async () => {
    const { db } = server.app;
    const { api, projectId } = await server.person("viewer", "many-hosts");
    const other = await server.person("viewer", "few-hosts");
    const now = Date.now();
    const rowOf = (projectId: string, i: number) => ({
      id: `${projectId}-${String((i * 37) % 100).padStart(3, "0")}`,
      projectId,
      name: `web-${i}`,
      os: "linux",
      arch: "x86_64",
      kernel: "6.1",
      cpuModel: "a processor",
      cpuCount: 2,
      memoryBytes: BigInt(1 + (i % 3)) * 2n ** 30n,
      executors: [],
      labels: i % 10 === 0 ? { zone: "a" } : {},
      agentTokenHash: `${projectId}-${i}`,
      lastSeenAt: i % 4 === 0 ? null : new Date(now - (i % 2) * 3_600_000),
    });
    await db.host.createMany({ data: Array.from({ length: 57 }, (_, i) => rowOf(projectId, i)) });
    await db.host.createMany({ data: [rowOf(other.projectId, 1)] });
    const input = { limit: 10 } as const;
    type Query = Omit<NonNullable<Parameters<typeof api.hosts.page.query>[0]>, "limit">;
    const walk = async (query: Query) => {
      const hosts: Awaited<ReturnType<typeof api.hosts.page.query>>["hosts"] = [];
      let cursor: Query["cursor"];
      do {
        const page = await api.hosts.page.query({ ...input, ...query, cursor });
        assert.ok(page.hosts.length <= 10 && page.total === 57);
        hosts.push(...page.hosts);
        cursor = page.nextCursor;
      } while (cursor);
      assert.equal(new Set(hosts.map((host) => host.id)).size, hosts.length, "none comes twice");
      return hosts;
    };
    const names = (await walk({})).map((host) => host.name);
    assert.deepEqual(
      names,
      Array.from({ length: 57 }, (_, i) => `web-${i}`),
      "numbers in names count as numbers",
    );
    assert.deepEqual(
      (await walk({ descending: true })).map((host) => host.name),
      names.toReversed(),
    );
    const memory = (await walk({ sort: "memory", descending: true })).map((host) => host.memoryBytes);
    assert.deepEqual(
      memory,
      memory.toSorted((a, b) => b - a),
    );
    for (const sort of ["state", "handlers", "instances", "labels", "agent", "seen"] as const) assert.equal((await walk({ sort })).length, 57, sort);
    const first = await api.hosts.page.query({ ...input, sort: "state" });
    assert.deepEqual([first.hosts[0]?.online, first.offline, first.matching], [false, 43, 57]);
    assert.deepEqual(
      (await walk({ search: "ZONE=a" })).map((host) => host.name),
      ["web-0", "web-10", "web-20", "web-30", "web-40", "web-50"],
    );
    assert.deepEqual(await walk({ search: "nothing like it" }), []);
    // The row that a page ended with may be gone when the next is asked for.
    const page = await api.hosts.page.query(input);
    await db.host.update({ where: { id: page.hosts.at(-1)!.id }, data: { removedAt: new Date() } });
    assert.equal((await api.hosts.page.query({ ...input, cursor: page.nextCursor })).hosts[0]?.name, "web-10");

    const { id } = page.hosts[3]!;
    assert.equal((await api.hosts.get.query({ hostId: id })).name, "web-3");
    await assert.rejects(other.api.hosts.get.query({ hostId: id }), /does not exist/);
    assert.equal((await other.api.hosts.page.query({})).total, 1);
    await assert.rejects(api.hosts.page.query({ ...input, cursor: ["web-1"] as never }), /cursor/);
  });
});

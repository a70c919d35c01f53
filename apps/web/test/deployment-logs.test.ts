/** The live log: what matches of what was, then of what comes. */
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, before, test } from "node:test";
import { builtHandler, startServer, type TestServer } from "./support/harness.ts";

let server: TestServer;
before(async () => {
  server = await startServer();
});
after(() => server.stop());

test("search, level and instance filter history and what follows", async () => {
  const admin = await server.person("admin", "logs");
  const agent = await server.agent("logs");
  const { builds, handlerId } = await builtHandler(admin.api, "logs");
  const { deploymentId } = await admin.api.deployments.create.mutate({ buildId: builds[0]!.id });
  const line = (text: string, change: object = {}) => ({
    id: randomUUID(),
    deploymentId,
    instanceId: `${deploymentId}-1`,
    at: new Date().toISOString(),
    level: "info" as const,
    source: "handler" as const,
    text,
    ...change,
  });
  // More than one page of lines lies between the newest and what is looked for.
  const old = Array.from({ length: 1_500 }, (_, i) => line(i % 500 === 0 ? `Payment ${i} REFUSED` : `tick ${i}`, i === 500 ? { level: "error" } : {}));
  await agent.api.agent.report.mutate({ logs: old });
  type Line = { text: string; seq: number };
  const read = async (input: object, count: number) => {
    const got = await server.subscribe<{ data: Line } | Line>(
      "deployments.logs",
      { handlerId, ...input },
      { cookie: admin.cookie },
      (all) => all.length >= count,
    );
    return got.map((each) => ("data" in each ? each.data : each).text);
  };
  assert.deepEqual(await read({ search: "refused" }, 3), ["Payment 0 REFUSED", "Payment 500 REFUSED", "Payment 1000 REFUSED"]);
  assert.deepEqual(await read({ search: "refused", history: 1 }, 1), ["Payment 1000 REFUSED"]);
  assert.deepEqual(await read({ level: "error" }, 1), ["Payment 500 REFUSED"]);
  assert.equal((await read({ history: 300 }, 300))[0], "tick 1200");
  const following = read({ search: "later", instanceId: `${deploymentId}-2` }, 1);
  await agent.api.agent.report.mutate({ logs: [line("later, elsewhere"), line("other"), line("Later, here", { instanceId: `${deploymentId}-2` })] });
  assert.deepEqual(await following, ["Later, here"]);
});

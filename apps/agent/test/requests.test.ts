/** Requests of real artifacts, counted by the process, reported by the agent. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { latencyPercentile, type RequestWindow } from "@zerostart/protocol";
import { AgentMetrics } from "../src/metrics.ts";
import { Bench } from "./fixtures/bench.ts";

const bench = new Bench();
const metrics = new AgentMetrics();
let metricsPort = 0;
before(async () => {
  metricsPort = await metrics.listen({ host: "127.0.0.1", port: 0 });
  await bench.open({ metrics });
});
after(() => bench.close());

const handler = `export default async (request) => {
  const { pathname } = new URL(request.url);
  if (pathname === "/bad") return new Response("no", { status: 500 });
  if (pathname === "/slow") await new Promise((resolve) => setTimeout(resolve, 50));
  return new Response("ok");
}`;

function told(name: string) {
  const windows: RequestWindow[] = [...bench.plane.requests.values()].filter((w) => w.deploymentId === `deployment-${name}`);
  const byClass = [0, 1, 2, 3, 4, 5].map((i) => windows.reduce((sum, w) => sum + w.byClass[i]!, 0));
  const buckets = new Map<number, number>();
  for (const { buckets: some } of windows) for (const [bucket, count] of some) buckets.set(bucket, (buckets.get(bucket) ?? 0) + count);
  return { byClass, buckets };
}

for (const mode of ["snapshot", "prefork"] as const) {
  test(`${mode}: every answer is reported once, by status, with its latency`, async () => {
    const port = await bench.deploy(mode, await bench.build(handler, mode), mode);
    const ask = async (path: string, times: number) => {
      for (let i = 0; i < times; i++) await (await fetch(`http://127.0.0.1:${port}${path}`)).text();
    };
    await ask("/", 40);
    await ask("/bad", 7);
    await ask("/slow", 3);
    // The agent's own first request, which the start is measured by, is one of them; health checks may come on top.
    await bench.until("all are told", () => told(mode).byClass[5] === 7 && told(mode).byClass[2]! >= 44);
    const before = told(mode);
    assert.ok(latencyPercentile(before.buckets, 0.5)! < 50e6);
    assert.ok(latencyPercentile(before.buckets, 1)! >= 50e6, "the slow ones are seen");
    // What was counted since the last report is not lost with the process.
    await ask("/bad", 2);
    bench.plane.desire([]);
    await bench.until("the last words", () => told(mode).byClass[5] === 9);
  });
}

test("/metrics: instances, starts and requests by handler", async () => {
  const port = await bench.deploy("seen", await bench.build(handler, "snapshot"), "snapshot");
  await (await fetch(`http://127.0.0.1:${port}/bad`)).text();
  const read = async () => (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text();
  const name = bench.plane.desired[0]?.handlerName;
  assert.ok(name);
  await bench.untilAsync("the request is counted", async () => (await read()).includes(`zerostart_handler_requests_total{handler="${name}",status="5xx"} 1\n`));
  const text = await read();
  for (const line of [
    `zerostart_instances{handler="${name}",state="healthy"} 1`,
    `zerostart_cold_start_seconds_count{handler="${name}",mode="snapshot",kind="real"} 1`,
  ])
    assert.ok(text.split("\n").includes(line), `${line}\n${text}`);
  assert.match(text, /^zerostart_instance_resident_memory_bytes\{handler="[^"]+",instance="deployment-seen-\d+"\} [1-9]\d+$/m);
  assert.match(text, /^process_resident_memory_bytes \d+$/m);
  assert.equal((await fetch(`http://127.0.0.1:${metricsPort}/`)).status, 404);
});

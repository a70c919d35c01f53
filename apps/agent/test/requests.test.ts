/** Requests of real artifacts, counted by the process, reported by the agent. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { latencyPercentile, type RequestWindow } from "@zerostart/protocol";
import { Bench } from "./fixtures/bench.ts";

const bench = new Bench();
before(() => bench.open());
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

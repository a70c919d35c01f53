import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { test } from "node:test";
import {
  artifactModeNames,
  artifactTargetNames,
  encodeRequestPage,
  latencyBucketLowNs,
  latencyBucketOf,
  latencyBuckets,
  latencyPercentile,
  parseRequestPage,
  requestPageBytes,
  phaseNames,
  reportInput,
  runtimeNames,
  startSample,
  syncInput,
  type StartSample,
} from "../src/index.ts";

const sample = (change: object = {}): StartSample => ({
  id: randomUUID(),
  buildId: "b",
  artifactId: "a",
  kind: "measured",
  mode: "snapshot",
  target: "x86_64-linux-musl",
  startedAt: new Date().toISOString(),
  totalNs: 30,
  phases: [
    { phase: "spawn", ns: 10 },
    { phase: "other", ns: 20 },
  ],
  memory: { rssBytes: 1 },
  binaryBytes: 1,
  executor: "native",
  ...change,
});

test("names in the tables are unique, and `other` is the last phase", () => {
  for (const names of [phaseNames, artifactModeNames, artifactTargetNames, runtimeNames]) assert.equal(new Set(names).size, names.length);
  assert.equal(phaseNames[0], "spawn");
  assert.equal(phaseNames.at(-1), "other");
});

test("a sample's phases occur once and add up", () => {
  assert.ok(startSample.safeParse(sample()).success);
  assert.match(String(startSample.safeParse(sample({ totalNs: 31 })).error), /add up/);
  const twice = [
    { phase: "spawn", ns: 10 },
    { phase: "spawn", ns: 20 },
  ];
  assert.match(String(startSample.safeParse(sample({ phases: twice })).error), /once only/);
});

test("a module is started by another runtime, and nothing else is", () => {
  assert.ok(startSample.safeParse(sample({ mode: "module", target: "any", executor: "deno" })).success);
  for (const change of [{ mode: "module", target: "any" }, { executor: "bun" }])
    assert.match(String(startSample.safeParse(sample(change)).error), /modules are run by runtimes/);
});

test("hostile values are refused", () => {
  for (const change of [
    { totalNs: -1 },
    { totalNs: 1.5 },
    { id: "1" },
    { phases: [] },
    { memory: {} },
    { mode: "warp" },
    { startedAt: "yesterday" },
    { binaryBytes: Number.NaN },
  ]) {
    assert.equal(startSample.safeParse(sample(change)).success, false, JSON.stringify(change));
  }
  assert.equal(reportInput.safeParse({ logs: Array.from({ length: 5_001 }, () => ({})) }).success, false);
  assert.equal(syncInput.safeParse({ protocolVersion: 2, revision: 0, agentTimeMs: 0, instances: [] }).success, false);
});

test("latency buckets are contiguous, as wide as they say, and read back what was counted", () => {
  assert.equal(latencyBucketLowNs(0), 0);
  for (let bucket = 1; bucket < latencyBuckets; bucket++) {
    const [low, high] = [latencyBucketLowNs(bucket), latencyBucketLowNs(bucket + 1)];
    assert.ok(high > low && (high - low) / low <= 1 / 16 + 1e-12);
    assert.equal(latencyBucketOf(low), bucket);
    assert.equal(latencyBucketOf(high - 1), bucket);
  }
  assert.equal(latencyBucketOf(0), 0);
  assert.equal(latencyBucketOf(1e15), latencyBuckets - 1);
  const buckets = new Map<number, number>();
  for (let us = 1; us <= 10_000; us++) {
    const bucket = latencyBucketOf(us * 1_000);
    buckets.set(bucket, (buckets.get(bucket) ?? 0) + 1);
  }
  for (const p of [0.01, 0.5, 0.9, 0.99, 1]) {
    const read = latencyPercentile(buckets, p)!;
    assert.ok(Math.abs(read / (p * 1e7) - 1) < 1 / 16, `p${p * 100}: ${read}`);
  }
  assert.equal(latencyPercentile(new Map(), 0.5), undefined);
  const counts = { byClass: [1, 0, 3, 4, 5, 6], connections: 2, sumNs: 123_456, lastNs: 99, buckets };
  assert.deepEqual(parseRequestPage(encodeRequestPage(counts)), counts);
  assert.equal(parseRequestPage(new Uint8Array(requestPageBytes)), undefined);
  assert.equal(parseRequestPage(new Uint8Array(10)), undefined);
});

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { test } from "node:test";
import { launchModeNames, phaseNames, reportInput, startSample, syncInput, targetTriples, type StartSample } from "../src/index.ts";

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
  for (const names of [phaseNames, launchModeNames, targetTriples]) assert.equal(new Set(names).size, names.length);
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

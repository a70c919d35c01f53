/** What the views of a trace compute: the flame graph's tree, the timeline's events and bins, the comparison. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { FrameKind, StartTrace } from "@zerostart/protocol";
import { compareFunctions } from "../src/features/traces/helpers/compare.ts";
import { findNode, flameBoxes, flameTree, matchedSamples, type FlameNode } from "../src/features/traces/helpers/flame.ts";
import { sampleBins, ticks, timelineEvents } from "../src/features/traces/helpers/timeline.ts";
import { traceOf } from "./support/harness.ts";

function trace(stacks: [names: string, count: number][], sampled = 10): StartTrace {
  const kinds: Record<string, FrameKind> = { spawn: "phase", first_request: "phase", main: "host", run: "engine", fetch: "handler", read: "kernel" };
  const frames = Object.entries(kinds).map(([name, kind]) => ({ name, kind }));
  const list = stacks.map(([names, count]) => ({ frames: names.split(" ").map((name) => frames.findIndex((f) => f.name === name)), count }));
  const base = traceOf("x");
  return {
    ...base,
    frames,
    starts: { ...base.starts, sampled: { ...base.starts.sampled, count: sampled } },
    samples: {
      intervalNs: 1_000,
      total: stacks.reduce((sum, [, n]) => sum + n, 0),
      stacks: list,
      timeline: [
        [100, 0],
        [450, 1],
        [460, 1],
        [999, 2],
      ],
    },
  };
}
const shape = (node: FlameNode): string =>
  `${node.name}:${node.total}/${node.self}${node.children.length > 0 ? `(${node.children.map(shape).join(" ")})` : ""}`;
const example = trace([
  ["first_request main run fetch", 5],
  ["first_request main run fetch run", 2],
  ["spawn read", 1],
  ["first_request main read", 3],
]);

test("stacks are merged from the outermost function; phases in their order, callees by size", () => {
  const root = flameTree(example);
  assert.equal(shape(root), "all starts:11/0(spawn:1/0(read:1/1) first_request:10/0(main:10/0(run:7/0(fetch:7/5(run:2/2)) read:3/3)))");
  const fetch = findNode(root, "1.2.3.4");
  assert.equal(fetch?.name, "fetch");
  assert.equal(findNode(root, ""), root);
  for (const unknown of ["9", "1.9", "1.2.3.4.5", "x", "1..2"]) assert.equal(findNode(root, unknown), undefined, unknown);
});

test("what is hidden counts for who called it", () => {
  assert.equal(shape(flameTree(example, new Set<FrameKind>(["engine", "kernel"]))), "all starts:11/0(spawn:1/1 first_request:10/0(main:10/3(fetch:7/7)))");
});

test("a focus fills the width, its callers above it; what is too narrow is left out", () => {
  const root = flameTree(example);
  const whole = flameBoxes(root, 0).map(({ node, left, width }) => [node.name, Number((left * 11).toFixed(3)), Number((width * 11).toFixed(3))]);
  assert.deepEqual(whole, [
    ["all starts", 0, 11],
    ["spawn", 0, 1],
    ["read", 0, 1],
    ["first_request", 1, 10],
    ["main", 1, 10],
    ["run", 1, 7],
    ["fetch", 1, 7],
    ["run", 1, 2],
    ["read", 8, 3],
  ]);
  const focused = flameBoxes(findNode(root, "1.2.3")!, 0.5).map(({ node, width }) => [node.name, width]);
  assert.deepEqual(focused, [
    ["all starts", 1],
    ["first_request", 1],
    ["main", 1],
    ["run", 1],
    ["fetch", 1],
  ]);
  assert.deepEqual(flameBoxes(flameTree(trace([])), 0.1).length, 1);
});

test("a search counts a stack once, whatever matches in it", () => {
  const root = flameTree(example);
  assert.equal(matchedSamples(root, "RUN"), 7);
  assert.equal(matchedSamples(root, "read"), 4);
  assert.equal(matchedSamples(root, "none"), 0);
  assert.equal(matchedSamples(root, ""), 0);
});

test("timeline: events in lanes, samples in bins, an axis of round numbers", () => {
  const events = timelineEvents(traceOf("f"));
  assert.deepEqual(
    events.map((e) => [e.id, e.lane, e.label]),
    [
      ["s0", "System calls", "listen(5, 4096)"],
      ["f0", "Faults: linear memory: static data and heap", "Page fault in linear memory: static data and heap"],
    ],
  );
  const bins = sampleBins(example, 0, 1_000, 10);
  assert.deepEqual(
    bins.map((b) => b.total),
    [0, 1, 0, 0, 2, 0, 0, 0, 0, 1],
  );
  assert.deepEqual([...bins[4]!.byKind], [["engine", 2]]);
  assert.deepEqual(bins[9]!.top, [{ name: "read", count: 1 }]);
  assert.deepEqual(
    sampleBins(example, 400, 500, 2).map((b) => b.total),
    [0, 2],
    "what lies outside is not counted",
  );
  assert.deepEqual(ticks(0, 1_000, 6), [0, 200, 400, 600, 800, 1_000]);
  assert.deepEqual(ticks(130, 290, 6), [150, 200, 250]);
});

test("two traces are compared by processor time a start, however many starts each has", () => {
  const before = trace([["first_request fetch", 10]], 10);
  const after = trace(
    [
      ["first_request fetch", 60],
      ["first_request read", 20],
    ],
    20,
  );
  assert.deepEqual(
    compareFunctions(before, after).map((f) => [f.name, f.beforeNs, f.afterNs, f.differenceNs]),
    [
      ["fetch", 1_000, 3_000, 2_000],
      ["read", 0, 1_000, 1_000],
    ],
  );
});

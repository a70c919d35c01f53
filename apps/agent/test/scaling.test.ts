import assert from "node:assert/strict";
import { test } from "node:test";
import { busySecondsOf, Scaler } from "../src/scaling.ts";

/** Feeds a scaler with a load in processors, a second a step; the counts it asked for. */
function run(scaler: Scaler, loads: number[], bounds: { min: number; max: number; quietMs?: number }): number[] {
  let count = bounds.min;
  let seconds = 0;
  return loads.map((load, i) => {
    seconds += load;
    return (count = scaler.wanted({ count, ...bounds, seconds, at: i * 1_000 }));
  });
}

test("one more while they are busy, up to the most; one less after it was quiet for long enough", () => {
  const bounds = { min: 1, max: 3, quietMs: 2_000 };
  assert.deepEqual(run(new Scaler(), [0, 0.9, 1.8, 2.9, 2.9], bounds), [1, 2, 3, 3, 3]);
  assert.deepEqual(run(new Scaler(), [0, 0.9, 0.1, 0.1, 0.1, 0.1, 0.1], bounds), [1, 2, 2, 2, 1, 1, 1]);
  assert.deepEqual(run(new Scaler(), [0, 0.9, 0.1, 0.1, 0.9, 0.1, 0.1, 0.1], bounds), [1, 2, 2, 2, 2, 2, 2, 1], "a busy moment begins the wait anew");
  assert.deepEqual(run(new Scaler(), [0, 0.5, 0.5, 0.5], bounds), [1, 1, 1, 1]);
});

test("bounds that were changed are met at once, and a sum that fell says nothing", () => {
  const scaler = new Scaler();
  assert.equal(scaler.wanted({ count: 1, min: 2, max: 4, seconds: 0, at: 0 }), 2);
  assert.equal(scaler.wanted({ count: 6, min: 2, max: 4, seconds: 0, at: 1 }), 4);
  assert.equal(scaler.wanted({ count: 2, min: 1, max: 4, seconds: 100, at: 1_000 }), 3);
  assert.equal(scaler.wanted({ count: 3, min: 1, max: 4, seconds: 1, at: 2_000 }), 3);
});

test("busy time of a process is counted, and of none there is none", () => {
  const before = busySecondsOf(process.pid)!;
  for (const end = process.cpuUsage().user + 50_000; process.cpuUsage().user < end;);
  assert.ok(busySecondsOf(process.pid)! > before);
  assert.equal(busySecondsOf(2 ** 30), undefined);
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { mulberry32, quantile, Sketch } from "../src/index.ts";

const values = (seed: number, count: number) => {
  const random = mulberry32(seed);
  return Array.from({ length: count }, () => Math.floor(random() ** 4 * 5_000_000) * (random() < 0.1 ? 0 : 1));
};
const sketchOf = (list: number[]) => {
  const sketch = new Sketch();
  for (const value of list) sketch.add(value);
  return sketch;
};

test("merged from their stored forms, quantiles are within 1 %, and count, sum, least and greatest exact", () => {
  const parts = [values(1, 5_000), values(2, 300), values(3, 1), [0, 0], [4_000_000_000_000]];
  const all = parts.flat();
  const merged = new Sketch();
  for (const part of parts) merged.merge(sketchOf(part).encode());
  assert.equal(merged.count, all.length);
  assert.equal(
    merged.sum,
    all.reduce((a, b) => a + b, 0),
  );
  assert.equal(merged.min, Math.min(...all));
  assert.equal(merged.max, Math.max(...all));
  const sorted = all.toSorted((a, b) => a - b);
  for (const p of [0, 0.01, 0.25, 0.5, 0.9, 0.95, 0.99, 1]) {
    const rank = p * (all.length - 1);
    const low = sorted[Math.floor(rank)] as number;
    const high = sorted[Math.ceil(rank)] as number;
    assert.ok(merged.quantile(p) >= low * 0.99 && merged.quantile(p) <= high * 1.01, `${p}: ${merged.quantile(p)}, not ${quantile(all, p)}`);
  }
});

test("an encoded sketch that is merged is the sketch", () => {
  const sketch = sketchOf(values(4, 2_000));
  const again = new Sketch();
  again.merge(sketch.encode());
  assert.deepEqual(again.encode(), sketch.encode());
  const empty = new Sketch();
  empty.merge(new Sketch().encode());
  assert.equal(empty.count, 0);
  assert.equal(empty.quantile(0.5), 0);
});

test("bins cover every value once, in order", () => {
  const list = values(5, 3_000);
  const bins = sketchOf(list).bins();
  assert.equal(
    bins.reduce((sum, bin) => sum + bin.count, 0),
    list.length,
  );
  for (const [i, bin] of bins.entries()) {
    assert.ok(bin.low <= bin.high);
    const before = bins[i - 1];
    assert.ok(!before || before.high <= bin.low * 1.000001);
  }
  // Each bin's count is that of the values between its edges.
  const middle = bins[Math.floor(bins.length / 2)] as (typeof bins)[number];
  assert.ok(Math.abs(list.filter((v) => v > middle.low && v <= middle.high).length - middle.count) <= 1);
});

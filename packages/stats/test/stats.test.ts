import assert from "node:assert/strict";
import { test } from "node:test";
import { resampledMedian } from "../src/bootstrap.ts";
import {
  bootstrapMedianDifference,
  compareSamples,
  histogram,
  holm,
  mannWhitney,
  median,
  mulberry32,
  niceBinWidth,
  quantile,
  quantiles,
  summarize,
} from "../src/index.ts";

/** Box-Muller on a seeded generator. */
function normal(count: number, mu: number, sigma: number, seed: number): number[] {
  const random = mulberry32(seed);
  return Array.from({ length: count }, () => mu + sigma * Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random()));
}

test("quantiles agree with R's type 7", () => {
  assert.equal(quantile([15, 20, 35, 40, 50], 0.4), 29);
  assert.equal(median([3, 1, 2, 4]), 2.5);
  assert.deepEqual(quantiles([10, 20], [0, 0.25, 1]), [10, 12.5, 20]);
  assert.equal(quantile([7], 0.99), 7);
  assert.throws(() => quantile([], 0.5), RangeError);
  assert.throws(() => quantile([1], 1.1), RangeError);
});

test("summarize", () => {
  const s = summarize([1, 2, 3, 4, 5]);
  assert.deepEqual([s.count, s.min, s.p50, s.max, s.mean], [5, 1, 3, 5, 3]);
});

test("exact rank test matches R: wilcox.test(c(1.1,2.2,3.3,4.4), c(5.5,6.6,7.7,8.8)) p = 0.02857", () => {
  const t = mannWhitney([1.1, 2.2, 3.3, 4.4], [5.5, 6.6, 7.7, 8.8]);
  assert.equal(t.u, 0);
  assert.ok(t.exact);
  assert.ok(Math.abs(t.p - 2 / 70) < 1e-12);
  assert.equal(t.effect, 1);
});

test("the exact distribution sums to one and is symmetric", () => {
  const low = mannWhitney([1, 2, 4], [3, 5, 6, 7]);
  const high = mannWhitney([-1, -2, -4], [-3, -5, -6, -7]);
  assert.ok(Math.abs(low.p - high.p) < 1e-12);
  assert.equal(low.u + high.u, 12);
});

test("normal approximation is close to the exact p where both apply", () => {
  const a = normal(25, 10, 2, 1);
  const b = normal(25, 11, 2, 2);
  const exact = mannWhitney(a, b);
  const approximate = mannWhitney([...a, 10.5], [...b, 10.5]);
  assert.ok(exact.exact && !approximate.exact);
  assert.ok(Math.abs(exact.p - approximate.p) < 0.02, `${exact.p} ${approximate.p}`);
});

test("all values equal: no difference, p = 1", () => {
  const t = mannWhitney([5, 5, 5], [5, 5]);
  assert.equal(t.p, 1);
  assert.equal(t.effect, 0.5);
  const c = compareSamples(Array(20).fill(5), Array(20).fill(5));
  assert.equal(c.verdict, "not-significant");
  assert.deepEqual([c.median.low, c.median.high], [0, 0]);
});

test("the bootstrap interval covers the true difference about as often as it says", () => {
  let covered = 0;
  const rounds = 200;
  for (let i = 0; i < rounds; i++) {
    const d = bootstrapMedianDifference(normal(40, 100, 10, 2 * i + 1), normal(40, 105, 10, 2 * i + 2), { resamples: 400, seed: i });
    if (d.low <= 5 && 5 <= d.high) covered++;
  }
  assert.ok(covered / rounds > 0.88 && covered / rounds <= 1, `covered ${covered} of ${rounds}`);
});

test("compareSamples: a clear shift, none, and too few", () => {
  assert.equal(compareSamples(normal(60, 100, 5, 1), normal(60, 80, 5, 2)).verdict, "lower");
  assert.equal(compareSamples(normal(60, 100, 5, 1), normal(60, 130, 5, 2)).verdict, "higher");
  assert.equal(compareSamples(normal(60, 100, 5, 1), normal(60, 100, 5, 4)).verdict, "not-significant");
  assert.equal(compareSamples([1, 2, 3], [100, 101, 102]).verdict, "too-few");
});

test("same seed, same interval", () => {
  const a = normal(5_000, 1, 0.1, 1);
  const b = normal(5_000, 1.1, 0.1, 2);
  const one = bootstrapMedianDifference(a, b);
  assert.deepEqual(one, bootstrapMedianDifference(a, b));
  assert.equal(one.resamples, 2_000);
});

test("a resample's median is distributed as if every value had been drawn, for odd and even numbers of values", () => {
  const random = mulberry32(17);
  const times = 20_000;
  for (const n of [1, 2, 3, 4, 8, 9, 40, 41]) {
    const values = Float64Array.from(normal(n, 1_000, 100, n)).sort();
    const drawn = Float64Array.from({ length: times }, () =>
      quantile(
        Array.from(values, () => values[Math.floor(random() * n)] as number),
        0.5,
      ),
    ).sort();
    const ours = Float64Array.from({ length: times }, () => resampledMedian(values, random)).sort();
    // Kolmogorov and Smirnov's distance: the greatest of the two distribution functions' differences.
    let distance = 0;
    for (let i = 0, j = 0; i < times && j < times;) {
      const at = Math.min(drawn[i] as number, ours[j] as number);
      while (i < times && (drawn[i] as number) <= at + 1e-9) i++;
      while (j < times && (ours[j] as number) <= at + 1e-9) j++;
      distance = Math.max(distance, Math.abs(i - j) / times);
    }
    assert.ok(distance < 0.02, `${n} values: ${distance}`);
  }
});

test("histogram counts every value once, with readable edges and outliers apart", () => {
  const values = [...normal(500, 1_000, 50, 3), 90_000];
  const h = histogram(values);
  assert.equal(h.bins.reduce((sum, b) => sum + b.count, 0) + h.above, values.length);
  assert.equal(h.above, 1);
  assert.equal(h.binWidth, niceBinWidth(h.binWidth));
  assert.ok(h.bins.length <= 60);
  assert.deepEqual(histogram([]).bins, []);
  assert.equal(
    histogram([5, 5, 5]).bins.reduce((sum, b) => sum + b.count, 0),
    3,
  );
});

test("Holm's adjustment: R's p.adjust gives the same", () => {
  const close = (a: number[], b: number[]) => a.forEach((v, i) => assert.ok(Math.abs(v - (b[i] as number)) < 1e-12, `${v} ${b[i]}`));
  close(holm([0.01, 0.04, 0.03, 0.005]), [0.03, 0.06, 0.06, 0.02]);
  close(holm([0.5]), [0.5]);
  close(holm([0.9, 0.8]), [1, 1]);
  assert.deepEqual(holm([]), []);
});

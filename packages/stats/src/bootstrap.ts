/**
 * Percentile bootstrap (Efron 1979) of the difference of two medians: both samples are drawn again with replacement,
 * independently, and the middle `confidence` of the differences is the interval. Deterministic for a seed.
 *
 * The draws themselves are not made. Of n draws with replacement from sorted values the k-th smallest is the value at floor(n·U), U being the
 * k-th smallest of n uniform numbers, which is distributed as Beta(k, n + 1 - k) (David and Nagaraja: Order Statistics, 2003, 2.1). One
 * such number gives the median of a resample of any size, with the very distribution that drawing n values would give.
 */
import { median, quantiles } from "./quantiles.ts";
import { mulberry32 } from "./random.ts";

export type BootstrapOptions = {
  /** Share of the resampled differences that the interval holds; 0.95 unless given. */
  confidence?: number;
  /** 2,000 unless given. */
  resamples?: number;
  seed?: number;
};

/** `difference` is median(b) - median(a), `low`..`high` its interval, in the unit of the values. */
export type MedianDifference = { difference: number; low: number; high: number; confidence: number; resamples: number };

/** A standard normal number: the polar method (Marsaglia and Bray 1964). */
function normal(random: () => number): number {
  for (;;) {
    const x = 2 * random() - 1;
    const y = 2 * random() - 1;
    const square = x * x + y * y;
    if (square > 0 && square < 1) return x * Math.sqrt((-2 * Math.log(square)) / square);
  }
}

/** Gamma(shape, 1) for a shape of 1 at least: Marsaglia and Tsang, "A simple method for generating gamma variables" (2000). */
function gamma(shape: number, random: () => number): number {
  const d = shape - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  for (;;) {
    const x = normal(random);
    const v = (1 + c * x) ** 3;
    if (v > 0 && Math.log(random()) < 0.5 * x * x + d - d * v + d * Math.log(v)) return d * v;
  }
}

/** The median of as many draws with replacement as there are values; these are ascending, one at least. */
export function resampledMedian(sorted: Float64Array, random: () => number): number {
  const n = sorted.length;
  // The lower of the two in the middle, or the one.
  const k = (n + 1) >> 1;
  const below = gamma(k, random);
  const u = below / (below + gamma(n + 1 - k, random));
  const at = (uniform: number) => sorted[Math.min(n - 1, Math.floor(uniform * n))] as number;
  if (n % 2 === 1) return at(u);
  // The next one above it is the least of the n - k that lie between u and 1.
  return (at(u) + at(u + (1 - u) * (1 - random() ** (1 / (n - k))))) / 2;
}

/** Both samples need at least one value (RangeError otherwise). */
export function bootstrapMedianDifference(a: readonly number[], b: readonly number[], options: BootstrapOptions = {}): MedianDifference {
  const confidence = options.confidence ?? 0.95;
  if (!(confidence > 0 && confidence < 1)) throw new RangeError(`confidence must lie between 0 and 1, not ${confidence}`);
  const difference = median(b) - median(a);
  const resamples = options.resamples ?? 2_000;
  const random = mulberry32(options.seed ?? 0x5eed);
  const sortedA = Float64Array.from(a).sort();
  const sortedB = Float64Array.from(b).sort();
  const differences = Array.from({ length: resamples }, () => resampledMedian(sortedB, random) - resampledMedian(sortedA, random));
  const tail = (1 - confidence) / 2;
  const [low, high] = quantiles(differences, [tail, 1 - tail]) as [number, number];
  return { difference, low, high, confidence, resamples };
}

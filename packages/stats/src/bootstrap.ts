/**
 * Percentile bootstrap (Efron 1979) of the difference of two medians: both samples are drawn again with replacement,
 * independently, and the middle `confidence` of the differences is the interval. Deterministic for a seed.
 */
import { median, quantiles } from "./quantiles.ts";
import { mulberry32 } from "./random.ts";

export type BootstrapOptions = {
  /** Share of the resampled differences that the interval holds; 0.95 unless given. */
  confidence?: number;
  /** 2,000 unless given; fewer are taken for large samples so that the work stays bounded. */
  resamples?: number;
  seed?: number;
};

/** `difference` is median(b) - median(a), `low`..`high` its interval, in the unit of the values. */
export type MedianDifference = { difference: number; low: number; high: number; confidence: number; resamples: number };

const maxDraws = 8_000_000;
const minResamples = 200;

/** Draws from a sorted sample with replacement and returns the median of the draw, by counting ranks (no sort). */
function resampledMedian(sorted: Float64Array, counts: Uint32Array, random: () => number): number {
  const n = sorted.length;
  counts.fill(0);
  for (let i = 0; i < n; i++) counts[Math.floor(random() * n)]!++;
  const lowRank = (n - 1) >> 1;
  const highRank = n >> 1;
  let seen = 0;
  let low = 0;
  for (let i = 0; i < n; i++) {
    const next = seen + counts[i]!;
    if (seen <= lowRank && lowRank < next) low = sorted[i]!;
    if (seen <= highRank && highRank < next) return (low + sorted[i]!) / 2;
    seen = next;
  }
  return low;
}

/** Both samples need at least one value (RangeError otherwise). */
export function bootstrapMedianDifference(a: readonly number[], b: readonly number[], options: BootstrapOptions = {}): MedianDifference {
  const confidence = options.confidence ?? 0.95;
  if (!(confidence > 0 && confidence < 1)) throw new RangeError(`confidence must lie between 0 and 1, not ${confidence}`);
  const difference = median(b) - median(a);
  const affordable = Math.max(minResamples, Math.floor(maxDraws / (a.length + b.length)));
  const resamples = Math.min(options.resamples ?? 2_000, affordable);
  const random = mulberry32(options.seed ?? 0x5eed);
  const sortedA = Float64Array.from(a).sort();
  const sortedB = Float64Array.from(b).sort();
  const countsA = new Uint32Array(a.length);
  const countsB = new Uint32Array(b.length);
  const differences: number[] = [];
  for (let i = 0; i < resamples; i++) {
    differences.push(resampledMedian(sortedB, countsB, random) - resampledMedian(sortedA, countsA, random));
  }
  const tail = (1 - confidence) / 2;
  const [low, high] = quantiles(differences, [tail, 1 - tail]) as [number, number];
  return { difference, low, high, confidence, resamples };
}

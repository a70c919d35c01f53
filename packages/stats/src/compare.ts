/** Two samples beside each other, and the sentence that may honestly be said of them. */
import { bootstrapMedianDifference, type BootstrapOptions, type MedianDifference } from "./bootstrap.ts";
import { summarize, type Summary } from "./quantiles.ts";
import { mannWhitney, type RankTest } from "./rank-test.ts";

export type ComparisonVerdict = "lower" | "higher" | "not-significant" | "too-few";
/** `verdict` says where b lies against a. `ratio` is median(b) / median(a), null when median(a) is 0. */
export type Comparison = { a: Summary; b: Summary; median: MedianDifference; ratio: number | null; rank: RankTest; verdict: ComparisonVerdict };

/** Below this many values a side, nothing is claimed. */
const fewest = 8;

/** Significant only if the interval leaves out zero and the rank test agrees at the same level; both sides need a value. */
export function compareSamples(a: readonly number[], b: readonly number[], options: BootstrapOptions = {}): Comparison {
  const summaryA = summarize(a);
  const summaryB = summarize(b);
  const difference = bootstrapMedianDifference(a, b, options);
  const rank = mannWhitney(a, b);
  const significant = (difference.low > 0 || difference.high < 0) && rank.p < 1 - difference.confidence;
  let verdict: ComparisonVerdict = "not-significant";
  if (Math.min(a.length, b.length) < fewest) verdict = "too-few";
  else if (significant) verdict = difference.difference < 0 ? "lower" : "higher";
  return { a: summaryA, b: summaryB, median: difference, ratio: summaryA.p50 === 0 ? null : summaryB.p50 / summaryA.p50, rank, verdict };
}

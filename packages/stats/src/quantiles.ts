/**
 * Quantiles by linear interpolation between order statistics: type 7 of Hyndman and Fan (1996), the definition of
 * R and NumPy. simple-statistics' `quantile` uses another one (type 2), which would disagree with the SQL of the
 * control plane and with what people compute themselves from a download.
 */
import { mean, standardDeviation } from "simple-statistics";

/** Copies and sorts; the functions below take unsorted values. */
function ascending(values: readonly number[]): Float64Array {
  return Float64Array.from(values).sort();
}

/** The p-quantile of at least one value, which are ascending already. */
export function quantileOfSorted(sorted: ArrayLike<number>, p: number): number {
  const h = (sorted.length - 1) * p;
  const low = Math.floor(h);
  const a = sorted[low] as number;
  const b = sorted[Math.min(low + 1, sorted.length - 1)] as number;
  return a + (b - a) * (h - low);
}

function check(values: readonly number[], p: number): void {
  if (values.length === 0) throw new RangeError("a quantile of no values is not defined");
  if (!(p >= 0 && p <= 1)) throw new RangeError(`a quantile's p must lie between 0 and 1, not ${p}`);
}

/** The p-quantile (0 <= p <= 1) of at least one value, in the unit of the values. Throws RangeError otherwise. */
export function quantile(values: readonly number[], p: number): number {
  check(values, p);
  return quantileOfSorted(ascending(values), p);
}

/** Several quantiles with one sort. */
export function quantiles(values: readonly number[], ps: readonly number[]): number[] {
  for (const p of ps) check(values, p);
  const sorted = ascending(values);
  return ps.map((p) => quantileOfSorted(sorted, p));
}

/** The 0.5-quantile. */
export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** All in the unit of the values; `stddev` is the population's. */
export type Summary = { count: number; min: number; p50: number; p90: number; p95: number; p99: number; max: number; mean: number; stddev: number };

/** The usual figures of at least one value. */
export function summarize(values: readonly number[]): Summary {
  const [min, p50, p90, p95, p99, max] = quantiles(values, [0, 0.5, 0.9, 0.95, 0.99, 1]) as [number, number, number, number, number, number];
  return { count: values.length, min, p50, p90, p95, p99, max, mean: mean(values as number[]), stddev: standardDeviation(values as number[]) };
}

/** Histograms with edges that people can read. */
import { quantiles } from "./quantiles.ts";

/** Counts of values with low <= value < high (the last bin holds its upper edge too). */
export type HistogramBin = { low: number; high: number; count: number };
/** `above` values lie beyond the last bin: outliers are counted, not stretched over the axis. */
export type Histogram = { bins: HistogramBin[]; binWidth: number; above: number };

/** The 1, 2 or 5 times a power of ten at or above `width`. */
export function niceBinWidth(width: number): number {
  if (!(width > 0) || !Number.isFinite(width)) return 1;
  const power = 10 ** Math.floor(Math.log10(width));
  const step = [1, 2, 5, 10].find((s) => s * power >= width * (1 - 1e-9)) ?? 10;
  return step * power;
}

/** Freedman-Diaconis width, rounded to a readable one, between 1 and `maxBins` bins; values beyond p99.5 + 3 IQR go to `above`. */
export function histogram(values: readonly number[], maxBins = 40): Histogram {
  if (values.length === 0) return { bins: [], binWidth: 1, above: 0 };
  const [min, q1, q3, tail, max] = quantiles(values, [0, 0.25, 0.75, 0.995, 1]) as [number, number, number, number, number];
  const iqr = q3 - q1;
  const top = Math.min(max, Math.max(tail, q3 + 3 * iqr));
  const freedman = (2 * iqr) / Math.cbrt(values.length);
  const binWidth = niceBinWidth(Math.max(freedman, (top - min) / maxBins) || Math.max(Math.abs(min) / 100, 1));
  const first = Math.floor(min / binWidth) * binWidth;
  const count = Math.max(1, Math.ceil((top - first) / binWidth + 1e-9));
  const bins = Array.from({ length: count }, (_, i) => ({ low: first + i * binWidth, high: first + (i + 1) * binWidth, count: 0 }));
  let above = 0;
  for (const value of values) {
    if (value > top) above++;
    else bins[Math.min(count - 1, Math.floor((value - first) / binWidth))]!.count++;
  }
  return { bins, binWidth, above };
}

export { median, quantile, quantileOfSorted, quantiles, summarize, type Summary } from "./quantiles.ts";
export { bootstrapMedianDifference, type MedianDifference, type BootstrapOptions } from "./bootstrap.ts";
export { mannWhitney, type RankTest } from "./rank-test.ts";
export { compareSamples, type Comparison, type ComparisonVerdict } from "./compare.ts";
export { holm } from "./holm.ts";
export { histogram, niceBinWidth, type Histogram, type HistogramBin } from "./histogram.ts";
export { mulberry32 } from "./random.ts";
export { Sketch } from "./sketch.ts";

/** Figures for people, the same on server and client: three significant digits, unit chosen by size. */

const round = (value: number): string => {
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  return value.toFixed(digits);
};

/** Nanoseconds as ns, µs, ms or s. */
export function formatNs(ns: number): string {
  const size = Math.abs(ns);
  if (size < 1_000) return `${Math.round(ns)} ns`;
  if (size < 1_000_000) return `${round(ns / 1_000)} µs`;
  if (size < 1_000_000_000) return `${round(ns / 1_000_000)} ms`;
  return `${round(ns / 1_000_000_000)} s`;
}

/** Bytes as B, kB, MB (powers of 1,000, as the units say). */
export function formatBytes(bytes: number): string {
  const size = Math.abs(bytes);
  if (size < 1_000) return `${Math.round(bytes)} B`;
  if (size < 1_000_000) return `${round(bytes / 1_000)} kB`;
  if (size < 1_000_000_000) return `${round(bytes / 1_000_000)} MB`;
  return `${round(bytes / 1_000_000_000)} GB`;
}

export function formatCount(count: number): string {
  return count.toLocaleString("en-US");
}

/** "1 start", "2,000 starts". */
export function formatStarts(count: number): string {
  return `${formatCount(count)} ${count === 1 ? "start" : "starts"}`;
}

/** Events a second. */
export function formatRate(perSecond: number): string {
  return `${perSecond >= 1_000 ? formatCount(Math.round(perSecond)) : perSecond === 0 ? "0" : perSecond < 0.01 ? "under 0.01" : round(perSecond)}/s`;
}

export function formatPercent(share: number): string {
  return `${(share * 100).toFixed(Math.abs(share) < 0.1 ? 1 : 0)} %`;
}

/** One unit for a whole axis, chosen by its largest value. */
export function nsScale(maxNs: number): { unit: string; divisor: number } {
  if (maxNs < 2_000) return { unit: "ns", divisor: 1 };
  if (maxNs < 2_000_000) return { unit: "µs", divisor: 1_000 };
  if (maxNs < 2_000_000_000) return { unit: "ms", divisor: 1_000_000 };
  return { unit: "s", divisor: 1_000_000_000 };
}

/** "just now", "5 min ago"; `now` in ms since the epoch. */
export function formatAgo(at: string | number | Date, now: number): string {
  const seconds = Math.round((now - new Date(at).getTime()) / 1000);
  if (seconds < 0) return seconds > -5 ? "just now" : "in the future";
  if (seconds < 10) return "just now";
  if (seconds < 60) return `${seconds} s ago`;
  if (seconds < 3_600) return `${Math.floor(seconds / 60)} min ago`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3_600)} h ago`;
  return `${Math.floor(seconds / 86_400)} d ago`;
}

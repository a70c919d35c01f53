import type { Comparison } from "@zerostart/stats";
import { formatBytes, formatNs, formatPercent } from "../../../lib/format.ts";

export type Unit = "ns" | "bytes";

export const formatValue = (value: number, unit: Unit) => (unit === "ns" ? formatNs(value) : formatBytes(value));

/** A difference with its sign; a true minus, and no sign for zero. */
export function formatDifference(value: number, unit: Unit): string {
  if (value === 0) return formatValue(0, unit);
  return `${value > 0 ? "+" : "−"}${formatValue(Math.abs(value), unit)}`;
}

/** p-values are given as far as they mean something. */
export function formatP(p: number): string {
  return p < 0.001 ? "p < 0.001" : `p = ${p.toFixed(3)}`;
}

/** What may honestly be said of a comparison. */
export function verdictSentence(label: string, c: Comparison, unit: Unit): string {
  const interval = `${formatPercent(c.median.confidence)} interval ${formatDifference(c.median.low, unit)} to ${formatDifference(c.median.high, unit)}, ${formatP(c.rank.p)}`;
  const name = /^[A-Z]{2}/.test(label) ? label : label.toLowerCase();
  if (c.verdict === "too-few") return `Too few starts to say anything: ${c.a.count} against ${c.b.count}. Measure at least 8 of each, better 30.`;
  if (c.verdict === "not-significant") return `No significant difference in ${name} (${interval}).`;
  const word = c.verdict === "lower" ? "lower" : "higher";
  const share = c.ratio === null ? "" : ` (${formatPercent(Math.abs(1 - c.ratio))})`;
  return `B's median ${name} is ${formatValue(Math.abs(c.median.difference), unit)}${share} ${word} than A's: ${interval}.`;
}

/** Budgets of a cold start, such as `p95=2ms`: what a build may cost before it fails. */
import { InvalidArgumentError } from "commander";
import type { ColdStartRow } from "./cold-start-report.ts";

/** `limit` in nanoseconds or bytes, by the metric. */
export type Budget = { metric: keyof typeof metrics; limit: number; text: string };

const metrics = {
  p50: { unit: "ns", of: (row: ColdStartRow) => row.totalNs.p50 },
  p95: { unit: "ns", of: (row: ColdStartRow) => row.totalNs.p95 },
  max: { unit: "ns", of: (row: ColdStartRow) => row.totalNs.max },
  rss: { unit: "bytes", of: (row: ColdStartRow) => row.memory.rssBytesP50 },
  binary: { unit: "bytes", of: (row: ColdStartRow) => row.binaryBytes ?? 0 },
} as const;
const units = {
  ns: { ns: 1, us: 1e3, µs: 1e3, ms: 1e6, s: 1e9 },
  bytes: { B: 1, kB: 1e3, KB: 1e3, MB: 1e6, KiB: 1024, MiB: 1 << 20 },
} as const;

export const budgetHelp = `METRIC=LIMIT, repeatable: ${Object.keys(metrics).join(", ")}; such as p95=2ms, rss=2MB`;

/** Parser of the option. */
export function parseBudget(text: string, all: Budget[] = []): Budget[] {
  const [, metric = "", number = "", unit = ""] = /^(\w+)=(\d+(?:\.\d+)?)\s*(\D+)$/.exec(text) ?? [];
  if (!(metric in metrics)) throw new InvalidArgumentError(`a budget is ${budgetHelp}`);
  const known: Record<string, number> = units[metrics[metric as Budget["metric"]].unit];
  const scale = known[unit];
  if (scale === undefined) throw new InvalidArgumentError(`${metric} is measured in ${Object.keys(known).join(", ")}`);
  return [...all, { metric: metric as Budget["metric"], limit: Number(number) * scale, text }];
}

/** One line for each budget that a row exceeds. */
export function exceeded(budgets: Budget[], rows: ColdStartRow[]): string[] {
  return rows.flatMap((row) =>
    budgets
      .map((budget) => ({ ...budget, value: metrics[budget.metric].of(row) }))
      .filter(({ value, limit }) => value > limit)
      .map(({ metric, value, text }) => `${row.name}: ${metric} is ${readable(value, metrics[metric].unit)}, over the budget ${text}`),
  );
}

function readable(value: number, unit: "ns" | "bytes"): string {
  if (unit === "bytes") return value < 1e6 ? `${(value / 1e3).toFixed(0)} kB` : `${(value / 1e6).toFixed(2)} MB`;
  return value < 1e6 ? `${(value / 1e3).toFixed(0)} µs` : `${(value / 1e6).toFixed(2)} ms`;
}

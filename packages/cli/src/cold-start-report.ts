/** Cold-start samples of several subjects as figures and as a table. */
import type { StartMeasurement } from "@zerostart/launcher";
import { phases } from "@zerostart/protocol";
import { bootstrapMedianDifference, quantile } from "@zerostart/stats";

export type ColdStartRow = {
  name: string;
  detail: string;
  runs: number;
  binaryBytes: number | null;
  totalNs: { p50: number; p95: number; min: number; max: number; p50Interval95: [number, number] };
  /** Against the first subject, of the medians: the ratio, and the difference with its interval. */
  againstFirst: { ratio: number; differenceNs: number; differenceNsInterval95: [number, number] };
  memory: { rssBytesP50: number; pssBytesP50: number; privateDirtyBytesP50: number; minorFaultsP50: number };
  phasesNsP50: Record<string, number>;
  /** A start of median length: means over the fifth of the starts in the middle. Unlike medians of each phase these add up to the total. */
  typicalNs: { total: number; phases: Record<string, number> };
  samplesNs: number[];
};

export type ColdStartSubject = { name: string; detail: string; binaryBytes: number | undefined; samples: StartMeasurement[] };

const median = (values: number[]) => quantile(values, 0.5);

/** One row a subject that has samples; the first must have some. */
export function coldStartRows(subjects: ColdStartSubject[]): ColdStartRow[] {
  const first = subjects[0]?.samples.map((sample) => sample.totalNs) ?? [];
  if (first.length === 0) return [];
  return subjects.filter((subject) => subject.samples.length > 0).map((subject) => summarise(subject, first));
}

function summarise({ name, detail, binaryBytes, samples }: ColdStartSubject, first: number[]): ColdStartRow {
  const totals = samples.map((sample) => sample.totalNs);
  // The interval of a median is that of its difference to a constant zero.
  const own = bootstrapMedianDifference([0], totals);
  const difference = bootstrapMedianDifference(first, totals);
  const phasesNsP50 = Object.fromEntries(
    phases
      .map((phase) => [phase.name, samples.map((sample) => sample.phases.find((each) => each.phase === phase.name)?.ns)] as const)
      .filter(([, values]) => values.some((value) => value !== undefined))
      .map(([phase, values]) => [phase, median(values.map((value) => value ?? 0))]),
  );
  return {
    name,
    detail,
    runs: samples.length,
    binaryBytes: binaryBytes ?? null,
    totalNs: { p50: median(totals), p95: quantile(totals, 0.95), min: Math.min(...totals), max: Math.max(...totals), p50Interval95: [own.low, own.high] },
    againstFirst: {
      ratio: median(totals) / median(first),
      differenceNs: difference.difference,
      differenceNsInterval95: [difference.low, difference.high],
    },
    memory: {
      rssBytesP50: median(samples.map((sample) => sample.memory.rssBytes)),
      pssBytesP50: median(samples.map((sample) => sample.memory.pssBytes ?? 0)),
      privateDirtyBytesP50: median(samples.map((sample) => sample.memory.privateDirtyBytes ?? 0)),
      minorFaultsP50: median(samples.map((sample) => sample.memory.minorFaults ?? 0)),
    },
    phasesNsP50,
    typicalNs: typical(samples, Object.keys(phasesNsP50)),
    samplesNs: totals,
  };
}

function typical(samples: StartMeasurement[], phaseNames: string[]): ColdStartRow["typicalNs"] {
  const sorted = samples.toSorted((a, b) => a.totalNs - b.totalNs);
  const last = sorted.length - 1;
  const middle = sorted.slice(Math.min(Math.ceil(last * 0.4), Math.floor(last / 2)), Math.max(Math.floor(last * 0.6), Math.ceil(last / 2)) + 1);
  const mean = (of: (sample: StartMeasurement) => number) => middle.reduce((sum, sample) => sum + of(sample), 0) / middle.length;
  const phaseOf = (sample: StartMeasurement, name: string) => sample.phases.find(({ phase }) => phase === name)?.ns ?? 0;
  return { total: mean((sample) => sample.totalNs), phases: Object.fromEntries(phaseNames.map((name) => [name, mean((sample) => phaseOf(sample, name))])) };
}

const milliseconds = (ns: number) => (ns / 1e6).toFixed(ns < 1e7 ? 3 : 1);
const size = (bytes: number | null) => (bytes === null ? "" : bytes < 1e6 ? `${Math.round(bytes / 1e3)} kB` : `${(bytes / 1e6).toFixed(1)} MB`);

const percent = (share: number) => `${(share * 100).toFixed(1)} %`;

/** A Markdown table whose columns are also aligned as plain text. */
function markdown(header: string[], rows: string[][]): string {
  const widths = header.map((_, column) => Math.max(4, ...[header, ...rows].map((row) => row[column]!.length)));
  const line = (cells: string[]) => `| ${cells.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!))).join(" | ")} |`;
  const rule = `| ${widths.map((width, i) => (i === 0 ? "-".repeat(width) : `${"-".repeat(width - 1)}:`)).join(" | ")} |`;
  return [line(header), rule, ...rows.map(line)].join("\n");
}

/** How well the phases of a start of median length account for it: their sum against the median, and the share that no phase claims. */
export function accounting(row: ColdStartRow): { sumRatio: number; otherShare: number } {
  const sum = Object.values(row.typicalNs.phases).reduce((total, ns) => total + ns, 0);
  return { sumRatio: sum / row.totalNs.p50, otherShare: (row.typicalNs.phases["other"] ?? 0) / row.totalNs.p50 };
}

/**
 * What makes `row` slower than `base`, phase by phase, of starts of median length, ns. `explained`: the sum of the phases' differences over the difference of the
 * totals (1: wholly explained); `other` is no explanation, and is left out of the sum.
 */
export function explainDifference(base: ColdStartRow, row: ColdStartRow): { differenceNs: number; phasesNs: Record<string, number>; explained: number } {
  const differenceNs = row.typicalNs.total - base.typicalNs.total;
  const phasesNs: Record<string, number> = {};
  for (const { name } of phases) {
    const [before, after] = [base.typicalNs.phases[name], row.typicalNs.phases[name]];
    if (before !== undefined || after !== undefined) phasesNs[name] = (after ?? 0) - (before ?? 0);
  }
  const sum = Object.entries(phasesNs).reduce((total, [name, ns]) => (name === "other" ? total : total + ns), 0);
  return { differenceNs, phasesNs, explained: differenceNs === 0 ? 1 : sum / differenceNs };
}

/** Totals, memory and sizes; below, the phases of a start of median length for the subjects that report phases. */
export function coldStartTable(rows: ColdStartRow[]): string {
  const first = rows[0]?.name ?? "";
  const totals = markdown(
    ["", "p50 ms", "95 % interval", "p95 ms", `x ${first}`, "RSS", "PSS", "private dirty", "faults", "binary"],
    rows.map((row) => [
      row.name,
      milliseconds(row.totalNs.p50),
      row.totalNs.p50Interval95.map(milliseconds).join(" - "),
      milliseconds(row.totalNs.p95),
      row.againstFirst.ratio.toFixed(2),
      size(row.memory.rssBytesP50),
      size(row.memory.pssBytesP50),
      size(row.memory.privateDirtyBytesP50),
      String(Math.round(row.memory.minorFaultsP50)),
      size(row.binaryBytes),
    ]),
  );
  const traced = rows.filter((row) => Object.keys(row.phasesNsP50).length > 1);
  if (traced.length === 0) return totals;
  const names = phases.map((phase) => phase.name).filter((name) => traced.some((row) => row.phasesNsP50[name] !== undefined));
  const cell = (ns: number | undefined) => (ns === undefined ? "" : (ns / 1e3).toFixed(1));
  return `${totals}\n\n${markdown(
    ["typical start, µs", ...names, "sum / total", "other / total"],
    traced.map((row) => {
      const { sumRatio, otherShare } = accounting(row);
      return [row.name, ...names.map((name) => cell(row.typicalNs.phases[name])), percent(sumRatio), percent(otherShare)];
    }),
  )}`;
}

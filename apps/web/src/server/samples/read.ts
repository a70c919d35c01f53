/**
 * What charts read. Few starts are read one by one, and every figure is exact; many are read as sketches, within 1 % of exact, of whole
 * minutes (in the last day) or hours: the window is widened to them. A host's or one measurement's starts have no sketches: the newest
 * are read, and `basis` says so. Where single starts were dropped (retention.ts), sketches answer for any number of them.
 */
import { quantileOfSorted, type Sketch } from "@zerostart/stats";
import type { Db } from "../db/client.ts";
import { facetCount, sketchRows, type SampleFilter, type Segment, type SketchRow } from "../db/dialect.ts";
import { sampleMatrix } from "../db/newest.ts";
import { dayMs, hourMs, minuteMs, minutesKeptMs } from "./resolutions.ts";
import { SketchSet } from "./sketches.ts";

/** Up to so many starts are read one by one. */
export const exactStarts = 10_000;

/**
 * all: every start that passes the filter. newest: the newest `exactStarts`, there are more. sketched: all, from sketches. kept: those that
 * are kept one by one; older ones were dropped, and there are no sketches for such a filter.
 */
export type Basis = "all" | "newest" | "sketched" | "kept";

/** Of one column. */
export type Distribution = {
  count: number;
  sum: number;
  quantile(p: number): number;
  /** Counts by the lower edge of bins of `width`, for values up to `top`. */
  binned(width: number, top: number): Map<number, number>;
};

/** Of at least one value. */
export function exactDistribution(values: number[]): Distribution {
  const sorted = Float64Array.from(values).sort();
  return {
    count: values.length,
    sum: values.reduce((sum, value) => sum + value, 0),
    quantile: (p) => quantileOfSorted(sorted, p),
    binned(width, top) {
      const counts = new Map<number, number>();
      for (const value of values) {
        if (value > top) continue;
        const low = Math.floor(value / width) * width;
        counts.set(low, (counts.get(low) ?? 0) + 1);
      }
      return counts;
    },
  };
}

export function sketchedDistribution(sketch: Sketch): Distribution {
  return {
    count: sketch.count,
    sum: sketch.sum,
    quantile: (p) => sketch.quantile(p),
    /** A sketch's bin that lies in several is divided among them by its width. */
    binned(width, top) {
      const shares = new Map<number, number>();
      for (const { low, high, count } of sketch.bins()) {
        if (low > top) continue;
        const end = Math.min(high, top);
        for (let edge = Math.floor(low / width) * width; edge <= end; edge += width) {
          const overlap = high > low ? Math.max(0, Math.min(end, edge + width) - Math.max(low, edge)) / (high - low) : 1;
          shares.set(edge, (shares.get(edge) ?? 0) + overlap * count);
        }
      }
      // Whole starts; what rounding leaves goes to the next bin, so that the sum stays.
      const counts = new Map<number, number>();
      let rest = 0;
      for (const [edge, share] of [...shares].sort(([a], [b]) => a - b)) {
        const whole = Math.round(share + rest);
        rest += share - whole;
        counts.set(edge, whole);
      }
      return counts;
    },
  };
}

/** Before this a project's starts are not kept one by one any more; null: all are kept. */
export async function keptFromMs(db: Db, projectId: string): Promise<number | null> {
  const project = await db.project.findUnique({ where: { id: projectId }, select: { samplesKeptFromMs: true } });
  return project?.samplesKeptFromMs == null ? null : Number(project.samplesKeptFromMs);
}

/** Whether a filter's figures are made of sketches. */
export async function isSketched(db: Db, projectId: string, filter: Partial<SampleFilter>): Promise<boolean> {
  if (filter.hostId !== undefined || filter.measurementId !== undefined || filter.variant !== undefined) return false;
  const [kept, count] = await Promise.all([keptFromMs(db, projectId), facetCount(db, projectId, filter)]);
  return count > exactStarts || (count > 0 && kept !== null && (filter.fromMs ?? 0) < kept);
}

/** Some columns of the starts one by one; of the newest when there are too many. */
export async function exactRows(db: Db, projectId: string, filter: Partial<SampleFilter>, columns: string[]) {
  // What a measurement is about is never dropped; of the rest nothing is left from before.
  const kept = filter.measurementId === undefined ? await keptFromMs(db, projectId) : null;
  const isCut = kept !== null && (filter.fromMs ?? 0) < kept;
  const rows = await sampleMatrix(db, projectId, isCut ? { ...filter, fromMs: kept } : filter, columns, exactStarts + 1);
  const basis: Basis = rows.length > exactStarts ? "newest" : isCut ? "kept" : "all";
  return { basis, rows: rows.slice(0, exactStarts) };
}

/** Distributions of columns; one without values is not in the map. */
export async function distributions(db: Db, projectId: string, filter: SampleFilter, columns: string[]) {
  const found = new Map<string, Distribution>();
  if (!(await isSketched(db, projectId, filter))) {
    const { basis, rows } = await exactRows(db, projectId, filter, columns);
    for (const [i, column] of columns.entries()) {
      const values = rows.map((row) => row[i]).filter((value) => typeof value === "number");
      if (values.length > 0) found.set(column, exactDistribution(values));
    }
    return { basis, found };
  }
  const wanted = new Set(columns);
  const set = mergeAll(await sketchRows(db, projectId, filter, segmentsOf(filter), columns.length > 1), wanted);
  for (const column of columns) {
    const sketch = set.get(column);
    if (sketch && sketch.count > 0) found.set(column, sketchedDistribution(sketch));
  }
  return { basis: "sketched" as Basis, found };
}

export function mergeAll(rows: Iterable<SketchRow>, columns?: ReadonlySet<string>): SketchSet {
  const set = new SketchSet();
  for (const row of rows) set.merge(row.count, row.total, row.others ?? undefined, columns);
  return set;
}

const endOfTime = 8.64e15;
const floorTo = (ms: number, unit: number) => Math.floor(ms / unit) * unit;
const ceilTo = (ms: number, unit: number) => Math.ceil(ms / unit) * unit;

/** The fewest buckets that make up the filter's window, none longer than `longestMs`. */
export function segmentsOf(filter: { fromMs?: number | undefined; toMs?: number | undefined }, longestMs = dayMs, nowMs = Date.now()): Segment[] {
  const from = Math.max(0, filter.fromMs ?? 0);
  const to = Math.min(endOfTime, filter.toMs ?? endOfTime);
  const hasMinutes = from > nowMs - minutesKeptMs;
  const finest = hasMinutes ? minuteMs : hourMs;
  const levels = [minuteMs, hourMs, dayMs].filter((level) => level >= finest && level <= Math.max(longestMs, finest));
  /** Covers [low, high), which are whole buckets of levels[at - 1] or finer ones, with buckets of levels[at] and longer where whole ones fit. */
  const cover = (low: number, high: number, at: number): Segment[] => {
    if (low >= high) return [];
    const level = levels[at] as number;
    const longer = levels[at + 1];
    const here = (fromMs: number, toMs: number): Segment[] => (fromMs < toMs ? [{ resolutionMs: level, fromMs, toMs }] : []);
    if (longer === undefined) return here(low, high);
    const innerLow = ceilTo(low, longer);
    const innerHigh = high === endOfTime ? endOfTime : floorTo(high, longer);
    if (innerLow >= innerHigh) return here(low, high);
    return [...here(low, innerLow), ...cover(innerLow, innerHigh, at + 1), ...here(innerHigh, high)];
  };
  return cover(floorTo(from, finest), to === endOfTime ? endOfTime : ceilTo(to, finest), 0);
}

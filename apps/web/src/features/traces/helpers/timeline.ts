/** What a timeline draws: events in lanes, the processor's samples in bins. */
import type { FrameKind, StartTrace } from "@zerostart/protocol";
import { functionKinds } from "./kinds.ts";

export type TimelineEvent = {
  /** "s3" the fourth system call, "f0" the first page fault. */
  id: string;
  lane: string;
  atNs: number;
  ns: number;
  label: string;
  rows: [name: string, value: string][];
  failed: boolean;
};

const micros = (ns: number) => `${(ns / 1000).toFixed(1)} µs`;

/** System calls in one lane, page faults in one for each part of the program's memory. */
export function timelineEvents(trace: StartTrace): TimelineEvent[] {
  const calls = trace.syscalls.map((call, i): TimelineEvent => ({
    id: `s${i}`,
    lane: "System calls",
    atNs: call.atNs,
    ns: call.ns,
    label: `${call.name}(${call.args})`,
    rows: [
      ["Result", call.result || "–"],
      ["At", micros(call.atNs)],
      ["Took", micros(call.ns)],
    ],
    failed: call.failed,
  }));
  const faults = trace.faults.map((fault, i): TimelineEvent => ({
    id: `f${i}`,
    lane: `Faults: ${fault.segment}`,
    atNs: fault.atNs,
    ns: 0,
    label: `Page fault in ${fault.segment}`,
    rows: [
      ["Address", `0x${fault.address}`],
      ["Touched by", trace.frames[fault.by]?.name ?? "unknown"],
      ["At", micros(fault.atNs)],
    ],
    failed: false,
  }));
  return [...calls, ...faults];
}

export type Bin = {
  fromNs: number;
  toNs: number;
  total: number;
  byKind: Map<FrameKind, number>;
  /** Functions that ran themselves, most seen first. */ top: { name: string; count: number }[];
};

/** Samples of [fromNs, toNs) in `count` equal bins. */
export function sampleBins(trace: StartTrace, fromNs: number, toNs: number, count: number): Bin[] {
  const width = (toNs - fromNs) / count;
  const bins = Array.from({ length: count }, (_, i) => ({
    fromNs: fromNs + i * width,
    toNs: fromNs + (i + 1) * width,
    total: 0,
    byKind: new Map<FrameKind, number>(),
    names: new Map<string, number>(),
  }));
  for (const [atNs, index] of trace.samples.timeline) {
    const bin = bins[Math.floor((atNs - fromNs) / width)];
    const leaf = trace.frames[trace.samples.stacks[index]?.frames.at(-1) ?? -1];
    if (!bin || !leaf) continue;
    bin.total++;
    bin.byKind.set(leaf.kind, (bin.byKind.get(leaf.kind) ?? 0) + 1);
    bin.names.set(leaf.name, (bin.names.get(leaf.name) ?? 0) + 1);
  }
  return bins.map(({ names, ...bin }) => ({
    ...bin,
    top: [...names]
      .map(([name, n]) => ({ name, count: n }))
      .sort((a, b) => b.count - a.count)
      .slice(0, 4),
  }));
}

/** From the bottom up. */
export const stackOrder: FrameKind[] = ["phase", ...functionKinds.map((k) => k.kind).toReversed()];

/** Steps of a time axis at 1, 2 or 5 times a power of ten, at most `most` of them and one. */
export function ticks(fromNs: number, toNs: number, most: number): number[] {
  const span = Math.max(1, toNs - fromNs);
  const rough = span / most;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5, 10].find((m) => m * power >= rough) ?? 10);
  const first = Math.ceil(fromNs / step) * step;
  return Array.from({ length: Math.floor((toNs - first) / step) + 1 }, (_, i) => first + i * step);
}

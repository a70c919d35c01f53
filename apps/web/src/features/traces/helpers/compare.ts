/** Two traces of one handler, function by function: processor time a start, since they need not have as many starts. */
import { hotFunctions, type FrameKind, type StartTrace } from "@zerostart/protocol";

export type ComparedFunction = { key: string; name: string; kind: FrameKind; beforeNs: number; afterNs: number; differenceNs: number };

/** Nanoseconds of processor time that one sample stands for in one start. */
export const nsPerSample = ({ samples, starts }: Pick<StartTrace, "samples" | "starts">): number =>
  starts.sampled.count === 0 ? 0 : samples.intervalNs / starts.sampled.count;

/** By the size of the difference in time of their own. */
export function compareFunctions(before: StartTrace, after: StartTrace): ComparedFunction[] {
  const byKey = new Map<string, ComparedFunction>();
  for (const [trace, side] of [
    [before, "beforeNs"],
    [after, "afterNs"],
  ] as const) {
    const unit = nsPerSample(trace);
    for (const { name, kind, file, selfSamples } of hotFunctions(trace)) {
      const key = `${kind} ${name} ${file ?? ""}`;
      const known = byKey.get(key) ?? { key, name, kind, beforeNs: 0, afterNs: 0, differenceNs: 0 };
      known[side] += selfSamples * unit;
      byKey.set(key, known);
    }
  }
  const all = [...byKey.values()].filter((f) => f.beforeNs > 0 || f.afterNs > 0);
  for (const f of all) f.differenceNs = f.afterNs - f.beforeNs;
  return all.sort((a, b) => Math.abs(b.differenceNs) - Math.abs(a.differenceNs));
}

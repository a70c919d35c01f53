/** Windows of answered requests, as stored: they merge by addition. */
import { latencyPercentile } from "@zerostart/protocol";
import { z } from "zod";

/** Length of a window as agents report it, and of the sums that are kept longer; ms. */
export const rawStepMs = 10_000;
export const sumStepMs = 300_000;

export const storedByClass = z.array(z.number().int().nonnegative()).length(6);
export const storedBuckets = z.array(z.tuple([z.number().int(), z.number().int()]));

export type Tally = { byClass: number[]; sumNs: number; buckets: Map<number, number> };

export const emptyTally = (): Tally => ({ byClass: [0, 0, 0, 0, 0, 0], sumNs: 0, buckets: new Map() });

export function addTo(tally: Tally, more: { byClass: readonly number[]; sumNs: number; buckets: Iterable<readonly [number, number]> }): Tally {
  more.byClass.forEach((count, i) => (tally.byClass[i] = (tally.byClass[i] ?? 0) + count));
  tally.sumNs += more.sumNs;
  for (const [bucket, count] of more.buckets) tally.buckets.set(bucket, (tally.buckets.get(bucket) ?? 0) + count);
  return tally;
}

/** What a chart or a table shows of a tally. A server error is an answer of 500 and more, or none at all. */
export function figuresOf({ byClass, sumNs, buckets }: Tally) {
  const [unanswered = 0, , ok2 = 0, ok3 = 0, clientErrors = 0, serverErrors = 0] = byClass;
  const answered = ok2 + ok3 + clientErrors + serverErrors;
  const count = answered + unanswered;
  const at = (p: number) => latencyPercentile(buckets, p) ?? null;
  return {
    count,
    clientErrors,
    serverErrors,
    unanswered,
    /** Share of server errors, 0 to 1; null without requests. */
    errorShare: count === 0 ? null : (serverErrors + unanswered) / count,
    meanNs: answered === 0 ? null : sumNs / answered,
    p50Ns: at(0.5),
    p90Ns: at(0.9),
    p99Ns: at(0.99),
  };
}

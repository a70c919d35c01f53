/** When a canary is promoted or taken back: by its errors and its cold starts beside those of what it would replace. */
import { z } from "zod";

export const canaryRules = z.object({
  /** Of the connections. */
  percent: z.number().int().min(1).max(99).default(10),
  /** For how long it is watched at least. */
  minutes: z.number().int().min(1).max(10_080).default(10),
  /** It is not promoted on fewer requests of its own. */
  minRequests: z.number().int().min(0).max(1_000_000_000).default(50),
  /** How much larger its share of errors may be, 0 to 1. */
  maxErrorIncrease: z.number().min(0).max(1).default(0.01),
  /** By which share its cold start's 95th percentile may be longer. */
  maxColdStartIncrease: z.number().min(0).max(100).default(0.2),
});
type CanaryRules = z.infer<typeof canaryRules>;

export const canaryState = z.object({
  rules: canaryRules,
  /** Both builds measured in turns on the canary's host. */
  measurementId: z.string().nullable().default(null),
  /** Null while it is watched. */
  decision: z.enum(["promoted", "rolled back"]).nullable().default(null),
  reason: z.string().nullable().default(null),
});
export type CanaryState = z.infer<typeof canaryState>;

export type CanaryEvidence = {
  watchedMs: number;
  /** Why its process does not run, if so. */
  trouble: string | null;
  canary: { count: number; errors: number };
  primary: { count: number; errors: number };
  /** p95 of the measured starts, ns, and whether the difference is more than chance; null while they are not there. */
  coldStart: { canaryP95Ns: number; primaryP95Ns: number; isSignificant: boolean } | null;
  /** The measurement is still to come, and worth waiting for. */
  isMeasuring: boolean;
};
export type CanaryVerdict = { kind: "wait" | "promote" | "roll back"; reason: string };

/** The lower end of Wilson's 95 % interval for a share: few requests prove little. E. B. Wilson, JASA 22 (1927), 209-212. */
export function wilsonLow(errors: number, count: number): number {
  if (count === 0) return 0;
  const z2 = 1.96 ** 2;
  const p = errors / count;
  return Math.max(0, (p + z2 / (2 * count) - 1.96 * Math.sqrt((p * (1 - p)) / count + z2 / (4 * count * count))) / (1 + z2 / count));
}

const percent = (share: number) => `${(share * 100).toFixed(share < 0.1 ? 1 : 0)} %`;
const share = ({ count, errors }: { count: number; errors: number }) => (count === 0 ? 0 : errors / count);

export function judgeCanary(rules: CanaryRules, e: CanaryEvidence): CanaryVerdict {
  if (e.trouble !== null) return { kind: "roll back", reason: `It does not run: ${e.trouble}` };
  const errors = `${percent(share(e.canary))} of its ${e.canary.count} requests failed, ${percent(share(e.primary))} of ${e.primary.count} beside it`;
  // Not before it is certain enough, but then at once: who is served by it should not wait for the end of its time.
  if (wilsonLow(e.canary.errors, e.canary.count) > share(e.primary) + rules.maxErrorIncrease) return { kind: "roll back", reason: `${errors}.` };
  if (e.coldStart) {
    const increase = e.coldStart.canaryP95Ns / e.coldStart.primaryP95Ns - 1;
    if (e.coldStart.isSignificant && increase > rules.maxColdStartIncrease)
      return { kind: "roll back", reason: `Its cold start's p95 is ${percent(increase)} longer (at most ${percent(rules.maxColdStartIncrease)} is accepted).` };
  }
  if (e.watchedMs < rules.minutes * 60_000) return { kind: "wait", reason: "It is watched." };
  if (e.isMeasuring) return { kind: "wait", reason: "Its cold starts are being measured." };
  if (e.canary.count < rules.minRequests) return { kind: "wait", reason: `${e.canary.count} of ${rules.minRequests} requests so far.` };
  if (share(e.canary) > share(e.primary) + rules.maxErrorIncrease) return { kind: "roll back", reason: `${errors}.` };
  return { kind: "promote", reason: `${errors}${e.coldStart ? "; its cold starts are no worse" : ""}.` };
}

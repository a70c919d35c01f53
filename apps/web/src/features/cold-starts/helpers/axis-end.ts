/** So many times the 90th percentile is far enough away to flatten all other bars. */
const farAway = 2.5;
/** Of fewer starts each is shown whole. */
const fewest = 10;

/**
 * Where the axis of bars ends, ns: a few starts that were disturbed must not make the others unreadable. What is longer goes beyond the edge.
 * @returns undefined when all bars are shown whole
 */
export function axisEndNs(totalsNs: number[]): number | undefined {
  const sorted = totalsNs.toSorted((a, b) => a - b);
  const p90 = sorted[Math.floor(0.9 * (sorted.length - 1))] ?? 0;
  return sorted.length < fewest || (sorted.at(-1) ?? 0) <= farAway * p90 ? undefined : 1.25 * p90;
}

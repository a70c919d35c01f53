/**
 * Mann-Whitney U test (Wilcoxon rank-sum), two-sided. Exact for small samples without ties (the number of rank
 * arrangements by dynamic programming, Mann and Whitney 1947); otherwise the normal approximation with tie and
 * continuity correction. simple-statistics has the rank sum only, not its distribution.
 */

/** `u` belongs to `a`. `effect` is P(a < b) + P(a = b)/2: 0.5 means no shift, 1 that every b is above every a. */
export type RankTest = { u: number; p: number; effect: number; exact: boolean };

const exactLimit = 25;

/** Upper tail of the standard normal distribution, relative error below 1e-6. */
function normalUpperTail(z: number): number {
  // Numerical Recipes' erfc Chebyshev fit, relative error below 1.2e-7 everywhere.
  const x = Math.abs(z) / Math.SQRT2;
  const t = 1 / (1 + x / 2);
  const poly =
    -x * x -
    1.26551223 +
    t *
      (1.00002368 +
        t * (0.37409196 + t * (0.09678418 + t * (-0.18628806 + t * (0.27886807 + t * (-1.13520398 + t * (1.48851587 + t * (-0.82215223 + t * 0.17087277))))))));
  const erfc = t * Math.exp(poly);
  return z >= 0 ? erfc / 2 : 1 - erfc / 2;
}

/** P(U <= u) for sample sizes m and n without ties. */
function exactLowerTail(u: number, m: number, n: number): number {
  // ways[j][k]: arrangements of j of the first values with U = k, built up one value of the other sample at a time
  const max = m * n;
  let ways = Array.from({ length: m + 1 }, () => new Float64Array(max + 1));
  for (let j = 0; j <= m; j++) ways[j]![0] = 1;
  for (let i = 1; i <= n; i++) {
    const next = Array.from({ length: m + 1 }, () => new Float64Array(max + 1));
    next[0]![0] = 1;
    for (let j = 1; j <= m; j++) {
      for (let k = 0; k <= i * j; k++) {
        next[j]![k] = (k >= i ? next[j - 1]![k - i]! : 0) + ways[j]![k]!;
      }
    }
    ways = next;
  }
  let below = 0;
  let all = 0;
  ways[m]!.forEach((count, k) => {
    all += count;
    if (k <= u) below += count;
  });
  return below / all;
}

/** Both samples need at least one value (RangeError otherwise). `p` is two-sided. */
export function mannWhitney(a: readonly number[], b: readonly number[]): RankTest {
  if (a.length === 0 || b.length === 0) throw new RangeError("a rank test needs values on both sides");
  const m = a.length;
  const n = b.length;
  const first = Float64Array.from(a).sort();
  const second = Float64Array.from(b).sort();
  let rankSum = 0;
  let tieTerm = 0;
  // Both merged: one value after the other, all that are equal at once, which share the mean of their ranks.
  for (let i = 0, j = 0; i < m || j < n;) {
    const value = Math.min(first[i] ?? Infinity, second[j] ?? Infinity);
    const before = i + j;
    const firstOfThem = i;
    while (i < m && first[i] === value) i++;
    const equalFirst = i - firstOfThem;
    while (j < n && second[j] === value) j++;
    const ties = i + j - before;
    if (ties === 0) throw new RangeError("a rank test needs numbers");
    rankSum += equalFirst * (before + (1 + ties) / 2);
    tieTerm += ties ** 3 - ties;
  }
  const u = rankSum - (m * (m + 1)) / 2;
  const effect = 1 - u / (m * n);
  if (tieTerm === 0 && m <= exactLimit && n <= exactLimit) {
    const tail = exactLowerTail(Math.min(u, m * n - u), m, n);
    return { u, p: Math.min(1, 2 * tail), effect, exact: true };
  }
  const total = m + n;
  const variance = ((m * n) / 12) * (total + 1 - tieTerm / (total * (total - 1)));
  if (variance <= 0) return { u, p: 1, effect, exact: false };
  const z = Math.max(0, Math.abs(u - (m * n) / 2) - 0.5) / Math.sqrt(variance);
  return { u, p: Math.min(1, 2 * normalUpperTail(z)), effect, exact: false };
}

/**
 * Holm's step-down adjustment (1979): with several tests at once, the chance of even one false claim stays below the
 * level that each adjusted p is compared with. In the order given; needs no independence.
 */
export function holm(ps: readonly number[]): number[] {
  const order = ps.map((p, i) => ({ p, i })).sort((a, b) => a.p - b.p);
  const adjusted = ps.map(() => 1);
  let floor = 0;
  order.forEach(({ p, i }, rank) => {
    floor = Math.max(floor, Math.min(1, p * (ps.length - rank)));
    adjusted[i] = floor;
  });
  return adjusted;
}

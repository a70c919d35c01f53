function f({ a, b: { c = 1 }, ...rest }, [d, , e = d, ...more] = []) {
  [a, b.x] = [b.x, a];
  ({ a, ["k" + a]: c, 0: d } = e);
  for (const [k, v] of Object.entries(rest)) more.push(k, v);
  return more;
}

function f(a, b, c) {
  let x = a + b * c - 1;
  x += 2; x -= b; x **= 2;
  const folded = 60 * 60 * 24 + 0.5, text = "a" + "b" + a + "c";
  x = a + (a = 1);
  return -x + +a - ~b / (c % 3) ** 2 | 7 << a >>> 1;
}
function g(o, k) { o.n++; ++o[k]; return o[k + 1]++ + --o.m; }

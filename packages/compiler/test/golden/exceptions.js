function f(list) {
  outer: for (const x of list) {
    try {
      if (x === 1) continue;
      if (x === 2) break outer;
      if (x === 3) return x;
      g(x);
    } catch (e) {
      log(e);
    } finally {
      done();
    }
  }
  try { g(); } catch { return 1; }
  try { return 1; } finally { if (list) return 2; }
}

function* g(a = 1) {
  const x = yield a;
  try { yield* x; } finally { yield 2; }
  return 3;
}
async function f(p) { for await (const x of p) await x; return await p; }
async function* ag() { yield await 1; return 2; }
const arrow = async () => { await 1; };

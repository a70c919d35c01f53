function counter() {
  let n = 0;
  const fns = [];
  for (let i = 0; i < 3; i++) fns.push(() => i + n++);
  for (const k in fns) fns.push(() => k);
  while (n < 3) { const m = n; fns.push(() => m); n++; }
  return { fns, inc: () => ++n };
}
function tdz() { use(); const late = 1; function use() { return late; } return late; }

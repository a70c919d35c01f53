// Closures, higher-order array functions, iteration protocols, destructuring, Map and Set.
function run() {
  const compose =
    (...fs) =>
    (x) =>
      fs.reduce((v, f) => f(v), x);
  const pipeline = compose(
    (x) => x + 1,
    (x) => x * 2,
    (x) => x % 1000,
  );
  let checksum = 0;
  const counts = new Map();
  for (let round = 0; round < 20; round++) {
    const list = Array.from({ length: 1000 }, (_, i) => i + round);
    const out = list.map(pipeline).filter((x) => x % 3 !== 0);
    for (const x of out) counts.set(x, (counts.get(x) || 0) + 1);
    checksum += out.reduce((a, b) => a + b, 0);
  }
  for (const [key, value] of counts) checksum = (checksum * 7 + key * value) | 0;
  const seen = new Set();
  for (let i = 0; i < 20000; i++) seen.add((i * 7919) % 4093);
  function* numbers(n) {
    for (let i = 0; i < n; i++) yield i;
  }
  for (const n of numbers(20000)) checksum = (checksum + n) | 0;
  const { size } = seen;
  const [a, b, ...rest] = [...seen];
  return checksum + size + a + b + rest.length;
}

// A tree of arrays of random width: allocation that lives until the tree is dropped.
function run() {
  let seed = 74755;
  const random = () => (seed = (seed * 1309 + 13849) & 65535);
  let count = 0;
  const build = (depth) => {
    count++;
    if (depth === 1) return new Array((random() % 10) + 1);
    const node = new Array(4);
    for (let i = 0; i < 4; i++) node[i] = build(depth - 1);
    return node;
  };
  const size = (node) => {
    let n = node.length;
    for (const child of node) if (child !== undefined) n += size(child);
    return n;
  };
  let total = 0;
  for (let round = 0; round < 5; round++) total += size(build(7));
  return total + count;
}

// Loop recognition in control-flow graphs (Havlak, "Nesting of reducible and irreducible loops", 1997): Map, Set, arrays
// of objects, union-find.
class Block {
  constructor(id) {
    this.id = id;
    this.ins = [];
    this.outs = [];
  }
}
class Graph {
  constructor() {
    this.blocks = new Map();
  }
  block(id) {
    let b = this.blocks.get(id);
    if (b === undefined) {
      b = new Block(id);
      this.blocks.set(id, b);
    }
    return b;
  }
  edge(from, to) {
    const a = this.block(from);
    const b = this.block(to);
    a.outs.push(b);
    b.ins.push(a);
  }
  diamond(start) {
    this.edge(start, start + 1);
    this.edge(start, start + 2);
    this.edge(start + 1, start + 3);
    this.edge(start + 2, start + 3);
    return start + 3;
  }
  straight(start, n) {
    for (let i = 0; i < n; i++) this.edge(start + i, start + i + 1);
    return start + n;
  }
  baseLoop(from) {
    const header = this.straight(from, 1);
    const d1 = this.diamond(header);
    const d2 = this.straight(d1, 1);
    const d3 = this.diamond(d2);
    const footer = this.straight(d3, 1);
    this.edge(d2, d1);
    this.edge(d3, header);
    this.edge(footer, from);
    return this.straight(footer, 1);
  }
}
class Loop {
  constructor(header, reducible) {
    this.header = header;
    this.reducible = reducible;
    this.blocks = new Set();
    this.parent = null;
  }
}
class Node {
  constructor(block, number) {
    this.block = block;
    this.number = number;
    this.parent = this;
    this.loop = null;
  }
  find() {
    const path = [];
    let node = this;
    while (node !== node.parent) {
      if (node.parent !== node.parent.parent) path.push(node);
      node = node.parent;
    }
    for (const n of path) n.parent = node;
    return node;
  }
}
function number(graph, start) {
  const nodes = [];
  const numbers = new Map();
  const last = [];
  const visit = (block) => {
    const n = nodes.length;
    numbers.set(block, n);
    nodes.push(new Node(block, n));
    for (const out of block.outs) if (!numbers.has(out)) visit(out);
    last[n] = nodes.length - 1;
  };
  visit(start);
  return { nodes, numbers, last };
}
function findLoops(graph, start) {
  const { nodes, numbers, last } = number(graph, start);
  const loops = [];
  const back = nodes.map(() => []);
  const others = nodes.map(() => new Set());
  const isAncestor = (w, v) => w <= v && v <= last[w];
  for (const node of nodes) {
    for (const from of node.block.ins) {
      const v = numbers.get(from);
      if (v === undefined) continue;
      if (isAncestor(node.number, v)) back[node.number].push(v);
      else others[node.number].add(v);
    }
  }
  for (let w = nodes.length - 1; w >= 0; w--) {
    const body = new Set();
    let self = false;
    for (const v of back[w]) {
      if (v === w) self = true;
      else body.add(nodes[v].find());
    }
    const work = [...body];
    let reducible = true;
    while (work.length > 0) {
      const x = work.shift();
      for (const y of others[x.number]) {
        const root = nodes[y].find();
        if (!isAncestor(w, root.number)) {
          reducible = false;
          others[w].add(root.number);
        } else if (root.number !== w && !body.has(root)) {
          work.push(root);
          body.add(root);
        }
      }
    }
    if (body.size === 0 && !self) continue;
    const loop = new Loop(nodes[w].block, reducible);
    nodes[w].loop = loop;
    for (const node of body) {
      node.parent = nodes[w];
      if (node.loop !== null) node.loop.parent = loop;
      else loop.blocks.add(node.block);
    }
    loops.push(loop);
  }
  return loops;
}
function run() {
  const graph = new Graph();
  graph.edge(0, 2);
  let n = 2;
  for (let outer = 0; outer < 5; outer++) {
    const top = n;
    n = graph.straight(n, 1);
    for (let i = 0; i < 3; i++) {
      const middle = n;
      n = graph.straight(n, 1);
      for (let k = 0; k < 5; k++) n = graph.baseLoop(n);
      const bottom = graph.straight(n, 1);
      graph.edge(n, middle);
      n = bottom;
    }
    graph.edge(n, top);
  }
  let checksum = 0;
  for (let round = 0; round < 6; round++) {
    const loops = findLoops(graph, graph.block(0));
    let depth = 0;
    let blocks = 0;
    for (const loop of loops) {
      blocks += loop.blocks.size;
      for (let p = loop.parent; p !== null; p = p.parent) depth++;
    }
    checksum = (checksum * 31 + loops.length * 10007 + depth * 101 + blocks) | 0;
  }
  return checksum;
}

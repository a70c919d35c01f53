// Aircraft collision detection on a grid of voxels, positions kept in a balanced tree between frames: floating point,
// short-lived vectors, comparisons through a tree.
class Vector3 {
  constructor(x, y, z) {
    this.x = x;
    this.y = y;
    this.z = z;
  }
  plus(o) {
    return new Vector3(this.x + o.x, this.y + o.y, this.z + o.z);
  }
  minus(o) {
    return new Vector3(this.x - o.x, this.y - o.y, this.z - o.z);
  }
  times(k) {
    return new Vector3(this.x * k, this.y * k, this.z * k);
  }
  dot(o) {
    return this.x * o.x + this.y * o.y + this.z * o.z;
  }
}
/** A left-leaning red-black tree (Sedgewick 2008). */
class TreeNode {
  constructor(key, value) {
    this.key = key;
    this.value = value;
    this.left = null;
    this.right = null;
    this.red = true;
  }
}
const isRed = (node) => node !== null && node.red;
function rotateLeft(node) {
  const top = node.right;
  node.right = top.left;
  top.left = node;
  top.red = node.red;
  node.red = true;
  return top;
}
function rotateRight(node) {
  const top = node.left;
  node.left = top.right;
  top.right = node;
  top.red = node.red;
  node.red = true;
  return top;
}
class Tree {
  constructor(compare) {
    this.compare = compare;
    this.root = null;
    this.size = 0;
  }
  get(key) {
    for (let node = this.root; node !== null;) {
      const c = this.compare(key, node.key);
      if (c === 0) return node.value;
      node = c < 0 ? node.left : node.right;
    }
    return undefined;
  }
  put(key, value) {
    this.root = this.insert(this.root, key, value);
    this.root.red = false;
  }
  insert(node, key, value) {
    if (node === null) {
      this.size++;
      return new TreeNode(key, value);
    }
    const c = this.compare(key, node.key);
    if (c === 0) node.value = value;
    else if (c < 0) node.left = this.insert(node.left, key, value);
    else node.right = this.insert(node.right, key, value);
    if (isRed(node.right) && !isRed(node.left)) node = rotateLeft(node);
    if (isRed(node.left) && isRed(node.left.left)) node = rotateRight(node);
    if (isRed(node.left) && isRed(node.right)) {
      node.red = true;
      node.left.red = false;
      node.right.red = false;
    }
    return node;
  }
  forEach(visit) {
    const walk = (node) => {
      if (node === null) return;
      walk(node.left);
      visit(node.value, node.key);
      walk(node.right);
    };
    walk(this.root);
  }
}
const VOXEL = 2;
const RADIUS = 0.5;
class Voxel {
  constructor(x, y) {
    this.x = x;
    this.y = y;
  }
  static compare(a, b) {
    return a.x - b.x || a.y - b.y;
  }
}
class Motion {
  constructor(call, from, to) {
    this.call = call;
    this.from = from;
    this.to = to;
  }
  /** Where two aircraft come as near as their size within the frame, or null. */
  collision(other) {
    const start = this.from.minus(other.from);
    const way = this.to.minus(this.from).minus(other.to.minus(other.from));
    const a = way.dot(way);
    const b = 2 * start.dot(way);
    const c = start.dot(start) - RADIUS * RADIUS;
    let t = 0;
    if (c > 0) {
      const d = b * b - 4 * a * c;
      if (a === 0 || d < 0) return null;
      t = (-b - Math.sqrt(d)) / (2 * a);
      if (t < 0 || t > 1) return null;
    }
    return this.from.plus(this.to.minus(this.from).times(t));
  }
}
class Detector {
  constructor() {
    this.state = new Tree((a, b) => a - b);
  }
  frame(aircraft) {
    const voxels = new Tree(Voxel.compare);
    for (const plane of aircraft) {
      const before = this.state.get(plane.call);
      this.state.put(plane.call, plane.position);
      this.place(voxels, new Motion(plane.call, before === undefined ? plane.position : before, plane.position));
    }
    const collisions = [];
    voxels.forEach((motions) => {
      for (let i = 0; i < motions.length; i++) {
        for (let j = i + 1; j < motions.length; j++) {
          const at = motions[i].collision(motions[j]);
          if (at !== null) collisions.push({ a: motions[i].call, b: motions[j].call, at });
        }
      }
    });
    return collisions;
  }
  place(voxels, motion) {
    const lowX = Math.floor((Math.min(motion.from.x, motion.to.x) - RADIUS) / VOXEL);
    const highX = Math.floor((Math.max(motion.from.x, motion.to.x) + RADIUS) / VOXEL);
    const lowY = Math.floor((Math.min(motion.from.y, motion.to.y) - RADIUS) / VOXEL);
    const highY = Math.floor((Math.max(motion.from.y, motion.to.y) + RADIUS) / VOXEL);
    for (let x = lowX; x <= highX; x++) {
      for (let y = lowY; y <= highY; y++) {
        const voxel = new Voxel(x, y);
        const known = voxels.get(voxel);
        if (known === undefined) voxels.put(voxel, [motion]);
        else known.push(motion);
      }
    }
  }
}
function run() {
  const detector = new Detector();
  let found = 0;
  for (let frame = 0; frame < 12; frame++) {
    const time = frame / 10;
    const aircraft = [];
    for (let i = 0; i < 80; i += 2) {
      aircraft.push({ call: i, position: new Vector3(time, Math.cos(time) * 2 + i * 3, 10) });
      aircraft.push({ call: i + 1, position: new Vector3(time, Math.sin(time) * 2 + i * 3, 10) });
    }
    found += detector.frame(aircraft).length;
  }
  return found;
}

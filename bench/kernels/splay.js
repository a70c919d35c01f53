// Garbage: a binary tree that is rebuilt all the time, short-lived nodes among long-lived ones.
class Node {
  constructor(key, value) {
    this.key = key;
    this.value = value;
    this.left = null;
    this.right = null;
  }
}
function insert(root, key, value) {
  if (root === null) return new Node(key, value);
  const copy = new Node(root.key, root.value);
  copy.left = root.left;
  copy.right = root.right;
  if (key < root.key) copy.left = insert(root.left, key, value);
  else if (key > root.key) copy.right = insert(root.right, key, value);
  else copy.value = value;
  return copy;
}
function run() {
  let seed = 7;
  let root = null;
  for (let i = 0; i < 12000; i++) {
    seed = (Math.imul(seed, 1103515245) + 12345) & 0x7fffffff;
    root = insert(root, seed % 4096, { text: "v" + i, list: [i, i + 1, i + 2] });
  }
  let checksum = 0;
  const stack = [root];
  while (stack.length > 0) {
    const node = stack.pop();
    if (node === null) continue;
    checksum = (checksum * 31 + node.key + node.value.list[1]) | 0;
    stack.push(node.left, node.right);
  }
  return checksum;
}

// Takeuchi's function on linked lists: recursion and pointer chasing.
class Element {
  constructor(value, next) {
    this.value = value;
    this.next = next;
  }
}
function makeList(length) {
  return length === 0 ? null : new Element(length, makeList(length - 1));
}
function lengthOf(list) {
  return list === null ? 0 : 1 + lengthOf(list.next);
}
function isShorter(x, y) {
  while (y !== null) {
    if (x === null) return true;
    x = x.next;
    y = y.next;
  }
  return false;
}
function tail(x, y, z) {
  return isShorter(y, x) ? tail(tail(x.next, y, z), tail(y.next, z, x), tail(z.next, x, y)) : z;
}
function run() {
  let sum = 0;
  for (let round = 0; round < 4; round++) sum += lengthOf(tail(makeList(17), makeList(11), makeList(6 - (round & 1))));
  return sum;
}

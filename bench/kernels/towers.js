// Towers of Hanoi with linked disks: object fields and method calls.
class Disk {
  constructor(size) {
    this.size = size;
    this.next = null;
  }
}
class Towers {
  constructor() {
    this.piles = [null, null, null];
    this.moves = 0;
  }
  push(disk, pile) {
    const top = this.piles[pile];
    if (top !== null && disk.size >= top.size) throw new Error("Cannot put a big disk on a smaller one");
    disk.next = top;
    this.piles[pile] = disk;
  }
  pop(pile) {
    const top = this.piles[pile];
    if (top === null) throw new Error("Attempting to remove a disk from an empty pile");
    this.piles[pile] = top.next;
    top.next = null;
    return top;
  }
  move(from, to) {
    this.push(this.pop(from), to);
    this.moves++;
  }
  moveAll(disks, from, to) {
    if (disks === 1) {
      this.move(from, to);
      return;
    }
    const other = 3 - from - to;
    this.moveAll(disks - 1, from, other);
    this.move(from, to);
    this.moveAll(disks - 1, other, to);
  }
}
function run() {
  const towers = new Towers();
  for (let size = 15; size > 0; size--) towers.push(new Disk(size), 0);
  towers.moveAll(15, 0, 2);
  return towers.moves;
}

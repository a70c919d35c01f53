// Placements of queens on a board, counted by backtracking over three arrays of flags.
class Board {
  constructor(size) {
    this.size = size;
    this.rows = new Array(size).fill(true);
    this.maxima = new Array(2 * size).fill(true);
    this.minima = new Array(2 * size).fill(true);
    this.queens = new Array(size).fill(-1);
  }
  isFree(row, column) {
    return this.rows[row] && this.maxima[column + row] && this.minima[column - row + this.size - 1];
  }
  mark(row, column, free) {
    this.rows[row] = free;
    this.maxima[column + row] = free;
    this.minima[column - row + this.size - 1] = free;
  }
  count(column) {
    if (column === this.size) return 1;
    let found = 0;
    for (let row = 0; row < this.size; row++) {
      if (this.isFree(row, column)) {
        this.queens[row] = column;
        this.mark(row, column, false);
        found += this.count(column + 1);
        this.mark(row, column, true);
      }
    }
    return found;
  }
}
function run() {
  return new Board(8).count(0) * 1000 + new Board(7).count(0);
}

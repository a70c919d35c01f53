// All permutations of a small array by recursive swapping: calls, array reads and writes.
function run() {
  let count = 0;
  let sum = 0;
  const values = [0, 1, 2, 3, 4, 5, 6, 7];
  const swap = (i, j) => {
    const t = values[i];
    values[i] = values[j];
    values[j] = t;
  };
  const permute = (n) => {
    count++;
    if (n === 0) {
      sum = (sum * 3 + values[0]) | 0;
      return;
    }
    const last = n - 1;
    permute(last);
    for (let i = last; i >= 0; i--) {
      swap(last, i);
      permute(last);
      swap(last, i);
    }
  };
  permute(7);
  return sum + count;
}

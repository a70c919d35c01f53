// Sorting numbers and records with comparators; array reads and writes.
function run() {
  let seed = 42;
  const next = () => (seed = (Math.imul(seed, 1103515245) + 12345) & 0x7fffffff);
  const numbers = [];
  for (let i = 0; i < 30000; i++) numbers.push(next() % 100000);
  const sorted = numbers.slice().sort((a, b) => a - b);
  const records = numbers.slice(0, 10000).map((n, i) => ({ key: n, name: "n" + (n % 977), at: i }));
  records.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : a.key - b.key || a.at - b.at));
  const quick = numbers.slice();
  const stack = [0, quick.length - 1];
  while (stack.length > 0) {
    const high = stack.pop();
    const low = stack.pop();
    if (low >= high) continue;
    const pivot = quick[(low + high) >> 1];
    let i = low;
    let j = high;
    while (i <= j) {
      while (quick[i] < pivot) i++;
      while (quick[j] > pivot) j--;
      if (i <= j) {
        const t = quick[i];
        quick[i++] = quick[j];
        quick[j--] = t;
      }
    }
    stack.push(low, j, i, high);
  }
  let checksum = 0;
  for (let i = 0; i < sorted.length; i++) {
    if (sorted[i] !== quick[i]) return -1;
    checksum = (checksum * 31 + sorted[i]) | 0;
  }
  for (let i = 0; i < records.length; i++) checksum = (checksum * 31 + records[i].at) | 0;
  return checksum;
}

// The sieve of Eratosthenes on an ordinary array of booleans.
function sieve(size) {
  const flags = new Array(size + 1).fill(true);
  let primes = 0;
  for (let i = 2; i <= size; i++) {
    if (flags[i]) {
      primes++;
      for (let k = i + i; k <= size; k += i) flags[k] = false;
    }
  }
  return primes;
}
function run() {
  let total = 0;
  for (let round = 0; round < 5; round++) total += sieve(50000 + round);
  return total;
}

// Calls and small-integer arithmetic.
function fib(n) {
  return n < 2 ? n : fib(n - 1) + fib(n - 2);
}
function run() {
  return fib(27);
}
var expected = 196418;

// Escape times of the Mandelbrot set: floating-point loops.
function run() {
  const size = 120;
  let sum = 0;
  for (let py = 0; py < size; py++) {
    const ci = (2 * py) / size - 1;
    for (let px = 0; px < size; px++) {
      const cr = (2 * px) / size - 1.5;
      let zr = 0;
      let zi = 0;
      let rr = 0;
      let ii = 0;
      let n = 0;
      while (n < 50 && rr + ii <= 4) {
        zi = 2 * zr * zi + ci;
        zr = rr - ii + cr;
        rr = zr * zr;
        ii = zi * zi;
        n++;
      }
      sum = (sum * 7 + n) | 0;
    }
  }
  return sum;
}

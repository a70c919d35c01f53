// Math: exact functions exactly, the others to 14 digits (implementations may differ in the last place).
const xs = [0, -0, 0.5, -0.5, 1, -1, 1.5, 2.5, -2.5, 0.1, 1e-10, 1e10, 3.7, -3.7, 100.25, 1e300, -1e300, 2147483647.5, 4503599627370495.5, 0.49999999999999994, Infinity, -Infinity, NaN, 709, -745, 1e-320];
const exact = ["abs", "ceil", "floor", "trunc", "round", "sign", "sqrt", "fround", "clz32"];
const near = ["acos", "acosh", "asin", "asinh", "atan", "atanh", "cbrt", "cos", "cosh", "exp", "expm1", "log", "log1p", "log10", "log2", "sin", "sinh", "tan", "tanh"];
const digits = (x) => (Number.isFinite(x) ? x.toPrecision(13) : String(x));
for (const f of exact) console.log(f, xs.map((x) => { const r = Math[f](x); return Object.is(r, -0) ? "-0" : r; }).join(" "));
for (const f of near) console.log(f, xs.filter((x) => Math.abs(x) < 1e6 || !Number.isFinite(x)).map((x) => digits(Math[f](x))).join(" "));
for (const a of xs) console.log(a, [0, 0.5, 2, -1, -2, 3, 1 / 3, 10, NaN, Infinity, -Infinity].map((b) => digits(a ** b) + "," + digits(Math.atan2(a, b)) + "," + digits(Math.hypot(a, b))).join(" "));
console.log(Math.max(), Math.min(), Math.max(1, NaN), Object.is(Math.max(-0, 0), 0), Object.is(Math.min(0, -0), -0), Math.max(1, "3", [2]), Math.imul(0xffffffff, 5), Math.imul(3, 4.9), Math.hypot(3, 4), Math.hypot(), Math.hypot(NaN, Infinity), Math.f16round?.(1.337), Math.cbrt(27), Math.log10(1000), Math.log2(8), Math.pow(2, 10), 2 ** 53, 7 ** 20, 0.1 ** 2, Math.abs("-5"), Math.floor("x"), Math.abs(null), Math.round(-0.2));
let ok = true; for (let i = 0; i < 2000; i++) { const r = Math.random(); ok &&= r >= 0 && r < 1; } console.log(ok, Math.PI, Math.E, Math.SQRT2, Object.prototype.toString.call(Math));

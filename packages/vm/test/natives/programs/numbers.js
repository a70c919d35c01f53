// Number formatting and parsing through the engine.
let seed = 42;
const next = () => { seed ^= seed << 13; seed ^= seed >>> 17; seed ^= seed << 5; return seed >>> 0; };
const view = new DataView(new ArrayBuffer(8));
const random = () => { view.setUint32(0, next()); view.setUint32(4, next()); const x = view.getFloat64(0); return x === x ? x : 1.5; };
const out = [];
for (let i = 0; i < 800; i++) {
  const x = i % 3 ? random() : next() / 1000;
  out.push(String(x), (x % 2 ** 53).toString(2 + (i % 35)), x.toExponential(i % 20), x.toPrecision(1 + (i % 25)), (x % 1e15).toFixed(i % 12), Number(String(x)) === x);
}
for (let i = 0; i < out.length; i += 500) console.log(out.slice(i, i + 500).join("\n")); // a record is cut at 64 kB
for (const s of ["", " ", "0x1F", "0b101", "0o17", "0x", "0xg", "1e3", "-Infinity", "+1.5", "1_000", "\u00a01\ufeff", "1n", ".", ".5", "5.", "--1", "Infinity", "infinity", "0x10000000000000000", "123456789012345678901234567890", "1e1000", "-0", "\n12\t", "1 2"])
  console.log(JSON.stringify(s), Number(s), Object.is(Number(s), -0), parseInt(s), parseFloat(s), parseInt(s, 16), parseInt(s, 36));
console.log(parseInt("zz", 36), parseInt("-0x1f"), parseInt("9007199254740993"), parseInt("1".repeat(30), 3), parseInt("11", 1), parseInt("11", 37), parseInt(null, 36), parseInt("0b11"), parseInt(1e21), parseInt(0.0000005));
console.log((0).toFixed(2), (-1.5).toFixed(0), (1.005).toFixed(2), (1e21).toFixed(2), (123.456).toFixed(), NaN.toFixed(2), (-0).toFixed(1), (0.000001).toFixed(7), (25).toString(36), (-255).toString(16), (0.1).toString(3));
for (const f of [() => (1).toFixed(101), () => (1).toPrecision(0), () => (1).toExponential(-1), () => (1).toString(1), () => Number.prototype.toString.call("x")]) try { console.log(f()); } catch (e) { console.log(e.name, e.message); }
console.log(Number.isInteger(5), Number.isInteger(5.5), Number.isSafeInteger(2 ** 53), Number.isSafeInteger(2 ** 53 - 1), isNaN("x"), isFinite("1"), Number.MAX_VALUE, Number.MIN_VALUE, Number.EPSILON, 0.1 + 0.2, 1 / 3, -0, [-0], 100, 1e21, 1e-7, 123456789.123);
console.log(2 ** 31, 2 ** 32, -(2 ** 31), 2 ** 53 + 2, 5e-324, 4294967296 * 3, 0xffffffff | 0, 1 << 31, -1 >>> 0, 7 % -3, -7 % 3, 5.5 % 2, -0 % 1, 2 ** -1, (-8) ** (1 / 3), 10 ** 308, 2 ** 0.5, NaN ** 0);

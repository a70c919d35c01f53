// BigInt arithmetic on random operands of all sizes.
let seed = 99;
const next = () => { seed ^= seed << 13; seed ^= seed >>> 17; seed ^= seed << 5; return seed >>> 0; };
const big = (limbs) => { let v = 0n; for (let i = 0; i < limbs; i++) { const r = next() % 8; v = (v << 32n) | BigInt(r === 0 ? 0 : r === 1 ? 0xffffffff : next()); } return next() % 2 ? -v : v; };
let checksum = 0n;
const mix = (v) => { checksum = (checksum * 31n + v) % 340282366920938463463374607431768211507n; return v; };
for (let i = 0; i < 400; i++) {
  const a = big(next() % 9), b = big(next() % 6), s = BigInt(next() % 200);
  const row = [a + b, a - b, a * b, a & b, a | b, a ^ b, a << s, a >> s, ~a, -a, BigInt.asIntN(Number(s), a), BigInt.asUintN(Number(s), a)];
  if (b !== 0n) row.push(a / b, a % b);
  row.forEach(mix);
  if (i < 60) console.log(a, b, s, row.join(" "));
  if (i % 5 === 0) console.log(a.toString(2 + (i % 35)), Number(a), a < b, a == b, a > b, a <= 5, a == Number(a), BigInt(a.toString()) === a);
}
for (let i = 0; i < 25; i++) { const a = big(60 + (next() % 80)), b = big(45 + (next() % 60)); mix(a * b); mix(a / b); mix(a % b); mix((a / b) * b + (a % b) - a); if ((a / b) * b + (a % b) !== a) console.log("wrong division", i); }
console.log(checksum);
console.log(3n ** 200n, (-2n) ** 63n, 0n ** 0n, 1n ** 10n, (-1n) ** 3n, 2n ** 64n - 1n, (2n ** 1000n).toString().length);
for (const x of [0, 1, -1, 2 ** 53, 2 ** 53 - 1, 1e21, 1.7976931348623157e308, -(2 ** 64), 5e15]) console.log(BigInt(x), Number(BigInt(x)) === x);
for (let e = 50; e < 70; e++) for (const d of [-1n, 0n, 1n, 2n, 3n]) console.log(Number((1n << BigInt(e)) + d), Number((3n << BigInt(e)) + d));
console.log(Number(2n ** 1024n), Number(-(2n ** 1024n)), Number(2n ** 1024n - 2n ** 970n), Number(2n ** 1024n - 2n ** 970n - 1n));
for (const s of ["", " 12 ", "0x1f", "0b11", "0o7", "-5", "+5", "-0x1", "1.5", "1e3", "abc", "0x", "-", "9".repeat(60), "1n"]) try { console.log(JSON.stringify(s), BigInt(s)); } catch (e) { console.log(JSON.stringify(s), e.name, e.message); }
for (const f of [() => 1n / 0n, () => 1n % 0n, () => 1n + 1, () => 1n >>> 0n, () => BigInt(1.5), () => BigInt(NaN), () => +1n, () => Math.max(1n), () => BigInt(undefined), () => BigInt.asIntN(-1, 1n), () => new BigInt(1)]) try { console.log(f()); } catch (e) { console.log(e.name, e.message); }
console.log(1n < 2, 2 > 1n, 1n == 1, 1n === 1, 1n == "1", 2n > "1", 1n < 1.5, 1n < NaN, 10n == 10.5, 0n == "", typeof 1n, !0n, 1n && 2, [3n, 1, 2n, 10n].sort().join(), 5n > -Infinity, -(2n ** 70n) < -1e20);
let c = 5n; c++; c **= 3n; c -= 1n; c--; console.log(c, -c, ~c, 0n === -0n, 7n / -2n, -7n % 2n, -1n >> 100n, -5n >> 1n, 1n << 3n, -(1n << 64n) >> 64n, 5n & -2n, -8n | 3n, -1n ^ 5n);
console.log(BigInt.asIntN(8, 255n), BigInt.asIntN(8, 128n), BigInt.asUintN(8, -1n), BigInt.asIntN(64, 2n ** 63n), BigInt.asUintN(64, -1n), BigInt.asIntN(0, 5n), BigInt.asIntN(1, 1n), BigInt.asIntN(3, -4n), BigInt.asUintN(1, -3n), BigInt.asIntN(33, -(2n ** 32n)), BigInt.asUintN(200, -1n));
console.log(new Map([[1n, "a"]]).get(1n), new Set([1n, 1n, 2n]).size, [1n, 2n].includes(2n), [1n].indexOf(1n), 123456789012345678901234567890n.toString(36), (-255n).toString(16), (1n << 100n).toString(2).length, `${2n ** 70n}`);

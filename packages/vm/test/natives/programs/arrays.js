// Array methods, plain arrays and those that are not.
let seed = 5;
const next = () => { seed ^= seed << 13; seed ^= seed >>> 17; seed ^= seed << 5; return seed >>> 0; };
const show = (a) => JSON.stringify(Array.from({ length: a.length }, (_, i) => (i in a ? (a[i] === undefined ? "undef" : a[i]) : "hole")));
const kinds = [[], [1, 2, 3], [1, , 3], ["b", "a", undefined, , "c"], [1.5, "x", null, true, NaN, -0], [3, 20, 100, 1, -5, 1e21], Object.assign([1, 2, 3], { x: 1 }), new Array(5), Object.freeze([1, 2]), [[1, [2, [3, [4]]]], 5]];
for (const a of kinds) for (const f of [(x) => x.push(7, 8), (x) => x.pop(), (x) => x.shift(), (x) => x.unshift(9, 8), (x) => x.slice(1, -1), (x) => x.slice(), (x) => x.splice(1, 1), (x) => x.splice(-2), (x) => x.splice(1, 0, "i", "j"), (x) => x.splice(0, 2, "z"), (x) => x.concat([1, , 2], "s", [[3]]), (x) => x.indexOf(1), (x) => x.indexOf(undefined), (x) => x.includes(undefined), (x) => x.includes(NaN), (x) => x.indexOf(NaN), (x) => x.lastIndexOf(3), (x) => x.lastIndexOf(1, -2), (x) => x.join(), (x) => x.join("--"), (x) => x.reverse(), (x) => x.fill(0, 1), (x) => x.fill("f", -1), (x) => x.at(-1), (x) => x.with(0, "w"), (x) => x.toReversed(), (x) => x.copyWithin(0, 1), (x) => x.copyWithin(1, 0, 2), (x) => x.flat(), (x) => x.flat(Infinity), (x) => x.sort(), (x) => x.toSorted(), (x) => x.sort((p, q) => (p < q ? 1 : -1)), (x) => x.toSpliced(0, 1, "s"), (x) => x.map((v) => [v]), (x) => x.filter((v) => v), (x) => x.find((v) => v > 1), (x) => x.findLast((v) => v), (x) => x.reduce((p, v) => p + v, ""), (x) => x.flatMap((v) => [v, v]), (x) => (x.length = 1)]) {
  const copy = Object.isFrozen(a) ? Object.freeze(a.slice()) : a.slice(); if (a.x) copy.x = 1; for (let i = 0; i < a.length; i++) if (!(i in a)) delete copy[i];
  try { const r = f(copy); console.log(Array.isArray(r) ? show(r) : String(r), show(copy), copy.length); } catch (e) { console.log(e.name, e.message, show(copy)); }
}
for (let round = 0; round < 60; round++) {
  const n = next() % 70, values = Array.from({ length: n }, (_, i) => ({ k: next() % 10, i }));
  console.log(values.slice().sort((a, b) => a.k - b.k).map((v) => v.k + ":" + v.i).join(" "));
  const numbers = values.map((v) => v.k * 1.5 - v.i); console.log(numbers.slice().sort().join(), numbers.toSorted((a, b) => b - a).join(), numbers.map(String).sort().join());
}
const log = []; [5, 1, 4, 2, 3].sort((a, b) => { log.push(0); return a - b; }); console.log(log.length > 4);
console.log([3, 1, 2].sort(() => NaN).join(), [3, 1, 2].sort(() => undefined).join(), [1, 2, 3].sort(undefined).join());
for (const f of [() => [1].sort(5), () => [1, 2].sort(() => { throw new Error("cmp"); }), () => new Array(-1), () => [].reduce((a) => a), () => ([].length = -1), () => [1, 2].with(5, 0), () => [Symbol("x")].join(), () => [Symbol("x"), 1].sort()]) try { console.log(f()); } catch (e) { console.log(e.name, e.message); }
class Mine extends Array {} const mine = Mine.from([1, 2, 3]); console.log(mine.slice(1) instanceof Mine, mine.concat([4]) instanceof Mine, mine.splice(0, 1) instanceof Mine, mine.map((x) => x) instanceof Mine, mine.length);
const spread = { length: 2, 0: "p", 1: "q", [Symbol.isConcatSpreadable]: true }; console.log([1].concat(spread).join(), [].concat([1, 2], [3, [4]]).length);
const big = Array.from({ length: 50000 }, (_, i) => (i * 7919) % 50021); big.sort((a, b) => a - b); let sorted = true; for (let i = 1; i < big.length; i++) sorted &&= big[i - 1] <= big[i]; console.log(sorted, big[0], big[49999]);
const queue = []; for (let i = 0; i < 3000; i++) { queue.push(i); if (i % 3 === 2) queue.shift(); } console.log(queue.length, queue[0], queue[queue.length - 1]);
Array.prototype[2] = "proto"; console.log([1, 2, , 4].join(), [1, , ,].indexOf("proto"), [, , ,].slice(0).length, [0, 1].concat([5]).join()); delete Array.prototype[2];
console.log([1, 2, 3].includes("2"), [[1, 2], [3]].toString(), String([1, [2, [3, null]], undefined]), [1, 2, 3].lastIndexOf(3, -5), [..."ab"].entries().next().value.join(), Array.of(7).length, Array.from("a\u{1F600}").length, [, 1].findIndex((x) => x === undefined), [1, 2, 3].keys().next().value);

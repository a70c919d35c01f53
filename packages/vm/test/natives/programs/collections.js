// Map and Set: order, SameValueZero, changes while iterating.
const m = new Map([[NaN, "nan"], [0, "zero"], ["a", 1], [1n, "big"], [null, "null"], [undefined, "u"]]);
console.log(m.get(NaN), m.get(-0), m.get("a"), m.get(1n), m.get(1), m.has(undefined), m.size, [...m.keys()].map(String).join());
m.set(-0, "neg"); console.log(Object.is([...m.keys()][1], 0), m.get(0));
const s = new Set();
for (let i = 0; i < 2000; i++) s.add(i % 3 ? i : "k" + i);
for (let i = 0; i < 2000; i += 2) s.delete(i % 3 ? i : "k" + i);
console.log(s.size, [...s].slice(0, 12).join(), [...s].slice(-5).join(), s.has(1.0), s.has("k3"), s.has(2));
let seen = [];
const t = new Set([1, 2, 3, 4, 5]);
for (const x of t) { seen.push(x); if (x === 2) { t.delete(1); t.delete(3); t.add(6); } if (x === 5) t.add(1); if (x === 6) { for (let i = 10; i < 40; i++) t.add(i); for (let i = 10; i < 35; i++) t.delete(i); } }
console.log(seen.join());
seen = [];
const u = new Map([["a", 1], ["b", 2]]);
let n = 0;
for (const [k, v] of u) { seen.push(k + v); if (n++ < 3) { u.clear(); u.set("x" + n, n); u.set("y" + n, n); } }
console.log(seen.join(), u.size);
const it = new Set([1, 2, 3])[Symbol.iterator](); it.next();
const grow = new Map(); for (let i = 0; i < 10; i++) grow.set(i, i);
const gi = grow.entries(); gi.next(); gi.next();
for (let i = 0; i < 9; i++) grow.delete(i);
for (let i = 100; i < 160; i++) grow.set(i, i);
console.log(gi.next().value.join(), gi.next().value.join(), [...gi].length, grow.size);
const seq = []; new Map([[1, 2], [3, 4]]).forEach((v, k, map) => seq.push(v, k, map.size)); console.log(seq.join());
const objects = Array.from({ length: 300 }, (_, i) => ({ i })); const om = new Map(objects.map((o) => [o, o.i])); console.log(objects.every((o, i) => om.get(o) === i), om.get({}), om.size);
const wm = new WeakMap(), ws = new WeakSet(), key = {}, sym = Symbol("w"); wm.set(key, 1).set(sym, 2); ws.add(key); console.log(wm.get(key), wm.get(sym), wm.has({}), ws.has(key), wm.delete(key), wm.has(key), ws.delete({}));
for (const f of [() => wm.set(1, 1), () => ws.add("x"), () => wm.set(Symbol.for("r"), 1), () => Map.prototype.get.call(new Set(), 1), () => Map(), () => new Map([1])]) try { console.log(f()); } catch (e) { console.log(e.name, e.message); }
console.log([...new Set([1, 2, 3]).union(new Set([3, 4]))].join(), [...new Set([1, 2, 3]).intersection(new Set([3, 2]))].join(), [...new Set([1, 2]).difference(new Set([2]))].join(), [...new Set([1, 2]).symmetricDifference(new Set([2, 3]))].join(), new Set([1]).isSubsetOf(new Set([1, 2])), new Set([1]).isDisjointFrom(new Set([2])), [...Map.groupBy([1, 2, 3, 4], (x) => x % 2 ? "odd" : "even").entries()].join(";"));
for (let r = 0; r < 50; r++) { const x = new Map(); for (let i = 0; i < 500; i++) x.set("key" + (i * 7919 % 500), i); if (x.size !== 500) console.log("wrong size", x.size); }
const strings = new Map(); for (let i = 0; i < 1000; i++) strings.set("a".repeat(i % 30) + i, i); let ok = true; for (let i = 0; i < 1000; i++) ok &&= strings.get("a".repeat(i % 30) + String(i)) === i; console.log(ok, strings.size);

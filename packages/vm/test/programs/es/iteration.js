// Iterators, generators, iterator helpers, closing rules, spread and destructuring through the protocol.
const log = []; const say = (...v) => log.push(v.join(" ")); const flush = () => { console.log(log.join("\n")); log.length = 0; };
const attempt = (f) => { try { return String(f()); } catch (e) { return e.name + ": " + (e.name === "Error" ? e.message : ""); } };
function source(n, name = "it") { let i = 0; return { [Symbol.iterator]() { return this; }, next() { say(name, "next"); return i < n ? { value: i++, done: false } : { value: undefined, done: true }; }, return(v) { say(name, "return"); return { value: v, done: true }; } }; }
for (const x of source(3)) { if (x === 1) break; } flush();
try { for (const x of source(3)) throw new Error("body"); } catch (e) { say(e.message); } flush();
outer: for (const x of source(2, "o")) for (const y of source(2, "i")) { if (x === 1) break outer; continue outer; } flush();
const [a, b] = source(5); say(a, b); const [...all] = source(2); say(all); const [] = source(1); flush();
(() => { for (const x of source(2)) return x; })(); flush();
function* gen() { try { const r = yield 1; say("got", r); yield* [2, 3]; return 4; } finally { say("finally"); } }
let g = gen(); say(JSON.stringify(g.next("ignored")), JSON.stringify(g.next("hello")), JSON.stringify(g.return(9)), JSON.stringify(g.next())); flush();
g = gen(); g.next(); say(attempt(() => g.throw(new Error("in")))); say(JSON.stringify(g.next())); flush();
g = gen(); say(JSON.stringify(g.return(5)), JSON.stringify(g.next())); g = gen(); say(attempt(() => g.throw(new Error("start")))); flush();
function* delegating() { const r = yield* inner(); say("inner returned", r); } function* inner() { try { yield "a"; yield "b"; } catch (e) { say("inner caught", e); yield "c"; } return "done"; }
g = delegating(); say(g.next().value, g.throw("T").value, JSON.stringify(g.next())); flush();
function* running() { say(attempt(() => it.next())); yield 1; } const it = running(); it.next(); flush();
const swallow = (function* () { while (true) try { yield 1; } catch {} finally { say("f"); } })(); swallow.next(); flush();
function* fib() { let [x, y] = [0, 1]; for (;;) { yield x; [x, y] = [y, x + y]; } }
say(fib().filter((x) => x % 2).map((x) => x * 10).drop(1).take(4).toArray()); say(fib().take(5).reduce((p, c) => p + c)); say(fib().some((x) => x > 50), fib().take(3).every((x) => x < 2), fib().find((x) => x > 20)); say(fib().flatMap((x) => [x, x]).take(5).toArray()); flush();
const helped = Iterator.from(source(4)).map((x, i) => x + ":" + i); say(helped.next().value, helped[Symbol.toStringTag]); helped.return(); say(JSON.stringify(helped.next())); flush();
say(attempt(() => fib().take(-1)), attempt(() => fib().map(1)), attempt(() => fib().flatMap(() => 5).next()), attempt(() => new Iterator())); class MyIt extends Iterator { next() { return { done: true }; } } say(new MyIt().toArray().length, new MyIt() instanceof Iterator); fib().take(2).forEach((v, i) => say(v, i)); flush();
say(Iterator.from("hé😀").toArray(), Iterator.from({ next: () => ({ done: true }) }).toArray().length); flush();
const lists = new Map([[1, "a"], [2, "b"]]); for (const [k, v] of lists) { say(k, v); if (k === 1) lists.set(3, "c"); if (k === 2) lists.delete(1); } flush();
const set = new Set([1, 2, 3]); for (const v of set) { say(v); set.delete(v); if (v < 6) set.add(v + 3); } flush();
say([...[1, 2, 3].entries()].join("|"), [...new Map([["x", 1]]).keys()], [..."a😀"].length, Array.from([1, 2].values()), [..."xy"][Symbol.iterator]().toString()); flush();
say(attempt(() => { const [x] = {}; }), attempt(() => { for (const x of 5); }), attempt(() => [...undefined]), attempt(() => new Map([1])), attempt(() => { const { x } = null; }), attempt(() => { for (const x of { [Symbol.iterator]: () => 1 }); }), attempt(() => { for (const x of { [Symbol.iterator]: () => ({ next: () => 1 }) }); })); flush();
const saved = Array.prototype[Symbol.iterator]; Array.prototype[Symbol.iterator] = function* () { yield "patched"; }; const [q] = [1, 2]; const spread = [...[5]]; Array.prototype[Symbol.iterator] = saved; say(q, spread, [...[5]]); flush();
const proto = Object.getPrototypeOf([][Symbol.iterator]()), next = proto.next; proto.next = function () { const r = next.call(this); return r.done ? r : { value: r.value * 2, done: false }; }; const doubled = []; for (const x of [1, 2]) doubled.push(x); proto.next = next; say(doubled); flush();
function args() { return [...arguments].join() + arguments.length + Object.prototype.toString.call(arguments); } say(args(1, 2)); function sloppy(a) { arguments[0] = 9; return a; } function strict(a) { "use strict"; arguments[0] = 9; return a; } say(sloppy(1), strict(1)); flush();
const tagged = (s, ...v) => s.raw.join("|") + v.join(); say(tagged`a${1}\n${2}c`, String.raw`\u${"x"}`); flush();
say(Object.prototype.toString.call(gen()), gen.constructor.name, typeof gen.prototype, gen() instanceof gen, Object.getPrototypeOf(gen).constructor.name, (async () => {}).constructor.name); flush();
label: { say("in"); break label; say("never"); } let k = 0; do { if (k === 2) continue; } while (++k < 4); say(k); switch (3) { case 1: say(1); default: say("d"); case 2: say(2); break; case 4: say(4); } flush();

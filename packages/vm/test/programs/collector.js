// Stores of every kind into cells of every kind, run by collector.test.ts with a collection and a check of the heap at every safe point. Prints the same on Node.
var out = 0;
function object(i) { return { i: i, next: null }; }

// Named properties: inline, out of line, dictionaries, accessors, prototypes.
var o = {}, chain = null;
for (var i = 0; i < 40; i++) {
  o["p" + i] = object(i);
  if (i % 4 === 0) delete o["p" + (i >> 1)];
  var link = object(i);
  link.next = chain;
  chain = link;
}
for (var k in o) out += o[k].i;
for (; chain; chain = chain.next) out += chain.i;
class Base { #hidden = object(1); static made = []; get hidden() { return this.#hidden; } set hidden(v) { this.#hidden = v; Base.made.push(this); } }
class Derived extends Base { extra = object(2); }
for (var i = 0; i < 10; i++) { var d = new Derived(); d.hidden = object(i); Derived.prototype["m" + i] = object(i); out += d.hidden.i + d.extra.i + d["m" + i].i; }
out += Base.made.length;

// Elements: small and large (cards), moved about within, sparse.
var list = new Array(1100).fill(object(5));
list.push(object(1), object(2));
for (var i = 0; i < 40; i++) list[i * 27] = object(i);
list.reverse();
list.splice(3, 40, object(7), object(8));
list.unshift(object(9));
list.copyWithin(100, 10, 60);
list.fill(object(6), 200, 220);
for (var i = 0; i < list.length; i += 23) out += list[i].i;
out += list.slice(5, 1060).concat(list).toReversed().filter(Boolean).length;
var few = list.slice(0, 70).map(function (x) { return object(x.i * 7 % 10); });
few.sort(function (a, b) { return a.i - b.i; });
out += few[10].i;
var words = "w7,w1,w9,w3,w5,".repeat(220).split(",");
for (var i = 0; i < 20; i++) words[i * 50] = "x" + i;
words.sort();
out += words[500].length + words.indexOf("x7");
var sparse = [];
sparse[4000000] = object(1);
for (var i = 0; i < 60; i++) sparse[i * 1000] = object(i);
for (var i = 0; i < 60; i += 9) out += sparse[i * 1000].i;
(function (a, b) { arguments[0] = object(3); b = object(4); out += a.i + arguments[1].i; })(object(1), object(2));

// Collections, weak ones too.
var map = new Map(), set = new Set(), weak = new WeakMap(), keys = [];
for (var i = 0; i < 270; i++) {
  var key = object(i);
  map.set(i % 3 ? "k" + i : key, object(i));
  set.add(key);
  weak.set(key, { value: object(i) });
  if (i % 2) keys.push(key);
  if (i % 5 === 0) map.delete("k" + (i >> 1));
}
map.forEach(function (v) { out += v.i; });
out += set.size;
keys.forEach(function (key) { out += weak.get(key).value.i; });
var refs = keys.map(function (key) { return new WeakRef(key); });
out += refs.filter(function (r) { return r.deref() === undefined; }).length;
var registry = new FinalizationRegistry(function () {});
for (var i = 0; i < 30; i++) registry.register(object(i), object(i), keys[i]);
for (var i = 0; i < 10; i++) registry.unregister(keys[i]);

// Scopes, closures, generators, promises.
var closures = [];
for (let i = 0; i < 20; i++) { let state = object(i); closures.push(function () { state = object(state.i + 1); return state.i; }); }
for (var round = 0; round < 2; round++) for (var f of closures) out += f();
function* walk(n) { var held = object(n); for (var i = 0; i < n; i++) { held = object(held.i + 1); yield held; } }
for (var x of walk(20)) out += x.i;
var bound = closures.map(function (f) { return f.bind(object(1)); });
out += bound[7]();

// Strings: ropes, slices, interned names; JSON; regular expressions; errors; big integers.
var text = "";
for (var i = 0; i < 60; i++) text += "part " + i + ";";
out += text.length + text.slice(10, 300).split(";").length;
var parsed = JSON.parse(JSON.stringify({ list: list.slice(0, 30), text: text }));
out += parsed.list.length + parsed.text.length;
for (var i = 0; i < 20; i++) { var name = "dynamic" + i * 31; var holder = {}; holder[name] = object(i); out += holder["dynamic" + i * 31].i; }
out += text.replace(/part (\d+)/g, function (all, n) { return "<" + n + ">"; }).length;
for (var match of text.matchAll(/(?<n>\d+);/g)) out += +match.groups.n;
var n = 1n;
for (var i = 1n; i < 30n; i++) n *= i;
out += n.toString().length;
try { (function deep(k) { if (k === 0) throw new Error("e" + k); deep(k - 1); })(20); } catch (e) { out += e.message.length; }

var later = [];
async function wait(i) { var mine = object(i); await null; later.push(mine); await Promise.all([object(i), Promise.resolve(object(i + 1))]).then(function (both) { mine.next = both; }); return mine.next[1].i; }
Promise.all([1, 2, 3, 4].map(wait)).then(function (all) { console.log(out, later.length, all.join()); });

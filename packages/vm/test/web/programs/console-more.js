class Foo { constructor() { this.a = 1; } }
class Bar extends Foo { get g() { return 1; } static s = 2; }
console.log({ a: 1, b: "x", c: [1, 2, { d: { e: { f: 1 } } }], u: undefined, n: null, f() {}, g: () => 1, h: class X {}, s: Symbol("q"), [Symbol("k")]: 1, big: 5n, d: new Date(0), r: /a/g });
console.log(new Foo(), new Bar(), Foo, Bar, Object.create(null), Object.create({ a: 1 }), Object.assign(Object.create(null), { x: 1 }));
console.log([1, , 3], new Array(5), [undefined, null], Array.from({ length: 120 }, (_, i) => i), ["a".repeat(200)], [[[[1]]]]);
console.log(new Map([["a", { b: 1 }], [{ k: 1 }, new Set([1, "x"])]]), new WeakMap(), new WeakSet(), new Set());
console.log(Promise.resolve(4), Promise.reject(new Error("x")).catch(() => {}) && 1, new Promise(() => {}), (function* () {})(), async () => {}, async function named() {}, function* gen() {});
console.log("%s is %d years and %i, %f, %j %o %O %%, %c styled", "Bob", 42.5, 42.9, "1.5", { a: 1 }, { b: [1] }, { c: 2 }, "css", "extra", { x: 1 });
console.log(new Error("msg").message, [new Error("in array")].length, { e: new TypeError("x") }.e.name);
console.log("str", 'it\'s', ["it's", 'dq"', `b\`t'"`, "nl\n", "\x00\x1b\u200b\ud800"], -0, [-0], NaN, 1e21, 0.1, 123456789.123);
console.log(new Uint8Array(3), new Float64Array([1.5]), new ArrayBuffer(4), new DataView(new ArrayBuffer(2)), new BigInt64Array(1), new Uint8Array(200));
console.log({ get a() { return 1; }, set a(v) {}, get b() { return 2; }, set c(v) {} });
const circ = { name: "c" }; circ.self = circ; circ.list = [circ]; console.log(circ);
console.log(new Proxy({ a: 1 }, {}), new Proxy(function f() {}, {}), globalThis === globalThis, Symbol.iterator, Object(1), Object("s"), Object(true), Object(Symbol("w")), Object(1n));
console.log({ a: { b: { c: { d: 1 } } } }, { long1: "aaaaaaaaaaaaaaaaaaaaaaaaa", long2: "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbb", long3: "cccccccccccccccccc" });
console.log([["a", 1], ["b", 2]], [{ a: 1, b: 2 }, { a: 3, b: 4 }], Array.from({ length: 30 }, (_, i) => "item" + i));
console.table([{ a: 1, b: "x" }, { a: 2, c: true }]); console.table([[1, 2], [3, 4]]); console.table(new Map([["k", 1]])); console.table(5); console.table([{ a: 1, b: 2 }], ["b"]);
console.group("G"); console.log("in\nside"); console.group(); console.info("deeper", { a: 1 }); console.groupEnd(); console.groupEnd(); console.log("out");
console.dir({ a: { b: { c: { d: {} } } } }, { depth: 0 }); console.assert(true); console.count(); console.count("x"); console.count(); console.countReset(); console.count();
console.log(Object.assign(() => {}, { p: 1 }), Object.assign(function nm() {}, { q: 2 }), Math, JSON, Reflect, globalThis.constructor?.name);
console.log(new (class extends Map {})([[1, 2]]), new (class Arr extends Array {})(3), new (class E2 extends Error { name = "E2"; })("m").name, new (class extends Set { x = 1; })());
console.log({ [Symbol.toStringTag]: "Tag", a: 1 }, new (class { get [Symbol.toStringTag]() { return "TT"; } })(), { toString() { return "x"; } }, { inspect: 1 });
console.log(new Date(NaN), [new Date(1e12)], /re/y, [/x/], function () {}, [function () {}, class {}], Symbol(), [Symbol("in")], [1n], [""], "");
console.log([1.0, 2.5, -3], ["a", "b"], [true, false], [null], { "a-b": 1, 2: 3, "valid_id": 4, "ü": 5, "": 6 });

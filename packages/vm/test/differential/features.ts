/** What programs do beside statements and expressions: protocols, classes in full, coroutines together, and the library's objects. One production a feature. */
import type { Random } from "../fuzz/random.ts";

/** What a production may ask of the generator around it. */
export interface Parts {
  readonly random: Random;
  expression(depth: number): string;
  literal(): string;
  fresh(prefix: string): string;
}

type Production = (parts: Parts) => string;

const small = ({ random }: Parts, n: number): string => String(random.below(n));

const productions: readonly Production[] = [
  // A custom iterator whose return() is seen, left in every way.
  (p) => {
    const n = p.fresh("it");
    const use = p.random.pick([
      `for (const x of ${n}) { print(x); ${p.random.pick(["break;", "continue;", 'throw "out";', ""])} }`,
      `const [a, b] = ${n}; print(a, b);`,
      `const [a, ...b] = ${n}; print(a, b);`,
      `print([...${n}]);`,
      `print(Math.max(...${n}));`,
      `print(Array.from(${n}, (x) => x * 2));`,
      `print(new Map([${n}]).size);`,
      `outer: for (const x of ${n}) { for (const y of [1]) { print(x, y); continue outer; } }`,
    ]);
    return `{ let left = ${small(p, 5)}; const ${n} = { [Symbol.iterator]() { return this; }, next() { print("next"); return { value: left, done: left-- <= 0 }; }, return(v) { print("return", v); return ${p.random.pick(["{}", "{ done: true }", "undefined"])}; } }; try { ${use} } catch (e) { print("left by", e); } }`;
  },
  (p) =>
    `{ const log = []; const proxy = new Proxy(${p.random.pick(["{ a: 1 }", "[1, 2, 3]", "function f(a, b) { 'use strict'; }", "class {}"])}, { get(t, k, r) { log.push("get " + String(k)); return Reflect.get(t, k, r); }, has(t, k) { log.push("has " + String(k)); return k in t; }, set(t, k, v, r) { log.push("set " + String(k)); return Reflect.set(t, k, v, r); }, deleteProperty(t, k) { log.push("delete " + String(k)); return delete t[k]; }, ownKeys(t) { log.push("keys"); return Reflect.ownKeys(t); }, getOwnPropertyDescriptor(t, k) { log.push("own " + String(k)); return Reflect.getOwnPropertyDescriptor(t, k); }, defineProperty(t, k, d) { log.push("define " + String(k)); return Reflect.defineProperty(t, k, d); }, getPrototypeOf(t) { log.push("proto"); return Reflect.getPrototypeOf(t); }, apply(t, s, a) { log.push("apply " + a.length); return 7; }, construct(t, a) { log.push("construct " + a.length); return {}; } });
try { print(${p.random.pick(["proxy.a", '"a" in proxy', "(proxy.b = 2)", "delete proxy.a", "Object.keys(proxy)", "({ ...proxy })", "proxy instanceof Object", "proxy(1, 2)", "typeof proxy", "new proxy(3)", "JSON.stringify(proxy)", "Array.isArray(proxy)", "Object.entries(proxy)", "[].concat(proxy).length", "(proxy.length = 1)", "Object.isFrozen(Object.freeze(proxy))", "`${proxy?.a}`", "proxy.push?.(4)", "Object.assign({}, proxy)"])}); } catch (e) { print(e); } print(log); }`,
  (p) =>
    `{ class Base { static #n = ${small(p, 9)}; static get n() { return Base.#n++; } #v; constructor(v) { this.#v = v; this.kind = new.target.name; } get #double() { return this.#v * 2; } set #double(x) { this.#v = x / 2; } static #make(v) { return new this(v); } static make(v) { return this.#make(v); } grow() { this.#double += 2; return this.#double; } static accepts(o) { return #v in o; } toString() { return "B" + this.#v; } }
class Derived extends Base { x = super.toString(); static { this.y = super.n; } ["m" + ${small(p, 3)}] = () => super.grow(); constructor(...a) { ${p.random.pick(["super(...a);", "const f = () => super(a[0]); f();", "try { this; } catch (e) { print(e); } super(1);"])} this.z = super.grow(); } get [Symbol.toStringTag]() { return "D"; } }
try { const d = ${p.random.pick(["new Derived(" + p.literal() + ")", "Reflect.construct(Derived, [1], Derived)", "Reflect.construct(Derived, [2], Base)"])}; print(d.kind, d.x, d.z, Object.keys(d), Base.n, Derived.y, Base.accepts(d), Base.accepts({}), String(d), Object.prototype.toString.call(d)); print(Derived.make(3)); } catch (e) { print(e); } }`,
  (p) => {
    const g = p.fresh("gen");
    return `{ function* inner(n) { try { const a = yield n; print("a", a); yield a + n; return "inner"; } catch (e) { print("inner caught", e); yield "c"; } finally { print("inner finally"); ${p.random.chance(30) ? 'yield "f";' : ""} } } function* ${g}() { try { const r = yield* inner(${p.expression(1)}); print("r", r); yield r; } finally { print("outer finally"); } } const it = ${g}(); for (const [m, v] of [${Array.from({ length: 4 }, () => `["${p.random.pick(["next", "next", "next", "return", "throw"])}", ${p.literal()}]`).join(", ")}]) { try { print(it[m](v)); } catch (e) { print("thrown", e); } } }`;
  },
  (p) => {
    const f = p.fresh("ag");
    return `{ async function* ${f}(n) { try { for (let i = 0; i < n; i++) { const s = yield ${p.random.pick(["i", "Promise.resolve(i)", "[i]"])}; if (s) print("sent", s); } } finally { print("closed"); await null; } return "end"; } (async () => { try { for await (const x of ${p.random.pick([`${f}(3)`, "[Promise.resolve(1), 2]", `{ [Symbol.asyncIterator]: () => ${f}(2) }`])}) { print("got", x); ${p.random.pick(["", "break;", 'throw "stop";', "await 0;"])} } const it = ${f}(2); print(await Promise.all([it.next(), it.next(5), it.${p.random.pick(["return(9)", "next()", 'throw("t")'])}, it.next()])); } catch (e) { print("async caught", e); } })(); }`;
  },
  (p) =>
    `Promise.${p.random.pick(["all", "allSettled", "race", "any"])}([${p.literal()}, Promise.${p.random.pick(["resolve", "reject"])}(${p.literal()}), new Promise((r) => r(${p.literal()})), { then(f) { print("then"); f(${small(p, 9)}); } }]).then((v) => print("settled", v), (e) => print("failed", e)).finally(() => print("finally"));`,
  (p) =>
    `try { const t = new ${p.random.pick(["Int8Array", "Uint8ClampedArray", "Int16Array", "Uint32Array", "Float32Array", "Float64Array"])}([${Array.from({ length: 4 }, p.literal.bind(p)).join(", ")}]); print(...t); t.set([7, -1], 1); print(${p.random.pick(["t.subarray(1, 3).length", "[...t.map((x) => x + 1)]", "t.at(-1)", "[...t.toSorted()]", "t.join()", "[...t.slice(1)]", "t.indexOf(7)", "[...t.with(0, 5)]", "t.fill(3, 1, 2)[1]", "new DataView(t.buffer).getUint8(1)", "Object.keys(t)", "t.findLast((x) => x > 0)", "[...t.entries()]", "t.length = 2"])}); } catch (e) { print(e); }`,
  (p) =>
    `try { print(${p.random.pick([
      "new Date(Date.UTC(2020, 1, 29, 12)).toISOString()",
      "new Date(NaN).getTime()",
      'new Date("2021-03-04T05:06:07Z").getTime() + ' + small(p, 99),
      "new Date(0).setUTCMonth(" + small(p, 40) + ")",
      'Date.parse("2020-13-01")',
      "new Date(8.64e15 + 1).getTime()",
      "JSON.stringify(new Date(" + small(p, 100000) + "))",
    ])}); } catch (e) { print(e); }`,
  (p) => {
    const pattern = p.random.pick([
      "(?<a>\\w)(?<b>\\d)?",
      "(?<=a)b",
      "(?<!a)b",
      "\\p{L}+",
      "[\\p{N}--[0-4]]",
      "(a|ab)(c|bcd)(d*)",
      "(?:(x)|(y))*",
      "^.+?$",
      "\\bfoo\\b",
      "(?=(a+))a*b\\1",
      "[^\\s,]+",
      "(z)((a+)?(b+)?(c))*",
      "\\u{1f600}",
      "a{2,3}?",
      "(?i:ab)c",
    ]);
    const flags = pattern.includes("--")
      ? "v"
      : pattern.includes("\\p") || pattern.includes("\\u{")
        ? p.random.pick(["u", "gu", "v"])
        : p.random.pick(["", "g", "y", "gi", "m", "d", "s"]);
    return `try { const re = /${pattern}/${flags}; const s = ${p.random.pick(['"a1b2"', '"aab abcd"', '"xyxy"', '"foo bar\\nfoo"', '"zaacbbbcac"', '"h\\u{1f600}é9"', '"ABCabc"'])}; print(${p.random.pick(["re.exec(s)", "s.match(re)", "s.replace(re, '[$&$1]')", "s.split(re)", "s.search(re)", "[...s.matchAll(new RegExp(re, re.flags.includes('g') ? re.flags : re.flags + 'g'))].map((m) => [m[0], m.index])", "re.test(s) && re.lastIndex", "re.exec(s)?.groups?.a", "s.replace(re, (...a) => a.length)", "re.source + re.flags", "re[Symbol.replace](s, '')"])}); } catch (e) { print(e); }`;
  },
  (p) =>
    `print(${p.random.pick([
      "[1, 2, 3, 4].values().filter((x) => x % 2).map((x) => x * 10).toArray()",
      "Iterator.from({ next: () => ({ done: true }) }).toArray()",
      "[5, 6, 7].values().drop(1).take(1).reduce((a, b) => a + b, 0)",
      "new Set([1, 2, 3]).union(new Set([3, 4]))",
      "new Set([1, 2, 3]).isSubsetOf(new Set([1, 2, 3, 4]))",
      "new Set([1, 2]).symmetricDifference(new Set([2, 5]))",
      "Object.groupBy([1, 2, 3], (x) => (x % 2 ? 'odd' : 'even'))",
      "Map.groupBy([1, 2, 3], (x) => x > 1)",
      "[3, 1, 2].toSorted((a, b) => b - a)",
      "Array.from({ length: 3, 0: 'a', 2: 'c' })",
      "Object.fromEntries([['a', 1], ['b', 2]])",
      "[[1, [2]], 3].flat(Infinity)",
      "Array.of(1, , 2)".replace(", ,", ","),
      "[1, 2, 3, 4, 5].copyWithin(0, 3)",
      "'abc'.at(-1) + 'x'.padStart(4, 'ab') + ' y '.trimEnd() + 'aXbX'.replaceAll('X', '$$')",
      "String.raw`a\\n${1}` + 'ab'.localeCompare('ac')",
      "'\\ud800a'.isWellFormed() + '\\ud800'.toWellFormed()",
      "'I\\u0307ß'.toLowerCase() + 'ß'.toUpperCase() + 'é'.normalize('NFD').length",
      "JSON.stringify({ a: [undefined, () => 1, Symbol()], b: { toJSON: () => 5 }, c: 1e21, d: -0 }, null, 1)",
      "JSON.parse('[1,{\"a\":null}]', (k, v) => (k === 'a' ? 7 : v))",
      "[NaN, -0, 0].map((x) => [[NaN, 0].includes(x), [NaN, 0].indexOf(x), Object.is(x, -0)])",
      "(123.456).toPrecision(4) + (0.000001234).toString() + (1e21).toLocaleString.name + (255).toString(16) + (-7.5).toFixed(0) + (1.005).toFixed(2)",
      "[0.1 + 0.2, 5e-324, 1.7976931348623157e308, 123456789012345680000, 1e-7].map(String)",
      "BigInt.asIntN(8, 200n) + BigInt.asUintN(8, -1n) + (-7n / 2n) + (-7n % 3n) + (2n ** 70n >> 3n) + BigInt('0x1f')",
      "[10, 9, 1, undefined, 'a', , null].sort()",
      "Math.hypot(3, 4) + Math.cbrt(27) + Math.atan2(1, -1).toFixed(5) + Math.imul(3, -5) + Math.log1p(0) + Math.expm1(0)",
      "Object.getOwnPropertyDescriptor({ get a() { return 1; } }, 'a')",
      "Object.getOwnPropertyNames(function f(a, b) { 'use strict'; }).sort()",
      "Reflect.ownKeys({ b: 1, 2: 1, a: 1, 1: 1, [Symbol.iterator]: 1 })",
      "encodeURIComponent('a b&é/') + decodeURIComponent('%E2%82%AC') + escape('ü') + unescape('%u20AC')",
      "parseInt('0x1F') + parseFloat('3.14abc') + Number('0b101') + Number('') + Number(' 12 ') + Number('1_0')",
    ])});`,
  (p) =>
    `{ const o = { a: 1, get b() { print("get b"); return this.a; }, set b(v) { print("set b", v); }, n: null, f() { return this; }, [Symbol.toPrimitive](hint) { return hint === "number" ? 42 : hint; } }; try { print(${p.random.pick(["o?.b", "o.x?.y.z", "o.n?.[print('not run')]", "o.f?.().a", "o.g?.(print('not run'))", "delete o?.a", "+o", "`${o}`", "o + 1", "o == 'default'", "(o.b += 2)", "o.b++", "(o.n ??= 5)", "(o.a &&= 0)", "(o.x ||= 3)", "({ ...o, a: 2 })", "(({ b, ...r }) => r)(o)", "Object.entries(o).length", "'b' in o", "(0, o.f)() === undefined", "o.f() === o", "new (class { constructor() { return o; } })() === o", "o.a ** 2 ** 0", "-(2 ** 2)", "void o, typeof o.q", "(o.a, o.n)"])}); } catch (e) { print(e); } }`,
  (p) =>
    `{ const o = Object.${p.random.pick(["freeze", "seal", "preventExtensions"])}(${p.random.pick(["{ a: 1 }", "[1, 2]", "Object.create({ a: 5 })"])}); for (const f of [() => (o.a = 2), () => (o.z = 1), () => delete o.a, () => o.push(3), () => (o[0] = 9), () => Object.defineProperty(o, "a", { value: 3 }), () => (o.length = 0), () => Object.setPrototypeOf(o, null)]) { try { print(f()); } catch (e) { print(e); } } print(o, Object.isSealed(o)); }`,
  (p) =>
    `{ const o = {}; try { Object.defineProperty(o, "k", { ${p.random.pick(["value: 1", "get() { return 2; }", "set(v) { print('set', v); }", "value: 1, writable: true", "get: 1", "value: 1, get() {}"])}${p.random.pick(["", ", enumerable: true", ", configurable: true"])} }); o.k = 5; } catch (e) { print(e); } try { print(o.k, Object.keys(o), delete o.k); } catch (e) { print(e); } print(Object.getOwnPropertyDescriptor(o, "k")); }`,
  (p) =>
    `a${p.random.below(1000)}: { print("in"); if (${p.expression(1)}) { print("left"); break a$; } print("stayed"); }`.replace(/^(a\d+)(.*)a\$/s, "$1$2$1"),
  (p) => {
    const f = p.fresh("fin");
    return `function ${f}(n) { for (let i = 0; i < 3; i++) { try { if (i === n) ${p.random.pick(["return i;", "throw i;", "continue;", "break;"])} print("body", i); } catch (e) { print("c", e); ${p.random.pick(["", "throw 5;", "continue;", "return 6;"])} } finally { print("f", i); ${p.random.pick(["", "", "if (i === 1) continue;", "if (i === 1) break;", "if (i === 2) return 8;"])} } } return "end"; } for (const n of [0, 1, 2, 3]) { try { print(${f}(n)); } catch (e) { print("out", e); } }`;
  },
  (p) => {
    const f = p.fresh("cl");
    return `{ let n = ${small(p, 5)}; const ${f} = ${p.random.pick(["(a = () => n, b = (n = 9)) => [a(), b, n]", "({ a = n, ...r } = {}, [b = a] = []) => [a, b, r]", "(...a) => { n += a.length; return () => n++; }", "function (a, b = () => a) { var a = 7; return [a, b()]; }", "function f(x) { return x > 0 ? f(x - 1) + n : f.length; }"])}; try { const r = ${f}(${p.random.pick(["", "undefined", "2", "{ z: 1 }", "1, 2"])}); print(typeof r === "function" ? [r(), r()] : r, n); } catch (e) { print(e); } }`;
  },
  (p) =>
    `{ const m = new Map([["a", 1], [NaN, 2], [0, 3]]); for (const [k, v] of m) { print(k, v); if (m.size < 6) m.set(k + "x", v); ${p.random.pick(["", "m.delete(NaN);", "if (v === 2) m.clear();"])} } const s = new Set("hello"); s.forEach((x) => { if (x === "e") s.delete("l"); print(x); }); print(m.get(NaN), m.has(-0), [...m.keys()], s.size, new WeakMap([[m, 1]]).get(m)); }`,
  (p) =>
    `try { const a = [${p.expression(1)}, , ${p.literal()}]; a.length = ${p.random.pick(["5", "2", "0", "1.5", '"3"'])}; a[${p.random.pick(["7", "1", '"2"', "-1", "4294967295"])}] = ${p.literal()}; print(a, a.length, 1 in a, Object.keys(a)); print(a.${p.random.pick(["splice(1, 1, 8, 9)", "unshift(0)", "shift()", "reverse()", "lastIndexOf(undefined)", "reduceRight((x, y) => String(x) + y)", "flatMap((x) => [x, [x]])", "concat([1, , 2])", "indexOf()", "entries().next()", "some((x) => x === undefined)", "findLast((x) => x)", "toSpliced(0, 1)", "join()"])}, a.length); } catch (e) { print(e); }`,
  (p) => {
    const tag = p.fresh("tag");
    return `{ const seen = new Set(); const ${tag} = (s, ...v) => { seen.add(s); return s.raw.join("|") + v.length + (s[0] === undefined); }; for (let i = 0; i < 2; i++) print(${tag}\`a\${${p.expression(1)}}\\n\${i}${p.random.pick(["", "\\\\u{41}", "\\\\xg"])}\`.length > 0); print(seen.size); }`;
  },
  (p) =>
    `switch (${p.expression(1)}) { case ${p.literal()}: print("a"); case "b": { let x = 1; print("b", x); } default: print("d"); ${p.random.pick(["break;", ""])} case ${p.literal()}: print("z"); }`,
  (p) =>
    `{ const order = []; const t = (n, v) => (order.push(n), v); try { ${p.random.pick(["t(1, {})[t(2, 'k')] = t(3, 4);", "t(1, (a, b) => a)(t(2, 1), ...t(3, [2]));", "({ [t(1, 'a')]: t(2, 1), [t(3, 'b')]: t(4, 2) });", "[t(1, {}).x, t(2, {}).y] = t(3, [1, 2]);", "({ a: t(1, {}).x = t(2, 5) } = t(3, {}));", "t(1, 2) + t(2, { valueOf() { return t(3, 1); } }) * t(4, 3);", "t(1, 2) < t(2, { valueOf: () => t(3, 1) });", "class C extends t(1, Object) { [t(2, 'm')]() {} static [t(3, 's')] = t(5, 1); [t(4, 'f')] = 1; }", "new (t(1, Date))(t(2, 0));", "t(1, null)[t(2, 'x')];", "t(1, undefined)?.[t(2, 1)];", "`${t(1, 'a')}${t(2, { toString: () => t(3, 'b') })}`;", "t(1, {}).f(t(2, 1));", "delete t(1, {})[t(2, 'q')];", "t(1, 5) ?? t(2, 6);", "t(1, [])[t(2, 0)] ??= t(3, 1);"])} } catch (e) { order.push(e.name); } print(order); }`,
];

/** A statement (or several) on some feature. */
export const feature = (parts: Parts): string => parts.random.pick(productions)(parts);

/** What only sloppy code can do. */
const sloppy: readonly Production[] = [
  (p) =>
    `{ function f(a, b) { arguments[0] = 5; b = 6; return [a, arguments[1], arguments.length, typeof this, typeof arguments.callee]; } print(f(${p.literal()}, 2), f(), f.call(3, 1)); }`,
  () => `{ undeclaredGlobal = 1; print(typeof undeclaredGlobal, delete globalThis.undeclaredGlobal, typeof undeclaredGlobal); }`,
  () => `{ if (true) { function hoisted() { return 1; } } print(typeof hoisted); { function hoisted() { return 2; } } print(hoisted()); }`,
  (p) => `{ const o = Object.freeze({ a: 1 }); o.a = ${p.literal()}; o.b = 2; print(o, delete o.a); }`,
  () => `{ var let_ = 010, yield_ = "\\101"; print(let_, yield_, function () { return this === undefined; }()); }`,
  () => `{ (function (a, a) { print(a, arguments.length); })(1, 2); print((function f() { f = 1; return typeof f; })()); }`,
];
export const sloppyFeature = (parts: Parts): string => parts.random.pick(sloppy)(parts);

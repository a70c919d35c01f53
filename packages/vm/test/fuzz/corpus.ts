/** Small programs that between them use every kind of instruction: what the bytecode fuzzer mutates. */
import { compile } from "@zerostart/compiler";
import { generateProgram } from "../differential/generate.ts";

const snippets: readonly (readonly [type: "script" | "module", source: string])[] = [
  ["script", `function outer(a) { let b = 1; return function inner(c) { b += c; a++; return () => [a, b, c]; }; } console.log(outer(1)(2)(), outer(3)(4)());`],
  ["script", `const fs = []; for (let i = 0; i < 3; i++) { let j = i * 2; fs.push(() => i++ + j); } console.log(fs.map((f) => f() + f()));`],
  [
    "script",
    `var o = { a: 1, get b() { return this.a; }, set b(v) { this.a = v; }, ["c" + 1]: 2, m() { return super.toString; }, __proto__: { z: 9 }, ...{ q: 1 } }; o.b = 5; for (const k in o) console.log(k, o[k]); delete o.a; console.log("q" in o, o?.x?.y, o.z);`,
  ],
  [
    "script",
    `class A { #p = 1; static s = 2; #m() { return this.#p; } get v() { return this.#m(); } set v(x) { this.#p = x; } static { this.t = 3; } has(o) { return #p in o; } constructor(x) { this.x = x; } } class B extends A { y = 1; constructor() { super(4); this.v = 7; } get w() { return super.v; } } const b = new B(); console.log(b.w, b.x, b.y, A.s, A.t, b.has(b), b.has({}), new.target);`.replace(
      ", new.target",
      "",
    ),
  ],
  [
    "script",
    `function* g(n) { try { for (let i = 0; i < n; i++) { const x = yield i; if (x) return x; } yield* [7, 8]; } finally { console.log("done"); } } console.log([...g(3)]); const it = g(5); it.next(); console.log(it.next(4)); for (const x of g(9)) if (x > 2) break; try { const t = g(2); t.next(); t.throw(new Error("e")); } catch (e) { console.log(e.message); }`,
  ],
  [
    "script",
    `async function f(a) { try { const r = await a; return r + 1; } catch (e) { return await Promise.resolve(e); } } async function* ag() { yield 1; yield await f(2); } (async () => { for await (const x of ag()) console.log(x); console.log(await f(Promise.reject(9))); })();`,
  ],
  [
    "script",
    `const [a, , b = 2, ...c] = [1, 2, undefined, 4, 5]; const { x, y: { z = 3 } = {}, ...rest } = { x: 1, p: 2, q: 3 }; let m, n; [m, n] = [n, m]; ({ m, n = 5 } = { m: 1 }); console.log(a, b, c, x, z, rest, m, n); function d({ a, b = a } = {}, [e] = [1], ...r) { return [a, b, e, r]; } console.log(d({ a: 1 }), d.length);`,
  ],
  [
    "script",
    `function s(v) { switch (v) { case "a": return 1; case "b": case "c": return 2; case 5: return 3; case 6: return 4; case 7: return 5; case 8: break; default: return 6; } return 7; } console.log(["a", "c", 5, 7, 8, "zz", null].map(s)); outer: for (let i = 0; i < 4; i++) { for (;;) { if (i % 2) continue outer; if (i > 2) break outer; break; } }`,
  ],
  [
    "script",
    `function f(a, b) { arguments[0] = 5; b = 7; return [a, arguments[1], arguments.length, arguments.callee === f]; } console.log(f(1, 2, 3)); function r() { return [this === globalThis, typeof this]; } console.log(r.call(1), r(...[1, 2])); console.log(Math.max(...[1, 2], 3), new Array(...[1, 2, 3]), f.apply(null, [1]));`,
  ],
  [
    "script",
    `const tag = (s, ...v) => s.raw.join("|") + v; console.log(tag\`a\${1}b\\n\${2}\`, \`t\${[1]}\${{}}\`, /a(b)?/g.exec("xab"), "aXbX".replace(/x/gi, (m) => m + 1), typeof undefinedThing, void 0, 10n ** 20n, -5n / 2n, 1n < 2);`,
  ],
  [
    "script",
    `try { tdz; let tdz = 1; } catch (e) { console.log(e.name); } try { null.x; } catch ({ name }) { console.log(name); } finally { console.log("f"); } function t() { try { return 1; } finally { console.log(2); } } console.log(t()); try { const k = 1; k = 2; } catch (e) { console.log(e.message); } function deep(n) { return n ? deep(n - 1) + 1 : 0; } console.log(deep(200));`,
  ],
  [
    "script",
    `let n = 0; for (let i = 0; i < 50; i++) { n += i & 3; n ^= i << 2; n -= i >>> 1; n = n * 3 % 1001; if (n == "7" || n != null && n !== 3) n++; n = ~~(n / 2) | 0; } var s = ""; do { s += n; n--; } while (n > 0 && s.length < 20); console.log(n, s, +"3", -"4", !s, n ** 2, n instanceof Number, [3, 1, 2].sort((a, b) => b - a));`,
  ],
  [
    "module",
    `export let count = 0; export const inc = () => ++count; export default function handler(request) { inc(); return Response.json({ count, url: new URL(request.url).pathname }); } console.log(import.meta.url); export class K { static x = count; }`,
  ],
  [
    "module",
    `const routes = new Map([["/", () => new Response("home")], ["/s", () => new Response(new ReadableStream({ start(c) { c.enqueue(new TextEncoder().encode("x")); c.close(); } }))]]); export default { async fetch(request, env) { const r = routes.get(new URL(request.url).pathname); await null; return r ? r() : new Response("no", { status: 404, headers: { "x-a": "b" } }); } };`,
  ],
  [
    "module",
    `const x = await Promise.resolve(3); setTimeout(() => console.log("t", x), 0); queueMicrotask(() => console.log("m")); console.log(structuredClone({ a: [1, new Date(0)] }), await import("./none.js").catch((e) => e.name), JSON.stringify({ a: [1, { b: null }] }), JSON.parse('{"z":[1,2]}').z);`,
  ],
  [
    "script",
    `const u = new Uint8Array(8); u[3] = 300; const p = new Proxy({}, { get: (t, k) => String(k), has: () => true }); console.log(u.join(), p.q, "z" in p, [..."h\\u{1f600}"], new Set([1, 1, 2]).size, Object.entries({ a: 1 }), [1, [2, [3]]].flat(2), [, 1].includes(undefined), Array.from({ length: 3 }, (_, i) => i * i)); for (const [k, v] of new Map([[1, 2]])) console.log(k, v);`,
  ],
];

/** Bytecode files, the same at every call. */
export function bytecodeCorpus(generated: number): Uint8Array[] {
  const sources = [...snippets, ...Array.from({ length: generated }, (_, i) => [i % 2 === 0 ? "module" : "script", generateProgram(i + 1)] as const)];
  return sources.map(([sourceType, source], i) => {
    const result = compile(source, { filename: `corpus-${i}.js`, sourceType });
    if (!result.ok) throw new Error(`corpus ${i}: ${result.diagnostics[0]?.message}`);
    return result.bytecode;
  });
}

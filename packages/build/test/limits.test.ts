/**
 * Resource limits on the native binary: heap, CPU time, stack and output each fail or end one request, catchably or with a clean 500 or 503; a request that is in flight
 * on another connection meanwhile is answered to its end, and the process goes on.
 */
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { buildArtifact } from "../src/artifact.ts";
import { compileHandler } from "../src/compile.ts";
import { Client, get, type Running, serve } from "./helpers/server.ts";
import { nativeTarget, writeExecutable } from "./helpers/toy.ts";

/** 500: an error was thrown that nobody caught. 503: the request was stopped. */
const thrown = /^HTTP\/1\.1 500 /;
const stopped = /^HTTP\/1\.1 503 /;
const caught = /^HTTP\/1\.1 200 [^]*caught RangeError$/;
/** The turn before it may have left so much that a collection is still to come. */
const thrownOrStopped = /^HTTP\/1\.1 50[03] /;

type Case = readonly [name: string, body: string, answer: RegExp];
/** With much time. Bodies of async functions that return the answer; `attempt` says what was caught. */
const spaceCases: readonly Case[] = [
  ["heap", "fill()", thrownOrStopped],
  ["heap-caught", "return attempt(fill)", caught],
  ["heap-buffer", "return attempt(() => new ArrayBuffer(2 ** 31))", caught],
  ["heap-string", 'return attempt(() => { let s = "x"; for (;;) s += s; })', caught],
  ["heap-replace", 'return attempt(() => "x".repeat(1e6).replaceAll("x", "y".repeat(1e6)))', caught],
  ["heap-split", 'return attempt(() => "ab,".repeat(5e6).split(","))', caught],
  ["heap-promises", "const all = []; for (;;) all.push(new Promise(() => {}).then(() => {}))", thrownOrStopped],
  ["heap-timers", "return attempt(() => { for (;;) setTimeout(() => {}, 1e6); })", caught],
  ["heap-iterator", "return attempt(() => [...{ [Symbol.iterator]: () => ({ next: () => ({ done: false }) }) }])", caught],
  ["heap-log", 'for (let i = 0; i < 2e4; i++) console.log("x".repeat(1000)); return "logged"', /^HTTP\/1\.1 200 [^]*logged$/],
  ["heap-error-message", 'throw new Error("x".repeat(3e7))', thrown],
  ["length-array", "return attempt(() => new Array(2 ** 32 - 1).fill(0))", caught],
  ["length-array-from", "return attempt(() => Array.from({ length: 2 ** 32 - 1 }))", caught],
  ["length-spread", "return attempt(() => Math.max(...Array(5e6).fill(1)))", caught],
  ["length-apply", "return attempt(() => Math.max.apply(null, { length: 1e9 }))", caught],
  ["length-typed", "return attempt(() => new Float64Array(1e9))", caught],
  ["length-string", 'return attempt(() => "x".repeat(2 ** 30))', caught],
  ["length-bigint", "return attempt(() => 1n << (1n << 40n))", caught],
  ["json-deep", 'return attempt(() => JSON.parse("[".repeat(1e6) + "]".repeat(1e6)))', caught],
  ["json-open", 'return attempt(() => JSON.parse("[".repeat(3e7)))', caught],
  ["json-reviver", 'return attempt(() => JSON.parse("[".repeat(1e5) + "]".repeat(1e5), (key, value) => value))', caught],
  ["json-shared", "return attempt(() => { let o = 0; for (let i = 0; i < 40; i++) o = [o, o]; return JSON.stringify(o); })", caught],
  ["json-getter", "const make = () => ({ get a() { return make(); } }); return attempt(() => JSON.stringify(make()))", caught],
  ["url-parameters", 'return attempt(() => new URLSearchParams("a=1&".repeat(2e6)))', caught],
  ["stack", "dive(0)", thrown],
  ["stack-caught", "return attempt(() => dive(0))", caught],
  ["stack-async", "const again = async () => { await again(); }; await again()", thrown],
  ["stack-to-string", "const o = { toString() { return `${this}`; } }; return attempt(() => `${o}`)", caught],
  ["stack-proxies", "return attempt(() => { let p = {}; for (let i = 0; i < 1e5; i++) p = new Proxy(p, {}); return p.x; })", caught],
  ["stack-proxy-of-itself", "return attempt(() => { const o = {}; Object.setPrototypeOf(o, new Proxy(o, {})); return o.x; })", caught],
  ["stack-flat", "return attempt(() => { let a = []; for (let i = 0; i < 1e5; i++) a = [a]; return a.flat(Infinity); })", caught],
  ["stack-regexp", 'return attempt(() => new RegExp("(".repeat(1e5) + ")".repeat(1e5)))', caught],
  ["output", 'return "y".repeat(200_000_000)', thrown],
  ["output-header", 'return new Response("x", { headers: { x: "v".repeat(2e7) } })', /^HTTP\/1\.1 (200|500) /],
  ["output-chunks", "return new Response(new ReadableStream({ start(c) { for (;;) c.enqueue(new Uint8Array(1e5)); } }))", thrownOrStopped],
];
/** With little time: none of these ends by itself, or not within minutes. */
const timeCases: readonly Case[] = [
  ["loop", "for (;;);", stopped],
  ["heap-caught-for-ever", "for (;;) try { fill(); } catch {}", stopped],
  ["loop-caught", 'try { for (;;); } catch { return "caught"; } finally { for (;;); }', stopped],
  ["loop-undefined", "let x; while (x === undefined) {}", stopped],
  ["loop-import", "const name = `nothing${Math.random()}`; for (;;) try { await import(name); } catch {}", stopped],
  ["jobs", "const again = () => { Promise.resolve().then(again); }; again(); return new Promise(() => {})", stopped],
  ["jobs-microtasks", "const again = () => queueMicrotask(again); again(); return new Promise(() => {})", stopped],
  ["jobs-await", "for (;;) await 0", stopped],
  ["jobs-thenable", "const t = { then(resolve) { resolve(t); } }; await t", stopped],
  ["promise-getter", "await { get then() { for (;;); } }", stopped],
  ["promise-all", "await Promise.race({ [Symbol.iterator]: () => ({ next: () => ({ get value() { for (;;); }, done: false }) }) })", stopped],
  ["sort", "for (;;) Array.from({ length: 1e5 }, () => Math.random()).sort()", stopped],
  ["sort-comparator", "[3, 2, 1].sort(() => { for (;;); })", stopped],
  ["sort-inconsistent", "for (;;) Array.from({ length: 1e4 }, (_, i) => i).sort(() => Math.random() - 0.5)", stopped],
  ["sort-sparse", "const a = []; a[2 ** 32 - 2] = 1; a.sort()", stopped],
  ["array-like", "Array.prototype.forEach.call({ length: 2 ** 53 - 1 }, () => {})", stopped],
  ["array-search", "const a = Array(5e5).fill(0); for (;;) a.indexOf(1)", stopped],
  ["array-shift", "const a = Array(5e5).fill(0); for (;;) a.push(a.shift())", stopped],
  ["typed-array-sort", "const a = new Float64Array(5e5); for (;;) a.reverse().sort()", stopped],
  ["set", "const s = new Set([1]); for (const x of s) { s.delete(x); s.add(x + 1); }", stopped],
  ["proxy-trap", "new Proxy({}, { get() { for (;;); } }).x", stopped],
  ["proxy-prototype", "const p = new Proxy({}, { getPrototypeOf: () => p }); p instanceof Array", stopped],
  ["prototypes", "let o = {}; for (let i = 0; i < 2e5; i++) o = Object.create(o); for (;;) o.missing", stopped],
  ["json-getter", "JSON.stringify({ get a() { for (;;); } })", stopped],
  ["json-to-json", "JSON.stringify({ toJSON() { for (;;); } })", stopped],
  ["json-reviver", 'JSON.parse("[1]", () => { for (;;); })', stopped],
  ["json-absent", "const o = {}; for (let i = 0; i < 5e4; i++) o[`k${i}`] = undefined; JSON.stringify(Array(1e6).fill(o))", stopped],
  ["regexp-nested", 'return String(/^(a+)+$/.test("a".repeat(40) + "b"))', thrownOrStopped],
  ["regexp-positions", 'return String(/a+b/.test("a".repeat(1e6)))', stopped],
  ["regexp-lazy", 'return String(/a.*?b.*?c/s.test("ab".repeat(1e6)))', thrownOrStopped],
  ["regexp-alternatives", 'return String(/^(?:a|a?)+$/.test("a".repeat(5000) + "b"))', thrownOrStopped],
  ["text-marks", 'return ("a" + "\\u0316\\u0301".repeat(3e5)).normalize("NFD")', stopped],
  ["text-search", 'const text = "a".repeat(1e7); for (;;) text.includes("b")', stopped],
  ["text-compare", 'const a = "x".repeat(1e7), b = a.slice(1) + "x"; for (;;) a === b', stopped],
  ["bigint-power", "return (3n ** 5000000n).toString()", stopped],
  ["bigint-parse", 'return BigInt("9".repeat(4e6)) > 0n ? "positive" : "negative"', stopped],
  ["bigint-divide", 'return ((1n << 16000000n) - 1n) / ((1n << 8000000n) - 3n) > 0n ? "positive" : "negative"', stopped],
  ["answer-getter", "return { get status() { for (;;); } }", stopped],
];

const source = `
const dive = (n) => 1 + dive(n + 1);
const fill = () => { const list = []; for (;;) list.push({ x: new Array(10_000).fill(0) }); };
const attempt = (f) => { try { return String(f()).slice(0, 20); } catch (e) { return "caught " + e.name; } };
const waiting = [];
const encoder = new TextEncoder();
const routes = {
  "/": () => "alive",
  "/wait": () => new Response(new ReadableStream({
    async start(c) {
      c.enqueue(encoder.encode("begun"));
      await new Promise((resolve) => waiting.push(resolve));
      c.enqueue(encoder.encode("finished"));
      c.close();
    },
  })),
  "/go": () => { for (const resolve of waiting.splice(0)) resolve(); return "alive"; },
  "/output-stream": () => new Response(new ReadableStream({ pull(c) { c.enqueue(new Uint8Array(65536)); } })),
${[...spaceCases.map((c) => ["space", ...c]), ...timeCases.map((c) => ["time", ...c])].map(([kind, name, body]) => `  "/${kind}/${name}": async () => { ${body} },`).join("\n")}
};
export default async (request) => {
  const answer = await routes[new URL(request.url).pathname]();
  return answer instanceof Response || typeof answer !== "string" ? answer : new Response(answer);
};`;

let directory: string;
let executable: string;
before(async () => {
  directory = await mkdtemp(join(tmpdir(), "zerostart-limits-"));
  const compiled = await compileHandler({ files: { "limits.js": source }, entry: "limits.js" });
  assert.ok(compiled.ok, compiled.ok ? "" : compiled.diagnostics.map((d) => d.codeFrame).join("\n"));
  const { bytes } = await buildArtifact({ compiled, name: "limits", mode: "snapshot", target: nativeTarget });
  executable = await writeExecutable(directory, "limits", bytes);
});
after(() => rm(directory, { recursive: true, force: true }));

async function ask(server: Running, path: string): Promise<string> {
  const client = new Client(server.port);
  await client.send(get(path, "Connection: close\r\n")).end();
  return client.text;
}

for (const [kind, cases, cpuMs] of [
  ["space", spaceCases, 20_000],
  ["time", timeCases, 200],
] as const)
  describe(`limits of ${kind}`, () => {
    let server: Running;
    before(async () => {
      server = await serve([executable], ["--cpu-ms", String(cpuMs), "--heap-mb", "64"]);
    });
    after(() => server.stop());

    for (const [name, , answer] of cases)
      test(name, async () => {
        const other = new Client(server.port);
        await other.send(get("/wait")).until((text) => text.includes("begun"));
        assert.match(await ask(server, `/${kind}/${name}`), answer);
        assert.match(await ask(server, "/go"), /alive$/);
        await other.until((text) => text.includes("finished"));
        other.close();
      });

    if (kind === "space")
      test("a body without end waits for its reader, others are served meanwhile, memory stays within the cap", async () => {
        const slow = new Client(server.port);
        await slow.send(get("/output-stream")).until((text) => text.length > 1 << 20);
        slow.socket.pause();
        assert.match(await ask(server, "/"), /alive$/);
        slow.close();
        assert.match(await ask(server, "/"), /alive$/);
      });
  });

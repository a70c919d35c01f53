/** What a snapshot takes over of its rehearsed request's inline caches, shapes and keys: an equal request finds them, and no request is answered otherwise than without. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { compileHandler, loadEngine } from "../src/index.ts";
import { takeSnapshot } from "../src/snapshot.ts";
import { generateProgram } from "../../vm/test/differential/generate.ts";
import type { MemoryImage } from "@zerostart/vm/image.ts";
import { gcStresses, VmInstance } from "@zerostart/vm/instance.ts";

async function bytecodeOf(source: string): Promise<Uint8Array> {
  const compiled = await compileHandler({ files: { "handler.js": source }, entry: "handler.js" });
  assert.ok(compiled.ok, compiled.diagnostics.map((d) => d.codeFrame).join("\n"));
  return compiled.bytecode!;
}
async function imageOf(bytecode: Uint8Array): Promise<MemoryImage> {
  const output = await takeSnapshot(await loadEngine(), bytecode);
  assert.ok(output.ok, "message" in output ? output.message : "");
  return output.image;
}
async function resumed(image: MemoryImage): Promise<VmInstance> {
  const vm = new VmInstance((await loadEngine()).module);
  vm.resume(image, 64 << 20, 0n);
  return vm;
}
/** The same handler without a snapshot. */
async function evaluated(bytecode: Uint8Array): Promise<VmInstance> {
  const vm = await resumed((await loadEngine()).baseImage);
  assert.equal(vm.load(bytecode) ?? vm.evaluate(), undefined);
  return vm;
}
async function exchange(vm: VmInstance, path: string): Promise<string> {
  const answer = new TextDecoder().decode(await vm.exchange(new TextEncoder().encode(`GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`)));
  return answer.slice(answer.indexOf("\r\n\r\n") + 4);
}
function changedWords(vm: VmInstance, image: MemoryImage, from: number): number {
  const now = new DataView(vm.exports.memory.buffer);
  let changed = 0;
  for (const { start, bytes } of image.ranges)
    for (let i = Math.max(0, from - start); i < bytes.length; i += 8)
      if (now.getBigUint64(start + i, true) !== new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(i, true)) changed++;
  return changed;
}

describe("an equal request", () => {
  const fields = Array.from({ length: 60 }, (_, i) => `field${i}`);
  const source = `
    class Record { constructor(n) { ${fields.map((f) => `this.${f} = n;`).join(" ")} } total() { return ${fields.map((f) => `this.${f}`).join(" + ")}; } }
    let kept;
    const handler = () => {
      kept = [new Record(2), { ${fields.map((f) => `own_${f}: 1`).join(", ")} }];
      const named = {};
      for (let i = 0; i < 50; i++) named["name" + i] = kept[0].total();
      kept.push(named);
      return new Response(String(kept[0].total() + named.name49 + kept[1].own_field3));
    };
    export default { fetch: handler };`;

  test("makes no shape, and leaves the caches as they are", async () => {
    const image = await imageOf(await bytecodeOf(source));
    const vm = await resumed(image);
    const { baseImage } = await loadEngine();
    const handlersCells = baseImage.ranges.reduce((end, { start, bytes }) => Math.max(end, start + bytes.length), 0);
    assert.equal(await exchange(vm, "/"), "241");
    // Of some 240 places in the handler's functions that look up a property each would have four words of its own.
    const changed = changedWords(vm, image, handlersCells);
    assert.ok(changed < 60, `${changed} words changed`);
    const census = vm.census();
    assert.equal(census.get("SHAPE"), undefined);
    assert.ok(census.get("OBJECT"), "the objects that it keeps are there");
  });

  test("interns no key again", async () => {
    const vm = await resumed(await imageOf(await bytecodeOf(source)));
    await exchange(vm, "/");
    const strings = vm.census().get("STRING")?.cells ?? 0;
    assert.ok(strings < 50, `${strings} strings are alive outside the image`);
  });
});

/** Handlers of which one request changes what another one has looked up. `go(step)` is asked for "/", which is rehearsed, and for other paths. */
const changing: Record<string, string> = {
  "a prototype's method is replaced": `
    class A { m() { return "first"; } } const a = new A();
    function go(step) { if (step === "/change") A.prototype.m = () => "second"; return a.m() + new A().m(); }`,
  "a getter comes between": `
    class A { get v() { return "A"; } } class B extends A {} const b = new B();
    function go(step) { if (step === "/change") Object.defineProperty(B.prototype, "v", { get() { return "B"; }, configurable: true }); return b.v + new B().v; }`,
  "a setter appears for what was added": `
    class A {} let set = 0;
    function go(step) { if (step === "/change") Object.defineProperty(A.prototype, "x", { set(v) { set += v; }, configurable: true }); const a = new A(); a.x = 5; return [set, Object.keys(a), a.x].join(); }`,
  "the rehearsal alone makes a property read-only": `
    const proto = {}, make = () => Object.create(proto);
    function go(step) { if (step === "/") Object.defineProperty(proto, "x", { value: 1, writable: false }); const o = make(); try { o.x = 2; } catch (e) { return e.name; } return [o.x, Object.hasOwn(o, "x")].join(); }`,
  "an object becomes a dictionary": `
    const d = { a: 1, b: 2, c: 3 };
    function go(step) { if (step === "/") { delete d.b; d.z = 9; } return [d.a, d.b, d.c, d.z, Object.keys(d)].join(); }`,
  "a dictionary of the top level is changed": `
    const d = { a: 1, b: 2, c: 3 }; delete d.a;
    function go(step) { if (step !== "/b") { d.late = (d.late ?? 0) + 1; Object.defineProperty(d, "c", { get: () => "got " + step }); } return [d.b, d.c, d.late, Object.keys(d)].join(); }`,
  "something is frozen": `
    const f = { x: 1 }, read = (o) => o.x, write = (o, v) => { o.x = v; };
    function go(step) { if (step === "/change") Object.freeze(f); try { write(f, read(f) + 1); } catch (e) { return e.name + read(f); } return read(f); }`,
  "a prototype is exchanged": `
    const one = { who: "one", extra: 1 }, two = { who: "two" }, o = Object.create(one);
    function go(step) { if (step === "/change") Object.setPrototypeOf(o, two); return [o.who, o.extra].join(); }`,
  "a prototype gets a prototype": `
    class A {} const a = new A();
    function go(step) { if (step === "/change") Object.setPrototypeOf(A.prototype, { deep: "deep" }); return String(a.deep) + a.toString(); }`,
  "global names come and go": `
    globalThis.shared = "global";
    function go(step) { if (step === "/change") delete globalThis.shared; if (step === "/") globalThis.made = "made"; return [typeof shared === "undefined" ? "none" : shared, typeof made === "undefined" ? "none" : made].join(); }`,
  "a built-in is replaced": `
    function go(step) { if (step === "/change") Array.prototype.map = function () { return ["mine"]; }; if (step === "/") String.prototype.shout = function () { return this + "!"; }; return [1, 2].map((x) => x + 1).join() + ("a".shout?.() ?? "quiet"); }`,
  "a site meets many shapes": `
    const read = (o) => o.v;
    function go(step) { const all = [{ v: 1 }, { a: 0, v: 2 }, Object.create({ v: 3 }), [4], "five", { b: 0, get v() { return step; } }]; all[3].v = 4; return all.map(read).join(); }`,
  "functions show their names": `
    function go(step) { function named(a, b) {} const arrow = () => {}; class K { static s = 1; } if (step === "/change") Object.defineProperty(named, "name", { value: "other" }); return [named.name, named.length, arrow.name, K.name, K.s, named.prototype.constructor === named, Object.getOwnPropertyNames(named)].join(); }`,
  "properties are counted, enumerated, and ordered": `
    function go(step) { const o = {}; const order = step === "/" ? ["b", "a", "2", "1", "c"] : ["c", "1", "a", "2", "b"]; for (const k of order) o[k] = k; delete o.a; o.a = 1; const s = { ...o, z: 1 }; return JSON.stringify([Object.keys(o), s, Object.entries(o).length]); }`,
  "constructors learn how many properties there are": `
    function Old(n) { for (let i = 0; i < n; i++) this["p" + i] = i; }
    function go(step) { const o = new Old(step === "/" ? 30 : 3), p = new Old(12); return [Object.keys(o).length, o.p2, p.p11, Object.keys(p)].join(); }`,
  "very many keys are added": `
    const counts = {};
    function go(step) { const o = {}; for (let i = 0; i < (step === "/" ? 300 : 40); i++) { o["k" + step.length + i] = i; counts["c" + i % 7] = i; } return [Object.keys(o).length, o["k" + step.length + 39], counts.c3].join(); }`,
  "weak collections and symbols are keys": `
    const s = Symbol("s"), w = new WeakMap();
    function go(step) { const t = Symbol(step), o = { [s]: 1, [t]: 2 }; w.set(o, step); o[Symbol.for("shared" + step)] = 3; return [o[s], o[t], w.get(o), Object.getOwnPropertySymbols(o).length, o[Symbol.for("shared" + step)]].join(); }`,
  "a proxy stands in the chain": `
    const p = new Proxy({}, { get: (_, k) => "proxied " + String(k) }), plain = {}, o = Object.create(plain);
    function go(step) { if (step === "/change") Object.setPrototypeOf(plain, p); return String(o.nothing) + (step === "/" ? o.other : ""); }`,
};

describe("requests are answered as without a snapshot", () => {
  const sequences = [["/"], ["/other"], ["/change", "/", "/b"], ["/", "/change", "/", "/"], ["/b", "/change", "/b", "/"]];
  for (const [what, go] of Object.entries(changing))
    test(what, async () => {
      const bytecode = await bytecodeOf(`${go}\nexport const handler = (request) => new Response(String(go(new URL(request.url).pathname)));`);
      const image = await imageOf(bytecode);
      for (const [i, paths] of sequences.entries())
        for (const stress of [undefined, gcStresses[i % gcStresses.length]]) {
          const [snapshot, plain] = [await resumed(image), await evaluated(bytecode)];
          if (stress) snapshot.stressCollector(stress);
          for (const path of paths)
            assert.equal(await exchange(snapshot, path), await exchange(plain, path), `${path} of ${paths.join(", ")}, ${stress ?? "no"} stress`);
        }
    });
});

test("generated programs as handlers: both requests print the same as without a snapshot", async () => {
  const first = Number(process.env["ZEROSTART_FIRST"] ?? 1);
  for (let seed = first; seed < first + Number(process.env["ZEROSTART_PROGRAMS"] ?? 10); seed++) {
    const bytecode = await bytecodeOf(
      `export const handler = async () => { await (async () => { ${generateProgram(seed)} })(); return new Response("answered"); };`,
    );
    const prints = async (vm: VmInstance) => {
      const answers = [await exchange(vm, "/"), await exchange(vm, "/again")];
      return [...answers, ...vm.records.map((record) => record.text)].join("\n");
    };
    const snapshot = await resumed(await imageOf(bytecode));
    if (seed % 2 === 0) snapshot.stressCollector(gcStresses[(seed / 2) % gcStresses.length]!);
    assert.equal(await prints(snapshot), await prints(await evaluated(bytecode)), `seed ${seed}`);
  }
});

/** The collector: a program that stores into everything runs as on Node with a collection and a check of the heap at every safe point; pauses stay short. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { compile } from "@zerostart/compiler";
import { decodeImage, gcStresses, runBytecode, VmInstance } from "../src/index.ts";

const build = path.join(import.meta.dirname, "../build");
const wasm = new WebAssembly.Module(readFileSync(path.join(build, "vm.wasm")));
const image = decodeImage(readFileSync(path.join(build, "base.image")));
const file = path.join(import.meta.dirname, "programs/collector.js");

function bytecodeOf(source: string): Uint8Array {
  const compiled = compile(source, { filename: "collector.js", sourceType: "script" });
  assert.ok(compiled.ok, compiled.ok ? "" : compiled.diagnostics[0]!.message);
  return compiled.bytecode;
}

for (const gcStress of [undefined, ...gcStresses])
  test(`a program that stores into everything, ${gcStress ?? "without stress"}`, async () => {
    const { stdout, error } = await runBytecode(wasm, image, bytecodeOf(readFileSync(file, "utf8")), { gcStress, cpuMs: 300_000, waitMs: 60_000 });
    assert.equal(error, undefined);
    assert.equal(stdout, execFileSync(process.execPath, ["--input-type=commonjs", "-e", readFileSync(file, "utf8")], { encoding: "utf8" }));
  });

test("a large heap is collected in slices: full collections end, and no pause does the work of one", () => {
  const source = `
    var live = [];
    for (var i = 0; i < 60000; i++) live.push({ i: i, name: "n" + i, tags: [i] });
    for (var i = 0; i < 400000; i++) { var o = { i: i, name: "n" + i, tags: [i] }; if ((i & 3) === 0) live[i * 7 % live.length] = o; }`;
  const vm = new VmInstance(wasm);
  vm.resume(image, 256 << 20, 0n);
  const refused = vm.load(bytecodeOf(source));
  const at = vm.exports.vm_gc_observe() >>> 0;
  assert.equal(refused ?? vm.evaluate(), undefined);
  // As assembly/gc-pauses.ts has it: 112 buckets, then pauses, full collections, live bytes.
  const [pauses, full, liveBytes] = new Uint32Array(vm.exports.memory.buffer, at, 115).subarray(112) as unknown as [number, number, number];
  assert.ok(full >= 2, `${full} full collections`);
  assert.ok(liveBytes > 4 << 20 && liveBytes < 64 << 20, `${liveBytes} bytes alive`);
  assert.ok(pauses > full * 10, `${full} full collections in ${pauses} pauses`);
});

test("memory of what died is used again, large cells and small ones", () => {
  const vm = new VmInstance(wasm);
  vm.resume(image, 64 << 20, 0n);
  const source = `
    for (var round = 0; round < 60; round++) {
      var kept = [];
      for (var i = 0; i < 20000; i++) kept.push({ i: i, tags: [i, "t" + i] });
      var bytes = new Uint8Array(1 << 20), text = "x".repeat(1 << 19) + round, map = new Map(kept.map(function (o) { return [o.i, o]; }));
    }`;
  assert.equal(vm.load(bytecodeOf(source)) ?? vm.evaluate(), undefined);
});

test("text is in memory once when it is made, and what it was made in is given back", () => {
  const heapBytes = (source: string) => {
    const vm = new VmInstance(wasm);
    vm.resume(image, 256 << 20, 0n);
    assert.equal(vm.load(bytecodeOf(source)) ?? vm.evaluate(), undefined);
    return vm.exports.memory.buffer.byteLength;
  };
  const base = "var piece = 'x'.repeat(1 << 12), list = []; for (var i = 0; i < 8192; i++) list.push(piece);";
  const grown = heapBytes(`${base} var text = list.join("");`) - heapBytes(base);
  // The text of 32 MiB, where it was made, with room to grow to half as much again.
  assert.ok(grown > 24 << 20 && grown < 52 << 20, `${grown} bytes`);
});

test("text does not outgrow the heap limit while it is made", () => {
  const vm = new VmInstance(wasm);
  vm.resume(image, 16 << 20, 0n);
  const source = `
    var piece = "x".repeat(1 << 20), list = [];
    for (var i = 0; i < 400; i++) list.push(piece);
    var caught = [];
    for (var f of [function () { return list.join(); }, function () { return JSON.stringify(list); }, function () { return "x".repeat(1 << 22).replace(/x/g, piece); }])
      try { f(); caught.push("no"); } catch (e) { caught.push(e.name); }
    if (caught.join() !== "RangeError,RangeError,RangeError") throw new Error(caught.join());
    if (list.slice(0, 3).join("").length !== 3 << 20) throw new Error("after it");`;
  assert.equal(vm.load(bytecodeOf(source)) ?? vm.evaluate(), undefined);
  assert.ok(vm.exports.memory.buffer.byteLength < 64 << 20, `${vm.exports.memory.buffer.byteLength} bytes`);
});

test("shapes that died with their objects leave room for new ones: objects do not become dictionaries", () => {
  const liveAfter = (rounds: number): number => {
    const source = `
      for (var round = 0; round < ${rounds}; round++) {
        JSON.parse('{"key' + round + '":1}');
        for (var i = 0; i < 200; i++) ({ i: i, list: [round] });
      }
      var text = "[" + new Array(20000).fill('{"first":1,"second":2}').join() + "]", kept = [];
      for (var i = 0; i < 5; i++) kept.push(JSON.parse(text));
      var more = []; for (var i = 0; i < 200000; i++) more = [more.length];`;
    const vm = new VmInstance(wasm);
    vm.resume(image, 256 << 20, 0n);
    const refused = vm.load(bytecodeOf(source));
    const at = vm.exports.vm_gc_observe() >>> 0;
    assert.equal(refused ?? vm.evaluate(), undefined);
    return new Uint32Array(vm.exports.memory.buffer, at, 115)[114]!;
  };
  const [few, many] = [liveAfter(1), liveAfter(600)] as const;
  assert.ok(many < few * 1.2, `${few} bytes alive, ${many} after 600 shapes came and went`);
});

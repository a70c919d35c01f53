/** Property keys: the image's table of strings is only read, later ones have one of their own (assembly/string.ts). */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { compile } from "@zerostart/compiler";
import { decodeImage, gcStresses, type MemoryImage, runBytecode, VmInstance } from "../src/index.ts";

const build = path.join(import.meta.dirname, "../build");
const wasm = new WebAssembly.Module(readFileSync(path.join(build, "vm.wasm")));
const image = decodeImage(readFileSync(path.join(build, "base.image")));

function bytecodeOf(source: string, sourceType: "script" | "module"): Uint8Array {
  const compiled = compile(source, { filename: "keys.js", sourceType });
  assert.ok(compiled.ok, compiled.ok ? "" : compiled.diagnostics[0]!.message);
  return compiled.bytecode;
}

/** The image of a handler whose top level has some thousand keys, so that its table is many pages. */
function imageWithKeys(): MemoryImage {
  const source = `const known = {}; for (let i = 0; i < 6000; i++) known["known" + i] = i;
    export const handler = (request) => {
      const count = Number(new URL(request.url).searchParams.get("keys")), made = {};
      for (let i = 0; i < count; i++) made["made" + i * 7919] = known["known" + i];
      return new Response(JSON.stringify(made));
    };`;
  const vm = new VmInstance(wasm);
  vm.resume(image, 64 << 20, 0n);
  assert.equal(vm.load(bytecodeOf(source, "module")) ?? vm.evaluate(), undefined);
  return vm.takeImage();
}
function resumed(from: MemoryImage): VmInstance {
  const vm = new VmInstance(wasm);
  vm.resume(from, 64 << 20, 0n);
  return vm;
}
async function answer(vm: VmInstance, keys: number): Promise<string> {
  const text = new TextDecoder().decode(await vm.exchange(new TextEncoder().encode(`GET /?keys=${keys} HTTP/1.1\r\nHost: x\r\n\r\n`)));
  return text.slice(text.indexOf("\r\n\r\n") + 4);
}
const expected = (keys: number) => JSON.stringify(Object.fromEntries(Array.from({ length: keys }, (_, i) => [`made${i * 7919}`, i])));

test("a start's new keys write to no page of the image's table", async () => {
  const from = imageWithKeys();
  const written = async (keys: number) => {
    const vm = resumed(from);
    assert.equal(await answer(vm, keys), expected(keys));
    const now = Buffer.from(vm.exports.memory.buffer);
    const pages = from.ranges.flatMap((range) =>
      Array.from({ length: range.bytes.length / 4096 }, (_, i) => ({ at: range.start + i * 4096, bytes: range.bytes.subarray(i * 4096, (i + 1) * 4096) })),
    );
    return pages.filter(({ at, bytes }) => now.compare(bytes, 0, 4096, at, at + 4096) !== 0).length;
  };
  const [few, many] = [await written(1), await written(120)];
  assert.ok(many <= few + 2, `${few} pages with one key, ${many} with 120`);
});

test("images on images: every key is found again, whichever table has it", async () => {
  let from = imageWithKeys();
  for (const keys of [10, 500, 3000]) {
    const vm = resumed(from);
    assert.equal(await answer(vm, keys), expected(keys));
    from = vm.takeImage();
  }
  const vm = resumed(from);
  assert.equal(await answer(vm, 6000), expected(6000));
  assert.equal(await answer(vm, 20), expected(20));
});

for (const gcStress of [undefined, ...gcStresses])
  test(`keys that die are made again, those of the image stay, ${gcStress ?? "without stress"}`, async () => {
    const source = `
      var kept = {}, seen = 0;
      for (var round = 0; round < 4; round++) {
        var dying = {};
        for (var i = 0; i < 400; i++) { dying["dying" + i] = i; if (i % 50 === round) kept["kept" + i] = i; }
        for (var i = 0; i < 400; i++) if (dying["dying" + i] === i) seen++;
        for (var name of ["to" + "String", "proto" + "type", "len" + "gth"]) if (name in function () {}) seen++;
        dying = null;
      }
      var names = Object.keys(kept);
      for (var name of names) if (kept[("x" + name).slice(1)] !== Number(name.slice(4))) throw new Error(name);
      console.log(seen, names.join());`;
    const { stdout, error } = await runBytecode(wasm, image, bytecodeOf(source, "script"), { gcStress, cpuMs: 300_000, waitMs: 60_000 });
    assert.equal(error, undefined);
    const names = [0, 1, 2, 3].flatMap((round) => Array.from({ length: 8 }, (_, i) => `kept${i * 50 + round}`));
    assert.equal(stdout.trim(), `${1600 + 12} ${names.join()}`);
  });

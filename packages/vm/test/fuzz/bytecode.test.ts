/** Mutated bytecode is refused, throws or runs within its limits; `npm run conformance -- --fuzz-bytecode N` runs more of it. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { compile } from "@zerostart/compiler";
import { decodeImage, runBytecode } from "../../src/index.ts";
import { BytecodeFuzzer } from "./bytecode.ts";

const built = path.join(import.meta.dirname, "../../build");
const module = new WebAssembly.Module(readFileSync(path.join(built, "vm.wasm")));
const image = decodeImage(readFileSync(path.join(built, "base.image")));

test("4000 mutants", () => {
  const fuzzer = new BytecodeFuzzer(module, image);
  const broken: string[] = [];
  for (let seed = 1; seed <= 4000; seed++) {
    try {
      fuzzer.run(seed);
    } catch (error) {
      broken.push(`seed ${seed}: ${(error as Error).message}`);
    }
  }
  fuzzer.finish();
  assert.deepEqual(broken, []);
  // Mutants that are all refused at the door would test nothing behind it.
  for (const fate of ["refused", "threw", "ran"] as const) assert.ok(fuzzer.fates[fate] > 400, `${fate}: ${fuzzer.fates[fate]}`);
});

test("code of the library's kind is refused", async () => {
  const compiled = compile("console.log($native.mathFloor); $setHook(0, 1);", { filename: "x.js", sourceType: "script", library: true });
  assert.ok(compiled.ok);
  const { error } = await runBytecode(module, image, compiled.bytecode);
  assert.match(error ?? "", /Malformed bytecode: library code/);
});

test("every backward jump looks at the clock", async (t) => {
  const loops = {
    undefined: "let x; do {} while (x === undefined);",
    "not undefined": "let x = 1; do {} while (x !== undefined);",
    nullish: "let x; while (x == null) {}",
    "not nullish": "let x = 1; while (x != null) {}",
    "for-of that never ends": "for (const x of { [Symbol.iterator]: () => ({ next: () => ({}) }) }) {}",
    "for-of over an array that grows": "const a = [1]; for (const x of a) a.length = (a.length % 1e9) + 1;",
    "generator without end": "function* g() { for (;;) yield; } for (const x of g()) {}",
    "finally that goes on": "for (;;) { try { throw 1; } catch {} finally { continue; } }",
    "labelled continue": "a: for (;;) { for (;;) continue a; }",
  };
  for (const [name, source] of Object.entries(loops))
    await t.test(name, async () => {
      const compiled = compile(source, { filename: "x.js", sourceType: "module" });
      assert.ok(compiled.ok);
      const { error } = await runBytecode(module, image, compiled.bytecode, { cpuMs: 100 });
      assert.match(error ?? "", /CPU limit exceeded/);
    });
});

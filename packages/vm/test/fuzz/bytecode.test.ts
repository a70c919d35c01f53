/** Mutated bytecode is refused, throws or runs within its limits; `npm run conformance -- --fuzz-bytecode N` runs more of it. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { decode, encode, instructionSize, opcodes } from "@zerostart/bytecode";
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

test("code of the library's kind is refused, whether the file says so, its functions do, or both", async () => {
  const options = { filename: "x.js", sourceType: "script" } as const;
  const library = compile("(function () { $setHook(0, 1); })(); console.log($native.mathFloor);", { ...options, library: true });
  const user = compile("(function () {})(); console.log(1);", options);
  assert.ok(library.ok && user.ok);
  /** The header's flags, which its checksum does not cover: 2 is LIBRARY. */
  const withFlags = (bytecode: Uint8Array, change: (flags: number) => number) => {
    const copy = bytecode.slice();
    copy[6] = change(copy[6]!);
    return copy;
  };
  const run = async (bytecode: Uint8Array) => (await runBytecode(module, image, bytecode)).error ?? "";
  assert.match(await run(library.bytecode), /Malformed bytecode: library code/);
  assert.match(await run(withFlags(user.bytecode, (flags) => flags | 2)), /Malformed bytecode: library code/);
  assert.match(await run(withFlags(library.bytecode, (flags) => flags & ~2)), /Malformed bytecode/);
  assert.equal(await run(user.bytecode), "");
});

/** A function whose frame is made as large as can be and that returns one of its registers after a call of the library, as no compiler writes it. */
function reading(body: string, register: number): Uint8Array {
  const compiled = compile(`function probe(given) { ${body}; return given; }\nconst found = probe();\nconsole.log(typeof found, found);`, {
    filename: "x.js",
    sourceType: "script",
  });
  assert.ok(compiled.ok);
  const file = decode(compiled.bytecode);
  const functions = file.functions.map((fn) => {
    if (file.strings[fn.name] !== "probe") return fn;
    const code = fn.code.slice();
    for (let at = 0; at < code.length; at += instructionSize(opcodes[code[at]!]!)) if (opcodes[code[at]!]!.name === "RET") code[at + 1] = register;
    return { ...fn, nregs: 255, code };
  });
  return encode({ ...file, functions });
}

test("what the library leaves in registers cannot be read", async () => {
  const calls = [
    "Object.groupBy([1, 2, 3], (x) => x)",
    "try { Array.from({ get length() { throw 1; } }); } catch {}",
    "new URL('http://a/').searchParams.append('a', 'b')",
    "(() => { try { structuredClone({ a: Symbol() }); } catch {} })()",
  ];
  for (const body of calls)
    for (let register = 16; register < 255; register += 7) {
      const { stdout, error } = await runBytecode(module, image, reading(body, register));
      assert.equal(error, undefined);
      assert.match(stdout, /^(undefined undefined|number 0)\n$/, `${body}, register ${register}`);
    }
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

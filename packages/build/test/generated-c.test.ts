/** The generated C means what the WebAssembly means, on every target that runs here. */
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import type { TargetTriple } from "@zerostart/protocol";
import { embed } from "../src/embed.ts";
import { loadEngine, makeEngine } from "../src/engine.ts";
import { rewriteGeneratedC, UnsupportedModuleError } from "../src/generated-c.ts";
import { threadLoops } from "../src/threaded-code.ts";
import { getStub, writeEngineC } from "../src/stub.ts";
import { type Compiler, findToolchain } from "../src/toolchain.ts";
import { VmInstance } from "@zerostart/vm/instance.ts";
import { startOrder, withStartOrder } from "@zerostart/vm/start-order.ts";
import { runToEnd } from "./helpers/server.ts";
import { compileAssemblyScript, nativeTarget, writeExecutable } from "./helpers/toy.ts";

const qemu = "/usr/bin/qemu-aarch64-static";
const targets: { target: TargetTriple; prefix: string[]; skip: string | false; compiler?: Compiler["name"] }[] = (await findToolchain()).compilers
  .filter((c) => c.targets.includes(nativeTarget) && c.name !== "cc")
  .map(({ name }) => ({ target: nativeTarget, prefix: [], skip: false, compiler: name }));
if (nativeTarget !== "aarch64-linux-musl")
  targets.push({ target: "aarch64-linux-musl", prefix: [qemu], skip: existsSync(qemu) ? false : "qemu-aarch64-static is not installed" });

for (const { target, prefix, skip, compiler } of targets) {
  test(`numeric and memory operations on ${target}, built by ${compiler ?? "zig"}, give what Node gives`, { skip }, async () => {
    const directory = await mkdtemp(join(tmpdir(), "zerostart-numerics-"));
    try {
      const wasm = await compileAssemblyScript(fileURLToPath(new URL("./fixtures/numerics-vm/numerics.ts", import.meta.url)), ["--initialMemory", "4"]);
      const engine = await makeEngine(wasm);
      const vm = new VmInstance(engine.module, { maxRecords: Infinity });
      vm.resume(engine.baseImage, 1 << 20, 0n);
      vm.evaluate();
      const expected = vm.records.map((r) => r.text);
      assert.ok(expected.length >= 1000);
      const bytes = embed({
        engine,
        stub: await getStub(engine, target, { compiler }),
        mode: "embedded",
        script: true,
        image: engine.baseImage,
        payload: new Uint8Array(8),
        name: "numerics",
      });
      const ended = await runToEnd([...prefix, await writeExecutable(directory, target, bytes)]);
      const lines = ended.stdout.split("\n").slice(0, -1);
      assert.equal(ended.code, 0, ended.stderr);
      assert.equal(lines.length, expected.length);
      for (const [i, line] of lines.entries()) assert.equal(line, expected[i], `record ${i}`);
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  });
}

test("the functions that a start runs come first, and nothing else changes", async () => {
  const { wasm } = await loadEngine();
  const order = startOrder(wasm);
  assert.ok(order.length > 100 && new Set(order).size === order.length);
  assert.deepEqual(startOrder(withStartOrder(wasm, [3, 1])), [3, 1]);
  assert.deepEqual(withStartOrder(withStartOrder(wasm, [3, 1]), order), wasm);
  const toy = await compileAssemblyScript(fileURLToPath(new URL("./fixtures/numerics-vm/numerics.ts", import.meta.url)), ["--initialMemory", "4"]);
  assert.deepEqual(startOrder(toy), []);

  const directory = await mkdtemp(join(tmpdir(), "zerostart-order-"));
  try {
    const wasm2c = (await findToolchain()).wasm2c!.path;
    const texts = async (module: Uint8Array) => {
      const names = await writeEngineC(await makeEngine(module), directory, wasm2c);
      return names.filter((name) => name !== "module-exports.c").map((name) => readFileSync(join(directory, name), "utf8"));
    };
    const definitions = (files: string[]) => files.flatMap((text) => [...text.matchAll(/^\w+ (w2c_\w+)\([^;]*\) \{$/gm)].map((m) => m[1]!));
    const before = definitions(await texts(toy));
    const [moved] = before.slice(-1);
    // Of those that are no inline functions, the places are not known from outside: one after the other is asked for until it is the last.
    for (let i = 0; ; i++) {
      assert.ok(i < 1000);
      const after = definitions(await texts(withStartOrder(toy, [i])));
      assert.deepEqual(after.toSorted(), before.toSorted());
      if (after[0] !== moved) continue;
      assert.deepEqual(after.slice(1), before.slice(0, -1));
      break;
    }
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
});

test("C that is not understood is refused, not guessed", () => {
  assert.throws(() => rewriteGeneratedC("int main(void) { return 0; }"), UnsupportedModuleError);
  assert.throws(() => rewriteGeneratedC("static u32 w2c_f0(Z_vm_instance_t* instance) {\n  table_grow(instance->w2c_T0);\n}\n"), UnsupportedModuleError);
});

test("an interpreter loop becomes threaded code, any other stays as it is", () => {
  const loop = (cases: number) =>
    [
      "  w2c_L0: ",
      "    w2c_i0 = w2c_l0;",
      "    w2c_i0 = i32_load8_u((u64)(w2c_i0));",
      "    switch (w2c_i0) {",
      ...Array.from({ length: cases }, (_, i) => `      case ${i}: goto w2c_B${i};`),
      "      default: goto w2c_B99;",
      "    }",
      "    w2c_B0:;",
      "    if (w2c_i0) {",
      "      goto w2c_L0;",
      "    }",
      "",
    ].join("\n");
  const threaded = threadLoops(loop(20));
  assert.doesNotMatch(threaded, /switch|goto w2c_L0/);
  assert.match(threaded, /if \(LIKELY\(w2c_i0\)\) \{\n.*i32_load8_u.*goto \*w2c_L0_targets\[w2c_i0\];\n/);
  assert.equal(threaded.match(/&&w2c_B\d+/g)?.length, 256);
  assert.equal(threadLoops(loop(15)), loop(15));
});

test("the engine's interpreter and its regular expressions run as threaded code", async () => {
  const directory = await mkdtemp(join(tmpdir(), "zerostart-threaded-"));
  try {
    const files = await writeEngineC(await loadEngine(), directory, (await findToolchain()).wasm2c!.path);
    const text = files.map((f) => readFileSync(join(directory, f), "utf8")).join("");
    assert.ok((text.match(/_targets\[256\] =/g) ?? []).length >= 1, "the interpreter's loop was not recognised: are two cases of its switch the same?");
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
});

/** The generated C means what the WebAssembly means, on every target that runs here. */
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import type { TargetTriple } from "@zerostart/protocol";
import { embed } from "../src/embed.ts";
import { makeEngine } from "../src/engine.ts";
import { rewriteGeneratedC, UnsupportedModuleError } from "../src/generated-c.ts";
import { getStub } from "../src/stub.ts";
import { VmInstance } from "@zerostart/vm/instance.ts";
import { runToEnd } from "./helpers/server.ts";
import { compileAssemblyScript, nativeTarget, writeExecutable } from "./helpers/toy.ts";

const qemu = "/usr/bin/qemu-aarch64-static";
const targets: { target: TargetTriple; prefix: string[]; skip: string | false }[] = [{ target: nativeTarget, prefix: [], skip: false }];
if (nativeTarget !== "aarch64-linux-musl")
  targets.push({ target: "aarch64-linux-musl", prefix: [qemu], skip: existsSync(qemu) ? false : "qemu-aarch64-static is not installed" });

for (const { target, prefix, skip } of targets) {
  test(`numeric and memory operations on ${target} give what Node gives`, { skip }, async () => {
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
        stub: await getStub(engine, target),
        kind: "embedded",
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

test("C that is not understood is refused, not guessed", () => {
  assert.throws(() => rewriteGeneratedC("int main(void) { return 0; }"), UnsupportedModuleError);
  assert.throws(() => rewriteGeneratedC("static u32 w2c_f0(Z_vm_instance_t* instance) {\n  table_grow(instance->w2c_T0);\n}\n"), UnsupportedModuleError);
});

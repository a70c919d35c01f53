/** Programs of test/natives/programs on the engine print what they print on Node. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { compile } from "@zerostart/compiler";
import { decodeImage, runBytecode } from "../../src/index.ts";

const build = path.join(import.meta.dirname, "../../build");
const programs = path.join(import.meta.dirname, "programs");
const wasm = new WebAssembly.Module(readFileSync(path.join(build, "vm.wasm")));
const image = decodeImage(readFileSync(path.join(build, "base.image")));

for (const file of readdirSync(programs).filter((name) => name.endsWith(".js"))) {
  test(file, async () => {
    const source = readFileSync(path.join(programs, file), "utf8");
    const compiled = compile(source, { filename: file, sourceType: "module" });
    assert.ok(compiled.ok, compiled.ok ? "" : compiled.diagnostics[0]!.message);
    const { stdout, error } = await runBytecode(wasm, image, compiled.bytecode);
    assert.equal(error, undefined);
    const expected = execFileSync(process.execPath, [path.join(programs, file)], {
      encoding: "utf8",
      maxBuffer: 1 << 28,
      env: { ...process.env, TZ: "UTC", NO_COLOR: "1" },
    });
    const [got, want] = [stdout.split("\n"), expected.split("\n")];
    for (let i = 0; i < want.length; i++) assert.equal(got[i], want[i], `line ${i + 1}`);
    assert.equal(got.length, want.length);
  });
}

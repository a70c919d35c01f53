/** Programs of test/web/programs on the engine print what they print on Node, lines of stack traces apart. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync, readdirSync } from "node:fs";
import path from "node:path";
import { before, test } from "node:test";
import { compile } from "@zerostart/compiler";
import { type MemoryImage, decodeImage, runBytecode } from "../../src/index.ts";

const build = path.join(import.meta.dirname, "../../build");
const programs = path.join(import.meta.dirname, "programs");
let wasm: WebAssembly.Module;
let image: MemoryImage;
before(() => {
  wasm = new WebAssembly.Module(readFileSync(path.join(build, "vm.wasm")));
  image = decodeImage(readFileSync(path.join(build, "base.image")));
});

/** The lines that a program prints, without those of stack traces. */
const lines = (output: string): string[] => output.split("\n").filter((line) => !/^ *at /.test(line));

for (const file of readdirSync(programs).sort())
  test(file, async () => {
    const source = readFileSync(path.join(programs, file), "utf8");
    const compiled = compile(source, { filename: file, sourceType: "module", keepSource: true });
    assert.ok(compiled.ok, compiled.ok ? "" : compiled.diagnostics[0]?.message);
    const { records, error } = await runBytecode(wasm, image, compiled.bytecode);
    assert.equal(error, undefined);
    const expected = execFileSync(process.execPath, ["--no-warnings", "--input-type=module", "-"], {
      input: source,
      encoding: "utf8",
      env: { ...process.env, TZ: "UTC", NO_COLOR: "1" },
    });
    assert.deepEqual(lines(records.map((r) => `${r.text}\n`).join("")), lines(expected));
  });

/** Disassembly of each construct, compared with golden/*.txt; `UPDATE_GOLDEN=1 node --test` (or `node golden.test.ts --update`) rewrites them. */
import assert from "node:assert/strict";
import { existsSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { extname, join } from "node:path";
import { test } from "node:test";
import { disassemble, verify } from "@zerostart/bytecode";
import { compile } from "../src/index.ts";

const directory = join(import.meta.dirname, "golden");
const update = process.argv.includes("--update") || process.env["UPDATE_GOLDEN"] === "1";

for (const file of readdirSync(directory).filter((name) => extname(name) !== ".txt")) {
  test(`golden ${file}`, () => {
    const source = readFileSync(join(directory, file), "utf8");
    const library = file === "library.ts";
    const result = compile(source, { filename: file, sourceType: extname(file) === ".js" ? "script" : "module", library });
    assert.ok(result.ok, result.ok ? "" : result.diagnostics.map((d) => `${d.message}\n${d.codeFrame}`).join("\n"));
    const verified = verify(result.bytecode);
    assert.ok(verified.ok, verified.ok ? "" : verified.message);
    const text = disassemble(result.bytecode, { source });
    const golden = join(directory, `${file}.txt`);
    if (update) writeFileSync(golden, text);
    else assert.ok(existsSync(golden), `${golden} is missing: run with --update`);
    // Ids of natives and hooks move when a table grows; they are not what the library golden is about.
    const normal = (dump: string): string => (library ? dump.replaceAll(/(INTRINSIC +r\d+, )\d+/g, "$1N").replaceAll(/(LOADI +r\d+, )\d+/g, "$1N") : dump);
    assert.equal(normal(text), normal(readFileSync(golden, "utf8")));
  });
}

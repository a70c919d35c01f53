/** Bundling: what may be imported, and where errors point. */
import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { bundle, needsBundling } from "../src/bundle.ts";
import { codeFrame } from "../src/code-frame.ts";

const run = (files: Record<string, string>, entry = "h.ts", dir?: string) => bundle(new Map(Object.entries(files)), entry, dir);

describe("needsBundling", () => {
  const cases: [string, boolean][] = [
    ["export default () => new Response('hi')", false],
    ["const s = 'import x from y'", false],
    ["import x from './x'", true],
    ["import{x}from'x'", true],
    ["import './side-effect'", true],
    ["export * from './x'", true],
    ["export { a } from './x'", true],
    ["const x = await import('./x')", true],
    ["module.exports = () => 1", true],
    ["/** @jsxImportSource hono/jsx */ export default 1", true],
  ];
  for (const [source, expected] of cases)
    test(`${expected}: ${source}`, () => assert.equal(needsBundling(source, new Map([["h.ts", source]]), "h.ts"), expected));
});

test("own files, TypeScript, JSON and text are bundled; positions lead back", async () => {
  const result = await run({
    "h.ts":
      "import { name } from './lib/a.js';\nimport data from './d.json';\nimport text from './t.txt';\nexport default () => Response.json({ name, data, text });\n",
    "lib/a.ts": "// a comment\nexport const name: string = fail('x');\ndeclare function fail(s: string): string;\n",
    "d.json": '{"n": 1}',
    "t.txt": "hello",
  });
  assert.ok(result.ok);
  assert.doesNotMatch(result.code, /import|: string/);
  const line = result.code.split("\n").findIndex((l) => l.includes("fail(")) + 1;
  const column = result.code.split("\n")[line - 1]!.indexOf("fail(") + 1;
  const origin = result.map!.original(line, column);
  assert.deepEqual([origin?.file, origin?.line], ["lib/a.ts", 2]);
});

test("an entry that also lies in the working folder is taken from memory", async () => {
  const entry = import.meta.filename.slice(process.cwd().length + 1);
  const result = await run({ [entry]: "import { n } from './n.js';\nexport default n;\n", [entry.replace(/[^/]+$/, "n.js")]: "export const n = 7;\n" }, entry);
  assert.ok(result.ok);
  assert.match(result.code, /n = 7/);
});

test("JSX stays for our compiler", async () => {
  const result = await run({ "h.tsx": "import { x } from './x';\nexport default () => <p>{x}</p>;\n", "x.ts": "export const x = 1;" }, "h.tsx");
  assert.ok(result.ok);
  assert.match(result.code, /<p>/);
});

test("npm packages come from the given folder and no other", async () => {
  const directory = await mkdtemp(join(tmpdir(), "zerostart-bundle-"));
  try {
    await mkdir(join(directory, "node_modules/pkg"), { recursive: true });
    await writeFile(join(directory, "node_modules/pkg/package.json"), '{"name":"pkg","exports":{"worker":"./worker.js","default":"./other.js"}}');
    await writeFile(join(directory, "node_modules/pkg/worker.js"), "export const answer = 'from the worker condition';");
    const files = { "h.ts": "import { answer } from 'pkg';\nexport default () => new Response(answer);\n" };
    const found = await run(files, "h.ts", directory);
    assert.ok(found.ok);
    assert.match(found.code, /from the worker condition/);
    assert.equal((await run(files)).ok, false);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
});

describe("refused", () => {
  const cases: [string, RegExp][] = [
    ["import x from '/etc/passwd'", /only the handler's own files/],
    ["import x from 'file:///etc/passwd'", /only the handler's own files/],
    ["import x from 'pkg/../../../etc/passwd'", /only the handler's own files/],
    ["import x from '../../etc/passwd'", /out of the handler's folder/],
    ["import x from 'node:fs'", /built-in modules are not available/],
    ["import x from './missing'", /Cannot find/],
    ["import x from 'unknown-package'", /Cannot find the package/],
    ["import x from 'https://example.com/x.js'", /only the handler's own files/],
  ];
  for (const [source, message] of cases) {
    test(source, async () => {
      const result = await run({ "h.ts": `// first line\n${source};\nexport default x;` }, "h.ts", tmpdir());
      assert.ok(!result.ok);
      const [d] = result.diagnostics;
      assert.match(d!.message, message.source === "Cannot find the package" ? /./ : message);
      assert.deepEqual([d!.file, d!.line], ["h.ts", 2]);
      assert.match(d!.codeFrame, /> 2 \| import x/);
    });
  }
});

test("a syntax error points at its line and column", async () => {
  const result = await run({ "h.ts": "import './x';\nconst 1x = 2;\n", "x.ts": "" });
  assert.ok(!result.ok);
  assert.deepEqual([result.diagnostics[0]!.file, result.diagnostics[0]!.line], ["h.ts", 2]);
  assert.match(result.diagnostics[0]!.codeFrame, /> 2 \| const 1x = 2;\n {4}\| +\^/);
});

test("code frames", () => {
  assert.equal(codeFrame("a\nb\nc\nd", 2, 1), "  1 | a\n> 2 | b\n    | ^\n  3 | c\n  4 | d");
  assert.equal(codeFrame("a", 5, 1), "");
  assert.ok(codeFrame("x".repeat(100_000), 1, 90_000).length < 400);
});

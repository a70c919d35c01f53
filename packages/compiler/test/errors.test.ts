/** Errors of the source: message, position and code frame; nothing is ever thrown at the caller. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { compile } from "../src/index.ts";
import type { CompileOptions, Diagnostic } from "../src/index.ts";

function errorOf(source: string, options: Partial<CompileOptions> = {}): Diagnostic {
  const result = compile(source, { filename: "t.js", sourceType: "module", ...options });
  assert.ok(!result.ok, "expected an error");
  assert.equal(result.diagnostics.length, 1);
  return result.diagnostics[0]!;
}

test("syntax error: position and code frame with context", () => {
  const d = errorOf("const a = 1;\nconst b = ;\nconst c = 3;\n");
  assert.equal(d.severity, "error");
  assert.equal(d.message, "Unexpected token");
  assert.equal(d.file, "t.js");
  assert.deepEqual([d.line, d.column], [2, 11]);
  assert.equal(d.codeFrame, ["  1 | const a = 1;", "> 2 | const b = ;", "    |           ^", "  3 | const c = 3;", "  4 |"].join("\n"));
});

const cases: [name: string, source: string, message: RegExp, options?: Partial<CompileOptions>][] = [
  ["with", "with (a) b;", /'with' is not supported/, { sourceType: "script" }],
  ["with in strict code", "with (a) b;", /'with' in strict mode/],
  ["invalid regular expression", "/(/", /Invalid regular expression/],
  ["undeclared private name", "class A { m() { this.#x } }", /Private field '#x' must be declared/],
  ["duplicate declaration", "let a; let a;", /already been declared/],
  ["using", "using x = y;", /'using' declarations are not supported/],
  ["undefined export", "export { nothing };", /Export 'nothing' is not defined/],
  ["import attributes", "import a from 'a' with { type: 'css' };", /Only the import attribute type: "json" is supported/],
  ["await in a script", "await 1;", /Unexpected token|await/i, { sourceType: "script" }],
  ["decorators", "@dec class A {}", /Decorators are not supported/, { filename: "t.ts" }],
  ["auto-accessors", "class A { accessor x = 1 }", /Auto-accessors are not supported/, { filename: "t.ts" }],
  ["export =", "export = 1;", /'export =' is not supported/, { filename: "t.ts" }],
  ["import = require", "import a = require('a');", /'import = require\(\)' is not supported/, { filename: "t.ts" }],
  ["types in JavaScript", "const a: number = 1;", /Unexpected token/],
  ["unclosed JSX", "const a = <b>;", /Unterminated JSX contents|Unexpected token/, { filename: "t.jsx" }],
  ["too many parameters", `function f(${Array.from({ length: 300 }, (_, i) => `p${i}`).join()}) {}`, /at most 200 parameters/],
  ["unknown native", "$noSuchNative(1);", /Unknown native '\$noSuchNative'/, { library: true }],
  ["too few arguments of a native", "$sameValue(1);", /'\$sameValue' takes a, b/, { library: true }],
  ["unknown hook", "$hook.NOPE;", /'\$hook' has no 'NOPE'/, { library: true }],
];
for (const [name, source, message, options] of cases) {
  test(`error: ${name}`, () => {
    const d = errorOf(source, options);
    assert.match(d.message, message);
    assert.match(d.codeFrame, /\^/);
  });
}

test("a long line is cut around the error", () => {
  const d = errorOf(`${"x;".repeat(5000)}const = 1;`);
  assert.ok(d.codeFrame.length < 500);
  assert.match(d.codeFrame, /const = 1;/);
});

test("CRLF, U+2028 and tabs count as they do in an editor", () => {
  assert.deepEqual([errorOf("a;\r\n\tb b").line, errorOf("a;\r\n\tb b").column], [2, 4]);
  assert.equal(errorOf("a;\u2028b b").line, 2);
});

test("nesting that the parser cannot take is a clear error", () => {
  const d = errorOf(`${"[".repeat(200_000)}${"]".repeat(200_000)}`);
  assert.match(d.message, /nested too deeply/);
  assert.ok(!compile(`x = ${"f(".repeat(50_000)}${")".repeat(50_000)}`, { filename: "t.js", sourceType: "script" }).ok);
});

test("hostile text gives an error or bytecode, never a throw", () => {
  for (const source of [
    "\0",
    "\ud800",
    "`${",
    "/*",
    "'\n'",
    "\u{10ffff}",
    "}",
    "#!",
    "#!x\n1",
    "<!-- x",
    "--> x",
    "\\u0061 = 1",
    "0".repeat(10_000),
    "9".repeat(400) + "n",
  ]) {
    for (const filename of ["a.js", "a.ts", "a.tsx", "a.jsx"]) compile(source, { filename, sourceType: "script" });
  }
});

/** Sizes that real generated code reaches: all of it compiles to a file that the verifier takes. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { verify } from "@zerostart/bytecode";
import { compile } from "../src/index.ts";

function compiles(source: string, filename = "t.js"): Uint8Array {
  const result = compile(source, { filename, sourceType: "module" });
  assert.ok(result.ok, result.ok ? "" : result.diagnostics[0]!.message);
  const verified = verify(result.bytecode);
  assert.ok(verified.ok, verified.ok ? "" : verified.message);
  return result.bytecode;
}
const repeat = (n: number, make: (i: number) => string, separator = ""): string => Array.from({ length: n }, (_, i) => make(i)).join(separator);

test("5,000 terms in a sum, of strings and of conditions", () => {
  compiles(`let a = 1; a = ${repeat(5000, () => "a", " + ")};`);
  compiles(`let a = 1; a = ${repeat(5000, (i) => `a.b${i}`, " + ")};`, "t.ts");
  compiles(`let a = ""; a = ${repeat(5000, (i) => `"x${i}" + a`, " + ")};`);
  compiles(`let a = 1; if (${repeat(3000, (i) => `a == ${i}`, " || ")}) a = ${repeat(3000, () => "a", " && ")};`);
});
test("400 nested parentheses, 600 nested arrays and calls", () => {
  compiles(`let a = ${"(".repeat(400)}1${")".repeat(400)};`);
  compiles(`let a = ${"[".repeat(600)}1${"]".repeat(600)};`);
  compiles(`let a = ${"f(".repeat(600)}1${")".repeat(600)};`);
});
test("1,000 calls in a chain", () => {
  compiles(`let a = x${".then(y)".repeat(1000)};`);
});
test("500 else-ifs, 2,000 cases", () => {
  compiles(`let a = f(); ${repeat(500, (i) => `if (a.x == ${i}) f(${i});`, " else ")}`);
  compiles(`let a = f(); ${repeat(2000, (i) => `if (a === ${i}) f(${i});`, " else ")}`);
  compiles(`switch (f()) { ${repeat(2000, (i) => `case ${i}: f(${i}); break;`)} }`);
});
test("more variables than registers", () => {
  compiles(`function f() { ${repeat(400, (i) => `let v${i} = g(${i});`)} return [${repeat(400, (i) => `v${i}`, ",")}]; } f();`);
  compiles(repeat(1000, (i) => `const v${i} = g(${i}); v${i}.x();`));
  compiles(`function f() { ${repeat(300, (i) => `{ let v${i} = g(${i}); `)} ${"}".repeat(300)} } f();`);
});
test("300 arguments and elements, 300 properties", () => {
  compiles(`f(${repeat(300, (i) => `a${i}`, ",")}); new f(${repeat(300, (i) => `a${i}`, ",")}); f\`${repeat(300, (i) => `\${a${i}}`)}\``);
  compiles(`x = {${repeat(300, (i) => `p${i}: f(${i})`, ",")}};`);
  compiles(`x = [${repeat(60_000, (i) => String(i), ",")}];`);
});
test("a function of more than 32 kB of code has far jumps", () => {
  const body = repeat(6000, (i) => `g(${i});`);
  compiles(
    `for (let i = 0; i < 3; i++) { if (f(i)) continue; if (f(i + 1)) break; try { ${body} } finally { ${body} } while (f()) { ${body} } switch (i) { case 1: case 2: case 3: case 4: ${body} } }`,
  );
});
test("deep nesting of functions, blocks and classes", () => {
  compiles(`${"(() => { let x = 1; ".repeat(100)}x${" })();".repeat(100)}`);
  compiles(`let x; ${"{ let y = x; f(() => y); ".repeat(300)}${"}".repeat(300)}`);
  compiles(`${"class A { m() { ".repeat(50)}${"} }".repeat(50)}`);
});

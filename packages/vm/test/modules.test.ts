/** Several modules in one realm: linking, cycles, top-level await, import(). */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { compile } from "@zerostart/compiler";
import { decodeImage, VmInstance } from "../src/index.ts";

const built = path.join(import.meta.dirname, "../build");
const wasm = new WebAssembly.Module(readFileSync(path.join(built, "vm.wasm")));
const image = decodeImage(readFileSync(path.join(built, "base.image")));

/** Runs the last file after loading the others: what it prints, one line each, and its error. */
function run(files: Readonly<Record<string, string>>): string[] {
  const vm = new VmInstance(wasm);
  vm.resume(image, 64 << 20, 5_000_000_000n);
  let error: string | undefined;
  for (const [filename, source] of Object.entries(files)) {
    const compiled = compile(source, { filename, sourceType: "module" });
    assert.ok(compiled.ok, compiled.ok ? "" : compiled.diagnostics[0]!.message);
    error ??= vm.load(compiled.bytecode);
  }
  error ??= vm.evaluate();
  while (error === undefined && vm.poll() >= 0n);
  return [...vm.records.map(({ text }) => text), ...(error === undefined ? [] : [error.split("\n")[0]!])];
}

test("bindings are live, names are passed on and renamed", () => {
  assert.deepEqual(
    run({
      "lib/count.js": "export let n = 0; export const add = () => { n++; }; export default class { static name2 = 'C'; }",
      "lib/index.js": "export * from './count.js'; export { add as more, default as Count } from './count.js'; export * as all from './count.js';",
      "main.js":
        "import { n, more, Count, all } from './lib/index.js'; import * as ns from './lib/index.js'; more(); console.log(n, Count.name2, all.n, Object.keys(ns).join(), Object.prototype.toString.call(ns));",
    }),
    ["1 C 1 Count,add,all,more,n [object Module]"],
  );
});
test("a cycle calls functions of a module that was not evaluated yet", () => {
  assert.deepEqual(
    run({
      "a.js": "import { twice, later } from './b.js'; export function half(x) { return x / 2; } export const late = 1; console.log('a', twice(4), later);",
      "b.js":
        "import { half, late } from './a.js'; export const twice = (x) => half(x) * 4; export var later = half(6); try { late; } catch (e) { console.log(e.name); } console.log('b');",
      "main.js": "import './a.js'; console.log('main');",
    }),
    ["ReferenceError", "b", "a 8 3", "main"],
  );
});
test("what waits holds up only those who need it", () => {
  assert.deepEqual(
    run({
      "slow.js": "console.log('slow begins'); await new Promise((done) => setTimeout(done, 2)); export const value = 7; console.log('slow ends');",
      "quick.js": "console.log('quick');",
      "user.js": "import { value } from './slow.js'; console.log('user', value);",
      "main.js": "import './user.js'; import './quick.js'; console.log('main');",
    }),
    ["slow begins", "quick", "slow ends", "user 7", "main"],
  );
});
test("import() gives the namespace, and an error every time", () => {
  assert.deepEqual(
    run({
      "bad.js": "console.log('bad runs'); throw new RangeError('broken');",
      "names.js": "export { nothing } from './good.js';",
      "good.js": "export const x = 1; export { x as then2 };",
      "main.js": `const outcome = (name) => import(name).then((ns) => Object.keys(ns).join(), (e) => e.name + ": " + e.message);
        console.log(await outcome("./good.js"), "|", await outcome("./bad.js"), "|", await outcome("./bad.js"));
        console.log(await outcome("./names.js")); console.log(await outcome("./nowhere.js"));
        console.log((await import("./good.js")) === (await import("./good.js")));`,
    }),
    [
      "bad runs",
      "then2,x | RangeError: broken | RangeError: broken",
      "SyntaxError: The requested module 'good.js' does not provide an export named 'nothing'",
      "TypeError: Cannot find module './nowhere.js'",
      "true",
    ],
  );
});
test("star exports in circles end", () => {
  const star = (...names: string[]) => names.map((name) => `export * from './${name}.js';`).join(" ");
  const files = Object.fromEntries(
    Array.from({ length: 12 }, (_, i) => [`m${i}.js`, star(...Array.from({ length: 12 }, (_, j) => `m${j}`)) + `export const x${i} = ${i};`]),
  );
  assert.deepEqual(
    run({ ...files, "main.js": "import * as all from './m0.js'; console.log(Object.keys(all).length, all.x7); import { nothing } from './m3.js';" }),
    ["SyntaxError: The requested module 'm3.js' does not provide an export named 'nothing'"],
  );
  assert.deepEqual(run({ ...files, "main.js": "import * as all from './m0.js'; console.log(Object.keys(all).length, all.x7);" }), ["12 7"]);
});

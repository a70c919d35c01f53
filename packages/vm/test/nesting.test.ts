/** Expressions nested deeper than there are registers: what is pending waits in memory, and the result is Node's. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import vm from "node:vm";
import { compile } from "@zerostart/compiler";
import { decodeImage, runBytecode } from "../src/index.ts";

const built = path.join(import.meta.dirname, "../build");
const module = new WebAssembly.Module(readFileSync(path.join(built, "vm.wasm")));
const image = decodeImage(readFileSync(path.join(built, "base.image")));

/** wrap(wrap(... leaf ..., 2), 1) */
function nest(depth: number, wrap: (inner: string, level: number) => string, leaf: string): string {
  let text = leaf;
  for (let level = depth; level > 0; level--) text = wrap(text, level);
  return text;
}
const add = (inner: string, level: number) => `add(${level}, ${inner})`;

const programs: Readonly<Record<string, string>> = {
  calls: `show(${nest(200, add, "0")});`,
  elements: `show(${nest(60, (s, i) => `tag("a", { id: ${i}, more: [${i}, ${i} + 1] }, "x", ${s}, "y")`, '"leaf"')});`,
  literals: `show(JSON.stringify(${nest(70, (s, i) => `{ k: ${i}, a: [${i}, ${s}, "t"], z: ${i} }`, "null")}));`,
  operators: `let total = 1; show(${nest(150, (s, i) => `(total + (total += ${i}) * ${i % 3} + ${s})`, "total")}, total);`,
  "array pattern": `const [first = ${nest(90, add, "0")}, second = 5] = [undefined, 7]; show(first, second);`,
  "closing an iterator": `for (const x of [1, 2]) {
    const source = { [Symbol.iterator]: () => ({ next: () => ({ done: false }), return: () => (show("closed"), {}) }) };
    try { const [y = ${nest(70, (s) => `add(x, ${s})`, "nothing")}] = source; } catch (e) { show(e.name); }
  }`,
  new: `class Node { constructor(...of) { this.of = of; } get size() { return this.of.reduce((n, x) => n + (x instanceof Node ? x.size : 1), 0); } }
    show((${nest(80, (s, i) => `new Node(${i}, ${s}, "${i}")`, "0")}).size);`,
  classes: `show(new (${nest(25, (s, i) => `class C${i} extends add2(${i}, C${i} => C${i}, ${s}) { [add("m", ${i})]() { return C${i}.name; } }`, "Object")})().m1());`,
  yield: `function* walk() { return ${nest(70, (s, i) => (i % 10 === 0 ? `add(${i}, yield ${s})` : add(s, i)), "0")}; }
    const seen = []; const w = walk(); let r = w.next(); while (!r.done) { seen.push(r.value); r = w.next(r.value * 2); } show(seen.join(), r.value);`,
  await: `(async () => show(${nest(70, (s, i) => (i % 9 === 0 ? `add(${i}, await ${s})` : add(s, i)), "0")}))();`,
  exceptions: `try { show(${nest(90, (s, i) => (i === 50 ? `add(${i}, ((x) => { throw new RangeError("inside " + x); })(${s}))` : add(s, i)), "0")}); } catch (e) { show(e.message); }`,
  "optional chains": `const o = { f(...a) { return a.length > 1 ? a[0] + a[1] : this; }, n: null }; show(${nest(70, (s, i) => `o?.f(${i}, ${s})`, "o.n?.x ?? 3")});`,
  templates: `show(\`${nest(60, (s, i) => `${i}\${add("<", \`${s}\`)}`, "end")}\`);`,
  "many arguments": `const a = ${Array.from({ length: 180 }, (_, i) => `p${i}`).join(" = ")} = 1; var ${Array.from({ length: 180 }, (_, i) => `p${i}`).join()};
    show((function f(${Array.from({ length: 150 }, (_, i) => `q${i}`).join()}) { return add(1, count(${Array.from({ length: 99 }, (_, i) => `q${i}`).join()}, add(q1, q2))); })(1, 2, 3));`,
};
const prelude = `const add = (a, b) => a + b, add2 = (i, f, x) => x, count = (...all) => all.length;
const tag = (type, props, ...children) => "<" + type + (props ? " id=" + props.id : "") + ">" + children.join("") + "</" + type + ">";
const show = (...values) => console.log(values.join(" "));\n`;

for (const [name, program] of Object.entries(programs))
  test(`deeply nested: ${name}`, async () => {
    const source = prelude + program;
    let expected = "";
    vm.runInNewContext(source, { console: { log: (text: string) => (expected += `${text}\n`) } }, { microtaskMode: "afterEvaluate" });
    const compiled = compile(source, { filename: "nested.js", sourceType: "script" });
    assert.ok(compiled.ok, compiled.ok ? "" : compiled.diagnostics[0]!.message);
    const { stdout, error } = await runBytecode(module, image, compiled.bytecode);
    assert.equal(error, undefined);
    assert.equal(stdout, expected);
  });

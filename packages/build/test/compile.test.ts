/** compileHandler: from files to bytecode, and where its diagnostics point. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { decode } from "@zerostart/bytecode";
import { compileSource } from "@zerostart/compiler/compile.ts";
import { originsOf } from "@zerostart/compiler/origins.ts";
import { VmInstance } from "@zerostart/vm/instance.ts";
import { sourcePayload } from "../src/artifact.ts";
import { loadEngine } from "../src/engine.ts";
import { buildArtifact, BuildError, compileHandler, disassembleBytecode } from "../src/index.ts";
import { toyEngine } from "./helpers/toy.ts";

const compile = (files: Record<string, string | Uint8Array>, entry = Object.keys(files)[0]!) => compileHandler({ files, entry });

test("a handler without imports is compiled as it is; same source, same bytes", async () => {
  const source = "export default (request: Request) => Response.json({ ok: true });\n";
  const first = await compile({ "h.ts": source });
  assert.ok(first.ok, JSON.stringify(first.diagnostics));
  assert.equal(first.bundledSource, source);
  assert.ok(first.sections!.length > 3);
  assert.equal(first.bytecodeBytes, first.bytecode!.length);
  assert.equal(Buffer.compare(first.bytecode!, (await compile({ "h.ts": source })).bytecode!), 0);
  assert.match(disassembleBytecode(first.bytecode!), /export "default"/);
});

test("imports are bundled; TSX works across files", async () => {
  const result = await compile({
    "h.tsx": "import { Page } from './page';\nexport default () => Response.html(<Page title=\"a\" />);\n",
    "page.tsx": "export const Page = ({ title }: { title: string }) => <h1>{title}</h1>;\n",
  });
  assert.ok(result.ok, JSON.stringify(result.diagnostics));
});

test("a syntax error has its place and a code frame", async () => {
  const result = await compile({ "h.ts": "const a = 1;\nconst b = = 2;\n" });
  assert.equal(result.ok, false);
  const [d] = result.diagnostics;
  assert.deepEqual([d!.severity, d!.file, d!.line, d!.column], ["error", "h.ts", 2, 11]);
  assert.match(d!.codeFrame, /const b = = 2;[\s\S]*\^/);
});

test("what cannot be a handler is a diagnostic, never an exception", async () => {
  const cases: [Record<string, string | Uint8Array>, string, RegExp][] = [
    [{}, "h.ts", /not among the files/],
    [{ "h.ts": new Uint8Array([0, 1, 2, 0xff]) }, "h.ts", /not a text file/],
    [{ "h.ts": "x".repeat(33 << 20) }, "h.ts", /larger than 32 MiB/],
    [{ "h.ts": "((".repeat(100_000) }, "h.ts", /./],
    [{ "../../etc/passwd": "a b" }, "../../etc/passwd", /./],
  ];
  for (const [files, entry, message] of cases) {
    const result = await compile(files, entry);
    assert.equal(result.ok, false);
    assert.match(result.diagnostics[0]!.message, message);
  }
});

test("builds that cannot be done say why", async () => {
  const engine = await toyEngine();
  const compiled = {
    ok: true,
    diagnostics: [],
    bytecode: new TextEncoder().encode("TOY1throw Error: no"),
    bundledSource: "throw Error: no",
    sourceBytes: 1,
    bytecodeBytes: 1,
  };
  const build = (more: Partial<Parameters<typeof buildArtifact>[0]>) =>
    // The toy's bytecode says nothing of what it uses.
    buildArtifact({ compiled, name: "h", mode: "snapshot", target: "x86_64-linux-musl", engine, tls: false, ...more });
  await assert.rejects(
    build({}),
    (error: BuildError) => error instanceof BuildError && /top level failed: Error: no/.test(error.message) && error.diagnostics.length === 1,
  );
  await assert.rejects(build({ mode: "other" as "clone" }), /Launch mode other is not known/);
  await assert.rejects(build({ target: "sparc-solaris" as "wasm32" }), /Target sparc-solaris is not known/);
  const ends = new TextEncoder().encode("TOY1ok");
  await assert.rejects(build({ compiled: { ...compiled, bytecode: ends }, mode: "clone", target: "wasm32" }), /forks processes/);
  await assert.rejects(build({ mode: "prefork", target: "x86_64-windows" }), /prefork forks processes, which Windows x86-64 cannot do/);
  await assert.rejects(build({ kind: "script" }), /A script has no snapshot/);
  await assert.rejects(build({ compiled: await compile({ "h.ts": "1 +" }) }), /does not compile/);
  await assert.rejects(build({ mode: "source", engine: { ...engine, sourceImage: undefined } }), /without the compiler/);
  const log: string[] = [];
  const artifact = await build({ mode: "embedded", onLog: (line) => log.push(line) });
  assert.deepEqual([artifact.executor, artifact.mode, artifact.dynamicDependencies, artifact.sizeBytes], ["native", "embedded", [], artifact.bytes.length]);
  assert.match(log.join("\n"), /Built h for x86_64-linux-musl/);
});

test("the line tables of a bundle name the original files", async () => {
  const result = await compile({
    "src/h.ts": "import { fail } from './lib/fail';\n\nexport default () => {\n  return fail(1 as number);\n};\n",
    "src/lib/fail.ts":
      "interface Options {\n  a: number;\n}\n\nexport function fail(n: number, _o?: Options): never {\n  throw new RangeError(`no ${n}`);\n}\n",
  });
  assert.ok(result.ok, JSON.stringify(result.diagnostics));
  const decoded = decode(result.bytecode!);
  const places = decoded.functions.flatMap((f) => f.lines.map(({ file, line }) => `${decoded.strings[file]}:${line}`));
  assert.ok(places.includes("src/lib/fail.ts:6"), places.join(" "));
  assert.ok(places.includes("src/h.ts:4"), places.join(" "));
});

test("what the compiler inside an artifact is told of a bundle gives the same line tables", async () => {
  const result = await compile({
    "src/h.ts": "import { fail } from './lib/fail';\n\nexport default () => {\n  return fail(1 as number);\n};\n",
    "src/lib/fail.ts": "export function fail(n: number): never {\n  const text = `no ${n}`;\n  throw new RangeError(text.trim());\n}\n",
  });
  assert.ok(result.ok, JSON.stringify(result.diagnostics));
  const again = compileSource(result.bundledSource!, { filename: result.bundledName!, sourceType: "module", origin: originsOf(result.originMap!()) });
  assert.deepEqual(again.ok && again.bytecode, result.bytecode);
});

test("stack traces of a bundle that is compiled at its start name the original files", async () => {
  const compiled = await compile({
    "src/h.ts": "import { fail } from './lib/fail';\n\nfail(1 as number);\n",
    "src/lib/fail.ts": "export function fail(n: number): never {\n  const text: string = `no ${n}`;\n  throw new RangeError(text);\n}\n",
  });
  const engine = await loadEngine();
  const vm = new VmInstance(engine.module);
  vm.resume(engine.sourceImage!, 64 << 20, 0n);
  assert.equal(vm.compile(sourcePayload(compiled, "h")), undefined);
  assert.match(vm.evaluate()!, /RangeError: no 1\n\s+at fail \(src\/lib\/fail\.ts:3:9\)\n\s+at src\/h\.ts:3:1/);
});

/**
 * Runs test262 on the engine and prints what fails.
 *
 *   node packages/vm/scripts/test262.ts <checkout of github.com/tc39/test262> built-ins/Array language/expressions ... [--list] [--filter text]
 *
 * Left out, because the engine leaves them out by design: tests that generate code at run time (eval, Function), further realms, shared
 * memory, Intl, and proposals that are not in ES2025. Module tests need several files and are run elsewhere.
 */
import { readdirSync, readFileSync, statSync } from "node:fs";
import path from "node:path";
import { compile } from "@zerostart/compiler";
import { decodeImage, runBytecode } from "../src/index.ts";

const leftOut = new Set([
  "cross-realm", "SharedArrayBuffer", "Atomics", "Atomics.pause", "Atomics.waitAsync", "Temporal", "ShadowRealm", "tail-call-optimization", "IsHTMLDDA", "decorators",
  "source-phase-imports", "import-defer", "explicit-resource-management", "json-parse-with-source", "uint8array-base64", "upsert", "Math.sumPrecise", "joint-iteration",
  "immutable-arraybuffer", "legacy-regexp", "nonextensible-applies-to-private", "await-dictionary", "error-stack-accessor", "import-text", "import-bytes", "canonical-tz",
]);
const codeGeneration = /\beval\s*\(|\bnew Function\b|[^.\w]Function\s*\(|\bGeneratorFunction\s*\(|AsyncFunction\s*\(|evalScript|createRealm/;
const prelude = `
globalThis.print = console.log;
globalThis.$262 = { global: globalThis, gc() {}, detachArrayBuffer(buffer) { buffer.transfer(); } };
`;

const [checkout, ...rest] = process.argv.slice(2);
if (checkout === undefined || rest.length === 0) {
  console.error("usage: test262.ts <checkout> <directory or file under test/>... [--list] [--filter text]");
  process.exit(2);
}
const list = rest.includes("--list");
const filter = rest.includes("--filter") ? rest[rest.indexOf("--filter") + 1] : undefined;
const targets = rest.filter((a) => !a.startsWith("--") && a !== filter);

const build = process.env["ENGINE_BUILD"] ?? path.join(import.meta.dirname, "../build");
const wasm = new WebAssembly.Module(readFileSync(path.join(build, "vm.wasm")));
const image = decodeImage(readFileSync(path.join(build, "base.image")));
const harness = new Map<string, string>();
function harnessFile(name: string): string {
  let text = harness.get(name);
  if (text === undefined) harness.set(name, (text = readFileSync(path.join(checkout!, "harness", name), "utf8")));
  return text;
}

function* files(at: string): Generator<string> {
  if (statSync(at).isFile()) yield at;
  else
    for (const entry of readdirSync(at).sort()) {
      const child = path.join(at, entry);
      if (statSync(child).isDirectory()) yield* files(child);
      else if (entry.endsWith(".js") && !entry.includes("_FIXTURE")) yield child;
    }
}

/** A list of the test's front matter, in either of YAML's notations. */
function metaList(meta: string, key: string): string[] {
  const match = new RegExp(`^${key}:\\s*(?:\\[([^\\]]*)\\]|((?:\\n\\s*- .*)+))`, "m").exec(meta);
  return match ? (match[1] ?? match[2]!.replaceAll(/\n\s*- /g, ",")).split(",").map((s) => s.trim()).filter((s) => s !== "") : [];
}

/** undefined: passed; "skip": left out; else what went wrong. */
async function runTest(file: string): Promise<string | undefined> {
  const source = readFileSync(file, "utf8");
  const meta = /\/\*---([\s\S]*?)---\*\//.exec(source)?.[1] ?? "";
  const flags = metaList(meta, "flags");
  if (flags.includes("module") || metaList(meta, "features").some((f) => leftOut.has(f)) || codeGeneration.test(source)) return "skip";
  const negative = /^negative:/m.test(meta) ? (/phase:\s*(\w+)/.exec(meta)?.[1] ?? "runtime") : undefined;
  const isAsync = flags.includes("async");
  const includes = flags.includes("raw") ? [] : ["assert.js", "sta.js", ...(isAsync ? ["doneprintHandle.js"] : []), ...metaList(meta, "includes")];
  const strict = flags.includes("onlyStrict");
  const text = flags.includes("raw") ? source : `${strict ? '"use strict";' : ""}${prelude}${includes.map(harnessFile).join("\n")}\n${source}`;
  // A syntax error must be the test's own, so it is compiled alone as well.
  if (negative === "parse" || negative === "early") {
    const alone = compile((strict ? '"use strict";\n' : "") + source, { filename: file, sourceType: "script" });
    return alone.ok ? "compiled, but a SyntaxError was due" : undefined;
  }
  const compiled = compile(text, { filename: path.basename(file), sourceType: "script" });
  if (!compiled.ok) return `does not compile: ${compiled.diagnostics[0]?.message}`;
  const { error, stdout } = await runBytecode(wasm, image, compiled.bytecode, { heapBytes: 512 << 20, cpuMs: 10_000, waitMs: 2000 });
  if (negative !== undefined) return error === undefined ? "an error was due" : undefined;
  if (error !== undefined) return error;
  if (!isAsync) return undefined;
  return stdout.includes("Test262:AsyncTestComplete") ? undefined : stdout.trim() === "" ? "never called $DONE" : stdout.trim();
}

let passed = 0, skipped = 0, failed = 0;
for (const target of targets)
  for (const file of files(path.join(checkout, "test", target))) {
    if (filter !== undefined && !file.includes(filter)) continue;
    let result: string | undefined;
    try {
      result = await runTest(file);
    } catch (error) {
      result = `HOST: ${(error as Error).stack}`;
    }
    if (result === undefined) passed++;
    else if (result === "skip") skipped++;
    else {
      failed++;
      console.log(`${path.relative(path.join(checkout, "test"), file)}\n    ${result.split("\n").slice(0, 3).join("\n    ").slice(0, 400)}`);
    }
    if (list && result === undefined) console.log(`ok ${path.relative(path.join(checkout, "test"), file)}`);
  }
console.log(`passed ${passed}, failed ${failed}, left out ${skipped}`);
process.exitCode = failed > 0 ? 1 : 0;

/** Runs test262 tests, one after the other, each in a fresh realm restored from an image that holds the harness files it includes. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { parentPort, workerData } from "node:worker_threads";
import { compile } from "@zerostart/compiler";
import { decodeImage, gcStresses, type MemoryImage, type VmInstance } from "../../src/index.ts";
import type { Outcome } from "./pool.ts";
import { Realms } from "./realms.ts";
import { codeOf, type Metadata, NO_DYNAMIC_CODE, outOfScope, parseMetadata } from "./scope.ts";

export interface WorkerInput {
  readonly directory: string;
  readonly wasm: Uint8Array;
  readonly image: Uint8Array;
}

const { directory, wasm, image } = workerData as WorkerInput;
const module = new WebAssembly.Module(wasm as Uint8Array<ArrayBuffer>);
const base = decodeImage(image);
/** `ZEROSTART_GC_STRESS=young`, `all` or `slices`: with a collection and a check of the heap at every safe point. */
const gcStress = gcStresses.find((how) => how === process.env["ZEROSTART_GC_STRESS"]);
const realms = new Realms(module, { heapBytes: 256 << 20, cpuNs: gcStress ? 600_000_000_000n : 60_000_000_000n });

const host = `
globalThis.print = function print(text) { console.log(String(text)); };
globalThis.$262 = {
  global: globalThis,
  gc() { throw new Test262Error("gc is not exposed"); },
  detachArrayBuffer(buffer) { if (!buffer.detached) buffer.transfer(); },
};
`;

/** The harness without what it makes of text, which we do not do: the same said in plain code. */
const harnessText = (file: string): string =>
  readFileSync(path.join(directory, "harness", file), "utf8")
    .replace(/subClass\('(\w+)'\)/g, "(class My$1 extends $1 {})")
    .replace('Function("return this;")()', "globalThis");

class Failure extends Error {}

function run(vm: VmInstance, source: string, filename: string, sourceType: "script" | "module"): string | undefined {
  const result = compile(source, { filename, sourceType });
  if (!result.ok) return `SyntaxError (compile): ${result.diagnostics[0]?.message}`;
  return vm.load(result.bytecode) ?? vm.evaluate();
}

const images = new Map<string, MemoryImage>();
/** The realm after the harness files were run. */
function harnessImage(includes: readonly string[], raw: boolean): MemoryImage {
  const files = raw ? [] : ["assert.js", "sta.js", ...includes];
  const key = files.join();
  let made = images.get(key);
  if (!made) {
    const vm = realms.next(base);
    for (const [name, text] of [["host.js", host], ...files.map((f) => [f, harnessText(f)])] as [string, string][]) {
      const error = run(vm, text, name, "script");
      if (error !== undefined) throw new Failure(`harness ${name}: ${error}`);
    }
    made = vm.takeImage();
    if (images.size > 200) images.clear();
    images.set(key, made);
  }
  return made;
}

const compiledModules = new Map<string, Uint8Array>();
/** A file that a test imports. One that does not compile becomes a module that throws the SyntaxError. */
function compiledModule(file: string): Uint8Array {
  let made = compiledModules.get(file);
  if (!made) {
    const text = readFileSync(path.join(directory, "test", file), "utf8");
    const source = file.endsWith(".json") ? `export default JSON.parse(${JSON.stringify(text)});` : text;
    let result = compile(source, { filename: file, sourceType: "module" });
    if (!result.ok) result = compile(`throw new SyntaxError(${JSON.stringify(result.diagnostics[0]!.message)});`, { filename: file, sourceType: "module" });
    if (!result.ok) throw new Error("the module that stands for a broken one does not compile");
    made = result.bytecode;
    if (compiledModules.size > 500) compiledModules.clear();
    compiledModules.set(file, made);
  }
  return made;
}
/** The files that strings of the test name, and those that they name in turn. */
function importedFiles(file: string, source: string, found = new Set<string>()): Set<string> {
  for (const [, specifier] of codeOf(source).matchAll(/["'](\.{1,2}\/[^"'\n]+)["']/g)) {
    const target = path.posix.join(path.posix.dirname(file), specifier as string);
    const full = path.join(directory, "test", target);
    if (found.has(target) || !/\.(js|json)$/.test(target) || !existsSync(full)) continue;
    found.add(target);
    if (target.endsWith(".js")) importedFiles(target, readFileSync(full, "utf8"), found);
  }
  // A specifier that the test puts together: whatever lies beside it.
  if (found.size === 0 && /\bimport\b/.test(source)) {
    const folder = path.posix.dirname(file);
    for (const name of readdirSync(path.join(directory, "test", folder))) if (name.endsWith("_FIXTURE.js")) found.add(path.posix.join(folder, name));
  }
  return found;
}

function runVariant(file: string, source: string, metadata: Metadata, strict: boolean): void {
  const raw = metadata.flags.includes("raw");
  const async = metadata.flags.includes("async");
  const isModule = metadata.flags.includes("module");
  const text = strict && !isModule ? `"use strict";\n${source}` : source;
  const { negative } = metadata;
  const compiled = compile(text, { filename: file, sourceType: isModule ? "module" : "script", keepSource: true });
  if (negative && (negative.phase === "parse" || negative.phase === "early")) {
    if (compiled.ok) throw new Failure("compiles, but must be a SyntaxError");
    return;
  }
  if (!compiled.ok) throw new Failure(`does not compile: ${compiled.diagnostics[0]?.message}`);
  const vm = realms.next(harnessImage(async ? [...metadata.includes, "doneprintHandle.js"] : metadata.includes, raw));
  if (gcStress) vm.stressCollector(gcStress);
  let error: string | undefined;
  const imported = importedFiles(file, source);
  for (const other of imported) if (!isModule || other !== file) error ??= vm.load(compiledModule(other));
  error ??= vm.load(compiled.bytecode) ?? vm.evaluate();
  for (let turns = 0; error === undefined && turns < 200; turns++) {
    const wait = vm.poll();
    if (wait < 0n) break;
    if (wait > 0n) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, Math.min(Number(wait / 1_000_000n) + 1, 50));
  }
  if (negative) {
    if (error === undefined) throw new Failure(`must throw ${negative.type}`);
    if (!error.includes(negative.type)) throw new Failure(`must throw ${negative.type}, not ${error.slice(0, 200)}`);
    return;
  }
  if (error !== undefined) throw new Failure(error);
  if (async) {
    const printed = vm.records.map((r) => r.text);
    if (!printed.includes("Test262:AsyncTestComplete"))
      throw new Failure(printed.find((t) => t.startsWith("Test262:AsyncTestFailure")) ?? "$DONE was never called");
  }
}

function runTest(file: string): Outcome {
  const source = readFileSync(path.join(directory, "test", file), "utf8");
  const metadata = parseMetadata(source);
  const reason = outOfScope(file, source, metadata);
  if (reason !== undefined) return { file, result: "skip", message: reason };
  const { flags } = metadata;
  const variants =
    flags.includes("module") || flags.includes("raw") ? [false] : flags.includes("onlyStrict") ? [true] : flags.includes("noStrict") ? [false] : [false, true];
  for (const strict of variants) {
    try {
      runVariant(file, source, metadata, strict);
    } catch (error) {
      if ((error as Error).message.includes(NO_DYNAMIC_CODE)) return { file, result: "skip", message: "Function constructor" };
      const message = `${strict ? "strict: " : ""}${(error as Error).message}`;
      if (message.includes("CPU limit exceeded")) return { file, result: "hang", message };
      if (error instanceof Failure) return { file, result: "fail", message };
      realms.giveUp();
      return { file, result: "crash", message: `${strict ? "strict: " : ""}${(error as Error).stack ?? message}` };
    }
  }
  return { file, result: "pass", message: "" };
}

parentPort?.on("message", (file: string) => parentPort?.postMessage(runTest(file)));

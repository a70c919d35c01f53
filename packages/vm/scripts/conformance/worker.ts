/** Runs test262 tests, one after the other, each in a fresh realm restored from an image that holds the harness files it includes. */
import { readFileSync } from "node:fs";
import path from "node:path";
import { parentPort, workerData } from "node:worker_threads";
import { compile } from "@zerostart/compiler";
import { decodeImage, type MemoryImage, VmInstance, VmStoppedError } from "../../src/index.ts";
import { type Metadata, outOfScope, parseMetadata } from "./scope.ts";

export interface WorkerInput {
  readonly directory: string;
  readonly wasm: Uint8Array;
  readonly image: Uint8Array;
}
export type Outcome =
  | { readonly file: string; readonly result: "pass" | "fail" | "crash"; readonly message: string }
  | { readonly file: string; readonly result: "skip"; readonly message: string };

const { directory, wasm, image } = workerData as WorkerInput;
const module = new WebAssembly.Module(wasm as Uint8Array<ArrayBuffer>);
const base = decodeImage(image);
const heapBytes = 256 << 20;
const cpuNs = 20_000_000_000n;

const host = `
globalThis.print = function print(text) { console.log(String(text)); };
globalThis.$262 = {
  global: globalThis,
  gc() { throw new Test262Error("gc is not exposed"); },
  detachArrayBuffer(buffer) { if (!buffer.detached) buffer.transfer(); },
};
`;

class Failure extends Error {}

function run(vm: VmInstance, source: string, filename: string, sourceType: "script" | "module"): string | undefined {
  const result = compile(source, { filename, sourceType });
  if (!result.ok) return `SyntaxError (compile): ${result.diagnostics[0]?.message}`;
  return vm.load(result.bytecode) ?? vm.evaluate();
}

const images = new Map<string, MemoryImage>();
/** The harness makes some classes with the Function constructor, which there is none of. */
const withoutFunctionConstructor = (text: string) => text.replace(/subClass\('(\w+)'\)/g, "(class My$1 extends $1 {})");

/** The realm after the harness files were run. */
function harnessImage(includes: readonly string[], raw: boolean): MemoryImage {
  const files = raw ? [] : ["assert.js", "sta.js", ...includes];
  const key = files.join();
  let made = images.get(key);
  if (!made) {
    const vm = new VmInstance(module);
    vm.resume(base, heapBytes, cpuNs);
    for (const [name, text] of [
      ["host.js", host],
      ...files.map((f) => [f, withoutFunctionConstructor(readFileSync(path.join(directory, "harness", f), "utf8"))]),
    ] as [string, string][]) {
      const error = run(vm, text, name, "script");
      if (error !== undefined) throw new Failure(`harness ${name}: ${error}`);
    }
    made = vm.takeImage();
    if (images.size > 200) images.clear();
    images.set(key, made);
  }
  return made;
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
  const vm = new VmInstance(module);
  vm.resume(harnessImage(async ? [...metadata.includes, "doneprintHandle.js"] : metadata.includes, raw), heapBytes, cpuNs);
  let error = vm.load(compiled.bytecode) ?? vm.evaluate();
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
      const message = `${strict ? "strict: " : ""}${(error as Error).message}`;
      if (message.includes("Code generation from strings")) return { file, result: "skip", message: "Function constructor" };
      if (error instanceof Failure) return { file, result: "fail", message };
      if (error instanceof VmStoppedError) return { file, result: "crash", message };
      return { file, result: "crash", message: `${strict ? "strict: " : ""}${(error as Error).stack ?? message}` };
    }
  }
  return { file, result: "pass", message: "" };
}

parentPort?.on("message", (files: readonly string[]) => parentPort?.postMessage(files.map(runTest)));

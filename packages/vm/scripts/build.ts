/**
 * Builds the engine into packages/vm/build: vm.wasm (AssemblyScript), base.image (the VM's memory after the library made its realm) and
 * source.image (the same with our compiler loaded, for launch mode `source`). Steps whose inputs did not change are skipped.
 *
 *   node packages/vm/scripts/build.ts [--wasm-only] [--force]
 */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, globSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { decode, encode, sectionsOf } from "@zerostart/bytecode";
import { compile } from "@zerostart/compiler";
import { build as bundle } from "esbuild";
import { order } from "../lib/order.ts";
import { type Allocation, cellsOf, coldParts, instrument, layOut, record, replay, type Setup, type Touched, trace, likely, untouched } from "./layout.ts";
import { typical, warmUps } from "./warm-ups.ts";
import { encodeImage } from "../src/image-file.ts";
import { imageFileBytes, type MemoryImage } from "../src/image.ts";
import { VmInstance } from "../src/instance.ts";

const vm = path.join(import.meta.dirname, "..");
const packages = path.join(vm, "..");
const output = path.join(vm, "build");
const stampFile = path.join(output, "stamps.json");
const force = process.argv.includes("--force");

/** Sources of the Web part come after the language's own, in this order. */
const webOrder = existsSync(path.join(vm, "lib/web/order.ts"))
  ? ((await import("../lib/web/order.ts")) as { webOrder: readonly string[] }).webOrder.map((file) => `web/${file}`)
  : [];

type Stamps = Record<string, string>;
const stamps: Stamps = existsSync(stampFile) ? (JSON.parse(readFileSync(stampFile, "utf8")) as Stamps) : {};

function digest(...patterns: string[]): string {
  const hash = createHash("sha256");
  for (const file of patterns.flatMap((pattern) => globSync(pattern, { cwd: packages })).sort())
    hash
      .update(file)
      .update("\0")
      .update(readFileSync(path.join(packages, file)))
      .update("\0");
  return hash.digest("hex");
}

/** Run a step unless its inputs are what they were and its output is there. */
async function step(name: string, file: string, inputs: string, work: () => void | Promise<void>): Promise<void> {
  const target = path.join(output, file);
  if (!force && stamps[name] === inputs && existsSync(target)) return;
  const begun = performance.now();
  await work();
  stamps[name] = inputs;
  writeFileSync(stampFile, JSON.stringify(stamps, null, 2) + "\n");
  console.log(`${name}: ${file}, ${(readFileSync(target).length / 1024).toFixed(0)} kB, ${((performance.now() - begun) / 1000).toFixed(1)} s`);
}

function run(command: string, args: readonly string[]): void {
  const { status, error } = spawnSync(command, args, { cwd: vm, stdio: "inherit" });
  if (error) throw error;
  if (status !== 0) process.exit(status ?? 1);
}

function assemble(): void {
  const asc = createRequire(import.meta.url).resolve("assemblyscript/bin/asc.js");
  // The memory map is in assembly/state.ts.
  const limits = ["--initialMemory", "256", "--maximumMemory", "16384", "--memoryBase", String(0xa02000)];
  run(process.execPath, [
    asc,
    "assembly/index.ts",
    "-o",
    "build/vm.wasm",
    "-O3",
    "--noAssert",
    "--runtime",
    "stub",
    "--use",
    "abort=",
    "--disableWarning",
    "201",
    ...limits,
  ]);
}

/** Compile one file or stop with its code frames. */
function bytecodeOf(source: string, filename: string, library: boolean): Uint8Array {
  const result = compile(source, { filename, sourceType: "script", library, stripLines: !process.env["ZEROSTART_LIB_LINES"] });
  if (result.ok) return result.bytecode;
  for (const d of result.diagnostics) console.error(`${d.message}\n${d.codeFrame}`);
  process.exit(1);
}

function loadAndRun(instance: VmInstance, bytecode: Uint8Array, what: string): void {
  const error = instance.load(bytecode) ?? instance.evaluate();
  for (const record of instance.records.splice(0)) console.error(`${record.level}: ${record.text}`);
  if (error === undefined) return;
  console.error(`${what} failed: ${error}`);
  process.exit(1);
}

function librarySource(): string {
  return [...order, ...webOrder]
    .map((file) =>
      readFileSync(path.join(vm, "lib", file), "utf8")
        .replaceAll(/^export (?=(default )?(function|const|let|class|interface|type)\b)/gm, "")
        .replaceAll(/^import .*;\n/gm, ""),
    )
    .join("\n");
}

/** The realm, and the compiler when there is one; then warmed up, so that inline caches and prepared functions are part of the image. */
function setup(library: Uint8Array, compilerSource: string | undefined): Setup {
  return async (instance) => {
    loadAndRun(instance, library, "The library");
    if (compilerSource !== undefined) {
      loadAndRun(instance, bytecodeOf(compilerSource, "zerostart:compiler.js", false), "The compiler on the VM");
      loadAndRun(
        instance,
        bytecodeOf("$setHook($hook.COMPILE, globalThis.__compile); delete globalThis.__compile;", "zerostart:compile-hook.ts", true),
        "Registering the compiler",
      );
    }
    for (const { source } of warmUps) {
      loadAndRun(instance, handlerBytecode(source), "A warm-up handler");
      await answerRequest(instance);
      instance.unload();
    }
  };
}

type Serving = { loading: Touched; serving: Touched };

/** What loading and the first request of each handler touch in an image. */
async function firstRequests(instrumented: WebAssembly.Module, image: MemoryImage, handlers = warmUps): Promise<Serving[]> {
  const requests: Serving[] = [];
  for (const { source } of handlers) {
    const { vm, touched } = trace(instrumented);
    // As an embedded one starts: its functions are prepared when they are called, not before a snapshot.
    vm.resume(image, 64 << 20, 0n);
    vm.exports.memory.grow(256); // the recording's image is large: room for the heap below the file that is loaded
    touched();
    loadAndRun(vm, handlerBytecode(source), "A warm-up handler");
    await answerRequest(vm);
    const loading = touched();
    vm.resume(image, 64 << 20, 0n);
    loadAndRun(vm, handlerBytecode(source), "A warm-up handler");
    vm.takeImage();
    vm.exports.vm_resume(64 << 20);
    touched();
    await answerRequest(vm);
    requests.push({ loading, serving: touched() });
  }
  return requests;
}

/** Where a bytecode file lies in an image. */
function addressOf(file: Uint8Array, image: MemoryImage): number {
  for (const { start, bytes } of image.ranges) {
    const at = Buffer.from(bytes).indexOf(file);
    if (at >= 0) return start + at;
  }
  throw new Error("the image does not hold the library");
}

/** The library with the instructions that a start runs side by side, and behind them those that one is likely to run. */
function inOrderOfUse(library: Uint8Array, image: MemoryImage, needed: Serving[], wanted: Serving[]): Uint8Array {
  const file = decode(library);
  let offset = addressOf(library, image) + sectionsOf(library).get("CODE")!.offset;
  const begins = file.functions.map(({ code }) => (offset += code.length) - code.length);
  const use = file.functions.map(({ code }, i) => {
    const words = Array.from({ length: Math.ceil((code.length + (begins[i]! % 8)) / 8) }, (_, word) => Math.floor(begins[i]! / 8) + word);
    const runs = ({ read }: Touched) => words.some((word) => read.has(word));
    if (needed.some(({ serving }) => runs(serving))) return 0;
    if (needed.some(({ loading }) => runs(loading))) return 1;
    return wanted.some(({ loading, serving }) => runs(loading) || runs(serving)) ? 2 : 3;
  });
  const order = use.map((_, i) => i).sort((a, b) => use[a]! - use[b]! || a - b);
  return encode(file, order);
}

/** The VM's memory after its realm was made, laid out for the first request (scripts/layout.ts). */
async function makeImage(compilerSource: string | undefined): Promise<MemoryImage> {
  const wasm = readFileSync(path.join(output, "vm.wasm"));
  const module = new WebAssembly.Module(wasm);
  const instrumented = instrument(wasm);
  const asWritten = bytecodeOf(librarySource(), "zerostart:lib.ts", true);
  const first = await record(module, setup(asWritten, compilerSource));
  const [needed, wanted] = [await firstRequests(instrumented, first.image), await firstRequests(instrumented, first.image, [{ source: typical }])];
  const make = setup(inOrderOfUse(asWritten, first.image, needed, wanted), compilerSource);
  const { image, allocations } = await record(module, make);
  const ranks = new Map<Allocation, number>();
  const rank = (words: ReadonlySet<number>, value: number) => {
    for (const cell of cellsOf(allocations, words)) ranks.set(cell, Math.min(value, ranks.get(cell) ?? value));
  };
  for (const { loading, serving } of await firstRequests(instrumented, image)) {
    rank(serving.written, 0);
    rank(serving.read, 1);
    rank(loading.written, 2);
    rank(loading.read, 3);
  }
  for (const { loading, serving } of await firstRequests(instrumented, image, [{ source: typical }]))
    for (const { read, written } of [loading, serving]) rank(new Set([...read, ...written]), likely);
  const placed = await replay(
    module,
    make,
    layOut(allocations, (cell) => ranks.get(cell) ?? untouched),
  );
  // Of the compiler, starts use other parts than the warm-up handlers: its image stays as it is.
  if (compilerSource !== undefined) return placed;
  const all = (requests: Serving[]) => requests.flatMap(({ loading, serving }) => [loading, serving].flatMap((t) => [...t.read, ...t.written]));
  const touched = new Set(all(await firstRequests(instrumented, placed)));
  return { ...placed, cold: coldParts(placed, touched) };
}

function handlerBytecode(source: string): Uint8Array {
  const result = compile(source, { filename: "handler.js", sourceType: "module", stripLines: true });
  if (!result.ok) throw new Error(result.diagnostics.map((d) => d.codeFrame).join("\n"));
  return result.bytecode;
}

async function answerRequest(instance: VmInstance): Promise<void> {
  const request = "GET /path?name=value HTTP/1.1\r\nHost: 127.0.0.1:8080\r\nAccept: */*\r\n\r\n";
  const answer = new TextDecoder().decode(await instance.exchange(new TextEncoder().encode(request)));
  if (!answer.startsWith("HTTP/1.1 200 ")) throw new Error(`A warm-up request was answered by ${answer}`);
}

function writeImage(file: string, image: MemoryImage): void {
  writeFileSync(path.join(output, file), encodeImage(image));
  const cold = (image.cold ?? []).map(({ start, end }) => `${((end - start) / 1024).toFixed(0)} kB at 0x${start.toString(16)}`);
  console.log(`${file}: ${(imageFileBytes(image) / 1024).toFixed(0)} kB in ${image.ranges.length} ranges; cold: ${cold.join(", ") || "none"}`);
}

/** packages/compiler with its parsers, as one script that leaves `__compile(source, filename)` on globalThis. */
async function compilerBundle(): Promise<string> {
  const entry = `
    import { decode, encode, sectionsOf } from "@zerostart/bytecode";
import { compile } from "@zerostart/compiler";
    globalThis.__compile = (source, filename) => {
      const result = compile(source, { filename, sourceType: "module" });
      if (result.ok) return result.bytecode;
      throw new SyntaxError(result.diagnostics.map((d) => d.message + "\\n" + d.codeFrame).join("\\n"));
    };`;
  const result = await bundle({
    stdin: { contents: entry, resolveDir: vm, loader: "js" },
    bundle: true,
    format: "iife",
    platform: "neutral",
    mainFields: ["module", "main"],
    write: false,
    minifySyntax: true,
    minifyWhitespace: true,
    logLevel: "error",
  });
  return (result.outputFiles[0] as { text: string }).text;
}

mkdirSync(output, { recursive: true });
run(process.execPath, [path.join(packages, "bytecode/scripts/generate.ts")]);
const wasmInputs = digest("vm/assembly/**/*.ts", "vm/scripts/build.ts");
await step("vm", "vm.wasm", wasmInputs, assemble);
if (!process.argv.includes("--wasm-only")) {
  const libraryInputs = wasmInputs + digest("vm/lib/**/*.ts", "compiler/src/**/*.ts", "bytecode/src/**/*.ts", "vm/src/*.ts", "vm/scripts/*.ts");
  await step("realm", "base.image", libraryInputs, async () => writeImage("base.image", await makeImage(undefined)));
  await step("compiler on the VM", "source.image", libraryInputs, async () => writeImage("source.image", await makeImage(await compilerBundle())));
}

/**
 * Builds the engine into packages/vm/build: vm.wasm (AssemblyScript), base.image (the VM's memory after the library made its realm) and
 * source.image (the same with our compiler loaded, for launch mode `source`), vm.tracing.wasm (the engine for rehearsals). Steps whose inputs did not change are skipped.
 *
 *   node packages/vm/scripts/build.ts [--wasm-only] [--force]
 */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, globSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { compile } from "@zerostart/compiler";
import { build as bundle } from "esbuild";
import { order } from "../lib/order.ts";
import { coldParts, instrument, record, replay, type Setup, type Touched, trace, tracingEngine } from "./layout.ts";
import { oneAcorn } from "./one-acorn.ts";
import { frameLayout, splitNames } from "./symbols.ts";
import { syntaxWarmUps, typical, type WarmUp, warmUps } from "./warm-ups.ts";
import { encodeImage } from "../src/image-file.ts";
import { imageFileBytes, type MemoryImage } from "../src/image.ts";
import { VmInstance } from "../src/instance.ts";
import { type Allocation, cellsOf, likely, untouched } from "../src/placement.ts";
import { withStartOrder } from "../src/start-order.ts";

const vm = path.join(import.meta.dirname, "..");
const packages = path.join(vm, "..");
const output = path.join(vm, "build");
const stampFile = path.join(output, "stamps.json");
/** Beside vm.wasm: what its functions are called (scripts/symbols.ts). */
const symbolsFile = path.join(output, "vm.symbols.json");
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
    "--debug", // names the functions, and changes nothing else
    ...limits,
  ]);
  const { wasm, functions } = splitNames(readFileSync(path.join(output, "vm.wasm")));
  writeFileSync(path.join(output, "vm.wasm"), wasm);
  writeFileSync(symbolsFile, JSON.stringify({ functions, layout: frameLayout(path.join(vm, "assembly")) }));
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
    for (const warmUp of compilerSource === undefined ? [] : syntaxWarmUps) {
      compileInside(instance, warmUp);
      instance.unload();
    }
    for (const warmUp of warmUps) {
      startHandler(instance, warmUp, compilerSource !== undefined);
      await answerRequest(instance);
      instance.unload();
    }
  };
}

type Serving = { loading: Touched; serving: Touched };

/** What loading and the first request of each handler touch in an image. */
async function firstRequests(instrumented: WebAssembly.Module, image: MemoryImage, handlers: readonly WarmUp[], fromSource: boolean): Promise<Serving[]> {
  const requests: Serving[] = [];
  for (const handler of handlers) {
    const { vm, touched } = trace(instrumented);
    vm.resume(image, 64 << 20, 0n);
    vm.exports.memory.grow(256); // the recording's image is large: room for the heap below the file that is loaded
    touched();
    startHandler(vm, handler, fromSource);
    // As an embedded one answers: its functions are prepared when they are called, not before a snapshot.
    await answerRequest(vm);
    const loading = touched();
    vm.resume(image, 64 << 20, 0n);
    startHandler(vm, handler, fromSource);
    vm.takeImage();
    touched();
    vm.exports.vm_resume(64 << 20);
    // Its cells are in their place already (assembly/state.ts); its functions are not.
    const { called } = touched();
    await answerRequest(vm);
    const serving = touched();
    requests.push({ loading, serving: { ...serving, called: called.union(serving.called) } });
  }
  return requests;
}

/** The VM's memory after its realm was made, laid out for the first request (scripts/layout.ts). */
async function makeImage(compilerSource: string | undefined): Promise<MemoryImage> {
  const wasm = readFileSync(path.join(output, "vm.wasm"));
  const module = new WebAssembly.Module(wasm);
  const instrumented = instrument(wasm);
  const fromSource = compilerSource !== undefined;
  const make = setup(bytecodeOf(librarySource(), "zerostart:lib.ts", true), compilerSource);
  const { image, allocations } = await record(module, make);
  const ranks = new Map<Allocation, number>();
  const rank = (words: ReadonlySet<number>, value: number) => {
    for (const cell of cellsOf(allocations, words)) ranks.set(cell, Math.min(value, ranks.get(cell) ?? value));
  };
  for (const { loading, serving } of await firstRequests(instrumented, image, warmUps, fromSource)) {
    rank(serving.written, 0);
    rank(serving.read, 1);
    rank(loading.written, 2);
    rank(loading.read, 3);
  }
  for (const { loading, serving } of await firstRequests(instrumented, image, [typical], fromSource))
    for (const { read, written } of [loading, serving]) rank(new Set([...read, ...written]), likely);
  const placed = await replay(module, make, allocations, (cell) => ranks.get(cell) ?? untouched);
  // Of the compiler, starts use other parts than the warm-up handlers: its image stays as it is.
  if (fromSource) return placed;
  const starts = await firstRequests(instrumented, placed, warmUps, false);
  const touched = new Set(starts.flatMap(({ loading, serving }) => [loading, serving].flatMap((t) => [...t.read, ...t.written])));
  const called = (of: keyof Serving) => starts.flatMap((start) => [...start[of].called]).sort((a, b) => a - b);
  writeFileSync(path.join(output, "vm.wasm"), withStartOrder(wasm, [...new Set([...called("serving"), ...called("loading")])]));
  return { ...placed, cold: coldParts(placed, touched) };
}

function compileInside(instance: VmInstance, { file, source }: WarmUp): void {
  const error = instance.compile(new TextEncoder().encode(`${file}\0${source}`));
  if (error !== undefined) throw new Error(`A warm-up handler does not compile: ${error}`);
}

/** As a start does it: in the image with the compiler from source, so that the compiler is warm too, else from bytecode. */
function startHandler(instance: VmInstance, warmUp: WarmUp, fromSource: boolean): void {
  if (fromSource) {
    compileInside(instance, warmUp);
    const error = instance.evaluate();
    if (error !== undefined) throw new Error(`A warm-up handler failed: ${error}`);
    return;
  }
  const { file, source } = warmUp;
  const result = compile(source, { filename: file, sourceType: "module", stripLines: true });
  if (!result.ok) throw new Error(result.diagnostics.map((d) => d.codeFrame).join("\n"));
  loadAndRun(instance, result.bytecode, "A warm-up handler");
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

/** packages/compiler with its parsers, as one script that leaves `__compile(source, name)` on globalThis: after the name may stand a line feed and a map of origins. */
async function compilerBundle(): Promise<string> {
  const entry = `
    import { compile } from "@zerostart/compiler";
    import { originsOf } from "@zerostart/compiler/origins.ts";
    globalThis.__compile = (source, name) => {
      const end = name.indexOf("\\n");
      const result =
        end < 0
          ? compile(source, { filename: name, sourceType: "module" })
          : compile(source, { filename: name.slice(0, end), sourceType: "module", origin: originsOf(name.slice(end + 1)) });
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
    plugins: [oneAcorn],
    logLevel: "error",
  });
  return (result.outputFiles[0] as { text: string }).text;
}

mkdirSync(output, { recursive: true });
run(process.execPath, [path.join(packages, "bytecode/scripts/generate.ts")]);
const wasmInputs = digest("vm/assembly/**/*.ts", "vm/scripts/build.ts", "vm/scripts/symbols.ts");
if (!existsSync(symbolsFile)) delete stamps["vm"];
await step("vm", "vm.wasm", wasmInputs, assemble);
if (!process.argv.includes("--wasm-only")) {
  const libraryInputs = wasmInputs + digest("vm/lib/**/*.ts", "compiler/src/**/*.ts", "bytecode/src/**/*.ts", "vm/src/*.ts", "vm/scripts/*.ts");
  await step("realm", "base.image", libraryInputs, async () => writeImage("base.image", await makeImage(undefined)));
  await step("engine that traces", "vm.tracing.wasm", libraryInputs, () =>
    writeFileSync(path.join(output, "vm.tracing.wasm"), tracingEngine(readFileSync(path.join(output, "vm.wasm")))),
  );
  await step("compiler on the VM", "source.image", libraryInputs, async () => writeImage("source.image", await makeImage(await compilerBundle())));
}

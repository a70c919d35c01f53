/// <reference lib="dom" />
/** The engine as the build pipeline needs it: vm.wasm and its base image. */
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import type { EngineSymbols } from "@zerostart/protocol/program-symbols.ts";
import { repositoryRoot, sha256 } from "./cache.ts";
import { decodeImage } from "@zerostart/vm/image-file.ts";
import type { MemoryImage } from "@zerostart/vm/image.ts";
import { VmInstance } from "@zerostart/vm/instance.ts";

export interface Engine {
  wasm: Uint8Array;
  /** Digest of vm.wasm. */
  sha256: string;
  /** Digest of vm.wasm and the images: what a handler's build depends on. */
  version: string;
  module: WebAssembly.Module;
  /** The VM's memory after its realm was made. */
  baseImage: MemoryImage;
  /** The same with our compiler loaded, for launch mode `source`; absent when the engine was built without it. */
  sourceImage: MemoryImage | undefined;
  /** Names for profiles; absent when the engine was built without them. */
  symbols?: EngineSymbols | undefined;
}

export class EngineMissingError extends Error {}

export const engineDirectory = join(repositoryRoot, "packages/vm/build");
const loaded = new Map<string, { stamp: string; engine: Promise<Engine> }>();

/** Load the engine from a directory with vm.wasm, base.image and source.image; kept until one of them changes. */
export async function loadEngine(directory = process.env.ZEROSTART_ENGINE ?? engineDirectory): Promise<Engine> {
  const stamp = (await Promise.all(["vm.wasm", "base.image", "source.image", "vm.symbols.json"].map((f) => stampOf(join(directory, f))))).join();
  const known = loaded.get(directory);
  if (known?.stamp === stamp) return known.engine;
  const engine = read(directory);
  loaded.set(directory, { stamp, engine });
  engine.catch(() => loaded.delete(directory));
  return engine;
}

async function stampOf(path: string): Promise<string> {
  const info = await stat(path).catch(() => undefined);
  return info ? `${info.mtimeMs}:${info.size}` : "";
}

async function read(directory: string): Promise<Engine> {
  const optional = (name: string) => readFile(join(directory, name)).catch(() => undefined);
  const files = ["vm.wasm", "base.image", "source.image", "vm.symbols.json"];
  const [wasm, base, source, symbols] = await Promise.all(files.map(optional));
  if (!wasm) throw new EngineMissingError(`The engine is not built: ${join(directory, "vm.wasm")} is missing. Run "npm run build".`);
  const engine = await makeEngine(new Uint8Array(wasm), base && decodeImage(base), source && decodeImage(source));
  // Made with vm.wasm, and trusted as it is: a schema's library would be the largest thing that a build loads.
  return { ...engine, symbols: symbols && (JSON.parse(symbols.toString("utf8")) as EngineSymbols) };
}

/** An engine from its parts. Without a base image the VM is booted for one. */
export async function makeEngine(wasm: Uint8Array, base?: MemoryImage, source?: MemoryImage): Promise<Engine> {
  const module = await WebAssembly.compile(wasm as Uint8Array<ArrayBuffer>);
  const baseImage = base ?? bootImage(module);
  const version = sha256(wasm, ...[baseImage, source].flatMap((image) => image?.ranges.flatMap((r) => [String(r.start), ":", r.bytes]) ?? ["-"]));
  return { wasm, sha256: sha256(wasm), version, module, baseImage, sourceImage: source };
}

function bootImage(module: WebAssembly.Module): MemoryImage {
  const vm = new VmInstance(module);
  vm.boot();
  return vm.takeImage();
}

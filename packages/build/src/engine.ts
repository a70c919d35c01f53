/// <reference lib="dom" />
/** The engine as the build pipeline needs it: vm.wasm and its base image. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { EngineSymbols } from "@zerostart/protocol/program-symbols.ts";
import { cacheDirectory, remember, sha256 } from "./cache.ts";
import { engineStamp, usualEngine } from "./engine-files.ts";
import { decodeImage } from "@zerostart/vm/image-file.ts";
import type { MemoryImage } from "@zerostart/vm/image.ts";
import { VmInstance } from "@zerostart/vm/instance.ts";

export interface Engine {
  wasm: Uint8Array;
  /** Digest of vm.wasm. */
  sha256: string;
  /** Digest of vm.wasm and the images: what a handler's build depends on. */
  version: string;
  /** Of its files (engineStamp); absent when it was made of other parts. */
  stamp?: string;
  /** Compiled when it is first asked for. */
  readonly module: WebAssembly.Module;
  /** The same for rehearsals (vm/src/rehearsal.ts), which notes its loads and stores; absent when it was made of other parts. */
  readonly tracing?: WebAssembly.Module | undefined;
  /** The VM's memory after its realm was made. */
  baseImage: MemoryImage;
  /** The same with our compiler loaded, for launch mode `source`; absent when the engine was built without it. */
  sourceImage: MemoryImage | undefined;
  /** Names for profiles; absent when the engine was built without them. */
  symbols?: EngineSymbols | undefined;
}

export class EngineMissingError extends Error {}

const loaded = new Map<string, { stamp: string; engine: Promise<Engine> }>();

/** Load the engine from a directory with vm.wasm, base.image and source.image; kept until one of them changes. */
export async function loadEngine(directory = usualEngine()): Promise<Engine> {
  const stamp = engineStamp(directory);
  const known = loaded.get(directory);
  if (known?.stamp === stamp) return known.engine;
  const engine = read(directory, stamp);
  loaded.set(directory, { stamp, engine });
  engine.catch(() => loaded.delete(directory));
  return engine;
}

async function read(directory: string, stamp: string): Promise<Engine> {
  const optional = (name: string) => readFile(join(directory, name)).catch(() => undefined);
  const files = ["vm.wasm", "base.image", "source.image", "vm.symbols.json", "vm.tracing.wasm"];
  const [[wasm, base, source, symbols, tracing], known] = await Promise.all([Promise.all(files.map(optional)), knownDigests(stamp)]);
  if (!wasm) throw new EngineMissingError(`The engine is not built: ${join(directory, "vm.wasm")} is missing. Run "npm run build".`);
  const engine = engineOf(new Uint8Array(wasm), base && decodeImage(base), source && decodeImage(source), known, tracing && new Uint8Array(tracing));
  if (!known) await remember(digestsPath(stamp), `${engine.sha256} ${engine.version}`).catch(() => undefined); // a cache that cannot be written only costs time
  // Made with vm.wasm, and trusted as it is: a schema's library would be the largest thing that a build loads.
  return Object.assign(engine, { stamp, symbols: symbols && (JSON.parse(symbols.toString("utf8")) as EngineSymbols) });
}

type Digests = Pick<Engine, "sha256" | "version">;

const digestsPath = (stamp: string) => cacheDirectory("toolchain", "engines", sha256(stamp).slice(0, 32));

/** To digest four megabytes is one of a build's longer steps, so it is done once for the same files. */
async function knownDigests(stamp: string): Promise<Digests | undefined> {
  const text = await readFile(digestsPath(stamp), "utf8").catch(() => "");
  const [, wasm, version] = /^([0-9a-f]{64}) ([0-9a-f]{64})$/.exec(text) ?? [];
  return wasm && version ? { sha256: wasm, version } : undefined;
}

/** An engine from its parts. Without a base image the VM is booted for one. Rejects when the module is not one. */
export async function makeEngine(wasm: Uint8Array, base?: MemoryImage, source?: MemoryImage): Promise<Engine> {
  await WebAssembly.compile(wasm as Uint8Array<ArrayBuffer>);
  return engineOf(wasm, base, source);
}

function engineOf(wasm: Uint8Array, base?: MemoryImage, source?: MemoryImage, known?: Digests, tracing?: Uint8Array<ArrayBuffer>): Engine {
  let module: WebAssembly.Module | undefined, tracingModule: WebAssembly.Module | undefined;
  const compiled = () => (module ??= new WebAssembly.Module(wasm as Uint8Array<ArrayBuffer>));
  const baseImage = base ?? bootImage(compiled());
  const version = () =>
    sha256(wasm, tracing ?? "-", ...[baseImage, source].flatMap((image) => image?.ranges.flatMap((r) => [String(r.start), ":", r.bytes]) ?? ["-"]));
  const digests = known ?? { sha256: sha256(wasm), version: version() };
  return {
    wasm,
    ...digests,
    get module() {
      return compiled();
    },
    get tracing() {
      return tracing && (tracingModule ??= new WebAssembly.Module(tracing));
    },
    baseImage,
    sourceImage: source,
  };
}

function bootImage(module: WebAssembly.Module): MemoryImage {
  const vm = new VmInstance(module);
  vm.boot();
  return vm.takeImage();
}

/// <reference lib="dom" />
/**
 * The artifact of target wasm32: one WebAssembly module, the engine itself, with the handler in custom sections. This file
 * is its loader, for Node and browsers: it gives the module its imports, restores the image, and answers requests as bytes.
 */
import { decodeImage } from "./image-file.ts";
import { VmInstance, VmStoppedError, type VmOptions } from "./instance.ts";

/** Custom sections, in the order they are written. */
export const wasmSections = { header: "zerostart.header", image: "zerostart.image", payload: "zerostart.payload" } as const;

export interface WasmHeader {
  version: 1;
  kind: "snapshot" | "embedded" | "source";
  script: boolean;
  name: string;
  engineVersion: string;
}
export interface WasmArtifactOptions extends VmOptions {
  /** Memory of the handler, 128 MiB unless given. */
  heapBytes?: number;
  /** CPU time of one turn, 10 s unless given. */
  cpuMs?: number;
  /** What the handler sees as `env`. */
  env?: Record<string, string>;
}

/** The module is no artifact of target wasm32, or a damaged one. */
export class MalformedWasmArtifactError extends Error {}

/** What a module says about the handler in it. @throws MalformedWasmArtifactError */
export function wasmHeader(module: WebAssembly.Module): WasmHeader {
  const bytes = section(module, wasmSections.header);
  try {
    const header = JSON.parse(new TextDecoder().decode(bytes)) as WasmHeader;
    if (header.version === 1) return header;
  } catch {
    throw new MalformedWasmArtifactError("the module's header is malformed");
  }
  throw new MalformedWasmArtifactError("the module's version is not known here");
}

/**
 * Bring the handler up. `exchange` of the result answers the bytes of HTTP/1.1 requests; `WasmHandler` (wasm-handler.ts) Requests.
 * @throws MalformedWasmArtifactError, and VmStoppedError with the message and stack when the top level fails
 */
export function openWasmArtifact(module: WebAssembly.Module, options: WasmArtifactOptions = {}): VmInstance {
  const header = wasmHeader(module);
  const image = decodeImage(section(module, wasmSections.image));
  const payload = section(module, wasmSections.payload);
  const vm = new VmInstance(module, options);
  vm.resume(image, options.heapBytes ?? 128 << 20, BigInt(options.cpuMs ?? 10_000) * 1_000_000n);
  if (options.env) vm.setEnvironment(options.env);
  if (header.kind === "snapshot") return vm;
  const failed = (header.kind === "source" ? vm.compile(payload) : vm.load(payload)) ?? vm.evaluate();
  if (failed !== undefined) throw new VmStoppedError(failed);
  return vm;
}

function section(module: WebAssembly.Module, name: string): Uint8Array {
  const [bytes] = WebAssembly.Module.customSections(module, name);
  if (!bytes) throw new MalformedWasmArtifactError(`the module has no section ${name}: it is not an artifact for wasm32`);
  return new Uint8Array(bytes);
}

/// <reference lib="dom" />
/**
 * The loader that goes beside a module of target wasm32 (build/src/packaging/esm.ts bundles it and says what the module's file is called):
 *
 *     import handler from "./hello.mjs";
 *     const response = await handler.fetch(new Request("http://localhost/"));
 */
import type { WasmArtifactOptions } from "./wasm-artifact.ts";
import { WasmHandler } from "./wasm-handler.ts";

/** The module's file beside this one. */
declare const moduleFile: string;

/** A handler with memory of its own. `source`: the module, its bytes, or where it lies, if not beside this file. */
export async function open(options: WasmArtifactOptions & { source?: WebAssembly.Module | BufferSource | URL | string } = {}): Promise<WasmHandler> {
  const { source = new URL(`./${encodeURIComponent(moduleFile)}`, import.meta.url), ...rest } = options;
  return new WasmHandler(await compile(source), rest);
}

async function compile(source: WebAssembly.Module | BufferSource | URL | string): Promise<WebAssembly.Module> {
  if (source instanceof WebAssembly.Module) return source;
  if (typeof source !== "string" && !(source instanceof URL)) return WebAssembly.compile(source);
  const url = new URL(source, import.meta.url);
  // Node does not fetch files.
  if (url.protocol === "file:") return WebAssembly.compile(await process.getBuiltinModule("node:fs/promises").readFile(url));
  const response = await fetch(url);
  if (!response.ok) throw new TypeError(`${url.href} cannot be fetched: ${response.status}`);
  return WebAssembly.compile(await response.arrayBuffer());
}

let shared: Promise<WasmHandler> | undefined;

/** The handler, opened by its first request; what `deno serve`, Bun and a service worker expect of a module. */
export default {
  async fetch(request: Request): Promise<Response> {
    shared ??= open();
    // The next request tries again.
    shared.catch(() => (shared = undefined));
    return (await shared).fetch(request);
  },
};

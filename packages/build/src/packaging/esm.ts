/** A module of target wasm32 with its loader (packages/vm/src/wasm-loader.ts), for Node, Deno, Bun and browsers. The same input gives the same bytes. */
import { fileURLToPath } from "node:url";
import { createTar } from "nanotar";

const types = `/** Made by Zerostart. */
export interface HandlerOptions {
  /** What the handler sees as \`env\`. */
  env?: Record<string, string>;
  /** Memory of the handler, 128 MiB unless given. */
  heapBytes?: number;
  /** CPU time of one turn, 10,000 ms unless given. */
  cpuMs?: number;
  /** Given what the handler writes to its console; the console unless given. */
  log?: (record: { level: "debug" | "info" | "warn" | "error"; text: string }) => void;
  /** The module, its bytes, or where it lies, if not beside the loader. */
  source?: WebAssembly.Module | BufferSource | URL | string;
}
/** A handler with memory of its own. */
export declare function open(options?: HandlerOptions): Promise<{ fetch(request: Request): Promise<Response> }>;
declare const handler: { fetch(request: Request): Promise<Response> };
export default handler;
`;

/** Loader and its types. `moduleFile`: the name of the module's file, in the same folder. */
export async function moduleLoader(moduleFile: string): Promise<{ loader: string; types: string }> {
  const { build } = await import("esbuild");
  const result = await build({
    entryPoints: [fileURLToPath(import.meta.resolve("@zerostart/vm/wasm-loader.ts"))],
    bundle: true,
    write: false,
    format: "esm",
    target: "es2022",
    platform: "neutral",
    charset: "utf8",
    legalComments: "none",
    logLevel: "silent",
    define: { moduleFile: JSON.stringify(moduleFile) },
    tsconfigRaw: "{}",
  });
  return { loader: result.outputFiles[0]!.text, types };
}

/** NAME.wasm, NAME.mjs and NAME.d.mts as a tar. */
export async function moduleArchive(input: { name: string; bytes: Uint8Array }): Promise<Uint8Array> {
  const { loader, types: declarations } = await moduleLoader(`${input.name}.wasm`);
  const attrs = { uid: 0, gid: 0, user: "root", group: "root", mtime: 0, mode: "644" };
  return createTar([
    { name: `${input.name}.wasm`, data: input.bytes, attrs },
    { name: `${input.name}.mjs`, data: loader, attrs },
    { name: `${input.name}.d.mts`, data: declarations, attrs },
  ]);
}

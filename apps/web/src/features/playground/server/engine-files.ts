/** The engine's own files for the playground: the vm.wasm and base image that native binaries are made of, bit for bit. */
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import type { IncomingMessage, ServerResponse } from "node:http";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const folder = process.env["ZEROSTART_ENGINE"] ?? fileURLToPath(new URL("../../../../../../packages/vm/build", import.meta.url));
const types: Record<string, string> = { "vm.wasm": "application/wasm", "base.image": "application/octet-stream" };

/** Answers /api/engine/<name>; false when there is no such file. */
export async function sendEngineFile(name: string, req: IncomingMessage, res: ServerResponse): Promise<boolean> {
  const type = types[name];
  const info = type && (await stat(join(folder, name)).catch(() => undefined));
  if (!type || !info) return false;
  const etag = `"${info.size.toString(36)}-${Math.floor(info.mtimeMs).toString(36)}"`;
  const headers = { "content-type": type, etag, "cache-control": "no-cache" };
  if (req.headers["if-none-match"] === etag) res.writeHead(304, headers).end();
  else {
    res.writeHead(200, { ...headers, "content-length": String(info.size) });
    createReadStream(join(folder, name))
      .on("error", () => res.destroy())
      .pipe(res);
  }
  return true;
}

/** What passes between the page and the worker that runs the engine, and HTTP as the engine reads and writes it. */
import type { ConsoleRecord } from "@zerostart/vm/instance.ts";
import type { SnapshotView } from "@zerostart/vm/snapshot-view.ts";

/** `telling`: the handler again, whose top level ends by writing its bindings to the console, each behind this mark. */
export type RunRequest = { bytecode: Uint8Array; telling: Uint8Array | undefined; request: Uint8Array };
export const bindingMark = "\u0001";

/** What a snapshot taken after the top level holds; `values` are the top level's bindings as the console shows them. */
export type Snapshot = SnapshotView & { values: Record<string, string> };
export type RunAnswer = {
  /** The engine's or the handler's error; then there may be no response. */
  error?: string;
  response?: Uint8Array;
  records: ConsoleRecord[];
  /** Absent when the top level failed. */
  snapshot?: Snapshot | undefined;
  /** ms: fetching and compiling vm.wasm, mapping the image and loading, the top level, the request. */
  times: { engine: number; load: number; init: number; request: number };
};

export function encodeRequest(input: { method: string; path: string; headers: string; body: string }): Uint8Array {
  const body = new TextEncoder().encode(input.body);
  const lines = [`${input.method} ${encodeURI(decodeURI(input.path))} HTTP/1.1`, "host: playground.local", "connection: close"];
  for (const line of input.headers.split("\n")) if (line.trim() !== "") lines.push(line.trim());
  if (body.length > 0 || !["GET", "HEAD"].includes(input.method)) lines.push(`content-length: ${body.length}`);
  const head = new TextEncoder().encode(`${lines.join("\r\n")}\r\n\r\n`);
  const out = new Uint8Array(head.length + body.length);
  out.set(head);
  out.set(body, head.length);
  return out;
}

export type ParsedResponse = { status: string; headers: [string, string][]; body: string };

/** The one response of the engine; a chunked body is put together. Undefined when there is none. */
export function parseResponse(bytes: Uint8Array): ParsedResponse | undefined {
  const latin = new TextDecoder("latin1").decode(bytes);
  const end = latin.indexOf("\r\n\r\n");
  if (end < 0) return undefined;
  const [status = "", ...lines] = latin.slice(0, end).split("\r\n");
  const headers = lines.map((line): [string, string] => [line.slice(0, line.indexOf(":")).toLowerCase(), line.slice(line.indexOf(":") + 1).trim()]);
  let body = bytes.subarray(end + 4);
  if (headers.some(([name, value]) => name === "transfer-encoding" && /chunked/i.test(value))) {
    const parts: Uint8Array[] = [];
    let rest = end + 4;
    for (;;) {
      const line = latin.indexOf("\r\n", rest);
      const size = line < 0 ? NaN : Number.parseInt(latin.slice(rest, line), 16);
      if (!(size > 0)) break;
      parts.push(bytes.subarray(line + 2, line + 2 + size));
      rest = line + 2 + size + 2;
    }
    body = new Uint8Array(parts.reduce((n, p) => n + p.length, 0));
    let at = 0;
    for (const part of parts) {
      body.set(part, at);
      at += part.length;
    }
  }
  return { status: status.replace(/^HTTP\/1\.1 /, ""), headers, body: new TextDecoder().decode(body) };
}

/** The HTTP layer alone in WebAssembly (assembly/http/testing/entry.ts), driven byte by byte. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import asc from "assemblyscript/asc";

const root = fileURLToPath(new URL("../../", import.meta.url));

/** Compile an AssemblyScript entry under packages/vm with the engine's flags. */
export async function compileAssembly(entry: string, options: readonly string[] = []): Promise<WebAssembly.Module> {
  const dir = mkdtempSync(join(tmpdir(), "zerostart-asc-"));
  try {
    const out = join(dir, "out.wasm");
    const { error, stderr } = await asc.main(
      [entry, "-O2", "--noAssert", "--runtime", "stub", "--use", "abort=", "--initialMemory", "256", ...options, "--baseDir", root, "-o", out],
      {},
    );
    if (error) throw new Error(`${error.message}\n${stderr.toString()}`);
    return new WebAssembly.Module(readFileSync(out));
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

interface Exports {
  memory: WebAssembly.Memory;
  test_reset(): void;
  test_max_body(n: number): void;
  test_answer(): void;
  test_in_flight(): number;
  test_event(): bigint;
  test_expire(now: bigint): bigint;
  http_open(conn: number): number;
  http_buffer(conn: number): number;
  http_buffer_size(conn: number): number;
  http_receive(conn: number, n: number): number;
  http_writable(conn: number): number;
  http_closed(conn: number): void;
  http_drain(): void;
}

/** What the host does, with knobs for a slow or vanished peer. */
export class Server {
  readonly exports: Exports;
  readonly output = new Map<number, Buffer[]>();
  readonly closed = new Set<number>();
  /** Bytes taken by one write; -1 blocks, -2 says that the peer is gone. */
  window = Number.MAX_SAFE_INTEGER;
  writes = 0;

  constructor(module: WebAssembly.Module) {
    const instance = new WebAssembly.Instance(module, {
      host: {
        clock: () => 0n,
        time: () => 784111777000,
        random: () => undefined,
        log: () => undefined,
        phase: () => undefined,
        fatal: () => {
          throw new Error("fatal");
        },
        write: (conn: number, ptr: number, len: number) => {
          this.writes++;
          if (this.window < 0) return this.window;
          const n = Math.min(len, this.window);
          if (n === 0) return -1;
          const list = this.output.get(conn) ?? [];
          list.push(Buffer.from(new Uint8Array(this.exports.memory.buffer, ptr, n)));
          this.output.set(conn, list);
          return n;
        },
        close: (conn: number) => {
          this.closed.add(conn);
        },
      },
    });
    this.exports = instance.exports as unknown as Exports;
    this.exports.test_reset();
  }

  open(conn = 0): void {
    this.output.delete(conn);
    this.closed.delete(conn);
    if (this.exports.http_open(conn) !== 0) throw new Error("refused");
  }

  /** Deliver bytes as the host does: as many at a time as fit. False when the VM does not want to read now. */
  send(data: string | Buffer, conn = 0): boolean {
    let rest = typeof data === "string" ? Buffer.from(data, "latin1") : data;
    while (rest.length > 0) {
      if (this.closed.has(conn)) return false;
      const room = this.exports.http_buffer_size(conn);
      const at = this.exports.http_buffer(conn);
      if (room <= 0 || at === 0) return false;
      const piece = rest.subarray(0, room);
      new Uint8Array(this.exports.memory.buffer, at, piece.length).set(piece);
      this.exports.http_receive(conn, piece.length);
      rest = rest.subarray(piece.length);
    }
    return true;
  }

  end(conn = 0): void {
    this.exports.http_receive(conn, 0);
  }

  text(conn = 0): string {
    return Buffer.concat(this.output.get(conn) ?? []).toString("latin1");
  }

  /** One connection from open to what it got back. */
  exchange(pieces: readonly (string | Buffer)[]): { text: string; closed: boolean } {
    this.open(0);
    for (const piece of pieces) this.send(piece, 0);
    const result = { text: this.text(0), closed: this.closed.has(0) };
    this.exports.http_closed(0);
    return result;
  }
}

export interface Reply {
  status: number;
  headers: Record<string, string>;
  body: string;
}

/** Cut a byte stream into responses. `heads`: indices of responses that have no body in spite of their length. */
export function replies(text: string, heads: readonly number[] = []): Reply[] {
  const list: Reply[] = [];
  let rest = text;
  while (rest !== "") {
    const end = rest.indexOf("\r\n\r\n");
    if (end < 0) throw new Error(`no end of head in ${JSON.stringify(rest)}`);
    const [status, ...fields] = rest.slice(0, end).split("\r\n");
    const match = /^HTTP\/1\.1 (\d{3}) .*$/.exec(status ?? "");
    if (!match) throw new Error(`bad status line ${JSON.stringify(status)}`);
    const headers: Record<string, string> = {};
    for (const field of fields) {
      const colon = field.indexOf(": ");
      headers[field.slice(0, colon)] = field.slice(colon + 2);
    }
    rest = rest.slice(end + 4);
    const code = Number(match[1]);
    let body = "";
    if (code >= 200 && code !== 204 && code !== 304 && !heads.includes(list.length)) {
      if (headers["transfer-encoding"] === "chunked") {
        for (;;) {
          const line = rest.slice(0, rest.indexOf("\r\n"));
          const size = Number.parseInt(line, 16);
          rest = rest.slice(line.length + 2);
          body += rest.slice(0, size);
          if (rest.slice(size, size + 2) !== "\r\n") throw new Error("bad chunk");
          rest = rest.slice(size + 2);
          if (size === 0) break;
        }
      } else if (headers["content-length"] !== undefined) {
        const n = Number(headers["content-length"]);
        body = rest.slice(0, n);
        if (body.length < n) throw new Error("short body");
        rest = rest.slice(n);
      } else {
        body = rest;
        rest = "";
      }
    }
    list.push({ status: code, headers, body });
  }
  return list;
}

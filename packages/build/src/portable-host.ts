/// <reference lib="dom" />
/**
 * The host of a portable artifact: what packages/vm/host does in C, done with Node's sockets. It is bundled into the
 * artifact and runs nowhere else.
 */
import { closeSync, openSync, readFileSync, unlinkSync, writeSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { webcrypto } from "node:crypto";
import { parseArgs } from "node:util";
import { decodeImage } from "@zerostart/vm/image-file.ts";
import { type MemoryImage, restoreImage } from "@zerostart/vm/image.ts";
import { encodeRequestPage, latencyBucketOf, type RequestCounts } from "@zerostart/protocol/requests.ts";
import { type PortableHeader, splitPortable } from "./portable-format.ts";

interface Exports {
  memory: WebAssembly.Memory;
  vm_resume(limit: number): void;
  vm_alloc(n: number): number;
  vm_load(at: number, n: number): number;
  vm_eval(): number;
  vm_compile(at: number, n: number, name: number, nameBytes: number): number;
  vm_poll(): bigint;
  vm_error_ptr(): number;
  vm_error_len(): number;
  vm_set_limits(cpuNs: bigint, maxBody: number): void;
  vm_env?(at: number, n: number): void;
  http_open(c: number): number;
  http_buffer(c: number): number;
  http_buffer_size(c: number): number;
  http_receive(c: number, n: number): number;
  http_writable(c: number): number;
  http_closed(c: number): void;
  http_drain(): void;
}

// Exit codes and phase numbers: docs/architecture.md and packages/protocol/src/phases.ts.
const exits = { drained: 0, handler: 1, usage: 2, damaged: 3, listen: 4 } as const;
const phase = { spawn: 0, vmInit: 2, ioInit: 3, load: 7, handlerInit: 8, listen: 10, firstRequest: 11, other: 12 } as const;
const highWater = 1 << 20;
const mib = 1 << 20;
const drainQuietMs = 250;

class StoppedError extends Error {}

function leave(code: number, message: string): never {
  writeSync(2, `${message}\n`);
  process.exit(code);
}

/** Each line of the console's output begins with its syslog priority (docs/architecture.md). */
const logLevels = process.env.ZEROSTART_LOG_LEVELS !== undefined;
const priorities = [7, 6, 4, 3, 3];
const levelled = (text: string, level: number) => text.replaceAll(/^/gm, `<${priorities[level] ?? 3}>`) + "\n";
const traceFd = process.env.ZEROSTART_TRACE_FD ? Number(process.env.ZEROSTART_TRACE_FD) : -1;
const trace: [number, bigint][] = [];
/** Until the trace was handed over: its descriptor may be a connection's afterwards. */
let tracing = traceFd >= 0;
function mark(index: number): void {
  if (tracing && trace.length < 24) trace.push([index, process.hrtime.bigint()]);
}
function finishTrace(): void {
  if (!tracing) return;
  mark(phase.firstRequest);
  tracing = false;
  const out = Buffer.alloc(8 + trace.length * 16);
  out.write("ZST1");
  out.writeUInt32LE(trace.length, 4);
  trace.forEach(([index, ns], i) => {
    out.writeUInt32LE(index, 8 + i * 16);
    out.writeBigUInt64LE(ns, 16 + i * 16);
  });
  writeSync(traceFd, out);
  closeSync(traceFd);
}

interface Options {
  port: number | undefined;
  host: string;
  unix: string | undefined;
  /** An inherited listening socket. */
  listenFd: number | undefined;
  verbose: boolean;
  heapBytes: number;
  cpuNs: bigint;
  maxBody: number;
}

function parseOptions(script: boolean): Options {
  try {
    const text = { type: "string" } as const;
    const { values } = parseArgs({
      options: {
        port: text,
        host: text,
        unix: text,
        "listen-fd": text,
        "heap-mb": text,
        "cpu-ms": text,
        "max-body": text,
        "max-connections": text,
        "idle-timeout-s": text,
        "request-timeout-s": text,
        "drain-timeout-s": text,
        // Node cannot limit itself so: what the native host does with it is not to be had.
        sandbox: text,
        pages: text,
        // It has no pool.
        affinity: text,
        verbose: { type: "boolean" },
      },
    });
    const number = (name: keyof typeof values, fallback: number, max: number): number => {
      const value = values[name] === undefined ? fallback : Number(values[name]);
      if (!Number.isInteger(value) || value < 0 || value > max) throw new Error(`not a number in range: --${name}`);
      return value;
    };
    if (values.sandbox === "required") throw new Error("--sandbox required: the portable host has none");
    if ((values.pages ?? "lazy") !== "lazy") throw new Error(`--pages ${values.pages}: the portable host has its memory from Node`);
    const given = values.port ?? process.env.PORT;
    if (given === undefined && !values.unix && values["listen-fd"] === undefined && !script) throw new Error("where to listen is missing: --port N");
    return {
      port: given === undefined ? undefined : number("port", Number(given), 65535),
      host: values.host ?? "127.0.0.1",
      unix: values.unix,
      listenFd: values["listen-fd"] === undefined ? undefined : number("listen-fd", 0, 1 << 20),
      verbose: values.verbose ?? false,
      heapBytes: number("heap-mb", 128, 1024) * mib,
      cpuNs: BigInt(number("cpu-ms", 10_000, 86_400_000)) * 1_000_000n,
      maxBody: number("max-body", 10 * mib, 1024 * mib),
    };
  } catch (error) {
    return leave(exits.usage, `zerostart: ${(error as Error).message}`);
  }
}

/** As packages/vm/host/requests.c, written a few times a second. */
class Requests {
  private readonly path = process.env.ZEROSTART_REQUESTS;
  private readonly counts: RequestCounts = { byClass: [0, 0, 0, 0, 0, 0], connections: 0, sumNs: 0, lastNs: 0, buckets: new Map() };
  /** Since when each connection's request waits for an answer. */
  private readonly pending = new Map<number, bigint>();
  private timer: NodeJS.Timeout | undefined;

  opened(): void {
    this.change(() => this.counts.connections++);
  }

  received(c: number, bytes: Uint8Array): void {
    const isHealthCheck = bytes[0] === 79 && Buffer.from(bytes.subarray(0, 9)).toString("latin1") === "OPTIONS *";
    if (this.path && !isHealthCheck && !this.pending.has(c)) this.pending.set(c, process.hrtime.bigint());
  }

  written(c: number, bytes: Uint8Array): void {
    const since = this.pending.get(c);
    if (since === undefined) return;
    this.pending.delete(c);
    const status = /^HTTP\/1\.\d ([2-5]\d\d)/.exec(Buffer.from(bytes.subarray(0, 12)).toString("latin1"))?.[1];
    if (status === undefined) return;
    this.change(() => {
      const now = process.hrtime.bigint();
      const bucket = latencyBucketOf(Number(now - since));
      this.counts.byClass[Number(status[0])]!++;
      this.counts.sumNs += Number(now - since);
      this.counts.lastNs = Number(now);
      this.counts.buckets.set(bucket, (this.counts.buckets.get(bucket) ?? 0) + 1);
    });
  }

  closed(c: number): void {
    this.change(() => {
      this.counts.connections--;
      if (this.pending.delete(c)) this.counts.byClass[0]!++;
    });
  }

  flush(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    if (!this.path) return;
    try {
      // In place: who reads it may have it open.
      const file = openSync(this.path, "r+");
      writeSync(file, encodeRequestPage(this.counts), 0);
      closeSync(file);
    } catch {
      // Nobody counts here.
    }
  }

  private change(work: () => void): void {
    if (!this.path) return;
    work();
    this.timer ??= setTimeout(() => this.flush(), 250).unref();
  }
}

class Host {
  private readonly header: PortableHeader;
  private readonly options: Options;
  private readonly module: WebAssembly.Module;
  private readonly image: MemoryImage;
  private readonly payload: Uint8Array;
  private readonly sockets = new Map<number, Socket>();
  private readonly closing = new Set<number>();
  private readonly waiting = new Set<number>();
  private readonly requests = new Requests();
  private vm!: Exports;
  private timer: NodeJS.Timeout | undefined;
  private server: Server | undefined;
  private draining = false;
  private answered = false;

  constructor(header: PortableHeader, data: Buffer, options: Options) {
    this.header = header;
    this.options = options;
    this.module = new WebAssembly.Module(data.subarray(0, header.wasmBytes) as Uint8Array<ArrayBuffer>);
    this.image = decodeImage(data.subarray(header.wasmBytes, header.wasmBytes + header.imageBytes));
    this.payload = data.subarray(header.wasmBytes + header.imageBytes);
  }

  private bytes(at: number, n: number): Uint8Array {
    return new Uint8Array(this.vm.memory.buffer, at >>> 0, n >>> 0);
  }

  private imports(): WebAssembly.ModuleImports {
    return {
      clock: () => process.hrtime.bigint(),
      time: () => Date.now(),
      random: (at: number, n: number) => {
        for (let i = 0; i < n; i += 65536) webcrypto.getRandomValues(this.bytes(at + i, Math.min(65536, n - i)) as Uint8Array<ArrayBuffer>);
      },
      log: (level: number, at: number, n: number) => {
        const text = this.bytes(at, n);
        (level >= 2 ? process.stderr : process.stdout).write(
          logLevels ? levelled(Buffer.from(text).toString(), level) : Buffer.concat([text, Buffer.from("\n")]),
        );
        // A handler serves on after an error that nobody caught (level 4); a script ends, as it does under Node.
        if (level === 4 && this.header.script) process.exit(exits.handler);
      },
      write: (c: number, at: number, n: number) => this.write(c, at, n),
      close: (c: number) => {
        this.closing.add(c);
        this.sockets.get(c)?.end();
      },
      // Outbound connections are the native host's alone.
      connect: () => -4,
      phase: (index: number) => mark(index),
      fatal: (at: number, n: number) => {
        throw new StoppedError(Buffer.from(this.bytes(at, n)).toString());
      },
    };
  }

  private write(c: number, at: number, n: number): number {
    const socket = this.sockets.get(c);
    if (!socket || socket.destroyed || this.closing.has(c)) return -2;
    if (socket.writableLength >= highWater) {
      this.waiting.add(c);
      return -1;
    }
    const taken = Math.min(n, highWater);
    socket.write(Buffer.from(this.bytes(at, taken)));
    this.requests.written(c, this.bytes(at, taken));
    this.answered = true;
    return taken;
  }

  private lastError(): string {
    return Buffer.from(this.bytes(this.vm.vm_error_ptr(), this.vm.vm_error_len())).toString();
  }

  private put(bytes: Uint8Array): number {
    const at = this.vm.vm_alloc(bytes.length);
    if (!at) throw new StoppedError("out of memory");
    this.bytes(at, bytes.length).set(bytes);
    return at;
  }

  /** From a pristine image to a handler that is ready. */
  bringUp(): void {
    const { vm_resume, ...rest } = new WebAssembly.Instance(this.module, { host: this.imports() }).exports as unknown as Exports;
    this.vm = { vm_resume, ...rest };
    restoreImage(this.image, this.vm.memory);
    vm_resume(this.options.heapBytes);
    this.vm.vm_set_limits(this.options.cpuNs, this.options.maxBody);
    const pairs = Object.entries(process.env)
      .filter(([k]) => k.startsWith("ZS_ENV_"))
      .map(([k, v]) => `${k.slice(7)}=${v}\0`)
      .join("");
    if (pairs && this.vm.vm_env) {
      const bytes = Buffer.from(pairs);
      this.vm.vm_env(this.put(bytes), bytes.length);
    }
    mark(this.header.kind === "snapshot" ? phase.load : phase.vmInit);
    if (this.header.kind === "snapshot") return;
    if (this.header.kind === "source") {
      const nul = this.payload.indexOf(0);
      const [name, source] = [this.payload.subarray(0, nul), this.payload.subarray(nul + 1)];
      if (this.vm.vm_compile(this.put(source), source.length, this.put(name), name.length)) leave(exits.handler, this.lastError());
    } else if (this.vm.vm_load(this.put(this.payload), this.payload.length)) {
      leave(exits.damaged, `zerostart: this artifact is damaged: its bytecode was refused: ${this.lastError()}`);
    }
    mark(phase.load);
    if (this.vm.vm_eval()) leave(exits.handler, this.lastError());
    mark(phase.handlerInit);
  }

  /** Run something in the VM; when it stops for good, answer 500, restore the image and go on. */
  private turn(work: () => void): void {
    try {
      work();
      this.schedule();
    } catch (error) {
      if (!(error instanceof StoppedError || error instanceof WebAssembly.RuntimeError || error instanceof RangeError)) throw error;
      writeSync(2, `zerostart: the handler was stopped and restored: ${error.message}\n`);
      for (const [c, socket] of this.sockets) {
        this.requests.written(c, Buffer.from("HTTP/1.1 500"));
        socket.end("HTTP/1.1 500 Internal Server Error\r\ncontent-type: text/plain\r\ncontent-length: 23\r\nconnection: close\r\n\r\nThe handler was stopped");
      }
      this.sockets.clear();
      this.bringUp();
    }
  }

  private schedule(): void {
    clearTimeout(this.timer);
    const wait = this.vm.vm_poll();
    if (this.answered) finishTrace();
    if (wait >= 0n) this.timer = setTimeout(() => this.turn(() => {}), Math.min(Number(wait / 1_000_000n) + (wait % 1_000_000n ? 1 : 0), 0x7fffffff));
  }

  runScript(): void {
    const wait = this.vm.vm_poll();
    if (wait < 0n) return;
    setTimeout(() => this.runScript(), Number(wait / 1_000_000n) + 1);
  }

  serve(): void {
    const free: number[] = [];
    let used = 0;
    const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
      const c = free.pop() ?? used++;
      mark(phase.other);
      this.sockets.set(c, socket);
      this.closing.delete(c);
      this.requests.opened();
      const mine = () => this.sockets.get(c) === socket && !this.closing.has(c);
      socket.on("data", (data: Buffer) => this.turn(() => this.receive(c, socket, data, mine)));
      socket.on("end", () => mine() && this.turn(() => void this.vm.http_receive(c, 0)));
      socket.on("drain", () => mine() && this.waiting.delete(c) && this.turn(() => void this.vm.http_writable(c)));
      socket.on("error", () => {});
      socket.on("close", () => {
        this.requests.closed(c);
        if (mine()) this.turn(() => this.vm.http_closed(c));
        if (this.sockets.get(c) === socket) this.sockets.delete(c);
        free.push(c);
        if (this.draining && this.sockets.size === 0) process.exit(exits.drained);
      });
      this.turn(() => {
        if (this.vm.http_open(c)) socket.destroy();
      });
    });
    this.server = server;
    server.on("error", (error: NodeJS.ErrnoException) =>
      leave(exits.listen, `zerostart: cannot listen: ${error.code === "EADDRINUSE" ? "the address is in use" : error.message}`),
    );
    const { listenFd, unix } = this.options;
    server.listen(
      listenFd !== undefined ? { fd: listenFd } : unix ? { path: unix } : { port: this.options.port, host: this.options.host, backlog: 1024 },
      () => {
        mark(phase.listen);
        const address = server.address();
        if ((this.options.verbose || this.options.port === 0) && address && typeof address === "object")
          writeSync(2, `listening on http://${this.options.host}:${address.port}\n`);
      },
    );
    for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, () => this.drain());
    this.turn(() => {});
  }

  /** Hand received bytes to the VM as it has room; what it cannot take yet waits with the socket paused. */
  private receive(c: number, socket: Socket, data: Buffer, mine: () => boolean): void {
    let at = 0;
    while (at < data.length && mine()) {
      const room = this.vm.http_buffer_size(c);
      if (room === 0) {
        socket.pause();
        const rest = data.subarray(at);
        setTimeout(() => {
          socket.resume();
          if (mine()) this.turn(() => this.receive(c, socket, rest, mine));
        }, 1);
        return;
      }
      const n = Math.min(room, data.length - at);
      this.bytes(this.vm.http_buffer(c), n).set(data.subarray(at, at + n));
      this.requests.received(c, data.subarray(at, at + n));
      at += n;
      this.vm.http_receive(c, n);
    }
  }

  private drain(): void {
    if (this.draining) return;
    this.draining = true;
    this.server?.close();
    process.on("exit", () => this.requests.flush());
    if (this.options.unix) unlinkQuietly(this.options.unix);
    this.turn(() => this.vm.http_drain());
    if (this.sockets.size === 0) process.exit(exits.drained);
    // A request that was sent before its peer could know is still answered; then who waits for a next one is let go.
    setTimeout(
      () =>
        this.turn(() => {
          for (const c of this.sockets.keys()) if (!this.closing.has(c)) this.vm.http_receive(c, 0);
        }),
      drainQuietMs,
    );
    setTimeout(() => process.exit(exits.drained), 10_000);
  }
}

function unlinkQuietly(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // It is gone already.
  }
}

function main(): void {
  mark(phase.spawn);
  let file: ReturnType<typeof splitPortable>;
  try {
    file = splitPortable(readFileSync(process.argv[1]!));
  } catch (error) {
    return leave(exits.damaged, `zerostart: this artifact is damaged: ${(error as Error).message}`);
  }
  if (!file.intact) leave(exits.damaged, "zerostart: this artifact is damaged: its content does not match its digest");
  const host = new Host(file.header, file.data, parseOptions(file.header.script));
  mark(phase.ioInit);
  try {
    host.bringUp();
  } catch (error) {
    leave(exits.handler, `zerostart: the handler stopped before it was ready: ${(error as Error).message}`);
  }
  if (file.header.script) host.runScript();
  else host.serve();
}

main();

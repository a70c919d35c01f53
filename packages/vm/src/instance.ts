/// <reference lib="dom" />
/** The engine inside Node or a browser: boots images, runs top levels, and answers requests fed as bytes. Opens no sockets. */
import { kinds } from "@zerostart/bytecode/kinds.ts";
import { cutImage, type MemoryImage, restoreImage } from "./image.ts";
import { clearPlan, lowBuffer, type PlanArea, putPlan } from "./placement.ts";

/** The exports that building needs (docs/architecture.md, "the VM's WebAssembly interface"). */
export interface VmExports {
  memory: WebAssembly.Memory;
  vm_boot(plan: number, planBytes: number): void;
  vm_unload(): void;
  vm_resume(heapLimitBytes: number): void;
  vm_plan(plan: number, planBytes: number): void;
  vm_settle(): void;
  vm_prepared(at: number, room: number): number;
  vm_prepare(at: number, bytes: number): void;
  vm_patterns(text: number, bytes: number): number;
  vm_watch(): void;
  vm_describe(at: number, room: number): number;
  vm_adopt(at: number): void;
  vm_heap_bytes(): number;
  vm_census(at: number): void;
  vm_alloc(bytes: number): number;
  vm_free(at: number): void;
  vm_load(at: number, bytes: number): number;
  vm_eval(): number;
  vm_compile(source: number, sourceBytes: number, name: number, nameBytes: number): number;
  vm_poll(): bigint;
  vm_error_ptr(): number;
  vm_error_len(): number;
  vm_env(at: number, bytes: number): void;
  vm_set_limits(cpuNsPerTurn: bigint, maxBodyBytes: number): void;
  vm_gc_stress(mode: number): void;
  vm_image_prepare(): number;
  vm_stack_start(): number;
  vm_stack_end(): number;
  vm_gc_observe(): number;
  http_open(connection: number): number;
  http_buffer(connection: number): number;
  http_buffer_size(connection: number): number;
  http_receive(connection: number, bytes: number): number;
  http_writable(connection: number): number;
  http_closed(connection: number): void;
}

/** The VM stopped for good: a trap, a stack overflow of the engine, or host.fatal. */
export class VmStoppedError extends Error {}

export interface ConsoleRecord {
  level: "debug" | "info" | "warn" | "error";
  text: string;
}
/** What is collected at every safe point: young cells; all; young ones, with a few cells more of a full collection that never rests. */
export const gcStresses = ["young", "all", "slices"] as const;
export type GcStress = (typeof gcStresses)[number];
/** Added to their number: check the heap after each collection. */
const gcCheck = 4;

/** By the VM's number; 4 is an error that nobody caught. */
const levels = ["debug", "info", "warn", "error", "error"] as const;
const secureRandom = (into: Uint8Array<ArrayBuffer>) => void crypto.getRandomValues(into);
/** Memory that every start has, in pages of 64 KiB. */
const initialPages = 256;

export interface VmOptions {
  /** Console records kept; what comes after them is dropped. 1000 unless given. */
  maxRecords?: number;
  /** Bytes kept of one of them (65,536). */
  maxRecordBytes?: number;
  /** Given each console record, and none is kept. */
  log?: (record: ConsoleRecord) => void;
  /** Instead of the machine's clocks, ms; `time` says the time of day when it is another. */
  clock?: () => number;
  time?: () => number;
  /** Instead of secure random bytes. */
  random?: (into: Uint8Array<ArrayBuffer>) => void;
  /** Functions that an instrumented engine calls (scripts/layout.ts). */
  instruments?: WebAssembly.ModuleImports;
}

/** Takes what the VM writes, which is valid during the call alone; the number of bytes taken, or -1 for none before `writable`. */
export type TakeOutput = (output: Uint8Array) => number;

export class VmInstance {
  readonly exports: VmExports;
  readonly records: ConsoleRecord[] = [];
  /** What the running code asked of the outside: frozen into a snapshot, so worth a warning. */
  readonly used = { random: false, time: false };
  /** Places that it wanted to connect to, some hundred at most. */
  readonly refused: string[] = [];
  private isNew = true;
  private cold: MemoryImage["cold"];
  private plan: PlanArea | undefined;
  /** Who takes what the VM writes to each open connection. */
  private readonly connections = new Map<number, TakeOutput>();

  constructor(module: WebAssembly.Module, options: VmOptions = {}) {
    const { maxRecords = 1000, maxRecordBytes = 65536, instruments = {}, log, clock, time, random } = options;
    const text = (at: number, n: number) => new TextDecoder().decode(this.bytes(at, n));
    const host = {
      clock: () => BigInt(Math.round((clock ?? performance.now.bind(performance))() * 1e6)),
      time: () => ((this.used.time = true), (time ?? clock ?? Date.now)()),
      random: (at: number, n: number) => {
        this.used.random = true;
        for (let i = 0; i < n; i += 65536) (random ?? secureRandom)(this.bytes(at + i, Math.min(65536, n - i)));
      },
      log: (level: number, at: number, n: number) => {
        if (!log && this.records.length >= maxRecords) return;
        const record = { level: levels[level] ?? "info", text: text(at, Math.min(n, maxRecordBytes)) };
        if (log) log(record);
        else this.records.push(record);
      },
      write: (connection: number, at: number, n: number) => {
        const take = this.connections.get(connection);
        return take ? take(this.bytes(at, n)) : -2;
      },
      close: () => {},
      // No way out from here.
      connect: (at: number, n: number) => {
        if (this.refused.length < 100) this.refused.push(text(at, Math.min(n, 300)));
        return -4;
      },
      phase: () => {},
      fatal: (at: number, n: number) => {
        throw new VmStoppedError(text(at, n));
      },
    };
    const known = new Set(Object.keys(host));
    for (const i of WebAssembly.Module.imports(module)) {
      if (i.module === "env" && i.name in instruments) continue;
      if (i.module !== "host" || !known.has(i.name)) throw new VmStoppedError(`the engine imports ${i.module}.${i.name}, which no host has`);
    }
    this.exports = new WebAssembly.Instance(module, { host, env: instruments }).exports as unknown as VmExports;
  }

  private bytes(at: number, n: number): Uint8Array<ArrayBuffer> {
    return new Uint8Array(this.exports.memory.buffer as ArrayBuffer, at >>> 0, n >>> 0);
  }

  /** An empty heap in fresh memory. `plan`: where a placement plan lies in memory (scripts/layout.ts). */
  boot(plan = 0, planBytes = 0): void {
    this.isNew = false;
    this.guard(() => this.exports.vm_boot(plan, planBytes));
  }

  /** Tests: from now on collect at every safe point and check the heap after each collection, to find what the collector misses. Very slow. */
  stressCollector(how: GcStress): void {
    this.exports.vm_gc_stress(gcStresses.indexOf(how) + 1 + gcCheck);
  }

  /** Forget what was loaded and the connections: the realm stays, with what it learnt. */
  unload(): void {
    this.guard(() => this.exports.vm_unload());
  }

  /** Every allocation from now on as the plan says (placement.ts); an empty one is recorded into. */
  followPlan(plan: Uint32Array, area: PlanArea): void {
    putPlan(this.exports.memory, plan, area);
    this.plan = area;
    this.guard(() => this.exports.vm_plan(area.at, area.bytes));
  }

  resume(image: MemoryImage, heapLimitBytes: number, cpuNsPerTurn: bigint): void {
    this.cold = image.cold;
    restoreImage(image, this.exports.memory, this.isNew);
    this.isNew = false;
    this.guard(() => {
      this.exports.vm_resume(heapLimitBytes);
      this.exports.vm_set_limits(cpuNsPerTurn, 10 << 20);
    });
    this.used.random = this.used.time = false;
  }

  /** Load bytecode; the VM's message when it refuses. */
  load(bytecode: Uint8Array): string | undefined {
    return this.withBuffer(bytecode, (at, length) => (this.exports.vm_load(at, length) ? this.lastError() : undefined));
  }

  /** Compile and load source, given as name, NUL, text (an image with the compiler); the VM's message when it refuses. */
  compile(source: Uint8Array): string | undefined {
    return this.guard(() => {
      const nameBytes = source.indexOf(0);
      const at = this.exports.vm_alloc(source.length);
      if (!at) throw new VmStoppedError("the source does not fit into the handler's memory");
      this.bytes(at, source.length).set(source);
      const failed = this.exports.vm_compile(at + nameBytes + 1, source.length - nameBytes - 1, at, nameBytes);
      const message = failed ? this.lastError() : undefined;
      this.exports.vm_free(at);
      return message;
    });
  }

  /** Run the top level; the VM's message (with the stack) when it throws or passes its CPU limit. */
  evaluate(): string | undefined {
    return this.guard(() => (this.exports.vm_eval() ? this.lastError() : undefined));
  }

  /** True while timers or jobs are pending. */
  hasPendingWork(): boolean {
    return this.poll() >= 0n;
  }

  /** Run due timers and jobs; ns until the next timer, -1 when nothing is pending. */
  poll(): bigint {
    return this.guard(() => this.exports.vm_poll());
  }

  /** The handler's `env`. Names have no `=`, and neither they nor values a NUL. */
  setEnvironment(env: Record<string, string>): void {
    const bytes = new TextEncoder().encode(
      Object.entries(env)
        .map(([name, value]) => `${name}=${value}\0`)
        .join(""),
    );
    if (bytes.length === 0) return;
    this.guard(() => {
      const at = this.exports.vm_alloc(bytes.length);
      if (!at) throw new VmStoppedError("the variables do not fit into the handler's memory");
      this.bytes(at, bytes.length).set(bytes);
      this.exports.vm_env(at, bytes.length);
    });
  }

  /** Open a connection to the handler; its number. */
  open(take: TakeOutput): number {
    let connection = 1;
    while (this.connections.has(connection)) connection++;
    this.connections.set(connection, take);
    this.guard(() => {
      if (this.exports.http_open(connection) < 0) throw new VmStoppedError("the VM takes no connection");
    });
    return connection;
  }

  /** Give a connection input; how many bytes of it were taken. Runs the handler when a request is complete. */
  receive(connection: number, input: Uint8Array): number {
    return this.guard(() => {
      let at = 0;
      while (at < input.length) {
        const room = Math.min(this.exports.http_buffer_size(connection), input.length - at);
        if (room <= 0) break;
        this.bytes(this.exports.http_buffer(connection), room).set(input.subarray(at, at + room));
        this.exports.http_receive(connection, room);
        at += room;
      }
      return at;
    });
  }

  /** Who takes a connection's output has room again. */
  writable(connection: number): void {
    this.guard(() => this.exports.http_writable(connection));
  }

  /** The peer of a connection is gone. */
  close(connection: number): void {
    this.guard(() => this.exports.http_closed(connection));
    this.connections.delete(connection);
  }

  /**
   * The bytes that the VM answers to a whole connection's input (one or several pipelined requests). Runs jobs and due timers until
   * `waitMs` have passed or nothing is pending; asynchronous handlers that wait for longer have not answered yet.
   */
  async exchange(input: Uint8Array, waitMs = 1000): Promise<Uint8Array> {
    const output: Uint8Array[] = [];
    const connection = this.open((bytes) => output.push(bytes.slice()) && bytes.length);
    this.receive(connection, input);
    const until = performance.now() + waitMs;
    for (;;) {
      const wait = this.poll();
      if (wait < 0n || performance.now() >= until) break;
      await new Promise((resolve) => setTimeout(resolve, Number(wait / 1_000_000n) + 1));
    }
    this.close(connection);
    const answer = new Uint8Array(output.reduce((sum, part) => sum + part.length, 0));
    output.reduce((at, part) => (answer.set(part, at), at + part.length), 0);
    return answer;
  }

  /** What lives outside the image that was resumed: cells and bytes by the name of their kind (bytecode/src/kinds.ts). Collects first. */
  census(): Map<string, { cells: number; bytes: number }> {
    return this.withBuffer(kinds.length * 8, (at) => {
      this.exports.vm_census(at);
      const view = new DataView(this.exports.memory.buffer, at);
      return new Map(
        kinds.flatMap(({ name }, i) => {
          const cells = view.getUint32(i * 8, true);
          return cells === 0 ? [] : [[name, { cells, bytes: view.getUint32(i * 8 + 4, true) }] as const];
        }),
      );
    });
  }

  takeImage(): MemoryImage {
    return this.guard(() => {
      const end = this.exports.vm_image_prepare() >>> 0;
      const stack = { start: this.exports.vm_stack_start() >>> 0, end: this.exports.vm_stack_end() >>> 0 };
      if (this.plan) clearPlan(this.exports.memory, this.plan);
      this.plan = undefined;
      // What was grown beyond the image's end is not worth keeping.
      const pages = Math.max(Math.ceil(end / 65536), Math.min(initialPages, this.exports.memory.buffer.byteLength / 65536));
      const image = cutImage(new Uint8Array(this.exports.memory.buffer, 0, pages * 65536), stack, end);
      return this.cold ? { ...image, cold: this.cold } : image;
    });
  }

  /**
   * Give the VM bytes where it has nothing itself, so that an image has no hole where they were: below all that it knows, or if they are many behind it, with room for what it makes of
   * them. A number: that many zero bytes, for what it writes.
   */
  withBuffer<T>(bytes: Uint8Array | number, work: (at: number, length: number) => T): T {
    return this.guard(() => {
      const { memory } = this.exports;
      const length = typeof bytes === "number" ? bytes : bytes.length;
      const end = memory.buffer.byteLength;
      const at = length <= lowBuffer.bytes ? lowBuffer.at : end + 4 * Math.ceil(length / 65536) * 65536;
      if (at > end) memory.grow(Math.ceil((at + length - end) / 65536));
      if (typeof bytes !== "number") this.bytes(at, length).set(bytes);
      const result = work(at, length);
      this.bytes(at, length).fill(0);
      return result;
    });
  }

  lastError(): string {
    return new TextDecoder().decode(this.bytes(this.exports.vm_error_ptr(), this.exports.vm_error_len()));
  }

  private guard<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      if (error instanceof WebAssembly.RuntimeError || error instanceof RangeError)
        throw new VmStoppedError(`the VM stopped: ${error.message}`, { cause: error });
      throw error;
    }
  }
}

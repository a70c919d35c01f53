/// <reference lib="dom" />
/** The engine inside Node at build time: boots images and runs top levels. Serves nothing. */
import { randomFillSync } from "node:crypto";
import { cutImage, type MemoryImage, restoreImage } from "./image.ts";

/** The exports that building needs (docs/architecture.md, "the VM's WebAssembly interface"). */
export interface VmExports {
  memory: WebAssembly.Memory;
  vm_boot(): void;
  vm_resume(heapLimitBytes: number): void;
  vm_alloc(bytes: number): number;
  vm_free(at: number): void;
  vm_load(at: number, bytes: number): number;
  vm_eval(): number;
  vm_poll(): bigint;
  vm_error_ptr(): number;
  vm_error_len(): number;
  vm_set_limits(cpuNsPerTurn: bigint, maxBodyBytes: number): void;
  vm_image_prepare(): number;
  vm_stack_start(): number;
  vm_stack_end(): number;
}

/** The VM stopped for good: a trap, a stack overflow of the engine, or host.fatal. */
export class VmStoppedError extends Error {}

export interface ConsoleRecord {
  level: "debug" | "info" | "warn" | "error";
  text: string;
}
const levels = ["debug", "info", "warn", "error"] as const;

export class VmInstance {
  readonly exports: VmExports;
  readonly records: ConsoleRecord[] = [];
  /** What the running code asked of the outside: frozen into a snapshot, so worth a warning. */
  readonly used = { random: false, time: false };

  /** `maxRecords`: console records kept; what comes after them is dropped. */
  constructor(module: WebAssembly.Module, maxRecords = 1000) {
    const text = (at: number, n: number) => new TextDecoder().decode(this.bytes(at, n));
    const host = {
      clock: () => process.hrtime.bigint(),
      time: () => ((this.used.time = true), Date.now()),
      random: (at: number, n: number) => {
        this.used.random = true;
        randomFillSync(this.bytes(at, n));
      },
      log: (level: number, at: number, n: number) => {
        if (this.records.length < maxRecords) this.records.push({ level: levels[level] ?? "info", text: text(at, Math.min(n, 65536)) });
      },
      write: () => -2,
      close: () => {},
      phase: () => {},
      fatal: (at: number, n: number) => {
        throw new VmStoppedError(text(at, n));
      },
    };
    const known = new Set(Object.keys(host));
    for (const i of WebAssembly.Module.imports(module)) {
      if (i.module !== "host" || !known.has(i.name)) throw new VmStoppedError(`the engine imports ${i.module}.${i.name}, which no host has`);
    }
    this.exports = new WebAssembly.Instance(module, { host }).exports as unknown as VmExports;
  }

  private bytes(at: number, n: number): Uint8Array {
    return new Uint8Array(this.exports.memory.buffer, at >>> 0, n >>> 0);
  }

  /** An empty heap in fresh memory. */
  boot(): void {
    this.guard(() => this.exports.vm_boot());
  }

  resume(image: MemoryImage, heapLimitBytes: number, cpuNsPerTurn: bigint): void {
    restoreImage(image, this.exports.memory);
    this.guard(() => {
      this.exports.vm_resume(heapLimitBytes);
      this.exports.vm_set_limits(cpuNsPerTurn, 10 << 20);
    });
    this.used.random = this.used.time = false;
  }

  /** Load bytecode; the VM's message when it refuses. */
  load(bytecode: Uint8Array): string | undefined {
    return this.guard(() => {
      const at = this.exports.vm_alloc(bytecode.length);
      if (!at) throw new VmStoppedError("the bytecode does not fit into the handler's memory");
      this.bytes(at, bytecode.length).set(bytecode);
      const failed = this.exports.vm_load(at, bytecode.length);
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
    return this.guard(() => this.exports.vm_poll()) >= 0n;
  }

  takeImage(): MemoryImage {
    return this.guard(() => {
      const end = this.exports.vm_image_prepare() >>> 0;
      const stack = { start: this.exports.vm_stack_start() >>> 0, end: this.exports.vm_stack_end() >>> 0 };
      return cutImage(new Uint8Array(this.exports.memory.buffer), stack, end);
    });
  }

  private lastError(): string {
    return new TextDecoder().decode(this.bytes(this.exports.vm_error_ptr(), this.exports.vm_error_len()));
  }

  private guard<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      if (error instanceof WebAssembly.RuntimeError || error instanceof RangeError) throw new VmStoppedError(`the VM stopped: ${error.message}`);
      throw error;
    }
  }
}

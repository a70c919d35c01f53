/** From bytecode to the memory image after the handler's top level ran. */
import type { Engine } from "./engine.ts";
import { startThread, takeSpare } from "./snapshot-thread.ts";
import type { MemoryImage } from "@zerostart/vm/image.ts";
import type { ConsoleRecord } from "@zerostart/vm/instance.ts";

/** What the thread is told first, and then what to run. */
export type SnapshotEngine = Pick<Engine, "module" | "baseImage" | "tracing">;
export interface SnapshotInput {
  bytecode: Uint8Array;
  cpuNs: bigint;
  /** Paths that the handler is asked for, one after the other, after its top level. */
  prime: string[];
}
export type SnapshotOutput =
  | {
      ok: true;
      image: MemoryImage;
      initMs: number;
      pending: boolean;
      /** By the top level; and whether primed requests used random numbers. */
      used: { random: boolean; time: boolean; randomPriming: boolean };
      /** How each path was answered. */
      primed: { path: string; status: number }[];
      records: ConsoleRecord[];
    }
  /** `primed`: it was not the top level that failed, but this path. */
  | { ok: false; message: string; primed?: string; records: ConsoleRecord[] };

export interface SnapshotOptions {
  /** CPU time the top level may take, as the VM counts it. */
  cpuMs?: number;
  /** See SnapshotInput. */
  prime?: string[] | undefined;
  /** After this the thread is ended from outside, whatever the VM does. */
  wallMs?: number;
  signal?: AbortSignal;
}

const defaultCpuMs = 5_000;
/** The machine may be busy with other things. */
const wallGraceMs = 60_000;

/** Never rejects for what the handler does: a throw, an endless loop or a trap is `ok: false` with the message. */
export function takeSnapshot(engine: Engine, bytecode: Uint8Array, options: SnapshotOptions = {}): Promise<SnapshotOutput> {
  const cpuMs = options.cpuMs ?? defaultCpuMs;
  const wallMs = options.wallMs ?? cpuMs + wallGraceMs;
  options.signal?.throwIfAborted();
  return new Promise((resolve, reject) => {
    const spare = takeSpare(engine.stamp);
    const { worker } = spare ?? startThread();
    // Compiled once in this process, and by its first snapshots to machine code, which the next ones' threads have too.
    if (!spare) worker.postMessage({ module: engine.module, baseImage: engine.baseImage, tracing: engine.tracing } satisfies SnapshotEngine);
    worker.ref();
    worker.postMessage({ bytecode, cpuNs: BigInt(cpuMs) * 1_000_000n, prime: options.prime ?? [] } satisfies SnapshotInput);
    const end = () => {
      clearTimeout(timer);
      options.signal?.removeEventListener("abort", onAbort);
      void worker.terminate();
    };
    const onAbort = () => {
      end();
      reject(options.signal!.reason as Error);
    };
    const timer = setTimeout(() => {
      end();
      resolve({
        ok: false,
        message: `The handler's top level${options.prime?.length ? ", with the requests that prime it," : ""} did not end within ${wallMs / 1000} s`,
        records: [],
      });
    }, wallMs);
    options.signal?.addEventListener("abort", onAbort);
    worker.once("message", (output: SnapshotOutput) => {
      end();
      resolve(output);
    });
    worker.once("error", (error) => {
      end();
      reject(error);
    });
  });
}

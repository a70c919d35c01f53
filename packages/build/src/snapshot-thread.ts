/**
 * The thread that runs a handler's top level (snapshot-worker.ts). To start it takes as long as to start Node, and its engine needs some work before it runs at full speed, so a
 * command that will want a snapshot begins with it, before its own modules are loaded: hence this one asks for nothing but Node's.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { engineStamp, usualEngine } from "./engine-files.ts";

export interface SnapshotThread {
  worker: Worker;
  /** Of the engine that it was told when it was started (engineStamp); undefined when it waits to be told one. */
  stamp?: string;
}

/** What the thread is told first: the engine as it was read, or as snapshot.ts has it. */
export interface EngineFiles {
  wasm: Uint8Array<ArrayBuffer>;
  baseImageFile: Uint8Array<ArrayBuffer>;
  tracing: Uint8Array<ArrayBuffer>;
}

let spare: SnapshotThread | undefined;

export function startThread(): SnapshotThread {
  return { worker: new Worker(new URL("./snapshot-worker.ts", import.meta.url), { execArgv: [] }) };
}

/** Start the next snapshot's thread ahead, with the engine that is usual. Why one cannot be loaded is told to who asks for a snapshot. */
export function expectSnapshot(): void {
  if (spare) return;
  const thread = startThread();
  // It keeps no process alive, and one that failed is of no use.
  thread.worker.unref();
  thread.worker.once("error", () => (spare = spare === thread ? undefined : spare));
  try {
    // Before the files are read: should one change meanwhile, the stamp is not that of what who asks has.
    const stamp = engineStamp(usualEngine());
    const read = (name: string) => new Uint8Array(readFileSync(join(usualEngine(), name)));
    const files: EngineFiles = { wasm: read("vm.wasm"), baseImageFile: read("base.image"), tracing: read("vm.tracing.wasm") };
    thread.worker.postMessage(
      files,
      Object.values(files).map((file: Uint8Array<ArrayBuffer>) => file.buffer),
    );
    thread.stamp = stamp;
    spare = thread;
  } catch {
    void thread.worker.terminate();
  }
}

/** The one that was started ahead, when it has this engine. */
export function takeSpare(stamp: string | undefined): SnapshotThread | undefined {
  if (!spare || spare.stamp !== stamp) return undefined;
  const taken = spare;
  spare = undefined;
  return taken;
}

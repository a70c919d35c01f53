/** Runs a plain script (or a module without imports) on the VM in this process: what tests and the playground do. */
import type { MemoryImage } from "./image.ts";
import { type ConsoleRecord, type GcStress, VmInstance, VmStoppedError } from "./instance.ts";

export interface ScriptResult {
  /** Console records in order. */
  readonly records: readonly ConsoleRecord[];
  /** log, info and debug records, one line each, as a terminal shows them. */
  readonly stdout: string;
  /** Message and stack of what ended the script: an uncaught error, a limit, or bytecode that was refused. */
  readonly error: string | undefined;
}
export interface ScriptOptions {
  readonly heapBytes?: number;
  readonly cpuMs?: number;
  /** How long pending timers and jobs are waited for. */
  readonly waitMs?: number;
  /** See VmInstance.stressCollector. */
  readonly gcStress?: GcStress | undefined;
}

/** Runs bytecode in a fresh realm restored from `image`. Never throws for what the script does. */
export async function runBytecode(module: WebAssembly.Module, image: MemoryImage, bytecode: Uint8Array, options: ScriptOptions = {}): Promise<ScriptResult> {
  const vm = new VmInstance(module, { maxRecords: 1_000_000, maxRecordBytes: 1 << 24 });
  let error: string | undefined;
  try {
    vm.resume(image, options.heapBytes ?? 256 << 20, BigInt(options.cpuMs ?? 10_000) * 1_000_000n);
    if (options.gcStress !== undefined) vm.stressCollector(options.gcStress);
    error = vm.load(bytecode) ?? vm.evaluate();
    const until = performance.now() + (options.waitMs ?? 1000);
    while (error === undefined && performance.now() < until) {
      const wait = vm.poll();
      if (wait < 0n) break;
      await new Promise((resolve) => setTimeout(resolve, Number(wait / 1_000_000n) + 1));
    }
  } catch (stopped) {
    if (!(stopped instanceof VmStoppedError)) throw stopped;
    error = stopped.message;
  }
  const stdout = vm.records.flatMap((r) => (r.level === "info" || r.level === "debug" ? [`${r.text}\n`] : [])).join("");
  return { records: vm.records, stdout, error };
}

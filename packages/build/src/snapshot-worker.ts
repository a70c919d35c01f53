/** Runs a handler's top level in a thread of its own, so that it can be ended whatever it does. */
import { parentPort, workerData } from "node:worker_threads";
import type { SnapshotInput, SnapshotOutput } from "./snapshot.ts";
import { VmInstance, VmStoppedError } from "@zerostart/vm/instance.ts";

const buildHeapBytes = 512 << 20;

function takeSnapshot(input: SnapshotInput): SnapshotOutput {
  const vm = new VmInstance(input.module);
  try {
    vm.resume(input.baseImage, buildHeapBytes, input.cpuNs);
    const refused = vm.load(input.bytecode);
    if (refused !== undefined) return { ok: false, message: refused, records: vm.records };
    const begun = performance.now();
    const thrown = vm.evaluate();
    const initMs = performance.now() - begun;
    if (thrown !== undefined) return { ok: false, message: thrown, records: vm.records };
    const pending = vm.hasPendingWork();
    const used = { ...vm.used };
    return { ok: true, image: vm.takeImage(), initMs, pending, used, records: vm.records };
  } catch (error) {
    if (error instanceof VmStoppedError) return { ok: false, message: error.message, records: vm.records };
    throw error;
  }
}

const output = takeSnapshot(workerData as SnapshotInput);
parentPort!.postMessage(output, output.ok ? output.image.ranges.map((r) => r.bytes.buffer as ArrayBuffer) : []);

/** Many programs in one engine instance, each in a realm of its own: restoring an image by hand is several times as quick as a new instance. */
import { type MemoryImage, VmInstance } from "../../src/index.ts";

/** Frame records and the shape cache (assembly/state.ts); the registers behind them are written before they are read. */
const clearedStackBytes = 0x100000;
/** An instance whose memory has grown beyond this is given up. */
const mostBytes = 64 << 20;

export interface RealmLimits {
  readonly heapBytes: number;
  /** CPU time of a turn. */
  readonly cpuNs: bigint;
  /** Instead of the machine's clocks, ms. */
  readonly clock?: () => number;
}

export class Realms {
  private readonly module: WebAssembly.Module;
  private readonly limits: RealmLimits;
  private vm: VmInstance | undefined;

  constructor(module: WebAssembly.Module, limits: RealmLimits) {
    this.module = module;
    this.limits = limits;
  }

  /** The engine with the image's realm and no console records. What was made before of the same Realms is gone. */
  next(image: MemoryImage): VmInstance {
    const { heapBytes, cpuNs, clock } = this.limits;
    if (this.vm === undefined || this.vm.exports.memory.buffer.byteLength > mostBytes) {
      this.vm = new VmInstance(this.module, { maxRecords: 1_000_000, maxRecordBytes: 1 << 24, ...(clock ? { clock } : {}) });
      this.vm.resume(image, heapBytes, cpuNs);
      return this.vm;
    }
    const { memory, vm_stack_start, vm_stack_end, vm_resume, vm_set_limits } = this.vm.exports;
    const missing = image.memoryPages - memory.buffer.byteLength / 65536;
    if (missing > 0) memory.grow(missing);
    const bytes = new Uint8Array(memory.buffer);
    const stack = vm_stack_start() >>> 0;
    bytes.fill(0, 0, stack + clearedStackBytes);
    let at = vm_stack_end() >>> 0;
    for (const range of image.ranges) {
      const end = range.start + range.bytes.length;
      if (end <= at) {
        bytes.set(range.bytes, range.start);
        continue;
      }
      if (range.start > at) bytes.fill(0, at, range.start);
      bytes.set(range.bytes, range.start);
      at = end;
    }
    bytes.fill(0, at);
    this.vm.records.length = 0;
    vm_resume(heapBytes);
    vm_set_limits(cpuNs, 10 << 20);
    return this.vm;
  }

  /** After a trap nothing of the instance is to be used again. */
  giveUp(): void {
    this.vm = undefined;
  }
}

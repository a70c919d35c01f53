/**
 * Where the cells of an image lie. A start touches a few hundred of the base image's thousands of cells; spread over all of its pages, they would cost a
 * page fault each, and a copy of a page for each that is written. So an image is made twice: once to record what is allocated, what of it survives
 * and what a first request reads and writes; then again with every allocation put in its place:
 *
 *   written by a first request | read by it | used by loading and evaluating a handler | pages of their own | the rest that survives |
 *   (far above, freed) what does not survive
 *
 * What is touched is learnt from the engine itself, its loads and stores instrumented by Binaryen. Making an image is deterministic; the engine compares
 * the size of every allocation with the plan's and stops when they differ.
 */
import binaryen from "binaryen";
import { type MemoryImage } from "../src/image.ts";
import { VmInstance } from "../src/instance.ts";

/** Where the engine's memory holds the plan meanwhile: above all that is allocated. */
const planAt = 256 << 20;
const planBytes = 16 << 20;
const heapLimit = 0x3f000000;
/** Cells that do not survive go here; the image ends below. */
const discardAt = 128 << 20;
/** Address of page 0's state, those of later pages lie below (assembly/state.ts). */
const pageStatesAt = 0xa011ff;
const page = 4096;
const block = 32768;
const blockHeader = 256;
const largePrelude = 16;
const markBits = 0x300;
const pageStates = { free: 0, large: 3, raw: 4 };

/** The same image every time: nothing in it may depend on when it was made. */
const stoppedClock = () => 0;

export interface Allocation {
  address: number;
  bytes: number;
  /** Pages of its own, for a large cell or memory outside the collected heap. */
  pages: boolean;
  survives: boolean;
}
export interface Recording {
  image: MemoryImage;
  allocations: Allocation[];
}

/** Makes the realm in a booted instance. */
export type Setup = (vm: VmInstance) => Promise<void>;

function bootWithPlan(module: WebAssembly.Module, plan: Uint32Array): VmInstance {
  const vm = new VmInstance(module, { clock: stoppedClock });
  const { memory } = vm.exports;
  memory.grow((planAt + planBytes - memory.buffer.byteLength) >>> 16);
  new Uint32Array(memory.buffer, planAt, plan.length).set(plan);
  vm.boot(planAt, planBytes);
  return vm;
}

/** Makes an image with everything in the order of its allocation. */
export async function record(module: WebAssembly.Module, setup: Setup): Promise<Recording> {
  const vm = bootWithPlan(module, new Uint32Array());
  await setup(vm);
  const image = vm.takeImage();
  const memory = new DataView(vm.exports.memory.buffer);
  const allocations: Allocation[] = [];
  for (let at = planAt; at < planAt + planBytes; at += 8) {
    const address = memory.getUint32(at, true);
    if (address === 0) break;
    const size = memory.getUint32(at + 4, true);
    const [bytes, pages] = [size & ~1, (size & 1) !== 0];
    allocations.push({ address, bytes, pages, survives: survives(memory, address, pages) });
  }
  return { image, allocations };
}

/** Is the cell alive after the collection that ends an image? */
function survives(memory: DataView, address: number, pages: boolean): boolean {
  const state = memory.getUint8(pageStatesAt - Math.floor(address / page));
  const header = memory.getUint32(address + (pages ? largePrelude : 0), true);
  return state !== pageStates.free && ((pages && state === pageStates.raw) || (header & markBits) !== 0);
}

/** Addresses (of 8-byte words) that code read and wrote, and functions of the engine that ran: their places among those that it defines. */
export interface Touched {
  read: Set<number>;
  written: Set<number>;
  called: Set<number>;
}

const nothing = (): Touched => ({ read: new Set(), written: new Set(), called: new Set() });

/** The engine with a call at every load and store, and at the beginning of every function. */
export function instrument(wasm: Uint8Array): WebAssembly.Module {
  const module = binaryen.readBinary(wasm);
  const functions = Array.from({ length: module.getNumFunctions() }, (_, i) => module.getFunctionByIndex(i));
  const defined = functions.filter((each) => binaryen.getFunctionInfo(each).module === null || binaryen.getFunctionInfo(each).module === "");
  module.runPasses(["instrument-memory"]);
  module.addFunctionImport("entered", "env", "entered", binaryen.i32, binaryen.none);
  for (const [i, each] of defined.entries()) {
    const { body, results } = binaryen.getFunctionInfo(each);
    const enter = module.call("entered", [module.i32.const(i)], binaryen.none);
    binaryen.Function.setBody(each, module.block(null, [enter, body], results));
  }
  const bytes = module.emitBinary();
  module.dispose();
  return new WebAssembly.Module(bytes as Uint8Array<ArrayBuffer>);
}

/** An instance of the instrumented engine, and what it touched. */
export function trace(instrumented: WebAssembly.Module): { vm: VmInstance; touched: () => Touched } {
  let now = nothing();
  const value = (_: number, v: unknown) => v;
  const vm = new VmInstance(instrumented, {
    clock: stoppedClock,
    instruments: {
      load_ptr: (_id: number, _bytes: number, offset: number, address: number) => {
        now.read.add(((address >>> 0) + offset) >>> 3);
        return address;
      },
      store_ptr: (_id: number, _bytes: number, offset: number, address: number) => {
        now.written.add(((address >>> 0) + offset) >>> 3);
        return address;
      },
      entered: (i: number) => void now.called.add(i),
      memory_grow_pre: value,
      memory_grow_post: value,
      ...Object.fromEntries(["load", "store"].flatMap((kind) => ["i32", "i64", "f32", "f64"].map((type) => [`${kind}_val_${type}`, value]))),
    },
  });
  return {
    vm,
    /** What was touched since the last call. */
    touched: () => {
      const before = now;
      now = nothing();
      return before;
    },
  };
}

/** The plan: for every allocation in turn its address and size. `ranks`: for a cell, how early it is to lie (0 first). */
function layOut(allocations: readonly Allocation[], rank: (allocation: Allocation) => number): Uint32Array {
  const plan = new Uint32Array(allocations.length * 2);
  const place = (i: number, address: number) => {
    plan[i * 2] = address;
    plan[i * 2 + 1] = allocations[i]!.bytes + (allocations[i]!.pages ? 1 : 0);
  };
  const order = allocations.map((_, i) => i);
  const ranks = allocations.map((a) => (a.survives ? rank(a) : Infinity));
  order.sort((a, b) => ranks[a]! - ranks[b]! || a - b);

  /** Cells into blocks; those that do not fit into the first `blocks` go to `then`. Returns the end of the last block used. */
  const fill = (which: (a: Allocation) => boolean, from: number, blocks = Infinity, then = 0): number => {
    let at = from + blockHeader;
    let left = blocks;
    for (const i of order) {
      const { bytes } = allocations[i]!;
      if (!which(allocations[i]!)) continue;
      if ((at % block) + bytes > block || at % block === 0) {
        at = (--left === 0 ? then : Math.ceil(at / block) * block) + blockHeader;
      }
      place(i, at);
      at += bytes;
    }
    return Math.ceil(at / block) * block;
  };
  const stack = (which: (a: Allocation) => boolean, from: number): number => {
    let at = from;
    for (const i of order) {
      if (!which(allocations[i]!)) continue;
      place(i, at);
      at += allocations[i]!.bytes;
    }
    return at;
  };
  // What a start touches comes first, with the cells that its last block has room for; pages of their own, of which a start touches the beginning; the other
  // cells. What the last block has to spare is then at the end, where the image can do without.
  const arrange = (survives: boolean, from: number) => {
    const ownPages = (a: Allocation) => a.pages && a.survives === survives;
    const cells = (a: Allocation) => !a.pages && a.survives === survives;
    const touched = survives ? allocations.filter((a) => cells(a) && rank(a) < likely).reduce((sum, a) => sum + a.bytes, 0) : 0;
    const blocks = Math.ceil(touched / (block - 2 * blockHeader));
    const pagesAt = from + blocks * block;
    const pagesEnd = Math.ceil(stack(ownPages, pagesAt) / block) * block;
    return blocks === 0 ? fill(cells, pagesEnd) : Math.max(pagesEnd, fill(cells, from, blocks, pagesEnd));
  };
  const first = allocations.reduce((least, a) => Math.min(least, a.address), Infinity);
  const end = arrange(true, Math.ceil(Math.floor(first / page) / (block / page)) * block);
  const discarded = arrange(false, discardAt);
  if (end > discardAt || discarded > planAt || discarded > heapLimit) throw new RangeError("the image is larger than its plan provides for");
  return plan;
}

/** The ranks of what a typical handler touches, but no start of the warm-up handlers, and of the rest. */
export const likely = 4;
export const untouched = 5;
/** An unmapped part costs one more mapping: it must be worth it. */
const worthwhileCold = 32 * page;

/** The runs of pages of an image that none of the words lies on, long ones alone. */
export function coldParts(image: MemoryImage, touched: ReadonlySet<number>): { start: number; end: number }[] {
  const pages = new Set([...touched].map((word) => Math.floor((word * 8) / page)));
  const parts: { start: number; end: number }[] = [];
  for (const { start, bytes } of image.ranges) {
    let from = start;
    for (let at = start; at <= start + bytes.length; at += page) {
      if (at < start + bytes.length && !pages.has(at / page)) continue;
      if (at - from >= worthwhileCold) parts.push({ start: from, end: at });
      from = at + page;
    }
  }
  return parts;
}

/**
 * Makes the image again, every allocation in the order of its rank. Which shapes inline caches keep alive depends on addresses, a little: a cell that was
 * not expected to survive but does gets a place among the others, and the image is made once more.
 */
export async function replay(
  module: WebAssembly.Module,
  setup: Setup,
  allocations: readonly Allocation[],
  rank: (allocation: Allocation) => number,
): Promise<MemoryImage> {
  for (let attempt = 1; ; attempt++) {
    const plan = layOut(allocations, rank);
    const vm = bootWithPlan(module, plan);
    await setup(vm);
    const image = vm.takeImage();
    const memory = new DataView(vm.exports.memory.buffer);
    const missed = allocations.filter((a, i) => !a.survives && survives(memory, plan[i * 2]!, a.pages));
    // A few that are left lie in pages of their own far above, which costs a start nothing.
    if (missed.length === 0 || attempt === 4) return image;
    for (const allocation of missed) allocation.survives = true;
  }
}

/** Which cells of a recording the words belong to. */
export function cellsOf(allocations: readonly Allocation[], words: ReadonlySet<number>): Set<Allocation> {
  const sorted = allocations.filter((a) => a.survives).sort((a, b) => a.address - b.address);
  const touched = new Set<Allocation>();
  for (const word of words) {
    const address = word * 8 + 7;
    let low = 0;
    let high = sorted.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (sorted[middle]!.address <= address) low = middle + 1;
      else high = middle;
    }
    const cell = sorted[low - 1];
    if (cell && word * 8 < cell.address + cell.bytes) touched.add(cell);
  }
  return touched;
}

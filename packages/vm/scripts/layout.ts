/**
 * Where the cells of the engine's own images lie (src/placement.ts): the order of what starts touch.
 *
 *   written by a first request | read by it | used by loading and evaluating a handler | pages of their own | the rest that survives
 *
 * What is touched is learnt from the engine itself, its loads and stores instrumented by Binaryen, while it serves the first request of a few handlers.
 */
import binaryen from "binaryen";
import { type MemoryImage } from "../src/image.ts";
import { VmInstance } from "../src/instance.ts";
import { wasRead, wasWritten } from "../src/rehearsal.ts";
import { type Allocation, largePlan, layOut, putPlan, recordedAllocations, survives } from "../src/placement.ts";

const page = 4096;

/** The same image every time: nothing in it may depend on when it was made. */
const stoppedClock = () => 0;

export interface Recording {
  image: MemoryImage;
  allocations: Allocation[];
}

/** Makes the realm in a booted instance. */
export type Setup = (vm: VmInstance) => Promise<void>;

function bootWithPlan(module: WebAssembly.Module, plan: Uint32Array): VmInstance {
  const vm = new VmInstance(module, { clock: stoppedClock });
  putPlan(vm.exports.memory, plan, largePlan);
  vm.boot(largePlan.at, largePlan.bytes);
  return vm;
}

/** Makes an image with everything in the order of its allocation. */
export async function record(module: WebAssembly.Module, setup: Setup): Promise<Recording> {
  const vm = bootWithPlan(module, new Uint32Array());
  await setup(vm);
  const image = vm.takeImage();
  const memory = new DataView(vm.exports.memory.buffer);
  const allocations = recordedAllocations(memory, largePlan);
  for (const a of allocations) a.survives = survives(memory, a.address, a.pages);
  return { image, allocations };
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

/**
 * The engine for the rehearsal of a snapshot's first request (src/rehearsal.ts): its loads and stores leave a mark each in a table, one byte for each word of 8 bytes of the region that
 * `trace_region(table, start, bytes)` names. No call leaves the module for it, so that it is a few times as slow as the engine itself, not a hundred times.
 */
export function tracingEngine(wasm: Uint8Array): Uint8Array {
  const module = binaryen.readBinary(wasm);
  const { i32, none } = binaryen;
  module.runPasses(["instrument-memory"]);
  for (const kind of ["load", "store"])
    for (const type of ["i32", "i64", "f32", "f64"] as const) {
      module.removeFunction(`${kind}_val_${type}`);
      module.addFunction(`${kind}_val_${type}`, binaryen.createType([i32, binaryen[type]]), binaryen[type], [], module.local.get(1, binaryen[type]));
    }
  for (const [name, value] of [
    ["memory_grow_pre", 1],
    ["memory_grow_post", 1],
  ] as const) {
    module.removeFunction(name);
    module.addFunction(name, binaryen.createType([i32, i32]), i32, [], module.local.get(value, i32));
  }
  const region = ["trace_table", "trace_start", "trace_bytes"];
  for (const name of region) module.addGlobal(name, i32, true, module.i32.const(0));
  for (const [name, mark] of Object.entries({ load_ptr: wasRead, store_ptr: wasWritten })) {
    const [offset, address, at] = [2, 3, 4].map((local) => () => module.local.get(local, i32)) as [() => number, () => number, () => number];
    const start = () => module.global.get("trace_start", i32);
    const note = module.block(null, [
      module.local.set(4, module.i32.add(module.global.get("trace_table", i32), module.i32.shr_u(at(), module.i32.const(3)))),
      module.i32.store8(0, 1, at(), module.i32.or(module.i32.load8_u(0, 1, at()), module.i32.const(mark))),
    ]);
    module.removeFunction(name);
    module.addFunction(
      name,
      binaryen.createType([i32, i32, i32, i32]),
      i32,
      [i32],
      module.block(
        null,
        [
          module.if(
            module.i32.lt_u(module.local.tee(4, module.i32.sub(module.i32.add(offset(), address()), start()), i32), module.global.get("trace_bytes", i32)),
            note,
          ),
          address(),
        ],
        i32,
      ),
    );
  }
  module.addFunction(
    "trace_region",
    binaryen.createType([i32, i32, i32]),
    none,
    [],
    module.block(
      null,
      region.map((name, i) => module.global.set(name, module.local.get(i, i32))),
    ),
  );
  module.addFunctionExport("trace_region", "trace_region");
  // No inlining of what only gives back what it is given: with thousands of locals V8 would take a second to compile the interpreter.
  const bytes = module.emitBinary();
  module.dispose();
  return bytes;
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

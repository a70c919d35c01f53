/** Runs a handler's top level in a thread of its own, so that it can be ended whatever it does. */
import { parentPort } from "node:worker_threads";
import { coldBeside } from "./cold-beside.ts";
import { decodeImage } from "@zerostart/vm/image-file.ts";
import type { EngineFiles } from "./snapshot-thread.ts";
import type { SnapshotEngine, SnapshotInput as Requested, SnapshotOutput } from "./snapshot.ts";
import type { MemoryImage } from "@zerostart/vm/image.ts";
import { VmInstance, type VmOptions, VmStoppedError } from "@zerostart/vm/instance.ts";
import {
  type Allocation,
  cellsOf,
  largePlan,
  largePrelude,
  layOut,
  type PlanArea,
  plannedHeapBytes,
  planTooShort,
  recordedAllocations,
  smallPlan,
  survives,
  untouched,
} from "@zerostart/vm/placement.ts";
import { prime, PrimeStoppedError } from "@zerostart/vm/prime.ts";
import { canRehearse, learn, type Rehearsed, rehearse, type TouchedWords, traceRequest } from "@zerostart/vm/rehearsal.ts";

const buildHeapBytes = 512 << 20;
/**
 * A top level that works for longer runs once: the image is not laid out then. Counted in looks at the clock, of which the engine has one every 20,000 calls and backward jumps (about a
 * millisecond), so that the same handler always gives the same image.
 */
const quickLooks = 1500;

type SnapshotInput = SnapshotEngine & Requested;

/** The clock of a top level: processor time of this thread, so that its limit is the same on a busy machine. */
function processorMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}
type Evaluated = Pick<SnapshotOutput & { ok: true }, "initMs" | "pending" | "used" | "primed"> | { message: string; primed?: string };

/** Run the top level, and prime. @param skip put the clocks that the VM was given forward, ms */
function evaluate(
  vm: VmInstance,
  input: SnapshotInput,
  skip: (ms: number) => void,
  heapBytes: number,
  plan?: { entries: Uint32Array; area: PlanArea },
): Evaluated {
  vm.resume(input.baseImage, heapBytes, input.cpuNs);
  if (plan) vm.followPlan(plan.entries, plan.area);
  const refused = vm.load(input.bytecode);
  if (refused !== undefined) return { message: refused };
  const begun = performance.now();
  const thrown = vm.evaluate();
  const initMs = performance.now() - begun;
  if (thrown !== undefined) return { message: thrown };
  const used = { ...vm.used, randomPriming: false };
  vm.used.random = false;
  const primed: { path: string; status: number }[] = [];
  const problem = prime(vm, input.prime, { cpuMs: Number(input.cpuNs / 1_000_000n), processorMs, skip: (ns) => skip(Number(ns) / 1e6) }, (path, status) =>
    primed.push({ path, status }),
  );
  if (problem) return { message: problem.what, primed: problem.path };
  return { initMs, pending: vm.hasPendingWork(), used: { ...used, randomPriming: vm.used.random }, primed };
}

/** What a top level is told the time is; `skip` puts it forward. */
function clocks(): { clock: () => number; time: () => number; skip: (ms: number) => void } {
  let skipped = 0;
  return { clock: () => processorMs() + skipped, time: () => Date.now() + skipped, skip: (ms) => (skipped += ms) };
}

/** What the outside said to a top level, said again to it when it runs a second time. */
function tape(): { first: VmOptions; skip: (ms: number) => void; again: () => VmOptions; looks: () => number } {
  const { clock, time, skip } = clocks();
  const said: (number | Uint8Array)[] = [];
  const say = <T extends number | Uint8Array>(what: T) => (said.push(what), what);
  return {
    looks: () => said.length,
    skip,
    first: {
      clock: () => say(clock()),
      time: () => say(time()),
      random: (into) => void say(crypto.getRandomValues(into).slice()),
    },
    again: () => {
      let at = 0;
      const repeat = (now: () => number) => {
        const what = said[at++];
        return typeof what === "number" ? what : now();
      };
      return {
        clock: () => repeat(clock),
        time: () => repeat(time),
        random: (into) => {
          const what = said[at++];
          if (typeof what === "object" && what.length === into.length) into.set(what);
          else crypto.getRandomValues(into);
        },
      };
    },
  };
}

/**
 * The snapshot with its cells laid out for the first request, as a rehearsal shows it: the top level runs twice. Undefined when that cannot be: then the top level
 * runs as it always did.
 */
async function layOutSnapshot(input: SnapshotInput, area = smallPlan): Promise<SnapshotOutput | undefined> {
  try {
    return await layOutIn(input, area);
  } catch (error) {
    if (area === smallPlan && stopped(error).message === planTooShort) return layOutSnapshot(input, largePlan);
    return void stopped(error);
  }
}

async function layOutIn({ tracing, ...input }: SnapshotInput, area: PlanArea): Promise<SnapshotOutput | undefined> {
  if (!tracing) return undefined;
  const { first, skip, again, looks } = tape();
  const vm = new VmInstance(input.module, first);
  const evaluated = evaluate(vm, input, skip, plannedHeapBytes, { entries: new Uint32Array(), area });
  const isLarge = vm.exports.vm_heap_bytes() > plannedHeapBytes * 0.9;
  if (isLarge) return undefined;
  if ("message" in evaluated) return { ok: false, ...evaluated, records: vm.records };
  if (looks() > quickLooks) return undefined;
  const recorded = () => recordedAllocations(new DataView(vm.exports.memory.buffer), area);
  const endOf = (cells: readonly Allocation[]) => Math.ceil(cells.reduce((most, a) => Math.max(most, a.address + a.bytes), 0) / 65536) * 65536;
  const rehearsals: Rehearsed[] = [];
  for (const again of [false, true]) {
    const rehearsed = await rehearse(input.module, vm, endOf(recorded()), again);
    if (!rehearsed) return undefined;
    learn(vm, rehearsed);
    rehearsals.push(rehearsed);
  }
  vm.exports.vm_image_prepare();
  const memory = new DataView(vm.exports.memory.buffer);
  const allocations = recorded();
  for (const a of allocations) a.survives = survives(memory, a.address, a.pages);
  const traced = await traceRequest(tracing, vm, endOf(allocations));
  if (!traced) return undefined;
  const { cold } = input.baseImage;
  const rank = ranks(allocations, traced);
  for (let attempt = 1; attempt <= 3; attempt++) {
    const plan = layOut(allocations, rank);
    const placed = new VmInstance(input.module, again());
    // It has no time of its own: the clock says what it said.
    if ("message" in evaluate(placed, input, () => undefined, plannedHeapBytes, { entries: plan, area })) return undefined;
    for (const rehearsed of rehearsals) learn(placed, rehearsed, movedBy(allocations, plan));
    const taken = placed.takeImage();
    const image: MemoryImage = cold ? { ...taken, cold: coldBeside([...traced.read, ...traced.written], cold) } : taken;
    const laidOut = new DataView(placed.exports.memory.buffer);
    const missed = allocations.filter((a, i) => !a.survives && survives(laidOut, plan[i * 2]!, a.pages));
    if (missed.length === 0) return { ok: true, image, ...evaluated, records: vm.records };
    for (const allocation of missed) allocation.survives = true;
  }
  return undefined;
}

const [written, read] = [0, 1];

function ranks(allocations: readonly Allocation[], traced: TouchedWords): (allocation: Allocation) => number {
  const [writes, reads] = [cellsOf(allocations, traced.written), cellsOf(allocations, traced.read)];
  return (allocation) => (writes.has(allocation) ? written : reads.has(allocation) ? read : untouched);
}

/** Where the plan has the cells of the recording; those of the base image stay. */
function movedBy(allocations: readonly Allocation[], plan: Uint32Array): (address: number) => number {
  const to = new Map(allocations.map((a, i) => [a.address + (a.pages ? largePrelude : 0), plan[i * 2]! + (a.pages ? largePrelude : 0)]));
  return (address) => to.get(address) ?? address;
}

/** As it comes: cells lie where they were made, and what died among them leaves holes. */
function plainSnapshot(input: SnapshotInput): SnapshotOutput {
  const { skip, ...told } = clocks();
  const vm = new VmInstance(input.module, told);
  const { records } = vm;
  try {
    const evaluated = evaluate(vm, input, skip, buildHeapBytes);
    if ("message" in evaluated) return { ok: false, ...evaluated, records };
    return { ok: true, image: vm.takeImage(), ...evaluated, records };
  } catch (error) {
    const { message } = stopped(error);
    return error instanceof PrimeStoppedError ? { ok: false, message: `ended it: ${message}`, primed: error.path, records } : { ok: false, message, records };
  }
}

function stopped(error: unknown): VmStoppedError {
  if (error instanceof VmStoppedError) return error;
  throw error;
}

/** A request to no handler: the engine's functions that any run needs are compiled by that, before there is a handler's bytecode. */
async function warmUp({ module, tracing, baseImage }: SnapshotEngine): Promise<void> {
  if (!tracing || !canRehearse(module)) return;
  for (const each of [module, tracing]) {
    const vm = new VmInstance(each, { maxRecords: 0 });
    vm.resume(baseImage, plannedHeapBytes, 0n);
    await vm.exchange(new TextEncoder().encode("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"), 0).catch(stopped);
  }
}

type Told = SnapshotEngine | EngineFiles;

async function engineOf(told: Told): Promise<SnapshotEngine> {
  if (!("wasm" in told)) return told;
  const [module, tracing] = await Promise.all([WebAssembly.compile(told.wasm), WebAssembly.compile(told.tracing)]);
  return { module, tracing, baseImage: decodeImage(told.baseImageFile) };
}

parentPort!.once("message", (told: Told) => {
  const ready = engineOf(told).then(async (engine) => (await warmUp(engine), engine));
  parentPort!.once("message", async (requested: Requested) => {
    const engine = await ready;
    const input = { ...engine, ...requested };
    const laidOut = canRehearse(input.module) ? await layOutSnapshot(input) : undefined;
    const output = laidOut ?? plainSnapshot(input);
    parentPort!.postMessage(output, output.ok ? output.image.ranges.map((r) => r.bytes.buffer as ArrayBuffer) : []);
  });
});

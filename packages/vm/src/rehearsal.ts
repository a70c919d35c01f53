/// <reference lib="dom" />
/**
 * A snapshot's first request, rehearsed when the snapshot is made. A copy of the VM answers `GET /`, with nobody outside: no connection, no console, a clock that ticks with every
 * look at it. The copy is thrown away, and with it all that the handler did. What the snapshot takes over cannot be seen by any program, but saves the real
 * first request work and page faults: which functions are prepared, which regular expressions compiled (assembly/rehearsal.ts), what inline caches hold (assembly/rehearsal-caches.ts). Once it has that, a second copy, of an engine that notes its loads and stores
 * (scripts/layout.ts), shows which cells the request still reads and writes, so that they lie together (placement.ts).
 */
import { lowBuffer, smallPlan } from "./placement.ts";
import { VmInstance, VmStoppedError } from "./instance.ts";

/** What a snapshot takes over of its rehearsed request. */
export interface Rehearsed {
  /** A byte for each function and string of the library and the modules. */
  prepared: Uint8Array;
  /** JSON text, UTF-8. */
  patterns: Uint8Array;
  /** Inline caches, shapes and keys (assembly/rehearsal-caches.ts): words, of which the even ones are addresses. */
  caches: Uint32Array;
}
/** Memory that a request touches: addresses in words of 8 bytes. */
export interface TouchedWords {
  read: number[];
  written: number[];
}

const request = "GET / HTTP/1.1\r\nHost: 127.0.0.1:8080\r\nAccept: */*\r\nUser-Agent: zerostart\r\n\r\n";
/** The engine looks at the clock every 20,000 backward jumps and calls: 1,000 such looks. */
const tickMs = 0.05;
const cpuNs = 50_000_000n;
/** Beside what the top level made. */
const heapBytes = 64 << 20;
/** Marks of the tracing engine (scripts/layout.ts). */
export const [wasRead, wasWritten] = [1, 2] as const;
const madeMax = 1 << 20;
const cachesMax = 1 << 18;
/** Page states, state and heap begin here (assembly/state.ts). */
const memoryFrom = 0x9c0000;

/** Is it an engine that can? */
export function canRehearse(module: WebAssembly.Module): boolean {
  return WebAssembly.Module.exports(module).some(({ name }) => name === "vm_prepared");
}

/**
 * Let a copy of the VM answer, and look at it.
 *
 * @param vm as an image of it would be
 * @param end of the heap that it uses
 * @returns undefined when the copy broke down: then there is nothing to learn
 */
async function inCopy<T>(
  module: WebAssembly.Module,
  vm: VmInstance,
  end: number,
  work: (copy: VmInstance, answer: () => Promise<void>) => Promise<T>,
): Promise<T | undefined> {
  let ticks = 0;
  const clock = () => ++ticks * tickMs;
  const copy = new VmInstance(module, { clock, time: () => Date.UTC(2025, 0, 1) + clock(), random: (into) => into.fill(4), maxRecords: 0 });
  try {
    const { memory } = copy.exports;
    // The engine looks at text by words, which may reach over the end.
    memory.grow(Math.max(0, Math.ceil((end + 16) / 65536) - memory.buffer.byteLength / 65536));
    const [before, after] = [vm, copy].map((each) => new Uint8Array(each.exports.memory.buffer)) as [Uint8Array, Uint8Array];
    after.set(before.subarray(memoryFrom, end), memoryFrom);
    copy.exports.vm_resume(heapBytes + vm.exports.vm_heap_bytes());
    copy.exports.vm_set_limits(cpuNs, 1 << 20);
    return await work(copy, async () => void (await copy.exchange(new TextEncoder().encode(request), 0)));
  } catch (error) {
    if (error instanceof VmStoppedError || error instanceof WebAssembly.RuntimeError) return undefined;
    throw error;
  }
}

/**
 * What is to be learnt; undefined when the request breaks the VM down.
 *
 * @param vm after the top level; as it was afterwards
 * @param again it has learnt already: how many properties instances have, on which shapes depend, so that caches are worth having
 */
export async function rehearse(module: WebAssembly.Module, vm: VmInstance, end: number, again: boolean): Promise<Rehearsed | undefined> {
  const kept = new Uint8Array(vm.exports.memory.buffer).slice(memoryFrom, end);
  vm.exports.vm_settle();
  const rehearsed = await inCopy(module, vm, end, async (copy, answer) => {
    if (again) copy.exports.vm_watch();
    await answer();
    const prepared = copy.withBuffer(madeMax, (at, room) => new Uint8Array(copy.exports.memory.buffer, at, copy.exports.vm_prepared(at, room)).slice());
    const patterns = copy.exports.vm_patterns(0, 0) ? "[]" : copy.lastError();
    const caches = !again
      ? new Uint32Array()
      : copy.withBuffer(cachesMax, (at, room) => new Uint32Array(copy.exports.memory.buffer, at, copy.exports.vm_describe(at, room) / 4).slice());
    return { prepared, patterns: new TextEncoder().encode(patterns), caches };
  });
  new Uint8Array(vm.exports.memory.buffer).set(kept, memoryFrom);
  return rehearsed;
}

/** What the request touches. @param tracing see tracingEngine in scripts/layout.ts; @param vm ready for an image */
export async function traceRequest(tracing: WebAssembly.Module, vm: VmInstance, end: number): Promise<TouchedWords | undefined> {
  return inCopy(tracing, vm, end, async (copy, answer) => {
    const { memory } = copy.exports;
    const bytes = (end - memoryFrom) >>> 3;
    // In memory that the engine has no use for, or above all that it may take.
    const table = bytes <= lowBuffer.at - smallPlan.at ? smallPlan.at : Math.ceil((end + 2 * heapBytes) / 65536) * 65536;
    memory.grow(Math.max(0, Math.ceil((table + bytes - memory.buffer.byteLength) / 65536)));
    const { trace_region } = copy.exports as unknown as { trace_region(table: number, start: number, bytes: number): void };
    trace_region(table, memoryFrom, end - memoryFrom);
    await answer();
    const touched: TouchedWords = { read: [], written: [] };
    new Uint8Array(memory.buffer, table, bytes).forEach((mark, i) => {
      if (mark & wasWritten) touched.written.push(memoryFrom / 8 + i);
      else if (mark) touched.read.push(memoryFrom / 8 + i);
    });
    touched.written = touched.written.concat(changedWords(vm, copy, end)); // what is copied in bulk leaves no mark
    return touched;
  });
}

/** Take over what can be. @param moved where a cell lies that was at this address in the VM that was rehearsed */
export function learn(vm: VmInstance, { prepared, patterns, caches }: Rehearsed, moved: (address: number) => number = (address) => address): void {
  vm.withBuffer(prepared, (at, length) => vm.exports.vm_prepare(at, length));
  vm.withBuffer(patterns, (at, length) => vm.exports.vm_patterns(at, length));
  const words = caches.map((word) => (word & 1 || word === 0 ? word : moved(word)));
  if (words.length > 0) vm.withBuffer(new Uint8Array(words.buffer), (at) => vm.exports.vm_adopt(at));
}

const pageBytes = 4096;

function changedWords(vm: VmInstance, copy: VmInstance, end: number): number[] {
  const changed: number[] = [];
  const [before, after] = [vm, copy].map((each) => Buffer.from(each.exports.memory.buffer)) as [Buffer, Buffer];
  for (let at = memoryFrom; at < end; at += pageBytes) {
    if (before.compare(after, at, at + pageBytes, at, at + pageBytes) === 0) continue;
    const [own, other] = [vm, copy].map((each) => new Uint32Array(each.exports.memory.buffer, at, pageBytes / 4)) as [Uint32Array, Uint32Array];
    for (let i = 0; i < own.length; i += 2) if (own[i] !== other[i] || own[i + 1] !== other[i + 1]) changed.push((at + i * 4) / 8);
  }
  return changed;
}

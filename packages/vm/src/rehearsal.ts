/// <reference lib="dom" />
/**
 * A snapshot's first request, rehearsed when the snapshot is made. A copy of the VM answers `GET /`, with nobody outside: no connection, no console, a clock that ticks with every
 * look at it. The copy is thrown away, and with it all that the handler did. What the snapshot takes over cannot be seen by any program, but saves the real
 * first request work and page faults: which functions are prepared, which regular expressions compiled (assembly/rehearsal.ts), and which cells lie together because they were
 * written (placement.ts).
 */
import { VmInstance, VmStoppedError } from "./instance.ts";

export interface Rehearsed {
  /** A byte for each function of the library and the modules. */
  prepared: Uint8Array;
  /** JSON text, UTF-8. */
  patterns: Uint8Array;
  /** Addresses of changed memory, in words of 8 bytes. */
  written: number[];
}

const request = "GET / HTTP/1.1\r\nHost: 127.0.0.1:8080\r\nAccept: */*\r\nUser-Agent: zerostart\r\n\r\n";
/** The engine looks at the clock every 20,000 backward jumps and calls: 1,000 such looks. */
const tickMs = 0.05;
const cpuNs = 50_000_000n;
/** Beside what the top level made. */
const heapBytes = 64 << 20;
const functionsMax = 1 << 20;
/** Page states, state and heap begin here (assembly/state.ts). */
const memoryFrom = 0x9c0000;

export function canRehearse(module: WebAssembly.Module): boolean {
  return WebAssembly.Module.exports(module).some(({ name }) => name === "vm_prepared");
}

/**
 * @param vm after the top level; as it was afterwards
 * @param end of the heap that it uses
 * @returns undefined when the copy broke down: then there is nothing to learn
 */
export async function rehearse(module: WebAssembly.Module, vm: VmInstance, end: number): Promise<Rehearsed | undefined> {
  const kept = new Uint8Array(vm.exports.memory.buffer).slice(memoryFrom, end);
  vm.exports.vm_settle();
  const rehearsed = await rehearseSettled(module, vm, end);
  new Uint8Array(vm.exports.memory.buffer).set(kept, memoryFrom);
  return rehearsed;
}

async function rehearseSettled(module: WebAssembly.Module, vm: VmInstance, end: number): Promise<Rehearsed | undefined> {
  let ticks = 0;
  const clock = () => ++ticks * tickMs;
  const copy = new VmInstance(module, { clock, time: () => Date.UTC(2025, 0, 1) + clock(), random: (into) => into.fill(4), maxRecords: 0 });
  try {
    const { memory } = copy.exports;
    memory.grow(Math.max(0, Math.ceil(end / 65536) - memory.buffer.byteLength / 65536));
    const [before, after] = [vm, copy].map((each) => new Uint8Array(each.exports.memory.buffer)) as [Uint8Array, Uint8Array];
    after.set(before.subarray(memoryFrom, end), memoryFrom);
    copy.exports.vm_resume(heapBytes + vm.exports.vm_heap_bytes());
    copy.exports.vm_set_limits(cpuNs, 1 << 20);
    await copy.exchange(new TextEncoder().encode(request), 0);
    const written = changedWords(vm, copy, end);
    const prepared = copy.withBuffer(functionsMax, (at, room) => new Uint8Array(copy.exports.memory.buffer, at, copy.exports.vm_prepared(at, room)).slice());
    const patterns = copy.exports.vm_patterns(0, 0) ? "[]" : copy.lastError();
    return { prepared, patterns: new TextEncoder().encode(patterns), written };
  } catch (error) {
    if (error instanceof VmStoppedError || error instanceof WebAssembly.RuntimeError) return undefined;
    throw error;
  }
}

/** Take over what can be. */
export function learn(vm: VmInstance, { prepared, patterns }: Rehearsed): void {
  vm.withBuffer(prepared, (at, length) => vm.exports.vm_prepare(at, length));
  vm.withBuffer(patterns, (at, length) => vm.exports.vm_patterns(at, length));
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

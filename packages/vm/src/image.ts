/// <reference lib="dom" />
/**
 * A memory image: what linear memory holds when a start begins. Cut into page-aligned ranges of file bytes, each followed
 * by zero bytes that no file needs to hold.
 */
export interface MemoryImage {
  /** Pages of 64 KiB of linear memory, mapped at start. */
  memoryPages: number;
  ranges: { start: number; bytes: Uint8Array; totalBytes: number }[];
  /** Parts, page aligned, that most starts never touch: an artifact may keep them packed. */
  cold?: { start: number; end: number }[];
}

/** Of linear memory, [start, end): page states, small buffers and the VM's state, which every start writes (assembly/state.ts). */
export const stateRegion = { start: 0xa00000, end: 0xa02000 };

export const pageBytes = 4096;
const page = pageBytes;
/** A gap of zero pages shorter than this stays in the file: one more mapping costs more than a few pages. */
const worthwhileGap = 16 * page;
const maxRanges = 15;

function isZero(bytes: Uint8Array): boolean {
  const words = new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
  for (let i = 0; i < words.length; i++) if (words[i] !== 0) return false;
  return true;
}

/**
 * Cut an image out of linear memory. `stack` is left out whatever it holds, and so is all from `end` on.
 * `memory` must be a whole number of 64 KiB pages.
 */
export function cutImage(memory: Uint8Array, stack: { start: number; end: number }, end: number): MemoryImage {
  if (stack.start % page || stack.end % page || stack.start > stack.end) throw new RangeError("the VM's stack region is not page aligned");
  if (end > memory.length) throw new RangeError("the image ends outside linear memory");
  const used = memory.slice(0, Math.ceil(end / page) * page);
  used.fill(0, end);
  used.fill(0, stack.start, Math.min(stack.end, used.length));

  const runs: { start: number; end: number }[] = [];
  for (let at = 0; at < used.length; at += page) {
    if (isZero(used.subarray(at, at + page))) continue;
    const last = runs.at(-1);
    if (last && at - last.end < worthwhileGap) last.end = at + page;
    else runs.push({ start: at, end: at + page });
  }
  // Memory begins with a range at 0 even when its first page is empty, so that the whole of it is mapped.
  if (runs[0]?.start !== 0) runs.unshift({ start: 0, end: 0 });
  while (runs.length > maxRanges) joinNearest(runs);
  return {
    memoryPages: memory.length / 65536,
    ranges: runs.map((run, i) => ({
      start: run.start,
      bytes: used.slice(run.start, run.end),
      totalBytes: (runs[i + 1]?.start ?? memory.length) - run.start,
    })),
  };
}

function joinNearest(runs: { start: number; end: number }[]): void {
  let best = 1;
  for (let i = 2; i < runs.length; i++) if (runs[i]!.start - runs[i - 1]!.end < runs[best]!.start - runs[best - 1]!.end) best = i;
  runs[best - 1]!.end = runs[best]!.end;
  runs.splice(best, 1);
}

/** Linear memory as the image describes it. All from `usedBytes` on is zero already: touching it would cost a page fault for each page. */
export function restoreImage(image: MemoryImage, memory: WebAssembly.Memory, usedBytes = memory.buffer.byteLength): void {
  const missing = image.memoryPages - memory.buffer.byteLength / 65536;
  if (missing > 0) memory.grow(missing);
  const bytes = new Uint8Array(memory.buffer);
  bytes.fill(0, 0, usedBytes);
  for (const range of image.ranges) bytes.set(range.bytes, range.start);
}

/** Bytes of the image that a file holds. */
export function imageFileBytes(image: MemoryImage): number {
  return image.ranges.reduce((sum, r) => sum + r.bytes.length, 0);
}

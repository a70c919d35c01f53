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

function isZero(memory: Uint8Array, from: number, to: number): boolean {
  const words = new Uint32Array(memory.buffer, memory.byteOffset + from, (to - from) >> 2);
  for (let i = 0; i < words.length; i++) if (words[i] !== 0) return false;
  for (let at = to & ~3; at < to; at++) if (memory[at] !== 0) return false;
  return true;
}

/**
 * Cut an image out of linear memory, which stays as it is. `stack` is left out whatever it holds, and so is all from `end` on.
 * `memory` must be a whole number of 64 KiB pages. The stack is not even looked at: a page fault for each of its pages would
 * take longer than all the rest.
 */
export function cutImage(memory: Uint8Array, stack: { start: number; end: number }, end: number): MemoryImage {
  if (stack.start % page || stack.end % page || stack.start > stack.end) throw new RangeError("the VM's stack region is not page aligned");
  if (end > memory.length) throw new RangeError("the image ends outside linear memory");

  const runs: { start: number; end: number }[] = [];
  for (let at = 0; at < end; at += page) {
    const isStack = at >= stack.start && at < stack.end;
    if (isStack || isZero(memory, at, Math.min(at + page, end))) continue;
    const last = runs.at(-1);
    if (last && at - last.end < worthwhileGap) last.end = at + page;
    else runs.push({ start: at, end: at + page });
  }
  const cut = (run: { start: number; end: number }) => {
    const bytes = memory.slice(run.start, run.end);
    const clear = (from: number, to: number) => bytes.fill(0, Math.max(0, from - run.start), Math.max(0, to - run.start));
    clear(stack.start, stack.end);
    clear(end, run.end);
    return bytes;
  };
  // Memory begins with a range at 0 even when its first page is empty, so that the whole of it is mapped.
  if (runs[0]?.start !== 0) runs.unshift({ start: 0, end: 0 });
  while (runs.length > maxRanges) joinNearest(runs);
  return {
    memoryPages: memory.length / 65536,
    ranges: runs.map((run, i) => ({
      start: run.start,
      bytes: cut(run),
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

/**
 * Linear memory as the image describes it.
 *
 * @param isNew nothing has run in this memory: it holds static data alone, which are constants, so that the image has them as they are. Then only the image is
 * written: to clear the rest would cost a page fault for each page.
 */
export function restoreImage(image: MemoryImage, memory: WebAssembly.Memory, isNew = false): void {
  const missing = image.memoryPages - memory.buffer.byteLength / 65536;
  if (missing > 0) memory.grow(missing);
  const bytes = new Uint8Array(memory.buffer);
  if (!isNew) bytes.fill(0);
  for (const range of image.ranges) bytes.set(range.bytes, range.start);
}

/** Bytes of the image that a file holds. */
export function imageFileBytes(image: MemoryImage): number {
  return image.ranges.reduce((sum, r) => sum + r.bytes.length, 0);
}

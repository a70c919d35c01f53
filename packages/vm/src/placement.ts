/// <reference lib="dom" />
/**
 * Where the cells of an image lie. A start touches a few hundred of an image's thousands of cells; spread over all of its pages, they would cost a
 * page fault each, and a copy of a page for each that is written. So what makes the image runs twice: once to record what is allocated and what of it survives; then
 * again with every allocation put in its place:
 *
 *   what a start touches, by rank | pages of their own | the rest that survives | (far above, freed) what does not survive
 *
 * This works because it is deterministic; the engine compares the size of every allocation with the plan's and stops when they differ. Nothing is collected
 * while a plan is recorded or followed.
 */

/** Where the engine's memory holds a plan meanwhile. */
export interface PlanArea {
  at: number;
  bytes: number;
}
/** Above all that is allocated. */
export const largePlan: PlanArea = { at: 256 << 20, bytes: 16 << 20 };
/**
 * In the two megabytes of memory that the engine has no use for (assembly/state.ts), up to those that VmInstance.withBuffer takes: 229,000 allocations. Memory that is made to reach as
 * far as the large one's is counted by V8, which then looks for garbage again and again.
 */
export const smallPlan: PlanArea = { at: 0x1000, bytes: 0x1bf000 };
/** For bytes that the engine is given meanwhile (VmInstance.withBuffer). */
export const lowBuffer: PlanArea = { at: 0x1c0000, bytes: 0x40000 };
/** What the engine says of a plan with more allocations than it has room for. */
export const planTooShort = "the placement plan is too short";
/** Cells that do not survive lie above the image, from the next multiple of this. */
const discardGranule = 1 << 20;
/** Heap that a plan has room for, before it is laid out. */
export const plannedHeapBytes = 100 << 20;
/** Address of page 0's state, those of later pages lie below (assembly/state.ts). */
const pageStatesAt = 0xa011ff;
const page = 4096;
const block = 32768;
const blockHeader = 256;
/** Of an allocation that has pages of its own, the bytes before its cell. */
export const largePrelude = 16;
const markBits = 0x300;
const pageStates = { free: 0, large: 3, raw: 4 };

export interface Allocation {
  address: number;
  bytes: number;
  /** Pages of its own, for a large cell or memory outside the collected heap. */
  pages: boolean;
  survives: boolean;
}

/** Write a plan's entries where the engine looks for them; more room than they take, for a recording. */
export function putPlan(memory: WebAssembly.Memory, plan: Uint32Array, { at, bytes }: PlanArea): void {
  const missing = at + bytes - memory.buffer.byteLength;
  if (missing > 0) memory.grow(Math.ceil(missing / 65536));
  new Uint32Array(memory.buffer, at, plan.length).set(plan);
}

/** Forget the plan, so that an image has nothing of it. */
export function clearPlan(memory: WebAssembly.Memory, area: PlanArea): void {
  const words = new Uint32Array(memory.buffer, area.at, area.bytes / 4);
  const end = words.findIndex((word, i) => i % 2 === 0 && word === 0);
  words.fill(0, 0, end < 0 ? words.length : end + 2);
}

/** Entries of the plan in memory, as the engine filled them in. `survives` is false for all. */
export function recordedAllocations(memory: DataView, area: PlanArea): Allocation[] {
  const allocations: Allocation[] = [];
  for (let { at } = area; at < area.at + area.bytes; at += 8) {
    const address = memory.getUint32(at, true);
    if (address === 0) break;
    const size = memory.getUint32(at + 4, true);
    allocations.push({ address, bytes: size & ~1, pages: (size & 1) !== 0, survives: false });
  }
  return allocations;
}

/** Is the cell at this address alive after the collection that ends an image? */
export function survives(memory: DataView, address: number, pages: boolean): boolean {
  const state = memory.getUint8(pageStatesAt - Math.floor(address / page));
  const header = memory.getUint32(address + (pages ? largePrelude : 0), true);
  return state !== pageStates.free && ((pages && state === pageStates.raw) || (header & markBits) !== 0);
}

/** The ranks of what a typical handler touches, but no start that was watched, and of the rest. */
export const likely = 4;
export const untouched = 5;

/** The plan: for every allocation in turn its address and size. `rank`: for a cell, how early it is to lie (0 first); below `likely`: a start touches it. */
export function layOut(allocations: readonly Allocation[], rank: (allocation: Allocation) => number): Uint32Array {
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
  const discarded = arrange(false, Math.ceil(end / discardGranule) * discardGranule);
  if (discarded > largePlan.at) throw new RangeError("the image is larger than its plan provides for");
  return plan;
}

/** Which cells of a recording the words (of 8 bytes) belong to. */
export function cellsOf(allocations: readonly Allocation[], words: Iterable<number>): Set<Allocation> {
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

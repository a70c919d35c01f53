/**
 * The heap: pages, blocks, bump allocation (docs/engine.md, rules 3 and 4). Barriers are in barrier.ts, the collector begins in gc.ts.
 *
 * Memory from heapStart up is pages of 4 KiB with one byte of state each (pageState). Small objects (up to 8 KiB) live in blocks of 8 pages
 * with lines of 128 bytes, after Immix: in the place of the first two lines a block holds one mark byte a line, the collector marks lines that live objects touch,
 * and allocation bumps through runs of unmarked lines ("holes"). Larger objects get pages of their own, with a 16-byte prelude. Nothing moves.
 *
 * Every cell begins with a u32: bits 0-7 kind, bits 8-9 mark, bit 10 remembered, bits 11-15 size code, bits 16-31 flags of the kind.
 * Marks: 0 a young small cell; state.markEpoch (0x100 or 0x200, the other one at each full collection) a cell that is alive; the other of the two an old cell that
 * a full collection under way has not come to, or found dead; 0x300 a cell of the image that was stored into. A large cell is born with the mark of the
 * unvisited and LARGE_YOUNG in its prelude, so that barriers take it for old: they keep its cards (barrier.ts).
 * A line's mark byte is its cells' mark: 1, 2, or 0 when it is free. Whatever is not 0 is in use until its block is swept.
 */
import { Value } from "./value";
import {
  bump, setBump, bumpLimit, setBumpLimit, heapEnd, setHeapEnd, heapCap, allocatedBytes, setAllocatedBytes, gcThreshold, pageCursor, setPageCursor, pagesUsed, setPagesUsed,
  blockCursor, setBlockCursor, gcFlags, setGcFlags, overBump, setOverBump, overLimit, setOverLimit, markEpoch, requestInterrupt, plan, planEnd, setPlan, PAGE_STATES, gcStage, imageEnd,
} from "./state";
import { KIND_BIGINT, KIND_NATIVE_DATA, KIND_PROGRAM, KIND_SLOTS, KIND_STRING, KIND_VALUES, KIND_WORDS } from "./generated/kinds";
import { hostFatal } from "./host";
import { throwRangeError } from "./errors";
import { storeValue } from "./barrier";
import { finishSweep, sweepBlock, STAGE_SWEEPING } from "./gc-sweep";

export { remember, rememberRange, storeValue, storePtr } from "./barrier";

export const PAGE_SIZE: u32 = 4096;
export const BLOCK_PAGES: u32 = 8;
export const BLOCK_SIZE: u32 = 32768;
export const LINE_SIZE: u32 = 128;
export const LINES: u32 = 256;
/** Objects longer than this get pages of their own. */
export const MAX_SMALL: i32 = 8192;
/** The page map covers 1 GiB. */
export const MAX_HEAP: u32 = 0x40000000 - 0x1000000;
const MAX_PAGES: u32 = 0x40000;
/** That many bytes behind any cell can be read. */
const WORD_REACH: usize = 16;

// Page states: those of a first page; the others of a run are CONTINUED. A block that is full, has holes, was allocated into since the last collection, or waits for its sweep; a
// large cell that is old, new, or waits; raw memory.
export const PAGE_FREE: u8 = 0, PAGE_BLOCK: u8 = 1, PAGE_CONTINUED: u8 = 2, PAGE_LARGE: u8 = 3, PAGE_RAW: u8 = 4, PAGE_BLOCK_HOLES: u8 = 5;
/** Flags of the states below. */
export const PAGE_YOUNG: u8 = 16, PAGE_UNSWEPT: u8 = 32;
export const PAGE_BLOCK_YOUNG: u8 = 17, PAGE_LARGE_YOUNG: u8 = 19, PAGE_BLOCK_UNSWEPT: u8 = 33, PAGE_LARGE_UNSWEPT: u8 = 35;
@inline export function isBlockState(state: u8): bool { return state == PAGE_BLOCK || state == PAGE_BLOCK_HOLES || state == PAGE_BLOCK_YOUNG || state == PAGE_BLOCK_UNSWEPT; }

/** Before a large cell: +0 its bytes, +4 pages, +8 LARGE_X, +12 how far it was traced (gc-mark.ts). Its cards lie at the end of its pages, from the last byte down. */
export const LARGE_PRELUDE: usize = 16;
/** New since the last collection; in the remembered buffer. */
export const LARGE_YOUNG: u32 = 1, LARGE_LISTED: u32 = 2;
@inline export function largeBytes(p: usize): u32 { return load<u32>(p - LARGE_PRELUDE); }
@inline export function largePages(p: usize): u32 { return load<u32>(p - LARGE_PRELUDE, 4); }
@inline export function largeFlags(p: usize): u32 { return load<u32>(p - LARGE_PRELUDE, 8); }
@inline export function setLargeFlags(p: usize, flags: u32): void { store<u32>(p - LARGE_PRELUDE, flags, 8); }

export const MARK_BITS: u32 = 0x300, BIT_REMEMBERED: u32 = 0x400;
/** Mark of image cells that are in state.imageRoots. */
export const MARK_IMAGE_ROOT: u32 = 0x300;
const SIZE_LARGE: u32 = 31;
/** Kinds that never refer to other cells, save short strings. */
@inline export function isLeafKind(kind: u8): bool { return kind == KIND_STRING || kind == KIND_BIGINT || kind == KIND_WORDS || kind == KIND_NATIVE_DATA || kind == KIND_PROGRAM; }

@inline export function kindOf(ptr: usize): u8 { return load<u8>(ptr); }
@inline export function flagsOf(ptr: usize): u32 { return <u32>load<u16>(ptr, 2); }
@inline export function setFlags(ptr: usize, flags: u32): void { store<u16>(ptr, <u16>flags, 2); }
@inline export function addFlags(ptr: usize, flags: u32): void { store<u16>(ptr, <u16>(<u32>load<u16>(ptr, 2) | flags), 2); }

@inline export function pageState(page: u32): u8 { return load<u8>(PAGE_STATES - <usize>page); }
@inline export function setPageState(page: u32, state: u8): void { store<u8>(PAGE_STATES - <usize>page, state); }
@inline export function pageOf(address: usize): u32 { return <u32>(address >>> 12); }
@inline export function pageAddress(page: u32): usize { return <usize>page << 12; }

/** @param message ASCII; narrowed where it lies, as there is no memory to be had and nothing here runs on */
export function fatal(message: string): void {
  const at = changetype<usize>(message);
  for (let i = 0; i < message.length; i++) store<u8>(at + i, load<u8>(at + (<usize>i << 1)));
  hostFatal(at, message.length);
  unreachable();
}

/**
 * Placement plan, while the engine's images are built (scripts/layout.ts): one entry {u32 address, u32 bytes} for each allocation in turn, of a cell or (bytes | 1) of pages.
 * An allocation whose entry has an address goes there (returned); else it goes to fresh memory (0 is returned) and notePlaced fills its entry in.
 */
@noinline function plannedAddress(bytes: u32): usize {
  const entry = plan();
  if (entry == planEnd()) fatal("the placement plan is too short");
  const at = <usize>load<u32>(entry);
  if (at != 0 && load<u32>(entry, 4) != bytes) fatal("the placement plan does not fit");
  store<u32>(entry, bytes, 4);
  setPlan(entry + 8, planEnd());
  return at;
}
@inline function notePlaced(at: usize): void { store<u32>(plan() - 8, <u32>at); }

/** Claim these very pages. */
function claimAt(address: usize, count: u32, state: u8): usize {
  const top = address + (<usize>count << 12);
  if (!growTo(top)) fatal("out of memory");
  if (top > heapEnd()) setHeapEnd(top);
  return claim(pageOf(address), count, state, true);
}

/** Make memory exist up to `end`, and some bytes more: text is looked at by words that may reach over a cell's end. False when the host has no more. */
function growTo(end: usize): bool {
  const have = <usize>memory.size() << 16;
  end += WORD_REACH;
  if (end <= have) return true;
  let pages = <i32>((end - have + 65535) >>> 16);
  if (memory.grow(max(pages, 16)) >= 0) return true;
  return memory.grow(pages) >= 0;
}

/**
 * `count` consecutive zeroed pages, the first aligned to `align` pages (a power of two). 0 when there are none within the hard limit.
 * First fit from a cursor; pages never used before need no clearing.
 */
export function takePages(count: u32, align: u32, state: u8): usize {
  if (plan() != 0) {
    const at = isBlockState(state) ? 0 : plannedAddress(count << 12 | 1);
    const taken = claimAt(at != 0 ? at : (heapEnd() + (<usize>align << 12) - 1) & ~((<usize>align << 12) - 1), count, state);
    if (!isBlockState(state)) notePlaced(taken);
    return taken;
  }
  let at = takeFreePages(count, align, state);
  if (at == 0 && gcStage() == STAGE_SWEEPING) {
    finishSweep();
    at = takeFreePages(count, align, state);
  }
  if (at != 0) return at;
  const first = pageOf(imageEnd()), end = pageOf(heapEnd());
  let fresh = end;
  while (fresh > first && pageState(fresh - 1) == PAGE_FREE) fresh--; // a free tail joins
  fresh = (fresh + align - 1) & ~(align - 1);
  const top = pageAddress(fresh + count);
  if (<u64>fresh + count > MAX_PAGES || !growTo(top)) return 0;
  const dirty = fresh < end;
  if (top > heapEnd()) setHeapEnd(top);
  return claim(fresh, count, state, dirty);
}
function takeFreePages(count: u32, align: u32, state: u8): usize {
  const first = pageOf(imageEnd()), end = pageOf(heapEnd());
  let page = max(pageCursor(), first);
  for (let round = 0; round < 2; round++) {
    page = (page + align - 1) & ~(align - 1);
    while (page + count <= end) {
      let free: u32 = 0;
      while (free < count && pageState(page + free) == PAGE_FREE) free++;
      if (free == count) return claim(page, count, state, true);
      page = (page + free + align) & ~(align - 1);
    }
    if (page >= end && round == 0 && pageCursor() <= first) break;
    page = first;
    if (count > 8 && round == 1) break;
  }
  return 0;
}

function claim(page: u32, count: u32, state: u8, dirty: bool): usize {
  setPageState(page, state);
  for (let i: u32 = 1; i < count; i++) setPageState(page + i, PAGE_CONTINUED);
  const address = pageAddress(page);
  if (dirty) memory.fill(address, 0, <usize>count << 12);
  setPagesUsed(pagesUsed() + count);
  // Not by what is large: the gaps before it are for small runs, and blocks scattered behind large cells would leave no room for the next.
  if (count <= BLOCK_PAGES) setPageCursor(page + count);
  return address;
}

/** Give back pages taken by takePages. */
export function releasePages(address: usize): void {
  let page = pageOf(address);
  const first = page, end = pageOf(heapEnd());
  do { setPageState(page, PAGE_FREE); page++; } while (page < end && pageState(page) == PAGE_CONTINUED);
  setPagesUsed(pagesUsed() - (page - first));
  if (first < pageCursor()) setPageCursor(first);
}

/** Raw memory outside the collected heap: page-granular, zeroed, with a 16-byte prelude (+0 usable bytes). Never moves. 0 when out of memory. */
export function rawAlloc(bytes: i32): usize {
  if (bytes < 0) return 0;
  const pages = <u32>((<usize>bytes + LARGE_PRELUDE + 4095) >>> 12);
  const address = takePages(pages, 1, PAGE_RAW);
  if (!address) return 0;
  store<u32>(address, (pages << 12) - <u32>LARGE_PRELUDE);
  return address + LARGE_PRELUDE;
}
/** Make raw memory larger where it is, when the pages behind it are free. What is added is not cleared. */
export function rawExtend(ptr: usize, bytes: i32): bool {
  const address = ptr - LARGE_PRELUDE, first = pageOf(address), have = (rawSize(ptr) + <u32>LARGE_PRELUDE) >>> 12, want = <u32>((<usize>bytes + LARGE_PRELUDE + 4095) >>> 12);
  const end = pageOf(heapEnd()), top = first + want;
  if (bytes < 0 || plan() != 0 || top > MAX_PAGES) return false;
  for (let page = first + have; page < top && page < end; page++) if (pageState(page) != PAGE_FREE) return false;
  if (top > end) {
    if (!growTo(pageAddress(top))) return false;
    setHeapEnd(pageAddress(top));
  }
  for (let page = first + have; page < top; page++) setPageState(page, PAGE_CONTINUED);
  setPagesUsed(pagesUsed() + want - have);
  store<u32>(address, (want << 12) - <u32>LARGE_PRELUDE);
  return true;
}
/** Raw memory becomes a new large cell that refers to nothing, its first `bytes` bytes; the pages behind are given back. The cell's fields are the caller's to set. */
export function rawToCell(ptr: usize, bytes: u32, kind: u8): usize {
  const address = ptr - LARGE_PRELUDE, first = pageOf(address), have = (rawSize(ptr) + <u32>LARGE_PRELUDE) >>> 12, pages = <u32>((<usize>bytes + LARGE_PRELUDE + 4095) >>> 12);
  if (pages < have) {
    for (let page = first + pages; page < first + have; page++) setPageState(page, PAGE_FREE);
    setPagesUsed(pagesUsed() - (have - pages));
    if (first + pages < pageCursor()) setPageCursor(first + pages);
  }
  memory.fill(ptr + bytes, 0, (<usize>pages << 12) - LARGE_PRELUDE - bytes);
  initLarge(address, bytes, pages, kind);
  return ptr;
}
export function rawSize(ptr: usize): u32 { return load<u32>(ptr - LARGE_PRELUDE); }
export function rawFree(ptr: usize): void { if (ptr) releasePages(ptr - LARGE_PRELUDE); }
/** Keeps the contents; 0 (and the old block kept) when out of memory. */
export function rawRealloc(ptr: usize, bytes: i32): usize {
  if (!ptr) return rawAlloc(bytes);
  const have = rawSize(ptr);
  if (have >= <u32>bytes) return ptr;
  const to = rawAlloc(bytes);
  if (!to) return 0;
  memory.copy(to, ptr, have);
  rawFree(ptr);
  return to;
}

/** Cards of a large cell: one byte for each 512 bytes. */
@inline export function cardCount(bytes: u32): u32 { return (bytes + 511) >>> 9; }

/** Bytes that the heap's pages hold now. */
@inline export function heapBytes(): u32 { return pagesUsed() << 12; }

@inline function charge(bytes: u32): void {
  const total = allocatedBytes() + bytes;
  setAllocatedBytes(total);
  if (total > gcThreshold()) wantCollection();
}
@noinline function wantCollection(): void {
  if (plan() != 0) return;
  setGcFlags(gcFlags() | 1);
  requestInterrupt();
}

/** Memory is short: the next safe point collects all there is. */
export function wantFullCollection(): void {
  wantCollection();
  setGcFlags(gcFlags() | 2);
}

/** Size codes of small cells: every 8 bytes up to 64, then four for each power of two up to 1024, then two. */
const SIZES: usize = memory.data<u16>([8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384, 448, 512, 640, 768, 896, 1024, 1536, 2048, 3072, 4096, 6144, 8192]);
@inline function sizeCode(bytes: i32): u32 { return bytes <= 64 ? <u32>((bytes - 1) >> 3) : longSizeCode(<u32>bytes - 1); }
function longSizeCode(last: u32): u32 {
  const top = 31 - clz(last);
  return top < 10 ? 8 + ((top - 6) << 2) + (last >>> (top - 2) & 3) : 24 + ((top - 10) << 1) + (last >>> (top - 1) & 1);
}
/** Bytes of a small cell as the collector sees it: never less than asked for. */
@inline export function cellSize(header: u32): u32 { return load<u16>(SIZES + (<usize>(header >>> 11 & 31) << 1)); }
@inline export function isLarge(header: u32): bool { return ((header >>> 11) & 31) == SIZE_LARGE; }

/** The next block with holes, now a young one; 0 when there is none. */
function nextBlock(): usize {
  let page = blockCursor();
  const end = pageOf(heapEnd());
  while (page < end) {
    let state = pageState(page);
    if (state == PAGE_BLOCK_UNSWEPT && gcStage() == STAGE_SWEEPING) state = sweepBlock(page);
    if (state == PAGE_BLOCK_HOLES) {
      setPageState(page, PAGE_BLOCK_YOUNG);
      setBlockCursor(page + BLOCK_PAGES);
      return pageAddress(page);
    }
    page += isBlockState(state) ? BLOCK_PAGES : 1;
  }
  setBlockCursor(page);
  return 0;
}
/** Find the next hole of at least `bytes` in a block that has some, or a fresh block; false when memory is at its end. */
@noinline function nextHole(bytes: u32): bool {
  // Rest of the current block, then blocks after the cursor that the collector found holes in.
  let at = bumpLimit();
  let block = at & ~(<usize>BLOCK_SIZE - 1);
  if (at == block) block = 0;
  while (true) {
    if (block != 0) {
      let line = (<u32>(at - block)) >>> 7;
      while (line < LINES) {
        if (load<u8>(block + line) != 0) { line++; continue; }
        const from = line;
        while (line < LINES && load<u8>(block + line) == 0) line++;
        const size = (line - from) << 7;
        if (size >= bytes) {
          const start = block + (<usize>from << 7);
          setBump(start);
          setBumpLimit(start + size);
          memory.fill(start, 0, size);
          charge(size);
          return true;
        }
      }
    }
    block = nextBlock();
    if (block == 0) {
      const fresh = takePages(BLOCK_PAGES, BLOCK_PAGES, PAGE_BLOCK_YOUNG);
      if (!fresh) return false;
      setBump(fresh + 256);
      setBumpLimit(fresh + BLOCK_SIZE);
      charge(BLOCK_SIZE);
      return true;
    }
    at = block + 256;
  }
  return false;
}

/** A small cell while a placement plan is followed. Nothing is collected meanwhile. */
function allocatePlanned(bytes: u32, kind: u8): usize {
  let at = plannedAddress(bytes);
  if (at != 0) {
    const block = at & ~(<usize>BLOCK_SIZE - 1);
    if (pageState(pageOf(block)) == PAGE_FREE) claimAt(block, BLOCK_PAGES, PAGE_BLOCK);
  } else {
    at = overBump();
    if (at + bytes > overLimit()) {
      const fresh = takePages(BLOCK_PAGES, BLOCK_PAGES, PAGE_BLOCK);
      at = fresh + 256;
      setOverLimit(fresh + BLOCK_SIZE);
    }
    setOverBump(at + bytes);
    notePlaced(at);
  }
  store<u32>(at, <u32>kind | (sizeCode(bytes) << 11));
  return at;
}

@noinline function allocateSlow(bytes: u32, kind: u8): usize {
  if (plan() != 0) return allocatePlanned(bytes, kind);
  if (bytes > LINE_SIZE && bump() != 0) {
    // Longer than a line: use the overflow region rather than leave the hole behind.
    let at = overBump();
    if (at + bytes > overLimit()) {
      const fresh = takePages(BLOCK_PAGES, BLOCK_PAGES, PAGE_BLOCK_YOUNG);
      if (!fresh) fatal("out of memory");
      at = fresh + 256;
      setOverLimit(fresh + BLOCK_SIZE);
      charge(BLOCK_SIZE);
    }
    setOverBump(at + bytes);
    store<u32>(at, <u32>kind | (sizeCode(bytes) << 11));
    return at;
  }
  if (!nextHole(bytes)) fatal("out of memory");
  const at = bump();
  setBump(at + bytes);
  store<u32>(at, <u32>kind | (sizeCode(bytes) << 11));
  return at;
}

@noinline function allocateLarge(bytes: i32, kind: u8): usize {
  const cards = isLeafKind(kind) ? 0 : <usize>cardCount(bytes);
  const pages = <u32>((<usize>bytes + LARGE_PRELUDE + cards + 4095) >>> 12);
  const address = takePages(pages, 1, PAGE_LARGE_YOUNG);
  if (!address) return 0;
  // Who fills it needs no barriers until the next safe point.
  if (cards) memory.fill(address + (<usize>pages << 12) - cards, 1, cards);
  initLarge(address, bytes, pages, kind);
  return address + LARGE_PRELUDE;
}
function initLarge(address: usize, bytes: u32, pages: u32, kind: u8): void {
  setPageState(pageOf(address), PAGE_LARGE_YOUNG);
  store<u32>(address, bytes);
  store<u32>(address, pages, 4);
  store<u32>(address, LARGE_YOUNG, 8);
  store<u32>(address, 0, 12);
  store<u32>(address + LARGE_PRELUDE, <u32>kind | (SIZE_LARGE << 11) | (markEpoch() ^ MARK_BITS));
  charge(pages << 12);
}

/**
 * A zeroed cell of `bytes` (header included), 8-aligned, of the given kind. Never fails for sizes that a program cannot choose: use tryAllocate
 * where it can. Does not collect: a collection is asked for and happens at the next safe point.
 */
export function allocate(bytes: i32, kind: u8): usize {
  bytes = (bytes + 7) & ~7;
  if (bytes > MAX_SMALL) {
    const large = allocateLarge(bytes, kind);
    if (!large) fatal("out of memory");
    return large;
  }
  const at = bump();
  if (at + bytes > bumpLimit()) return allocateSlow(bytes, kind);
  setBump(at + bytes);
  store<u32>(at, <u32>kind | (sizeCode(bytes) << 11));
  return at;
}

/** As allocate, in place, for a multiple of 8 up to 64 bytes. */
@inline export function allocateShort(bytes: i32, kind: u8): usize {
  const at = bump();
  if (at + bytes > bumpLimit()) return allocateSlow(bytes, kind);
  setBump(at + bytes);
  store<u32>(at, <u32>kind | (((<u32>bytes >>> 3) - 1) << 11));
  return at;
}

/** As allocate, for sizes that user code chooses: 0 with a pending RangeError when the heap cap would be passed. */
export function tryAllocate(bytes: i64, kind: u8): usize {
  if (bytes <= <i64>MAX_SMALL) return allocate(<i32>bytes, kind);
  if (bytes > <i64>MAX_HEAP || <u64>heapBytes() + <u64>bytes > <u64>heapCap()) {
    wantFullCollection();
    throwRangeError("Out of memory: the heap limit is reached");
    return 0;
  }
  const at = allocateLarge((<i32>bytes + 7) & ~7, kind);
  if (!at) throwRangeError("Out of memory: the heap limit is reached");
  return at;
}

/**
 * For natives that make any number of small cells, now and then: false with a RangeError when the heap is well over its limit. Up to there what died may make up for it, which
 * the next safe point finds out; the host has a little more (host/memory.c), after which allocation is fatal.
 */
@inline export function checkHeapLimit(): bool {
  return heapBytes() <= heapCap() + (heapCap() >>> 3) || overHeapLimit();
}
@noinline function overHeapLimit(): bool {
  wantFullCollection();
  throwRangeError("Out of memory: the heap limit is reached");
  return false;
}

/** Store into a cell that was allocated since the last safe point: no barrier. */
@inline export function initValue(address: usize, v: Value): void { store<u64>(address, v); }

// Cells of plain Values: out-of-line slots and lists.

/** SLOTS/VALUES cell: +4 count, +8 Values (zero bits until stored; fill before the next safe point). */
export function newValues(count: i32): usize {
  const cell = allocate(8 + (count << 3), KIND_VALUES);
  store<u32>(cell, <u32>count, 4);
  return cell;
}
export function newSlots(count: i32): usize {
  const cell = allocate(8 + (count << 3), KIND_SLOTS);
  store<u32>(cell, <u32>count, 4);
  return cell;
}
@inline export function valuesCount(cell: usize): i32 { return load<i32>(cell, 4); }
@inline export function valueAt(cell: usize, i: i32): Value { return load<u64>(cell + (<usize>i << 3), 8); }
@inline export function setValueAt(cell: usize, i: i32, v: Value): void { storeValue(cell, cell + 8 + (<usize>i << 3), v); }
@inline export function initValueAt(cell: usize, i: i32, v: Value): void { store<u64>(cell + (<usize>i << 3), v, 8); }

/** Buffers for the host: at least `bytes` bytes, 16-aligned, cleared; 0 when there is no memory. */
export function hostAlloc(bytes: i32): usize { return rawAlloc(bytes); }
export function hostFree(ptr: usize): void { rawFree(ptr); }

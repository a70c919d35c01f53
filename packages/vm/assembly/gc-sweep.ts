/**
 * After marking: what died is freed. A minor collection looks at the blocks and large cells that are new since the last one. After a full one every block
 * waits to be swept, a few in each pause and one when allocation comes to it; before, dead strings leave the intern table, bit by bit too.
 */
import {
  isBlockState, kindOf, largePages, pageAddress, pageOf, pageState, releasePages, setPageState, BLOCK_PAGES, LARGE_PRELUDE, LARGE_YOUNG, largeFlags, LINES, PAGE_BLOCK, PAGE_BLOCK_HOLES, PAGE_BLOCK_UNSWEPT, PAGE_BLOCK_YOUNG, PAGE_FREE, PAGE_LARGE,
  PAGE_LARGE_UNSWEPT, PAGE_LARGE_YOUNG, PAGE_UNSWEPT, PAGE_YOUNG,
} from "./heap";
import { cleanCursor, gcStage, heapEnd, imageEnd, internMask, internTable, markEpoch, pagesUsed, setCleanCursor, setFullHeapBytes, setGcStage, setPagesUsed, PAGE_STATES } from "./state";
import { isMarked } from "./gc-mark";
import { INTERN_TOMBSTONE, internedString } from "./string";

/** No full collection is under way; it marks; what it found dead leaves the intern table; blocks are swept. */
export const STAGE_IDLE: u32 = 0, STAGE_MARKING: u32 = 1, STAGE_CLEANING: u32 = 2, STAGE_SWEEPING: u32 = 3;

const BYTES_LOW: u64 = 0x0101010101010101;

/** Lines of a block that are in use; `mask`: of marks 1, 2 or both. Marks outside of the mask are cleared. */
function countLines(block: usize, mask: u64): u32 {
  let used: u32 = 0;
  for (let at = block; at < block + LINES; at += 8) {
    const w = load<u64>(at);
    if (w == 0) continue;
    const kept = w & mask;
    if (kept != w) store<u64>(at, kept);
    used += <u32>popcnt((kept | kept >>> 1) & BYTES_LOW);
  }
  return used;
}
/** What a block is after its lines were counted. */
function settle(page: u32, used: u32): u8 {
  if (used == 0) {
    for (let i: u32 = 0; i < BLOCK_PAGES; i++) setPageState(page + i, PAGE_FREE);
    setPagesUsed(pagesUsed() - BLOCK_PAGES);
    return PAGE_FREE;
  }
  const state = used < LINES - 2 ? PAGE_BLOCK_HOLES : PAGE_BLOCK;
  setPageState(page, state);
  return state;
}
/** Sweep a waiting block: its new state. */
export function sweepBlock(page: u32): u8 { return settle(page, countLines(pageAddress(page), BYTES_LOW * <u64>(markEpoch() >>> 8))); }

/** Eight page states from `page` on, a multiple of 8. */
@inline function statesAt(page: u32): u64 { return load<u64>(PAGE_STATES - <usize>page - 7); }

/** A minor collection's sweep: what is new since the last one. */
export function sweepYoung(): void {
  const end = pageOf(heapEnd());
  for (let group = pageOf(imageEnd()) & ~7; group < end; group += 8) {
    if (!(statesAt(group) & BYTES_LOW * PAGE_YOUNG)) continue;
    for (let page = max(group, pageOf(imageEnd())); page < group + 8 && page < end; page++) {
      const state = pageState(page);
      if (state == PAGE_BLOCK_YOUNG) settle(page, countLines(pageAddress(page), BYTES_LOW * 3));
      else if (state == PAGE_LARGE_YOUNG) releasePages(pageAddress(page)); // those that live are not young any more
    }
  }
}

/** Marking is done: everything waits to be swept. */
export function startSweep(): void {
  const end = pageOf(heapEnd());
  for (let page = pageOf(imageEnd()); page < end; ) {
    const state = pageState(page);
    if (isBlockState(state)) {
      setPageState(page, PAGE_BLOCK_UNSWEPT);
      page += BLOCK_PAGES;
      continue;
    }
    if (state == PAGE_LARGE) setPageState(page, PAGE_LARGE_UNSWEPT);
    page++;
  }
  setGcStage(STAGE_CLEANING);
  setCleanCursor(0);
}

/** Clean and sweep on, about `work` table entries or pages of the heap. */
export function sweepSlice(work: u32): void {
  if (gcStage() == STAGE_CLEANING) {
    const table = internTable(), size = table ? internMask() + 1 : 0, to = min(cleanCursor() + work, size);
    for (let i = cleanCursor(); i < to; i++) {
      const at = table + (<usize>i << 2), s = internedString(load<u32>(at));
      if (s && !isMarked(s)) store<u32>(at, INTERN_TOMBSTONE);
    }
    setCleanCursor(to);
    if (to < size) return;
    setGcStage(STAGE_SWEEPING);
    setCleanCursor(pageOf(imageEnd()));
  }
  const end = pageOf(heapEnd());
  let page = cleanCursor();
  const to = page + work;
  while (page < end) {
    if (page >= to) { setCleanCursor(page); return; }
    const state = pageState(page);
    if (state == PAGE_LARGE_UNSWEPT) {
      const p = pageAddress(page) + LARGE_PRELUDE, pages = largePages(p);
      if (isMarked(p)) setPageState(page, PAGE_LARGE); else releasePages(pageAddress(page));
      page += pages;
    } else {
      if (state == PAGE_BLOCK_UNSWEPT) sweepBlock(page);
      page += isBlockState(state) ? BLOCK_PAGES : 1;
    }
  }
  setGcStage(STAGE_IDLE);
  setFullHeapBytes(pagesUsed() << 12);
}
/** To the end. */
export function finishSweep(): void { while (gcStage() >= STAGE_CLEANING) sweepSlice(0x40000); }

/**
 * The collector: what a pause does. Collections run at safe points only (docs/engine.md, rule 3), and each pause begins with a minor one:
 *
 * - Minor: from the roots and the remembered cells, young cells that live are marked ("sticky" marks: old cells count as live and are not looked into), and what
 *   else was allocated since the last pause is free again.
 * - A full collection goes on in the same pauses, a slice in each. It changes the mark that counts, so that every old cell is unvisited; then it marks from the roots. What
 *   the program stores meanwhile into a cell that was visited is remembered by the same barrier that minor collections need, and traced again by the next pause's minor one
 *   (incremental update, after Dijkstra and Steele); that one also looks at the roots. So marking is complete as soon as, after a minor collection, no grey cell is left.
 *   Then weak references are cleared, and the intern table is cleaned and blocks are swept, again in slices.
 * - Cells of the image are never marked nor freed. Those that were stored into are roots of full collections.
 *
 * Lengths are counted in bytes, not in time, so that the same program always collects at the same points.
 */
import {
  pageAddress, pageOf, pageState, rawFree, setPageState, BLOCK_PAGES, LINES, MARK_BITS, PAGE_BLOCK, PAGE_FREE, PAGE_BLOCK_HOLES, MARK_IMAGE_ROOT,
} from "./heap";
import {
  allocatedBytes, ephemerons, fullLiveBytes, gcFlags, gcStage, greyStack, heapEnd, imageEnd, imageRootCount, imageRoots, liveBytes, markEpoch, markStack, nurseryBytes, rememberedBuffer, rememberedCount, setAllocatedBytes,
  setBlockCursor, setBump, setBumpLimit, setFullLiveBytes, setGcFlags, setGcStage, setGcThreshold, setGreyCap, setGreyStack, setHeapEnd, setImageEnd, setImageRootCap, setImageRootCount, setImageRoots, setLiveBytes, setMarkCap, setMarkEpoch, setMarkStack,
  setNurseryBytes, setOverBump, setOverLimit, setPageCursor, setPlan, setRememberedCount, weakList,
} from "./state";
import { drainGrey, drainYoung, markRoots, pushGrey, releaseReplaced, traceRemembered } from "./gc-mark";
import { finishSweep, startSweep, sweepSlice, sweepYoung, STAGE_CLEANING, STAGE_IDLE, STAGE_MARKING } from "./gc-sweep";
import { finishWeak, finishYoungWeak, markFinalizers, queueFinalizers } from "./gc-weak";
import { checkHeap } from "./gc-check";
import { releaseRemembered } from "./barrier";
import { clearShapeCache } from "./shape-cache";
import { forgetLastUrl } from "./natives/weburl";
import { pauseBegins, pauseEnds } from "./gc-pauses";
import { sealInternTable } from "./string";
import { releaseScratch } from "./stringbuilder";

/** What survives of a nursery is marked in one pause: more than this, and the nursery becomes smaller; much less, and it grows back. */
const SURVIVORS: u32 = 128 << 10;
const NURSERY_MIN: u32 = 128 << 10, NURSERY_MAX: u32 = 256 << 10;
/** While a full collection marks: bytes to allocate between pauses, and to mark in one, after large allocations in proportion. */
const MARKING_NURSERY: u32 = 64 << 10, MARKING_SLICE: u32 = 384 << 10, MARKING_SLICE_MAX: u32 = 2 << 20;
/** Entries of the intern table to clean in one pause, or pages to sweep. */
const SWEEP_SLICE: u32 = 8192;
/** Least growth until a full collection begins. */
const FULL_GROWTH: u32 = 512 << 10;

// gcFlags of tests: at every safe point; each time a whole full collection; always within one, a few cells at a time; and the heap is checked after each.
export const STRESS_ALWAYS: u32 = 4, STRESS_FULL: u32 = 16, STRESS_SLICES: u32 = 32, STRESS_CHECK: u32 = 64;
export const GC_STRESS: u32 = STRESS_ALWAYS | STRESS_FULL | STRESS_SLICES | STRESS_CHECK;

/** Mark what is young and lives, free what is young and does not. Afterwards no cell is young. */
function collectYoung(): void {
  // Holes of the current block end here: what was allocated lies below bump.
  setBump(0);
  setBumpLimit(0);
  setOverBump(0);
  setOverLimit(0);
  const count = rememberedCount(), tables = ephemerons(), shapes = weakList();
  for (let i: u32 = 0; i < count; i++) {
    const p = <usize>load<u32>(rememberedBuffer() + (<usize>i << 2));
    if (!(p & 3)) traceRemembered(p);
  }
  markFinalizers(false);
  markRoots();
  drainYoung();
  finishYoungWeak(tables, shapes, count);
  if (gcStage() != STAGE_MARKING)
    for (let i: u32 = 0; i < count; i++) {
      const p = <usize>load<u32>(rememberedBuffer() + (<usize>i << 2));
      if (p & 2) releaseReplaced(p & ~2);
    }
  setRememberedCount(0);
  clearShapeCache();
  forgetLastUrl();
  sweepYoung();
}

/** A full collection begins, right after a minor one. */
function startMarking(): void {
  finishSweep();
  setMarkEpoch(markEpoch() ^ MARK_BITS);
  setGcStage(STAGE_MARKING);
  setLiveBytes(0);
  for (let i: u32 = 0; i < imageRootCount(); i++) pushGrey(load<u32>(imageRoots() + (<usize>i << 2)));
  markFinalizers(true);
  markRoots();
}
/** Mark on; true when that was all. The pause began with a minor collection. */
function mark(work: u32): bool {
  if (!drainGrey(work)) return false;
  finishWeak();
  startSweep();
  return true;
}

/** Collect at a safe point. */
export function collect(): void {
  const begun = pauseBegins(), flags = gcFlags(), stress = flags & GC_STRESS, before = liveBytes();
  setGcFlags(stress);
  collectYoung();
  const survivors = liveBytes() - before;
  let ended = false;
  if (flags & 2) {
    // What an unfinished one has marked already may be dead by now.
    if (gcStage() == STAGE_MARKING) mark(u32.MAX_VALUE);
    startMarking();
    ended = mark(u32.MAX_VALUE);
    finishSweep();
  } else if (gcStage() >= STAGE_CLEANING) sweepSlice(SWEEP_SLICE);
  else {
    // What minor collections let grow old dies in a full one only: when a quarter more than was left by the last one has gathered.
    const grown = liveBytes() > fullLiveBytes() + max<u32>(fullLiveBytes() >>> 2, FULL_GROWTH);
    if (gcStage() == STAGE_IDLE && (grown || (stress & STRESS_SLICES) != 0)) startMarking();
    // After a large allocation there is more to do, or the heap would outgrow the collection.
    if (gcStage() == STAGE_MARKING) ended = mark(stress & STRESS_SLICES ? 256 : min(max(MARKING_SLICE, allocatedBytes() << 2), MARKING_SLICE_MAX));
    if (ended) sweepSlice(SWEEP_SLICE);
  }
  if (ended) setFullLiveBytes(liveBytes());
  setBlockCursor(pageOf(imageEnd()));
  setPageCursor(pageOf(imageEnd()));
  setAllocatedBytes(0);
  if (survivors > SURVIVORS) setNurseryBytes(max(nurseryBytes() >>> 1, NURSERY_MIN));
  else if (survivors < SURVIVORS >>> 1) setNurseryBytes(min(nurseryBytes() << 1, NURSERY_MAX));
  setGcThreshold(gcStage() == STAGE_MARKING ? MARKING_NURSERY : nurseryBytes());
  if (stress & STRESS_CHECK) checkHeap();
  if (ended) queueFinalizers(); // allocates
  pauseEnds(begun, ended);
}

/** A full collection, then memory made ready for an image: free lines and pages cleared, allocation to start on a fresh page. Returns the end of what is used. */
export function prepareImage(): usize {
  setPlan(0, 0);
  releaseScratch();
  setGcFlags(gcFlags() | 2);
  collect();
  rawFree(markStack());
  setMarkStack(0);
  setMarkCap(0);
  rawFree(greyStack());
  setGreyStack(0);
  setGreyCap(0);
  releaseRemembered();
  sealInternTable();
  // What belongs to the image from now on needs no roots among its own cells.
  for (let i: u32 = 0; i < imageRootCount(); i++) {
    const p = <usize>load<u32>(imageRoots() + (<usize>i << 2));
    store<u32>(p, (load<u32>(p) & ~MARK_IMAGE_ROOT) | markEpoch());
  }
  rawFree(imageRoots());
  setImageRoots(0);
  setImageRootCount(0);
  setImageRootCap(0);
  let end = pageOf(heapEnd());
  const first = pageOf(imageEnd());
  let used = first;
  for (let page = first; page < end;) {
    const state = pageState(page), address = pageAddress(page);
    if (state == PAGE_FREE) { memory.fill(address, 0, 4096); page++; continue; }
    if (state == PAGE_BLOCK || state == PAGE_BLOCK_HOLES) {
      for (let line: u32 = 2; line < LINES; line++) if (!load<u8>(address + line)) memory.fill(address + (<usize>line << 7), 0, 128);
      // No allocation into an image's holes: they would dirty its pages.
      setPageState(page, PAGE_BLOCK);
      page += BLOCK_PAGES;
      used = page;
      continue;
    }
    page++;
    used = page;
  }
  setHeapEnd(pageAddress(used));
  setImageEnd(pageAddress(used));
  setBlockCursor(used);
  setPageCursor(used);
  setLiveBytes(0);
  setFullLiveBytes(0);
  setNurseryBytes(NURSERY_MAX);
  setGcThreshold(NURSERY_MAX);
  return pageAddress(used);
}

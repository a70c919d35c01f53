/**
 * The collector: marks from the roots, then frees unmarked lines, pages and large objects. Runs at safe points only (docs/engine.md, rule 3).
 *
 * Minor collections are "sticky": marks of the last collection stay, so old objects count as live and are not looked into, save remembered ones.
 * A full collection changes the mark that counts, so that nothing has to be cleared but the line marks.
 * Weak: the intern table, transitions of shapes, WeakRefs, WeakMap/WeakSet entries, finalisers.
 */
import { Value, UNDEFINED, isHeap, isObject, ptrOf } from "./value";
import {
  cellSize, isLarge, kindOf, pageAddress, pageOf, pageState, rawAlloc, rawFree, rawRealloc, releaseRemembered, releasePages, setPageState, heapBytes, BLOCK_PAGES, BLOCK_SIZE, LARGE_PRELUDE, LINES, PAGE_BLOCK, PAGE_CONTINUED, PAGE_FREE, PAGE_LARGE, PAGE_RAW, MARK_BITS, BIT_REMEMBERED, flagsOf, addFlags, setFlags,
} from "./heap";
import * as K from "./generated/kinds";
import {
  allocatedBytes, setAllocatedBytes, setBump, setBumpLimit, setOverBump, setOverLimit, setBlockCursor, setPageCursor, gcFlags, setGcFlags, gcThreshold, setGcThreshold, heapEnd, setHeapEnd, markEpoch, setMarkEpoch, markStack, setMarkStack, markTop, setMarkTop, markCap, setMarkCap,
  rememberedBuffer, rememberedCount, setRememberedCount, weakList, setWeakList, pagesUsed, heapStart, REGISTERS_START, FRAMES_START, currentFrame, realmValuesStart, REALM_VALUES, hooksStart, MAX_HOOKS, MAX_PROTOS, proto, charString, setCharString,
  wellKnownSymbol, WELL_KNOWN_SYMBOLS, nameAt, MAX_NAMES, rootSlot, ROOT_SLOTS, globalObject, globalLexicals, emptyObjectShape, arrayShape, functionShape, nativeShape, nullRoots, internTable, internMask, symbolRegistry, jobQueue, modules, mainModule, exceptionValue, callNewTarget, heapCap,
  setHeapStrikes, setPlan, liveBytes, setLiveBytes, weakRefs, setWeakRefs, ephemerons, setEphemerons, finalizers, setFinalizers,
} from "./state";
import { clearShapeCache } from "./shape-cache";
import { pauseBegins, pauseEnds } from "./gc-pauses";
import { FRAME_BYTES, frameBase, frameCode, frameCoroutine, frameNewTarget } from "./frame";
import { codeRegs } from "./code";
import { INTERN_TOMBSTONE, STRING_ROPE, STRING_SLICE } from "./string";
import { purgeTransitions, setShapeWeakNext, shapeKey, shapeNextRoot, shapeParent, shapeProto, shapeRoots, shapeTable, shapeTransitions, shapeWeakNext, tableCount, SHAPE_WEAK_LISTED } from "./shape";
import { hostFatal } from "./host";
import { releaseScratch } from "./stringbuilder";
import { traceNative, sweepWeak } from "./gc-natives";
import { clearWeak, markFinalizers, queueFinalizers, traceWeakRef } from "./weak";


@inline export function isMarked(ptr: usize): bool { return (load<u32>(ptr) & MARK_BITS) == markEpoch(); }

/** Mark a cell and queue it for tracing. 0 is allowed. */
export function markPtr(ptr: usize): void {
  if (!ptr) return;
  const header = load<u32>(ptr);
  if ((header & MARK_BITS) == markEpoch()) return;
  const marked = (header & ~MARK_BITS) | markEpoch();
  store<u32>(ptr, marked);
  if (!isLarge(marked)) {
    const block = ptr & ~(<usize>BLOCK_SIZE - 1);
    let line = (ptr - block) >>> 7;
    const last = min<usize>((ptr - block + cellSize(marked) - 1) >>> 7, LINES - 1);
    for (; line <= last; line++) store<u8>(block + line, 1);
  }
  const kind = <u8>marked;
  if (kind == K.KIND_BIGINT || kind == K.KIND_WORDS || kind == K.KIND_NATIVE_DATA) return;
  const top = markTop();
  if (top == markCap()) {
    const cap = top ? top << 1 : 2044;
    const grown = rawRealloc(markStack(), <i32>(cap << 2));
    if (!grown) { const text = "out of memory while collecting"; hostFatal(changetype<usize>(text), text.length << 1); unreachable(); }
    setMarkStack(grown);
    setMarkCap(cap);
  }
  store<u32>(markStack() + (<usize>top << 2), <u32>ptr);
  setMarkTop(top + 1);
}
@inline export function markValue(v: Value): void { if (isHeap(v)) markPtr(ptrOf(v)); }
/** Mark `count` Values from an address. */
export function markValues(at: usize, count: i32): void {
  for (let i = 0; i < count; i++, at += 8) {
    const v = load<u64>(at);
    if (isHeap(v)) markPtr(ptrOf(v));
  }
}

function drain(): void {
  while (markTop()) {
    const top = markTop() - 1;
    setMarkTop(top);
    trace(load<u32>(markStack() + (<usize>top << 2)));
  }
}

/** Mark what a cell refers to. */
function trace(p: usize): void {
  const kind = kindOf(p);
  switch (kind) {
    case K.KIND_STRING: {
      const flags = flagsOf(p);
      if (flags & STRING_ROPE) { markPtr(load<u32>(p, 12)); markPtr(load<u32>(p, 16)); }
      else if (flags & STRING_SLICE) markPtr(load<u32>(p, 12));
      return;
    }
    case K.KIND_SYMBOL: markPtr(load<u32>(p, 4)); return;
    case K.KIND_SHAPE: {
      markPtr(shapeProto(p));
      markPtr(shapeParent(p));
      markPtr(shapeKey(p));
      markPtr(shapeTable(p));
      markPtr(shapeRoots(p));
      markPtr(shapeNextRoot(p));
      const t = shapeTransitions(p);
      if (t) {
        if (kindOf(t) == K.KIND_WORDS) markPtr(t);
        if (!(flagsOf(p) & SHAPE_WEAK_LISTED)) {
          addFlags(p, SHAPE_WEAK_LISTED);
          setShapeWeakNext(p, weakList());
          setWeakList(p);
        }
      }
      return;
    }
    case K.KIND_PROPTABLE:
      for (let i: u32 = 0, n = tableCount(p); i < n; i++) markPtr(load<u32>(p + (<usize>i << 3), 24));
      return;
    case K.KIND_SLOTS:
    case K.KIND_VALUES:
    case K.KIND_ELEMENTS: markValues(p + 8, load<i32>(p, 4)); return;
    case K.KIND_SLOW_ELEMENTS: {
      const n = load<u32>(p, 4) + 1;
      for (let i: u32 = 0; i < n; i++) if (load<u32>(p + (<usize>i << 4), 20) & 0x100) markValue(load<u64>(p + (<usize>i << 4), 24));
      return;
    }
    case K.KIND_SCOPE:
      markPtr(load<u32>(p, 8));
      markValues(p + 16, load<i32>(p, 4));
      return;
    case K.KIND_CODE:
      markPtr(load<u32>(p, 4));
      if (load<u32>(p, 24) != <u32>p) markPtr(load<u32>(p, 24));
      for (let at: usize = 28; at <= 48; at += 4) markPtr(load<u32>(p + at));
      return;
    case K.KIND_BYTECODE:
      markPtr(load<u32>(p, 8));
      markPtr(load<u32>(p, 12));
      markPtr(load<u32>(p, 136));
      markPtr(load<u32>(p, 144));
      markPtr(load<u32>(p, 148));
      markPtr(load<u32>(p, 156));
      return;
    case K.KIND_POINTERS:
      for (let i: u32 = 0, n = load<u32>(p, 4); i < n; i++) {
        const q = load<u32>(p + (<usize>i << 2), 8);
        if (!(q & 1)) markPtr(q);
      }
      return;
    case K.KIND_SITES:
      for (let i: u32 = 0, n = load<u32>(p, 4); i < n; i++) {
        const site = p + 8 + <usize>i * 24;
        markPtr(load<u32>(site));
        markPtr(load<u32>(site, 4));
        markPtr(load<u32>(site, 12));
        markPtr(load<u32>(site, 20));
      }
      return;
    case K.KIND_ACCESSOR: markValues(p + 8, 2); return;
    case K.KIND_FRAMES:
      for (let i: u32 = 0, n = load<u32>(p, 4); i < n; i++) markPtr(load<u32>(p + (<usize>i << 3), 8));
      return;
    case K.KIND_COROUTINE_FRAME:
      markPtr(load<u32>(p, 8));
      markValue(load<u64>(p, 16));
      markValues(p + 32, load<i32>(p, 4));
      return;
    case K.KIND_MODULE:
      for (let at: usize = 4; at < 48; at += 4) if (at != 16) markPtr(load<u32>(p + at));
      markValue(load<u64>(p, 48));
      return;
    case K.KIND_TABLE:
      for (let i: u32 = 0, n = load<u32>(p, 4) + 1; i < n; i++) if (load<u32>(p + (<usize>i << 4), 20)) markValue(load<u64>(p + (<usize>i << 4), 8));
      return;
    case K.KIND_BIGINT:
    case K.KIND_WORDS:
    case K.KIND_NATIVE_DATA: return;
    default:
      if (kind < K.FIRST_OBJECT_KIND) { traceNative(p, kind); return; }
      traceObject(p, kind);
  }
}

function traceObject(p: usize, kind: u8): void {
  const shape = <usize>load<u32>(p, 4);
  markPtr(shape);
  markPtr(load<u32>(p, 8));
  markPtr(load<u32>(p, 12));
  const start = <usize>load<u8>(shape, 32), cap = <i32>load<u8>(shape, 33);
  if (cap) markValues(p + start, cap);
  switch (kind) {
    case K.KIND_OBJECT:
    case K.KIND_ARRAY:
    case K.KIND_DATE: return;
    case K.KIND_FUNCTION:
      for (let at: usize = 16; at < 40; at += 4) markPtr(load<u32>(p + at));
      return;
    case K.KIND_NATIVE_FUNCTION:
      markPtr(load<u32>(p, 20));
      markPtr(load<u32>(p, 24));
      return;
    case K.KIND_BOUND_FUNCTION:
      markPtr(load<u32>(p, 16));
      markPtr(load<u32>(p, 20));
      markValue(load<u64>(p, 24));
      return;
    case K.KIND_ERROR:
    case K.KIND_ARGUMENTS:
    case K.KIND_MODULE_NAMESPACE: markPtr(load<u32>(p, 16)); return;
    case K.KIND_GENERATOR:
      markValues(p + 16, 2);
      markPtr(load<u32>(p, 32));
      return;
    case K.KIND_WEAKREF: traceWeakRef(p); return;
    case K.KIND_MAP:
    case K.KIND_SET:
    case K.KIND_WEAKMAP:
    case K.KIND_WEAKSET:
    case K.KIND_ARRAYBUFFER:
    case K.KIND_TYPEDARRAY:
    case K.KIND_DATAVIEW: traceNative(p, kind); return;
    default: markValues(p + 16, K.kindInternalSlots(kind));
  }
}

function markRoots(): void {
  // Registers up to the highest window of any frame, and the frames' own references.
  let top: usize = REGISTERS_START;
  for (let f = currentFrame(); f >= FRAMES_START && f != 0; f -= FRAME_BYTES) {
    const code = frameCode(f);
    if (!code) { top = max(top, frameBase(f)); continue; }
    const end = frameBase(f) + (<usize>codeRegs(code) << 3);
    if (end > top) top = end;
    markPtr(code);
    markValue(frameNewTarget(f));
    markPtr(frameCoroutine(f));
  }
  markValues(REGISTERS_START, <i32>((top - REGISTERS_START) >>> 3));
  markValues(realmValuesStart(), REALM_VALUES);
  markValues(hooksStart(), MAX_HOOKS);
  markValues(rootSlot(0), ROOT_SLOTS);
  for (let i = 0; i < MAX_PROTOS; i++) markPtr(proto(i));
  for (let i: u32 = 0; i < 256; i++) markPtr(charString(i));
  for (let i = 0; i < WELL_KNOWN_SYMBOLS; i++) markPtr(wellKnownSymbol(i));
  for (let i = 0; i < MAX_NAMES; i++) markPtr(nameAt(i));
  markValue(exceptionValue());
  markValue(callNewTarget());
  markPtr(globalObject());
  markPtr(globalLexicals());
  markPtr(emptyObjectShape());
  markPtr(arrayShape());
  markPtr(functionShape());
  markPtr(nativeShape());
  markPtr(nullRoots());
  markPtr(symbolRegistry());
  markPtr(jobQueue());
  markPtr(modules());
  markPtr(mainModule());
  markFinalizers();
}

function clearLineMarks(): void {
  const end = pageOf(heapEnd());
  for (let page = pageOf(heapStart()); page < end; page++) {
    if (pageState(page) != PAGE_BLOCK) continue;
    memory.fill(pageAddress(page) + 2, 0, LINES - 2);
    page += BLOCK_PAGES - 1;
  }
}

/** Free what is not marked, and let allocation look for holes again. */
function sweep(): void {
  const end = pageOf(heapEnd());
  const epoch = markEpoch();
  let live: u32 = 0;
  for (let page = pageOf(heapStart()); page < end;) {
    const state = pageState(page), address = pageAddress(page);
    if (state == PAGE_BLOCK) {
      let used: u32 = 0;
      for (let line: u32 = 2; line < LINES; line++) used += load<u8>(address + line);
      if (!used) {
        for (let i: u32 = 0; i < BLOCK_PAGES; i++) setPageState(page + i, PAGE_FREE);
        releaseCount(BLOCK_PAGES);
      } else {
        live += used << 7;
        store<u8>(address, used < LINES - 2 ? 2 : 1);
        store<u8>(address, 1, 1);
      }
      page += BLOCK_PAGES;
    } else if (state == PAGE_LARGE) {
      const pages = load<u32>(address, 4);
      if ((load<u32>(address + LARGE_PRELUDE) & MARK_BITS) != epoch) {
        for (let i: u32 = 0; i < pages; i++) setPageState(page + i, PAGE_FREE);
        releaseCount(pages);
      } else live += pages << 12;
      page += pages;
    } else page++;
  }
  setLiveBytes(live);
}
import { fullLiveBytes, setFullLiveBytes, setPagesUsed } from "./state";
function releaseCount(n: u32): void { setPagesUsed(pagesUsed() - n); }

function purgeInternTable(): void {
  const table = internTable();
  if (!table) return;
  const mask = internMask();
  for (let i: u32 = 0; i <= mask; i++) {
    const at = table + (<usize>i << 2), s = <usize>load<u32>(at);
    if (s > INTERN_TOMBSTONE && !isMarked(s)) store<u32>(at, INTERN_TOMBSTONE);
  }
}
function purgeShapes(): void {
  let s = weakList();
  setWeakList(0);
  const epoch = markEpoch();
  while (s) {
    const next = shapeWeakNext(s);
    purgeTransitions(s, epoch);
    setFlags(s, flagsOf(s) & ~SHAPE_WEAK_LISTED);
    setShapeWeakNext(s, 0);
    s = next;
  }
}

/** Least growth until a full collection. */
const FULL_GROWTH: u32 = 4 << 20;
/** gcFlags: collect at every safe point (4), fully (16). */
export const GC_STRESS: u32 = 4 | 16;

/** Collect at a safe point: minor, or full when asked for or when minor ones no longer free enough. */
export function collect(): void {
  const begun = pauseBegins(), flags = gcFlags();
  // What minor collections let grow old dies in a full one only: when as much again as was left by the last one has gathered.
  const full = (flags & 2) != 0 || liveBytes() + allocatedBytes() > max<u32>(fullLiveBytes() << 1, fullLiveBytes() + FULL_GROWTH);
  setGcFlags((flags & GC_STRESS) | (full ? 8 : 0));
  // Holes of the current block end here: what was allocated lies below bump.
  setBump(0);
  setBumpLimit(0);
  setOverBump(0);
  setOverLimit(0);
  setMarkTop(0);
  const count = rememberedCount(), buffer = rememberedBuffer();
  if (full) {
    setMarkEpoch(markEpoch() ^ MARK_BITS);
    clearLineMarks();
  }
  for (let i: u32 = 0; i < count; i++) {
    const p = <usize>load<u32>(buffer + (<usize>i << 2));
    store<u32>(p, load<u32>(p) & ~BIT_REMEMBERED);
    if (!full) trace(p);
  }
  setRememberedCount(0);
  markRoots();
  drain();
  while (sweepWeak(false)) drain();
  purgeShapes();
  purgeInternTable();
  clearShapeCache();
  sweepWeak(true);
  if (full) clearWeak();
  sweep();
  if (full) queueFinalizers();
  setBlockCursor(pageOf(heapStart()));
  setPageCursor(pageOf(heapStart()));
  setGcFlags(flags & GC_STRESS);
  setAllocatedBytes(0);
  if (full) setFullLiveBytes(liveBytes());
  // A small nursery for short pauses; one that grows with the heap, whose every line a collection looks at.
  setGcThreshold(max<u32>(liveBytes() >>> 5, 1 << 20));
  pauseEnds(begun, full);
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
  releaseRemembered();
  let end = pageOf(heapEnd());
  const first = pageOf(heapStart());
  let used = first;
  for (let page = first; page < end;) {
    const state = pageState(page), address = pageAddress(page);
    if (state == PAGE_FREE) { memory.fill(address, 0, 4096); page++; continue; }
    if (state == PAGE_BLOCK) {
      for (let line: u32 = 2; line < LINES; line++) if (!load<u8>(address + line)) memory.fill(address + (<usize>line << 7), 0, 128);
      // No allocation into an image's holes: they would dirty its pages.
      store<u8>(address, 1);
      page += BLOCK_PAGES;
      used = page;
      continue;
    }
    page++;
    used = page;
  }
  setHeapEnd(pageAddress(used));
  setBlockCursor(used);
  setPageCursor(used);
  setLiveBytes(0);
  setFullLiveBytes(0);
  setGcThreshold(2 << 20);
  return pageAddress(used);
}

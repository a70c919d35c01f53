/**
 * Marking and tracing. A cell is marked when it is first met, and queued to be traced. Two stacks: young cells, which every collection traces to the end, and
 * old ones ("grey", after Dijkstra and others, On-the-fly garbage collection, 1978), which a full collection traces bit by bit (gc.ts). Large cells are traced by
 * dirty cards in a minor collection and in pieces in a full one.
 */
import { Value, isHeap, ptrOf } from "./value";
import {
  cardCount, cellSize, fatal, flagsOf, addFlags, isLarge, isLeafKind, kindOf, largeBytes, largeFlags, largePages, pageOf, rawRealloc, releasePages, setLargeFlags, setPageState, BIT_REMEMBERED, BLOCK_SIZE, LARGE_LISTED, LARGE_PRELUDE,
  LARGE_YOUNG, LINES, MARK_BITS, MARK_IMAGE_ROOT, PAGE_LARGE,
} from "./heap";
import { cardsOf } from "./barrier";
import * as K from "./generated/kinds";
import {
  arrayShape, callNewTarget, charString, currentFrame, emptyObjectShape, exceptionValue, functionShape, gcStage, globalLexicals, globalObject, greyCap, greyStack, greyTop, hooksStart, imageEnd, imageRootCap, imageRootCount, imageRoots,
  jobQueue, mainModule, markCap, markEpoch, markStack, markTop, liveBytes, modules, nameAt, nativeShape, newShapes, nullRoots, proto, realmValuesStart, rootSlot, setGreyCap, setGreyStack, setGreyTop, setImageRootCap, setImageRootCount, setImageRoots, setMarkCap,
  setMarkStack, setMarkTop, setLiveBytes, setWeakList, symbolRegistry, weakList, wellKnownSymbol, FRAMES_START, MAX_HOOKS, MAX_NAMES, MAX_PROTOS, REALM_VALUES, REGISTERS_START, ROOT_SLOTS, WELL_KNOWN_SYMBOLS,
} from "./state";
import { FRAME_BYTES, frameBase, frameCode, frameCoroutine, frameNewTarget } from "./frame";
import { codeRegs } from "./code";
import { STRING_ROPE, STRING_SLICE } from "./string";
import { setShapeWeakNext, shapeKey, shapeNextNew, shapeNextRoot, shapeParent, shapeProto, shapeRoots, shapeTable, shapeTransitions, tableCount, SHAPE_WEAK_LISTED } from "./shape";
import { traceNative, traceHashRange } from "./gc-natives";
import { traceWeakRef } from "./gc-weak";
import { STAGE_CLEANING, STAGE_MARKING } from "./gc-sweep";
import { checkCell } from "./gc-check";

/** Bytes of a large cell that a full collection traces at a time. */
const PIECE: u32 = 32768;

/** Is the cell known to live (after marking: does it)? Cells of the image always do. */
@inline export function isMarked(p: usize): bool { return (load<u32>(p) & markEpoch()) != 0 || p < imageEnd(); }
/** Was it made since the last collection? */
@inline export function isYoung(p: usize): bool {
  const header = load<u32>(p);
  return (header & MARK_BITS) == 0 || (isLarge(header) && (largeFlags(p) & LARGE_YOUNG) != 0);
}
/** Did the last full collection find it dead? Its cell is there until it is swept. */
export function isDead(p: usize): bool { return gcStage() >= STAGE_CLEANING && !isMarked(p) && !isYoung(p); }

/** Mark a cell and queue it for tracing. 0 is allowed. */
export function markPtr(p: usize): void {
  if (!p) return;
  const header = load<u32>(p);
  if (!(header & markEpoch())) markCell(p, header);
}
@inline export function markValue(v: Value): void { if (isHeap(v)) markPtr(ptrOf(v)); }
/** Mark `count` Values from an address. */
export function markValues(at: usize, count: i32): void {
  const epoch = markEpoch();
  for (let i = 0; i < count; i++, at += 8) {
    const v = load<u64>(at);
    if (!isHeap(v)) continue;
    const p = ptrOf(v), header = load<u32>(p);
    if (!(header & epoch)) markCell(p, header);
  }
}

@noinline function markCell(p: usize, header: u32): void {
  const epoch = markEpoch();
  if (p < imageEnd()) return;
  if (epoch == 0) { checkCell(p); return; }
  const marked = (header & ~MARK_BITS) | epoch, kind = <u8>header;
  store<u32>(p, marked);
  if (isLarge(header)) {
    setLiveBytes(liveBytes() + (largePages(p) << 12));
    const young = (largeFlags(p) & LARGE_YOUNG) != 0;
    if (young) {
      setLargeFlags(p, 0);
      setPageState(pageOf(p), PAGE_LARGE);
    }
    if (isLeafKind(kind)) return;
    if (young) pushYoung(p);
    if (!young || gcStage() == STAGE_MARKING) pushGrey(p);
    return;
  }
  const block = p & ~(<usize>BLOCK_SIZE - 1), size = cellSize(header), mark = <u8>(epoch >>> 8);
  let line = (p - block) >>> 7;
  const last = min<usize>((p - block + size - 1) >>> 7, LINES - 1);
  for (; line <= last; line++) store<u8>(block + line, mark);
  setLiveBytes(liveBytes() + size);
  if (isLeafKind(kind) && (kind != K.KIND_STRING || !(header & (STRING_ROPE | STRING_SLICE) << 16))) return;
  if (header & MARK_BITS) pushGrey(p); else pushYoung(p);
}

function outOfMemory(): void { fatal("out of memory while collecting"); }
function pushYoung(p: usize): void {
  const top = markTop();
  if (top == markCap()) {
    const cap = top ? top << 1 : 1020, grown = rawRealloc(markStack(), <i32>(cap << 2));
    if (!grown) outOfMemory();
    setMarkStack(grown);
    setMarkCap(cap);
  }
  store<u32>(markStack() + (<usize>top << 2), <u32>p);
  setMarkTop(top + 1);
}
export function pushGrey(p: usize): void {
  const top = greyTop();
  if (top == greyCap()) {
    const cap = top ? top << 1 : 1020, grown = rawRealloc(greyStack(), <i32>(cap << 2));
    if (!grown) outOfMemory();
    setGreyStack(grown);
    setGreyCap(cap);
  }
  store<u32>(greyStack() + (<usize>top << 2), <u32>p);
  setGreyTop(top + 1);
}

/** Trace young cells to the end. */
export function drainYoung(): void {
  while (markTop()) {
    const top = markTop() - 1;
    setMarkTop(top);
    const p = <usize>load<u32>(markStack() + (<usize>top << 2));
    if (isLarge(load<u32>(p))) traceCards(p); else trace(p);
  }
}
/** Trace old cells until about `work` bytes were marked or looked through. True when none is left. */
export function drainGrey(work: u32): bool {
  const begun = liveBytes();
  let looked: u32 = 0;
  while (greyTop()) {
    if (liveBytes() - begun + looked > work) return false;
    const top = greyTop() - 1;
    setGreyTop(top);
    const p = <usize>load<u32>(greyStack() + (<usize>top << 2));
    if (isLarge(load<u32>(p)) && hasPieces(p)) {
      const from = load<u32>(p - LARGE_PRELUDE, 12), to = from + PIECE;
      const more = to < largeBytes(p);
      store<u32>(p - LARGE_PRELUDE, more ? to : 0, 12);
      if (more) setGreyTop(top + 1);
      traceRange(p, from, to);
      looked += PIECE >>> 1;
    } else {
      trace(p);
      looked += 32;
    }
  }
  return true;
}

/** A remembered cell, at the beginning of a collection. */
export function traceRemembered(p: usize): void {
  const header = load<u32>(p);
  if (p < imageEnd() && (header & MARK_BITS) != MARK_IMAGE_ROOT) {
    store<u32>(p, header | MARK_IMAGE_ROOT);
    const count = imageRootCount();
    if (count == imageRootCap()) {
      const cap = count ? count << 1 : 1020, grown = rawRealloc(imageRoots(), <i32>(cap << 2));
      if (!grown) outOfMemory();
      setImageRoots(grown);
      setImageRootCap(cap);
    }
    store<u32>(imageRoots() + (<usize>count << 2), <u32>p);
    setImageRootCount(count + 1);
  }
  if (isLarge(header)) {
    setLargeFlags(p, largeFlags(p) & ~LARGE_LISTED);
    traceCards(p);
    return;
  }
  store<u32>(p, load<u32>(p) & ~BIT_REMEMBERED);
  trace(p);
}

/** A large cell that its only owner gave up (barrier.ts): free, unless it is found to be young, which sees to itself. */
export function releaseReplaced(p: usize): void {
  if (p < imageEnd() || !isMarked(p) || largeFlags(p) & LARGE_YOUNG) return;
  setLiveBytes(liveBytes() - (largePages(p) << 12));
  releasePages(p - LARGE_PRELUDE);
}

/** Can its references be traced by range? */
function hasPieces(p: usize): bool {
  const kind = kindOf(p);
  return kind == K.KIND_ELEMENTS || kind == K.KIND_VALUES || kind == K.KIND_SLOTS || kind == K.KIND_SLOW_ELEMENTS || kind == K.KIND_HASH;
}
/** Mark what bytes [from, to) of a cell with pieces refer to. */
function traceRange(p: usize, from: u32, to: u32): void {
  const kind = kindOf(p);
  if (kind == K.KIND_HASH) { traceHashRange(p, from, to); return; }
  if (kind == K.KIND_SLOW_ELEMENTS) {
    const n = load<u32>(p, 4) + 1;
    for (let i: u32 = from <= 16 ? 0 : (from - 16) >>> 4; i < n && (i << 4) + 16 < to; i++) if (load<u32>(p + (<usize>i << 4), 20) & 0x100) markValue(load<u64>(p + (<usize>i << 4), 24));
    return;
  }
  const first = max<u32>(from, 8), end = min<u32>(to, 8 + (load<u32>(p, 4) << 3));
  if (first < end) markValues(p + first, <i32>((end - first) >>> 3));
}
/** Mark what the dirty cards of a large cell refer to, and clean them. */
function traceCards(p: usize): void {
  const cards = cardsOf(p), count = cardCount(largeBytes(p));
  if (!hasPieces(p)) {
    memory.fill(cards - count + 1, 0, count);
    trace(p);
    return;
  }
  for (let i: u32 = 0; i < count; ) {
    // Eight clean cards at a time.
    if (i + 8 <= count && load<u64>(cards - i - 7) == 0) { i += 8; continue; }
    if (load<u8>(cards - i) != 0) {
      store<u8>(cards - i, 0);
      traceRange(p, i << 9, (i + 1) << 9);
    }
    i++;
  }
}

/** Mark what a cell refers to. */
export function trace(p: usize): void {
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
      if (shapeNextNew(p) > 1) markPtr(shapeNextNew(p));
      const t = shapeTransitions(p);
      if (t) {
        if (kindOf(t) == K.KIND_WORDS) markPtr(t);
        if (!(flagsOf(p) & SHAPE_WEAK_LISTED) && markEpoch() != 0) {
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
      if (load<u32>(p, 24)) {
        // Its instructions, once prepared.
        markPtr(load<u32>(p, 16) - 8);
        if (load<u32>(p, 24) != <u32>p) markPtr(load<u32>(p, 24));
      }
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

/** Mark what registers, frames and the VM's state refer to. */
export function markRoots(): void {
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
  if (newShapes() > 1) markPtr(newShapes());
  markPtr(symbolRegistry());
  markPtr(jobQueue());
  markPtr(modules());
  markPtr(mainModule());
}

/**
 * Checks of the heap for tests of the collector (vm_gc_stress): after a pause everything that the roots reach must be a whole cell in memory that is in use, with the mark
 * that the state of a full collection allows, and no cell may refer to a young one. Goes through the same tracing as the collector: while state.markEpoch
 * is 0, marking a cell comes to checkCell. Stops the VM at what is wrong.
 */
import { cardCount, cellSize, fatal, isLarge, isLeafKind, kindOf, largeBytes, largeFlags, pageOf, pageState, rawAlloc, rawFree, rawRealloc, BIT_REMEMBERED, BLOCK_SIZE, LARGE_LISTED, LARGE_PRELUDE, LARGE_YOUNG, LINES, MARK_BITS, PAGE_BLOCK, PAGE_BLOCK_HOLES, PAGE_BLOCK_UNSWEPT, PAGE_LARGE, PAGE_LARGE_UNSWEPT } from "./heap";
import { gcStage, greyStack, greyTop, heapEnd, imageEnd, imageKeys, imageKeysMask, imageRootCount, imageRoots, internMask, internTable, markEpoch, setMarkEpoch } from "./state";
import { markRoots, trace } from "./gc-mark";
import { cardsOf } from "./barrier";
import { STAGE_CLEANING, STAGE_MARKING } from "./gc-sweep";
import { hashIsWeak } from "./natives/collections";
import { internedString } from "./string";
import { FIRST_OBJECT_KIND, KIND_FREE, KIND_HASH, KIND_SHAPE, KIND_WEAKREF } from "./generated/kinds";

// Words of static memory: the epoch; a bit for 8 bytes from imageEnd of cells seen, and of grey ones; a stack, its top and size; is the cell being traced black?; where cells are counted.
const EPOCH: usize = memory.data(32, 4);
const SEEN: usize = EPOCH + 4, GREY: usize = EPOCH + 8, STACK: usize = EPOCH + 12, TOP: usize = EPOCH + 16, CAP: usize = EPOCH + 20, BLACK: usize = EPOCH + 24, CENSUS: usize = EPOCH + 28;

/** Was the bit of a cell set? It is now. */
function setBit(bits: usize, p: usize): bool {
  const bit = (p - imageEnd()) >>> 3, at = bits + (bit >>> 3), known = load<u8>(at);
  store<u8>(at, known | (<u8>1 << <u8>(bit & 7)));
  return (known & (<u8>1 << <u8>(bit & 7))) != 0;
}
function isGrey(p: usize): bool { const bit = (p - imageEnd()) >>> 3; return (load<u8>(load<u32>(GREY) + (bit >>> 3)) & (<u8>1 << <u8>(bit & 7))) != 0; }

/** A reference to this cell was found. */
export function checkCell(p: usize): void {
  const epoch = load<u32>(EPOCH), header = load<u32>(p);
  if (p & 7 || p >= heapEnd()) fatal("heap check: not a cell");
  const kind = <u8>header, mark = header & MARK_BITS;
  if (kind == KIND_FREE) fatal("heap check: a free cell");
  if (isLarge(header)) {
    const state = pageState(pageOf(p - LARGE_PRELUDE));
    if ((p - LARGE_PRELUDE) & 4095 || (state != PAGE_LARGE && state != PAGE_LARGE_UNSWEPT)) fatal("heap check: not a large cell");
    if (largeFlags(p) & (LARGE_YOUNG | LARGE_LISTED)) fatal("heap check: a young or remembered large cell");
  } else {
    const block = p & ~(<usize>BLOCK_SIZE - 1), state = pageState(pageOf(block));
    if (state != PAGE_BLOCK && state != PAGE_BLOCK_HOLES && state != PAGE_BLOCK_UNSWEPT) fatal("heap check: not in a block");
    if (header & BIT_REMEMBERED) fatal("heap check: a remembered cell");
    const last = min<usize>((p - block + cellSize(header) - 1) >>> 7, LINES - 1);
    for (let line = (p - block) >>> 7; line <= last; line++) if (!load<u8>(block + line)) fatal("heap check: a line in use is free");
  }
  if (kind >= FIRST_OBJECT_KIND && kindOf(load<u32>(p, 4)) != KIND_SHAPE) fatal("heap check: an object without a shape");
  if (mark == 0) fatal("heap check: a young cell");
  if (mark != epoch && p >= imageEnd() && (gcStage() != STAGE_MARKING || load<u32>(BLACK) != 0)) fatal("heap check: an unmarked cell");
  if (setBit(load<u32>(SEEN), p)) return;
  const census = load<u32>(CENSUS);
  if (census != 0 && p >= imageEnd()) {
    const at = census + (<usize>kind << 3);
    store<u32>(at, load<u32>(at) + 1);
    store<u32>(at, load<u32>(at, 4) + (isLarge(header) ? largeBytes(p) : cellSize(header)), 4);
  }
  const top = load<u32>(TOP);
  if (top == load<u32>(CAP)) {
    store<u32>(CAP, top << 1);
    store<u32>(STACK, <u32>rawRealloc(load<u32>(STACK), <i32>(top << 3)));
    if (!load<u32>(STACK)) fatal("heap check: out of memory");
  }
  store<u32>(load<u32>(STACK) + (top << 2), <u32>p);
  store<u32>(TOP, top + 1);
}

/** Count what lives outside the image, by kind: {u32 cells, u32 bytes} of each at `at`, which is zero. After a full collection. */
export function takeCensus(at: usize): void {
  store<u32>(CENSUS, <u32>at);
  checkHeap();
  store<u32>(CENSUS, 0);
}

/** At the end of a pause. */
export function checkHeap(): void {
  const epoch = markEpoch(), bits = <i32>((heapEnd() - imageEnd()) >>> 6) + 8;
  store<u32>(EPOCH, epoch);
  store<u32>(SEEN, <u32>rawAlloc(bits));
  store<u32>(GREY, <u32>rawAlloc(bits));
  store<u32>(CAP, 1020);
  store<u32>(STACK, <u32>rawAlloc(1020 << 2));
  store<u32>(TOP, 0);
  store<u32>(BLACK, 0);
  if (!load<u32>(SEEN) || !load<u32>(GREY) || !load<u32>(STACK)) fatal("heap check: out of memory");
  for (let i: u32 = 0; i < greyTop(); i++) {
    const p = <usize>load<u32>(greyStack() + (<usize>i << 2));
    if (p >= imageEnd()) setBit(load<u32>(GREY), p);
  }
  setMarkEpoch(0);
  markRoots();
  for (let i: u32 = 0; i < imageRootCount(); i++) trace(load<u32>(imageRoots() + (<usize>i << 2)));
  const table = internTable();
  if (table && gcStage() != STAGE_CLEANING)
    for (let i: u32 = 0; i <= internMask(); i++) {
      const s = internedString(load<u32>(table + (<usize>i << 2)));
      if (s >= imageEnd()) checkCell(s);
    }
  if (imageKeys())
    for (let i: u32 = 0; i <= imageKeysMask(); i++) if (internedString(load<u32>(imageKeys() + (<usize>i << 2))) >= imageEnd()) fatal("heap check: a key of the image is not in it");
  while (load<u32>(TOP) != 0) {
    const top = load<u32>(TOP) - 1, p = <usize>load<u32>(load<u32>(STACK) + (top << 2)), kind = kindOf(p);
    store<u32>(TOP, top);
    // A visited cell refers to visited ones only, unless it waits on the grey stack or refers weakly.
    store<u32>(BLACK, (load<u32>(p) & epoch) != 0 && !isGrey(p) && kind != KIND_WEAKREF && !(kind == KIND_HASH && hashIsWeak(p)));
    if (isLarge(load<u32>(p)) && !isLeafKind(kind)) for (let i: u32 = 0; i < cardCount(largeBytes(p)); i++) if (load<u8>(cardsOf(p) - i)) fatal("heap check: a dirty card");
    trace(p);
  }
  setMarkEpoch(epoch);
  rawFree(load<u32>(SEEN));
  rawFree(load<u32>(GREY));
  rawFree(load<u32>(STACK));
}

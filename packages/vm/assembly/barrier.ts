/**
 * Write barriers: they tell the collector which old cells may refer to young ones, or, while a full collection marks, to what it has not come to.
 * Every store of a reference into a cell that may be older than the last safe point goes through storeValue or storePtr, or is followed by remember or rememberRange.
 *
 * A small cell is remembered whole: BIT_REMEMBERED and a place in the buffer. A large one has cards, a byte for each 512 bytes, so that a minor collection looks at what
 * was stored only. In large cells that are new themselves the barrier marks cards too: a clean card holds no reference to a young cell.
 * The buffer also holds, with bit 0 set, strings that were interned since the last collection, and with bit 1 set, large cells that were replaced by larger ones.
 */
import { Value, isHeap } from "./value";
import { cardCount, isLarge, largeBytes, largeFlags, largePages, rawAlloc, rawFree, setLargeFlags, fatal, BIT_REMEMBERED, LARGE_LISTED, LARGE_PRELUDE, LARGE_YOUNG } from "./heap";
import { rememberedBuffer, rememberedCap, rememberedCount, setRememberedBuffer, setRememberedCap, setRememberedCount, START_REMEMBERED, START_REMEMBERED_COUNT } from "./state";

/** Give the buffer of remembered cells back. */
export function releaseRemembered(): void {
  if (rememberedBuffer() != START_REMEMBERED) rawFree(rememberedBuffer());
  setRememberedBuffer(0);
  setRememberedCap(0);
}
/** An entry for the next collection. */
export function pushRemembered(entry: usize): void {
  const count = rememberedCount();
  if (count == rememberedCap()) {
    const cap = count == 0 ? START_REMEMBERED_COUNT : max(count << 1, 1020);
    const grown = count == 0 ? START_REMEMBERED : rawAlloc(<i32>(cap << 2));
    if (!grown) fatal("out of memory");
    memory.copy(grown, rememberedBuffer(), <usize>count << 2);
    releaseRemembered();
    setRememberedBuffer(grown);
    setRememberedCap(cap);
  }
  store<u32>(rememberedBuffer() + (<usize>count << 2), <u32>entry);
  setRememberedCount(count + 1);
}

/** Address of a large cell's card 0; that of card i is i bytes below. */
@inline export function cardsOf(p: usize): usize { return p - LARGE_PRELUDE + (<usize>largePages(p) << 12) - 1; }

function rememberLarge(container: usize, from: usize, bytes: usize): void {
  const first = (from - container) >>> 9, last = (from + bytes - 1 - container) >>> 9;
  memory.fill(cardsOf(container) - last, 1, last - first + 1);
  const flags = largeFlags(container);
  if (flags & (LARGE_YOUNG | LARGE_LISTED)) return;
  setLargeFlags(container, flags | LARGE_LISTED);
  pushRemembered(container);
}
@noinline function rememberSlow(container: usize, from: usize, bytes: usize): void {
  const header = load<u32>(container);
  if (isLarge(header)) { rememberLarge(container, from, bytes); return; }
  store<u32>(container, header | BIT_REMEMBERED);
  pushRemembered(container);
}
@noinline function rememberStore(container: usize, address: usize): void { rememberSlow(container, address, 1); }

/** Is it marked, and not remembered yet? */
@inline function isOld(container: usize): bool { return (load<u32>(container) & 0x700) - 0x100 <= 0x200; }

/** The cell may refer to anything now. */
@inline export function remember(container: usize): void {
  if (isOld(container)) rememberSlow(container, container, isLarge(load<u32>(container)) ? largeBytes(container) : 0);
}
/** References were stored in, or moved to, `bytes` bytes from `from` in the cell. */
@inline export function rememberRange(container: usize, from: usize, bytes: usize): void {
  if (bytes != 0 && isOld(container)) rememberSlow(container, from, bytes);
}
/** Store a Value at `address` inside cell `container`. */
@inline export function storeValue(container: usize, address: usize, v: Value): void {
  store<u64>(address, v);
  if (isHeap(v) && isOld(container)) rememberStore(container, address);
}
/** Store a pointer to another cell (u32) at `address` inside cell `container`. */
@inline export function storePtr(container: usize, address: usize, ptr: usize): void {
  store<u32>(address, <u32>ptr);
  if (ptr && isOld(container)) rememberStore(container, address);
}
/** A new large cell holds the same at the same places as the one it replaces, then no references: it takes over that one's cards. */
export function copyCards(to: usize, from: usize): void {
  const count = <usize>cardCount(largeBytes(to)), known = <usize>min(cardCount(largeBytes(from)), <u32>count);
  memory.fill(cardsOf(to) - count + 1, 0, count);
  memory.copy(cardsOf(to) - known + 1, cardsOf(from) - known + 1, known);
}
/** The only owner of this cell has another one in its place now: memory of a large one need not wait for a full collection. Its contents stay readable until the next safe point. */
export function replaced(cell: usize): void { if (isLarge(load<u32>(cell)) && !(largeFlags(cell) & LARGE_YOUNG)) pushRemembered(cell | 2); }

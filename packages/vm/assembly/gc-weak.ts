/**
 * What does not keep alive: entries of WeakMap and WeakSet, WeakRef, FinalizationRegistry, transitions of shapes, interned strings.
 *
 * Weak cells are listed when they are traced. A minor collection looks at those that it listed or found remembered, and takes for dead what is young and unmarked; to it
 * targets of WeakRefs and finalisers are strong. Those of a full collection stay listed until its marking is done; then whatever is unmarked is dead.
 */
import { Value, UNDEFINED, HOLE, isHeap, ptrOf, fromObject } from "./value";
import { isMarked, isYoung, markPtr, markValue, drainYoung, drainGrey } from "./gc-mark";
import { kindOf, flagsOf, setFlags } from "./heap";
import { KIND_HASH, KIND_SHAPE } from "./generated/kinds";
import { ephemerons, finalizers, gcStage, markEpoch, rememberedBuffer, setEphemerons, setFinalizers, setWeakList, setWeakRefs, weakList, weakRefs } from "./state";
import { purgeTransitions, setShapeWeakNext, shapeWeakNext, SHAPE_WEAK_LISTED } from "./shape";
import { hashIsWeak, nextWeakTable, unlistWeakTable, weakTableMark, weakTableSweep } from "./natives/collections";
import { removeInterned } from "./string";
import { STAGE_MARKING } from "./gc-sweep";
import { enqueue } from "./run";

/** WEAKREF: +24 the next one in the list, with the low bit set while it is listed. */
export function traceWeakRef(p: usize): void {
  const target = load<u64>(p, 16);
  if (!isHeap(target)) return;
  if (markEpoch() == 0 || isYoung(ptrOf(target))) markValue(target);
  if (gcStage() != STAGE_MARKING || load<u32>(p, 24) != 0) return;
  store<u32>(p, <u32>weakRefs() | 1, 24);
  setWeakRefs(p);
}

// Finaliser records: themselves, held values and registries live, targets and tokens are weak. New ones are first in the list.

/** `all`: a full collection begins; else the new ones. */
export function markFinalizers(all: bool): void {
  for (let cell = finalizers(); cell && (all || isYoung(cell)); cell = load<u32>(cell, 8)) {
    markPtr(cell);
    markPtr(load<u32>(cell, 12));
    markValue(load<u64>(cell, 24));
    if (all) continue;
    for (let at: usize = 16; at <= 32; at += 16) {
      const v = load<u64>(cell + at);
      if (isHeap(v) && isYoung(ptrOf(v))) markValue(v);
    }
  }
}

/** The end of a minor collection's marking. `tables`, `shapes`: heads of the lists when it began. `count`: entries of the remembered buffer then. */
export function finishYoungWeak(tables: usize, shapes: usize, count: u32): void {
  let any = true;
  while (any) {
    any = false;
    for (let h = ephemerons(); h != tables; h = nextWeakTable(h)) if (weakTableMark(h, true)) any = true;
    for (let i: u32 = 0; i < count; i++) {
      const h = remembered(i, KIND_HASH);
      if (h && hashIsWeak(h) && weakTableMark(h, true)) any = true;
    }
    drainYoung();
  }
  for (let h = ephemerons(); h != tables; h = nextWeakTable(h)) weakTableSweep(h, true);
  for (let s = weakList(); s != shapes; s = shapeWeakNext(s)) purgeTransitions(s, true);
  for (let i: u32 = 0; i < count; i++) {
    const h = remembered(i, KIND_HASH);
    if (h && hashIsWeak(h)) weakTableSweep(h, true);
    const shape = remembered(i, KIND_SHAPE);
    if (shape) purgeTransitions(shape, true);
  }
  for (let i: u32 = 0; i < count; i++) {
    const s = <usize>load<u32>(rememberedBuffer() + (<usize>i << 2));
    if (s & 1 && !isMarked(s & ~1)) removeInterned(s & ~1);
  }
  if (gcStage() != STAGE_MARKING) forgetLists();
}
/** Entry i of the remembered buffer, when it is a cell of this kind; else 0. */
@inline function remembered(i: u32, kind: u8): usize {
  const p = <usize>load<u32>(rememberedBuffer() + (<usize>i << 2));
  return p & 3 || kindOf(p) != kind ? 0 : p;
}
function forgetLists(): void {
  for (let h = ephemerons(); h; ) {
    const next = nextWeakTable(h);
    unlistWeakTable(h);
    h = next;
  }
  setEphemerons(0);
  for (let s = weakList(); s; ) {
    const next = shapeWeakNext(s);
    setFlags(s, flagsOf(s) & ~SHAPE_WEAK_LISTED);
    setShapeWeakNext(s, 0);
    s = next;
  }
  setWeakList(0);
}

/** The end of a full collection's marking: clear references to what died, note dead targets. */
export function finishWeak(): void {
  let any = true;
  while (any) {
    any = false;
    for (let h = ephemerons(); h; h = nextWeakTable(h)) if (weakTableMark(h, false)) any = true;
    drainYoung();
    drainGrey(u32.MAX_VALUE);
  }
  for (let h = ephemerons(); h; h = nextWeakTable(h)) weakTableSweep(h, false);
  for (let s = weakList(); s; s = shapeWeakNext(s)) purgeTransitions(s, false);
  forgetLists();
  for (let o = weakRefs(); o; ) {
    const next = <usize>load<u32>(o, 24) & ~1;
    store<u32>(o, 0, 24);
    if (isLost(load<u64>(o, 16))) store<u64>(o, UNDEFINED, 16);
    o = next;
  }
  setWeakRefs(0);
  for (let cell = finalizers(); cell; cell = load<u32>(cell, 8)) {
    if (isLost(load<u64>(cell, 16))) store<u64>(cell, HOLE, 16);
    if (isLost(load<u64>(cell, 32))) store<u64>(cell, UNDEFINED, 32);
  }
}
@inline function isLost(v: Value): bool { return isHeap(v) && !isMarked(ptrOf(v)); }

/** Queue the calls for dead targets. The registry's slot 0 gets (registry, held). */
export function queueFinalizers(): void {
  let before: usize = 0;
  for (let cell = finalizers(); cell;) {
    const next = <usize>load<u32>(cell, 8);
    if (load<u64>(cell, 16) == HOLE) {
      const registry = <usize>load<u32>(cell, 12);
      enqueue(load<u64>(registry, 16), fromObject(registry), load<u64>(cell, 24), UNDEFINED);
      if (before) store<u32>(before, <u32>next, 8); else setFinalizers(next);
    } else before = cell;
    cell = next;
  }
}

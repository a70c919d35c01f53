/** WeakRef and FinalizationRegistry in the collector. Weakness counts in full collections only: a minor one takes all as strong. */
import { Value, UNDEFINED, HOLE, isHeap, ptrOf, fromObject } from "./value";
import { isMarked, markPtr, markValue } from "./gc";
import { weakRefs, setWeakRefs, finalizers, setFinalizers, gcFlags } from "./state";
import { enqueue } from "./run";

@inline function isFull(): bool { return (gcFlags() & 8) != 0; }
@inline function alive(v: Value): bool { return !isHeap(v) || isMarked(ptrOf(v)); }

/** WEAKREF: chained through +24 while a full collection marks. */
export function traceWeakRef(p: usize): void {
  if (isFull()) { store<u32>(p, <u32>weakRefs(), 24); setWeakRefs(p); }
  else markValue(load<u64>(p, 16));
}

/** Finaliser records: themselves, held values and registries live; targets are weak. */
export function markFinalizers(): void {
  for (let cell = finalizers(); cell; cell = load<u32>(cell, 8)) {
    markPtr(cell);
    markPtr(load<u32>(cell, 12));
    markValue(load<u64>(cell, 24));
    if (!isFull()) { markValue(load<u64>(cell, 16)); markValue(load<u64>(cell, 32)); }
  }
}

/** After marking, before sweeping: clear references to what died, and note dead targets. */
export function clearWeak(): void {
  for (let o = weakRefs(); o;) {
    const next = <usize>load<u32>(o, 24);
    store<u32>(o, 0, 24);
    if (!alive(load<u64>(o, 16))) store<u64>(o, UNDEFINED, 16);
    o = next;
  }
  setWeakRefs(0);
  for (let cell = finalizers(); cell; cell = load<u32>(cell, 8)) {
    if (!alive(load<u64>(cell, 16))) store<u64>(cell, HOLE, 16);
    if (!alive(load<u64>(cell, 32))) store<u64>(cell, UNDEFINED, 32);
  }
}
/** After sweeping: queue the calls for dead targets. The registry's slot 0 gets (registry, held). */
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

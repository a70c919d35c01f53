/** Tracing of the kinds that natives own, and weak references. */
import { Value, UNDEFINED, isHeap, ptrOf } from "./value";
import * as K from "./generated/kinds";
import { markPtr, markValue } from "./gc";

/** Mark what a native kind refers to. */
export function traceNative(p: usize, kind: u8): void {
  switch (kind) {
    default: return;
  }
}
/** Weak structures after marking. `final` false: mark values of ephemerons whose key lives, true when any was newly marked; `final` true: drop dead entries. */
export function sweepWeak(final: bool): bool { return false; }

/** Tracing of the kinds that natives own, and weak references. */
import { markPtr } from "./gc";
import * as K from "./generated/kinds";
import { traceHash, weakTablesMark, weakTablesSweep } from "./natives/collections";

/** Mark what a native kind refers to. */
export function traceNative(p: usize, kind: u8): void {
  switch (kind) {
    case K.KIND_HASH:
      traceHash(p);
      return;
    case K.KIND_MAP:
    case K.KIND_SET:
    case K.KIND_WEAKMAP:
    case K.KIND_WEAKSET: // the HASH cell
    case K.KIND_ARRAYBUFFER: // the bytes
    case K.KIND_TYPEDARRAY:
    case K.KIND_DATAVIEW: // the buffer
      markPtr(load<u32>(p, 16));
      return;
    default: return; // PROGRAM has no references
  }
}
/** Weak structures after marking. `final` false: mark values of ephemerons whose key lives, true when any was newly marked; `final` true: drop dead entries. */
export function sweepWeak(final: bool): bool {
  if (!final) return weakTablesMark();
  weakTablesSweep();
  return false;
}

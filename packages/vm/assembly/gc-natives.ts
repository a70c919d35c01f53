/** Tracing of the kinds that natives own. */
import { markPtr } from "./gc-mark";
import * as K from "./generated/kinds";
import { traceHash } from "./natives/collections";

export { traceHashRange } from "./natives/collections";

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

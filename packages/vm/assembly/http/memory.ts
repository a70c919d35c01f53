/** Buffers outside of the garbage-collected heap: what `vm_alloc` gives the host. */
import { rawAlloc, rawFree } from "../heap";

/** At least `bytes` bytes that never move, 16-aligned; 0 when there is no memory. */
export function bufferAlloc(bytes: i32): usize { return rawAlloc(bytes); }
export function bufferFree(p: usize): void { rawFree(p); }

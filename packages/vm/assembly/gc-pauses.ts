/**
 * A histogram of how long collections took, for the benchmarks. At the address that vm_gc_observe was given: u32[112] counts, then u32 collections, u32 full
 * ones, u32 live bytes after the last. Bucket i < 8 counts pauses of i microseconds (of 1024 ns), then every power of two has four buckets.
 */
import { fullLiveBytes, gcPauses, liveBytes } from "./state";
import { hostClock } from "./host";

const BUCKETS: u32 = 112;
export const PAUSES_BYTES: i32 = <i32>(BUCKETS << 2) + 12;

function bucketOf(us: u32): u32 {
  if (us < 8) return us;
  const top = 31 - clz(us);
  return (top - 1) * 4 + (us >>> (top - 2) & 3);
}
/** When a pause begins; 0 when nobody observes. */
export function pauseBegins(): i64 { return gcPauses() ? hostClock() : 0; }
export function pauseEnds(begun: i64, full: bool): void {
  const at = gcPauses();
  if (!at) return;
  const bucket = at + (<usize>min<u32>(bucketOf(<u32>((hostClock() - begun) >> 10)), BUCKETS - 1) << 2), totals = at + (<usize>BUCKETS << 2);
  store<u32>(bucket, load<u32>(bucket) + 1);
  store<u32>(totals, load<u32>(totals) + 1);
  if (full) store<u32>(totals, load<u32>(totals, 4) + 1, 4);
  store<u32>(totals, max(liveBytes(), fullLiveBytes()), 8);
}

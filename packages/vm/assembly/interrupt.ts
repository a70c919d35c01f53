/** What happens at safe points when the fuel is used up: collection, CPU limit, heap limit. */
import { Value, UNDEFINED, EXCEPTION } from "./value";
import { cpuLimit, deadline, exceptionFlags, gcFlags, heapCap, heapStrikes, nativeWork, setDeadline, setExceptionFlags, setExceptionValue, setFuel, setGcFlags, setHeapStrikes, setNativeWork, setTerminationText } from "./state";
import { hostClock } from "./host";
import { collect } from "./gc";
import { heapBytes } from "./heap";
import { throwRangeError } from "./errors";
import { fromAscii } from "./string";
import { fromString } from "./value";

/** Backward jumps and calls between two looks. */
export const FUEL: i32 = 20000;

/** UNDEFINED to go on, EXCEPTION to unwind. */
@noinline export function checkInterrupt(): Value {
  const stress = (gcFlags() & 4) != 0;
  setFuel(stress ? 0 : FUEL);
  if (gcFlags() & 16) setGcFlags(gcFlags() | 2);
  if (gcFlags() & 7) collect();
  if (heapBytes() > heapCap()) {
    // A minor collection leaves what died old.
    setGcFlags(gcFlags() | 2);
    collect();
  }
  if (heapBytes() > heapCap()) {
    const strikes = heapStrikes() + 1;
    setHeapStrikes(strikes);
    if (strikes >= 3) return terminate("Heap limit exceeded");
    return throwRangeError("Out of memory: the heap limit is reached");
  }
  return isTimeUp() ? terminate("CPU limit exceeded") : UNDEFINED;
}
/** Is the turn over its CPU time? It is counted from the first look on, so that a short turn, as that of most requests, reads no clock. */
export function isTimeUp(): bool {
  const limit = deadline();
  if (limit == 0) return false;
  const now = hostClock();
  if (limit == NOT_BEGUN) { setDeadline(now + cpuLimit()); return false; }
  return now > limit;
}
/** A deadline that is the limit from the next look at the clock on. */
export const NOT_BEGUN: i64 = -1;

/** Units of work, some nanoseconds each, between two looks of natives at the clock. */
const NATIVE_WORK: i32 = 1 << 21;
/**
 * For natives whose work can be out of proportion to their input: `units` more are about to be done. False when the turn's CPU time is up:
 * then its end is pending, and the native returns EXCEPTION.
 */
export function spend(units: i32): bool {
  const left = nativeWork() - units;
  setNativeWork(left);
  if (left >= 0) return true;
  setNativeWork(NATIVE_WORK);
  if (!isTimeUp()) return true;
  terminate("CPU limit exceeded");
  return false;
}

/** End the turn: unwinds everything, no handler sees it. */
export function terminate(message: string): Value { return terminateWith(fromAscii(message)); }
export function terminateWith(text: usize): Value {
  setExceptionFlags(exceptionFlags() | 1);
  setExceptionValue(fromString(text));
  return EXCEPTION;
}

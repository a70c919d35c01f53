/** What happens at safe points when the fuel is used up: collection, CPU limit, heap limit. */
import { Value, UNDEFINED, EXCEPTION } from "./value";
import { deadline, exceptionFlags, gcFlags, heapCap, heapStrikes, setExceptionFlags, setExceptionValue, setFuel, setGcFlags, setHeapStrikes, setTerminationText } from "./state";
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
  const limit = deadline();
  if (limit != 0 && hostClock() > limit) return terminate("CPU limit exceeded");
  return UNDEFINED;
}

/** End the turn: unwinds everything, no handler sees it. */
export function terminate(message: string): Value { return terminateWith(fromAscii(message)); }
export function terminateWith(text: usize): Value {
  setExceptionFlags(exceptionFlags() | 1);
  setExceptionValue(fromString(text));
  return EXCEPTION;
}

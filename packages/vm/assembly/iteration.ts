/**
 * Iteration without the protocol's calls and result objects, when nobody can see the difference: the record's `next` is the library's own and the iterator is
 * the library's own object. Arrays have a still shorter way in the interpreter.
 */
import { Value, UNDEFINED, DONE, NOT_HANDLED, fromInt, isObject, ptrOf } from "./value";
import { kindOf } from "./heap";
import { KIND_GENERATOR, KIND_NATIVE_FUNCTION } from "./generated/kinds";
import { generatorNext } from "./state";
import { CO_DONE, coroutineStateOf, resume } from "./coroutine";
import { stepIterator } from "./natives/iterators";

/**
 * ITERNEXT and ITERVALUE of an iterator record: the value, DONE, EXCEPTION, FRAME_CHANGED when a generator was resumed (whose frame has `cont` and `extra`), or
 * NOT_HANDLED when `next` has to be called.
 */
export function iterateQuickly(iterator: Value, next: Value, cont: u32, extra: u32): Value {
  if (!isObject(iterator)) return NOT_HANDLED;
  const it = ptrOf(iterator);
  if (kindOf(it) == KIND_GENERATOR) {
    if (next != generatorNext()) return NOT_HANDLED;
    return coroutineStateOf(it) == CO_DONE ? DONE : resume(iterator, fromInt(0), UNDEFINED, cont, extra);
  }
  if (!isObject(next) || kindOf(ptrOf(next)) != KIND_NATIVE_FUNCTION) return NOT_HANDLED;
  return stepIterator(load<i32>(ptrOf(next), 16), iterator);
}

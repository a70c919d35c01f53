/**
 * Iteration without the protocol's calls and result objects, when nobody can see the difference: the record's `next` is the library's own and the iterator is
 * the library's own object. Arrays have a still shorter way in the interpreter.
 */
import { Value, UNDEFINED, HOLE, DONE, NOT_HANDLED, fromInt, fromObject, fromU32, isObject, numberOf, ptrOf, asInt } from "./value";
import { kindOf, storeValue } from "./heap";
import { KIND_ARRAY, KIND_ELEMENTS, KIND_GENERATOR, KIND_ITERATOR, KIND_SET, PROTO_ARRAY_ITERATOR, PROTO_MAP_ITERATOR, PROTO_SET_ITERATOR } from "./generated/kinds";
import { HOOK_MAP_ITERATOR_NEXT, HOOK_SET_ITERATOR_NEXT } from "./generated/hooks";
import { arrayIteratorNext, generatorNext, hook, proto } from "./state";
import { CO_DONE, coroutineStateOf, resume } from "./coroutine";
import { elementsOf, newArray } from "./object";
import { appendElement, arrayLength, getIndex } from "./elements";
import { entryPosition, nextEntry } from "./natives/collections";

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
  if (kindOf(it) != KIND_ITERATOR) return NOT_HANDLED;
  const brand = internal(it, 3);
  if (next == hook(HOOK_MAP_ITERATOR_NEXT)) return brand == fromObject(proto(PROTO_MAP_ITERATOR)) ? collectionStep(it) : NOT_HANDLED;
  if (next == hook(HOOK_SET_ITERATOR_NEXT)) return brand == fromObject(proto(PROTO_SET_ITERATOR)) ? collectionStep(it) : NOT_HANDLED;
  if (next == arrayIteratorNext()) return brand == fromObject(proto(PROTO_ARRAY_ITERATOR)) ? arrayStep(it) : NOT_HANDLED;
  return NOT_HANDLED;
}
/** Internal slots as lib/iterator.ts and lib/map.ts use them: what is iterated (undefined at the end), position, kind (0 keys, 1 values, 2 entries), brand. */
@inline function internal(it: usize, i: usize): Value { return load<u64>(it + (i << 3), 16); }
@inline function setInternal(it: usize, i: usize, v: Value): void { storeValue(it, it + 16 + (i << 3), v); }

function pair(a: Value, b: Value): Value {
  const array = newArray(2);
  appendElement(array, a);
  appendElement(array, b);
  return fromObject(array);
}
function collectionStep(it: usize): Value {
  const collection = internal(it, 0);
  if (collection == UNDEFINED) return DONE;
  const o = ptrOf(collection), entry = nextEntry(o, numberOf(internal(it, 1)));
  if (!entry) { setInternal(it, 0, UNDEFINED); return DONE; }
  setInternal(it, 1, fromU32(entryPosition(entry) + 1));
  const kind = asInt(internal(it, 2)), key = load<u64>(entry);
  if (kind == 0) return key;
  const value = kindOf(o) == KIND_SET ? key : load<u64>(entry, 8);
  return kind == 1 ? value : pair(key, value);
}
/** Ordinary arrays only, and elements that are there. */
function arrayStep(it: usize): Value {
  const array = internal(it, 0), at = internal(it, 1);
  if (array == UNDEFINED) return DONE;
  if (!isObject(array) || kindOf(ptrOf(array)) != KIND_ARRAY) return NOT_HANDLED;
  const a = ptrOf(array), index = <u32>numberOf(at);
  if (index >= arrayLength(a)) { setInternal(it, 0, UNDEFINED); return DONE; }
  const kind = asInt(internal(it, 2)), e = elementsOf(a);
  let value: Value = UNDEFINED;
  if (kind != 0) {
    if (!e || kindOf(e) != KIND_ELEMENTS) return NOT_HANDLED;
    value = getIndex(a, index);
    if (value == HOLE) return NOT_HANDLED;
  }
  setInternal(it, 1, fromU32(index + 1));
  return kind == 0 ? fromU32(index) : kind == 1 ? value : pair(fromU32(index), value);
}

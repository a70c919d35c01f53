/**
 * Indexed properties. Dense: an ELEMENTS cell (+4 capacity, +8 Values, HOLE where absent), all with default attributes, object extensible. Otherwise a
 * SLOW_ELEMENTS hash table: very sparse indices, accessors, other attributes, non-extensible objects.
 * Arrays keep their length at +16; elements at or beyond it are HOLE.
 */
import { Value, UNDEFINED, HOLE, NOT_HANDLED, EXCEPTION, isObject, isHeap, ptrOf, fromInternal } from "./value";
import { allocate, tryAllocate, kindOf, flagsOf, storeValue, storePtr, isLarge, MAX_SMALL } from "./heap";
import { copyCards, replaced } from "./barrier";
import { KIND_ELEMENTS, KIND_SLOW_ELEMENTS, KIND_ARRAY, KIND_TYPEDARRAY, KIND_STRING_OBJECT, KIND_PROXY, KIND_MODULE_NAMESPACE, PROTO_ARRAY, KIND_ARGUMENTS } from "./generated/kinds";
import { arrayShape, bumpProtoEpoch, iterationPristine, proto, protoHasElements, setProtoHasElements } from "./state";
import { ATTR_WRITABLE, ATTR_CONFIGURABLE, ATTR_ACCESSOR, ATTRS_DATA, isProtoShape } from "./shape";
import { elementsOf, isExtensible, prototypeOf, shapeOf, OBJ_FIXED_LENGTH } from "./object";
import { throwRangeError } from "./errors";
import { scopeSlot } from "./function";

export const ELEMENTS_DATA: usize = 8;

@inline export function arrayLength(a: usize): u32 { return load<u32>(a, 16); }
@inline export function setLengthField(a: usize, n: u32): void { store<u32>(a, n, 16); }
/** Address of element 0 of dense elements. */
@inline export function elementsData(o: usize): usize { return <usize>load<u32>(o, 12) + ELEMENTS_DATA; }
/** Capacity of the dense elements; 0 when there are none or they are slow. */
@inline export function denseCapacity(o: usize): u32 {
  const e = elementsOf(o);
  return e && kindOf(e) == KIND_ELEMENTS ? load<u32>(e, 4) : 0;
}
@inline export function isSlow(o: usize): bool { const e = elementsOf(o); return e != 0 && kindOf(e) == KIND_SLOW_ELEMENTS; }

/** ELEMENTS cell of holes. Only for counts that a program cannot choose freely; else tryElements. */
export function newElements(capacity: i32): usize {
  const e = allocate(8 + (capacity << 3), KIND_ELEMENTS);
  store<i32>(e, capacity, 4);
  for (let i = 0; i < capacity; i++) store<u64>(e + (<usize>i << 3), HOLE, ELEMENTS_DATA);
  return e;
}
function tryElements(capacity: u32): usize {
  const bytes = <i64>8 + (<i64>capacity << 3);
  const e = bytes <= <i64>MAX_SMALL ? allocate(<i32>bytes, KIND_ELEMENTS) : tryAllocate(bytes, KIND_ELEMENTS);
  if (!e) return 0;
  store<u32>(e, capacity, 4);
  return e;
}

/** Dense room for `capacity` elements. False with a RangeError pending when memory is short; false without when the elements are slow. */
export function ensureElements(o: usize, capacity: u32): bool {
  const e = elementsOf(o);
  if (e && kindOf(e) != KIND_ELEMENTS) return false;
  const have = e ? load<u32>(e, 4) : 0;
  if (capacity <= have) return true;
  let to = capacity;
  if (have > 0 && to < have + (have >>> 1) + 4) to = have + (have >>> 1) + 4;
  else if (to < 4) to = 4;
  const grown = tryElements(to);
  if (!grown) return false;
  if (have) memory.copy(grown + ELEMENTS_DATA, e + ELEMENTS_DATA, <usize>have << 3);
  for (let i = have; i < to; i++) store<u64>(grown + (<usize>i << 3), HOLE, ELEMENTS_DATA);
  if (have && isLarge(load<u32>(grown)) && isLarge(load<u32>(e))) copyCards(grown, e);
  storePtr(o, o + 12, grown);
  if (e) replaced(e);
  if (isProtoShape(shapeOf(o))) { setProtoHasElements(true); bumpProtoEpoch(); }
  return true;
}

// Slow elements: +4 mask, +8 live, +12 used (with tombstones), +16 entries of 16 bytes {index u32, state u32, value}; state 0 empty, 0x100|attrs live, 0x200 tombstone.
const SLOW_DATA: usize = 16, LIVE: u32 = 0x100, TOMB: u32 = 0x200;
@inline function slowEntry(e: usize, at: u32): usize { return e + SLOW_DATA + (<usize>at << 4); }
@inline function indexHash(i: u32): u32 { const h = i * 0x9e3779b1; return h ^ (h >>> 15); }

function newSlow(size: u32): usize {
  const e = allocate(<i32>SLOW_DATA + <i32>(size << 4), KIND_SLOW_ELEMENTS);
  store<u32>(e, size - 1, 4);
  return e;
}
/** Address of the entry of an index, 0 when absent. */
export function slowFind(e: usize, index: u32): usize {
  const mask = load<u32>(e, 4);
  let at = indexHash(index) & mask;
  while (true) {
    const entry = slowEntry(e, at);
    const state = load<u32>(entry, 4);
    if (state == 0) return 0;
    if (state & LIVE && load<u32>(entry) == index) return entry;
    at = (at + 1) & mask;
  }
}
@inline export function slowAttrs(entry: usize): u32 { return load<u32>(entry, 4) & 15; }
@inline export function slowValue(entry: usize): Value { return load<u64>(entry, 8); }
function slowInsert(e: usize, index: u32, v: Value, attrs: u32): void {
  const mask = load<u32>(e, 4);
  let at = indexHash(index) & mask;
  while (load<u32>(slowEntry(e, at), 4) & LIVE) at = (at + 1) & mask;
  const entry = slowEntry(e, at);
  if (load<u32>(entry, 4) == 0) store<u32>(e, load<u32>(e, 12) + 1, 12);
  store<u32>(entry, index);
  store<u32>(entry, LIVE | attrs, 4);
  store<u32>(e, load<u32>(e, 8) + 1, 8);
  storeValue(e, entry + 8, v);
}
export function slowCapacity(e: usize): u32 { return load<u32>(e, 4) + 1; }
/** Entry number `at` when live, else 0. */
export function slowAt(e: usize, at: u32): usize { const entry = slowEntry(e, at); return load<u32>(entry, 4) & LIVE ? entry : 0; }
export function slowLive(e: usize): u32 { return load<u32>(e, 8); }

/** Turn the elements of an object into a hash table. */
export function makeSlow(o: usize): void {
  const e = elementsOf(o);
  if (e && kindOf(e) == KIND_SLOW_ELEMENTS) return;
  const have = e ? load<u32>(e, 4) : 0;
  let live: u32 = 0;
  for (let i: u32 = 0; i < have; i++) if (load<u64>(e + (<usize>i << 3), ELEMENTS_DATA) != HOLE) live++;
  let size: u32 = 8;
  while (size < live * 2) size <<= 1;
  const to = newSlow(size);
  for (let i: u32 = 0; i < have; i++) {
    const v = load<u64>(e + (<usize>i << 3), ELEMENTS_DATA);
    if (v != HOLE) slowInsert(to, i, v, ATTRS_DATA);
  }
  storePtr(o, o + 12, to);
  if (isProtoShape(shapeOf(o))) { setProtoHasElements(true); bumpProtoEpoch(); }
}
function slowPut(o: usize, index: u32, v: Value, attrs: u32): void {
  let e = elementsOf(o);
  const found = slowFind(e, index);
  if (found) {
    store<u32>(found, LIVE | attrs, 4);
    storeValue(e, found + 8, v);
    return;
  }
  if ((load<u32>(e, 12) + 1) * 4 > slowCapacity(e) * 3) {
    let size: u32 = 8;
    while (size < load<u32>(e, 8) * 3) size <<= 1;
    const to = newSlow(size);
    const cap = slowCapacity(e);
    for (let i: u32 = 0; i < cap; i++) {
      const entry = slowAt(e, i);
      if (entry) slowInsert(to, load<u32>(entry), slowValue(entry), slowAttrs(entry));
    }
    storePtr(o, o + 12, to);
    e = to;
  }
  slowInsert(e, index, v, attrs);
}

/**
 * Mapped arguments (MAPARGS): element `index` and slot `index` of the Scope at +16 are one variable while its bit at +20 is set; deletion and redefinition end it.
 * Such elements are always slow.
 */
@inline function mappedBit(o: usize, index: u32): u32 { return kindOf(o) == KIND_ARGUMENTS && index < 32 && load<u32>(o, 16) != 0 ? load<u32>(o, 20) & (<u32>1 << index) : 0; }
@inline function mappedSlot(o: usize, index: u32): usize { return scopeSlot(load<u32>(o, 16), index); }
function unmap(o: usize, bit: u32): void { if (bit) store<u32>(o, load<u32>(o, 20) & ~bit, 20); }

/** Own element: data value, HOLE when absent, NOT_HANDLED for an accessor. Not for exotic objects. */
export function getIndex(o: usize, index: u32): Value {
  const e = elementsOf(o);
  if (!e) return HOLE;
  if (kindOf(e) == KIND_ELEMENTS) return index < load<u32>(e, 4) ? load<u64>(e + (<usize>index << 3), ELEMENTS_DATA) : HOLE;
  const entry = slowFind(e, index);
  if (!entry) return HOLE;
  if (mappedBit(o, index)) return load<u64>(mappedSlot(o, index));
  return slowAttrs(entry) & ATTR_ACCESSOR ? NOT_HANDLED : slowValue(entry);
}
/** Attributes of an own element, -1 when absent. */
export function indexAttrs(o: usize, index: u32): i32 {
  const e = elementsOf(o);
  if (!e) return -1;
  if (kindOf(e) == KIND_ELEMENTS) return index < load<u32>(e, 4) && load<u64>(e + (<usize>index << 3), ELEMENTS_DATA) != HOLE ? ATTRS_DATA : -1;
  const entry = slowFind(e, index);
  return entry ? slowAttrs(entry) : -1;
}
/** The ACCESSOR value of an accessor element. */
export function indexAccessor(o: usize, index: u32): Value { return slowValue(slowFind(elementsOf(o), index)); }

/** Is every fourth element there? A write far behind the last element does not make an array denser than it is. */
function isQuarterFull(e: usize): bool {
  const have = load<u32>(e, 4);
  let live: u32 = 0;
  for (let i: u32 = 0; i < have; i++) if (load<u64>(e + (<usize>i << 3), ELEMENTS_DATA) != HOLE) live++;
  return live * 4 >= have;
}
/**
 * Define an own element; creates or overwrites without asking (the caller checked extensibility and attributes), and grows an array's length.
 * False with a RangeError pending when memory is short.
 */
export function defineIndex(o: usize, index: u32, v: Value, attrs: u32): bool {
  const isArray = kindOf(o) == KIND_ARRAY;
  let e = elementsOf(o);
  if (attrs == ATTRS_DATA && (!e || kindOf(e) == KIND_ELEMENTS) && isExtensible(o)) {
    const have = e ? load<u32>(e, 4) : 0;
    let dense = index < have;
    if (!dense && (index < 4096 || (index <= have * 3 && (index < have + 1024 || isQuarterFull(e))) || (isArray && index < arrayLength(o) && index < 0x800000))) {
      if (!ensureElements(o, index + 1)) return false;
      e = elementsOf(o);
      dense = true;
    }
    if (dense) {
      storeValue(e, e + ELEMENTS_DATA + (<usize>index << 3), v);
      if (isArray && index >= arrayLength(o)) setLengthField(o, index + 1);
      if (isProtoShape(shapeOf(o))) setProtoHasElements(true);
      return true;
    }
  }
  makeSlow(o);
  const mapped = mappedBit(o, index);
  if (mapped) {
    if (!(attrs & ATTR_ACCESSOR)) storeValue(load<u32>(o, 16), mappedSlot(o, index), v);
    if (attrs & ATTR_ACCESSOR || !(attrs & ATTR_WRITABLE)) unmap(o, mapped);
  }
  slowPut(o, index, v, attrs);
  if (isArray && index >= arrayLength(o)) setLengthField(o, index + 1);
  return true;
}
/** Assign an own element with default attributes (as a literal does). False when memory is short. */
export function setIndex(o: usize, index: u32, v: Value): bool {
  const e = elementsOf(o);
  if (e && kindOf(e) == KIND_ELEMENTS && index < load<u32>(e, 4)) {
    storeValue(e, e + ELEMENTS_DATA + (<usize>index << 3), v);
    if (kindOf(o) == KIND_ARRAY && index >= arrayLength(o)) setLengthField(o, index + 1);
    return true;
  }
  return defineIndex(o, index, v, ATTRS_DATA);
}
/** False when there and not configurable. */
export function deleteIndex(o: usize, index: u32): bool {
  const e = elementsOf(o);
  if (!e) return true;
  if (kindOf(e) == KIND_ELEMENTS) {
    if (index < load<u32>(e, 4)) store<u64>(e + (<usize>index << 3), HOLE, ELEMENTS_DATA);
    return true;
  }
  const entry = slowFind(e, index);
  if (!entry) return true;
  if (!(slowAttrs(entry) & ATTR_CONFIGURABLE)) return false;
  unmap(o, mappedBit(o, index));
  store<u32>(entry, TOMB, 4);
  store<u64>(entry, UNDEFINED, 8);
  store<u32>(e, load<u32>(e, 8) - 1, 8);
  return true;
}

/** ArraySetLength's effect (10.4.2.4): false when stopped by a non-configurable element (length is then as far as it got) or when length is fixed. */
export function setArrayLength(a: usize, length: u32): bool {
  const old = arrayLength(a);
  if (length == old) return true;
  if (flagsOf(a) & OBJ_FIXED_LENGTH) return false;
  const e = elementsOf(a);
  if (length > old || !e) { setLengthField(a, length); return true; }
  if (kindOf(e) == KIND_ELEMENTS) {
    const end = min(old, load<u32>(e, 4));
    for (let i = length; i < end; i++) store<u64>(e + (<usize>i << 3), HOLE, ELEMENTS_DATA);
    setLengthField(a, length);
    if (length == 0 && end > 64) { store<u32>(a, 0, 12); replaced(e); }
    return true;
  }
  // Highest non-configurable index at or above the new length stops it.
  const cap = slowCapacity(e);
  let stop: i64 = -1;
  for (let i: u32 = 0; i < cap; i++) {
    const entry = slowAt(e, i);
    if (entry && load<u32>(entry) >= length && !(slowAttrs(entry) & ATTR_CONFIGURABLE) && <i64>load<u32>(entry) > stop) stop = load<u32>(entry);
  }
  const keep: u32 = stop >= 0 ? <u32>stop + 1 : length;
  for (let i: u32 = 0; i < cap; i++) {
    const entry = slowAt(e, i);
    if (entry && load<u32>(entry) >= keep) {
      store<u32>(entry, TOMB, 4);
      store<u64>(entry, UNDEFINED, 8);
      store<u32>(e, load<u32>(e, 8) - 1, 8);
    }
  }
  setLengthField(a, keep);
  return stop < 0;
}

/** Push onto an array whose length is writable. False when memory is short (RangeError pending). */
export function appendElement(a: usize, v: Value): bool {
  const length = arrayLength(a);
  const e = elementsOf(a);
  if (e && length < load<u32>(e, 4) && kindOf(e) == KIND_ELEMENTS) {
    storeValue(e, e + ELEMENTS_DATA + (<usize>length << 3), v);
    setLengthField(a, length + 1);
    return true;
  }
  if (length == 0xffffffff) { throwRangeError("Invalid array length"); return false; }
  return defineIndex(a, length, v, ATTRS_DATA);
}

/** Array of kind ARRAY, dense and extensible elements, unmodified prototypes: indexed access below length cannot be observed. Holes are possible. */
export function isPlainArray(v: Value): bool {
  if (!isObject(v)) return false;
  const a = ptrOf(v);
  if (kindOf(a) != KIND_ARRAY || protoHasElements() || flagsOf(a) & OBJ_FIXED_LENGTH) return false;
  const e = elementsOf(a);
  if (e && kindOf(e) != KIND_ELEMENTS) return false;
  // A length beyond the capacity is possible (new Array(n), length = n): readers must take what is beyond as holes; natives want it dense.
  if (arrayLength(a) > (e ? load<u32>(e, 4) : 0)) return arrayLength(a) <= 0x100000 && ensureElements(a, arrayLength(a));
  if (shapeOf(a) == arrayShape()) return true;
  return prototypeOf(a) == proto(PROTO_ARRAY) && isExtensible(a);
}

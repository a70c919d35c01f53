/**
 * Ordinary objects: creation, own named properties, prototypes. Integer-index keys are in elements.ts; what may run user code (accessors, proxies) is
 * in access.ts. Layout: header, +4 shape, +8 SLOTS cell or 0, +12 elements cell or 0, +16 data of the kind, then inline slots.
 *
 * Functions show their length, name and prototype lazily (OBJ_LAZY): the properties are made by materialize() on the first look at one of them.
 * Arrays and string wrappers have a virtual own "length".
 */
import {
  Value, UNDEFINED, HOLE, NOT_HANDLED, NULL, fromU32, fromInt, fromObject, fromInternal, isInternal, isInt, asInt, isDouble, asDouble, isObject, isString, isSymbol, ptrOf,
} from "./value";
import { allocate, kindOf, flagsOf, setFlags, addFlags, storeValue, storePtr, newSlots, valuesCount, remember } from "./heap";
import { replaced } from "./barrier";
import {
  KIND_OBJECT, KIND_ARRAY, KIND_FUNCTION, KIND_NATIVE_FUNCTION, KIND_STRING_OBJECT, KIND_ACCESSOR, KIND_PROXY, KIND_TYPEDARRAY, KIND_MODULE_NAMESPACE, KIND_BOUND_FUNCTION, PROTO_OBJECT, PROTO_ARRAY, PROTO_ARRAY_ITERATOR, kindInlineStart,
} from "./generated/kinds";
import {
  burn, proto as intrinsicProto, emptyObjectShape, arrayShape, bumpProtoEpoch, setProtoHasElements, arrayValues, arrayIteratorNext, setIterationPristine, wellKnownSymbol, setKeyIndex, SYMBOL_ITERATOR,
} from "./state";
import {
  shapeAdding, shapeCount, shapeInlineCap, shapeInlineStart, shapeProto, shapeTable, lookup, attrsAt, ownedAdd, ownedCopy, ownedDelete, ownedSetAttrs, ownedSetProto, ownedCompact,
  replaceOwned, isDictionary, isProtoShape, rootShapeOf, nullRootShape, shapeKind, entryKey, entryAttrs, tableDeleted, keyAt, shapeRoots,
  SHAPE_DICTIONARY, SHAPE_PROTO, SHAPE_CACHED, SHAPE_NONEXTENSIBLE, ATTR_WRITABLE, ATTR_ACCESSOR, ATTR_CONFIGURABLE, ATTRS_DATA,
} from "./shape";
import { emptyString, strLength, arrayIndexOfString, internString, isInterned, HEADER, STRING_ROPE, STRING_SLICE, STRING_TWO_BYTE } from "./string";
import { name, N_LENGTH, N_NAME, N_PROTOTYPE, N_NEXT } from "./names";
import { materialize } from "./function";
import { newElements, makeSlow, ELEMENTS_DATA } from "./elements";
import { toStringPrimitive } from "./convert";

export { kindOf } from "./heap";
export { getIndex, setIndex, arrayLength, setArrayLength, elementsData, ensureElements, appendElement, isPlainArray } from "./elements";
export { isArrayIndexString } from "./string";

/** An interned string that is not an array index, or a symbol. */
export type Key = usize;

// Header flags of objects.
export const OBJ_LAZY: u32 = 1, OBJ_CONSTRUCTOR: u32 = 2, OBJ_CLASS: u32 = 4, OBJ_FIXED_LENGTH: u32 = 8, OBJ_LIBRARY: u32 = 16;

@inline export function shapeOf(o: usize): usize { return load<u32>(o, 4); }
@inline export function setShape(o: usize, shape: usize): void { storePtr(o, o + 4, shape); }
@inline export function slotsOf(o: usize): usize { return load<u32>(o, 8); }
@inline export function elementsOf(o: usize): usize { return load<u32>(o, 12); }
@inline export function prototypeOf(o: usize): usize { return shapeProto(shapeOf(o)); }
/** The next object of a look-up along prototypes: a long chain takes time. */
@inline export function nextPrototype(o: usize): usize { burn(32); return prototypeOf(o); }

/** Root shape for objects of `kind` with prototype `proto` (0: null). Makes `proto` a prototype object. */
export function rootShape(proto: usize, kind: u8, inlineCap: u32): usize {
  if (!proto) return nullRootShape(kind, inlineCap);
  becomePrototype(proto);
  return rootShapeOf(proto, shapeOf(proto), kind, inlineCap);
}

/** New object of a shape: slots UNDEFINED, data zero. */
export function newObjectOfShape(shape: usize): usize {
  const cap = shapeInlineCap(shape), start = shapeInlineStart(shape);
  const o = allocate(<i32>(start + (cap << 3)), shapeKind(shape));
  store<u32>(o, <u32>shape, 4);
  for (let i: u32 = 0; i < cap; i++) store<u64>(o + start + (<usize>i << 3), UNDEFINED);
  const count = shapeCount(shape);
  if (count > cap) {
    const slots = newSlots(<i32>(count - cap));
    for (let i: u32 = 0; i < count - cap; i++) store<u64>(slots + (<usize>i << 3), UNDEFINED, 8);
    store<u32>(o, <u32>slots, 8);
  }
  return o;
}
/** `{}` with the given prototype (pointer, 0 for null). */
export function newObject(proto: usize): usize {
  return newObjectOfShape(proto == intrinsicProto(PROTO_OBJECT) ? emptyObjectShape() : rootShape(proto, KIND_OBJECT, 4));
}
export function newPlainObject(): usize { return newObjectOfShape(emptyObjectShape()); }
/** Object of another kind; its data is zero, internal slots UNDEFINED. */
export function newObjectOfKind(kind: u8, proto: usize): usize {
  const o = newObjectOfShape(rootShape(proto, kind, kind == KIND_OBJECT ? 4 : 0));
  const n = internalSlots(kind);
  for (let i = 0; i < n; i++) store<u64>(o + (<usize>i << 3), UNDEFINED, 16);
  return o;
}
import { kindInternalSlots as internalSlots } from "./generated/kinds";

/** New array of length 0 with room for `capacity` elements. */
export function newArray(capacity: i32): usize {
  const a = allocate(24, KIND_ARRAY);
  store<u32>(a, <u32>arrayShape(), 4);
  if (capacity > 0) store<u32>(a, <u32>newElements(capacity), 12);
  return a;
}
/** New array with `count` Values copied from memory. */
export function newArrayFrom(values: usize, count: i32): usize {
  const a = newArray(count);
  if (count > 0) memory.copy(elementsOf(a) + ELEMENTS_DATA, values, <usize>count << 3);
  store<i32>(a, count, 16);
  return a;
}

// Prototypes

/** Give an object an owned, PROTO shape (once). */
export function becomePrototype(o: usize): void {
  const shape = shapeOf(o);
  if (isProtoShape(shape)) return;
  const kind = kindOf(o);
  if (elementsOf(o) || kind == KIND_PROXY || kind == KIND_TYPEDARRAY || kind == KIND_MODULE_NAMESPACE || (kind == KIND_STRING_OBJECT && strLength(ptrOf(load<u64>(o, 16))) > 0)) setProtoHasElements(true);
  if (isDictionary(shape)) {
    const owned = prepareOwned(o);
    setFlags(owned, flagsOf(owned) | SHAPE_PROTO);
    return;
  }
  setShape(o, ownedCopy(shape, SHAPE_PROTO));
}

/** The object's owned shape, safe to change: a copy when caches know it. */
function prepareOwned(o: usize): usize {
  let shape = shapeOf(o);
  if (!isDictionary(shape)) { shape = ownedCopy(shape, 0); setShape(o, shape); return shape; }
  if (flagsOf(shape) & SHAPE_CACHED) { shape = replaceOwned(shape); setShape(o, shape); }
  if (flagsOf(shape) & SHAPE_PROTO) bumpProtoEpoch();
  return shape;
}

export function isExtensible(o: usize): bool { return !(flagsOf(shapeOf(o)) & SHAPE_NONEXTENSIBLE); }
export function preventExtensions(o: usize): void {
  if (!isExtensible(o)) return;
  if (flagsOf(o) & OBJ_LAZY) materialize(o);
  if (elementsOf(o)) makeSlow(o);
  const shape = prepareOwned(o);
  setFlags(shape, flagsOf(shape) | SHAPE_NONEXTENSIBLE);
}

/** OrdinarySetPrototypeOf (10.1.2.1): false on a cycle or when not extensible. */
export function setPrototypeOf(o: usize, proto: usize): bool {
  const shape = shapeOf(o);
  if (shapeProto(shape) == proto) return true;
  if (flagsOf(shape) & SHAPE_NONEXTENSIBLE) return false;
  if (o == intrinsicProto(PROTO_OBJECT)) return false; // immutable prototype
  for (let p = proto; p; p = nextPrototype(p)) {
    if (p == o) return false;
    if (kindOf(p) == KIND_PROXY) break;
  }
  if (proto) becomePrototype(proto);
  if (isDictionary(shape)) {
    const owned = prepareOwned(o);
    ownedSetProto(owned, proto);
    // Root shapes of objects below stay: they name this object, not its prototype.
    bumpProtoEpoch();
    return true;
  }
  let to = rootShape(proto, kindOf(o), shapeInlineCap(shape));
  const t = shapeTable(shape), count = shapeCount(shape);
  for (let i: u32 = 0; i < count && to; i++) to = shapeAdding(to, entryKey(t, i), entryAttrs(t, i));
  if (to) setShape(o, to);
  else {
    const owned = prepareOwned(o);
    ownedSetProto(owned, proto);
  }
  return true;
}

// Slots

/** Address of slot i, and the cell that holds it (for the barrier). */
@inline export function slotAddress(o: usize, shape: usize, i: u32): usize {
  const cap = shapeInlineCap(shape);
  return i < cap ? o + shapeInlineStart(shape) + (<usize>i << 3) : slotsOf(o) + 8 + (<usize>(i - cap) << 3);
}
@inline export function slotHolder(o: usize, shape: usize, i: u32): usize { return i < shapeInlineCap(shape) ? o : slotsOf(o); }
@inline export function getSlot(o: usize, shape: usize, i: i32): Value { return load<u64>(slotAddress(o, shape, <u32>i)); }
export function setSlot(o: usize, shape: usize, i: i32, v: Value): void { storeValue(slotHolder(o, shape, <u32>i), slotAddress(o, shape, <u32>i), v); }

/** Make room for slot i. */
export function ensureSlot(o: usize, inlineCap: u32, i: u32): void {
  if (i < inlineCap) return;
  const need = i - inlineCap + 1;
  const slots = slotsOf(o);
  const have = slots ? <u32>valuesCount(slots) : 0;
  if (need <= have) return;
  const to = newSlots(<i32>max<u32>(need, have + (have >>> 1) + 3));
  if (slots) memory.copy(to + 8, slots + 8, <usize>have << 3);
  const cap = <u32>valuesCount(to);
  for (let k = have; k < cap; k++) store<u64>(to + (<usize>k << 3), UNDEFINED, 8);
  storePtr(o, o + 8, to);
  if (slots) replaced(slots);
}

/** Append a property that is known to be absent. */
export function addProperty(o: usize, key: Key, v: Value, attrs: u32): void {
  if (flagsOf(o) & OBJ_LAZY) materialize(o); // they come first in the order of keys
  let shape = shapeOf(o);
  const count = shapeCount(shape);
  if (!isDictionary(shape)) {
    const to = shapeAdding(shape, key, attrs);
    if (to) {
      ensureSlot(o, shapeInlineCap(to), count);
      setShape(o, to);
      setSlot(o, to, count, v);
      return;
    }
  }
  shape = prepareOwned(o);
  const t = shapeTable(shape);
  if (t && tableDeleted(t) > 16 && tableDeleted(t) > count >>> 1) compact(o, shape);
  const i = ownedAdd(shape, key, attrs);
  ensureSlot(o, shapeInlineCap(shape), i);
  setSlot(o, shape, i, v);
  if (flagsOf(shape) & SHAPE_PROTO) protoValueChanged(o, key, v);
}

/** Close the gaps that deletions left in a dictionary. */
function compact(o: usize, shape: usize): void {
  const t = shapeTable(shape), count = shapeCount(shape);
  let to: u32 = 0;
  for (let i: u32 = 0; i < count; i++) {
    if (!entryKey(t, i)) continue;
    if (to != i) setSlot(o, shape, to, getSlot(o, shape, i));
    to++;
  }
  for (let i = to; i < count; i++) setSlot(o, shape, i, UNDEFINED);
  ownedCompact(shape);
}

/** A property of a prototype object got a value: is array iteration still as it was? */
export function protoValueChanged(o: usize, key: Key, v: Value): void {
  if (o == intrinsicProto(PROTO_ARRAY) && key == wellKnownSymbol(SYMBOL_ITERATOR)) setIterationPristine(v == arrayValues());
  else if (o == intrinsicProto(PROTO_ARRAY_ITERATOR) && key == name(N_NEXT)) setIterationPristine(v == arrayIteratorNext());
}

// Own named properties

/** Is `key` the virtual length of this object? */
@inline export function hasVirtualLength(o: usize): bool { const k = kindOf(o); return k == KIND_ARRAY || k == KIND_STRING_OBJECT; }
export function virtualLength(o: usize): Value {
  return kindOf(o) == KIND_ARRAY ? fromU32(load<u32>(o, 16)) : fromInt(strLength(ptrOf(load<u64>(o, 16))));
}

/** Slot of an own named property, -1 when absent. Materialises lazy functions when it matters. Virtual lengths are not slots. */
export function ownSlot(o: usize, key: Key): i32 {
  if (flagsOf(o) & OBJ_LAZY) {
    const k = kindOf(o);
    if ((k == KIND_FUNCTION || k == KIND_NATIVE_FUNCTION) && (key == name(N_PROTOTYPE) || key == name(N_NAME) || key == name(N_LENGTH))) materialize(o);
  }
  return lookup(shapeOf(o), key);
}

/** Own data property, HOLE when absent, NOT_HANDLED when an accessor. */
export function getOwn(o: usize, key: Key): Value {
  const i = ownSlot(o, key);
  if (i < 0) return key == name(N_LENGTH) && hasVirtualLength(o) ? virtualLength(o) : HOLE;
  const shape = shapeOf(o);
  return attrsAt(shape, i) & ATTR_ACCESSOR ? NOT_HANDLED : getSlot(o, shape, i);
}
/** Attributes of an own named property, -1 when absent. */
export function getOwnAttrs(o: usize, key: Key): i32 {
  const i = ownSlot(o, key);
  if (i < 0) {
    if (key != name(N_LENGTH) || !hasVirtualLength(o)) return -1;
    return kindOf(o) == KIND_ARRAY && !(flagsOf(o) & OBJ_FIXED_LENGTH) ? ATTR_WRITABLE : 0;
  }
  return attrsAt(shapeOf(o), i);
}
export function hasOwn(o: usize, key: Key): bool { return getOwnAttrs(o, key) >= 0; }

/** Create or replace an own property with exactly these attributes; v is the ACCESSOR cell (internal value) when attrs has ATTR_ACCESSOR. No checks. */
export function defineOwn(o: usize, key: Key, v: Value, attrs: u32): void {
  if (flagsOf(o) & OBJ_LAZY) materialize(o);
  let shape = shapeOf(o);
  const i = lookup(shape, key);
  if (i < 0) { addProperty(o, key, v, attrs); return; }
  if (attrsAt(shape, i) != attrs) {
    shape = prepareOwned(o);
    ownedSetAttrs(shape, i, attrs);
  } else if (flagsOf(shape) & SHAPE_PROTO && isInternal(v)) bumpProtoEpoch();
  setSlot(o, shape, i, v);
  if (flagsOf(shape) & SHAPE_PROTO) protoValueChanged(o, key, v);
}
/** Create or overwrite an ordinary data property (writable, enumerable, configurable when new). */
export function setOwn(o: usize, key: Key, v: Value): void {
  const i = ownSlot(o, key);
  if (i < 0) { addProperty(o, key, v, ATTRS_DATA); return; }
  const shape = shapeOf(o);
  setSlot(o, shape, i, v);
  if (flagsOf(shape) & SHAPE_PROTO) protoValueChanged(o, key, v);
}
/** False when it is there and not configurable. */
export function deleteOwn(o: usize, key: Key): bool {
  const i = ownSlot(o, key);
  if (i < 0) return key != name(N_LENGTH) || !hasVirtualLength(o);
  if (!(attrsAt(shapeOf(o), i) & ATTR_CONFIGURABLE)) return false;
  if (flagsOf(o) & OBJ_LAZY) materialize(o);
  const shape = prepareOwned(o);
  ownedDelete(shape, i);
  setSlot(o, shape, i, UNDEFINED);
  if (flagsOf(shape) & SHAPE_PROTO) protoValueChanged(o, key, UNDEFINED);
  return true;
}

export function newAccessor(getter: Value, setter: Value): usize {
  const a = allocate(24, KIND_ACCESSOR);
  store<u64>(a, getter, 8);
  store<u64>(a, setter, 16);
  return a;
}
@inline export function accessorGetter(v: Value): Value { return load<u64>(ptrOf(v), 8); }
@inline export function accessorSetter(v: Value): Value { return load<u64>(ptrOf(v), 16); }

/** Through the prototypes: data value, UNDEFINED when absent, NOT_HANDLED at an accessor or exotic object. */
export function getPlain(o: usize, key: Key): Value {
  for (let p = o; p; p = nextPrototype(p)) {
    const kind = kindOf(p);
    if (kind == KIND_PROXY || kind == KIND_MODULE_NAMESPACE) return NOT_HANDLED;
    const v = getOwn(p, key);
    if (v != HOLE) return v;
  }
  return UNDEFINED;
}

/** False when its first unit shows that it is no array index. */
@inline function mayBeIndex(s: usize): bool { return (flagsOf(s) & (STRING_ROPE | STRING_SLICE | STRING_TWO_BYTE)) != 0 || <u32>load<u8>(s, HEADER) - 48 <= 9; }

/** Key of a string: an array index gives 0 and state.keyIndex. */
export function keyOfString(s: usize): Key {
  if (!isInterned(s)) {
    const n = arrayIndexOfString(s);
    if (n >= 0) { setKeyIndex(<u32>n); return 0; }
    return internString(s);
  }
  if (strLength(s) <= 10 && mayBeIndex(s)) {
    const n = arrayIndexOfString(s);
    if (n >= 0) { setKeyIndex(<u32>n); return 0; }
  }
  return s;
}

/** toKey's answer for an object, which first needs ToPrimitive. */
export const KEY_OBJECT: Key = 1;
/** Property key of any primitive value: a Key, 0 with state.keyIndex for an array index, KEY_OBJECT when v is an object. */
export function toKey(v: Value): Key {
  if (isInt(v) && asInt(v) >= 0) { setKeyIndex(<u32>asInt(v)); return 0; }
  if (isString(v)) return keyOfString(ptrOf(v));
  if (isSymbol(v)) return ptrOf(v);
  if (isObject(v)) return KEY_OBJECT;
  if (isDouble(v)) {
    const d = asDouble(v), n = <u32>d;
    if (<f64>n == d && n != 0xffffffff) { setKeyIndex(n); return 0; }
  }
  const text = toStringPrimitive(v);
  return keyOfString(text ? text : emptyString()); // 0: a BigInt without room for its digits
}

/**
 * Inline caches: what to do when a site's entry does not fit, and how it is filled. An entry (24 bytes, code.ts) holds the shape seen, the slot's byte offset
 * (negated when it is in the out-of-line slots), for a prototype hit the holder and state.protoEpoch, and for an addition the shape to change to.
 * What does not fit is looked for in the second level (shape-cache.ts). A primitive counts as its prototype. The slot of an inherited accessor holds its ACCESSOR cell. Not cached: own accessors, exotic objects, stores to
 * prototype objects, lazy functions' own three properties.
 */
import { Value, UNDEFINED, HOLE, EXCEPTION, fromObject, isInternal, isObject, isString, ptrOf } from "./value";
import { kindOf, flagsOf, addFlags, storePtr, storeValue, remember } from "./heap";
import { globalLexicals, globalObject, protoEpoch } from "./state";
import { SITE_SHAPE, SITE_SLOT, SITE_HOLDER, SITE_EPOCH, SITE_EXTRA } from "./code";
import { accessorGetter, addProperty, getOwn, getSlot, isExtensible, nextPrototype, ownSlot, prototypeOf, setSlot, shapeOf, slotsOf, hasVirtualLength, keyOfString, OBJ_LAZY, Key } from "./object";
import {
  attrsAt, isDictionary, isProtoShape, lookup, shapeAdding, shapeAttrs, shapeCount, shapeInlineCap, shapeInlineStart, shapeKey, shapeParent, shapeProto, ATTR_ACCESSOR, ATTR_WRITABLE, ATTRS_DATA, SHAPE_CACHED, SHAPE_NONEXTENSIBLE,
} from "./shape";
import { lookupStart, getNamed, getIndexed, setNamed, setIndexed, defineElement, getFrom, isExoticFor } from "./access";
import { keyIndex } from "./state";
import { name, N_LENGTH, N_NAME, N_PROTOTYPE } from "./names";
import { sbFinish, sbPushLiteral, sbPushString, sbReset } from "./stringbuilder";
import { ERR_REFERENCE, ERR_TYPE, throwWithString } from "./errors";
import { call0, keyValue } from "./call";
import { KIND_ACCESSOR } from "./generated/kinds";
import { cachedEntry, cacheEntry, FOR_STORE } from "./shape-cache";

/** Byte offset of slot i as entries store it. */
@inline function slotCode(shape: usize, i: u32): i32 {
  const cap = shapeInlineCap(shape);
  return i < cap ? <i32>(shapeInlineStart(shape) + (i << 3)) : -<i32>(8 + ((i - cap) << 3));
}
/**
 * What another VM found out about a site (rehearsal-caches.ts), as far as it is true here: for a load or a store of an own property, a load from a prototype or of a global, an addition. Stricter than need be, as an entry
 * does not say what it is for: what could be wrong for one of them is left to the first use.
 */
export function adoptSite(cell: usize, site: usize, shape: usize, slot: i32, holder: usize, to: usize): void {
  const key = siteKey(site);
  if (!key || key == name(N_LENGTH)) return;
  const own = lookup(shape, key);
  let isTrue = false;
  if (to) isTrue = own < 0 && !holder && isAddition(shape, key, slot, to);
  else if (!holder) isTrue = own >= 0 && !isProtoShape(shape) && isPlainSlot(shape, own, slot) && (attrsAt(shape, own) & ATTR_WRITABLE) != 0;
  else if (shapeOf(holder) == shape) isTrue = own >= 0 && isDictionary(shape) && isPlainSlot(shape, own, slot) && (holder != globalObject() || lookup(shapeOf(globalLexicals()), key) < 0);
  else isTrue = own < 0 && isInherited(shape, key, slot, holder);
  if (isTrue) fill(cell, site, shape, slot, holder, to, FOR_DEFINITION);
}
/** Is that where a data property has its value? */
function isPlainSlot(shape: usize, i: i32, slot: i32): bool { return !(attrsAt(shape, i) & ATTR_ACCESSOR) && slotCode(shape, i) == slot; }
function isAddition(shape: usize, key: Key, slot: i32, to: usize): bool {
  if (isDictionary(shape) || isDictionary(to) || (flagsOf(shape) & SHAPE_NONEXTENSIBLE) != 0 || shapeParent(to) != shape || shapeKey(to) != key || shapeAttrs(to) != ATTRS_DATA || slotCode(to, shapeCount(shape)) != slot) return false;
  for (let p = shapeProto(shape); p; p = nextPrototype(p)) if (isExoticFor(p, key) || lookup(shapeOf(p), key) >= 0 || mayMaterialize(p, key)) return false;
  return true;
}
function isInherited(shape: usize, key: Key, slot: i32, holder: usize): bool {
  for (let p = shapeProto(shape); p; p = nextPrototype(p)) {
    if (isExoticFor(p, key) || mayMaterialize(p, key)) return false;
    const i = lookup(shapeOf(p), key);
    if (i >= 0) return p == holder && slotCode(shapeOf(p), i) == slot; // of an accessor too: only loads look at prototypes
  }
  return false;
}
/** Would a look at this property of a function make it? */
function mayMaterialize(o: usize, key: Key): bool { return (flagsOf(o) & OBJ_LAZY) != 0 && (key == name(N_PROTOTYPE) || key == name(N_NAME)); }

/** Uses of a site that the second level does not serve. */
const FOR_DEFINITION: u32 = 2, FOR_GLOBAL: u32 = 3;
/** Remember in an entry; `cell` is the SITES cell. */
function fill(cell: usize, site: usize, shape: usize, slot: i32, holder: usize, extra: usize, use: u32): void {
  const first = load<u32>(site, SITE_SHAPE) == 0;
  if (isDictionary(shape)) addFlags(shape, SHAPE_CACHED);
  store<u32>(site, <u32>shape, SITE_SHAPE);
  store<i32>(site, slot, SITE_SLOT);
  store<u32>(site, <u32>holder, SITE_HOLDER);
  store<u32>(site, protoEpoch(), SITE_EPOCH);
  store<u32>(site, <u32>extra, SITE_EXTRA);
  remember(cell);
  if (!first && use <= FOR_STORE) cacheEntry(site, use);
}

/** Key of a site's name: sites name any string, so "0" may be an index (state.keyIndex, 0). */
@inline function siteKey(site: usize): Key { return keyOfString(load<u32>(site)); }

@inline function callGetter(accessor: Value, self: Value): Value {
  const getter = accessorGetter(accessor);
  return getter == UNDEFINED ? UNDEFINED : call0(getter, self);
}

/** GETPROP when the entry does not fit. */
@noinline export function getPropMiss(cell: usize, site: usize, v: Value): Value {
  const o = lookupStart(v), seen = <usize>load<u32>(site, SITE_SHAPE);
  if (o != 0 && seen != 0) {
    const shape = shapeOf(o), entry = shape == seen ? site : cachedEntry(shape, load<u32>(site));
    if (entry) {
      const holder = <usize>load<u32>(entry, SITE_HOLDER), slot = load<i32>(entry, SITE_SLOT), from = holder ? holder : o;
      if (!holder || load<u32>(entry, SITE_EPOCH) == protoEpoch()) {
        const value = slot >= 0 ? load<u64>(from + slot) : load<u64>(slotsOf(from) - slot);
        return isInternal(value) && kindOf(ptrOf(value)) == KIND_ACCESSOR ? callGetter(value, v) : value;
      }
    }
  }
  const key = siteKey(site);
  if (!key) return getIndexed(v, keyIndex());
  if (!o || (isString(v) && key == name(N_LENGTH))) return getNamed(v, key);
  let shape = shapeOf(o);
  for (let p = o; p; p = nextPrototype(p)) {
    if (isExoticFor(p, key)) return getFrom(o, key, v);
    const i = ownSlot(p, key);
    if (i >= 0) {
      const s = shapeOf(p);
      shape = shapeOf(o); // ownSlot may have materialised it
      if (attrsAt(s, i) & ATTR_ACCESSOR) {
        if (p != o || !isObject(v)) fill(cell, site, shape, slotCode(s, i), p, 0, 0);
        return callGetter(getSlot(p, s, i), v);
      }
      if (p == o && isObject(v)) {
        // A function's own three properties come and go with materialisation, which changes its shape: safe.
        fill(cell, site, shape, slotCode(s, i), 0, 0, 0);
      } else fill(cell, site, shape, slotCode(s, i), p, 0, 0);
      return getSlot(p, s, i);
    }
    if (key == name(N_LENGTH) && hasVirtualLength(p)) return getFrom(p, key, v);
  }
  return UNDEFINED;
}

/** SETPROP when the entry does not fit. */
@noinline export function setPropMiss(cell: usize, site: usize, v: Value, value: Value, strict: bool): Value {
  if (isObject(v) && load<u32>(site, SITE_SHAPE) != 0) {
    const o = ptrOf(v), entry = cachedEntry(shapeOf(o), load<u32>(site) + FOR_STORE);
    if (entry) {
      const slot = load<i32>(entry, SITE_SLOT), to = <usize>load<u32>(entry, SITE_EXTRA);
      if (!to) {
        const holder = slot >= 0 ? o : slotsOf(o);
        storeValue(holder, slot >= 0 ? o + slot : holder - slot, value);
        return UNDEFINED;
      }
      if (slot >= 0 && load<u32>(entry, SITE_EPOCH) == protoEpoch()) {
        storePtr(o, o + 4, to);
        storeValue(o, o + slot, value);
        return UNDEFINED;
      }
    }
  }
  const key = siteKey(site);
  if (!key) return setIndexed(v, keyIndex(), value, strict);
  if (!isObject(v)) return setNamed(v, key, value, strict);
  const o = ptrOf(v);
  if (!isExoticFor(o, key) && !(flagsOf(o) & OBJ_LAZY) && !(key == name(N_LENGTH) && hasVirtualLength(o))) {
    const shape = shapeOf(o);
    const i = lookup(shape, key);
    if (i >= 0) {
      if ((attrsAt(shape, i) & (ATTR_ACCESSOR | ATTR_WRITABLE)) == ATTR_WRITABLE) {
        if (!isProtoShape(shape)) {
          fill(cell, site, shape, slotCode(shape, i), 0, 0, FOR_STORE);
          setSlot(o, shape, i, value);
          return UNDEFINED;
        }
      }
    } else if (!isDictionary(shape) && isExtensible(o)) {
      // An addition: allowed when no prototype has the key at all or only as a writable data property.
      let plain = true;
      for (let p = prototypeOf(o); p; p = nextPrototype(p)) {
        if (isExoticFor(p, key)) { plain = false; break; }
        const j = ownSlot(p, key);
        if (j >= 0) { plain = (attrsAt(shapeOf(p), j) & (ATTR_ACCESSOR | ATTR_WRITABLE)) == ATTR_WRITABLE; break; }
        if (key == name(N_LENGTH) && hasVirtualLength(p)) { plain = false; break; }
      }
      if (plain) {
        addProperty(o, key, value, ATTRS_DATA);
        const to = shapeOf(o);
        if (!isDictionary(to)) fill(cell, site, shape, slotCode(to, shapeCount(shape)), 0, to, FOR_STORE);
        return UNDEFINED;
      }
    }
  }
  return setNamed(v, key, value, strict);
}

/** INITPROP: define an own enumerable data property. */
@noinline export function initPropMiss(cell: usize, site: usize, v: Value, value: Value): Value {
  const key = siteKey(site);
  if (key && isObject(v)) {
    const o = ptrOf(v), shape = shapeOf(o);
    if (!isExoticFor(o, key) && !(flagsOf(o) & OBJ_LAZY) && !isDictionary(shape) && lookup(shape, key) < 0 && isExtensible(o) && !(key == name(N_LENGTH) && hasVirtualLength(o))) {
      addProperty(o, key, value, ATTRS_DATA);
      const to = shapeOf(o);
      if (!isDictionary(to)) fill(cell, site, shape, slotCode(to, shapeCount(shape)), 0, to, FOR_DEFINITION);
      return UNDEFINED;
    }
  }
  return defineElement(v, keyValue(load<u32>(site)), value);
}

/** GETGLOBAL when the entry does not fit. Lexical bindings come first. */
@noinline export function getGlobal(cell: usize, site: usize, quiet: bool): Value {
  const key = siteKey(site);
  if (!key) return getIndexed(fromObject(globalObject()), keyIndex());
  const lexicals = globalLexicals();
  let i = lookup(shapeOf(lexicals), key);
  if (i >= 0) {
    const v = getSlot(lexicals, shapeOf(lexicals), i);
    if (v == HOLE) return holeReference(key);
    fill(cell, site, shapeOf(lexicals), slotCode(shapeOf(lexicals), i), lexicals, 0, FOR_GLOBAL);
    return v;
  }
  const global = globalObject();
  i = lookup(shapeOf(global), key);
  if (i >= 0 && !(attrsAt(shapeOf(global), i) & ATTR_ACCESSOR)) {
    fill(cell, site, shapeOf(global), slotCode(shapeOf(global), i), global, 0, FOR_GLOBAL);
    return getSlot(global, shapeOf(global), i);
  }
  for (let p = global; p; p = nextPrototype(p)) if (ownSlot(p, key) >= 0 || isExoticFor(p, key)) return getFrom(p, key, fromObject(global));
  return quiet ? UNDEFINED : notDefined(key);
}
function holeReference(key: Key): Value {
  sbReset();
  sbPushLiteral("Cannot access '");
  sbPushString(key);
  sbPushLiteral("' before initialization");
  return throwWithString(ERR_REFERENCE, sbFinish());
}
function notDefined(key: Key): Value {
  sbReset();
  sbPushString(key);
  sbPushLiteral(" is not defined");
  return throwWithString(ERR_REFERENCE, sbFinish());
}

/** SETGLOBAL. */
@noinline export function setGlobal(site: usize, value: Value, strict: bool): Value {
  const key = siteKey(site);
  const global = globalObject();
  if (!key) return setIndexed(fromObject(global), keyIndex(), value, strict);
  const lexicals = globalLexicals();
  const i = lookup(shapeOf(lexicals), key);
  if (i >= 0) {
    if (getSlot(lexicals, shapeOf(lexicals), i) == HOLE) return holeReference(key);
    if (!(attrsAt(shapeOf(lexicals), i) & ATTR_WRITABLE)) {
      sbReset();
      sbPushLiteral("Assignment to constant variable.");
      return throwWithString(ERR_TYPE, sbFinish());
    }
    setSlot(lexicals, shapeOf(lexicals), i, value);
    return UNDEFINED;
  }
  if (strict) {
    let found = false;
    for (let p = global; p; p = nextPrototype(p)) if (ownSlot(p, key) >= 0 || isExoticFor(p, key)) { found = true; break; }
    if (!found) return notDefined(key);
  }
  return setNamed(fromObject(global), key, value, strict);
}

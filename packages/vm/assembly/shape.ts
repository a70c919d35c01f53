/**
 * Shapes (hidden classes): prototype, kind, inline capacity and property table of the objects that have it.
 *
 * Shapes form trees: a root for each (prototype, kind, inline capacity), and a transition for each property added. Shapes along one line share a property
 * table: a shape sees the first `count` entries of it. Entry i lives in slot i: inline when i < inline capacity, else out of line.
 * Deleting, reconfiguring, freezing, or having very many properties makes an object's shape a DICTIONARY: owned by that object and changed in place, the table
 * its own. An object that is a prototype always has an owned shape, flagged PROTO; whatever changes there bumps state.protoEpoch.
 * Inline caches may remember owned shapes as well: they flag it CACHED, and the next change gives the object a copy instead.
 * Transitions do not keep their target alive (gc-weak.ts purges them); a shape keeps its parent, so that a path is found again while its end is in use.
 */
import { KIND_SHAPE, KIND_PROPTABLE, KIND_WORDS, kindInlineStart } from "./generated/kinds";
import { allocate, kindOf, flagsOf, setFlags, addFlags, storePtr, remember } from "./heap";
import { bumpProtoEpoch, newShapes, nullRoots, setNewShapes, setNullRoots } from "./state";
import { keyHash } from "./string";
import { isMarked, isYoung } from "./gc-mark";

export const SHAPE_DICTIONARY: u32 = 1, SHAPE_PROTO: u32 = 2, SHAPE_NONEXTENSIBLE: u32 = 4, SHAPE_CACHED: u32 = 8, SHAPE_WEAK_LISTED: u32 = 16;

export const ATTR_WRITABLE: u32 = 1, ATTR_ENUMERABLE: u32 = 2, ATTR_CONFIGURABLE: u32 = 4, ATTR_ACCESSOR: u32 = 8;
/** Attributes of an ordinary assignment, and of a built-in method. */
export const ATTRS_DATA: u32 = 7, ATTRS_METHOD: u32 = 5;

const SHAPE_BYTES: i32 = 56;
/** Longest chain of transitions, and most children of a shape, before an object gets its own dictionary. */
const MAX_CHAIN: u32 = 128, MAX_CHILDREN: u32 = 96;

@inline export function shapeProto(s: usize): usize { return load<u32>(s, 4); }
@inline export function shapeParent(s: usize): usize { return load<u32>(s, 8); }
@inline export function shapeKey(s: usize): usize { return load<u32>(s, 12); }
@inline export function shapeAttrs(s: usize): u32 { return load<u32>(s, 16); }
/** Entries of the table that belong to this shape; also the slots in use. */
@inline export function shapeCount(s: usize): u32 { return load<u32>(s, 20); }
@inline function setShapeCount(s: usize, n: u32): void { store<u32>(s, n, 20); }
@inline export function shapeTable(s: usize): usize { return load<u32>(s, 24); }
@inline export function shapeTransitions(s: usize): usize { return load<u32>(s, 28); }
@inline export function setShapeTransitions(s: usize, t: usize): void { store<u32>(s, <u32>t, 28); }
@inline export function shapeInlineStart(s: usize): u32 { return load<u8>(s, 32); }
@inline export function shapeInlineCap(s: usize): u32 { return load<u8>(s, 33); }
@inline export function shapeKind(s: usize): u8 { return load<u8>(s, 34); }
/** Of an owned PROTO shape: first root shape whose prototype is the owner. */
@inline export function shapeRoots(s: usize): usize { return load<u32>(s, 36); }
@inline export function shapeNextRoot(s: usize): usize { return load<u32>(s, 40); }
@inline export function shapeWeakNext(s: usize): usize { return load<u32>(s, 44); }
@inline export function setShapeWeakNext(s: usize, n: usize): void { store<u32>(s, <u32>n, 44); }
/** The one that was made before it, while new shapes are listed (state.newShapes). */
@inline export function shapeNextNew(s: usize): usize { return load<u32>(s, 48); }
@inline export function setShapeNextNew(s: usize, n: usize): void { store<u32>(s, <u32>n, 48); }
@inline export function isDictionary(s: usize): bool { return (flagsOf(s) & SHAPE_DICTIONARY) != 0; }
@inline export function isProtoShape(s: usize): bool { return (flagsOf(s) & SHAPE_PROTO) != 0; }

// Property table: +4 count (entries in use, deleted ones included), +8 capacity, +12 hash mask (0: none), +16 deleted entries, +24 entries {key, attrs}, then u32 hash cells (entry + 1).
export const TABLE_ENTRIES: usize = 24;
@inline export function tableCount(t: usize): u32 { return load<u32>(t, 4); }
@inline function tableCapacity(t: usize): u32 { return load<u32>(t, 8); }
@inline function tableMask(t: usize): u32 { return load<u32>(t, 12); }
@inline export function tableDeleted(t: usize): u32 { return load<u32>(t, 16); }
/** Key of entry i, 0 when deleted. */
@inline export function entryKey(t: usize, i: u32): usize { return load<u32>(t + (<usize>i << 3), TABLE_ENTRIES); }
@inline export function entryAttrs(t: usize, i: u32): u32 { return load<u32>(t + (<usize>i << 3), TABLE_ENTRIES + 4); }
@inline function setEntry(t: usize, i: u32, key: usize, attrs: u32): void {
  store<u32>(t + (<usize>i << 3), <u32>key, TABLE_ENTRIES);
  store<u32>(t + (<usize>i << 3), attrs, TABLE_ENTRIES + 4);
}
@inline function hashCells(t: usize): usize { return t + TABLE_ENTRIES + (<usize>tableCapacity(t) << 3); }

function newTable(capacity: u32): usize {
  let mask: u32 = 0;
  if (capacity > 8) {
    let size: u32 = 16;
    while (size < capacity + (capacity >>> 1)) size <<= 1;
    mask = size - 1;
  }
  const t = allocate(<i32>TABLE_ENTRIES + (<i32>capacity << 3) + (mask ? <i32>((mask + 1) << 2) : 0), KIND_PROPTABLE);
  store<u32>(t, capacity, 8);
  store<u32>(t, mask, 12);
  return t;
}
function indexEntry(t: usize, i: u32, key: usize): void {
  const mask = tableMask(t);
  if (!mask) return;
  const cells = hashCells(t);
  let at = keyHash(key) & mask;
  while (load<u32>(cells + (<usize>at << 2)) != 0) at = (at + 1) & mask;
  store<u32>(cells + (<usize>at << 2), i + 1);
}
/** Append to a table with room. */
function appendEntry(t: usize, key: usize, attrs: u32): void {
  const i = tableCount(t);
  setEntry(t, i, key, attrs);
  store<u32>(t, i + 1, 4);
  indexEntry(t, i, key);
  remember(t);
}
/** A table of at least `capacity` with the first `count` entries of t; positions stay. */
function copyTable(t: usize, count: u32, capacity: u32): usize {
  const to = newTable(capacity);
  let deleted: u32 = 0;
  for (let i: u32 = 0; i < count; i++) {
    const key = entryKey(t, i);
    setEntry(to, i, key, entryAttrs(t, i));
    if (key) indexEntry(to, i, key); else deleted++;
  }
  store<u32>(to, count, 4);
  store<u32>(to, deleted, 16);
  return to;
}

/** Entry (= slot) of a key, or -1. */
export function lookup(shape: usize, key: usize): i32 {
  const t = shapeTable(shape);
  if (!t) return -1;
  const count = shapeCount(shape);
  const mask = tableMask(t);
  if (!mask) {
    for (let i: u32 = 0; i < count; i++) if (entryKey(t, i) == key) return <i32>i;
    return -1;
  }
  const cells = hashCells(t);
  let at = keyHash(key) & mask;
  while (true) {
    const i = load<u32>(cells + (<usize>at << 2));
    if (i == 0) return -1;
    if (entryKey(t, i - 1) == key) return i <= count ? <i32>(i - 1) : -1;
    at = (at + 1) & mask;
  }
}
@inline export function attrsAt(shape: usize, i: i32): u32 { return entryAttrs(shapeTable(shape), <u32>i); }
@inline export function keyAt(shape: usize, i: i32): usize { return entryKey(shapeTable(shape), <u32>i); }

function newShape(proto: usize, kind: u8, inlineCap: u32): usize {
  const s = allocate(SHAPE_BYTES, KIND_SHAPE);
  store<u32>(s, <u32>proto, 4);
  store<u8>(s, <u8>kindInlineStart(kind), 32);
  store<u8>(s, <u8>inlineCap, 33);
  store<u8>(s, kind, 34);
  const others = newShapes();
  if (others) {
    setShapeNextNew(s, others);
    setNewShapes(s);
  }
  return s;
}

/** Root shape with a null prototype. */
export function nullRootShape(kind: u8, inlineCap: u32): usize {
  for (let s = nullRoots(); s; s = shapeNextRoot(s)) if (shapeKind(s) == kind && shapeInlineCap(s) == inlineCap) return s;
  const s = newShape(0, kind, inlineCap);
  store<u32>(s, <u32>nullRoots(), 40);
  setNullRoots(s);
  return s;
}
/** Root shape for objects whose prototype has the owned shape `protoShape`. */
export function rootShapeOf(proto: usize, protoShape: usize, kind: u8, inlineCap: u32): usize {
  for (let s = shapeRoots(protoShape); s; s = shapeNextRoot(s)) if (shapeKind(s) == kind && shapeInlineCap(s) == inlineCap) return s;
  const s = newShape(proto, kind, inlineCap);
  store<u32>(s, <u32>shapeRoots(protoShape), 40);
  storePtr(protoShape, protoShape + 36, s);
  return s;
}

// Transitions: one child shape, or a WORDS cell: +4 byte length, +8 mask, +12 count, +16 cells (child shapes, open addressed).
@inline function transitionHash(key: usize, attrs: u32): u32 { return keyHash(key) + attrs * 0x9e37; }

function findTransition(shape: usize, key: usize, attrs: u32): usize {
  const t = shapeTransitions(shape);
  if (!t) return 0;
  if (kindOf(t) == KIND_SHAPE) return shapeKey(t) == key && shapeAttrs(t) == attrs ? t : 0;
  const mask = load<u32>(t, 8);
  let at = transitionHash(key, attrs) & mask;
  while (true) {
    const child = <usize>load<u32>(t + (<usize>at << 2), 16);
    if (!child) return 0;
    if (child != 1 && shapeKey(child) == key && shapeAttrs(child) == attrs) return child;
    at = (at + 1) & mask;
  }
}
function putTransition(t: usize, child: usize): void {
  const mask = load<u32>(t, 8);
  let at = transitionHash(shapeKey(child), shapeAttrs(child)) & mask;
  while (load<u32>(t + (<usize>at << 2), 16) > 1) at = (at + 1) & mask;
  // The place of a child that died is counted already.
  if (!load<u32>(t + (<usize>at << 2), 16)) store<u32>(t, load<u32>(t, 12) + 1, 12);
  store<u32>(t + (<usize>at << 2), <u32>child, 16);
}
/** Children in a table that are alive. */
function countChildren(t: usize): u32 {
  let count: u32 = 0;
  for (let i: u32 = 0, mask = load<u32>(t, 8); i <= mask; i++) if (load<u32>(t + (<usize>i << 2), 16) > 1) count++;
  return count;
}
/** False when the shape has too many children. */
function addTransition(shape: usize, child: usize, limited: bool): bool {
  const t = shapeTransitions(shape);
  if (!t) { storePtr(shape, shape + 28, child); return true; }
  let table = t;
  const many = kindOf(t) != KIND_SHAPE;
  // The dead do not count: a program whose objects die with each request makes the same shapes again and again.
  if (limited && many && load<u32>(t, 12) >= MAX_CHILDREN && countChildren(t) >= MAX_CHILDREN) return false;
  if (!many || (load<u32>(t, 12) + 1) * 4 > (load<u32>(t, 8) + 1) * 3) {
    const have = many ? load<u32>(t, 8) + 1 : 4;
    const size: u32 = many && countChildren(t) * 2 < have ? have : have << 1;
    table = allocate(16 + <i32>(size << 2), KIND_WORDS);
    store<u32>(table, 8 + (size << 2), 4);
    store<u32>(table, size - 1, 8);
    if (many) {
      const old = load<u32>(t, 8);
      for (let i: u32 = 0; i <= old; i++) {
        const c = <usize>load<u32>(t + (<usize>i << 2), 16);
        if (c > 1) putTransition(table, c);
      }
    } else putTransition(table, t);
    storePtr(shape, shape + 28, table);
  }
  putTransition(table, child);
  remember(shape);
  return true;
}
/** After marking: forget children that died; `young`: as a minor collection knows, else as a full one does. */
export function purgeTransitions(shape: usize, young: bool): void {
  const t = shapeTransitions(shape);
  if (!t) return;
  if (kindOf(t) == KIND_SHAPE) {
    if (isGone(t, young)) setShapeTransitions(shape, 0);
    return;
  }
  const mask = load<u32>(t, 8);
  for (let i: u32 = 0; i <= mask; i++) {
    const c = <usize>load<u32>(t + (<usize>i << 2), 16);
    // The count keeps including it until the table is rebuilt.
    if (c > 1 && isGone(c, young)) store<u32>(t + (<usize>i << 2), 1, 16);
  }
}
@inline function isGone(shape: usize, young: bool): bool { return young ? isYoung(shape) : !isMarked(shape); }

/** The shape after adding a property to a shared shape; 0 when the object should get a dictionary instead (never when not `limited`: shapes of literals). */
export function shapeAdding(shape: usize, key: usize, attrs: u32, limited: bool = true): usize {
  const found = findTransition(shape, key, attrs);
  if (found) return found;
  const count = shapeCount(shape);
  if (limited && count >= MAX_CHAIN) return 0;
  const child = newShape(shapeProto(shape), shapeKind(shape), shapeInlineCap(shape));
  store<u32>(child, <u32>shape, 8);
  store<u32>(child, <u32>key, 12);
  store<u32>(child, attrs, 16);
  setFlags(child, flagsOf(shape) & SHAPE_NONEXTENSIBLE);
  if (!addTransition(shape, child, limited)) return 0;
  let t = shapeTable(shape);
  if (!t) t = newTable(4);
  else if (tableCount(t) != count) t = copyTable(t, count, count < 4 ? 4 : count + (count >>> 1) + 1);
  else if (count == tableCapacity(t)) t = copyTable(t, count, count + (count >>> 1) + 2);
  appendEntry(t, key, attrs);
  store<u32>(child, <u32>t, 24);
  setShapeCount(child, count + 1);
  return child;
}

/** An owned copy of a shape, for one object. */
export function ownedCopy(shape: usize, flags: u32): usize {
  const s = newShape(shapeProto(shape), shapeKind(shape), shapeInlineCap(shape));
  const count = shapeCount(shape);
  setFlags(s, SHAPE_DICTIONARY | flags | (flagsOf(shape) & SHAPE_NONEXTENSIBLE));
  const t = shapeTable(shape);
  if (t) store<u32>(s, <u32>copyTable(t, count, max<u32>(count + (count >>> 2), 4)), 24);
  setShapeCount(s, count);
  return s;
}
/** Copy of an owned shape that a cache remembers: same table, moved. */
export function replaceOwned(shape: usize): usize {
  const s = newShape(shapeProto(shape), shapeKind(shape), shapeInlineCap(shape));
  setFlags(s, flagsOf(shape) & ~(SHAPE_CACHED | SHAPE_WEAK_LISTED));
  store<u32>(s, <u32>shapeTable(shape), 24);
  setShapeCount(s, shapeCount(shape));
  store<u32>(s, <u32>shapeRoots(shape), 36);
  // The old one stays valid for nobody: its table now belongs to the copy.
  store<u32>(shape, 0, 24);
  setShapeCount(shape, 0);
  store<u32>(shape, 0, 36);
  return s;
}
/** Add to an owned shape that is not CACHED; returns the entry. */
export function ownedAdd(shape: usize, key: usize, attrs: u32): u32 {
  let t = shapeTable(shape);
  const count = shapeCount(shape);
  if (!t) { t = newTable(4); storePtr(shape, shape + 24, t); }
  else if (count == tableCapacity(t)) { t = copyTable(t, count, count + (count >>> 1) + 4); storePtr(shape, shape + 24, t); }
  appendEntry(t, key, attrs);
  setShapeCount(shape, count + 1);
  return count;
}
export function ownedSetAttrs(shape: usize, i: i32, attrs: u32): void {
  const t = shapeTable(shape);
  setEntry(t, i, entryKey(t, i), attrs);
}
/** Remove entry i of an owned shape. */
export function ownedDelete(shape: usize, i: i32): void {
  const t = shapeTable(shape);
  setEntry(t, i, 0, 0);
  store<u32>(t, tableDeleted(t) + 1, 16);
}
/** A fresh table without deleted entries; the caller moves the slots in the same order. */
export function ownedCompact(shape: usize): void {
  const t = shapeTable(shape), count = shapeCount(shape);
  const live = count - tableDeleted(t);
  const to = newTable(max<u32>(live + (live >>> 1), 4));
  for (let i: u32 = 0; i < count; i++) {
    const key = entryKey(t, i);
    if (key) appendEntry(to, key, entryAttrs(t, i));
  }
  storePtr(shape, shape + 24, to);
  setShapeCount(shape, live);
}
export function ownedSetProto(shape: usize, proto: usize): void { storePtr(shape, shape + 4, proto); }

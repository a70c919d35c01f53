/**
 * Inline caches, shapes and keys of a rehearsed first request (packages/vm/src/rehearsal.ts), for the snapshot. Build time only.
 *
 * They refer to cells of the copy that answered it, which are thrown away. So the copy describes them (vm_describe): new shapes by the path of keys from one that was there before, or from
 * the prototype that they begin with; keys by their text; caches by function and place. The snapshot's VM makes the same ones (vm_adopt). It takes no word for it: an entry is filled in only when what
 * it says is true in this VM (adoptSite in inline-cache.ts), as a request may have changed what it met.
 *
 * A description is a list of words. Even ones are addresses of cells that were there before (0: none), which the host translates for a VM in which the same cells lie elsewhere; a number n is n << 1 | 1. A shape or a
 * key is an address, or the number of a new one.
 *
 *   keys: count, each {length, units} | shapes: count, each {parent, key, attributes, prototype, kind, inline slots}
 *   sites: count, each {function, site, shape, slot, holder, shape to change to}
 *
 * Functions are counted through all files, the library's first.
 */
import { fromInternal } from "./value";
import { rawAlloc } from "./heap";
import { imageEnd, internMask, internTable, modules, newShapes, rootSlot, setNewShapes } from "./state";
import { codeSites, fileFunctions, isPrepared, newPointers, pointerAt, setPointerAt, SITE_BYTES, SITE_EXTRA, SITE_HOLDER, SITE_SHAPE, SITE_SLOT } from "./code";
import { adoptSite } from "./inline-cache";
import { rootShape } from "./object";
import { isDictionary, shapeAdding, shapeAttrs, shapeInlineCap, shapeKey, shapeKind, shapeNextNew, shapeParent, shapeProto, setShapeNextNew } from "./shape";
import { charAt, fromUtf16, internedString, internString, strLength } from "./string";
import { libraryFile } from "./rehearsal";
import { moduleFile, moduleNext } from "./module";

/** Most new shapes, and keys, that are taken over, and units of a key. */
const MOST: u32 = 2048;
const LONGEST_KEY: i32 = 256;
/** Roots of what nothing refers to until the image is made: what is in an image stays. */
const ROOT_SHAPES: i32 = 61, ROOT_KEYS: i32 = 62;

@inline function isOld(p: usize): bool { return p < imageEnd(); }
@inline function sitesOf(code: usize): usize { return code != 0 && isPrepared(code) ? codeSites(code) : 0; }
@inline function siteAt(sites: usize, i: u32): usize { return sites + 8 + <usize>i * SITE_BYTES; }
/** Functions of the file of module m (0: the library's). */
@inline function functionsOf(m: usize): usize { return fileFunctions(m ? moduleFile(m) : libraryFile()); }
/** The next one; 0 when that was the last. */
@inline function nextOf(m: usize): usize { return m ? moduleNext(m) : modules(); }

/** In the copy, before the request: forget all caches, so that those filled afterwards are those that it uses, and keep all new shapes. */
export function vm_watch(): void {
  let m: usize = 0;
  do {
    const functions = functionsOf(m);
    for (let i: u32 = 0; i < load<u32>(functions, 4); i++) {
      const sites = sitesOf(pointerAt(functions, i));
      if (sites) for (let s: u32 = 0; s < load<u32>(sites, 4); s++) memory.fill(siteAt(sites, s) + SITE_SHAPE, 0, SITE_BYTES - SITE_SHAPE);
    }
    m = nextOf(m);
  } while (m);
  setNewShapes(1);
}

// Describing. The cursor goes on when the room is used up, without writing.

@inline function put(at: usize, end: usize, word: u32): usize {
  if (at < end) store<u32>(at, word);
  return at + 4;
}
@inline function number(n: i32): u32 { return (<u32>n << 1) | 1; }
/** Fill in a count that is known afterwards. */
@inline function putCount(at: usize, end: usize, count: u32): void { if (at < end) store<u32>(at, number(count)); }

/** Write a description to `at`, which has `room` bytes; how many bytes that is, 0 when there is too much. After vm_watch and the request; the copy is of no use afterwards. */
export function vm_describe(at: usize, room: u32): u32 {
  const end = at + room, keys = rawAlloc(<i32>MOST << 2), shapes = rawAlloc(<i32>MOST << 2);
  if (!keys || !shapes) return 0;
  let to = describeKeys(at, end, keys);
  to = describeShapes(to, end, keys, shapes);
  to = describeSites(to, end, shapes);
  return to <= end ? <u32>(to - at) : 0;
}

function describeKeys(at: usize, end: usize, keys: usize): usize {
  let to = at + 4, count: u32 = 0;
  const table = internTable();
  if (table) for (let i: u32 = 0; i <= internMask() && count < MOST; i++) {
    const s = internedString(load<u32>(table + (<usize>i << 2)));
    if (!s || strLength(s) > LONGEST_KEY) continue;
    store<u32>(keys + (<usize>count << 2), <u32>s);
    count++;
    to = put(to, end, number(strLength(s)));
    for (let k = 0; k < strLength(s); k++) to = put(to, end, number(charAt(s, k)));
  }
  if (count < MOST) store<u32>(keys + (<usize>count << 2), 0);
  putCount(at, end, count);
  return to;
}
/** 0 when it cannot be said. */
function keyWord(key: usize, keys: usize): u32 {
  if (isOld(key)) return <u32>key;
  for (let i: u32 = 0; i < MOST && load<u32>(keys + (<usize>i << 2)); i++) if (load<u32>(keys + (<usize>i << 2)) == <u32>key) return number(i);
  return 0;
}
/** 0 when it cannot be said. */
function shapeWord(shape: usize, shapes: usize): u32 {
  if (isOld(shape)) return <u32>shape;
  for (let i: u32 = 0; i < MOST && load<u32>(shapes + (<usize>i << 2)); i++) if (load<u32>(shapes + (<usize>i << 2)) == <u32>shape) return number(i);
  return 0;
}

function describeShapes(at: usize, end: usize, keys: usize, shapes: usize): usize {
  // From the oldest on: the list begins with the newest.
  let list: usize = 0;
  for (let s = newShapes(); s > 1; ) {
    const next = shapeNextNew(s);
    setShapeNextNew(s, list);
    list = s;
    s = next;
  }
  setNewShapes(0);
  let to = at + 4, count: u32 = 0;
  for (let s = list; s != 0 && count < MOST; s = shapeNextNew(s)) {
    if (isDictionary(s)) continue;
    const parent = shapeParent(s), root = parent == 0;
    const parentWord = root ? 0 : shapeWord(parent, shapes), key = root ? 0 : keyWord(shapeKey(s), keys);
    if (root ? !isOld(shapeProto(s)) : !parentWord || !key) continue;
    store<u32>(shapes + (<usize>count << 2), <u32>s);
    count++;
    if (count < MOST) store<u32>(shapes + (<usize>count << 2), 0);
    to = put(to, end, parentWord);
    to = put(to, end, key);
    to = put(to, end, number(shapeAttrs(s)));
    to = put(to, end, root ? <u32>shapeProto(s) : 0);
    to = put(to, end, number(shapeKind(s)));
    to = put(to, end, number(shapeInlineCap(s)));
  }
  putCount(at, end, count);
  return to;
}

function describeSites(at: usize, end: usize, shapes: usize): usize {
  let to = at + 4, count: u32 = 0, n: u32 = 0, m: usize = 0;
  do {
    const functions = functionsOf(m);
    for (let i: u32 = 0; i < load<u32>(functions, 4); i++, n++) {
      const sites = sitesOf(pointerAt(functions, i));
      if (!sites) continue;
      for (let s: u32 = 0; s < load<u32>(sites, 4); s++) {
        const site = siteAt(sites, s), holder = <usize>load<u32>(site, SITE_HOLDER), extra = <usize>load<u32>(site, SITE_EXTRA);
        if (!load<u32>(site, SITE_SHAPE) || !isOld(holder)) continue;
        const shape = shapeWord(load<u32>(site, SITE_SHAPE), shapes), change = extra ? shapeWord(extra, shapes) : 0;
        if (!shape || (extra != 0 && !change)) continue;
        count++;
        to = put(to, end, number(n));
        to = put(to, end, number(s));
        to = put(to, end, shape);
        to = put(to, end, number(load<i32>(site, SITE_SLOT)));
        to = put(to, end, <u32>holder);
        to = put(to, end, change);
      }
    }
    m = nextOf(m);
  } while (m);
  putCount(at, end, count);
  return to;
}

// Adopting

@inline function numberAt(at: usize): i32 { return load<i32>(at) >> 1; }
/** The cell of a word: an address, or one of the new ones. */
@inline function cellAt(at: usize, made: usize): usize {
  const word = load<u32>(at);
  return word & 1 ? pointerAt(made, word >>> 1) : word;
}

/** Make what a description says. */
export function vm_adopt(at: usize): void {
  const keyCount = numberAt(at), keys = newPointers(max<u32>(keyCount, 1));
  store<u64>(rootSlot(ROOT_KEYS), fromInternal(keys));
  at += 4;
  for (let i = 0; i < keyCount; i++) {
    const length = numberAt(at), units = at + 4;
    at = units + (<usize>length << 2);
    for (let k: usize = 0; k < <usize>length; k++) store<u16>(units + (k << 1), <u16>numberAt(units + (k << 2)));
    setPointerAt(keys, i, internString(fromUtf16(units, length)));
  }
  const shapeCount = numberAt(at), shapes = newPointers(max<u32>(shapeCount, 1));
  store<u64>(rootSlot(ROOT_SHAPES), fromInternal(shapes));
  at += 4;
  for (let i = 0; i < shapeCount; i++, at += 24) setPointerAt(shapes, i, adoptShape(at, keys, shapes));
  const sites = numberAt(at);
  at += 4;
  let m: usize = 0, functions = functionsOf(0), first: u32 = 0;
  for (let i = 0; i < sites; i++, at += 24) {
    const n = <u32>numberAt(at);
    while (n - first >= load<u32>(functions, 4)) { first += load<u32>(functions, 4); m = nextOf(m); functions = functionsOf(m); }
    const cell = sitesOf(pointerAt(functions, n - first)), shape = cellAt(at + 8, shapes), change = cellAt(at + 20, shapes);
    if (cell != 0 && shape != 0 && (change != 0 || load<u32>(at + 20) == 0)) adoptSite(cell, siteAt(cell, numberAt(at + 4)), shape, numberAt(at + 12), load<u32>(at + 16), change);
  }
}
/** 0 when it is not to be had here. */
function adoptShape(at: usize, keys: usize, shapes: usize): usize {
  if (!load<u32>(at)) return rootShape(load<u32>(at + 12), <u8>numberAt(at + 16), numberAt(at + 20));
  const parent = cellAt(at, shapes), key = cellAt(at + 4, keys);
  return parent != 0 && key != 0 && !isDictionary(parent) ? shapeAdding(parent, key, numberAt(at + 8)) : 0;
}

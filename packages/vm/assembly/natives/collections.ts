/**
 * Map, Set, WeakMap, WeakSet (ECMA-262, 24): ordered hash tables after T. Close, "deterministic hash tables".
 *
 * The object has the HASH cell at +16. HASH: +4 capacity, +8 entries in use (deleted ones included), +12 live entries, +16 bucket mask, +20 next
 * sequence number, +24 sequence number of entry 0, +28 flags (SPARSE: numbers have gaps; WEAK; LISTED), +32 next weak table that
 * the collector met, +40 u32 buckets (entry + 1), then the entries in order of insertion: key, value, next in bucket (entry + 1), sequence number. A deleted entry has HOLE as key.
 * Sequence numbers only grow, and compaction keeps them: an iterator holds just the number it has come to, and stays right
 * under deletion, clearing and growth, without being known to the table.
 * Objects do not move, so their address is their hash. The collector traces entries through hashUsed and hashEntry; in a WEAK table a value is alive
 * only while its key is (see weakTable...).
 */
import { Value, UNDEFINED, HOLE, NOT_HANDLED, EXCEPTION, fromBool, fromInt, fromObject, fromU32, isHeap, isBigInt, isDouble, asDouble, numberOf, isObject, isString, ptrOf, fromF64 } from "../value";
import { KIND_HASH, KIND_MAP, KIND_SET, KIND_WEAKMAP, KIND_WEAKSET } from "../generated/kinds";
import { allocate, tryAllocate, kindOf, storePtr, storeValue, MAX_SMALL } from "../heap";
import { replaced } from "../barrier";
import { newObjectOfKind } from "../object";
import { stringEquals, stringHash } from "../string";
import { throwRangeError } from "../errors";
import { isMarked, isYoung, markValue, markValues } from "../gc-mark";
import { ephemerons, markEpoch, setEphemerons } from "../state";
import { arg, thisArg } from "./args";
import { bigintEquals, bigintHash } from "./bigint";

const SPARSE: u32 = 1;
export const HASH_WEAK: u32 = 2;
const LISTED: u32 = 4;
const BUCKETS: usize = 40;
const ENTRY: usize = 24;
const MIN_CAPACITY: u32 = 4;
/** Entries of one table, as in V8. */
const MAX_CAPACITY: u32 = 1 << 24;

// @ts-ignore: decorator
@inline function capacity(h: usize): u32 {
  return load<u32>(h, 4);
}
/** Entries in use, deleted ones included. */
// @ts-ignore: decorator
@inline export function hashUsed(h: usize): u32 {
  return load<u32>(h, 8);
}
// @ts-ignore: decorator
@inline function live(h: usize): u32 {
  return load<u32>(h, 12);
}
// @ts-ignore: decorator
@inline function mask(h: usize): u32 {
  return load<u32>(h, 16);
}
// @ts-ignore: decorator
@inline export function hashIsWeak(h: usize): bool {
  return (load<u32>(h, 28) & HASH_WEAK) != 0;
}
/** Address of entry i: key at +0 (HOLE when deleted), value at +8. */
// @ts-ignore: decorator
@inline export function hashEntry(h: usize, i: u32): usize {
  return h + BUCKETS + (<usize>(mask(h) + 1) << 2) + <usize>i * ENTRY;
}
// @ts-ignore: decorator
@inline function bucket(h: usize, hash: u32): usize {
  return h + BUCKETS + (<usize>(hash & mask(h)) << 2);
}

/** An empty table; 0 with a RangeError. */
function newTable(size: u32, flags: u32, firstNumber: u32): usize {
  if (size > MAX_CAPACITY) {
    throwRangeError("Map maximum size exceeded");
    return 0;
  }
  let buckets: u32 = 2;
  while (buckets < size) buckets <<= 1;
  const bytes = <i64>BUCKETS + (<i64>buckets << 2) + <i64>size * <i64>ENTRY;
  const h = bytes <= <i64>MAX_SMALL ? allocate(<i32>bytes, KIND_HASH) : tryAllocate(bytes, KIND_HASH);
  if (h == 0) return 0;
  store<u32>(h, size, 4);
  store<u32>(h, buckets - 1, 16);
  store<u32>(h, firstNumber, 20);
  store<u32>(h, firstNumber, 24);
  store<u32>(h, flags, 28);
  return h;
}

/** Table of a collection. */
// @ts-ignore: decorator
@inline function tableOf(o: usize): usize {
  return load<u32>(o, 16);
}
// @ts-ignore: decorator
@inline function setTable(o: usize, h: usize): void {
  storePtr(o, o + 16, h);
}

/** A key under which SameValueZero is equality of bits, but for strings and BigInts. */
// @ts-ignore: decorator
@inline function normalize(key: Value): Value {
  if (!isDouble(key)) return key;
  const x = asDouble(key);
  return fromF64(x == 0 ? 0 : x);
}
function hashOf(key: Value): u32 {
  let h: u32;
  if (isString(key)) h = stringHash(ptrOf(key));
  else if (isBigInt(key)) h = bigintHash(ptrOf(key));
  else {
    const mixed = (key ^ (key >>> 32)) * 0x9e3779b97f4a7c15;
    h = <u32>(mixed >>> 32);
  }
  return h;
}
// @ts-ignore: decorator
@inline function equal(a: Value, b: Value): bool {
  if (a == b) return true;
  if (isString(a)) return isString(b) && stringEquals(ptrOf(a), ptrOf(b));
  return isBigInt(a) && isBigInt(b) && bigintEquals(ptrOf(a), ptrOf(b));
}

/** Entry of a normalised key, or -1. */
function find(h: usize, key: Value): i32 {
  if (h == 0) return -1;
  let i = load<u32>(bucket(h, hashOf(key)));
  while (i != 0) {
    const entry = hashEntry(h, i - 1);
    if (equal(load<u64>(entry), key)) return <i32>(i - 1);
    i = load<u32>(entry, 16);
  }
  return -1;
}

/** A table with room for one more: the same size when enough was deleted, else twice; 0 with a RangeError. */
function grow(o: usize): usize {
  const old = tableOf(o);
  const weak = kindOf(o) == KIND_WEAKMAP || kindOf(o) == KIND_WEAKSET;
  if (old == 0) {
    const first = newTable(MIN_CAPACITY, weak ? HASH_WEAK : 0, 0);
    if (first != 0) setTable(o, first);
    return first;
  }
  const used = hashUsed(old);
  const gaps = live(old) != used;
  const to = newTable(live(old) << 1 <= capacity(old) ? capacity(old) : capacity(old) << 1, (load<u32>(old, 28) & ~LISTED) | (gaps ? SPARSE : 0), load<u32>(old, 24));
  if (to == 0) return 0;
  let n: u32 = 0;
  for (let i: u32 = 0; i < used; i++) {
    const entry = hashEntry(old, i);
    const key = load<u64>(entry);
    if (key == HOLE) continue;
    const target = hashEntry(to, n++);
    store<u64>(target, key);
    store<u64>(target, load<u64>(entry, 8), 8);
    store<u32>(target, load<u32>(entry, 20), 20);
    const at = bucket(to, hashOf(key));
    store<u32>(target, load<u32>(at), 16);
    store<u32>(at, n);
  }
  store<u32>(to, n, 8);
  store<u32>(to, n, 12);
  store<u32>(to, load<u32>(old, 20), 20);
  setTable(o, to);
  replaced(old);
  return to;
}

/** Sets or adds; false with a RangeError. The table may be older than its entries: barriers. */
export function collectionPut(o: usize, key: Value, value: Value): bool {
  key = normalize(key);
  let h = tableOf(o);
  const found = find(h, key);
  if (found >= 0) {
    storeValue(h, hashEntry(h, found) + 8, value);
    return true;
  }
  if (h == 0 || hashUsed(h) == capacity(h)) {
    h = grow(o);
    if (h == 0) return false;
  }
  const i = hashUsed(h);
  const entry = hashEntry(h, i);
  storeValue(h, entry, key);
  storeValue(h, entry + 8, value);
  const number = load<u32>(h, 20);
  store<u32>(entry, number, 20);
  store<u32>(h, number + 1, 20);
  const at = bucket(h, hashOf(key));
  store<u32>(entry, load<u32>(at), 16);
  store<u32>(at, i + 1);
  store<u32>(h, i + 1, 8);
  store<u32>(h, live(h) + 1, 12);
  return true;
}

/** Takes entry i out of its bucket and marks it deleted. For the collector too: a dead key is removed while its cell is still there. */
export function hashRemove(h: usize, i: u32): void {
  const entry = hashEntry(h, i);
  let at = bucket(h, hashOf(load<u64>(entry)));
  while (load<u32>(at) != i + 1) at = hashEntry(h, load<u32>(at) - 1) + 16;
  store<u32>(at, load<u32>(entry, 16));
  store<u64>(entry, HOLE);
  store<u64>(entry, UNDEFINED, 8);
  store<u32>(h, live(h) - 1, 12);
}
function remove(o: usize, key: Value): bool {
  const h = tableOf(o);
  const i = find(h, normalize(key));
  if (i < 0) return false;
  hashRemove(h, i);
  return true;
}
function clear(o: usize): void {
  const h = tableOf(o);
  if (h == 0 || hashUsed(h) == 0) return;
  const fresh = newTable(MIN_CAPACITY, load<u32>(h, 28) & HASH_WEAK, load<u32>(h, 20));
  setTable(o, fresh);
  replaced(h);
}

/** First entry whose number is at least `number`; hashUsed when there is none. */
function entryAt(h: usize, number: u32): u32 {
  const used = hashUsed(h);
  if ((load<u32>(h, 28) & SPARSE) == 0) {
    const first = load<u32>(h, 24);
    return number <= first ? 0 : min(number - first, used);
  }
  let low: u32 = 0;
  let high = used;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (load<u32>(hashEntry(h, middle), 20) < number) low = middle + 1;
    else high = middle;
  }
  return low;
}
/** Live entry at or after a position: its address, 0 at the end. */
export function nextEntry(o: usize, position: f64): usize {
  const h = tableOf(o);
  if (h == 0 || !(position < 4294967296.0)) return 0;
  const used = hashUsed(h);
  for (let i = entryAt(h, <u32>position); i < used; i++) {
    const entry = hashEntry(h, i);
    if (load<u64>(entry) != HOLE) return entry;
  }
  return 0;
}

/** Place of an entry in the order of insertion. */
// @ts-ignore: decorator
@inline export function entryPosition(entry: usize): u32 {
  return load<u32>(entry, 20);
}
// @ts-ignore: decorator
@inline export function entryKey(entry: usize): Value {
  return load<u64>(entry);
}
/** Value of an entry; its key in a Set. */
// @ts-ignore: decorator
@inline export function entryValue(o: usize, entry: usize): Value {
  return kindOf(o) == KIND_SET ? load<u64>(entry) : load<u64>(entry, 8);
}

// Collector

/** Marks the entries of a table; a weak one is only listed (gc-weak.ts). */
export function traceHash(h: usize): void {
  const flags = load<u32>(h, 28);
  if (!(flags & HASH_WEAK) || markEpoch() == 0) {
    traceEntries(h, 0, hashUsed(h));
    return;
  }
  if (flags & LISTED) return;
  store<u32>(h, flags | LISTED, 28);
  store<u32>(h, <u32>ephemerons(), 32);
  setEphemerons(h);
}
/** The same for the entries that lie, if only in part, in bytes [from, to) of a large table. */
export function traceHashRange(h: usize, from: u32, to: u32): void {
  if (hashIsWeak(h)) {
    traceHash(h);
    return;
  }
  const start = <u32>(hashEntry(h, 0) - h);
  if (to <= start) return;
  traceEntries(h, from <= start ? 0 : (from - start) / <u32>ENTRY, min(hashUsed(h), (to - start + <u32>ENTRY - 1) / <u32>ENTRY));
}
function traceEntries(h: usize, first: u32, end: u32): void {
  for (let i = first; i < end; i++) markValues(hashEntry(h, i), 2);
}
/** Next weak table in the collector's list. */
// @ts-ignore: decorator
@inline export function nextWeakTable(h: usize): usize {
  return load<u32>(h, 32);
}
/** Takes it off the list. */
export function unlistWeakTable(h: usize): void {
  store<u32>(h, 0, 32);
  store<u32>(h, load<u32>(h, 28) & ~LISTED, 28);
}
/** Marks the values of weak entries whose keys are alive (`young`: as a minor collection knows: are old or marked, and values that are old already are left); was any new? Repeated until none is (ephemerons). */
export function weakTableMark(h: usize, young: bool): bool {
  let any = false;
  const used = hashUsed(h);
  for (let i: u32 = 0; i < used; i++) {
    const entry = hashEntry(h, i);
    const key = load<u64>(entry);
    const value = load<u64>(entry, 8);
    if (key == HOLE || !isHeap(value)) continue;
    if (young ? isYoung(ptrOf(key)) || !isYoung(ptrOf(value)) : !isMarked(ptrOf(key)) || isMarked(ptrOf(value))) continue;
    markValue(value);
    any = true;
  }
  return any;
}
/** After marking, before cells are freed: removes entries with dead keys. */
export function weakTableSweep(h: usize, young: bool): void {
  const used = hashUsed(h);
  for (let i: u32 = 0; i < used; i++) {
    const key = load<u64>(hashEntry(h, i));
    if (key != HOLE && (young ? isYoung(ptrOf(key)) : !isMarked(ptrOf(key)))) hashRemove(h, i);
  }
}

// Natives: helpers

// @ts-ignore: decorator
@inline function ptr(args: usize, argc: i32, i: i32): usize {
  return ptrOf(arg(args, argc, i));
}
function make(args: usize, argc: i32, kind: u8): Value {
  const proto = arg(args, argc, 0);
  return fromObject(newObjectOfKind(kind, isObject(proto) ? ptrOf(proto) : 0));
}
export function mapNew(args: usize, argc: i32): Value {
  return make(args, argc, KIND_MAP);
}
export function setNew(args: usize, argc: i32): Value {
  return make(args, argc, KIND_SET);
}
export function weakMapNew(args: usize, argc: i32): Value {
  return make(args, argc, KIND_WEAKMAP);
}
export function weakSetNew(args: usize, argc: i32): Value {
  return make(args, argc, KIND_WEAKSET);
}

// @ts-ignore: decorator
@inline function has(o: usize, key: Value): bool {
  return find(tableOf(o), normalize(key)) >= 0;
}
function get(o: usize, key: Value): Value {
  const h = tableOf(o);
  const i = find(h, normalize(key));
  return i < 0 ? UNDEFINED : load<u64>(hashEntry(h, i), 8);
}
/** Live entries of a Map or Set. */
export function collectionCount(o: usize): u32 {
  const h = tableOf(o);
  return h == 0 ? 0 : live(h);
}

export function collectionHas(args: usize, argc: i32): Value {
  return fromBool(has(ptr(args, argc, 0), arg(args, argc, 1)));
}
export function collectionGet(args: usize, argc: i32): Value {
  return get(ptr(args, argc, 0), arg(args, argc, 1));
}
export function collectionSet(args: usize, argc: i32): Value {
  const o = ptr(args, argc, 0);
  return collectionPut(o, arg(args, argc, 1), kindOf(o) == KIND_SET ? UNDEFINED : arg(args, argc, 2)) ? UNDEFINED : EXCEPTION;
}
export function collectionDelete(args: usize, argc: i32): Value {
  return fromBool(remove(ptr(args, argc, 0), arg(args, argc, 1)));
}
export function collectionClear(args: usize, argc: i32): Value {
  clear(ptr(args, argc, 0));
  return UNDEFINED;
}
export function collectionSize(args: usize, argc: i32): Value {
  return fromU32(collectionCount(ptr(args, argc, 0)));
}
export function collectionNext(args: usize, argc: i32): Value {
  const entry = nextEntry(ptr(args, argc, 0), numberOf(arg(args, argc, 1)));
  return entry == 0 ? fromInt(-1) : fromU32(entryPosition(entry));
}
export function collectionKey(args: usize, argc: i32): Value {
  const entry = nextEntry(ptr(args, argc, 0), numberOf(arg(args, argc, 1)));
  return entry == 0 ? UNDEFINED : entryKey(entry);
}
export function collectionValue(args: usize, argc: i32): Value {
  const o = ptr(args, argc, 0);
  const entry = nextEntry(o, numberOf(arg(args, argc, 1)));
  return entry == 0 ? UNDEFINED : entryValue(o, entry);
}
export function weakHas(args: usize, argc: i32): Value {
  return fromBool(has(ptr(args, argc, 0), arg(args, argc, 1)));
}
export function weakGet(args: usize, argc: i32): Value {
  return get(ptr(args, argc, 0), arg(args, argc, 1));
}
export function weakSet(args: usize, argc: i32): Value {
  return collectionPut(ptr(args, argc, 0), arg(args, argc, 1), arg(args, argc, 2)) ? UNDEFINED : EXCEPTION;
}
export function weakDelete(args: usize, argc: i32): Value {
  return fromBool(remove(ptr(args, argc, 0), arg(args, argc, 1)));
}

// Natives: methods

/** Is `this` a collection of the kind? */
// @ts-ignore: decorator
@inline function isKind(v: Value, kind: u8): bool {
  return isObject(v) && kindOf(ptrOf(v)) == kind;
}

export function mapGet(args: usize, argc: i32): Value {
  const v = thisArg(args);
  return isKind(v, KIND_MAP) ? get(ptrOf(v), arg(args, argc, 0)) : NOT_HANDLED;
}
export function mapHas(args: usize, argc: i32): Value {
  const v = thisArg(args);
  return isKind(v, KIND_MAP) ? fromBool(has(ptrOf(v), arg(args, argc, 0))) : NOT_HANDLED;
}
export function mapSet(args: usize, argc: i32): Value {
  const v = thisArg(args);
  if (!isKind(v, KIND_MAP)) return NOT_HANDLED;
  return collectionPut(ptrOf(v), arg(args, argc, 0), arg(args, argc, 1)) ? v : EXCEPTION;
}
export function mapDelete(args: usize, argc: i32): Value {
  const v = thisArg(args);
  return isKind(v, KIND_MAP) ? fromBool(remove(ptrOf(v), arg(args, argc, 0))) : NOT_HANDLED;
}
export function mapClear(args: usize, argc: i32): Value {
  const v = thisArg(args);
  if (!isKind(v, KIND_MAP)) return NOT_HANDLED;
  clear(ptrOf(v));
  return UNDEFINED;
}
export function setHas(args: usize, argc: i32): Value {
  const v = thisArg(args);
  return isKind(v, KIND_SET) ? fromBool(has(ptrOf(v), arg(args, argc, 0))) : NOT_HANDLED;
}
export function setAdd(args: usize, argc: i32): Value {
  const v = thisArg(args);
  if (!isKind(v, KIND_SET)) return NOT_HANDLED;
  return collectionPut(ptrOf(v), arg(args, argc, 0), UNDEFINED) ? v : EXCEPTION;
}
export function setDelete(args: usize, argc: i32): Value {
  const v = thisArg(args);
  return isKind(v, KIND_SET) ? fromBool(remove(ptrOf(v), arg(args, argc, 0))) : NOT_HANDLED;
}
export function setClear(args: usize, argc: i32): Value {
  const v = thisArg(args);
  if (!isKind(v, KIND_SET)) return NOT_HANDLED;
  clear(ptrOf(v));
  return UNDEFINED;
}
export function weakMapGet(args: usize, argc: i32): Value {
  const v = thisArg(args);
  return isKind(v, KIND_WEAKMAP) ? get(ptrOf(v), arg(args, argc, 0)) : NOT_HANDLED;
}
export function weakMapHas(args: usize, argc: i32): Value {
  const v = thisArg(args);
  return isKind(v, KIND_WEAKMAP) ? fromBool(has(ptrOf(v), arg(args, argc, 0))) : NOT_HANDLED;
}
export function weakMapSet(args: usize, argc: i32): Value {
  const v = thisArg(args);
  const key = arg(args, argc, 0);
  if (!isKind(v, KIND_WEAKMAP) || !isObject(key)) return NOT_HANDLED;
  return collectionPut(ptrOf(v), key, arg(args, argc, 1)) ? v : EXCEPTION;
}
export function weakMapDelete(args: usize, argc: i32): Value {
  const v = thisArg(args);
  return isKind(v, KIND_WEAKMAP) ? fromBool(remove(ptrOf(v), arg(args, argc, 0))) : NOT_HANDLED;
}
export function weakSetHas(args: usize, argc: i32): Value {
  const v = thisArg(args);
  return isKind(v, KIND_WEAKSET) ? fromBool(has(ptrOf(v), arg(args, argc, 0))) : NOT_HANDLED;
}
export function weakSetAdd(args: usize, argc: i32): Value {
  const v = thisArg(args);
  const key = arg(args, argc, 0);
  if (!isKind(v, KIND_WEAKSET) || !isObject(key)) return NOT_HANDLED;
  return collectionPut(ptrOf(v), key, UNDEFINED) ? v : EXCEPTION;
}
export function weakSetDelete(args: usize, argc: i32): Value {
  const v = thisArg(args);
  return isKind(v, KIND_WEAKSET) ? fromBool(remove(ptrOf(v), arg(args, argc, 0))) : NOT_HANDLED;
}

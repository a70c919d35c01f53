/**
 * Sorting. With a comparator the library calls it: the native keeps the state of a bottom-up merge sort in a plain array and says, step by step,
 * which two values to compare. Without one, keys are made once and sorted here.
 */
import { Value, UNDEFINED, HOLE, NOT_HANDLED, EXCEPTION, FALSE, TRUE, fromInt, fromObject, asInt, isInt, isNumber, numberOf, isObject, isString, isSymbol, ptrOf } from "../value";
import { rawAlloc, rawFree, rememberRange, storeValue } from "../heap";
import { elementsOf, newArray, appendElement } from "../object";
import { arrayLength, elementsData, ensureElements, setLengthField, isPlainArray, ELEMENTS_DATA } from "../elements";
import { compareStrings, flatten } from "../string";
import { toStringPrimitive } from "../convert";
import { throwRangeError } from "../errors";
import { arg } from "./args";

// Entries of 16 bytes: value, key (string pointer or the bits of a double).
const ENTRY: usize = 16;

/** Does entry a belong behind entry b? */
// @ts-ignore: decorator
@inline function isAfter(a: usize, b: usize, numeric: bool): bool {
  if (numeric) {
    const x = load<f64>(a, 8);
    const y = load<f64>(b, 8);
    return x > y || (x != x && y == y);
  }
  return compareStrings(load<u32>(a, 8), load<u32>(b, 8)) > 0;
}
// @ts-ignore: decorator
@inline function copyEntry(to: usize, from: usize): void {
  store<u64>(to, load<u64>(from));
  store<u64>(to, load<u64>(from, 8), 8);
}

/** Stable; entries and space hold n entries each. */
function sortEntries(entries: usize, space: usize, n: i32, numeric: bool): void {
  const run = 8;
  for (let start = 0; start < n; start += run) {
    const end = min(start + run, n);
    for (let i = start + 1; i < end; i++) {
      const entry = entries + <usize>i * ENTRY;
      if (!isAfter(entry - ENTRY, entry, numeric)) continue;
      copyEntry(space, entry);
      let to = entry;
      const first = entries + <usize>start * ENTRY;
      while (to > first && isAfter(to - ENTRY, space, numeric)) {
        copyEntry(to, to - ENTRY);
        to -= ENTRY;
      }
      copyEntry(to, space);
    }
  }
  for (let width = run; width < n; width <<= 1) {
    for (let low = 0; low + width < n; low += width << 1) {
      const middle = entries + <usize>(low + width) * ENTRY;
      const end = entries + <usize>min(low + (width << 1), n) * ENTRY;
      if (!isAfter(middle - ENTRY, middle, numeric)) continue;
      let to = entries + <usize>low * ENTRY;
      memory.copy(space, to, <usize>width * ENTRY);
      let left = space;
      const leftEnd = space + <usize>width * ENTRY;
      let right = middle;
      while (left < leftEnd && right < end) {
        if (isAfter(left, right, numeric)) {
          copyEntry(to, right);
          right += ENTRY;
        } else {
          copyEntry(to, left);
          left += ENTRY;
        }
        to += ENTRY;
      }
      if (left < leftEnd) memory.copy(to, left, leftEnd - left);
    }
  }
}

/** Sorts array by string or by number; undefined and holes to the end. */
function sortInPlace(array: usize, numeric: bool): Value {
  const length = arrayLength(array);
  if (length < 2) return UNDEFINED;
  const data = elementsData(array);
  let n = 0;
  let undefineds: u32 = 0;
  for (let i: u32 = 0; i < length; i++) {
    const v = load<u64>(data + (<usize>i << 3));
    if (numeric ? !isNumber(v) : isObject(v) || isSymbol(v)) return NOT_HANDLED;
    if (v == UNDEFINED) undefineds++;
    else if (v != HOLE) n++;
  }
  let entries: usize = 0;
  if (n < 0x3000000) entries = rawAlloc(n << 5);
  if (n > 0 && entries == 0) {
    throwRangeError("Out of memory: the heap limit is reached");
    return EXCEPTION;
  }
  let entry = entries;
  for (let i: u32 = 0; i < length; i++) {
    const v = load<u64>(data + (<usize>i << 3));
    if (v == UNDEFINED || v == HOLE) continue;
    store<u64>(entry, v);
    if (numeric) store<f64>(entry, numberOf(v), 8);
    else {
      const key = isString(v) ? ptrOf(v) : toStringPrimitive(v);
      if (key == 0) {
        rawFree(entries);
        return EXCEPTION;
      }
      store<u64>(entry, <u64>flatten(key), 8);
    }
    entry += ENTRY;
  }
  sortEntries(entries, entries + <usize>n * ENTRY, n, numeric);
  for (let i = 0; i < n; i++) store<u64>(data + (<usize>i << 3), load<u64>(entries + <usize>i * ENTRY));
  for (let i = <u32>n; i < length; i++) store<u64>(data + (<usize>i << 3), i < <u32>n + undefineds ? UNDEFINED : HOLE);
  if (length > 0) rememberRange(elementsOf(array), data, <usize>length << 3);
  rawFree(entries);
  return UNDEFINED;
}

export function sortDefault(args: usize, argc: i32): Value {
  const v = arg(args, argc, 0);
  return isPlainArray(v) ? sortInPlace(ptrOf(v), false) : NOT_HANDLED;
}
export function sortNumeric(args: usize, argc: i32): Value {
  const v = arg(args, argc, 0);
  return isPlainArray(v) ? sortInPlace(ptrOf(v), true) : NOT_HANDLED;
}

// Sorting by steps. The items are cut into chunks, each sorted by binary insertion after the run that it begins with; then chunks are merged,
// bottom up. Up to 63 items are one chunk and are compared exactly as V8's TimSort does (T. Peters), which programs with odd comparators can see.
// State: values to compare, the items, space for the left run of a merge, then integers.
const LEFT: u32 = 0;
const RIGHT: u32 = 1;
const ITEMS: u32 = 2;
const SPARE: u32 = 3;
const PHASE: u32 = 4;
const WIDTH: u32 = 5; // of a chunk; of the runs to merge
const LOW: u32 = 6; // start of the chunk or of the left run
const A: u32 = 7; // RUN: next index; INSERT: left bound; MERGE: index in the spare
const B: u32 = 8; // RUN: 1 when descending, -1 not known yet; INSERT: right bound; MERGE: index in the right run
const C: u32 = 9; // INSERT: index of the pivot; MERGE: target index
const STATE_SIZE: u32 = 10;

const BEGIN_CHUNK: i32 = 0;
const RUN: i32 = 1;
const INSERT: i32 = 2;
const CHECK: i32 = 3; // are the runs already in order?
const MERGE: i32 = 4;

// @ts-ignore: decorator
@inline function field(state: usize, i: u32): i32 {
  return asInt(load<u64>(elementsData(state) + (<usize>i << 3)));
}
// @ts-ignore: decorator
@inline function setField(state: usize, i: u32, v: i32): void {
  store<u64>(elementsData(state) + (<usize>i << 3), fromInt(v));
}
// @ts-ignore: decorator
@inline function item(array: usize, i: i32): Value {
  return load<u64>(elementsData(array) + (<usize>i << 3));
}
// @ts-ignore: decorator
@inline function setItem(array: usize, i: i32, v: Value): void {
  const e = elementsOf(array);
  storeValue(e, e + ELEMENTS_DATA + (<usize>i << 3), v);
}

/** TimSort's minimal run: n itself below 64, else 32 to 64 such that n / it is near a power of two. */
function chunkWidth(n: i32): i32 {
  let rest = 0;
  while (n >= 64) {
    rest |= n & 1;
    n >>= 1;
  }
  return n + rest;
}

export function sortStart(args: usize, argc: i32): Value {
  const items = arg(args, argc, 0);
  const n = arrayLength(ptrOf(items));
  const spare = newArray(0);
  if (n >= 64) {
    if (!ensureElements(spare, n)) return EXCEPTION;
    setLengthField(spare, n);
  }
  const state = newArray(STATE_SIZE);
  appendElement(state, UNDEFINED);
  appendElement(state, UNDEFINED);
  appendElement(state, items);
  appendElement(state, fromObject(spare));
  appendElement(state, fromInt(BEGIN_CHUNK));
  appendElement(state, fromInt(chunkWidth(<i32>n)));
  for (let i: u32 = LOW; i < STATE_SIZE; i++) appendElement(state, fromInt(0));
  return fromObject(state);
}

/** Asks for a comparison. */
function ask(state: usize, phase: i32, left: Value, right: Value): Value {
  setField(state, PHASE, phase);
  setItem(state, LEFT, left);
  setItem(state, RIGHT, right);
  return TRUE;
}

/** The run at the chunk's start ends before index `end`: turn it round when it descends, then insert what follows. */
function endRun(state: usize, items: usize, low: i32, end: i32, high: i32): Value {
  if (field(state, B) == 1) {
    let a = elementsData(items) + (<usize>low << 3);
    let b = elementsData(items) + (<usize>(end - 1) << 3);
    while (a < b) {
      const v = load<u64>(a);
      store<u64>(a, load<u64>(b));
      store<u64>(b, v);
      a += 8;
      b -= 8;
    }
    rememberRange(elementsOf(items), elementsData(items) + (<usize>low << 3), <usize>(end - low) << 3);
  }
  return insertNext(state, items, low, end, high);
}
/** Begins the insertion of the item at `pivot`, or the next chunk. */
function insertNext(state: usize, items: usize, low: i32, pivot: i32, high: i32): Value {
  if (pivot >= high) {
    setField(state, LOW, high);
    return beginChunk(state, items);
  }
  setField(state, A, low);
  setField(state, B, pivot);
  setField(state, C, pivot);
  return ask(state, INSERT, item(items, pivot), item(items, low + ((pivot - low) >> 1)));
}
function beginChunk(state: usize, items: usize): Value {
  const n = <i32>arrayLength(items);
  const width = field(state, WIDTH);
  let low = field(state, LOW);
  if (low + 1 < n && width > 1) {
    setField(state, A, low + 2);
    setField(state, B, -1);
    return ask(state, RUN, item(items, low + 1), item(items, low));
  }
  setField(state, LOW, 0);
  return nextMerge(state, items, 0, width);
}
function nextMerge(state: usize, items: usize, low: i32, width: i32): Value {
  const n = <i32>arrayLength(items);
  while (low + width >= n) {
    low = 0;
    width <<= 1;
    if (width >= n) return FALSE;
  }
  setField(state, WIDTH, width);
  setField(state, LOW, low);
  return ask(state, CHECK, item(items, low + width), item(items, low + width - 1));
}

export function sortStep(args: usize, argc: i32): Value {
  const state = ptrOf(arg(args, argc, 0));
  const answer = arg(args, argc, 1);
  /** Does the first value of the question come before the second? */
  const before = isInt(answer) ? asInt(answer) < 0 : numberOf(answer) < 0;
  const items = ptrOf(item(state, ITEMS));
  const n = <i32>arrayLength(items);
  const width = field(state, WIDTH);
  const low = field(state, LOW);
  switch (field(state, PHASE)) {
    case BEGIN_CHUNK:
      return beginChunk(state, items);
    case RUN: {
      const high = min(low + width, n);
      const next = field(state, A);
      const known = field(state, B);
      if (known < 0) setField(state, B, before ? 1 : 0);
      else if (before != (known == 1)) return endRun(state, items, low, next - 1, high);
      if (next >= high) return endRun(state, items, low, next, high);
      setField(state, A, next + 1);
      return ask(state, RUN, item(items, next), item(items, next - 1));
    }
    case INSERT: {
      let left = field(state, A);
      let right = field(state, B);
      const pivot = field(state, C);
      const middle = left + ((right - left) >> 1);
      if (before) right = middle;
      else left = middle + 1;
      if (left < right) {
        setField(state, A, left);
        setField(state, B, right);
        return ask(state, INSERT, item(items, pivot), item(items, left + ((right - left) >> 1)));
      }
      const v = item(items, pivot);
      const at = elementsData(items) + (<usize>left << 3);
      memory.copy(at + 8, at, <usize>(pivot - left) << 3);
      store<u64>(at, v);
      rememberRange(elementsOf(items), at, <usize>(pivot - left + 1) << 3);
      return insertNext(state, items, low, pivot + 1, min(low + width, n));
    }
    case CHECK: {
      if (!before) return nextMerge(state, items, low + (width << 1), width);
      // The runs overlap: copy the left one away and merge back.
      const spare = ptrOf(item(state, SPARE));
      memory.copy(elementsData(spare), elementsData(items) + (<usize>low << 3), <usize>width << 3);
      rememberRange(elementsOf(spare), elementsData(spare), <usize>width << 3);
      setField(state, A, 0);
      setField(state, B, low + width);
      setField(state, C, low);
      return ask(state, MERGE, item(items, low + width), item(spare, 0));
    }
    default: {
      const spare = ptrOf(item(state, SPARE));
      let left = field(state, A);
      let right = field(state, B);
      const to = field(state, C);
      const end = min(low + (width << 1), n);
      setItem(items, to, before ? item(items, right++) : item(spare, left++));
      if (left < width && right < end) {
        setField(state, A, left);
        setField(state, B, right);
        setField(state, C, to + 1);
        return ask(state, MERGE, item(items, right), item(spare, left));
      }
      if (left < width) {
        memory.copy(elementsData(items) + (<usize>(to + 1) << 3), elementsData(spare) + (<usize>left << 3), <usize>(width - left) << 3);
        rememberRange(elementsOf(items), elementsData(items) + (<usize>(to + 1) << 3), <usize>(width - left) << 3);
      }
      return nextMerge(state, items, low + (width << 1), width);
    }
  }
}

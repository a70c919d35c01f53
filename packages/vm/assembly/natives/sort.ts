/**
 * Sorting. With a comparator the library calls it: the native keeps the state of a bottom-up merge sort in a plain array and says, step by step,
 * which two values to compare. Without one, keys are made once and sorted here.
 */
import { Value, UNDEFINED, HOLE, NOT_HANDLED, EXCEPTION, FALSE, TRUE, fromInt, fromObject, asInt, isInt, isNumber, numberOf, isObject, isString, isSymbol, ptrOf } from "../value";
import { rawAlloc, rawFree, remember, storeValue } from "../heap";
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

// Merge sort by steps. State: values to compare, then the items and a copy of the left run, then integers.
const LEFT: u32 = 0;
const RIGHT: u32 = 1;
const ITEMS: u32 = 2;
const SPARE: u32 = 3;
const PHASE: u32 = 4; // 0 begin a merge, 1 are the runs already in order?, 2 merging
const WIDTH: u32 = 5;
const LOW: u32 = 6;
const FROM_LEFT: u32 = 7; // index in the spare
const FROM_RIGHT: u32 = 8; // index in the items
const TO: u32 = 9;
const STATE_SIZE: u32 = 10;

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

export function sortStart(args: usize, argc: i32): Value {
  const items = arg(args, argc, 0);
  const n = arrayLength(ptrOf(items));
  const spare = newArray(0);
  if (n > 1 && !ensureElements(spare, n)) return EXCEPTION;
  setLengthField(spare, n);
  const state = newArray(STATE_SIZE);
  appendElement(state, UNDEFINED);
  appendElement(state, UNDEFINED);
  appendElement(state, items);
  appendElement(state, fromObject(spare));
  appendElement(state, fromInt(0));
  appendElement(state, fromInt(1));
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

export function sortStep(args: usize, argc: i32): Value {
  const state = ptrOf(arg(args, argc, 0));
  const answer = arg(args, argc, 1);
  const rightFirst = isInt(answer) ? asInt(answer) > 0 : numberOf(answer) > 0;
  const items = ptrOf(item(state, ITEMS));
  const spare = ptrOf(item(state, SPARE));
  const n = <i32>arrayLength(items);
  let width = field(state, WIDTH);
  let low = field(state, LOW);
  const phase = field(state, PHASE);
  if (phase == 1 && rightFirst) {
    // The runs overlap: copy the left one away and merge back.
    memory.copy(elementsData(spare), elementsData(items) + (<usize>low << 3), <usize>width << 3);
    remember(elementsOf(spare));
    setField(state, FROM_LEFT, 0);
    setField(state, FROM_RIGHT, low + width);
    setField(state, TO, low);
    return ask(state, 2, item(spare, 0), item(items, low + width));
  }
  if (phase == 2) {
    let left = field(state, FROM_LEFT);
    let right = field(state, FROM_RIGHT);
    const to = field(state, TO);
    const end = min(low + (width << 1), n);
    setItem(items, to, rightFirst ? item(items, right++) : item(spare, left++));
    if (left < width && right < end) {
      setField(state, FROM_LEFT, left);
      setField(state, FROM_RIGHT, right);
      setField(state, TO, to + 1);
      return ask(state, 2, item(spare, left), item(items, right));
    }
    if (left < width) {
      memory.copy(elementsData(items) + (<usize>(to + 1) << 3), elementsData(spare) + (<usize>left << 3), <usize>(width - left) << 3);
      remember(elementsOf(items));
    }
  }
  if (phase != 0) low += width << 1;
  // Next pair of runs.
  while (low + width >= n) {
    low = 0;
    width <<= 1;
    if (width >= n) return FALSE;
  }
  setField(state, WIDTH, width);
  setField(state, LOW, low);
  return ask(state, 1, item(items, low + width - 1), item(items, low + width));
}

/**
 * JSON.parse without reviver: one pass over the text, without native recursion. The values of an open array, and the keys and values of most open objects, lie on a
 * stack until it closes, when it is made with its final shape and size. Where objects of one shape come again and again, as in the elements of an array, the next
 * one is made of that shape when it opens: each key is compared with the bytes that are expected there, and each value goes right into its slot. When it turns out
 * to be another, what it has so far goes onto the stack. Nothing is collected meanwhile, and no program sees an object before the text is at its end.
 */
import { Value, NULL, TRUE, FALSE, EXCEPTION, fromInt, fromObject, ptrOf } from "../value";
import { KIND_ARRAY, KIND_ELEMENTS, KIND_OBJECT } from "../generated/kinds";
import { allocate, allocateShort, checkHeapLimit, heapBytes, rawAlloc, rawFree, rawSize, remember } from "../heap";
import { HEADER, charAt, flatten, keyHash, strLength } from "../string";
import { keyOfString, newArray, newObjectOfShape, newPlainObject, elementsOf, rootShape, setIndex, setOwn, slotAddress } from "../object";
import { elementsData, ensureElements, setLengthField } from "../elements";
import { entryKey, lookup, shapeAdding, shapeCount, shapeInlineCap, shapeInlineStart, shapeProto, shapeTable, ATTRS_DATA, TABLE_ENTRIES } from "../shape";
import { arrayShape, burn, emptyObjectShape, heapCap, keyIndex } from "../state";
import { throwRangeError } from "../errors";
import { isPlainKey, sameBytes, specialBytes } from "./json-bytes";
import { fail, failAfter, roomOfString, setBytes, setString, textData, textLength, tokenEnd, unexpected } from "./json-text";
import { forgetKeys, makeString, parseLiteral, parseNumber, parseString } from "./json-tokens";
import { scratchEnd } from "./scratch";

// The stack: first the scratch region, then raw memory that doubles.
const STATE: usize = memory.data(12, 4);
const STACK: usize = 0; // base
const LIMIT: usize = 4; // end, less ROOM
const BLOCK: usize = 8; // the raw memory, or 0
/** What is pushed between two looks at the limit is less. */
const ROOM: u32 = 1024;

/** What comes next goes onto the stack: the elements of an array (or the text's one value), or an object's keys and values in turn. Any greater number is the shape of an object under construction. */
const ARRAY: usize = 1, PAIRS: usize = 2;
/** Record of an open container, on the stack before its values: +0 the enclosing one's record, +4 where its values go on, +8 ARRAY, PAIRS or shape, +12 place, +16 end of the slots, +20 property table's entries less slots. */
const RECORD: usize = 24;

/**
 * Shapes of objects by their place in the text: whatever encloses them in the same way has the same number. A shape with KNOWN was seen twice, is of objects with all
 * slots inside, and has keys that can be compared byte by byte with the text.
 */
const PLACES: usize = memory.data(256, 8);
const KNOWN: u32 = 1;
const GOLDEN: u32 = 0x9e37_79b1;
/** Objects of more properties are not made before they close, nor those with longer keys. */
const MAX_KNOWN: u32 = 32, MAX_KEY: i32 = 128;

// @ts-ignore: decorator
@inline function get(field: usize): u32 {
  return load<u32>(STATE + field);
}
// @ts-ignore: decorator
@inline function set(field: usize, v: u32): void {
  store<u32>(STATE + field, v);
}

/** makeRoom's answer when there is none: a RangeError is pending. */
const FAILED: usize = 1;
/** Is there room for more on the stack, and in the heap? The stack's top is `top`, the innermost open container's record `record`. By how much the stack was moved. */
// @ts-ignore: decorator
@inline function makeRoom(record: usize, top: usize): usize {
  if (!checkHeapLimit()) return FAILED;
  return top <= <usize>get(LIMIT) ? 0 : growStack(record, top);
}
function growStack(record: usize, top: usize): usize {
  const base = <usize>get(STACK);
  const used = top - base;
  const size = max<u32>(<u32>used << 1, 1 << 16);
  const block = size <= 0x20000000 ? rawAlloc(<i32>size) : 0;
  if (block == 0) {
    throwRangeError("Out of memory: the heap limit is reached");
    return FAILED;
  }
  memory.copy(block, base, used);
  const moved = block - base;
  for (let r = record; r != 0; ) {
    const outer = <usize>load<u32>(r), values = <usize>load<u32>(r, 4), at = r + moved;
    if (outer != 0) store<u32>(at, <u32>(outer + moved));
    if (values - base <= used) store<u32>(at, <u32>(values + moved), 4);
    r = outer;
  }
  if (get(BLOCK) != 0) rawFree(get(BLOCK));
  set(BLOCK, <u32>block);
  set(STACK, <u32>block);
  set(LIMIT, <u32>block + rawSize(block) - ROOM);
  return moved;
}

/** The array of the values in [from, to). */
function closeArray(from: usize, to: usize): Value {
  const count = <u32>((to - from) >>> 3);
  const array = allocateShort(24, KIND_ARRAY);
  store<u32>(array, <u32>arrayShape(), 4);
  if (count <= 64) {
    const bytes = <i32>(8 + (count << 3)), elements = count <= 7 ? allocateShort(bytes, KIND_ELEMENTS) : allocate(bytes, KIND_ELEMENTS);
    store<u32>(elements, count, 4);
    for (let i: usize = 0; i < <usize>count << 3; i += 8) store<u64>(elements + i, load<u64>(from + i), 8);
    store<u32>(array, <u32>elements, 12);
  } else {
    if (!ensureElements(array, count)) return EXCEPTION;
    memory.copy(elementsData(array), from, <usize>count << 3);
    remember(elementsOf(array));
  }
  setLengthField(array, count);
  return fromObject(array);
}

/** Are these the keys of the pairs at `from`, in this order, and no others? */
function hasKeys(shape: usize, from: usize, count: u32): bool {
  if (shapeCount(shape) != count) return false;
  const table = shapeTable(shape);
  for (let i: u32 = 0; i < count; i++) if (entryKey(table, i) != <usize>load<u32>(from + (<usize>i << 4))) return false;
  return true;
}

/** The shape of an object with these pairs; 0 when it has array indices, a key twice or very many, or needs a dictionary. Up to MAX_KNOWN slots are all inside. */
function shapeOfPairs(from: usize, count: u32): usize {
  let shape = emptyObjectShape();
  if (count > shapeInlineCap(shape) && count <= MAX_KNOWN) shape = rootShape(shapeProto(shape), KIND_OBJECT, count);
  for (let i: u32 = 0; i < count && shape != 0; i++) {
    const s = <usize>load<u32>(from + (<usize>i << 4));
    const c = strLength(s) == 0 ? 0 : charAt(s, 0);
    if ((c - 48 < 10 && keyOfString(s) == 0) || lookup(shape, s) >= 0) return 0;
    shape = shapeAdding(shape, s, ATTRS_DATA);
  }
  return shape;
}

/** KNOWN when objects of this shape can be made before they close. */
function knowing(shape: usize): u32 {
  const count = shapeCount(shape), table = shapeTable(shape);
  if (count > MAX_KNOWN) return 0;
  for (let i: u32 = 0; i < count; i++) if (strLength(entryKey(table, i)) > MAX_KEY || !isPlainKey(entryKey(table, i))) return 0;
  return KNOWN;
}

/** The object of the pairs in [from, to); `expected`: where the shape of such objects is remembered. */
function closePairs(from: usize, to: usize, expected: usize): Value {
  const count = <u32>((to - from) >>> 4);
  let shape = <usize>(load<u32>(expected) & ~KNOWN);
  if (shape != 0 && hasKeys(shape, from, count)) {
    // A second one: more may come.
    store<u32>(expected, <u32>shape | knowing(shape));
  } else {
    shape = shapeOfPairs(from, count);
    if (shape == 0) return closeSlowly(from, count);
    store<u32>(expected, <u32>shape);
  }
  const o = newObjectOfShape(shape);
  for (let i: u32 = 0; i < count; i++) store<u64>(slotAddress(o, shape, i), load<u64>(from + (<usize>i << 4), 8));
  return fromObject(o);
}
function closeSlowly(from: usize, count: u32): Value {
  const o = newPlainObject();
  for (let i: u32 = 0; i < count; i++) {
    const key = keyOfString(<usize>load<u32>(from + (<usize>i << 4)));
    const v = load<u64>(from + (<usize>i << 4), 8);
    if (key != 0) setOwn(o, key, v);
    else if (!setIndex(o, keyIndex(), v)) return EXCEPTION;
  }
  return fromObject(o);
}

/** An object of a KNOWN shape, its slots to be filled. */
// @ts-ignore: decorator
@inline function newKnown(shape: usize): usize {
  const cap = shapeInlineCap(shape);
  if (shapeCount(shape) != cap) return newObjectOfShape(shape);
  const o = allocate(<i32>(shapeInlineStart(shape) + (cap << 3)), KIND_OBJECT);
  store<u32>(o, <u32>shape, 4);
  return o;
}

/** The object under construction is another one than expected: its first properties, up to the slot `sink`, become pairs. Returns their end. */
function unexpectedObject(record: usize, sink: usize): usize {
  const entries = <usize>load<u32>(record, 20), shape = <usize>load<u32>(record, 8);
  let pair = record + RECORD;
  for (let slot = <usize>load<u32>(record, 16) - (<usize>shapeCount(shape) << 3); slot < sink; slot += 8, pair += 16) {
    store<u64>(pair, <u64>load<u32>(slot + entries));
    store<u64>(pair, load<u64>(slot), 8);
  }
  store<u32>(record, <u32>PAIRS, 8);
  return pair;
}

/** Are the `count` bytes, 1 or more, the same? Some bytes behind them can be read. */
// @ts-ignore: decorator
@inline function isSame(a: usize, b: usize, count: i32): bool {
  return count <= 8 ? (load<u64>(a) ^ load<u64>(b)) << <u64>(64 - (count << 3)) == 0 : sameBytes(a, b, count);
}

/** The first byte from p on that is no white space. */
// @ts-ignore: decorator
@inline function skipSpace(p: usize, end: usize): usize {
  return p < end && load<u8>(p) > 32 ? p : skipSpaces(p, end);
}
// @ts-ignore: decorator
@noinline function skipSpaces(p: usize, end: usize): usize {
  while (p < end) {
    const c = <u32>load<u8>(p);
    if (c != 32 && c != 10 && c != 13 && c != 9) break;
    p++;
    // Indentation.
    while (p + 8 <= end && load<u64>(p) == 0x2020_2020_2020_2020) p += 8;
  }
  return p;
}

function parse(): Value {
  const data = textData();
  const end = data + <usize>textLength();
  let p = data;
  // The innermost open container: its record (0: none), where its next value goes, and a copy of the rest.
  let record: usize = 0;
  let sink = <usize>get(STACK);
  let mode = ARRAY;
  let place: u32 = 0;
  let slotsEnd: usize = 0;
  let entries: usize = 0;
  while (true) {
    if (mode != ARRAY) {
      // p is at the quote of a key.
      let isExpected = false;
      if (mode != PAIRS) {
        if (sink < slotsEnd) {
          // With its quote and colon.
          const key = <usize>load<u32>(sink + entries), count = strLength(key), after = p + 1 + <usize>count;
          if (after + 8 <= end && load<u16>(after) == 0x3a22 && isSame(key + HEADER, p + 1, count)) {
            p = after + 2;
            isExpected = true;
          }
        }
        if (!isExpected) {
          sink = unexpectedObject(record, sink);
          mode = PAIRS;
        }
      }
      if (!isExpected) {
        const key = parseString(<i32>(p - data) + 1, true);
        if (key == EXCEPTION) return EXCEPTION;
        store<u64>(sink, <u64>ptrOf(key));
        sink += 8;
        p = skipSpace(data + <usize>tokenEnd(), end);
        if (p >= end || <u32>load<u8>(p) != 58) return fail("Expected ':' after property name", <i32>(p - data));
        p++;
      }
    }

    // A value.
    let v: Value;
    p = skipSpace(p, end);
    if (p >= end) return unexpected(<i32>(p - data));
    const c = <u32>load<u8>(p);
    if (c == 34) {
      const start = p + 1;
      let q = start;
      let special: u64 = 0;
      while (q + 8 <= end && (special = specialBytes(load<u64>(q))) == 0) q += 8;
      q += <usize>ctz(special) >>> 3;
      if (special != 0 && load<u8>(q) == 34) {
        v = makeString(start, <i32>(q - start));
        p = q + 1;
      } else {
        v = parseString(<i32>(start - data), false);
        p = data + <usize>tokenEnd();
      }
      if (v == EXCEPTION) return EXCEPTION;
    } else if (c == 123 || c == 91) {
      const isObject = c == 123;
      p = skipSpace(p + 1, end);
      const first = p < end ? <u32>load<u8>(p) : 0;
      if (first == c + 2) {
        if (!checkHeapLimit()) return EXCEPTION;
        v = fromObject(isObject ? newPlainObject() : newArray(0));
        p++;
      } else {
        if (isObject && first != 34) return fail("Expected property name or '}'", <i32>(p - data));
        const step: u32 = mode == ARRAY ? 1 : keyHash(load<u32>(mode == PAIRS ? sink - 8 : sink + entries));
        place = (place + step) * GOLDEN;
        const moved = makeRoom(record, mode > PAIRS ? record + RECORD : sink);
        if (moved == FAILED) return EXCEPTION;
        if (mode <= PAIRS) sink += moved;
        const outer = record == 0 ? record : record + moved;
        record = mode > PAIRS ? outer + RECORD : sink;
        store<u32>(record, <u32>outer);
        store<u32>(record, <u32>sink, 4);
        mode = ARRAY;
        sink = record + RECORD;
        if (isObject) {
          mode = PAIRS;
          const expected = load<u32>(PLACES + (<usize>(place >>> 26) << 2));
          if (expected & KNOWN) {
            mode = <usize>(expected & ~KNOWN);
            sink = newKnown(mode) + shapeInlineStart(mode);
            slotsEnd = sink + (<usize>shapeCount(mode) << 3);
            entries = shapeTable(mode) + TABLE_ENTRIES - sink;
            store<u32>(record, <u32>slotsEnd, 16);
            store<u32>(record, <u32>entries, 20);
          }
        }
        store<u32>(record, <u32>mode, 8);
        store<u32>(record, place, 12);
        continue;
      }
    } else if (c - 48 < 10 || c == 45) {
      // Few digits, and nothing more.
      let q = p + 1;
      let n = c - 48, after: u32 = 0;
      while (q < end && (after = <u32>load<u8>(q)) - 48 < 10) {
        n = n * 10 + (after - 48);
        q++;
      }
      if (q < end && (c > 48 ? q - p <= 9 : c == 48 && q == p + 1) && after != 46 && (after | 32) != 101) {
        v = fromInt(n);
        p = q;
      } else {
        v = parseNumber(<i32>(p - data));
        if (v == EXCEPTION) return EXCEPTION;
        p = data + <usize>tokenEnd();
      }
    } else if (c == 116 && p + 4 <= end && load<u32>(p) == 0x6575_7274) {
      v = TRUE;
      p += 4;
    } else if (c == 102 && p + 5 <= end && load<u32>(p, 1) == 0x6573_6c61) {
      v = FALSE;
      p += 5;
    } else {
      const i = <i32>(p - data);
      v = c == 116 ? parseLiteral("true", TRUE, i) : c == 102 ? parseLiteral("false", FALSE, i) : c == 110 ? parseLiteral("null", NULL, i) : unexpected(i);
      if (v == EXCEPTION) return EXCEPTION;
      p = data + <usize>tokenEnd();
    }

    // What follows it: a comma, or ends of containers.
    while (true) {
      p = skipSpace(p, end);
      const next = p < end ? <u32>load<u8>(p) : 0;
      if (record == 0) return p < end ? failAfter(<i32>(p - data)) : v;
      store<u64>(sink, v);
      sink += 8;
      if (next == 44) {
        p++;
        if (mode != ARRAY) {
          p = skipSpace(p, end);
          if (p >= end || <u32>load<u8>(p) != 34) return fail("Expected double-quoted property name", <i32>(p - data));
        }
        // Now and then; not within an object whose slots are filled.
        if ((sink & 48) == 0 && mode <= PAIRS) {
          const moved = makeRoom(record, sink);
          if (moved == FAILED) return EXCEPTION;
          record += moved;
          sink += moved;
        }
        break;
      }
      if (mode == ARRAY) {
        if (next != 93) return fail("Expected ',' or ']' after array element", <i32>(p - data));
        v = closeArray(record + RECORD, sink);
      } else {
        if (next != 125) return fail("Expected ',' or '}' after property value", <i32>(p - data));
        if (mode != PAIRS && sink == slotsEnd) {
          v = fromObject(slotsEnd - (<usize>shapeCount(mode) << 3) - shapeInlineStart(mode));
        } else {
          if (mode != PAIRS) sink = unexpectedObject(record, sink);
          v = closePairs(record + RECORD, sink, PLACES + (<usize>(place >>> 26) << 2));
        }
      }
      if (v == EXCEPTION) return EXCEPTION;
      p++;
      sink = load<u32>(record, 4);
      record = load<u32>(record);
      if (record != 0) {
        mode = load<u32>(record, 8);
        place = load<u32>(record, 12);
        slotsEnd = load<u32>(record, 16);
        entries = load<u32>(record, 20);
      } else {
        mode = ARRAY;
        place = 0;
      }
    }
  }
}

/** Parse the text that was set. scratch: free memory up to scratchEnd(). */
function parseText(scratch: usize): Value {
  set(STACK, <u32>scratch);
  set(LIMIT, <u32>scratchEnd() - ROOM);
  set(BLOCK, 0);
  memory.fill(PLACES, 0, 256);
  forgetKeys();
  burn(textLength());
  const v = parse();
  if (get(BLOCK) != 0) rawFree(get(BLOCK));
  return v;
}

/** The value of a JSON text, or EXCEPTION. scratch: free memory up to scratchEnd(). */
export function parseJson(s: usize, scratch: usize): Value {
  flatten(s);
  const room = <usize>roomOfString(s), inScratch = scratch + (room << 1) <= scratchEnd();
  const at = inScratch ? scratch : <u64>heapBytes() + room <= <u64>heapCap() ? rawAlloc(<i32>room) : 0;
  if (at == 0) return throwRangeError("Out of memory: the heap limit is reached");
  setString(s, at);
  const v = parseText(inScratch ? (at + room + 7) & ~7 : scratch);
  if (!inScratch) rawFree(at);
  return v;
}
/** The same of UTF-8 that is no string. */
export function parseJsonBytes(data: usize, length: i32, scratch: usize): Value {
  setBytes(data, length);
  return parseText(scratch);
}

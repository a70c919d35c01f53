/** Unicode properties and case relations for the compiler of regular expressions. */
import { Value, UNDEFINED, EXCEPTION, fromBool, fromInt, fromObject, isTrue, ptrOf } from "../../value";
import { arg } from "../args";
import { charAt, flatten, strLength } from "../../string";
import { newArray, appendElement, arrayLength, elementsData } from "../../object";
import { throwRangeError } from "../../errors";
import { canonicalize, closeAscii, closeCase, isIdPart, isIdStart, readVarint, varintSize, MAX_CASE_PAIRS } from "../casemap";
import { clampInt } from "../number";
import { scratchEnd, scratchStart } from "../scratch";
import { PROPERTY_COUNT, PROPERTY_NAMES, PROPERTY_OFFSETS, PROPERTY_SETS } from "../tables/properties";

/** Offset in PROPERTY_SETS of table letter + name, where name is units [from, to) of a flat string; -1 when unknown. */
function findProperty(letter: u32, s: usize, from: i32, to: i32): i32 {
  let p = PROPERTY_NAMES;
  for (let i = 0; i < PROPERTY_COUNT; i++) {
    if (<u32>load<u8>(p) == letter) {
      let j = 0;
      const n = to - from;
      while (j < n && <u32>load<u8>(p + 2 + <usize>j) == charAt(s, from + j)) j++;
      if (j == n && load<u8>(p + 2 + <usize>n) == 0) return load<i32>(PROPERTY_OFFSETS + (<usize>i << 2));
    }
    while (load<u8>(p++) != 0) {}
  }
  return -1;
}

function nameIs(s: usize, length: i32, text: string): bool {
  if (length != text.length) return false;
  const data = changetype<usize>(text);
  for (let i = 0; i < length; i++) if (charAt(s, i) != <u32>load<u16>(data + (<usize>i << 1))) return false;
  return true;
}

/** Offset of the set that a \p{...} expression names, or -1. */
export function propertySet(s: usize): i32 {
  s = flatten(s);
  const length = strLength(s);
  let equals = 0;
  while (equals < length && charAt(s, equals) != 61) equals++;
  if (equals == length) {
    const category = findProperty(103, s, 0, length);
    return category >= 0 ? category : findProperty(98, s, 0, length);
  }
  if (nameIs(s, equals, "General_Category") || nameIs(s, equals, "gc")) return findProperty(103, s, equals + 1, length);
  if (nameIs(s, equals, "Script") || nameIs(s, equals, "sc")) return findProperty(115, s, equals + 1, length);
  if (nameIs(s, equals, "Script_Extensions") || nameIs(s, equals, "scx")) return findProperty(120, s, equals + 1, length);
  return -1;
}

export function unicodeProperty(args: usize, argc: i32): Value {
  const offset = propertySet(ptrOf(arg(args, argc, 0)));
  if (offset < 0) return UNDEFINED;
  let p = PROPERTY_SETS + <usize>offset;
  const count = <i32>readVarint(p);
  p += varintSize(p);
  const array = newArray(count);
  let at = 0;
  for (let i = 0; i < count; i++) {
    at += <i32>readVarint(p);
    p += varintSize(p);
    appendElement(array, fromInt(i & 1 ? at - 1 : at));
  }
  return fromObject(array);
}

export function unicodeCaseClose(args: usize, argc: i32): Value {
  const input = ptrOf(arg(args, argc, 0));
  const unicode = isTrue(arg(args, argc, 1));
  const length = <i32>arrayLength(input);
  const pairs = scratchStart(args, argc);
  if (pairs + (<usize>(length + MAX_CASE_PAIRS) << 3) > scratchEnd()) {
    throwRangeError("Maximum call stack size exceeded");
    return EXCEPTION;
  }
  let last: u32 = 0;
  for (let i = 0; i < length; i++) {
    last = <u32>clampInt(load<u64>(elementsData(input) + (<usize>i << 3)), 0, 0x10ffff);
    store<u32>(pairs + (<usize>i << 2), last);
  }
  const count = last < 128 ? closeAscii(pairs, length >>> 1, unicode) : closeCase(pairs, length >>> 1, unicode);
  const array = newArray(count << 1);
  for (let i = 0; i < count << 1; i++) appendElement(array, fromInt(load<i32>(pairs + (<usize>i << 2))));
  return fromObject(array);
}

function point(args: usize, argc: i32): u32 {
  return <u32>clampInt(arg(args, argc, 0), 0, 0x10ffff);
}
export function unicodeCanonicalize(args: usize, argc: i32): Value {
  return fromInt(canonicalize(point(args, argc), isTrue(arg(args, argc, 1))));
}
export function unicodeIsIdStart(args: usize, argc: i32): Value {
  return fromBool(isIdStart(point(args, argc)));
}
export function unicodeIsIdPart(args: usize, argc: i32): Value {
  return fromBool(isIdPart(point(args, argc)));
}

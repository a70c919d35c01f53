/** Unicode properties and case relations for the compiler of regular expressions. */
import { Value, UNDEFINED, EXCEPTION, fromBool, fromInt, fromObject, fromString, isTrue, ptrOf } from "../../value";
import { arg } from "../args";
import { charAt, flatten, strLength } from "../../string";
import { newArray, appendElement, arrayLength, elementsData } from "../../object";
import { sbFinish, sbPush16, sbPushCodePoint, sbReset } from "../../stringbuilder";
import { throwRangeError } from "../../errors";
import { canonicalize, closeAscii, closeCase, inSet, isIdPart, isIdStart, readVarint, varintSize, MAX_CASE_PAIRS } from "../casemap";
import { clampInt } from "../number";
import { scratchEnd, scratchStart } from "../scratch";
import { FLAGS, JOINED, JOINED_ALPHABET, JOINED_END } from "../tables/emoji";
import { PROPERTY_COUNT, PROPERTY_NAMES, PROPERTY_OFFSETS, PROPERTY_SETS, SCRIPT_COUNT, SET_EMOJI, SET_EMOJI_MODIFIER_BASE, SET_EMOJI_PRESENTATION } from "../tables/properties";

/** Offset in PROPERTY_SETS of table letter + name, where name is units [from, to) of a flat string, `shift` places on; -1 when unknown. */
function findProperty(letter: u32, s: usize, from: i32, to: i32, shift: i32 = 0): i32 {
  let p = PROPERTY_NAMES;
  for (let i = 0; i < PROPERTY_COUNT; i++) {
    if (<u32>load<u8>(p) == letter) {
      let j = 0;
      const n = to - from;
      while (j < n && <u32>load<u8>(p + 2 + <usize>j) == charAt(s, from + j)) j++;
      if (j == n && load<u8>(p + 2 + <usize>n) == 0) return load<i32>(PROPERTY_OFFSETS + (<usize>(i + shift) << 2));
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
  if (nameIs(s, equals, "Script_Extensions") || nameIs(s, equals, "scx")) return findProperty(115, s, equals + 1, length, SCRIPT_COUNT);
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

// Properties of strings (22.2.1, table 69). Most follow from properties of code points; scripts/tables/emoji.ts checks that they do.

const STRINGS_BASIC: i32 = 1, STRINGS_KEYCAP: i32 = 2, STRINGS_MODIFIER: i32 = 4, STRINGS_FLAG: i32 = 8, STRINGS_TAG: i32 = 16, STRINGS_JOINED: i32 = 32, STRINGS_ALL: i32 = 63;

function stringProperty(s: usize): i32 {
  const n = strLength(s);
  if (nameIs(s, n, "RGI_Emoji")) return STRINGS_ALL;
  if (nameIs(s, n, "Basic_Emoji")) return STRINGS_BASIC;
  if (nameIs(s, n, "Emoji_Keycap_Sequence")) return STRINGS_KEYCAP;
  if (nameIs(s, n, "RGI_Modifier_Sequence") || nameIs(s, n, "RGI_Emoji_Modifier_Sequence")) return STRINGS_MODIFIER;
  if (nameIs(s, n, "RGI_Emoji_Flag_Sequence")) return STRINGS_FLAG;
  if (nameIs(s, n, "RGI_Emoji_Tag_Sequence")) return STRINGS_TAG;
  return nameIs(s, n, "RGI_Emoji_ZWJ_Sequence") ? STRINGS_JOINED : 0;
}

/** The string built becomes the next of a list. */
function addString(list: usize): void {
  appendElement(list, fromString(sbFinish()));
  sbReset();
}
/** A code point and its modifier or presentation selector. */
function addPair(list: usize, code: u32, after: u32): void {
  sbPushCodePoint(code);
  sbPushCodePoint(after);
  addString(list);
}
/** One ZWJ sequence with tones (0 none, 1-5) on its first and last part. */
function addJoined(list: usize, p: usize, length: i32, first: i32, last: i32): void {
  for (let i = 0; i < length; i++) {
    const entry = <u32>load<u8>(p + <usize>i);
    const code = <u32>load<u16>(JOINED_ALPHABET + <usize>((entry & 127) << 1));
    const tone = i == 0 ? first : i == length - 1 ? last : 0;
    if (i > 0) sbPush16(0x200d);
    sbPushCodePoint(code < 0xf000 ? code : code + 0x10000);
    if (tone > 0) sbPushCodePoint(0x1f3fa + tone);
    else if (entry & 128) sbPush16(0xfe0f);
  }
  addString(list);
}
function addAllJoined(list: usize): void {
  for (let p = JOINED; p < JOINED_END;) {
    const kind = load<u8>(p) & 3;
    const length = <i32>(load<u8>(p) >>> 2);
    p++;
    if (kind != 2) addJoined(list, p, length, 0, 0);
    for (let first = 1; first <= 5 && kind > 0; first++) {
      if (kind == 1) addJoined(list, p, length, first, 0);
      else for (let last = 1; last <= 5; last++) if (kind == 3 || first != last) addJoined(list, p, length, first, last);
    }
    p += length;
  }
}

export function unicodeStringProperty(args: usize, argc: i32): Value {
  const which = stringProperty(flatten(ptrOf(arg(args, argc, 0))));
  if (which == 0) return UNDEFINED;
  const list = newArray(0);
  sbReset();
  let p = PROPERTY_SETS + <usize>SET_EMOJI;
  const count = readVarint(p);
  p += varintSize(p);
  let c: u32 = 0;
  for (let i: u32 = 0; i < count; i++) {
    const end = c + readVarint(p);
    p += varintSize(p);
    for (; i & 1 && c < end; c++) {
      if (c - 0x1f1e6 < 26) continue; // regional indicators
      if (c < 128) {
        // The digits, # and *.
        if (!(which & STRINGS_KEYCAP)) continue;
        sbPushCodePoint(c);
        addPair(list, 0xfe0f, 0x20e3);
        continue;
      }
      if (which & STRINGS_BASIC) {
        sbPushCodePoint(c);
        if (!inSet(SET_EMOJI_PRESENTATION, c)) sbPush16(0xfe0f);
        addString(list);
      }
      if (which & STRINGS_MODIFIER && c != 0x1f46a && inSet(SET_EMOJI_MODIFIER_BASE, c)) for (let tone: u32 = 0x1f3fb; tone <= 0x1f3ff; tone++) addPair(list, c, tone);
    }
    c = end;
  }
  if (which & STRINGS_FLAG) {
    for (let i: u32 = 0; i < 676; i++) if ((load<u8>(FLAGS + <usize>(i >>> 3)) >>> (i & 7)) & 1) addPair(list, 0x1f1e6 + i / 26, 0x1f1e6 + (i % 26));
  }
  // Black flag, then the region as tags: England, Scotland, Wales.
  if (which & STRINGS_TAG) {
    const regions = "gbenggbsctgbwls";
    for (let i = 0; i < 15; i++) {
      if (i % 5 == 0) sbPushCodePoint(0x1f3f4);
      sbPushCodePoint(0xe0000 + regions.charCodeAt(i));
      if (i % 5 == 4) {
        sbPushCodePoint(0xe007f);
        addString(list);
      }
    }
  }
  if (which & STRINGS_JOINED) addAllJoined(list);
  return fromObject(list);
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

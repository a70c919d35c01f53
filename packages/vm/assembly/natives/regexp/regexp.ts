/** Natives around the matcher: programs, captures, whole-string operations. */
import { Value, UNDEFINED, NULL, NOT_HANDLED, EXCEPTION, FALSE, TRUE, asInt, fromBool, fromInt, fromInternal, fromObject, fromString, isInt, isInternal, isObject, isString, ptrOf } from "../../value";
import { KIND_NATIVE_FUNCTION, KIND_PROGRAM, KIND_REGEXP, PROTO_REGEXP } from "../../generated/kinds";
import { NATIVE_regexpProtoExec } from "../../generated/natives";
import { proto, burn, requestInterrupt } from "../../state";
import { checkHeapLimit, kindOf, tryAllocate } from "../../heap";
import { name, N_EXEC, N_GROUPS, N_INDEX, N_INPUT, N_LAST_INDEX } from "../../names";
import { attrsAt, isDictionary, keyAt, shapeCount, ATTR_WRITABLE, ATTRS_DATA } from "../../shape";
import { arg, thisArg } from "../args";
import { charAt, flatten, isTwoByte, strLength, stringData, substring } from "../../string";
import { sbFailed, sbFinish, sbPush8, sbPush16, sbPushRange, sbPushString, sbReset } from "../../stringbuilder";
import { newArray, addProperty, appendElement, arrayLength, elementsData, elementsOf, ensureElements, getOwn, getSlot, prototypeOf, setSlot, shapeOf } from "../../object";
import { setLengthField } from "../../elements";
import { throwRangeError } from "../../errors";
import { clampInt, isSpace } from "../number";
import { scratchEnd, scratchStart } from "../scratch";
import { stringOrException } from "../string";
import { unitAt } from "../strtod";
import { codePointAt } from "../codepoint";
import { search, RX_OUT_OF_TIME, RX_TOO_MANY_STEPS, RX_UNICODE } from "./matcher";

// PROGRAM cell: +4 length in bytes, +8 words.
const WORDS: usize = 8;
/** Bounds of the latest match. */
const LAST: usize = memory.data(8, 8);

export function regexpProgram(args: usize, argc: i32): Value {
  const words = ptrOf(arg(args, argc, 0));
  const count = <i32>arrayLength(words);
  const program = tryAllocate(8 + (<i64>count << 2), KIND_PROGRAM);
  if (program == 0) return EXCEPTION;
  store<i32>(program, count << 2, 4);
  const data = elementsData(words);
  for (let i = 0; i < count; i++) store<i32>(program + (<usize>i << 2), clampInt(load<u64>(data + (<usize>i << 3)), i32.MIN_VALUE, i32.MAX_VALUE), WORDS);
  return fromInternal(program);
}

// @ts-ignore: decorator
@inline function words(program: Value): usize {
  return ptrOf(program) + WORDS;
}

/** Runs a program on a flat string from `from`; registers at `regs`. 1 match, 0 none, negative: an exception is pending. */
function run(p: usize, s: usize, from: i32, regs: usize): i32 {
  const stack = regs + ((<usize>load<u32>(p, 8) << 2) + 15 & ~15);
  const limit = scratchEnd();
  let result = -1;
  if (stack < limit) {
    const data = stringData(s);
    const length = strLength(s);
    if (from < 0 || from > length) return 0;
    result = isTwoByte(s) ? search<u16>(p, data, length, from, regs, stack, limit) : search<u8>(p, data, length, from, regs, stack, limit);
  }
  burn((result > 0 ? load<i32>(regs) : strLength(s)) - from);
  if (result >= 0) return result;
  if (result == RX_OUT_OF_TIME) {
    // The interpreter ends the turn at its next safe point: the deadline has passed.
    requestInterrupt();
    throwRangeError("Regular expression took too long");
  } else if (result == RX_TOO_MANY_STEPS) throwRangeError("Regular expression too complex: it backtracks too often on this text");
  else throwRangeError("Regular expression too complex: backtracking stack is full");
  return result;
}

function remember(regs: usize): void {
  store<i32>(LAST, load<i32>(regs));
  store<i32>(LAST, load<i32>(regs, 4), 4);
}

export function regexpExec(args: usize, argc: i32): Value {
  const p = words(arg(args, argc, 0));
  const s = flatten(ptrOf(arg(args, argc, 1)));
  const captures = ptrOf(arg(args, argc, 3));
  const regs = scratchStart(args, argc);
  const result = run(p, s, clampInt(arg(args, argc, 2), -1, i32.MAX_VALUE), regs);
  if (result < 0) return EXCEPTION;
  if (result == 0) return FALSE;
  const count = load<u32>(p, 4) << 1;
  if (!ensureElements(captures, count)) return EXCEPTION;
  const data = elementsData(captures);
  for (let i: u32 = 0; i < count; i++) store<u64>(data + (<usize>i << 3), fromInt(load<i32>(regs + (<usize>i << 2))));
  setLengthField(captures, count);
  remember(regs);
  return TRUE;
}

/** Array of the groups' substrings. */
function matchArray(p: usize, s: usize, regs: usize): usize {
  const groups = load<i32>(p, 4);
  const array = newArray(groups);
  for (let i = 0; i < groups; i++) {
    const from = load<i32>(regs + (<usize>i << 3));
    const to = load<i32>(regs + (<usize>i << 3), 4);
    appendElement(array, from < 0 || to < 0 ? UNDEFINED : fromString(substring(s, from, to)));
  }
  return array;
}

export function regexpMatch(args: usize, argc: i32): Value {
  const p = words(arg(args, argc, 0));
  const s = flatten(ptrOf(arg(args, argc, 1)));
  const regs = scratchStart(args, argc);
  const result = run(p, s, clampInt(arg(args, argc, 2), -1, i32.MAX_VALUE), regs);
  if (result < 0) return EXCEPTION;
  if (result == 0) return UNDEFINED;
  remember(regs);
  return fromObject(matchArray(p, s, regs));
}

export function regexpTest(args: usize, argc: i32): Value {
  const p = words(arg(args, argc, 0));
  const s = flatten(ptrOf(arg(args, argc, 1)));
  const regs = scratchStart(args, argc);
  const result = run(p, s, clampInt(arg(args, argc, 2), -1, i32.MAX_VALUE), regs);
  if (result < 0) return EXCEPTION;
  if (result == 0) return fromInt(-1);
  remember(regs);
  return fromInt(load<i32>(regs, 4));
}

// Methods: a RegExp whose only own property is lastIndex, an index, and a string. The rest is the library's.

const FLAG_UPDATES: u32 = 1, FLAG_INDICES: u32 = 2;
function flagsOfRegExp(r: usize): u32 {
  const text = ptrOf(load<u64>(r, 24));
  let flags: u32 = 0;
  for (let i = 0; i < strLength(text); i++) {
    const c = charAt(text, i);
    if (c == 103 || c == 121) flags |= FLAG_UPDATES; // g, y
    else if (c == 100) flags |= FLAG_INDICES; // d
  }
  return flags;
}
/** Is lastIndex the only own property, writable and an integer >= 0? */
function isPlainRegExp(v: Value): bool {
  if (!isObject(v) || kindOf(ptrOf(v)) != KIND_REGEXP) return false;
  const r = ptrOf(v);
  const shape = shapeOf(r);
  if (isDictionary(shape) || shapeCount(shape) != 1 || elementsOf(r) != 0 || keyAt(shape, 0) != name(N_LAST_INDEX) || !(attrsAt(shape, 0) & ATTR_WRITABLE)) return false;
  const last = getSlot(r, shape, 0);
  return isInt(last) && asInt(last) >= 0 && isInternal(load<u64>(r, 32));
}
/** Would a look-up of `exec` find the intrinsic method? */
function hasPristineExec(r: usize): bool {
  const p = proto(PROTO_REGEXP);
  if (prototypeOf(r) != p) return false;
  const exec = getOwn(p, name(N_EXEC));
  return isObject(exec) && kindOf(ptrOf(exec)) == KIND_NATIVE_FUNCTION && load<i32>(ptrOf(exec), 16) == NATIVE_regexpProtoExec;
}
export function regexpIsPlain(args: usize, argc: i32): Value {
  const v = arg(args, argc, 0);
  return fromBool(isPlainRegExp(v) && hasPristineExec(ptrOf(v)));
}
/** 22.2.7.2 RegExpBuiltinExec up to the match: run's result, with lastIndex as it must be then. */
function execute(args: usize, argc: i32, r: usize, regs: usize): i32 {
  const s = flatten(ptrOf(arg(args, argc, 0)));
  const updates = (flagsOfRegExp(r) & FLAG_UPDATES) != 0;
  const from = updates ? asInt(getSlot(r, shapeOf(r), 0)) : 0;
  const result = run(words(load<u64>(r, 32)), s, from, regs);
  if (result >= 0 && updates) setSlot(r, shapeOf(r), 0, fromInt(result == 0 ? 0 : load<i32>(regs, 4)));
  return result;
}
export function regexpProtoExec(args: usize, argc: i32): Value {
  const v = thisArg(args);
  const text = arg(args, argc, 0);
  if (!isString(text) || !isPlainRegExp(v)) return NOT_HANDLED;
  const r = ptrOf(v);
  // Named groups and indices are made by the library.
  if (load<u64>(r, 40) != UNDEFINED || flagsOfRegExp(r) & FLAG_INDICES) return NOT_HANDLED;
  const regs = scratchStart(args, argc);
  const result = execute(args, argc, r, regs);
  if (result < 0) return EXCEPTION;
  if (result == 0) return NULL;
  const index = load<i32>(regs);
  const match = matchArray(words(load<u64>(r, 32)), flatten(ptrOf(text)), regs);
  addProperty(match, name(N_INDEX), fromInt(index), ATTRS_DATA);
  addProperty(match, name(N_INPUT), text, ATTRS_DATA);
  addProperty(match, name(N_GROUPS), UNDEFINED, ATTRS_DATA);
  return fromObject(match);
}
export function regexpProtoTest(args: usize, argc: i32): Value {
  const v = thisArg(args);
  if (!isString(arg(args, argc, 0)) || !isPlainRegExp(v) || !hasPristineExec(ptrOf(v))) return NOT_HANDLED;
  const result = execute(args, argc, ptrOf(v), scratchStart(args, argc));
  return result < 0 ? EXCEPTION : fromBool(result > 0);
}

export function regexpLastStart(args: usize, argc: i32): Value {
  return fromInt(load<i32>(LAST));
}
export function regexpLastEnd(args: usize, argc: i32): Value {
  return fromInt(load<i32>(LAST, 4));
}

/** AdvanceStringIndex after an empty match. */
function advance(p: usize, s: usize, i: i32): i32 {
  if ((load<u32>(p) & RX_UNICODE) == 0 || i >= strLength(s)) return i + 1;
  return i + (codePointAt(stringData(s), isTwoByte(s), strLength(s), i) > 0xffff ? 2 : 1);
}

export function regexpReplace(args: usize, argc: i32): Value {
  const p = words(arg(args, argc, 0));
  const s = flatten(ptrOf(arg(args, argc, 1)));
  const replacement = ptrOf(arg(args, argc, 2));
  const regs = scratchStart(args, argc);
  const length = strLength(s);
  let copied = 0;
  let at = 0;
  let found = false;
  while (at <= length) {
    const result = run(p, s, at, regs);
    if (result < 0) return EXCEPTION;
    if (result == 0) break;
    if (!found) sbReset();
    found = true;
    const from = load<i32>(regs);
    const to = load<i32>(regs, 4);
    sbPushRange(s, copied, from);
    sbPushString(replacement);
    if (sbFailed()) break;
    copied = to;
    at = to == from ? advance(p, s, to) : to;
  }
  if (!found) return fromString(s);
  sbPushRange(s, copied, length);
  return stringOrException(sbFinish());
}

export function regexpMatchAll(args: usize, argc: i32): Value {
  const p = words(arg(args, argc, 0));
  const s = flatten(ptrOf(arg(args, argc, 1)));
  const regs = scratchStart(args, argc);
  const length = strLength(s);
  let array: usize = 0;
  let at = 0;
  while (at <= length) {
    const result = run(p, s, at, regs);
    if (result < 0) return EXCEPTION;
    if (result == 0) break;
    if (array == 0) array = newArray(4);
    const from = load<i32>(regs);
    const to = load<i32>(regs, 4);
    if (!appendElement(array, fromString(substring(s, from, to))) || !checkHeapLimit()) return EXCEPTION;
    at = to == from ? advance(p, s, to) : to;
  }
  return array == 0 ? NULL : fromObject(array);
}

const HEX: usize = memory.data<u8>([48, 49, 50, 51, 52, 53, 54, 55, 56, 57, 97, 98, 99, 100, 101, 102]);
function pushHex(c: u32, digits: u32): void {
  for (let shift = digits << 2; shift > 0; ) {
    shift -= 4;
    sbPush8(<u32>load<u8>(HEX + ((c >>> shift) & 15)));
  }
}

/** RegExp.escape (ECMA-262, 22.2.5.1). */
export function regexpEscape(args: usize, argc: i32): Value {
  const s = flatten(ptrOf(arg(args, argc, 0)));
  const data = stringData(s);
  const two = isTwoByte(s);
  const length = strLength(s);
  sbReset();
  for (let i = 0; i < length; ) {
    const c = codePointAt(data, two, length, i);
    const step = c > 0xffff ? 2 : 1;
    if (i == 0 && (c - 48 < 10 || (c < 128 && (c | 32) - 97 < 26))) {
      sbPush8(92);
      sbPush8(120);
      pushHex(c, 2);
    } else if (c < 128 && isSyntaxCharacter(c)) {
      sbPush8(92);
      sbPush8(c);
    } else if (c >= 9 && c <= 13) {
      sbPush8(92);
      sbPush8(c == 9 ? 116 : c == 10 ? 110 : c == 11 ? 118 : c == 12 ? 102 : 114);
    } else if ((c < 128 && isOtherPunctuator(c)) || isSpace(c) || c - 0xd800 < 0x800) {
      sbPush8(92);
      if (c < 256) {
        sbPush8(120);
        pushHex(c, 2);
      } else {
        sbPush8(117);
        pushHex(c, 4);
      }
    } else for (let j = 0; j < step; j++) sbPush16(unitAt(data, two, i + j));
    i += step;
  }
  return stringOrException(sbFinish());
}
/** SyntaxCharacter or the slash: ^$\.*+?()[]{}|/ */
function isSyntaxCharacter(c: u32): bool {
  return c == 94 || c == 36 || c == 92 || c == 46 || c == 42 || c == 43 || c == 63 || c == 40 || c == 41 || c == 91 || c == 93 || c == 123 || c == 125 || c == 124 || c == 47;
}
/** ,-=<>#&!%:;@~'`" */
function isOtherPunctuator(c: u32): bool {
  return c == 44 || c == 45 || c == 61 || c == 60 || c == 62 || c == 35 || c == 38 || c == 33 || c == 37 || c == 58 || c == 59 || c == 64 || c == 126 || c == 39 || c == 96 || c == 34;
}

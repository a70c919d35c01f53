/**
 * HTML of JSX. The compiler turns an element of tags into one text (packages/compiler/src/jsx-template.ts): its markup, with a control character for each value
 * that is put in at run time. Here is the plain case, values that are known to be text already; every other is left to the library (lib/web/jsx.ts).
 */
import { KIND_ARRAY, KIND_HOST, PROTO_HTML } from "../generated/kinds";
import { arrayLength, getIndex } from "../elements";
import { newObjectOfKind } from "../object";
import { charAt, flatten, isTwoByte, strLength, stringData } from "../string";
import { sbFinish, sbPush8, sbPushBytes, sbPushDecimal, sbPushRange, sbPushString, sbReset } from "../stringbuilder";
import { proto } from "../state";
import { EXCEPTION, FALSE, NOT_HANDLED, NULL, TRUE, UNDEFINED, Value, asInt, fromInt, fromObject, fromString, isInt, isNumber, isObject, isString, numberOf, ptrOf } from "../value";
import { kindOf, storeValue } from "../heap";
import { numberToString } from "./number";

/** Marks in a template, see lib/web/jsx.ts: MARK MARK is a child, MARK END a value that is not used, MARK name END an attribute. */
const MARK: u32 = 1;
const END: u32 = 2;
/** The tag of an Html object in its first slot (webHtml of lib/web/support.ts). */
const WEB_HTML: i32 = 25;
/** Arrays in arrays, at most; deeper ones, and those that hold themselves, are the library's. */
const DEPTH_MAX: i32 = 16;

const AMP: usize = memory.data<u8>([0x26, 0x61, 0x6d, 0x70, 0x3b]);
const LT: usize = memory.data<u8>([0x26, 0x6c, 0x74, 0x3b]);
const GT: usize = memory.data<u8>([0x26, 0x67, 0x74, 0x3b]);
const QUOT: usize = memory.data<u8>([0x26, 0x71, 0x75, 0x6f, 0x74, 0x3b]);
const APOS: usize = memory.data<u8>([0x26, 0x23, 0x33, 0x39, 0x3b]);

@inline function needsEscape(u: u32): bool { return u == 0x26 || u == 0x3c || u == 0x3e || u == 0x22 || u == 0x27; }

/** Index of the first unit from `i` on that needs escaping; n when there is none. */
function nextSpecial(s: usize, i: i32, n: i32): i32 {
  const p = stringData(s);
  if (isTwoByte(s)) while (i < n && !needsEscape(load<u16>(p + (<usize>i << 1)))) i++;
  else while (i < n && !needsEscape(load<u8>(p + i))) i++;
  return i;
}

function pushEscaped(s: usize): void {
  flatten(s);
  const n = strLength(s);
  let from = 0;
  while (true) {
    const i = nextSpecial(s, from, n);
    sbPushRange(s, from, i);
    if (i == n) return;
    const u = charAt(s, i);
    if (u == 0x26) sbPushBytes(AMP, 5);
    else if (u == 0x3c) sbPushBytes(LT, 4);
    else if (u == 0x3e) sbPushBytes(GT, 4);
    else if (u == 0x22) sbPushBytes(QUOT, 6);
    else sbPushBytes(APOS, 5);
    from = i + 1;
  }
}

export function htmlEscape(args: usize, argc: i32): Value {
  const s = flatten(ptrOf(load<u64>(args)));
  const n = strLength(s);
  if (nextSpecial(s, 0, n) == n) return fromString(s);
  sbReset();
  pushEscaped(s);
  const escaped = sbFinish();
  return escaped == 0 ? EXCEPTION : fromString(escaped);
}

function pushNumber(v: Value): void {
  if (isInt(v)) sbPushDecimal(asInt(v));
  else sbPushString(numberToString(numberOf(v)));
}

/** False: not a plain case. */
function pushChild(v: Value, depth: i32): bool {
  if (isString(v)) { pushEscaped(ptrOf(v)); return true; }
  if (isNumber(v)) { pushNumber(v); return true; }
  if (v == UNDEFINED || v == NULL || v == TRUE || v == FALSE) return true;
  if (!isObject(v)) return false;
  const o = ptrOf(v);
  const kind = kindOf(o);
  if (kind == KIND_HOST && load<u64>(o, 16) == fromInt(WEB_HTML)) {
    const text = load<u64>(o, 24);
    if (!isString(text)) return false;
    sbPushString(ptrOf(text));
    return true;
  }
  if (kind != KIND_ARRAY || depth == DEPTH_MAX) return false;
  for (let i: u32 = 0, n = arrayLength(o); i < n; i++) if (!pushChild(getIndex(o, i), depth + 1)) return false;
  return true;
}

/** The attribute whose name is [at, end) of the text. False: not a plain case. */
function pushAttribute(text: usize, at: i32, end: i32, v: Value): bool {
  if (v == UNDEFINED || v == NULL) return true;
  if (v == TRUE || v == FALSE) {
    // aria-x and data-x say it in words.
    if (end - at > 4 && charAt(text, at + 4) == 0x2d) return false;
    if (v == FALSE) return true;
    sbPush8(0x20);
    sbPushRange(text, at, end);
    return true;
  }
  if (!isString(v) && !isNumber(v)) return false;
  sbPush8(0x20);
  sbPushRange(text, at, end);
  sbPush8(0x3d);
  sbPush8(0x22);
  if (isString(v)) pushEscaped(ptrOf(v));
  else pushNumber(v);
  sbPush8(0x22);
  return true;
}

export function jsxTemplate(args: usize, argc: i32): Value {
  if (argc == 0 || !isString(load<u64>(args))) return NOT_HANDLED;
  const text = flatten(ptrOf(load<u64>(args)));
  const n = strLength(text);
  sbReset();
  let from = 0, value = 1;
  for (let i = 0; i < n; i++) {
    if (charAt(text, i) != MARK) continue;
    if (value == argc || i + 1 == n) return NOT_HANDLED;
    sbPushRange(text, from, i);
    const v = load<u64>(args + (<usize>value << 3));
    value++;
    i++;
    if (charAt(text, i) == MARK) {
      if (!pushChild(v, 0)) return NOT_HANDLED;
    } else if (charAt(text, i) != END) {
      const name = i;
      while (i < n && charAt(text, i) != END) i++;
      if (i == n || !pushAttribute(text, name, i, v)) return NOT_HANDLED;
    }
    from = i + 1;
  }
  sbPushRange(text, from, n);
  const s = sbFinish();
  if (s == 0) return EXCEPTION;
  const html = newObjectOfKind(KIND_HOST, proto(PROTO_HTML));
  storeValue(html, html + 16, fromInt(WEB_HTML));
  storeValue(html, html + 24, fromString(s));
  return fromObject(html);
}

/**
 * The text that JSON.parse is at, and what is wrong with it (messages are V8's). Bytes of a request's body are parsed where they were received; they become a
 * string only when a message shows them.
 */
import { EXCEPTION, Value } from "../value";
import { charAt, fromLatin1, isTwoByte, strLength, stringData } from "../string";
import { sbFinish, sbPush16, sbPushBytes, sbPushDecimal, sbPushLiteral, sbPushRange, sbPushString, sbReset } from "../stringbuilder";
import { throwWithString, ERR_SYNTAX } from "../errors";

// One parse runs to its end before anything else can start one.
const STATE: usize = memory.data(16, 8);
const STRING: usize = 0; // flat string, 0: Latin-1 bytes that belong to nobody
const DATA: usize = 4;
const LENGTH: usize = 8;
const AT: usize = 12;

export function setText(s: usize): void {
  store<u32>(STATE, <u32>s, STRING);
  store<u32>(STATE, <u32>stringData(s), DATA);
  store<i32>(STATE, strLength(s), LENGTH);
}
/** Text of `length` bytes, each a unit. */
export function setBytes(data: usize, length: i32): void {
  store<u32>(STATE, 0, STRING);
  store<u32>(STATE, <u32>data, DATA);
  store<i32>(STATE, length, LENGTH);
}
// @ts-ignore: decorator
@inline export function textData(): usize { return load<u32>(STATE, DATA); }
/** Units. */
// @ts-ignore: decorator
@inline export function textLength(): i32 { return load<i32>(STATE, LENGTH); }
// @ts-ignore: decorator
@inline export function isWideText(): bool { const s = <usize>load<u32>(STATE, STRING); return s != 0 && isTwoByte(s); }
/** Where the last token ended: index of the unit behind it. */
// @ts-ignore: decorator
@inline export function tokenEnd(): i32 { return load<i32>(STATE, AT); }
// @ts-ignore: decorator
@inline export function setTokenEnd(i: i32): void { store<i32>(STATE, i, AT); }

/** Push units [from, to) to the string under construction. */
export function pushText(from: i32, to: i32): void {
  const s = <usize>load<u32>(STATE, STRING);
  if (s != 0) sbPushRange(s, from, to);
  else sbPushBytes(textData() + <usize>from, to - from);
}

function textString(): usize {
  const s = <usize>load<u32>(STATE, STRING);
  return s != 0 ? s : fromLatin1(textData(), textLength());
}

/** Ends a message with where it happened and throws. */
function failAt(at: i32): Value {
  const s = textString();
  if (s == 0) return EXCEPTION;
  sbPushDecimal(at);
  let line = 1;
  let start = 0;
  for (let i = 0; i < at && i < strLength(s); i++) {
    const c = charAt(s, i);
    if (c == 10 || (c == 13 && !(i + 1 < strLength(s) && charAt(s, i + 1) == 10))) {
      line++;
      start = i + 1;
    }
  }
  sbPushLiteral(" (line ");
  sbPushDecimal(line);
  sbPushLiteral(" column ");
  sbPushDecimal(at - start + 1);
  sbPushLiteral(")");
  return throwWithString(ERR_SYNTAX, sbFinish());
}
export function fail(message: string, at: i32): Value {
  sbReset();
  sbPushLiteral(message);
  sbPushLiteral(" in JSON at position ");
  return failAt(at);
}
export function failAfter(at: i32): Value {
  sbReset();
  sbPushLiteral("Unexpected non-whitespace character after JSON at position ");
  return failAt(at);
}
function isText(s: usize, text: string): bool {
  if (strLength(s) != text.length) return false;
  const data = changetype<usize>(text);
  for (let i = 0; i < text.length; i++) if (charAt(s, i) != <u32>load<u16>(data + (<usize>i << 1))) return false;
  return true;
}
/** A token that nothing more specific is known about. */
export function unexpected(at: i32): Value {
  const s = textString();
  if (s == 0) return EXCEPTION;
  const length = strLength(s);
  const c = at < length ? charAt(s, at) : 0;
  if (c == 34) return fail("Unexpected string", at);
  if (c == 45 || c - 48 < 10) return fail("Unexpected number", at);
  sbReset();
  if (at >= length) sbPushLiteral("Unexpected end of JSON input");
  else if (isText(s, "undefined") || isText(s, "[object Object]") || isText(s, "NaN") || isText(s, "Infinity")) {
    sbPushLiteral('"');
    sbPushString(s);
    sbPushLiteral('" is not valid JSON');
  } else {
    // The text, or ten units to each side of the place.
    const around = 10;
    const whole = length < 2 * around + 1;
    const from = whole || at < around ? 0 : at - around;
    const to = whole || at >= length - around ? length : at + around;
    sbPushLiteral("Unexpected token '");
    sbPush16(c);
    sbPushLiteral("', ");
    if (from > 0) sbPushLiteral("...");
    sbPushLiteral('"');
    sbPushRange(s, from, to);
    sbPushLiteral('"');
    if (to < length) sbPushLiteral("...");
    sbPushLiteral(" is not valid JSON");
  }
  return throwWithString(ERR_SYNTAX, sbFinish());
}

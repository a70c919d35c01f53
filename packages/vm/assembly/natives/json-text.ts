/**
 * The text that JSON.parse is at, as bytes, and what is wrong with it (messages are V8's). Latin-1 strings are read where they are, each byte a unit; two-byte strings as
 * WTF-8, UTF-8 with surrogates; the body of a request where it was received. It becomes a string only when a message shows it.
 */
import { Value } from "../value";
import { asciiPrefix, charAt, fromUtf8, fromWtf8, isTwoByte, strLength, stringData, utf8Length, writeUtf8 } from "../string";
import { sbFinish, sbPush16, sbPushBytes, sbPushDecimal, sbPushLiteral, sbPushRange, sbPushString, sbReset } from "../stringbuilder";
import { throwWithString, ERR_SYNTAX } from "../errors";

// One parse runs to its end before anything else can start one.
const STATE: usize = memory.data(20, 4);
const STRING: usize = 0; // flat string, or 0
const DATA: usize = 4;
const LENGTH: usize = 8;
const AT: usize = 12;
const ENCODED: usize = 16; // 1: UTF-8, or of a string WTF-8; 0: each byte is a unit

/** Bytes that a string's text needs at `room` of setString; 0: it is read where it is. */
export function roomOfString(s: usize): i32 {
  return isTwoByte(s) ? utf8Length(s) : 0;
}
/** The text of a flat string. */
export function setString(s: usize, room: usize): void {
  const two = isTwoByte(s);
  if (two) setBytes(room, writeUtf8(s, room, true));
  else setBytes(stringData(s), strLength(s));
  store<u32>(STATE, <u32>s, STRING);
  if (!two) store<u32>(STATE, 0, ENCODED);
}
/** UTF-8, with malformed sequences as U+FFFD. */
export function setBytes(data: usize, length: i32): void {
  store<u32>(STATE, 0, STRING);
  store<u32>(STATE, <u32>data, DATA);
  store<i32>(STATE, length, LENGTH);
  store<u32>(STATE, u32(asciiPrefix(data, length) != length), ENCODED);
}
// @ts-ignore: decorator
@inline export function textData(): usize { return load<u32>(STATE, DATA); }
/** Bytes. */
// @ts-ignore: decorator
@inline export function textLength(): i32 { return load<i32>(STATE, LENGTH); }
/** May units be of several bytes? */
// @ts-ignore: decorator
@inline export function isEncoded(): bool { return load<u32>(STATE, ENCODED) != 0; }
/** Where the last token ended: index of the byte behind it. */
// @ts-ignore: decorator
@inline export function tokenEnd(): i32 { return load<i32>(STATE, AT); }
// @ts-ignore: decorator
@inline export function setTokenEnd(i: i32): void { store<i32>(STATE, i, AT); }

/** String of encoded bytes of the text; 0 on failure. */
export function decode(from: usize, count: i32): usize {
  return load<u32>(STATE, STRING) != 0 ? fromWtf8(from, count) : fromUtf8(from, count);
}
/** Push bytes [from, to) to the string under construction. */
export function pushText(from: i32, to: i32): void {
  if (!isEncoded()) {
    sbPushBytes(textData() + <usize>from, to - from);
    return;
  }
  const s = decode(textData() + <usize>from, to - from);
  if (s != 0) sbPushString(s);
}

function textString(): usize {
  const s = <usize>load<u32>(STATE, STRING);
  return s != 0 ? s : fromUtf8(textData(), textLength());
}
/** Index of the unit that begins at byte `at`. */
function unitIndex(at: i32): i32 {
  return isEncoded() ? strLength(decode(textData(), at)) : at;
}
/** The unit there, 0 at the end. */
export function unitAtByte(at: i32): u32 {
  const s = textString(), i = unitIndex(at);
  return i < strLength(s) ? charAt(s, i) : 0;
}

/** Ends a message with where it happened and throws. */
function failAt(byte: i32): Value {
  const s = textString();
  const at = unitIndex(byte);
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
/** at: index of a byte, as below. */
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
export function unexpected(byte: i32): Value {
  const c = unitAtByte(byte);
  if (c == 34) return fail("Unexpected string", byte);
  if (c == 45 || c - 48 < 10) return fail("Unexpected number", byte);
  const s = textString();
  const length = strLength(s), at = unitIndex(byte);
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

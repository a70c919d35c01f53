/** Case conversion of strings (ECMA-262, 22.1.3.28, 22.1.3.30; Unicode, 3.13). */
import { newString8, flatten, isTwoByte, strLength, stringData } from "../string";
import { sbFinish, sbPush16, sbPushCodePoint, sbReset } from "../stringbuilder";
import { SET_CASED, SET_CASE_IGNORABLE } from "./tables/properties";
import { inSet, simpleLower, simpleUpper, specialUpper } from "./casemap";
import { codePointAt } from "./codepoint";

/** Final_Sigma of SpecialCasing: a cased letter before (past ignorables), none after. */
function isFinalSigma(data: usize, two: bool, length: i32, at: i32): bool {
  let i = at;
  let before = false;
  while (i > 0) {
    let c = <u32>(two ? <u32>load<u16>(data + (<usize>(i - 1) << 1)) : <u32>load<u8>(data + <usize>(i - 1)));
    i--;
    if (c >= 0xdc00 && c < 0xe000 && i > 0) {
      const high = <u32>load<u16>(data + (<usize>(i - 1) << 1));
      if (high >= 0xd800 && high < 0xdc00) {
        c = 0x10000 + ((high - 0xd800) << 10) + (c - 0xdc00);
        i--;
      }
    }
    if (inSet(SET_CASE_IGNORABLE, c)) continue;
    before = inSet(SET_CASED, c);
    break;
  }
  if (!before) return false;
  i = at + 1;
  while (i < length) {
    const c = codePointAt(data, two, length, i);
    i += c > 0xffff ? 2 : 1;
    if (inSet(SET_CASE_IGNORABLE, c)) continue;
    return !inSet(SET_CASED, c);
  }
  return true;
}

/** The string in lower case; 0 with an exception when too long. */
export function toLower(s: usize): usize {
  s = flatten(s);
  const length = strLength(s);
  const data = stringData(s);
  if (!isTwoByte(s)) {
    let i = 0;
    while (i < length && lowerLatin1(<u32>load<u8>(data + <usize>i)) == <u32>load<u8>(data + <usize>i)) i++;
    if (i == length) return s;
    const out = newString8(length);
    if (out == 0) return 0;
    const to = stringData(out);
    memory.copy(to, data, <usize>i);
    for (; i < length; i++) store<u8>(to + <usize>i, <u8>lowerLatin1(<u32>load<u8>(data + <usize>i)));
    return out;
  }
  sbReset();
  for (let i = 0; i < length; ) {
    const c = codePointAt(data, true, length, i);
    if (c == 0x3a3) sbPush16(isFinalSigma(data, true, length, i) ? 0x3c2 : 0x3c3);
    else if (c == 0x130) {
      sbPush16(0x69);
      sbPush16(0x307);
    } else sbPushCodePoint(simpleLower(c));
    i += c > 0xffff ? 2 : 1;
  }
  return sbFinish();
}
// @ts-ignore: decorator
@inline function lowerLatin1(c: u32): u32 {
  return c - 65 < 26 || (c - 0xc0 < 31 && c != 0xd7) ? c + 32 : c;
}

/** The string in upper case; 0 with an exception when too long. */
export function toUpper(s: usize): usize {
  s = flatten(s);
  const length = strLength(s);
  const data = stringData(s);
  const two = isTwoByte(s);
  if (!two) {
    let plain = true;
    let same = true;
    for (let i = 0; i < length; i++) {
      const c = <u32>load<u8>(data + <usize>i);
      if (c == 0xb5 || c == 0xdf || c == 0xff) {
        plain = false;
        break;
      }
      if (upperLatin1(c) != c) same = false;
    }
    if (plain) {
      if (same) return s;
      const out = newString8(length);
      if (out == 0) return 0;
      const to = stringData(out);
      for (let i = 0; i < length; i++) store<u8>(to + <usize>i, <u8>upperLatin1(<u32>load<u8>(data + <usize>i)));
      return out;
    }
  }
  sbReset();
  for (let i = 0; i < length; ) {
    const c = codePointAt(data, two, length, i);
    const special = specialUpper(c);
    if (special != 0) {
      const count = <i32>load<u16>(special);
      for (let j = 0; j < count; j++) sbPush16(<u32>load<u16>(special + 2 + (<usize>j << 1)));
    } else sbPushCodePoint(simpleUpper(c));
    i += c > 0xffff ? 2 : 1;
  }
  return sbFinish();
}
// @ts-ignore: decorator
@inline function upperLatin1(c: u32): u32 {
  return c - 97 < 26 || (c - 0xe0 < 31 && c != 0xf7) ? c - 32 : c;
}

/**
 * Date.parse: the format of ECMA-262 21.4.1.32, then the informal grammar that V8 takes (its "legacy" parser): numbers, words and
 * punctuation in nearly any order, text in parentheses ignored. Works on flat string data.
 */
import { burn } from "../state";
import { unitAt } from "./strtod";
import { isSpace } from "./number";
import { localOffset } from "./zone";
import { makeDate, makeDay, makeTime, timeClip } from "./civil";

const S: usize = memory.data(128, 8);
// Scanner
const DATA: usize = 0;
const TWO: usize = 4;
const LENGTH: usize = 8;
const AT: usize = 12;
// Composers of the legacy grammar
const DAY: usize = 16; // three numbers
const DAY_COUNT: usize = 28;
const MONTH: usize = 32; // named month 1..12, 0 none
const TIME: usize = 36; // four numbers
const TIME_COUNT: usize = 52;
const HOUR_OFFSET: usize = 56; // -1 none
const ZONE_SIGN: usize = 60; // 0 none
const ZONE_HOUR: usize = 64; // -1 none
const ZONE_MINUTE: usize = 68; // -1 none

// @ts-ignore: decorator
@inline function get(field: usize): i32 {
  return load<i32>(S + field);
}
// @ts-ignore: decorator
@inline function set(field: usize, v: i32): void {
  store<i32>(S + field, v);
}
/** Unit at the scanner's place + i, 0 past the end. */
// @ts-ignore: decorator
@inline function peek(i: i32): u32 {
  const at = get(AT) + i;
  return at < get(LENGTH) ? unitAt(<usize>get(DATA), get(TWO) != 0, at) : 0;
}
// @ts-ignore: decorator
@inline function atEnd(): bool {
  return get(AT) >= get(LENGTH);
}
// @ts-ignore: decorator
@inline function skip(c: u32): bool {
  if (atEnd() || peek(0) != c) return false;
  set(AT, get(AT) + 1);
  return true;
}
// @ts-ignore: decorator
@inline function isDigit(c: u32): bool {
  return c - 48 < 10;
}
// @ts-ignore: decorator
@inline function isLetter(c: u32): bool {
  return c < 128 && (c | 32) - 97 < 26;
}

/** Exactly n digits, or -1. */
function fixed(n: i32): i32 {
  let v = 0;
  for (let i = 0; i < n; i++) {
    const c = peek(i);
    if (!isDigit(c)) return -1;
    v = v * 10 + <i32>(c - 48);
  }
  set(AT, get(AT) + n);
  return v;
}
/** Digits after a decimal point as milliseconds, truncated; -1 when there are none. */
function fraction(): i32 {
  if (!isDigit(peek(0))) return -1;
  let ms = 0;
  let scale = 100;
  while (isDigit(peek(0))) {
    ms += <i32>(peek(0) - 48) * scale;
    scale /= 10;
    set(AT, get(AT) + 1);
  }
  return ms;
}

/** The whole text as an ISO date, or NaN; `Infinity` when it is in the form but out of range. */
function parseIso(): f64 {
  let year: i32;
  if (peek(0) == 43 || peek(0) == 45) {
    const negative = peek(0) == 45;
    set(AT, get(AT) + 1);
    year = fixed(6);
    if (year < 0 || (negative && year == 0)) return NaN;
    if (negative) year = -year;
  } else {
    year = fixed(4);
    if (year < 0) return NaN;
  }
  let month = 1;
  let day = 1;
  if (skip(45)) {
    month = fixed(2);
    if (month < 1 || month > 12) return NaN;
    if (skip(45)) {
      day = fixed(2);
      if (day < 1 || day > 31) return NaN;
    }
  }
  let time: f64 = 0;
  let local = false;
  let offset = 0;
  if (!atEnd()) {
    if (!skip(84) && !skip(116)) return NaN;
    const hour = fixed(2);
    if (hour < 0 || !skip(58)) return NaN;
    const minute = fixed(2);
    if (minute < 0) return NaN;
    let second = 0;
    let ms = 0;
    if (skip(58)) {
      second = fixed(2);
      if (second < 0) return NaN;
      if (skip(46)) {
        ms = fraction();
        if (ms < 0) return NaN;
      }
    }
    if (hour > 24 || minute > 59 || second > 59 || (hour == 24 && (minute | second | ms) != 0)) return NaN;
    time = makeTime(hour, minute, second, ms);
    if (skip(90) || skip(122)) local = false;
    else if (peek(0) == 43 || peek(0) == 45) {
      const sign = peek(0) == 45 ? -1 : 1;
      set(AT, get(AT) + 1);
      const h = fixed(2);
      skip(58);
      const m = fixed(2);
      if (h < 0 || m < 0 || h > 23 || m > 59) return NaN;
      offset = sign * (h * 60 + m);
    } else local = true;
    if (!atEnd()) return NaN;
  }
  const t = makeDate(makeDay(year, month - 1, day), time) - <f64>offset * 60000;
  return timeClip(local ? t - localOffset(t, true) : t);
}

// Legacy grammar

const WORD_NONE: i32 = 0;
const WORD_MONTH: i32 = 1;
const WORD_HALF: i32 = 2; // am, pm
const WORD_ZONE: i32 = 3;
const WORDS: usize = memory.data<u8>([
  // three letters, kind, value + 12
  106, 97, 110, 1, 13, 102, 101, 98, 1, 14, 109, 97, 114, 1, 15, 97, 112, 114, 1, 16, 109, 97, 121, 1, 17, 106, 117, 110, 1, 18,
  106, 117, 108, 1, 19, 97, 117, 103, 1, 20, 115, 101, 112, 1, 21, 111, 99, 116, 1, 22, 110, 111, 118, 1, 23, 100, 101, 99, 1, 24,
  97, 109, 0, 2, 12, 112, 109, 0, 2, 24, 117, 116, 0, 3, 12, 117, 116, 99, 3, 12, 122, 0, 0, 3, 12, 103, 109, 116, 3, 12,
  99, 100, 116, 3, 7, 99, 115, 116, 3, 6, 101, 100, 116, 3, 8, 101, 115, 116, 3, 7, 109, 100, 116, 3, 6, 109, 115, 116, 3, 5,
  112, 100, 116, 3, 5, 112, 115, 116, 3, 4,
]);
const WORD_COUNT: i32 = 26;

/** Reads a word; kind << 8 | value + 12. Months are known by their first three letters, others must match whole. */
function readWord(): i32 {
  let letters: u32 = 0;
  let length = 0;
  while (!atEnd() && isLetter(peek(0))) {
    if (length < 3) letters |= (peek(0) | 32) << (length << 3);
    length++;
    set(AT, get(AT) + 1);
  }
  for (let i = 0; i < WORD_COUNT; i++) {
    const entry = WORDS + <usize>i * 5;
    const word = <u32>load<u16>(entry) | (<u32>load<u8>(entry, 2) << 16);
    const kind = <i32>load<u8>(entry, 3);
    if (word == letters && (length <= 3 || kind == WORD_MONTH)) return (kind << 8) | <i32>load<u8>(entry, 4);
  }
  return WORD_NONE;
}

function addTime(n: i32): bool {
  const count = get(TIME_COUNT);
  if (count == 4) return false;
  set(TIME + (<usize>count << 2), n);
  set(TIME_COUNT, count + 1);
  return true;
}
function finishTime(n: i32): void {
  addTime(n);
  while (addTime(0)) {}
}
function timeExpects(n: i32): bool {
  const count = get(TIME_COUNT);
  return (count == 1 && n < 60) || (count == 2 && n < 60) || (count == 3 && n < 1000);
}

function parseLegacy(): f64 {
  memory.fill(S + DAY, 0, 56);
  set(HOUR_OFFSET, -1);
  set(ZONE_HOUR, -1);
  set(ZONE_MINUTE, -1);
  let hasNumber = false;
  while (!atEnd()) {
    const c = peek(0);
    if (isDigit(c)) {
      hasNumber = true;
      let n = 0;
      let digits = 0;
      while (!atEnd() && isDigit(peek(0))) {
        if (n < 100000000) n = n * 10 + <i32>(peek(0) - 48);
        digits++;
        set(AT, get(AT) + 1);
      }
      if (peek(0) == 58) {
        skip(58);
        if (skip(58)) {
          if (get(TIME_COUNT) != 0) return NaN;
          addTime(n);
          addTime(0);
        } else {
          if (!addTime(n)) return NaN;
          skip(46);
        }
      } else if (peek(0) == 46 && timeExpects(n)) {
        skip(46);
        addTime(n);
        const ms = fraction();
        if (ms < 0) return NaN;
        finishTime(ms);
      } else if (get(ZONE_HOUR) >= 0 && get(ZONE_MINUTE) < 0 && n < 60) {
        set(ZONE_MINUTE, n);
      } else if (timeExpects(n)) {
        finishTime(n);
        const next = peek(0);
        if (!atEnd() && !isSpace(next) && (next | 32) != 122 && next != 43 && next != 45) return NaN;
      } else {
        skip(46);
        const count = get(DAY_COUNT);
        if (count == 3) return NaN;
        set(DAY + (<usize>count << 2), n);
        set(DAY_COUNT, count + 1);
        skip(45);
      }
    } else if (isLetter(c)) {
      const word = readWord();
      const kind = word >>> 8;
      const value = (word & 255) - 12;
      if (kind == WORD_HALF && get(TIME_COUNT) != 0) set(HOUR_OFFSET, value);
      else if (kind == WORD_MONTH) {
        set(MONTH, value);
        skip(45);
      } else if (kind == WORD_ZONE && hasNumber) {
        set(ZONE_SIGN, value < 0 ? -1 : 1);
        set(ZONE_HOUR, value < 0 ? -value : value);
        set(ZONE_MINUTE, 0);
      } else if (hasNumber || isDigit(peek(0))) return NaN;
    } else if ((c == 43 || c == 45) && ((get(ZONE_HOUR) == 0 && get(ZONE_MINUTE) == 0) || get(TIME_COUNT) != 0)) {
      set(AT, get(AT) + 1);
      set(ZONE_SIGN, c == 45 ? -1 : 1);
      let n = 0;
      let digits = 0;
      while (!atEnd() && isDigit(peek(0))) {
        if (n < 100000000) n = n * 10 + <i32>(peek(0) - 48);
        digits++;
        set(AT, get(AT) + 1);
      }
      hasNumber = true;
      if (peek(0) == 58) {
        set(ZONE_HOUR, n);
        set(ZONE_MINUTE, -1);
      } else if (digits == 1 || digits == 2) {
        set(ZONE_HOUR, n);
        set(ZONE_MINUTE, 0);
      } else if (digits == 3 || digits == 4) {
        set(ZONE_HOUR, n / 100);
        set(ZONE_MINUTE, n % 100);
      } else return NaN;
    } else if ((c == 43 || c == 45 || c == 41) && hasNumber) return NaN;
    else if (c == 40) {
      // Nested parentheses.
      let depth = 0;
      do {
        const d = peek(0);
        if (d == 40) depth++;
        if (d == 41) depth--;
        set(AT, get(AT) + 1);
      } while (depth > 0 && !atEnd());
    } else set(AT, get(AT) + 1);
  }
  return composeLegacy();
}

function composeLegacy(): f64 {
  if (get(DAY_COUNT) < 1) return NaN;
  for (let i = get(DAY_COUNT); i < 3; i++) set(DAY + (<usize>i << 2), 1);
  const a = get(DAY);
  const b = get(DAY + 4);
  const c = get(DAY + 8);
  const firstIsDay = a >= 1 && a <= 31;
  let year: i32;
  let month: i32;
  let day: i32;
  if (get(MONTH) == 0) {
    if (!firstIsDay) {
      year = a;
      month = b;
      day = c;
    } else {
      month = a;
      day = b;
      year = c;
    }
  } else {
    month = get(MONTH);
    year = firstIsDay ? b : a;
    day = firstIsDay ? a : b;
  }
  if (year >= 0 && year <= 49) year += 2000;
  else if (year >= 50 && year <= 99) year += 1900;
  if (month < 1 || month > 12 || day < 1 || day > 31) return NaN;
  let hour = get(TIME);
  const minute = get(TIME + 4);
  const second = get(TIME + 8);
  const ms = get(TIME + 12);
  if (get(HOUR_OFFSET) >= 0) {
    if (hour > 12) return NaN;
    hour = (hour % 12) + get(HOUR_OFFSET);
  }
  if ((hour > 23 || minute > 59 || second > 59 || ms > 999) && !(hour == 24 && (minute | second | ms) == 0)) return NaN;
  const t = makeDate(makeDay(year, month - 1, day), makeTime(hour, minute, second, ms));
  if (get(ZONE_SIGN) == 0) return timeClip(t - localOffset(t, true));
  const offset = get(ZONE_SIGN) * (max(get(ZONE_HOUR), 0) * 3600 + max(get(ZONE_MINUTE), 0) * 60);
  return timeClip(t - <f64>offset * 1000);
}

/** Time value, NaN when the text is no date. */
export function parseDate(data: usize, two: bool, length: i32): f64 {
  if (length > 256) burn(length << 3);
  set(DATA, <i32>data);
  set(TWO, two ? 1 : 0);
  set(LENGTH, length);
  set(AT, 0);
  const t = parseIso();
  if (t == t) return t;
  set(AT, 0);
  return parseLegacy();
}

/**
 * The local time zone. UTC unless the environment's TZ is a zone by rule (POSIX.1-2024, 8.3: "CET-1CEST,M3.5.0,M10.5.0/3"): a data base of named zones would
 * weigh more than the engine, and what a handler computes must not depend on where it runs.
 */
import { nativeSlot } from "../state";
import { civilFromDays, daysFromCivil, MS_PER_DAY } from "./civil";

// Words of the zone: offsets in seconds east of UTC; a rule is month (1-12, 0 none), week (5 the last), weekday, seconds of local time.
const STANDARD: i32 = 100, SUMMER: i32 = 101, START: i32 = 102, END: i32 = 106;

@inline function word(i: i32): i32 { return load<i32>(nativeSlot(i)); }
@inline function setWord(i: i32, v: i32): void { store<i32>(nativeSlot(i), v); }

// The text being parsed; a byte past its end reads as 0.
@inline function isLetter(c: u32): bool { return (c | 32) - 97 < 26; }
@inline function isDigit(c: u32): bool { return c - 48 < 10; }

/** Parser state in memory: module variables are constants here. */
const AT: usize = memory.data(16, 8);
@inline function at(): usize { return load<u32>(AT); }
@inline function end(): usize { return load<u32>(AT, 4); }
@inline function peek(): u32 { return at() < end() ? <u32>load<u8>(at()) : 0; }
@inline function skip(): void { store<u32>(AT, <u32>at() + 1); }
function eat(c: u32): bool {
  if (peek() != c) return false;
  skip();
  return true;
}

/** Abbreviation of a zone: three letters or more, or anything in <>. */
function eatName(): bool {
  let n = 0;
  if (eat(60)) {
    while (peek() != 62 && peek() != 0) { skip(); n++; }
    return eat(62) && n >= 3;
  }
  while (isLetter(peek())) { skip(); n++; }
  return n >= 3;
}
/** A number of at most `most`, -1 when there is none. */
function number(most: i32): i32 {
  if (!isDigit(peek())) return -1;
  let n = 0;
  while (isDigit(peek()) && n <= most) { n = n * 10 + <i32>peek() - 48; skip(); }
  return n <= most ? n : -1;
}
const NONE: i32 = i32.MIN_VALUE;
/** [+-]hh[:mm[:ss]] in seconds, NONE when malformed. */
function duration(mostHours: i32): i32 {
  const negative = eat(45);
  if (!negative) eat(43);
  const hours = number(mostHours);
  if (hours < 0) return NONE;
  let seconds = hours * 3600;
  for (let unit = 60; unit > 0 && eat(58); unit = unit == 60 ? 1 : 0) {
    const n = number(59);
    if (n < 0) return NONE;
    seconds += n * unit;
  }
  return negative ? -seconds : seconds;
}
/** ,Mm.w.d[/time] */
function rule(to: i32): bool {
  if (!eat(44) || !eat(77)) return false;
  const month = number(12);
  if (month < 1 || !eat(46)) return false;
  const week = number(5);
  if (week < 1 || !eat(46)) return false;
  const day = number(6);
  if (day < 0) return false;
  const time = eat(47) ? duration(167) : 7200;
  if (time == NONE) return false;
  setWord(to, month);
  setWord(to + 1, week);
  setWord(to + 2, day);
  setWord(to + 3, time);
  return true;
}
/** What a summer time without rules has always meant: those of the United States, M3.2.0,M11.1.0. */
function setUsRules(): void {
  for (let r = START; r <= END; r += END - START) {
    setWord(r, r == START ? 3 : 11);
    setWord(r + 1, r == START ? 2 : 1);
    setWord(r + 2, 0);
    setWord(r + 3, 7200);
  }
}
function parse(): bool {
  setWord(START, 0);
  if (!eatName()) return false;
  const standard = peek() == 0 ? 0 : duration(24);
  if (standard == NONE) return false;
  setWord(STANDARD, -standard);
  if (peek() == 0) return true;
  if (!eatName()) return false;
  let summer = standard - 3600;
  if (peek() != 0 && peek() != 44) summer = duration(24);
  if (summer == NONE) return false;
  if (peek() == 0) setUsRules();
  else if (!rule(START) || !rule(END) || peek() != 0) return false;
  setWord(SUMMER, -summer);
  return true;
}
/** The zone that bytes [from, to), the value of TZ, name; UTC when they are no rule. */
export function setZone(from: usize, to: usize): void {
  store<u32>(AT, <u32>from);
  store<u32>(AT, <u32>to, 4);
  if (parse()) return;
  setWord(STANDARD, 0);
  setWord(START, 0);
}

/** Local time, in ms since 1970, at which a rule applies in a year. */
function ruleTime(r: i32, year: i64): f64 {
  const month = <i64>word(r), week = word(r + 1), weekday = word(r + 2);
  const first = daysFromCivil(year, month - 1, 1);
  // 1970-01-01 was a Thursday.
  const firstWeekday = <i32>((((first + 4) % 7) + 7) % 7);
  let day = first + <i64>((weekday - firstWeekday + 7) % 7 + (week - 1) * 7);
  const next = month == 12 ? daysFromCivil(year + 1, 0, 1) : daysFromCivil(year, month, 1);
  while (day >= next) day -= 7;
  return <f64>day * MS_PER_DAY + <f64>word(r + 3) * 1000;
}

/**
 * Offset of local time from UTC in ms (21.4.1.21 and 21.4.1.26). `isLocal`: time is local; one that is skipped or comes twice counts with the offset that was
 * valid before the change.
 */
export function localOffset(time: f64, isLocal: bool): f64 {
  const standard = <f64>word(STANDARD) * 1000;
  if (word(START) == 0 || time - time != 0) return standard;
  const summer = <f64>word(SUMMER) * 1000;
  const local = isLocal ? time : time + standard;
  const year = civilFromDays(<i64>Math.floor(local / MS_PER_DAY)) >> 16;
  let start = ruleTime(START, year), end = ruleTime(END, year);
  if (isLocal) start += summer - standard;
  else { start -= standard; end -= summer; }
  const inSummer = start < end ? time >= start && time < end : time >= start || time < end;
  return inSummer ? summer : standard;
}

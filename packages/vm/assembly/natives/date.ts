/** Date natives (ECMA-262, 21.4). The time value itself is an internal slot of the Date object; here are the computations. */
import { Value, fromDouble, fromF64, fromInt, isTrue, numberOf, isNumber, ptrOf } from "../value";
import { hostTime } from "../host";
import { flatten, isTwoByte, strLength, stringData } from "../string";
import { sbFinish, sbPush8, sbPushDecimal, sbPushLiteral, sbReset } from "../stringbuilder";
import { arg } from "./args";
import { localOffset } from "./zone";
import { civilFromDays, makeDate, makeDay, makeTime, timeClip, MS_PER_DAY } from "./civil";
import { parseDate } from "./date-parse";
import { clampInt } from "./number";
import { stringOrException } from "./string";

// @ts-ignore: decorator
@inline function number(args: usize, argc: i32, i: i32): f64 {
  const v = arg(args, argc, i);
  return isNumber(v) ? numberOf(v) : NaN;
}

export function dateNow(args: usize, argc: i32): Value {
  return fromF64(Math.floor(hostTime()));
}
export function dateMakeDay(args: usize, argc: i32): Value {
  return fromF64(makeDay(number(args, argc, 0), number(args, argc, 1), number(args, argc, 2)));
}
export function dateMakeTime(args: usize, argc: i32): Value {
  return fromF64(makeTime(number(args, argc, 0), number(args, argc, 1), number(args, argc, 2), number(args, argc, 3)));
}
export function dateMakeDate(args: usize, argc: i32): Value {
  return fromF64(makeDate(number(args, argc, 0), number(args, argc, 1)));
}
export function dateTimeClip(args: usize, argc: i32): Value {
  return fromF64(timeClip(number(args, argc, 0)));
}
export function dateLocalToUtc(args: usize, argc: i32): Value {
  const t = number(args, argc, 0);
  return fromF64(t - localOffset(t, true));
}
export function dateUtcToLocal(args: usize, argc: i32): Value {
  const t = number(args, argc, 0);
  return fromF64(t + localOffset(t, false));
}
export function dateParse(args: usize, argc: i32): Value {
  const s = flatten(ptrOf(arg(args, argc, 0)));
  return fromF64(parseDate(stringData(s), isTwoByte(s), strLength(s)));
}

const FIELD_YEAR: i32 = 0;
const FIELD_MONTH: i32 = 1;
const FIELD_DATE: i32 = 2;
const FIELD_WEEKDAY: i32 = 3;
const FIELD_HOURS: i32 = 4;
const FIELD_MINUTES: i32 = 5;
const FIELD_SECONDS: i32 = 6;
const FIELD_MILLISECONDS: i32 = 7;
const FIELD_DAY: i32 = 8;
const FIELD_TIME: i32 = 9;

/** A component of a finite time value. */
function field(t: f64, which: i32): i32 {
  const day = Math.floor(t / MS_PER_DAY);
  const time = <i32>(t - day * MS_PER_DAY);
  switch (which) {
    case FIELD_YEAR: return <i32>(civilFromDays(<i64>day) >> 16);
    case FIELD_MONTH: return <i32>(civilFromDays(<i64>day) >> 8) & 255;
    case FIELD_DATE: return <i32>civilFromDays(<i64>day) & 255;
    case FIELD_WEEKDAY: return (((<i32>day + 4) % 7) + 7) % 7;
    case FIELD_HOURS: return time / 3600000;
    case FIELD_MINUTES: return (time / 60000) % 60;
    case FIELD_SECONDS: return (time / 1000) % 60;
    case FIELD_MILLISECONDS: return time % 1000;
    case FIELD_DAY: return <i32>day;
    default: return time;
  }
}

export function dateField(args: usize, argc: i32): Value {
  const t = number(args, argc, 0);
  if (t - t != 0) return fromDouble(NaN);
  const which = clampInt(arg(args, argc, 1), 0, 10);
  const offset = localOffset(t, false);
  if (which > FIELD_TIME) return fromF64(offset == 0 ? 0 : -offset / 60000);
  return fromInt(field(isTrue(arg(args, argc, 2)) ? t + offset : t, which));
}

// Text

const DAYS: usize = memory.data<u8>([83, 117, 110, 77, 111, 110, 84, 117, 101, 87, 101, 100, 84, 104, 117, 70, 114, 105, 83, 97, 116]);
const MONTHS: usize = memory.data<u8>([
  74, 97, 110, 70, 101, 98, 77, 97, 114, 65, 112, 114, 77, 97, 121, 74, 117, 110, 74, 117, 108, 65, 117, 103, 83, 101, 112, 79, 99, 116, 78, 111, 118, 68, 101, 99,
]);
function pushName(names: usize, i: i32): void {
  for (let j = 0; j < 3; j++) sbPush8(<u32>load<u8>(names + <usize>(i * 3 + j)));
}
function pushPadded(n: i32, width: i32): void {
  let limit = 10;
  for (let i = 1; i < width; i++) {
    if (n < limit) {
      for (let j = i; j < width; j++) sbPush8(48);
      break;
    }
    limit *= 10;
  }
  sbPushDecimal(n);
}
function pushYear(year: i32): void {
  if (year < 0) sbPush8(45);
  pushPadded(year < 0 ? -year : year, 4);
}
function pushClock(t: f64): void {
  pushPadded(field(t, FIELD_HOURS), 2);
  sbPush8(58);
  pushPadded(field(t, FIELD_MINUTES), 2);
  sbPush8(58);
  pushPadded(field(t, FIELD_SECONDS), 2);
}
/** "Thu Jan 01 1970" */
function pushDate(t: f64): void {
  pushName(DAYS, field(t, FIELD_WEEKDAY));
  sbPush8(32);
  pushName(MONTHS, field(t, FIELD_MONTH));
  sbPush8(32);
  pushPadded(field(t, FIELD_DATE), 2);
  sbPush8(32);
  pushYear(field(t, FIELD_YEAR));
}
/** "00:00:00 GMT+0000 (Coordinated Universal Time)" */
function pushTime(t: f64, offset: f64): void {
  pushClock(t);
  const minutes = <i32>(Math.abs(offset) / 60000);
  sbPushLiteral(offset < 0 ? " GMT-" : " GMT+");
  pushPadded(minutes / 60, 2);
  pushPadded(minutes % 60, 2);
  if (offset == 0) sbPushLiteral(" (Coordinated Universal Time)");
}
/** "1/1/1970" */
function pushLocaleDate(t: f64): void {
  sbPushDecimal(field(t, FIELD_MONTH) + 1);
  sbPush8(47);
  sbPushDecimal(field(t, FIELD_DATE));
  sbPush8(47);
  // Years before 1 are counted backwards in their era, which is not shown.
  const year = field(t, FIELD_YEAR);
  sbPushDecimal(year > 0 ? year : 1 - year);
}
/** "12:00:00 AM", with a plain space, as V8 prefers to CLDR's narrow one. */
function pushLocaleTime(t: f64): void {
  const hour = field(t, FIELD_HOURS);
  sbPushDecimal(hour % 12 == 0 ? 12 : hour % 12);
  sbPush8(58);
  pushPadded(field(t, FIELD_MINUTES), 2);
  sbPush8(58);
  pushPadded(field(t, FIELD_SECONDS), 2);
  sbPush8(32);
  sbPushLiteral(hour < 12 ? "AM" : "PM");
}

export function dateFormat(args: usize, argc: i32): Value {
  const utc = number(args, argc, 0);
  const kind = clampInt(arg(args, argc, 1), 0, 7);
  const offset = localOffset(utc, false);
  const t = kind < 2 ? utc : utc + offset;
  sbReset();
  switch (kind) {
    case 0: {
      const year = field(t, FIELD_YEAR);
      if (year < 0 || year > 9999) {
        sbPush8(year < 0 ? 45 : 43);
        pushPadded(year < 0 ? -year : year, 6);
      } else pushPadded(year, 4);
      sbPush8(45);
      pushPadded(field(t, FIELD_MONTH) + 1, 2);
      sbPush8(45);
      pushPadded(field(t, FIELD_DATE), 2);
      sbPush8(84);
      pushClock(t);
      sbPush8(46);
      pushPadded(field(t, FIELD_MILLISECONDS), 3);
      sbPush8(90);
      break;
    }
    case 1:
      pushName(DAYS, field(t, FIELD_WEEKDAY));
      sbPushLiteral(", ");
      pushPadded(field(t, FIELD_DATE), 2);
      sbPush8(32);
      pushName(MONTHS, field(t, FIELD_MONTH));
      sbPush8(32);
      pushYear(field(t, FIELD_YEAR));
      sbPush8(32);
      pushClock(t);
      sbPushLiteral(" GMT");
      break;
    case 2:
      pushDate(t);
      sbPush8(32);
      pushTime(t, offset);
      break;
    case 3:
      pushDate(t);
      break;
    case 4:
      pushTime(t, offset);
      break;
    case 5:
      pushLocaleDate(t);
      sbPushLiteral(", ");
      pushLocaleTime(t);
      break;
    case 6:
      pushLocaleDate(t);
      break;
    default:
      pushLocaleTime(t);
  }
  return stringOrException(sbFinish());
}

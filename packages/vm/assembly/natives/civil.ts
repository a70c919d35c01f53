/** Days and the proleptic Gregorian calendar (ECMA-262, 21.4.1). Pure arithmetic; algorithms of H. Hinnant, "chrono-compatible low-level date algorithms". */

export const MS_PER_DAY: f64 = 86400000;

/** Day number of a civil date; month 0..11, day may be any number. */
export function daysFromCivil(year: i64, month: i64, day: i64): i64 {
  const y = month <= 1 ? year - 1 : year;
  const era = (y >= 0 ? y : y - 399) / 400;
  const yearOfEra = y - era * 400;
  const shifted = (month + 10) % 12;
  const dayOfYear = (153 * shifted + 2) / 5 + day - 1;
  const dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear;
  return era * 146097 + dayOfEra - 719468;
}

/** Year << 16 | month << 8 | day of month (from 1) of a day number. */
export function civilFromDays(days: i64): i64 {
  const z = days + 719468;
  const era = (z >= 0 ? z : z - 146096) / 146097;
  const dayOfEra = z - era * 146097;
  const yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36524 - dayOfEra / 146096) / 365;
  const dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100);
  const shifted = (5 * dayOfYear + 2) / 153;
  const day = dayOfYear - (153 * shifted + 2) / 5 + 1;
  const month = shifted < 10 ? shifted + 2 : shifted - 10;
  const year = yearOfEra + era * 400 + (month <= 1 ? 1 : 0);
  return (year << 16) | (month << 8) | day;
}

/** ToIntegerOrInfinity without negative zero; NaN stays. */
function integer(x: f64): f64 {
  return Math.trunc(x) + 0.0;
}

export function makeDay(year: f64, month: f64, date: f64): f64 {
  if (year - year != 0 || month - month != 0 || date - date != 0) return NaN;
  const m = integer(month);
  const y = integer(year) + Math.floor(m / 12);
  if (Math.abs(y) > 400000) return NaN;
  const mn = m - Math.floor(m / 12) * 12;
  return <f64>daysFromCivil(<i64>y, <i64>mn, 1) + integer(date) - 1;
}
export function makeTime(hour: f64, min: f64, sec: f64, ms: f64): f64 {
  if (hour - hour != 0 || min - min != 0 || sec - sec != 0 || ms - ms != 0) return NaN;
  return integer(hour) * 3600000 + integer(min) * 60000 + integer(sec) * 1000 + integer(ms);
}
export function makeDate(day: f64, time: f64): f64 {
  const t = day * MS_PER_DAY + time;
  return t - t == 0 ? t : NaN;
}
export function timeClip(time: f64): f64 {
  return Math.abs(time) <= 8.64e15 ? integer(time) : NaN;
}

/** The Date field (RFC 9110, 6.6.1): IMF-fixdate, written once a second; the clock is read for the first answer after the host has waited (`vm_poll`). */
import { hostTime } from "../host";
import { dateSecond, dateText, isDateFresh, setDateFresh, setDateSecond } from "./state";

const NAMES = "SunMonTueWedThuFriSatJanFebMarAprMayJunJulAugSepOctNovDec";

// @ts-ignore: decorator
@inline function two(p: usize, n: i32): void {
  store<u8>(p, 0x30 + n / 10);
  store<u8>(p, 0x30 + n % 10, 1);
}

function name(p: usize, index: i32): void {
  const q = changetype<usize>(NAMES) + <usize>(index * 6);
  store<u8>(p, load<u16>(q));
  store<u8>(p, load<u16>(q, 2), 1);
  store<u8>(p, load<u16>(q, 4), 2);
}

/** Address of 29 bytes, "Sun, 06 Nov 1994 08:49:37 GMT" of now. */
export function httpDate(): usize {
  const p = dateText();
  if (isDateFresh()) return p;
  setDateFresh(true);
  const second = <i64>(hostTime() / 1000.0);
  if (second == dateSecond()) return p;
  setDateSecond(second);
  const days = <i32>(second / 86400);
  const rest = <i32>(second - <i64>days * 86400);
  // Civil from days: http://howardhinnant.github.io/date_algorithms.html
  const z = days + 719468;
  const era = z / 146097;
  const doe = z - era * 146097;
  const yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
  const doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
  const mp = (5 * doy + 2) / 153;
  const month = mp < 10 ? mp + 3 : mp - 9;
  const year = yoe + era * 400 + (month <= 2 ? 1 : 0);
  name(p, (days + 4) % 7);
  store<u8>(p, 0x2c, 3);
  store<u8>(p, 32, 4);
  two(p + 5, doy - (153 * mp + 2) / 5 + 1);
  store<u8>(p, 32, 7);
  name(p + 8, 6 + month);
  store<u8>(p, 32, 11);
  two(p + 12, year / 100);
  two(p + 14, year % 100);
  store<u8>(p, 32, 16);
  two(p + 17, rest / 3600);
  store<u8>(p, 0x3a, 19);
  two(p + 20, rest / 60 % 60);
  store<u8>(p, 0x3a, 22);
  two(p + 23, rest % 60);
  store<u32>(p, 0x544d4720, 25);
  return p;
}

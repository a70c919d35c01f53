/** 21.4 Date objects. Internal slot 0 is the time value. */

const DateConstructor = installConstructor(
  function Date(...args) {
    if ($newTarget === undefined) return $dateFormat($dateNow(), 2);
    let time: number;
    const count = args.length;
    if (count === 0) time = $dateNow();
    else if (count === 1) {
      const value = args[0];
      if ($kindOf(value) === $kind.DATE) time = $getInternal(value, 0);
      else {
        const v = ToPrimitive(value, "default");
        time = typeof v === "string" ? $dateParse(v) : $dateTimeClip(+v);
      }
    } else time = $dateTimeClip($dateLocalToUtc(dateFromComponents(args)));
    const date = OrdinaryCreateFromConstructor($newTarget, DatePrototype, $kind.DATE);
    $setInternal(date, 0, time);
    return date;
  },
  7,
  DatePrototype,
  {
    now() {
      return $dateNow();
    },
    parse(string) {
      return $dateParse(`${string}`);
    },
    UTC(...args) {
      return $dateTimeClip(dateFromComponents(args));
    },
  },
);
installLengths(DateConstructor, ["UTC", 7]);
accelerate(DateConstructor, ["now", $native.dateNow]);

/** Time value of (year, month, date, hours, minutes, seconds, ms), not clipped; years 0..99 are of the 20th century. */
function dateFromComponents(args: Value[]): number {
  const list = toNumberList(args);
  const count = list.length;
  let year: Value = count > 0 ? list[0] : NaN;
  if (year === year) {
    const y = ToIntegerOrInfinity(year);
    if (y >= 0 && y <= 99) year = 1900 + y;
  }
  const day = $dateMakeDay(year, count > 1 ? list[1] : 0, count > 2 ? list[2] : 1);
  return $dateMakeDate(day, $dateMakeTime(count > 3 ? list[3] : 0, count > 4 ? list[4] : 0, count > 5 ? list[5] : 0, count > 6 ? list[6] : 0));
}

function thisTimeValue(date): number {
  if ($kindOf(date) !== $kind.DATE) throw makeTypeError("this is not a Date object.");
  return $getInternal(date, 0);
}

/** A component of a Date, for the getters; fields as $dateField. */
function dateGet(date, field: number, local: boolean): number {
  const t = thisTimeValue(date);
  return t !== t ? NaN : $dateField(t, field, local);
}

/**
 * The setters. `first` is the index of the first component that the method sets (0 year ... 6 ms), `most` how many it may; components not
 * given keep their value. 21.4.4.20 and the like: all arguments are converted even when the date is invalid.
 */
function dateSet(date, args: Value[], first: number, most: number, local: boolean): number {
  let t = thisTimeValue(date);
  const given = args.length < most ? args.length : most;
  const values: Value[] = [];
  for (let i = 0; i < given; i++) $append(values, +args[i]);
  if (given === 0) $append(values, NaN);
  if (t !== t) {
    if (first !== 0) return NaN;
    t = 0;
  } else if (local) t = $dateUtcToLocal(t);
  const parts: Value[] = [
    $dateField(t, 0, false),
    $dateField(t, 1, false),
    $dateField(t, 2, false),
    $dateField(t, 4, false),
    $dateField(t, 5, false),
    $dateField(t, 6, false),
    $dateField(t, 7, false),
  ];
  for (let i = 0; i < values.length; i++) parts[first + i] = values[i];
  let result = $dateMakeDate($dateMakeDay(parts[0], parts[1], parts[2]), $dateMakeTime(parts[3], parts[4], parts[5], parts[6]));
  if (local) result = $dateLocalToUtc(result);
  result = $dateTimeClip(result);
  $setInternal(date, 0, result);
  return result;
}

function dateText(date, kind: number): string {
  const t = thisTimeValue(date);
  return t !== t ? "Invalid Date" : $dateFormat(t, kind);
}

install(DatePrototype, {
  getDate() {
    return dateGet(this, 2, true);
  },
  getDay() {
    return dateGet(this, 3, true);
  },
  getFullYear() {
    return dateGet(this, 0, true);
  },
  getHours() {
    return dateGet(this, 4, true);
  },
  getMilliseconds() {
    return dateGet(this, 7, true);
  },
  getMinutes() {
    return dateGet(this, 5, true);
  },
  getMonth() {
    return dateGet(this, 1, true);
  },
  getSeconds() {
    return dateGet(this, 6, true);
  },
  getTime() {
    return thisTimeValue(this);
  },
  getTimezoneOffset() {
    return dateGet(this, 10, true);
  },
  getUTCDate() {
    return dateGet(this, 2, false);
  },
  getUTCDay() {
    return dateGet(this, 3, false);
  },
  getUTCFullYear() {
    return dateGet(this, 0, false);
  },
  getUTCHours() {
    return dateGet(this, 4, false);
  },
  getUTCMilliseconds() {
    return dateGet(this, 7, false);
  },
  getUTCMinutes() {
    return dateGet(this, 5, false);
  },
  getUTCMonth() {
    return dateGet(this, 1, false);
  },
  getUTCSeconds() {
    return dateGet(this, 6, false);
  },
  getYear() {
    return dateGet(this, 0, true) - 1900;
  },
  setDate(...args) {
    return dateSet(this, args, 2, 1, true);
  },
  setFullYear(...args) {
    return dateSet(this, args, 0, 3, true);
  },
  setHours(...args) {
    return dateSet(this, args, 3, 4, true);
  },
  setMilliseconds(...args) {
    return dateSet(this, args, 6, 1, true);
  },
  setMinutes(...args) {
    return dateSet(this, args, 4, 3, true);
  },
  setMonth(...args) {
    return dateSet(this, args, 1, 2, true);
  },
  setSeconds(...args) {
    return dateSet(this, args, 5, 2, true);
  },
  setTime(time) {
    thisTimeValue(this);
    const t = $dateTimeClip(+time);
    $setInternal(this, 0, t);
    return t;
  },
  setUTCDate(...args) {
    return dateSet(this, args, 2, 1, false);
  },
  setUTCFullYear(...args) {
    return dateSet(this, args, 0, 3, false);
  },
  setUTCHours(...args) {
    return dateSet(this, args, 3, 4, false);
  },
  setUTCMilliseconds(...args) {
    return dateSet(this, args, 6, 1, false);
  },
  setUTCMinutes(...args) {
    return dateSet(this, args, 4, 3, false);
  },
  setUTCMonth(...args) {
    return dateSet(this, args, 1, 2, false);
  },
  setUTCSeconds(...args) {
    return dateSet(this, args, 5, 2, false);
  },
  setYear(year) {
    thisTimeValue(this);
    let y = +year;
    const whole = ToIntegerOrInfinity(y);
    if (y === y && whole >= 0 && whole <= 99) y = 1900 + whole;
    if (y !== y) {
      $setInternal(this, 0, NaN);
      return NaN;
    }
    return dateSet(this, [y], 0, 1, true);
  },
  toDateString() {
    return dateText(this, 3);
  },
  toISOString() {
    const t = thisTimeValue(this);
    if (t !== t) throw makeRangeError("Invalid time value");
    return $dateFormat(t, 0);
  },
  toJSON(_key) {
    const O = ToObject(this);
    const tv = ToPrimitive(O, "number");
    if (typeof tv === "number" && !$numberIsFinite(tv)) return null;
    return O.toISOString();
  },
  toLocaleDateString() {
    return dateText(this, 6);
  },
  toLocaleString() {
    return dateText(this, 5);
  },
  toLocaleTimeString() {
    return dateText(this, 7);
  },
  toString() {
    return dateText(this, 2);
  },
  toTimeString() {
    return dateText(this, 4);
  },
  toUTCString() {
    return dateText(this, 1);
  },
  valueOf() {
    return thisTimeValue(this);
  },
});
installLengths(DatePrototype, ["setDate", 1, "setFullYear", 3, "setHours", 4, "setMilliseconds", 1, "setMinutes", 3, "setMonth", 2, "setSeconds", 2]);
installLengths(DatePrototype, [
  "setUTCDate",
  1,
  "setUTCFullYear",
  3,
  "setUTCHours",
  4,
  "setUTCMilliseconds",
  1,
  "setUTCMinutes",
  3,
  "setUTCMonth",
  2,
  "setUTCSeconds",
  2,
]);
$defineOwn(DatePrototype, "toGMTString", $getOwnValue(DatePrototype, "toUTCString"), 5);
$defineOwn(
  DatePrototype,
  symbolToPrimitive,
  $getOwnValue(
    {
      [symbolToPrimitive](hint) {
        if (!$isObject(this)) throw makeTypeError("Date.prototype[Symbol.toPrimitive] called on non-object");
        if (hint === "string" || hint === "default") return OrdinaryToPrimitive(this, "string");
        if (hint === "number") return OrdinaryToPrimitive(this, "number");
        throw makeTypeError(`Invalid hint: ${describe(hint)}`);
      },
    },
    symbolToPrimitive,
  ),
  4,
);

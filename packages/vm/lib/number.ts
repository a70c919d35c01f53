/** 21.1 Number objects and the numeric functions of the global object (19.2). */

const NumberConstructor = installConstructor(
  function Number(...args) {
    let n: Value = 0;
    if (args.length > 0) {
      n = ToNumeric(args[0]);
      if (typeof n === "bigint") n = $bigToNumber(n);
    }
    if ($newTarget === undefined) return n;
    return wrapPrimitive($kind.NUMBER, GetPrototypeFromConstructor($newTarget, NumberPrototype), n);
  },
  1,
  NumberPrototype,
  {
    isFinite(n) {
      return $numberIsFinite(n);
    },
    isInteger(n) {
      return $numberIsInteger(n);
    },
    isNaN(n) {
      return $numberIsNaN(n);
    },
    isSafeInteger(n) {
      return $numberIsSafeInteger(n);
    },
  },
);
installConstants(NumberConstructor, {
  EPSILON: 2.220446049250313e-16,
  MAX_SAFE_INTEGER: 9007199254740991,
  MAX_VALUE: 1.7976931348623157e308,
  MIN_SAFE_INTEGER: -9007199254740991,
  MIN_VALUE: 5e-324,
  NaN: NaN,
  NEGATIVE_INFINITY: -Infinity,
  POSITIVE_INFINITY: Infinity,
});
accelerate(NumberConstructor, [
  "isFinite",
  $native.numberIsFinite,
  "isInteger",
  $native.numberIsInteger,
  "isNaN",
  $native.numberIsNaN,
  "isSafeInteger",
  $native.numberIsSafeInteger,
]);

function thisNumberValue(v, method: string): number {
  if (typeof v === "number") return v;
  if ($kindOf(v) === $kind.NUMBER) return $getInternal(v, 0);
  throw makeTypeError(`Number.prototype.${method} requires that 'this' be a Number`);
}
/** Digits argument of the formatting methods, checked against [from, to]. */
function digitCount(f: number, from: number, to: number, method: string): number {
  if (f < from || f > to) throw makeRangeError(`${method}()${method === "toFixed" ? " digits" : ""} argument must be between ${from} and ${to}`);
  return f;
}
install(NumberPrototype, {
  toExponential(fractionDigits) {
    const x = thisNumberValue(this, "toExponential");
    const f = ToIntegerOrInfinity(fractionDigits);
    if (!$numberIsFinite(x)) return $numToString(x);
    digitCount(f, 0, 100, "toExponential");
    return $numToExponential(x, fractionDigits === undefined ? undefined : f);
  },
  toFixed(fractionDigits) {
    const x = thisNumberValue(this, "toFixed");
    return $numToFixed(x, digitCount(ToIntegerOrInfinity(fractionDigits), 0, 100, "toFixed"));
  },
  toLocaleString() {
    const x = thisNumberValue(this, "toLocaleString");
    if (!$numberIsFinite(x)) return x !== x ? "NaN" : x > 0 ? "∞" : "-∞";
    return groupThousands($numToFixed(x, 3));
  },
  toPrecision(precision) {
    const x = thisNumberValue(this, "toPrecision");
    if (precision === undefined) return $numToString(x);
    const p = ToIntegerOrInfinity(precision);
    if (!$numberIsFinite(x)) return $numToString(x);
    return $numToPrecision(x, digitCount(p, 1, 100, "toPrecision"));
  },
  toString(radix) {
    const x = thisNumberValue(this, "toString");
    return $numToRadix(x, radix === undefined ? 10 : toRadix(radix));
  },
  valueOf() {
    return thisNumberValue(this, "valueOf");
  },
});
installLengths(NumberPrototype, ["toString", 1]);
accelerate(NumberPrototype, ["toString", $native.numberProtoToString, "toFixed", $native.numberProtoToFixed]);

function toRadix(radix): number {
  const r = ToIntegerOrInfinity(radix);
  if (r < 2 || r > 36) throw makeRangeError("toString() radix argument must be between 2 and 36");
  return r;
}

/** en-US grouping of a decimal text with three fraction digits, trailing zeros dropped; texts in exponent notation stay. */
function groupThousands(text: string): string {
  if ($strIndexOf(text, "e", 0) >= 0) return text;
  let point = $strIndexOf(text, ".", 0);
  let fraction = "";
  if (point < 0) point = text.length;
  else {
    let end = text.length;
    while (end > point && text[end - 1] === "0") end--;
    if (end === point + 1) end = point;
    fraction = $strSlice(text, point, end);
  }
  const sign = text[0] === "-" ? "-" : "";
  let digits = $strSlice(text, sign.length, point);
  let grouped = "";
  while (digits.length > 3) {
    grouped = `,${$strSlice(digits, digits.length - 3, digits.length)}${grouped}`;
    digits = $strSlice(digits, 0, digits.length - 3);
  }
  return `${digits === "0" && grouped === "" && fraction === "" ? "" : sign}${digits}${grouped}${fraction}`;
}

install(globalObject, {
  parseFloat(string) {
    return $numParseFloat(`${string}`);
  },
  parseInt(string, radix) {
    const s = `${string}`;
    return $numParseInt(s, radix | 0);
  },
  isFinite(number) {
    return $numberIsFinite(+number);
  },
  isNaN(number) {
    const n = +number;
    return n !== n;
  },
});
accelerate(globalObject, [
  "parseFloat",
  $native.globalParseFloat,
  "parseInt",
  $native.globalParseInt,
  "isFinite",
  $native.globalIsFinite,
  "isNaN",
  $native.globalIsNaN,
]);
$defineOwn(NumberConstructor, "parseFloat", $getOwnValue(globalObject, "parseFloat"), 5);
$defineOwn(NumberConstructor, "parseInt", $getOwnValue(globalObject, "parseInt"), 5);

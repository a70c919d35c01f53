/** 21.2 BigInt objects. */

const BigIntConstructor = installConstructor(
  function BigInt(value) {
    if ($newTarget !== undefined) throw makeTypeError("BigInt is not a constructor");
    const primitive = ToPrimitive(value, "number");
    if (typeof primitive !== "number") return ToBigInt(primitive);
    const result = $bigFromNumber(primitive);
    if (result === undefined) throw makeRangeError(`The number ${primitive} cannot be converted to a BigInt because it is not an integer`);
    return result;
  },
  1,
  BigIntPrototype,
  {
    asIntN(bits, bigint) {
      const n = ToIndex(bits, "Invalid value: not (convertible to) a safe integer");
      return $bigAsIntN(n, ToBigInt(bigint));
    },
    asUintN(bits, bigint) {
      const n = ToIndex(bits, "Invalid value: not (convertible to) a safe integer");
      return $bigAsUintN(n, ToBigInt(bigint));
    },
  },
);

/** 7.1.13 ToBigInt. */
function ToBigInt(v): bigint {
  const primitive = ToPrimitive(v, "number");
  switch (typeof primitive) {
    case "bigint":
      return primitive;
    case "boolean":
      return primitive ? 1n : 0n;
    case "string": {
      const n = $bigFromString(primitive);
      if (n === undefined) throw makeSyntaxError(`Cannot convert ${primitive} to a BigInt`);
      return n;
    }
  }
  throw makeTypeError(`Cannot convert ${describe(primitive)} to a BigInt`);
}

function thisBigIntValue(v, method: string): bigint {
  if (typeof v === "bigint") return v;
  if ($kindOf(v) === $kind.BIGINT_OBJECT) return $getInternal(v, 0);
  throw Incompatible(`BigInt.prototype.${method}`, v);
}
install(BigIntPrototype, {
  toLocaleString() {
    return groupThousands($bigToString(thisBigIntValue(this, "toLocaleString"), 10));
  },
  toString(radix) {
    const x = thisBigIntValue(this, "toString");
    return $bigToString(x, radix === undefined ? 10 : toRadix(radix));
  },
  valueOf() {
    return thisBigIntValue(this, "valueOf");
  },
});
installLengths(BigIntPrototype, ["toString", 0]);
installTag(BigIntPrototype, "BigInt");

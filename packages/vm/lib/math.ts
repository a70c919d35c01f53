/** 21.3 The Math object. The natives take numbers; the fallbacks convert and call them as helpers. */

const MathObject = $newObject(ObjectPrototype);
$defineOwn(globalObject, "Math", MathObject, 5);
installTag(MathObject, "Math");
installConstants(MathObject, {
  E: 2.718281828459045,
  LN10: 2.302585092994046,
  LN2: 0.6931471805599453,
  LOG10E: 0.4342944819032518,
  LOG2E: 1.4426950408889634,
  PI: 3.141592653589793,
  SQRT1_2: 0.7071067811865476,
  SQRT2: 1.4142135623730951,
});

/** A list of numbers converted in order; every argument is converted even when the result is already known. */
function toNumberList(list: Value[]): Value[] {
  for (let i = 0; i < list.length; i++) list[i] = +list[i];
  return list;
}

install(MathObject, {
  abs(x) {
    return $mathAbs(+x);
  },
  acos(x) {
    return $mathAcos(+x);
  },
  acosh(x) {
    return $mathAcosh(+x);
  },
  asin(x) {
    return $mathAsin(+x);
  },
  asinh(x) {
    return $mathAsinh(+x);
  },
  atan(x) {
    return $mathAtan(+x);
  },
  atanh(x) {
    return $mathAtanh(+x);
  },
  atan2(y, x) {
    const n = +y;
    return $mathAtan2(n, +x);
  },
  cbrt(x) {
    return $mathCbrt(+x);
  },
  ceil(x) {
    return $mathCeil(+x);
  },
  clz32(x) {
    return $mathClz32(+x);
  },
  cos(x) {
    return $mathCos(+x);
  },
  cosh(x) {
    return $mathCosh(+x);
  },
  exp(x) {
    return $mathExp(+x);
  },
  expm1(x) {
    return $mathExpm1(+x);
  },
  f16round(x) {
    return $mathF16round(+x);
  },
  floor(x) {
    return $mathFloor(+x);
  },
  fround(x) {
    return $mathFround(+x);
  },
  hypot(...values) {
    const list = toNumberList(values);
    let result = 0;
    for (let i = 0; i < list.length; i++) if (list[i] === Infinity || list[i] === -Infinity) return Infinity;
    for (let i = 0; i < list.length; i++) result = $mathHypot(result, list[i]);
    return result;
  },
  imul(x, y) {
    const n = +x;
    return $mathImul(n, +y);
  },
  log(x) {
    return $mathLog(+x);
  },
  log10(x) {
    return $mathLog10(+x);
  },
  log1p(x) {
    return $mathLog1p(+x);
  },
  log2(x) {
    return $mathLog2(+x);
  },
  max(...values) {
    const list = toNumberList(values);
    let result = -Infinity;
    for (let i = 0; i < list.length; i++) result = $mathMax(result, list[i]);
    return result;
  },
  min(...values) {
    const list = toNumberList(values);
    let result = Infinity;
    for (let i = 0; i < list.length; i++) result = $mathMin(result, list[i]);
    return result;
  },
  pow(base, exponent) {
    const n = +base;
    return $mathPow(n, +exponent);
  },
  random() {
    return $mathRandom();
  },
  round(x) {
    return $mathRound(+x);
  },
  sign(x) {
    return $mathSign(+x);
  },
  sin(x) {
    return $mathSin(+x);
  },
  sinh(x) {
    return $mathSinh(+x);
  },
  sqrt(x) {
    return $mathSqrt(+x);
  },
  tan(x) {
    return $mathTan(+x);
  },
  tanh(x) {
    return $mathTanh(+x);
  },
  trunc(x) {
    return $mathTrunc(+x);
  },
});
installLengths(MathObject, ["hypot", 2, "max", 2, "min", 2]);
accelerate(MathObject, [
  "abs",
  $native.mathAbs,
  "acos",
  $native.mathAcos,
  "acosh",
  $native.mathAcosh,
  "asin",
  $native.mathAsin,
  "asinh",
  $native.mathAsinh,
  "atan",
  $native.mathAtan,
  "atanh",
  $native.mathAtanh,
  "atan2",
  $native.mathAtan2,
  "cbrt",
  $native.mathCbrt,
  "ceil",
  $native.mathCeil,
  "clz32",
  $native.mathClz32,
  "cos",
  $native.mathCos,
  "cosh",
  $native.mathCosh,
  "exp",
  $native.mathExp,
  "expm1",
  $native.mathExpm1,
  "f16round",
  $native.mathF16round,
  "floor",
  $native.mathFloor,
  "fround",
  $native.mathFround,
  "hypot",
  $native.mathHypot,
  "imul",
  $native.mathImul,
  "log",
  $native.mathLog,
  "log10",
  $native.mathLog10,
  "log1p",
  $native.mathLog1p,
  "log2",
  $native.mathLog2,
  "max",
  $native.mathMax,
  "min",
  $native.mathMin,
  "pow",
  $native.mathPow,
  "random",
  $native.mathRandom,
  "round",
  $native.mathRound,
  "sign",
  $native.mathSign,
  "sin",
  $native.mathSin,
  "sinh",
  $native.mathSinh,
  "sqrt",
  $native.mathSqrt,
  "tan",
  $native.mathTan,
  "tanh",
  $native.mathTanh,
  "trunc",
  $native.mathTrunc,
]);

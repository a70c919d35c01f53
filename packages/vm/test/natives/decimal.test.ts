import assert from "node:assert/strict";
import { before, test } from "node:test";
import { compileAssembly, doubles, randomSource, type Compiled } from "./harness.ts";

let module: Compiled;
before(async () => {
  module = await compileAssembly(`
    import { shortestDigits, fixedDigits, precisionDigits, digitsStart, digitsCount, digitsPoint } from "../../assembly/natives/dtoa";
    import { parseDecimal, parseEnd } from "../../assembly/natives/strtod";
    export { digitsStart, digitsCount, digitsPoint, shortestDigits, fixedDigits, precisionDigits, parseEnd };
    const INPUT: usize = memory.data(65536, 8);
    export function input(): usize { return INPUT; }
    export function parse(length: i32): f64 { return parseDecimal(INPUT, false, 0, length); }
  `);
});

function digits(): { text: string; point: number } {
  const { exports, memory } = module;
  const start = exports["digitsStart"]!() as number;
  const count = exports["digitsCount"]!() as number;
  return { text: Buffer.from(memory.buffer, start, count).toString("latin1"), point: exports["digitsPoint"]!() as number };
}

/** Digits and point position of JavaScript's exponential form. */
function split(exponential: string): { text: string; point: number } {
  const [mantissa, exponent] = exponential.split("e") as [string, string];
  return { text: mantissa.replace(".", ""), point: Number(exponent) + 1 };
}

function parse(text: string): number {
  const { exports, memory } = module;
  new Uint8Array(memory.buffer, exports["input"]!() as number, 65536).set(Buffer.from(text, "latin1"));
  return exports["parse"]!(text.length) as number;
}

test("shortest digits equal JavaScript's, for every kind of double", () => {
  for (const value of doubles(100_000, 1)) {
    const x = Math.abs(value);
    if (x === 0) continue;
    module.exports["shortestDigits"]!(x);
    const got = digits();
    const expected = split(x.toExponential());
    if (got.text !== expected.text || got.point !== expected.point) assert.deepEqual(got, expected, String(x));
  }
});

test("precision digits are exact", () => {
  const next = randomSource(2);
  for (const value of doubles(10_000, 3)) {
    const x = Math.abs(value);
    if (x === 0) continue;
    const precision = 1 + (next() % 30);
    module.exports["precisionDigits"]!(x, precision);
    const got = digits();
    const expected = split(x.toExponential(precision - 1));
    if (got.text !== expected.text || got.point !== expected.point) assert.deepEqual(got, expected, `${x} ${precision}`);
  }
  for (const x of [5e-324, 1.7976931348623157e308, 9.999999999999999e22, 0.5, 1e21]) {
    module.exports["precisionDigits"]!(x, 100);
    assert.deepEqual(digits(), split(x.toExponential(99)));
  }
});

test("fixed digits are exact", () => {
  const next = randomSource(4);
  for (const value of doubles(10_000, 5)) {
    const x = Math.abs(value);
    if (x >= 1e21) continue;
    const places = next() % 101;
    module.exports["fixedDigits"]!(x, places);
    const { text, point } = digits();
    const padded = text.padStart(places + 1, "0");
    const whole = padded.slice(0, padded.length - places);
    const got = places === 0 ? whole : `${whole}.${padded.slice(padded.length - places)}`;
    assert.equal(got, x.toFixed(places), `${x} ${places} ${point}`);
  }
});

test("parsing is correctly rounded", () => {
  const next = randomSource(6);
  for (const x of doubles(100_000, 7)) {
    const text = next() % 2 === 0 ? String(x) : x.toPrecision(1 + (next() % 30));
    const got = parse(text);
    if (!Object.is(got, Number(text))) assert.equal(got, Number(text), text);
  }
  for (let i = 0; i < 20_000; i++) {
    let text = "";
    for (let n = 1 + (next() % 40); n > 0; n--) text += String(next() % 10);
    if (next() % 2) text = `${text.slice(0, 5)}.${text.slice(5)}`;
    if (next() % 2) text += `e${(next() % 700) - 350}`;
    if (!Object.is(parse(text), Number(text))) assert.equal(parse(text), Number(text), text);
  }
});

test("parsing half-way cases and long texts", () => {
  const view = new DataView(new ArrayBuffer(8));
  for (const x of doubles(2_000, 8)) {
    const positive = Math.abs(x);
    if (positive === 0 || positive > 1e308) continue;
    // The exact middle between x and the next double has at most 767 significant digits; nudge it both ways.
    view.setFloat64(0, positive);
    view.setBigUint64(0, view.getBigUint64(0) + 1n);
    const [a, b] = [exactDecimal(positive), exactDecimal(view.getFloat64(0))];
    const scale = a.scale > b.scale ? a.scale : b.scale;
    const middle = (a.digits * 10n ** BigInt(scale - a.scale) + b.digits * 10n ** BigInt(scale - b.scale)) * 5n;
    for (const text of [
      `${middle}e-${scale + 1}`,
      `${middle}0000001e-${scale + 8}`,
      `${middle - 1n}e-${scale + 1}`,
      `0.000${middle}e${-scale + 2 + String(middle).length}`,
    ]) {
      if (!Object.is(parse(text), Number(text))) assert.equal(parse(text), Number(text), text);
    }
  }
  for (const text of [
    "1" + "0".repeat(5000),
    "0." + "0".repeat(5000) + "1",
    "1" + "0".repeat(5000) + "e-5000",
    "0." + "0".repeat(300) + "1e301",
    "9".repeat(2000) + "e-1700",
  ]) {
    assert.equal(parse(text), Number(text), text.slice(0, 20));
  }
});

function exactDecimal(x: number): { digits: bigint; scale: number } {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, x);
  const bits = view.getBigUint64(0);
  const biased = Number(bits >> 52n);
  const significand = (bits & 0xfffffffffffffn) | (biased ? 1n << 52n : 0n);
  const exponent = (biased || 1) - 1075;
  return exponent >= 0 ? { digits: significand << BigInt(exponent), scale: 0 } : { digits: significand * 5n ** BigInt(-exponent), scale: -exponent };
}

test("prefixes and rejects", () => {
  for (const [text, value, end] of [
    ["", NaN, 0],
    ["+", NaN, 0],
    [".", NaN, 0],
    ["-.e1", NaN, 0],
    ["1e", 1, 1],
    ["1e+", 1, 1],
    ["1.", 1, 2],
    [".5x", 0.5, 2],
    ["-0", -0, 2],
    ["-Infinityx", -Infinity, 9],
    ["Infinit", NaN, 0],
    ["1e99999999999999", Infinity, 16],
    ["1e-99999999999999", 0, 17],
    ["00012", 12, 5],
  ] as const) {
    assert.ok(Object.is(parse(text), value), text);
    assert.equal(module.exports["parseEnd"]!(), end, text);
  }
});

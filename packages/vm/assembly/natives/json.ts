/** Natives of JSON (ECMA-262, 25.5). The parser is in json-parse.ts, the serialiser in json-stringify.ts. */
import { Value, NOT_HANDLED, isNullish, isNumber, isString, isUndefined, numberOf, ptrOf } from "../value";
import { sbFinish, sbPush8, sbReset } from "../stringbuilder";
import { staticString, strLength, substring } from "../string";
import { arg } from "./args";
import { parseJson } from "./json-parse";
import { pushQuoted, stringify } from "./json-stringify";
import { stringOrException } from "./string";
import { scratchStart } from "./scratch";

export function jsonParseText(args: usize, argc: i32): Value {
  return parseJson(ptrOf(arg(args, argc, 0)), scratchStart(args, argc));
}
export function jsonParse(args: usize, argc: i32): Value {
  const text = arg(args, argc, 0);
  if (!isString(text) || !isUndefined(arg(args, argc, 1))) return NOT_HANDLED;
  return parseJson(ptrOf(text), scratchStart(args, argc));
}
export function jsonQuote(args: usize, argc: i32): Value {
  sbReset();
  pushQuoted(ptrOf(arg(args, argc, 0)));
  return stringOrException(sbFinish());
}
export function jsonStringifyPlain(args: usize, argc: i32): Value {
  return stringify(arg(args, argc, 0), ptrOf(arg(args, argc, 1)), scratchStart(args, argc));
}
export function jsonStringify(args: usize, argc: i32): Value {
  const space = arg(args, argc, 2);
  let gap: usize;
  if (!isNullish(arg(args, argc, 1))) return NOT_HANDLED;
  if (isUndefined(space)) gap = staticString("");
  else if (isString(space)) gap = substring(ptrOf(space), 0, min(strLength(ptrOf(space)), 10));
  else if (isNumber(space)) {
    const n = numberOf(space);
    sbReset();
    for (let i: f64 = 1; i <= n && i <= 10; i++) sbPush8(32);
    gap = sbFinish();
  } else return NOT_HANDLED;
  return stringify(arg(args, argc, 0), gap, scratchStart(args, argc));
}

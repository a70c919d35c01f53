/** Natives of JSON (ECMA-262, 25.5). The parser is in json-parse.ts, the serialiser in json-stringify.ts. */
import { EXCEPTION, Value, NOT_HANDLED, TRUE, fromObject, isNullish, isNumber, isString, isUndefined, numberOf, ptrOf } from "../value";
import { sbData, sbFinish, sbFinishUtf8, sbIsAscii, sbLength, sbPush8, sbReset } from "../stringbuilder";
import { emptyString, strLength, substring } from "../string";
import { arg } from "./args";
import { parseJson } from "./json-parse";
import { pushQuoted, stringify } from "./json-stringify";
import { stringOrException } from "./string";
import { bytesData, newBytes } from "./webbytes";
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
  pushQuoted(ptrOf(arg(args, argc, 0)));
  return stringOrException(sbFinishUtf8());
}
export function jsonStringifyPlain(args: usize, argc: i32): Value {
  return text(stringify(arg(args, argc, 0), ptrOf(arg(args, argc, 1)), scratchStart(args, argc)));
}
export function jsonStringify(args: usize, argc: i32): Value {
  const space = arg(args, argc, 2);
  let gap: usize;
  if (!isNullish(arg(args, argc, 1))) return NOT_HANDLED;
  if (isUndefined(space)) gap = emptyString();
  else if (isString(space)) gap = substring(ptrOf(space), 0, min(strLength(ptrOf(space)), 10));
  else if (isNumber(space)) {
    const n = numberOf(space);
    sbReset();
    for (let i: f64 = 1; i <= n && i <= 10; i++) sbPush8(32);
    gap = sbFinish();
  } else return NOT_HANDLED;
  return text(stringify(arg(args, argc, 0), gap, scratchStart(args, argc)));
}
/** What stringify found: a string when it is text. */
function text(found: Value): Value {
  return found == TRUE ? stringOrException(sbFinishUtf8()) : found;
}
export function jsonBody(args: usize, argc: i32): Value {
  const found = stringify(arg(args, argc, 0), emptyString(), scratchStart(args, argc));
  if (found != TRUE || sbIsAscii()) return text(found);
  const bytes = newBytes(sbLength());
  if (bytes == 0) return EXCEPTION;
  memory.copy(bytesData(bytes), sbData(), sbLength());
  return fromObject(bytes);
}

/** Interned strings that the VM itself uses, made at boot (state.nameAt). */
import { nameAt, setNameAt, setWellKnownSymbol } from "./state";
import { newSymbol, staticString, SYMBOL_WELL_KNOWN } from "./string";

export const N_EMPTY: i32 = 0, N_LENGTH: i32 = 1, N_NAME: i32 = 2, N_PROTOTYPE: i32 = 3, N_CONSTRUCTOR: i32 = 4, N_MESSAGE: i32 = 5, N_STACK: i32 = 6, N_UNDEFINED: i32 = 7, N_NULL: i32 = 8,
  N_TRUE: i32 = 9, N_FALSE: i32 = 10, N_OBJECT: i32 = 11, N_FUNCTION: i32 = 12, N_STRING: i32 = 13, N_NUMBER: i32 = 14, N_BOOLEAN: i32 = 15, N_SYMBOL: i32 = 16, N_BIGINT: i32 = 17,
  N_DEFAULT: i32 = 18, N_CALLEE: i32 = 19, N_RAW: i32 = 20, N_GET: i32 = 21, N_SET: i32 = 22, N_NAN: i32 = 23, N_INFINITY: i32 = 24, N_MINUS_INFINITY: i32 = 25, N_ANONYMOUS: i32 = 26,
  N_NEXT: i32 = 27, N_VALUE: i32 = 28, N_DONE: i32 = 29, N_HANDLER: i32 = 30, N_URL: i32 = 31, N_LAST_INDEX: i32 = 32, N_THIS: i32 = 33, N_ZERO: i32 = 34, N_INDEX: i32 = 35, N_INPUT: i32 = 36, N_GROUPS: i32 = 37, N_CAUSE: i32 = 38, N_PROTO: i32 = 39, N_STAR_DEFAULT: i32 = 40, N_EXEC: i32 = 41, N_THEN: i32 = 42;

@inline export function name(i: i32): usize { return nameAt(i); }

/** Boot: intern the names and make the well-known symbols. */
export function initNames(): void {
  setNameAt(N_EMPTY, staticString("")); setNameAt(N_LENGTH, staticString("length")); setNameAt(N_NAME, staticString("name")); setNameAt(N_PROTOTYPE, staticString("prototype"));
  setNameAt(N_CONSTRUCTOR, staticString("constructor")); setNameAt(N_MESSAGE, staticString("message")); setNameAt(N_STACK, staticString("stack"));
  setNameAt(N_UNDEFINED, staticString("undefined")); setNameAt(N_NULL, staticString("null")); setNameAt(N_TRUE, staticString("true")); setNameAt(N_FALSE, staticString("false"));
  setNameAt(N_OBJECT, staticString("object")); setNameAt(N_FUNCTION, staticString("function")); setNameAt(N_STRING, staticString("string")); setNameAt(N_NUMBER, staticString("number"));
  setNameAt(N_BOOLEAN, staticString("boolean")); setNameAt(N_SYMBOL, staticString("symbol")); setNameAt(N_BIGINT, staticString("bigint")); setNameAt(N_DEFAULT, staticString("default"));
  setNameAt(N_CALLEE, staticString("callee")); setNameAt(N_RAW, staticString("raw")); setNameAt(N_GET, staticString("get ")); setNameAt(N_SET, staticString("set "));
  setNameAt(N_NAN, staticString("NaN")); setNameAt(N_INFINITY, staticString("Infinity")); setNameAt(N_MINUS_INFINITY, staticString("-Infinity")); setNameAt(N_ANONYMOUS, staticString("<anonymous>"));
  setNameAt(N_NEXT, staticString("next")); setNameAt(N_VALUE, staticString("value")); setNameAt(N_DONE, staticString("done")); setNameAt(N_HANDLER, staticString("handler")); setNameAt(N_URL, staticString("url"));
  setNameAt(N_LAST_INDEX, staticString("lastIndex")); setNameAt(N_THIS, staticString("this")); setNameAt(N_ZERO, staticString("0")); setNameAt(N_INDEX, staticString("index"));
  setNameAt(N_EXEC, staticString("exec")); setNameAt(N_THEN, staticString("then")); setNameAt(N_INPUT, staticString("input")); setNameAt(N_GROUPS, staticString("groups")); setNameAt(N_CAUSE, staticString("cause")); setNameAt(N_PROTO, staticString("__proto__")); setNameAt(N_STAR_DEFAULT, staticString("*default*"));
  wellKnown(0, "Symbol.iterator"); wellKnown(1, "Symbol.asyncIterator"); wellKnown(2, "Symbol.hasInstance"); wellKnown(3, "Symbol.toPrimitive"); wellKnown(4, "Symbol.toStringTag");
  wellKnown(5, "Symbol.species"); wellKnown(6, "Symbol.isConcatSpreadable"); wellKnown(7, "Symbol.unscopables"); wellKnown(8, "Symbol.match"); wellKnown(9, "Symbol.matchAll");
  wellKnown(10, "Symbol.replace"); wellKnown(11, "Symbol.search"); wellKnown(12, "Symbol.split");
}
function wellKnown(i: i32, description: string): void { setWellKnownSymbol(i, newSymbol(staticString(description), SYMBOL_WELL_KNOWN)); }

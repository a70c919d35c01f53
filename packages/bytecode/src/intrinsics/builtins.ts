import type { Intrinsic } from "./index.ts";

/**
 * Natives of the ECMAScript built-ins. Two forms, told apart by name:
 *
 * - **Methods** carry the full type name (`stringIndexOf`, `arrayPush`, `mapGet`): they read `this` and any number of arguments, and
 *   are made into function objects with `$makeNative($native.stringIndexOf, "indexOf", 1, fallback)`. They answer the plain fast case
 *   and return NOT_HANDLED otherwise (wrong `this`, an argument that needs ToPrimitive, ...), before any side effect, so that the
 *   fallback can start from the beginning. Optional arguments may be absent or undefined.
 * - **Helpers** carry a short prefix (`strIndexOf`, `numToFixed`, `arrCopy`, `bigToString`): called as `$strIndexOf(s, t, i)` with
 *   exactly the parameters listed, already coerced to the types listed (`s`: string; `n`: any number; `int`: a number with an integral
 *   value or infinite; `i32`). They never return NOT_HANDLED unless the doc line says so. They may throw where it says so.
 *   A parameter of another type than listed is a bug of the library and gives an undefined result, but never a memory error.
 *
 * Math natives and those marked "both" ignore `this` and serve as either form.
 * A "plain array" is one for which `isPlainArray` holds: dense, extensible, no accessors, pristine prototype chain; holes read as undefined.
 */

const list: Intrinsic[] = [];
function file(name: string, entries: readonly (readonly [name: string, params: string, doc: string])[]): void {
  for (const [native, params, doc] of entries) list.push({ name: native, file: name, params, doc });
}

file("number", [
  ["numToString", "n", "Number::toString(n, 10)"],
  ["numToRadix", "n, radix", "Number::toString(n, radix), radix i32 2..36"],
  ["numToFixed", "n, digits", "the string of n.toFixed(digits), digits i32 0..100; exact; handles NaN, infinities and >= 1e21 as the spec does"],
  ["numToExponential", "n, digits", "digits i32 0..100, or undefined for as many as necessary; handles NaN and infinities"],
  ["numToPrecision", "n, precision", "precision i32 1..100; handles NaN and infinities"],
  ["strToNumber", "s", "StringToNumber: NaN when s is not a StringNumericLiteral"],
  ["numParseFloat", "s", "parseFloat of a string"],
  ["numParseInt", "s, radix", "parseInt of a string; radix i32 (already ToInt32)"],
  ["globalParseFloat", "value", "method: string or number argument, else NOT_HANDLED"],
  ["globalParseInt", "value, radix", "method: string or number value, absent/number radix, else NOT_HANDLED"],
  ["globalIsNaN", "value", "method: number argument, else NOT_HANDLED"],
  ["globalIsFinite", "value", "method: number argument, else NOT_HANDLED"],
  ["numberIsNaN", "value", "method: Number.isNaN, always handled"],
  ["numberIsFinite", "value", "method: Number.isFinite, always handled"],
  ["numberIsInteger", "value", "method: Number.isInteger, always handled"],
  ["numberIsSafeInteger", "value", "method: Number.isSafeInteger, always handled"],
  ["numberProtoToString", "radix", "method: this a number primitive; radix absent, or integer 2..36"],
  ["numberProtoToFixed", "digits", "method: this a number primitive; digits absent or integer 0..100"],
]);

file("string", [
  ["strIndexOf", "s, search, from", "StringIndexOf: index of search at or after from (i32 >= 0, clamped), -1 when absent; an empty search is found at min(from, length)"],
  ["strLastIndexOf", "s, search, from", "greatest index <= from (i32, clamped) where search occurs, or -1"],
  ["strStartsAt", "s, search, at", "boolean: search occurs at index at (i32; false when out of range)"],
  ["strSlice", "s, from, to", "substring [from, to), both i32, clamped to the length; empty when from >= to"],
  ["strCharCodeAt", "s, i", "code unit at i (i32 in range; NaN out of range)"],
  ["strCodePointAt", "s, i", "code point at i (i32 in range; undefined out of range)"],
  ["strCharAt", "s, i", "one-unit string at i, \"\" out of range"],
  ["strCodePointString", "s, i", "the one or two units of the code point at i, as string (string iterator); \"\" out of range"],
  ["strConcat", "a, b", "a + b of strings; RangeError when longer than the limit"],
  ["strRepeat", "s, count", "count i32 >= 0 or a larger int; RangeError \"Invalid string length\" when the result would be too long"],
  ["strPad", "s, maxLength, fill, atStart", "StringPad; maxLength int; atStart boolean"],
  ["strTrim", "s, where", "TrimString; where 1 start, 2 end, 3 both"],
  ["strToLower", "s", "full Unicode toLowerCase (special casing, final sigma)"],
  ["strToUpper", "s", "full Unicode toUpperCase (special casing)"],
  ["strNormalize", "s, form", "form i32: 0 NFC, 1 NFD, 2 NFKC, 3 NFKD"],
  ["strCompare", "a, b", "-1, 0, 1 by code units (the < of strings)"],
  ["strLocaleCompare", "a, b", "-1, 0, 1: canonical equivalents compare equal; otherwise letters first without regard to accents and case, then accents, then lower before upper case (an approximation of the root collation; no locales)"],
  ["strIsLatin1", "s", "boolean: no unit above 0xFF"],
  ["strIsWellFormed", "s", "boolean"],
  ["strToWellFormed", "s", "lone surrogates replaced by U+FFFD"],
  ["strSplit", "s, separator, limit", "array of substrings by a plain separator; limit a uint32 number; an empty separator splits into code units"],
  ["strReplaceAll", "s, search, replacement", "every occurrence of a plain search string replaced; replacement is literal text (expand `$` patterns yourself, or see strHasDollar)"],
  ["strHasDollar", "s", "boolean: s contains a `$` (the replacement needs GetSubstitution)"],
  ["strFromCodes", "array", "string of the code units in a plain array of numbers (ToUint16 each)"],
  ["strFromCodePoint", "codePoint", "string of one code point, i32 0..0x10FFFF"],
  ["strJoin", "array, separator", "concatenation of a plain array that holds strings only, with separator between; NOT_HANDLED when another value is met; RangeError when too long"],
  ["strIsLineTerminatorFree", "s", "boolean: no LF, CR, U+2028, U+2029"],
  ["strEncodeUri", "s, unescaped", "Encode(s, extraUnescaped): unescaped is the ASCII string of extra characters kept beside letters, digits and \"-_.!~*'()\"; URIError -> returns undefined on a lone surrogate"],
  ["strDecodeUri", "s, reserved", "Decode(s, preserveEscapeSet): undefined when malformed"],
  ["strEscape", "s", "Annex B escape"],
  ["strUnescape", "s", "Annex B unescape"],
  ["stringCharAt", "i", "method"],
  ["stringCharCodeAt", "i", "method"],
  ["stringCodePointAt", "i", "method"],
  ["stringAt", "i", "method"],
  ["stringIndexOf", "search, from", "method: search a string"],
  ["stringLastIndexOf", "search, from", "method: search a string"],
  ["stringIncludes", "search, from", "method: search a string"],
  ["stringStartsWith", "search, from", "method: search a string"],
  ["stringEndsWith", "search, to", "method: search a string"],
  ["stringSlice", "from, to", "method"],
  ["stringSubstring", "from, to", "method"],
  ["stringSubstr", "from, length", "method"],
  ["stringTrim", "", "method"],
  ["stringTrimStart", "", "method"],
  ["stringTrimEnd", "", "method"],
  ["stringPadStart", "maxLength, fill", "method: fill absent or a string"],
  ["stringPadEnd", "maxLength, fill", "method: fill absent or a string"],
  ["stringRepeat", "count", "method: count an integer >= 0"],
  ["stringToLowerCase", "", "method"],
  ["stringToUpperCase", "", "method"],
  ["stringConcat", "...strings", "method: primitive arguments"],
  ["stringToString", "", "method: this a string (also valueOf)"],
  ["stringFromCharCode", "...codes", "method: number arguments"],
]);

file("json", [
  ["jsonParseText", "s", "the value of a JSON text, without reviver; SyntaxError as V8 words it, with position"],
  ["jsonParse", "text, reviver", "method: text a string, reviver absent or undefined"],
  ["jsonQuote", "s", "QuoteJSONString"],
  ["jsonStringifyPlain", "value, gap", "JSON text of value with indent string gap (\"\" none), or undefined when value has none; NOT_HANDLED when an object needs user code (toJSON, accessor, proxy, wrapper, ...), a bigint is met, or the structure is cyclic (the full algorithm then throws its TypeError)"],
  ["jsonBody", "value", "the same without indent for a body: a string, or, unless it is ASCII, fresh bytes of UTF-8"],
  ["jsonStringify", "value, replacer, space", "method: replacer absent/undefined/null, space absent/undefined/number/string; NOT_HANDLED as jsonStringifyPlain"],
]);

file("math", [
  ...(["abs", "acos", "acosh", "asin", "asinh", "atan", "atanh", "cbrt", "ceil", "clz32", "cos", "cosh", "exp", "expm1", "floor", "fround", "f16round", "log", "log1p", "log10", "log2", "round", "sign", "sin", "sinh", "sqrt", "tan", "tanh", "trunc"] as const).map(
    (f) => [`math${f[0]!.toUpperCase()}${f.slice(1)}`, "n", `both: Math.${f} of a number (absent: NaN); NOT_HANDLED when the argument is no number`] as const,
  ),
  ["mathAtan2", "y, x", "both: numbers, else NOT_HANDLED"],
  ["mathPow", "base, exponent", "both: Number::exponentiate of numbers, else NOT_HANDLED"],
  ["mathImul", "a, b", "both: numbers, else NOT_HANDLED"],
  ["mathMax", "...n", "both: any count of numbers, else NOT_HANDLED"],
  ["mathMin", "...n", "both: any count of numbers, else NOT_HANDLED"],
  ["mathHypot", "...n", "both: any count of numbers, else NOT_HANDLED"],
  ["mathRandom", "", "both: [0, 1) from xorshift128+, seeded from the host after every start"],
]);

file("bigint", [
  ["bigBinary", "opcode, a, b", "arithmetic on two bigints; opcode is that of ADD SUB MUL DIV MOD EXP BAND BOR BXOR SHL SHR (USHR: TypeError); RangeError on division by zero, negative exponent, too large a result"],
  ["bigNegate", "a", "-a"],
  ["bigNot", "a", "~a"],
  ["bigInc", "a", "a + 1n"],
  ["bigDec", "a", "a - 1n"],
  ["bigCompare", "a, b", "-1, 0, 1; a and b each a bigint or a number; undefined when one is NaN"],
  ["bigToString", "a, radix", "radix i32 2..36"],
  ["bigFromString", "s", "StringToBigInt: undefined when s is not a StringIntegerLiteral"],
  ["bigFromNumber", "n", "bigint of an integral number; undefined when n is not integral"],
  ["bigToNumber", "a", "the nearest number, ties to even"],
  ["bigAsIntN", "bits, a", "bits int 0..2^53-1"],
  ["bigAsUintN", "bits, a", "bits int 0..2^53-1; RangeError when the result would be too large"],
]);

file("date", [
  ["dateNow", "", "both: milliseconds since the epoch"],
  ["dateMakeDay", "year, month, date", "MakeDay of numbers"],
  ["dateMakeTime", "hour, min, sec, ms", "MakeTime of numbers"],
  ["dateMakeDate", "day, time", "MakeDate of numbers"],
  ["dateTimeClip", "time", "TimeClip"],
  ["dateField", "time, field, local", "a component of a finite time value (NaN -> NaN): field 0 year, 1 month, 2 date, 3 weekday, 4 hours, 5 minutes, 6 seconds, 7 milliseconds, 8 day number, 9 time within day, 10 offset from UTC in minutes as getTimezoneOffset; local boolean: in local time"],
  ["dateLocalToUtc", "time", "UTC(t) of a local time value"],
  ["dateUtcToLocal", "time", "LocalTime(t)"],
  ["dateParse", "s", "time value of a date string, NaN when unknown: the ISO format, the output formats of toString and toUTCString, and the informal forms that V8 takes (e.g. \"Jan 2 2020 3:04 pm\", \"2020/1/2\")"],
  ["dateFormat", "time, kind", "finite time value; kind 0 toISOString (extended years), 1 toUTCString, 2 toString, 3 toDateString, 4 toTimeString, 5 toLocaleString en-US, 6 toLocaleDateString en-US, 7 toLocaleTimeString en-US"],
]);

file("collections", [
  ["mapNew", "prototype", "an empty Map object with this prototype"],
  ["setNew", "prototype", "an empty Set object"],
  ["weakMapNew", "prototype", "an empty WeakMap object"],
  ["weakSetNew", "prototype", "an empty WeakSet object"],
  ["collectionHas", "collection, key", "boolean; a Map or Set"],
  ["collectionGet", "map, key", "value of a Map, undefined when absent"],
  ["collectionSet", "collection, key, value", "set in a Map, or add to a Set (value ignored); -0 becomes +0; RangeError when too large"],
  ["collectionDelete", "collection, key", "boolean: was there"],
  ["collectionClear", "collection", "remove all entries"],
  ["collectionSize", "collection", "number of entries of a Map or Set"],
  ["collectionNext", "collection, cursor", "iteration, safe under every change of the collection: start with cursor 0; the result is the position of the first entry at or after cursor, or -1 at the end; go on with result + 1"],
  ["collectionKey", "collection, position", "key of the entry at a position that collectionNext just returned"],
  ["collectionValue", "collection, position", "value (Set: key) of that entry"],
  ["weakHas", "collection, key", "boolean; WeakMap or WeakSet; any key"],
  ["weakGet", "map, key", "value or undefined"],
  ["weakSet", "collection, key, value", "key an object or a symbol that CanBeHeldWeakly"],
  ["weakDelete", "collection, key", "boolean: was there"],
  ["mapGet", "key", "method"],
  ["mapHas", "key", "method"],
  ["mapSet", "key, value", "method"],
  ["mapDelete", "key", "method"],
  ["mapClear", "", "method"],
  ["setHas", "key", "method"],
  ["setAdd", "key", "method"],
  ["setDelete", "key", "method"],
  ["setClear", "", "method"],
  ["weakMapGet", "key", "method"],
  ["weakMapHas", "key", "method"],
  ["weakMapSet", "key, value", "method: object keys; others NOT_HANDLED"],
  ["weakMapDelete", "key", "method"],
  ["weakSetHas", "key", "method"],
  ["weakSetAdd", "key", "method: object keys; others NOT_HANDLED"],
  ["weakSetDelete", "key", "method"],
]);

file("typedarray", [
  // Element types: 0 Int8 1 Uint8 2 Uint8Clamped 3 Int16 4 Uint16 5 Int32 6 Uint32 7 Float16 8 Float32 9 Float64 10 BigInt64 11 BigUint64.
  ["bufferNew", "prototype, byteLength, maxByteLength", "a zeroed ArrayBuffer; byteLength int >= 0, maxByteLength int or undefined (fixed length); RangeError \"Array buffer allocation failed\" when too large"],
  ["bufferByteLength", "buffer", "0 when detached"],
  ["bufferMaxByteLength", "buffer", "maxByteLength (byteLength of a fixed one); 0 when detached"],
  ["bufferIsResizable", "buffer", "boolean"],
  ["bufferIsDetached", "buffer", "boolean"],
  ["bufferDetach", "buffer", "detach; the memory is released"],
  ["bufferResize", "buffer, byteLength", "byteLength <= maxByteLength; new bytes are zero"],
  ["bufferTransfer", "prototype, buffer, byteLength, maxByteLength", "a new buffer that takes the bytes over (cut or zero-extended), buffer is detached; maxByteLength int or undefined"],
  ["bufferCopy", "target, targetIndex, source, sourceIndex, count", "copy bytes between (or within) ArrayBuffers; ranges are clamped"],
  ["typedArrayNew", "prototype, type, buffer, byteOffset, length", "view over buffer; type as listed at the head of this group; length in elements, or -1: follows a resizable buffer's length"],
  ["typedArrayCreate", "prototype, bufferPrototype, type, length", "view over a new zeroed buffer of its own; RangeError when too large"],
  ["typedArrayType", "array", "element type 0..11, or -1 when the value is no typed array"],
  ["typedArrayLength", "array", "current length in elements; 0 when detached or out of bounds"],
  ["typedArrayByteOffset", "array", "as constructed (0 when out of bounds)"],
  ["typedArrayBuffer", "array", "its ArrayBuffer"],
  ["typedArrayIsOutOfBounds", "array", "boolean: detached, or the buffer shrank below it"],
  ["typedArrayIsLengthTracking", "array", "boolean"],
  ["typedArrayElement", "array, index", "element at index (int); undefined when out of range"],
  ["typedArrayStore", "array, index, value", "value a number (bigint for types 10, 11), already coerced; ignored when out of range"],
  ["typedArrayFill", "array, value, from, to", "fill [from, to), clamped; value already coerced"],
  ["typedArrayCopy", "target, targetIndex, source, sourceIndex, count", "copy elements between typed arrays of the same content type, converting, correct when they overlap; clamped"],
  ["typedArraySetArray", "target, targetIndex, array", "store a plain array of numbers (bigints for types 10, 11); NOT_HANDLED before any store when another value is met or it does not fit"],
  ["typedArrayToArray", "array", "plain array of its elements"],
  ["typedArrayReverse", "array", "in place"],
  ["typedArraySort", "array", "in place, ascending numeric order (-0 before +0, NaN last)"],
  ["typedArrayIndexOf", "array, value, from", "strict equality; index or -1; from an int >= 0"],
  ["typedArrayLastIndexOf", "array, value, from", "strict equality, from an int, downwards"],
  ["typedArrayIncludes", "array, value, from", "SameValueZero"],
  ["typedArrayJoin", "array, separator", "string"],
  ["dataViewNew", "prototype, buffer, byteOffset, byteLength", "byteLength -1: follows a resizable buffer's length"],
  ["dataViewBuffer", "view", "its ArrayBuffer"],
  ["dataViewByteOffset", "view", "as constructed"],
  ["dataViewByteLength", "view", "current byte length, or -1 when out of bounds or detached"],
  ["dataViewGet", "view, index, type, littleEndian", "element of any type at byte index (int); undefined when out of bounds"],
  ["dataViewSet", "view, index, type, value, littleEndian", "boolean: false when out of bounds; value already coerced (number, or bigint for 10, 11)"],
]);

file("array", [
  ["arrayPush", "...values", "method: plain array"],
  ["arrayPop", "", "method: plain array"],
  ["arrayShift", "", "method: plain array"],
  ["arrayUnshift", "...values", "method: plain array"],
  ["arraySlice", "from, to", "method: plain array with pristine species (constructor not overridden)"],
  ["arraySplice", "from, count, ...values", "method: plain array with pristine species"],
  ["arrayConcat", "...values", "method: plain arrays and primitives only"],
  ["arrayIndexOf", "value, from", "method: plain array"],
  ["arrayLastIndexOf", "value, from", "method: plain array"],
  ["arrayIncludes", "value, from", "method: plain array"],
  ["arrayJoin", "separator", "method: plain array of primitives (no symbols), separator absent/undefined/string"],
  ["arrayReverse", "", "method: plain array without holes"],
  ["arrayFill", "value, from, to", "method: plain array"],
  ["arrayAt", "i", "method: plain array"],
  ["arrayWith", "i, value", "method: plain array, integer i in range"],
  ["arrayToReversed", "", "method: plain array"],
  ["arrayCopyWithin", "to, from, end", "method: plain array without holes"],
  ["arrPlainSpecies", "v", "boolean: an array for which ArraySpeciesCreate makes a plain one, and asks no code of a program"],
  ["arrSetSpecies", "constructor, speciesGetter", "once, at realm creation: %Array% and the getter of its @@species; before that arraySlice, arraySplice and arrayConcat handle nothing"],
  ["arrSet", "array, i, value", "store into a plain array at i32 i <= length"],
  ["arrPop", "array", "remove and return the last element; undefined when empty"],
  ["arrShift", "array", "remove and return the first element; undefined when empty"],
  ["arrSlice", "array, from, to", "a new plain array of the elements [from, to) of a plain array, clamped i32; holes stay holes"],
  ["arrAppendAll", "target, source", "append all elements of plain source to plain target; holes become undefined"],
  ["arrCopy", "target, targetIndex, source, sourceIndex, count", "copy elements between (or within) plain arrays; the target is already long enough"],
  ["arrTruncate", "array, length", "cut a plain array to length (i32 <= its length)"],
]);

file("iterators", [
  ["arrayIteratorNext", "", "method: an iterator over a dense array or typed array"],
  ["mapIteratorNext", "", "method: a Map iterator"],
  ["setIteratorNext", "", "method: a Set iterator"],
  ["stringIteratorNext", "", "method: a String iterator"],
]);

file("sort", [
  ["sortDefault", "array", "sort a plain array in place in the default order (by string), stable, undefined last, holes after; NOT_HANDLED (before any change) when an element is an object or symbol"],
  ["sortNumeric", "array", "sort a plain array in place that holds numbers only, ascending, NaN last; NOT_HANDLED (before any change) when another value is met"],
  ["sortStart", "items", "begin a stable merge sort of a plain array without holes that the library owns; returns the state, a plain array"],
  ["sortStep", "state, order", "go on: `let order = 0; while ($sortStep(state, order)) order = <number: compare(state[0], state[1])>`; returns false when the items are sorted in place. NaN counts as 0. The first order is ignored"],
]);

file("regexp/regexp", [
  ["regexpProgram", "words", "make the matcher's program from the plain array of int32 that regexp-compiler.ts emits: an internal value for $setInternal"],
  ["regexpExec", "program, s, lastIndex, captures", "match at or after lastIndex (at it, when the program is sticky); true and plain array captures holds start and end index of each group (-1 unmatched), or false. lastIndex i32 <= length. RangeError when the backtracking stack is full, uncatchable termination at the CPU limit"],
  ["regexpMatch", "program, s, lastIndex", "as regexpExec, returns undefined or the match array without extra properties: substrings, undefined for unmatched groups. Position by $regexpLastStart() and $regexpLastEnd()"],
  ["regexpTest", "program, s, lastIndex", "as regexpExec, returns only the end index of the match, or -1"],
  ["regexpIsPlain", "v", "a RegExp whose only own property is a writable lastIndex >= 0, and that inherits the intrinsic exec"],
  ["regexpProtoExec", "string", "method: a RegExp with only an integer lastIndex, without named groups and flag d, and a string"],
  ["regexpProtoTest", "string", "method: a RegExp for which regexpIsPlain, and a string"],
  ["regexpLastStart", "", "start index of the latest successful regexpMatch or regexpTest"],
  ["regexpLastEnd", "", "end index of the latest successful regexpMatch or regexpTest"],
  ["regexpReplace", "program, s, replacement", "global replacement by literal text (no `$`), non-sticky: the whole resulting string"],
  ["regexpMatchAll", "program, s", "all non-overlapping matches from 0 as an array of strings, or null when none (match with g, non-sticky)"],
  ["regexpEscape", "s", "RegExp.escape"],
]);

file("regexp/unicode", [
  ["unicodeProperty", "name", "sorted plain array of int32 pairs (first, last) of a property expression: \"L\", \"Lu\", \"Script=Greek\", \"sc=Grek\", \"scx=Grek\", \"Alphabetic\", ...; names and aliases of the spec exactly; undefined when unknown"],
  ["unicodeStringProperty", "name", "array of strings of a property of strings (v flag: \"RGI_Emoji\", ...), or undefined"],
  ["unicodeCaseClose", "ranges, unicode", "plain array of pairs closed under case-insensitive equivalence; unicode boolean: simple case folding (u, v), else toUpperCase rules"],
  ["unicodeCanonicalize", "codePoint, unicode", "Canonicalize(ch) of the i flag"],
  ["unicodeIsIdStart", "codePoint", "boolean: ID_Start, $ or _"],
  ["unicodeIsIdPart", "codePoint", "boolean: ID_Continue, $, U+200C, U+200D"],
]);

export const builtinIntrinsics: readonly Intrinsic[] = list;

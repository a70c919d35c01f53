/** 22.1 String objects. */

const StringConstructor = installConstructor(
  function String(...args) {
    let s: Value = "";
    if (args.length > 0) {
      if ($newTarget === undefined && typeof args[0] === "symbol") return symbolText(args[0]);
      s = `${args[0]}`;
    }
    if ($newTarget === undefined) return s;
    return wrapPrimitive($kind.STRING_OBJECT, GetPrototypeFromConstructor($newTarget, StringPrototype), s);
  },
  1,
  StringPrototype,
  {
    fromCharCode(...codeUnits) {
      return $strFromCodes(toNumberList(codeUnits));
    },
    fromCodePoint(...codePoints) {
      let result = "";
      for (let i = 0; i < codePoints.length; i++) {
        const n = +codePoints[i];
        if (ToIntegerOrInfinity(n) !== n || n < 0 || n > 0x10ffff) throw makeRangeError(`Invalid code point ${describe(codePoints[i])}`);
        result += $strFromCodePoint(n);
      }
      return result;
    },
    raw(template, ...substitutions) {
      const literals = ToObject(ToObject(template).raw);
      const length = LengthOfArrayLike(literals);
      let result = "";
      for (let i = 0; i < length; i++) {
        result += `${literals[i]}`;
        if (i + 1 < length && i < substitutions.length) result += `${substitutions[i]}`;
      }
      return result;
    },
  },
);
installLengths(StringConstructor, ["fromCharCode", 1, "fromCodePoint", 1, "raw", 1]);
accelerate(StringConstructor, ["fromCharCode", $native.stringFromCharCode]);

/** ToString of a receiver that must be coercible. */
function thisString(v, method: string): string {
  if (typeof v === "string") return v;
  if (v === undefined || v === null) throw makeTypeError(`String.prototype.${method} called on null or undefined`);
  return `${v}`;
}

/** An index argument clamped to [0, length]. */
function clampIndex(v, length: number): number {
  const n = ToIntegerOrInfinity(v);
  return n < 0 ? 0 : n < length ? n : length;
}

function notARegExp(v, method: string) {
  if (IsRegExp(v)) throw makeTypeError(`First argument to String.prototype.${method} must not be a regular expression`);
}

/** The method that `searcher` offers under a well-known symbol, or undefined; only objects are asked. */
function protocolMethod(searcher, symbol) {
  return $isObject(searcher) ? GetMethod(searcher, symbol) : undefined;
}

install(StringPrototype, {
  at(index) {
    const S = thisString(this, "at");
    const n = ToIntegerOrInfinity(index);
    const k = n >= 0 ? n : S.length + n;
    return k < 0 || k >= S.length ? undefined : $strCharAt(S, k);
  },
  charAt(pos) {
    const S = thisString(this, "charAt");
    const k = ToIntegerOrInfinity(pos);
    return k < 0 || k >= S.length ? "" : $strCharAt(S, k);
  },
  charCodeAt(pos) {
    const S = thisString(this, "charCodeAt");
    const k = ToIntegerOrInfinity(pos);
    return k < 0 || k >= S.length ? NaN : $strCharCodeAt(S, k);
  },
  codePointAt(pos) {
    const S = thisString(this, "codePointAt");
    const k = ToIntegerOrInfinity(pos);
    return k < 0 || k >= S.length ? undefined : $strCodePointAt(S, k);
  },
  concat(...args) {
    let S = thisString(this, "concat");
    for (let i = 0; i < args.length; i++) S = $strConcat(S, `${args[i]}`);
    return S;
  },
  endsWith(searchString, endPosition) {
    const S = thisString(this, "endsWith");
    notARegExp(searchString, "endsWith");
    const search = `${searchString}`;
    const end = endPosition === undefined ? S.length : clampIndex(endPosition, S.length);
    return end >= search.length && $strStartsAt(S, search, end - search.length);
  },
  includes(searchString, position) {
    const S = thisString(this, "includes");
    notARegExp(searchString, "includes");
    const search = `${searchString}`;
    return $strIndexOf(S, search, clampIndex(position, S.length)) >= 0;
  },
  indexOf(searchString, position) {
    const S = thisString(this, "indexOf");
    const search = `${searchString}`;
    return $strIndexOf(S, search, clampIndex(position, S.length));
  },
  isWellFormed() {
    return $strIsWellFormed(thisString(this, "isWellFormed"));
  },
  lastIndexOf(searchString, position) {
    const S = thisString(this, "lastIndexOf");
    const search = `${searchString}`;
    const n = +position;
    return $strLastIndexOf(S, search, n !== n ? S.length : clampIndex(n, S.length));
  },
  localeCompare(that) {
    const S = thisString(this, "localeCompare");
    return $strLocaleCompare(S, `${that}`);
  },
  match(regexp) {
    RequireObjectCoercible(this, "String.prototype.match");
    const matcher = protocolMethod(regexp, symbolMatch);
    if (matcher !== undefined) return $call(matcher, regexp, this);
    const S = `${this}`;
    return RegExpCreate(regexp, undefined)[symbolMatch](S);
  },
  matchAll(regexp) {
    RequireObjectCoercible(this, "String.prototype.matchAll");
    if ($isObject(regexp)) {
      if (IsRegExp(regexp)) {
        const flags = regexp.flags;
        RequireObjectCoercible(flags, "String.prototype.matchAll");
        if ($strIndexOf(`${flags}`, "g", 0) < 0) throw makeTypeError("String.prototype.matchAll called with a non-global RegExp argument");
      }
      const matcher = GetMethod(regexp, symbolMatchAll);
      if (matcher !== undefined) return $call(matcher, regexp, this);
    }
    const S = `${this}`;
    return RegExpCreate(regexp, "g")[symbolMatchAll](S);
  },
  normalize(form) {
    const S = thisString(this, "normalize");
    const f = form === undefined ? "NFC" : `${form}`;
    const index = f === "NFC" ? 0 : f === "NFD" ? 1 : f === "NFKC" ? 2 : f === "NFKD" ? 3 : -1;
    if (index < 0) throw makeRangeError(`The normalization form should be one of NFC, NFD, NFKC, NFKD.`);
    return $strNormalize(S, index);
  },
  padEnd(maxLength, fillString) {
    return padString(thisString(this, "padEnd"), maxLength, fillString, false);
  },
  padStart(maxLength, fillString) {
    return padString(thisString(this, "padStart"), maxLength, fillString, true);
  },
  repeat(count) {
    const S = thisString(this, "repeat");
    const n = ToIntegerOrInfinity(count);
    if (n < 0 || n === Infinity) throw makeRangeError(`Invalid count value: ${describe(count)}`);
    return $strRepeat(S, n);
  },
  replace(searchValue, replaceValue) {
    RequireObjectCoercible(this, "String.prototype.replace");
    const replacer = protocolMethod(searchValue, symbolReplace);
    if (replacer !== undefined) return $call(replacer, searchValue, this, replaceValue);
    const string = `${this}`;
    const search = `${searchValue}`;
    const functional = $isCallable(replaceValue);
    const template = functional ? "" : `${replaceValue}`;
    const position = $strIndexOf(string, search, 0);
    if (position < 0) return string;
    const replacement = functional
      ? `${$call(replaceValue, undefined, search, position, string)}`
      : GetSubstitution(search, string, position, [], undefined, template);
    return $strConcat($strConcat($strSlice(string, 0, position), replacement), $strSlice(string, position + search.length, string.length));
  },
  replaceAll(searchValue, replaceValue) {
    RequireObjectCoercible(this, "String.prototype.replaceAll");
    if ($isObject(searchValue)) {
      if (IsRegExp(searchValue)) {
        const flags = searchValue.flags;
        RequireObjectCoercible(flags, "String.prototype.replaceAll");
        if ($strIndexOf(`${flags}`, "g", 0) < 0) throw makeTypeError("replaceAll must be called with a global RegExp");
      }
      const replacer = GetMethod(searchValue, symbolReplace);
      if (replacer !== undefined) return $call(replacer, searchValue, this, replaceValue);
    }
    const string = `${this}`;
    const search = `${searchValue}`;
    const functional = $isCallable(replaceValue);
    const template = functional ? "" : `${replaceValue}`;
    if (!functional && !$strHasDollar(template)) return $strReplaceAll(string, search, template);
    let result = "";
    let end = 0;
    const advance = search.length > 0 ? search.length : 1;
    for (let position = $strIndexOf(string, search, 0); position >= 0;) {
      const replacement = functional
        ? `${$call(replaceValue, undefined, search, position, string)}`
        : GetSubstitution(search, string, position, [], undefined, template);
      result = $strConcat($strConcat(result, $strSlice(string, end, position)), replacement);
      end = position + search.length;
      if (position + advance > string.length) break;
      position = $strIndexOf(string, search, position + advance);
    }
    return $strConcat(result, $strSlice(string, end, string.length));
  },
  search(regexp) {
    RequireObjectCoercible(this, "String.prototype.search");
    const searcher = protocolMethod(regexp, symbolSearch);
    if (searcher !== undefined) return $call(searcher, regexp, this);
    const S = `${this}`;
    return RegExpCreate(regexp, undefined)[symbolSearch](S);
  },
  slice(start, end) {
    const S = thisString(this, "slice");
    const from = RelativeIndex(start, S.length);
    return $strSlice(S, from, end === undefined ? S.length : RelativeIndex(end, S.length));
  },
  split(separator, limit) {
    RequireObjectCoercible(this, "String.prototype.split");
    const splitter = protocolMethod(separator, symbolSplit);
    if (splitter !== undefined) return $call(splitter, separator, this, limit);
    const S = `${this}`;
    const lim = limit === undefined ? 4294967295 : limit >>> 0;
    const R = `${separator}`;
    if (lim === 0) return [];
    return separator === undefined ? [S] : $strSplit(S, R, lim);
  },
  startsWith(searchString, position) {
    const S = thisString(this, "startsWith");
    notARegExp(searchString, "startsWith");
    const search = `${searchString}`;
    return $strStartsAt(S, search, clampIndex(position, S.length));
  },
  substr(start, length) {
    const S = thisString(this, "substr");
    const from = RelativeIndex(start, S.length);
    const count = length === undefined ? S.length - from : ToIntegerOrInfinity(length);
    return count <= 0 ? "" : $strSlice(S, from, count < S.length - from ? from + count : S.length);
  },
  substring(start, end) {
    const S = thisString(this, "substring");
    const a = clampIndex(start, S.length);
    const b = end === undefined ? S.length : clampIndex(end, S.length);
    return a < b ? $strSlice(S, a, b) : $strSlice(S, b, a);
  },
  toLocaleLowerCase() {
    return $strToLower(thisString(this, "toLocaleLowerCase"));
  },
  toLocaleUpperCase() {
    return $strToUpper(thisString(this, "toLocaleUpperCase"));
  },
  toLowerCase() {
    return $strToLower(thisString(this, "toLowerCase"));
  },
  toString() {
    return thisStringValue(this, "toString");
  },
  toUpperCase() {
    return $strToUpper(thisString(this, "toUpperCase"));
  },
  toWellFormed() {
    return $strToWellFormed(thisString(this, "toWellFormed"));
  },
  trim() {
    return $strTrim(thisString(this, "trim"), 3);
  },
  trimEnd() {
    return $strTrim(thisString(this, "trimEnd"), 2);
  },
  trimStart() {
    return $strTrim(thisString(this, "trimStart"), 1);
  },
  valueOf() {
    return thisStringValue(this, "valueOf");
  },
  // B.2.2
  anchor(name) {
    return CreateHTML(this, "a", "name", name, "anchor");
  },
  big() {
    return CreateHTML(this, "big", "", "", "big");
  },
  blink() {
    return CreateHTML(this, "blink", "", "", "blink");
  },
  bold() {
    return CreateHTML(this, "b", "", "", "bold");
  },
  fixed() {
    return CreateHTML(this, "tt", "", "", "fixed");
  },
  fontcolor(color) {
    return CreateHTML(this, "font", "color", color, "fontcolor");
  },
  fontsize(size) {
    return CreateHTML(this, "font", "size", size, "fontsize");
  },
  italics() {
    return CreateHTML(this, "i", "", "", "italics");
  },
  link(url) {
    return CreateHTML(this, "a", "href", url, "link");
  },
  small() {
    return CreateHTML(this, "small", "", "", "small");
  },
  strike() {
    return CreateHTML(this, "strike", "", "", "strike");
  },
  sub() {
    return CreateHTML(this, "sub", "", "", "sub");
  },
  sup() {
    return CreateHTML(this, "sup", "", "", "sup");
  },
});
installLengths(StringPrototype, [
  "concat",
  1,
  "endsWith",
  1,
  "includes",
  1,
  "indexOf",
  1,
  "lastIndexOf",
  1,
  "normalize",
  0,
  "padEnd",
  1,
  "padStart",
  1,
  "startsWith",
  1,
]);
accelerate(StringPrototype, [
  "at",
  $native.stringAt,
  "charAt",
  $native.stringCharAt,
  "charCodeAt",
  $native.stringCharCodeAt,
  "codePointAt",
  $native.stringCodePointAt,
  "concat",
  $native.stringConcat,
  "endsWith",
  $native.stringEndsWith,
  "includes",
  $native.stringIncludes,
  "indexOf",
  $native.stringIndexOf,
  "lastIndexOf",
  $native.stringLastIndexOf,
  "padEnd",
  $native.stringPadEnd,
  "padStart",
  $native.stringPadStart,
  "repeat",
  $native.stringRepeat,
  "slice",
  $native.stringSlice,
  "startsWith",
  $native.stringStartsWith,
  "substr",
  $native.stringSubstr,
  "substring",
  $native.stringSubstring,
  "toLowerCase",
  $native.stringToLowerCase,
  "toUpperCase",
  $native.stringToUpperCase,
  "trim",
  $native.stringTrim,
  "trimEnd",
  $native.stringTrimEnd,
  "trimStart",
  $native.stringTrimStart,
  "toString",
  $native.stringToString,
  "valueOf",
  $native.stringToString,
]);
$defineOwn(StringPrototype, "trimLeft", $getOwnValue(StringPrototype, "trimStart"), 5);
$defineOwn(StringPrototype, "trimRight", $getOwnValue(StringPrototype, "trimEnd"), 5);

function thisStringValue(v, method: string): string {
  if (typeof v === "string") return v;
  if ($kindOf(v) === $kind.STRING_OBJECT) return $getInternal(v, 0);
  throw Incompatible(`String.prototype.${method}`, v);
}

function padString(S: string, maxLength, fillString, atStart: boolean): string {
  const length = ToLength(maxLength);
  if (length <= S.length) return S;
  const fill = fillString === undefined ? " " : `${fillString}`;
  return fill === "" ? S : $strPad(S, length, fill, atStart);
}

/** B.2.2.2.1 CreateHTML. */
function CreateHTML(string, tag: string, attribute: string, value, method: string): string {
  const S = thisString(string, method);
  const open = attribute === "" ? tag : `${tag} ${attribute}="${$strReplaceAll(`${value}`, '"', "&quot;")}"`;
  return `<${open}>${S}</${tag}>`;
}

/** 22.1.3.19.1 GetSubstitution. `captures` holds groups 1.. (strings or undefined). */
function GetSubstitution(matched: string, str: string, position: number, captures: Value[], namedCaptures, template: string): string {
  if (!$strHasDollar(template)) return template;
  const m = captures.length;
  let result = "";
  let from = 0;
  for (let at = $strIndexOf(template, "$", 0); at >= 0; at = $strIndexOf(template, "$", from)) {
    result += $strSlice(template, from, at);
    const c = at + 1 < template.length ? $strCharCodeAt(template, at + 1) : 0;
    let end = at + 2;
    if (c === 36) result += "$";
    else if (c === 38) result += matched;
    else if (c === 96) result += $strSlice(str, 0, position);
    else if (c === 39) {
      const tail = position + matched.length;
      if (tail < str.length) result += $strSlice(str, tail, str.length);
    } else if (c >= 48 && c <= 57) {
      let index = c - 48;
      if (end < template.length) {
        const d = $strCharCodeAt(template, end) - 48;
        if (d >= 0 && d <= 9 && index * 10 + d >= 1 && index * 10 + d <= m) {
          index = index * 10 + d;
          end++;
        }
      }
      if (index >= 1 && index <= m) {
        if (captures[index - 1] !== undefined) result += captures[index - 1];
      } else result += $strSlice(template, at, end);
    } else if (c === 60 && namedCaptures !== undefined) {
      const close = $strIndexOf(template, ">", end);
      if (close < 0) result += "$<";
      else {
        const capture = namedCaptures[$strSlice(template, end, close)];
        if (capture !== undefined) result += `${capture}`;
        end = close + 1;
      }
    } else {
      result += "$";
      end = at + 1;
    }
    from = end;
  }
  return result + $strSlice(template, from, template.length);
}

// ---------------------------------------------------------------- 22.1.5 String iterators

const StringIteratorPrototype = $proto($proto.STRING_ITERATOR);
install(StringIteratorPrototype, {
  next() {
    throw Incompatible("String Iterator.prototype.next", this);
  },
});
accelerate(StringIteratorPrototype, ["next", $native.stringIteratorNext]);
installTag(StringIteratorPrototype, "String Iterator");
$defineOwn(
  StringPrototype,
  symbolIterator,
  $getOwnValue(
    {
      [symbolIterator]() {
        const string = thisString(this, "[Symbol.iterator]");
        const iterator = $newObjectOfKind($kind.ITERATOR, StringIteratorPrototype);
        $setInternal(iterator, 0, string);
        $setInternal(iterator, 1, 0);
        $setInternal(iterator, 3, StringIteratorPrototype);
        return iterator;
      },
    },
    symbolIterator,
  ),
  5,
);

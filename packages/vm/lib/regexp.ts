/**
 * 22.2 RegExp objects. Patterns are compiled by regexp-compiler.ts and matched by natives.
 *
 * Internal slots: 0 source, 1 flags, 2 program, 3 named groups (flat list: name, list of group numbers, ...) or undefined.
 * `lastIndex` is the first own property.
 */

/** 22.2.3.1 RegExpCreate. */
function RegExpCreate(pattern, flags) {
  return RegExpInitialize(RegExpAlloc(RegExpPrototype), pattern, flags);
}

function RegExpAlloc(proto) {
  const regexp = $newObjectOfKind($kind.REGEXP, proto);
  $defineOwn(regexp, "lastIndex", 0, 1);
  return regexp;
}

/** Compiled programs of patterns met before: the same source and flags are common in loops and per request. Bounded. */
let regexpCache = $mapNew(null);

/** 22.2.3.3 RegExpInitialize. */
function RegExpInitialize(regexp, pattern, flags) {
  const P = pattern === undefined ? "" : `${pattern}`;
  const F = flags === undefined ? "" : `${flags}`;
  const compiled = compiledPattern(`${F}/${P}`, P, F);
  $setInternal(regexp, 0, P);
  $setInternal(regexp, 1, F);
  $setInternal(regexp, 2, compiled.program);
  $setInternal(regexp, 3, compiled.names);
  regexp.lastIndex = 0;
  return regexp;
}

/** From the cache or compiled now. */
function compiledPattern(cacheKey: string, P: string, F: string) {
  const known = $collectionGet(regexpCache, cacheKey);
  if (known !== undefined) return known;
  const compiled = compilePattern(P, F);
  if ($collectionSize(regexpCache) >= 256) $collectionClear(regexpCache);
  $collectionSet(regexpCache, cacheKey, compiled);
  return compiled;
}

/** Build time: what a rehearsed request compiled is compiled in the image as well (packages/vm/src/rehearsal.ts). */
$setHook($hook.REGEXP_PATTERNS, (patterns: string | undefined) => {
  const keys: string[] = patterns === undefined ? [] : $jsonParseText(patterns);
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i]!;
    const end = $strIndexOf(key, "/", 0);
    compiledPattern(key, $strSlice(key, end + 1, key.length), $strSlice(key, 0, end));
  }
  if (patterns !== undefined) return undefined;
  for (let at = $collectionNext(regexpCache, 0); at >= 0; at = $collectionNext(regexpCache, at + 1)) $append(keys, $collectionKey(regexpCache, at));
  return $jsonStringifyPlain(keys, "");
});

/** Checks the flags and compiles: { program, names }, or a SyntaxError. */
function compilePattern(P: string, F: string) {
  for (let i = 0; i < F.length; i++) {
    const flag = $strCharAt(F, i);
    if ($strIndexOf("dgimsuvy", flag, 0) < 0 || $strIndexOf(F, flag, i + 1) >= 0 || (flag === "u" && hasFlag(F, "v")))
      throw makeSyntaxError(`Invalid flags supplied to RegExp constructor '${F}'`);
    if (flag === "v" && hasFlag(F, "u")) throw makeSyntaxError(`Invalid flags supplied to RegExp constructor '${F}'`);
  }
  const compiled = compileRegExpProgram(P, F);
  if (compiled.error !== undefined) throw makeSyntaxError(`Invalid regular expression: /${P}/${F}: ${compiled.error}`);
  return { program: $regexpProgram(compiled.words), names: compiled.names!.length > 0 ? compiled.names : undefined };
}

/** An object without prototype that holds, for each group name, the element of `list` of the group that took part in the match. */
function groupsObject(names: Value[] | undefined, list: Value[]) {
  if (names === undefined) return undefined;
  const groups = $newObject(null);
  for (let i = 0; i < names.length; i += 2) {
    const numbers: number[] = names[i + 1];
    let value;
    for (let j = 0; j < numbers.length && value === undefined; j++) value = list[numbers[j]!];
    $createDataProperty(groups, names[i], value);
  }
  return groups;
}

$setHook($hook.REGEXP_NEW, RegExpCreate);

const RegExpConstructor = installConstructor(
  function RegExp(pattern, flags) {
    const patternIsRegExp = IsRegExp(pattern);
    let newTarget = $newTarget;
    if (newTarget === undefined) {
      newTarget = RegExpConstructor;
      if (patternIsRegExp && flags === undefined && pattern.constructor === newTarget) return pattern;
    }
    let P = pattern;
    let F = flags;
    if ($kindOf(pattern) === $kind.REGEXP) {
      P = $getInternal(pattern, 0);
      if (flags === undefined) F = $getInternal(pattern, 1);
    } else if (patternIsRegExp) {
      P = pattern.source;
      if (flags === undefined) F = pattern.flags;
    }
    return RegExpInitialize(RegExpAlloc(GetPrototypeFromConstructor(newTarget, RegExpPrototype)), P, F);
  },
  2,
  RegExpPrototype,
  {
    escape(s) {
      if (typeof s !== "string") throw makeTypeError("RegExp.escape requires a string");
      return $regexpEscape(s);
    },
  },
);
installSpecies(RegExpConstructor);

function requireRegExp(v, method: string) {
  if ($kindOf(v) !== $kind.REGEXP) throw Incompatible(`RegExp.prototype.${method}`, v);
}

function hasFlag(flags: string, flag: string): boolean {
  return $strIndexOf(flags, flag, 0) >= 0;
}

/**
 * Is R an unmodified RegExp: own properties and prototype such that exec, flags and the flag getters are the intrinsic ones?
 * Then the protocols may skip their lookups; only lastIndex is left to mind.
 */
function isPristineRegExp(R): boolean {
  return (
    $regexpIsPlain(R) &&
    $getOwnGetter(RegExpPrototype, "flags") === regexpFlagsGetter &&
    $getOwnGetter(RegExpPrototype, "global") === regexpGlobalGetter &&
    $getOwnGetter(RegExpPrototype, "unicode") === regexpUnicodeGetter
  );
}

/** 22.2.7.2 RegExpBuiltinExec. */
function RegExpBuiltinExec(R, S: string) {
  const lastIndexValue = R.lastIndex;
  let lastIndex = ToLength(lastIndexValue);
  const flags: string = $getInternal(R, 1);
  const updates = hasFlag(flags, "g") || hasFlag(flags, "y");
  if (!updates) lastIndex = 0;
  const match = lastIndex > S.length ? undefined : $regexpMatch($getInternal(R, 2), S, lastIndex);
  if (match === undefined) {
    if (updates) R.lastIndex = 0;
    return null;
  }
  const index = $regexpLastStart();
  if (updates) R.lastIndex = $regexpLastEnd();
  const names: Value[] | undefined = $getInternal(R, 3);
  $createDataProperty(match, "index", index);
  $createDataProperty(match, "input", S);
  $createDataProperty(match, "groups", groupsObject(names, match));
  if (hasFlag(flags, "d")) $createDataProperty(match, "indices", matchIndices(R, S, index, names));
  return match;
}

/** 22.2.7.8 MakeMatchIndicesIndexPairArray for the match found at `index`. */
function matchIndices(R, S: string, index: number, names: Value[] | undefined) {
  const captures: Value[] = [];
  $regexpExec($getInternal(R, 2), S, index, captures);
  const indices: Value[] = [];
  for (let i = 0; i < captures.length; i += 2) $append(indices, captures[i] < 0 ? undefined : [captures[i], captures[i + 1]]);
  $createDataProperty(indices, "groups", groupsObject(names, indices));
  return indices;
}

/** 22.2.7.1 RegExpExec. */
function RegExpExec(R, S: string) {
  const exec = R.exec;
  if ($isCallable(exec)) {
    const result = $call(exec, R, S);
    if (!$isObject(result) && result !== null) throw makeTypeError("object null is not a function");
    return result;
  }
  requireRegExp(R, "exec");
  return RegExpBuiltinExec(R, S);
}

/** 22.2.7.3 AdvanceStringIndex. */
function AdvanceStringIndex(S: string, index: number, unicode: boolean): number {
  if (!unicode || index + 1 >= S.length) return index + 1;
  return index + $strCodePointString(S, index).length;
}

install(RegExpPrototype, {
  compile(pattern, flags) {
    requireRegExp(this, "compile");
    let P = pattern;
    let F = flags;
    if ($kindOf(pattern) === $kind.REGEXP) {
      if (flags !== undefined) throw makeTypeError("Invalid flags supplied to RegExp constructor");
      P = $getInternal(pattern, 0);
      F = $getInternal(pattern, 1);
    }
    return RegExpInitialize(this, P, F);
  },
  exec(string) {
    requireRegExp(this, "exec");
    return RegExpBuiltinExec(this, `${string}`);
  },
  test(string) {
    if (!$isObject(this)) throw Incompatible("RegExp.prototype.test", this);
    const S = `${string}`;
    if (!isPristineRegExp(this)) return RegExpExec(this, S) !== null;
    const flags: string = $getInternal(this, 1);
    const updates = hasFlag(flags, "g") || hasFlag(flags, "y");
    const from = updates ? ToLength(this.lastIndex) : 0;
    const end = from > S.length ? -1 : $regexpTest($getInternal(this, 2), S, from);
    if (updates) this.lastIndex = end < 0 ? 0 : end;
    return end >= 0;
  },
  toString() {
    if (!$isObject(this)) throw Incompatible("RegExp.prototype.toString", this);
    const source = `${this.source}`;
    return `/${source}/${this.flags}`;
  },
  get dotAll() {
    return regexpFlag(this, "s", "dotAll");
  },
  get flags() {
    if (!$isObject(this)) throw makeTypeError(`RegExp.prototype.flags getter called on non-object ${describe(this)}`);
    let result = "";
    if (this.hasIndices) result += "d";
    if (this.global) result += "g";
    if (this.ignoreCase) result += "i";
    if (this.multiline) result += "m";
    if (this.dotAll) result += "s";
    if (this.unicode) result += "u";
    if (this.unicodeSets) result += "v";
    if (this.sticky) result += "y";
    return result;
  },
  get global() {
    return regexpFlag(this, "g", "global");
  },
  get hasIndices() {
    return regexpFlag(this, "d", "hasIndices");
  },
  get ignoreCase() {
    return regexpFlag(this, "i", "ignoreCase");
  },
  get multiline() {
    return regexpFlag(this, "m", "multiline");
  },
  get source() {
    if ($kindOf(this) !== $kind.REGEXP) {
      if (this === RegExpPrototype) return "(?:)";
      throw makeTypeError(`RegExp.prototype.source getter called on non-RegExp object`);
    }
    return EscapeRegExpPattern($getInternal(this, 0));
  },
  get sticky() {
    return regexpFlag(this, "y", "sticky");
  },
  get unicode() {
    return regexpFlag(this, "u", "unicode");
  },
  get unicodeSets() {
    return regexpFlag(this, "v", "unicodeSets");
  },
  [symbolMatch](string) {
    if (!$isObject(this)) throw Incompatible("RegExp.prototype.[Symbol.match]", this);
    const S = `${string}`;
    if (isPristineRegExp(this)) {
      const own: string = $getInternal(this, 1);
      if (!hasFlag(own, "g")) return RegExpBuiltinExec(this, S);
      if (!hasFlag(own, "y")) {
        this.lastIndex = 0;
        return $regexpMatchAll($getInternal(this, 2), S);
      }
    }
    const flags = `${this.flags}`;
    if (!hasFlag(flags, "g")) return RegExpExec(this, S);
    const unicode = hasFlag(flags, "u") || hasFlag(flags, "v");
    this.lastIndex = 0;
    const A: Value[] = [];
    for (;;) {
      const result = RegExpExec(this, S);
      if (result === null) return A.length === 0 ? null : A;
      const match = `${result[0]}`;
      $append(A, match);
      if (match === "") this.lastIndex = AdvanceStringIndex(S, ToLength(this.lastIndex), unicode);
    }
  },
  [symbolMatchAll](string) {
    if (!$isObject(this)) throw Incompatible("RegExp.prototype.[Symbol.matchAll]", this);
    const S = `${string}`;
    const C = SpeciesConstructor(this, RegExpConstructor);
    const flags = `${this.flags}`;
    const matcher = $construct(C, C, [this, flags]);
    matcher.lastIndex = ToLength(this.lastIndex);
    // 22.2.9.1 CreateRegExpStringIterator. Internal slots: 0 matcher (undefined at the end), 1 string, 2 flags.
    const iterator = $newObjectOfKind($kind.ITERATOR, RegExpStringIteratorPrototype);
    $setInternal(iterator, 0, matcher);
    $setInternal(iterator, 1, S);
    $setInternal(iterator, 2, flags);
    $setInternal(iterator, 3, RegExpStringIteratorPrototype);
    return iterator;
  },
  [symbolReplace](string, replaceValue) {
    if (!$isObject(this)) throw Incompatible("RegExp.prototype.[Symbol.replace]", this);
    const S = `${string}`;
    const functional = $isCallable(replaceValue);
    const template = functional ? "" : `${replaceValue}`;
    const pristine = isPristineRegExp(this);
    const flags = pristine ? ($getInternal(this, 1) as string) : `${this.flags}`;
    const global = hasFlag(flags, "g");
    const unicode = hasFlag(flags, "u") || hasFlag(flags, "v");
    if (global) {
      this.lastIndex = 0;
      if (pristine && !functional && !hasFlag(flags, "y") && !$strHasDollar(template)) return $regexpReplace($getInternal(this, 2), S, template);
    }
    const results: Value[] = [];
    for (;;) {
      const result = RegExpExec(this, S);
      if (result === null) break;
      $append(results, result);
      if (!global) break;
      if (`${result[0]}` === "") this.lastIndex = AdvanceStringIndex(S, ToLength(this.lastIndex), unicode);
    }
    let accumulated = "";
    let next = 0;
    for (let i = 0; i < results.length; i++) {
      const result = results[i];
      const captureCount = LengthOfArrayLike(result);
      const matched = `${result[0]}`;
      const position = clampIndex(result.index, S.length);
      const captures: Value[] = [];
      for (let n = 1; n < captureCount; n++) {
        const capture = result[n];
        $append(captures, capture === undefined ? undefined : `${capture}`);
      }
      let named = result.groups;
      let replacement: string;
      if (functional) {
        const args: Value[] = [matched];
        for (let n = 0; n < captures.length; n++) $append(args, captures[n]);
        $append(args, position);
        $append(args, S);
        if (named !== undefined) $append(args, named);
        replacement = `${$apply(replaceValue, undefined, args)}`;
      } else {
        if (named !== undefined) named = ToObject(named);
        replacement = GetSubstitution(matched, S, position, captures, named, template);
      }
      if (position >= next) {
        accumulated = $strConcat($strConcat(accumulated, $strSlice(S, next, position)), replacement);
        next = position + matched.length;
      }
    }
    return next >= S.length ? accumulated : $strConcat(accumulated, $strSlice(S, next, S.length));
  },
  [symbolSearch](string) {
    if (!$isObject(this)) throw Incompatible("RegExp.prototype.[Symbol.search]", this);
    const S = `${string}`;
    const previous = this.lastIndex;
    if (!SameValue(previous, 0)) this.lastIndex = 0;
    const result = RegExpExec(this, S);
    const current = this.lastIndex;
    if (!SameValue(current, previous)) this.lastIndex = previous;
    return result === null ? -1 : result.index;
  },
  [symbolSplit](string, limit) {
    if (!$isObject(this)) throw Incompatible("RegExp.prototype.[Symbol.split]", this);
    const S = `${string}`;
    const C = SpeciesConstructor(this, RegExpConstructor);
    const flags = `${this.flags}`;
    const unicode = hasFlag(flags, "u") || hasFlag(flags, "v");
    const splitter = $construct(C, C, [this, hasFlag(flags, "y") ? flags : `${flags}y`]);
    const program = $kindOf(this) === $kind.REGEXP ? $getInternal(this, 2) : undefined;
    const A: Value[] = [];
    const lim = limit === undefined ? 4294967295 : limit >>> 0;
    if (lim === 0) return A;
    const size = S.length;
    if (size === 0) {
      if (RegExpExec(splitter, S) === null) $append(A, S);
      return A;
    }
    // A splitter that nobody can watch is searched for without the sticky flag: one native call a piece.
    if (C === RegExpConstructor && !hasFlag(flags, "y") && isPristineRegExp(this) && isPristineRegExp(splitter)) return splitFast(program, S, lim, unicode);
    let p = 0;
    let q = 0;
    while (q < size) {
      splitter.lastIndex = q;
      const z = RegExpExec(splitter, S);
      const e = z === null ? p : clampIndex(ToLength(splitter.lastIndex), size);
      if (z === null || e === p) {
        q = AdvanceStringIndex(S, q, unicode);
        continue;
      }
      $append(A, $strSlice(S, p, q));
      if (A.length === lim) return A;
      p = e;
      const captureCount = LengthOfArrayLike(z);
      for (let i = 1; i < captureCount; i++) {
        $append(A, z[i]);
        if (A.length === lim) return A;
      }
      q = p;
    }
    $append(A, $strSlice(S, p, size));
    return A;
  },
});

/** 22.2.6.14 from step 14 on, with a matcher that searches. */
function splitFast(program, S: string, limit: number, unicode: boolean): Value[] {
  const A: Value[] = [];
  const size = S.length;
  let p = 0;
  let q = 0;
  while (q < size) {
    const match = $regexpMatch(program, S, q);
    if (match === undefined) break;
    const start = $regexpLastStart();
    const end = $regexpLastEnd();
    if (start >= size) break;
    if (end === p || (end === start && start === p)) {
      q = AdvanceStringIndex(S, start > q ? start : q, unicode);
      continue;
    }
    $append(A, $strSlice(S, p, start));
    if (A.length === limit) return A;
    p = end;
    for (let i = 1; i < match.length; i++) {
      $append(A, match[i]);
      if (A.length === limit) return A;
    }
    q = end > start ? end : AdvanceStringIndex(S, end, unicode);
  }
  $append(A, $strSlice(S, p, size));
  return A;
}
accelerate(RegExpPrototype, ["exec", $native.regexpProtoExec, "test", $native.regexpProtoTest]);
const regexpFlagsGetter = $getOwnGetter(RegExpPrototype, "flags");
const regexpGlobalGetter = $getOwnGetter(RegExpPrototype, "global");
const regexpUnicodeGetter = $getOwnGetter(RegExpPrototype, "unicode");

/** 22.2.6.4.1 RegExpHasFlag. */
function regexpFlag(R, flag: string, name: string) {
  if ($kindOf(R) === $kind.REGEXP) return hasFlag($getInternal(R, 1), flag);
  if (R === RegExpPrototype) return undefined;
  throw makeTypeError(`RegExp.prototype.${name} getter called on non-RegExp object`);
}

/** 22.2.6.13.1 EscapeRegExpPattern: `/` outside classes and line terminators are escaped. */
function EscapeRegExpPattern(source: string): string {
  if (source === "") return "(?:)";
  if ($strIndexOf(source, "/", 0) < 0 && $strIsLineTerminatorFree(source)) return source;
  let result = "";
  let inClass = false;
  for (let i = 0; i < source.length; i++) {
    let c = $strCharAt(source, i);
    if (c === "\\" && i + 1 < source.length) {
      const d = $strCharAt(source, ++i);
      result += $strIsLineTerminatorFree(d) ? c + d : lineTerminatorEscape(d);
      continue;
    }
    if (c === "[") inClass = true;
    else if (c === "]") inClass = false;
    else if (c === "/" && !inClass) c = "\\/";
    else if (!$strIsLineTerminatorFree(c)) c = lineTerminatorEscape(c);
    result += c;
  }
  return result;
}
function lineTerminatorEscape(c: string): string {
  switch ($strCharCodeAt(c, 0)) {
    case 10:
      return "\\n";
    case 13:
      return "\\r";
    case 0x2028:
      return "\\u2028";
  }
  return "\\u2029";
}

// ---------------------------------------------------------------- 22.2.9 RegExp String Iterator objects

const RegExpStringIteratorPrototype = $newObject(IteratorPrototype);
install(RegExpStringIteratorPrototype, {
  next() {
    requireIterator(this, RegExpStringIteratorPrototype, "%RegExpStringIterator%.prototype.next");
    const matcher = $getInternal(this, 0);
    if (matcher === undefined) return { value: undefined, done: true };
    const S: string = $getInternal(this, 1);
    const flags: string = $getInternal(this, 2);
    const match = RegExpExec(matcher, S);
    if (match === null) {
      $setInternal(this, 0, undefined);
      return { value: undefined, done: true };
    }
    if (!hasFlag(flags, "g")) $setInternal(this, 0, undefined);
    else if (`${match[0]}` === "") matcher.lastIndex = AdvanceStringIndex(S, ToLength(matcher.lastIndex), hasFlag(flags, "u") || hasFlag(flags, "v"));
    return { value: match, done: false };
  },
});
installTag(RegExpStringIteratorPrototype, "RegExp String Iterator");

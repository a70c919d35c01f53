/**
 * 23.1.3 Array.prototype. Loops read through `$element`, which gives HOLE for whatever is not a plain dense element; only then is the
 * specification's HasProperty and Get pair run.
 */

install(ArrayPrototype, {
  at(index) {
    const O = ToObject(this);
    const length = LengthOfArrayLike(O);
    const n = ToIntegerOrInfinity(index);
    const k = n >= 0 ? n : length + n;
    return k < 0 || k >= length ? undefined : O[k];
  },
  concat(...items) {
    const O = ToObject(this);
    const A = ArraySpeciesCreate(O, 0);
    let n = 0;
    for (let i = -1; i < items.length; i++) {
      const E = i < 0 ? O : items[i];
      let spreadable = false;
      if ($isObject(E)) {
        const flag = E[symbolIsConcatSpreadable];
        spreadable = flag !== undefined ? !!flag : IsArray(E);
      }
      if (spreadable) {
        const length = LengthOfArrayLike(E);
        if (n + length > 9007199254740991) throw makeTypeError("Array too large");
        for (let k = 0; k < length; k++, n++) {
          let value = $element(E, k);
          if (value === $hole) {
            if (!(k in E)) continue;
            value = E[k];
          }
          CreateDataPropertyOrThrow(A, n, value);
        }
      } else {
        if (n >= 9007199254740991) throw makeTypeError("Array too large");
        CreateDataPropertyOrThrow(A, n++, E);
      }
    }
    A.length = n;
    return A;
  },
  copyWithin(target, start, end) {
    const O = ToObject(this);
    const length = LengthOfArrayLike(O);
    let to = RelativeIndex(target, length);
    let from = RelativeIndex(start, length);
    const final = end === undefined ? length : RelativeIndex(end, length);
    let count = final - from < length - to ? final - from : length - to;
    let step = 1;
    if (from < to && to < from + count) {
      step = -1;
      from += count - 1;
      to += count - 1;
    }
    for (; count > 0; count--, from += step, to += step) moveProperty(O, from, to);
    return O;
  },
  entries() {
    return CreateArrayIterator(ToObject(this), 2);
  },
  every(callback, thisArg) {
    const O = $isObject(this) ? this : ToObject(this);
    const length: number = $isArrayKind(O) ? O.length : LengthOfArrayLike(O);
    if (!$isCallable(callback)) throw NotCallable(callback);
    for (let k = 0; k < length; k++) {
      let value = $element(O, k);
      if (value === $hole) {
        if (!(k in O)) continue;
        value = O[k];
      }
      if (!$call(callback, thisArg, value, k, O)) return false;
    }
    return true;
  },
  fill(value, start, end) {
    const O = ToObject(this);
    const length = LengthOfArrayLike(O);
    let k = RelativeIndex(start, length);
    const final = end === undefined ? length : RelativeIndex(end, length);
    for (; k < final; k++) O[k] = value;
    return O;
  },
  filter(callback, thisArg) {
    const O = $isObject(this) ? this : ToObject(this);
    const length: number = $isArrayKind(O) ? O.length : LengthOfArrayLike(O);
    if (!$isCallable(callback)) throw NotCallable(callback);
    const A = $arrPlainSpecies(O) ? [] : ArraySpeciesCreate(O, 0);
    let to = 0;
    for (let k = 0; k < length; k++) {
      let value = $element(O, k);
      if (value === $hole) {
        if (!(k in O)) continue;
        value = O[k];
      }
      if (!$call(callback, thisArg, value, k, O)) continue;
      if ($createDataProperty(A, to, value) !== true) CreateDataPropertyOrThrow(A, to, value);
      to++;
    }
    return A;
  },
  find(predicate, thisArg) {
    const O = $isObject(this) ? this : ToObject(this);
    const length: number = $isArrayKind(O) ? O.length : LengthOfArrayLike(O);
    if (!$isCallable(predicate)) throw NotCallable(predicate);
    for (let k = 0; k < length; k++) {
      const value = O[k];
      if ($call(predicate, thisArg, value, k, O)) return value;
    }
    return undefined;
  },
  findIndex(predicate, thisArg) {
    const O = $isObject(this) ? this : ToObject(this);
    const length: number = $isArrayKind(O) ? O.length : LengthOfArrayLike(O);
    if (!$isCallable(predicate)) throw NotCallable(predicate);
    for (let k = 0; k < length; k++) if ($call(predicate, thisArg, O[k], k, O)) return k;
    return -1;
  },
  findLast(predicate, thisArg) {
    const O = ToObject(this);
    const length = LengthOfArrayLike(O);
    checkPredicate(predicate);
    for (let k = length - 1; k >= 0; k--) {
      const value = O[k];
      if ($call(predicate, thisArg, value, k, O)) return value;
    }
    return undefined;
  },
  findLastIndex(predicate, thisArg) {
    const O = ToObject(this);
    const length = LengthOfArrayLike(O);
    checkPredicate(predicate);
    for (let k = length - 1; k >= 0; k--) if ($call(predicate, thisArg, O[k], k, O)) return k;
    return -1;
  },
  flat(depth) {
    const O = ToObject(this);
    const length = LengthOfArrayLike(O);
    const levels = depth === undefined ? 1 : ToIntegerOrInfinity(depth);
    const A = ArraySpeciesCreate(O, 0);
    FlattenIntoArray(A, O, length, 0, levels < 0 ? 0 : levels, undefined, undefined);
    return A;
  },
  flatMap(mapper, thisArg) {
    const O = ToObject(this);
    const length = LengthOfArrayLike(O);
    if (!$isCallable(mapper)) throw makeTypeError("flatMap mapper function is not callable");
    const A = ArraySpeciesCreate(O, 0);
    FlattenIntoArray(A, O, length, 0, 1, mapper, thisArg);
    return A;
  },
  forEach(callback, thisArg) {
    const O = $isObject(this) ? this : ToObject(this);
    const length: number = $isArrayKind(O) ? O.length : LengthOfArrayLike(O);
    if (!$isCallable(callback)) throw NotCallable(callback);
    for (let k = 0; k < length; k++) {
      let value = $element(O, k);
      if (value === $hole) {
        if (!(k in O)) continue;
        value = O[k];
      }
      $call(callback, thisArg, value, k, O);
    }
  },
  includes(search, fromIndex) {
    const O = ToObject(this);
    const length = LengthOfArrayLike(O);
    if (length === 0) return false;
    for (let k = RelativeIndex(fromIndex, length); k < length; k++) if (SameValueZero(O[k], search)) return true;
    return false;
  },
  indexOf(search, fromIndex) {
    const O = ToObject(this);
    const length = LengthOfArrayLike(O);
    if (length === 0) return -1;
    for (let k = RelativeIndex(fromIndex, length); k < length; k++) {
      let value = $element(O, k);
      if (value === $hole) {
        if (!(k in O)) continue;
        value = O[k];
      }
      if (value === search) return k;
    }
    return -1;
  },
  join(separator) {
    const O = ToObject(this);
    const length = LengthOfArrayLike(O);
    const sep = separator === undefined ? "," : `${separator}`;
    return joinElements(O, length, sep, false);
  },
  keys() {
    return CreateArrayIterator(ToObject(this), 0);
  },
  lastIndexOf(search, ...rest) {
    const O = ToObject(this);
    const length = LengthOfArrayLike(O);
    if (length === 0) return -1;
    const n = rest.length > 0 ? ToIntegerOrInfinity(rest[0]) : length - 1;
    for (let k = n < 0 ? length + n : n < length - 1 ? n : length - 1; k >= 0; k--) {
      let value = $element(O, k);
      if (value === $hole) {
        if (!(k in O)) continue;
        value = O[k];
      }
      if (value === search) return k;
    }
    return -1;
  },
  map(callback, thisArg) {
    const O = $isObject(this) ? this : ToObject(this);
    const length: number = $isArrayKind(O) ? O.length : LengthOfArrayLike(O);
    if (!$isCallable(callback)) throw NotCallable(callback);
    const A = $arrPlainSpecies(O) ? $newArray(length) : ArraySpeciesCreate(O, length);
    for (let k = 0; k < length; k++) {
      let value = $element(O, k);
      if (value === $hole) {
        if (!(k in O)) continue;
        value = O[k];
      }
      value = $call(callback, thisArg, value, k, O);
      if ($createDataProperty(A, k, value) !== true) CreateDataPropertyOrThrow(A, k, value);
    }
    return A;
  },
  pop() {
    const O = ToObject(this);
    const length = LengthOfArrayLike(O);
    if (length === 0) {
      O.length = 0;
      return undefined;
    }
    const value = O[length - 1];
    delete O[length - 1];
    O.length = length - 1;
    return value;
  },
  push(...items) {
    const O = ToObject(this);
    let length = LengthOfArrayLike(O);
    if (length + items.length > 9007199254740991) throw makeTypeError("Pushing elements past the maximum array-like length");
    for (let i = 0; i < items.length; i++) O[length++] = items[i];
    O.length = length;
    return length;
  },
  reduce(callback, ...initial) {
    const O = $isObject(this) ? this : ToObject(this);
    const length: number = $isArrayKind(O) ? O.length : LengthOfArrayLike(O);
    if (!$isCallable(callback)) throw NotCallable(callback);
    let k = 0;
    let accumulator;
    if (initial.length > 0) accumulator = initial[0];
    else {
      for (; k < length && !(k in O); k++);
      if (k >= length) throw makeTypeError("Reduce of empty array with no initial value");
      accumulator = O[k++];
    }
    for (; k < length; k++) {
      let value = $element(O, k);
      if (value === $hole) {
        if (!(k in O)) continue;
        value = O[k];
      }
      accumulator = $call(callback, undefined, accumulator, value, k, O);
    }
    return accumulator;
  },
  reduceRight(callback, ...initial) {
    const O = ToObject(this);
    const length = LengthOfArrayLike(O);
    checkPredicate(callback);
    let k = length - 1;
    let accumulator;
    if (initial.length > 0) accumulator = initial[0];
    else {
      for (; k >= 0 && !(k in O); k--);
      if (k < 0) throw makeTypeError("Reduce of empty array with no initial value");
      accumulator = O[k--];
    }
    for (; k >= 0; k--) {
      let value = $element(O, k);
      if (value === $hole) {
        if (!(k in O)) continue;
        value = O[k];
      }
      accumulator = $call(callback, undefined, accumulator, value, k, O);
    }
    return accumulator;
  },
  reverse() {
    const O = ToObject(this);
    const length = LengthOfArrayLike(O);
    for (let lower = 0, upper = length - 1; lower < upper; lower++, upper--) {
      const lowerExists = lower in O;
      let a, b;
      if (lowerExists) a = O[lower];
      const upperExists = upper in O;
      if (upperExists) {
        b = O[upper];
        O[lower] = b;
        if (lowerExists) O[upper] = a;
        else delete O[upper];
      } else if (lowerExists) {
        delete O[lower];
        O[upper] = a;
      }
    }
    return O;
  },
  shift() {
    const O = ToObject(this);
    const length = LengthOfArrayLike(O);
    if (length === 0) {
      O.length = 0;
      return undefined;
    }
    const first = O[0];
    for (let k = 1; k < length; k++) moveProperty(O, k, k - 1);
    delete O[length - 1];
    O.length = length - 1;
    return first;
  },
  slice(start, end) {
    const O = ToObject(this);
    const length = LengthOfArrayLike(O);
    let k = RelativeIndex(start, length);
    const final = end === undefined ? length : RelativeIndex(end, length);
    const A = ArraySpeciesCreate(O, final > k ? final - k : 0);
    let n = 0;
    for (; k < final; k++, n++) {
      let value = $element(O, k);
      if (value === $hole) {
        if (!(k in O)) continue;
        value = O[k];
      }
      CreateDataPropertyOrThrow(A, n, value);
    }
    A.length = n;
    return A;
  },
  some(callback, thisArg) {
    const O = $isObject(this) ? this : ToObject(this);
    const length: number = $isArrayKind(O) ? O.length : LengthOfArrayLike(O);
    if (!$isCallable(callback)) throw NotCallable(callback);
    for (let k = 0; k < length; k++) {
      let value = $element(O, k);
      if (value === $hole) {
        if (!(k in O)) continue;
        value = O[k];
      }
      if ($call(callback, thisArg, value, k, O)) return true;
    }
    return false;
  },
  sort(comparator) {
    checkComparator(comparator);
    const O = ToObject(this);
    const length = LengthOfArrayLike(O);
    const list: Value[] = [];
    let undefinedCount = collectForSort(O, length, true, list);
    SortList(list, comparator);
    let k = 0;
    for (; k < list.length; k++) O[k] = list[k];
    for (; undefinedCount > 0; undefinedCount--) O[k++] = undefined;
    for (; k < length; k++) if (k in O) delete O[k];
    return O;
  },
  splice(start, deleteCount, ...items) {
    const O = ToObject(this);
    const length = LengthOfArrayLike(O);
    const from = RelativeIndex(start, length);
    // The number of arguments given matters: splice(0) removes everything, splice(0, undefined) nothing.
    const given = arguments.length;
    let count = given === 0 ? 0 : given === 1 ? length - from : ToIntegerOrInfinity(deleteCount);
    if (count < 0) count = 0;
    else if (count > length - from) count = length - from;
    if (length + items.length - count > 9007199254740991) throw makeTypeError("Array too large");
    const A = ArraySpeciesCreate(O, count);
    for (let k = 0; k < count; k++) {
      let value = $element(O, from + k);
      if (value === $hole) {
        if (!(from + k in O)) continue;
        value = O[from + k];
      }
      CreateDataPropertyOrThrow(A, k, value);
    }
    A.length = count;
    const itemCount = items.length;
    if (itemCount < count) {
      for (let k = from; k < length - count; k++) moveProperty(O, k + count, k + itemCount);
      for (let k = length; k > length - count + itemCount; k--) delete O[k - 1];
    } else if (itemCount > count) for (let k = length - count; k > from; k--) moveProperty(O, k + count - 1, k + itemCount - 1);
    for (let i = 0; i < itemCount; i++) O[from + i] = items[i];
    O.length = length - count + itemCount;
    return A;
  },
  toLocaleString() {
    const O = ToObject(this);
    return joinElements(O, LengthOfArrayLike(O), ",", true);
  },
  toReversed() {
    const O = ToObject(this);
    const length = LengthOfArrayLike(O);
    const A = ArrayCreate(length);
    for (let k = 0; k < length; k++) A[k] = O[length - k - 1];
    return A;
  },
  toSorted(comparator) {
    checkComparator(comparator);
    const O = ToObject(this);
    const length = LengthOfArrayLike(O);
    if (length > 4294967295) throw makeRangeError("Invalid array length");
    const list: Value[] = [];
    let undefinedCount = collectForSort(O, length, false, list);
    SortList(list, comparator);
    for (; undefinedCount > 0; undefinedCount--) $append(list, undefined);
    return list;
  },
  toSpliced(start, skipCount, ...items) {
    const O = ToObject(this);
    const length = LengthOfArrayLike(O);
    const from = RelativeIndex(start, length);
    const given = arguments.length;
    let skip = given === 0 ? 0 : given === 1 ? length - from : ToIntegerOrInfinity(skipCount);
    if (skip < 0) skip = 0;
    else if (skip > length - from) skip = length - from;
    const newLength = length + items.length - skip;
    if (newLength > 9007199254740991) throw makeTypeError("Array too large");
    if (newLength > 4294967295) throw makeRangeError("Invalid array length");
    const A: Value[] = [];
    for (let k = 0; k < from; k++) $append(A, O[k]);
    for (let i = 0; i < items.length; i++) $append(A, items[i]);
    for (let k = from + skip; k < length; k++) $append(A, O[k]);
    return A;
  },
  toString() {
    const O = ToObject(this);
    const join = O.join;
    return $isCallable(join) ? $call(join, O) : $call(ObjectPrototypeToString, O);
  },
  unshift(...items) {
    const O = ToObject(this);
    const length = LengthOfArrayLike(O);
    const count = items.length;
    if (count > 0) {
      if (length + count > 9007199254740991) throw makeTypeError("Array too large");
      for (let k = length; k > 0; k--) moveProperty(O, k - 1, k + count - 1);
      for (let i = 0; i < count; i++) O[i] = items[i];
    }
    O.length = length + count;
    return length + count;
  },
  values() {
    return CreateArrayIterator(ToObject(this), 1);
  },
  with(index, value) {
    const O = ToObject(this);
    const length = LengthOfArrayLike(O);
    const n = ToIntegerOrInfinity(index);
    const at = n >= 0 ? n : length + n;
    if (at >= length || at < 0) throw makeRangeError(`Invalid index : ${n}`);
    const A = ArrayCreate(length);
    for (let k = 0; k < length; k++) A[k] = k === at ? value : O[k];
    return A;
  },
});
installLengths(ArrayPrototype, [
  "concat",
  1,
  "copyWithin",
  2,
  "every",
  1,
  "fill",
  1,
  "filter",
  1,
  "find",
  1,
  "findIndex",
  1,
  "findLast",
  1,
  "findLastIndex",
  1,
  "flat",
  0,
]);
installLengths(ArrayPrototype, ["flatMap", 1, "forEach", 1, "includes", 1, "indexOf", 1, "lastIndexOf", 1, "map", 1, "push", 1, "reduce", 1, "reduceRight", 1]);
installLengths(ArrayPrototype, ["some", 1, "splice", 2, "toSpliced", 2, "unshift", 1]);
accelerate(ArrayPrototype, [
  "push",
  $native.arrayPush,
  "pop",
  $native.arrayPop,
  "shift",
  $native.arrayShift,
  "unshift",
  $native.arrayUnshift,
  "slice",
  $native.arraySlice,
  "splice",
  $native.arraySplice,
  "concat",
  $native.arrayConcat,
  "indexOf",
  $native.arrayIndexOf,
  "lastIndexOf",
  $native.arrayLastIndexOf,
  "includes",
  $native.arrayIncludes,
  "join",
  $native.arrayJoin,
  "reverse",
  $native.arrayReverse,
  "fill",
  $native.arrayFill,
  "at",
  $native.arrayAt,
  "with",
  $native.arrayWith,
  "toReversed",
  $native.arrayToReversed,
  "copyWithin",
  $native.arrayCopyWithin,
]);
const ArrayPrototypeValues = $getOwnValue(ArrayPrototype, "values");
$defineOwn(ArrayPrototype, symbolIterator, ArrayPrototypeValues, 5);

// 23.1.3.41
const arrayUnscopables = $newObject(null);
for (
  let i = 0,
    names = [
      "at",
      "copyWithin",
      "entries",
      "fill",
      "find",
      "findIndex",
      "findLast",
      "findLastIndex",
      "flat",
      "flatMap",
      "includes",
      "keys",
      "toReversed",
      "toSorted",
      "toSpliced",
      "values",
    ];
  i < names.length;
  i++
)
  $defineOwn(arrayUnscopables, names[i], true, 7);
$defineOwn(ArrayPrototype, symbolUnscopables, arrayUnscopables, 4);

function checkPredicate(f) {
  if (!$isCallable(f)) throw NotCallable(f);
}

function checkComparator(comparator) {
  if (comparator !== undefined && !$isCallable(comparator))
    throw makeTypeError(`The comparison function must be either a function or undefined: ${describe(comparator)}`);
}

/** The step that copyWithin, shift, splice and unshift repeat: property `from` moves to `to`, absence included. */
function moveProperty(O, from: number, to: number) {
  if (from in O) O[to] = O[from];
  else delete O[to];
}

/** 23.1.3.13.1 FlattenIntoArray. */
function FlattenIntoArray(target, source, length: number, start: number, depth: number, mapper, thisArg): number {
  for (let k = 0; k < length; k++) {
    let element = $element(source, k);
    if (element === $hole) {
      if (!(k in source)) continue;
      element = source[k];
    }
    if (mapper !== undefined) element = $call(mapper, thisArg, element, k, source);
    if (depth > 0 && IsArray(element)) start = FlattenIntoArray(target, element, LengthOfArrayLike(element), start, depth - 1, undefined, undefined);
    else {
      if (start >= 9007199254740991) throw makeTypeError("Array too large");
      if ($createDataProperty(target, start, element) !== true) CreateDataPropertyOrThrow(target, start, element);
      start++;
    }
  }
  return start;
}

/** Objects that a join is inside of: a cycle gives the empty string, as in every engine. */
const joinStack: Value[] = [];

function joinElements(O, length: number, separator: string, locale: boolean): string {
  for (let i = 0; i < joinStack.length; i++) if (joinStack[i] === O) return "";
  $append(joinStack, O);
  try {
    let result = "";
    for (let k = 0; k < length; k++) {
      if (k > 0) result += separator;
      const element = O[k];
      if (element !== undefined && element !== null) result += `${locale ? element.toLocaleString() : element}`;
    }
    return result;
  } finally {
    $arrPop(joinStack);
  }
}

/** 23.2.3 %TypedArray%.prototype. */

function requireTypedArray(O, method: string) {
  if ($kindOf(O) !== $kind.TYPEDARRAY) throw Incompatible(`TypedArray.prototype.${method}`, O);
}

install(TypedArrayPrototype, {
  at(index) {
    const length = ValidateTypedArray(this, "%TypedArray%.prototype.at");
    const n = ToIntegerOrInfinity(index);
    const k = n >= 0 ? n : length + n;
    return k < 0 || k >= length ? undefined : $typedArrayElement(this, k);
  },
  get buffer() {
    requireTypedArray(this, "buffer");
    return $typedArrayBuffer(this);
  },
  get byteLength() {
    requireTypedArray(this, "byteLength");
    return $typedArrayLength(this) * typedArraySizes[$typedArrayType(this)]!;
  },
  get byteOffset() {
    requireTypedArray(this, "byteOffset");
    return $typedArrayIsOutOfBounds(this) ? 0 : $typedArrayByteOffset(this);
  },
  copyWithin(target, start, end) {
    const length = ValidateTypedArray(this, "%TypedArray%.prototype.copyWithin");
    const to = RelativeIndex(target, length);
    const from = RelativeIndex(start, length);
    const final = end === undefined ? length : RelativeIndex(end, length);
    let count = final - from < length - to ? final - from : length - to;
    if (count > 0) {
      // The conversions may have shrunk the buffer.
      const current = ValidateTypedArray(this, "%TypedArray%.prototype.copyWithin");
      if (count > current - from) count = current - from;
      if (count > current - to) count = current - to;
      if (count > 0) $typedArrayCopy(this, to, this, from, count);
    }
    return this;
  },
  entries() {
    ValidateTypedArray(this, "%TypedArray%.prototype.entries");
    return CreateArrayIterator(this, 2);
  },
  every(callback, thisArg) {
    const length = ValidateTypedArray(this, "%TypedArray%.prototype.every");
    checkPredicate(callback);
    for (let k = 0; k < length; k++) if (!$call(callback, thisArg, $typedArrayElement(this, k), k, this)) return false;
    return true;
  },
  fill(value, start, end) {
    const length = ValidateTypedArray(this, "%TypedArray%.prototype.fill");
    const number = $typedArrayType(this) >= 10 ? ToBigInt(value) : +value;
    const from = RelativeIndex(start, length);
    const final = end === undefined ? length : RelativeIndex(end, length);
    ValidateTypedArray(this, "%TypedArray%.prototype.fill");
    $typedArrayFill(this, number, from, final);
    return this;
  },
  filter(callback, thisArg) {
    const length = ValidateTypedArray(this, "%TypedArray%.prototype.filter");
    checkPredicate(callback);
    const kept: Value[] = [];
    for (let k = 0; k < length; k++) {
      const value = $typedArrayElement(this, k);
      if ($call(callback, thisArg, value, k, this)) $append(kept, value);
    }
    const A = TypedArraySpeciesCreate(this, [kept.length], kept.length);
    for (let k = 0; k < kept.length; k++) A[k] = kept[k];
    return A;
  },
  find(predicate, thisArg) {
    const length = ValidateTypedArray(this, "%TypedArray%.prototype.find");
    checkPredicate(predicate);
    for (let k = 0; k < length; k++) {
      const value = $typedArrayElement(this, k);
      if ($call(predicate, thisArg, value, k, this)) return value;
    }
    return undefined;
  },
  findIndex(predicate, thisArg) {
    const length = ValidateTypedArray(this, "%TypedArray%.prototype.findIndex");
    checkPredicate(predicate);
    for (let k = 0; k < length; k++) if ($call(predicate, thisArg, $typedArrayElement(this, k), k, this)) return k;
    return -1;
  },
  findLast(predicate, thisArg) {
    const length = ValidateTypedArray(this, "%TypedArray%.prototype.findLast");
    checkPredicate(predicate);
    for (let k = length - 1; k >= 0; k--) {
      const value = $typedArrayElement(this, k);
      if ($call(predicate, thisArg, value, k, this)) return value;
    }
    return undefined;
  },
  findLastIndex(predicate, thisArg) {
    const length = ValidateTypedArray(this, "%TypedArray%.prototype.findLastIndex");
    checkPredicate(predicate);
    for (let k = length - 1; k >= 0; k--) if ($call(predicate, thisArg, $typedArrayElement(this, k), k, this)) return k;
    return -1;
  },
  forEach(callback, thisArg) {
    const length = ValidateTypedArray(this, "%TypedArray%.prototype.forEach");
    checkPredicate(callback);
    for (let k = 0; k < length; k++) $call(callback, thisArg, $typedArrayElement(this, k), k, this);
  },
  includes(search, fromIndex) {
    const length = ValidateTypedArray(this, "%TypedArray%.prototype.includes");
    if (length === 0) return false;
    const from = RelativeIndex(fromIndex, length);
    // Elements that the conversion made vanish read as undefined.
    if (search === undefined && $typedArrayLength(this) < length && from < length) return true;
    if ($typedArrayLength(this) <= length) return $typedArrayIncludes(this, search, from);
    for (let k = from; k < length; k++) if (SameValueZero($typedArrayElement(this, k), search)) return true;
    return false;
  },
  indexOf(search, fromIndex) {
    const length = ValidateTypedArray(this, "%TypedArray%.prototype.indexOf");
    if (length === 0) return -1;
    const found = $typedArrayIndexOf(this, search, RelativeIndex(fromIndex, length));
    return found < length ? found : -1;
  },
  join(separator) {
    const length = ValidateTypedArray(this, "%TypedArray%.prototype.join");
    const sep = separator === undefined ? "," : `${separator}`;
    if ($typedArrayLength(this) === length) return $typedArrayJoin(this, sep);
    return joinElements(this, length, sep, false);
  },
  keys() {
    ValidateTypedArray(this, "%TypedArray%.prototype.keys");
    return CreateArrayIterator(this, 0);
  },
  lastIndexOf(search, ...rest) {
    const length = ValidateTypedArray(this, "%TypedArray%.prototype.lastIndexOf");
    if (length === 0) return -1;
    const n = rest.length > 0 ? ToIntegerOrInfinity(rest[0]) : length - 1;
    const from = n < 0 ? length + n : n < length - 1 ? n : length - 1;
    return from < 0 ? -1 : $typedArrayLastIndexOf(this, search, from);
  },
  get length() {
    requireTypedArray(this, "length");
    return $typedArrayLength(this);
  },
  map(callback, thisArg) {
    const length = ValidateTypedArray(this, "%TypedArray%.prototype.map");
    checkPredicate(callback);
    const A = TypedArraySpeciesCreate(this, [length], length);
    for (let k = 0; k < length; k++) A[k] = $call(callback, thisArg, $typedArrayElement(this, k), k, this);
    return A;
  },
  reduce(callback, ...initial) {
    const length = ValidateTypedArray(this, "%TypedArray%.prototype.reduce");
    checkPredicate(callback);
    let k = 0;
    if (length === 0 && initial.length === 0) throw makeTypeError("Reduce of empty array with no initial value");
    let accumulator = initial.length > 0 ? initial[0] : $typedArrayElement(this, k++);
    for (; k < length; k++) accumulator = $call(callback, undefined, accumulator, $typedArrayElement(this, k), k, this);
    return accumulator;
  },
  reduceRight(callback, ...initial) {
    const length = ValidateTypedArray(this, "%TypedArray%.prototype.reduceRight");
    checkPredicate(callback);
    let k = length - 1;
    if (length === 0 && initial.length === 0) throw makeTypeError("Reduce of empty array with no initial value");
    let accumulator = initial.length > 0 ? initial[0] : $typedArrayElement(this, k--);
    for (; k >= 0; k--) accumulator = $call(callback, undefined, accumulator, $typedArrayElement(this, k), k, this);
    return accumulator;
  },
  reverse() {
    ValidateTypedArray(this, "%TypedArray%.prototype.reverse");
    $typedArrayReverse(this);
    return this;
  },
  set(source, offset) {
    requireTypedArray(this, "set");
    const at = ToIntegerOrInfinity(offset);
    if (at < 0) throw makeRangeError("offset is out of bounds");
    const length = ValidateTypedArray(this, "%TypedArray%.prototype.set");
    if ($kindOf(source) === $kind.TYPEDARRAY) {
      const count = ValidateTypedArray(source, "%TypedArray%.prototype.set");
      if ($typedArrayType(source) >= 10 !== $typedArrayType(this) >= 10) throw makeTypeError("Cannot mix BigInt and other types, use explicit conversions");
      if (at + count > length) throw makeRangeError("offset is out of bounds");
      $typedArrayCopy(this, at, source, 0, count);
      return;
    }
    const src = ToObject(source);
    const count = LengthOfArrayLike(src);
    if (at + count > length) throw makeRangeError("offset is out of bounds");
    if ($isPlainArray(src) && $typedArraySetArray(this, at, src) !== $notHandled) return;
    for (let k = 0; k < count; k++) typedArraySetElement(this, at + k, src[k]);
  },
  slice(start, end) {
    const length = ValidateTypedArray(this, "%TypedArray%.prototype.slice");
    const from = RelativeIndex(start, length);
    const final = end === undefined ? length : RelativeIndex(end, length);
    const count = final > from ? final - from : 0;
    const A = TypedArraySpeciesCreate(this, [count], count);
    if (count > 0) {
      const current = ValidateTypedArray(this, "%TypedArray%.prototype.slice");
      const stop = final < current ? final : current;
      if ($typedArrayType(A) === $typedArrayType(this)) {
        // Same type: bytes are copied in ascending order, which shows when source and target overlap.
        if ($typedArrayBuffer(A) !== $typedArrayBuffer(this)) $typedArrayCopy(A, 0, this, from, stop - from);
        else for (let k = from, n = 0; k < stop; k++, n++) $typedArrayStore(A, n, $typedArrayElement(this, k));
      } else for (let k = from, n = 0; k < stop; k++, n++) A[n] = $typedArrayElement(this, k);
    }
    return A;
  },
  some(callback, thisArg) {
    const length = ValidateTypedArray(this, "%TypedArray%.prototype.some");
    checkPredicate(callback);
    for (let k = 0; k < length; k++) if ($call(callback, thisArg, $typedArrayElement(this, k), k, this)) return true;
    return false;
  },
  sort(comparator) {
    checkComparator(comparator);
    const length = ValidateTypedArray(this, "%TypedArray%.prototype.sort");
    if (comparator === undefined) $typedArraySort(this);
    else {
      const list = $typedArrayToArray(this);
      sortNumbers(list, comparator);
      for (let k = 0; k < length; k++) typedArraySetElement(this, k, list[k]);
    }
    return this;
  },
  subarray(start, end) {
    requireTypedArray(this, "subarray");
    const buffer = $typedArrayBuffer(this);
    const length = $typedArrayLength(this);
    const type = $typedArrayType(this);
    const from = RelativeIndex(start, length);
    const tracking = end === undefined && $typedArrayIsLengthTracking(this);
    const final = end === undefined ? length : RelativeIndex(end, length);
    const count = final > from ? final - from : 0;
    const offset = $typedArrayByteOffset(this) + from * typedArraySizes[type]!;
    return TypedArraySpeciesCreate(this, tracking ? [buffer, offset] : [buffer, offset, count], -1);
  },
  toLocaleString() {
    const length = ValidateTypedArray(this, "%TypedArray%.prototype.toLocaleString");
    return joinElements(this, length, ",", true);
  },
  toReversed() {
    const length = ValidateTypedArray(this, "%TypedArray%.prototype.toReversed");
    const type = $typedArrayType(this);
    const A = newTypedArray(type, typedArrayPrototypes[type], length);
    $typedArrayCopy(A, 0, this, 0, length);
    $typedArrayReverse(A);
    return A;
  },
  toSorted(comparator) {
    checkComparator(comparator);
    const length = ValidateTypedArray(this, "%TypedArray%.prototype.toSorted");
    const type = $typedArrayType(this);
    const A = newTypedArray(type, typedArrayPrototypes[type], length);
    $typedArrayCopy(A, 0, this, 0, length);
    if (comparator === undefined) $typedArraySort(A);
    else {
      const list = $typedArrayToArray(A);
      sortNumbers(list, comparator);
      for (let k = 0; k < length; k++) $typedArrayStore(A, k, list[k]);
    }
    return A;
  },
  values() {
    ValidateTypedArray(this, "%TypedArray%.prototype.values");
    return CreateArrayIterator(this, 1);
  },
  with(index, value) {
    const length = ValidateTypedArray(this, "%TypedArray%.prototype.with");
    const n = ToIntegerOrInfinity(index);
    const at = n >= 0 ? n : length + n;
    const type = $typedArrayType(this);
    const number = type >= 10 ? ToBigInt(value) : +value;
    if (!typedArrayHasIndex(this, at)) throw makeRangeError("Invalid typed array index");
    const A = newTypedArray(type, typedArrayPrototypes[type], length);
    $typedArrayCopy(A, 0, this, 0, length);
    $typedArrayStore(A, at, number);
    return A;
  },
  get [symbolToStringTag]() {
    return $kindOf(this) === $kind.TYPEDARRAY ? typedArrayNames[$typedArrayType(this)] : undefined;
  },
});
installLengths(TypedArrayPrototype, [
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
  "forEach",
  1,
]);
installLengths(TypedArrayPrototype, ["includes", 1, "indexOf", 1, "lastIndexOf", 1, "map", 1, "reduce", 1, "reduceRight", 1, "set", 1, "some", 1]);
$defineOwn(TypedArrayPrototype, symbolIterator, $getOwnValue(TypedArrayPrototype, "values"), 5);
$defineOwn(TypedArrayPrototype, "toString", $getOwnValue(ArrayPrototype, "toString"), 5);

function sortNumbers(list: Value[], comparator) {
  if (list.length < 2) return;
  const state = $sortStart(list);
  let order: Value = 0;
  while ($sortStep(state, order)) order = +$call(comparator, undefined, state[0], state[1]);
}

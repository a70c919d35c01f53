/** 23.1 Array objects: the constructor and what the prototype's methods share. */

const ArrayConstructor = installConstructor(
  function Array(...items) {
    const proto = $newTarget === undefined ? ArrayPrototype : GetPrototypeFromConstructor($newTarget, ArrayPrototype);
    if (items.length === 1) return arrayOfLength(items[0], proto);
    if (proto !== ArrayPrototype) $setPrototypeOf(items, proto);
    return items;
  },
  1,
  ArrayPrototype,
  {
    from(items, mapper, thisArg) {
      if (mapper !== undefined && !$isCallable(mapper)) throw NotCallable(mapper);
      const C = this;
      const method = items === undefined || items === null ? undefined : GetMethod(items, symbolIterator);
      if (method !== undefined) {
        if (C === ArrayConstructor && mapper === undefined && iteratesNatively(items)) return [...items];
        const A = $isConstructor(C) ? $construct(C, C, []) : [];
        const record = GetIteratorFromMethod(items, method);
        for (let k = 0; ; k++) {
          let value = IteratorStepValue(record);
          if (value === $done) {
            A.length = k;
            return A;
          }
          try {
            if (mapper !== undefined) value = $call(mapper, thisArg, value, k);
            CreateDataPropertyOrThrow(A, k, value);
          } catch (e) {
            IteratorCloseQuiet(record.iterator);
            throw e;
          }
        }
      }
      const arrayLike = ToObject(items);
      const length = LengthOfArrayLike(arrayLike);
      const A = $isConstructor(C) ? $construct(C, C, [length]) : arrayOfLength(length, ArrayPrototype);
      for (let k = 0; k < length; k++) {
        const value = arrayLike[k];
        CreateDataPropertyOrThrow(A, k, mapper === undefined ? value : $call(mapper, thisArg, value, k));
      }
      A.length = length;
      return A;
    },
    fromAsync(items, mapper, thisArg) {
      return arrayFromAsync(this, items, mapper, thisArg);
    },
    isArray(v) {
      return IsArray(v);
    },
    of(...items) {
      const length = items.length;
      if (this === ArrayConstructor || !$isConstructor(this)) return items;
      const A = $construct(this, this, [length]);
      for (let k = 0; k < length; k++) CreateDataPropertyOrThrow(A, k, items[k]);
      A.length = length;
      return A;
    },
  },
);
installSpecies(ArrayConstructor);
$arrSetSpecies(ArrayConstructor, speciesGetter);
installLengths(ArrayConstructor, ["from", 1, "fromAsync", 1, "of", 0]);

/** Kinds whose iteration the interpreter knows; spread is quicker than the protocol step by step. */
function iteratesNatively(v): boolean {
  const kind = $kindOf(v);
  return kind === $kind.ARRAY || kind === $kind.MAP || kind === $kind.SET || kind === $kind.TYPEDARRAY || typeof v === "string";
}

/** Array.fromAsync; its promise settles when the iteration is over. */
async function arrayFromAsync(C, items, mapper, thisArg) {
  if (mapper !== undefined && !$isCallable(mapper)) throw NotCallable(mapper);
  let method = items === undefined || items === null ? undefined : GetMethod(items, symbolAsyncIterator);
  let syncMethod;
  if (method === undefined && items !== undefined && items !== null) syncMethod = GetMethod(items, symbolIterator);
  if (method !== undefined || syncMethod !== undefined) {
    const A = $isConstructor(C) ? $construct(C, C, []) : [];
    const record = method !== undefined ? GetIteratorFromMethod(items, method) : CreateAsyncFromSyncIterator(GetIteratorFromMethod(items, syncMethod));
    for (let k = 0; ; k++) {
      const result = await $call(record.next, record.iterator);
      if (!$isObject(result)) throw makeTypeError(`Iterator result ${describe(result)} is not an object`);
      if (result.done) {
        A.length = k;
        return A;
      }
      let value = result.value;
      try {
        if (mapper !== undefined) value = await $call(mapper, thisArg, value, k);
        CreateDataPropertyOrThrow(A, k, value);
      } catch (e) {
        let closing;
        try {
          const close = GetMethod(record.iterator, "return");
          if (close !== undefined) closing = $call(close, record.iterator);
          await closing;
        } catch {}
        throw e;
      }
    }
  }
  const arrayLike = ToObject(items);
  const length = LengthOfArrayLike(arrayLike);
  const A = $isConstructor(C) ? $construct(C, C, [length]) : arrayOfLength(length, ArrayPrototype);
  for (let k = 0; k < length; k++) {
    let value = await arrayLike[k];
    if (mapper !== undefined) value = await $call(mapper, thisArg, value, k);
    CreateDataPropertyOrThrow(A, k, value);
  }
  A.length = length;
  return A;
}

/** new Array(length), or [length] when it is no number. */
function arrayOfLength(length, proto) {
  let array: Value;
  if (typeof length === "number") {
    if (length >>> 0 !== length) throw makeRangeError("Invalid array length");
    array = $newArray(length);
  } else array = [length];
  if (proto !== ArrayPrototype) $setPrototypeOf(array, proto);
  return array;
}

/** 10.4.2.2 ArrayCreate with the default prototype. */
function ArrayCreate(length: number): Value[] {
  if (length > 4294967295) throw makeRangeError("Invalid array length");
  return $newArray(length);
}

/** 10.4.2.3 ArraySpeciesCreate. */
function ArraySpeciesCreate(O, length: number) {
  if (!IsArray(O)) return ArrayCreate(length);
  let C = O.constructor;
  if (C === ArrayConstructor && $getOwnGetter(ArrayConstructor, symbolSpecies) === speciesGetter) return ArrayCreate(length);
  if ($isObject(C)) {
    C = C[symbolSpecies];
    if (C === null) C = undefined;
  }
  if (C === undefined) return ArrayCreate(length);
  if (!$isConstructor(C)) throw makeTypeError("object.constructor[Symbol.species] is not a constructor");
  return $construct(C, C, [length]);
}

/** Sorts an internal list in place, stable. `comparator` undefined: by string. Elements are never undefined. */
function SortList(list: Value[], comparator) {
  if (list.length < 2) return;
  if (comparator === undefined && $sortDefault(list) !== $notHandled) return;
  const state = $sortStart(list);
  let order: Value = 0;
  while ($sortStep(state, order)) {
    if (comparator !== undefined) order = +$call(comparator, undefined, state[0], state[1]);
    else {
      const x = `${state[0]}`;
      const y = `${state[1]}`;
      order = x < y ? -1 : x > y ? 1 : 0;
    }
  }
}

/** 23.1.3.30.1 SortIndexedProperties: present values first, undefined last; returns the number of undefined ones. */
function collectForSort(O, length: number, skipHoles: boolean, list: Value[]): number {
  let undefinedCount = 0;
  for (let k = 0; k < length; k++) {
    let value = $element(O, k);
    if (value === $hole) {
      if (skipHoles && !(k in O)) continue;
      value = O[k];
    }
    if (value === undefined) undefinedCount++;
    else $append(list, value);
  }
  return undefinedCount;
}

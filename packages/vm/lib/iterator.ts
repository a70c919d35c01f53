/** 27.1 Iteration: %IteratorPrototype%, the Iterator constructor and its helpers, array iterators, the interpreter's iteration hooks. */

$defineOwn(
  IteratorPrototype,
  symbolIterator,
  $getOwnValue(
    {
      [symbolIterator]() {
        return this;
      },
    },
    symbolIterator,
  ),
  5,
);
$defineOwn(
  AsyncIteratorPrototype,
  symbolAsyncIterator,
  $getOwnValue(
    {
      [symbolAsyncIterator]() {
        return this;
      },
    },
    symbolAsyncIterator,
  ),
  5,
);

// ---------------------------------------------------------------- 23.1.5 Array iterators

/** 23.1.5.1 CreateArrayIterator; kind 0 keys, 1 values, 2 entries. Internal slots: array (undefined at the end), index, kind. */
function CreateArrayIterator(array, kind: number) {
  const iterator = $newObjectOfKind($kind.ITERATOR, ArrayIteratorPrototype);
  $setInternal(iterator, 0, array);
  $setInternal(iterator, 1, 0);
  $setInternal(iterator, 2, kind);
  $setInternal(iterator, 3, ArrayIteratorPrototype);
  return iterator;
}

/** Brand check of the library's iterators: internal slot 3 holds the intrinsic prototype. */
function requireIterator(iterator, brand, method: string) {
  if ($kindOf(iterator) !== $kind.ITERATOR || $getInternal(iterator, 3) !== brand) throw Incompatible(method, iterator);
}

install(ArrayIteratorPrototype, {
  next() {
    requireIterator(this, ArrayIteratorPrototype, "Array Iterator.prototype.next");
    const array = $getInternal(this, 0);
    if (array === undefined) return { value: undefined, done: true };
    const index = $getInternal(this, 1);
    let length;
    if ($kindOf(array) === $kind.TYPEDARRAY) {
      if ($typedArrayIsOutOfBounds(array)) throw makeTypeError("Cannot perform %ArrayIteratorPrototype%.next on a detached ArrayBuffer");
      length = $typedArrayLength(array);
    } else length = LengthOfArrayLike(array);
    if (index >= length) {
      $setInternal(this, 0, undefined);
      return { value: undefined, done: true };
    }
    $setInternal(this, 1, index + 1);
    const kind = $getInternal(this, 2);
    return { value: kind === 0 ? index : kind === 1 ? array[index] : [index, array[index]], done: false };
  },
});
accelerate(ArrayIteratorPrototype, ["next", $native.arrayIteratorNext]);
installTag(ArrayIteratorPrototype, "Array Iterator");
$setArrayIteration(ArrayPrototypeValues, $getOwnValue(ArrayIteratorPrototype, "next"));

// ---------------------------------------------------------------- Hooks

$setHook($hook.GET_ITERATOR, function getIterator(value) {
  const record = GetIterator(value);
  return [record.iterator, record.next];
});
$setHook($hook.GET_ASYNC_ITERATOR, function getAsyncIterator(value) {
  const method = value === undefined || value === null ? undefined : GetMethod(value, symbolAsyncIterator);
  let record;
  if (method !== undefined) {
    const iterator = $call(method, value);
    if (!$isObject(iterator)) throw makeTypeError("Result of the Symbol.asyncIterator method is not an object");
    record = GetIteratorDirect(iterator);
  } else {
    const syncMethod = value === undefined || value === null ? undefined : GetMethod(value, symbolIterator);
    if (syncMethod === undefined) throw makeTypeError(`${describe(value)} is not async iterable`);
    record = CreateAsyncFromSyncIterator(GetIteratorFromMethod(value, syncMethod));
  }
  return [record.iterator, record.next];
});
function iteratorResultValue(result) {
  if (!$isObject(result)) throw makeTypeError(`Iterator result ${describe(result)} is not an object`);
  return result.done ? $done : result.value;
}
$setHook($hook.ITER_NEXT, function iterNext(iterator, next) {
  return iteratorResultValue($call(next, iterator));
});
$setHook($hook.ITER_RESULT, iteratorResultValue);
$setHook($hook.ITER_CLOSE, IteratorClose);
$setHook($hook.ITER_CLOSE_QUIET, IteratorCloseQuiet);
$setHook($hook.SPREAD, function spread(array, iterable) {
  for (const value of iterable) $append(array, value);
});

// ---------------------------------------------------------------- 27.1.3 Iterator

const IteratorConstructor = installConstructor(
  function Iterator() {
    if ($newTarget === undefined || $newTarget === IteratorConstructor) throw makeTypeError("Abstract class Iterator not directly constructable");
    return $newObject(GetPrototypeFromConstructor($newTarget, IteratorPrototype));
  },
  0,
  IteratorPrototype,
  {
    concat(...items) {
      const methods: Value[] = [];
      for (let i = 0; i < items.length; i++) {
        if (!$isObject(items[i])) throw makeTypeError(`${describe(items[i])} is not an object`);
        const method = GetMethod(items[i], symbolIterator);
        if (method === undefined) throw makeTypeError(`${describe(items[i])} is not iterable`);
        $append(methods, method);
      }
      return createIteratorHelper(undefined, helperConcat(items, methods));
    },
    from(O) {
      const record = GetIteratorFlattenable(O, true);
      if (OrdinaryHasInstance(IteratorConstructor, record.iterator)) return record.iterator;
      const wrapper = $newObjectOfKind($kind.ITERATOR, WrapForValidIteratorPrototype);
      $setInternal(wrapper, 0, record);
      $setInternal(wrapper, 3, WrapForValidIteratorPrototype);
      return wrapper;
    },
  },
);
installLengths(IteratorConstructor, ["concat", 0]);

/** 7.4.? GetIteratorFlattenable; strings are taken only by Iterator.from. */
function GetIteratorFlattenable(obj, strings: boolean): IteratorRecord {
  if (!$isObject(obj) && !(strings && typeof obj === "string")) throw makeTypeError(`${describe(obj)} is not an object`);
  const method = GetMethod(obj, symbolIterator);
  const iterator = method === undefined ? obj : $call(method, obj);
  if (!$isObject(iterator)) throw makeTypeError(`${describe(iterator)} is not an object`);
  return GetIteratorDirect(iterator);
}

// 27.1.3.1.1 and 27.1.4.1: the two accessors that behave like data properties towards assignment ("weird" accessors).
function SetterThatIgnoresPrototypeProperties(target, home, key, value) {
  if (!$isObject(target)) throw makeTypeError("Iterator.prototype property set on non-object");
  if (target === home) throw makeTypeError("Cannot assign to this property");
  if (GetOwnProperty(target, key) === undefined) CreateDataPropertyOrThrow(target, key, value);
  else target[key] = value;
}
install(IteratorPrototype, {
  get [symbolToStringTag]() {
    return "Iterator";
  },
  set [symbolToStringTag](value) {
    SetterThatIgnoresPrototypeProperties(this, IteratorPrototype, symbolToStringTag, value);
  },
  get constructor() {
    return IteratorConstructor;
  },
  set constructor(value) {
    SetterThatIgnoresPrototypeProperties(this, IteratorPrototype, "constructor", value);
  },
});

const WrapForValidIteratorPrototype = $newObject(IteratorPrototype);
install(WrapForValidIteratorPrototype, {
  next() {
    requireIterator(this, WrapForValidIteratorPrototype, "%WrapForValidIteratorPrototype%.next");
    const record = $getInternal(this, 0);
    return $call(record.next, record.iterator);
  },
  return() {
    requireIterator(this, WrapForValidIteratorPrototype, "%WrapForValidIteratorPrototype%.return");
    const iterator = $getInternal(this, 0).iterator;
    const method = GetMethod(iterator, "return");
    return method === undefined ? { value: undefined, done: true } : $call(method, iterator);
  },
});

// ---------------------------------------------------------------- 27.1.2 Iterator helper objects

/** Internal slots: 0 underlying record (or undefined), 1 the generator that does the work, 3 brand. */
const IteratorHelperPrototype = $newObject(IteratorPrototype);
function createIteratorHelper(underlying: IteratorRecord | undefined, generator) {
  const helper = $newObjectOfKind($kind.ITERATOR, IteratorHelperPrototype);
  $setInternal(helper, 0, underlying);
  $setInternal(helper, 1, generator);
  $setInternal(helper, 3, IteratorHelperPrototype);
  return helper;
}
install(IteratorHelperPrototype, {
  next() {
    requireIterator(this, IteratorHelperPrototype, "Iterator Helper.prototype.next");
    return GeneratorResume($getInternal(this, 1), 0, undefined);
  },
  return() {
    requireIterator(this, IteratorHelperPrototype, "Iterator Helper.prototype.return");
    const generator = $getInternal(this, 1);
    const underlying = $getInternal(this, 0);
    if ($coroutineState(generator) === 0) {
      GeneratorResume(generator, 2, undefined);
      if (underlying !== undefined) IteratorClose(underlying.iterator);
      return { value: undefined, done: true };
    }
    return GeneratorResume(generator, 2, undefined);
  },
});
installTag(IteratorHelperPrototype, "Iterator Helper");

/** Each helper is a generator over the underlying record; an abrupt end of the body closes the underlying iterator. */
function* helperMap(record: IteratorRecord, mapper) {
  for (let counter = 0; ; counter++) {
    const value = IteratorStepValue(record);
    if (value === $done) return;
    let finished = false;
    try {
      yield $call(mapper, undefined, value, counter);
      finished = true;
    } catch (e) {
      finished = true;
      IteratorCloseQuiet(record.iterator);
      throw e;
    } finally {
      if (!finished) IteratorClose(record.iterator);
    }
  }
}
function* helperFilter(record: IteratorRecord, predicate) {
  for (let counter = 0; ; counter++) {
    const value = IteratorStepValue(record);
    if (value === $done) return;
    let finished = false;
    try {
      if ($call(predicate, undefined, value, counter)) yield value;
      finished = true;
    } catch (e) {
      finished = true;
      IteratorCloseQuiet(record.iterator);
      throw e;
    } finally {
      if (!finished) IteratorClose(record.iterator);
    }
  }
}
function* helperTake(record: IteratorRecord, limit: number) {
  for (let remaining = limit; ; remaining--) {
    if (remaining <= 0) {
      IteratorClose(record.iterator);
      return;
    }
    const value = IteratorStepValue(record);
    if (value === $done) return;
    yield* yieldClosing(record, value);
  }
}
function* helperDrop(record: IteratorRecord, limit: number) {
  for (let remaining = limit; remaining > 0; remaining--) if (IteratorStepValue(record) === $done) return;
  for (;;) {
    const value = IteratorStepValue(record);
    if (value === $done) return;
    yield* yieldClosing(record, value);
  }
}
/** yield value; when the consumer returns here, the underlying iterator is closed. */
function* yieldClosing(record: IteratorRecord, value) {
  let finished = false;
  try {
    yield value;
    finished = true;
  } finally {
    if (!finished) IteratorClose(record.iterator);
  }
}
function* helperFlatMap(record: IteratorRecord, mapper) {
  for (let counter = 0; ; counter++) {
    const value = IteratorStepValue(record);
    if (value === $done) return;
    let inner: IteratorRecord;
    try {
      inner = GetIteratorFlattenable($call(mapper, undefined, value, counter), false);
    } catch (e) {
      IteratorCloseQuiet(record.iterator);
      throw e;
    }
    for (;;) {
      let innerValue;
      try {
        innerValue = IteratorStepValue(inner);
      } catch (e) {
        IteratorCloseQuiet(record.iterator);
        throw e;
      }
      if (innerValue === $done) break;
      let finished = false;
      try {
        yield innerValue;
        finished = true;
      } finally {
        if (!finished) {
          try {
            IteratorClose(inner.iterator);
          } catch (e) {
            IteratorCloseQuiet(record.iterator);
            throw e;
          }
          IteratorClose(record.iterator);
        }
      }
    }
  }
}
function* helperConcat(items: Value[], methods: Value[]) {
  for (let i = 0; i < items.length; i++) {
    const record = GetIteratorFromMethod(items[i], methods[i]);
    for (;;) {
      const value = IteratorStepValue(record);
      if (value === $done) break;
      yield* yieldClosing(record, value);
    }
  }
}

/** Checks of the helper methods: the receiver is an object; a wrong argument closes it. */
function iteratorReceiver(O, callback, method: string) {
  if (!$isObject(O)) throw makeTypeError(`Iterator.prototype.${method} called on non-object`);
  if ($isCallable(callback)) return;
  IteratorCloseQuiet(O);
  throw NotCallable(callback);
}

/** ToIntegerOrInfinity of take's and drop's limit. */
function iteratorLimit(O, limit, method: string): number {
  if (!$isObject(O)) throw makeTypeError(`Iterator.prototype.${method} called on non-object`);
  let n;
  try {
    n = +limit;
    if (n !== n) throw makeRangeError(`${describe(limit)} must be positive`);
    n = ToIntegerOrInfinity(n);
    if (n < 0 || (n > 9007199254740991 && n !== Infinity)) throw makeRangeError(`${describe(limit)} must be positive and at most 2^53 - 1`);
  } catch (e) {
    IteratorCloseQuiet(O);
    throw e;
  }
  return n;
}

install(IteratorPrototype, {
  drop(limit) {
    const n = iteratorLimit(this, limit, "drop");
    const record = GetIteratorDirect(this);
    return createIteratorHelper(record, helperDrop(record, n));
  },
  every(predicate) {
    return iteratorSearch(this, predicate, "every");
  },
  filter(predicate) {
    iteratorReceiver(this, predicate, "filter");
    const record = GetIteratorDirect(this);
    return createIteratorHelper(record, helperFilter(record, predicate));
  },
  find(predicate) {
    return iteratorSearch(this, predicate, "find");
  },
  flatMap(mapper) {
    iteratorReceiver(this, mapper, "flatMap");
    const record = GetIteratorDirect(this);
    return createIteratorHelper(record, helperFlatMap(record, mapper));
  },
  forEach(callback) {
    iteratorSearch(this, callback, "forEach");
  },
  map(mapper) {
    iteratorReceiver(this, mapper, "map");
    const record = GetIteratorDirect(this);
    return createIteratorHelper(record, helperMap(record, mapper));
  },
  reduce(reducer, ...initial) {
    iteratorReceiver(this, reducer, "reduce");
    const record = GetIteratorDirect(this);
    let accumulator;
    let counter = 0;
    if (initial.length > 0) accumulator = initial[0];
    else {
      accumulator = IteratorStepValue(record);
      if (accumulator === $done) throw makeTypeError("Reduce of empty iterator with no initial value");
      counter = 1;
    }
    for (;;) {
      const value = IteratorStepValue(record);
      if (value === $done) return accumulator;
      try {
        accumulator = $call(reducer, undefined, accumulator, value, counter++);
      } catch (e) {
        IteratorCloseQuiet(record.iterator);
        throw e;
      }
    }
  },
  some(predicate) {
    return iteratorSearch(this, predicate, "some");
  },
  take(limit) {
    const n = iteratorLimit(this, limit, "take");
    const record = GetIteratorDirect(this);
    return createIteratorHelper(record, helperTake(record, n));
  },
  toArray() {
    if (!$isObject(this)) throw makeTypeError("Iterator.prototype.toArray called on non-object");
    const record = GetIteratorDirect(this);
    const list: Value[] = [];
    for (;;) {
      const value = IteratorStepValue(record);
      if (value === $done) return list;
      $append(list, value);
    }
  },
});
installLengths(IteratorPrototype, ["reduce", 1]);

/** The loop of every, find, forEach and some. */
function iteratorSearch(O, callback, method: string) {
  iteratorReceiver(O, callback, method);
  const record = GetIteratorDirect(O);
  for (let counter = 0; ; counter++) {
    const value = IteratorStepValue(record);
    if (value === $done) return method === "every" ? true : method === "some" ? false : undefined;
    let result;
    try {
      result = $call(callback, undefined, value, counter);
    } catch (e) {
      IteratorCloseQuiet(record.iterator);
      throw e;
    }
    if (method === "forEach") continue;
    if (method === "every" ? !result : result) {
      IteratorClose(record.iterator);
      return method === "find" ? value : method === "some";
    }
  }
}

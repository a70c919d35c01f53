/** 24.2 Set objects. */

const SetConstructor = installConstructor(
  function Set(iterable) {
    if ($newTarget === undefined) throw makeTypeError("Constructor Set requires 'new'");
    return addFromIterable($setNew(GetPrototypeFromConstructor($newTarget, SetPrototype)), iterable, "add", false, SetPrototypeAdd);
  },
  0,
  SetPrototype,
  undefined,
);
installSpecies(SetConstructor);

function requireSet(set, method: string) {
  if ($kindOf(set) !== $kind.SET) throw Incompatible(`Set.prototype.${method}`, set);
}

/** 24.2.1.2 Set Records. */
interface SetRecord {
  set: Value;
  size: number;
  has: Value;
  keys: Value;
}
function GetSetRecord(obj): SetRecord {
  if (!$isObject(obj)) throw makeTypeError(`${describe(obj)} is not an object`);
  const n = +obj.size;
  if (n !== n) throw makeTypeError("The 'size' property must be a number");
  const size = ToIntegerOrInfinity(n);
  if (size < 0) throw makeRangeError(`'${size}' is an invalid size`);
  const has = obj.has;
  if (!$isCallable(has)) throw makeTypeError("The 'has' property must be a function");
  const keys = obj.keys;
  if (!$isCallable(keys)) throw makeTypeError("The 'keys' property must be a function");
  return { set: obj, size, has, keys };
}
function recordHas(record: SetRecord, value): boolean {
  return !!$call(record.has, record.set, value);
}
function recordKeys(record: SetRecord): IteratorRecord {
  const iterator = $call(record.keys, record.set);
  if (!$isObject(iterator)) throw makeTypeError("keys() result is not an object");
  return { iterator, next: iterator.next, done: false };
}
function copySet(set) {
  const copy = $setNew(SetPrototype);
  for (let at = $collectionNext(set, 0); at >= 0; at = $collectionNext(set, at + 1)) $collectionSet(copy, $collectionKey(set, at), undefined);
  return copy;
}

install(SetPrototype, {
  add(value) {
    requireSet(this, "add");
    $collectionSet(this, value, undefined);
    return this;
  },
  clear() {
    requireSet(this, "clear");
    $collectionClear(this);
  },
  delete(value) {
    requireSet(this, "delete");
    return $collectionDelete(this, value);
  },
  difference(other) {
    requireSet(this, "difference");
    const record = GetSetRecord(other);
    const result = copySet(this);
    if ($collectionSize(this) <= record.size) {
      for (let at = $collectionNext(this, 0); at >= 0; at = $collectionNext(this, at + 1)) {
        const value = $collectionKey(this, at);
        if (recordHas(record, value)) $collectionDelete(result, value);
      }
    } else {
      const keys = recordKeys(record);
      for (let next = IteratorStepValue(keys); next !== $done; next = IteratorStepValue(keys)) $collectionDelete(result, next);
    }
    return result;
  },
  entries() {
    requireSet(this, "entries");
    return createCollectionIterator(this, SetIteratorPrototype, 2);
  },
  forEach(callback, thisArg) {
    requireSet(this, "forEach");
    checkPredicate(callback);
    for (let at = $collectionNext(this, 0); at >= 0; at = $collectionNext(this, at + 1)) {
      const value = $collectionKey(this, at);
      $call(callback, thisArg, value, value, this);
    }
  },
  has(value) {
    requireSet(this, "has");
    return $collectionHas(this, value);
  },
  intersection(other) {
    requireSet(this, "intersection");
    const record = GetSetRecord(other);
    const result = $setNew(SetPrototype);
    if ($collectionSize(this) <= record.size) {
      for (let at = $collectionNext(this, 0); at >= 0; at = $collectionNext(this, at + 1)) {
        const value = $collectionKey(this, at);
        if (recordHas(record, value)) $collectionSet(result, value, undefined);
      }
    } else {
      const keys = recordKeys(record);
      for (let next = IteratorStepValue(keys); next !== $done; next = IteratorStepValue(keys))
        if ($collectionHas(this, next)) $collectionSet(result, next, undefined);
    }
    return result;
  },
  isDisjointFrom(other) {
    requireSet(this, "isDisjointFrom");
    const record = GetSetRecord(other);
    if ($collectionSize(this) <= record.size) {
      for (let at = $collectionNext(this, 0); at >= 0; at = $collectionNext(this, at + 1)) if (recordHas(record, $collectionKey(this, at))) return false;
      return true;
    }
    const keys = recordKeys(record);
    for (let next = IteratorStepValue(keys); next !== $done; next = IteratorStepValue(keys))
      if ($collectionHas(this, next)) {
        IteratorClose(keys.iterator);
        return false;
      }
    return true;
  },
  isSubsetOf(other) {
    requireSet(this, "isSubsetOf");
    const record = GetSetRecord(other);
    if ($collectionSize(this) > record.size) return false;
    for (let at = $collectionNext(this, 0); at >= 0; at = $collectionNext(this, at + 1)) if (!recordHas(record, $collectionKey(this, at))) return false;
    return true;
  },
  isSupersetOf(other) {
    requireSet(this, "isSupersetOf");
    const record = GetSetRecord(other);
    if ($collectionSize(this) < record.size) return false;
    const keys = recordKeys(record);
    for (let next = IteratorStepValue(keys); next !== $done; next = IteratorStepValue(keys))
      if (!$collectionHas(this, next)) {
        IteratorClose(keys.iterator);
        return false;
      }
    return true;
  },
  get size() {
    requireSet(this, "size");
    return $collectionSize(this);
  },
  symmetricDifference(other) {
    requireSet(this, "symmetricDifference");
    const record = GetSetRecord(other);
    const keys = recordKeys(record);
    const result = copySet(this);
    for (let next = IteratorStepValue(keys); next !== $done; next = IteratorStepValue(keys)) {
      if ($collectionHas(this, next)) $collectionDelete(result, next);
      else $collectionSet(result, next, undefined);
    }
    return result;
  },
  union(other) {
    requireSet(this, "union");
    const record = GetSetRecord(other);
    const keys = recordKeys(record);
    const result = copySet(this);
    for (let next = IteratorStepValue(keys); next !== $done; next = IteratorStepValue(keys)) $collectionSet(result, next, undefined);
    return result;
  },
  values() {
    requireSet(this, "values");
    return createCollectionIterator(this, SetIteratorPrototype, 1);
  },
});
installLengths(SetPrototype, ["forEach", 1]);
accelerate(SetPrototype, ["add", $native.setAdd, "has", $native.setHas, "delete", $native.setDelete, "clear", $native.setClear]);
$defineOwn(SetPrototype, "keys", $getOwnValue(SetPrototype, "values"), 5);
$defineOwn(SetPrototype, symbolIterator, $getOwnValue(SetPrototype, "values"), 5);
installTag(SetPrototype, "Set");
const SetPrototypeAdd = $getOwnValue(SetPrototype, "add");

/** 24.1 Map objects. Storage and the hot methods are natives; a method's fallback only has to explain a wrong receiver. */

/** Steps that Map, Set, WeakMap and WeakSet constructors share: feed every element to the `adder` method. */
function addFromIterable(collection, iterable, adder: string, entries: boolean, intrinsicAdder) {
  if (iterable === undefined || iterable === null) return collection;
  const add = collection[adder];
  if (!$isCallable(add))
    throw makeTypeError(`'${describe(add)}' returned for property '${adder}' of object '#<${constructorNameOf(collection)}>' is not a function`);
  if (add === intrinsicAdder && !entries) {
    for (const value of iterable) $collectionSet(collection, value, value);
    return collection;
  }
  for (const item of iterable) {
    if (!entries) $call(add, collection, item);
    else {
      if (!$isObject(item)) throw makeTypeError(`Iterator value ${describe(item)} is not an entry object`);
      const key = item[0];
      const value = item[1];
      if (add === intrinsicAdder) $collectionSet(collection, key, value);
      else $call(add, collection, key, value);
    }
  }
  return collection;
}

const MapConstructor = installConstructor(
  function Map(iterable) {
    if ($newTarget === undefined) throw makeTypeError("Constructor Map requires 'new'");
    return addFromIterable($mapNew(GetPrototypeFromConstructor($newTarget, MapPrototype)), iterable, "set", true, MapPrototypeSet);
  },
  0,
  MapPrototype,
  {
    groupBy(items, callback) {
      const grouped = GroupBy(items, callback, true);
      const map = $mapNew(MapPrototype);
      for (let i = 0; i < grouped.keys.length; i++) $collectionSet(map, grouped.keys[i], grouped.groups[i]);
      return map;
    },
  },
);
installSpecies(MapConstructor);

function requireMap(map, method: string) {
  if ($kindOf(map) !== $kind.MAP) throw Incompatible(`Map.prototype.${method}`, map);
}
install(MapPrototype, {
  clear() {
    requireMap(this, "clear");
    $collectionClear(this);
  },
  delete(key) {
    requireMap(this, "delete");
    return $collectionDelete(this, key);
  },
  entries() {
    requireMap(this, "entries");
    return createCollectionIterator(this, MapIteratorPrototype, 2);
  },
  forEach(callback, thisArg) {
    requireMap(this, "forEach");
    checkPredicate(callback);
    for (let at = $collectionNext(this, 0); at >= 0; at = $collectionNext(this, at + 1))
      $call(callback, thisArg, $collectionValue(this, at), $collectionKey(this, at), this);
  },
  get(key) {
    requireMap(this, "get");
    return $collectionGet(this, key);
  },
  has(key) {
    requireMap(this, "has");
    return $collectionHas(this, key);
  },
  keys() {
    requireMap(this, "keys");
    return createCollectionIterator(this, MapIteratorPrototype, 0);
  },
  set(key, value) {
    requireMap(this, "set");
    $collectionSet(this, key, value);
    return this;
  },
  get size() {
    requireMap(this, "size");
    return $collectionSize(this);
  },
  values() {
    requireMap(this, "values");
    return createCollectionIterator(this, MapIteratorPrototype, 1);
  },
});
installLengths(MapPrototype, ["forEach", 1]);
accelerate(MapPrototype, ["get", $native.mapGet, "has", $native.mapHas, "set", $native.mapSet, "delete", $native.mapDelete, "clear", $native.mapClear]);
$defineOwn(MapPrototype, symbolIterator, $getOwnValue(MapPrototype, "entries"), 5);
installTag(MapPrototype, "Map");
const MapPrototypeSet = $getOwnValue(MapPrototype, "set");

// ---------------------------------------------------------------- 24.1.5 and 24.2.6 Iterators

const MapIteratorPrototype = $proto($proto.MAP_ITERATOR);
const SetIteratorPrototype = $proto($proto.SET_ITERATOR);

/** Internal slots: 0 collection (undefined at the end), 1 cursor, 2 kind (0 keys, 1 values, 2 entries), 3 brand. */
function createCollectionIterator(collection, proto, kind: number) {
  const iterator = $newObjectOfKind($kind.ITERATOR, proto);
  $setInternal(iterator, 0, collection);
  $setInternal(iterator, 1, 0);
  $setInternal(iterator, 2, kind);
  $setInternal(iterator, 3, proto);
  return iterator;
}
// The natives handle every iterator of their kind.
install(MapIteratorPrototype, {
  next() {
    throw Incompatible("Map Iterator.prototype.next", this);
  },
});
accelerate(MapIteratorPrototype, ["next", $native.mapIteratorNext]);
installTag(MapIteratorPrototype, "Map Iterator");
install(SetIteratorPrototype, {
  next() {
    throw Incompatible("Set Iterator.prototype.next", this);
  },
});
accelerate(SetIteratorPrototype, ["next", $native.setIteratorNext]);
installTag(SetIteratorPrototype, "Set Iterator");

/** 24.3 WeakMap, 24.4 WeakSet, 26.1 WeakRef, 26.2 FinalizationRegistry. */

const WeakMapPrototype = $proto($proto.WEAKMAP);
const WeakSetPrototype = $proto($proto.WEAKSET);
const WeakRefPrototype = $proto($proto.WEAKREF);
const FinalizationRegistryPrototype = $proto($proto.FINALIZATION_REGISTRY);

/** 9.14 CanBeHeldWeakly. */
function CanBeHeldWeakly(v): boolean {
  return $isObject(v) || (typeof v === "symbol" && $symbolKeyFor(v) === undefined);
}
function requireWeak(collection, kind: number, method: string) {
  if ($kindOf(collection) !== kind) throw Incompatible(method, collection);
}

installConstructor(
  function WeakMap(iterable) {
    if ($newTarget === undefined) throw makeTypeError("Constructor WeakMap requires 'new'");
    return addFromIterable($weakMapNew(GetPrototypeFromConstructor($newTarget, WeakMapPrototype)), iterable, "set", true, undefined);
  },
  0,
  WeakMapPrototype,
  undefined,
);
install(WeakMapPrototype, {
  delete(key) {
    requireWeak(this, $kind.WEAKMAP, "WeakMap.prototype.delete");
    return $weakDelete(this, key);
  },
  get(key) {
    requireWeak(this, $kind.WEAKMAP, "WeakMap.prototype.get");
    return $weakGet(this, key);
  },
  has(key) {
    requireWeak(this, $kind.WEAKMAP, "WeakMap.prototype.has");
    return $weakHas(this, key);
  },
  set(key, value) {
    requireWeak(this, $kind.WEAKMAP, "WeakMap.prototype.set");
    if (!CanBeHeldWeakly(key)) throw makeTypeError(`Invalid value used as weak map key`);
    $weakSet(this, key, value);
    return this;
  },
});
accelerate(WeakMapPrototype, ["get", $native.weakMapGet, "has", $native.weakMapHas, "set", $native.weakMapSet, "delete", $native.weakMapDelete]);
installTag(WeakMapPrototype, "WeakMap");

installConstructor(
  function WeakSet(iterable) {
    if ($newTarget === undefined) throw makeTypeError("Constructor WeakSet requires 'new'");
    return addFromIterable($weakSetNew(GetPrototypeFromConstructor($newTarget, WeakSetPrototype)), iterable, "add", false, undefined);
  },
  0,
  WeakSetPrototype,
  undefined,
);
install(WeakSetPrototype, {
  add(value) {
    requireWeak(this, $kind.WEAKSET, "WeakSet.prototype.add");
    if (!CanBeHeldWeakly(value)) throw makeTypeError("Invalid value used in weak set");
    $weakSet(this, value, true);
    return this;
  },
  delete(value) {
    requireWeak(this, $kind.WEAKSET, "WeakSet.prototype.delete");
    return $weakDelete(this, value);
  },
  has(value) {
    requireWeak(this, $kind.WEAKSET, "WeakSet.prototype.has");
    return $weakHas(this, value);
  },
});
accelerate(WeakSetPrototype, ["add", $native.weakSetAdd, "has", $native.weakSetHas, "delete", $native.weakSetDelete]);
installTag(WeakSetPrototype, "WeakSet");

installConstructor(
  function WeakRef(target) {
    if ($newTarget === undefined) throw makeTypeError("Constructor WeakRef requires 'new'");
    if (!CanBeHeldWeakly(target)) throw makeTypeError("WeakRef: invalid target");
    return $newWeakRef(target, GetPrototypeFromConstructor($newTarget, WeakRefPrototype));
  },
  1,
  WeakRefPrototype,
  undefined,
);
install(WeakRefPrototype, {
  deref() {
    requireWeak(this, $kind.WEAKREF, "WeakRef.prototype.deref");
    return $derefWeakRef(this);
  },
});
installTag(WeakRefPrototype, "WeakRef");

// Internal slot 0 of a registry is called by the VM's job with (registry, held); slot 1 is the user's callback.
installConstructor(
  function FinalizationRegistry(cleanup) {
    if ($newTarget === undefined) throw makeTypeError("Constructor FinalizationRegistry requires 'new'");
    if (!$isCallable(cleanup)) throw makeTypeError("FinalizationRegistry: cleanup must be callable");
    const registry = OrdinaryCreateFromConstructor($newTarget, FinalizationRegistryPrototype, $kind.FINALIZATION_REGISTRY);
    $setInternal(registry, 0, runCleanup);
    $setInternal(registry, 1, cleanup);
    return registry;
  },
  1,
  FinalizationRegistryPrototype,
  undefined,
);
function runCleanup(registry, held) {
  $call($getInternal(registry, 1), undefined, held);
}
install(FinalizationRegistryPrototype, {
  register(target, held, token) {
    requireWeak(this, $kind.FINALIZATION_REGISTRY, "FinalizationRegistry.prototype.register");
    if (!CanBeHeldWeakly(target)) throw makeTypeError("FinalizationRegistry.prototype.register: invalid target");
    if (SameValue(target, held)) throw makeTypeError("FinalizationRegistry.prototype.register: target and holdings must not be same");
    if (!CanBeHeldWeakly(token) && token !== undefined) throw makeTypeError(`Invalid unregisterToken ('${describe(token)}')`);
    $registerFinalizer(this, target, held, token);
  },
  unregister(token) {
    requireWeak(this, $kind.FINALIZATION_REGISTRY, "FinalizationRegistry.prototype.unregister");
    if (!CanBeHeldWeakly(token)) throw makeTypeError(`Invalid unregisterToken ('${describe(token)}')`);
    return $unregisterFinalizer(this, token);
  },
});
installLengths(FinalizationRegistryPrototype, ["register", 2]);
installTag(FinalizationRegistryPrototype, "FinalizationRegistry");

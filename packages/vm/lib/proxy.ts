/** 10.5 Proxy exotic objects and 28.2 the constructor. Internal slots: 0 target, 1 handler (both undefined once revoked). */

/** The target of a proxy that is not revoked. */
function proxyTarget(proxy, operation: string) {
  const target = $getInternal(proxy, 0);
  if (target === undefined) throw makeTypeError(`Cannot perform '${operation}' on a proxy that has been revoked`);
  return target;
}

/** The trap, or undefined when the handler has none; throws for a revoked proxy. */
function proxyTrap(proxy, name: string) {
  if ($getInternal(proxy, 0) === undefined) throw makeTypeError(`Cannot perform '${name}' on a proxy that has been revoked`);
  return GetMethod($getInternal(proxy, 1), name);
}

/** Traps get property keys as strings or symbols, never as index numbers. */
function trapKey(P) {
  return typeof P === "number" ? `${P}` : P;
}

function proxyInvariant(trap: string, text: string) {
  return makeTypeError(`'${trap}' on proxy: ${text}`);
}

/** 10.5.1 */
function proxyGetPrototypeOf(O) {
  const trap = proxyTrap(O, "getPrototypeOf");
  const target = $getInternal(O, 0);
  if (trap === undefined) return GetPrototypeOf(target);
  const proto = $call(trap, $getInternal(O, 1), target);
  if (!$isObject(proto) && proto !== null) throw proxyInvariant("getPrototypeOf", "trap returned neither object nor null");
  if (!IsExtensible(target) && proto !== GetPrototypeOf(target))
    throw proxyInvariant("getPrototypeOf", "proxy target is non-extensible but the trap did not return its actual prototype");
  return proto;
}

/** 10.5.2 */
function proxySetPrototypeOf(O, V): boolean {
  const trap = proxyTrap(O, "setPrototypeOf");
  const target = $getInternal(O, 0);
  if (trap === undefined) return SetPrototypeOf(target, V);
  if (!$call(trap, $getInternal(O, 1), target, V)) return false;
  if (!IsExtensible(target) && V !== GetPrototypeOf(target))
    throw proxyInvariant("setPrototypeOf", "trap returned truish for setting a new prototype on the non-extensible proxy target");
  return true;
}

/** 10.5.3 */
function proxyIsExtensible(O): boolean {
  const trap = proxyTrap(O, "isExtensible");
  const target = $getInternal(O, 0);
  if (trap === undefined) return IsExtensible(target);
  const result = !!$call(trap, $getInternal(O, 1), target);
  if (result !== IsExtensible(target))
    throw proxyInvariant("isExtensible", `trap result does not reflect extensibility of proxy target (which is '${!result}')`);
  return result;
}

/** 10.5.4 */
function proxyPreventExtensions(O): boolean {
  const trap = proxyTrap(O, "preventExtensions");
  const target = $getInternal(O, 0);
  if (trap === undefined) return PreventExtensions(target);
  const result = !!$call(trap, $getInternal(O, 1), target);
  if (result && IsExtensible(target)) throw proxyInvariant("preventExtensions", "the proxy target is extensible");
  return result;
}

/** 10.1.6.2 IsCompatiblePropertyDescriptor. */
function IsCompatiblePropertyDescriptor(extensible: boolean, desc: Descriptor, current: Descriptor | undefined): boolean {
  if (current === undefined) return extensible;
  const accessor = (current.bits & 384) !== 0;
  return isCompatibleChange((current.bits & 7) | (accessor ? 8 : 0), accessor ? current.get : current.value, current.set, desc);
}

/** 10.5.5 */
function proxyGetOwnProperty(O, P): Descriptor | undefined {
  const trap = proxyTrap(O, "getOwnPropertyDescriptor");
  const target = $getInternal(O, 0);
  P = trapKey(P);
  if (trap === undefined) return GetOwnProperty(target, P);
  const result = $call(trap, $getInternal(O, 1), target, P);
  if (!$isObject(result) && result !== undefined)
    throw proxyInvariant("getOwnPropertyDescriptor", `trap returned neither object nor undefined for property '${keyText(P)}'`);
  const current = GetOwnProperty(target, P);
  if (result === undefined) {
    if (current === undefined) return undefined;
    if (!(current.bits & 4))
      throw proxyInvariant("getOwnPropertyDescriptor", `trap returned undefined for property '${keyText(P)}' which is non-configurable in the proxy target`);
    if (!IsExtensible(target))
      throw proxyInvariant("getOwnPropertyDescriptor", `trap returned undefined for property '${keyText(P)}' which exists in the non-extensible proxy target`);
    return undefined;
  }
  const extensible = IsExtensible(target);
  const desc = CompletePropertyDescriptor(ToPropertyDescriptor(result));
  if (!IsCompatiblePropertyDescriptor(extensible, desc, current))
    throw proxyInvariant(
      "getOwnPropertyDescriptor",
      `trap returned descriptor for property '${keyText(P)}' that is incompatible with the existing property in the proxy target`,
    );
  if (!(desc.bits & 4)) {
    if (current === undefined || current.bits & 4)
      throw proxyInvariant(
        "getOwnPropertyDescriptor",
        `trap reported non-configurability for property '${keyText(P)}' which is either non-existent or configurable in the proxy target`,
      );
    if (!(desc.bits & 384) && !(desc.bits & 1) && current.bits & 1)
      throw proxyInvariant(
        "getOwnPropertyDescriptor",
        `trap reported non-configurable and writable for property '${keyText(P)}' which is non-configurable, non-writable in the proxy target`,
      );
  }
  return desc;
}

/** 10.5.6 */
function proxyDefineOwnProperty(O, P, desc: Descriptor): boolean {
  const trap = proxyTrap(O, "defineProperty");
  const target = $getInternal(O, 0);
  P = trapKey(P);
  if (trap === undefined) return DefineOwnProperty(target, P, desc);
  if (!$call(trap, $getInternal(O, 1), target, P, FromPropertyDescriptor(desc))) return false;
  const current = GetOwnProperty(target, P);
  const extensible = IsExtensible(target);
  const settingNonConfigurable = (desc.bits & 36) === 32;
  if (current === undefined) {
    if (!extensible) throw proxyInvariant("defineProperty", `trap returned truish for adding property '${keyText(P)}'  to the non-extensible proxy target`);
    if (settingNonConfigurable)
      throw proxyInvariant(
        "defineProperty",
        `trap returned truish for defining non-configurable property '${keyText(P)}' which is either non-existent or configurable in the proxy target`,
      );
    return true;
  }
  if (!IsCompatiblePropertyDescriptor(extensible, desc, current))
    throw proxyInvariant(
      "defineProperty",
      `trap returned truish for adding property '${keyText(P)}'  that is incompatible with the existing property in the proxy target`,
    );
  if (settingNonConfigurable && current.bits & 4)
    throw proxyInvariant(
      "defineProperty",
      `trap returned truish for defining non-configurable property '${keyText(P)}' which is either non-existent or configurable in the proxy target`,
    );
  if (!(current.bits & 384) && !(current.bits & 4) && current.bits & 1 && (desc.bits & 9) === 8)
    throw proxyInvariant("defineProperty", `trap returned truish for defining non-configurable property '${keyText(P)}' which cannot be non-writable`);
  return true;
}

/** 10.5.7 */
function proxyHas(O, P): boolean {
  const trap = proxyTrap(O, "has");
  const target = $getInternal(O, 0);
  if (trap === undefined) return P in target;
  P = trapKey(P);
  const result = !!$call(trap, $getInternal(O, 1), target, P);
  if (!result) {
    const current = GetOwnProperty(target, P);
    if (current !== undefined) {
      if (!(current.bits & 4))
        throw proxyInvariant("has", `trap returned falsish for property '${keyText(P)}' which exists in the proxy target as non-configurable`);
      if (!IsExtensible(target)) throw proxyInvariant("has", `trap returned falsish for property '${keyText(P)}' but the proxy target is not extensible`);
    }
  }
  return result;
}

/** 10.5.8 */
function proxyGet(O, P, receiver) {
  const trap = proxyTrap(O, "get");
  const target = $getInternal(O, 0);
  if (trap === undefined) return GetWithReceiver(target, P, receiver);
  P = trapKey(P);
  const value = $call(trap, $getInternal(O, 1), target, P, receiver);
  const current = GetOwnProperty(target, P);
  if (current !== undefined && !(current.bits & 4)) {
    if (current.bits & 384) {
      if (current.get === undefined && value !== undefined)
        throw proxyInvariant(
          "get",
          `property '${keyText(P)}' is a non-configurable accessor property on the proxy target and does not have a getter function, but the trap did not return 'undefined'`,
        );
    } else if (!(current.bits & 1) && !SameValue(value, current.value))
      throw proxyInvariant(
        "get",
        `property '${keyText(P)}' is a read-only and non-configurable data property on the proxy target but the proxy did not return its actual value`,
      );
  }
  return value;
}

/** 10.5.9 */
function proxySet(O, P, V, receiver): boolean {
  const trap = proxyTrap(O, "set");
  const target = $getInternal(O, 0);
  if (trap === undefined) return SetWithReceiver(target, P, V, receiver);
  P = trapKey(P);
  if (!$call(trap, $getInternal(O, 1), target, P, V, receiver)) return false;
  const current = GetOwnProperty(target, P);
  if (current !== undefined && !(current.bits & 4)) {
    if (current.bits & 384) {
      if (current.set === undefined)
        throw proxyInvariant(
          "set",
          `trap returned truish for property '${keyText(P)}' which exists in the proxy target as a non-configurable and non-writable accessor property without a setter`,
        );
    } else if (!(current.bits & 1) && !SameValue(V, current.value))
      throw proxyInvariant(
        "set",
        `trap returned truish for property '${keyText(P)}' which exists in the proxy target as a non-configurable and non-writable data property with a different value`,
      );
  }
  return true;
}

/** 10.5.10 */
function proxyDelete(O, P): boolean {
  const trap = proxyTrap(O, "deleteProperty");
  const target = $getInternal(O, 0);
  if (trap === undefined) return DeleteProperty(target, P);
  P = trapKey(P);
  if (!$call(trap, $getInternal(O, 1), target, P)) return false;
  const current = GetOwnProperty(target, P);
  if (current === undefined) return true;
  if (!(current.bits & 4))
    throw proxyInvariant("deleteProperty", `trap returned truish for property '${keyText(P)}' which is non-configurable in the proxy target`);
  if (!IsExtensible(target)) throw proxyInvariant("deleteProperty", `trap returned truish for property '${keyText(P)}' but the proxy target is non-extensible`);
  return true;
}

/** 10.5.11 */
function proxyOwnKeys(O): Value[] {
  const trap = proxyTrap(O, "ownKeys");
  const target = $getInternal(O, 0);
  if (trap === undefined) return OwnPropertyKeys(target);
  const result = $call(trap, $getInternal(O, 1), target);
  if (!$isObject(result)) throw makeTypeError("CreateListFromArrayLike called on non-object");
  const keys: Value[] = [];
  const seen = $setNew(null);
  const length = LengthOfArrayLike(result);
  for (let i = 0; i < length; i++) {
    const key = result[i];
    if (typeof key !== "string" && typeof key !== "symbol") throw makeTypeError(`${describe(key)} is not a valid property name`);
    if ($collectionHas(seen, key)) throw proxyInvariant("ownKeys", `trap returned duplicate entries`);
    $collectionSet(seen, key, undefined);
    $append(keys, key);
  }
  const extensible = IsExtensible(target);
  const targetKeys = OwnPropertyKeys(target);
  // `seen` now shrinks to the keys that the target does not have.
  for (let i = 0; i < targetKeys.length; i++) {
    const desc = GetOwnProperty(target, targetKeys[i]);
    const fixed = desc !== undefined && !(desc.bits & 4);
    if ($collectionDelete(seen, targetKeys[i])) continue;
    if (fixed || !extensible) throw proxyInvariant("ownKeys", `trap result did not include '${keyText(targetKeys[i])}'`);
  }
  if (!extensible && $collectionSize(seen) > 0) throw proxyInvariant("ownKeys", "trap returned extra keys but proxy target is non-extensible");
  return keys;
}

$setHook($hook.CALL_PROXY, function callProxy(proxy, thisValue, args) {
  const trap = proxyTrap(proxy, "apply");
  const target = $getInternal(proxy, 0);
  if (trap === undefined) return $apply(target, thisValue, args);
  return $call(trap, $getInternal(proxy, 1), target, thisValue, args);
});
$setHook($hook.CONSTRUCT_PROXY, function constructProxy(proxy, newTarget, args) {
  const trap = proxyTrap(proxy, "construct");
  const target = $getInternal(proxy, 0);
  if (trap === undefined) return $construct(target, newTarget, args);
  const result = $call(trap, $getInternal(proxy, 1), target, args, newTarget);
  if (!$isObject(result)) throw makeTypeError(`proxy [[Construct]] must return an object`);
  return result;
});

/** 10.5.14 ProxyCreate. */
function ProxyCreate(target, handler) {
  if (!$isObject(target) || !$isObject(handler)) throw makeTypeError("Cannot create proxy with a non-object as target or handler");
  const proxy = $newObjectOfKind($kind.PROXY, null);
  $setInternal(proxy, 0, target);
  $setInternal(proxy, 1, handler);
  if ($isCallable(target)) $setCallableFlags(proxy, $isConstructor(target) ? 3 : 1);
  return proxy;
}

const ProxyConstructor = installConstructor(
  function Proxy(target, handler) {
    if ($newTarget === undefined) throw makeTypeError("Constructor Proxy requires 'new'");
    return ProxyCreate(target, handler);
  },
  2,
  undefined,
  {
    revocable(target, handler) {
      let proxy = ProxyCreate(target, handler);
      const revoke = [
        () => {
          if (proxy === null) return;
          $setInternal(proxy, 0, undefined);
          $setInternal(proxy, 1, undefined);
          proxy = null;
        },
      ][0];
      return { proxy, revoke };
    },
  },
);

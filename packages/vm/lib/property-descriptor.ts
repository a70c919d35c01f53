/**
 * Property descriptors (6.2.6) and the essential internal methods (10.1) for any object.
 *
 * A descriptor is one flat record: `bits` holds the attributes (1 writable, 2 enumerable, 4 configurable) and which fields are present
 * (8 writable, 16 enumerable, 32 configurable, 64 value, 128 get, 256 set). Ordinary internal methods are natives; proxies are in proxy.ts.
 */
interface Descriptor {
  bits: number;
  value: Value;
  get: Value;
  set: Value;
}

/** A complete data descriptor with attributes `flags` (1 writable, 2 enumerable, 4 configurable). */
function dataDescriptor(value, flags: number): Descriptor {
  return { bits: flags | 8 | 16 | 32 | 64, value, get: undefined, set: undefined };
}

/** 6.2.6.5 ToPropertyDescriptor. */
function ToPropertyDescriptor(obj): Descriptor {
  if (!$isObject(obj)) throw makeTypeError(`Property description must be an object: ${describe(obj)}`);
  let bits = 0;
  let value, get, set;
  if ("enumerable" in obj) bits |= obj.enumerable ? 18 : 16;
  if ("configurable" in obj) bits |= obj.configurable ? 36 : 32;
  if ("value" in obj) {
    bits |= 64;
    value = obj.value;
  }
  if ("writable" in obj) bits |= obj.writable ? 9 : 8;
  if ("get" in obj) {
    get = obj.get;
    if (get !== undefined && !$isCallable(get)) throw makeTypeError(`Getter must be a function: ${describe(get)}`);
    bits |= 128;
  }
  if ("set" in obj) {
    set = obj.set;
    if (set !== undefined && !$isCallable(set)) throw makeTypeError(`Setter must be a function: ${describe(set)}`);
    bits |= 256;
  }
  if (bits & 384 && bits & 72) throw makeTypeError("Invalid property descriptor. Cannot both specify accessors and a value or writable attribute");
  return { bits, value, get, set };
}

/** 6.2.6.4 FromPropertyDescriptor. */
function FromPropertyDescriptor(desc: Descriptor | undefined) {
  if (desc === undefined) return undefined;
  const bits = desc.bits;
  const obj: Value = {};
  if (bits & 64) $createDataProperty(obj, "value", desc.value);
  if (bits & 8) $createDataProperty(obj, "writable", (bits & 1) !== 0);
  if (bits & 128) $createDataProperty(obj, "get", desc.get);
  if (bits & 256) $createDataProperty(obj, "set", desc.set);
  if (bits & 16) $createDataProperty(obj, "enumerable", (bits & 2) !== 0);
  if (bits & 32) $createDataProperty(obj, "configurable", (bits & 4) !== 0);
  return obj;
}

/** 6.2.6.6 CompletePropertyDescriptor. */
function CompletePropertyDescriptor(desc: Descriptor): Descriptor {
  desc.bits |= desc.bits & 384 ? 16 | 32 | 128 | 256 : 8 | 16 | 32 | 64;
  return desc;
}

/** Attributes of an own property (accessors: bit 8), or -1; every kind of object but proxies. */
function OwnAttributes(O, P): number {
  const kind = $kindOf(O);
  if (kind === $kind.TYPEDARRAY) {
    const index = typedArrayIndex(P);
    if (index !== undefined) return typedArrayHasIndex(O, index) ? 7 : -1;
  } else if (kind === $kind.MODULE_NAMESPACE && typeof P !== "symbol") return $namespaceHas(O, `${P}`) ? 3 : -1;
  return $getOwnAttributes(O, P);
}

/** Value of an own data property found by OwnAttributes. */
function OwnValue(O, P) {
  const kind = $kindOf(O);
  if (kind === $kind.TYPEDARRAY) {
    const index = typedArrayIndex(P);
    if (index !== undefined) return $typedArrayElement(O, index);
  } else if (kind === $kind.MODULE_NAMESPACE && typeof P !== "symbol") {
    const value = $namespaceGet(O, `${P}`);
    if (value === $hole) throw makeReferenceError(`Cannot access '${P}' before initialization`);
    return value;
  }
  return $getOwnValue(O, P);
}

/** O.[[GetOwnProperty]](P). */
function GetOwnProperty(O, P): Descriptor | undefined {
  if ($kindOf(O) === $kind.PROXY) return proxyGetOwnProperty(O, P);
  const flags = OwnAttributes(O, P);
  if (flags < 0) return undefined;
  if (flags & 8) return { bits: (flags & 6) | 16 | 32 | 128 | 256, value: undefined, get: $getOwnGetter(O, P), set: $getOwnSetter(O, P) };
  return dataDescriptor(OwnValue(O, P), flags);
}

/** O.[[DefineOwnProperty]](P, Desc). */
function DefineOwnProperty(O, P, desc: Descriptor): boolean {
  const kind = $kindOf(O);
  if (kind === $kind.PROXY) return proxyDefineOwnProperty(O, P, desc);
  if (kind === $kind.ARRAY) return ArrayDefineOwnProperty(O, P, desc);
  if (kind === $kind.TYPEDARRAY) {
    const index = typedArrayIndex(P);
    if (index !== undefined) return typedArrayDefine(O, index, desc);
  } else if (kind === $kind.MODULE_NAMESPACE && typeof P !== "symbol") return namespaceDefine(O, P, desc);
  return OrdinaryDefineOwnProperty(O, P, desc);
}

/** 10.4.2.1 and 10.4.2.4 ArraySetLength. */
function ArrayDefineOwnProperty(O, P, desc: Descriptor): boolean {
  if (P === "length") {
    const bits = desc.bits;
    let length = O.length;
    if (bits & 64) {
      // The value is converted twice, as the specification says.
      length = +desc.value >>> 0;
      if (length !== +desc.value) throw makeRangeError("Invalid array length");
    }
    const writable = $arrayLengthWritable(O, undefined);
    if (!isCompatibleChange(writable ? 1 : 0, O.length, undefined, { bits, value: length, get: undefined, set: undefined })) return false;
    const complete = length === O.length || $setArrayLength(O, length);
    if ((bits & 9) === 8) $arrayLengthWritable(O, false);
    return complete;
  }
  if (typeof P !== "symbol" && $isArrayIndex(P) && +P >= O.length && !$arrayLengthWritable(O, undefined)) return false;
  return OrdinaryDefineOwnProperty(O, P, desc);
}

/** 10.1.6.3 ValidateAndApplyPropertyDescriptor against the present property of an ordinary object. */
function OrdinaryDefineOwnProperty(O, P, desc: Descriptor): boolean {
  const bits = desc.bits;
  const current = OwnAttributes(O, P);
  if (current < 0) {
    if (!$isExtensible(O)) return false;
    if (bits & 384) $defineAccessor(O, P, desc.get, desc.set, bits & 6);
    else $defineOwn(O, P, desc.value, bits & 7);
    return true;
  }
  if (!(current & 8)) {
    const value = $getOwnValue(O, P);
    if (!isCompatibleChange(current, value, undefined, desc)) return false;
    if (!(bits & 384)) {
      const flags = (bits & 8 ? bits & 1 : current & 1) | (bits & 16 ? bits & 2 : current & 2) | (bits & 32 ? bits & 4 : current & 4);
      $defineOwn(O, P, bits & 64 ? desc.value : value, flags);
      return true;
    }
  } else {
    const get = $getOwnGetter(O, P);
    const set = $getOwnSetter(O, P);
    if (!isCompatibleChange(current, get, set, desc)) return false;
    if (!(bits & 72)) {
      const flags = (bits & 16 ? bits & 2 : current & 2) | (bits & 32 ? bits & 4 : current & 4);
      $defineAccessor(O, P, bits & 128 ? desc.get : get, bits & 256 ? desc.set : set, flags);
      return true;
    }
  }
  // The property changes between data and accessor; enumerable and configurable stay unless given.
  const flags = (bits & 16 ? bits & 2 : current & 2) | (bits & 32 ? bits & 4 : current & 4);
  if (bits & 384) $defineAccessor(O, P, desc.get, desc.set, flags);
  else $defineOwn(O, P, desc.value, flags | (bits & 1));
  return true;
}

/** The checks of 10.1.6.3, steps 5 and 6. `current`: flags as OwnAttributes; `a`: value or getter, `b`: setter. */
function isCompatibleChange(current: number, a, b, desc: Descriptor): boolean {
  if (current & 4) return true;
  const bits = desc.bits;
  if (bits & 4) return false;
  if (bits & 16 && (bits & 2) !== (current & 2)) return false;
  if (current & 8) {
    if (bits & 72) return false;
    if (bits & 128 && desc.get !== a) return false;
    return !(bits & 256) || desc.set === b;
  }
  if (bits & 384) return false;
  if (current & 1) return true;
  if (bits & 1) return false;
  return !(bits & 64) || SameValue(desc.value, a);
}

/** O.[[HasProperty]](P) is `P in O`, O.[[Get]](P, O) is `O[P]`: the interpreter's instructions cover every object. */
function GetWithReceiver(O, P, receiver) {
  for (;;) {
    const kind = $kindOf(O);
    if (kind === $kind.PROXY) return proxyGet(O, P, receiver);
    const flags = OwnAttributes(O, P);
    if (flags >= 0) {
      if (!(flags & 8)) return OwnValue(O, P);
      const getter = $getOwnGetter(O, P);
      return getter === undefined ? undefined : $call(getter, receiver);
    }
    if (kind === $kind.TYPEDARRAY && typedArrayIndex(P) !== undefined) return undefined;
    O = $getPrototypeOf(O);
    if (O === null) return undefined;
  }
}

/** O.[[Set]](P, V, Receiver), 10.1.9.2 and the exotic objects' versions. */
function SetWithReceiver(O, P, V, receiver): boolean {
  for (;;) {
    const kind = $kindOf(O);
    if (kind === $kind.PROXY) return proxySet(O, P, V, receiver);
    if (kind === $kind.MODULE_NAMESPACE) return false;
    if (kind === $kind.TYPEDARRAY) {
      const index = typedArrayIndex(P);
      if (index !== undefined) {
        if (O === receiver) {
          typedArraySetElement(O, index, V);
          return true;
        }
        if (!typedArrayHasIndex(O, index)) return true;
      }
    }
    const flags = OwnAttributes(O, P);
    if (flags >= 0) {
      if (flags & 8) {
        const setter = $getOwnSetter(O, P);
        if (setter === undefined) return false;
        $call(setter, receiver, V);
        return true;
      }
      if (!(flags & 1)) return false;
      break;
    }
    const parent = $getPrototypeOf(O);
    if (parent === null) break;
    O = parent;
  }
  if (!$isObject(receiver)) return false;
  const existing = GetOwnProperty(receiver, P);
  if (existing === undefined) return CreateDataProperty(receiver, P, V);
  if (existing.bits & 384 || !(existing.bits & 1)) return false;
  return DefineOwnProperty(receiver, P, { bits: 64, value: V, get: undefined, set: undefined });
}

/** O.[[HasProperty]](P) along the prototype chain. */
function HasPropertySlow(O, P): boolean {
  for (;;) {
    const kind = $kindOf(O);
    if (kind === $kind.PROXY) return proxyHas(O, P);
    if (OwnAttributes(O, P) >= 0) return true;
    if (kind === $kind.TYPEDARRAY && typedArrayIndex(P) !== undefined) return false;
    O = $getPrototypeOf(O);
    if (O === null) return false;
  }
}

/** 7.3.13 HasOwnProperty. */
function HasOwnProperty(O, P): boolean {
  if ($kindOf(O) === $kind.PROXY) return proxyGetOwnProperty(O, P) !== undefined;
  const flags = OwnAttributes(O, P);
  if (flags >= 0 && $kindOf(O) === $kind.MODULE_NAMESPACE) OwnValue(O, P);
  return flags >= 0;
}

/** Is P an own enumerable property of O? */
function IsEnumerable(O, P): boolean {
  if ($kindOf(O) !== $kind.PROXY) {
    const flags = OwnAttributes(O, P);
    if (flags >= 0 && $kindOf(O) === $kind.MODULE_NAMESPACE) OwnValue(O, P);
    return flags >= 0 && (flags & 2) !== 0;
  }
  const desc = proxyGetOwnProperty(O, P);
  return desc !== undefined && (desc.bits & 2) !== 0;
}

function DeleteProperty(O, P): boolean {
  const kind = $kindOf(O);
  if (kind === $kind.PROXY) return proxyDelete(O, P);
  if (kind === $kind.TYPEDARRAY) {
    const index = typedArrayIndex(P);
    if (index !== undefined) return !typedArrayHasIndex(O, index);
  } else if (kind === $kind.MODULE_NAMESPACE && typeof P !== "symbol") return !$namespaceHas(O, `${P}`);
  return $deleteOwn(O, P);
}

/** O.[[OwnPropertyKeys]]() as a list of strings and symbols. */
function OwnPropertyKeys(O): Value[] {
  const kind = $kindOf(O);
  if (kind === $kind.PROXY) return proxyOwnKeys(O);
  if (kind === $kind.TYPEDARRAY || kind === $kind.MODULE_NAMESPACE) {
    const keys: Value[] = kind === $kind.TYPEDARRAY ? [] : $namespaceNames(O);
    if (kind === $kind.TYPEDARRAY) for (let i = 0, n = $typedArrayLength(O); i < n; i++) $append(keys, `${i}`);
    $arrAppendAll(keys, $ownKeys(O, 3));
    return keys;
  }
  return $ownKeys(O, 3);
}

function GetPrototypeOf(O) {
  return $kindOf(O) === $kind.PROXY ? proxyGetPrototypeOf(O) : $getPrototypeOf(O);
}

function SetPrototypeOf(O, V): boolean {
  const kind = $kindOf(O);
  if (kind === $kind.PROXY) return proxySetPrototypeOf(O, V);
  // Immutable prototypes: 10.4.7 (Object.prototype) and 10.4.6.2 (namespaces).
  if (O === ObjectPrototype || kind === $kind.MODULE_NAMESPACE) return V === $getPrototypeOf(O);
  // A proxy on the new chain ends the cycle check of the specification.
  return $setPrototypeOf(O, V);
}

function IsExtensible(O): boolean {
  return $kindOf(O) === $kind.PROXY ? proxyIsExtensible(O) : $isExtensible(O);
}

function PreventExtensions(O): boolean {
  const kind = $kindOf(O);
  if (kind === $kind.PROXY) return proxyPreventExtensions(O);
  // 10.4.5.2: a view whose length can change cannot promise to stay as it is.
  if (kind === $kind.TYPEDARRAY && !typedArrayIsFixedLength(O)) return false;
  return $preventExtensions(O);
}

/** 10.4.6.7: properties of a module namespace only accept what they already are. */
function namespaceDefine(O, P, desc: Descriptor): boolean {
  const current = GetOwnProperty(O, P);
  if (current === undefined) return false;
  const bits = desc.bits;
  if (bits & 384 || bits & 4 || (bits & 18) === 16 || (bits & 9) === 8) return false;
  return !(bits & 64) || SameValue(desc.value, current.value);
}

/** Kinds whose own properties are all in the ordinary object, so that natives see everything. */
function isOrdinaryKind(kind: number): boolean {
  return kind !== $kind.PROXY && kind !== $kind.TYPEDARRAY && kind !== $kind.MODULE_NAMESPACE && kind !== $kind.ARGUMENTS && kind !== $kind.STRING_OBJECT;
}

/** 7.3.15 SetIntegrityLevel. */
function SetIntegrityLevel(O, frozen: boolean): boolean {
  if (isOrdinaryKind($kindOf(O))) {
    $freeze(O, frozen);
    return true;
  }
  if (!PreventExtensions(O)) return false;
  const keys = OwnPropertyKeys(O);
  for (let i = 0; i < keys.length; i++) {
    let bits = 32;
    if (frozen) {
      const current = GetOwnProperty(O, keys[i]);
      if (current === undefined) continue;
      if (!(current.bits & 384)) bits = 40;
    }
    DefinePropertyOrThrow(O, keys[i], { bits, value: undefined, get: undefined, set: undefined });
  }
  return true;
}

/** 7.3.16 TestIntegrityLevel. */
function TestIntegrityLevel(O, frozen: boolean): boolean {
  if (isOrdinaryKind($kindOf(O))) return $testIntegrity(O, frozen);
  if (IsExtensible(O)) return false;
  const keys = OwnPropertyKeys(O);
  for (let i = 0; i < keys.length; i++) {
    const current = GetOwnProperty(O, keys[i]);
    if (current !== undefined && (current.bits & 4 || (frozen && current.bits & 1))) return false;
  }
  return true;
}

/** 7.3.25 CopyDataProperties; `excluded` is a list of property keys. */
function CopyDataProperties(target, source, excluded: Value[] | undefined) {
  if (source === undefined || source === null) return target;
  const from = ToObject(source);
  const keys = OwnPropertyKeys(from);
  next: for (let i = 0; i < keys.length; i++) {
    const key = keys[i];
    if (excluded !== undefined) {
      for (let j = 0; j < excluded.length; j++) {
        const e = excluded[j];
        if (e === key || (typeof e === "number" && `${e}` === key)) continue next;
      }
    }
    if (IsEnumerable(from, key)) CreateDataProperty(target, key, from[key]);
  }
  return target;
}

/** 20.1 Object objects. */

const ObjectConstructor = installConstructor(
  function Object(value) {
    const newTarget = $newTarget;
    if (newTarget !== undefined && newTarget !== ObjectConstructor) return $newObject(GetPrototypeFromConstructor(newTarget, ObjectPrototype));
    return value === undefined || value === null ? {} : ToObject(value);
  },
  1,
  ObjectPrototype,
  {
    assign(target, ...sources) {
      const to = ToObject(target);
      for (let s = 0; s < sources.length; s++) {
        if (sources[s] === undefined || sources[s] === null) continue;
        const from = ToObject(sources[s]);
        const keys = OwnPropertyKeys(from);
        const ordinary = isOrdinaryKind($kindOf(from));
        for (let i = 0; i < keys.length; i++) {
          const key = keys[i];
          if (ordinary) {
            const flags = $getOwnAttributes(from, key);
            if (flags >= 0 && flags & 2) to[key] = flags & 8 ? from[key] : $getOwnValue(from, key);
          } else if (IsEnumerable(from, key)) to[key] = from[key];
        }
      }
      return to;
    },
    create(proto, properties) {
      if (!$isObject(proto) && proto !== null) throw makeTypeError(`Object prototype may only be an Object or null: ${describe(proto)}`);
      const obj = $newObject(proto);
      return properties === undefined ? obj : ObjectDefineProperties(obj, properties);
    },
    defineProperties(O, properties) {
      if (!$isObject(O)) throw makeTypeError("Object.defineProperties called on non-object");
      return ObjectDefineProperties(O, properties);
    },
    defineProperty(O, P, attributes) {
      if (!$isObject(O)) throw makeTypeError("Object.defineProperty called on non-object");
      const key = ToPropertyKey(P);
      DefinePropertyOrThrow(O, key, ToPropertyDescriptor(attributes));
      return O;
    },
    entries(O) {
      return EnumerableOwnProperties(ToObject(O), 2);
    },
    freeze(O) {
      if ($isObject(O) && !SetIntegrityLevel(O, true)) throw makeTypeError("Cannot freeze");
      return O;
    },
    fromEntries(iterable) {
      RequireObjectCoercible(iterable, "Object.fromEntries");
      const obj = {};
      for (const entry of iterable) {
        if (!$isObject(entry)) throw makeTypeError(`Iterator value ${describe(entry)} is not an entry object`);
        const key = entry[0];
        const value = entry[1];
        CreateDataPropertyOrThrow(obj, ToPropertyKey(key), value);
      }
      return obj;
    },
    getOwnPropertyDescriptor(O, P) {
      const obj = ToObject(O);
      return FromPropertyDescriptor(GetOwnProperty(obj, ToPropertyKey(P)));
    },
    getOwnPropertyDescriptors(O) {
      const obj = ToObject(O);
      const keys = OwnPropertyKeys(obj);
      const result = {};
      for (let i = 0; i < keys.length; i++) {
        const desc = GetOwnProperty(obj, keys[i]);
        if (desc !== undefined) CreateDataProperty(result, keys[i], FromPropertyDescriptor(desc));
      }
      return result;
    },
    getOwnPropertyNames(O) {
      return ownKeysOfType(O, false);
    },
    getOwnPropertySymbols(O) {
      return ownKeysOfType(O, true);
    },
    getPrototypeOf(O) {
      return GetPrototypeOf(ToObject(O));
    },
    groupBy(items, callback) {
      const grouped = GroupBy(items, callback, false);
      const obj = $newObject(null);
      for (let i = 0; i < grouped.keys.length; i++) $createDataProperty(obj, grouped.keys[i], grouped.groups[i]);
      return obj;
    },
    hasOwn(O, P) {
      const obj = ToObject(O);
      return HasOwnProperty(obj, ToPropertyKey(P));
    },
    is(x, y) {
      return SameValue(x, y);
    },
    isExtensible(O) {
      return $isObject(O) && IsExtensible(O);
    },
    isFrozen(O) {
      return !$isObject(O) || TestIntegrityLevel(O, true);
    },
    isSealed(O) {
      return !$isObject(O) || TestIntegrityLevel(O, false);
    },
    keys(O) {
      return EnumerableOwnProperties(ToObject(O), 0);
    },
    preventExtensions(O) {
      if ($isObject(O) && !PreventExtensions(O)) throw makeTypeError("Cannot prevent extensions");
      return O;
    },
    seal(O) {
      if ($isObject(O) && !SetIntegrityLevel(O, false)) throw makeTypeError("Cannot seal");
      return O;
    },
    setPrototypeOf(O, proto) {
      RequireObjectCoercible(O, "Object.setPrototypeOf");
      if (!$isObject(proto) && proto !== null) throw makeTypeError(`Object prototype may only be an Object or null: ${describe(proto)}`);
      if ($isObject(O)) setPrototypeOrThrow(O, proto);
      return O;
    },
    values(O) {
      return EnumerableOwnProperties(ToObject(O), 1);
    },
  },
);
installLengths(ObjectConstructor, ["assign", 2]);

/** 20.1.2.3.1 ObjectDefineProperties. */
function ObjectDefineProperties(O, properties) {
  const props = ToObject(properties);
  const keys = OwnPropertyKeys(props);
  const names: Value[] = [];
  const descriptors: Value[] = [];
  for (let i = 0; i < keys.length; i++) {
    if (!IsEnumerable(props, keys[i])) continue;
    $append(descriptors, ToPropertyDescriptor(props[keys[i]]));
    $append(names, keys[i]);
  }
  for (let i = 0; i < names.length; i++) DefinePropertyOrThrow(O, names[i], descriptors[i]);
  return O;
}

/** 7.3.23 EnumerableOwnProperties; kind 0 keys, 1 values, 2 entries. */
function EnumerableOwnProperties(O, kind: number): Value[] {
  const ordinary = isOrdinaryKind($kindOf(O));
  if (ordinary && kind === 0) return $ownKeys(O, 5);
  const keys = ordinary ? $ownKeys(O, 1) : OwnPropertyKeys(O);
  const list: Value[] = [];
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i];
    let value;
    if (ordinary) {
      // A getter run before may have changed or removed the property.
      const flags = $getOwnAttributes(O, key);
      if (flags < 0 || !(flags & 2)) continue;
      value = flags & 8 ? O[key] : $getOwnValue(O, key);
    } else {
      if (typeof key === "symbol" || !IsEnumerable(O, key)) continue;
      if (kind !== 0) value = O[key];
    }
    $append(list, kind === 0 ? key : kind === 1 ? value : [key, value]);
  }
  return list;
}

function ownKeysOfType(O, symbols: boolean): Value[] {
  const keys = OwnPropertyKeys(ToObject(O));
  const list: Value[] = [];
  for (let i = 0; i < keys.length; i++) if ((typeof keys[i] === "symbol") === symbols) $append(list, keys[i]);
  return list;
}

function setPrototypeOrThrow(O, proto) {
  if (SetPrototypeOf(O, proto)) return;
  if ($kindOf(O) === $kind.PROXY) throw makeTypeError("'setPrototypeOf' on proxy: trap returned falsish");
  if (!IsExtensible(O)) throw makeTypeError(`${describe(O)} is not extensible`);
  throw makeTypeError(O === ObjectPrototype ? "Immutable prototype object 'Object.prototype' cannot have their prototype set" : "Cyclic __proto__ value");
}

/** 20.1.3.6 Object.prototype.toString. */
function ObjectPrototypeToString(this: Value) {
  if (this === undefined) return "[object Undefined]";
  if (this === null) return "[object Null]";
  const O = ToObject(this);
  let builtinTag = "Object";
  if (IsArray(O)) builtinTag = "Array";
  else if ($isCallable(O)) builtinTag = "Function";
  else
    switch ($kindOf(O)) {
      case $kind.ERROR:
        builtinTag = "Error";
        break;
      case $kind.BOOLEAN:
        builtinTag = "Boolean";
        break;
      case $kind.NUMBER:
        builtinTag = "Number";
        break;
      case $kind.STRING_OBJECT:
        builtinTag = "String";
        break;
      case $kind.DATE:
        builtinTag = "Date";
        break;
      case $kind.REGEXP:
        builtinTag = "RegExp";
        break;
      case $kind.ARGUMENTS:
        builtinTag = "Arguments";
        break;
    }
  const tag = O[symbolToStringTag];
  return `[object ${typeof tag === "string" ? tag : builtinTag}]`;
}

install(ObjectPrototype, {
  hasOwnProperty(P) {
    const key = ToPropertyKey(P);
    return HasOwnProperty(ToObject(this), key);
  },
  isPrototypeOf(V) {
    if (!$isObject(V)) return false;
    const O = ToObject(this);
    for (;;) {
      V = GetPrototypeOf(V);
      if (V === null) return false;
      if (V === O) return true;
    }
  },
  propertyIsEnumerable(P) {
    const key = ToPropertyKey(P);
    return IsEnumerable(ToObject(this), key);
  },
  toLocaleString() {
    return this.toString();
  },
  valueOf() {
    return ToObject(this);
  },
  get __proto__() {
    return GetPrototypeOf(ToObject(this));
  },
  set __proto__(proto) {
    RequireObjectCoercible(this, "Object.prototype.__proto__");
    if (!$isObject(proto) && proto !== null) return;
    if ($isObject(this)) setPrototypeOrThrow(this, proto);
  },
  __defineGetter__(P, getter) {
    const O = ToObject(this);
    if (!$isCallable(getter)) throw makeTypeError("Object.prototype.__defineGetter__: Expecting function");
    DefinePropertyOrThrow(O, ToPropertyKey(P), { bits: 6 | 16 | 32 | 128, value: undefined, get: getter, set: undefined });
  },
  __defineSetter__(P, setter) {
    const O = ToObject(this);
    if (!$isCallable(setter)) throw makeTypeError("Object.prototype.__defineSetter__: Expecting function");
    DefinePropertyOrThrow(O, ToPropertyKey(P), { bits: 6 | 16 | 32 | 256, value: undefined, get: undefined, set: setter });
  },
  __lookupGetter__(P) {
    return lookupAccessor(ToObject(this), ToPropertyKey(P), false);
  },
  __lookupSetter__(P) {
    return lookupAccessor(ToObject(this), ToPropertyKey(P), true);
  },
});
setFunctionName(ObjectPrototypeToString, "toString");
$defineOwn(ObjectPrototype, "toString", ObjectPrototypeToString, 5);

function lookupAccessor(O, key, setter: boolean) {
  for (; O !== null; O = GetPrototypeOf(O)) {
    const desc = GetOwnProperty(O, key);
    if (desc !== undefined) return desc.bits & 384 ? (setter ? desc.set : desc.get) : undefined;
  }
  return undefined;
}

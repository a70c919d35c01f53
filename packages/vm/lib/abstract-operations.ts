/**
 * Abstract operations of ECMA-262 that the built-ins share, under their specification names.
 *
 * Rules for library code: everything a program can replace (methods on prototypes, globals) is off limits unless the specification
 * looks it up. So no array destructuring, spread or for-of over internal lists (they run the iteration protocol), no `list.push`, no
 * writes past the end of a list (`$append` instead: a setter on Array.prototype must not see it).
 */

// ---------------------------------------------------------------- 7.1 Type conversion

/** 7.1.1 ToPrimitive. */
function ToPrimitive(input, hint: "default" | "number" | "string") {
  if (!$isObject(input)) return input;
  const exotic = input[symbolToPrimitive];
  if (exotic !== undefined && exotic !== null) {
    if (!$isCallable(exotic)) throw NotCallable(exotic);
    const result = $call(exotic, input, hint);
    if (!$isObject(result)) return result;
    throw makeTypeError("Cannot convert object to primitive value");
  }
  return OrdinaryToPrimitive(input, hint);
}

/** 7.1.1.1 OrdinaryToPrimitive. */
function OrdinaryToPrimitive(O, hint: string) {
  let method = hint === "string" ? O.toString : O.valueOf;
  if ($isCallable(method)) {
    const result = $call(method, O);
    if (!$isObject(result)) return result;
  }
  method = hint === "string" ? O.valueOf : O.toString;
  if ($isCallable(method)) {
    const result = $call(method, O);
    if (!$isObject(result)) return result;
  }
  throw makeTypeError("Cannot convert object to primitive value");
}

/** 7.1.3 ToNumeric. */
function ToNumeric(v) {
  if (typeof v === "bigint" || typeof v === "number") return v;
  const primitive = ToPrimitive(v, "number");
  return typeof primitive === "bigint" ? primitive : +primitive;
}

/** 7.1.5 ToIntegerOrInfinity; never -0. */
function ToIntegerOrInfinity(v): number {
  const n = +v;
  if ((n | 0) === n) return n | 0;
  if (n !== n) return 0;
  if (n === Infinity || n === -Infinity) return n;
  return n - (n % 1) + 0;
}

/** 7.1.20 ToLength. */
function ToLength(v): number {
  const n = ToIntegerOrInfinity(v);
  return n <= 0 ? 0 : n > 9007199254740991 ? 9007199254740991 : n;
}

/** 7.1.22 ToIndex; `message`: of the RangeError. */
function ToIndex(v, message: string): number {
  if (v === undefined) return 0;
  const n = ToIntegerOrInfinity(v);
  if (n < 0 || n > 9007199254740991) throw makeRangeError(message);
  return n;
}

/** Start or end argument of slice and its like: an offset from the end when negative, clamped to [0, length]. */
function RelativeIndex(v, length: number): number {
  const n = ToIntegerOrInfinity(v);
  if (n < 0) return n + length > 0 ? n + length : 0;
  return n < length ? n : length;
}

/** 7.1.18 ToObject. */
function ToObject(v) {
  if ($isObject(v)) return v;
  switch (typeof v) {
    case "string":
      return wrapPrimitive($kind.STRING_OBJECT, StringPrototype, v);
    case "number":
      return wrapPrimitive($kind.NUMBER, NumberPrototype, v);
    case "boolean":
      return wrapPrimitive($kind.BOOLEAN, BooleanPrototype, v);
    case "symbol":
      return wrapPrimitive($kind.SYMBOL_OBJECT, SymbolPrototype, v);
    case "bigint":
      return wrapPrimitive($kind.BIGINT_OBJECT, BigIntPrototype, v);
  }
  throw makeTypeError("Cannot convert undefined or null to object");
}

function wrapPrimitive(kind: number, proto, v) {
  const o = $newObjectOfKind(kind, proto);
  $setInternal(o, 0, v);
  return o;
}

/** 7.1.19 ToPropertyKey; an integer index stays a number. */
function ToPropertyKey(v) {
  if (typeof v === "string" || typeof v === "symbol") return v;
  if (typeof v === "number") return (v | 0) === v && v >= 0 ? v | 0 : `${v}`;
  const key = ToPrimitive(v, "string");
  return typeof key === "symbol" ? key : `${key}`;
}

/** 7.2.1 RequireObjectCoercible, with a message that names the method. */
function RequireObjectCoercible(v, method: string) {
  if (v === undefined || v === null) throw makeTypeError(`${method} called on null or undefined`);
  return v;
}

/** 7.2.2 IsArray. */
function IsArray(v): boolean {
  for (;;) {
    const kind = $kindOf(v);
    if (kind === $kind.ARRAY) return true;
    if (kind !== $kind.PROXY) return false;
    v = proxyTarget(v, "IsArray");
  }
}

/** 7.2.8 IsRegExp. */
function IsRegExp(v): boolean {
  if (!$isObject(v)) return false;
  const matcher = v[symbolMatch];
  return matcher !== undefined ? !!matcher : $kindOf(v) === $kind.REGEXP;
}

/** 7.2.10 SameValue. */
function SameValue(x, y): boolean {
  if (x === y) return x !== 0 || 1 / x === 1 / y;
  return x !== x && y !== y;
}

/** 7.2.11 SameValueZero. */
function SameValueZero(x, y): boolean {
  return x === y || (x !== x && y !== y);
}

/** Short description of a value for messages; runs no user code. */
function describe(v): string {
  switch (typeof v) {
    case "string":
      return `"${v}"`;
    case "symbol":
      return symbolText(v);
    case "function": {
      const name = $kindOf(v) === $kind.PROXY ? "" : $getOwnValue(v, "name");
      return typeof name === "string" && name !== "" ? `function ${name}` : "function";
    }
    case "object":
      return v === null ? "null" : $kindOf(v) === $kind.ARRAY ? "[object Array]" : `#<${constructorNameOf(v)}>`;
  }
  return `${v}`;
}

/** Name of the constructor found through plain data properties, "Object" when there is none. */
function constructorNameOf(v): string {
  for (let o = v, n = 0; $isObject(o) && $kindOf(o) !== $kind.PROXY && n < 100; o = $getPrototypeOf(o), n++) {
    const flags = $getOwnAttributes(o, "constructor");
    if (flags < 0) continue;
    if (flags & 8) break;
    const c = $getOwnValue(o, "constructor");
    if (!$isCallable(c) || $kindOf(c) === $kind.PROXY) break;
    const name = $getOwnValue(c, "name");
    if (typeof name === "string" && name !== "") return name;
    break;
  }
  return "Object";
}

function symbolText(sym): string {
  const description = $symbolDescription(sym);
  return description === undefined ? "Symbol()" : `Symbol(${description})`;
}

function NotCallable(v) {
  return makeTypeError(`${describe(v)} is not a function`);
}

function Incompatible(method: string, receiver) {
  return makeTypeError(`Method ${method} called on incompatible receiver ${describe(receiver)}`);
}

// ---------------------------------------------------------------- 7.3 Operations on objects

/** 7.3.11 GetMethod. */
function GetMethod(v, key) {
  const method = v[key];
  if (method === undefined || method === null) return undefined;
  if (!$isCallable(method)) throw NotCallable(method);
  return method;
}

/** 7.3.5 CreateDataProperty. */
function CreateDataProperty(O, P, V): boolean {
  const done = $createDataProperty(O, P, V);
  return done !== undefined ? done : DefineOwnProperty(O, P, dataDescriptor(V, 7));
}

/** 7.3.7 CreateDataPropertyOrThrow. */
function CreateDataPropertyOrThrow(O, P, V) {
  if ($createDataProperty(O, P, V) === true) return;
  if (!CreateDataProperty(O, P, V)) throw makeTypeError(`Cannot add property ${keyText(P)}, object is not extensible`);
}

/** 7.3.8 DefinePropertyOrThrow. */
function DefinePropertyOrThrow(O, P, desc: Descriptor) {
  if (!DefineOwnProperty(O, P, desc)) throw makeTypeError(`Cannot redefine property: ${keyText(P)}`);
}

function keyText(P): string {
  return typeof P === "symbol" ? symbolText(P) : `${P}`;
}

/** 7.3.18 LengthOfArrayLike. */
function LengthOfArrayLike(O): number {
  return ToLength(O.length);
}

/** 7.3.19 CreateListFromArrayLike. */
function CreateListFromArrayLike(v): Value[] {
  if ($isPlainArray(v)) return v;
  if (!$isObject(v)) throw makeTypeError("CreateListFromArrayLike called on non-object");
  const length = LengthOfArrayLike(v);
  const list: Value[] = [];
  for (let i = 0; i < length; i++) $append(list, v[i]);
  return list;
}

/** 7.3.21 OrdinaryHasInstance. */
function OrdinaryHasInstance(C, O): boolean {
  if (!$isCallable(C)) return false;
  if ($kindOf(C) === $kind.BOUND_FUNCTION) return O instanceof $boundTarget(C);
  if (!$isObject(O)) return false;
  const P = C.prototype;
  if (!$isObject(P)) throw makeTypeError(`Function has non-object prototype '${describe(P)}' in instanceof check`);
  for (;;) {
    O = GetPrototypeOf(O);
    if (O === null) return false;
    if (O === P) return true;
  }
}

/** 7.3.22 SpeciesConstructor. */
function SpeciesConstructor(O, defaultConstructor) {
  const C = O.constructor;
  if (C === undefined) return defaultConstructor;
  if (!$isObject(C)) throw makeTypeError("The .constructor property is not an object");
  const S = C[symbolSpecies];
  if (S === undefined || S === null) return defaultConstructor;
  if ($isConstructor(S)) return S;
  throw makeTypeError("object.constructor[Symbol.species] is not a constructor");
}

/** 10.1.14 GetPrototypeFromConstructor (there is one realm). */
function GetPrototypeFromConstructor(newTarget, fallback) {
  const proto = newTarget.prototype;
  if ($isObject(proto)) return proto;
  // 7.3.24 GetFunctionRealm: there is one realm, but a revoked proxy has none.
  for (let f = newTarget; ;) {
    const kind = $kindOf(f);
    if (kind === $kind.PROXY) f = proxyTarget(f, "construct");
    else if (kind === $kind.BOUND_FUNCTION) f = $boundTarget(f);
    else return fallback;
  }
}

/** 10.1.13 OrdinaryCreateFromConstructor for an object of `kind`. */
function OrdinaryCreateFromConstructor(newTarget, fallback, kind: number) {
  return $newObjectOfKind(kind, GetPrototypeFromConstructor(newTarget, fallback));
}

/** 7.3.34 GroupBy with a list of {key, elements}; `zero`: keys are collection keys (SameValueZero), else property keys. */
function GroupBy(items, callback, zero: boolean): { keys: Value[]; groups: Value[] } {
  RequireObjectCoercible(items, zero ? "Map.groupBy" : "Object.groupBy");
  if (!$isCallable(callback)) throw NotCallable(callback);
  const keys: Value[] = [];
  const groups: Value[] = [];
  const index = $mapNew(null);
  let k = 0;
  for (const value of items) {
    let key = $call(callback, undefined, value, k);
    if (!zero) {
      key = ToPropertyKey(key);
      if (typeof key === "number") key = `${key}`;
    } else if (key === 0) key = 0;
    const at = $collectionGet(index, key);
    if (at === undefined) {
      $collectionSet(index, key, keys.length);
      $append(keys, key);
      $append(groups, [value]);
    } else $append(groups[at], value);
    k++;
  }
  return { keys, groups };
}

// ---------------------------------------------------------------- 7.4 Iterators

interface IteratorRecord {
  iterator: Value;
  next: Value;
  done: boolean;
}

/** 7.4.2 GetIteratorDirect. */
function GetIteratorDirect(obj): IteratorRecord {
  return { iterator: obj, next: obj.next, done: false };
}

/** 7.4.3 GetIteratorFromMethod. */
function GetIteratorFromMethod(obj, method): IteratorRecord {
  const iterator = $call(method, obj);
  if (!$isObject(iterator)) throw makeTypeError("Result of the Symbol.iterator method is not an object");
  return { iterator, next: iterator.next, done: false };
}

/** 7.4.4 GetIterator(obj, sync). */
function GetIterator(obj): IteratorRecord {
  const method = obj === undefined || obj === null ? undefined : GetMethod(obj, symbolIterator);
  if (method === undefined) throw makeTypeError(`${describe(obj)} is not iterable`);
  return GetIteratorFromMethod(obj, method);
}

/** 7.4.10 IteratorStepValue: the value, or DONE. Marks the record done when next() ends or throws. */
function IteratorStepValue(record: IteratorRecord) {
  let done = true;
  try {
    const result = $call(record.next, record.iterator);
    if (!$isObject(result)) throw makeTypeError(`Iterator result ${describe(result)} is not an object`);
    if (result.done) return $done;
    const value = result.value;
    done = false;
    return value;
  } finally {
    record.done = done;
  }
}

/** 7.4.11 IteratorClose for a normal or return completion. */
function IteratorClose(iterator) {
  const method = GetMethod(iterator, "return");
  if (method === undefined) return;
  const result = $call(method, iterator);
  if (!$isObject(result)) throw makeTypeError(`${describe(result)} is not an object`);
}

/** 7.4.11 IteratorClose for a throw completion: whatever return() does is dropped. */
function IteratorCloseQuiet(iterator) {
  try {
    const method = iterator.return;
    if (method !== undefined && method !== null) $call(method, iterator);
  } catch {}
}

/** 7.4.14 CreateIterResultObject. */
function CreateIterResultObject(value, done: boolean) {
  return { value, done };
}

// ---------------------------------------------------------------- Making built-ins (clause 17)

/** Copies the members of a literal onto `target` with the attributes of built-ins: methods writable and configurable, accessors configurable. */
function install(target, members) {
  const keys = $ownKeys(members, 3);
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i];
    if ($getOwnAttributes(members, key) & 8) $defineAccessor(target, key, $getOwnGetter(members, key), $getOwnSetter(members, key), 4);
    else $defineOwn(target, key, $getOwnValue(members, key), 5);
  }
  return target;
}

/** Gives installed methods a native for the plain case: pairs of name and native id. The method installed before stays as the fallback. */
function accelerate(target, pairs: Value[]) {
  for (let i = 0; i < pairs.length; i += 2) {
    const name = pairs[i];
    const fallback = $getOwnValue(target, name);
    $defineOwn(target, name, $makeNative(pairs[i + 1], name, $getOwnValue(fallback, "length"), fallback), 5);
  }
}

/** The same for a getter. */
function accelerateGetter(target, name: string, native: number) {
  const getter = $getOwnGetter(target, name);
  $defineAccessor(target, name, $makeNative(native, `get ${name}`, 0, getter), $getOwnSetter(target, name), 4);
}

/** Constants: neither writable, enumerable nor configurable. */
function installConstants(target, members) {
  const keys = $ownKeys(members, 3);
  for (let i = 0; i < keys.length; i++) $defineOwn(target, keys[i], members[keys[i]], 0);
}

/** Built-in methods that take rest or default parameters report the specification's `length`: pairs of name and length. */
function installLengths(target, pairs: Value[]) {
  for (let i = 0; i < pairs.length; i += 2) setFunctionLength($getOwnValue(target, pairs[i]), pairs[i + 1]);
}

function setFunctionLength(fn, length: number) {
  $defineOwn(fn, "length", length, 4);
}
function setFunctionName(fn, name: string) {
  $defineOwn(fn, "name", name, 4);
}

/** @@toStringTag of a prototype. */
function installTag(target, tag: string) {
  $defineOwn(target, symbolToStringTag, tag, 4);
}

/** Makes a library function the constructor of `proto` and a global. */
function installConstructor(fn, length: number, proto, members) {
  $makeConstructor(fn);
  setFunctionLength(fn, length);
  if (proto !== undefined) {
    $defineOwn(fn, "prototype", proto, 0);
    $defineOwn(proto, "constructor", fn, 5);
  }
  if (members !== undefined) install(fn, members);
  $defineOwn(globalObject, $getOwnValue(fn, "name"), fn, 5);
  return fn;
}

/** get [Symbol.species]. */
function installSpecies(constructor) {
  $defineAccessor(constructor, symbolSpecies, speciesGetter, undefined, 4);
}

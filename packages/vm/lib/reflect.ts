/** 28.1 The Reflect object. */

const ReflectObject = $newObject(ObjectPrototype);
$defineOwn(globalObject, "Reflect", ReflectObject, 5);
installTag(ReflectObject, "Reflect");

function reflectTarget(target, method: string) {
  if (!$isObject(target)) throw makeTypeError(`Reflect.${method} called on non-object`);
}
install(ReflectObject, {
  apply(target, thisArgument, argumentsList) {
    if (!$isCallable(target)) throw makeTypeError(`Function.prototype.apply was called on ${describe(target)}, which is not a function`);
    return $apply(target, thisArgument, CreateListFromArrayLike(argumentsList));
  },
  construct(target, argumentsList, ...rest) {
    if (!$isConstructor(target)) throw makeTypeError(`${describe(target)} is not a constructor`);
    const newTarget = rest.length > 0 ? rest[0] : target;
    if (!$isConstructor(newTarget)) throw makeTypeError(`${describe(newTarget)} is not a constructor`);
    return $construct(target, newTarget, CreateListFromArrayLike(argumentsList));
  },
  defineProperty(target, propertyKey, attributes) {
    reflectTarget(target, "defineProperty");
    const key = ToPropertyKey(propertyKey);
    return DefineOwnProperty(target, key, ToPropertyDescriptor(attributes));
  },
  deleteProperty(target, propertyKey) {
    reflectTarget(target, "deleteProperty");
    return DeleteProperty(target, ToPropertyKey(propertyKey));
  },
  get(target, propertyKey, ...rest) {
    reflectTarget(target, "get");
    const key = ToPropertyKey(propertyKey);
    return rest.length > 0 ? GetWithReceiver(target, key, rest[0]) : target[key];
  },
  getOwnPropertyDescriptor(target, propertyKey) {
    reflectTarget(target, "getOwnPropertyDescriptor");
    return FromPropertyDescriptor(GetOwnProperty(target, ToPropertyKey(propertyKey)));
  },
  getPrototypeOf(target) {
    reflectTarget(target, "getPrototypeOf");
    return GetPrototypeOf(target);
  },
  has(target, propertyKey) {
    reflectTarget(target, "has");
    return ToPropertyKey(propertyKey) in target;
  },
  isExtensible(target) {
    reflectTarget(target, "isExtensible");
    return IsExtensible(target);
  },
  ownKeys(target) {
    reflectTarget(target, "ownKeys");
    return OwnPropertyKeys(target);
  },
  preventExtensions(target) {
    reflectTarget(target, "preventExtensions");
    return PreventExtensions(target);
  },
  set(target, propertyKey, value, ...rest) {
    reflectTarget(target, "set");
    return SetWithReceiver(target, ToPropertyKey(propertyKey), value, rest.length > 0 ? rest[0] : target);
  },
  setPrototypeOf(target, proto) {
    reflectTarget(target, "setPrototypeOf");
    if (!$isObject(proto) && proto !== null) throw makeTypeError(`Object prototype may only be an Object or null: ${describe(proto)}`);
    return SetPrototypeOf(target, proto);
  },
});
installLengths(ReflectObject, ["construct", 2, "get", 2, "set", 3]);

/**
 * Property access with everything that may happen: prototypes, accessors, primitives, exotic objects. Results are a Value, EXCEPTION, or CALL_PENDING when user
 * or library code has to run first (the interpreter then calls it and takes its result).
 */
import {
  Value, UNDEFINED, NULL, TRUE, FALSE, HOLE, NOT_HANDLED, EXCEPTION, KEY_PENDING, fromBool, fromInt, fromObject, fromString, fromU32, isObject, isString, isSymbol, isNumber, isBool, isBigInt, isNullish, isInt, asInt, isDouble, asDouble,
  isUndefined, ptrOf, numberOf,
} from "./value";
import { kindOf, flagsOf, storeValue } from "./heap";
import {
  KIND_ARRAY, KIND_PROXY, KIND_MODULE_NAMESPACE, KIND_STRING_OBJECT, KIND_TYPEDARRAY, KIND_FUNCTION, KIND_ARGUMENTS, KIND_STRING, PROTO_STRING, PROTO_NUMBER, PROTO_BOOLEAN, PROTO_SYMBOL, PROTO_BIGINT, PROTO_FUNCTION,
  KIND_ELEMENTS, KIND_SCOPE, KIND_BOUND_FUNCTION,
} from "./generated/kinds";
import { HOOK_GET_SLOW, HOOK_SET_SLOW, HOOK_DELETE_SLOW, HOOK_HAS_SLOW, HOOK_DEFINE_SLOW, HOOK_INSTANCEOF, HOOK_UNARY_SLOW } from "./generated/hooks";
import { OP_TOKEY } from "./generated/opcodes";
import { proto, keyIndex, protoHasElements, wellKnownSymbol, SYMBOL_HAS_INSTANCE } from "./state";
import {
  Key, KEY_OBJECT, toKey, ownSlot, getSlot, setSlot, shapeOf, prototypeOf, accessorGetter, accessorSetter, addProperty, hasVirtualLength, virtualLength, isExtensible, nextPrototype, deleteOwn, defineOwn, protoValueChanged,
  getOwnAttrs, OBJ_FIXED_LENGTH, elementsOf,
} from "./object";
import { attrsAt, isProtoShape, ATTR_ACCESSOR, ATTR_WRITABLE, ATTR_CONFIGURABLE, ATTRS_DATA } from "./shape";
import { getIndex, indexAttrs, indexAccessor, defineIndex, deleteIndex, setArrayLength, arrayLength, slowFind, ELEMENTS_DATA } from "./elements";
import { charAt, flatten, singleChar, strLength, symbolDescription } from "./string";
import { sbFinish, sbPush8, sbPushDecimal, sbPushLiteral, sbPushString, sbReset } from "./stringbuilder";
import { name, N_LENGTH, N_PROTOTYPE } from "./names";
import { ERR_TYPE, malformed, throwRangeError, throwTypeError, throwWithString } from "./errors";
import { call0, call1, hook2, hook3, hook5, keyValue } from "./call";
import { isCallable } from "./function";
import { typedArrayGet, typedArrayLengthOf, typedArraySet } from "./natives/typedarray";
import { toStringPrimitive } from "./convert";

/** Push a key or value as error messages name it. */
export function pushKey(key: Value): void {
  if (isSymbol(key)) {
    sbPushLiteral("Symbol(");
    const d = symbolDescription(ptrOf(key));
    if (d) sbPushString(d);
    sbPush8(41);
  } else if (isObject(key)) sbPushLiteral("[object]");
  else sbPushString(toStringPrimitive(key));
}
function noProperty(v: Value, key: Value, verb: string, what: string): Value {
  // The key's text may use the builder (numbers do not), so it is made first.
  sbReset();
  sbPushLiteral("Cannot ");
  sbPushLiteral(verb);
  sbPushLiteral(" properties of ");
  sbPushLiteral(v == NULL ? "null" : "undefined");
  sbPushLiteral(" (");
  sbPushLiteral(what);
  sbPushLiteral(" '");
  pushKey(key);
  sbPushLiteral("')");
  return throwWithString(ERR_TYPE, sbFinish());
}
function keyError(before: string, key: Value, after: string): Value {
  sbReset();
  sbPushLiteral(before);
  pushKey(key);
  sbPushLiteral(after);
  return throwWithString(ERR_TYPE, sbFinish());
}

function notDeletable(key: Value, o: usize): Value {
  return keyError("Cannot delete property '", key, kindOf(o) == KIND_ARRAY ? "' of [object Array]" : "' of #<Object>");
}

/** Where property look-up of a value starts: the object, or the prototype of a primitive; 0 for undefined and null. */
export function lookupStart(v: Value): usize {
  if (isObject(v)) return ptrOf(v);
  if (isString(v)) return proto(PROTO_STRING);
  if (isNumber(v)) return proto(PROTO_NUMBER);
  if (isBool(v)) return proto(PROTO_BOOLEAN);
  if (isSymbol(v)) return proto(PROTO_SYMBOL);
  if (isBigInt(v)) return proto(PROTO_BIGINT);
  return 0;
}
@inline function isExotic(kind: u8): bool { return kind == KIND_PROXY || kind == KIND_MODULE_NAMESPACE; }
/** Does a named key of this object need the library? Typed arrays take every canonical numeric string ("-0", "1.5", "Infinity") for an index: 10.4.5. */
@inline export function isExoticFor(o: usize, key: Key): bool {
  const kind = kindOf(o);
  return isExotic(kind) || (kind == KIND_TYPEDARRAY && mayBeNumeric(key));
}
function mayBeNumeric(key: Key): bool {
  if (kindOf(key) != KIND_STRING || strLength(key) == 0) return false;
  const c = charAt(key, 0);
  return c - 48 < 10 || c == 45 || c == 73 || c == 78;
}

/** v.key for a named key. */
export function getNamed(v: Value, key: Key): Value {
  if (isString(v) && key == name(N_LENGTH)) return fromInt(strLength(ptrOf(v)));
  const start = lookupStart(v);
  if (!start) return noProperty(v, keyValue(key), "read", "reading");
  return getFrom(start, key, v);
}
/** [[Get]](key, receiver) from object `start`. */
export function getFrom(start: usize, key: Key, receiver: Value): Value {
  for (let p = start; p; p = nextPrototype(p)) {
    if (isExoticFor(p, key)) return hook3(HOOK_GET_SLOW, fromObject(p), keyValue(key), receiver);
    const i = ownSlot(p, key);
    if (i >= 0) {
      const shape = shapeOf(p), v = getSlot(p, shape, i);
      if (!(attrsAt(shape, i) & ATTR_ACCESSOR)) return v;
      const getter = accessorGetter(v);
      return getter == UNDEFINED ? UNDEFINED : call0(getter, receiver);
    }
    if (key == name(N_LENGTH) && hasVirtualLength(p)) return virtualLength(p);
  }
  return UNDEFINED;
}

/** Own element of any object that is not a proxy or namespace: HOLE when absent, NOT_HANDLED for an accessor. `ends`: typed arrays do not go on to prototypes. */
function ownElement(p: usize, index: u32): Value {
  const kind = kindOf(p);
  if (kind == KIND_TYPEDARRAY) return typedArrayGet(p, index);
  if (kind == KIND_STRING_OBJECT) {
    const s = ptrOf(load<u64>(p, 16));
    if (index < <u32>strLength(s)) return fromString(singleChar(charAt(flatten(s), index)));
  }
  return getIndex(p, index);
}
/** v[index]. */
export function getIndexed(v: Value, index: u32): Value {
  if (isString(v)) {
    const s = ptrOf(v);
    if (index < <u32>strLength(s)) return fromString(singleChar(charAt(flatten(s), index)));
  }
  const start = lookupStart(v);
  if (!start) return noProperty(v, fromU32(index), "read", "reading");
  return getIndexedFrom(start, index, v);
}
export function getIndexedFrom(start: usize, index: u32, receiver: Value): Value {
  for (let p = start; p; p = nextPrototype(p)) {
    if (isExotic(kindOf(p))) return hook3(HOOK_GET_SLOW, fromObject(p), fromString(toStringPrimitive(fromU32(index))), receiver);
    const v = ownElement(p, index);
    if (v == NOT_HANDLED) {
      const getter = accessorGetter(indexAccessor(p, index));
      return getter == UNDEFINED ? UNDEFINED : call0(getter, receiver);
    }
    if (v != HOLE) return v;
    if (kindOf(p) == KIND_TYPEDARRAY) return UNDEFINED;
  }
  return UNDEFINED;
}

/** The key is an object: its ToPropertyKey comes first. */
function keyFirst(key: Value): Value {
  hook2(HOOK_UNARY_SLOW, fromInt(OP_TOKEY), key);
  return KEY_PENDING;
}

/** v[key] for any key value. */
export function getElement(v: Value, keyV: Value): Value {
  if (isNullish(v)) return noProperty(v, keyV, "read", "reading");
  const key = toKey(keyV);
  if (key == 0) return getIndexed(v, keyIndex());
  if (key == KEY_OBJECT) return keyFirst(keyV);
  return getNamed(v, key);
}

function readOnly(key: Value, v: Value, strict: bool): Value {
  if (!strict) return UNDEFINED;
  sbReset();
  sbPushLiteral("Cannot assign to read only property '");
  pushKey(key);
  sbPushLiteral("' of ");
  if (isObject(v)) sbPushLiteral(kindOf(ptrOf(v)) == KIND_ARRAY ? "object '[object Array]'" : isCallable(v) ? "function" : "object '#<Object>'");
  else pushKey(v);
  return throwWithString(ERR_TYPE, sbFinish());
}
function onlyGetter(key: Value, strict: bool): Value { return strict ? keyError("Cannot set property ", key, " of #<Object> which has only a getter") : UNDEFINED; }
function notExtensible(key: Value, strict: bool): Value { return strict ? keyError("Cannot add property ", key, ", object is not extensible") : UNDEFINED; }
function onPrimitive(v: Value, key: Value, strict: bool): Value {
  if (!strict) return UNDEFINED;
  sbReset();
  sbPushLiteral("Cannot create property '");
  pushKey(key);
  sbPushLiteral("' on ");
  sbPushLiteral(isString(v) ? "string '" : isNumber(v) ? "number '" : isBool(v) ? "boolean '" : isSymbol(v) ? "symbol '" : "bigint '");
  pushKey(v);
  sbPush8(39);
  return throwWithString(ERR_TYPE, sbFinish());
}

/** v.key = value. */
export function setNamed(v: Value, key: Key, value: Value, strict: bool): Value {
  const start = lookupStart(v);
  if (!start) return noProperty(v, keyValue(key), "set", "setting");
  return setFrom(start, key, value, v, strict);
}
/** [[Set]](key, value, receiver) from object `start`; the receiver is `start`'s object, a primitive with that prototype, or (super) any value. */
export function setFrom(start: usize, key: Key, value: Value, receiver: Value, strict: bool): Value {
  for (let p = start; p; p = nextPrototype(p)) {
    if (isExoticFor(p, key)) return hook5(HOOK_SET_SLOW, fromObject(p), keyValue(key), value, receiver, fromBool(strict));
    const i = ownSlot(p, key);
    if (i >= 0) {
      const shape = shapeOf(p), attrs = attrsAt(shape, i);
      if (attrs & ATTR_ACCESSOR) {
        const setter = accessorSetter(getSlot(p, shape, i));
        return setter == UNDEFINED ? onlyGetter(keyValue(key), strict) : call1(setter, receiver, value);
      }
      if (!(attrs & ATTR_WRITABLE)) return readOnly(keyValue(key), receiver, strict);
      if (receiver == fromObject(p)) {
        setSlot(p, shape, i, value);
        if (isProtoShape(shape)) protoValueChanged(p, key, value);
        return UNDEFINED;
      }
      break;
    }
    if (key == name(N_LENGTH) && hasVirtualLength(p)) {
      if (kindOf(p) != KIND_ARRAY || flagsOf(p) & OBJ_FIXED_LENGTH) return readOnly(keyValue(key), receiver, strict);
      if (receiver != fromObject(p)) break;
      if (!isNumber(value)) return hook5(HOOK_SET_SLOW, fromObject(p), keyValue(key), value, receiver, fromBool(strict));
      const d = numberOf(value), n = <u32>d;
      if (<f64>n != d) return throwRangeError("Invalid array length");
      if (!setArrayLength(p, n) && strict) return notDeletable(fromU32(arrayLength(p) - 1), p);
      return UNDEFINED;
    }
  }
  // Create it on the receiver.
  if (!isObject(receiver)) return onPrimitive(receiver, keyValue(key), strict);
  const o = ptrOf(receiver);
  if (o != start) {
    // super.x = v: the receiver may have the property, or be exotic.
    if (isExoticFor(o, key)) return hook5(HOOK_SET_SLOW, fromObject(o), keyValue(key), value, receiver, fromBool(strict));
    const i = ownSlot(o, key);
    if (i >= 0) {
      const shape = shapeOf(o), attrs = attrsAt(shape, i);
      if (attrs & ATTR_ACCESSOR || !(attrs & ATTR_WRITABLE)) return readOnly(keyValue(key), receiver, strict);
      setSlot(o, shape, i, value);
      return UNDEFINED;
    }
    if (key == name(N_LENGTH) && hasVirtualLength(o)) return setFrom(o, key, value, receiver, strict);
  }
  if (!isExtensible(o)) return notExtensible(keyValue(key), strict);
  addProperty(o, key, value, ATTRS_DATA);
  return UNDEFINED;
}

/** v[index] = value. */
export function setIndexed(v: Value, index: u32, value: Value, strict: bool): Value {
  const start = lookupStart(v);
  if (!start) return noProperty(v, fromU32(index), "set", "setting");
  return setIndexedFrom(start, index, value, v, strict);
}
export function setIndexedFrom(start: usize, index: u32, value: Value, receiver: Value, strict: bool): Value {
  for (let p = start; p; p = nextPrototype(p)) {
    const kind = kindOf(p);
    if (isExotic(kind)) return hook5(HOOK_SET_SLOW, fromObject(p), fromString(toStringPrimitive(fromU32(index))), value, receiver, fromBool(strict));
    if (kind == KIND_TYPEDARRAY) {
      if (receiver == fromObject(p) && typedArraySet(p, index, value)) return UNDEFINED;
      return hook5(HOOK_SET_SLOW, fromObject(p), fromU32(index), value, receiver, fromBool(strict));
    }
    let attrs = indexAttrs(p, index);
    if (attrs < 0 && kind == KIND_STRING_OBJECT && index < <u32>strLength(ptrOf(load<u64>(p, 16)))) attrs = 2;
    if (attrs >= 0) {
      if (attrs & ATTR_ACCESSOR) {
        const setter = accessorSetter(indexAccessor(p, index));
        return setter == UNDEFINED ? onlyGetter(fromU32(index), strict) : call1(setter, receiver, value);
      }
      if (!(attrs & ATTR_WRITABLE)) return readOnly(fromU32(index), receiver, strict);
      if (receiver == fromObject(p)) return defineIndex(p, index, value, attrs) ? UNDEFINED : EXCEPTION;
      break;
    }
    if (!protoHasElements() && p == start && (kind == KIND_ARRAY || kind < KIND_PROXY) && kind != KIND_STRING_OBJECT && !chainIsExotic(p)) break;
  }
  if (!isObject(receiver)) return onPrimitive(receiver, fromU32(index), strict);
  const o = ptrOf(receiver);
  if (o != start && (isExotic(kindOf(o)) || kindOf(o) == KIND_TYPEDARRAY || indexAttrs(o, index) >= 0)) return hook5(HOOK_SET_SLOW, fromObject(o), fromU32(index), value, receiver, fromBool(strict));
  if (!isExtensible(o)) return notExtensible(fromU32(index), strict);
  if (kindOf(o) == KIND_ARRAY && index >= arrayLength(o) && flagsOf(o) & OBJ_FIXED_LENGTH) return notExtensible(fromU32(index), strict);
  return defineIndex(o, index, value, ATTRS_DATA) ? UNDEFINED : EXCEPTION;
}
/** Is there a proxy, typed array, namespace or string wrapper among the prototypes? */
function chainIsExotic(o: usize): bool {
  for (let p = prototypeOf(o); p; p = nextPrototype(p)) {
    const k = kindOf(p);
    if (isExotic(k) || k == KIND_TYPEDARRAY || (k == KIND_STRING_OBJECT && strLength(ptrOf(load<u64>(p, 16))) > 0)) return true;
  }
  return false;
}

/** v[key] = value for any key value. */
export function setElement(v: Value, keyV: Value, value: Value, strict: bool): Value {
  if (isNullish(v)) return noProperty(v, keyV, "set", "setting");
  const key = toKey(keyV);
  if (key == 0) return setIndexed(v, keyIndex(), value, strict);
  if (key == KEY_OBJECT) return keyFirst(keyV);
  return setNamed(v, key, value, strict);
}

/** delete v[key]. */
export function deleteElement(v: Value, keyV: Value, strict: bool): Value {
  if (isNullish(v)) return noProperty(v, keyV, "delete", "deleting");
  const key = toKey(keyV);
  if (key == KEY_OBJECT) return keyFirst(keyV);
  if (!isObject(v)) {
    const no = isString(v) && (key == name(N_LENGTH) || (key == 0 && keyIndex() < <u32>strLength(ptrOf(v))));
    return no ? (strict ? keyError("Cannot delete property '", keyV, "' of string") : FALSE) : TRUE;
  }
  const o = ptrOf(v), kind = kindOf(o);
  if (key ? isExoticFor(o, key) : isExotic(kind) || kind == KIND_TYPEDARRAY || kind == KIND_STRING_OBJECT) return hook3(HOOK_DELETE_SLOW, v, key ? keyValue(key) : keyV, fromBool(strict));
  const done = key == 0 ? deleteIndex(o, keyIndex()) : deleteOwn(o, key);
  if (done) return TRUE;
  return strict ? notDeletable(keyV, o) : FALSE;
}

/** key in o. */
export function hasElement(keyV: Value, o: Value): Value {
  if (!isObject(o)) {
    if (isObject(keyV)) return throwTypeError("Cannot use 'in' operator to search for a key in a primitive");
    sbReset();
    sbPushLiteral("Cannot use 'in' operator to search for '");
    pushKey(keyV);
    sbPushLiteral("' in ");
    pushKey(o);
    return throwWithString(ERR_TYPE, sbFinish());
  }
  const key = toKey(keyV);
  if (key == KEY_OBJECT) return keyFirst(keyV);
  const index = keyIndex();
  for (let p = ptrOf(o); p; p = nextPrototype(p)) {
    const kind = kindOf(p);
    if (key ? isExoticFor(p, key) : isExotic(kind)) return hook2(HOOK_HAS_SLOW, key ? keyValue(key) : fromString(toStringPrimitive(fromU32(index))), fromObject(p));
    if (key) {
      if (getOwnAttrs(p, key) >= 0) return TRUE;
    } else {
      if (kind == KIND_TYPEDARRAY) return fromBool(index < typedArrayLengthOf(p));
      if (ownElement(p, index) != HOLE) return TRUE;
    }
  }
  return FALSE;
}

/** Define an own enumerable data property (literals, class fields). */
export function defineElement(o: Value, keyV: Value, value: Value): Value {
  if (!isObject(o)) return malformed();
  const p = ptrOf(o), kind = kindOf(p);
  const key = toKey(keyV);
  if (key == KEY_OBJECT) return keyFirst(keyV);
  if (key ? isExoticFor(p, key) : isExotic(kind) || kind == KIND_TYPEDARRAY) return hook3(HOOK_DEFINE_SLOW, o, keyV, value);
  if (key == 0) {
    const index = keyIndex(), attrs = indexAttrs(p, index);
    if (attrs >= 0 ? !(attrs & ATTR_CONFIGURABLE) && attrs != 3 : !isExtensible(p)) return keyError("Cannot define property ", keyV, ", object is not extensible");
    return defineIndex(p, index, value, ATTRS_DATA) ? UNDEFINED : EXCEPTION;
  }
  const attrs = getOwnAttrs(p, key);
  if (attrs >= 0 ? !(attrs & ATTR_CONFIGURABLE) && attrs != 3 : !isExtensible(p)) {
    return attrs >= 0 ? keyError("Cannot redefine property: ", keyV, "") : keyError("Cannot define property ", keyV, ", object is not extensible");
  }
  defineOwn(p, key, value, attrs == 3 ? 3 : ATTRS_DATA);
  return UNDEFINED;
}

/** value instanceof target. */
export function instanceOf(value: Value, target: Value): Value {
  if (!isObject(target)) return throwTypeError("Right-hand side of 'instanceof' is not callable");
  const f = ptrOf(target);
  if (kindOf(f) != KIND_FUNCTION) return hook2(HOOK_INSTANCEOF, value, target);
  const symbol = wellKnownSymbol(SYMBOL_HAS_INSTANCE);
  for (let p = f; p; p = nextPrototype(p)) {
    if (isExotic(kindOf(p))) return hook2(HOOK_INSTANCEOF, value, target);
    if (p == proto(PROTO_FUNCTION)) break;
    if (ownSlot(p, symbol) >= 0) return hook2(HOOK_INSTANCEOF, value, target);
  }
  if (!isObject(value)) return FALSE;
  const i = ownSlot(f, name(N_PROTOTYPE));
  if (i < 0 || attrsAt(shapeOf(f), i) & ATTR_ACCESSOR) return hook2(HOOK_INSTANCEOF, value, target);
  const wanted = getSlot(f, shapeOf(f), i);
  if (!isObject(wanted)) return throwTypeError("Function has non-object prototype in instanceof check");
  const to = ptrOf(wanted);
  let p = ptrOf(value);
  while (true) {
    if (kindOf(p) == KIND_PROXY) return hook2(HOOK_INSTANCEOF, value, target);
    p = nextPrototype(p);
    if (!p) return FALSE;
    if (p == to) return TRUE;
  }
}

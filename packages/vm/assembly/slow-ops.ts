/** Instructions that are not worth a place in the interpreter's loop: one function each, named after what they do. */
import {
  Value, UNDEFINED, NULL, TRUE, FALSE, HOLE, DONE, NOT_HANDLED, EXCEPTION, CALL_PENDING, fromBool, fromInt, fromObject, fromString, fromSymbol, fromInternal, fromU32, isBigInt, isBool, isInt, asInt, isDouble, asDouble, isInternal, isNullish, isNumber, isObject, isString, isSymbol, ptrOf,
} from "./value";
import { allocate, addFlags, flagsOf, kindOf, remember, storePtr, setFlags, LARGE_PRELUDE } from "./heap";
import {
  KIND_ARRAY, KIND_BIGINT_OBJECT, KIND_BOOLEAN, KIND_ELEMENTS, KIND_FUNCTION, KIND_MODULE_NAMESPACE, KIND_NUMBER, KIND_OBJECT, KIND_PROXY, KIND_STRING_OBJECT, KIND_SYMBOL_OBJECT, KIND_TYPEDARRAY, KIND_ARGUMENTS,
  PROTO_ARRAY, PROTO_BIGINT, PROTO_BOOLEAN, PROTO_FUNCTION, PROTO_NUMBER, PROTO_OBJECT, PROTO_STRING, PROTO_SYMBOL,
} from "./generated/kinds";
import {
  HOOK_GET_ITERATOR, HOOK_GET_ASYNC_ITERATOR, HOOK_ITER_NEXT, HOOK_ITER_RESULT, HOOK_ITER_CLOSE, HOOK_ITER_CLOSE_QUIET, HOOK_SPREAD, HOOK_FOR_IN_KEYS, HOOK_FOR_IN_HAS, HOOK_COPY_PROPS, HOOK_COPY_REST, HOOK_CLASS_HERITAGE, HOOK_REGEXP_NEW,
} from "./generated/hooks";
import { FN_STRICT, SECTION_TEMPLATES, SECTION_REGEXPS } from "./generated/layout";
import { OP_GETELEM, OP_SETELEM, OP_DELELEM, OP_IN, OP_DEFELEM } from "./generated/opcodes";
import { arrayShape, globalLexicals, globalObject, iterationPristine, proto, wellKnownSymbol, setCallArgc, setCallBase, setCallNewTarget, REGISTERS_END, SYMBOL_ITERATOR, keyIndex } from "./state";
import { CONT_BOOL, CONT_NONE, frameArgc, frameCode } from "./frame";
import { childCode, codeFile, codeFlags, codeName, cursor, cursorEnd, cursorFailed, fileString, fileTemplates, pointerAt, sectionStart, seek, seekItem, setPointerAt, tableFind, varint, codeInstanceSlots, setCodeInstanceSlots, codeParams } from "./code";
import { call0, call1, hook1, hook2, hook3, keyValue, windowTop } from "./call";
import {
  Key, accessorGetter, accessorSetter, addProperty, becomePrototype, defineOwn, getOwn, getOwnAttrs, getSlot, isExtensible, nextPrototype, keyOfString, newAccessor, newArray, newArrayFrom, newObject, newObjectOfKind, newObjectOfShape, newPlainObject, ownSlot, preventExtensions, prototypeOf, rootShape,
  setPrototypeOf, setShape, setSlot, shapeOf, slotsOf, toKey, elementsOf, KEY_OBJECT, OBJ_FIXED_LENGTH, OBJ_LAZY,
} from "./object";
import { attrsAt, entryAttrs, entryKey, isDictionary, lookup, shapeCount, shapeInlineCap, shapeInlineStart, shapeTable, replaceOwned, ATTR_ACCESSOR, ATTR_CONFIGURABLE, ATTR_ENUMERABLE, ATTR_WRITABLE, ATTRS_DATA, ATTRS_METHOD, SHAPE_CACHED } from "./shape";
import { appendElement, arrayLength, defineIndex, denseCapacity, elementsData, ensureElements, getIndex, indexAttrs, isPlainArray, isSlow, makeSlow, setLengthField, ELEMENTS_DATA } from "./elements";
import { closureCode, closureScope, isConstructor, isScopeWith, materialize, newClosure, newScope, scopeCount, scopeOf, scopeParent, scopeSlot, setClosureHome, NO_SCOPE } from "./function";
import { getElement, getFrom, getIndexedFrom, hasElement, setElement, setFrom, setIndexedFrom, deleteElement, defineElement, pushKey } from "./access";
import { internString, newSymbol, strLength, substring, symbolDescription, fromAscii, SYMBOL_PRIVATE } from "./string";
import { sbFinish, sbPush8, sbPushLiteral, sbPushString, sbReset } from "./stringbuilder";
import { name, N_CONSTRUCTOR, N_EMPTY, N_NAME, N_PROTOTYPE, N_RAW, N_THIS } from "./names";
import { ERR_REFERENCE, ERR_SYNTAX, ERR_TYPE, malformed, throwRangeError, throwReferenceError, throwTypeError, throwWithString } from "./errors";
import { ownKeysOf } from "./natives/core-object";
import { KIND_SYMBOL } from "./generated/kinds";

// Values and scopes

/** Wrapper object of a primitive that is not undefined or null. */
export function wrapPrimitive(v: Value): Value {
  let kind = KIND_SYMBOL_OBJECT, p = PROTO_SYMBOL;
  if (isString(v)) { kind = KIND_STRING_OBJECT; p = PROTO_STRING; }
  else if (isNumber(v)) { kind = KIND_NUMBER; p = PROTO_NUMBER; }
  else if (isBool(v)) { kind = KIND_BOOLEAN; p = PROTO_BOOLEAN; }
  else if (isBigInt(v)) { kind = KIND_BIGINT_OBJECT; p = PROTO_BIGINT; }
  const o = newObjectOfKind(kind, proto(p));
  store<u64>(o, v, 16);
  return fromObject(o);
}
export function copyScope(from: usize): Value {
  const n = scopeCount(from);
  const to = newScope(n, scopeParent(from));
  memory.copy(scopeSlot(to, 0), scopeSlot(from, 0), <usize>n << 3);
  return fromInternal(to);
}
export function holeError(nameValue: Value): Value {
  const s = ptrOf(nameValue);
  if (s == name(N_THIS)) return throwReferenceError("Must call super constructor in derived class before accessing 'this' or returning from derived constructor");
  sbReset();
  sbPushLiteral("Cannot access '");
  sbPushString(s);
  sbPushLiteral("' before initialization");
  return throwWithString(ERR_REFERENCE, sbFinish());
}
/** MAPARGS. The elements become slow, so that only access.ts reads them. */
export function mapArguments(args: Value, scope: Value, frame: usize): bool {
  const n = min<u32>(frameArgc(frame), codeParams(frameCode(frame)));
  if (!isObject(args) || kindOf(ptrOf(args)) != KIND_ARGUMENTS || (n ? !isScopeWith(scope, n - 1) : scopeOf(scope) == NO_SCOPE)) return false;
  const o = ptrOf(args);
  makeSlow(o);
  storePtr(o, o + 16, ptrOf(scope));
  store<u32>(o, n < 32 ? (<u32>1 << n) - 1 : 0xffffffff, 20);
  return true;
}
@inline export function isArray(v: Value): bool { return isObject(v) && kindOf(ptrOf(v)) == KIND_ARRAY; }
@inline export function isClosure(v: Value): bool { return isObject(v) && kindOf(ptrOf(v)) == KIND_FUNCTION; }
@inline function isPrivateName(v: Value): bool { return isSymbol(v) && (flagsOf(ptrOf(v)) & SYMBOL_PRIVATE) != 0; }
export function notIteratorResult(v: Value): Value {
  sbReset();
  sbPushLiteral("Iterator result ");
  pushKey(v);
  sbPushLiteral(" is not an object");
  return throwWithString(ERR_TYPE, sbFinish());
}
export function throwKind(kind: i32, message: Value): Value { return throwWithString(kind, ptrOf(message)); }
export function notDestructurable(v: Value): Value { return throwTypeError(v == NULL ? "Cannot destructure 'null' as it is null." : "Cannot destructure 'undefined' as it is undefined."); }
export function switchTarget(table: usize, v: Value): i32 {
  if (isString(v)) return tableFind(table, fromString(internString(ptrOf(v))));
  if (isDouble(v)) {
    const d = asDouble(v), i = <i32>d;
    return <f64>i == d ? tableFind(table, fromInt(i)) : -1;
  }
  return isInt(v) ? tableFind(table, v) : -1;
}

// Script globals

function redeclared(key: Key): Value {
  sbReset();
  sbPushLiteral("Identifier '");
  sbPushString(key);
  sbPushLiteral("' has already been declared");
  return throwWithString(ERR_SYNTAX, sbFinish());
}
export function declareVar(nameValue: Value): Value {
  const key = keyOfString(ptrOf(nameValue)), global = globalObject();
  if (!key) return UNDEFINED;
  if (lookup(shapeOf(globalLexicals()), key) >= 0) return redeclared(key);
  if (getOwnAttrs(global, key) < 0) addProperty(global, key, UNDEFINED, ATTR_WRITABLE | ATTR_ENUMERABLE);
  return UNDEFINED;
}
export function declareFunction(nameValue: Value, f: Value): Value {
  const key = keyOfString(ptrOf(nameValue)), global = globalObject();
  if (!key) return UNDEFINED;
  if (lookup(shapeOf(globalLexicals()), key) >= 0) return redeclared(key);
  const attrs = getOwnAttrs(global, key);
  defineOwn(global, key, f, attrs >= 0 && !(attrs & ATTR_CONFIGURABLE) ? attrs & ~ATTR_ACCESSOR : ATTR_WRITABLE | ATTR_ENUMERABLE);
  return UNDEFINED;
}
/** flags 0 let, 1 const or class. */
export function declareLexical(nameValue: Value, flags: u32): Value {
  const key = keyOfString(ptrOf(nameValue)), lexicals = globalLexicals(), global = globalObject();
  if (!key) return UNDEFINED;
  if (lookup(shapeOf(lexicals), key) >= 0) return redeclared(key);
  const attrs = getOwnAttrs(global, key);
  if (attrs >= 0) {
    if (!(attrs & ATTR_CONFIGURABLE)) return redeclared(key);
    // Caches that found the global property must look again.
    if (flagsOf(shapeOf(global)) & SHAPE_CACHED) setShape(global, replaceOwned(shapeOf(global)));
  }
  addProperty(lexicals, key, HOLE, flags ? ATTR_ENUMERABLE : ATTR_ENUMERABLE | ATTR_WRITABLE);
  return UNDEFINED;
}
export function initLexical(nameValue: Value, v: Value): void {
  const key = keyOfString(ptrOf(nameValue)), lexicals = globalLexicals();
  if (!key) return;
  const i = lookup(shapeOf(lexicals), key);
  if (i >= 0) setSlot(lexicals, shapeOf(lexicals), i, v);
}

// Calls

/** CALLV/NEWV: replace the array in R[base+2] by its elements. newTarget undefined: a call. */
export function spreadCall(base: usize, newTarget: Value): Value {
  if (!isArray(load<u64>(base, 16))) return malformed();
  const a = ptrOf(load<u64>(base, 16));
  const n = arrayLength(a);
  if (base + 16 + (<usize>n << 3) + 4096 > REGISTERS_END || n > 0x40000) return throwRangeError("Maximum call stack size exceeded");
  for (let i: u32 = 0; i < n; i++) {
    const v = getIndex(a, i);
    store<u64>(base + 16 + (<usize>i << 3), v == HOLE || v == NOT_HANDLED ? UNDEFINED : v);
  }
  setCallBase(base);
  setCallArgc(n);
  setCallNewTarget(newTarget);
  return CALL_PENDING;
}
/** A construct frame returned no object and has no this. */
export function constructorResult(frame: usize): Value { return throwTypeError("The constructor returned no object"); }
/** RETD. */
export function derivedResult(v: Value, self: Value): Value {
  if (isObject(v)) return v;
  if (v != UNDEFINED) return throwTypeError("Derived constructors may only return object or undefined");
  if (self == HOLE) return holeError(fromString(name(N_THIS)));
  return isObject(self) ? self : malformed();
}
/** Learn how many properties instances get, for the next ones. */
export function learnInstance(f: usize, o: usize): void {
  const code = closureCode(f), n = min<u32>(shapeCount(shapeOf(o)), 32);
  if (n > codeInstanceSlots(code)) setCodeInstanceSlots(code, max<u32>(n, 2));
}
export function prototypeValue(o: Value): Value {
  if (!isObject(o)) return malformed();
  const p = prototypeOf(ptrOf(o));
  return p ? fromObject(p) : NULL;
}
export function callFields(fields: usize, self: Value): Value { return call0(fromObject(fields), self); }

// super.x

export function getSuper(from: Value, keyV: Value, self: Value): Value {
  const start = isObject(from) ? ptrOf(from) : 0;
  if (!start) return throwTypeError("Cannot read properties of null (super has no prototype)");
  const key = toKey(keyV);
  if (key == 0) return getIndexedFrom(start, keyIndex(), self);
  if (key == KEY_OBJECT) return throwTypeError("Unexpected property key");
  return getFrom(start, key, self);
}
export function setSuper(from: Value, keyV: Value, self: Value, v: Value, strict: bool): Value {
  const start = isObject(from) ? ptrOf(from) : 0;
  if (!start) return throwTypeError("Cannot set properties of null (super has no prototype)");
  const key = toKey(keyV);
  if (key == 0) return setIndexedFrom(start, keyIndex(), v, self, strict);
  if (key == KEY_OBJECT) return throwTypeError("Unexpected property key");
  return setFrom(start, key, v, self, strict);
}

// Element access whose key was an object: the instruction again, with the key that ToPropertyKey gave.

export function retryWithKey(pc: usize, r: usize, key: Value, strict: bool): Value {
  switch (<i32>load<u8>(pc)) {
    case OP_GETELEM: return getElement(regAt(r, pc + 2), key);
    case OP_SETELEM: return setElement(regAt(r, pc + 1), key, regAt(r, pc + 3), strict);
    case OP_DELELEM: return deleteElement(regAt(r, pc + 2), key, strict);
    case OP_IN: return hasElement(key, regAt(r, pc + 3));
    default: return defineElement(regAt(r, pc + 1), key, regAt(r, pc + 3));
  }
}
export function retryCont(pc: usize): u32 {
  const op = <i32>load<u8>(pc);
  if (op == OP_SETELEM || op == OP_DEFELEM) return CONT_NONE;
  return (<u32>load<u8>(pc, 1) << 8) | (op == OP_IN ? CONT_BOOL : 0);
}
@inline function regAt(r: usize, at: usize): Value { return load<u64>(r + (<usize>load<u8>(at) << 3)); }

// Literals

export function initSlot(v: Value, i: u32, value: Value): bool {
  if (!isObject(v)) return false;
  const o = ptrOf(v), shape = shapeOf(o);
  if (kindOf(o) != KIND_OBJECT || i >= shapeCount(shape) || isDictionary(shape)) return false;
  setSlot(o, shape, i, value);
  return true;
}
export function setLiteralProto(o: Value, p: Value): bool {
  if (!isObject(o) || kindOf(ptrOf(o)) != KIND_OBJECT) return false;
  if (isObject(p)) setPrototypeOf(ptrOf(o), ptrOf(p));
  else if (p == NULL) setPrototypeOf(ptrOf(o), 0);
  return true;
}

/** "[desc]" for a symbol, with "get "/"set " before: the name a function gets from its key. */
function keyName(key: Value, prefix: u32): usize {
  let plain: usize = 0;
  if (isSymbol(key)) {
    const d = symbolDescription(ptrOf(key));
    if (!d && !prefix) return name(N_EMPTY);
    if (d && flagsOf(ptrOf(key)) & SYMBOL_PRIVATE && !prefix) return d;
    sbReset();
    if (prefix) sbPushLiteral(prefix == 1 ? "get " : "set ");
    if (d) {
      const privateName = (flagsOf(ptrOf(key)) & SYMBOL_PRIVATE) != 0;
      if (!privateName) sbPush8(91);
      sbPushString(d);
      if (!privateName) sbPush8(93);
    }
    return sbFinish();
  }
  if (isString(key) && !prefix) return ptrOf(key);
  sbReset();
  if (prefix) sbPushLiteral(prefix == 1 ? "get " : "set ");
  pushKey(key);
  plain = sbFinish();
  return plain;
}
/** SetFunctionName for functions that have no name of their own. */
export function setFunctionName(fn: Value, key: Value, prefix: u32): void {
  if (!isObject(fn)) return;
  const f = ptrOf(fn);
  if (kindOf(f) != KIND_FUNCTION) return;
  const text = keyName(key, prefix);
  const own = codeName(closureCode(f));
  if (own == text || !text) return;
  if (flagsOf(f) & OBJ_LAZY) materialize(f);
  const i = lookup(shapeOf(f), name(N_NAME));
  if (i >= 0 && attrsAt(shapeOf(f), i) == ATTR_CONFIGURABLE) setSlot(f, shapeOf(f), i, fromString(text));
}

/** DEFMETHOD: flags bits 0-1: 0 method 1 getter 2 setter; bit 2 enumerable. */
export function defineMethod(o: Value, keyV: Value, fn: Value, flags: u32): Value {
  if (!isObject(o) || !isClosure(fn)) return malformed();
  const p = ptrOf(o), f = ptrOf(fn), kind = flags & 3;
  if (flagsOf(p) & OBJ_LAZY) materialize(p);
  setClosureHome(f, p);
  if (!strLength(codeName(closureCode(f)))) setFunctionName(fn, keyV, kind);
  const enumerable: u32 = flags & 4 ? ATTR_ENUMERABLE : 0;
  const key = toKey(keyV);
  if (key == KEY_OBJECT) return throwTypeError("Unexpected property key");
  if (key == 0) {
    const index = keyIndex();
    const had = indexAttrs(p, index);
    if (kind == 0) return defineIndex(p, index, fn, ATTR_WRITABLE | ATTR_CONFIGURABLE | enumerable) ? UNDEFINED : EXCEPTION;
    let getter = UNDEFINED, setter = UNDEFINED;
    if (had >= 0 && had & ATTR_ACCESSOR) {
      const a = indexAccessorOf(p, index);
      getter = accessorGetter(a);
      setter = accessorSetter(a);
    }
    if (kind == 1) getter = fn; else setter = fn;
    return defineIndex(p, index, fromInternal(newAccessor(getter, setter)), ATTR_ACCESSOR | ATTR_CONFIGURABLE | enumerable) ? UNDEFINED : EXCEPTION;
  }
  const had = getOwnAttrs(p, key);
  if (had >= 0 && !(had & ATTR_CONFIGURABLE)) {
    sbReset();
    sbPushLiteral("Cannot redefine property: ");
    pushKey(keyV);
    return throwWithString(ERR_TYPE, sbFinish());
  }
  if (kind == 0) { defineOwn(p, key, fn, ATTR_WRITABLE | ATTR_CONFIGURABLE | enumerable); return UNDEFINED; }
  defineAccessorHalf(p, key, fn, kind, enumerable | ATTR_CONFIGURABLE);
  return UNDEFINED;
}
function indexAccessorOf(o: usize, index: u32): Value { return indexAccessor(o, index); }
import { indexAccessor } from "./elements";
/** Define a getter (1) or setter (2), keeping the other half of an accessor that is there. */
function defineAccessorHalf(p: usize, key: Key, fn: Value, kind: u32, attrs: u32): void {
  let getter = UNDEFINED, setter = UNDEFINED;
  const i = ownSlot(p, key);
  if (i >= 0 && attrsAt(shapeOf(p), i) & ATTR_ACCESSOR) {
    const a = getSlot(p, shapeOf(p), i);
    getter = accessorGetter(a);
    setter = accessorSetter(a);
  }
  if (kind == 1) getter = fn; else setter = fn;
  defineOwn(p, key, fromInternal(newAccessor(getter, setter)), ATTR_ACCESSOR | attrs);
}

/** Can the own properties be copied without running code? */
function isPlainSource(o: usize): bool {
  const k = kindOf(o);
  if (k == KIND_PROXY || k == KIND_MODULE_NAMESPACE || k == KIND_TYPEDARRAY || k == KIND_STRING_OBJECT || k == KIND_ARGUMENTS || isSlow(o)) return false;
  const shape = shapeOf(o), t = shapeTable(shape), n = shapeCount(shape);
  for (let i: u32 = 0; i < n; i++) if (entryAttrs(t, i) & ATTR_ACCESSOR) return false;
  return true;
}
function copyOwn(to: usize, from: usize, excluded: usize, count: i32): Value {
  const cap = denseCapacity(from);
  for (let i: u32 = 0; i < cap; i++) {
    const v = getIndex(from, i);
    if (v == HOLE || isExcluded(0, i, excluded, count)) continue;
    if (!defineIndex(to, i, v, ATTRS_DATA)) return EXCEPTION;
  }
  const shape = shapeOf(from), t = shapeTable(shape), n = shapeCount(shape);
  for (let symbols = 0; symbols < 2; symbols++) {
    for (let i: u32 = 0; i < n; i++) {
      const key = entryKey(t, i);
      if (!key || !(entryAttrs(t, i) & ATTR_ENUMERABLE)) continue;
      const isSym = kindOf(key) == KIND_SYMBOL;
      if (isSym != (symbols == 1) || (isSym && flagsOf(key) & SYMBOL_PRIVATE)) continue;
      if (isExcluded(key, 0, excluded, count)) continue;
      defineOwn(to, key, getSlot(from, shape, i), ATTRS_DATA);
    }
  }
  return UNDEFINED;
}
function isExcluded(key: Key, index: u32, excluded: usize, count: i32): bool {
  for (let i = 0; i < count; i++) {
    const v = load<u64>(excluded + (<usize>i << 3));
    const k = toKey(v);
    if (k == key && (key != 0 || keyIndex() == index)) return true;
  }
  return false;
}
/** Object spread. */
export function copyProps(to: Value, from: Value): Value {
  if (!isObject(to)) return malformed();
  if (isNullish(from)) return UNDEFINED;
  if (!isObject(from)) return isString(from) ? hook2(HOOK_COPY_PROPS, to, from) : UNDEFINED;
  const o = ptrOf(from);
  if (flagsOf(o) & OBJ_LAZY) materialize(o);
  if (!isPlainSource(o)) return hook2(HOOK_COPY_PROPS, to, from);
  return copyOwn(ptrOf(to), o, 0, 0);
}
/** Object rest. */
export function copyRest(from: Value, excluded: usize, count: i32): Value {
  if (isNullish(from)) return notDestructurable(from);
  if (isObject(from)) {
    const o = ptrOf(from);
    if (flagsOf(o) & OBJ_LAZY) materialize(o);
    if (isPlainSource(o)) {
      const to = newPlainObject();
      return copyOwn(to, o, excluded, count) == EXCEPTION ? EXCEPTION : fromObject(to);
    }
  }
  return hook2(HOOK_COPY_REST, from, fromObject(newArrayFrom(excluded, count)));
}

/** Is iterating this value the plain walk over an array? */
function iteratesPlainly(v: Value): bool {
  if (!iterationPristine() || !isObject(v)) return false;
  const a = ptrOf(v);
  if (load<u32>(a, 4) == <u32>arrayShape()) return true;
  return kindOf(a) == KIND_ARRAY && prototypeOf(a) == proto(PROTO_ARRAY) && lookup(shapeOf(a), wellKnownSymbol(SYMBOL_ITERATOR)) < 0;
}
export function spread(arr: Value, src: Value): Value {
  if (!isArray(arr)) return malformed();
  if (iteratesPlainly(src) && isPlainArray(src)) {
    const a = ptrOf(arr), s = ptrOf(src), n = arrayLength(s);
    if (!n) return UNDEFINED;
    if (!ensureElements(a, arrayLength(a) + n)) return EXCEPTION;
    for (let i: u32 = 0; i < n; i++) {
      const v = getIndex(s, i);
      if (!appendElement(a, v == HOLE ? UNDEFINED : v)) return EXCEPTION;
    }
    return UNDEFINED;
  }
  return hook2(HOOK_SPREAD, arr, src);
}

export function templateObject(code: usize, indexValue: Value): Value {
  const f = codeFile(code), i = <u32>asInt(indexValue), cache = fileTemplates(f);
  const known = pointerAt(cache, i);
  if (known) return fromObject(known);
  if (seekItem(f, SECTION_TEMPLATES, i, 0) < 0) return throwTypeError("Malformed bytecode");
  let at = cursor();
  const end = cursorEnd();
  const cooked = newArray(4), raw = newArray(4);
  for (let j: u32 = 0; at < end; j++) {
    seek(at, end);
    const c = varint(), w = varint();
    at = cursor();
    if (cursorFailed()) return throwTypeError("Malformed bytecode");
    const text = fileString(f, w);
    if (!text) return EXCEPTION;
    let v = UNDEFINED;
    if (c) {
      const s = fileString(f, c - 1);
      if (!s) return EXCEPTION;
      v = fromString(s);
    }
    defineIndex(cooked, j, v, ATTR_ENUMERABLE);
    defineIndex(raw, j, fromString(text), ATTR_ENUMERABLE);
  }
  freezeArray(raw);
  addProperty(cooked, name(N_RAW), fromObject(raw), 0);
  freezeArray(cooked);
  setPointerAt(cache, i, cooked);
  return fromObject(cooked);
}
function freezeArray(a: usize): void {
  preventExtensions(a);
  addFlags(a, OBJ_FIXED_LENGTH);
}
export function regexpLiteral(code: usize, indexValue: Value): Value {
  const f = codeFile(code), at = sectionStart(f, SECTION_REGEXPS) + (<usize>(<u32>asInt(indexValue)) << 3);
  const pattern = fileString(f, load<u32>(at)), flags = fileString(f, load<u32>(at, 4));
  if (!pattern || !flags) return EXCEPTION;
  return hook2(HOOK_REGEXP_NEW, fromString(pattern), fromString(flags));
}

// Classes

/** CLASS: make the constructor and prototype, or first ask the library about the heritage. */
export function makeClass(frame: usize, r: usize, scope: usize, pc: usize): Value {
  const heritageReg = <u32>load<u8>(pc, 4);
  let ctorParent = proto(PROTO_FUNCTION), protoParent = proto(PROTO_OBJECT);
  if (heritageReg != 255) {
    const heritage = load<u64>(r + (<usize>heritageReg << 3));
    if (heritage == NULL) protoParent = 0;
    else {
      if (!isObject(heritage) || kindOf(ptrOf(heritage)) != KIND_FUNCTION || !isConstructor(heritage)) return hook1(HOOK_CLASS_HERITAGE, heritage);
      ctorParent = ptrOf(heritage);
      const p = getOwn(ctorParent, name(N_PROTOTYPE));
      if (p == NULL) protoParent = 0;
      else if (isObject(p)) protoParent = ptrOf(p);
      else return hook1(HOOK_CLASS_HERITAGE, heritage);
    }
  }
  return finishClass(frame, r, scope, pc, ctorParent, protoParent);
}
/** The heritage is known: v is [constructorParent, protoParent], or undefined when makeClass did it all. */
export function completeClass(frame: usize, r: usize, scope: usize, pc: usize, v: Value): Value {
  if (v == UNDEFINED) return UNDEFINED;
  const a = ptrOf(v), p = getIndex(a, 1);
  return finishClass(frame, r, scope, pc, ptrOf(getIndex(a, 0)), isObject(p) ? ptrOf(p) : 0);
}
function finishClass(frame: usize, r: usize, scope: usize, pc: usize, ctorParent: usize, protoParent: usize): Value {
  const code = childCode(frameCode(frame), load<u16>(pc, 2));
  if (!code) return EXCEPTION;
  const scopeReg = <u32>load<u8>(pc, 5);
  const over = scopeReg == 255 ? scope : scopeOf(load<u64>(r + (<usize>scopeReg << 3)));
  if (over == NO_SCOPE) return malformed();
  const f = newClosure(code, over);
  if (ctorParent != proto(PROTO_FUNCTION)) setShape(f, rootShape(ctorParent, KIND_FUNCTION, 0));
  const p = newObject(protoParent);
  becomePrototype(p);
  setClosureHome(f, p);
  materialize(f);
  addProperty(f, name(N_PROTOTYPE), fromObject(p), 0);
  addProperty(p, name(N_CONSTRUCTOR), fromObject(f), ATTRS_METHOD);
  const base = r + (<usize>load<u8>(pc, 1) << 3);
  store<u64>(base, fromObject(f));
  store<u64>(base, fromObject(p), 8);
  return UNDEFINED;
}

export function newPrivateName(nameValue: Value): Value { return fromSymbol(newSymbol(ptrOf(nameValue), SYMBOL_PRIVATE)); }
function privateError(before: string, key: Value, after: string): Value {
  sbReset();
  sbPushLiteral(before);
  sbPushString(symbolDescription(ptrOf(key)));
  sbPushLiteral(after);
  return throwWithString(ERR_TYPE, sbFinish());
}
export function getPrivate(o: Value, key: Value): Value {
  if (!isPrivateName(key)) return malformed();
  if (isObject(o)) {
    const p = ptrOf(o), i = lookup(shapeOf(p), ptrOf(key));
    if (i >= 0) {
      const v = getSlot(p, shapeOf(p), i);
      if (!(attrsAt(shapeOf(p), i) & ATTR_ACCESSOR)) return v;
      const getter = accessorGetter(v);
      return getter == UNDEFINED ? privateError("'", key, "' was defined without a getter") : call0(getter, o);
    }
  }
  return privateError("Cannot read private member ", key, " from an object whose class did not declare it");
}
export function setPrivate(o: Value, key: Value, v: Value): Value {
  if (!isPrivateName(key)) return malformed();
  if (isObject(o)) {
    const p = ptrOf(o), i = lookup(shapeOf(p), ptrOf(key));
    if (i >= 0) {
      const attrs = attrsAt(shapeOf(p), i);
      if (attrs & ATTR_ACCESSOR) {
        const setter = accessorSetter(getSlot(p, shapeOf(p), i));
        return setter == UNDEFINED ? privateError("'", key, "' was defined without a setter") : call1(setter, o, v);
      }
      if (!(attrs & ATTR_WRITABLE)) return privateError("Private method '", key, "' is not writable");
      setSlot(p, shapeOf(p), i, v);
      return UNDEFINED;
    }
  }
  return privateError("Cannot write private member ", key, " to an object whose class did not declare it");
}
export function definePrivate(o: Value, key: Value, v: Value): Value {
  if (!isObject(o) || !isPrivateName(key)) return malformed();
  const p = ptrOf(o);
  if (lookup(shapeOf(p), ptrOf(key)) >= 0) return privateError("Cannot initialize ", key, " twice on the same object");
  if (flagsOf(p) & OBJ_LAZY) materialize(p);
  addProperty(p, ptrOf(key), v, ATTR_WRITABLE);
  return UNDEFINED;
}
export function definePrivateMethod(o: Value, key: Value, fn: Value, flags: u32): Value {
  if (!isObject(o) || !isPrivateName(key) || !isClosure(fn)) return malformed();
  const p = ptrOf(o), kind = flags & 3;
  const i = lookup(shapeOf(p), ptrOf(key));
  const f = ptrOf(fn);
  if (!strLength(codeName(closureCode(f)))) setFunctionName(fn, key, kind);
  if (kind == 0) {
    if (i >= 0) return privateError("Cannot initialize private methods of class twice on the same object: ", key, "");
    if (flagsOf(p) & OBJ_LAZY) materialize(p);
    addProperty(p, ptrOf(key), fn, 0);
    return UNDEFINED;
  }
  if (i >= 0) {
    const a = getSlot(p, shapeOf(p), i);
    const half = isInternal(a) ? (kind == 1 ? accessorGetter(a) : accessorSetter(a)) : fn;
    if (half != UNDEFINED) return privateError("Cannot initialize private methods of class twice on the same object: ", key, "");
  } else if (flagsOf(p) & OBJ_LAZY) materialize(p);
  defineAccessorHalf(p, ptrOf(key), fn, kind, 0);
  return UNDEFINED;
}
export function setHome(fn: Value, home: Value): void { setClosureHome(ptrOf(fn), ptrOf(home)); }
export function hasPrivate(o: Value, key: Value): Value {
  if (!isPrivateName(key)) return malformed();
  // Operands as the table says: obj, key.
  if (!isObject(o)) return throwTypeError("Cannot use 'in' operator to search for a private field in a primitive");
  return fromBool(lookup(shapeOf(ptrOf(o)), ptrOf(key)) >= 0);
}

// Iteration

export function getIterator(v: Value): Value {
  if (iteratesPlainly(v)) {
    // The pair that the completion expects.
    const pair = newArray(2);
    appendElement(pair, v);
    appendElement(pair, fromInt(0));
    return fromObject(pair);
  }
  return hook1(HOOK_GET_ITERATOR, v);
}
export function getSyncIterator(v: Value): Value { return hook1(HOOK_GET_ITERATOR, v); }
export function getAsyncIterator(v: Value): Value { return hook1(HOOK_GET_ASYNC_ITERATOR, v); }
export function iteratorNext(iterator: Value, next: Value): Value {
  if (iterator == UNDEFINED) return DONE;
  return hook2(HOOK_ITER_NEXT, iterator, next);
}
export function iteratorResult(v: Value): Value { return hook1(HOOK_ITER_RESULT, v); }
export function iteratorClose(iterator: Value, quiet: bool): Value { return hook1(quiet ? HOOK_ITER_CLOSE_QUIET : HOOK_ITER_CLOSE, iterator); }

/** FORIN: R[base] = [object, keys...], R[base+1] = 1 (the next one). UNDEFINED when done here, else the library makes the list of keys. */
export function forIn(v: Value, base: usize): Value {
  store<u64>(base, UNDEFINED);
  store<u64>(base, fromInt(1), 8);
  if (isNullish(v)) return UNDEFINED;
  if (!isObject(v)) {
    if (!isString(v)) return UNDEFINED; // wrappers of other primitives have no enumerable keys, unless a prototype has
    v = wrapPrimitive(v);
  }
  const o = ptrOf(v);
  store<u64>(base, v);
  for (let p = o; p; p = nextPrototype(p)) {
    const k = kindOf(p);
    if (k == KIND_PROXY || k == KIND_MODULE_NAMESPACE || k == KIND_TYPEDARRAY) return hook1(HOOK_FOR_IN_KEYS, v);
    if (p != o && hasEnumerable(p)) return hook1(HOOK_FOR_IN_KEYS, v);
  }
  if (flagsOf(o) & OBJ_LAZY) { store<u64>(base, UNDEFINED); return UNDEFINED; } // functions' own properties are not enumerable
  const keys = ownKeysOf(o, 5);
  if (!keys) return EXCEPTION;
  completeForIn(base, fromObject(keys));
  return UNDEFINED;
}
function hasEnumerable(p: usize): bool {
  if (elementsOf(p)) return true;
  const shape = shapeOf(p), t = shapeTable(shape), n = shapeCount(shape);
  for (let i: u32 = 0; i < n; i++) if (entryAttrs(t, i) & ATTR_ENUMERABLE && entryKey(t, i) && kindOf(entryKey(t, i)) != KIND_SYMBOL) return true;
  return false;
}
export function completeForIn(base: usize, v: Value): void {
  if (v == UNDEFINED || !isObject(v)) return;
  const keys = ptrOf(v), n = arrayLength(keys);
  if (!n) { store<u64>(base, UNDEFINED); return; }
  const state = newArray(n + 1);
  appendElement(state, load<u64>(base));
  for (let i: u32 = 0; i < n; i++) appendElement(state, getIndex(keys, i));
  store<u64>(base, fromObject(state));
}
/** FORINNEXT: stores the key (or DONE) at dst. UNDEFINED when it is known to be there, else a pending question whether it is. */
export function forInNext(dst: usize, base: usize): Value {
  const s = load<u64>(base);
  if (!isObject(s)) { store<u64>(dst, DONE); return UNDEFINED; }
  const state = ptrOf(s);
  if (kindOf(state) != KIND_ARRAY || !isObject(getIndex(state, 0))) return malformed();
  while (true) {
    if (!isInt(load<u64>(base, 8))) return malformed();
    const i = <u32>asInt(load<u64>(base, 8));
    if (i >= arrayLength(state)) { store<u64>(base, UNDEFINED); store<u64>(dst, DONE); return UNDEFINED; }
    store<u64>(base, fromInt(i + 1), 8);
    const key = getIndex(state, i), object = getIndex(state, 0);
    if (key == HOLE || key == NOT_HANDLED) return malformed();
    store<u64>(dst, key);
    const k = kindOf(ptrOf(object));
    if (k == KIND_PROXY || k == KIND_MODULE_NAMESPACE) return hook2(HOOK_FOR_IN_HAS, object, key);
    const there = hasElement(key, object);
    if (there == TRUE) return UNDEFINED;
    if (there != FALSE) return there;
  }
}

// Modules: module.ts
export { loadImport, dynamicImport, importMeta } from "./module";

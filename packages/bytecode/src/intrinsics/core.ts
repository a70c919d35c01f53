import type { Intrinsic } from "./index.ts";

/**
 * Core natives that the library rests on. "ordinary operation" means the essential internal method of every object that is not a proxy:
 * the native handles arrays, string wrappers, typed arrays, arguments and module namespaces too; proxies are the library's.
 * Property flags: 1 writable, 2 enumerable, 4 configurable, 8 accessor; -1 = no such property. `key` is always a property key (string or
 * symbol) or an integer index. Kinds are the KIND_* numbers (`$kind.MAP`).
 */
const core = (name: string, params: string, doc: string): Intrinsic => ({ name, file: "core", params, doc });

export const coreIntrinsics: readonly Intrinsic[] = [
  // Realm
  core("makeNative", "id, name, length, fallback", "function object that runs native `id` without a frame; on NOT_HANDLED the closure `fallback` is called with the same this and arguments"),
  core("makeConstructor", "fn", "mark the library closure fn as a constructor that makes its own object: on [[Construct]] `this` is undefined, $newTarget is set, what it returns is the result; on [[Call]] $newTarget is undefined. Returns fn"),
  core("setHook", "id, fn", "register a hook"),
  core("intrinsicProto", "index", "the intrinsic prototype object PROTO_* (`$proto.ARRAY`), made by vm_boot with the right kind (Array.prototype is an ARRAY, Function.prototype callable, ...)"),
  core("globalObject", "", "globalThis"),
  // Tests
  core("kindOf", "v", "KIND_* of an object, -1 for anything else"),
  core("isObject", "v", "boolean"),
  core("isCallable", "v", "boolean"),
  core("isConstructor", "v", "boolean (proxies too)"),
  // Ordinary operations
  core("newObject", "proto", "ordinary object; proto is an object or null"),
  core("newOfKind", "kind, proto", "object of a kind with internal slots, all undefined"),
  core("getInternal", "obj, index", "internal slot (kinds made by newOfKind; wrappers' value, date's time value at index 0)"),
  core("setInternal", "obj, index, value", "store an internal slot"),
  core("getPrototype", "obj", "[[Prototype]] or null (not proxies)"),
  core("setPrototype", "obj, proto", "OrdinarySetPrototypeOf / SetImmutablePrototype; boolean"),
  core("isExtensible", "obj", "boolean"),
  core("preventExtensions", "obj", "boolean (false for typed arrays of variable length)"),
  core("ownFlags", "obj, key", "[[GetOwnProperty]]: flags, or -1"),
  core("ownValue", "obj, key", "value of an own data property, or getter (undefined when none) of an accessor; HOLE when absent"),
  core("ownSetter", "obj, key", "setter of an own accessor property or undefined"),
  core("defineOwn", "obj, key, flags, value, setter", "[[DefineOwnProperty]] without validation against the present property: creates or replaces (value = getter for accessors); array length and elements keep their invariants; mapped arguments are written through; boolean"),
  core("deleteOwn", "obj, key", "[[Delete]]; boolean"),
  core("ownKeys", "obj", "[[OwnPropertyKeys]] in order, as a fresh array"),
  // Functions
  core("setFunctionName", "fn, name", "(re)define `name` (string or symbol: \"[description]\"), not writable, not enumerable, configurable"),
  core("setFunctionLength", "fn, length", "(re)define `length` likewise"),
  core("functionSource", "fn", "source text, or `function name() { [native code] }`"),
  core("newBound", "target, thisValue, args, proto", "BOUND_FUNCTION; args is an array; constructor when target is"),
  core("functionKind", "fn", "flags of the closure's code (docs/engine.md, function flags), 0 for natives"),
  // Arrays
  core("isPlainArray", "v", "ARRAY kind, dense elements, writable length, extensible, array iteration and prototype elements pristine"),
  core("element", "obj, index", "own dense data element, or HOLE (absent, accessor, exotic, out of range, obj no object)"),
  core("append", "arr, value", "push onto a plain array made by the library"),
  core("newArrayWithLength", "length, proto", "ARRAY of that length, all holes (sparse when huge)"),
  // Symbols
  core("newSymbol", "description", "fresh symbol; description string or undefined"),
  core("symbolDescription", "sym", "string or undefined"),
  core("symbolFor", "key", "registered symbol"),
  core("symbolKeyFor", "sym", "key or undefined"),
  core("wellKnown", "index", "well-known symbol (`$symbol.iterator`)"),
  // Errors
  core("captureStack", "obj, skip", "record the current stack in obj (kind ERROR: internal; else own property `stack`), leaving out frames up to and including function skip when given"),
  core("errorStack", "err", "formatted stack string"),
  // Jobs and coroutines
  core("enqueueJob", "fn, a, b, c, d", "append a microtask: $call(fn, undefined, a, b, c, d)"),
  core("coroutineState", "co", "0 not started, 1 suspended at YIELD, 2 suspended at AWAIT, 3 running, 4 completed; -1 when co is no coroutine"),
];

import type { Intrinsic } from "./index.ts";

/** One row: `name(params)`, the file under assembly/natives/, what it does. */
const at = (file: string) => (signature: string, doc: string): Intrinsic => {
  const open = signature.indexOf("(");
  return { name: signature.slice(0, open), file, params: signature.slice(open + 1, -1), doc };
};
const object = at("core-object"), fn = at("core-function"), realm = at("core-realm"), control = at("core-control");

/**
 * Core natives for the library. `key` is a property key: a string, symbol or (for indices) number; anything that ToPropertyKey gives.
 * "attrs" bits: 1 writable, 2 enumerable, 4 configurable, 8 accessor. None of these run user code; on a PROXY, MODULE_NAMESPACE
 * or TYPEDARRAY index they see only the ordinary object beneath, so the library dispatches on $kindOf first.
 */
export const coreIntrinsics: readonly Intrinsic[] = [
  // Tests
  object("isObject(v)", "is v an object (functions included)?"),
  object("isCallable(v)", "IsCallable"),
  object("isConstructor(v)", "IsConstructor"),
  object("isArrayKind(v)", "is v an ARRAY object (no proxy unwrapping)?"),
  object("isPlainArray(v)", "is v an ARRAY with dense elements, no own named property that matters, unmodified Array.prototype iteration and no indexed properties on prototypes: indexed reads and writes below length are unobservable?"),
  object("kindOf(v)", "$kind.X of an object; -1 for a primitive"),
  object("sameValue(a, b)", "SameValue"),
  object("sameValueZero(a, b)", "SameValueZero"),
  object("toBoolean(v)", "ToBoolean"),
  object("toInt32(n)", "ToInt32 of a number"),
  object("toUint32(n)", "ToUint32 of a number"),
  object("toIntegerOrInfinity(n)", "ToIntegerOrInfinity of a number (never -0)"),
  object("isArrayIndex(key)", "is the key (string or number) an array index 0..2^32-2?"),

  // Objects
  object("newObject(proto)", "OrdinaryObjectCreate(proto); proto is an object or null"),
  object("newObjectOfKind(kind, proto)", "object of another kind, internal slots undefined; proto is an object or null"),
  object("getInternal(o, i)", "internal slot i (an integer constant or variable) of an object whose kind has internal slots (packages/bytecode/src/kinds.ts)"),
  object("setInternal(o, i, v)", "store it; returns undefined"),
  object("isHost(v, tag)", "is v an object of kind HOST whose internal slot 0 is the integer tag?"),
  object("newHost(proto, tag, a, b, c, d)", "object of kind HOST with internal slots 0 tag, 1 a, 2 b, 3 c, 4 d, 5 undefined"),
  object("getPrototypeOf(o)", "[[Prototype]] or null (ordinary)"),
  object("setPrototypeOf(o, proto)", "OrdinarySetPrototypeOf: false on a cycle or when not extensible (and different)"),
  object("isExtensible(o)", "ordinary [[IsExtensible]]"),
  object("preventExtensions(o)", "ordinary [[PreventExtensions]]; true"),
  object("getOwnAttributes(o, key)", "attrs of the own property, or -1 when absent. Sees array length and string wrappers' indices and length"),
  object("getOwnValue(o, key)", "value of an own data property; undefined when absent or an accessor"),
  object("getOwnGetter(o, key)", "getter of an own accessor or undefined"),
  object("getOwnSetter(o, key)", "setter of an own accessor or undefined"),
  object("hasOwn(o, key)", "ordinary HasOwnProperty"),
  object("defineOwn(o, key, value, attrs)", "create or overwrite an own data property with exactly these attrs, without the checks of ValidateAndApply (the caller made them); for an array index beyond length grows length; undefined"),
  object("defineAccessor(o, key, getter, setter, attrs)", "same for an accessor; getter/setter undefined when absent; attrs bits 2 and 4 only"),
  object("createDataProperty(o, key, v)", "CreateDataProperty; true or false, or undefined with nothing done when o is a PROXY or TYPEDARRAY"),
  object("element(o, i)", "own element i (integer >= 0) of any object when it is a dense data element; HOLE when absent, not dense, out of range, exotic, or o is a primitive"),
  object("deleteOwn(o, key)", "remove the own property; false when it is not configurable"),
  object("ownKeys(o, mask)", "new array of own keys in specification order (indices ascending, strings, symbols). mask bits: 1 strings, 2 symbols, 4 only enumerable ones. Private names never"),
  object("freeze(o, frozen)", "fast SetIntegrityLevel of an ordinary object: frozen true = freeze, false = seal; not for typed arrays, proxies"),
  object("testIntegrity(o, frozen)", "fast TestIntegrityLevel of an ordinary object"),
  object("setCallableFlags(proxy, flags)", "make a PROXY callable (1) and constructor (2)"),

  // Arrays
  object("newArray(length)", "new array of `length` holes; RangeError when length > 2^32-1; dense up to some millions"),
  object("append(array, v)", "push onto an ARRAY made by the library (no setters consulted); returns undefined"),
  object("setArrayLength(array, length)", "ArraySetLength's effect for a uint32: deletes elements from the end; false when stopped by a non-configurable one or when length is not writable"),
  object("arrayLengthWritable(array, writable)", "make length (non-)writable: pass false; pass undefined to ask"),

  // Functions
  fn("makeNative(id, name, length, fallback)", "function object that runs native `$native.x` without a frame; fallback is a library closure called with the same this and arguments when the native returns NOT_HANDLED, or undefined"),
  fn("makeBound(target, thisValue, args)", "BOUND_FUNCTION over an array of arguments; its prototype is target's; the caller defines name and length"),
  fn("boundTarget(f)", "[[BoundTargetFunction]], undefined when not a bound function"),
  fn("makeConstructor(f)", "let a library function be constructed: `new` calls it with this = undefined and $newTarget; it must return an object. Returns f"),
  fn("functionSource(f)", "source text of a function, or undefined when it has none (native, stripped)"),
  fn("functionFlags(f)", "flags of the function's code (docs/engine.md: 1 strict, 2 arrow, 4 generator, 8 async, 16 method, 32 class constructor, 64 derived, ...; 2048 library; natives give 2048)"),
  fn("functionArity(f)", "how many of its arguments the function can look at at most; 255: any number, or not known"),
  fn("functionName(f)", "the name given at compile time, a string"),

  // Realm
  realm("global()", "globalThis"),
  realm("undefinedFunction()", "method: returns undefined (Function.prototype itself)"),
  realm("proto(id)", "the intrinsic prototype `$proto.X`; all exist from the start, empty"),
  realm("setProto(id, o)", "replace it (before anything uses it)"),
  realm("setHook(id, f)", "register hook `$hook.X`"),
  realm("setArrayIteration(values, next)", "Array.prototype.values and %ArrayIteratorPrototype%.next, after they are defined: `arguments` gets values as @@iterator, and iteration of arrays is quick while both are in place"),
  realm("setGeneratorNext(next)", "%GeneratorPrototype%.next, so that iteration of generators can be quick"),
  realm("setThrowTypeError(f)", "%ThrowTypeError%, for strict `arguments`"),
  realm("setPromiseConstructor(f)", "%Promise%, for quick checks"),
  realm("newSymbol(description)", "new symbol; description a string or undefined"),
  realm("symbolDescription(s)", "its description or undefined"),
  realm("wellKnownSymbol(i)", "0 iterator 1 asyncIterator 2 hasInstance 3 toPrimitive 4 toStringTag 5 species 6 isConcatSpreadable 7 unscopables 8 match 9 matchAll 10 replace 11 search 12 split"),
  realm("symbolFor(key)", "Symbol.for with a string"),
  realm("symbolKeyFor(s)", "Symbol.keyFor: string or undefined"),

  // Control
  control("enqueueJob(f, a, b, c)", "append a microtask: the VM will call f(a, b, c) with this = undefined"),
  control("argumentCount()", "arguments that the running function was called with"),
  control("promiseFulfill(promise, value)", "resolve a pending intrinsic promise on which nobody waits yet with what is no thenable: no object, or one that inherits no callable `then` and runs no code to say so; false with nothing done otherwise"),
  control("promiseResult(v)", "the result of a fulfilled promise whose `constructor` nobody has changed (it counts as awaited from now on); NOT_HANDLED when v is anything else"),
  control("coroutineState(co)", "0 not started, 1 suspended at yield, 2 suspended at await, 3 running, 4 finished. After $resume this says why control came back"),
  control("coroutineFunction(co)", "the function whose frame the coroutine holds"),
  control("captureStack(error, skipUntil)", "record the current frames in an ERROR (skipping those above and including the function skipUntil, when it is a function). Library frames are left out"),
  control("errorStack(error)", "the recorded frames as text, each line '\\n    at f (file:line:col)'; '' when nothing was captured"),
  control("newWeakRef(target, proto)", "WEAKREF object"),
  control("derefWeakRef(ref)", "its target or undefined"),
  control("registerFinalizer(registry, target, held, token)", "FinalizationRegistry: after target dies the library gets (registry, held) by a job calling the registry's internal slot 0"),
  control("unregisterFinalizer(registry, token)", "true when something was removed"),
  control("moduleNamespace(module)", "namespace object of an internal module reference, as given to hooks"),
  control("findModule(specifier, referrer)", "internal reference of a loaded module; throws TypeError when there is none"),
  control("linkModule(module)", "resolve the requests and imports of it and of all that it needs; throws SyntaxError"),
  control("moduleRequests(module)", "array of the internal references of what a linked module asks for, in order"),
  control("moduleState(module)", "what setModuleState gave it: undefined, or its failure before"),
  control("setModuleState(module, state)", "keep a value with it"),
  control("moduleStatus(module)", "0 loaded, 1 linked, 2 being evaluated by the engine, 3 evaluated by the engine"),
  control("moduleMain(module)", "new closure of its code, to be called with ($moduleScope(module), phase): docs/engine.md"),
  control("moduleScope(module)", "internal reference of its top-level Scope"),
  control("moduleFlags(module)", "1: it waits at its top level, 2: its declarations are made at link time"),
  control("namespaceGet(ns, name)", "value of a namespace export; $hole in its TDZ, undefined when there is none"),
  control("namespaceNames(ns)", "sorted array of export names"),
  control("namespaceHas(ns, name)", "is it an export name?"),
  control("terminate(message)", "end this turn uncatchably with this message (as the CPU limit does)"),
];

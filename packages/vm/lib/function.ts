/** 20.2 Function objects. There is no run-time code generation: the constructors exist and always throw. */

const noCodeGeneration = "Code generation from strings is not supported";

const FunctionConstructor = installConstructor(
  function Function() {
    throw makeTypeError(noCodeGeneration);
  },
  1,
  FunctionPrototype,
  undefined,
);

setFunctionLength(FunctionPrototype, 0);
setFunctionName(FunctionPrototype, "");

/** The hidden constructors of generator and async functions (27.3.1, 27.4.1, 27.7.1); not globals. */
function hiddenFunctionConstructor(fn, proto) {
  $makeConstructor(fn);
  setFunctionLength(fn, 1);
  $setPrototypeOf(fn, FunctionConstructor);
  $defineOwn(fn, "prototype", proto, 0);
  $defineOwn(proto, "constructor", fn, 4);
  installTag(proto, $getOwnValue(fn, "name"));
}
hiddenFunctionConstructor(function GeneratorFunction() {
  throw makeTypeError(noCodeGeneration);
}, GeneratorFunctionPrototype);
hiddenFunctionConstructor(function AsyncFunction() {
  throw makeTypeError(noCodeGeneration);
}, AsyncFunctionPrototype);
hiddenFunctionConstructor(function AsyncGeneratorFunction() {
  throw makeTypeError(noCodeGeneration);
}, AsyncGeneratorFunctionPrototype);

install(FunctionPrototype, {
  apply(thisArg, args) {
    if (!$isCallable(this)) throw makeTypeError("Function.prototype.apply was called on " + describe(this) + ", which is not a function");
    if (args === undefined || args === null) return $call(this, thisArg);
    return $apply(this, thisArg, CreateListFromArrayLike(args));
  },
  bind(thisArg, ...args) {
    if (!$isCallable(this)) throw makeTypeError("Bind must be called on a function");
    const bound = $makeBound(this, thisArg, args);
    let length = 0;
    if (HasOwnProperty(this, "length")) {
      const n = this.length;
      if (typeof n === "number") {
        if (n === Infinity) length = n;
        else if (n !== -Infinity) {
          length = ToIntegerOrInfinity(n) - args.length;
          if (length < 0) length = 0;
        }
      }
    }
    setFunctionLength(bound, length);
    const name = this.name;
    setFunctionName(bound, typeof name === "string" ? `bound ${name}` : "bound ");
    return bound;
  },
  call(thisArg, ...args) {
    if (!$isCallable(this)) throw makeTypeError("Function.prototype.call was called on " + describe(this) + ", which is not a function");
    return $apply(this, thisArg, args);
  },
  toString() {
    if (!$isCallable(this)) throw makeTypeError("Function.prototype.toString requires that 'this' be a Function");
    const kind = $kindOf(this);
    if (kind === $kind.PROXY || kind === $kind.BOUND_FUNCTION) return "function () { [native code] }";
    const source = $functionSource(this);
    return source === undefined ? `function ${$functionName(this)}() { [native code] }` : source;
  },
});
installLengths(FunctionPrototype, ["bind", 1, "call", 1]);
$defineOwn(
  FunctionPrototype,
  symbolHasInstance,
  $getOwnValue(
    {
      [symbolHasInstance](V) {
        return OrdinaryHasInstance(this, V);
      },
    },
    symbolHasInstance,
  ),
  0,
);

// 10.2.4 %ThrowTypeError% behind the poisoned properties of Function.prototype and of strict arguments objects.
const ThrowTypeError = function () {
  throw makeTypeError("'caller', 'callee', and 'arguments' properties may not be accessed on strict mode functions or the arguments objects for calls to them");
};
$defineOwn(ThrowTypeError, "name", "", 0);
$defineOwn(ThrowTypeError, "length", 0, 0);
$preventExtensions(ThrowTypeError);
$setThrowTypeError(ThrowTypeError);
$setThrowTypeError(ThrowTypeError);
$defineAccessor(FunctionPrototype, "caller", ThrowTypeError, ThrowTypeError, 4);
$defineAccessor(FunctionPrototype, "arguments", ThrowTypeError, ThrowTypeError, 4);

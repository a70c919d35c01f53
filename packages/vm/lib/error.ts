/** 20.5 Error objects, with V8's `captureStackTrace` and `stack`. */

function makeError(proto, message: string) {
  const error = $newObjectOfKind($kind.ERROR, proto);
  $defineOwn(error, "message", message, 5);
  $captureStack(error, undefined);
  return error;
}
function makeTypeError(message: string) {
  return makeError(TypeErrorPrototype, message);
}
function makeRangeError(message: string) {
  return makeError(RangeErrorPrototype, message);
}
function makeReferenceError(message: string) {
  return makeError(ReferenceErrorPrototype, message);
}
function makeSyntaxError(message: string) {
  return makeError(SyntaxErrorPrototype, message);
}

/** Steps shared by all error constructors; 20.5.8.1 InstallErrorCause. */
function constructError(newTarget, proto, message, options) {
  const error = OrdinaryCreateFromConstructor(newTarget, proto, $kind.ERROR);
  if (message !== undefined) $defineOwn(error, "message", `${message}`, 5);
  if ($isObject(options) && "cause" in options) $defineOwn(error, "cause", options.cause, 5);
  $captureStack(error, newTarget);
  return error;
}

const ErrorConstructor = installConstructor(
  function Error(message, options) {
    return constructError($newTarget === undefined ? ErrorConstructor : $newTarget, ErrorPrototype, message, options);
  },
  1,
  ErrorPrototype,
  {
    captureStackTrace(target, skip) {
      if (!$isObject(target)) throw makeTypeError(`Invalid argument: ${describe(target)}`);
      const from = $isCallable(skip) ? skip : undefined;
      if ($kindOf(target) === $kind.ERROR) $captureStack(target, from);
      else {
        const carrier = $newObjectOfKind($kind.ERROR, ErrorPrototype);
        $captureStack(carrier, from);
        DefinePropertyOrThrow(target, "stack", dataDescriptor(errorHeader(target) + $errorStack(carrier), 5));
      }
    },
    isError(v) {
      return $kindOf(v) === $kind.ERROR;
    },
  },
);
$defineOwn(ErrorConstructor, "stackTraceLimit", 10, 7);

/** First line of a stack: what Error.prototype.toString gives, or as much of it as can be had. */
function errorHeader(error): string {
  try {
    return $call(ErrorPrototypeToString, error);
  } catch {
    return "Error";
  }
}

install(ErrorPrototype, {
  // Not in ECMA-262: `stack` is an accessor here, an own property once assigned.
  get stack() {
    return $kindOf(this) === $kind.ERROR ? errorHeader(this) + $errorStack(this) : undefined;
  },
  set stack(value) {
    if (!$isObject(this)) throw makeTypeError("Error.prototype.stack setter called on non-object");
    DefinePropertyOrThrow(this, "stack", dataDescriptor(value, 5));
  },
  toString() {
    if (!$isObject(this)) throw makeTypeError("Error.prototype.toString requires that 'this' be a JSReceiver");
    let name = this.name;
    name = name === undefined ? "Error" : `${name}`;
    let message = this.message;
    message = message === undefined ? "" : `${message}`;
    return name === "" ? message : message === "" ? name : `${name}: ${message}`;
  },
});
const ErrorPrototypeToString = $getOwnValue(ErrorPrototype, "toString");
function installErrorTexts(proto, name: string) {
  $defineOwn(proto, "name", name, 5);
  $defineOwn(proto, "message", "", 5);
}
installErrorTexts(ErrorPrototype, "Error");

/** 20.5.6 NativeError. */
function installNativeError(fn, proto) {
  const name = $getOwnValue(fn, "name");
  installConstructor(fn, 1, proto, undefined);
  $setPrototypeOf(fn, ErrorConstructor);
  installErrorTexts(proto, name);
  return fn;
}
const TypeErrorConstructor = installNativeError(function TypeError(message, options) {
  return constructError($newTarget === undefined ? TypeErrorConstructor : $newTarget, TypeErrorPrototype, message, options);
}, TypeErrorPrototype);
const RangeErrorConstructor = installNativeError(function RangeError(message, options) {
  return constructError($newTarget === undefined ? RangeErrorConstructor : $newTarget, RangeErrorPrototype, message, options);
}, RangeErrorPrototype);
const ReferenceErrorConstructor = installNativeError(function ReferenceError(message, options) {
  return constructError($newTarget === undefined ? ReferenceErrorConstructor : $newTarget, ReferenceErrorPrototype, message, options);
}, ReferenceErrorPrototype);
const SyntaxErrorConstructor = installNativeError(function SyntaxError(message, options) {
  return constructError($newTarget === undefined ? SyntaxErrorConstructor : $newTarget, SyntaxErrorPrototype, message, options);
}, SyntaxErrorPrototype);
const EvalErrorConstructor = installNativeError(function EvalError(message, options) {
  return constructError($newTarget === undefined ? EvalErrorConstructor : $newTarget, EvalErrorPrototype, message, options);
}, EvalErrorPrototype);
const URIErrorConstructor = installNativeError(function URIError(message, options) {
  return constructError($newTarget === undefined ? URIErrorConstructor : $newTarget, URIErrorPrototype, message, options);
}, URIErrorPrototype);

const AggregateErrorPrototype = $newObject(ErrorPrototype);
const AggregateErrorConstructor = installNativeError(function AggregateError(errors, message, options) {
  const error = constructError($newTarget === undefined ? AggregateErrorConstructor : $newTarget, AggregateErrorPrototype, message, options);
  const list: Value[] = [];
  for (const e of errors) $append(list, e);
  $defineOwn(error, "errors", list, 5);
  return error;
}, AggregateErrorPrototype);
setFunctionLength(AggregateErrorConstructor, 2);

/** The interpreter's hooks for operators whose operands are objects or otherwise slow (13.5 - 13.15, 7.2.13 - 7.2.15). */

/** 7.1.4 ToNumber or 7.1.3 ToNumeric of a primitive that the interpreter did not take. */
function primitiveToNumeric(v): Value {
  switch (typeof v) {
    case "number":
    case "bigint":
      return v;
    case "string":
      return $strToNumber(v);
    case "boolean":
      return v ? 1 : 0;
    case "undefined":
      return NaN;
    case "symbol":
      throw makeTypeError("Cannot convert a Symbol value to a number");
  }
  return 0; // null
}

function primitiveToString(v): string {
  if (typeof v === "symbol") throw makeTypeError("Cannot convert a Symbol value to a string");
  return `${v}`;
}

$setHook($hook.BINARY_SLOW, function binarySlow(opcode: number, a, b) {
  switch (opcode) {
    case $opcode.EQ:
    case $opcode.JEQ:
      return IsLooselyEqual(a, b);
    case $opcode.NE:
    case $opcode.JNE:
      return !IsLooselyEqual(a, b);
    case $opcode.LT:
    case $opcode.JLT:
      return IsLessThan(a, b, true) === true;
    case $opcode.JNLT:
      return IsLessThan(a, b, true) === true;
    case $opcode.GT:
    case $opcode.JGT:
    case $opcode.JNGT:
      return IsLessThan(b, a, false) === true;
    case $opcode.LE:
    case $opcode.JLE:
    case $opcode.JNLE:
      return IsLessThan(b, a, false) === false;
    case $opcode.GE:
    case $opcode.JGE:
    case $opcode.JNGE:
      return IsLessThan(a, b, true) === false;
    case $opcode.ADD: {
      const x = ToPrimitive(a, "default");
      const y = ToPrimitive(b, "default");
      if (typeof x === "string" || typeof y === "string") return $strConcat(primitiveToString(x), primitiveToString(y));
      return numericOperation(opcode, primitiveToNumeric(x), primitiveToNumeric(y));
    }
  }
  const x = primitiveToNumeric(ToPrimitive(a, "number"));
  return numericOperation(opcode, x, primitiveToNumeric(ToPrimitive(b, "number")));
});

/** 13.15.3 ApplyStringOrNumericBinaryOperator from step 5 on. */
function numericOperation(opcode: number, x, y) {
  if (typeof x === "bigint" || typeof y === "bigint") {
    if (typeof x !== typeof y) throw makeTypeError("Cannot mix BigInt and other types, use explicit conversions");
    return $bigBinary(opcode, x, y);
  }
  switch (opcode) {
    case $opcode.ADD:
      return x + y;
    case $opcode.SUB:
      return x - y;
    case $opcode.MUL:
      return x * y;
    case $opcode.DIV:
      return x / y;
    case $opcode.MOD:
      return x % y;
    case $opcode.EXP:
      return x ** y;
    case $opcode.BAND:
      return x & y;
    case $opcode.BOR:
      return x | y;
    case $opcode.BXOR:
      return x ^ y;
    case $opcode.SHL:
      return x << y;
    case $opcode.SHR:
      return x >> y;
  }
  return x >>> y;
}

/** 7.2.13 IsLessThan: true, false, or undefined when a NaN is met. `leftFirst`: x is the left operand, converted first. */
function IsLessThan(x, y, leftFirst: boolean): boolean | undefined {
  let px, py;
  if (leftFirst) {
    px = ToPrimitive(x, "number");
    py = ToPrimitive(y, "number");
  } else {
    py = ToPrimitive(y, "number");
    px = ToPrimitive(x, "number");
  }
  if (typeof px === "string" && typeof py === "string") return $strCompare(px, py) < 0;
  if (typeof px === "bigint" && typeof py === "string") {
    py = $bigFromString(py);
    return py === undefined ? undefined : $bigCompare(px, py) < 0;
  }
  if (typeof px === "string" && typeof py === "bigint") {
    px = $bigFromString(px);
    return px === undefined ? undefined : $bigCompare(px, py) < 0;
  }
  const nx = primitiveToNumeric(px);
  const ny = primitiveToNumeric(py);
  if (typeof nx === "number" && typeof ny === "number") return nx !== nx || ny !== ny ? undefined : nx < ny;
  const order = $bigCompare(nx, ny);
  return order === undefined ? undefined : order < 0;
}

/** 7.2.14 IsLooselyEqual. */
function IsLooselyEqual(x, y): boolean {
  for (;;) {
    const xObject = $isObject(x);
    const yObject = $isObject(y);
    if (xObject && yObject) return x === y;
    if (x === undefined || x === null || y === undefined || y === null) return (x === undefined || x === null) && (y === undefined || y === null);
    if (xObject) {
      x = ToPrimitive(x, "default");
      continue;
    }
    if (yObject) {
      y = ToPrimitive(y, "default");
      continue;
    }
    const tx = typeof x;
    const ty = typeof y;
    if (tx === ty) return x === y;
    if (tx === "symbol" || ty === "symbol") return false;
    if (tx === "bigint" || ty === "bigint") {
      if (tx === "string") x = $bigFromString(x);
      else if (ty === "string") y = $bigFromString(y);
      if (x === undefined || y === undefined) return false;
      return $bigCompare(primitiveToNumeric(x), primitiveToNumeric(y)) === 0;
    }
    return primitiveToNumeric(x) === primitiveToNumeric(y);
  }
}

$setHook($hook.UNARY_SLOW, function unarySlow(opcode: number, a) {
  switch (opcode) {
    case $opcode.TOSTR:
      return primitiveToString(ToPrimitive(a, "string"));
    case $opcode.TOKEY: {
      const key = ToPrimitive(a, "string");
      return typeof key === "symbol" ? key : primitiveToString(key);
    }
    case $opcode.PLUS: {
      const n = primitiveToNumeric(ToPrimitive(a, "number"));
      if (typeof n === "bigint") throw makeTypeError("Cannot convert a BigInt value to a number");
      return n;
    }
  }
  const n = primitiveToNumeric(ToPrimitive(a, "number"));
  const big = typeof n === "bigint";
  switch (opcode) {
    case $opcode.INC:
      return big ? $bigInc(n) : n + 1;
    case $opcode.DEC:
      return big ? $bigDec(n) : n - 1;
    case $opcode.NEG:
      return big ? $bigNegate(n) : -n;
    case $opcode.BNOT:
      return big ? $bigNot(n) : ~n;
  }
  return n;
});

$setHook($hook.INSTANCEOF, function instanceofOperation(value, target) {
  if (!$isObject(target)) throw makeTypeError("Right-hand side of 'instanceof' is not an object");
  const method = GetMethod(target, symbolHasInstance);
  if (method !== undefined) return !!$call(method, target, value);
  if (!$isCallable(target)) throw makeTypeError("Right-hand side of 'instanceof' is not callable");
  return OrdinaryHasInstance(target, value);
});

$setHook($hook.TO_OBJECT, ToObject);

// ---------------------------------------------------------------- Properties of exotic objects

$setHook($hook.GET_SLOW, GetWithReceiver);
$setHook($hook.SET_SLOW, function setSlow(target, key, value, receiver, strict) {
  if (SetWithReceiver(target, key, value, receiver) || !strict) return;
  if ($kindOf(target) === $kind.PROXY) throw makeTypeError(`'set' on proxy: trap returned falsish for property '${keyText(key)}'`);
  throw makeTypeError(`Cannot assign to read only property '${keyText(key)}' of object '${describe(target)}'`);
});
$setHook($hook.DELETE_SLOW, function deleteSlow(target, key, strict) {
  const done = DeleteProperty(target, key);
  if (!done && strict)
    throw makeTypeError(
      $kindOf(target) === $kind.PROXY
        ? `'deleteProperty' on proxy: trap returned falsish for property '${keyText(key)}'`
        : `Cannot delete property '${keyText(key)}' of ${describe(target)}`,
    );
  return done;
});
$setHook($hook.HAS_SLOW, function hasSlow(key, target) {
  return HasPropertySlow(target, key);
});
$setHook($hook.DEFINE_SLOW, function defineSlow(target, key, value) {
  if (!DefineOwnProperty(target, key, dataDescriptor(value, 7))) throw makeTypeError(`Cannot redefine property: ${keyText(key)}`);
});
$setHook($hook.COPY_PROPS, function copyProps(target, source) {
  CopyDataProperties(target, source, undefined);
});
$setHook($hook.COPY_REST, function copyRest(source, keys) {
  return CopyDataProperties({}, source, keys);
});
$setHook($hook.CONSTRUCT_PROTOTYPE, GetPrototypeFromConstructor);
$setHook($hook.CLASS_HERITAGE, function classHeritage(heritage) {
  if (heritage === null) return [FunctionPrototype, null];
  if (!$isConstructor(heritage)) throw makeTypeError(`Class extends value ${describe(heritage)} is not a constructor or null`);
  const proto = heritage.prototype;
  if (!$isObject(proto) && proto !== null) throw makeTypeError(`Class extends value does not have valid prototype property ${describe(proto)}`);
  return [heritage, proto];
});

// ---------------------------------------------------------------- for-in (14.7.5.9)

$setHook($hook.FOR_IN_KEYS, function forInKeys(object) {
  const result: Value[] = [];
  const visited = $setNew(null);
  for (let O = object; O !== null; O = GetPrototypeOf(O)) {
    const keys = OwnPropertyKeys(O);
    for (let i = 0; i < keys.length; i++) {
      const key = keys[i];
      if (typeof key === "symbol" || $collectionHas(visited, key)) continue;
      const desc = GetOwnProperty(O, key);
      if (desc === undefined) continue;
      $collectionSet(visited, key, undefined);
      if (desc.bits & 2) $append(result, key);
    }
  }
  return result;
});
$setHook($hook.FOR_IN_HAS, function forInHas(object, key) {
  for (let O = object; O !== null; O = GetPrototypeOf(O)) {
    const desc = GetOwnProperty(O, key);
    if (desc !== undefined) return (desc.bits & 2) !== 0;
  }
  return false;
});

// ---------------------------------------------------------------- Errors that the interpreter throws

$setHook($hook.MAKE_ERROR, function makeError(kind: number, message: string) {
  switch (kind) {
    case 1:
      return makeTypeError(message);
    case 2:
      return makeReferenceError(message);
    case 3:
      return makeSyntaxError(message);
    case 4:
      return makeRangeError(message);
  }
  return makeError(ErrorPrototype, message);
});

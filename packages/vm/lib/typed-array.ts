/** 23.2 TypedArray objects: internal methods (10.4.5), %TypedArray% and the concrete constructors. Element types as in the natives' table. */

const TypedArrayPrototype = $proto($proto.TYPEDARRAY);
const typedArrayNames = [
  "Int8Array",
  "Uint8Array",
  "Uint8ClampedArray",
  "Int16Array",
  "Uint16Array",
  "Int32Array",
  "Uint32Array",
  "Float16Array",
  "Float32Array",
  "Float64Array",
  "BigInt64Array",
  "BigUint64Array",
];
const typedArraySizes = [1, 1, 1, 2, 2, 4, 4, 2, 4, 8, 8, 8];
const typedArrayPrototypes: Value[] = [
  $proto($proto.INT8ARRAY),
  $proto($proto.UINT8ARRAY),
  $proto($proto.UINT8CLAMPEDARRAY),
  $proto($proto.INT16ARRAY),
  $proto($proto.UINT16ARRAY),
  $proto($proto.INT32ARRAY),
  $proto($proto.UINT32ARRAY),
  $proto($proto.FLOAT16ARRAY),
  $proto($proto.FLOAT32ARRAY),
  $proto($proto.FLOAT64ARRAY),
  $proto($proto.BIGINT64ARRAY),
  $proto($proto.BIGUINT64ARRAY),
];
const typedArrayConstructors: Value[] = [];

// ---------------------------------------------------------------- 10.4.5 Integer-indexed exotic objects

/** 7.1.21 CanonicalNumericIndexString: the number, or undefined for any other key. */
function typedArrayIndex(P): number | undefined {
  if (typeof P === "number") return P + 0;
  if (typeof P !== "string" || P === "") return undefined;
  const c = $strCharCodeAt(P, 0);
  if (!((c >= 48 && c <= 57) || c === 45 || c === 73 || c === 78)) return undefined;
  if (P === "-0") return -0;
  const n = $strToNumber(P);
  return $numToString(n) === P ? n : undefined;
}

/** 10.4.5.16 IsValidIntegerIndex. */
function typedArrayHasIndex(O, index: number): boolean {
  return index >= 0 && index < $typedArrayLength(O) && $numberIsInteger(index) && (index !== 0 || 1 / index > 0);
}

/** 10.4.5.18 TypedArraySetElement. */
function typedArraySetElement(O, index: number, V) {
  const value = $typedArrayType(O) >= 10 ? ToBigInt(V) : +V;
  if (typedArrayHasIndex(O, index)) $typedArrayStore(O, index, value);
}

/** 10.4.5.6 [[DefineOwnProperty]] of an index. */
function typedArrayDefine(O, index: number, desc: Descriptor): boolean {
  if (!typedArrayHasIndex(O, index)) return false;
  const bits = desc.bits;
  if ((bits & 36) === 32 || (bits & 18) === 16 || bits & 384 || (bits & 9) === 8) return false;
  if (bits & 64) typedArraySetElement(O, index, desc.value);
  return true;
}

/** 10.4.5.2 IsTypedArrayFixedLength. */
function typedArrayIsFixedLength(O): boolean {
  return !$typedArrayIsLengthTracking(O) && !$bufferIsResizable($typedArrayBuffer(O));
}

// ---------------------------------------------------------------- 23.2.4 Abstract operations

/** 23.2.4.4 ValidateTypedArray; returns the length. */
function ValidateTypedArray(O, method: string): number {
  if ($kindOf(O) !== $kind.TYPEDARRAY) throw makeTypeError("this is not a typed array.");
  if ($typedArrayIsOutOfBounds(O)) throw makeTypeError(`Cannot perform ${method} on a detached ArrayBuffer`);
  return $typedArrayLength(O);
}

function newTypedArray(type: number, proto, length: number) {
  return $typedArrayCreate(proto, ArrayBufferPrototype, type, length);
}

/** 23.2.4.2 TypedArrayCreateFromCtor; `length` < 0: the arguments are no single length. */
function TypedArrayCreateFromCtor(C, args: Value[], length: number) {
  const result = $construct(C, C, args);
  const actual = ValidateTypedArray(result, "TypedArray construction");
  if (length >= 0 && actual < length) throw makeTypeError("Derived TypedArray constructor created an array which was too small");
  return result;
}

/** 23.2.4.1 TypedArraySpeciesCreate. */
function TypedArraySpeciesCreate(exemplar, args: Value[], length: number) {
  const type = $typedArrayType(exemplar);
  const C = SpeciesConstructor(exemplar, typedArrayConstructors[type]);
  if (C === typedArrayConstructors[type] && length >= 0) return newTypedArray(type, typedArrayPrototypes[type], length);
  const result = TypedArrayCreateFromCtor(C, args, length);
  if ($typedArrayType(result) >= 10 !== type >= 10) throw makeTypeError("Content type of the species' typed array is incompatible");
  return result;
}

// ---------------------------------------------------------------- 23.2.1 %TypedArray%

const TypedArrayConstructor = $makeConstructor(function TypedArray() {
  throw makeTypeError("Abstract class TypedArray not directly constructable");
});
setFunctionLength(TypedArrayConstructor, 0);
$defineOwn(TypedArrayConstructor, "prototype", TypedArrayPrototype, 0);
$defineOwn(TypedArrayPrototype, "constructor", TypedArrayConstructor, 5);
installSpecies(TypedArrayConstructor);
install(TypedArrayConstructor, {
  from(source, mapper, thisArg) {
    if (!$isConstructor(this)) throw makeTypeError(`${describe(this)} is not a constructor`);
    if (mapper !== undefined && !$isCallable(mapper)) throw NotCallable(mapper);
    const method = GetMethod(source, symbolIterator);
    let list: Value;
    if (method !== undefined) list = listFromIterator(GetIteratorFromMethod(source, method));
    else list = ToObject(source);
    const length = LengthOfArrayLike(list);
    const target = TypedArrayCreateFromCtor(this, [length], length);
    for (let k = 0; k < length; k++) target[k] = mapper === undefined ? list[k] : $call(mapper, thisArg, list[k], k);
    return target;
  },
  of(...items) {
    if (!$isConstructor(this)) throw makeTypeError(`${describe(this)} is not a constructor`);
    const target = TypedArrayCreateFromCtor(this, [items.length], items.length);
    for (let k = 0; k < items.length; k++) target[k] = items[k];
    return target;
  },
});
installLengths(TypedArrayConstructor, ["from", 1, "of", 0]);

/** 7.4.15 IteratorToList. */
function listFromIterator(record: IteratorRecord): Value[] {
  const list: Value[] = [];
  for (;;) {
    const value = IteratorStepValue(record);
    if (value === $done) return list;
    $append(list, value);
  }
}

// ---------------------------------------------------------------- 23.2.5 The constructors

/** 23.2.5.1 for a concrete type. */
function constructTypedArray(newTarget, type: number, first, byteOffset, length) {
  const name = typedArrayNames[type]!;
  if (newTarget === undefined) throw makeTypeError(`Constructor ${name} requires 'new'`);
  if (!$isObject(first)) {
    const elementLength = ToIndex(first, `Invalid typed array length: ${describe(first)}`);
    return newTypedArray(type, GetPrototypeFromConstructor(newTarget, typedArrayPrototypes[type]), elementLength);
  }
  const proto = GetPrototypeFromConstructor(newTarget, typedArrayPrototypes[type]);
  const kind = $kindOf(first);
  if (kind === $kind.ARRAYBUFFER) return typedArrayFromBuffer(proto, type, first, byteOffset, length);
  if (kind === $kind.TYPEDARRAY) {
    if ($typedArrayIsOutOfBounds(first)) throw makeTypeError(`Cannot perform Construct on a detached ArrayBuffer`);
    const sourceLength = $typedArrayLength(first);
    const result = newTypedArray(type, proto, sourceLength);
    if ($typedArrayType(first) >= 10 !== type >= 10) throw makeTypeError(`Cannot mix BigInt and other types, use explicit conversions`);
    $typedArrayCopy(result, 0, first, 0, sourceLength);
    return result;
  }
  const method = GetMethod(first, symbolIterator);
  let list: Value = first;
  // The conversions below may change the array: what was iterated is a list of its own.
  if (method !== undefined)
    list = method === ArrayPrototypeValues && $isPlainArray(first) ? [...first] : listFromIterator(GetIteratorFromMethod(first, method));
  const elementLength = LengthOfArrayLike(list);
  const result = newTypedArray(type, proto, elementLength);
  if ($isPlainArray(list) && $typedArraySetArray(result, 0, list) !== $notHandled) return result;
  for (let k = 0; k < elementLength; k++) typedArraySetElement(result, k, list[k]);
  return result;
}

/** 23.2.5.1.3 InitializeTypedArrayFromArrayBuffer. */
function typedArrayFromBuffer(proto, type: number, buffer, byteOffset, length) {
  const size = typedArraySizes[type]!;
  const name = typedArrayNames[type]!;
  const offset = bufferOffset(byteOffset);
  if (offset % size !== 0) throw makeRangeError(`start offset of ${name} should be a multiple of ${size}`);
  let elements = -1;
  if (length !== undefined) elements = ToIndex(length, `Invalid typed array length: ${describe(length)}`);
  requireAttached(buffer, "Construct");
  const bufferLength = $bufferByteLength(buffer);
  if (length === undefined) {
    if ($bufferIsResizable(buffer)) {
      if (offset > bufferLength) throw makeRangeError(`Start offset ${offset} is outside the bounds of the buffer`);
      return $typedArrayNew(proto, type, buffer, offset, -1);
    }
    if (bufferLength % size !== 0) throw makeRangeError(`byte length of ${name} should be a multiple of ${size}`);
    if (offset > bufferLength) throw makeRangeError(`Start offset ${offset} is outside the bounds of the buffer`);
    elements = (bufferLength - offset) / size;
  } else if (offset + elements * size > bufferLength) throw makeRangeError(`Invalid typed array length: ${elements}`);
  return $typedArrayNew(proto, type, buffer, offset, elements);
}

function installTypedArray(fn, type: number) {
  installConstructor(fn, 3, typedArrayPrototypes[type], undefined);
  $setPrototypeOf(fn, TypedArrayConstructor);
  $defineOwn(fn, "BYTES_PER_ELEMENT", typedArraySizes[type], 0);
  $defineOwn(typedArrayPrototypes[type], "BYTES_PER_ELEMENT", typedArraySizes[type], 0);
  $append(typedArrayConstructors, fn);
}
installTypedArray(function Int8Array(a, b, c) {
  return constructTypedArray($newTarget, 0, a, b, c);
}, 0);
installTypedArray(function Uint8Array(a, b, c) {
  return constructTypedArray($newTarget, 1, a, b, c);
}, 1);
installTypedArray(function Uint8ClampedArray(a, b, c) {
  return constructTypedArray($newTarget, 2, a, b, c);
}, 2);
installTypedArray(function Int16Array(a, b, c) {
  return constructTypedArray($newTarget, 3, a, b, c);
}, 3);
installTypedArray(function Uint16Array(a, b, c) {
  return constructTypedArray($newTarget, 4, a, b, c);
}, 4);
installTypedArray(function Int32Array(a, b, c) {
  return constructTypedArray($newTarget, 5, a, b, c);
}, 5);
installTypedArray(function Uint32Array(a, b, c) {
  return constructTypedArray($newTarget, 6, a, b, c);
}, 6);
installTypedArray(function Float16Array(a, b, c) {
  return constructTypedArray($newTarget, 7, a, b, c);
}, 7);
installTypedArray(function Float32Array(a, b, c) {
  return constructTypedArray($newTarget, 8, a, b, c);
}, 8);
installTypedArray(function Float64Array(a, b, c) {
  return constructTypedArray($newTarget, 9, a, b, c);
}, 9);
installTypedArray(function BigInt64Array(a, b, c) {
  return constructTypedArray($newTarget, 10, a, b, c);
}, 10);
installTypedArray(function BigUint64Array(a, b, c) {
  return constructTypedArray($newTarget, 11, a, b, c);
}, 11);

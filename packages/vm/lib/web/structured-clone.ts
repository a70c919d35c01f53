/** structuredClone (HTML 2.7): StructuredSerialize and StructuredDeserialize in one pass over the graph, with transfer of ArrayBuffers. */
function dataCloneError(v) {
  return makeDOMException(`${describe(v)} could not be cloned.`, "DataCloneError");
}

function cloneValue(seen, v) {
  if (!$isObject(v)) {
    if (typeof v === "symbol") throw dataCloneError(v);
    return v;
  }
  if ($collectionHas(seen, v)) return $collectionGet(seen, v);
  const kind = $kindOf(v);
  let copy;
  switch (kind) {
    case $kind.BOOLEAN:
      copy = wrapPrimitive(kind, BooleanPrototype, $getInternal(v, 0));
      break;
    case $kind.NUMBER:
      copy = wrapPrimitive(kind, NumberPrototype, $getInternal(v, 0));
      break;
    case $kind.STRING_OBJECT:
      copy = wrapPrimitive(kind, StringPrototype, $getInternal(v, 0));
      break;
    case $kind.BIGINT_OBJECT:
      copy = wrapPrimitive(kind, BigIntPrototype, $getInternal(v, 0));
      break;
    case $kind.DATE:
      copy = $newObjectOfKind($kind.DATE, DatePrototype);
      $setInternal(copy, 0, $getInternal(v, 0));
      break;
    case $kind.REGEXP:
      copy = $construct(globalRegExp, globalRegExp, [$getInternal(v, 0), $getInternal(v, 1)]);
      break;
    case $kind.ARRAYBUFFER: {
      if ($bufferIsDetached(v)) throw makeDOMException("An ArrayBuffer is detached and could not be cloned.", "DataCloneError");
      const length = $bufferByteLength(v);
      copy = $bufferNew(ArrayBufferPrototype, length, $bufferIsResizable(v) ? $bufferMaxByteLength(v) : undefined);
      $bufferCopy(copy, 0, v, 0, length);
      break;
    }
    case $kind.TYPEDARRAY:
    case $kind.DATAVIEW: {
      const data = kind === $kind.DATAVIEW;
      if (data ? $dataViewByteLength(v) < 0 : $typedArrayIsOutOfBounds(v)) throw dataCloneError(v);
      const buffer = cloneValue(seen, data ? $dataViewBuffer(v) : $typedArrayBuffer(v));
      if (data) copy = $dataViewNew($proto($proto.DATAVIEW), buffer, $dataViewByteOffset(v), $dataViewByteLength(v));
      else
        copy = $typedArrayNew(
          typedArrayPrototypes[$typedArrayType(v)],
          $typedArrayType(v),
          buffer,
          $typedArrayByteOffset(v),
          $typedArrayIsLengthTracking(v) ? -1 : $typedArrayLength(v),
        );
      break;
    }
    case $kind.MAP: {
      copy = $mapNew(MapPrototype);
      $collectionSet(seen, v, copy);
      const entries: Value[] = [];
      for (let at = $collectionNext(v, 0); at >= 0; at = $collectionNext(v, at + 1)) {
        $append(entries, $collectionKey(v, at));
        $append(entries, $collectionValue(v, at));
      }
      for (let i = 0; i < entries.length; i += 2) {
        const key = cloneValue(seen, entries[i]);
        $collectionSet(copy, key, cloneValue(seen, entries[i + 1]));
      }
      return copy;
    }
    case $kind.SET: {
      copy = $setNew(SetPrototype);
      $collectionSet(seen, v, copy);
      const items: Value[] = [];
      for (let at = $collectionNext(v, 0); at >= 0; at = $collectionNext(v, at + 1)) $append(items, $collectionKey(v, at));
      for (let i = 0; i < items.length; i++) $collectionSet(copy, cloneValue(seen, items[i]), undefined);
      return copy;
    }
    case $kind.ERROR:
      return cloneError(seen, v);
    case $kind.ARRAY: {
      copy = $newArray(v.length);
      break;
    }
    case $kind.OBJECT:
    case $kind.ARGUMENTS:
      copy = $newObject(ObjectPrototype);
      break;
    case $kind.HOST:
      if ($getInternal(v, 0) === webBlob) {
        copy =
          $getInternal(v, 3) === undefined
            ? newBlob($getInternal(v, 1), $getInternal(v, 2))
            : newFile($getInternal(v, 1), $getInternal(v, 2), $getInternal(v, 3), $getInternal(v, 4));
        $collectionSet(seen, v, copy);
        return copy;
      }
      throw dataCloneError(v);
    default:
      throw dataCloneError(v);
  }
  $collectionSet(seen, v, copy);
  if (kind === $kind.ARRAY || kind === $kind.OBJECT || kind === $kind.ARGUMENTS) {
    const keys = $ownKeys(v, 5);
    for (let i = 0; i < keys.length; i++) {
      const key = keys[i];
      if ($getOwnAttributes(v, key) >= 0) $createDataProperty(copy, key, cloneValue(seen, v[key]));
    }
  }
  return copy;
}

const globalRegExp = $getOwnValue(globalObject, "RegExp");

function cloneError(seen, v) {
  let name = v.name;
  name = name === undefined ? "Error" : `${name}`;
  let proto = ErrorPrototype;
  switch (name) {
    case "EvalError":
      proto = EvalErrorPrototype;
      break;
    case "RangeError":
      proto = RangeErrorPrototype;
      break;
    case "ReferenceError":
      proto = ReferenceErrorPrototype;
      break;
    case "SyntaxError":
      proto = SyntaxErrorPrototype;
      break;
    case "TypeError":
      proto = TypeErrorPrototype;
      break;
    case "URIError":
      proto = URIErrorPrototype;
      break;
  }
  if ($weakHas(domExceptionNames, v)) {
    const exception = makeDOMException(`${v.message}`, name);
    $collectionSet(seen, v, exception);
    return exception;
  }
  const copy = $newObjectOfKind($kind.ERROR, proto);
  $collectionSet(seen, v, copy);
  const stack = v.stack;
  if ($getOwnAttributes(v, "message") >= 0 && !($getOwnAttributes(v, "message") & 8)) $defineOwn(copy, "message", `${v.message}`, 5);
  if (typeof stack === "string") $defineOwn(copy, "stack", stack, 5);
  if ($getOwnAttributes(v, "cause") >= 0) $defineOwn(copy, "cause", cloneValue(seen, v.cause), 5);
  return copy;
}

/** StructuredSerializeWithTransfer and back (HTML 2.7). `transfer`: an iterable of ArrayBuffers, or undefined. */
function cloneWithTransfer(value, transfer) {
  const seen = $mapNew(MapPrototype);
  const buffers: Value[] = [];
  if (transfer !== undefined) {
    for (const item of transfer) {
      if ($kindOf(item) !== $kind.ARRAYBUFFER) throw makeDOMException("Value not transferable", "DataCloneError");
      if (listIndex(buffers, item) >= 0) throw makeDOMException("An ArrayBuffer is listed twice for transfer", "DataCloneError");
      if ($bufferIsDetached(item)) throw makeDOMException("An ArrayBuffer is detached and could not be cloned.", "DataCloneError");
      $append(buffers, item);
    }
  }
  const copy = cloneValue(seen, value);
  // Cloning may fail half way; only now do the buffers change hands. The clones hold the bytes already.
  for (let i = 0; i < buffers.length; i++) $bufferDetach(buffers[i]);
  return copy;
}

install(globalObject, {
  structuredClone(value, options) {
    requireArguments($argumentCount(), 1, "structuredClone");
    return cloneWithTransfer(value, member(options, "transfer"));
  },
});
setFunctionLength($getOwnValue(globalObject, "structuredClone"), 1);

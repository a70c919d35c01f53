/** 25.1 ArrayBuffer objects and 25.3 DataView objects. */

const ArrayBufferConstructor = installConstructor(
  function ArrayBuffer(length, options) {
    if ($newTarget === undefined) throw makeTypeError("Constructor ArrayBuffer requires 'new'");
    const byteLength = ToIndex(length, "Invalid array buffer length");
    let maxByteLength;
    if ($isObject(options)) {
      const max = options.maxByteLength;
      if (max !== undefined) maxByteLength = ToIndex(max, "Invalid array buffer max length");
    }
    if (maxByteLength !== undefined && byteLength > maxByteLength) throw makeRangeError("Invalid array buffer max length");
    const proto = GetPrototypeFromConstructor($newTarget, ArrayBufferPrototype);
    return $bufferNew(proto, byteLength, maxByteLength);
  },
  1,
  ArrayBufferPrototype,
  {
    isView(v) {
      const kind = $kindOf(v);
      return kind === $kind.TYPEDARRAY || kind === $kind.DATAVIEW;
    },
  },
);
installSpecies(ArrayBufferConstructor);

function requireBuffer(v, method: string) {
  if ($kindOf(v) !== $kind.ARRAYBUFFER) throw Incompatible(`ArrayBuffer.prototype.${method}`, v);
}
/** Offset argument of a view's constructor. */
function bufferOffset(byteOffset): number {
  return ToIndex(byteOffset, `Start offset ${describe(byteOffset)} is outside the bounds of the buffer`);
}
function requireAttached(buffer, method: string) {
  if ($bufferIsDetached(buffer)) throw makeTypeError(`Cannot perform ${method} on a detached ArrayBuffer`);
}

/** 25.1.3.8 ArrayBufferCopyAndDetach. */
function ArrayBufferCopyAndDetach(buffer, newLength, preserve: boolean, method: string) {
  requireBuffer(buffer, method);
  const length = newLength === undefined ? $bufferByteLength(buffer) : ToIndex(newLength, "Invalid array buffer length");
  requireAttached(buffer, `ArrayBuffer.prototype.${method}`);
  return $bufferTransfer(ArrayBufferPrototype, buffer, length, preserve && $bufferIsResizable(buffer) ? $bufferMaxByteLength(buffer) : undefined);
}

install(ArrayBufferPrototype, {
  get byteLength() {
    requireBuffer(this, "byteLength");
    return $bufferByteLength(this);
  },
  get detached() {
    requireBuffer(this, "detached");
    return $bufferIsDetached(this);
  },
  get maxByteLength() {
    requireBuffer(this, "maxByteLength");
    return $bufferMaxByteLength(this);
  },
  get resizable() {
    requireBuffer(this, "resizable");
    return $bufferIsResizable(this);
  },
  resize(newLength) {
    requireBuffer(this, "resize");
    if (!$bufferIsResizable(this)) throw Incompatible("ArrayBuffer.prototype.resize", this);
    const invalid = "ArrayBuffer.prototype.resize: Invalid length parameter";
    const length = ToIndex(newLength, invalid);
    requireAttached(this, "ArrayBuffer.prototype.resize");
    if (length > $bufferMaxByteLength(this)) throw makeRangeError(invalid);
    $bufferResize(this, length);
  },
  slice(start, end) {
    requireBuffer(this, "slice");
    requireAttached(this, "ArrayBuffer.prototype.slice");
    const length = $bufferByteLength(this);
    const first = RelativeIndex(start, length);
    const final = end === undefined ? length : RelativeIndex(end, length);
    const count = final > first ? final - first : 0;
    const C = SpeciesConstructor(this, ArrayBufferConstructor);
    if (C === ArrayBufferConstructor) {
      const result = $bufferNew(ArrayBufferPrototype, count, undefined);
      $bufferCopy(result, 0, this, first, count);
      return result;
    }
    const result = $construct(C, C, [count]);
    requireBuffer(result, "slice");
    requireAttached(result, "ArrayBuffer.prototype.slice");
    if (result === this) throw makeTypeError("ArrayBuffer subclass returned this from species constructor");
    if ($bufferByteLength(result) < count) throw makeTypeError("Species constructor returned a too small ArrayBuffer");
    requireAttached(this, "ArrayBuffer.prototype.slice");
    const current = $bufferByteLength(this);
    if (first < current) $bufferCopy(result, 0, this, first, count < current - first ? count : current - first);
    return result;
  },
  transfer(newLength) {
    return ArrayBufferCopyAndDetach(this, newLength, true, "transfer");
  },
  transferToFixedLength(newLength) {
    return ArrayBufferCopyAndDetach(this, newLength, false, "transferToFixedLength");
  },
});
installLengths(ArrayBufferPrototype, ["transfer", 0, "transferToFixedLength", 0]);
installTag(ArrayBufferPrototype, "ArrayBuffer");

// ---------------------------------------------------------------- 25.3 DataView

const DataViewPrototype = $proto($proto.DATAVIEW);
installConstructor(
  function DataView(buffer, byteOffset, byteLength) {
    if ($newTarget === undefined) throw makeTypeError("Constructor DataView requires 'new'");
    if ($kindOf(buffer) !== $kind.ARRAYBUFFER) throw makeTypeError("First argument to DataView constructor must be an ArrayBuffer");
    const offset = bufferOffset(byteOffset);
    requireAttached(buffer, "DataView");
    let bufferLength = $bufferByteLength(buffer);
    if (offset > bufferLength) throw makeRangeError(`Start offset ${offset} is outside the bounds of the buffer`);
    let length = -1;
    if (byteLength !== undefined) {
      length = ToIndex(byteLength, `Invalid DataView length ${describe(byteLength)}`);
      if (offset + length > bufferLength) throw makeRangeError(`Invalid DataView length ${length}`);
    } else if (!$bufferIsResizable(buffer)) length = bufferLength - offset;
    const proto = GetPrototypeFromConstructor($newTarget, DataViewPrototype);
    requireAttached(buffer, "DataView");
    bufferLength = $bufferByteLength(buffer);
    if (offset > bufferLength) throw makeRangeError(`Start offset ${offset} is outside the bounds of the buffer`);
    if (byteLength !== undefined && offset + length > bufferLength) throw makeRangeError(`Invalid DataView length ${length}`);
    return $dataViewNew(proto, buffer, offset, length);
  },
  1,
  DataViewPrototype,
  undefined,
);
function requireView(v, method: string) {
  if ($kindOf(v) !== $kind.DATAVIEW) throw Incompatible(`DataView.prototype.${method}`, v);
}

const outsideView = "Offset is outside the bounds of the DataView";

/** 25.3.1.5 GetViewValue; types as in the natives' table. */
function GetViewValue(view, requestIndex, littleEndian, type: number, method: string) {
  requireView(view, method);
  const index = ToIndex(requestIndex, outsideView);
  const little = !!littleEndian;
  viewLength(view, method);
  const value = $dataViewGet(view, index, type, little);
  if (value === undefined) throw makeRangeError(outsideView);
  return value;
}
/** 25.3.1.6 SetViewValue. */
function SetViewValue(view, requestIndex, value, littleEndian, type: number, method: string) {
  requireView(view, method);
  const index = ToIndex(requestIndex, outsideView);
  const number = type >= 10 ? ToBigInt(value) : +value;
  const little = !!littleEndian;
  viewLength(view, method);
  if (!$dataViewSet(view, index, type, number, little)) throw makeRangeError(outsideView);
}
function viewLength(view, method: string): number {
  requireAttached($dataViewBuffer(view), `DataView.prototype.${method}`);
  const length = $dataViewByteLength(view);
  if (length < 0) throw makeTypeError(`Invalid DataView accessor ${method}: out of bounds`);
  return length;
}

install(DataViewPrototype, {
  get buffer() {
    requireView(this, "buffer");
    return $dataViewBuffer(this);
  },
  get byteLength() {
    requireView(this, "byteLength");
    return viewLength(this, "byteLength");
  },
  get byteOffset() {
    requireView(this, "byteOffset");
    viewLength(this, "byteOffset");
    return $dataViewByteOffset(this);
  },
  getInt8(i) {
    return GetViewValue(this, i, true, 0, "getInt8");
  },
  getUint8(i) {
    return GetViewValue(this, i, true, 1, "getUint8");
  },
  getInt16(i, little) {
    return GetViewValue(this, i, little, 3, "getInt16");
  },
  getUint16(i, little) {
    return GetViewValue(this, i, little, 4, "getUint16");
  },
  getInt32(i, little) {
    return GetViewValue(this, i, little, 5, "getInt32");
  },
  getUint32(i, little) {
    return GetViewValue(this, i, little, 6, "getUint32");
  },
  getFloat16(i, little) {
    return GetViewValue(this, i, little, 7, "getFloat16");
  },
  getFloat32(i, little) {
    return GetViewValue(this, i, little, 8, "getFloat32");
  },
  getFloat64(i, little) {
    return GetViewValue(this, i, little, 9, "getFloat64");
  },
  getBigInt64(i, little) {
    return GetViewValue(this, i, little, 10, "getBigInt64");
  },
  getBigUint64(i, little) {
    return GetViewValue(this, i, little, 11, "getBigUint64");
  },
  setInt8(i, value) {
    SetViewValue(this, i, value, true, 0, "setInt8");
  },
  setUint8(i, value) {
    SetViewValue(this, i, value, true, 1, "setUint8");
  },
  setInt16(i, value, little) {
    SetViewValue(this, i, value, little, 3, "setInt16");
  },
  setUint16(i, value, little) {
    SetViewValue(this, i, value, little, 4, "setUint16");
  },
  setInt32(i, value, little) {
    SetViewValue(this, i, value, little, 5, "setInt32");
  },
  setUint32(i, value, little) {
    SetViewValue(this, i, value, little, 6, "setUint32");
  },
  setFloat16(i, value, little) {
    SetViewValue(this, i, value, little, 7, "setFloat16");
  },
  setFloat32(i, value, little) {
    SetViewValue(this, i, value, little, 8, "setFloat32");
  },
  setFloat64(i, value, little) {
    SetViewValue(this, i, value, little, 9, "setFloat64");
  },
  setBigInt64(i, value, little) {
    SetViewValue(this, i, value, little, 10, "setBigInt64");
  },
  setBigUint64(i, value, little) {
    SetViewValue(this, i, value, little, 11, "setBigUint64");
  },
});
for (let i = 0, names = ["Int16", "Uint16", "Int32", "Uint32", "Float16", "Float32", "Float64", "BigInt64", "BigUint64"]; i < names.length; i++) {
  setFunctionLength($getOwnValue(DataViewPrototype, "get" + names[i]), 1);
  setFunctionLength($getOwnValue(DataViewPrototype, "set" + names[i]), 2);
}
installTag(DataViewPrototype, "DataView");

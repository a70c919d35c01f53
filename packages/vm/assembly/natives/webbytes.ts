/** Views as the Web natives see them: an ArrayBuffer, a typed array or a DataView is an address and a length. */
import { KIND_ARRAYBUFFER, KIND_DATAVIEW, KIND_TYPEDARRAY, PROTO_ARRAYBUFFER, PROTO_UINT8ARRAY } from "../generated/kinds";
import { kindOf } from "../heap";
import { proto } from "../state";
import { EXCEPTION, Value, fromObject, isObject, ptrOf } from "../value";
import { bufferData, bufferIsDetachedPtr, bufferLength, newBuffer, newTypedArray, typedArrayByteLengthOf, typedArrayData, viewBuffer } from "./typedarray";

export function isView(v: Value): bool {
  if (!isObject(v)) return false;
  const kind = kindOf(ptrOf(v));
  return kind == KIND_ARRAYBUFFER || kind == KIND_TYPEDARRAY || kind == KIND_DATAVIEW;
}

/** Bytes of a view now; 0 for anything else, and when it is detached or out of bounds. */
export function viewLength(v: Value): i32 {
  if (!isObject(v)) return 0;
  const p = ptrOf(v);
  switch (kindOf(p)) {
    case KIND_ARRAYBUFFER: return bufferIsDetachedPtr(p) ? 0 : <i32>bufferLength(p);
    case KIND_TYPEDARRAY: return bufferIsDetachedPtr(viewBuffer(p)) ? 0 : <i32>typedArrayByteLengthOf(p);
    case KIND_DATAVIEW: {
      const buffer = viewBuffer(p);
      if (bufferIsDetachedPtr(buffer)) return 0;
      const bytes = bufferLength(buffer), offset = load<u32>(p, 20);
      const length = load<i32>(p, 24);
      if (offset > bytes) return 0;
      if (length < 0) return <i32>(bytes - offset);
      return <u64>offset + <u64>length > <u64>bytes ? 0 : length;
    }
    default: return 0;
  }
}

/** Address of a view's first byte; read no more than viewLength bytes there. */
export function viewPointer(v: Value): usize {
  if (!isObject(v)) return 0;
  const p = ptrOf(v);
  return kindOf(p) == KIND_ARRAYBUFFER ? bufferData(p) : typedArrayData(p);
}

/** A fresh Uint8Array of n zero bytes; 0 with an exception when there is no memory. */
export function newBytes(n: i32): usize {
  const buffer = newBuffer(proto(PROTO_ARRAYBUFFER), <f64>n, -1);
  return buffer == 0 ? 0 : newTypedArray(proto(PROTO_UINT8ARRAY), 1, buffer, 0, n);
}
export function bytesData(bytes: usize): usize { return typedArrayData(bytes); }

/** A fresh ArrayBuffer with a copy of n bytes. */
export function bufferFrom(p: usize, n: i32): Value {
  const buffer = newBuffer(proto(PROTO_ARRAYBUFFER), <f64>n, -1);
  if (buffer == 0) return EXCEPTION;
  memory.copy(bufferData(buffer), p, <usize>n);
  return fromObject(buffer);
}

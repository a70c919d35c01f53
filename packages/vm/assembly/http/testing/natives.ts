/** The Web natives without a realm, for their tests: values are made and read by the exports below, natives called with arguments in register memory. */
export * from "../../natives/webtext";
export { htmlEscape } from "../../natives/webhtml";
export * from "../../natives/weburl";
export * from "../../natives/webcrypto";
export { headerName, headerValue, httpFlatEqual } from "../../natives/webhttp";
export { timersFreeze, timersNext, timersTake, timerSet, timerClear, timerCount } from "../../natives/webtimer";
import { KIND_ARRAY, KIND_OBJECT, PROTO_ARRAYBUFFER, PROTO_OBJECT, PROTO_RANGE_ERROR, PROTO_TYPE_ERROR, PROTO_UINT8ARRAY } from "../../generated/kinds";
import { initNames } from "../../names";
import { bytesData, isView, newBytes, viewLength, viewPointer } from "../../natives/webbytes";
import { appendElement, arrayLength, getIndex, newArray, newObjectOfShape } from "../../object";
import { nullRootShape } from "../../shape";
import { heapStart, REGISTERS_START, resetState, setArrayShape, setEmptyObjectShape, setHeapCap, setHeapEnd, setProto } from "../../state";
import { charAt, flatten, fromUtf16, strLength } from "../../string";
import { Value, fromObject, fromString, isString, ptrOf } from "../../value";

export function boot(): void {
  resetState();
  setHeapEnd(heapStart());
  setHeapCap(0x20000000);
  initNames();
  setArrayShape(nullRootShape(KIND_ARRAY, 0));
  setEmptyObjectShape(nullRootShape(KIND_OBJECT, 4));
  const plain = newObjectOfShape(nullRootShape(KIND_OBJECT, 4));
  setProto(PROTO_OBJECT, plain);
  setProto(PROTO_ARRAYBUFFER, newObjectOfShape(nullRootShape(KIND_OBJECT, 4)));
  setProto(PROTO_UINT8ARRAY, newObjectOfShape(nullRootShape(KIND_OBJECT, 4)));
  setProto(PROTO_TYPE_ERROR, newObjectOfShape(nullRootShape(KIND_OBJECT, 4)));
  setProto(PROTO_RANGE_ERROR, newObjectOfShape(nullRootShape(KIND_OBJECT, 4)));
}

/** Where arguments go, 8 bytes each. */
export function arguments_(): usize { return REGISTERS_START + 64; }
/** Where units of a new string go. */
export function input(): usize { return REGISTERS_START + 0x400000; }
export function makeString(units: i32): Value { return fromString(fromUtf16(input(), units)); }
export function makeBytes(n: i32): Value { return fromObject(newBytes(n)); }
export function makeArray(): Value { return fromObject(newArray(4)); }
export function push(array: Value, v: Value): void { appendElement(ptrOf(array), v); }
export function bytesAt(v: Value): usize { return isView(v) ? viewPointer(v) : 0; }
export function bytesLength(v: Value): i32 { return viewLength(v); }
export function isBytes(v: Value): bool { return isView(v); }
export function isText(v: Value): bool { return isString(v); }
export function textLength(v: Value): i32 { return strLength(ptrOf(v)); }
export function textUnit(v: Value, i: i32): u32 { return charAt(flatten(ptrOf(v)), i); }
export function listLength(v: Value): i32 { return <i32>arrayLength(ptrOf(v)); }
export function listItem(v: Value, i: i32): Value { return getIndex(ptrOf(v), i); }
export function dataOf(v: Value): usize { return bytesData(ptrOf(v)); }

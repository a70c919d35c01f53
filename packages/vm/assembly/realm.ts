/** Boot: an empty heap, names, root shapes, the global object and empty intrinsic prototypes. The library does the rest. */
import { KIND_ARRAY, KIND_BOOLEAN, KIND_FUNCTION, KIND_NATIVE_FUNCTION, KIND_NUMBER, KIND_OBJECT, KIND_STRING_OBJECT, PROTO_ARRAY, PROTO_BOOLEAN, PROTO_COUNT, PROTO_FUNCTION, PROTO_NUMBER, PROTO_OBJECT, PROTO_STRING, prototypeParent } from "./generated/kinds";
import { proto, resetState, setArrayShape, setEmptyObjectShape, setFunctionShape, setGcThreshold, setGlobalLexicals, setGlobalObject, setHeapCap, setHeapEnd, setImageEnd, setNativeShape, setPageCursor, setProto, setBlockCursor, setPlan, heapStart } from "./state";
import { pageOf, MAX_HEAP } from "./heap";
import { initNames } from "./names";
import { becomePrototype, newArray, newObject, newObjectOfKind, newObjectOfShape, rootShape, setPrototypeOf, setShape } from "./object";
import { newNativeFunction } from "./function";
import { nullRootShape } from "./shape";
import { resetStacks } from "./run";
import { name, N_EMPTY } from "./names";
import { NATIVE_undefinedFunction } from "./generated/natives";

/** `plan`: placement plan of `bytes` bytes (heap.ts), 0 none. */
export function boot(plan: usize, bytes: usize): void {
  resetState();
  setPlan(plan, plan + bytes);
  setHeapEnd(heapStart());
  setImageEnd(heapStart());
  setHeapCap(MAX_HEAP);
  setGcThreshold(16 << 20);
  setPageCursor(pageOf(heapStart()));
  setBlockCursor(pageOf(heapStart()));
  resetStacks();
  initNames();
  const objectProto = newObjectOfShape(nullRootShape(KIND_OBJECT, 0));
  setProto(PROTO_OBJECT, objectProto);
  becomePrototype(objectProto);
  setEmptyObjectShape(rootShape(objectProto, KIND_OBJECT, 4));
  setNativeShape(rootShape(objectProto, KIND_NATIVE_FUNCTION, 0)); // for Function.prototype itself
  const functionProto = newNativeFunction(NATIVE_undefinedFunction, name(N_EMPTY), 0, 0);
  setProto(PROTO_FUNCTION, functionProto);
  becomePrototype(functionProto);
  setFunctionShape(rootShape(functionProto, KIND_FUNCTION, 0));
  setNativeShape(rootShape(functionProto, KIND_NATIVE_FUNCTION, 0));
  setArrayShape(rootShape(objectProto, KIND_ARRAY, 0)); // for Array.prototype, an array
  const arrayProto = newArray(0);
  setProto(PROTO_ARRAY, arrayProto);
  becomePrototype(arrayProto);
  setArrayShape(rootShape(arrayProto, KIND_ARRAY, 0));
  for (let i = 0; i < PROTO_COUNT; i++) {
    if (proto(i)) continue;
    const o = newObjectOfKind(i == PROTO_STRING ? KIND_STRING_OBJECT : i == PROTO_NUMBER ? KIND_NUMBER : i == PROTO_BOOLEAN ? KIND_BOOLEAN : KIND_OBJECT, 0);
    setProto(i, o);
    becomePrototype(o);
  }
  for (let i = 0; i < PROTO_COUNT; i++) if (i != PROTO_OBJECT && i != PROTO_FUNCTION && i != PROTO_ARRAY) setPrototypeOf(proto(i), proto(prototypeParent(i)));
  const global = newObject(objectProto);
  becomePrototype(global); // a dictionary from the start
  setGlobalObject(global);
  const lexicals = newObject(0);
  becomePrototype(lexicals);
  setGlobalLexicals(lexicals);
}

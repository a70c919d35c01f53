/** Core natives on the realm, for the library (contract: packages/bytecode/src/intrinsics/core.ts). */
import { Value, UNDEFINED, HOLE, EXCEPTION, fromObject, fromString, fromSymbol, isString, asInt, ptrOf } from "../value";
import { flagsOf } from "../heap";
import {
  globalLexicals, globalObject, setArrayIteratorNext, setArrayValues, setGeneratorNextValue, setHook as setHookValue, setIterationPristine, setPromiseConstructorValue, setProto as setProtoPointer,
  setSymbolRegistry, setThrowTypeErrorFunction, symbolRegistry, wellKnownSymbol as wellKnown, proto as protoPointer,
} from "../state";
import { getOwn, keyOfString, newArray } from "../object";
import { appendElement, arrayLength, getIndex } from "../elements";
import { internString, newSymbol as makeSymbol, stringEquals, symbolDescription as descriptionOf, SYMBOL_REGISTERED } from "../string";

@inline function at(args: usize, i: i32): Value { return load<u64>(args + (<usize>i << 3)); }

export function global(args: usize, argc: i32): Value { return fromObject(globalObject()); }
export function undefinedFunction(args: usize, argc: i32): Value { return UNDEFINED; }
export function proto(args: usize, argc: i32): Value { return fromObject(protoPointer(asInt(at(args, 0)))); }
export function setProto(args: usize, argc: i32): Value { setProtoPointer(asInt(at(args, 0)), ptrOf(at(args, 1))); return UNDEFINED; }
export function setHook(args: usize, argc: i32): Value { setHookValue(asInt(at(args, 0)), at(args, 1)); return UNDEFINED; }
export function setArrayIteration(args: usize, argc: i32): Value {
  setArrayValues(at(args, 0));
  setArrayIteratorNext(at(args, 1));
  setIterationPristine(true);
  return UNDEFINED;
}
export function setGeneratorNext(args: usize, argc: i32): Value { setGeneratorNextValue(at(args, 0)); return UNDEFINED; }
export function setThrowTypeError(args: usize, argc: i32): Value { setThrowTypeErrorFunction(at(args, 0)); return UNDEFINED; }
export function setPromiseConstructor(args: usize, argc: i32): Value { setPromiseConstructorValue(at(args, 0)); return UNDEFINED; }

export function newSymbol(args: usize, argc: i32): Value {
  const description = at(args, 0);
  return fromSymbol(makeSymbol(isString(description) ? ptrOf(description) : 0, 0));
}
export function symbolDescription(args: usize, argc: i32): Value {
  const text = descriptionOf(ptrOf(at(args, 0)));
  return text ? fromString(text) : UNDEFINED;
}
export function wellKnownSymbol(args: usize, argc: i32): Value { return fromSymbol(wellKnown(asInt(at(args, 0)))); }
/** The registry is an array of symbols; there are few. */
export function symbolFor(args: usize, argc: i32): Value {
  const key = ptrOf(at(args, 0));
  if (!symbolRegistry()) setSymbolRegistry(newArray(4));
  const list = symbolRegistry(), n = arrayLength(list);
  for (let i: u32 = 0; i < n; i++) {
    const symbol = getIndex(list, i);
    if (stringEquals(descriptionOf(ptrOf(symbol)), key)) return symbol;
  }
  const symbol = fromSymbol(makeSymbol(internString(key), SYMBOL_REGISTERED));
  return appendElement(list, symbol) ? symbol : EXCEPTION;
}
export function symbolKeyFor(args: usize, argc: i32): Value {
  const symbol = ptrOf(at(args, 0));
  return flagsOf(symbol) & SYMBOL_REGISTERED ? fromString(descriptionOf(symbol)) : UNDEFINED;
}

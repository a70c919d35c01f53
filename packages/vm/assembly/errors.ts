/**
 * Errors that the VM and its natives throw: real Error objects with message and captured stack, left in state.exception; the return value is EXCEPTION.
 * The stack is kept as raw frames (code, pc) and becomes text when somebody asks (stack.ts).
 */
import { Value, EXCEPTION, fromObject, fromString } from "./value";
import { setExceptionValue, proto } from "./state";
import { addProperty, newObjectOfKind } from "./object";
import { KIND_ERROR, PROTO_ERROR } from "./generated/kinds";
import { ATTRS_METHOD } from "./shape";
import { fromAscii } from "./string";
import { captureFrames } from "./stack";
import { name, N_MESSAGE } from "./names";

/** Order of PROTO_ERROR + kind. */
export const ERR_ERROR: i32 = 0, ERR_TYPE: i32 = 1, ERR_REFERENCE: i32 = 2, ERR_SYNTAX: i32 = 3, ERR_RANGE: i32 = 4, ERR_EVAL: i32 = 5, ERR_URI: i32 = 6;

/** New Error object of a kind (ERR_X). */
export function newError(kind: i32, message: usize): usize {
  const e = newObjectOfKind(KIND_ERROR, proto(PROTO_ERROR + kind));
  captureFrames(e, 0);
  addProperty(e, name(N_MESSAGE), fromString(message), ATTRS_METHOD);
  return e;
}
/** Throw with a message string. */
@noinline export function throwWithString(kind: i32, message: usize): Value {
  if (!message) return EXCEPTION; // making the message failed: that error stays
  setExceptionValue(fromObject(newError(kind, message)));
  return EXCEPTION;
}
@noinline export function throwTypeError(message: string): Value { return throwWithString(ERR_TYPE, fromAscii(message)); }
@noinline export function throwRangeError(message: string): Value { return throwWithString(ERR_RANGE, fromAscii(message)); }
@noinline export function throwSyntaxError(message: string): Value { return throwWithString(ERR_SYNTAX, fromAscii(message)); }
@noinline export function throwReferenceError(message: string): Value { return throwWithString(ERR_REFERENCE, fromAscii(message)); }
@noinline export function throwError(message: string): Value { return throwWithString(ERR_ERROR, fromAscii(message)); }
/** For an instruction with operands that no compiler gives it: the verifier looks at instructions one by one, not at what will be in the registers. */
@noinline export function malformed(): Value { return throwSyntaxError("Malformed bytecode: an operand has the wrong type"); }
/** Throw any value. */
@noinline export function throwValue(v: Value): Value { setExceptionValue(v); return EXCEPTION; }

/** Short descriptions of values and expressions in error messages. */
import { Value, isObject, isString, isSymbol, ptrOf } from "./value";
import { kindOf } from "./heap";
import { isCallable } from "./function";
import { sbFinish, sbPush8, sbPushLiteral, sbPushString, sbReset } from "./stringbuilder";
import { currentFrame } from "./state";
import { frameBase, frameCode, framePc } from "./frame";
import { codeConstants, codeRegs, codeSites, codeStart, SITE_BYTES } from "./code";
import { OP_CALL, OP_CALLU, OP_NEW, OP_GETPROP, OP_GETGLOBAL, OP_GETLEN, OP_CALLV, OP_NEWV, OP_MOVE, opcodeInfo } from "./generated/opcodes";
import { pushKey } from "./access";
import { KIND_ARRAY, KIND_PROXY } from "./generated/kinds";

/** "x.y is not a function": names the callee from the instructions that loaded it, when they are plain to see; else its type. */
export function describeCallee(callee: Value, what: string): usize {
  sbReset();
  if (!pushExpression()) pushValue(callee);
  sbPush8(32);
  sbPushLiteral(what);
  return sbFinish();
}

/** Look back from the call for the instruction that loaded R[base]. */
function pushExpression(): bool {
  const frame = currentFrame(), code = frameCode(frame);
  if (!code) return false;
  const end = framePc(frame), start = codeStart(code);
  // Instructions are found from the start only; remember the last writer of the callee's register.
  let last: usize = 0, base: i32 = -1;
  for (let at = start; at < end; at += <usize>load<u8>(opcodeInfo(load<u8>(at)))) last = at;
  const op = <i32>load<u8>(last);
  if (op != OP_CALL && op != OP_CALLU && op != OP_NEW && op != OP_CALLV && op != OP_NEWV) return false;
  base = load<u8>(last, 2);
  let writer: usize = 0;
  for (let at = start; at < last; at += <usize>load<u8>(opcodeInfo(load<u8>(at)))) {
    const o = <i32>load<u8>(at);
    if ((o == OP_GETPROP || o == OP_GETLEN || o == OP_GETGLOBAL) && <i32>load<u8>(at, 1) == base) writer = at;
  }
  if (!writer) return false;
  const o = <i32>load<u8>(writer);
  const site = codeSites(code) + 8 + <usize>load<u16>(writer + (o == OP_GETGLOBAL ? 2 : 3)) * SITE_BYTES;
  if (o != OP_GETGLOBAL) sbPushLiteral("(intermediate value).");
  sbPushString(load<u32>(site));
  return true;
}

function pushValue(v: Value): void {
  if (isObject(v)) {
    const k = kindOf(ptrOf(v));
    sbPushLiteral(isCallable(v) ? "function" : k == KIND_ARRAY ? "[object Array]" : "#<Object>");
  } else if (isString(v)) {
    sbPush8(34);
    sbPushString(ptrOf(v));
    sbPush8(34);
  } else pushKey(v);
}

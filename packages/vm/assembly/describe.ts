/** Short descriptions of values and expressions in error messages. */
import { Value, isObject, isString, isSymbol, ptrOf } from "./value";
import { kindOf } from "./heap";
import { isCallable } from "./function";
import { sbFinish, sbPush8, sbPushLiteral, sbPushString, sbReset } from "./stringbuilder";
import { currentFrame } from "./state";
import { frameBase, frameCode, framePc } from "./frame";
import { codeSites, codeStart, SITE_BYTES } from "./code";
import { OP_CALL, OP_CALLU, OP_NEW, OP_GETPROP, OP_GETGLOBAL, OP_GETLEN, OP_CALLV, OP_NEWV, OP_MOVE, OP_NOP, OP_LOADTHIS, OPERAND_BASE, OPERAND_DST, opcodeInfo } from "./generated/opcodes";
import { pushKey } from "./access";
import { KIND_ARRAY, KIND_PROXY } from "./generated/kinds";

/** "x.y is not a function": names the callee from the instructions that loaded it, when they are plain to see; else its value. */
export function describeCallee(callee: Value, what: string): usize {
  sbReset();
  const frame = currentFrame(), code = frameCode(frame), call = code ? instructionBefore(code, framePc(frame)) : 0;
  const op = call ? <i32>load<u8>(call) : OP_NOP;
  const constructs = op == OP_NEW || op == OP_NEWV;
  if (!(constructs || op == OP_CALL || op == OP_CALLU || op == OP_CALLV) || !pushRegister(code, <i32>load<u8>(call, 2), call, MAX_CHAIN)) pushValue(callee);
  sbPush8(32);
  // A construct call of undefined looks like a call here.
  sbPushLiteral(constructs ? "is not a constructor" : what);
  return sbFinish();
}

/** How many property accesses of a callee are followed back. */
const MAX_CHAIN: i32 = 8;

/** Instructions are found from the start only. */
function instructionBefore(code: usize, end: usize): usize {
  let last: usize = 0;
  for (let at = codeStart(code); at < end; at += <usize>load<u8>(opcodeInfo(load<u8>(at)))) last = at;
  return last;
}

/** The expression that the instruction before `end` that last wrote register r computes: a global, `this`, or properties of one. */
function pushRegister(code: usize, r: i32, end: usize, depth: i32): bool {
  let writer: usize = 0;
  for (let at = codeStart(code); at < end;) {
    const info = opcodeInfo(load<u8>(at)), first = <i32>load<u8>(info, 3);
    if (load<u8>(info, 2) && ((first == OPERAND_DST && <i32>load<u8>(at, 1) == r) || (first == OPERAND_BASE && <i32>load<u8>(at, 1) <= r))) writer = at;
    at += <usize>load<u8>(info);
  }
  if (!writer) return false;
  const op = <i32>load<u8>(writer);
  switch (op) {
    case OP_LOADTHIS: sbPushLiteral("this"); return true;
    case OP_GETGLOBAL: sbPushString(siteKey(code, writer, 2)); return true;
    case OP_MOVE: return depth > 0 && pushRegister(code, <i32>load<u8>(writer, 2), writer, depth - 1);
    case OP_GETPROP:
    case OP_GETLEN: {
      if (!depth || !pushRegister(code, <i32>load<u8>(writer, 2), writer, depth - 1)) sbPushLiteral("(intermediate value)");
      sbPush8(46);
      sbPushString(siteKey(code, writer, 3));
      return true;
    }
    default: return false;
  }
}
function siteKey(code: usize, at: usize, offset: usize): usize { return load<u32>(codeSites(code) + 8 + <usize>load<u16>(at + offset) * SITE_BYTES); }

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

/** Stack traces: raw frames captured in errors, positions from line tables, text on demand. */
import { Value, fromString, fromObject, ptrOf, isObject } from "./value";
import { allocate, storePtr, kindOf } from "./heap";
import { KIND_FRAMES, KIND_FUNCTION } from "./generated/kinds";
import { currentFrame, FRAMES_START } from "./state";
import { frameCode, framePc, frameBase, FRAME_BYTES } from "./frame";
import { codeFlags, codeFile, codeName, codeStart, cursor, cursorEnd, cursorFailed, fileName, fileString, seekLines, varint, zigzag } from "./code";
import { FN_LIBRARY, FN_MODULE_MAIN, FN_CLASS_CONSTRUCTOR } from "./generated/layout";
import { sbFinish, sbPush8, sbPushDecimal, sbPushLiteral, sbPushString, sbReset } from "./stringbuilder";
import { strLength } from "./string";
import { closureCode } from "./function";

const MAX_FRAMES: u32 = 10;

/** Record the current frames in an ERROR object; library frames are left out, and all above and including the function `skipUntil` (object pointer, 0: none). */
export function captureFrames(error: usize, skipUntil: usize): void {
  let count: u32 = 0;
  let skipping = skipUntil != 0;
  const top = currentFrame();
  let cell: usize = 0;
  for (let f = top; f >= FRAMES_START && f != 0; f -= FRAME_BYTES) {
    const code = frameCode(f);
    if (!code) continue;
    if (skipping) {
      const callee = load<u64>(frameBase(f) - 16);
      if (isObject(callee) && ptrOf(callee) == skipUntil) skipping = false;
      continue;
    }
    if (codeFlags(code) & FN_LIBRARY) continue;
    if (!cell) cell = allocate(8 + <i32>MAX_FRAMES * 8, KIND_FRAMES);
    const entry = cell + 8 + (<usize>count << 3);
    store<u32>(entry, <u32>code);
    store<u32>(entry, <u32>framePc(f), 4);
    if (++count == MAX_FRAMES) break;
  }
  if (cell) store<u32>(cell, count, 4);
  storePtr(error, error + 16, cell);
}

/** String index + 1 of the file that positionOf found, 0 for the name of the bytecode's source. */
const POSITION_FILE: usize = memory.data(4, 4);

/** Line << 32 | column (1-based) of the instruction before `pc`; 0 when unknown. */
function positionOf(code: usize, pc: usize): u64 {
  store<u32>(POSITION_FILE, 0);
  if (!seekLines(code)) return 0;
  const target = <u32>(pc - 1 - codeStart(code));
  let offset: u32 = 0, line: i32 = 0, column: i32 = 0, file: u32 = 0, found: u64 = 0;
  while (cursor() < cursorEnd() && !cursorFailed()) {
    const head = varint(), change = head & 3;
    offset += head >>> 2;
    if (change == 3) file = varint();
    line += change >= 2 ? zigzag(varint()) : <i32>change;
    column += zigzag(varint());
    if (offset > target) break;
    store<u32>(POSITION_FILE, file);
    found = (<u64>(<u32>line) << 32) | <u64>(<u32>column);
  }
  return found;
}

/** Push "\n    at f (file:line:col)". */
export function pushFrame(code: usize, pc: usize): void {
  sbPushLiteral("\n    at ");
  const fn = codeName(code);
  const named = strLength(fn) > 0 && !(codeFlags(code) & FN_MODULE_MAIN);
  if (named) {
    if (codeFlags(code) & FN_CLASS_CONSTRUCTOR) sbPushLiteral("new ");
    sbPushString(fn);
    sbPushLiteral(" (");
  }
  const position = positionOf(code, pc), fileIndex = load<u32>(POSITION_FILE);
  const file = fileIndex ? fileString(codeFile(code), fileIndex - 1) : fileName(codeFile(code));
  if (file && strLength(file)) sbPushString(file); else sbPushLiteral("<anonymous>");
  if (position) {
    sbPush8(58);
    sbPushDecimal(<i32>(position >>> 32));
    sbPush8(58);
    sbPushDecimal(<i32>position);
  }
  if (named) sbPush8(41);
}

/** Text of an error's captured frames; each line begins with a line feed. */
export function framesText(error: usize): usize {
  sbReset();
  const cell = <usize>load<u32>(error, 16);
  if (cell) {
    const count = load<u32>(cell, 4);
    for (let i: u32 = 0; i < count; i++) {
      const entry = cell + 8 + (<usize>i << 3);
      pushFrame(load<u32>(entry), load<u32>(entry, 4));
    }
  }
  return sbFinish();
}

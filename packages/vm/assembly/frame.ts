/**
 * Frame records: a stack of FRAME_BYTES records beside the register stack. `pc` is the address after the current instruction whenever anything outside the
 * interpreter's loop may look (calls, errors, collection). `cont` says what the frame's result means to the frame below: see CONT_X.
 */
import { UNDEFINED, Value } from "./value";

export const FRAME_BYTES: usize = 48;
/** Room at the end of both stacks that only library functions may use. */
export const LIBRARY_FRAMES: usize = FRAME_BYTES * 64, LIBRARY_REGISTERS: usize = 16384;
const CODE: usize = 0, PC: usize = 4, BASE: usize = 8, CONT: usize = 12, EXTRA: usize = 16, ARGC: usize = 20, NEW_TARGET: usize = 24, COROUTINE: usize = 32, AUX: usize = 36, REACH: usize = 40;

@inline export function frameCode(f: usize): usize { return load<u32>(f, CODE); }
@inline export function setFrameCode(f: usize, v: usize): void { store<u32>(f, <u32>v, CODE); }
@inline export function framePc(f: usize): usize { return load<u32>(f, PC); }
@inline export function setFramePc(f: usize, v: usize): void { store<u32>(f, <u32>v, PC); }
/** Address of R[0]; R[-1] is this, R[-2] the callee. */
@inline export function frameBase(f: usize): usize { return load<u32>(f, BASE); }
@inline export function setFrameBase(f: usize, v: usize): void { store<u32>(f, <u32>v, BASE); }
@inline export function frameCont(f: usize): u32 { return load<u32>(f, CONT); }
@inline export function setFrameCont(f: usize, v: u32): void { store<u32>(f, v, CONT); }
@inline export function frameExtra(f: usize): u32 { return load<u32>(f, EXTRA); }
@inline export function setFrameExtra(f: usize, v: u32): void { store<u32>(f, v, EXTRA); }
@inline export function frameArgc(f: usize): u32 { return load<u32>(f, ARGC); }
@inline export function setFrameArgc(f: usize, v: u32): void { store<u32>(f, v, ARGC); }
/** undefined in a plain call. */
@inline export function frameNewTarget(f: usize): Value { return load<u64>(f, NEW_TARGET); }
@inline export function setFrameNewTarget(f: usize, v: Value): void { store<u64>(f, v, NEW_TARGET); }
/** Coroutine object that this frame runs, or 0. */
@inline export function frameCoroutine(f: usize): usize { return load<u32>(f, COROUTINE); }
@inline export function setFrameCoroutine(f: usize, v: usize): void { store<u32>(f, <u32>v, COROUTINE); }
@inline export function frameAux(f: usize): u32 { return load<u32>(f, AUX); }
@inline export function setFrameAux(f: usize, v: u32): void { store<u32>(f, v, AUX); }
/** Where the windows of this frame and of all below it end, the one that goes farthest. */
@inline export function frameReach(f: usize): usize { return load<u32>(f, REACH); }
/** Of a frame on top of `below` whose window ends at `end`. */
@inline export function setFrameReach(f: usize, below: usize, end: usize): void {
  const reach = frameReach(below);
  store<u32>(f, <u32>(end > reach ? end : reach), REACH);
}

// What a result means to the frame below: kind in bits 0-6, CONT_CLEAN in bit 7, register in bits 8-15.
/** A call of the library by other code: its registers are cleared before that code goes on, as malformed bytecode could read what they hold. */
export const CONT_CLEAN: u32 = 128;
/** R[reg] = result */
export const CONT_STORE: u32 = 0;
/** dropped */
export const CONT_NONE: u32 = 1;
/** jump to `extra` when ToBoolean(result) */
export const CONT_JUMP_TRUE: u32 = 2;
export const CONT_JUMP_FALSE: u32 = 3;
/** leave the interpreter: the host called */
export const CONT_HOST: u32 = 4;
/** R[reg] = result; DONE or a throw makes R[extra] undefined */
export const CONT_ITER_NEXT: u32 = 5;
/** the prototype for a construction whose call window is at extra, with aux arguments */
export const CONT_CONSTRUCT: u32 = 6;
/** R[reg], R[reg+1] = elements of the result array */
export const CONT_PAIR: u32 = 7;
/** R[reg] = ToBoolean(result) */
export const CONT_BOOL: u32 = 8;
/** heritage of CLASS: continue making the class; extra is the instruction's address */
export const CONT_CLASS: u32 = 9;
/** R[reg] = not ToBoolean(result) */
export const CONT_NOT: u32 = 10;
/** for-in: R[reg] = state over the array of keys */
export const CONT_FOR_IN: u32 = 11;
/** FORINNEXT: R[reg] is already the key; go on to the next key when the result is false. extra is the instruction's address */
export const CONT_FOR_IN_HAS: u32 = 12;
/** key of an element access on an object key: run the instruction at extra again with the key (in state) */
export const CONT_RETRY_KEY: u32 = 13;

/**
 * Clear what a library function's frame on top of `frame` left, and what its callees left above, as far as a frame below can see. (Not with zero: the C compiler would
 * call memset for a few words.)
 */
@inline export function cleanRegisters(frame: usize): void {
  const end = frameReach(frame);
  for (let at = frameBase(frame + FRAME_BYTES) - 16; at < end; at += 8) store<u64>(at, UNDEFINED);
}

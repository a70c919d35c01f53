/**
 * Scratch memory of a native: the part of the register stack above the caller's window, which nothing uses while a native runs.
 * It needs no allocation, is not part of an image, and is limited (some megabytes, less in deep recursion): whoever may need more than
 * is there must say so with a RangeError.
 */
import { REGISTERS_END } from "../state";

/** A window has at most 255 registers, and arguments of a native may reach further. */
export function scratchStart(args: usize, argc: i32): usize {
  return (args + (<usize>max(argc, 256) << 3) + 15) & ~15;
}
export function scratchEnd(): usize {
  return REGISTERS_END;
}

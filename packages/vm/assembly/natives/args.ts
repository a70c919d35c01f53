/** Access to a native's arguments: `args` points at argument 0, 8 bytes each; `this` lies below. */
import { Value, UNDEFINED } from "../value";

@inline export function arg(args: usize, argc: i32, i: i32): Value { return i < argc ? load<u64>(args + (<usize>i << 3)) : UNDEFINED; }
@inline export function thisArg(args: usize): Value { return load<u64>(args - 8); }

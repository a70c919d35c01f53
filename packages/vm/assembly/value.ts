/**
 * Values: 64-bit NaN boxes (docs/engine.md, "Values").
 *
 * A double is itself; all else has a tag in the high 32 bits, above every canonical double, and its payload below. So "is it a double" is one
 * unsigned comparison, an int32 operation needs one tag test, and a heap reference is the low word: the collector needs no further
 * table to find references. NaN is always the canonical 0x7FF8_0000_0000_0000; whoever makes a double from outside bits uses fromDouble.
 */
export type Value = u64;

export const TAG_INT: u32 = 0xfff90000;
export const TAG_SPECIAL: u32 = 0xfffa0000;
export const TAG_INTERNAL: u32 = 0xfffb0000;
export const TAG_SYMBOL: u32 = 0xfffc0000;
export const TAG_STRING: u32 = 0xfffd0000;
export const TAG_BIGINT: u32 = 0xfffe0000;
export const TAG_OBJECT: u32 = 0xffff0000;

export const UNDEFINED: Value = 0xfffa000000000000;
export const NULL: Value = 0xfffa000000000001;
export const FALSE: Value = 0xfffa000000000002;
export const TRUE: Value = 0xfffa000000000003;
/** No value: absent property, array hole, binding in its temporal dead zone. */
export const HOLE: Value = 0xfffa000000000004;
/** End of an iteration. */
export const DONE: Value = 0xfffa000000000005;
/** An operation failed; the error is in the state struct. */
export const EXCEPTION: Value = 0xfffa000000000006;
/** A native leaves the case to its fallback. */
export const NOT_HANDLED: Value = 0xfffa000000000007;
/** A slow operation has laid out a call for the interpreter (state: callBase, callArgc). Interpreter only. */
export const CALL_PENDING: Value = 0xfffa000000000008;
/** A slow operation changed the frame itself; nothing is to be stored. Interpreter only. */
export const FRAME_CHANGED: Value = 0xfffa000000000009;
/** As CALL_PENDING: the call is ToPropertyKey of an element access's key, after which the access is done again. Interpreter only. */
export const KEY_PENDING: Value = 0xfffa00000000000a;

const NAN_BITS: u64 = 0x7ff8000000000000;

@inline export function tagOf(v: Value): u32 { return <u32>(v >>> 32); }
@inline export function isInt(v: Value): bool { return tagOf(v) == TAG_INT; }
@inline export function asInt(v: Value): i32 { return <i32>v; }
/** The mask stays: an extension alone is folded into a load as a signed one (binaryen 0.28), and negative integers lose their tag. */
@inline export function fromInt(n: i32): Value { return (<u64>TAG_INT << 32) | (<u64>n & 0xffffffff); }
@inline export function isDouble(v: Value): bool { return v < <u64>TAG_INT << 32; }
@inline export function asDouble(v: Value): f64 { return reinterpret<f64>(v); }
@inline export function isNumber(v: Value): bool { return v < <u64>TAG_SPECIAL << 32; }
/** The number of an int32 or double value. */
@inline export function numberOf(v: Value): f64 { return isInt(v) ? <f64>asInt(v) : reinterpret<f64>(v); }
/** Any double, NaN made canonical; integers stay doubles. */
@inline export function fromDouble(n: f64): Value { return n == n ? reinterpret<u64>(n) : NAN_BITS; }
/** A number in its shortest representation: int32 when it is one and not -0. */
@inline export function fromF64(n: f64): Value {
  const i = <i32>n; // saturating
  if (<f64>i == n && (i != 0 || reinterpret<u64>(n) == 0)) return fromInt(i);
  return fromDouble(n);
}
@inline export function fromU32(n: u32): Value { return <i32>n >= 0 ? fromInt(<i32>n) : reinterpret<u64>(<f64>n); }
@inline export function fromI64(n: i64): Value { return <i64>(<i32>n) == n ? fromInt(<i32>n) : reinterpret<u64>(<f64>n); }
@inline export function fromBool(b: bool): Value { return FALSE + <u64>b; }

@inline export function isString(v: Value): bool { return tagOf(v) == TAG_STRING; }
@inline export function isSymbol(v: Value): bool { return tagOf(v) == TAG_SYMBOL; }
@inline export function isBigInt(v: Value): bool { return tagOf(v) == TAG_BIGINT; }
@inline export function isObject(v: Value): bool { return tagOf(v) == TAG_OBJECT; }
@inline export function isInternal(v: Value): bool { return tagOf(v) == TAG_INTERNAL; }
/** Does the collector have to follow it? */
@inline export function isHeap(v: Value): bool { return v >= <u64>TAG_INTERNAL << 32; }
@inline export function isUndefined(v: Value): bool { return v == UNDEFINED; }
@inline export function isNull(v: Value): bool { return v == NULL; }
@inline export function isNullish(v: Value): bool { return (v & ~(1 as u64)) == UNDEFINED; }
@inline export function isBool(v: Value): bool { return (v & ~(1 as u64)) == FALSE; }
@inline export function isTrue(v: Value): bool { return v == TRUE; }

@inline export function ptrOf(v: Value): usize { return <usize>(<u32>v); }
@inline export function fromString(ptr: usize): Value { return (<u64>TAG_STRING << 32) | <u64>ptr; }
@inline export function fromSymbol(ptr: usize): Value { return (<u64>TAG_SYMBOL << 32) | <u64>ptr; }
@inline export function fromBigInt(ptr: usize): Value { return (<u64>TAG_BIGINT << 32) | <u64>ptr; }
@inline export function fromObject(ptr: usize): Value { return (<u64>TAG_OBJECT << 32) | <u64>ptr; }
@inline export function fromInternal(ptr: usize): Value { return (<u64>TAG_INTERNAL << 32) | <u64>ptr; }

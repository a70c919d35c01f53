/** Reading a parsed request: fields are found by scanning the received head, nothing is indexed or copied before it is asked for. */
import { lower } from "./chars";
import { bodyOf, bufferOf, fieldsOf } from "./state";

/** Cursor over the header fields: the offset of the first field line. */
export function firstField(c: usize): i32 { return fieldsOf(c); }

/** Is there a field line at `offset` (not the end of the head)? */
export function isField(c: usize, offset: i32): bool { return offset < bodyOf(c) - 2; }

/** Length of the name of the field at `offset`. */
export function fieldNameLen(c: usize, offset: i32): i32 {
  const p = bufferOf(c) + <usize>offset;
  let n = 0;
  while (load<u8>(p + n) != 0x3a) n++;
  return n;
}

/** Offset of the next field line. */
export function nextField(c: usize, offset: i32): i32 {
  const base = bufferOf(c);
  let p = base + <usize>offset;
  while (load<u8>(p) != 13) p++;
  return <i32>(p + 2 - base);
}

/** Value of the field line at `offset` whose name is `nameLen` long: `offset << 32 | length`, blanks around it dropped. */
export function fieldValue(c: usize, offset: i32, nameLen: i32): i64 {
  const base = bufferOf(c);
  let v = base + <usize>(offset + nameLen + 1);
  while (load<u8>(v) == 32 || load<u8>(v) == 9) v++;
  let e = v;
  while (load<u8>(e) != 13) e++;
  while (e > v && (load<u8>(e - 1) == 32 || load<u8>(e - 1) == 9)) e--;
  return (<i64>(v - base) << 32) | <i64>(e - v);
}

/** Does the field at `offset` bear this lower-case name? */
export function fieldIs(c: usize, offset: i32, name: usize, nameLen: i32): bool {
  const p = bufferOf(c) + <usize>offset;
  for (let i = 0; i < nameLen; i++) if (lower(load<u8>(p + i)) != <u32>load<u8>(name + i)) return false;
  return load<u8>(p + nameLen) == 0x3a;
}

/** The first field of that name at or after `offset`, or -1. */
export function findField(c: usize, offset: i32, name: usize, nameLen: i32): i32 {
  for (let at = offset; isField(c, at); at = nextField(c, at)) if (fieldIs(c, at, name, nameLen)) return at;
  return -1;
}

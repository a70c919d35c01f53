/** Byte classes of RFC 9110 and 9112, and comparisons of ASCII bytes. */

// Bit n of word b / 32 is set for the token characters: ! # $ % & ' * + - . ^ _ ` | ~ digits letters.
const TOKEN: usize = memory.data<u32>([0x00000000, 0x03ff6cfa, 0xc7fffffe, 0x57ffffff, 0, 0, 0, 0]);

// @ts-ignore: decorator
@inline export function isTokenByte(b: u32): bool {
  return b < 128 && ((load<u32>(TOKEN + ((b >> 5) << 2)) >> (b & 31)) & 1) != 0;
}
// @ts-ignore: decorator
@inline export function isDigit(b: u32): bool { return b - 0x30 < 10; }
// @ts-ignore: decorator
@inline export function lower(b: u32): u32 { return b - 0x41 < 26 ? b | 0x20 : b; }

/** Is every byte a token character, and is there at least one? */
export function isToken(p: usize, n: i32): bool {
  if (n <= 0) return false;
  for (let i = 0; i < n; i++) if (!isTokenByte(load<u8>(p + i))) return false;
  return true;
}

/** Do the bytes equal a lower-case ASCII literal, without regard to case? */
export function equalsIgnoreCase(p: usize, n: i32, literal: string): bool {
  if (n != literal.length) return false;
  const q = changetype<usize>(literal);
  for (let i = 0; i < n; i++) if (lower(load<u8>(p + i)) != <u32>load<u16>(q + (<usize>i << 1))) return false;
  return true;
}

/** Same, exactly. */
export function equalsAscii(p: usize, n: i32, literal: string): bool {
  if (n != literal.length) return false;
  const q = changetype<usize>(literal);
  for (let i = 0; i < n; i++) if (<u32>load<u8>(p + i) != <u32>load<u16>(q + (<usize>i << 1))) return false;
  return true;
}

/** Are n bytes at a and b the same? */
export function sameBytes(a: usize, b: usize, n: i32): bool {
  let i = 0;
  for (; i + 8 <= n; i += 8) if (load<u64>(a + i) != load<u64>(b + i)) return false;
  for (; i < n; i++) if (load<u8>(a + i) != load<u8>(b + i)) return false;
  return true;
}

/** Bit 7 of each byte that is a control character or DEL; of those above the lowest such one perhaps of others too. */
// @ts-ignore: decorator
@inline export function controls(w: u64): u64 {
  const del = w ^ 0x7f7f7f7f7f7f7f7f;
  return (((w - 0x2020202020202020) & ~w) | ((del - 0x0101010101010101) & ~del)) & 0x8080808080808080;
}

/** Value of a hexadecimal digit, or -1. */
export function hexValue(b: u32): i32 {
  if (b - 0x30 < 10) return <i32>b - 0x30;
  const l = b | 0x20;
  return l - 0x61 < 6 ? <i32>l - 0x57 : -1;
}

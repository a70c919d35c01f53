/** Code points in flat string data. */

/** The code point that starts at unit i (a lone surrogate is itself); i in range. */
export function codePointAt(data: usize, two: bool, length: i32, i: i32): u32 {
  if (!two) return <u32>load<u8>(data + <usize>i);
  const c = <u32>load<u16>(data + (<usize>i << 1));
  if (c - 0xd800 < 0x400 && i + 1 < length) {
    const d = <u32>load<u16>(data + (<usize>(i + 1) << 1));
    if (d - 0xdc00 < 0x400) return 0x10000 + ((c - 0xd800) << 10) + (d - 0xdc00);
  }
  return c;
}

/** Index of the first lone surrogate, or -1. */
export function loneSurrogate(data: usize, length: i32): i32 {
  for (let i = 0; i < length; i++) {
    const c = <u32>load<u16>(data + (<usize>i << 1));
    if (c - 0xd800 >= 0x800) continue;
    if (c < 0xdc00 && i + 1 < length && <u32>load<u16>(data + (<usize>(i + 1) << 1)) - 0xdc00 < 0x400) {
      i++;
      continue;
    }
    return i;
  }
  return -1;
}

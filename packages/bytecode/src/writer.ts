/** Small magnitudes of either sign become small unsigned integers. */
export const zigzag = (value: number): number => ((value << 1) ^ (value >> 31)) >>> 0;

/** Bytes that grow by doubling; all integers little-endian. */
export class Writer {
  bytes = new Uint8Array(4096);
  length = 0;

  reserve(count: number): void {
    const needed = this.length + count;
    if (needed <= this.bytes.length) return;
    let size = this.bytes.length * 2;
    while (size < needed) size *= 2;
    const grown = new Uint8Array(size);
    grown.set(this.bytes);
    this.bytes = grown;
  }

  u8(value: number): void {
    if (this.length === this.bytes.length) this.reserve(1);
    this.bytes[this.length++] = value;
  }

  u32(value: number): void {
    this.reserve(4);
    this.setU32(this.length, value);
    this.length += 4;
  }

  setU32(at: number, value: number): void {
    const bytes = this.bytes;
    bytes[at] = value & 255;
    bytes[at + 1] = (value >>> 8) & 255;
    bytes[at + 2] = (value >>> 16) & 255;
    bytes[at + 3] = value >>> 24;
  }

  /** Unsigned LEB128 of a value below 2^32. */
  varint(value: number): void {
    if (this.length + 5 > this.bytes.length) this.reserve(5);
    const bytes = this.bytes;
    let at = this.length;
    while (value > 127) {
      bytes[at++] = (value & 127) | 128;
      value >>>= 7;
    }
    bytes[at++] = value;
    this.length = at;
  }

  zigzag(value: number): void {
    this.varint(zigzag(value));
  }

  append(chunk: Uint8Array): void {
    this.reserve(chunk.length);
    this.bytes.set(chunk, this.length);
    this.length += chunk.length;
  }

  align8(): void {
    const padded = (this.length + 7) & ~7;
    this.reserve(padded - this.length);
    this.bytes.fill(0, this.length, padded);
    this.length = padded;
  }
}

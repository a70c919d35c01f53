/**
 * Memory images on disk (packages/vm/build/*.image): "ZSIMAGE1", u32 memoryPages, u16 count, u16 coldCount, then per range u32 start,
 * u32 fileBytes, u32 totalBytes, u32 0, then per cold part u32 start, u32 end, u64 0, then the bytes of all ranges. Little-endian.
 */
import type { MemoryImage } from "./image.ts";

const magic = "ZSIMAGE1";
const headerBytes = 16;
const rangeBytes = 16;

export class MalformedImageError extends Error {}

export function encodeImage(image: MemoryImage): Uint8Array {
  const cold = image.cold ?? [];
  const table = headerBytes + (image.ranges.length + cold.length) * rangeBytes;
  const out = new Uint8Array(table + image.ranges.reduce((sum, r) => sum + r.bytes.length, 0));
  const view = new DataView(out.buffer);
  out.set(new TextEncoder().encode(magic));
  view.setUint32(8, image.memoryPages, true);
  view.setUint16(12, image.ranges.length, true);
  view.setUint16(14, cold.length, true);
  cold.forEach(({ start, end }, i) => {
    const entry = headerBytes + (image.ranges.length + i) * rangeBytes;
    view.setUint32(entry, start, true);
    view.setUint32(entry + 4, end, true);
  });
  let at = table;
  image.ranges.forEach((range, i) => {
    view.setUint32(headerBytes + i * rangeBytes, range.start, true);
    view.setUint32(headerBytes + i * rangeBytes + 4, range.bytes.length, true);
    view.setUint32(headerBytes + i * rangeBytes + 8, range.totalBytes, true);
    out.set(range.bytes, at);
    at += range.bytes.length;
  });
  return out;
}

export function decodeImage(file: Uint8Array): MemoryImage {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  if (file.length < headerBytes || new TextDecoder().decode(file.subarray(0, 8)) !== magic) throw new MalformedImageError("not a memory image");
  const [count, coldCount] = [view.getUint16(12, true), view.getUint16(14, true)];
  const image: MemoryImage = { memoryPages: view.getUint32(8, true), ranges: [] };
  let at = headerBytes + (count + coldCount) * rangeBytes;
  if (at > file.length) throw new MalformedImageError("the memory image is cut off");
  for (let i = 0, next = 0; i < count; i++) {
    const entry = headerBytes + i * rangeBytes;
    const [start, bytes, total] = [view.getUint32(entry, true), view.getUint32(entry + 4, true), view.getUint32(entry + 8, true)];
    if (start !== next || bytes > total || start % 4096 || bytes % 4096 || total % 4096 || at + bytes > file.length)
      throw new MalformedImageError("the memory image is malformed");
    image.ranges.push({ start, bytes: file.slice(at, at + bytes), totalBytes: total });
    at += bytes;
    next = start + total;
  }
  if (coldCount === 0) return image;
  return {
    ...image,
    cold: Array.from({ length: coldCount }, (_, i) => {
      const entry = headerBytes + (count + i) * rangeBytes;
      const [start, end] = [view.getUint32(entry, true), view.getUint32(entry + 4, true)];
      if (start >= end || start % 4096 || end % 4096) throw new MalformedImageError("the memory image is malformed");
      return { start, end };
    }),
  };
}

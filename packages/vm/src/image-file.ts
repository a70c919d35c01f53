/**
 * Memory images on disk (packages/vm/build/*.image): "ZSIMAGE1", u32 memoryPages, u32 count, then per range u32 start,
 * u32 fileBytes, u32 totalBytes, u32 0, then the bytes of all ranges. Little-endian.
 */
import type { MemoryImage } from "./image.ts";

const magic = "ZSIMAGE1";
const headerBytes = 16;
const rangeBytes = 16;

export class MalformedImageError extends Error {}

export function encodeImage(image: MemoryImage): Uint8Array {
  const table = headerBytes + image.ranges.length * rangeBytes;
  const out = new Uint8Array(table + image.ranges.reduce((sum, r) => sum + r.bytes.length, 0));
  const view = new DataView(out.buffer);
  out.set(new TextEncoder().encode(magic));
  view.setUint32(8, image.memoryPages, true);
  view.setUint32(12, image.ranges.length, true);
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
  const count = view.getUint32(12, true);
  const image: MemoryImage = { memoryPages: view.getUint32(8, true), ranges: [] };
  let at = headerBytes + count * rangeBytes;
  for (let i = 0, next = 0; i < count; i++) {
    if (headerBytes + (i + 1) * rangeBytes > file.length) throw new MalformedImageError("the memory image is cut off");
    const entry = headerBytes + i * rangeBytes;
    const [start, bytes, total] = [view.getUint32(entry, true), view.getUint32(entry + 4, true), view.getUint32(entry + 8, true)];
    if (start !== next || bytes > total || start % 4096 || bytes % 4096 || total % 4096 || at + bytes > file.length)
      throw new MalformedImageError("the memory image is malformed");
    image.ranges.push({ start, bytes: file.slice(at, at + bytes), totalBytes: total });
    at += bytes;
    next = start + total;
  }
  return image;
}

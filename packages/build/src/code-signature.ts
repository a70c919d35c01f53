/**
 * Ad-hoc code signatures for Mach-O: who built the file is not said, that every page is what was built is. Without one
 * the kernel of Apple silicon runs nothing. One SuperBlob with one CodeDirectory (version 0x20400, SHA-256, pages of
 * 4 KiB), as xnu's osfmk/kern/cs_blobs.h lays them out and linkers write them ("linker-signed"); all of it is big-endian.
 */
import { createHash } from "node:crypto";
import type { MachOFile } from "./macho.ts";

export const codeSignature = {
  superBlob: 0xfade0cc0,
  codeDirectory: 0xfade0c02,
  version: 0x2_0400,
  /** CS_ADHOC and CS_LINKER_SIGNED. */
  flags: 0x2_0002,
  pageBytes: 4096,
} as const;
const superBlobBytes = 20;
const directoryBytes = 88;
const hashBytes = 32;
const sha256Type = 2;
const mainBinary = 1n;

/** Bytes of the signature of a file that is signed up to `limit`. */
export function signatureBytes(identifier: string, limit: number): number {
  return superBlobBytes + directoryBytes + Buffer.byteLength(identifier) + 1 + Math.ceil(limit / codeSignature.pageBytes) * hashBytes;
}

/** Sign everything before `offset`, where the signature is written; nothing before may change afterwards. */
export function writeSignature(file: Uint8Array, offset: number, identifier: string, macho: MachOFile): void {
  const length = signatureBytes(identifier, offset);
  const pages = Math.ceil(offset / codeSignature.pageBytes);
  const out = Buffer.from(file.buffer, file.byteOffset + offset, length);
  const text = macho.segments.find((segment) => segment.name === "__TEXT")!;
  out.writeUInt32BE(codeSignature.superBlob, 0);
  out.writeUInt32BE(length, 4);
  out.writeUInt32BE(1, 8); // one blob: of type 0, the code directory
  out.writeUInt32BE(0, 12);
  out.writeUInt32BE(superBlobBytes, 16);
  const identifierBytes = Buffer.from(`${identifier}\0`);
  const hashesAt = directoryBytes + identifierBytes.length;
  const directory = out.subarray(superBlobBytes);
  [codeSignature.codeDirectory, length - superBlobBytes, codeSignature.version, codeSignature.flags, hashesAt, directoryBytes, 0, pages, offset].forEach(
    (value, i) => directory.writeUInt32BE(value, i * 4),
  );
  directory[36] = hashBytes;
  directory[37] = sha256Type;
  directory[39] = Math.log2(codeSignature.pageBytes);
  directory.writeBigUInt64BE(BigInt(text.offset), 64); // the executable segment
  directory.writeBigUInt64BE(BigInt(text.fileBytes), 72);
  directory.writeBigUInt64BE(mainBinary, 80);
  identifierBytes.copy(directory, directoryBytes);
  for (let i = 0; i < pages; i++) {
    const end = Math.min((i + 1) * codeSignature.pageBytes, offset);
    createHash("sha256")
      .update(file.subarray(i * codeSignature.pageBytes, end))
      .digest()
      .copy(directory, hashesAt + i * hashBytes);
  }
}

/** What is wrong with a file's signature; undefined when every page is what was signed, and nothing is left unsigned. Reads what any tool may have written. */
export function checkSignature(file: Uint8Array, macho: MachOFile): string | undefined {
  if (!macho.signature) return "it has no code signature";
  const { offset, sizeBytes } = macho.signature;
  const linkedit = macho.segments.at(-1);
  if (offset + sizeBytes > file.length) return "its code signature is cut off";
  if (!linkedit || linkedit.offset + linkedit.fileBytes !== file.length || offset + sizeBytes !== file.length)
    return "there is something behind its code signature";
  const blob = Buffer.from(file.buffer, file.byteOffset + offset, sizeBytes);
  try {
    if (blob.readUInt32BE(0) !== codeSignature.superBlob) return "its code signature is malformed";
    let directory: Buffer | undefined;
    for (let i = 0; i < blob.readUInt32BE(8); i++) if (blob.readUInt32BE(12 + i * 8) === 0) directory = blob.subarray(blob.readUInt32BE(16 + i * 8));
    if (directory?.readUInt32BE(0) !== codeSignature.codeDirectory || directory[37] !== sha256Type)
      return "its code signature has no code directory of a known kind";
    const [hashesAt, pages, limit, pageBytes] = [directory.readUInt32BE(16), directory.readUInt32BE(28), directory.readUInt32BE(32), 2 ** directory[39]!];
    if (limit !== offset || pages !== Math.ceil(limit / pageBytes)) return "its code signature covers another length";
    for (let i = 0; i < pages; i++) {
      const end = Math.min((i + 1) * pageBytes, limit);
      const hash = createHash("sha256")
        .update(file.subarray(i * pageBytes, end))
        .digest();
      if (!hash.equals(directory.subarray(hashesAt + i * hashBytes, hashesAt + (i + 1) * hashBytes)))
        return `the page at ${i * pageBytes} is not the one that was signed`;
    }
    return undefined;
  } catch (error) {
    if (error instanceof RangeError) return "its code signature is cut off";
    throw error;
  }
}

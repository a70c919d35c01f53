/** Portable Executable, 64 bits (Microsoft's "PE Format"): reading what a program says about itself, and giving it one more section. */

export interface PeSection {
  name: string;
  address: number;
  memoryBytes: number;
  offset: number;
  fileBytes: number;
  flags: number;
}
export interface PeFile {
  machine: "x86_64" | `unknown (${number})`;
  sections: PeSection[];
  /** Names of the libraries it imports from. */
  neededLibraries: string[];
  /** Where the table of sections begins in the file, and where the headers end. */
  sectionTable: number;
  headersEnd: number;
  /** Bytes from the base address to the end of the last section, as loaded. */
  imageBytes: number;
}

export class MalformedPeError extends Error {}

export const sectionFlags = {
  code: 0x20,
  initialised: 0x40,
  discardable: 0x0200_0000,
  executable: 0x2000_0000,
  readable: 0x4000_0000,
  writable: 0x8000_0000,
} as const;
const sectionBytes = 40;
const signatureBytes = 24; /* with the COFF header */

export function isPe(bytes: Uint8Array): boolean {
  return bytes.length >= 64 && bytes[0] === 0x4d && bytes[1] === 0x5a;
}

/** @throws MalformedPeError */
export function parsePe(bytes: Uint8Array): PeFile {
  if (!isPe(bytes)) throw new MalformedPeError("not a PE file");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  try {
    return parse(bytes, view);
  } catch (error) {
    if (error instanceof RangeError) throw new MalformedPeError("the PE file is cut off");
    throw error;
  }
}

function parse(bytes: Uint8Array, view: DataView): PeFile {
  const header = view.getUint32(0x3c, true);
  if (view.getUint32(header, true) !== 0x4550) throw new MalformedPeError("the PE signature is missing");
  const machine = view.getUint16(header + 4, true);
  const optional = header + signatureBytes;
  if (view.getUint16(optional, true) !== 0x20b) throw new MalformedPeError("not a 64-bit PE file");
  const sectionTable = optional + view.getUint16(header + 20, true);
  const sections: PeSection[] = [];
  for (let i = 0; i < view.getUint16(header + 6, true); i++) {
    const at = sectionTable + i * sectionBytes;
    sections.push({
      name: text(bytes.subarray(at, at + 8), 0),
      memoryBytes: view.getUint32(at + 8, true),
      address: view.getUint32(at + 12, true),
      fileBytes: view.getUint32(at + 16, true),
      offset: view.getUint32(at + 20, true),
      flags: view.getUint32(at + 36, true),
    });
  }
  return {
    machine: machine === 0x8664 ? "x86_64" : `unknown (${machine})`,
    sections,
    neededLibraries: importedLibraries(bytes, view, sections, view.getUint32(optional + 112 + 8, true)),
    sectionTable,
    headersEnd: view.getUint32(optional + 60, true),
    imageBytes: view.getUint32(optional + 56, true),
  };
}

/** Names in the import directory table, which ends with an entry of zeros. */
function importedLibraries(bytes: Uint8Array, view: DataView, sections: PeSection[], table: number): string[] {
  const names: string[] = [];
  const fileOffset = (address: number) => {
    const section = sections.find((s) => address >= s.address && address < s.address + s.fileBytes);
    if (!section) throw new MalformedPeError("an address of the import table lies in no section");
    return section.offset + address - section.address;
  };
  if (!table) return names;
  for (let at = fileOffset(table); view.getUint32(at + 12, true); at += 20) names.push(text(bytes, fileOffset(view.getUint32(at + 12, true))));
  return names;
}

function text(bytes: Uint8Array, at: number): string {
  const end = bytes.indexOf(0, at);
  return new TextDecoder().decode(bytes.subarray(at, end < 0 ? bytes.length : end));
}

/**
 * Add a section, whose bytes lie in the file from `offset` to `end`, behind all others. `bytes` is the whole new file.
 * @throws MalformedPeError when the headers have no room for it
 */
export function addSection(bytes: Uint8Array, pe: PeFile, name: string, offset: number, end: number): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const header = view.getUint32(0x3c, true);
  const optional = header + signatureBytes;
  const at = pe.sectionTable + pe.sections.length * sectionBytes;
  const alignment = view.getUint32(optional + 32, true);
  const aligned = (n: number) => Math.ceil(n / alignment) * alignment;
  if (at + sectionBytes > pe.headersEnd) throw new MalformedPeError("the stub has no room for another section");
  bytes.fill(0, at, at + sectionBytes);
  bytes.set(new TextEncoder().encode(name), at);
  view.setUint32(at + 8, end - offset, true);
  view.setUint32(at + 12, aligned(pe.imageBytes), true);
  view.setUint32(at + 16, end - offset, true);
  view.setUint32(at + 20, offset, true);
  view.setUint32(at + 36, sectionFlags.initialised | sectionFlags.readable | sectionFlags.discardable, true);
  view.setUint16(header + 6, pe.sections.length + 1, true);
  view.setUint32(optional + 8, view.getUint32(optional + 8, true) + end - offset, true); // SizeOfInitializedData
  view.setUint32(optional + 56, aligned(aligned(pe.imageBytes) + end - offset), true); // SizeOfImage
  view.setUint32(optional + 64, 0, true); // CheckSum: only drivers need one
}

/** ELF64, little-endian: reading what an executable says about itself, and giving it more segments. */
export interface ElfSegment {
  type: number;
  flags: number;
  offset: number;
  address: number;
  fileBytes: number;
  memoryBytes: number;
}
export interface ElfFile {
  machine: "x86_64" | "aarch64" | "riscv64" | `unknown (${number})`;
  /** ET_EXEC or ET_DYN. */
  kind: "executable" | "shared or position-independent" | `unknown (${number})`;
  entry: number;
  segments: ElfSegment[];
  sections: { name: string; address: number; offset: number; sizeBytes: number }[];
  /** Path of the dynamic linker it asks for, if any. */
  interpreter: string | undefined;
  /** Names of the shared libraries it needs. */
  neededLibraries: string[];
}

export const segmentTypes = { load: 1, dynamic: 2, interpreter: 3, note: 4, programHeaders: 6, stack: 0x6474e551 } as const;
const headerBytes = 64;
const segmentBytes = 56;
const sectionBytes = 64;

export class MalformedElfError extends Error {}

export function isElf(bytes: Uint8Array): boolean {
  return bytes.length >= headerBytes && bytes[0] === 0x7f && bytes[1] === 0x45 && bytes[2] === 0x4c && bytes[3] === 0x46;
}

function number64(view: DataView, at: number): number {
  const value = view.getBigUint64(at, true);
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw new MalformedElfError("a field of the ELF file is out of range");
  return Number(value);
}

export function parseElf(bytes: Uint8Array): ElfFile {
  if (!isElf(bytes)) throw new MalformedElfError("not an ELF file");
  if (bytes[4] !== 2 || bytes[5] !== 1) throw new MalformedElfError("not a 64-bit little-endian ELF file");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  try {
    return parse(bytes, view);
  } catch (error) {
    if (error instanceof RangeError) throw new MalformedElfError("the ELF file is cut off");
    throw error;
  }
}

function parse(bytes: Uint8Array, view: DataView): ElfFile {
  const kind = view.getUint16(16, true);
  const machine = view.getUint16(18, true);
  const segments: ElfSegment[] = [];
  const phoff = number64(view, 32);
  for (let i = 0; i < view.getUint16(56, true); i++) {
    const at = phoff + i * segmentBytes;
    segments.push({
      type: view.getUint32(at, true),
      flags: view.getUint32(at + 4, true),
      offset: number64(view, at + 8),
      address: number64(view, at + 16),
      fileBytes: number64(view, at + 32),
      memoryBytes: number64(view, at + 40),
    });
  }
  const sections: { nameAt: number; address: number; offset: number; sizeBytes: number }[] = [];
  const shoff = number64(view, 40);
  for (let i = 0; shoff > 0 && i < view.getUint16(60, true); i++) {
    const at = shoff + i * sectionBytes;
    sections.push({ nameAt: view.getUint32(at, true), address: number64(view, at + 16), offset: number64(view, at + 24), sizeBytes: number64(view, at + 32) });
  }
  const names = sections[view.getUint16(62, true)];
  const interpreter = segments.find((s) => s.type === segmentTypes.interpreter);
  return {
    machine: machine === 62 ? "x86_64" : machine === 183 ? "aarch64" : machine === 243 ? "riscv64" : `unknown (${machine})`,
    kind: kind === 2 ? "executable" : kind === 3 ? "shared or position-independent" : `unknown (${kind})`,
    entry: number64(view, 24),
    segments,
    sections: sections.map(({ nameAt, ...s }) => ({ name: names ? text(bytes, names.offset + nameAt) : "", ...s })),
    interpreter: interpreter && text(bytes, interpreter.offset),
    neededLibraries: neededLibraries(bytes, view, segments),
  };
}

/** DT_NEEDED entries of the dynamic section. */
function neededLibraries(bytes: Uint8Array, view: DataView, segments: ElfSegment[]): string[] {
  const dynamic = segments.find((s) => s.type === segmentTypes.dynamic);
  if (!dynamic) return [];
  const needed: number[] = [];
  let strings = 0;
  for (let at = dynamic.offset; at < dynamic.offset + dynamic.fileBytes; at += 16) {
    const tag = view.getBigUint64(at, true);
    if (tag === 0n) break;
    if (tag === 1n) needed.push(number64(view, at + 8));
    if (tag === 5n) strings = number64(view, at + 8);
  }
  const holder = segments.find((s) => s.type === segmentTypes.load && strings >= s.address && strings < s.address + s.fileBytes);
  return holder ? needed.map((n) => text(bytes, holder.offset + strings - holder.address + n)) : [];
}

/** The zero-terminated text at an offset; empty when the offset is outside the file. */
function text(bytes: Uint8Array, at: number): string {
  const end = bytes.indexOf(0, at);
  return at >= bytes.length ? "" : new TextDecoder().decode(bytes.subarray(at, end < 0 ? bytes.length : end));
}

/**
 * The bytes of a new program header table: the executable's own segments (or those of them that are kept), then `more` (ascending addresses above all of
 * its own, page aligned in file and memory). The table may lie anywhere in the file; PT_PHDR, which describes it as
 * mapped memory and which a static executable does not need, is left out.
 */
export function programHeaderTable(elf: ElfFile, original: Uint8Array, more: ElfSegment[], own: readonly ElfSegment[] = elf.segments): Uint8Array {
  const view = new DataView(original.buffer, original.byteOffset, original.byteLength);
  const phoff = number64(view, 32);
  const kept = elf.segments.flatMap((s, i) =>
    s.type === segmentTypes.programHeaders || !own.includes(s) ? [] : [original.subarray(phoff + i * segmentBytes, phoff + (i + 1) * segmentBytes)],
  );
  const out = new Uint8Array((kept.length + more.length) * segmentBytes);
  kept.forEach((bytes, i) => out.set(bytes, i * segmentBytes));
  const outView = new DataView(out.buffer);
  more.forEach((s, i) => {
    const at = (kept.length + i) * segmentBytes;
    outView.setUint32(at, s.type, true);
    outView.setUint32(at + 4, s.flags, true);
    outView.setBigUint64(at + 8, BigInt(s.offset), true);
    outView.setBigUint64(at + 16, BigInt(s.address), true);
    outView.setBigUint64(at + 24, BigInt(s.address), true);
    outView.setBigUint64(at + 32, BigInt(s.fileBytes), true);
    outView.setBigUint64(at + 40, BigInt(s.memoryBytes), true);
    outView.setBigUint64(at + 48, 4096n, true);
  });
  return out;
}

/** Point the ELF header at another program header table. */
export function setProgramHeaders(bytes: Uint8Array, offset: number, count: number): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  view.setBigUint64(32, BigInt(offset), true);
  view.setUint16(56, count, true);
}

/** Mach-O, 64 bits (xnu's EXTERNAL_HEADERS/mach-o/loader.h): reading what a program says about itself, and making room for one more segment. */

export interface MachOSegment {
  name: string;
  address: number;
  memoryBytes: number;
  offset: number;
  fileBytes: number;
  maxProtection: number;
  protection: number;
  sections: { name: string; address: number; sizeBytes: number; offset: number }[];
  /** Of its load command in the file. */
  commandOffset: number;
}
export interface MachOFile {
  machine: "x86_64" | "aarch64" | `unknown (${number})`;
  kind: "executable" | `unknown (${number})`;
  flags: number;
  /** In the order of their load commands. */
  segments: MachOSegment[];
  commands: { type: number; offset: number; sizeBytes: number }[];
  /** Where the load commands end, and where the first section begins. */
  commandsEnd: number;
  firstSection: number;
  /** Names of the libraries it needs. */
  neededLibraries: string[];
  /** Path of the dynamic linker. */
  interpreter: string | undefined;
  /** What LC_CODE_SIGNATURE says. */
  signature: { offset: number; sizeBytes: number; commandOffset: number } | undefined;
}

/** To multiples of these linkers place segments. */
const linkerPage: Record<string, number> = { x86_64: 4096, aarch64: 16_384 };

export class MalformedMachOError extends Error {}

const headerBytes = 32;
const segmentCommandBytes = 72;
const sectionBytes = 80;
const requiredByDyld = 0x8000_0000;
export const loadCommands = {
  symtab: 0x2,
  dysymtab: 0xb,
  loadDylib: 0xc,
  loadDylinker: 0xe,
  segment64: 0x19,
  uuid: 0x1b,
  codeSignature: 0x1d,
  functionStarts: 0x26,
  dataInCode: 0x29,
  sourceVersion: 0x2a,
  dylibCodeSignDrs: 0x2b,
  linkerOptimizationHint: 0x2e,
  buildVersion: 0x32,
  main: requiredByDyld + 0x28,
  dyldInfoOnly: requiredByDyld + 0x22,
  exportsTrie: requiredByDyld + 0x33,
  chainedFixups: requiredByDyld + 0x34,
} as const;
/** Where in a command there are file offsets into __LINKEDIT, as byte offsets in it. */
const linkeditOffsets = new Map<number, number[]>([
  [loadCommands.symtab, [8, 16]],
  [loadCommands.dysymtab, [32, 40, 48, 56, 64, 72]],
  [loadCommands.dyldInfoOnly, [8, 16, 24, 32, 40]],
  ...[
    loadCommands.codeSignature,
    loadCommands.functionStarts,
    loadCommands.dataInCode,
    loadCommands.dylibCodeSignDrs,
    loadCommands.linkerOptimizationHint,
    loadCommands.exportsTrie,
    loadCommands.chainedFixups,
  ].map((type): [number, number[]] => [type, [8]]),
]);
/** Commands without any; one that is in neither list could hold an offset that nobody moves. */
const withoutOffsets = new Set<number>([
  loadCommands.loadDylib,
  loadCommands.loadDylinker,
  loadCommands.segment64,
  loadCommands.uuid,
  loadCommands.sourceVersion,
  loadCommands.buildVersion,
  loadCommands.main,
]);

export function isMachO(bytes: Uint8Array): boolean {
  return bytes.length >= headerBytes && bytes[0] === 0xcf && bytes[1] === 0xfa && bytes[2] === 0xed && bytes[3] === 0xfe;
}

/** @throws MalformedMachOError */
export function parseMachO(bytes: Uint8Array): MachOFile {
  if (!isMachO(bytes)) throw new MalformedMachOError("not a 64-bit little-endian Mach-O file");
  try {
    return parse(bytes, new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  } catch (error) {
    if (error instanceof RangeError) throw new MalformedMachOError("the Mach-O file is cut off");
    throw error;
  }
}

function number64(view: DataView, at: number): number {
  const value = view.getBigUint64(at, true);
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw new MalformedMachOError("a field of the Mach-O file is out of range");
  return Number(value);
}

function parse(bytes: Uint8Array, view: DataView): MachOFile {
  const cpu = view.getUint32(4, true);
  const kind = view.getUint32(12, true);
  const file: MachOFile = {
    machine: cpu === 0x0100_0007 ? "x86_64" : cpu === 0x0100_000c ? "aarch64" : `unknown (${cpu})`,
    kind: kind === 2 ? "executable" : `unknown (${kind})`,
    flags: view.getUint32(24, true),
    segments: [],
    commands: [],
    commandsEnd: headerBytes + view.getUint32(20, true),
    firstSection: bytes.length,
    neededLibraries: [],
    interpreter: undefined,
    signature: undefined,
  };
  let at = headerBytes;
  for (let i = 0; i < view.getUint32(16, true); i++) {
    const type = view.getUint32(at, true);
    const sizeBytes = view.getUint32(at + 4, true);
    if (sizeBytes < 8 || sizeBytes % 8 || at + sizeBytes > file.commandsEnd) throw new MalformedMachOError("a load command has an impossible size");
    file.commands.push({ type, offset: at, sizeBytes });
    if (type === loadCommands.segment64) file.segments.push(segmentAt(bytes, view, at));
    if (type === loadCommands.loadDylib) file.neededLibraries.push(text(bytes, at + view.getUint32(at + 8, true), at + sizeBytes));
    if (type === loadCommands.loadDylinker) file.interpreter = text(bytes, at + view.getUint32(at + 8, true), at + sizeBytes);
    if (type === loadCommands.codeSignature)
      file.signature = { offset: view.getUint32(at + 8, true), sizeBytes: view.getUint32(at + 12, true), commandOffset: at };
    at += sizeBytes;
  }
  for (const segment of file.segments)
    for (const section of segment.sections) if (section.offset) file.firstSection = Math.min(file.firstSection, section.offset);
  return file;
}

function segmentAt(bytes: Uint8Array, view: DataView, at: number): MachOSegment {
  return {
    name: text(bytes, at + 8, at + 24),
    address: number64(view, at + 24),
    memoryBytes: number64(view, at + 32),
    offset: number64(view, at + 40),
    fileBytes: number64(view, at + 48),
    maxProtection: view.getUint32(at + 56, true),
    protection: view.getUint32(at + 60, true),
    commandOffset: at,
    sections: Array.from({ length: view.getUint32(at + 64, true) }, (_, i) => {
      const s = at + segmentCommandBytes + i * sectionBytes;
      return { name: text(bytes, s, s + 16), address: number64(view, s + 32), sizeBytes: number64(view, s + 40), offset: view.getUint32(s + 48, true) };
    }),
  };
}

function text(bytes: Uint8Array, at: number, limit: number): string {
  const part = bytes.subarray(at, limit);
  const end = part.indexOf(0);
  return new TextDecoder().decode(end < 0 ? part : part.subarray(0, end));
}

export interface NewSegment {
  name: string;
  /** Its bytes in the file; __LINKEDIT follows at `end`. */
  offset: number;
  end: number;
  page: number;
  /** Where the code signature will be; it ends the file. */
  signatureOffset: number;
}

/**
 * Change the load commands of `bytes`, a stub whose __LINKEDIT was moved to `added.end`: a read-only segment more, all that
 * points into __LINKEDIT moved with it, a code signature at the end, every segment whole pages.
 * @throws MalformedMachOError when the stub has a command that is not known here, or no room for more
 */
export function moveLinkedit(bytes: Uint8Array, stub: MachOFile, added: NewSegment): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const linkedit = stub.segments.at(-1);
  if (linkedit?.name !== "__LINKEDIT") throw new MalformedMachOError("__LINKEDIT is not the last segment");
  const whole = (n: number, page = added.page) => Math.ceil(n / page) * page;
  const growth = segmentCommandBytes + (stub.signature ? 0 : 16);
  if (stub.commandsEnd + growth > stub.firstSection) throw new MalformedMachOError("the stub has no room for another segment");
  const shift = added.end - linkedit.offset;
  for (const command of stub.commands) {
    const offsets = linkeditOffsets.get(command.type);
    if (!offsets && !withoutOffsets.has(command.type)) throw new MalformedMachOError(`load command ${command.type} is not known here`);
    for (const field of offsets ?? []) {
      const offset = view.getUint32(command.offset + field, true);
      if (offset) view.setUint32(command.offset + field, offset + shift, true);
    }
  }
  stub.segments.forEach((segment, i) => {
    const next = stub.segments[i + 1];
    if (!next || segment.name === "__PAGEZERO") return;
    // What the linker left between the end of one and the beginning of the next belongs to the former, as ld64 writes it.
    const fileBytes = segment.fileBytes && segment.fileBytes === segment.memoryBytes ? next.offset - segment.offset : segment.fileBytes;
    setSegment(view, segment.commandOffset, { ...segment, fileBytes, memoryBytes: whole(Math.max(segment.memoryBytes, fileBytes), linkerPage[stub.machine]) });
  });
  // The new command goes in front of __LINKEDIT's; what follows moves up.
  bytes.copyWithin(linkedit.commandOffset + segmentCommandBytes, linkedit.commandOffset, stub.commandsEnd);
  const address = whole(linkedit.address);
  const size = added.end - added.offset;
  bytes.fill(0, linkedit.commandOffset, linkedit.commandOffset + segmentCommandBytes);
  view.setUint32(linkedit.commandOffset, loadCommands.segment64, true);
  view.setUint32(linkedit.commandOffset + 4, segmentCommandBytes, true);
  bytes.set(new TextEncoder().encode(added.name), linkedit.commandOffset + 8);
  const readOnly = { maxProtection: 1, protection: 1 };
  setSegment(view, linkedit.commandOffset, { address, memoryBytes: whole(size), offset: added.offset, fileBytes: size, ...readOnly });
  const linkeditBytes = bytes.length - added.end;
  setSegment(view, linkedit.commandOffset + segmentCommandBytes, {
    address: address + whole(size),
    memoryBytes: whole(linkeditBytes),
    offset: added.end,
    fileBytes: linkeditBytes,
    ...readOnly,
  });
  const signatureCommand = stub.signature ? stub.signature.commandOffset + segmentCommandBytes : stub.commandsEnd + segmentCommandBytes;
  [loadCommands.codeSignature, 16, added.signatureOffset, bytes.length - added.signatureOffset].forEach((value, i) =>
    view.setUint32(signatureCommand + i * 4, value, true),
  );
  view.setUint32(16, stub.commands.length + (stub.signature ? 1 : 2), true);
  view.setUint32(20, stub.commandsEnd - headerBytes + growth, true);
}

function setSegment(
  view: DataView,
  command: number,
  segment: Pick<MachOSegment, "address" | "memoryBytes" | "offset" | "fileBytes" | "maxProtection" | "protection">,
): void {
  [segment.address, segment.memoryBytes, segment.offset, segment.fileBytes].forEach((value, i) => view.setBigUint64(command + 24 + i * 8, BigInt(value), true));
  view.setUint32(command + 56, segment.maxProtection, true);
  view.setUint32(command + 60, segment.protection, true);
}

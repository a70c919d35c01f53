/**
 * Constants of the bytecode file (docs/engine.md, "Bytecode file"): the compiler, the verifier and the VM's loader
 * (packages/vm/assembly/generated/layout.ts) share them.
 */
import { crc32 } from "./crc32.ts";
import { formsText } from "./forms.ts";
import { opcodes } from "./opcodes.ts";

/** "ZSBC" as a little-endian u32. */
export const MAGIC = 0x4342535a;
export const VERSION = 2;
export const HEADER_SIZE = 32;
export const SECTION_ENTRY_SIZE = 16;
/** The checksum covers everything from here to the end of the file. */
export const CHECKSUM_START = 16;

export const fileFlags = { MODULE: 1, LIBRARY: 2, STRIPPED: 4 } as const;

export const sectionIds = {
  STRINGS: 1,
  NUMBERS: 2,
  BIGINTS: 3,
  FUNCTIONS: 4,
  LINES: 6,
  TEMPLATES: 7,
  REGEXPS: 8,
  MODULE: 9,
  SOURCE: 10,
} as const;
export type SectionName = keyof typeof sectionIds;

/** Items of STRINGS, FUNCTIONS, LINES and TEMPLATES stand one after the other; every so many of them have their offset in a table. */
export const INDEX_STRIDE = 16;

/** First byte of a string that is not Latin-1. */
export const wideEncodings = { UTF16: 0, UTF8: 1 } as const;

/** Which parts a function's record has. */
export const partFlags = { MODULE_SCOPE: 1, CONSTANTS: 2, SITES: 4, CHILDREN: 8, SHAPES: 16, EXCEPTIONS: 32, TABLES: 64 } as const;

export const functionFlags = {
  STRICT: 1,
  ARROW: 2,
  GENERATOR: 4,
  ASYNC: 8,
  METHOD: 16,
  CLASS_CONSTRUCTOR: 32,
  DERIVED: 64,
  USES_ARGUMENTS: 128,
  HAS_REST: 256,
  MAPPED_ARGUMENTS: 512,
  GETTER_SETTER: 1024,
  LIBRARY: 2048,
  HAS_SIMPLE_PARAMS: 4096,
  MODULE_MAIN: 8192,
} as const;

export const constantKinds = { STRING: 0, NUMBER: 1, BIGINT: 2, TEMPLATE: 3, REGEXP: 4 } as const;
export const exportKinds = { LOCAL: 0, INDIRECT: 1, NAMESPACE: 2, STAR: 3 } as const;
/** First operand of THROWERR. */
export const errorKinds = { Error: 0, TypeError: 1, ReferenceError: 2, SyntaxError: 3, RangeError: 4 } as const;

/** Most registers that a frame can have; register 255 means "none" in optReg operands. */
export const MAX_REGISTERS = 255;
export const NO_REGISTER = 255;
/** Shape operand of NEWOBJ for an empty object. */
export const EMPTY_SHAPE = 0xffff;

/** What the hash in the header covers: any change of the table makes older files unreadable. */
export const opcodeTableText = opcodes.map((o) => `${o.name} ${o.operands.map(([, kind]) => kind).join(",")}\n`).join("");
export const opcodeTableHash = crc32(ascii(opcodeTableText + formsText));

/** A loop, for it runs whenever the module is loaded, before V8 has compiled anything: `Uint8Array.from` takes three times as long. */
function ascii(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}

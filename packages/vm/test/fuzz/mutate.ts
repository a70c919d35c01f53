/**
 * Mutants of valid bytecode files that get past the checksum: bytes, header and section fields, instructions with operands that are nearly right, and the
 * tables of functions (by way of the model). A mutant is a function of its seed alone.
 */
import { crc32 } from "node:zlib";
import {
  type BytecodeFile,
  CHECKSUM_START,
  decode,
  encode,
  functionFlags,
  HEADER_SIZE,
  instructionSize,
  type Opcode,
  opcodes,
  operandSize,
  SECTION_ENTRY_SIZE,
  sectionsOf,
} from "@zerostart/bytecode";
import { Random } from "./random.ts";

type FunctionRecord = BytecodeFile["functions"][number];
interface Subject {
  readonly bytes: Uint8Array;
  readonly file: BytecodeFile;
  /** Of each function: offsets of its instructions. */
  readonly starts: readonly (readonly number[])[];
  /** Where the file holds the functions. */
  readonly functions: { readonly offset: number; readonly end: number };
}

const sizes = opcodes.map(instructionSize);
const bySize = Map.groupBy(
  opcodes.map((_, i) => i),
  (i) => sizes[i]!,
);
const hostileNumbers = [0, 1, 2, 7, 8, 31, 63, 127, 128, 254, 255, 256, 0x7fff, 0x8000, 0xffff, 0x10000, 0x7fffffff, 0x80000000, 0xffffffff];

function subjectOf(bytes: Uint8Array): Subject {
  const file = decode(bytes);
  const starts = file.functions.map(({ code }) => {
    const list: number[] = [];
    for (let pc = 0; pc < code.length; pc += sizes[code[pc]!]!) list.push(pc);
    return list;
  });
  return { bytes, file, starts, functions: sectionsOf(bytes).get("FUNCTIONS")! };
}

export class Mutator {
  private readonly subjects: readonly Subject[];

  constructor(corpus: readonly Uint8Array[]) {
    this.subjects = corpus.map(subjectOf);
  }

  /** The mutant of a seed; the same corpus and seed give the same bytes. */
  mutant(seed: number): Uint8Array {
    const random = new Random(seed);
    const subject = random.pick(this.subjects);
    const way = random.below(100);
    let bytes: Uint8Array;
    const isSmall = subject.bytes.length < 20_000;
    if (way < 20 && isSmall) bytes = ofModel(subject.bytes, random);
    else if (way < 70 && isSmall) bytes = ofInstructions(subject, random);
    else {
      bytes = subject.bytes.slice();
      const times = random.pick([1, 1, 1, 2, 3, 8]);
      const { offset, end } = subject.functions;
      for (let i = 0; i < times; i++) {
        if (way < 80) bytes[offset + random.below(end - offset)] = random.chance(50) ? random.below(256) : random.pick([0, 1, 127, 128, 255]);
        else if (way < 93) bytes[random.chance(90) ? HEADER_SIZE + random.below(bytes.length - HEADER_SIZE) : random.below(HEADER_SIZE)] = random.below(256);
        else field(bytes, random);
      }
    }
    // A cut-off file now and then; the length in the header says so, or not.
    if (random.chance(1)) bytes = bytes.slice(0, random.below(bytes.length + 1));
    if (bytes.length < HEADER_SIZE) return bytes;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    if (!random.chance(2)) view.setUint32(8, bytes.length, true);
    view.setUint32(12, crc32(bytes.subarray(CHECKSUM_START)), true);
    return bytes;
  }
}

/** Header and section table. */
function field(bytes: Uint8Array, random: Random): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const sections = Math.min(64, view.getUint32(20, true));
  const words = Math.min((HEADER_SIZE + sections * SECTION_ENTRY_SIZE) >>> 2, bytes.length >>> 2);
  const at = 4 * random.below(words);
  view.setUint32(at, random.chance(50) ? random.pick(hostileNumbers) : view.getUint32(at, true) + random.below(17) - 8, true);
}

/** Instructions with other operands, of other kinds or in other places, written as the encoder writes them. */
function ofInstructions({ bytes, file, starts }: Subject, random: Random): Uint8Array {
  const functions = [...file.functions];
  const times = random.pick([1, 1, 1, 2, 3, 8]);
  for (let i = 0; i < times; i++) {
    const index = random.below(functions.length);
    const fn = functions[index]!;
    const code = fn.code.slice();
    instruction(code, file.functions[index]!, starts[index]!, random);
    functions[index] = { ...fn, code };
  }
  return encoded({ ...file, functions }, bytes);
}

/** The encoder will not write everything that a model can say: then the file is what it was. */
function encoded(file: BytecodeFile, otherwise: Uint8Array): Uint8Array {
  try {
    return encode(file);
  } catch {
    return otherwise.slice();
  }
}

/** One instruction: another operand, another opcode of its size, or another place. */
function instruction(bytes: Uint8Array, fn: FunctionRecord, starts: readonly number[], random: Random): void {
  const where = random.pick(starts);
  const opcode = opcodes[bytes[where]!];
  if (opcode === undefined) return;
  const size = instructionSize(opcode);
  switch (random.below(10)) {
    case 0:
    case 1: {
      bytes[where] = random.pick(bySize.get(size)!);
      if (random.chance(50)) operands(bytes, where, fn, random, 60);
      return;
    }
    case 2: {
      // Another instruction of the function, if one has this size.
      const other = random.pick(starts);
      if (sizes[fn.code[other]!] !== size) return;
      const copy = bytes.slice(other, other + size);
      if (random.chance(50)) bytes.copyWithin(other, where, where + size);
      bytes.set(copy, where);
      return;
    }
    case 3:
      bytes.fill(0, where, where + size); // NOPs
      return;
    default:
      operands(bytes, where, fn, random, 100 / Math.max(1, opcode.operands.length));
  }
}

function operands(bytes: Uint8Array, where: number, fn: FunctionRecord, random: Random, percent: number): void {
  const opcode: Opcode = opcodes[bytes[where]!]!;
  const near = (value: number, count: number) => (random.chance(30) ? value + random.below(5) - 2 : random.below(Math.max(1, count)));
  let at = where + 1;
  for (const [, kind] of opcode.operands) {
    const size = operandSize(kind);
    if (random.chance(percent)) {
      const value = size === 1 ? bytes[at]! : size === 2 ? bytes[at]! | (bytes[at + 1]! << 8) : 0;
      let next: number;
      switch (kind) {
        case "dst":
        case "reg":
        case "base":
          next = near(value, fn.nregs);
          break;
        case "optReg":
          next = random.chance(30) ? 255 : near(value, fn.nregs);
          break;
        case "k":
        case "str":
          next = near(value, fn.constants.length);
          break;
        case "fn":
          next = near(value, fn.children.length);
          break;
        case "site":
          next = near(value, fn.sites.length);
          break;
        case "shape":
          next = near(value, fn.shapes.length + 1);
          break;
        case "table":
          next = near(value, fn.tables.length);
          break;
        case "slot":
          next = near(value, random.chance(80) ? 8 : 0x10000);
          break;
        case "off16":
        case "off32":
          // Mostly to an instruction, if not to the one that was meant.
          next = random.chance(80) ? random.below(fn.code.length) - where : random.next();
          break;
        default:
          next = random.chance(50) ? value + random.below(5) - 2 : random.pick(hostileNumbers);
      }
      for (let i = 0; i < size; i++) bytes[at + i] = (next >> (8 * i)) & 255;
    }
    at += size;
  }
}

/** What only the model knows: flags, counts, exception ranges, switch tables, constants, modules. */
function ofModel(bytes: Uint8Array, random: Random): Uint8Array {
  const file = decode(bytes);
  const near = (value: number) => (random.chance(60) ? Math.max(0, value + random.below(5) - 2) : random.pick(hostileNumbers.slice(0, 16)));
  const times = random.pick([1, 1, 2, 4]);
  for (let i = 0; i < times; i++) {
    const fn = random.pick(file.functions);
    switch (random.below(16)) {
      case 0:
      case 1:
        fn.flags ^= random.pick(Object.values(functionFlags));
        break;
      case 2:
        fn.nparams = near(fn.nparams);
        break;
      case 3:
        fn.nregs = near(fn.nregs);
        break;
      case 4:
        fn.length = near(fn.length);
        break;
      case 5:
        fn.moduleScopeSlots = near(fn.moduleScopeSlots);
        break;
      case 6:
        if (fn.constants.length > 0) fn.constants[random.below(fn.constants.length)] = { kind: random.below(6), index: near(0) };
        break;
      case 7:
        if (fn.children.length > 0) fn.children[random.below(fn.children.length)] = random.below(file.functions.length + 1);
        break;
      case 8:
      case 9: {
        const entry = { start: near(0), length: near(fn.code.length), handler: random.below(fn.code.length), register: random.below(Math.max(1, fn.nregs)) };
        const old = fn.exceptions[0];
        if (old && random.chance(50))
          fn.exceptions[0] = {
            ...old,
            ...random.pick([{ handler: entry.handler }, { start: entry.start }, { length: entry.length }, { register: near(old.register) }]),
          };
        else fn.exceptions.unshift(entry);
        break;
      }
      case 10:
        for (const table of fn.tables)
          for (let j = 0; j < table.length; j++)
            if (random.chance(30)) table[j] = { ...table[j]!, target: random.below(fn.code.length), key: near(table[j]!.key) };
        break;
      case 11:
        if (fn.sites.length > 0) fn.sites[random.below(fn.sites.length)] = near(file.strings.length - 1);
        break;
      case 12:
        fn.shapes.push(Array.from({ length: random.pick([0, 3, 40, 300]) }, () => random.below(file.strings.length)));
        break;
      case 13:
        if (file.strings.length > 0)
          file.strings[random.below(file.strings.length)] = random.pick([
            "",
            "0",
            "4294967295",
            "length",
            "__proto__",
            "constructor",
            "prototype",
            "\u{1f600}",
            "a".repeat(300),
            "(",
            "[z-a]",
            "1e9",
          ]);
        break;
      case 14:
        if (file.module) {
          const { exports, imports, requests } = file.module;
          const name = random.below(file.strings.length);
          random.pick([
            () => exports.push({ name, kind: random.below(5), a: near(0), b: near(0) }),
            () => exports.length > 0 && (exports[0] = { ...exports[0]!, a: near(exports[0]!.a), kind: random.below(5) }),
            () => imports.push({ request: near(0), name: random.below(3) - 1 }),
            () => requests.push(file.filename >= 0 && random.chance(50) ? file.filename : name),
          ])();
        } else file.module = { requests: [], imports: [], exports: [] };
        break;
      default:
        file.flags ^= random.pick([1, 2, 4]);
    }
  }
  return encoded(file, bytes);
}

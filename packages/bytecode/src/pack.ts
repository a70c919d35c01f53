/**
 * The instructions of one function as a file holds them (docs/engine.md, "Instructions in a file"): forms in place of opcodes, only operands that do not
 * follow from what was before, and the strings of property sites and constants in place of indices into lists, which the reader makes anew.
 */
import { NO_OPERAND, forms, shortFormsOf, sources } from "./forms.ts";
import { EMPTY_SHAPE, constantKinds } from "./layout.ts";
import type { Constant } from "./model.ts";
import { instructionSize, opcodes, operandSize, type OperandKind } from "./opcodes.ts";
import { zigzag, type Writer } from "./writer.ts";

const sizes: readonly number[] = opcodes.map(instructionSize);
const kindsOf: readonly (readonly OperandKind[])[] = opcodes.map(({ operands }) => operands.map(([, kind]) => kind));
/** Index of the operand that names the register an instruction writes: the first `dst`, else the `base`; -1 for none. */
const writtenOperand: readonly number[] = kindsOf.map((kinds) => (kinds.includes("dst") ? kinds.indexOf("dst") : kinds.indexOf("base")));

/** How an operand is written that the form does not say. */
const BYTE = 0;
const CONSTANT = 1;
const SITE = 2;
const CHILD = 3;
const SIGNED16 = 4;
const SIGNED32 = 5;
const SHAPE = 6;
const WORD = 7;

function writingOf(kind: OperandKind): number {
  switch (kind) {
    case "k":
    case "str":
      return CONSTANT;
    case "site":
      return SITE;
    case "fn":
      return CHILD;
    case "i16":
    case "off16":
      return SIGNED16;
    case "off32":
      return SIGNED32;
    case "shape":
      return SHAPE;
    case "table":
    case "slot":
    case "u16":
      return WORD;
    default:
      return BYTE;
  }
}
const writings: readonly (readonly number[])[] = kindsOf.map((kinds) => kinds.map(writingOf));
const operandSizes: readonly (readonly number[])[] = kindsOf.map((kinds) => kinds.map(operandSize));

/** What the instructions of a function refer to: its own lists. */
export interface CodeLists {
  readonly code: Uint8Array;
  readonly constants: readonly Constant[];
  readonly sites: readonly number[];
}

/** Writes the instructions of functions, one after the other. */
export class Packer {
  private readonly writer: Writer;
  private readonly values = [0, 0, 0, 0, 0];
  /** Constants and sites that the function written last uses: the reader's lists have that many. */
  constants = 0;
  sites = 0;

  constructor(writer: Writer) {
    this.writer = writer;
  }

  /** Instructions must be whole; operands are written as they are. */
  pack({ code, constants, sites }: CodeLists): void {
    const { writer, values } = this;
    /** Number of a constant in the reader's list plus one, 0 until it is used. */
    const numbers = new Uint16Array(constants.length);
    let constantCount = 0;
    let siteCount = 0;
    let nextChild = 0;
    let last = 0;
    for (let pc = 0; pc < code.length;) {
      const opcode = code[pc]!;
      const kinds = writings[opcode]!;
      const count = kinds.length;
      const widths = operandSizes[opcode]!;
      let at = pc + 1;
      for (let i = 0; i < count; i++) {
        const width = widths[i]!;
        let value = code[at]!;
        if (width === 2) value |= code[at + 1]! << 8;
        else if (width === 4) value |= (code[at + 1]! << 8) | (code[at + 2]! << 16) | (code[at + 3]! << 24);
        values[i] = value;
        at += width;
      }
      let number = opcode;
      const candidates = shortFormsOf[opcode]!;
      for (let c = 0; c < candidates.length; c++) {
        const list = forms[candidates[c]!]!.sources;
        let i = 0;
        for (; i < count; i++) {
          const source = list[i]!;
          const value = values[i]!;
          if (source === sources.EXPLICIT) continue;
          if (source >= sources.LAST_LEAST) {
            if (value !== last + source - sources.LAST) break;
          } else if (source >= sources.CONSTANT) {
            if (value !== source - sources.CONSTANT) break;
          } else if (source === sources.SELF) {
            if (value !== values[0]) break;
          } else if (source === sources.NONE) {
            if (value !== NO_OPERAND) break;
          } else if (kinds[i] === CHILD ? value !== nextChild : numbers[value] !== 0 || constants[value]!.kind !== constantKinds.STRING) break;
        }
        if (i === count) {
          number = candidates[c]!;
          break;
        }
      }
      writer.u8(number);
      const list = forms[number]!.sources;
      for (let i = 0; i < count; i++) {
        const source = list[i]!;
        const value = values[i]!;
        const writing = kinds[i]!;
        if (writing === CHILD) nextChild = value + 1;
        if (source === sources.EXPLICIT) {
          switch (writing) {
            case BYTE:
              writer.u8(value);
              break;
            case CONSTANT: {
              // One that is not in the list is written as one that was used: the reader refuses it.
              if (numbers[value] !== 0) writer.varint((((numbers[value] ?? value + 1) - 1) << 1) | 1);
              else {
                numbers[value] = ++constantCount;
                const { kind, index } = constants[value]!;
                writer.varint(((index << 4) | (kind << 1)) >>> 0);
              }
              break;
            }
            case SITE:
              siteCount++;
              writer.varint(sites[value]!);
              break;
            case SIGNED16:
              writer.varint(zigzag((value << 16) >> 16));
              break;
            case SIGNED32:
              writer.varint(zigzag(value));
              break;
            case SHAPE:
              writer.varint(value === EMPTY_SHAPE ? 0 : value + 1);
              break;
            default:
              writer.varint(value);
          }
        } else if (source === sources.NEXT && writing === CONSTANT) {
          numbers[value] = ++constantCount;
          writer.varint(constants[value]!.index);
        }
      }
      const written = writtenOperand[opcode]!;
      if (written >= 0) last = values[written]!;
      pc += sizes[opcode]!;
    }
    this.constants = constantCount;
    this.sites = siteCount;
  }
}

/** What `unpack` reads from. */
export interface Source {
  u8(): number;
  varint(): number;
  zigzag(): number;
}

/** Reads the instructions of a function. `fail` is called, and must throw, when they are not what was announced. */
export function unpack(
  from: Source,
  announced: { codeLength: number; constants: number; sites: number },
  fail: (message: string) => never,
): { code: Uint8Array; constants: Constant[]; sites: number[] } {
  const { codeLength } = announced;
  const code = new Uint8Array(codeLength);
  const constants: Constant[] = [];
  const sites: number[] = [];
  const values = [0, 0, 0, 0, 0];
  let nextChild = 0;
  let last = 0;
  for (let pc = 0; pc < codeLength;) {
    const number = from.u8();
    const form = forms[number];
    if (!form) fail(`unknown instruction ${number}`);
    const { opcode, sources: list } = form;
    if (pc + sizes[opcode]! > codeLength) fail(`${opcodes[opcode]!.name} is cut off`);
    const kinds = writings[opcode]!;
    code[pc++] = opcode;
    for (let i = 0; i < kinds.length; i++) {
      const source = list[i]!;
      const writing = kinds[i]!;
      let value: number;
      if (source >= sources.LAST_LEAST) value = last + source - sources.LAST;
      else if (source >= sources.CONSTANT) value = source - sources.CONSTANT;
      else if (source === sources.SELF) value = values[0]!;
      else if (source === sources.NONE) value = NO_OPERAND;
      else
        switch (writing) {
          case BYTE:
            value = from.u8();
            break;
          case CONSTANT: {
            const next = source === sources.NEXT;
            const head = from.varint();
            if (!next && head & 1) value = head >>> 1;
            else value = constants.push(next ? { kind: constantKinds.STRING, index: head } : { kind: (head >>> 1) & 7, index: head >>> 4 }) - 1;
            break;
          }
          case SITE:
            value = sites.push(from.varint()) - 1;
            break;
          case CHILD:
            value = source === sources.NEXT ? nextChild : from.varint();
            break;
          case SIGNED16:
          case SIGNED32:
            value = from.zigzag();
            break;
          case SHAPE:
            value = from.varint();
            value = value === 0 ? EMPTY_SHAPE : value - 1;
            break;
          default:
            value = from.varint();
        }
      if (writing === CHILD) nextChild = value + 1;
      const width = operandSizes[opcode]![i]!;
      const fits = width === 1 ? value >= 0 && value <= 255 : width === 4 || (writing === SIGNED16 ? (value << 16) >> 16 === value : value <= 0xffff);
      if (!fits) fail(`${opcodes[opcode]!.name}: operand ${value} is out of range`);
      values[i] = value;
      code[pc++] = value;
      if (width > 1) code[pc++] = value >> 8;
      if (width > 2) {
        code[pc++] = value >> 16;
        code[pc++] = value >> 24;
      }
    }
    const written = writtenOperand[opcode]!;
    if (written >= 0) last = values[written]!;
  }
  if (constants.length !== announced.constants || sites.length !== announced.sites)
    fail(`${constants.length} constants and ${sites.length} sites, announced were ${announced.constants} and ${announced.sites}`);
  return { code, constants, sites };
}

/**
 * How a file writes instructions: the one list of forms, from which the encoder, the decoder and the VM's loader (packages/vm/assembly/generated/forms.ts)
 * are made. The interpreter runs instructions as opcodes.ts describes them; in a file each is a form, one byte, and then only the operands that
 * the form does not say. The first forms are the opcodes themselves, with all operands; the short ones below leave out what mostly follows from
 * what was before: the register of the instruction before, an argument count of one.
 */
import { opcodes, type OperandKind } from "./opcodes.ts";

/**
 * Where an operand comes from. EXPLICIT: it is written (docs/engine.md, "Instructions"). SELF: it is the instruction's first operand. NEXT: of kind `fn`, the child
 * after the last one made; of kind `k` and `str`, a string that this function has not used before: its index is written. From CONSTANT on: the value
 * itself. From LAST_LEAST on: the register that the instruction before wrote plus `source - LAST`.
 * NONE: 255.
 */
export const sources = { EXPLICIT: 0, SELF: 1, NEXT: 2, NONE: 3, CONSTANT: 8, LAST_LEAST: 16, LAST: 32 } as const;
export const NO_OPERAND = 255;

export interface Form {
  readonly opcode: number;
  /** A source for each operand. */
  readonly sources: readonly number[];
}

/**
 * The short forms: opcode, then the source of each operand; `_` explicit, `=n` a constant, `last+n` a register. They were chosen by the bytes that they take off
 * bundles of npm packages and the engine's own library, the best first.
 */
const shortForms = `
APPEND last-1 last+0
GETPROP last-1 last+0 _
INITSLOT last-1 _ last+0
ADD last-1 last-1 last+0
CALL last-2 last-2 =1
LDUP _ =0 _
GETPROP last+0 last+0 _
STSLOT =0 _ last+0
CALLU last-2 last-2 =1
LOADK last+1 _
LOADK last+0 _
MOVE last+1 _
CLOSURE _ next =0
MOVE last+2 _
RET last+0
APPEND last-2 last-1
NEWARR last-1 =2
CALLU last-3 last-3 =2
LOADI last+1 _
LDUP last+1 =0 _
GETPROP _ =0 _
LDUP last+0 =0 _
JF last+0 _
CALL last-3 last-3 =2
MOVE last+2 =0
JSNE last-1 last+0 _
CALL last+0 last+0 =0
SETPROP last-1 _ last+0
DEFMETHOD last-1 last+1 last+0 =0
GETELEM last-1 _ last+0
CLOSURE last+0 next =0
TOSTR last-1 last+0
NEW last-2 last-2 =1
LDUP last+2 =0 _
CLOSURE _ next _
CALLU last-4 last-4 =3
STSLOT _ _ last+0
JSEQ last-1 last+0 _
INITSLOT last-1 =0 last+0
LOADI last+0 _
GETPROP last+1 _ _
CALL _ last-2 =1
JT last+0 _
MOVE last+1 last+0
LDSLOT _ _ =0
CALLU last+0 last+0 =0
LDUP _ =1 _
GETPROP last+1 =0 _
MOVE last+1 =1
LOADK last+2 _
MOVE last+1 =0
MOVE last+2 last-1
MOVE last+0 _
GETPROP last+0 _ _
NEWOBJ last+1 =0
INITSLOT last-1 =1 last+0
LDSLOT _ =0 _
LOADI last+2 _
SETPROP _ _ last+0
GETPROP last+2 =0 _
GETPROP last+2 _ _
INITSLOT last-2 _ last-1
GETLEN last+0 last+0 _
MOVE last+2 =1
CALLU _ last-2 =1
MOVE _ last+0
MOVE last+1 =2
STSLOT =2 _ last+0
GETELEM last+0 last+0 _
TOSTR last+1 _
CALLU last-5 last-5 =4
SEQ last-1 last-1 last+0
CALL _ self _
CALL _ last-3 =2
NEWSCOPE _ none _
CLOSURE last-1 next =0
STSLOT last+0 =0 =0
INITSLOT last+0 =0 _
GETPROP last+0 =0 _
GETGLOBAL last+0 _
LOADK last+1 next
LOADUNDEF last+0
RET last-1
MOVE last+3 =0
ADD _ self last+0
LDUP last-1 =0 _
LOADK last+0 next
CALL _ last+0 =0
CLOSURE _ next =1
INITPROP last-1 _ last+0
CLOSURE _ next =2
LDSLOT _ _ =1
GETGLOBAL last+1 _
JNNULLISH last+0 _
SETELEM _ last-1 last+0
NEW last-1 last-1 =0
CALLU last-3 last-3 =1
STUP =0 _ last+0
NEWOBJ last+0 _
LDSLOT _ =2 =0
INC _ self
`;

function sourceOf(text: string): number {
  if (text === "_") return sources.EXPLICIT;
  if (text === "self") return sources.SELF;
  if (text === "next") return sources.NEXT;
  if (text === "none") return sources.NONE;
  if (text.startsWith("=")) return sources.CONSTANT + Number(text.slice(1));
  return sources.LAST + Number(text.slice(4));
}

const numberOf = new Map(opcodes.map(({ name }, number) => [name, number]));

export const forms: readonly Form[] = [
  ...opcodes.map(({ operands }, opcode) => ({ opcode, sources: operands.map(() => sources.EXPLICIT) })),
  ...shortForms
    .trim()
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => {
      const [name, ...list] = line.split(" ");
      return { opcode: numberOf.get(name!) ?? -1, sources: list.map(sourceOf) };
    }),
];

/** What the hash in the header covers beside the opcode table. */
export const formsText = forms.map(({ opcode, sources: list }) => `${opcode} ${list.join(",")}\n`).join("");

const implied = (form: number): number => forms[form]!.sources.filter((source) => source !== sources.EXPLICIT).length;

/** Short forms of each opcode, those that leave out most first. */
export const shortFormsOf: readonly (readonly number[])[] = opcodes.map(() => []);
for (let number = opcodes.length; number < forms.length; number++) (shortFormsOf[forms[number]!.opcode] as number[]).push(number);
for (const list of shortFormsOf) (list as number[]).sort((a, b) => implied(b) - implied(a) || a - b);

/** Kinds of operands that are one byte. */
export const isByte = (kind: OperandKind): boolean => ["dst", "reg", "optReg", "base", "i8", "u8"].includes(kind);

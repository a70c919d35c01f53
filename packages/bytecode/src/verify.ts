/**
 * Rejects a malformed bytecode file before anything runs it: the structure (decode.ts), then every instruction: boundaries,
 * registers, call windows, constant kinds, jump targets, exception ranges, and opcodes that only library code may use.
 * Slots of Scopes are checked by the VM, which knows the Scope.
 */
import { BytecodeError, decode, fail } from "./decode.ts";
import { EMPTY_SHAPE, NO_REGISTER, constantKinds, fileFlags, functionFlags } from "./layout.ts";
import type { BytecodeFile, FunctionRecord } from "./model.ts";
import { instructionSize, opcodeNumber, opcodes, operandSize } from "./opcodes.ts";

export type VerifyResult = { readonly ok: true; readonly file: BytecodeFile } | { readonly ok: false; readonly message: string };

/** Checks a whole file; the message says what is wrong and where. Never throws, whatever the bytes. */
export function verify(bytes: Uint8Array): VerifyResult {
  try {
    const file = decode(bytes);
    if (file.functions[file.mainFunction]!.nparams > 2) fail("the main function has parameters");
    file.functions.forEach((fn, index) => verifyFunction(file, fn, index));
    return { ok: true, file };
  } catch (error) {
    if (error instanceof BytecodeError) return { ok: false, message: error.message };
    throw error;
  }
}

const sizes = opcodes.map(instructionSize);
const libraryOnly = new Set([opcodeNumber["INTRINSIC"], opcodeNumber["RESUME"], opcodeNumber["LOADSPECIAL"]]);
/** Registers that instructions with a `base` operand use from there on, argument count not included. */
const baseWindows: Readonly<Record<string, number>> = {
  CALL: 2,
  CALLU: 2,
  NEW: 2,
  CALLV: 3,
  NEWV: 3,
  INTRINSIC: 0,
  COPYREST: 0,
  CLASS: 2,
  GETITER: 2,
  GETSYNCITER: 2,
  GETASYNCITER: 2,
  ITERNEXT: 2,
  ITERVALUE: 2,
  ITERCLOSE: 2,
  ITERCLOSEQ: 2,
  FORIN: 2,
  FORINNEXT: 2,
  YIELD: 2,
};
/** Largest value of u8 operands that are flags or kinds. */
const flagLimits: Readonly<Record<string, number>> = { THROWERR: 4, DEFMETHOD: 6, DEFPRIVM: 6, SETNAME: 2, DECLLEX: 1, LOADSPECIAL: 7 };

function verifyFunction(file: BytecodeFile, fn: FunctionRecord, index: number): void {
  const code = fn.code;
  const where = (pc: number): string => `function ${index}, offset ${pc}`;
  const starts = new Uint8Array(code.length + 1);
  let last = -1;
  for (let pc = 0; pc < code.length; pc += sizes[last]!) {
    last = code[pc]!;
    if (last >= opcodes.length) fail(`${where(pc)}: unknown opcode ${last}`);
    if (pc + sizes[last]! > code.length) fail(`${where(pc)}: ${opcodes[last]!.name} is cut off`);
    starts[pc] = 1;
  }
  if (last < 0 || !opcodes[last]!.ends) fail(`function ${index}: control runs off the end of the code`);
  const target = (at: number, pc: number): void => {
    if (at < 0 || at >= code.length || !starts[at]) fail(`${where(pc)}: target ${at} is not an instruction`);
  };

  for (let pc = 0; pc < code.length;) {
    const number = code[pc]!;
    const opcode = opcodes[number]!;
    const end = pc + sizes[number]!;
    const bad = (what: string): never => fail(`${where(pc)}: ${opcode.name}: ${what}`);
    if (libraryOnly.has(number) && !(file.flags & fileFlags.LIBRARY)) bad("only allowed in library code");
    if ((opcode.name === "YIELD" && !(fn.flags & functionFlags.GENERATOR)) || (opcode.name === "AWAIT" && !(fn.flags & functionFlags.ASYNC)))
      bad("only allowed in generators and async functions");
    if (opcode.name === "INITGEN" && !(fn.flags & (functionFlags.GENERATOR | functionFlags.ASYNC))) bad("not a generator or async function");
    let at = pc + 1;
    let base = -1;
    for (const [name, kind] of opcode.operands) {
      const size = operandSize(kind);
      const value = size === 1 ? code[at]! : size === 2 ? code[at]! | (code[at + 1]! << 8) : 0;
      switch (kind) {
        case "dst":
        case "reg":
          if (value >= fn.nregs) bad(`register ${value} of ${fn.nregs}`);
          break;
        case "optReg":
          if (value !== NO_REGISTER && value >= fn.nregs) bad(`register ${value} of ${fn.nregs}`);
          break;
        case "base":
          base = value;
          break;
        case "k": {
          const constant = fn.constants[value] ?? bad(`constant ${value} of ${fn.constants.length}`);
          const allowed =
            opcode.name === "TEMPLATE"
              ? constant.kind === constantKinds.TEMPLATE
              : opcode.name === "REGEXP"
                ? constant.kind === constantKinds.REGEXP
                : constant.kind <= constantKinds.BIGINT;
          if (!allowed) bad(`constant ${value} has the wrong kind`);
          break;
        }
        case "str":
          if (fn.constants[value]?.kind !== constantKinds.STRING) bad(`constant ${value} is not a string`);
          break;
        case "fn":
          if (value >= fn.children.length) bad(`child function ${value} of ${fn.children.length}`);
          break;
        case "site":
          if (value >= fn.sites.length) bad(`site ${value} of ${fn.sites.length}`);
          break;
        case "shape":
          if (value !== EMPTY_SHAPE && value >= fn.shapes.length) bad(`shape ${value} of ${fn.shapes.length}`);
          break;
        case "table":
          if (value >= fn.tables.length) bad(`table ${value} of ${fn.tables.length}`);
          break;
        case "off16":
          target(end + ((value << 16) >> 16), pc);
          break;
        case "off32":
          target(end + (code[at]! | (code[at + 1]! << 8) | (code[at + 2]! << 16) | (code[at + 3]! << 24)), pc);
          break;
        case "u8":
          if (name === "argc" || name === "count") {
            if (base + (baseWindows[opcode.name] ?? 0) + value > fn.nregs) bad(`window of ${value} at register ${base} of ${fn.nregs}`);
            base = -1;
          } else if (value > (flagLimits[opcode.name] ?? 255)) bad(`${name} ${value}`);
          break;
        case "u16":
          if (opcode.name === "LDIMPORT" && value >= (file.module?.imports.length ?? 0)) bad(`import ${value} of ${file.module?.imports.length ?? 0}`);
          break;
      }
      at += size;
    }
    if (base >= 0 && base + (baseWindows[opcode.name] ?? 1) > fn.nregs) bad(`window at register ${base} of ${fn.nregs}`);
    pc = end;
  }

  for (const { start, length, handler } of fn.exceptions) {
    target(start, start);
    target(handler, handler);
    const end = start + length;
    if (length === 0 || end > code.length || (end < code.length && !starts[end])) fail(`function ${index}: exception range ${start}..${end}`);
  }
  for (const table of fn.tables) for (const entry of table) target(entry.target, entry.target);
}

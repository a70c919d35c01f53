import { decode } from "./decode.ts";
import { instructionSize, opcodes, operandSize } from "./opcodes.ts";

/**
 * Whether a program may read the global `name`: by its name alone, or as a property where globalThis (or self) is read too. Throws BytecodeError when the file is malformed.
 */
export function usesGlobal(bytes: Uint8Array, name: string): boolean {
  const file = decode(bytes);
  return file.functions.some((fn) => {
    if (!fn.sites.some((site) => file.strings[site] === name)) return false;
    for (let pc = 0; pc < fn.code.length;) {
      const opcode = opcodes[fn.code[pc]!]!;
      if (opcode.name === "GETGLOBAL" || opcode.name === "GETGLOBALT") {
        const at = pc + 1 + operandSize("dst");
        const read = file.strings[fn.sites[operandSize("site") === 1 ? fn.code[at]! : fn.code[at]! | (fn.code[at + 1]! << 8)]!];
        if (read === name || read === "globalThis" || read === "self") return true;
      }
      pc += instructionSize(opcode);
    }
    return false;
  });
}

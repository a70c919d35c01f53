/** What a program of any operating system says about itself. */
import { checkSignature } from "./code-signature.ts";
import { isElf, parseElf } from "./elf.ts";
import { isMachO, parseMachO } from "./macho.ts";
import { isPe, parsePe } from "./pe.ts";

export interface ProgramFacts {
  format: "elf" | "macho" | "pe";
  machine: string;
  /** Path of the dynamic linker that it asks for, if any. */
  interpreter: string | undefined;
  /** Names of the shared libraries that it needs. */
  neededLibraries: string[];
  /** What contradicts its own code signature. */
  damage?: string | undefined;
}

/** @throws when it is none, or malformed */
export function programFacts(bytes: Uint8Array): ProgramFacts {
  if (isElf(bytes)) {
    const { machine, interpreter, neededLibraries } = parseElf(bytes);
    return { format: "elf", machine, interpreter, neededLibraries };
  }
  if (isMachO(bytes)) {
    const macho = parseMachO(bytes);
    const { machine, interpreter, neededLibraries } = macho;
    return { format: "macho", machine, interpreter, neededLibraries, damage: checkSignature(bytes, macho) };
  }
  if (isPe(bytes)) {
    const { machine, neededLibraries } = parsePe(bytes);
    return { format: "pe", machine, interpreter: undefined, neededLibraries };
  }
  throw new Error("not an executable of a known format");
}

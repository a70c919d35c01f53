/**
 * The native call stack of a program that keeps neither frame pointers nor unwind tables. Words of the stack that point into the code may be return addresses
 * or left-overs. One is taken for a return address when the instruction before it calls the function that the frame inside of it is in, or one that ends with
 * a jump to it: directly, or indirectly when that function's address is stored somewhere.
 */
import type { ProgramMemory } from "./program-memory.ts";
import type { SymbolEntry, SymbolTable } from "./symbols.ts";

export class NativeStacks<T> {
  readonly #symbols: SymbolTable<T>;
  readonly #memory: ProgramMemory;
  readonly #machine: "x64" | "arm64" | "other";
  /** By the beginning of a function, those that jump there. */
  #jumpers: Map<number, Set<number>> | undefined;
  #stored: Set<number> | undefined;

  constructor(symbols: SymbolTable<T>, memory: ProgramMemory, arch: string) {
    this.#symbols = symbols;
    this.#memory = memory;
    this.#machine = arch === "x64" || arch === "arm64" ? arch : "other";
  }

  /**
   * Functions from the one at `ip` outwards.
   * @param words those of the stack that point into code, innermost first
   */
  unwind(ip: number, words: number[]): SymbolEntry<T>[] {
    const innermost = this.#symbols.find(ip);
    if (!innermost) return [];
    const chain = [innermost];
    for (const word of words) {
      const caller = this.#symbols.find(word - 1);
      if (caller && this.#calls(word, chain.at(-1)!)) chain.push(caller);
    }
    return chain;
  }

  #calls(returnAddress: number, callee: SymbolEntry<T>): boolean {
    const target = this.#callBefore(returnAddress);
    if (target === undefined) return false;
    const isWanted = (address: number) => (target === "indirect" ? this.#isStored(address) : target === address);
    return isWanted(callee.address) || [...this.#jumpersTo(callee.address)].some(isWanted);
  }

  #callBefore(at: number): number | "indirect" | undefined {
    if (this.#machine === "arm64") {
      const word = this.#memory.read(at - 4, 4)?.readUInt32LE(0);
      if (word === undefined) return undefined;
      if (word >>> 26 === 0x25) return at - 4 + ((word << 6) >> 4); // BL
      return (word & 0xfffffc1f) >>> 0 === 0xd63f0000 ? "indirect" : undefined; // BLR
    }
    const code = this.#machine === "x64" ? this.#memory.read(at - 7, 7) : undefined;
    if (!code) return undefined;
    if (code[2] === 0xe8) return at + code.readInt32LE(3);
    // CALL r/m64: opcode FF, the middle digit of ModRM is 2; with SIB and displacement it is up to seven bytes long.
    for (const length of [2, 3, 4, 6, 7]) {
      const [opcode, modrm] = [code[7 - length]!, code[8 - length]!];
      if (opcode === 0xff && (modrm & 0x38) === 0x10) return "indirect";
    }
    return undefined;
  }

  /** Functions that end with a jump to this one, or to one that does. */
  #jumpersTo(address: number): Set<number> {
    if (!this.#jumpers) {
      this.#jumpers = new Map();
      for (const entry of this.#symbols.entries) {
        for (const target of this.#jumpsOf(entry)) {
          const known = this.#jumpers.get(target);
          if (known) known.add(entry.address);
          else this.#jumpers.set(target, new Set([entry.address]));
        }
      }
    }
    const direct = this.#jumpers.get(address) ?? new Set();
    return new Set([...direct, ...[...direct].flatMap((each) => [...(this.#jumpers!.get(each) ?? [])])]);
  }

  /** Beginnings of functions that jumps out of it lead to. */
  #jumpsOf(from: SymbolEntry<T>): Set<number> {
    const targets = new Set<number>();
    const code = this.#memory.read(from.address, from.bytes);
    const add = (target: number) => {
      if (target !== from.address && this.#symbols.find(target)?.address === target) targets.add(target);
    };
    if (code && this.#machine === "x64") {
      for (let i = 0; i + 5 <= code.length; i++) {
        if (code[i] === 0xe9) add(from.address + i + 5 + code.readInt32LE(i + 1));
        // A conditional one has two bytes of opcode.
        if (code[i] === 0x0f && (code[i + 1]! & 0xf0) === 0x80 && i + 6 <= code.length) add(from.address + i + 6 + code.readInt32LE(i + 2));
      }
    } else if (code && this.#machine === "arm64") {
      for (let i = 0; i + 4 <= code.length; i += 4) {
        const word = code.readUInt32LE(i);
        if (word >>> 26 === 0x05) add(from.address + i + ((word << 6) >> 4)); // B
      }
    }
    return targets;
  }

  /** Is its address in the program's constants or data, as that of a function in a table is? */
  #isStored(address: number): boolean {
    if (!this.#stored) {
      this.#stored = new Set();
      for (const segment of this.#memory.segments) {
        const bytes = this.#memory.read(segment.address, segment.bytes);
        for (let i = 0; bytes && i + 8 <= bytes.length; i += 8)
          if (bytes.readUInt32LE(i + 4) === 0 && this.#symbols.find(bytes.readUInt32LE(i))?.address === bytes.readUInt32LE(i))
            this.#stored.add(bytes.readUInt32LE(i));
      }
    }
    return this.#stored.has(address);
  }
}

/** Which function an address belongs to. */
import { readFileSync } from "node:fs";

export type SymbolEntry<T> = { address: number; /** 0: up to the next one. */ bytes: number; value: T };

export class SymbolTable<T> {
  /** By address. */
  readonly entries: readonly SymbolEntry<T>[];

  constructor(entries: SymbolEntry<T>[]) {
    this.entries = entries.toSorted((a, b) => a.address - b.address);
  }

  get isEmpty(): boolean {
    return this.entries.length === 0;
  }

  find(address: number): SymbolEntry<T> | undefined {
    let low = 0;
    let high = this.entries.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.entries[middle]!.address <= address) low = middle + 1;
      else high = middle;
    }
    const found = this.entries[low - 1];
    return found && (found.bytes === 0 || address < found.address + found.bytes) ? found : undefined;
  }
}

/** The kernel's functions; none when it does not tell their addresses (kernel.kptr_restrict). */
export function kernelSymbols(path = "/proc/kallsyms"): SymbolTable<string> {
  try {
    const entries: SymbolEntry<string>[] = [];
    for (const m of readFileSync(path, "utf8").matchAll(/^([0-9a-f]+) [tTwW] (\S+)/gm)) {
      const address = kernelAddress(m[1]!);
      if (address > 0) entries.push({ address, bytes: 0, value: m[2]! });
    }
    return new SymbolTable(entries);
  } catch {
    return new SymbolTable([]);
  }
}

/** The low 53 bits, which a double holds and in which no two addresses of the kernel's differ only above. */
export function kernelAddress(hex: string): number {
  return Number(BigInt.asUintN(63, BigInt(`0x${hex}`)) & 0x1f_ffff_ffff_ffffn);
}

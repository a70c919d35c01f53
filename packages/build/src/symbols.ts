/**
 * Names for profiles: which function of a stub lies where. Stubs are stripped, so their symbols are read off a second link of the same objects, whose code is
 * the same byte for byte, and kept beside the stub. The engine's functions have the names that AssemblyScript gave them (packages/vm/scripts/symbols.ts).
 */
import { gzipSync } from "node:zlib";
import type { EngineSymbols, ProgramSymbols } from "@zerostart/protocol/program-symbols.ts";
import { parseElf, segmentTypes } from "./elf.ts";

const sectionBytes = 64;
const symbolTable = 2; // SHT_SYMTAB
const symbolBytes = 24;
const functionSymbol = 2; // STT_FUNC

/** The functions of an ELF64 file that was not stripped, by address; none for one that was. */
export function functionsOf(bytes: Uint8Array): { address: number; bytes: number; name: string }[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const number = (at: number) => Number(view.getBigUint64(at, true));
  const sections = number(40);
  const functions: { address: number; bytes: number; name: string }[] = [];
  for (let i = 0; sections > 0 && i < view.getUint16(60, true); i++) {
    const at = sections + i * sectionBytes;
    if (view.getUint32(at + 4, true) !== symbolTable) continue;
    const strings = number(sections + view.getUint32(at + 40, true) * sectionBytes + 24);
    for (let symbol = number(at + 24), end = symbol + number(at + 32); symbol < end; symbol += symbolBytes) {
      if ((bytes[symbol + 4]! & 15) !== functionSymbol) continue;
      const name = strings + view.getUint32(symbol, true);
      functions.push({
        address: number(symbol + 8),
        bytes: number(symbol + 16),
        name: new TextDecoder("latin1").decode(bytes.subarray(name, bytes.indexOf(0, name))),
      });
    }
  }
  return functions.sort((a, b) => a.address - b.address);
}

/** `assembly/natives/json/stringify` and `~lib/memory/memory.copy` as people look for them. */
const readable = (name: string) => name.replace(/^assembly\//, "").replace(/^~lib\//, "");

/** @param unstripped the program of which symbols are wanted, with its symbol table */
export function symbolsOf(unstripped: Uint8Array, engine: EngineSymbols): ProgramSymbols {
  const functions = functionsOf(unstripped).map(({ address, bytes, name }) => {
    // wasm2c's names: w2c_f526, or w2c_ and the name of an export. An exported function that calls through has its own name in the host's interface.
    const generated = /^w2c_(?:f(\d+)$)?/.exec(name);
    const known = generated?.[1] === undefined ? undefined : engine.functions[generated[1]];
    return { address, bytes, name: readable(known ?? name.replace(/^w2c_/, "")), of: generated ? ("engine" as const) : ("host" as const) };
  });
  return { version: 1, functions, layout: engine.layout };
}

export async function encodeSymbols(symbols: ProgramSymbols): Promise<Uint8Array> {
  // Few builds make a stub; the others do not wait for the schema's library.
  const { programSymbols } = await import("@zerostart/protocol/program-symbols.ts");
  return new Uint8Array(gzipSync(JSON.stringify(programSymbols.parse(symbols)), { level: 9 }));
}

/** Is the code of both at the same addresses, byte for byte? */
export function haveSameCode(a: Uint8Array, b: Uint8Array): boolean {
  const code = (bytes: Uint8Array) =>
    parseElf(bytes)
      .segments.filter((s) => s.type === segmentTypes.load && s.flags & 1)
      // The file's own header is at the beginning of the first segment and names its sections.
      .map((s) => ({ address: s.address, bytes: bytes.subarray(s.offset + (s.offset === 0 ? 4096 : 0), s.offset + s.fileBytes) }));
  const [left, right] = [code(a), code(b)];
  return left.length === right.length && left.every((s, i) => s.address === right[i]!.address && Buffer.compare(s.bytes, right[i]!.bytes) === 0);
}

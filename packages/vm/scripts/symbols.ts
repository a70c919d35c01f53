/**
 * What a profiler needs to name what it sees in a running process: the names of the engine's functions, which AssemblyScript writes behind the module, and
 * where in linear memory the running frames and their functions' names are (read off the sources that say so). Kept beside vm.wasm, whose bytes have none of it.
 */
import { readFileSync } from "node:fs";
import path from "node:path";

/** The module without its custom sections, and the function names of its name section (WebAssembly, appendix "Name Section"). */
export function splitNames(wasm: Uint8Array): { wasm: Uint8Array; functions: Record<string, string> } {
  let at = 8;
  const number = () => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = wasm[at++]!;
      value |= (byte & 127) << shift;
      if (byte < 128) return value >>> 0;
    }
  };
  const text = () => {
    const length = number();
    at += length;
    return new TextDecoder().decode(wasm.subarray(at - length, at));
  };
  const kept = [wasm.subarray(0, 8)];
  const functions: Record<string, string> = {};
  while (at < wasm.length) {
    const start = at;
    const id = wasm[at++]!;
    const length = number();
    const end = at + length;
    if (id !== 0) kept.push(wasm.subarray(start, end));
    else if (text() === "name") {
      while (at < end) {
        const kind = wasm[at++]!;
        const bytes = number();
        const next = at + bytes;
        if (kind === 1) for (let count = number(); count > 0; count--) functions[number()] = text();
        at = next;
      }
    }
    at = end;
  }
  return { wasm: Buffer.concat(kept), functions };
}

/**
 * Where a reader of linear memory finds the frames of running JavaScript: addresses, and offsets in frame records and CODE, BYTECODE and STRING cells
 * (`frameLayout` of @zerostart/protocol says what each is).
 *
 * @throws Error when a source does not say it any more in the form that is looked for
 */
export function frameLayout(assembly: string): Record<string, number> {
  const sources = new Map<string, string>();
  const find = (file: string, pattern: RegExp): number => {
    if (!sources.has(file)) sources.set(file, readFileSync(path.join(assembly, file), "utf8"));
    const value = Number(pattern.exec(sources.get(file)!)?.[1] ?? Number.NaN);
    if (!Number.isInteger(value)) throw new Error(`${file} does not match ${pattern}: what profiles read there has moved`);
    return value;
  };
  const constant = (file: string, name: string) => find(file, new RegExp(String.raw`\b${name}(?:: \w+)? = (\w+)`));
  const loaded = (name: string) => find("code.ts", new RegExp(String.raw`function ${name}\(\w+: usize\): \w+ \{ return (?:<u32>)?load<u\d+>\(\w+, (\d+)\);`));
  return {
    currentFrame: constant("state.ts", "STATE") + constant("state.ts", "FRAME"),
    framesStart: constant("state.ts", "FRAMES_START"),
    frameBytes: constant("frame.ts", "FRAME_BYTES"),
    frameCode: constant("frame.ts", "CODE"),
    framePc: constant("frame.ts", "PC"),
    codeFile: loaded("codeFile"),
    codeFlags: loaded("codeFlags"),
    codeName: loaded("codeName"),
    fileName: loaded("fileName"),
    libraryFlag: constant("generated/layout.ts", "FN_LIBRARY"),
    mainFlag: constant("generated/layout.ts", "FN_MODULE_MAIN"),
    constructorFlag: constant("generated/layout.ts", "FN_CLASS_CONSTRUCTOR"),
    stringLength: find("string.ts", /function strLength\(s: usize\): i32 \{ return load<i32>\(s, (\d+)\);/),
    stringData: constant("string.ts", "HEADER"),
    twoByteFlag: constant("string.ts", "STRING_TWO_BYTE"),
    ropeFlag: constant("string.ts", "STRING_ROPE"),
    sliceFlag: constant("string.ts", "STRING_SLICE"),
  };
}

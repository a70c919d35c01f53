/// <reference lib="dom" />
/**
 * Which functions of the engine a start runs, first those of its first request: a custom section of vm.wasm, written when the base image is made (scripts/build.ts). A native
 * stub has them side by side, since each 64 KiB of code that a start touches cost it a page fault.
 */

/** WebAssembly core specification, 5.5.3: id 0, size, name, bytes. */
export function customSection(name: string, content: Uint8Array): Uint8Array {
  const title = new TextEncoder().encode(name);
  const body = [...leb128(title.length), ...title];
  const head = [0, ...leb128(body.length + content.length), ...body];
  const section = new Uint8Array(head.length + content.length);
  section.set(head);
  section.set(content, head.length);
  return section;
}

/** Unsigned LEB128 (5.2.2). */
function leb128(n: number): number[] {
  const bytes: number[] = [];
  do {
    bytes.push((n & 0x7f) | (n > 0x7f ? 0x80 : 0));
    n = Math.floor(n / 128);
  } while (n > 0);
  return bytes;
}

const sectionName = "zerostart.start";

/** The module with this order instead of the one that it may have. Functions are numbered among those that the module defines. */
export function withStartOrder(wasm: Uint8Array, order: readonly number[]): Uint8Array {
  const old = content(wasm);
  const end = wasm.length - (old ? customSection(sectionName, old).length : 0); // it is the last section
  const section = customSection(sectionName, new TextEncoder().encode(JSON.stringify(order)));
  const out = new Uint8Array(end + section.length);
  out.set(wasm.subarray(0, end));
  out.set(section, end);
  return out;
}

/** Empty when the module does not say. */
export function startOrder(wasm: Uint8Array): number[] {
  const bytes = content(wasm);
  return bytes ? (JSON.parse(new TextDecoder().decode(bytes)) as number[]) : [];
}

function content(wasm: Uint8Array): Uint8Array | undefined {
  const [bytes] = WebAssembly.Module.customSections(new WebAssembly.Module(wasm as Uint8Array<ArrayBuffer>), sectionName);
  return bytes && new Uint8Array(bytes);
}

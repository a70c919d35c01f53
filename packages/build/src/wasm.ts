/// <reference lib="dom" />
/** The artifact of target wasm32: the engine's module with the handler in custom sections (packages/vm/src/wasm-artifact.ts). */
import { encodeImage } from "@zerostart/vm/image-file.ts";
import { customSection } from "@zerostart/vm/start-order.ts";
import { wasmHeader, wasmSections, type WasmHeader } from "@zerostart/vm/wasm-artifact.ts";
import type { ArtifactInfo } from "./artifact.ts";
import type { PortableInput } from "./portable.ts";

/** The module's bytes: the same for the same input. */
export function buildWasm(input: PortableInput): Uint8Array {
  const header: WasmHeader = { version: 1, kind: input.kind, script: input.script, name: input.name, engineVersion: input.engine.version };
  return new Uint8Array(
    Buffer.concat([
      input.engine.wasm,
      customSection(wasmSections.header, Buffer.from(JSON.stringify(header))),
      customSection(wasmSections.image, encodeImage(input.image)),
      customSection(wasmSections.payload, input.payload),
    ]),
  );
}

export function isWasm(bytes: Uint8Array): boolean {
  return bytes.length >= 8 && bytes[0] === 0 && bytes[1] === 0x61 && bytes[2] === 0x73 && bytes[3] === 0x6d;
}

/** As inspectArtifact; throws when the module is damaged or no artifact. */
export function inspectWasm(bytes: Uint8Array): Partial<ArtifactInfo> {
  const module = new WebAssembly.Module(bytes as Uint8Array<ArrayBuffer>);
  const header = wasmHeader(module);
  const size = (name: string) => WebAssembly.Module.customSections(module, name)[0]?.byteLength ?? 0;
  const [image, payload] = [size(wasmSections.image), size(wasmSections.payload)];
  return {
    format: "wasm",
    machine: "wasm32",
    isStatic: true,
    mode: header.kind,
    script: header.script,
    name: header.name,
    engineVersion: header.engineVersion,
    parts: [
      { name: "engine", sizeBytes: bytes.length - image - payload },
      { name: "image", sizeBytes: image },
      { name: "payload", sizeBytes: payload },
    ],
  };
}

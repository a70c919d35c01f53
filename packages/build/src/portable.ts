/**
 * The portable artifact, for where no native one can be built: one script for Node with the same engine, image and
 * payload inside, and the same command line. The data follow the code in a comment: one line of JSON, then base64.
 */
import { createHash } from "node:crypto";
import { fileURLToPath } from "node:url";
import type { ArtifactInfo } from "./artifact.ts";
import type { Engine } from "./engine.ts";
import { encodeImage } from "@zerostart/vm/image-file.ts";
import type { MemoryImage } from "@zerostart/vm/image.ts";
import type { PayloadKind } from "./payload.ts";
import { type PortableHeader, portableEnd, portableMark, portableStart, splitPortable } from "./portable-format.ts";

let hostCode: Promise<string> | undefined;

/** The host as one CommonJS text, so that it runs under any file name. */
async function makeHostCode(): Promise<string> {
  // Loaded when it is wanted: where there is a compiler it never is.
  const { build } = await import("esbuild");
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL("./portable-host.ts", import.meta.url))],
    bundle: true,
    write: false,
    format: "cjs",
    platform: "node",
    target: "node20",
    charset: "utf8",
    legalComments: "none",
    minifySyntax: true,
    minifyWhitespace: true,
  });
  return outputFiles[0]!.text;
}

export interface PortableInput {
  engine: Engine;
  kind: Exclude<PayloadKind, "none">;
  script: boolean;
  image: MemoryImage;
  payload: Uint8Array;
  name: string;
}

export async function buildPortable(input: PortableInput): Promise<Uint8Array> {
  const image = encodeImage(input.image);
  const data = Buffer.concat([input.engine.wasm, image, input.payload]);
  const header: PortableHeader = {
    version: 1,
    kind: input.kind,
    script: input.script,
    name: input.name,
    engineVersion: input.engine.version,
    wasmBytes: input.engine.wasm.length,
    imageBytes: image.length,
    payloadBytes: input.payload.length,
    sha256: createHash("sha256").update(data).digest("hex"),
  };
  // A name may not end the comment.
  const json = JSON.stringify(header).replaceAll("*/", "*\\/");
  return Buffer.from(`${portableStart}${await (hostCode ??= makeHostCode())}\n${portableMark}${json}\n${data.toString("base64")}${portableEnd}`);
}

export function isPortable(bytes: Uint8Array): boolean {
  return Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, portableStart.length)).toString() === portableStart;
}

/** As inspectArtifact; throws when the file is cut off or malformed. */
export function inspectPortable(bytes: Uint8Array): Partial<ArtifactInfo> {
  const { header, data, intact, codeBytes } = splitPortable(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length));
  return {
    format: "portable",
    machine: "any (Node)",
    isStatic: false,
    mode: header.kind,
    script: header.script,
    name: header.name,
    engineVersion: header.engineVersion,
    intact,
    parts: [
      { name: "host", sizeBytes: codeBytes },
      { name: "engine", sizeBytes: header.wasmBytes },
      { name: "image", sizeBytes: header.imageBytes },
      { name: "payload", sizeBytes: data.length - header.wasmBytes - header.imageBytes },
    ],
    problems: intact ? [] : ["its content is not what was built: the digest differs"],
  };
}

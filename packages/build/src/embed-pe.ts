/**
 * An artifact for Windows: the stub with a section more. The system's loader does not place it where linear memory lies,
 * so the host maps the ranges itself, copy-on-write from the file (host/platform-windows.c). Views of a file begin at
 * multiples of 64 KiB.
 */
import { align, describe, type EmbedInput, layOut } from "./content.ts";
import { addSection, parsePe } from "./pe.ts";

const granule = 65_536;
const fileAlignment = 512;

/** The artifact's bytes: the same for the same input. */
export function embedPe(input: EmbedInput): Uint8Array {
  const { stub } = input;
  const content = layOut(input, align(stub.bytes.length, granule), granule);
  const end = align(content.end, fileAlignment);
  const artifact = new Uint8Array(end);
  artifact.set(stub.bytes);
  content.writeTo(artifact);
  addSection(artifact, parsePe(stub.bytes), ".zsimage", content.offset, end);
  describe(input, content, artifact, end);
  return artifact;
}

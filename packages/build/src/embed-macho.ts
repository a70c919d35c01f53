/**
 * An artifact for macOS: the stub with a segment more, __ZEROSTART, in front of __LINKEDIT, which stays the last one as
 * the system wants it, and signed ad hoc. The kernel loads a program at a random address, so the host maps the ranges
 * itself, copy-on-write from the file (host/platform-darwin.c).
 */
import { signatureBytes, writeSignature } from "./code-signature.ts";
import { align, describe, type EmbedInput, layOut } from "./content.ts";
import { moveLinkedit, parseMachO } from "./macho.ts";

/** The page of Apple's processors; right for Intel's too. */
const page = 16_384;

/** The artifact's bytes: the same for the same input. */
export function embedMachO(input: EmbedInput): Uint8Array {
  const { stub } = input;
  const macho = parseMachO(stub.bytes);
  const linkedit = macho.segments.at(-1)!;
  // Everything in __LINKEDIT but a signature that the linker made.
  const linkeditBytes = align((macho.signature?.offset ?? linkedit.offset + linkedit.fileBytes) - linkedit.offset, 16);
  const content = layOut(input, align(linkedit.offset, page), page);
  const signatureOffset = content.end + linkeditBytes;
  const identifier = input.name;
  const artifact = new Uint8Array(signatureOffset + signatureBytes(identifier, signatureOffset));
  artifact.set(stub.bytes.subarray(0, linkedit.offset));
  artifact.set(stub.bytes.subarray(linkedit.offset, macho.signature?.offset ?? linkedit.offset + linkedit.fileBytes), content.end);
  content.writeTo(artifact);
  moveLinkedit(artifact, macho, { name: "__ZEROSTART", offset: content.offset, end: content.end, page, signatureOffset });
  describe(input, content, artifact, content.end);
  writeSignature(artifact, signatureOffset, identifier, parseMachO(artifact));
  return artifact;
}

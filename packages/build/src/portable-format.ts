/** Where the parts of a portable artifact lie in its file. */
import { createHash } from "node:crypto";

export const portableStart = "#!/usr/bin/env node\n// Zerostart portable artifact\n";
/** Written in two parts, so that the host's own code does not contain it. */
export const portableMark = ["/*ZEROSTART", "-DATA "].join("");
export const portableEnd = "\n*/\n";

export interface PortableHeader {
  version: 1;
  kind: "snapshot" | "embedded" | "source";
  script: boolean;
  name: string;
  engineVersion: string;
  wasmBytes: number;
  imageBytes: number;
  payloadBytes: number;
  /** Of the data: engine, image, payload. */
  sha256: string;
}

export class MalformedPortableError extends Error {}

export function splitPortable(file: Buffer): { header: PortableHeader; data: Buffer; intact: boolean; codeBytes: number } {
  const mark = file.lastIndexOf(portableMark);
  const lineEnd = file.indexOf("\n", mark);
  const end = file.length - portableEnd.length;
  if (mark < 0 || lineEnd < 0 || end < lineEnd || file.subarray(end).toString() !== portableEnd) throw new MalformedPortableError("the file is cut off");
  let header: PortableHeader;
  try {
    header = JSON.parse(file.subarray(mark + portableMark.length, lineEnd).toString()) as PortableHeader;
  } catch {
    throw new MalformedPortableError("its header is malformed");
  }
  if (header.version !== 1) throw new MalformedPortableError("its version is not known here");
  const data = Buffer.from(file.subarray(lineEnd + 1, end).toString("latin1"), "base64");
  const intact =
    data.length === header.wasmBytes + header.imageBytes + header.payloadBytes && createHash("sha256").update(data).digest("hex") === header.sha256;
  return { header, data, intact, codeBytes: mark };
}

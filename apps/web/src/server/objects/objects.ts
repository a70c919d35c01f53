/** Sources and artifacts by their SHA-256: in the data folder, or in any store that speaks S3 (ZEROSTART_OBJECTS). */
import { createHash } from "node:crypto";
import type { Readable } from "node:stream";
import { AppError } from "../errors.ts";

export type Objects = {
  /** Stores the bytes whole or not at all and returns their digest; storing twice is one object. */
  put(bytes: Uint8Array): Promise<string>;
  /** Reads and checks the digest; throws when the object is missing or was changed. */
  get(sha256: string): Promise<Buffer>;
  stream(sha256: string): Promise<Readable>;
  /** Bytes, or undefined when it is not there. */
  size(sha256: string): Promise<number | undefined>;
  /** Also when it is not there. */
  remove(sha256: string): Promise<void>;
};

/** The store could not take or give an object, now; it may later. */
export class StoreError extends AppError {
  constructor(what: string, cause: unknown) {
    super("UNAVAILABLE", `The store of artifacts and sources could not ${what}: ${cause instanceof Error ? cause.message : String(cause)}`, undefined, cause);
  }
}

const hex = /^[0-9a-f]{64}$/;

export function assertDigest(sha256: string): void {
  if (!hex.test(sha256)) throw new RangeError(`not a SHA-256 digest: ${sha256}`);
}

export const digestOf = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

export function assertUndamaged(sha256: string, bytes: Uint8Array): void {
  const actual = digestOf(bytes);
  if (actual !== sha256) throw new Error(`stored object ${sha256} is damaged: its content hashes to ${actual}`);
}

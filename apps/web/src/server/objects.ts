/** Content-addressed files under the data folder: sources and artifacts, named by their SHA-256. */
import { createHash, randomUUID } from "node:crypto";
import { createReadStream, type ReadStream } from "node:fs";
import { mkdir, open, readFile, rename, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { AppError } from "./errors.ts";

/** The store could not take or give an object, now; it may later. */
export class StoreError extends AppError {
  constructor(what: string, cause: unknown) {
    super("UNAVAILABLE", `The store of artifacts and sources could not ${what}: ${cause instanceof Error ? cause.message : String(cause)}`, undefined, cause);
  }
}

const hex = /^[0-9a-f]{64}$/;

export class ObjectStore {
  readonly #root: string;
  constructor(root: string) {
    this.#root = root;
  }

  #path(sha256: string): string {
    if (!hex.test(sha256)) throw new RangeError(`not a SHA-256 digest: ${sha256}`);
    return join(this.#root, sha256.slice(0, 2), sha256.slice(2));
  }

  /** Stores the bytes durably (written aside, synced, renamed) and returns their digest; storing twice is one file. */
  async put(bytes: Uint8Array): Promise<string> {
    const sha256 = createHash("sha256").update(bytes).digest("hex");
    const path = this.#path(sha256);
    if (await this.size(sha256).then((size) => size === bytes.byteLength)) return sha256;
    const aside = `${path}.${randomUUID()}.part`;
    try {
      await mkdir(dirname(path), { recursive: true });
      const file = await open(aside, "wx", 0o644);
      try {
        await file.writeFile(bytes);
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(aside, path);
    } catch (error) {
      await rm(aside, { force: true });
      throw new StoreError("keep an object", error);
    }
    return sha256;
  }

  /** Reads and checks the digest; throws when the file is missing or was changed. */
  async get(sha256: string): Promise<Buffer> {
    const bytes = await readFile(this.#path(sha256)).catch((error: unknown) => {
      throw new StoreError("give an object", error);
    });
    const actual = createHash("sha256").update(bytes).digest("hex");
    if (actual !== sha256) throw new Error(`stored object ${sha256} is damaged: its content hashes to ${actual}`);
    return bytes;
  }

  stream(sha256: string): ReadStream {
    return createReadStream(this.#path(sha256));
  }

  /** Bytes, or undefined when it is not there. */
  async size(sha256: string): Promise<number | undefined> {
    return stat(this.#path(sha256)).then(
      (s) => s.size,
      (error: NodeJS.ErrnoException) => {
        if (error.code === "ENOENT") return undefined;
        throw new StoreError("be read", error);
      },
    );
  }
}

/** Objects as files under the data folder. */
import { randomUUID } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, open, readFile, rename, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Readable } from "node:stream";
import { assertDigest, assertUndamaged, digestOf, StoreError, type Objects } from "./objects.ts";

export class FileStore implements Objects {
  readonly #root: string;
  constructor(root: string) {
    this.#root = root;
  }

  #path(sha256: string): string {
    assertDigest(sha256);
    return join(this.#root, sha256.slice(0, 2), sha256.slice(2));
  }

  /** Written aside, synced, renamed. */
  async put(bytes: Uint8Array): Promise<string> {
    const sha256 = digestOf(bytes);
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

  async get(sha256: string): Promise<Buffer> {
    const bytes = await readFile(this.#path(sha256)).catch((error: unknown) => {
      throw new StoreError("give an object", error);
    });
    assertUndamaged(sha256, bytes);
    return bytes;
  }

  async stream(sha256: string): Promise<Readable> {
    return createReadStream(this.#path(sha256));
  }

  async size(sha256: string): Promise<number | undefined> {
    return stat(this.#path(sha256)).then(
      (s) => s.size,
      (error: NodeJS.ErrnoException) => {
        if (error.code === "ENOENT") return undefined;
        throw new StoreError("be read", error);
      },
    );
  }

  async remove(sha256: string): Promise<void> {
    await rm(this.#path(sha256), { force: true }).catch((error: unknown) => {
      throw new StoreError("remove an object", error);
    });
  }
}

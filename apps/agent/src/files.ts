/** Small files that must never be seen half-written. */
import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import type { z } from "zod";

/** Write beside, flush to disk, rename into place. */
export function writeFileDurably(path: string, data: string | Uint8Array, mode = 0o600): void {
  mkdirSync(dirname(path), { recursive: true });
  const temporary = `${path}.part`;
  const fd = openSync(temporary, "w", mode);
  try {
    for (let bytes = Buffer.from(data as Uint8Array); bytes.length > 0;) bytes = bytes.subarray(writeSync(fd, bytes));
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
  renameSync(temporary, path);
}

/** The file's content when it is there and well-formed; undefined otherwise, since every such file can be made again. */
export function readJson<T>(path: string, schema: z.ZodType<T>): T | undefined {
  try {
    return schema.parse(JSON.parse(readFileSync(path, "utf8")));
  } catch {
    return undefined;
  }
}

/** The disk is full, a quota or a limit on the size of files is reached, or the disk fails: not the caller's mistake, and it may pass. */
export function isNoRoom(error: unknown): boolean {
  return ["ENOSPC", "EDQUOT", "EFBIG", "EIO", "EROFS"].includes((error as NodeJS.ErrnoException).code ?? "");
}

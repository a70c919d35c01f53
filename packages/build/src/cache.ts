/** The build cache on disk: content-addressed, shared by processes, safe to delete at any time. */
import { createHash, randomUUID } from "node:crypto";
import { mkdir, open, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { repositoryRoot } from "./engine-files.ts";

/** `.cache` at the repository's root, or what ZEROSTART_CACHE names. */
export function cacheDirectory(...parts: string[]): string {
  return join(process.env.ZEROSTART_CACHE ?? join(repositoryRoot, ".cache"), ...parts);
}

export function sha256(...parts: (Uint8Array | string)[]): string {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part);
  return hash.digest("hex");
}

/** Write a small file of the cache, whole or not at all. */
export async function remember(path: string, text: string): Promise<void> {
  const aside = `${path}.${randomUUID()}`;
  await mkdir(dirname(path), { recursive: true });
  await writeFile(aside, text);
  await rename(aside, path);
}

const lockPollMs = 50;

/**
 * Run `work` while no other process holds the lock file. A lock whose process is gone is taken over.
 * `signal` ends the wait.
 */
export async function withLock<T>(path: string, work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
  await mkdir(dirname(path), { recursive: true });
  for (;;) {
    try {
      const handle = await open(path, "wx");
      await handle.writeFile(String(process.pid));
      await handle.close();
      break;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
    if (await isStale(path)) await rm(path, { force: true });
    else await new Promise((r) => setTimeout(r, lockPollMs));
    signal?.throwIfAborted();
  }
  try {
    return await work();
  } finally {
    await rm(path, { force: true });
  }
}

async function isStale(path: string): Promise<boolean> {
  try {
    const pid = Number(await readFile(path, "utf8"));
    // A lock without a number is being written at this moment, unless it is old.
    if (!pid) return Date.now() - (await stat(path)).mtimeMs > 10_000;
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ESRCH";
  }
}

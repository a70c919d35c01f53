/** Work that must not be done twice at once, in whichever replica: rare things like the first administrator's account. */
import type { Db } from "./client.ts";
import { providerOf } from "./provider.ts";

const timeoutMs = 30_000;
const going = new Map<string, Promise<unknown>>();

/**
 * Runs `work` while nobody else runs work of that name. It holds a connection of the pool while `work` uses others: not for what
 * many do at once. The lock goes with the connection, so a replica that dies leaves none behind.
 */
export async function exclusively<T>(db: Db, name: string, work: () => Promise<T>): Promise<T> {
  const before = going.get(name) ?? Promise.resolve();
  const locked =
    providerOf(db) === "sqlite"
      ? work
      : () =>
          db.$transaction(
            async (tx) => {
              await tx.$executeRawUnsafe("SELECT pg_advisory_xact_lock(hashtext($1))", name);
              return work();
            },
            { timeout: timeoutMs, maxWait: timeoutMs },
          );
  const result = before.then(locked, locked);
  going.set(name, result);
  try {
    return await result;
  } finally {
    if (going.get(name) === result) going.delete(name);
  }
}

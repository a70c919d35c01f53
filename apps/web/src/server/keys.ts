/**
 * The installation's keys: files made at first start, readable by their owner alone. All replicas have to have the same:
 * what one signed or sealed, the others verify and open.
 */
import { createHash, createHmac, randomUUID } from "node:crypto";
import { existsSync, linkSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Db } from "./db/client.ts";

const names = { signing: "signing-key.pem", vault: "vault-key", auth: "auth-secret" } as const;

/** The key's text; `make` is asked when there is none. Of two that make one at once, one wins and both read it. */
export function readKey(folder: string, name: keyof typeof names, make: () => string): string {
  const path = join(folder, names[name]);
  if (!existsSync(path)) {
    const aside = `${path}.${randomUUID()}.part`;
    writeFileSync(aside, make(), { mode: 0o600 });
    try {
      linkSync(aside, path);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    } finally {
      rmSync(aside);
    }
  }
  return readFileSync(path, "utf8");
}

/** Throws when the database belongs to an installation with other keys. The keys must have been made by now. */
export async function assertSharedKeys(db: Db, folder: string): Promise<void> {
  const hash = createHash("sha256");
  // Keyed digests: the fingerprint in the database tells nothing about the keys.
  for (const name of Object.values(names))
    hash.update(
      createHmac("sha256", readFileSync(join(folder, name)))
        .update(name)
        .digest(),
    );
  const value = hash.digest("hex");
  const known = await db.setting.upsert({ where: { name: "keys" }, update: {}, create: { name: "keys", value } });
  if (known.value !== value)
    throw new Error(
      `The keys in ${folder} are not those of this database. Copy ${Object.values(names).join(", ")} there from the first replica, or name their folder with ZEROSTART_KEYS.`,
    );
}

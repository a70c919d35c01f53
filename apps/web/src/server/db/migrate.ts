/**
 * Applies the committed SQL migrations (prisma/migrations, Prisma's own format) at start and keeps Prisma's bookkeeping
 * table, so that `prisma migrate` stays usable on the same database. Each migration is one transaction.
 */
import { createHash, randomUUID } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";

const bookkeeping = `CREATE TABLE IF NOT EXISTS "_prisma_migrations" (
  "id" TEXT PRIMARY KEY NOT NULL, "checksum" TEXT NOT NULL, "finished_at" DATETIME, "migration_name" TEXT NOT NULL, "logs" TEXT,
  "rolled_back_at" DATETIME, "started_at" DATETIME NOT NULL DEFAULT current_timestamp, "applied_steps_count" INTEGER UNSIGNED NOT NULL DEFAULT 0)`;

type Row = { migration_name: string; checksum: string; finished_at: number | null };

/** Names of the migrations applied now. Throws when an applied one was edited since, or the database is newer than this code. */
export function migrate(databasePath: string, migrationsDir: string): string[] {
  const db = new Database(databasePath, { timeout: 10_000 });
  try {
    db.pragma("journal_mode = WAL");
    db.exec(bookkeeping);
    const names = readdirSync(migrationsDir)
      .filter((name) => existsSync(join(migrationsDir, name, "migration.sql")))
      .sort();
    const applied: string[] = [];
    // IMMEDIATE: of two processes that start at once, the second waits here and then finds nothing left to do.
    const step = db.transaction((name: string) => {
      const sql = readFileSync(join(migrationsDir, name, "migration.sql"), "utf8");
      const checksum = createHash("sha256").update(sql).digest("hex");
      const row = db
        .prepare(`SELECT migration_name, checksum, finished_at FROM "_prisma_migrations" WHERE migration_name = ? AND rolled_back_at IS NULL`)
        .get(name) as Row | undefined;
      if (row) {
        if (row.finished_at === null) throw new Error(`migration ${name} did not finish when Prisma's CLI applied it; resolve it there first`);
        if (row.checksum !== checksum) throw new Error(`migration ${name} was edited after it had been applied to ${databasePath}`);
        return;
      }
      db.exec(sql);
      const now = Date.now();
      db.prepare(
        `INSERT INTO "_prisma_migrations" (id, checksum, finished_at, migration_name, logs, started_at, applied_steps_count) VALUES (?, ?, ?, ?, NULL, ?, 1)`,
      ).run(randomUUID(), checksum, now, name, now);
      applied.push(name);
    });
    for (const name of names) step.immediate(name);
    const unknown = (db.prepare(`SELECT migration_name, checksum, finished_at FROM "_prisma_migrations" WHERE rolled_back_at IS NULL`).all() as Row[])
      .map((row) => row.migration_name)
      .filter((name) => !names.includes(name));
    if (unknown.length > 0) throw new Error(`the database ${databasePath} was made by a newer version: it has the unknown migration ${unknown[0]}`);
    return applied;
  } finally {
    db.close();
  }
}

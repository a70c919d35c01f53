/**
 * Applies the committed SQL migrations (prisma/migrations and its PostgreSQL twin, Prisma's own format) at start and keeps
 * Prisma's bookkeeping table, so that `prisma migrate` stays usable on the same database. Each migration is one transaction.
 */
import { createHash, randomUUID } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import Database from "better-sqlite3";
import { Client } from "pg";
import type { DatabaseAddress } from "./client.ts";

const folders = {
  sqlite: fileURLToPath(new URL("../../../../../prisma/migrations", import.meta.url)),
  postgresql: fileURLToPath(new URL("../../../../../prisma/migrations-postgresql", import.meta.url)),
};

/** Whichever replica comes first migrates, the others wait. The number is the one that Prisma's own engine locks. */
const migrationLock = 72_707_369;

type Migration = { name: string; sql: string; checksum: string };
type Row = { migration_name: string; checksum: string; finished_at: number | Date | null };

function readMigrations(folder: string): Migration[] {
  return readdirSync(folder)
    .filter((name) => existsSync(join(folder, name, "migration.sql")))
    .sort()
    .map((name) => {
      const sql = readFileSync(join(folder, name, "migration.sql"), "utf8");
      return { name, sql, checksum: createHash("sha256").update(sql).digest("hex") };
    });
}

/** Whether `migration` was applied already, from Prisma's row of it. Throws when it was edited since, or never came to an end. */
function isApplied({ name, checksum }: Migration, row: Row | undefined): boolean {
  if (!row) return false;
  if (row.finished_at === null) throw new Error(`migration ${name} did not finish when Prisma's CLI applied it; resolve it there first`);
  if (row.checksum !== checksum) throw new Error(`migration ${name} was edited after it had been applied`);
  return true;
}

function assertNoneUnknown(migrations: Migration[], rows: Row[]): void {
  const unknown = rows.find((row) => !migrations.some(({ name }) => name === row.migration_name));
  if (unknown) throw new Error(`the database was made by a newer version: it has the unknown migration ${unknown.migration_name}`);
}

/** Names of the migrations applied now. Throws when an applied one was edited since, or the database is newer than this code. */
export async function migrate(address: DatabaseAddress, folder = folders[address.provider]): Promise<string[]> {
  const migrations = readMigrations(folder);
  return address.provider === "sqlite" ? migrateSqlite(address.path, migrations) : migratePostgres(address.url, migrations);
}

function migrateSqlite(path: string, migrations: Migration[]): string[] {
  const db = new Database(path, { timeout: 10_000 });
  try {
    db.pragma("journal_mode = WAL");
    db.exec(`CREATE TABLE IF NOT EXISTS "_prisma_migrations" (
      "id" TEXT PRIMARY KEY NOT NULL, "checksum" TEXT NOT NULL, "finished_at" DATETIME, "migration_name" TEXT NOT NULL, "logs" TEXT,
      "rolled_back_at" DATETIME, "started_at" DATETIME NOT NULL DEFAULT current_timestamp, "applied_steps_count" INTEGER UNSIGNED NOT NULL DEFAULT 0)`);
    const rowsOf = db.prepare(`SELECT migration_name, checksum, finished_at FROM "_prisma_migrations" WHERE rolled_back_at IS NULL`);
    const applied: string[] = [];
    // IMMEDIATE: of two processes that start at once, the second waits here and then finds nothing left to do.
    const step = db.transaction((migration: Migration) => {
      const { name, sql, checksum } = migration;
      const rows = rowsOf.all() as Row[];
      if (
        isApplied(
          migration,
          rows.find((row) => row.migration_name === name),
        )
      )
        return;
      db.exec(sql);
      const now = Date.now();
      db.prepare(
        `INSERT INTO "_prisma_migrations" (id, checksum, finished_at, migration_name, logs, started_at, applied_steps_count) VALUES (?, ?, ?, ?, NULL, ?, 1)`,
      ).run(randomUUID(), checksum, now, name, now);
      applied.push(name);
    });
    for (const migration of migrations) step.immediate(migration);
    assertNoneUnknown(migrations, rowsOf.all() as Row[]);
    return applied;
  } finally {
    db.close();
  }
}

async function migratePostgres(url: string, migrations: Migration[]): Promise<string[]> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 10_000 });
  await client.connect();
  try {
    await client.query(`SELECT pg_advisory_lock($1)`, [migrationLock]);
    await client.query(`CREATE TABLE IF NOT EXISTS "_prisma_migrations" (
      id VARCHAR(36) PRIMARY KEY NOT NULL, checksum VARCHAR(64) NOT NULL, finished_at TIMESTAMPTZ, migration_name VARCHAR(255) NOT NULL, logs TEXT,
      rolled_back_at TIMESTAMPTZ, started_at TIMESTAMPTZ NOT NULL DEFAULT now(), applied_steps_count INTEGER NOT NULL DEFAULT 0)`);
    const { rows } = await client.query<Row>(`SELECT migration_name, checksum, finished_at FROM "_prisma_migrations" WHERE rolled_back_at IS NULL`);
    const applied: string[] = [];
    for (const migration of migrations) {
      const { name, sql, checksum } = migration;
      if (
        isApplied(
          migration,
          rows.find((row) => row.migration_name === name),
        )
      )
        continue;
      await client.query("BEGIN");
      try {
        await client.query(sql);
        await client.query(`INSERT INTO "_prisma_migrations" (id, checksum, finished_at, migration_name, applied_steps_count) VALUES ($1, $2, now(), $3, 1)`, [
          randomUUID(),
          checksum,
          name,
        ]);
        await client.query("COMMIT");
      } catch (error) {
        await client.query("ROLLBACK");
        throw error;
      }
      applied.push(name);
    }
    assertNoneUnknown(migrations, rows);
    return applied;
  } finally {
    // Ends the session, and with it the lock.
    await client.end();
  }
}

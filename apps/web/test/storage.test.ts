/** Migrations, the object store, the signing key and restarts. */
import assert from "node:assert/strict";
import { createHash, createPublicKey, verify } from "node:crypto";
import { cpSync, mkdtempSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import Database from "better-sqlite3";
import type { DatabaseAddress } from "../src/server/db/client.ts";
import { migrate } from "../src/server/db/migrate.ts";
import { FileStore } from "../src/server/objects/file-store.ts";
import { Signer } from "../src/server/signing.ts";
import { hashToken } from "../src/server/tokens.ts";
import { builtHandler, eventually, startServer, standInPipeline } from "./support/harness.ts";
import { PostgresServer } from "./support/postgres.ts";

const folder = () => mkdtempSync(join(tmpdir(), "zerostart-storage-"));

/** A database of each kind, and how a test looks into it. */
type Target = { address: DatabaseAddress; query: (sql: string) => Promise<Record<string, unknown>[]>; columnsOf: (table: string) => Promise<string[]> };

function sqliteTarget(): Target {
  const path = join(folder(), "db");
  const query = async (sql: string) => {
    const db = new Database(path);
    try {
      const statement = db.prepare(sql);
      return statement.reader ? (statement.all() as Record<string, unknown>[]) : (statement.run(), []);
    } finally {
      db.close();
    }
  };
  const columnsOf = async (table: string) => (await query(`SELECT name FROM pragma_table_info('${table}')`)).map((row) => String(row["name"]));
  return { address: { provider: "sqlite", path }, query, columnsOf };
}

let postgres: PostgresServer;
before(async () => {
  postgres = await PostgresServer.start();
});
after(() => postgres.stop());

async function postgresTarget(): Promise<Target> {
  const url = await postgres.createDatabase();
  const query = (sql: string) => postgres.query(sql, url.split("/").at(-1));
  const columnsOf = async (table: string) =>
    (await query(`SELECT column_name FROM information_schema.columns WHERE table_name = '${table}'`)).map((row) => String(row["column_name"]));
  return { address: { provider: "postgresql", url }, query, columnsOf };
}

for (const [provider, folderName, makeTarget] of [
  ["SQLite", "migrations", sqliteTarget],
  ["PostgreSQL", "migrations-postgresql", postgresTarget],
] as const) {
  const migrationsDir = fileURLToPath(new URL(`../../../prisma/${folderName}`, import.meta.url));

  test(`${provider}: migrations from nothing, by two at once, then nothing to do, with Prisma's bookkeeping`, async () => {
    const { address, query } = await makeTarget();
    const applied = (await Promise.all([migrate(address), migrate(address)])).flat();
    assert.ok(applied.length >= 1);
    assert.deepEqual(await migrate(address), []);
    const rows = await query(`SELECT migration_name, checksum, finished_at, applied_steps_count FROM "_prisma_migrations" ORDER BY migration_name`);
    assert.deepEqual(
      rows.map((r) => r["migration_name"]),
      applied,
    );
    for (const row of rows) {
      const sql = readFileSync(join(migrationsDir, String(row["migration_name"]), "migration.sql"));
      assert.equal(row["checksum"], createHash("sha256").update(sql).digest("hex"));
      assert.ok(row["finished_at"]);
    }
    if (provider === "SQLite") assert.equal((await query("PRAGMA journal_mode"))[0]?.["journal_mode"], "wal");
  });

  test(`${provider}: an edited migration, a broken one and an unknown one are refused, and nothing is half applied`, async () => {
    const copy = join(folder(), "migrations");
    cpSync(migrationsDir, copy, { recursive: true });
    const { address, query, columnsOf } = await makeTarget();
    await migrate(address, copy);
    const first = readdirSync(copy)
      .filter((n) => /^\d/.test(n))
      .sort()[0] as string;
    const file = join(copy, first, "migration.sql");
    const original = readFileSync(file, "utf8");
    writeFileSync(file, `${original}\n-- edited`);
    await assert.rejects(migrate(address, copy), /was edited/);
    writeFileSync(file, original);
    cpSync(join(copy, first), join(copy, "29990101000000_broken"), { recursive: true });
    writeFileSync(join(copy, "29990101000000_broken", "migration.sql"), `CREATE TABLE "Half" (id TEXT); CREATE TABLE "Half" (id TEXT);`);
    await assert.rejects(migrate(address, copy), /already exists/);
    assert.deepEqual(await columnsOf("Half"), []);
    await query(
      `INSERT INTO "_prisma_migrations" (id, checksum, finished_at, migration_name, applied_steps_count) VALUES ('x', 'x', CURRENT_TIMESTAMP, '29991231000000_future', 1)`,
    );
    await assert.rejects(migrate(address), /newer version.*29991231000000_future/);
  });

  test(`${provider}: the migrations make what the model file says`, async () => {
    const { Prisma } = await import("../generated/prisma/client.ts");
    const { address, columnsOf } = await makeTarget();
    await migrate(address);
    for (const model of Object.values(Prisma.ModelName)) {
      const fields = Object.keys((Prisma as unknown as Record<string, Record<string, string>>)[`${model}ScalarFieldEnum`] ?? {}).sort();
      assert.deepEqual((await columnsOf(model)).sort(), fields, model);
    }
  });
}

for (const [provider, makeTarget] of [
  ["SQLite", sqliteTarget],
  ["PostgreSQL", postgresTarget],
] as const)
  test(`${provider}: what others write while a transaction is open is not undone with it, and transactions end one after the other`, async () => {
    const { openDatabase } = await import("../src/server/db/client.ts");
    const { address } = await makeTarget();
    await migrate(address);
    const db = openDatabase(address);
    const set = (name: string) => ({ data: { name, value: "x" } });
    let goOn: () => void = () => {};
    const waiting = new Promise<void>((resolve) => (goOn = resolve));
    const failing = db.$transaction(async (tx) => {
      await tx.setting.create(set("undone"));
      await waiting;
      throw new Error("undo");
    });
    const failed = assert.rejects(failing, /undo/);
    await new Promise((resolve) => setTimeout(resolve, 50));
    const others = Promise.all([
      db.setting.create(set("kept")),
      db.$transaction(async (tx) => void (await tx.setting.create(set("kept too")))),
      db.$transaction([db.setting.create(set("batch")), db.setting.create(set("batch too"))]),
      db.setting.updateMany({ where: { name: "kept" }, data: { value: "y" } }),
    ]);
    goOn();
    await Promise.all([failed, others]);
    assert.deepEqual(
      (await db.setting.findMany({ orderBy: { name: "asc" } })).map((s) => s.name),
      ["batch", "batch too", "kept", "kept too"],
    );
    await db.$disconnect();
  });

test("object store: content-addressed, and a damaged file is noticed", async () => {
  const root = folder();
  const store = new FileStore(root);
  const sha = await store.put(Buffer.from("hello"));
  assert.equal(sha, createHash("sha256").update("hello").digest("hex"));
  await Promise.all(Array.from({ length: 8 }, () => store.put(Buffer.from("hello"))));
  assert.deepEqual(readdirSync(join(root, sha.slice(0, 2))), [sha.slice(2)]);
  assert.equal((await store.get(sha)).toString(), "hello");
  writeFileSync(join(root, sha.slice(0, 2), sha.slice(2)), "hullo");
  await assert.rejects(store.get(sha), /damaged/);
  await assert.rejects(store.get("../../etc/passwd"), /not a SHA-256/);
  assert.equal(await store.size("0".repeat(64)), undefined);
});

test("the key is made once, readable by its owner alone, and signs the raw digest", () => {
  const dir = folder();
  const signer = Signer.fromFolder(dir);
  assert.equal(Signer.fromFolder(dir).publicKey, signer.publicKey);
  assert.equal(statSync(join(dir, "signing-key.pem")).mode & 0o777, 0o600);
  const digest = createHash("sha256").update("artifact").digest();
  const key = createPublicKey({ key: Buffer.from(signer.publicKey, "base64"), format: "der", type: "spki" });
  assert.ok(verify(null, digest, key, Buffer.from(signer.signDigest(digest.toString("hex")), "base64")));
});

test("the local enrolment token is made once, private, and replaced when its file is gone", async () => {
  const first = await startServer();
  const file = join(first.dataDir, "agent-enrolment-token");
  assert.equal(statSync(file).mode & 0o777, 0o600);
  const token = readFileSync(file, "utf8").trim();
  assert.ok(await first.app.db.enrolmentToken.findUnique({ where: { tokenHash: hashToken(token) } }));
  await first.stop(true);
  const second = await startServer({ dataDir: first.dataDir });
  assert.equal(readFileSync(file, "utf8").trim(), token);
  await second.stop();
});

for (const provider of ["SQLite", "PostgreSQL"] as const)
  test(`${provider}: a build that was running when the process ended is run again after a restart`, async () => {
    const config = { databaseUrl: provider === "SQLite" ? undefined : await postgres.createDatabase() };
    let hold = true;
    const held = standInPipeline();
    const slow = {
      ...held,
      build: async (...args: Parameters<typeof held.build>) => {
        const { signal } = args[1];
        // The end may have come before the build began.
        if (hold && !signal.aborted) await new Promise((resolve) => signal.addEventListener("abort", resolve));
        if (hold) throw new Error("stopped");
        return held.build(...args);
      },
    };
    const first = await startServer({ pipeline: slow, config });
    const { api, email } = await first.person("admin");
    const { handlerId } = await api.handlers.create.mutate({ name: "survivor", files: [{ path: "index.ts", content: "ok" }] });
    const { builds } = await api.builds.start.mutate({ handlerId, targets: ["x86_64-linux-musl"], modes: ["snapshot"] });
    const buildId = builds[0]?.buildId ?? "";
    await eventually("running", async () => (await api.builds.get.query({ buildId })).state === "running");
    await first.stop(true);
    hold = false;
    const second = await startServer({ dataDir: first.dataDir, pipeline: slow, config });
    await eventually("succeeded after restart", async () => (await second.app.db.build.findUniqueOrThrow({ where: { id: buildId } })).state === "succeeded");
    assert.ok(email);
    await second.stop();
  });

test("a build that takes longer than a lease is run once: the lease is renewed while it goes on", async () => {
  let runs = 0;
  const stand = standInPipeline();
  const slow = {
    ...stand,
    build: async (...args: Parameters<typeof stand.build>) => {
      runs++;
      await new Promise((resolve) => setTimeout(resolve, 2_500));
      return stand.build(...args);
    },
  };
  const server = await startServer({ pipeline: slow });
  const { BuildRunner } = await import("../src/features/builds/server/build-runner.ts");
  // Runners with a short lease instead of the server's own; two, as two processes would have.
  await server.app.builds.stop();
  const { TableJobs } = await import("../src/server/jobs/table-jobs.ts");
  const { db, events, objects, signer } = server.app;
  const runners = ["one", "two"].map(
    (instanceId) => new BuildRunner({ db, events, jobs: new TableJobs({ db, instanceId }, 900), objects, signer, pipeline: slow }),
  );
  for (const runner of runners) runner.start();
  const { api } = await server.person("admin");
  await builtHandler(api, "long");
  assert.equal(runs, 1);
  for (const runner of runners) await runner.stop();
  await server.stop();
});

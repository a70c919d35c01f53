/**
 * Generates the two Prisma clients (SQLite, PostgreSQL) when the model file has changed since (by digest), without any engine
 * download. One schema cannot have two providers: PostgreSQL's is the one model file with its provider line swapped.
 */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const output = fileURLToPath(new URL("../generated", import.meta.url));
const stamp = `${output}/prisma/.digest`;

/** The twin of the model file; throws when a line that it swaps is not there. */
function postgresTwin(schema: string): string {
  const swap = (text: string, from: string, to: string): string => {
    if (text.split(from).length !== 2) throw new Error(`prisma/schema.prisma should have ${from} once`);
    return text.replace(from, to);
  };
  const twin = swap(swap(schema, `provider = "sqlite"`, `provider = "postgresql"`), `"../apps/web/generated/prisma"`, `"./prisma-postgresql"`);
  return `// Made from prisma/schema.prisma by apps/web/scripts/generate.ts.\n${twin}`;
}

function generate(databaseUrl: string): void {
  execFileSync(process.execPath, [`${root}/node_modules/prisma/build/index.js`, "generate", "--config", "prisma/prisma.config.ts"], {
    cwd: root,
    // The client needs no engine; naming any existing file keeps the generator from looking for one to download.
    env: {
      ...process.env,
      DATABASE_URL: databaseUrl,
      PRISMA_SCHEMA_ENGINE_BINARY: process.execPath,
      PRISMA_HIDE_UPDATE_MESSAGE: "1",
      CHECKPOINT_DISABLE: "1",
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
}

/** Idempotent and cheap when nothing changed; throws with the generator's output when it fails. */
export function ensureGenerated(): void {
  const schema = readFileSync(`${root}/prisma/schema.prisma`, "utf8");
  const prismaVersion = readFileSync(`${root}/node_modules/prisma/package.json`, "utf8");
  const digest = createHash("sha256").update("two clients").update(schema).update(prismaVersion).digest("hex");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === digest) return;
  mkdirSync(output, { recursive: true });
  writeFileSync(`${output}/schema.postgresql.prisma`, postgresTwin(schema));
  generate("postgresql://localhost/zerostart");
  generate("file:./dev.db");
  writeFileSync(stamp, digest);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) ensureGenerated();

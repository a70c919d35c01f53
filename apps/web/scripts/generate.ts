/** Generates the Prisma client when the model file has changed since (by digest), without any engine download. */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const output = fileURLToPath(new URL("../generated/prisma", import.meta.url));
const stamp = `${output}/.digest`;

/** Idempotent and cheap when nothing changed; throws with the generator's output when it fails. */
export function ensureGenerated(): void {
  const prismaVersion = readFileSync(`${root}/node_modules/prisma/package.json`, "utf8");
  const digest = createHash("sha256")
    .update(readFileSync(`${root}/prisma/schema.prisma`))
    .update(prismaVersion)
    .digest("hex");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === digest) return;
  execFileSync(process.execPath, [`${root}/node_modules/prisma/build/index.js`, "generate", "--config", "prisma/prisma.config.ts"], {
    cwd: root,
    // The client needs no engine; naming any existing file keeps the generator from looking for one to download.
    env: { ...process.env, PRISMA_SCHEMA_ENGINE_BINARY: process.execPath, PRISMA_HIDE_UPDATE_MESSAGE: "1", CHECKPOINT_DISABLE: "1" },
    stdio: ["ignore", "pipe", "pipe"],
  });
  writeFileSync(stamp, digest);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) ensureGenerated();

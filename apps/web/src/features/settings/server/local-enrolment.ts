/**
 * Lets the agent beside the control plane join without a person: a file only this user can read holds an enrolment
 * token, made at first start. Deleting the file and restarting makes a new one and revokes the old.
 */
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import type { Db } from "../../../server/db/client.ts";
import { newId } from "../../../server/ids.ts";
import { hashToken, newToken } from "../../../server/tokens.ts";

const localName = `local agent of ${hostname()} (made at first start)`;

/** The project that everything starts in. */
export function defaultProject(db: Db): Promise<{ id: string; slug: string; name: string }> {
  return db.project.upsert({ where: { slug: "default" }, update: {}, create: { id: newId("prj"), slug: "default", name: "Default" } });
}

export async function ensureLocalEnrolment(db: Db, dataDir: string): Promise<void> {
  const path = join(dataDir, "agent-enrolment-token");
  const project = await defaultProject(db);
  if (existsSync(path)) {
    const known = await db.enrolmentToken.findUnique({ where: { tokenHash: hashToken(readFileSync(path, "utf8").trim()) } });
    if (known) return;
  }
  const { token, hash, prefix } = newToken("enrolment");
  await db.enrolmentToken.updateMany({ where: { projectId: project.id, name: localName, revokedAt: null }, data: { revokedAt: new Date() } });
  await db.enrolmentToken.create({ data: { id: newId("enr"), projectId: project.id, name: localName, tokenHash: hash, prefix } });
  const aside = `${path}.part`;
  writeFileSync(aside, `${token}\n`, { mode: 0o600 });
  renameSync(aside, path);
}

/** Who did what: one row for every change, written by the procedure's mutation and checked by its middleware. */
import type { Db } from "./db/client.ts";
import { newId } from "./ids.ts";

export type Actor = { kind: "person" | "token" | "agent" | "system"; id: string; name: string };
export type AuditEntry = { target: { kind: string; id: string; name: string }; detail?: Record<string, string | number | boolean | null> };

export async function writeAudit(db: Db, projectId: string, actor: Actor, action: string, entry: AuditEntry): Promise<void> {
  await db.auditEvent.create({
    data: {
      id: newId("aud"),
      projectId,
      action,
      actorKind: actor.kind,
      actorId: actor.id,
      actorName: actor.name,
      targetKind: entry.target.kind,
      targetId: entry.target.id,
      targetName: entry.target.name,
      detail: entry.detail ?? {},
    },
  });
}

/**
 * Who did what: one row for every change, in the transaction of the change itself, so that neither is ever there without the other.
 * Made by the procedure's mutation and checked by its middleware; test/audit.test.ts refuses the row and looks whether anything changed.
 */
import type { Prisma } from "../../generated/prisma/client.ts";
import type { DbTransaction } from "./db/client.ts";
import { newId } from "./ids.ts";

export type Actor = { kind: "person" | "token" | "agent" | "system"; id: string; name: string };
export type AuditEntry = { target: { kind: string; id: string; name: string }; detail?: Record<string, string | number | boolean | null> };
type AuditRow = Prisma.AuditEventCreateArgs["data"];

/** A client, within a transaction or not; a tenant's as well. */
export type AuditClient = { auditEvent: { create(args: { data: AuditRow }): Prisma.PrismaPromise<unknown> } };
/** Clients that Prisma gives: their generic types say the same. */
export type AnyClient = Pick<DbTransaction, "auditEvent"> | { auditEvent: object };

/** One of the statements of `$transaction([...])`, or awaited in the callback of one. Nothing happens until then. */
export function auditRow(on: AnyClient, projectId: string, actor: Actor, action: string, { target, detail }: AuditEntry): Prisma.PrismaPromise<unknown> {
  return (on as AuditClient).auditEvent.create({
    data: {
      id: newId("aud"),
      projectId,
      action,
      actorKind: actor.kind,
      actorId: actor.id,
      actorName: actor.name,
      targetKind: target.kind,
      targetId: target.id,
      targetName: target.name,
      detail: detail ?? {},
    },
  });
}

/** As a mutation's context has it: by default on the project's own client. */
export type Audit = (entry: AuditEntry, on?: AnyClient) => Prisma.PrismaPromise<unknown>;

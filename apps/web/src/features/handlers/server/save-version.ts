/** The service behind create and upload: check, store, number. Sources that equal the newest version's make no new one. */
import type { App } from "../../../server/app.ts";
import type { Audit } from "../../../server/audit.ts";
import type { TenantDb } from "../../../server/db/tenant.ts";
import { AppError, isDuplicate } from "../../../server/errors.ts";
import { newId } from "../../../server/ids.ts";
import { decodeSources, storeSources, type SourceInput } from "./sources.ts";

export type SavedVersion = { versionId: string; number: number; isNew: boolean };

const maxTries = 10;

type Scope = { app: App; db: TenantDb; projectId: string; authorName: string; audit: Audit };

/** Compiles the sources and refuses them with diagnostics when they do not compile: nothing broken is saved. */
export async function compileOrRefuse(app: App, input: SourceInput) {
  const decoded = decodeSources(input);
  const checked = await app.pipeline.check({ files: Object.fromEntries(decoded.files), entry: decoded.entry });
  if (!checked.ok) {
    const errors = checked.diagnostics.filter((d) => d.severity === "error");
    const first = errors[0];
    const where = first ? `${first.file}:${first.line}:${first.column} ${first.message}` : "unknown error";
    throw new AppError(
      "COMPILE_FAILED",
      `The handler does not compile: ${where}${errors.length > 1 ? ` (and ${errors.length - 1} more)` : ""}`,
      checked.diagnostics,
    );
  }
  return decoded;
}

/** A handler that is new is made with it, in one step; nothing is left of one whose sources could not be kept. */
export async function saveVersion(
  { app, db, projectId, authorName, audit }: Scope,
  handler: { id: string; name: string; isNew?: boolean },
  decoded: ReturnType<typeof decodeSources>,
): Promise<SavedVersion> {
  const { stored, digest } = await storeSources(app.objects, decoded.files, decoded.entry);
  for (let tries = 1; ; tries++) {
    const newest = await db.handlerVersion.findFirst({ where: { handlerId: handler.id }, orderBy: { number: "desc" } });
    const entry = (version: number, isNew: boolean) => ({ target: { kind: "handler", id: handler.id, name: handler.name }, detail: { version, isNew } });
    if (newest?.digest === digest) {
      await audit(entry(newest.number, false));
      return { versionId: newest.id, number: newest.number, isNew: false };
    }
    const version = {
      id: newId("ver"),
      projectId,
      handlerId: handler.id,
      number: (newest?.number ?? 0) + 1,
      entry: decoded.entry,
      files: stored,
      digest,
      sourceBytes: decoded.sourceBytes,
      createdBy: authorName,
    };
    try {
      await app.db.$transaction(async (tx) => {
        if (handler.isNew) await tx.handler.create({ data: { id: handler.id, projectId, name: handler.name } });
        else await tx.handler.update({ where: { id: handler.id, projectId }, data: { updatedAt: new Date() } });
        await tx.handlerVersion.create({ data: version });
        await audit(entry(version.number, true), tx);
      });
    } catch (error) {
      if (!isDuplicate(error) || tries === maxTries) throw error;
      if (handler.isNew) throw nameTaken(handler.name);
      // Somebody else's upload took the number; ours is the next.
      continue;
    }
    app.events.notify(`project:${projectId}`);
    return { versionId: version.id, number: version.number, isNew: true };
  }
}

export const nameTaken = (name: string) =>
  new AppError("CONFLICT", `There is a handler called "${name}" already. Upload a new version of it, or choose another name.`);

/** The service behind create and upload: check, store, number. Sources that equal the newest version's make no new one. */
import type { App } from "../../../server/app.ts";
import type { TenantDb } from "../../../server/db/tenant.ts";
import { AppError } from "../../../server/errors.ts";
import { newId } from "../../../server/ids.ts";
import { decodeSources, storeSources, type SourceInput } from "./sources.ts";

export type SavedVersion = { versionId: string; number: number; isNew: boolean };

type Scope = { app: App; db: TenantDb; projectId: string; authorName: string };

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

export async function saveVersion(
  { app, db, projectId, authorName }: Scope,
  handlerId: string,
  decoded: ReturnType<typeof decodeSources>,
): Promise<SavedVersion> {
  const { stored, digest } = await storeSources(app.objects, decoded.files, decoded.entry);
  const newest = await db.handlerVersion.findFirst({ where: { handlerId }, orderBy: { number: "desc" } });
  if (newest?.digest === digest) return { versionId: newest.id, number: newest.number, isNew: false };
  const version = await db.handlerVersion.create({
    data: {
      id: newId("ver"),
      projectId,
      handlerId,
      number: (newest?.number ?? 0) + 1,
      entry: decoded.entry,
      files: stored,
      digest,
      sourceBytes: decoded.sourceBytes,
      createdBy: authorName,
    },
  });
  await db.handler.update({ where: { id: handlerId }, data: { updatedAt: new Date() } });
  app.events.notify(`project:${projectId}`);
  return { versionId: version.id, number: version.number, isNew: true };
}

/** How long lines of handlers' logs are kept: each project says, and of each handler the newest million at most. Nothing is made of them, so nothing of an older one stays. */
import type { App } from "../../../server/app.ts";
import type { Db } from "../../../server/db/client.ts";

const forgetEveryMs = 600_000;
const dayMs = 86_400_000;
const linesATime = 2_000;
/** What one handler may fill of a disk that all share: some 200 MB of ordinary lines. */
const linesOfHandler = 1_000_000;
let forgottenAtMs = 0;

/** A step of the automation. */
export async function forgetLogs({ db }: App): Promise<void> {
  const now = Date.now();
  if (now - forgottenAtMs < forgetEveryMs) return;
  forgottenAtMs = now;
  await forgetLogsAt(db, now);
}

/** Drops what is due in every project, those of removed handlers too; how many lines that were. */
export async function forgetLogsAt(db: Db, nowMs: number, keptOfHandler = linesOfHandler): Promise<number> {
  let dropped = 0;
  for (const { id: projectId, logsKeptDays } of await db.project.findMany({ select: { id: true, logsKeptDays: true } })) {
    const due = { projectId, at: { lt: new Date(nowMs - logsKeptDays * dayMs) } };
    // In small steps, so that reports come in between.
    for (;;) {
      const step = await db.logLine.findFirst({ where: due, orderBy: { at: "asc" }, skip: linesATime - 1, select: { at: true } });
      const { count } = await db.logLine.deleteMany({ where: step ? { projectId, at: { lte: step.at } } : due });
      dropped += count;
      if (!step) break;
    }
  }
  return dropped + (await forgetBeyond(db, keptOfHandler));
}

/** Drops all but the newest lines of each handler. */
async function forgetBeyond(db: Db, kept: number): Promise<number> {
  let dropped = 0;
  for (const { id: handlerId, projectId } of await db.handler.findMany({ select: { id: true, projectId: true } })) {
    const newestDue = await db.logLine.findFirst({ where: { projectId, handlerId }, orderBy: { seq: "desc" }, skip: kept, select: { seq: true } });
    for (let more = newestDue !== null; newestDue && more;) {
      const due = { projectId, handlerId, seq: { lte: newestDue.seq } };
      const step = await db.logLine.findFirst({ where: due, orderBy: { seq: "asc" }, skip: linesATime - 1, select: { seq: true } });
      dropped += (await db.logLine.deleteMany({ where: { ...due, seq: { lte: step?.seq ?? newestDue.seq } } })).count;
      more = step !== null;
    }
  }
  return dropped;
}

/** How long traces are kept: the newest of each handler, and none for ever. */
import type { App } from "../../../server/app.ts";

const keptPerHandler = 100;
const keptDays = 90;
const forgetEveryMs = 3_600_000;
const dayMs = 86_400_000;
/** An agent that does not know of traces never takes an order. */
const unansweredMs = 3_600_000;
let forgottenAtMs = 0;

/** A step of the automation. */
export async function forgetTraces(app: App): Promise<void> {
  const now = Date.now();
  if (now - forgottenAtMs < forgetEveryMs) return;
  forgottenAtMs = now;
  await forgetTracesAt(app, now);
}

export async function forgetTracesAt(app: App, now: number): Promise<void> {
  await app.db.trace.updateMany({
    where: { state: { in: ["queued", "running"] }, createdAt: { lt: new Date(now - unansweredMs) } },
    data: {
      state: "failed",
      error: "The host did not answer within an hour. Is its agent running, and not older than the control plane?",
      finishedAt: new Date(now),
    },
  });
  await remove(app, await app.db.trace.findMany({ where: { createdAt: { lt: new Date(now - keptDays * dayMs) } }, select: { id: true, contentSha256: true } }));
  const counts = await app.db.trace.groupBy({ by: ["handlerId"], _count: true, having: { handlerId: { _count: { gt: keptPerHandler } } } });
  for (const { handlerId } of counts) {
    const rows = await app.db.trace.findMany({
      where: { handlerId },
      orderBy: { id: "desc" },
      skip: keptPerHandler,
      select: { id: true, contentSha256: true },
    });
    await remove(app, rows);
  }
}

async function remove(app: App, rows: { id: string; contentSha256: string | null }[]): Promise<void> {
  for (const { id, contentSha256 } of rows) {
    await app.db.trace.deleteMany({ where: { id } });
    await removeContent(app, contentSha256);
  }
}

/** After the row: a file without a row is found by nobody, a row without its file says so to whoever opens it. One that another row needs stays. */
export async function removeContent(app: App, contentSha256: string | null): Promise<void> {
  if (contentSha256 !== null && (await app.db.trace.count({ where: { contentSha256 } })) === 0) await app.traces.remove(contentSha256);
}

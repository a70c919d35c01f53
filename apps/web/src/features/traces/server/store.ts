/** What agents report of traces: progress, and the end with the trace or with why there is none. Twice is once: an order that has ended stays as it is. */
import type { ReportOutput, TraceReport } from "@zerostart/protocol";
import { ZodError } from "zod";
import type { App } from "../../../server/app.ts";
import type { TenantDb } from "../../../server/db/tenant.ts";
import { readable } from "../../../server/trpc.ts";
import { summaryOf } from "../helpers/summary.ts";
import { keepTrace, parseTrace } from "./content.ts";

const open = { in: ["queued", "running"] as ("queued" | "running")[] };
const reasonOf = (error: unknown) => (error instanceof ZodError ? readable(error) : error instanceof Error ? error.message : String(error));

type Scope = { app: App; db: TenantDb; projectId: string; hostId: string; output: ReportOutput };

export async function storeTraceReports({ app, db, projectId, hostId, output }: Scope, reports: TraceReport[]): Promise<void> {
  for (const report of reports) {
    const order = await db.trace.findFirst({ where: { id: report.traceId, hostId }, include: { build: { include: { handler: true } } } });
    if (!order) {
      output.rejected.push({ id: report.id, reason: "no such trace on this host" });
      continue;
    }
    output.accepted.push(report.id);
    const now = new Date();
    const where = { id: order.id, state: open };
    const started = order.startedAt ?? now;
    if (report.status === "running") {
      await db.trace.updateMany({
        where: { ...where, progressDone: { lte: report.done } },
        data: { state: "running", startedAt: started, progressDone: report.done, progressOf: report.of },
      });
    } else if (report.status === "failed") {
      await db.trace.updateMany({ where, data: { state: "failed", error: report.error, startedAt: started, finishedAt: now } });
    } else if (order.state === "queued" || order.state === "running") {
      const trace = await parseTrace(Buffer.from(report.trace, "base64")).catch((error: unknown) => reasonOf(error));
      if (typeof trace === "string") {
        const error = `The agent's report cannot be read: ${trace}`.slice(0, 4_096);
        await db.trace.updateMany({ where, data: { state: "failed", error, startedAt: started, finishedAt: now } });
      } else {
        // What was ordered is known here; the agent's word is not needed for it.
        const { handler, mode, target } = order.build;
        trace.subject = { ...trace.subject, handler: handler.name, mode: mode as typeof trace.subject.mode, target: target as typeof trace.subject.target };
        const kept = await keepTrace(app, trace);
        await db.trace.updateMany({ where, data: { state: "done", ...kept, summary: summaryOf(trace), startedAt: started, finishedAt: now } });
      }
    }
    app.events.notify(`trace:${order.id}`);
    app.events.notify(`project:${projectId}`);
  }
}

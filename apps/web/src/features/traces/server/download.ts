/** A trace as a file: our own format, speedscope's, Chrome's. */
import type { ServerResponse } from "node:http";
import { exportTrace, traceFileName, type TraceFormat } from "@zerostart/protocol";
import type { App } from "../../../server/app.ts";
import { AppError } from "../../../server/errors.ts";
import { sendJson } from "../../../server/send-json.ts";
import { readTrace } from "./content.ts";

export async function sendTrace(app: App, projectId: string, traceId: string, format: TraceFormat, res: ServerResponse): Promise<void> {
  const row = await app.db.trace.findFirst({ where: { id: traceId, projectId } });
  if (!row?.contentSha256)
    return sendJson(res, 404, { error: row ? `This trace has nothing to show: it is ${row.state}.` : "There is no such trace in this project." });
  try {
    const trace = await readTrace(app, row.contentSha256);
    sendJson(res, 200, exportTrace(trace, format), {
      "content-disposition": `attachment; filename="${traceFileName(trace, format)}"`,
      "cache-control": "no-store",
    });
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    sendJson(res, error.appCode === "NOT_FOUND" ? 410 : 503, { error: error.message });
  }
}

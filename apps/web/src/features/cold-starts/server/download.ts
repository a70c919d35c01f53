/** Downloads of what a view shows, as CSV or JSON, streamed page by page. */
import type { ServerResponse } from "node:http";
import type { App } from "../../../server/app.ts";
import { phaseColumns } from "../../../server/db/dialect.ts";
import { listSamples } from "../../../server/db/newest.ts";
import { sampleFilter } from "../helpers/filter.ts";
import { presentSample } from "./present-sample.ts";

const pageRows = 1_000;
const fields = [
  "id",
  "startedAtMs",
  "handlerId",
  "versionId",
  "buildId",
  "hostId",
  "deploymentId",
  "instanceId",
  "kind",
  "mode",
  "target",
  "executor",
  "totalNs",
];
const tail = ["rssBytes", "pssBytes", "privateDirtyBytes", "minorFaults", "majorFaults", "binaryBytes"];

/** RFC 4180; a value that a spreadsheet would take for a formula is quoted as text. */
function csvField(value: string | number | null): string {
  const text = value === null ? "" : String(value);
  const safe = typeof value === "string" && /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** Throws a ZodError when the query is malformed, before anything is sent. */
export async function sendDownload(app: App, projectId: string, query: URLSearchParams, format: "csv" | "json", res: ServerResponse): Promise<void> {
  const filter = sampleFilter.parse(Object.fromEntries(query));
  const columns = [...fields, ...phaseColumns.map((p) => p.column), ...tail];
  res.writeHead(200, {
    "content-type": format === "csv" ? "text/csv; charset=utf-8" : "application/json",
    "content-disposition": `attachment; filename="cold-starts.${format}"`,
    "cache-control": "no-store",
  });
  const write = async (text: string) => {
    if (!res.write(text)) await new Promise((resolve) => res.once("drain", resolve).once("close", resolve));
  };
  await write(format === "csv" ? `${columns.join(",")}\r\n` : "[");
  let cursor: { startedAtMs: number; id: string } | undefined;
  let first = true;
  for (;;) {
    const rows = await listSamples(app.db, projectId, filter, pageRows, cursor);
    let text = "";
    for (const row of rows) {
      if (format === "csv") text += `${columns.map((c) => csvField(row[c] ?? null)).join(",")}\r\n`;
      else text += `${first ? "\n" : ",\n"}${JSON.stringify(presentSample(row))}`;
      first = false;
    }
    await write(text);
    const last = rows.at(-1);
    if (rows.length < pageRows || !last || res.closed) break;
    cursor = { startedAtMs: last.startedAtMs, id: last.id };
  }
  res.end(format === "csv" ? "" : "\n]\n");
}

/**
 * Takes batches of starts, log lines and measurement results. At-least-once: everything is stored under the agent's own
 * id, so twice is once. Each item stands for itself: a malformed one is refused with its reason, the others are kept.
 */
import {
  logLine,
  measurementResult,
  requestWindow,
  startSample,
  traceReport,
  type LogLine,
  type ReportOutput,
  type RequestWindow,
  type StartSample,
} from "@zerostart/protocol";
import { z } from "zod";
import type { App } from "../../../server/app.ts";
import { dateText, insertLogLines, phaseColumn, phaseColumns, type SampleRow } from "../../../server/db/dialect.ts";
import { forProject, type TenantDb } from "../../../server/db/tenant.ts";
import { agentProcedure } from "../../../server/trpc.ts";
import { storeTraceReports } from "../../traces/server/store.ts";
import { storeRequestWindows, type PlacedWindow } from "../../requests/server/store.ts";
import { correctedMs } from "../helpers/clock.ts";

/** As reportInput of the protocol, but the items are parsed one by one. */
const input = z.object({
  starts: z.array(z.unknown()).max(5_000).default([]),
  logs: z.array(z.unknown()).max(5_000).default([]),
  measurements: z.array(z.unknown()).max(100).default([]),
  requests: z.array(z.unknown()).max(5_000).default([]),
  traces: z.array(z.unknown()).max(10).default([]),
});
const withId = z.object({ id: z.uuid() });

type Scope = { app: App; db: TenantDb; projectId: string; hostId: string; /** The agent's clock minus ours. */ skewMs: number | null; output: ReportOutput };

/** Parses every item; those that cannot even be named (no id) are dropped, as nobody could be told about them. */
function parseEach<T>(items: unknown[], schema: z.ZodType<T>, output: ReportOutput): T[] {
  return items.flatMap((item) => {
    const parsed = schema.safeParse(item);
    if (parsed.success) return [parsed.data];
    const named = withId.safeParse(item);
    const issue = parsed.error.issues[0];
    if (named.success) output.rejected.push({ id: named.data.id, reason: issue ? `${issue.path.join(".")}: ${issue.message}`.slice(0, 500) : "malformed" });
    return [];
  });
}

const distinct = <T>(values: (T | undefined)[]): T[] => [...new Set(values.filter((v) => v !== undefined))];

async function storeStarts({ app, db, projectId, hostId, skewMs, output }: Scope, starts: StartSample[]): Promise<void> {
  if (starts.length === 0) return;
  const { artifacts, deployments } = app.known;
  const measurementsWanted = distinct(starts.map((s) => s.measurementId));
  const [artifactById, deploymentById, measurements] = await Promise.all([
    artifacts.get(projectId, distinct(starts.map((s) => s.artifactId))),
    deployments.get(hostId, distinct(starts.map((s) => s.deploymentId))),
    measurementsWanted.length === 0 ? [] : db.measurement.findMany({ where: { hostId, id: { in: measurementsWanted } }, select: { id: true, state: true } }),
  ]);
  const measurementIds = new Set(measurements.map((m) => m.id));
  const receivedAtMs = Date.now();
  const rows: SampleRow[] = [];
  for (const sample of starts) {
    const artifact = artifactById.get(sample.artifactId);
    const refuse = (reason: string) => output.rejected.push({ id: sample.id, reason });
    if (!artifact || artifact.buildId !== sample.buildId) refuse("no such artifact of that build in this project");
    else if (artifact.mode !== sample.mode || artifact.target !== sample.target) refuse("the artifact has another launch mode or target");
    else if (sample.deploymentId !== undefined && !deploymentById.has(sample.deploymentId)) refuse("no such deployment on this host");
    else if (sample.instanceId !== undefined && sample.deploymentId === undefined) refuse("an instance is of a deployment, and none is named");
    else if (sample.measurementId !== undefined && !measurementIds.has(sample.measurementId)) refuse("no such measurement on this host");
    else {
      const row: SampleRow = {
        id: sample.id,
        projectId,
        hostId,
        receivedAtMs,
        handlerId: artifact.handlerId,
        versionId: artifact.versionId,
        buildId: artifact.buildId,
        artifactId: artifact.id,
        deploymentId: sample.deploymentId ?? null,
        instanceId: sample.instanceId ?? null,
        measurementId: sample.measurementId ?? null,
        variant: sample.variant ?? null,
        kind: sample.kind,
        mode: sample.mode,
        target: sample.target,
        executor: sample.executor,
        startedAtMs: correctedMs(Date.parse(sample.startedAt), skewMs, receivedAtMs),
        agentStartedAtMs: Date.parse(sample.startedAt),
        totalNs: sample.totalNs,
        rssBytes: sample.memory.rssBytes,
        pssBytes: sample.memory.pssBytes ?? null,
        privateDirtyBytes: sample.memory.privateDirtyBytes ?? null,
        minorFaults: sample.memory.minorFaults ?? null,
        majorFaults: sample.memory.majorFaults ?? null,
        binaryBytes: sample.binaryBytes,
      };
      for (const { column } of phaseColumns) row[column] = 0;
      for (const { phase, ns } of sample.phases) row[phaseColumn(phase)] = ns;
      rows.push(row);
      output.accepted.push(sample.id);
    }
  }
  if (rows.length > 0) await app.samples.add(rows);
  const touched = measurements.filter((m) => rows.some((r) => r["measurementId"] === m.id));
  const begun = touched.filter((m) => m.state === "queued").map((m) => m.id);
  if (begun.length > 0) await db.measurement.updateMany({ where: { id: { in: begun }, state: "queued" }, data: { state: "running", startedAt: new Date() } });
  for (const m of touched) app.events.notifySoon(`measurement:${m.id}`);
  if (rows.length > 0) app.events.notifySoon(`project:${projectId}`);
}

async function storeLogs({ app, projectId, hostId, skewMs, output }: Scope, lines: LogLine[]): Promise<void> {
  if (lines.length === 0) return;
  const deployments = await app.known.deployments.get(hostId, distinct(lines.map((l) => l.deploymentId)));
  const rows: Record<string, string>[] = [];
  const receivedAtMs = Date.now();
  for (const line of lines) {
    const handlerId = deployments.get(line.deploymentId)?.handlerId;
    if (handlerId === undefined) {
      output.rejected.push({ id: line.id, reason: "no such deployment on this host" });
      continue;
    }
    const { id, deploymentId, instanceId, level, source, text } = line;
    const at = dateText(new Date(correctedMs(Date.parse(line.at), skewMs, receivedAtMs)));
    rows.push({ id, projectId, handlerId, deploymentId, hostId, instanceId, at, agentAt: dateText(new Date(line.at)), level, source, text });
    output.accepted.push(id);
  }
  await insertLogLines(app.db, rows);
  for (const handlerId of distinct(rows.map((r) => r["handlerId"]))) app.events.notify(`logs:${handlerId}`);
}

async function storeRequests({ app, projectId, hostId, skewMs, output }: Scope, windows: RequestWindow[]): Promise<void> {
  if (windows.length === 0) return;
  const deployments = await app.known.deployments.get(hostId, distinct(windows.map((w) => w.deploymentId)));
  const now = Date.now();
  const placed: PlacedWindow[] = [];
  for (const window of windows) {
    const handlerId = deployments.get(window.deploymentId)?.handlerId;
    if (handlerId === undefined) output.rejected.push({ id: window.id, reason: "no such deployment on this host" });
    else placed.push({ ...window, handlerId, startMs: correctedMs(Date.parse(window.from), skewMs, now) });
  }
  await storeRequestWindows(app, projectId, hostId, placed);
  output.accepted.push(...placed.map((w) => w.id));
  if (placed.length > 0) app.events.notifySoon(`project:${projectId}`);
}

async function storeResults({ app, db, projectId, hostId, output }: Scope, items: unknown[]): Promise<void> {
  for (const result of parseEach(items, measurementResult, output)) {
    const order = await db.measurement.findFirst({ where: { id: result.measurementId, hostId } });
    if (!order) {
      output.rejected.push({ id: result.id, reason: "no such measurement on this host" });
      continue;
    }
    // One that was cancelled here stays cancelled, whatever the agent had done by then.
    await db.measurement.updateMany({
      where: { id: order.id, state: { in: ["queued", "running"] } },
      data: { state: result.status, error: result.error ?? null, finishedAt: new Date() },
    });
    output.accepted.push(result.id);
    app.events.notify("automation");
    app.events.notify(`measurement:${order.id}`);
    app.events.notify(`project:${projectId}`);
  }
}

export const report = agentProcedure.input(input).mutation(async ({ ctx, input: batch }): Promise<ReportOutput> => {
  const output: ReportOutput = { accepted: [], rejected: [] };
  const db = forProject(ctx.app.db, ctx.projectId);
  const scope = { app: ctx.app, db, projectId: ctx.projectId, hostId: ctx.hostId, skewMs: ctx.caller.clockSkewMs, output };
  await storeStarts(scope, parseEach(batch.starts, startSample, output));
  await storeLogs(scope, parseEach(batch.logs, logLine, output));
  await storeRequests(scope, parseEach(batch.requests, requestWindow, output));
  await storeResults(scope, batch.measurements);
  await storeTraceReports(scope, parseEach(batch.traces, traceReport, output));
  return output;
});

/**
 * Each new build is measured against the one it replaces: the newest build of an earlier version for the same platform and
 * launch mode. What became significantly and noticeably worse (time, memory, size) is flagged and alerted.
 */
import { compareSamples } from "@zerostart/stats";
import { z } from "zod";
import type { App } from "../../../server/app.ts";
import { sampleValues } from "../../../server/db/newest.ts";
import { newId } from "../../../server/ids.ts";
import type { RegressionCheck } from "../../../../generated/prisma/client.ts";
import { formatBytes, formatNs, formatPercent } from "../../../lib/format.ts";
import { isForOtherRuntimes } from "../../builds/helpers/pipeline-types.ts";
import { raiseAlert } from "../../alerts/server/raise.ts";
import { raiseRevision, wakeHost } from "../../deployments/server/desired-state.ts";
import { offlineAfterMs } from "../../hosts/server/present-host.ts";

const runs = 30;
const warmup = 3;
/** Significant is not enough: a change smaller than this share is not worth anybody's time. */
const noticeableShare = 0.03;
/** Sizes are exact, so any growth is "significant"; below this nobody is told. */
const noticeableSizeBytes = 4_096;
/** A check that found no host by then is given up. */
const patienceMs = 10 * 60_000;

export const findings = z.array(
  z.object({
    metric: z.enum(["total", "rss", "binary"]),
    label: z.string(),
    unit: z.enum(["ns", "bytes"]),
    before: z.number(),
    after: z.number(),
    low: z.number(),
    high: z.number(),
    p: z.number(),
    verdict: z.enum(["lower", "higher", "not-significant", "too-few"]),
    isRegression: z.boolean(),
  }),
);
export type Finding = z.infer<typeof findings>[number];

/** Queues the check of a build that has just succeeded, when there is something to compare it with and the project wants it. */
export async function queueCheck(db: App["db"], buildId: string): Promise<void> {
  const build = await db.build.findUnique({ where: { id: buildId }, include: { version: true, check: true } });
  if (!build || build.check || isForOtherRuntimes(build)) return;
  const project = await db.project.findUnique({ where: { id: build.projectId } });
  if (!project?.autoMeasure) return;
  const { projectId, handlerId, target, mode, symbols, prime } = build;
  const baseline = await db.build.findFirst({
    where: {
      projectId,
      handlerId,
      target,
      mode,
      symbols,
      prime,
      state: "succeeded",
      artifact: { isNot: null },
      version: { number: { lt: build.version.number } },
    },
    orderBy: [{ version: { number: "desc" } }, { id: "desc" }],
  });
  if (baseline) await db.regressionCheck.create({ data: { id: newId("chk"), projectId, handlerId, buildId, baselineId: baseline.id, findings: [] } });
}

async function skip(app: App, check: RegressionCheck, error: string): Promise<void> {
  await app.db.regressionCheck.updateMany({ where: { id: check.id, state: check.state }, data: { state: "skipped", error, finishedAt: new Date() } });
  app.events.notify(`project:${check.projectId}`);
}

async function order(app: App, check: RegressionCheck): Promise<void> {
  const { db } = app;
  const { projectId, handlerId } = check;
  const builds = await db.build.findMany({ where: { projectId, id: { in: [check.baselineId, check.buildId] } }, include: { artifact: true } });
  const pair = [check.baselineId, check.buildId].map((id) => builds.find((b) => b.id === id));
  const artifacts = pair.map((b) => b?.artifact);
  if (!artifacts[0] || !artifacts[1]) return skip(app, check, "One of the two builds is gone.");
  if (artifacts[0].executor !== artifacts[1].executor) return skip(app, check, "One of the two builds is native, the other is not: they are not compared.");
  const portable = artifacts[1].executor === "portable";
  const hosts = await db.host.findMany({ where: { projectId, removedAt: null }, orderBy: { lastSeenAt: "desc" } });
  const host = hosts.find(
    (h) =>
      h.lastSeenAt !== null &&
      Date.now() - h.lastSeenAt.getTime() < offlineAfterMs &&
      (h.executors as { target: string; executor: string }[]).some((e) => e.target === pair[1]?.target && (e.executor === "portable") === portable),
  );
  if (!host) {
    if (Date.now() - check.createdAt.getTime() > patienceMs) await skip(app, check, `No host that runs ${pair[1]?.target} was there.`);
    return;
  }
  const measurementId = newId("msr");
  const artifactIds = artifacts.map((a) => a?.id as string);
  const isOrdered = await db.$transaction(async (tx) => {
    const { count } = await tx.regressionCheck.updateMany({ where: { id: check.id, state: "queued" }, data: { state: "measuring", measurementId } });
    if (count === 0) return false;
    await raiseRevision(tx, projectId, host.id);
    await tx.measurement.create({
      data: { id: measurementId, projectId, handlerId, hostId: host.id, runs, warmup, path: "/", artifactIds, createdBy: "regression check" },
    });
    return true;
  });
  if (isOrdered) wakeHost(app, projectId, host.id);
}

function describe(f: Finding): string {
  const show = f.unit === "ns" ? formatNs : formatBytes;
  return `${f.label}: ${show(f.before)} to ${show(f.after)} (+${formatPercent(f.after / f.before - 1)})`;
}

async function conclude(app: App, check: RegressionCheck): Promise<void> {
  const { db, events } = app;
  const { projectId, measurementId } = check;
  const measurement = measurementId ? await db.measurement.findUnique({ where: { id: measurementId } }) : null;
  if (!measurement || !measurementId) return skip(app, check, "Its measurement is gone.");
  if (measurement.state === "queued" || measurement.state === "running") return;
  if (measurement.state !== "done") return skip(app, check, measurement.error ?? `The measurement was ${measurement.state}.`);
  const columns = ["totalNs", "rssBytes", "binaryBytes"];
  const [before = [], after = []] = await Promise.all(
    [check.baselineId, check.buildId].map((buildId) => sampleValues(db, projectId, { measurementId, buildId }, columns, runs)),
  );
  const values = (rows: Record<string, number | null>[], column: string) => rows.map((r) => r[column] ?? 0);
  if (before.length === 0 || after.length === 0) return skip(app, check, "One of the two builds has no starts.");
  const list = (
    [
      ["total", "Cold start", "ns", "totalNs"],
      ["rss", "RSS", "bytes", "rssBytes"],
      ["binary", "Binary size", "bytes", "binaryBytes"],
    ] as const
  ).map(([metric, label, unit, column]): Finding => {
    const { a, b, median, rank, verdict } = compareSamples(values(before, column), values(after, column));
    const share = a.p50 === 0 ? 0 : median.difference / a.p50;
    const isRegression = verdict === "higher" && (metric === "binary" ? median.difference >= noticeableSizeBytes && share >= 0.01 : share >= noticeableShare);
    return { metric, label, unit, before: a.p50, after: b.p50, low: median.low, high: median.high, p: rank.p, verdict, isRegression };
  });
  const worse = list.filter((f) => f.isRegression);
  const { count } = await db.regressionCheck.updateMany({
    where: { id: check.id, state: "measuring" },
    data: { state: "done", findings: list, isRegression: worse.length > 0, finishedAt: new Date() },
  });
  events.notify(`project:${projectId}`);
  if (count === 0 || worse.length === 0) return;
  const build = await db.build.findUnique({ where: { id: check.buildId }, include: { version: true, handler: true } });
  const old = await db.build.findUnique({ where: { id: check.baselineId }, include: { version: true } });
  if (!build || !old) return;
  await raiseAlert(app, projectId, {
    kind: "regression",
    title: `${build.handler.name} v${build.version.number} is worse than v${old.version.number}: ${worse.map((f) => f.label).join(", ")}`,
    text: `${build.mode}, ${build.target}. ${worse.map(describe).join("; ")}.`,
    path: `/builds/${build.id}`,
  });
}

/** Moves every open check as far as it can go now. */
export async function advanceChecks(app: App): Promise<void> {
  for (const check of await app.db.regressionCheck.findMany({ where: { state: { in: ["queued", "measuring"] } }, orderBy: { id: "asc" }, take: 200 }))
    await (check.state === "queued" ? order(app, check) : conclude(app, check));
}

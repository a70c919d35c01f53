/** What a year's work of a team leaves beside its samples: changes, alerts, deployments, experiments, request counters. */
import type { Db } from "../../../apps/web/src/server/db/client.ts";
import { newId } from "../../../apps/web/src/server/ids.ts";
import type { Fleet } from "./server.ts";

export type History = { deploymentId: string; experimentId: string; measurementId: string; rows: number };

const auditRows = 100_000;
const alertRows = 10_000;
const deploymentRows = 3_000;
const experimentRows = 500;
const rowsATime = 1_000;
const minuteMs = 60_000;
const dayMs = 86_400_000;

/** Items by number, in batches that one statement takes. */
async function inBatches<T>(count: number, make: (i: number) => T, write: (rows: T[]) => Promise<unknown>): Promise<number> {
  for (let at = 0; at < count; at += rowsATime) await write(Array.from({ length: Math.min(rowsATime, count - at) }, (_, i) => make(at + i)));
  return count;
}

/** Fills the tables; ids of what the queries ask for. */
export async function seedHistory(db: Db, { projectId, agents, builds }: Omit<Fleet, "history">): Promise<History> {
  const now = Date.now();
  const ago = (share: number) => new Date(now - share * 365 * dayMs);
  const buildOf = (i: number) => builds[i % builds.length] as (typeof builds)[number];
  const hostOf = (i: number) => (agents[i % agents.length] as (typeof agents)[number]).hostId;
  let rows = await inBatches(
    auditRows,
    (i) => ({
      id: newId("aud"),
      projectId,
      at: ago(1 - i / auditRows),
      actorKind: "person",
      actorId: "usr_bench",
      actorName: "bench",
      action: i % 3 === 0 ? "deployments.create" : "builds.start",
      targetKind: "handler",
      targetId: buildOf(i).handlerId,
      targetName: `handler ${i % 20}`,
      detail: { version: i },
    }),
    (data) => db.auditEvent.createMany({ data }),
  );
  const channelId = newId("chn");
  await db.alertChannel.create({ data: { id: channelId, projectId, kind: "email", name: "team", target: "team@example.com", createdBy: "bench" } });
  rows += await inBatches(
    alertRows,
    (i) => ({
      id: newId("alr"),
      projectId,
      kind: "regression",
      title: `alert ${i}`,
      text: "slower",
      path: "/builds",
      createdAt: ago(1 - i / alertRows),
      acknowledgedAt: i % 10 === 0 ? null : new Date(now),
    }),
    async (data) => {
      await db.alert.createMany({ data });
      await db.alertDelivery.createMany({ data: data.map((alert) => ({ id: newId("dlv"), projectId, alertId: alert.id, channelId, state: "done" })) });
    },
  );
  let deploymentId = "";
  const active = Math.min(100, deploymentRows);
  rows += await inBatches(
    deploymentRows,
    (i) => {
      const { handlerId, buildId, artifactId } = buildOf(i);
      return {
        id: newId("dep"),
        projectId,
        handlerId,
        artifactId,
        buildId,
        hostId: hostOf(i),
        env: {},
        state: i < deploymentRows - active ? ("superseded" as const) : ("active" as const),
        createdBy: "bench",
      };
    },
    async (data) => {
      await db.deployment.createMany({ data });
      deploymentId = data.at(-1)?.id ?? "";
      const running = data.filter((d) => d.state === "active");
      await db.instance.createMany({
        data: running.map((d, i) => ({
          id: `${d.id}-1`,
          projectId,
          deploymentId: d.id,
          hostId: d.hostId,
          artifactId: d.artifactId,
          state: "healthy",
          port: 9_000 + i,
          restarts: 0,
          since: new Date(now),
          updatedAt: new Date(now),
        })),
      });
    },
  );
  // Of one deployment: six hours as reported every ten seconds, 35 days of five-minute sums.
  const { handlerId, buildId, artifactId } = buildOf(deploymentRows - 1);
  const windowsOf = (stepMs: number, count: number, instanceId: string | null) =>
    inBatches(
      count,
      (i) => ({
        id: newId("dlt"),
        projectId,
        handlerId,
        deploymentId,
        hostId: hostOf(0),
        instanceId,
        startMs: BigInt(now - i * stepMs),
        stepMs,
        byClass: [0, 0, 500, 0, 2, 1],
        sumNs: 600_000_000n,
        buckets: Array.from({ length: 24 }, (_, b) => [200 + b, 20]),
      }),
      (data) => db.requestWindow.createMany({ data }),
    );
  rows += await windowsOf(10_000, (25 * 60 * minuteMs) / 10_000, `${deploymentId}-1`);
  rows += await windowsOf(5 * minuteMs, (35 * dayMs) / (5 * minuteMs), null);
  const variants = builds.filter((b) => b.handlerId === handlerId).map((b) => ({ label: b.mode, buildId: b.buildId, knobs: {} }));
  let experimentId = "";
  let measurementId = "";
  rows += await inBatches(
    experimentRows,
    () => ({
      id: newId("exp"),
      projectId,
      handlerId,
      name: "bench",
      runs: 100,
      warmup: 3,
      path: "/",
      variants,
      hostIds: [hostOf(0)],
      measurementIds: [newId("msr")],
      state: "done" as const,
      createdBy: "bench",
    }),
    async (data) => {
      await db.experiment.createMany({ data });
      await db.measurement.createMany({
        data: data.map((e) => ({
          id: e.measurementIds[0] as string,
          projectId,
          handlerId,
          hostId: hostOf(0),
          runs: 100,
          warmup: 3,
          artifactIds: [artifactId],
          state: "done" as const,
          createdBy: "bench",
        })),
      });
      experimentId = data.at(-1)?.id ?? "";
      measurementId = data.at(-1)?.measurementIds[0] ?? "";
    },
  );
  await db.regressionCheck.create({ data: { id: newId("chk"), projectId, handlerId, buildId, baselineId: buildOf(0).buildId, state: "done", findings: [] } });
  return { deploymentId, experimentId, measurementId, rows };
}

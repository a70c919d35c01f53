import type { TenantDb } from "../../../server/db/tenant.ts";
import { phaseColumns, type StoredSample } from "../../../server/db/dialect.ts";

/** A start with its phases in order, zero ones left out. */
export function presentSample(row: StoredSample) {
  return {
    id: row.id,
    handlerId: row.handlerId,
    versionId: row.versionId,
    buildId: row.buildId,
    hostId: row.hostId,
    deploymentId: row.deploymentId,
    /** The instance that started, whose log is that of the deployment with this id; null: a measured start, or an agent that did not say. */
    instanceId: row.instanceId,
    measurementId: row.measurementId,
    kind: row.kind as "real" | "measured",
    mode: row.mode,
    target: row.target,
    executor: row.executor,
    startedAtMs: row.startedAtMs,
    totalNs: row.totalNs,
    phases: phaseColumns.flatMap(({ phase, column }) => ((row[column] as number) > 0 ? [{ phase, ns: row[column] as number }] : [])),
    rssBytes: row.rssBytes,
    pssBytes: row.pssBytes,
    privateDirtyBytes: row.privateDirtyBytes,
    minorFaults: row.minorFaults,
    majorFaults: row.majorFaults,
    binaryBytes: row.binaryBytes,
  };
}

/** With the name of the host that it was on; null when that is gone. */
export async function withHostNames(db: TenantDb, rows: StoredSample[]) {
  const hosts = await db.host.findMany({ where: { id: { in: [...new Set(rows.map((row) => row.hostId))] } }, select: { id: true, name: true } });
  const nameOf = new Map(hosts.map(({ id, name }) => [id, name]));
  return rows.map((row) => ({ ...presentSample(row), hostName: nameOf.get(row.hostId) ?? null }));
}

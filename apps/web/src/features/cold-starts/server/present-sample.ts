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

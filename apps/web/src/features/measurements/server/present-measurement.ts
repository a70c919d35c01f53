import { z } from "zod";
import type { App } from "../../../server/app.ts";
import type { Measurement } from "../../../../generated/prisma/client.ts";
import { measurementCounts } from "../../../server/db/dialect.ts";

const artifactIds = z.array(z.string());

/** An order with its progress: samples stored of those asked for. */
export async function presentMeasurement(app: App, row: Measurement & { host: { name: string } }) {
  const ids = artifactIds.parse(row.artifactIds);
  const counts = await measurementCounts(app.db, row.projectId, row.id);
  return {
    id: row.id,
    handlerId: row.handlerId,
    hostId: row.hostId,
    hostName: row.host.name,
    runs: row.runs,
    warmup: row.warmup,
    path: row.path,
    artifactIds: ids,
    state: row.state,
    error: row.error,
    createdAt: row.createdAt,
    createdBy: row.createdBy,
    startedAt: row.startedAt,
    finishedAt: row.finishedAt,
    samplesDone: counts.reduce((sum, c) => sum + c.count, 0),
    samplesWanted: (Array.isArray(row.variants) ? row.variants.length : ids.length) * row.runs,
  };
}

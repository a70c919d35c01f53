import { knobs } from "@zerostart/protocol";
import type { Prisma } from "../../../../generated/prisma/client.ts";
import { traceSummary } from "../helpers/summary.ts";
import { primeOf } from "../../builds/helpers/prime.ts";

export const presented = { build: { include: { handler: true, version: true } }, host: true } as const;

/** A trace without its content. */
export function presentTrace(row: Prisma.TraceGetPayload<{ include: typeof presented }>) {
  const { build, host } = row;
  return {
    id: row.id,
    handlerId: row.handlerId,
    handlerName: build.handler.name,
    versionNumber: build.version.number,
    buildId: row.buildId,
    mode: build.mode,
    symbols: build.symbols,
    prime: primeOf(build.prime),
    target: build.target,
    hostId: row.hostId,
    hostName: host.name,
    hostLastSeenAt: host.lastSeenAt,
    runs: row.runs,
    path: row.path,
    knobs: knobs.parse(row.knobs),
    state: row.state,
    progress: { done: row.progressDone, of: row.progressOf },
    error: row.error,
    sizeBytes: row.sizeBytes,
    summary: row.summary === null ? null : traceSummary.parse(row.summary),
    createdAt: row.createdAt,
    createdBy: row.createdBy,
    startedAt: row.startedAt,
    finishedAt: row.finishedAt,
  };
}

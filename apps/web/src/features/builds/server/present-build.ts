/** The shape in which builds are shown, everywhere the same. */
import { z } from "zod";
import type { Prisma } from "../../../../generated/prisma/client.ts";
import { findings } from "../../regressions/server/checks.ts";
import type { Diagnostic } from "../helpers/pipeline-types.ts";
import { primeOf } from "../helpers/prime.ts";

export const buildInclude = { version: true, handler: true, artifact: true, check: true } as const;
type BuildRow = Prisma.BuildGetPayload<{ include: typeof buildInclude }>;

const sections = z.array(z.object({ name: z.string(), sizeBytes: z.number() }));
const dependencies = z.array(z.string());

export function presentBuild(row: BuildRow) {
  const { artifact } = row;
  return {
    id: row.id,
    handlerId: row.handlerId,
    handlerName: row.handler.name,
    versionId: row.versionId,
    versionNumber: row.version.number,
    target: row.target,
    mode: row.mode,
    symbols: row.symbols,
    prime: primeOf(row.prime),
    state: row.state,
    error: row.error,
    diagnostics: row.diagnostics as unknown as Diagnostic[],
    createdAt: row.createdAt,
    createdBy: row.createdBy,
    startedAt: row.startedAt,
    finishedAt: row.finishedAt,
    sourceBytes: row.sourceBytes,
    bytecodeBytes: row.bytecodeBytes,
    sections: sections.parse(row.sections),
    handlerInitMs: row.handlerInitMs,
    check: row.check && {
      state: row.check.state,
      error: row.check.error,
      baselineId: row.check.baselineId,
      measurementId: row.check.measurementId,
      isRegression: row.check.isRegression,
      findings: findings.parse(row.check.findings),
    },
    artifact: artifact && {
      id: artifact.id,
      sha256: artifact.sha256,
      sizeBytes: artifact.sizeBytes,
      signature: artifact.signature,
      stubSha256: artifact.stubSha256,
      engineVersion: artifact.engineVersion,
      executor: artifact.executor,
      dynamicDependencies: dependencies.parse(artifact.dynamicDependencies),
    },
  };
}

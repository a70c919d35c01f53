/**
 * The newest samples that pass a filter. Which index leads there soonest depends on how rare they are: the counts by facet say so. Every
 * statement walks an index from its new end and stops at the limit.
 */
import type { Db } from "./client.ts";
import { dialectOf, quote, sampleColumns, select, where, whereFacets, type SampleFilter, type StoredSample, type Where } from "./dialect.ts";
import { rawOf } from "./provider.ts";

/** Samples looked at for a page, above which the builds that have some are asked one by one. */
const mostWalked = 20_000;
/** Builds asked one by one. */
const mostBuilds = 60;

type Filter = Partial<SampleFilter>;
type Cursor = { startedAtMs: number; id: string };

/** What is not in the leading columns of the project's or the handler's index. */
const hasResidual = ({ mode, target, versionId, kind, variant }: Filter) => [mode, target, versionId, kind, variant].some((value) => value !== undefined);

/**
 * Parts whose union, newest first, is what passes the filter. One of them unless it is about a build (whose index begins with the kind) or rare:
 * then each build that has some, and each kind of its starts. None at all when nothing passes.
 */
async function partsOf(db: Db, projectId: string, filter: Filter, limit: number): Promise<{ parts: Filter[]; lead?: string[] }> {
  if (filter.measurementId !== undefined) return { parts: [filter], lead: ["measurementId"] };
  const { executor, hostId, buildId } = filter;
  if (hostId !== undefined && buildId !== undefined) {
    // A build's starts are those of a host's of its handler more often than those of a host are a build's.
    const [row] = await select<{ handlerId: string }>(
      db,
      `SELECT "handlerId" FROM "SampleFacet" WHERE "buildId" = ? AND "projectId" = ? LIMIT 1`,
      buildId,
      projectId,
    );
    return row ? { parts: [{ ...filter, handlerId: row.handlerId }], lead: ["hostId", "handlerId"] } : { parts: [] };
  }
  const kinds = filter.kind === undefined ? ["real", "measured"] : [filter.kind];
  if (buildId !== undefined) return { parts: kinds.map((kind) => ({ ...filter, kind })), lead: ["buildId", "kind"] };
  const byHost = hostId === undefined ? undefined : filter.handlerId === undefined ? ["hostId"] : ["hostId", "handlerId"];
  if (!hasResidual(filter)) return { parts: [filter], ...(byHost && { lead: byHost }) };
  const passing = whereFacets(projectId, filter, ["executor", "handlerId", "versionId", "target", "mode", "kind", "hostId"]);
  const rows = await select<{ buildId: string; kind: string; count: number }>(
    db,
    `SELECT "buildId", "kind", CAST(SUM("count") AS BIGINT) AS "count" FROM "SampleFacet" WHERE ${passing.sql} GROUP BY "buildId", "kind"`,
    ...passing.params,
  );
  if (rows.length === 0) return { parts: [] };
  const found = rows.reduce((sum, row) => sum + row.count, 0);
  const { handlerId } = filter;
  const walked = whereFacets(projectId, { executor, handlerId, hostId }, hostId === undefined ? ["executor", "handlerId"] : ["hostId", "handlerId"]);
  const [all] = await select<{ count: number }>(db, `SELECT CAST(SUM("count") AS BIGINT) AS "count" FROM "SampleFacet" WHERE ${walked.sql}`, ...walked.params);
  const isRare = (limit * (all?.count ?? 0)) / found > mostWalked;
  if (!isRare || rows.length > mostBuilds || hostId !== undefined) return { parts: [filter], ...(byHost && { lead: byHost }) };
  return { parts: rows.map((row) => ({ ...filter, buildId: row.buildId, kind: row.kind })), lead: ["buildId", "kind"] };
}

/** A statement that gives columns of the newest `limit`, in that order; undefined when there are none. */
async function newest(db: Db, projectId: string, filter: Filter, columns: string[], limit: number, cursor?: Cursor): Promise<Where | undefined> {
  for (const column of columns) if (!sampleColumns.includes(column)) throw new RangeError(`no such column: ${column}`);
  const { parts, lead } = await partsOf(db, projectId, filter, limit);
  if (parts.length === 0) return undefined;
  const after = cursor ? ` AND "startedAtMs" <= ? AND ("startedAtMs" < ? OR "id" < ?)` : "";
  const order = `ORDER BY "startedAtMs" DESC, "id" DESC LIMIT ?`;
  const needed = quote([...new Set([...columns, "startedAtMs", "id"])]);
  const wheres = parts.map((part) => where(projectId, part, lead !== undefined && rawOf(db).provider === "sqlite" ? lead : undefined));
  const params = wheres.flatMap((w) => [...w.params, ...(cursor ? [cursor.startedAtMs, cursor.startedAtMs, cursor.id] : []), limit]);
  const statements = wheres.map((w) => `SELECT ${needed} FROM "StartSample" WHERE ${w.sql}${after} ${order}`);
  if (statements.length === 1) return { sql: statements[0] as string, params };
  const union = statements.map((statement, i) => `SELECT * FROM (${statement}) AS "part${i}"`).join(" UNION ALL ");
  return { sql: `SELECT ${needed} FROM (${union}) AS "parts" ${order}`, params: [...params, limit] };
}

/** The values of some columns of the newest `limit` samples, in that order of columns; read as one JSON text, a tenth of the time of rows. */
export async function sampleMatrix(db: Db, projectId: string, filter: Filter, columns: string[], limit: number): Promise<(string | number | null)[][]> {
  const statement = await newest(db, projectId, filter, columns, limit);
  if (!statement) return [];
  const [row] = await select<{ rows: string | null }>(
    db,
    `SELECT ${dialectOf(rawOf(db)).jsonRows(columns)} AS "rows" FROM (${statement.sql}) AS "newest"`,
    ...statement.params,
  );
  return JSON.parse(row?.rows ?? "[]") as (string | number | null)[][];
}

/** Newest first, after the cursor (a sample's startedAtMs and id); at most `limit`. */
export async function listSamples(db: Db, projectId: string, filter: Filter, limit: number, cursor?: Cursor): Promise<StoredSample[]> {
  const statement = await newest(db, projectId, filter, sampleColumns, limit, cursor);
  return statement ? select<StoredSample>(db, statement.sql, ...statement.params) : [];
}

/** The values of several columns for the newest `limit` samples: what a comparison is computed from. */
export async function sampleValues(db: Db, projectId: string, filter: Filter, columns: string[], limit: number): Promise<Record<string, number | null>[]> {
  const matrix = (await sampleMatrix(db, projectId, filter, columns, limit)) as (number | null)[][];
  return matrix.map((row) => Object.fromEntries(columns.map((column, i) => [column, row[i] ?? null])));
}

/**
 * All raw SQL: bulk ingest of and queries over start samples, in SQLite's dialect and PostgreSQL's, which differ
 * in the few places that `dialects` names. Every function takes the project and filters by it.
 */
import { phases, type PhaseName } from "@zerostart/protocol";
import { storableText, type Db } from "./client.ts";
import { rawOf, type Parameter, type Provider, type RawQueries } from "./provider.ts";

export const phaseColumns = phases.map(({ name }) => ({
  phase: name,
  column: `${name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())}Ns`,
}));
const columnOfPhase = new Map(phaseColumns.map(({ phase, column }) => [phase, column]));

/** "vm_init" -> "vmInitNs": the column of a phase. */
export const phaseColumn = (phase: PhaseName): string => columnOfPhase.get(phase) as string;

const sampleTextColumns = [
  "id",
  "projectId",
  "handlerId",
  "versionId",
  "buildId",
  "artifactId",
  "hostId",
  "deploymentId",
  "instanceId",
  "measurementId",
  "kind",
  "mode",
  "target",
  "executor",
];
const sampleNumberColumns = [
  "variant",
  "startedAtMs",
  "agentStartedAtMs",
  "receivedAtMs",
  "totalNs",
  ...phaseColumns.map((p) => p.column),
  "rssBytes",
  "pssBytes",
  "privateDirtyBytes",
  "minorFaults",
  "majorFaults",
  "binaryBytes",
];
export const sampleColumns = [...sampleTextColumns, ...sampleNumberColumns];

export type SampleRow = Record<string, string | number | null>;

export const quote = (names: string[]) => names.map((name) => `"${name}"`).join(", ");

/** A column and its type on PostgreSQL. */
type Column = readonly [name: string, type: "text" | "bigint" | "integer" | "double precision" | "timestamp" | "bytea"];

type Dialect = {
  /** Statements are written with `?`, each standing for the next parameter. */
  statement(sql: string): string;
  greatest(a: string, b: string): string;
  /** `SELECT <columns>` from one parameter, a JSON list of rows. */
  selectRows(columns: readonly Column[]): string;
  /**
   * Completes an INSERT of rows with ids (`RETURNING` follows): one row whose `ids` is a JSON list of those that were not there before,
   * or null when that is as many as the last parameter says. Reading thousands of ids costs more than inserting their rows.
   */
  newIds?: (insert: string) => string;
  /** Aggregates the rows of a query into one JSON text: a list of lists. */
  jsonRows(columns: string[]): string;
  /** The rows as that parameter; what a bytea column gets, as `bytes` says. */
  rows(rows: Record<string, unknown>[]): string;
  bytes(bytes: Uint8Array): string;
};

const dialects: Record<Provider, Dialect> = {
  sqlite: {
    statement: (sql) => sql,
    greatest: (a, b) => `MAX(${a}, ${b})`,
    selectRows: (columns) => {
      const values = columns.map(([name, type]) => (type === "bytea" ? `unhex(json_extract(value, '$.${name}'))` : `json_extract(value, '$.${name}')`));
      return `SELECT ${values.join(", ")} FROM json_each(?) WHERE true`;
    },
    bytes: (bytes) => Buffer.from(bytes).toString("hex"),
    jsonRows: (columns) => `json_group_array(json_array(${quote(columns)}))`,
    rows: (rows) => JSON.stringify(rows),
  },
  postgresql: {
    statement: (sql) => {
      let count = 0;
      return sql.replaceAll("?", () => `$${++count}`);
    },
    greatest: (a, b) => `GREATEST(${a}, ${b})`,
    // json, not jsonb: each value is read once, so that a second form of it does not pay.
    selectRows: (columns) =>
      `SELECT ${quote(columns.map(([name]) => name))} FROM json_to_recordset(CAST(? AS json)) AS r(${columns.map(([name, type]) => `"${name}" ${type}`).join(", ")})`,
    bytes: (bytes) => `\\x${Buffer.from(bytes).toString("hex")}`,
    newIds: (insert) =>
      `WITH "new" AS (${insert} RETURNING "id") SELECT CASE WHEN COUNT(*) <> CAST(? AS bigint) THEN COALESCE(CAST(json_agg("id") AS text), '[]') END AS "ids" FROM "new"`,
    jsonRows: (columns) => `CAST(json_agg(json_build_array(${quote(columns)})) AS text)`,
    rows: (rows) => {
      const text = JSON.stringify(rows);
      // What PostgreSQL cannot store is written as an escape: without one there is nothing to replace.
      if (!text.includes("\\u")) return text;
      return JSON.stringify(rows, (_, value: unknown) => (typeof value === "string" ? storableText(value) : value));
    },
  },
};

export const dialectOf = ({ provider }: RawQueries): Dialect => dialects[provider];

/** Runs a statement with `?` for its parameters. */
const perform = <T>(on: RawQueries, sql: string, ...parameters: Parameter[]): Promise<T[]> => on.query(dialectOf(on).statement(sql), ...parameters);

export const select = <T>(db: Db, sql: string, ...parameters: Parameter[]): Promise<T[]> => perform(rawOf(db), sql, ...parameters);

/** An INSERT of rows with its ON CONFLICT clause and one parameter; `?` for that. */
const insertRows = (dialect: Dialect, table: string, columns: readonly Column[], onConflict: string) =>
  `INSERT INTO "${table}" (${quote(columns.map(([name]) => name))}) ${dialect.selectRows(columns)} ON CONFLICT ${onConflict}`;

const sampleInsertColumns: Column[] = [
  ...sampleTextColumns.map((name) => [name, "text"] as const),
  ...sampleNumberColumns.map((name) => [name, ["variant", "minorFaults", "majorFaults"].includes(name) ? "integer" : "bigint"] as const),
];

/** Stores rows; one already there (same id) is left as it is. The ids of those that are new; undefined when all are. Their texts are ids and names of ours. */
export async function insertStartSamples(tx: RawQueries, rows: SampleRow[]): Promise<Set<string> | undefined> {
  const dialect = dialectOf(tx);
  const insert = insertRows(dialect, "StartSample", sampleInsertColumns, `("id") DO NOTHING`);
  if (dialect.newIds) {
    const [row] = await perform<{ ids: string | null }>(tx, dialect.newIds(insert), dialect.rows(rows), rows.length);
    return typeof row?.ids === "string" ? new Set(JSON.parse(row.ids) as string[]) : undefined;
  }
  const fresh = await perform<{ id: string }>(tx, `${insert} RETURNING "id"`, dialect.rows(rows));
  return fresh.length === rows.length ? undefined : new Set(fresh.map((row) => row.id));
}

const facetColumns: Column[] = [
  ...["projectId", "handlerId", "versionId", "buildId", "hostId", "kind", "executor", "mode", "target"].map((name) => [name, "text"] as const),
  ["count", "integer"],
  ["lastMs", "bigint"],
];

/** What a sketch is of. */
const dimensionColumns: Column[] = ["projectId", "handlerId", "versionId", "buildId", "kind", "executor", "mode", "target"].map((name) => [name, "text"]);
export type SketchDimensions = {
  projectId: string;
  handlerId: string;
  versionId: string;
  buildId: string;
  kind: string;
  executor: string;
  mode: string;
  target: string;
};
type StoredSketches = SketchDimensions & { bucketMs: number; count: number; total: Uint8Array; others: Uint8Array };
export type DeltaRow = StoredSketches & { id: string };
export type RollupRow = StoredSketches & { resolutionMs: number };

const sketchColumns: Column[] = [
  ["bucketMs", "bigint"],
  ["count", "integer"],
  ["total", "bytea"],
  ["others", "bytea"],
];
const deltaColumns: Column[] = [["id", "text"], ...dimensionColumns, ...sketchColumns];
const rollupKey: Column[] = [
  ["buildId", "text"],
  ["kind", "text"],
  ["executor", "text"],
  ["resolutionMs", "integer"],
  ["bucketMs", "bigint"],
];
const rollupColumns: Column[] = [...dimensionColumns, ["resolutionMs", "integer"], ...sketchColumns];
const namesOf = (columns: readonly Column[]) => quote(columns.map(([name]) => name));
const hexed = <T extends { total: Uint8Array; others: Uint8Array }>(dialect: Dialect, rows: T[]) =>
  dialect.rows(rows.map((row) => ({ ...row, total: dialect.bytes(row.total), others: dialect.bytes(row.others) })));

export async function insertDeltas(tx: RawQueries, rows: DeltaRow[]): Promise<void> {
  const dialect = dialectOf(tx);
  await perform(tx, insertRows(dialect, "SampleDelta", deltaColumns, `("id") DO NOTHING`), hexed(dialect, rows));
}

/** In the order of their coming. */
export const oldestDeltas = (tx: RawQueries, limit: number): Promise<DeltaRow[]> =>
  perform(tx, `SELECT ${namesOf(deltaColumns)} FROM "SampleDelta" ORDER BY "id" LIMIT ?`, limit);

export async function deleteDeltas(tx: RawQueries, ids: string[]): Promise<void> {
  const dialect = dialectOf(tx);
  const gone = `WITH "gone"("id") AS (${dialect.selectRows([["id", "text"]])})`;
  await perform(tx, `${gone} DELETE FROM "SampleDelta" WHERE "id" IN (SELECT "id" FROM "gone")`, dialect.rows(ids.map((id) => ({ id }))));
}

/** Those of these keys that are there. */
export async function rollupsOf(tx: RawQueries, keys: Omit<RollupRow, "count" | "total" | "others">[]): Promise<RollupRow[]> {
  const dialect = dialectOf(tx);
  const same = rollupKey.map(([name]) => `"k"."${name}" = "r"."${name}"`).join(" AND ");
  const columns = rollupColumns.map(([name]) => `"r"."${name}"`).join(", ");
  const rows = keys.map(({ buildId, kind, executor, resolutionMs, bucketMs }) => ({ buildId, kind, executor, resolutionMs, bucketMs }));
  const wanted = `WITH "k"(${namesOf(rollupKey)}) AS (${dialect.selectRows(rollupKey)})`;
  return perform(tx, `${wanted} SELECT ${columns} FROM "k" JOIN "SampleRollup" AS "r" ON ${same}`, dialect.rows(rows));
}

/** Puts them in place of what was there. */
export async function replaceRollups(tx: RawQueries, rows: RollupRow[]): Promise<void> {
  const dialect = dialectOf(tx);
  const set = ["count", "total", "others"].map((name) => `"${name}" = excluded."${name}"`).join(", ");
  await perform(tx, insertRows(dialect, "SampleRollup", rollupColumns, `(${namesOf(rollupKey)}) DO UPDATE SET ${set}`), hexed(dialect, rows));
}

/** Adds to the counts by facet. */
export async function addFacetCounts(tx: RawQueries, rows: Record<string, unknown>[]): Promise<void> {
  const dialect = dialectOf(tx);
  const latest = dialect.greatest(`"SampleFacet"."lastMs"`, `excluded."lastMs"`);
  const onConflict = `("buildId", "hostId", "kind", "executor") DO UPDATE SET "count" = "SampleFacet"."count" + excluded."count", "lastMs" = ${latest}`;
  await perform(tx, insertRows(dialect, "SampleFacet", facetColumns, onConflict), dialect.rows(rows));
}

export type Heartbeat = {
  id: string;
  lastSeenAt: string;
  clockSkewMs: number;
  appliedRevision: number;
  address: string | null;
  frontPort: number | null;
  agentVersion: string | null;
  agentSha256: string | null;
  agentRefused: string | null;
  runtimes: string | null;
};

const heartbeatColumns: Column[] = [
  ["id", "text"],
  ["lastSeenAt", "timestamp"],
  ["clockSkewMs", "double precision"],
  ["appliedRevision", "integer"],
  ["address", "text"],
  ["frontPort", "integer"],
  ["agentVersion", "text"],
  ["agentSha256", "text"],
  ["agentRefused", "text"],
  ["runtimes", "text"],
];

/** What agents say of themselves, each host by its id. `lastSeenAt` as dateText gives it. */
export async function storeHeartbeats(db: Db, beats: Heartbeat[]): Promise<void> {
  const raw = rawOf(db);
  const dialect = dialectOf(raw);
  // The last of a host's that came within the same moment.
  const latest = [...new Map(beats.map((beat) => [beat.id, beat])).values()];
  const values = `WITH "beat"(${namesOf(heartbeatColumns)}) AS (${dialect.selectRows(heartbeatColumns)})`;
  const set = heartbeatColumns.slice(1).map(([name]) => `"${name}" = "beat"."${name}"`);
  await perform(raw, `${values} UPDATE "Host" SET ${set.join(", ")} FROM "beat" WHERE "Host"."id" = "beat"."id"`, dialect.rows(latest));
}

/** Whether this transaction may merge sketches: one does at a time, over all replicas. SQLite has one process and one writer. */
export async function lockCompaction(tx: RawQueries): Promise<boolean> {
  if (tx.provider === "sqlite") return true;
  const [row] = await tx.query<{ isMine: boolean }>(`SELECT pg_try_advisory_xact_lock(hashtext('compact samples')) AS "isMine"`);
  return row?.isMine ?? false;
}

/** Samples in the order of their ids. */
export function oldestSamples(db: Db, afterId: string, limit: number): Promise<SampleRow[]> {
  return select(db, `SELECT ${quote(sampleColumns)} FROM "StartSample" WHERE "id" > ? ORDER BY "id" LIMIT ?`, afterId, limit);
}

/** Oldest first: starts that no measurement is about, at or after `fromMs` and before `beforeMs`. */
export function oldSamples(
  db: Db,
  projectId: string,
  executor: string,
  fromMs: number,
  beforeMs: number,
  limit: number,
): Promise<{ id: string; startedAtMs: number }[]> {
  return select(
    db,
    `SELECT "id", "startedAtMs" FROM "StartSample"
     WHERE "projectId" = ? AND "executor" = ? AND "startedAtMs" >= ? AND "startedAtMs" < ? AND "measurementId" IS NULL ORDER BY "startedAtMs" LIMIT ?`,
    projectId,
    executor,
    fromMs,
    beforeMs,
    limit,
  );
}

/** The rows alone: their counts and sketches stay. */
export async function deleteSamples(db: Db, ids: string[]): Promise<void> {
  const raw = rawOf(db);
  const dialect = dialectOf(raw);
  const gone = `WITH "gone"("id") AS (${dialect.selectRows([["id", "text"]])})`;
  await perform(raw, `${gone} DELETE FROM "StartSample" WHERE "id" IN (SELECT "id" FROM "gone")`, dialect.rows(ids.map((id) => ({ id }))));
}

const logColumns: Column[] = [
  ...["id", "projectId", "handlerId", "deploymentId", "hostId", "instanceId", "level", "source", "text"].map((name) => [name, "text"] as const),
  ["at", "timestamp"],
  ["agentAt", "timestamp"],
];

/** `at` and `agentAt` must be in SQLite's text form for DateTime (ISO 8601 with offset, see dateText). */
export async function insertLogLines(db: Db, rows: Record<string, string>[]): Promise<void> {
  if (rows.length === 0) return;
  const raw = rawOf(db);
  const dialect = dialectOf(raw);
  await perform(raw, insertRows(dialect, "LogLine", logColumns, `("id") DO NOTHING`), dialect.rows(rows));
}

/** What a chart is about; undefined fields do not filter. `executor` is never optional: kinds of execution are not mixed. */
export type SampleFilter = {
  executor: string;
  handlerId?: string | undefined;
  versionId?: string | undefined;
  buildId?: string | undefined;
  target?: string | undefined;
  mode?: string | undefined;
  hostId?: string | undefined;
  kind?: string | undefined;
  measurementId?: string | undefined;
  variant?: number | undefined;
  fromMs?: number | undefined;
  toMs?: number | undefined;
};

export type Where = { sql: string; params: Parameter[] };

const facetFilters = ["executor", "handlerId", "versionId", "buildId", "target", "mode", "kind"] as const;

/**
 * By everything but time and what only single samples know. With `lead` only those columns can be looked up in an index: SQLite's
 * statistics know neither that an order's starts are few nor that walking by time finds a host's late. (PostgreSQL's do, and take an expression for rare.)
 */
export function whereFacets(
  projectId: string,
  filter: Partial<SampleFilter>,
  names: readonly (keyof SampleFilter)[] = facetFilters,
  lead?: readonly string[],
): Where {
  const column = (name: string) => (lead === undefined || lead.includes(name) || name === "variant" ? `"${name}"` : `("${name}" || '')`);
  const clauses = [`${column("projectId")} = ?`];
  const params: Parameter[] = [projectId];
  for (const name of names) {
    const value = filter[name];
    if (value === undefined) continue;
    clauses.push(`${column(name)} = ?`);
    params.push(value);
  }
  return { sql: clauses.join(" AND "), params };
}

export function where(projectId: string, filter: Partial<SampleFilter>, lead?: readonly string[]): Where {
  const { sql, params } = whereFacets(projectId, filter, [...facetFilters, "hostId", "measurementId", "variant"], lead);
  const clauses = [sql];
  if (filter.fromMs !== undefined) {
    clauses.push(`"startedAtMs" >= ?`);
    params.push(filter.fromMs);
  }
  if (filter.toMs !== undefined) {
    clauses.push(`"startedAtMs" < ?`);
    params.push(filter.toMs);
  }
  return { sql: clauses.join(" AND "), params };
}

/** How many samples pass the filter, whatever their time and host. */
export async function facetCount(db: Db, projectId: string, filter: Partial<SampleFilter>): Promise<number> {
  const w = whereFacets(projectId, filter);
  const [row] = await select<{ count: number | null }>(db, `SELECT CAST(SUM("count") AS BIGINT) AS "count" FROM "SampleFacet" WHERE ${w.sql}`, ...w.params);
  return row?.count ?? 0;
}

/** Buckets of one resolution that begin at or after `fromMs` and before `toMs`. */
export type Segment = { resolutionMs: number; fromMs: number; toMs: number };
export type SketchRow = { buildId: string; handlerId: string; executor: string; bucketMs: number; count: number; total: Uint8Array; others: Uint8Array | null };

/**
 * Stored sketches that pass the filter and lie in the segments, and those of reports that were not merged yet (between the least and
 * the greatest time of all segments). One statement: what is being merged meanwhile is seen once.
 */
export function sketchRows(db: Db, projectId: string, filter: Partial<SampleFilter>, segments: Segment[], withOthers: boolean): Promise<SketchRow[]> {
  const w = whereFacets(projectId, filter);
  const others = withOthers ? `"others"` : `NULL AS "others"`;
  const columns = `"buildId", "handlerId", "executor", "bucketMs", "count", "total", ${others}`;
  const within = segments.map(() => `("resolutionMs" = ? AND "bucketMs" >= ? AND "bucketMs" < ?)`).join(" OR ") || "1 = 0";
  return select(
    db,
    `SELECT ${columns} FROM "SampleRollup" WHERE ${w.sql} AND (${within})
     UNION ALL SELECT ${columns} FROM "SampleDelta" WHERE ${w.sql} AND "bucketMs" >= ? AND "bucketMs" < ?`,
    ...w.params,
    ...segments.flatMap((s) => [s.resolutionMs, s.fromMs, s.toMs]),
    ...w.params,
    Math.min(...segments.map((s) => s.fromMs)),
    Math.max(...segments.map((s) => s.toMs)),
  );
}

export type StoredSample = {
  id: string;
  handlerId: string;
  versionId: string;
  buildId: string;
  artifactId: string;
  hostId: string;
  deploymentId: string | null;
  instanceId: string | null;
  measurementId: string | null;
  kind: string;
  mode: string;
  target: string;
  executor: string;
  startedAtMs: number;
  totalNs: number;
  rssBytes: number;
  pssBytes: number | null;
  privateDirtyBytes: number | null;
  minorFaults: number | null;
  majorFaults: number | null;
  binaryBytes: number;
} & Record<string, string | number | null>;

export async function getSample(db: Db, projectId: string, id: string): Promise<StoredSample | undefined> {
  const rows = await select<StoredSample>(db, `SELECT ${quote(sampleColumns)} FROM "StartSample" WHERE "projectId" = ? AND "id" = ?`, projectId, id);
  return rows[0];
}

export type FacetRow = {
  executor: string;
  buildId: string;
  versionId: string;
  target: string;
  mode: string;
  hostId: string;
  kind: string;
  count: number;
  lastMs: number;
};

/** Which combinations have samples, and how many: the choices of the filter bar. */
export function facets(db: Db, projectId: string, filter: { handlerId?: string | undefined }): Promise<FacetRow[]> {
  const w = whereFacets(projectId, filter);
  return select(
    db,
    `SELECT "executor", "buildId", "versionId", "target", "mode", "hostId", "kind", "count", "lastMs" FROM "SampleFacet" WHERE ${w.sql} ORDER BY "lastMs" DESC LIMIT 20000`,
    ...w.params,
  );
}

/** Samples stored per measurement and artifact: progress of an order. */
export async function measurementCounts(db: Db, projectId: string, measurementId: string): Promise<{ artifactId: string; count: number }[]> {
  return select(
    db,
    `SELECT "artifactId", CAST(COUNT(*) AS BIGINT) AS "count" FROM "StartSample" WHERE "projectId" = ? AND "measurementId" = ? GROUP BY 1`,
    projectId,
    measurementId,
  );
}

export type RequestRow = { startMs: number; instanceId: string | null; byClass: number[]; sumNs: number; buckets: [number, number][] };

/** Windows of requests of one length that begin at or after `fromMs` and before `toMs`, as stored. Their thousands cost Prisma several times what they cost here. */
export async function requestRows(
  db: Db,
  projectId: string,
  who: { deploymentId?: string; handlerId?: string },
  stepMs: number,
  fromMs: number,
  toMs: number,
): Promise<RequestRow[]> {
  const names = (["deploymentId", "handlerId"] as const).filter((name) => who[name] !== undefined);
  const rows = await select<RequestRow>(
    db,
    `SELECT "startMs", "instanceId", "byClass", "sumNs", "buckets" FROM "RequestWindow"
     WHERE "projectId" = ? ${names.map((name) => `AND "${name}" = ?`).join(" ")} AND "stepMs" = ? AND "startMs" >= ? AND "startMs" < ? ORDER BY "startMs"`,
    projectId,
    ...names.map((name) => who[name] as string),
    stepMs,
    fromMs,
    toMs,
  );
  // PostgreSQL's driver has read the JSON already.
  return rows.map((row) =>
    typeof row.buckets === "string"
      ? { ...row, byClass: JSON.parse(String(row.byClass)) as number[], buckets: JSON.parse(row.buckets) as [number, number][] }
      : row,
  );
}

/** Takes one due job, or one whose lease ran out, for `owner`; undefined when there is none. */
export async function takeJob(db: Db, owner: string, leaseMs: number): Promise<{ id: string; kind: string; subjectId: string; attempts: number } | undefined> {
  const now = new Date();
  const rows = await select<{ id: string; kind: string; subjectId: string; attempts: number }>(
    db,
    `UPDATE "Job" SET "state" = 'running', "leaseOwner" = ?, "leaseUntil" = ?, "attempts" = "attempts" + 1
     WHERE "id" = (SELECT "id" FROM "Job" WHERE ("state" = 'queued' AND "runAt" <= ?) OR ("state" = 'running' AND "leaseUntil" < ?) ORDER BY "runAt" LIMIT 1)
     RETURNING "id", "kind", "subjectId", "attempts"`,
    owner,
    dateText(new Date(now.getTime() + leaseMs)),
    dateText(now),
    dateText(now),
  );
  return rows[0];
}

/** DateTime as the client writes it, so that raw and ordinary queries compare alike. */
export function dateText(date: Date): string {
  return date.toISOString().replace("Z", "+00:00");
}

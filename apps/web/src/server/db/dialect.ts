/**
 * All raw SQL: bulk ingest, percentiles and histograms over start samples, in SQLite's dialect and PostgreSQL's, which differ
 * in the few places that `dialects` names. Every function takes the project and filters by it.
 * Quantiles are type 7 (as packages/stats): with rank r = 0..n-1 and h = (n-1)p, the sum of v * max(0, 1 - |r - h|).
 */
import { phases, type PhaseName } from "@zerostart/protocol";
import { storableText, type Db } from "./client.ts";
import { providerOf, type Provider } from "./provider.ts";

/** "vm_init" -> "vmInitNs": the column of a phase. */
export function phaseColumn(phase: PhaseName): string {
  return `${phase.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())}Ns`;
}

export const phaseColumns = phases.map((phase) => ({ phase: phase.name, column: phaseColumn(phase.name) }));

const sampleTextColumns = [
  "id",
  "projectId",
  "handlerId",
  "versionId",
  "buildId",
  "artifactId",
  "hostId",
  "deploymentId",
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
const sampleColumns = [...sampleTextColumns, ...sampleNumberColumns];

export type SampleRow = Record<string, string | number | null>;

const quote = (names: string[]) => names.map((name) => `"${name}"`).join(", ");

/** A column and its type on PostgreSQL. */
type Column = readonly [name: string, type: "text" | "bigint" | "integer" | "timestamp"];
type Parameter = string | number;

type Dialect = {
  /** Statements are written with `?`, each standing for the next parameter. */
  statement(sql: string): string;
  /** A whole number given as a parameter: drivers may bind numbers as doubles, and a division has to be one of integers. */
  integer: string;
  greatest(a: string, b: string): string;
  /** `SELECT <columns>` from one parameter, a JSON list of rows. */
  selectRows(columns: readonly Column[]): string;
  /** The rows as that parameter. */
  rows(rows: Record<string, unknown>[]): string;
};

const dialects: Record<Provider, Dialect> = {
  sqlite: {
    statement: (sql) => sql,
    integer: "CAST(? AS INTEGER)",
    greatest: (a, b) => `MAX(${a}, ${b})`,
    selectRows: (columns) => `SELECT ${columns.map(([name]) => `json_extract(value, '$.${name}')`).join(", ")} FROM json_each(?) WHERE true`,
    rows: (rows) => JSON.stringify(rows),
  },
  postgresql: {
    statement: (sql) => {
      let count = 0;
      return sql.replaceAll("?", () => `$${++count}`);
    },
    integer: "CAST(? AS BIGINT)",
    greatest: (a, b) => `GREATEST(${a}, ${b})`,
    selectRows: (columns) =>
      `SELECT ${quote(columns.map(([name]) => name))} FROM jsonb_to_recordset(CAST(? AS jsonb)) AS r(${columns.map(([name, type]) => `"${name}" ${type}`).join(", ")})`,
    rows: (rows) => JSON.stringify(rows, (_, value: unknown) => (typeof value === "string" ? storableText(value) : value)),
  },
};

const dialectOf = (db: Db): Dialect => dialects[providerOf(db)];

/** Runs a query with `?` for its parameters. */
async function select<T>(db: Db, sql: string, ...parameters: Parameter[]): Promise<T[]> {
  return plain<T>(await db.$queryRawUnsafe(dialectOf(db).statement(sql), ...parameters));
}

async function bulkInsert(db: Db, table: string, columns: readonly Column[], conflict: string, rows: Record<string, unknown>[]): Promise<number> {
  if (rows.length === 0) return 0;
  const dialect = dialectOf(db);
  const sql = `INSERT INTO "${table}" (${quote(columns.map(([name]) => name))}) ${dialect.selectRows(columns)} ON CONFLICT (${conflict}) DO NOTHING`;
  return db.$executeRawUnsafe(dialect.statement(sql), dialect.rows(rows));
}

const sampleInsertColumns: Column[] = [
  ...sampleTextColumns.map((name) => [name, "text"] as const),
  ...sampleNumberColumns.map((name) => [name, ["variant", "minorFaults", "majorFaults"].includes(name) ? "integer" : "bigint"] as const),
];

/** Rows that are new; one already stored (same id) is left as it is. */
export function insertStartSamples(db: Db, rows: SampleRow[]): Promise<number> {
  return bulkInsert(db, "StartSample", sampleInsertColumns, `"id"`, rows);
}

const logColumns: Column[] = [
  ...["id", "projectId", "handlerId", "deploymentId", "hostId", "instanceId", "level", "source", "text"].map((name) => [name, "text"] as const),
  ["at", "timestamp"],
  ["agentAt", "timestamp"],
];

/** `at` and `agentAt` must be in SQLite's text form for DateTime (ISO 8601 with offset, see dateText). */
export function insertLogLines(db: Db, rows: Record<string, string>[]): Promise<number> {
  return bulkInsert(db, "LogLine", logColumns, `"id"`, rows);
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

type Where = { sql: string; params: (string | number)[] };

function where(projectId: string, filter: Partial<SampleFilter>): Where {
  const clauses = [`"projectId" = ?`];
  const params: (string | number)[] = [projectId];
  for (const name of ["executor", "handlerId", "versionId", "buildId", "target", "mode", "hostId", "kind", "measurementId", "variant"] as const) {
    const value = filter[name];
    if (value === undefined) continue;
    clauses.push(`"${name}" = ?`);
    params.push(value);
  }
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

type RawRow = Record<string, string | number | bigint | null>;

/** The driver gives 64-bit columns as bigint; all of ours (ns, bytes, ms) fit a double exactly. */
function plain<T>(rows: unknown): T[] {
  return (rows as RawRow[]).map((row) => Object.fromEntries(Object.entries(row).map(([k, v]) => [k, typeof v === "bigint" ? Number(v) : v])) as T);
}

/** A sum as a double on both: PostgreSQL's sums of integers are decimals. */
const real = (sql: string) => `CAST(${sql} AS DOUBLE PRECISION)`;

/** Percentile of a value by its 0-based rank among `n`; p is a constant of ours, never input. */
const quantileSql = (db: Db, value: string, p: number, rank = "rn") =>
  real(`SUM(${value} * ${dialectOf(db).greatest("0.0", `1.0 - ABS(${rank} - (n - 1) * ${p})`)})`);

export type TimelinePoint = { bucketMs: number; count: number; p50: number; p90: number; p99: number };

/** p50/p90/p99 of totalNs per bucket of `bucketMs`, oldest first. */
export async function timeline(db: Db, projectId: string, filter: SampleFilter, bucketMs: number): Promise<TimelinePoint[]> {
  const w = where(projectId, filter);
  const { integer } = dialectOf(db);
  const bucket = `"startedAtMs" / ${integer}`;
  return select<TimelinePoint>(
    db,
    `WITH ranked AS (
       SELECT (${bucket}) * ${integer} AS bucket, "totalNs" AS v,
         ROW_NUMBER() OVER (PARTITION BY ${bucket} ORDER BY "totalNs") - 1 AS rn, COUNT(*) OVER (PARTITION BY ${bucket}) AS n
       FROM "StartSample" WHERE ${w.sql})
     SELECT bucket AS "bucketMs", COUNT(*) AS "count", ${quantileSql(db, "v", 0.5)} AS p50, ${quantileSql(db, "v", 0.9)} AS p90, ${quantileSql(db, "v", 0.99)} AS p99
     FROM ranked GROUP BY bucket ORDER BY bucket`,
    bucketMs,
    bucketMs,
    bucketMs,
    bucketMs,
    ...w.params,
  );
}

export type Quantiles = { count: number; min: number; q1: number; p50: number; q3: number; p90: number; p95: number; p99: number; p995: number; max: number };

/** Quantiles of one column; undefined when no sample has it. */
export async function columnQuantiles(db: Db, projectId: string, filter: SampleFilter, column: string): Promise<Quantiles | undefined> {
  if (!sampleNumberColumns.includes(column)) throw new RangeError(`no such column: ${column}`);
  const w = where(projectId, filter);
  const ps = { min: 0, q1: 0.25, p50: 0.5, q3: 0.75, p90: 0.9, p95: 0.95, p99: 0.99, p995: 0.995, max: 1 };
  const rows = await select<Quantiles>(
    db,
    `WITH ranked AS (
       SELECT "${column}" AS v, ROW_NUMBER() OVER (ORDER BY "${column}") - 1 AS rn, COUNT(*) OVER () AS n
       FROM "StartSample" WHERE ${w.sql} AND "${column}" IS NOT NULL)
     SELECT COUNT(*) AS "count", ${Object.entries(ps)
       .map(([name, p]) => `${quantileSql(db, "v", p)} AS "${name}"`)
       .join(", ")} FROM ranked`,
    ...w.params,
  );
  const row = rows[0];
  return row && row.count > 0 ? row : undefined;
}

export type BuildMedians = { buildId: string; count: number; p50: number; p95: number; rssP50: number; binaryBytes: number; firstRequestShare: number };

/** Per build: percentiles of the total, median RSS, size, and the share of all time that the first request took. */
export async function mediansByBuild(db: Db, projectId: string, filter: SampleFilter): Promise<BuildMedians[]> {
  const w = where(projectId, filter);
  return select<BuildMedians>(
    db,
    `WITH ranked AS (
       SELECT "buildId", "totalNs" AS v, "rssBytes" AS rss, "binaryBytes" AS size, "firstRequestNs" AS fr,
         ROW_NUMBER() OVER (PARTITION BY "buildId" ORDER BY "totalNs") - 1 AS rn,
         ROW_NUMBER() OVER (PARTITION BY "buildId" ORDER BY "rssBytes") - 1 AS rr, COUNT(*) OVER (PARTITION BY "buildId") AS n
       FROM "StartSample" WHERE ${w.sql})
     SELECT "buildId", COUNT(*) AS "count", ${quantileSql(db, "v", 0.5)} AS p50, ${quantileSql(db, "v", 0.95)} AS p95,
       ${quantileSql(db, "rss", 0.5, "rr")} AS "rssP50", MAX(size) AS "binaryBytes", ${real("SUM(fr) * 1.0 / SUM(v)")} AS "firstRequestShare"
     FROM ranked GROUP BY "buildId" ORDER BY "buildId" DESC LIMIT 200`,
    ...w.params,
  );
}

/** The share of all starts' time that one phase took, 0 to 1; 0 when there are no starts. */
export async function phaseShare(db: Db, projectId: string, filter: SampleFilter, phase: PhaseName): Promise<number> {
  const w = where(projectId, filter);
  const rows = await select<{ share: number | null }>(
    db,
    `SELECT ${real(`SUM("${phaseColumn(phase)}") * 1.0 / SUM("totalNs")`)} AS share FROM "StartSample" WHERE ${w.sql}`,
    ...w.params,
  );
  return rows[0]?.share ?? 0;
}

/** Counts of totalNs per bin of `binWidth` ns up to and including `topNs`, by the bin's lower edge. */
export async function histogramCounts(
  db: Db,
  projectId: string,
  filter: SampleFilter,
  binWidth: number,
  topNs: number,
): Promise<{ low: number; count: number }[]> {
  const w = where(projectId, filter);
  const { integer } = dialectOf(db);
  return select(
    db,
    `SELECT ("totalNs" / ${integer}) * ${integer} AS low, COUNT(*) AS "count" FROM "StartSample" WHERE ${w.sql} AND "totalNs" <= ? GROUP BY 1 ORDER BY 1`,
    binWidth,
    binWidth,
    ...w.params,
    Math.floor(topNs),
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

/** Newest first, after the cursor (a sample's startedAtMs and id); at most `limit`. */
export async function listSamples(
  db: Db,
  projectId: string,
  filter: Partial<SampleFilter>,
  limit: number,
  cursor?: { startedAtMs: number; id: string },
): Promise<StoredSample[]> {
  const w = where(projectId, filter);
  const after = cursor ? ` AND ("startedAtMs" < ? OR ("startedAtMs" = ? AND "id" < ?))` : "";
  return select<StoredSample>(
    db,
    `SELECT ${quote(sampleColumns)} FROM "StartSample" WHERE ${w.sql}${after} ORDER BY "startedAtMs" DESC, "id" DESC LIMIT ?`,
    ...w.params,
    ...(cursor ? [cursor.startedAtMs, cursor.startedAtMs, cursor.id] : []),
    limit,
  );
}

export async function getSample(db: Db, projectId: string, id: string): Promise<StoredSample | undefined> {
  const rows = await select<StoredSample>(db, `SELECT ${quote(sampleColumns)} FROM "StartSample" WHERE "projectId" = ? AND "id" = ?`, projectId, id);
  return rows[0];
}

/** The values of several columns for the newest `limit` samples: what a comparison is computed from. */
export async function sampleValues(
  db: Db,
  projectId: string,
  filter: Partial<SampleFilter>,
  columns: string[],
  limit: number,
): Promise<Record<string, number | null>[]> {
  for (const column of columns) if (!sampleNumberColumns.includes(column)) throw new RangeError(`no such column: ${column}`);
  const w = where(projectId, filter);
  return select(db, `SELECT ${quote(columns)} FROM "StartSample" WHERE ${w.sql} ORDER BY "startedAtMs" DESC LIMIT ?`, ...w.params, limit);
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
export async function facets(db: Db, projectId: string, filter: Partial<SampleFilter>): Promise<FacetRow[]> {
  const w = where(projectId, filter);
  return select<FacetRow>(
    db,
    `SELECT "executor", "buildId", "versionId", "target", "mode", "hostId", "kind", COUNT(*) AS "count", MAX("startedAtMs") AS "lastMs"
     FROM "StartSample" WHERE ${w.sql} GROUP BY 1, 2, 3, 4, 5, 6, 7 ORDER BY "lastMs" DESC LIMIT 2000`,
    ...w.params,
  );
}

/** Samples stored per measurement and artifact: progress of an order. */
export async function measurementCounts(db: Db, projectId: string, measurementId: string): Promise<{ artifactId: string; count: number }[]> {
  return select(
    db,
    `SELECT "artifactId", COUNT(*) AS "count" FROM "StartSample" WHERE "projectId" = ? AND "measurementId" = ? GROUP BY 1`,
    projectId,
    measurementId,
  );
}

/** Median total of each handler's samples of one executor since a time: the small figures in lists. */
export async function mediansByHandler(
  db: Db,
  projectId: string,
  sinceMs: number,
): Promise<{ handlerId: string; executor: string; count: number; p50: number }[]> {
  return select(
    db,
    `WITH ranked AS (
       SELECT "handlerId", "executor", "totalNs" AS v, ROW_NUMBER() OVER (PARTITION BY "handlerId", "executor" ORDER BY "totalNs") - 1 AS rn,
         COUNT(*) OVER (PARTITION BY "handlerId", "executor") AS n
       FROM "StartSample" WHERE "projectId" = ? AND "startedAtMs" >= ?)
     SELECT "handlerId", "executor", COUNT(*) AS "count", ${quantileSql(db, "v", 0.5)} AS p50 FROM ranked GROUP BY 1, 2`,
    projectId,
    sinceMs,
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

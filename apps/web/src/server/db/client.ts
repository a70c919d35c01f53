/** The Prisma client on either database. Both clients come from one model file, so one type stands for both. */
import { PrismaPg } from "@prisma/adapter-pg";
import { Pool } from "pg";
import { PrismaClient } from "../../../generated/prisma/client.ts";
import { PrismaClient as PostgresClient } from "../../../generated/prisma-postgresql/client.ts";
import { postgresRaw } from "./postgres.ts";
import { registerRaw } from "./provider.ts";
import { openSqlite } from "./sqlite.ts";

export type Db = PrismaClient;
/** What `$transaction` hands to its callback. */
export type DbTransaction = Parameters<Parameters<Db["$transaction"]>[0]>[0];

/** Connections of one replica; an agent's open sync holds none while it waits. */
const poolSize = 12;

/** Patience for a connection and for a transaction's end, ms: Prisma's own two and five seconds are too short for a machine under load. */
const transactionOptions = { maxWait: 20_000, timeout: 30_000 };

/** Where the data is: a file of this machine, or a server that several replicas share. */
export type DatabaseAddress = { provider: "sqlite"; path: string } | { provider: "postgresql"; url: string };

export function openDatabase(address: DatabaseAddress): Db {
  if (address.provider === "sqlite") {
    const { adapter, raw } = openSqlite(address.path);
    return registerRaw(new PrismaClient({ adapter, transactionOptions }), raw);
  }
  const pool = new Pool({
    connectionString: address.url,
    max: poolSize,
    connectionTimeoutMillis: 10_000,
    // DateTime is kept in columns without a zone, so the session's has to be UTC.
    options: "-c TimeZone=UTC",
    application_name: "zerostart",
  });
  // A dropped connection fails the query that was on it; the pool makes another for the next.
  pool.on("error", reportLoss);
  const adapter = new PrismaPg(pool, { disposeExternalPool: true, onConnectionError: reportLoss });
  const client = new PostgresClient({ adapter, transactionOptions }).$extends({
    name: "storable text",
    query: { $allModels: { $allOperations: ({ args, query }) => query(storable(args)) } },
  });
  return registerRaw(client as unknown as Db, postgresRaw(pool));
}

function reportLoss(error: Error): void {
  console.error(`a connection to the database was lost: ${error.message}`);
}

/** PostgreSQL's text cannot hold NUL nor half a surrogate pair; both become U+FFFD, the replacement character. */
export function storableText(text: string): string {
  return text.includes("\0") || !text.isWellFormed() ? text.toWellFormed().replaceAll("\0", "\uFFFD") : text;
}

function storable<T>(value: T): T {
  if (typeof value === "string") return storableText(value) as T;
  if (Array.isArray(value)) return value.map(storable) as T;
  if (typeof value !== "object" || value === null || Object.getPrototypeOf(value) !== Object.prototype) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [storableText(name), storable(inner)])) as T;
}

/** The Prisma client on the embedded database. */
import { PrismaBetterSqlite3 } from "@prisma/adapter-better-sqlite3";
import { PrismaClient } from "../../../generated/prisma/client.ts";

export type Db = PrismaClient;

export function openDatabase(databasePath: string): Db {
  return new PrismaClient({ adapter: new PrismaBetterSqlite3({ url: `file:${databasePath}`, timeout: 10_000 }) });
}

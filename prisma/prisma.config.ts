import { defineConfig } from "prisma/config";

const url = process.env["DATABASE_URL"] ?? "file:./dev.db";
const isPostgres = /^postgres(ql)?:/.test(url);

/**
 * For Prisma's CLI (`prisma validate|generate|migrate --config prisma/prisma.config.ts`); the server itself never reads this file.
 * DATABASE_URL says which of the two databases is meant: a change of the models wants a migration in both folders.
 */
export default defineConfig({
  schema: isPostgres ? "../apps/web/generated/schema.postgresql.prisma" : "schema.prisma",
  migrations: { path: isPostgres ? "migrations-postgresql" : "migrations" },
  datasource: { url },
});

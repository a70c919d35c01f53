import { defineConfig } from "prisma/config";

/** For Prisma's CLI (`prisma validate|generate|migrate --config prisma/prisma.config.ts`); the server itself never reads this file. */
export default defineConfig({
  schema: "schema.prisma",
  migrations: { path: "migrations" },
  datasource: { url: process.env["DATABASE_URL"] ?? "file:./dev.db" },
});

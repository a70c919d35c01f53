/**
 * Expected errors: a code for programs, a message with cause and remedy for people. Anything else that is thrown is
 * unexpected: logged whole, shown as an id.
 */
import { TRPCError } from "@trpc/server";
import type { Diagnostic } from "../features/builds/helpers/pipeline-types.ts";

const statuses = {
  NOT_FOUND: "NOT_FOUND",
  INVALID: "BAD_REQUEST",
  CONFLICT: "CONFLICT",
  FORBIDDEN: "FORBIDDEN",
  UNAUTHORIZED: "UNAUTHORIZED",
  TOO_LARGE: "PAYLOAD_TOO_LARGE",
  COMPILE_FAILED: "UNPROCESSABLE_CONTENT",
  UNAVAILABLE: "SERVICE_UNAVAILABLE",
} as const;

export type AppErrorCode = keyof typeof statuses;

/** An error that is the caller's to see and, mostly, to fix. A TRPCError, so that it keeps its status wherever it is thrown, streams included. */
export class AppError extends TRPCError {
  readonly appCode: AppErrorCode;
  readonly diagnostics: Diagnostic[] | undefined;
  constructor(appCode: AppErrorCode, message: string, diagnostics?: Diagnostic[], cause?: unknown) {
    super({ code: statuses[appCode], message, cause });
    this.appCode = appCode;
    this.diagnostics = diagnostics;
  }
}

/** PostgreSQL's own: shutting down, starting up, too many connections, a connection that broke. */
const awayCodes = /^(57P0\d|53300|08\w{3})$/;

/** The database is away or dropped the connection: Prisma's codes for it. What was asked for may or may not have been done. */
export function isDatabaseAway(error: unknown): boolean {
  const { code, message } = (error ?? {}) as { code?: unknown; message?: unknown };
  const isPrismas = typeof code === "string" && ["P1001", "P1002", "P1008", "P1017", "P2024", "P2028"].includes(code);
  if (isPrismas) return true;
  if (typeof code === "string" && (awayCodes.test(code) || ["ECONNREFUSED", "ECONNRESET", "EPIPE", "ETIMEDOUT"].includes(code))) return true;
  return (
    typeof message === "string" &&
    (/Code: `(57P0\d|53300|08\w{3})`/.test(message) || /^(Connection terminated|timeout exceeded when trying to connect)/.test(message))
  );
}

/** Prisma's code for a row that is there already: of two that wrote at once, the other was first. */
export const isDuplicate = (error: unknown): boolean => (error as { code?: unknown } | null)?.code === "P2002";

/** "handler "x" does not exist in this project": the one wording for rows that are missing or another tenant's. */
export function notFound(what: string, id: string): AppError {
  return new AppError("NOT_FOUND", `${what} "${id}" does not exist in this project.`);
}

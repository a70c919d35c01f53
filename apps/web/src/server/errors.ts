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

/** "handler "x" does not exist in this project": the one wording for rows that are missing or another tenant's. */
export function notFound(what: string, id: string): AppError {
  return new AppError("NOT_FOUND", `${what} "${id}" does not exist in this project.`);
}

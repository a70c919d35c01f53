/**
 * Expected errors: a code for programs, a message with cause and remedy for people. Anything else that is thrown is
 * unexpected: logged whole, shown as an id.
 */
import { TRPCError } from "@trpc/server";
import type { Diagnostic } from "../features/builds/helpers/pipeline-types.ts";

const kinds = {
  NOT_FOUND: { trpc: "NOT_FOUND" },
  INVALID: { trpc: "BAD_REQUEST" },
  CONFLICT: { trpc: "CONFLICT" },
  FORBIDDEN: { trpc: "FORBIDDEN" },
  UNAUTHORIZED: { trpc: "UNAUTHORIZED" },
  TOO_LARGE: { trpc: "PAYLOAD_TOO_LARGE" },
  COMPILE_FAILED: { trpc: "UNPROCESSABLE_CONTENT" },
  UNAVAILABLE: { trpc: "SERVICE_UNAVAILABLE" },
} as const;

export type AppErrorCode = keyof typeof kinds;

/** An error that is the caller's to see and, mostly, to fix. */
export class AppError extends Error {
  readonly code: AppErrorCode;
  readonly diagnostics: Diagnostic[] | undefined;
  constructor(code: AppErrorCode, message: string, diagnostics?: Diagnostic[]) {
    super(message);
    this.name = "AppError";
    this.code = code;
    this.diagnostics = diagnostics;
  }
  toTRPC(): TRPCError {
    return new TRPCError({ code: kinds[this.code].trpc, message: this.message, cause: this });
  }
}

/** "handler "x" does not exist in this project": the one wording for rows that are missing or another tenant's. */
export function notFound(what: string, id: string): AppError {
  return new AppError("NOT_FOUND", `${what} "${id}" does not exist in this project.`);
}

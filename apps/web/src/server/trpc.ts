/**
 * The ladder of procedures. A procedure can only be made from a rung, and each rung checks who calls, so an unchecked one
 * cannot be written by accident (test/ladder.test.ts walks every procedure with every kind of caller):
 *   publicProcedure      anyone: sign-in state and first set-up
 *   signedIn             a person or API token, no project yet
 *   projectQuery(role)   reads within one project; ctx.db sees only that project
 *   projectCompute(role) works something out and changes nothing (a compile check)
 *   projectMutation(role) changes within one project; ctx.audit makes the row of it, to be written in the change's own transaction
 *   enrolment, agentProcedure   agents
 */
import { initTRPC } from "@trpc/server";
import { ZodError } from "zod";
import { auditRow, type Actor, type Audit } from "./audit.ts";
import type { Caller, Context } from "./context.ts";
import { forProject, inProject } from "./db/tenant.ts";
import { AppError, isDatabaseAway } from "./errors.ts";
import { hasRole, type Role } from "./permissions.ts";

export type ProcedureMeta = { rung: "public" | "signedIn" | "project" | "enrolment" | "agent"; role?: Role; personOnly?: boolean };

/** What is wrong with an input, in words. */
export function readable(error: ZodError): string {
  return error.issues.map((issue) => (issue.path.length > 0 ? `${issue.path.join(".")}: ${issue.message}` : issue.message)).join("; ");
}

const t = initTRPC
  .context<Context>()
  .meta<ProcedureMeta>()
  .create({
    sse: { ping: { enabled: true, intervalMs: 15_000 }, client: { reconnectAfterInactivityMs: 40_000 } },
    errorFormatter({ shape, error, ctx }) {
      const app = error instanceof AppError ? error : undefined;
      const invalid = error.cause instanceof ZodError ? readable(error.cause) : undefined;
      const unexpected = error.code === "INTERNAL_SERVER_ERROR";
      return {
        ...shape,
        message: isDatabaseAway(error.cause)
          ? "The database cannot be reached just now. Try again in a moment."
          : unexpected
            ? `Something went wrong on the server. Reference: ${ctx?.requestId ?? "unknown"}.`
            : (invalid ?? shape.message),
        data: { ...shape.data, stack: undefined, appCode: app?.appCode, diagnostics: app?.diagnostics },
      };
    },
  });

export const router = t.router;
export const { createCallerFactory } = t;

/** The procedure at a path ("handlers.list") of a caller. */
export const procedureOf = (caller: object, path: string): ((input: unknown) => Promise<unknown>) =>
  path.split(".").reduce<unknown>((at, name) => (at as Record<string, unknown>)[name], caller) as (input: unknown) => Promise<unknown>;

const base = t.procedure;

export const publicProcedure = base.meta({ rung: "public" });

function unauthorized(caller: Caller): AppError {
  const why = caller.kind === "anonymous" ? caller.why : `This needs a person or an API token, not an ${caller.kind} token.`;
  return new AppError("UNAUTHORIZED", why);
}

function project(role: Role, personOnly: boolean) {
  return base.meta({ rung: "project", role, personOnly }).use(async ({ ctx, next, path }) => {
    const { app, caller } = ctx;
    if (caller.kind !== "person" && caller.kind !== "token") throw unauthorized(caller);
    if (personOnly && caller.kind === "token") throw new AppError("FORBIDDEN", "This cannot be done with an API token; sign in instead.");
    let projectId: string;
    let actual: Role;
    if (caller.kind === "token") {
      projectId = caller.projectId;
      actual = caller.role;
    } else {
      const membership = await app.db.member.findFirst({
        where: { userId: caller.person.id, ...inProject(ctx.wantedProject) },
        orderBy: { createdAt: "asc" },
      });
      if (!membership) throw new AppError("FORBIDDEN", "You are not a member of this project.");
      projectId = membership.projectId;
      actual = membership.role;
    }
    if (!hasRole(actual, role)) throw new AppError("FORBIDDEN", `This needs the role "${role}"; yours is "${actual}".`);
    const actor: Actor =
      caller.kind === "token"
        ? { kind: "token", id: caller.tokenId, name: `${caller.person.name} (token ${caller.tokenName})` }
        : { kind: "person", id: caller.person.id, name: caller.person.name };
    return next({ ctx: { caller, person: caller.person, projectId, role: actual, actor, db: forProject(app.db, projectId), path } });
  });
}

/** Reads within one project. */
export const projectQuery = (role: Role, options: { personOnly?: boolean } = {}) => project(role, options.personOnly ?? false);

/** Works something out without changing anything, from an input too large for a query's URL. */
export const projectCompute = (role: Role) => project(role, false);

/** Changes within one project; ctx.audit says what was done, under the procedure's own path: a statement of the transaction that does it. */
export const projectMutation = (role: Role, options: { personOnly?: boolean } = {}) =>
  project(role, options.personOnly ?? false).use(async ({ ctx, next, path }) => {
    let audited = false;
    const audit: Audit = (entry, on = ctx.db) => {
      audited = true;
      return auditRow(on, ctx.projectId, ctx.actor, path, entry);
    };
    const result = await next({ ctx: { audit } });
    if (result.ok && !audited) throw new Error(`the mutation ${path} wrote no audit event`);
    return result;
  });

export const enrolmentProcedure = base.meta({ rung: "enrolment" }).use(({ ctx, next }) => {
  const { caller } = ctx;
  if (caller.kind !== "enrolment") {
    throw new AppError("UNAUTHORIZED", caller.kind === "anonymous" ? caller.why : "Enrolling needs an enrolment token (Settings, Agents).");
  }
  return next({ ctx: { caller } });
});

export const agentProcedure = base.meta({ rung: "agent" }).use(({ ctx, next }) => {
  const { caller } = ctx;
  if (caller.kind !== "agent") throw new AppError("UNAUTHORIZED", caller.kind === "anonymous" ? caller.why : "This needs an agent token.");
  return next({ ctx: { caller, hostId: caller.hostId, projectId: caller.projectId } });
});

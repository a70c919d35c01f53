/** Who is calling: resolved once a request from the session cookie or the bearer token. */
import type { IncomingMessage } from "node:http";
import { fromNodeHeaders } from "better-auth/node";
import type { App } from "./app.ts";
import { lowerRole, type Role } from "./permissions.ts";
import { bearerOf, hashToken } from "./tokens.ts";

export type Person = { id: string; name: string; email: string };
export type Caller =
  | { kind: "anonymous"; why: string }
  | { kind: "person"; person: Person; sessionId: string }
  | { kind: "token"; tokenId: string; tokenName: string; projectId: string; role: Role; person: Person }
  | { kind: "agent"; hostId: string; hostName: string; projectId: string; /** The agent's clock minus ours. */ clockSkewMs: number | null }
  | { kind: "enrolment"; tokenId: string; projectId: string };

export type Context = {
  app: App;
  caller: Caller;
  /** The project a person works in, by id or slug: header x-zerostart-project or ?project=; without either, the first one they belong to. */
  wantedProject: string | undefined;
  requestId: string;
};

async function callerOfToken(app: App, token: string, kind: string): Promise<Caller> {
  const tokenHash = hashToken(token);
  const now = new Date();
  if (kind === "api") {
    const row = await app.db.apiToken.findUnique({ where: { tokenHash }, include: { user: { include: { members: true } } } });
    if (!row) return { kind: "anonymous", why: "This API token is not known." };
    if (row.revokedAt) return { kind: "anonymous", why: "This API token was revoked." };
    if (row.expiresAt && row.expiresAt < now) return { kind: "anonymous", why: "This API token has expired." };
    const membership = row.user.members.find((m) => m.projectId === row.projectId);
    if (!membership) return { kind: "anonymous", why: "The person who made this API token left the project." };
    if (!row.lastUsedAt || now.getTime() - row.lastUsedAt.getTime() > 60_000)
      await app.db.apiToken.update({ where: { id: row.id }, data: { lastUsedAt: now } });
    const { id, name, email } = row.user;
    return {
      kind: "token",
      tokenId: row.id,
      tokenName: row.name,
      projectId: row.projectId,
      role: lowerRole(row.role, membership.role),
      person: { id, name, email },
    };
  }
  if (kind === "agent") {
    const host = await app.known.hosts.byToken(tokenHash);
    if (!host) return { kind: "anonymous", why: "This agent token is not known; enrol the agent again." };
    if (host.isRemoved) return { kind: "anonymous", why: `Host "${host.hostName}" was removed; enrol the agent again.` };
    const { hostId, hostName, projectId, clockSkewMs } = host;
    return { kind: "agent", hostId, hostName, projectId, clockSkewMs };
  }
  if (kind === "enrolment") {
    const row = await app.db.enrolmentToken.findUnique({ where: { tokenHash } });
    if (!row) return { kind: "anonymous", why: "This enrolment token is not known." };
    if (row.revokedAt) return { kind: "anonymous", why: "This enrolment token was revoked." };
    if (row.expiresAt && row.expiresAt < now) return { kind: "anonymous", why: "This enrolment token has expired." };
    return { kind: "enrolment", tokenId: row.id, projectId: row.projectId };
  }
  return { kind: "anonymous", why: "This is not a token of Zerostart: those for the command line begin with zs_api_ (Settings, API tokens)." };
}

export async function resolveCaller(app: App, headers: IncomingMessage["headers"]): Promise<Caller> {
  const bearer = bearerOf(headers.authorization);
  if (bearer) return callerOfToken(app, bearer.token, bearer.kind);
  if (headers.authorization !== undefined) return { kind: "anonymous", why: "The authorization header must be `Bearer <token>`." };
  if (headers.cookie === undefined) return { kind: "anonymous", why: "Sign in first." };
  const session = await app.auth.api.getSession({ headers: fromNodeHeaders(headers) });
  if (!session) return { kind: "anonymous", why: "Your session has ended. Sign in again." };
  const { id, name, email } = session.user;
  return { kind: "person", person: { id, name, email }, sessionId: session.session.id };
}

/** Bearer tokens: 256 random bits, shown once, kept as SHA-256 (a slow hash gains nothing on random secrets). */
import { createHash, randomBytes } from "node:crypto";

const kinds = { api: "zs_api_", agent: "zs_agent_", enrolment: "zs_enrol_", invite: "zs_invite_" } as const;
export type TokenKind = keyof typeof kinds;

/** `prefix` is for people to tell tokens apart and reveals too little to help guessing. */
export function newToken(kind: TokenKind): { token: string; hash: string; prefix: string } {
  const token = kinds[kind] + randomBytes(32).toString("base64url");
  return { token, hash: hashToken(token), prefix: token.slice(0, kinds[kind].length + 6) };
}

export function hashToken(token: string): string {
  return createHash("sha256").update(token).digest("hex");
}

/** The bearer token of a request, and which kind it claims to be; undefined when there is none. */
export function bearerOf(authorization: string | undefined | null): { token: string; kind: TokenKind | "unknown" } | undefined {
  const match = /^Bearer ([\x21-\x7e]{1,512})$/i.exec(authorization ?? "");
  if (!match) return undefined;
  const token = match[1] as string;
  const kind = (Object.keys(kinds) as TokenKind[]).find((k) => token.startsWith(kinds[k])) ?? "unknown";
  return { token, kind };
}

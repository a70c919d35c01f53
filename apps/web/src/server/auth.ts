/** Sign-in by password and session cookies: better-auth. Accounts are made by us (first visit, or an admin), never by sign-up. */
import { createHmac, randomBytes } from "node:crypto";
import { betterAuth } from "better-auth";
import { prismaAdapter } from "better-auth/adapters/prisma";
import type { Db } from "./db/client.ts";
import { providerOf } from "./db/provider.ts";
import { AppError } from "./errors.ts";
import { readKey } from "./keys.ts";

export const minPasswordLength = 10;
const sessionDays = 14;

/** Set by http.ts from the connection itself, so that nobody chooses the address that their tries are counted under. */
export const clientAddressHeader = "x-zerostart-client";

/** The secret that cookies are signed with. */
function readSecret(keysDir: string): string {
  const secret = readKey(keysDir, "auth", () => randomBytes(32).toString("base64url"));
  return createHmac("sha256", secret).update("better-auth").digest("base64url");
}

export function createAuth(db: Db, keysDir: string, publicUrl: string | undefined) {
  return betterAuth({
    appName: "Zerostart",
    secret: readSecret(keysDir),
    basePath: "/api/auth",
    // Without a fixed address the request's own host counts; cookies are SameSite and the origin check is ours (http.ts).
    ...(publicUrl ? { baseURL: publicUrl } : {}),
    trustedOrigins: (request) => {
      const host = request?.headers.get("host");
      return [...(publicUrl ? [publicUrl] : []), ...(host ? [`http://${host}`, `https://${host}`] : [])];
    },
    database: prismaAdapter(db, { provider: providerOf(db) }),
    emailAndPassword: { enabled: true, disableSignUp: true, minPasswordLength, maxPasswordLength: 200 },
    session: { expiresIn: sessionDays * 86_400, updateAge: 86_400, cookieCache: { enabled: true, maxAge: 30 } },
    rateLimit: { enabled: true, storage: "database", window: 60, max: 300, customRules: { "/sign-in/email": { window: 60, max: 20 } } },
    telemetry: { enabled: false },
    // By the address that people use, not by NODE_ENV: a Secure cookie never comes back over plain http on a LAN.
    advanced: { useSecureCookies: publicUrl?.startsWith("https://") ?? false, ipAddress: { ipAddressHeaders: [clientAddressHeader] } },
    logger: { level: "error" },
  });
}

export type Auth = ReturnType<typeof createAuth>;

/** Takes back an account whose purpose failed, and throws that failure on. */
export async function removeAccount(db: Db, userId: string, failure: unknown): Promise<never> {
  await db.user.deleteMany({ where: { id: userId } });
  throw failure;
}

/** Makes an account that can sign in with this password. Throws AppError CONFLICT when the address is taken. */
export async function createAccount(auth: Auth, input: { name: string; email: string; password: string }): Promise<{ id: string }> {
  const context = await auth.$context;
  const email = input.email.toLowerCase();
  if (await context.internalAdapter.findUserByEmail(email)) throw new AppError("CONFLICT", `There is an account with the address ${email} already.`);
  const user = await context.internalAdapter.createUser({ email, name: input.name, emailVerified: true }, { method: "email-password" });
  await context.internalAdapter.linkAccount({
    userId: user.id,
    providerId: "credential",
    accountId: user.id,
    password: await context.password.hash(input.password),
  });
  return { id: user.id };
}

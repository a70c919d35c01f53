/** The invited person's side: what a link offers, and taking it, with a new account or the one they are signed in to. */
import { z } from "zod";
import type { App } from "../../../server/app.ts";
import { createAccount, minPasswordLength, removeAccount } from "../../../server/auth.ts";
import { auditRow } from "../../../server/audit.ts";
import { AppError } from "../../../server/errors.ts";
import { newId } from "../../../server/ids.ts";
import { hashToken } from "../../../server/tokens.ts";
import { publicProcedure } from "../../../server/trpc.ts";

const token = z.string().max(200);

async function openInvite(app: App, secret: string) {
  const invite = await app.db.invite.findUnique({ where: { tokenHash: hashToken(secret) }, include: { project: true } });
  if (!invite) throw new AppError("NOT_FOUND", "This invitation is not known. Perhaps it was taken back; ask for another.");
  if (invite.usedAt) throw new AppError("CONFLICT", "This invitation was used already. Sign in, or ask for another.");
  if (invite.expiresAt < new Date()) throw new AppError("CONFLICT", "This invitation has expired. Ask for another.");
  return invite;
}

export const invite = publicProcedure.input(z.object({ token })).query(async ({ ctx, input }) => {
  const { project, role, createdBy, expiresAt } = await openInvite(ctx.app, input.token);
  return { projectName: project.name, projectSlug: project.slug, role, createdBy, expiresAt };
});

const account = z.object({
  name: z.string().trim().min(1, "a name").max(100),
  email: z.email("an email address").max(254),
  password: z.string().min(minPasswordLength, `at least ${minPasswordLength} characters`).max(200),
});

/** With `account`, makes one; without, the person signed in joins. Of two that come at once, one is let in. */
export const acceptInvite = publicProcedure.input(z.object({ token, account: account.optional() })).mutation(async ({ ctx, input }) => {
  const { app, caller } = ctx;
  const found = await openInvite(app, input.token);
  if (!input.account && caller.kind !== "person") throw new AppError("UNAUTHORIZED", "Sign in, or fill in the form to make an account.");
  if (input.account && (await app.db.user.findUnique({ where: { email: input.account.email.toLowerCase() } })))
    throw new AppError("CONFLICT", "There is an account with this address already. Sign in with it, then open the invitation again.");
  const { count } = await app.db.invite.updateMany({ where: { id: found.id, usedAt: null }, data: { usedAt: new Date() } });
  if (count === 0) throw new AppError("CONFLICT", "This invitation was used already. Sign in, or ask for another.");
  try {
    const person = input.account
      ? { ...(await createAccount(app.auth, input.account)), name: input.account.name }
      : (caller as Extract<typeof caller, { kind: "person" }>).person;
    const isMember = await app.db.member.findFirst({ where: { projectId: found.projectId, userId: person.id } });
    if (isMember) throw new AppError("CONFLICT", "You belong to this project already.");
    const actor = { kind: "person", id: person.id, name: person.name } as const;
    await app.db
      .$transaction([
        app.db.member.create({ data: { id: newId("mem"), projectId: found.projectId, userId: person.id, role: found.role } }),
        app.db.invite.update({ where: { id: found.id }, data: { usedBy: person.name } }),
        auditRow(app.db, found.projectId, actor, "auth.acceptInvite", {
          target: { kind: "person", id: person.id, name: person.name },
          detail: { role: found.role, invitedBy: found.createdBy },
        }),
      ])
      .catch((error: unknown) => (input.account ? removeAccount(app.db, person.id, error) : Promise.reject(error)));
    return { projectSlug: found.project.slug };
  } catch (error) {
    await app.db.invite.update({ where: { id: found.id }, data: { usedAt: null } });
    throw error;
  }
});

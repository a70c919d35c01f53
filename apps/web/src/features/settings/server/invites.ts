/** Links with which people join the project, once. The secret is in the answer of `create`, once. */
import { z } from "zod";
import { notFound } from "../../../server/errors.ts";
import { newId } from "../../../server/ids.ts";
import { roles } from "../../../server/permissions.ts";
import { newToken } from "../../../server/tokens.ts";
import { projectMutation, projectQuery } from "../../../server/trpc.ts";

export const listInvites = projectQuery("admin").query(async ({ ctx }) => {
  const rows = await ctx.db.invite.findMany({ where: { usedAt: null, expiresAt: { gt: new Date() } }, orderBy: { createdAt: "desc" } });
  return rows.map(({ id, role, note, createdAt, createdBy, expiresAt }) => ({ id, role, note, createdAt, createdBy, expiresAt }));
});

export const createInvite = projectMutation("admin", { personOnly: true })
  .input(z.object({ role: z.enum(roles), note: z.string().trim().max(100).default(""), expiresInDays: z.number().int().min(1).max(30).default(7) }))
  .mutation(async ({ ctx, input }) => {
    const { token, hash } = newToken("invite");
    const id = newId("inv");
    const { role, note, expiresInDays } = input;
    const expiresAt = new Date(Date.now() + expiresInDays * 86_400_000);
    await ctx.db.$transaction([
      ctx.db.invite.create({ data: { id, projectId: ctx.projectId, role, note, tokenHash: hash, expiresAt, createdBy: ctx.actor.name } }),
      ctx.audit({ target: { kind: "invite", id, name: note || role }, detail: { role, expiresAt: expiresAt.toISOString() } }),
    ]);
    return { id, token };
  });

export const revokeInvite = projectMutation("admin", { personOnly: true })
  .input(z.object({ inviteId: z.string() }))
  .mutation(async ({ ctx, input }) => {
    const row = await ctx.db.invite.findUnique({ where: { id: input.inviteId } });
    if (!row || row.usedAt) throw notFound("Invite", input.inviteId);
    await ctx.db.$transaction([
      ctx.db.invite.delete({ where: { id: row.id } }),
      ctx.audit({ target: { kind: "invite", id: row.id, name: row.note || row.role } }),
    ]);
    return { id: row.id };
  });

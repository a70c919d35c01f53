/** Tokens with which agents join. The secret is in the answer of `create`, once. */
import { z } from "zod";
import { notFound } from "../../../server/errors.ts";
import { newId } from "../../../server/ids.ts";
import { newToken } from "../../../server/tokens.ts";
import { projectMutation, projectQuery } from "../../../server/trpc.ts";

export const listEnrolmentTokens = projectQuery("admin").query(async ({ ctx }) => {
  const rows = await ctx.db.enrolmentToken.findMany({ where: { revokedAt: null }, orderBy: { createdAt: "desc" } });
  return rows.map(({ id, name, prefix, createdAt, expiresAt, uses }) => ({ id, name, prefix, createdAt, expiresAt, uses }));
});

export const createEnrolmentToken = projectMutation("admin", { personOnly: true })
  .input(z.object({ name: z.string().trim().min(1, "a name").max(100), expiresInDays: z.number().int().min(1).max(3_650).nullable().default(7) }))
  .mutation(async ({ ctx, input }) => {
    const { token, hash, prefix } = newToken("enrolment");
    const id = newId("enr");
    const expiresAt = input.expiresInDays === null ? null : new Date(Date.now() + input.expiresInDays * 86_400_000);
    await ctx.db.$transaction([
      ctx.db.enrolmentToken.create({ data: { id, projectId: ctx.projectId, name: input.name, tokenHash: hash, prefix, expiresAt } }),
      ctx.audit({ target: { kind: "enrolment token", id, name: input.name } }),
    ]);
    return { id, token };
  });

export const revokeEnrolmentToken = projectMutation("admin", { personOnly: true })
  .input(z.object({ tokenId: z.string() }))
  .mutation(async ({ ctx, input }) => {
    const row = await ctx.db.enrolmentToken.findUnique({ where: { id: input.tokenId } });
    if (!row || row.revokedAt) throw notFound("Enrolment token", input.tokenId);
    await ctx.db.$transaction([
      ctx.db.enrolmentToken.update({ where: { id: row.id }, data: { revokedAt: new Date() } }),
      ctx.audit({ target: { kind: "enrolment token", id: row.id, name: row.name } }),
    ]);
    return { id: row.id };
  });

/** Tokens for the CLI and CI. The secret is in the answer of `create`, once. */
import { z } from "zod";
import { AppError, notFound } from "../../../server/errors.ts";
import { newId } from "../../../server/ids.ts";
import { hasRole, roles } from "../../../server/permissions.ts";
import { newToken } from "../../../server/tokens.ts";
import { projectMutation, projectQuery } from "../../../server/trpc.ts";

export const listApiTokens = projectQuery("viewer").query(async ({ ctx }) => {
  const all = hasRole(ctx.role, "admin");
  const rows = await ctx.db.apiToken.findMany({
    where: { revokedAt: null, ...(all ? {} : { userId: ctx.person.id }) },
    orderBy: { createdAt: "desc" },
    include: { user: true },
  });
  return rows.map((row) => ({
    id: row.id,
    name: row.name,
    role: row.role,
    prefix: row.prefix,
    createdAt: row.createdAt,
    expiresAt: row.expiresAt,
    lastUsedAt: row.lastUsedAt,
    owner: row.user.name,
  }));
});

export const createApiToken = projectMutation("viewer", { personOnly: true })
  .input(
    z.object({
      name: z.string().trim().min(1, "a name").max(100),
      role: z.enum(roles),
      expiresInDays: z.number().int().min(1).max(3_650).nullable().default(90),
    }),
  )
  .mutation(async ({ ctx, input }) => {
    if (!hasRole(ctx.role, input.role)) throw new AppError("FORBIDDEN", `A token cannot have more rights than you: your role is "${ctx.role}".`);
    const { token, hash, prefix } = newToken("api");
    const id = newId("tok");
    const expiresAt = input.expiresInDays === null ? null : new Date(Date.now() + input.expiresInDays * 86_400_000);
    await ctx.db.$transaction([
      ctx.db.apiToken.create({
        data: { id, projectId: ctx.projectId, userId: ctx.person.id, name: input.name, role: input.role, tokenHash: hash, prefix, expiresAt },
      }),
      ctx.audit({ target: { kind: "api token", id, name: input.name }, detail: { role: input.role, expiresAt: expiresAt?.toISOString() ?? null } }),
    ]);
    return { id, token };
  });

export const revokeApiToken = projectMutation("viewer", { personOnly: true })
  .input(z.object({ tokenId: z.string() }))
  .mutation(async ({ ctx, input }) => {
    const row = await ctx.db.apiToken.findUnique({ where: { id: input.tokenId } });
    if (!row || row.revokedAt || (row.userId !== ctx.person.id && !hasRole(ctx.role, "admin"))) throw notFound("API token", input.tokenId);
    await ctx.db.$transaction([
      ctx.db.apiToken.update({ where: { id: row.id }, data: { revokedAt: new Date() } }),
      ctx.audit({ target: { kind: "api token", id: row.id, name: row.name } }),
    ]);
    return { id: row.id };
  });

/** Who belongs to the project and what they may do. */
import { z } from "zod";
import { createAccount, minPasswordLength, removeAccount } from "../../../server/auth.ts";
import { AppError, notFound } from "../../../server/errors.ts";
import { newId } from "../../../server/ids.ts";
import { roles } from "../../../server/permissions.ts";
import { projectMutation, projectQuery } from "../../../server/trpc.ts";
import type { TenantDb } from "../../../server/db/tenant.ts";

export const listPeople = projectQuery("viewer").query(async ({ ctx }) => {
  const rows = await ctx.db.member.findMany({ orderBy: { createdAt: "asc" }, include: { user: true } });
  return rows.map((row) => ({
    memberId: row.id,
    userId: row.userId,
    name: row.user.name,
    email: row.user.email,
    role: row.role,
    since: row.createdAt,
    isYou: row.userId === ctx.person.id,
  }));
});

/** Adds someone; without an account yet, one is made with the password given, to be passed on to them. */
export const addPerson = projectMutation("admin", { personOnly: true })
  .input(
    z.object({
      name: z.string().trim().min(1, "a name").max(100),
      email: z.email("an email address").max(254),
      password: z.string().min(minPasswordLength, `at least ${minPasswordLength} characters`).max(200),
      role: z.enum(roles),
    }),
  )
  .mutation(async ({ ctx, input }) => {
    const { id } = await createAccount(ctx.app.auth, input);
    await ctx.db
      .$transaction([
        ctx.db.member.create({ data: { id: newId("mem"), projectId: ctx.projectId, userId: id, role: input.role } }),
        ctx.audit({ target: { kind: "person", id, name: input.name }, detail: { role: input.role } }),
      ])
      .catch((error: unknown) => removeAccount(ctx.app.db, id, error));
    return { userId: id };
  });

async function keepAnAdmin(db: TenantDb, memberId: string): Promise<void> {
  const others = await db.member.count({ where: { role: "admin", id: { not: memberId } } });
  if (others === 0) throw new AppError("CONFLICT", "A project needs at least one admin. Make somebody else admin first.");
}

export const setPersonRole = projectMutation("admin", { personOnly: true })
  .input(z.object({ memberId: z.string(), role: z.enum(roles) }))
  .mutation(async ({ ctx, input }) => {
    const row = await ctx.db.member.findUnique({ where: { id: input.memberId }, include: { user: true } });
    if (!row) throw notFound("Member", input.memberId);
    if (input.role !== "admin") await keepAnAdmin(ctx.db, row.id);
    await ctx.db.$transaction([
      ctx.db.member.update({ where: { id: row.id }, data: { role: input.role } }),
      ctx.audit({ target: { kind: "person", id: row.userId, name: row.user.name }, detail: { from: row.role, to: input.role } }),
    ]);
    return { memberId: row.id };
  });

export const removePerson = projectMutation("admin", { personOnly: true })
  .input(z.object({ memberId: z.string() }))
  .mutation(async ({ ctx, input }) => {
    const row = await ctx.db.member.findUnique({ where: { id: input.memberId }, include: { user: true } });
    if (!row) throw notFound("Member", input.memberId);
    await keepAnAdmin(ctx.db, row.id);
    await ctx.db.$transaction([
      ctx.db.member.delete({ where: { id: row.id } }),
      ctx.audit({ target: { kind: "person", id: row.userId, name: row.user.name } }),
    ]);
    return { memberId: row.id };
  });

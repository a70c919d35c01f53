/** Whether anyone has an account yet, and who is signed in: what the first page needs. */
import { publicProcedure } from "../../../server/trpc.ts";

export const state = publicProcedure.query(async ({ ctx }) => {
  const { app, caller } = ctx;
  const needsSetup = (await app.db.user.count()) === 0;
  if (caller.kind !== "person" && caller.kind !== "token") return { needsSetup, person: null, projects: [] };
  const members = await app.db.member.findMany({ where: { userId: caller.person.id }, include: { project: true }, orderBy: { createdAt: "asc" } });
  return {
    needsSetup,
    person: caller.person,
    projects: members.map((m) => ({ id: m.project.id, slug: m.project.slug, name: m.project.name, role: m.role })),
  };
});

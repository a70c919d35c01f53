/** Projects keep teams apart: handlers, hosts, tokens and samples belong to one and are seen only there. */
import { z } from "zod";
import { AppError } from "../../../server/errors.ts";
import { newId } from "../../../server/ids.ts";
import { projectMutation } from "../../../server/trpc.ts";

const projectName = z.string().trim().min(1, "a name").max(60);
const projectSlug = z.string().regex(/^[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?$/, "lower-case letters, digits and hyphens");

/** Makes a project whose first admin is the caller; only an admin of some project may. */
export const createProject = projectMutation("admin", { personOnly: true })
  .input(z.object({ name: projectName, slug: projectSlug }))
  .mutation(async ({ ctx, input }) => {
    const { db } = ctx.app;
    if (await db.project.findUnique({ where: { slug: input.slug } })) throw new AppError("CONFLICT", `The short name "${input.slug}" is taken.`);
    const id = newId("prj");
    await db.$transaction([
      db.project.create({
        data: { id, slug: input.slug, name: input.name, members: { create: { id: newId("mem"), userId: ctx.person.id, role: "admin" } } },
      }),
      ctx.audit({ target: { kind: "project", id, name: input.name }, detail: { slug: input.slug } }, db),
    ]);
    return { projectId: id, slug: input.slug };
  });

export const renameProject = projectMutation("admin", { personOnly: true })
  .input(z.object({ name: projectName }))
  .mutation(async ({ ctx, input }) => {
    const before = await ctx.app.db.project.findUniqueOrThrow({ where: { id: ctx.projectId } });
    const { db } = ctx.app;
    await db.$transaction([
      db.project.update({ where: { id: ctx.projectId }, data: { name: input.name } }),
      ctx.audit({ target: { kind: "project", id: ctx.projectId, name: input.name }, detail: { from: before.name } }, db),
    ]);
    return { projectId: ctx.projectId };
  });

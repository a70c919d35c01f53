import { z } from "zod";
import { notFound } from "../../../server/errors.ts";
import { projectMutation } from "../../../server/trpc.ts";
import { compileOrRefuse, saveVersion } from "./save-version.ts";
import { sourceInput } from "./sources.ts";

/** Adds a version to a handler. Refused with code frames when it does not compile. */
export const upload = projectMutation("deployer")
  .input(sourceInput.extend({ handlerId: z.string() }))
  .mutation(async ({ ctx, input }) => {
    const handler = await ctx.db.handler.findUnique({ where: { id: input.handlerId } });
    if (!handler) throw notFound("Handler", input.handlerId);
    const decoded = await compileOrRefuse(ctx.app, input);
    const version = await saveVersion({ app: ctx.app, db: ctx.db, projectId: ctx.projectId, authorName: ctx.actor.name }, { id: handler.id }, decoded);
    await ctx.audit({ target: { kind: "handler", id: handler.id, name: handler.name }, detail: { version: version.number, isNew: version.isNew } });
    return { handlerId: handler.id, name: handler.name, ...version };
  });

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
    const { app, db, projectId, actor, audit } = ctx;
    const version = await saveVersion({ app, db, projectId, authorName: actor.name, audit }, { id: handler.id, name: handler.name }, decoded);
    return { handlerId: handler.id, name: handler.name, ...version };
  });

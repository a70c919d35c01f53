import { newId } from "../../../server/ids.ts";
import { projectMutation } from "../../../server/trpc.ts";
import { handlerName } from "../helpers/handler-name.ts";
import { compileOrRefuse, nameTaken, saveVersion } from "./save-version.ts";
import { sourceInput } from "./sources.ts";

/** Makes a handler with its first version. Refused with code frames when it does not compile. */
export const create = projectMutation("deployer")
  .input(sourceInput.extend({ name: handlerName }))
  .mutation(async ({ ctx, input }) => {
    const taken = await ctx.db.handler.findFirst({ where: { name: input.name } });
    if (taken) throw nameTaken(input.name);
    const decoded = await compileOrRefuse(ctx.app, input);
    const handler = { id: newId("hnd"), name: input.name };
    const { app, db, projectId, actor, audit } = ctx;
    const version = await saveVersion({ app, db, projectId, authorName: actor.name, audit }, { ...handler, isNew: true }, decoded);
    return { handlerId: handler.id, name: handler.name, ...version };
  });

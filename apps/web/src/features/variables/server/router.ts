/** A handler's variables: changes reach what is deployed at once. Values of secrets leave only towards agents. */
import { z } from "zod";
import type { App } from "../../../server/app.ts";
import type { DbTransaction } from "../../../server/db/client.ts";
import type { TenantDb } from "../../../server/db/tenant.ts";
import { AppError, notFound } from "../../../server/errors.ts";
import { newId } from "../../../server/ids.ts";
import { projectMutation, projectQuery, router } from "../../../server/trpc.ts";
import { raiseRevision, wakeHost } from "../../deployments/server/desired-state.ts";
import { envName, envValue, openValue, sealValue } from "./env.ts";

const maxVariables = 200;

async function handlerOf(db: TenantDb, handlerId: string) {
  const handler = await db.handler.findUnique({ where: { id: handlerId } });
  if (!handler) throw notFound("Handler", handlerId);
  return handler;
}

/** Makes a change, and hosts where the handler is deployed start it anew with what holds then. How many they are. */
async function apply(app: App, projectId: string, handlerId: string, change: (tx: DbTransaction) => Promise<void>): Promise<number> {
  const hostIds = await app.db.$transaction(async (tx) => {
    await change(tx);
    const deployments = await tx.deployment.findMany({ where: { projectId, handlerId, state: "active" }, select: { hostId: true } });
    const ids = [...new Set(deployments.map((d) => d.hostId))].sort();
    for (const id of ids) await raiseRevision(tx, projectId, id);
    return ids;
  });
  for (const id of hostIds) wakeHost(app, projectId, id);
  return hostIds.length;
}

const list = projectQuery("viewer")
  .input(z.object({ handlerId: z.string() }))
  .query(async ({ ctx, input }) => {
    await handlerOf(ctx.db, input.handlerId);
    const rows = await ctx.db.handlerVariable.findMany({ where: { handlerId: input.handlerId }, orderBy: { name: "asc" } });
    return rows.map(({ id, name, value, isSecret, updatedAt, updatedBy }) => ({
      id,
      name,
      value: isSecret ? null : openValue(ctx.app.vault, input.handlerId, name, value),
      isSecret,
      updatedAt,
      updatedBy,
    }));
  });

/** Sets one, whether it is new or not. A secret stays one: made plain, its old value could be read. */
const set = projectMutation("deployer")
  .input(z.object({ handlerId: z.string(), name: envName, value: envValue, isSecret: z.boolean() }))
  .mutation(async ({ ctx, input }) => {
    const { app, db, projectId } = ctx;
    const { handlerId, name, isSecret } = input;
    const handler = await handlerOf(db, handlerId);
    const before = await db.handlerVariable.findFirst({ where: { handlerId, name } });
    if (before?.isSecret && !isSecret) throw new AppError("CONFLICT", `${name} is a secret and stays one. Remove it first to make it a plain variable.`);
    if (!before && (await db.handlerVariable.count({ where: { handlerId } })) >= maxVariables)
      throw new AppError("CONFLICT", `A handler may have ${maxVariables} variables at most.`);
    const data = { value: sealValue(app.vault, handlerId, name, input.value), isSecret, updatedBy: ctx.actor.name };
    const hosts = await apply(app, projectId, handlerId, async (tx) => {
      await tx.handlerVariable.upsert({
        where: { handlerId_name: { handlerId, name } },
        update: data,
        create: { id: newId("var"), projectId, handlerId, name, ...data },
      });
      await ctx.audit({ target: { kind: "variable", id: handlerId, name: `${handler.name} ${name}` }, detail: { secret: isSecret } }, tx);
    });
    return { name, hosts };
  });

const remove = projectMutation("deployer")
  .input(z.object({ handlerId: z.string(), name: envName }))
  .mutation(async ({ ctx, input }) => {
    const handler = await handlerOf(ctx.db, input.handlerId);
    const { app, projectId } = ctx;
    const hosts = await apply(app, projectId, input.handlerId, async (tx) => {
      const { count } = await tx.handlerVariable.deleteMany({ where: { ...input, projectId } });
      if (count === 0) throw notFound("Variable", input.name);
      await ctx.audit({ target: { kind: "variable", id: input.handlerId, name: `${handler.name} ${input.name}` } }, tx);
    });
    return { name: input.name, hosts };
  });

export const variablesRouter = router({ list, remove, set });

/**
 * A client that only sees one project: every query of a model with a projectId gets the filter, every row written gets
 * the id, whatever the caller passed. Models without one (sessions, jobs) cannot be reached through it at all.
 * Nested reads follow foreign keys, which never lead out of a project.
 */
import { Prisma } from "../../../generated/prisma/client.ts";
import type { Db } from "./client.ts";

type FieldEnums = Record<string, Record<string, string> | undefined>;

/** Models that carry the tenant, read off the generated client so that a new model is covered by itself. */
export const tenantModels: ReadonlySet<string> = new Set(
  Object.values(Prisma.ModelName).filter((model) => "projectId" in ((Prisma as unknown as FieldEnums)[`${model}ScalarFieldEnum`] ?? {})),
);

const filtered = new Set([
  "findUnique",
  "findUniqueOrThrow",
  "findFirst",
  "findFirstOrThrow",
  "findMany",
  "count",
  "aggregate",
  "groupBy",
  "update",
  "updateMany",
  "updateManyAndReturn",
  "delete",
  "deleteMany",
  "upsert",
]);
const creating = new Set(["create", "createMany", "createManyAndReturn"]);

type Args = { where?: Record<string, unknown>; data?: unknown; create?: Record<string, unknown> };

function extended(db: Db, projectId: string) {
  return db.$extends({
    name: "tenant",
    query: {
      $allModels: {
        $allOperations({ model, operation, args, query }) {
          if (!tenantModels.has(model)) throw new Error(`${model} has no tenant: use the root client, and say why`);
          const scoped = { ...(args as Args) };
          if (filtered.has(operation)) scoped.where = { ...scoped.where, projectId };
          if (operation === "upsert") scoped.create = { ...scoped.create, projectId };
          else if (creating.has(operation)) {
            scoped.data = Array.isArray(scoped.data) ? scoped.data.map((row: object) => ({ ...row, projectId })) : { ...(scoped.data as object), projectId };
          } else if (!filtered.has(operation)) throw new Error(`${operation} is not known to the tenant filter`);
          return query(scoped as typeof args);
        },
      },
    },
  });
}

const clients = new WeakMap<Db, Map<string, TenantDb>>();

/** The client of a project; made once, as making one costs more than a query with it. */
export function forProject(db: Db, projectId: string): TenantDb {
  let ofProject = clients.get(db);
  if (!ofProject) clients.set(db, (ofProject = new Map()));
  let client = ofProject.get(projectId);
  if (!client) ofProject.set(projectId, (client = extended(db, projectId)));
  return client;
}

/** Narrows a member's rows to the project they asked for, by id or slug. */
export const inProject = (wanted: string | undefined) => (wanted ? { project: { OR: [{ id: wanted }, { slug: wanted }] } } : {});

export type TenantDb = ReturnType<typeof extended>;

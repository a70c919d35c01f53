import { z } from "zod";
import type { TenantDb } from "../../../server/db/tenant.ts";
import { AppError } from "../../../server/errors.ts";

const executors = z.array(z.object({ target: z.string(), executor: z.string() }));
export type Executors = z.infer<typeof executors>;

/**
 * The host of an order: the wanted one, or the one seen last of those that can carry it out.
 * @param cannot why there is none, when hosts have joined
 */
export async function ableHost(db: TenantDb, wanted: string | undefined, isAble: (runs: Executors) => boolean, cannot: string) {
  const hosts = await db.host.findMany({ where: { removedAt: null }, orderBy: { lastSeenAt: "desc" } });
  const host = hosts.find(({ id, executors: runs }) => (wanted === undefined || id === wanted) && isAble(executors.parse(runs)));
  if (!host) throw new AppError("CONFLICT", hosts.length === 0 ? "No host has joined yet. Start an agent (Settings, Agents)." : cannot);
  return host;
}

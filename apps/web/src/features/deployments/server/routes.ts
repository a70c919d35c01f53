import type { z } from "zod";
import type { TenantDb } from "../../../server/db/tenant.ts";
import { AppError } from "../../../server/errors.ts";
import { routesInput, routeText } from "../helpers/settings.ts";

type Routes = z.infer<typeof routesInput>;

/** As the front port reads it: "/v1" and "/v1/" are one. */
const placeOf = (route: Routes[number]) => routeText(route).replace(/\/+$/, "");

/**
 * A place at a host's front port leads to one handler. What a deployment replaces or runs beside (a canary of the same handler) may have the same.
 * @throws AppError that names whose it is
 */
export async function assertRoutesFree(
  db: TenantDb,
  { hostId, handlerId, role, deploymentId }: { hostId: string; handlerId: string; role: string; deploymentId?: string },
  routes: Routes,
): Promise<void> {
  if (routes.length === 0) return;
  const wanted = new Set(routes.map(placeOf));
  const others = await db.deployment.findMany({
    where: {
      hostId,
      state: "active",
      ...(deploymentId === undefined ? {} : { id: { not: deploymentId } }),
      ...(role === "preview" ? {} : { OR: [{ handlerId: { not: handlerId } }, { role: "preview" }] }),
    },
    select: { routes: true, handler: { select: { name: true } } },
  });
  for (const other of others)
    for (const route of other.routes === null ? [] : routesInput.parse(other.routes))
      if (wanted.has(placeOf(route)))
        throw new AppError("CONFLICT", `${routeText(route)} leads to "${other.handler.name}" on this host already. Take it from there first.`);
}

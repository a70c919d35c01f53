import type { Prisma } from "../../../../generated/prisma/client.ts";
import { routesInput } from "../helpers/settings.ts";
import { canaryState } from "../helpers/canary.ts";
import { primeOf } from "../../builds/helpers/prime.ts";

export const deploymentInclude = {
  handler: true,
  host: true,
  artifact: { include: { build: { include: { version: true, check: true } } } },
  instances: { orderBy: { since: "desc" } },
} as const;
type Row = Prisma.DeploymentGetPayload<{ include: typeof deploymentInclude }>;

export function presentDeployment(row: Row) {
  const { build } = row.artifact;
  return {
    id: row.id,
    handlerId: row.handlerId,
    handlerName: row.handler.name,
    hostId: row.hostId,
    hostName: row.host.name,
    hostLastSeenAt: row.host.lastSeenAt,
    buildId: row.buildId,
    artifactId: row.artifactId,
    versionNumber: build.version.number,
    target: build.target,
    mode: build.mode,
    symbols: build.symbols,
    prime: primeOf(build.prime),
    isRegression: build.check?.isRegression ?? false,
    state: row.state,
    replacesId: row.replacesId,
    role: row.role as "primary" | "canary" | "preview",
    sharePercent: row.sharePercent,
    canary: row.canary === null ? null : canaryState.parse(row.canary),
    expiresAt: row.expiresAt,
    minInstances: row.minInstances,
    maxInstances: row.maxInstances,
    idleSeconds: row.idleSeconds,
    placement: row.placement,
    routes: row.routes === null ? [] : routesInput.parse(row.routes),
    frontPort: row.host.frontPort,
    frontUrl: frontUrlOf(row),
    port: row.port,
    envNames: Object.keys(row.env as Record<string, string>).sort(),
    allowFetch: row.allowFetch as string[],
    createdAt: row.createdAt,
    createdBy: row.createdBy,
    endedAt: row.endedAt,
    instances: row.instances.map((i) => ({
      id: i.id,
      state: i.state,
      reason: i.reason,
      pid: i.pid,
      port: i.port,
      rssBytes: i.rssBytes === null ? null : Number(i.rssBytes),
      connections: i.connections,
      restarts: i.restarts,
      since: i.since,
      updatedAt: i.updatedAt,
    })),
    url: urlOf(row),
    /** The address is the host's loopback: it answers on the host itself only. */
    isLocalUrl: row.host.address === null,
  };
}
function urlOf(row: Row): string | null {
  const instance = row.instances.find((i) => (i.state === "healthy" || i.state === "idle") && i.port > 0);
  if (!instance || row.state !== "active") return null;
  return `http://${row.host.address ?? "127.0.0.1"}:${instance.port}/`;
}

/** At the front port of its host, where its handler's name is the first label of the host name; null without one, or where the host is known by an IP address. */
function frontUrlOf(row: Row): string | null {
  const { frontPort, address } = row.host;
  if (frontPort === null || row.state !== "active" || row.role === "canary" || (address !== null && /^[\d.]+$|^\[/.test(address))) return null;
  const name = row.role === "preview" ? `${row.handler.name}--${row.id.slice(-6).toLowerCase()}` : row.handler.name;
  return `http://${name}.${address ?? "localhost"}:${frontPort}/`;
}

import { z } from "zod";
import { hostRuntime } from "@zerostart/protocol";
import type { Host } from "../../../../generated/prisma/client.ts";

/** Heartbeats come every few seconds; a long-poll may hold one for 25 s. */
export const offlineAfterMs = 60_000;
const executors = z.array(z.object({ target: z.string(), executor: z.string() }));

const runtimes = z.array(hostRuntime);
/** Of other runtimes those that a host's agent may run; none of an agent that does not say. */
export const runtimesOf = (host: Pick<Host, "runtimes">) => runtimes.parse(JSON.parse(host.runtimes ?? "[]"));

export const isOnline = ({ lastSeenAt }: Pick<Host, "lastSeenAt">, now: number): boolean => lastSeenAt !== null && now - lastSeenAt.getTime() < offlineAfterMs;

export function presentHost(host: Host, now: number) {
  return {
    id: host.id,
    name: host.name,
    os: host.os,
    arch: host.arch,
    kernel: host.kernel,
    cpuModel: host.cpuModel,
    cpuCount: host.cpuCount,
    memoryBytes: Number(host.memoryBytes),
    executors: executors.parse(host.executors),
    runtimes: runtimesOf(host),
    address: host.address,
    frontPort: host.frontPort,
    labels: host.labels as Record<string, string>,
    enrolledAt: host.enrolledAt,
    lastSeenAt: host.lastSeenAt,
    online: isOnline(host, now),
    clockSkewMs: host.clockSkewMs,
    inSync: host.appliedRevision >= host.desiredRevision,
  };
}

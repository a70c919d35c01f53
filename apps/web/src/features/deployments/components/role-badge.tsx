"use client";
import { useNow } from "../../../lib/now.ts";
import { Badge } from "../../../ui/badge.tsx";
import type { Deployment } from "./deployment-actions.tsx";

/** What a deployment is beside the one that serves; nothing for that one. */
export function RoleBadge({ deployment: d }: { deployment: Pick<Deployment, "role" | "sharePercent" | "expiresAt" | "state"> }) {
  const now = useNow();
  if (d.role === "canary") return <Badge tone="info">canary{d.state === "active" && d.sharePercent !== null ? ` ${d.sharePercent} %` : ""}</Badge>;
  if (d.role !== "preview") return null;
  const left = d.expiresAt === null ? 0 : (new Date(d.expiresAt).getTime() - now) / 3_600_000;
  return <Badge tone="neutral">preview{d.state === "active" ? `, ${left < 1 ? "under an hour" : `${Math.round(left)} h`} left` : ""}</Badge>;
}

"use client";
import { ExternalLink } from "lucide-react";
import Link from "next/link";
import { formatBytes } from "../../../lib/format.ts";
import { Badge, StateBadge } from "../../../ui/badge.tsx";
import { Button } from "../../../ui/button.tsx";
import { CopyButton } from "../../../ui/copy.tsx";
import { Ago } from "../../../ui/time.tsx";
import { RegressionBadge } from "../../regressions/components/check-card.tsx";
import { useCan } from "../../shell/helpers/session.ts";
import { RoleBadge } from "./role-badge.tsx";
import { LocalOnly, StopButton, type Deployment } from "./deployment-actions.tsx";
import { modeName } from "../../builds/helpers/build-name.ts";

/** An active deployment with what its instances do now. */
export function DeploymentCard({ deployment: d, showHandler = false }: { deployment: Deployment; showHandler?: boolean }) {
  const canDeploy = useCan("deployer");
  return (
    <section aria-label={`${d.handlerName} on ${d.hostName}${d.role === "primary" ? "" : `, ${d.role}`}`} className="rounded-lg border bg-surface">
      <div className="flex flex-wrap items-center justify-between gap-3 px-4 py-3">
        <div className="min-w-0">
          <p className="flex flex-wrap items-center gap-2 text-sm font-medium">
            {showHandler && (
              <Link href={`/handlers/${d.handlerId}?tab=deployments`} className="hover:underline">
                {d.handlerName}
              </Link>
            )}
            <Link href={`/builds/${d.buildId}`} className="hover:underline">
              v{d.versionNumber} · {modeName(d)}
            </Link>
            <span className="font-normal text-muted">on {d.hostName}</span>
            <RoleBadge deployment={d} />
            {d.isRegression && <RegressionBadge />}
          </p>
          {d.url ? (
            <p className="mt-0.5 flex items-center gap-1 text-sm">
              <a href={d.url} target="_blank" rel="noreferrer" className="inline-flex items-center gap-1 font-mono text-[13px] text-info hover:underline">
                {d.url}
                <ExternalLink aria-hidden className="size-3.5" />
              </a>
              <CopyButton text={d.url} label="Copy URL" />
              {d.isLocalUrl && <LocalOnly hostName={d.hostName} />}
            </p>
          ) : (
            <p className="mt-0.5 text-sm text-muted">{d.instances.length === 0 ? "Waiting for the agent" : "No address while it is not healthy"}</p>
          )}
          {d.allowFetch.length > 0 && <p className="mt-0.5 text-[13px] text-muted">fetch may reach {d.allowFetch.join(", ")}</p>}
        </div>
        <div className="flex items-center gap-3">
          <span className="text-[13px] text-muted">
            <Ago at={d.createdAt} /> by {d.createdBy}
          </span>
          <Button asChild size="sm">
            <Link href={`/deployments/${d.id}`}>Details</Link>
          </Button>
          {canDeploy && <StopButton deployment={d} />}
        </div>
      </div>
      {d.instances.length > 0 && (
        <ul className="border-t">
          {d.instances.map((i) => (
            <li key={i.id} className="flex flex-wrap items-center gap-x-4 gap-y-1 border-b px-4 py-2 text-[13px] last:border-b-0">
              <StateBadge state={i.state} />
              <span className="tnum text-muted">port {i.port || "–"}</span>
              {i.pid !== null && <span className="tnum text-muted">pid {i.pid}</span>}
              {i.rssBytes !== null && <span className="tnum text-muted">{formatBytes(i.rssBytes)} RSS</span>}
              {i.restarts > 0 && (
                <Badge tone="warn">
                  {i.restarts} restart{i.restarts === 1 ? "" : "s"}
                </Badge>
              )}
              <span className="text-muted">
                since <Ago at={i.since} />
              </span>
              {i.reason && <span className="basis-full text-bad">{i.reason}</span>}
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

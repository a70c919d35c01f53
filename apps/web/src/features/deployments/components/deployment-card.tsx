"use client";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { ExternalLink, Undo2 } from "lucide-react";
import Link from "next/link";
import { toast } from "sonner";
import { errorText, useTRPC, type Outputs } from "../../../lib/api.ts";
import { formatBytes } from "../../../lib/format.ts";
import { Badge, StateBadge } from "../../../ui/badge.tsx";
import { Button } from "../../../ui/button.tsx";
import { ConfirmButton } from "../../../ui/confirm.tsx";
import { CopyButton } from "../../../ui/copy.tsx";
import { Tip } from "../../../ui/tip.tsx";
import { Ago } from "../../../ui/time.tsx";
import { RegressionBadge } from "../../regressions/components/check-card.tsx";
import { useCan } from "../../shell/helpers/session.ts";

export type Deployment = Outputs["deployments"]["list"]["deployments"][number];

/** Deploying an older build is rolling back: the artifact is there, nothing is built. */
export function useRedeploy() {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  return useMutation(
    trpc.deployments.create.mutationOptions({
      onSuccess: (made) => {
        toast.success(`Rolling back on ${made.hostName}`);
        void queryClient.invalidateQueries();
      },
      onError: (e) => toast.error("Not rolled back", { description: errorText(e) }),
    }),
  );
}

export function RollbackButton({ deployment }: { deployment: Deployment }) {
  const redeploy = useRedeploy();
  return (
    <Button size="sm" busy={redeploy.isPending} onClick={() => redeploy.mutate({ buildId: deployment.buildId, hostId: deployment.hostId })}>
      <Undo2 /> Roll back to this
    </Button>
  );
}

/** Said to those whose browser is elsewhere: the link would lead to their own machine. */
function LocalOnly({ hostName }: { hostName: string }) {
  if (["localhost", "127.0.0.1", "[::1]"].includes(window.location.hostname)) return null;
  return (
    <Tip text="Start its agent with --listen 0.0.0.0 (and --advertise NAME) to have handlers answer from outside.">
      <span tabIndex={0} className="text-[13px] text-warn">
        on {hostName} itself only
      </span>
    </Tip>
  );
}

/** An active deployment with what its instances do now. */
export function DeploymentCard({ deployment: d, showHandler = false }: { deployment: Deployment; showHandler?: boolean }) {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const canDeploy = useCan("deployer");
  const stop = useMutation(
    trpc.deployments.stop.mutationOptions({
      onSuccess: () => {
        toast.success(`${d.handlerName} is being stopped on ${d.hostName}`);
        void queryClient.invalidateQueries();
      },
      onError: (e) => toast.error("Not stopped", { description: errorText(e) }),
    }),
  );
  return (
    <section aria-label={`${d.handlerName} on ${d.hostName}`} className="rounded-lg border bg-surface">
      <div className="flex flex-wrap items-center justify-between gap-3 px-4 py-3">
        <div className="min-w-0">
          <p className="flex flex-wrap items-center gap-2 text-sm font-medium">
            {showHandler && (
              <Link href={`/handlers/${d.handlerId}?tab=deployments`} className="hover:underline">
                {d.handlerName}
              </Link>
            )}
            <Link href={`/builds/${d.buildId}`} className="hover:underline">
              v{d.versionNumber} · {d.mode}
            </Link>
            <span className="font-normal text-muted">on {d.hostName}</span>
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
        </div>
        <div className="flex items-center gap-3">
          <span className="text-[13px] text-muted">
            <Ago at={d.createdAt} /> by {d.createdBy}
          </span>
          {canDeploy && (
            <ConfirmButton
              title={`Stop ${d.handlerName} on ${d.hostName}?`}
              description="Its address stops answering. You can deploy it again at any time."
              action="Stop"
              busy={stop.isPending}
              onConfirm={() => stop.mutate({ deploymentId: d.id })}
            >
              Stop
            </ConfirmButton>
          )}
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

"use client";
import { useQuery } from "@tanstack/react-query";
import { ExternalLink } from "lucide-react";
import Link from "next/link";
import { parseAsString, useQueryState } from "nuqs";
import { useTRPC } from "../../../lib/api.ts";
import { StateBadge } from "../../../ui/badge.tsx";
import { CopyButton } from "../../../ui/copy.tsx";
import { NotShown, Skeleton } from "../../../ui/feedback.tsx";
import { PageHeader } from "../../../ui/page.tsx";
import { Tabs } from "../../../ui/tabs.tsx";
import { Ago } from "../../../ui/time.tsx";
import { RequestsCard } from "../../requests/components/requests-card.tsx";
import { useCan } from "../../shell/helpers/session.ts";
import { CanaryCard } from "./canary-card.tsx";
import { LocalOnly, PutBackButton, StopButton } from "./deployment-actions.tsx";
import { InstancesTable } from "./instances-table.tsx";
import { LogTail } from "./log-tail.tsx";
import { RoleBadge } from "./role-badge.tsx";
import { SettingsTab } from "./settings-tab.tsx";
import { modeName } from "../../builds/helpers/build-name.ts";

/** One deployment: what it answers, what its instances do, what they say. */
export function DeploymentPage({ deploymentId }: { deploymentId: string }) {
  const trpc = useTRPC();
  const canDeploy = useCan("deployer");
  const [tab, setTab] = useQueryState("tab", parseAsString.withDefault("overview"));
  const { data: d, error } = useQuery(trpc.deployments.get.queryOptions({ deploymentId }, { refetchInterval: 10_000 }));
  if (error) return <NotShown what="deployment" error={error} back={{ label: "Deployments", href: "/deployments" }} />;
  if (!d)
    return (
      <>
        <PageHeader title="Deployment" trail={[{ label: "Deployments", href: "/deployments" }]} />
        <div role="status" aria-label="Loading">
          <Skeleton className="h-96" />
        </div>
      </>
    );
  const isActive = d.state === "active";
  return (
    <>
      <PageHeader
        title={`${d.handlerName} v${d.versionNumber} on ${d.hostName}`}
        trail={[
          { label: "Deployments", href: "/deployments" },
          { label: d.handlerName, href: `/handlers/${d.handlerId}?tab=deployments` },
        ]}
        actions={
          canDeploy &&
          isActive && (
            <>
              {d.replacesId !== null && d.role === "primary" && <PutBackButton deployment={d} />}
              <StopButton deployment={d} />
            </>
          )
        }
      >
        <span className="flex flex-wrap items-center gap-2">
          <StateBadge state={d.state} />
          <RoleBadge deployment={d} />
          <Link href={`/builds/${d.buildId}`} className="hover:underline">
            {modeName(d)}, <span className="font-mono text-xs">{d.target}</span>
          </Link>
          <span>
            deployed <Ago at={d.createdAt} /> by {d.createdBy}
          </span>
          {d.url && (
            <span className="inline-flex items-center gap-1">
              <a href={d.url} target="_blank" rel="noreferrer" className="inline-flex items-center gap-1 font-mono text-[13px] text-info hover:underline">
                {d.url}
                <ExternalLink aria-hidden className="size-3.5" />
              </a>
              <CopyButton text={d.url} label="Copy URL" />
              {d.isLocalUrl && <LocalOnly hostName={d.hostName} />}
            </span>
          )}
          {d.frontUrl && (
            <a href={d.frontUrl} target="_blank" rel="noreferrer" className="font-mono text-[13px] text-info hover:underline">
              {d.frontUrl}
            </a>
          )}
        </span>
      </PageHeader>
      <Tabs
        label="Parts of the deployment"
        value={tab}
        onChange={(value) => void setTab(value)}
        tabs={[
          {
            value: "overview",
            label: "Overview",
            content: (
              <div className="flex flex-col gap-4">
                {d.canary && <CanaryCard deployment={d} />}
                <InstancesTable instances={d.instances} />
                <RequestsCard deploymentId={deploymentId} />
                <p className="text-sm text-muted">
                  <Link className="underline hover:text-fg" href={`/cold-starts?handlerId=${d.handlerId}&buildId=${d.buildId}&kind=real`}>
                    Cold starts of this build
                  </Link>
                </p>
              </div>
            ),
          },
          {
            value: "log",
            label: "Log",
            content: <LogTail handlerId={d.handlerId} deploymentId={d.id} instanceIds={d.instances.map((i) => i.id)} />,
          },
          { value: "settings", label: "Settings", content: <SettingsTab key={d.id} deployment={d} /> },
        ]}
      />
    </>
  );
}

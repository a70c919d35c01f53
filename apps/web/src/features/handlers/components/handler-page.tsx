"use client";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import type { ColumnDef } from "@tanstack/react-table";
import { Flame, Hammer, PencilLine, Rocket, ScrollText, Timer } from "lucide-react";
import Link from "next/link";
import { useRouter } from "next/navigation";
import { parseAsString, useQueryState } from "nuqs";
import { useState } from "react";
import { toast } from "sonner";
import { errorText, useTRPC, type Outputs } from "../../../lib/api.ts";
import { formatBytes, formatNs, formatStarts } from "../../../lib/format.ts";
import { StateBadge } from "../../../ui/badge.tsx";
import { Button } from "../../../ui/button.tsx";
import { Card, Stat } from "../../../ui/card.tsx";
import { ConfirmButton } from "../../../ui/confirm.tsx";
import { Empty, ErrorNote, NotShown, Skeleton, TableSkeleton } from "../../../ui/feedback.tsx";
import { PageHeader } from "../../../ui/page.tsx";
import { DataTable } from "../../../ui/table.tsx";
import { Tabs } from "../../../ui/tabs.tsx";
import { Ago } from "../../../ui/time.tsx";
import { BuildDialog } from "../../builds/components/build-dialog.tsx";
import { LiveBuilds } from "../../builds/components/build-logs.tsx";
import { BuildsTable, type BuildRow } from "../../builds/components/builds-table.tsx";
import { ColdStartsPanel } from "../../cold-starts/components/cold-starts-panel.tsx";
import { isForOtherRuntimes } from "../../builds/helpers/pipeline-types.ts";
import { DeployDialog } from "../../deployments/components/deploy-dialog.tsx";
import { DeploymentList } from "../../deployments/components/deployments-page.tsx";
import { LogTail } from "../../deployments/components/log-tail.tsx";
import { MeasureDialog } from "../../measurements/components/measure-dialog.tsx";
import { useCan } from "../../shell/helpers/session.ts";
import { TraceDialog } from "../../traces/components/trace-dialog.tsx";
import { TracesList } from "../../traces/components/traces-list.tsx";
import { VariablesTab } from "../../variables/components/variables-tab.tsx";
import { VersionSource } from "./version-source.tsx";

type Handler = Outputs["handlers"]["get"];

function BuildsTab({ handler, onBuild }: { handler: Handler; onBuild: () => void }) {
  const trpc = useTRPC();
  const canDeploy = useCan("deployer");
  const [deploying, setDeploying] = useState<BuildRow>();
  const { data, error } = useQuery(trpc.builds.list.queryOptions({ handlerId: handler.id, limit: 100 }));
  if (error) return <ErrorNote title="Builds cannot be listed" error={error} />;
  const going = (data?.builds ?? []).filter((b) => b.state === "queued" || b.state === "running");
  return (
    <div className="flex flex-col gap-4">
      {going.length > 0 && <LiveBuilds builds={going} />}
      <Card flush>
        {!data ? (
          <TableSkeleton />
        ) : (
          <BuildsTable
            rows={data.builds}
            actions={(row) =>
              row.artifact && canDeploy && !isForOtherRuntimes(row) ? (
                <Button size="sm" onClick={() => setDeploying(row)}>
                  Deploy
                </Button>
              ) : null
            }
            empty={
              <Empty
                icon={<Hammer />}
                title="Not built yet"
                action={
                  canDeploy && (
                    <Button variant="primary" onClick={onBuild}>
                      <Hammer /> Build
                    </Button>
                  )
                }
              >
                A build is one static binary for one platform, with the handler's bytecode or its snapshot inside.
              </Empty>
            }
          />
        )}
      </Card>
      {deploying && (
        <DeployDialog
          build={deploying}
          open
          onOpenChange={(open) => {
            if (!open) setDeploying(undefined);
          }}
        />
      )}
    </div>
  );
}

function VersionsTab({ handler }: { handler: Handler }) {
  const [shown, setShown] = useQueryState("version", parseAsString);
  const columns: ColumnDef<Handler["versions"][number]>[] = [
    {
      accessorKey: "number",
      header: "Version",
      cell: ({ row }) => (
        <button
          type="button"
          className="font-medium hover:underline"
          aria-pressed={shown === row.original.id}
          onClick={(e) => {
            e.stopPropagation();
            void setShown(row.original.id);
          }}
        >
          v{row.original.number}
        </button>
      ),
    },
    { accessorKey: "entry", header: "Entry", cell: ({ row }) => <span className="font-mono text-xs">{row.original.entry}</span> },
    { accessorKey: "sourceBytes", header: "Source", meta: { numeric: true }, cell: ({ row }) => formatBytes(row.original.sourceBytes) },
    { accessorKey: "buildCount", header: "Builds", meta: { numeric: true, secondary: true } },
    { accessorKey: "createdBy", header: "By", meta: { secondary: true } },
    { accessorKey: "createdAt", header: "Saved", meta: { numeric: true }, cell: ({ row }) => <Ago at={row.original.createdAt} /> },
  ];
  return (
    <div className="flex flex-col gap-4">
      <Card flush>
        <DataTable
          rows={handler.versions}
          columns={columns}
          label="Versions"
          rowId={(v) => v.id}
          selectedId={shown ?? undefined}
          onRowClick={(v) => void setShown(v.id)}
        />
      </Card>
      {(shown ?? handler.versions[0]?.id) && <VersionSource versionId={shown ?? (handler.versions[0]?.id as string)} />}
    </div>
  );
}

export function HandlerPage({ handlerId }: { handlerId: string }) {
  const trpc = useTRPC();
  const router = useRouter();
  const queryClient = useQueryClient();
  const canDeploy = useCan("deployer");
  const [tab, setTab] = useQueryState("tab", parseAsString.withDefault("builds"));
  const [dialog, setDialog] = useQueryState("dialog", parseAsString);
  const { data: handler, error } = useQuery(trpc.handlers.get.queryOptions({ handlerId }));
  const { data: list } = useQuery(trpc.handlers.list.queryOptions());
  const { data: live } = useQuery(trpc.deployments.list.queryOptions({ handlerId, activeOnly: true }));
  const remove = useMutation(
    trpc.handlers.remove.mutationOptions({
      onSuccess: () => {
        toast.success("Handler deleted");
        void queryClient.invalidateQueries();
        router.push("/");
      },
      onError: (e) => toast.error("Not deleted", { description: errorText(e) }),
    }),
  );
  if (error) return <NotShown what="handler" error={error} back={{ label: "Handlers", href: "/" }} />;
  if (!handler)
    return (
      <>
        <PageHeader title="Handler" trail={[{ label: "Handlers", href: "/" }]} />
        <Skeleton className="h-24" />
        <Skeleton className="mt-4 h-72" />
      </>
    );
  const cold = list?.find((h) => h.id === handlerId)?.coldStart;
  // What serves first; a canary or a preview speaks for the handler only when there is nothing else.
  const deployments = (live?.deployments ?? []).toSorted((a, b) => Number(b.role === "primary") - Number(a.role === "primary"));
  const instance = deployments.flatMap((d) => d.instances)[0];
  // At the front port of its host, where there is one: that address has the handler's name and never changes.
  const address = deployments[0]?.frontUrl ?? deployments[0]?.url;
  const newest = handler.versions[0];
  return (
    <>
      <PageHeader
        title={handler.name}
        trail={[{ label: "Handlers", href: "/" }]}
        actions={
          canDeploy && (
            <>
              <Button onClick={() => void setDialog("measure")}>
                <Timer /> Measure
              </Button>
              <Button asChild>
                <Link href={`/handlers/${handlerId}/edit`}>
                  <PencilLine /> New version
                </Link>
              </Button>
              <Button variant="primary" onClick={() => void setDialog("build")}>
                <Hammer /> Build
              </Button>
            </>
          )
        }
      />
      <dl className="mb-6 grid grid-cols-2 gap-3 lg:grid-cols-4">
        <Stat
          label="Cold start p50, 7 days"
          value={cold ? formatNs(cold.p50Ns) : "–"}
          hint={cold ? `${formatStarts(cold.count)}, ${cold.executor}` : "no starts yet"}
        />
        <Stat
          label="Deployed"
          value={deployments.length === 0 ? "No" : instance ? <StateBadge state={instance.state} /> : "Waiting"}
          hint={
            address ? (
              <a href={address} target="_blank" rel="noreferrer" className="font-mono text-xs text-info hover:underline">
                {address}
              </a>
            ) : deployments[0] ? (
              `on ${deployments[0].hostName}`
            ) : (
              "build, then deploy"
            )
          }
        />
        <Stat label="Memory (RSS)" value={instance?.rssBytes ? formatBytes(instance.rssBytes) : "–"} hint={instance ? `${instance.restarts} restarts` : null} />
        <Stat
          label="Newest version"
          value={newest ? `v${newest.number}` : "–"}
          hint={
            newest ? (
              <>
                <Ago at={newest.createdAt} />, {formatBytes(newest.sourceBytes)}
              </>
            ) : null
          }
        />
      </dl>
      <Tabs
        label="Parts of the handler"
        value={tab}
        onChange={(value) => void setTab(value)}
        tabs={[
          { value: "builds", label: "Builds", content: <BuildsTab handler={handler} onBuild={() => void setDialog("build")} /> },
          { value: "cold-starts", label: "Cold starts", content: <ColdStartsPanel handlerId={handlerId} onMeasure={() => void setDialog("measure")} /> },
          {
            value: "profiles",
            label: "Profiles",
            content: (
              <div className="flex flex-col gap-4">
                {canDeploy && (
                  <div>
                    <Button onClick={() => void setDialog("trace")}>
                      <Flame /> Trace a start
                    </Button>
                  </div>
                )}
                <TracesList handlerId={handlerId} action={null} />
              </div>
            ),
          },
          {
            value: "deployments",
            label: "Deployments",
            content: (
              <DeploymentList
                handlerId={handlerId}
                empty={
                  <Empty icon={<Rocket />} title="Not deployed">
                    Press Deploy on a build that succeeded.
                  </Empty>
                }
              />
            ),
          },
          {
            value: "logs",
            label: "Logs",
            content: deployments.length > 0 || tab === "logs" ? <LogTail handlerId={handlerId} /> : <Empty icon={<ScrollText />} title="No logs" />,
          },
          { value: "variables", label: "Variables", content: <VariablesTab handlerId={handlerId} /> },
          { value: "versions", label: "Versions", content: <VersionsTab handler={handler} /> },
        ]}
      />
      {canDeploy && (
        <div className="mt-10 flex flex-wrap items-center justify-between gap-3 border-t pt-4 text-sm text-muted">
          <p>Deleting removes its versions, builds and past deployments.</p>
          <ConfirmButton
            title={`Delete ${handler.name}?`}
            description="Versions, builds and past deployments go with it. This cannot be undone."
            action="Delete handler"
            busy={remove.isPending}
            onConfirm={() => remove.mutate({ handlerId })}
          >
            Delete handler
          </ConfirmButton>
        </div>
      )}
      <BuildDialog
        handlerId={handlerId}
        versions={handler.versions}
        open={dialog === "build"}
        onOpenChange={(open) => void setDialog(open ? "build" : null)}
        onStarted={() => void setTab("builds")}
      />
      <TraceDialog handlerId={handlerId} open={dialog === "trace"} onOpenChange={(open) => void setDialog(open ? "trace" : null)} />
      <MeasureDialog handlerId={handlerId} buildIds={[]} open={dialog === "measure"} onOpenChange={(open) => void setDialog(open ? "measure" : null)} />
    </>
  );
}

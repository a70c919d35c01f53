"use client";
import { useQuery } from "@tanstack/react-query";
import type { ColumnDef } from "@tanstack/react-table";
import { Rocket } from "lucide-react";
import Link from "next/link";
import type { ReactNode } from "react";
import { useTRPC } from "../../../lib/api.ts";
import { StateBadge } from "../../../ui/badge.tsx";
import { Button } from "../../../ui/button.tsx";
import { Card } from "../../../ui/card.tsx";
import { Empty, ErrorNote, TableSkeleton } from "../../../ui/feedback.tsx";
import { PageHeader } from "../../../ui/page.tsx";
import { DataTable } from "../../../ui/table.tsx";
import { Ago } from "../../../ui/time.tsx";
import { useCan } from "../../shell/helpers/session.ts";
import { RollbackButton, type Deployment } from "./deployment-actions.tsx";
import { DeploymentCard } from "./deployment-card.tsx";
import { modeName } from "../../builds/helpers/build-name.ts";

const columns = (showHandler: boolean, canDeploy: boolean): ColumnDef<Deployment>[] => [
  ...(showHandler
    ? [
        {
          accessorKey: "handlerName",
          header: "Handler",
          cell: ({ row: { original: d } }: { row: { original: Deployment } }) => (
            <Link href={`/handlers/${d.handlerId}?tab=deployments`} className="font-medium hover:underline">
              {d.handlerName}
            </Link>
          ),
        } satisfies ColumnDef<Deployment>,
      ]
    : []),
  {
    id: "build",
    header: "Build",
    accessorFn: (d) => d.versionNumber,
    cell: ({ row: { original: d } }) => (
      <Link href={`/deployments/${d.id}`} className="whitespace-nowrap hover:underline">
        v{d.versionNumber} · {modeName(d)}
      </Link>
    ),
  },
  { accessorKey: "hostName", header: "Host" },
  { accessorKey: "state", header: "State", cell: ({ row }) => <StateBadge state={row.original.state} /> },
  { accessorKey: "createdAt", header: "From", meta: { secondary: true, numeric: true }, cell: ({ row }) => <Ago at={row.original.createdAt} /> },
  {
    accessorKey: "endedAt",
    header: "To",
    meta: { secondary: true, numeric: true },
    cell: ({ row }) => (row.original.endedAt ? <Ago at={row.original.endedAt} /> : "now"),
  },
  {
    id: "actions",
    header: () => <span className="sr-only">Actions</span>,
    enableSorting: false,
    meta: { numeric: true },
    cell: ({ row }) => (canDeploy && row.original.state !== "active" ? <RollbackButton deployment={row.original} /> : null),
  },
];

/** Active deployments as cards, earlier ones as a table from which one can roll back. */
export function DeploymentList({ handlerId, empty }: { handlerId?: string; empty: ReactNode }) {
  const trpc = useTRPC();
  const canDeploy = useCan("deployer");
  const { data, error } = useQuery(trpc.deployments.list.queryOptions(handlerId ? { handlerId } : {}));
  if (error) return <ErrorNote title="Deployments cannot be listed" error={error} />;
  if (!data)
    return (
      <Card flush>
        <TableSkeleton />
      </Card>
    );
  if (data.deployments.length === 0) return <Card flush>{empty}</Card>;
  const active = data.deployments.filter((d) => d.state === "active");
  const past = data.deployments.filter((d) => d.state !== "active");
  return (
    <div className="flex flex-col gap-4">
      {active.map((d) => (
        <DeploymentCard key={d.id} deployment={d} showHandler={!handlerId} />
      ))}
      {past.length > 0 && (
        <Card title="Earlier" note="Any of them can be deployed again: the artifact is still there." flush>
          <DataTable rows={past} columns={columns(!handlerId, canDeploy)} label="Earlier deployments" />
        </Card>
      )}
    </div>
  );
}

export function DeploymentsPage() {
  return (
    <>
      <PageHeader title="Deployments" />
      <DeploymentList
        empty={
          <Empty
            icon={<Rocket />}
            title="Nothing is deployed yet"
            action={
              <Button asChild>
                <Link href="/">Handlers</Link>
              </Button>
            }
          >
            Open a handler, build it for a platform of one of your hosts, and press Deploy on the build.
          </Empty>
        }
      />
    </>
  );
}

"use client";
import type { ColumnDef } from "@tanstack/react-table";
import { formatBytes } from "../../../lib/format.ts";
import { Badge, StateBadge } from "../../../ui/badge.tsx";
import { DataTable } from "../../../ui/table.tsx";
import { Ago } from "../../../ui/time.tsx";
import type { Host } from "./host-card.tsx";

/** One that waits for its next connection is as well as one that serves. */
const healthyOf = (host: Host) => host.instanceStates.filter((s) => s === "healthy" || s === "idle").length;
const labelsOf = (host: Host) => Object.entries(host.labels).map(([name, value]) => `${name}=${value}`);

const columns = (select: (id: string) => void, selectedId: string | undefined): ColumnDef<Host>[] => [
  {
    accessorKey: "name",
    header: "Name",
    cell: ({ row: { original: host } }) => (
      <button
        type="button"
        className="font-medium hover:underline"
        aria-pressed={selectedId === host.id}
        onClick={(e) => {
          e.stopPropagation();
          select(host.id);
        }}
      >
        {host.name}
      </button>
    ),
  },
  {
    id: "state",
    header: "State",
    accessorFn: (host) => (host.online ? "online" : "offline"),
    cell: ({ getValue }) => <StateBadge state={getValue<string>()} />,
  },
  {
    id: "handlers",
    header: "Handlers",
    accessorFn: (host) => host.deploymentCount,
    enableGlobalFilter: false,
    meta: { numeric: true },
  },
  {
    id: "instances",
    header: "Instances well",
    accessorFn: healthyOf,
    enableGlobalFilter: false,
    meta: { numeric: true },
    cell: ({ row: { original: host } }) =>
      host.instanceStates.length === 0 ? <span className="text-muted">–</span> : `${healthyOf(host)} of ${host.instanceStates.length}`,
  },
  {
    id: "labels",
    header: "Labels",
    accessorFn: (host) => labelsOf(host).join(" "),
    meta: { secondary: true },
    cell: ({ row }) => (
      <span className="flex max-w-64 flex-wrap gap-1">
        {labelsOf(row.original).map((label) => (
          <Badge key={label}>{label}</Badge>
        ))}
      </span>
    ),
  },
  {
    id: "agent",
    header: "Agent",
    accessorFn: (host) => host.agent.version ?? "",
    meta: { secondary: true },
    cell: ({ row: { original: host } }) => (
      <span className="inline-flex items-center gap-1.5 whitespace-nowrap">
        {host.agent.version ?? <span className="text-muted">old</span>}
        {host.agent.state === "upgradable" && <Badge tone="info">newer one here</Badge>}
        {host.agent.state === "ordered" && <Badge tone="info">upgrading</Badge>}
        {host.agent.state === "refused" && <Badge tone="bad">not upgraded</Badge>}
      </span>
    ),
  },
  {
    accessorKey: "memoryBytes",
    header: "Memory",
    enableGlobalFilter: false,
    meta: { numeric: true, secondary: true },
    cell: ({ row }) => formatBytes(row.original.memoryBytes),
  },
  {
    id: "seen",
    header: "Last seen",
    accessorFn: (host) => (host.lastSeenAt === null ? 0 : new Date(host.lastSeenAt).getTime()),
    enableGlobalFilter: false,
    meta: { numeric: true, secondary: true },
    cell: ({ row }) => <Ago at={row.original.lastSeenAt} />,
  },
];

/** Many hosts, a line each; one is chosen to be shown whole. */
export function HostsTable(props: { hosts: Host[]; search: string; selectedId: string | undefined; onSelect: (id: string) => void }) {
  const { hosts, search, selectedId, onSelect } = props;
  return (
    <DataTable
      rows={hosts}
      columns={columns(onSelect, selectedId)}
      label="Hosts"
      search={search}
      rowId={(host) => host.id}
      selectedId={selectedId}
      onRowClick={(host) => onSelect(host.id)}
    />
  );
}

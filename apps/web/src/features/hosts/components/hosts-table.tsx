"use client";
import type { ColumnDef } from "@tanstack/react-table";
import { formatBytes } from "../../../lib/format.ts";
import { Badge, StateBadge } from "../../../ui/badge.tsx";
import { DataTable } from "../../../ui/table.tsx";
import { Ago } from "../../../ui/time.tsx";
import { labelsOf, wellOf, type HostColumn } from "../helpers/table.ts";
import type { Host } from "./host-card.tsx";

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
    meta: { numeric: true },
  },
  {
    id: "instances",
    header: "Instances well",
    accessorFn: wellOf,
    meta: { numeric: true },
    cell: ({ row: { original: host } }) =>
      host.instanceStates.length === 0 ? <span className="text-muted">–</span> : `${wellOf(host)} of ${host.instanceStates.length}`,
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
    id: "memory",
    accessorFn: (host) => host.memoryBytes,
    header: "Memory",
    meta: { numeric: true, secondary: true },
    cell: ({ row }) => formatBytes(row.original.memoryBytes),
  },
  {
    id: "seen",
    header: "Last seen",
    accessorFn: (host) => (host.lastSeenAt === null ? 0 : new Date(host.lastSeenAt).getTime()),
    meta: { numeric: true, secondary: true },
    cell: ({ row }) => <Ago at={row.original.lastSeenAt} />,
  },
];

type Sorting = { sort: HostColumn; descending: boolean };
type Props = {
  hosts: Host[];
  sorting: Sorting;
  onSort: (sorting: Sorting | null) => void;
  total: number;
  search: string;
  more: (() => void) | undefined;
  isLoading: boolean;
  selectedId: string | undefined;
  onSelect: (id: string) => void;
};

/** Many hosts, a line each; one is chosen to be shown whole. */
export function HostsTable({ hosts, sorting, onSort, total, search, more, isLoading, selectedId, onSelect }: Props) {
  return (
    <DataTable
      rows={hosts}
      columns={columns(onSelect, selectedId)}
      label="Hosts"
      search={search}
      rowId={(host) => host.id}
      selectedId={selectedId}
      onRowClick={(host) => onSelect(host.id)}
      paged={{
        sorting: [{ id: sorting.sort, desc: sorting.descending }],
        // A column's id is the name by which the server sorts.
        onSorting: ([by]) => onSort(by ? { sort: by.id as HostColumn, descending: by.desc } : null),
        total,
        more,
        isLoading,
      }}
    />
  );
}

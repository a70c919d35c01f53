"use client";
import type { ColumnDef } from "@tanstack/react-table";
import type { Outputs } from "../../../lib/api.ts";
import { formatBytes } from "../../../lib/format.ts";
import { StateBadge } from "../../../ui/badge.tsx";
import { Card } from "../../../ui/card.tsx";
import { DataTable } from "../../../ui/table.tsx";
import { Ago } from "../../../ui/time.tsx";

type Instance = Outputs["deployments"]["get"]["instances"][number];

const columns: ColumnDef<Instance>[] = [
  { id: "number", header: "Instance", accessorFn: (i) => Number(i.id.split("-").at(-1)), cell: ({ row }) => `#${row.original.id.split("-").at(-1)}` },
  {
    accessorKey: "state",
    header: "State",
    cell: ({ row: { original: i } }) => (
      <div className="flex flex-col items-start gap-1">
        <StateBadge state={i.state} />
        {i.reason && <span className={`max-w-md text-[13px] whitespace-pre-line ${i.state === "idle" ? "text-muted" : "text-bad"}`}>{i.reason}</span>}
      </div>
    ),
  },
  { accessorKey: "pid", header: "Process", meta: { numeric: true, secondary: true }, cell: ({ row }) => row.original.pid ?? "–" },
  {
    accessorKey: "rssBytes",
    header: "RSS",
    meta: { numeric: true },
    cell: ({ row }) => (row.original.rssBytes === null ? "–" : formatBytes(row.original.rssBytes)),
  },
  { accessorKey: "connections", header: "Connections", meta: { numeric: true, secondary: true }, cell: ({ row }) => row.original.connections ?? "–" },
  { accessorKey: "restarts", header: "Restarts", meta: { numeric: true } },
  { accessorKey: "since", header: "Since", meta: { numeric: true }, cell: ({ row }) => <Ago at={row.original.since} /> },
];

/** What each instance does, as its agent said last. */
export function InstancesTable({ instances }: { instances: Instance[] }) {
  return (
    <Card title="Instances" flush>
      <DataTable
        rows={instances}
        columns={columns}
        label="Instances"
        rowId={(i) => i.id}
        empty={<p className="px-4 py-8 text-center text-sm text-muted">None yet: the agent has not told of one.</p>}
      />
    </Card>
  );
}

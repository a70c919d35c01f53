"use client";
import type { ColumnDef } from "@tanstack/react-table";
import Link from "next/link";
import { useRouter } from "next/navigation";
import type { ReactNode } from "react";
import type { Outputs } from "../../../lib/api.ts";
import { formatCount, formatNs } from "../../../lib/format.ts";
import { StateBadge } from "../../../ui/badge.tsx";
import { DataTable } from "../../../ui/table.tsx";
import { Ago } from "../../../ui/time.tsx";
import { modeName } from "../../builds/helpers/build-name.ts";

export type Trace = Outputs["traces"]["get"];

const columns: ColumnDef<Trace>[] = [
  {
    id: "trace",
    header: "Trace",
    accessorFn: (t) => `${t.handlerName} v${t.versionNumber} ${modeName(t)}`,
    cell: ({ row: { original: t } }) => (
      <Link href={`/profiles/${t.id}`} className="font-medium whitespace-nowrap hover:underline">
        {t.handlerName} v{t.versionNumber} · {modeName(t)}
      </Link>
    ),
  },
  { accessorKey: "target", header: "Platform", meta: { secondary: true }, cell: ({ row }) => <span className="font-mono text-xs">{row.original.target}</span> },
  { accessorKey: "hostName", header: "Host", meta: { secondary: true } },
  { accessorKey: "state", header: "State", cell: ({ row }) => <StateBadge state={row.original.state} /> },
  {
    id: "total",
    header: "Start",
    accessorFn: (t) => t.summary?.totalNs ?? 0,
    meta: { numeric: true },
    cell: ({ row: { original: t } }) => (t.summary ? formatNs(t.summary.totalNs) : "–"),
  },
  {
    id: "samples",
    header: "Samples",
    accessorFn: (t) => t.summary?.samples ?? 0,
    meta: { numeric: true, secondary: true },
    cell: ({ row: { original: t } }) => (t.summary ? formatCount(t.summary.samples) : "–"),
  },
  { accessorKey: "createdBy", header: "By", meta: { secondary: true } },
  { accessorKey: "createdAt", header: "Asked", meta: { numeric: true }, cell: ({ row }) => <Ago at={row.original.createdAt} /> },
];

export function TracesTable({ rows, empty }: { rows: Trace[]; empty: ReactNode }) {
  const router = useRouter();
  return <DataTable rows={rows} columns={columns} label="Traces" rowId={(t) => t.id} onRowClick={(t) => router.push(`/profiles/${t.id}`)} empty={empty} />;
}

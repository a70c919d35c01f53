"use client";
import type { ColumnDef } from "@tanstack/react-table";
import Link from "next/link";
import { useRouter } from "next/navigation";
import type { ReactNode } from "react";
import type { Outputs } from "../../../lib/api.ts";
import { formatBytes } from "../../../lib/format.ts";
import { StateBadge } from "../../../ui/badge.tsx";
import { DataTable } from "../../../ui/table.tsx";
import { RegressionBadge } from "../../regressions/components/check-card.tsx";
import { Ago } from "../../../ui/time.tsx";

import { modeName } from "../helpers/build-name.ts";

export type BuildRow = Outputs["builds"]["list"]["builds"][number];

function took(row: BuildRow): number | null {
  return row.startedAt && row.finishedAt ? new Date(row.finishedAt).getTime() - new Date(row.startedAt).getTime() : null;
}

type Props = { rows: BuildRow[]; showHandler?: boolean; actions?: (row: BuildRow) => ReactNode; empty?: ReactNode };

export function BuildsTable({ rows, showHandler, actions, empty }: Props) {
  const router = useRouter();
  const columns: ColumnDef<BuildRow>[] = [
    ...(showHandler
      ? [
          {
            accessorKey: "handlerName",
            header: "Handler",
            cell: ({ row: { original: r } }: { row: { original: BuildRow } }) => (
              <Link href={`/handlers/${r.handlerId}`} className="font-medium hover:underline" onClick={(e) => e.stopPropagation()}>
                {r.handlerName}
              </Link>
            ),
          } satisfies ColumnDef<BuildRow>,
        ]
      : []),
    {
      id: "version",
      header: "Version",
      accessorFn: (r) => r.versionNumber,
      cell: ({ row: { original: r } }) => (
        <Link href={`/builds/${r.id}`} className="font-medium hover:underline">
          v{r.versionNumber}
        </Link>
      ),
    },
    { accessorKey: "target", header: "Platform", cell: ({ row }) => <span className="font-mono text-xs whitespace-nowrap">{row.original.target}</span> },
    { id: "mode", header: "Mode", accessorFn: modeName },
    {
      accessorKey: "state",
      header: "State",
      cell: ({ row: { original: r } }) => (
        <span title={r.error ?? undefined} className="flex flex-wrap gap-1">
          <StateBadge state={r.state} /> {r.check?.isRegression && <RegressionBadge />}
        </span>
      ),
    },
    {
      id: "size",
      header: "Size",
      accessorFn: (r) => r.artifact?.sizeBytes ?? 0,
      meta: { numeric: true },
      cell: ({ row: { original: r } }) => (r.artifact ? formatBytes(r.artifact.sizeBytes) : <span className="text-muted">–</span>),
    },
    {
      id: "took",
      header: "Took",
      accessorFn: (r) => took(r) ?? 0,
      meta: { numeric: true, secondary: true },
      cell: ({ row: { original: r } }) => {
        const ms = took(r);
        return ms === null ? "–" : ms < 1000 ? `${ms} ms` : `${(ms / 1000).toFixed(1)} s`;
      },
    },
    { accessorKey: "createdAt", header: "Started", meta: { secondary: true, numeric: true }, cell: ({ row }) => <Ago at={row.original.createdAt} /> },
    ...(actions
      ? [
          {
            id: "actions",
            header: () => <span className="sr-only">Actions</span>,
            enableSorting: false,
            meta: { numeric: true },
            cell: ({ row }: { row: { original: BuildRow } }) => (
              <div className="flex justify-end gap-2" onClick={(e) => e.stopPropagation()}>
                {actions(row.original)}
              </div>
            ),
          } satisfies ColumnDef<BuildRow>,
        ]
      : []),
  ];
  return (
    <DataTable
      rows={rows}
      columns={columns}
      label="Builds"
      onRowClick={(row) => router.push(`/builds/${row.id}`)}
      empty={rows.length === 0 ? empty : undefined}
    />
  );
}

"use client";
import type { ColumnDef } from "@tanstack/react-table";
import Link from "next/link";
import { formatBytes, formatCount, formatNs, formatPercent } from "../../../lib/format.ts";
import { DataTable } from "../../../ui/table.tsx";
import { Ago } from "../../../ui/time.tsx";
import { isForOtherRuntimes } from "../../builds/helpers/pipeline-types.ts";
import type { BuildFigures } from "./charts.tsx";
import { modeName } from "../../builds/helpers/build-name.ts";

const numeric = { numeric: true };

/** The builds of a view beside each other; sorts by any column. */
export function BuildFiguresTable({ builds, showHandler }: { builds: BuildFigures[]; showHandler: boolean }) {
  const columns: ColumnDef<BuildFigures>[] = [
    {
      id: "build",
      header: "Build",
      accessorFn: (b) => b.versionNumber,
      cell: ({ row: { original: b } }) => (
        <Link href={`/builds/${b.id}`} className="font-medium whitespace-nowrap hover:underline">
          {showHandler ? `${b.handlerName} ` : ""}v{b.versionNumber} · {modeName(b)}
        </Link>
      ),
    },
    {
      accessorKey: "target",
      header: "Platform",
      meta: { secondary: true },
      cell: ({ row }) => <span className="font-mono text-xs">{row.original.target}</span>,
    },
    { accessorKey: "count", header: "Starts", meta: numeric, cell: ({ row }) => formatCount(row.original.count) },
    { accessorKey: "p50", header: "p50", meta: numeric, cell: ({ row }) => formatNs(row.original.p50) },
    { accessorKey: "p95", header: "p95", meta: numeric, cell: ({ row }) => formatNs(row.original.p95) },
    { accessorKey: "rssP50", header: "RSS p50", meta: numeric, cell: ({ row }) => formatBytes(row.original.rssP50) },
    { accessorKey: "binaryBytes", header: "Binary", meta: numeric, cell: ({ row }) => formatBytes(row.original.binaryBytes) },
    {
      accessorKey: "firstRequestShare",
      header: "First request",
      meta: { numeric: true, secondary: true },
      cell: ({ row }) => (isForOtherRuntimes(row.original) ? "–" : formatPercent(row.original.firstRequestShare)),
    },
    { accessorKey: "createdAt", header: "Built", meta: { numeric: true, secondary: true }, cell: ({ row }) => <Ago at={row.original.createdAt} /> },
  ];
  return <DataTable rows={builds} columns={columns} label="Figures by build" rowId={(b) => b.id} />;
}

"use client";
import type { StartTrace } from "@zerostart/protocol";
import type { ColumnDef } from "@tanstack/react-table";
import { useMemo } from "react";
import { cn } from "../../../lib/cn.ts";
import { formatNs } from "../../../lib/format.ts";
import { DataTable } from "../../../ui/table.tsx";
import { compareFunctions, type ComparedFunction } from "../helpers/compare.ts";
import { kindColor, kindLabel } from "../helpers/kinds.ts";

/** The rest differs by less than can be told. */
const most = 100;
const signed = (ns: number) => `${ns > 0 ? "+" : ns < 0 ? "−" : ""}${formatNs(Math.abs(ns))}`;

/** What each function took itself, a start, in both traces. */
export function CompareTable({ before, after, search }: { before: StartTrace; after: StartTrace; search: string }) {
  const rows = useMemo(() => compareFunctions(before, after).slice(0, most), [before, after]);
  const columns: ColumnDef<ComparedFunction>[] = [
    { accessorKey: "name", header: "Function", cell: ({ row }) => <span className="font-mono text-xs break-all">{row.original.name}</span> },
    {
      accessorKey: "kind",
      header: "Kind",
      meta: { secondary: true },
      cell: ({ row: { original: f } }) => (
        <span className="inline-flex items-center gap-1.5 whitespace-nowrap">
          <span aria-hidden className="size-2.5 rounded-[3px]" style={{ background: kindColor(f.kind) }} />
          {kindLabel(f.kind)}
        </span>
      ),
    },
    { accessorKey: "beforeNs", header: "The other", meta: { numeric: true }, cell: ({ row }) => formatNs(row.original.beforeNs) },
    { accessorKey: "afterNs", header: "This", meta: { numeric: true }, cell: ({ row }) => formatNs(row.original.afterNs) },
    {
      id: "difference",
      accessorFn: (f) => Math.abs(f.differenceNs),
      header: "Difference",
      meta: { numeric: true },
      cell: ({ row: { original: f } }) => (
        <span className={cn(f.differenceNs > 0 ? "text-bad" : f.differenceNs < 0 && "text-good")}>{signed(f.differenceNs)}</span>
      ),
    },
  ];
  return <DataTable rows={rows} columns={columns} label="Functions of two traces" search={search} rowId={(f) => f.key} />;
}

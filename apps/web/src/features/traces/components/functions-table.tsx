"use client";
import { hotFunctions, type HotFunction, type StartTrace } from "@zerostart/protocol";
import type { ColumnDef } from "@tanstack/react-table";
import { useMemo, useState } from "react";
import { formatNs, formatPercent } from "../../../lib/format.ts";
import { Button } from "../../../ui/button.tsx";
import { DataTable } from "../../../ui/table.tsx";
import { nsPerSample } from "../helpers/compare.ts";
import { kindColor, kindLabel } from "../helpers/kinds.ts";

/** Functions shown at first. */
const most = 40;

type Row = HotFunction & { id: string };

/** Functions by the time that they took themselves; the flame graph for those who would rather read. */
export function FunctionsTable({ trace, search, onShow }: { trace: StartTrace; search: string; onShow: (name: string) => void }) {
  const rows = useMemo(() => hotFunctions(trace).map((f): Row => ({ ...f, id: `${f.kind} ${f.name} ${f.file ?? ""}` })), [trace]);
  const [all, setAll] = useState(false);
  const { total } = trace.samples;
  const unit = nsPerSample(trace);
  const share = (n: number) => (
    <>
      {formatPercent(total ? n / total : 0)} <span className="inline-block w-16 text-muted">{formatNs(n * unit)}</span>
    </>
  );
  const columns: ColumnDef<Row>[] = [
    {
      accessorKey: "name",
      header: "Function",
      cell: ({ row: { original: f } }) => (
        <button type="button" className="text-left font-mono text-xs break-all hover:underline" onClick={() => onShow(f.name)}>
          {f.name}
        </button>
      ),
    },
    {
      accessorKey: "kind",
      header: "Kind",
      cell: ({ row: { original: f } }) => (
        <span className="inline-flex items-center gap-1.5 whitespace-nowrap">
          <span aria-hidden className="size-2.5 rounded-[3px]" style={{ background: kindColor(f.kind) }} />
          {kindLabel(f.kind)}
        </span>
      ),
    },
    { accessorKey: "file", header: "File", meta: { secondary: true }, cell: ({ row }) => <span className="font-mono text-xs">{row.original.file ?? ""}</span> },
    { accessorKey: "selfSamples", header: "Self", meta: { numeric: true }, cell: ({ row }) => share(row.original.selfSamples) },
    { accessorKey: "totalSamples", header: "Total", meta: { numeric: true }, cell: ({ row }) => share(row.original.totalSamples) },
  ];
  const isCut = rows.length > most && !all && search === "";
  return (
    <>
      <DataTable rows={isCut ? rows.slice(0, most) : rows} columns={columns} label="Functions by time of their own" search={search} rowId={(f) => f.id} />
      {isCut && (
        <div className="flex justify-center border-t p-3">
          <Button size="sm" onClick={() => setAll(true)}>
            All {rows.length} functions
          </Button>
        </div>
      )}
    </>
  );
}

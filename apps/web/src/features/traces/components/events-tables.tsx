"use client";
import type { StartTrace } from "@zerostart/protocol";
import type { ColumnDef } from "@tanstack/react-table";
import { cn } from "../../../lib/cn.ts";
import { formatNs } from "../../../lib/format.ts";
import { Card } from "../../../ui/card.tsx";
import { DataTable } from "../../../ui/table.tsx";

type Call = StartTrace["syscalls"][number] & { id: string };
type Fault = StartTrace["faults"][number] & { id: string; byName: string };
type Props = { trace: StartTrace; selectedId: string | undefined; onSelect: (id: string) => void };

/** What the timeline draws, to be read and sorted. */
export function EventsTables({ trace, selectedId, onSelect }: Props) {
  const calls = trace.syscalls.map((call, i): Call => ({ ...call, id: `s${i}` }));
  const faults = trace.faults.map((fault, i): Fault => ({ ...fault, id: `f${i}`, byName: trace.frames[fault.by]?.name ?? "unknown" }));
  const at = (id: string, ns: number) => (
    <button type="button" className="tnum whitespace-nowrap hover:underline" aria-pressed={selectedId === id} onClick={() => onSelect(id)}>
      {formatNs(ns)}
    </button>
  );
  const callColumns: ColumnDef<Call>[] = [
    { accessorKey: "atNs", header: "At", cell: ({ row }) => at(row.original.id, row.original.atNs) },
    { accessorKey: "name", header: "Call", cell: ({ row }) => <span className="font-mono text-xs">{row.original.name}</span> },
    {
      accessorKey: "args",
      header: "Arguments",
      meta: { secondary: true },
      cell: ({ row }) => <span className="block min-w-40 font-mono text-xs break-words">{row.original.args}</span>,
    },
    {
      accessorKey: "result",
      header: "Result",
      cell: ({ row }) => <span className={cn("font-mono text-xs", row.original.failed && "text-bad")}>{row.original.result || "–"}</span>,
    },
    { accessorKey: "ns", header: "Took", meta: { numeric: true }, cell: ({ row }) => formatNs(row.original.ns) },
  ];
  const faultColumns: ColumnDef<Fault>[] = [
    { accessorKey: "atNs", header: "At", cell: ({ row }) => at(row.original.id, row.original.atNs) },
    { accessorKey: "segment", header: "Where" },
    {
      accessorKey: "address",
      header: "Address",
      meta: { secondary: true },
      cell: ({ row }) => <span className="font-mono text-xs">0x{row.original.address}</span>,
    },
    { accessorKey: "byName", header: "Touched by", cell: ({ row }) => <span className="font-mono text-xs break-all">{row.original.byName}</span> },
  ];
  const select = (row: { id: string }) => onSelect(row.id);
  return (
    <div className="grid gap-4 2xl:grid-cols-2">
      <Card title="System calls" note={`${calls.length}, under ptrace; without the tracer's pauses`} flush>
        <div className="max-h-112 overflow-y-auto">
          <DataTable rows={calls} columns={callColumns} label="System calls" rowId={(c) => c.id} selectedId={selectedId} onRowClick={select} empty={<None />} />
        </div>
      </Card>
      <Card title="Page faults" note={`${faults.length}, of one start that was only watched`} flush>
        <div className="max-h-112 overflow-y-auto">
          <DataTable
            rows={faults}
            columns={faultColumns}
            label="Page faults"
            rowId={(f) => f.id}
            selectedId={selectedId}
            onRowClick={select}
            empty={<None />}
          />
        </div>
      </Card>
    </div>
  );
}

const None = () => <p className="px-4 py-8 text-center text-sm text-muted">None was recorded.</p>;

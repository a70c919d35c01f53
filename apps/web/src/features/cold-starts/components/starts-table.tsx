"use client";
import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import type { ColumnDef } from "@tanstack/react-table";
import { useTRPC } from "../../../lib/api.ts";
import { formatBytes, formatNs } from "../../../lib/format.ts";
import { Button } from "../../../ui/button.tsx";
import { Card } from "../../../ui/card.tsx";
import { ErrorNote, TableSkeleton } from "../../../ui/feedback.tsx";
import { DataTable } from "../../../ui/table.tsx";
import { At } from "../../../ui/time.tsx";
import { isOtherRuntime, type SampleFilterInput } from "../helpers/filter.ts";
import type { Sample } from "./phases.tsx";

const pageLength = 25;
const numeric = { numeric: true };
const secondary = { numeric: true, secondary: true };
const bytes = (value: number | null) => (value === null ? "–" : formatBytes(value));

/** Every start that passes the filter, newest first, a page at a time. */
export function StartsTable({ filter, selectedId, onSelect }: { filter: SampleFilterInput; selectedId: string | undefined; onSelect: (id: string) => void }) {
  const trpc = useTRPC();
  const { data, error, hasNextPage, fetchNextPage, isFetchingNextPage } = useInfiniteQuery(
    trpc.coldStarts.list.infiniteQueryOptions(
      { ...filter, limit: pageLength },
      { getNextPageParam: (page) => page.nextCursor, placeholderData: keepPreviousData },
    ),
  );
  const columns: ColumnDef<Sample>[] = [
    {
      accessorKey: "startedAtMs",
      header: "Started",
      cell: ({ row: { original: s } }) => (
        <button
          type="button"
          className="tnum whitespace-nowrap hover:underline"
          aria-pressed={selectedId === s.id}
          onClick={(e) => {
            e.stopPropagation();
            onSelect(s.id);
          }}
        >
          <At at={s.startedAtMs} />
        </button>
      ),
    },
    { accessorKey: "mode", header: "Mode" },
    { accessorKey: "kind", header: "Kind", meta: { secondary: true } },
    { accessorKey: "totalNs", header: "Total", meta: numeric, cell: ({ row }) => formatNs(row.original.totalNs) },
    {
      id: "first",
      header: "First request",
      accessorFn: (s) => s.phases.find((p) => p.phase === "first_request")?.ns ?? 0,
      meta: secondary,
      cell: ({ getValue, row }) => (isOtherRuntime(row.original.executor) ? "–" : formatNs(getValue<number>())),
    },
    { accessorKey: "rssBytes", header: "RSS", meta: numeric, cell: ({ row }) => formatBytes(row.original.rssBytes) },
    { accessorKey: "pssBytes", header: "PSS", meta: secondary, cell: ({ row }) => bytes(row.original.pssBytes) },
    { accessorKey: "minorFaults", header: "Faults", meta: secondary, cell: ({ row }) => row.original.minorFaults ?? "–" },
    {
      accessorKey: "target",
      header: "Platform",
      meta: { secondary: true },
      cell: ({ row }) => <span className="font-mono text-xs">{row.original.target}</span>,
    },
  ];
  const rows = data?.pages.flatMap((page) => page.samples) ?? [];
  return (
    <Card title="All starts" note="Newest first; choose one to see its phases above" flush>
      {error ? (
        <div className="p-4">
          <ErrorNote title="The starts cannot be listed" error={error} />
        </div>
      ) : !data ? (
        <TableSkeleton />
      ) : (
        <DataTable rows={rows} columns={columns} label="All starts" rowId={(s) => s.id} selectedId={selectedId} onRowClick={(s) => onSelect(s.id)} />
      )}
      {hasNextPage && (
        <div className="flex justify-center border-t p-3">
          <Button size="sm" busy={isFetchingNextPage} onClick={() => void fetchNextPage()}>
            Older starts
          </Button>
        </div>
      )}
    </Card>
  );
}

"use client";
import { useInfiniteQuery } from "@tanstack/react-query";
import type { ColumnDef } from "@tanstack/react-table";
import { useTRPC, type Outputs } from "../../../lib/api.ts";
import { Badge } from "../../../ui/badge.tsx";
import { Button } from "../../../ui/button.tsx";
import { Card } from "../../../ui/card.tsx";
import { Empty, ErrorNote, TableSkeleton } from "../../../ui/feedback.tsx";
import { DataTable } from "../../../ui/table.tsx";
import { Ago } from "../../../ui/time.tsx";

type Event = Outputs["settings"]["auditLog"]["events"][number];

const columns: ColumnDef<Event>[] = [
  { accessorKey: "at", header: "When", cell: ({ row }) => <Ago at={row.original.at} /> },
  {
    accessorKey: "actorName",
    header: "Who",
    cell: ({ row: { original: e } }) => (
      <span>
        {e.actorName} {e.actorKind !== "person" && <Badge>{e.actorKind}</Badge>}
      </span>
    ),
  },
  { accessorKey: "action", header: "Did", cell: ({ row }) => <code className="font-mono text-xs">{row.original.action}</code> },
  {
    accessorKey: "targetName",
    header: "To",
    cell: ({ row: { original: e } }) => (
      <span>
        <span className="text-muted">{e.targetKind}</span> {e.targetName}
      </span>
    ),
  },
  {
    id: "detail",
    header: "With",
    enableSorting: false,
    meta: { secondary: true },
    cell: ({ row }) => (
      <span className="text-[13px] text-muted">
        {Object.entries(row.original.detail)
          .filter(([, v]) => v !== null)
          .map(([k, v]) => `${k} ${String(v)}`)
          .join(", ")}
      </span>
    ),
  },
];

export function AuditTab() {
  const trpc = useTRPC();
  const { data, error, fetchNextPage, hasNextPage, isFetchingNextPage } = useInfiniteQuery(
    trpc.settings.auditLog.infiniteQueryOptions({ limit: 50 }, { getNextPageParam: (page) => page.nextCursor ?? undefined }),
  );
  if (error) return <ErrorNote title="The audit log cannot be shown" error={error} />;
  const events = data?.pages.flatMap((p) => p.events) ?? [];
  return (
    <Card flush>
      {!data ? (
        <TableSkeleton />
      ) : (
        <DataTable rows={events} columns={columns} label="Audit log" empty={events.length === 0 ? <Empty title="Nothing has been changed yet" /> : undefined} />
      )}
      {hasNextPage && (
        <div className="border-t p-3 text-center">
          <Button size="sm" busy={isFetchingNextPage} onClick={() => void fetchNextPage()}>
            Older
          </Button>
        </div>
      )}
    </Card>
  );
}

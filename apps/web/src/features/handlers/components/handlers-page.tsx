"use client";
import { useQuery } from "@tanstack/react-query";
import type { ColumnDef } from "@tanstack/react-table";
import { Box, Plus } from "lucide-react";
import Link from "next/link";
import { useRouter } from "next/navigation";
import { useMemo, useState } from "react";
import { useTRPC, type Outputs } from "../../../lib/api.ts";
import { formatBytes, formatNs, formatStarts } from "../../../lib/format.ts";
import { Badge, StateBadge } from "../../../ui/badge.tsx";
import { Button } from "../../../ui/button.tsx";
import { Card } from "../../../ui/card.tsx";
import { Empty, ErrorNote, TableSkeleton } from "../../../ui/feedback.tsx";
import { PageHeader } from "../../../ui/page.tsx";
import { SearchInput } from "../../../ui/search-input.tsx";
import { DataTable } from "../../../ui/table.tsx";
import { Ago } from "../../../ui/time.tsx";
import { useCan } from "../../shell/helpers/session.ts";

type Row = Outputs["handlers"]["list"][number];

const worst = ["unhealthy", "backoff", "starting", "healthy", "idle", "stopped"];

function LiveState({ row }: { row: Row }) {
  if (row.deployments.length === 0) return <span className="text-muted">not deployed</span>;
  const states = row.deployments.flatMap((d) => d.instanceStates);
  const state = worst.find((s) => states.includes(s));
  const hosts = [...new Set(row.deployments.map((d) => d.hostName))].join(", ");
  return (
    <span className="inline-flex items-center gap-2">
      {state ? <StateBadge state={state} /> : <Badge>waiting</Badge>}
      <span className="text-muted" title={hosts}>
        {row.deployments.length > 3 ? `${row.deployments.length} hosts` : hosts}
      </span>
    </span>
  );
}

const columns: ColumnDef<Row>[] = [
  {
    accessorKey: "name",
    header: "Name",
    cell: ({ row }) => (
      <Link href={`/handlers/${row.original.id}`} className="block max-w-44 truncate font-medium hover:underline sm:max-w-96" title={row.original.name}>
        {row.original.name}
      </Link>
    ),
  },
  {
    id: "state",
    header: "Deployed",
    accessorFn: (row) => row.deployments.length,
    enableGlobalFilter: false,
    cell: ({ row }) => <LiveState row={row.original} />,
  },
  {
    id: "coldStart",
    header: "Cold start p50, 7 d",
    accessorFn: (row) => row.coldStart?.p50Ns ?? Infinity,
    enableGlobalFilter: false,
    meta: { numeric: true },
    cell: ({ row: { original: r } }) =>
      r.coldStart ? (
        <span title={`${formatStarts(r.coldStart.count)}, ${r.coldStart.executor}`}>
          {formatNs(r.coldStart.p50Ns)}
          {r.coldStart.executor === "native" ? "" : ` (${r.coldStart.executor})`}
        </span>
      ) : (
        <span className="text-muted">–</span>
      ),
  },
  {
    id: "version",
    header: "Version",
    accessorFn: (row) => row.version?.number ?? 0,
    enableGlobalFilter: false,
    meta: { numeric: true, secondary: true },
    cell: ({ row: { original: r } }) => (r.version ? `v${r.version.number}` : "–"),
  },
  {
    id: "source",
    header: "Source",
    accessorFn: (row) => row.version?.sourceBytes ?? 0,
    enableGlobalFilter: false,
    meta: { numeric: true, secondary: true },
    cell: ({ row: { original: r } }) => (r.version ? formatBytes(r.version.sourceBytes) : "–"),
  },
  {
    accessorKey: "updatedAt",
    header: "Changed",
    enableGlobalFilter: false,
    meta: { secondary: true, numeric: true },
    cell: ({ row }) => <Ago at={row.original.updatedAt} />,
  },
];

export function HandlersPage() {
  const trpc = useTRPC();
  const router = useRouter();
  const canCreate = useCan("deployer");
  const [search, setSearch] = useState("");
  const { data, error } = useQuery(trpc.handlers.list.queryOptions());
  const rows = useMemo(() => data ?? [], [data]);
  const newButton = canCreate && (
    <Button asChild variant="primary">
      <Link href="/handlers/new">
        <Plus /> New handler
      </Link>
    </Button>
  );
  return (
    <>
      <PageHeader title="Handlers" actions={rows.length > 0 ? newButton : null} />
      {error ? (
        <ErrorNote title="Handlers cannot be listed" error={error} />
      ) : (
        <Card
          flush
          {...(rows.length > 5
            ? {
                title: `${rows.length} handlers`,
                actions: <SearchInput label="Filter handlers" value={search} onChange={setSearch} />,
              }
            : {})}
        >
          {!data ? (
            <TableSkeleton />
          ) : (
            <DataTable
              rows={rows}
              columns={columns}
              label="Handlers"
              search={search}
              onRowClick={(row) => router.push(`/handlers/${row.id}`)}
              {...(rows.length === 0
                ? {
                    empty: (
                      <Empty icon={<Box />} title="No handlers yet" action={newButton}>
                        A handler is a function from a request to a response. Drop a file or type one; it becomes a static binary that starts in well under a
                        millisecond.
                      </Empty>
                    ),
                  }
                : {})}
            />
          )}
        </Card>
      )}
    </>
  );
}

"use client";
import { useInfiniteQuery } from "@tanstack/react-query";
import type { ColumnDef } from "@tanstack/react-table";
import { FlaskConical } from "lucide-react";
import Link from "next/link";
import { useRouter } from "next/navigation";
import { useTRPC, type Outputs } from "../../../lib/api.ts";
import { StateBadge } from "../../../ui/badge.tsx";
import { Button } from "../../../ui/button.tsx";
import { Card } from "../../../ui/card.tsx";
import { Empty, ErrorNote, TableSkeleton } from "../../../ui/feedback.tsx";
import { PageHeader } from "../../../ui/page.tsx";
import { DataTable } from "../../../ui/table.tsx";
import { Ago } from "../../../ui/time.tsx";
import { useCan } from "../../shell/helpers/session.ts";

type Row = Outputs["experiments"]["list"]["experiments"][number];

const columns: ColumnDef<Row>[] = [
  {
    accessorKey: "name",
    header: "Experiment",
    cell: ({ row: { original: e } }) => (
      <Link href={`/experiments/${e.id}`} className="font-medium hover:underline">
        {e.name}
      </Link>
    ),
  },
  { accessorKey: "handlerName", header: "Handler" },
  { id: "variants", header: "Variants", accessorFn: (e) => e.variants.length, meta: { numeric: true } },
  { accessorKey: "runs", header: "Runs each", meta: { numeric: true, secondary: true } },
  { accessorKey: "hostCount", header: "Hosts", meta: { numeric: true, secondary: true } },
  { accessorKey: "state", header: "State", cell: ({ row }) => <StateBadge state={row.original.state} /> },
  { accessorKey: "createdBy", header: "By", meta: { secondary: true } },
  { accessorKey: "createdAt", header: "Asked", meta: { numeric: true }, cell: ({ row }) => <Ago at={row.original.createdAt} /> },
];

export function ExperimentsPage() {
  const trpc = useTRPC();
  const router = useRouter();
  const canCreate = useCan("deployer");
  const { data, error, hasNextPage, fetchNextPage, isFetchingNextPage } = useInfiniteQuery(
    trpc.experiments.list.infiniteQueryOptions({}, { getNextPageParam: (page) => page.nextCursor }),
  );
  const rows = data?.pages.flatMap((page) => page.experiments) ?? [];
  const add = canCreate && (
    <Button asChild variant="primary">
      <Link href="/experiments/new">
        <FlaskConical /> New experiment
      </Link>
    </Button>
  );
  return (
    <>
      <PageHeader title="Experiments" actions={rows.length > 0 && add}>
        What each launch mode, platform or setting buys, and how other runtimes compare: measured in turns, warmed up, with honest statistics.
      </PageHeader>
      {error ? (
        <ErrorNote title="Experiments cannot be listed" error={error} />
      ) : (
        <Card flush>
          {!data ? (
            <TableSkeleton />
          ) : (
            <DataTable
              rows={rows}
              columns={columns}
              label="Experiments"
              onRowClick={(e) => router.push(`/experiments/${e.id}`)}
              empty={
                rows.length === 0 && (
                  <Empty icon={<FlaskConical />} title="No experiment yet" action={add}>
                    Choose a handler and the variants to compare, for example snapshot against embedded. Builds that are missing are made, every variant is
                    started in turns, and the answer says whether the difference is more than noise.
                  </Empty>
                )
              }
            />
          )}
        </Card>
      )}
      {hasNextPage && (
        <div className="mt-4 flex justify-center">
          <Button busy={isFetchingNextPage} onClick={() => void fetchNextPage()}>
            Older experiments
          </Button>
        </div>
      )}
    </>
  );
}

"use client";
import { useInfiniteQuery } from "@tanstack/react-query";
import { Flame } from "lucide-react";
import type { ReactNode } from "react";
import { useTRPC } from "../../../lib/api.ts";
import { Button } from "../../../ui/button.tsx";
import { Card } from "../../../ui/card.tsx";
import { Empty, ErrorNote, TableSkeleton } from "../../../ui/feedback.tsx";
import { TracesTable } from "./traces-table.tsx";

const going = new Set(["queued", "running"]);

/** Traces, newest first, a page at a time. */
export function TracesList({ handlerId, buildId, action }: { handlerId?: string | undefined; buildId?: string | undefined; action: ReactNode }) {
  const trpc = useTRPC();
  const { data, error, hasNextPage, fetchNextPage, isFetchingNextPage } = useInfiniteQuery(
    trpc.traces.list.infiniteQueryOptions(
      { ...(handlerId ? { handlerId } : {}), ...(buildId ? { buildId } : {}) },
      {
        getNextPageParam: (page) => page.nextCursor,
        refetchInterval: ({ state }) => (state.data?.pages.some((page) => page.traces.some((t) => going.has(t.state))) ? 2_000 : false),
      },
    ),
  );
  if (error) return <ErrorNote title="Traces cannot be listed" error={error} />;
  const rows = data?.pages.flatMap((page) => page.traces) ?? [];
  return (
    <>
      <Card flush>
        {!data ? (
          <TableSkeleton />
        ) : (
          <TracesTable
            rows={rows}
            empty={
              rows.length === 0 && (
                <Empty icon={<Flame />} title="No start was traced yet" action={action}>
                  A trace shows what a start is made of: a flame graph down to your own functions, and system calls, page faults and phases on one time axis.
                  The host makes it in a few seconds, of a build that is there already.
                </Empty>
              )
            }
          />
        )}
      </Card>
      {hasNextPage && (
        <div className="mt-4 flex justify-center">
          <Button busy={isFetchingNextPage} onClick={() => void fetchNextPage()}>
            Older traces
          </Button>
        </div>
      )}
    </>
  );
}

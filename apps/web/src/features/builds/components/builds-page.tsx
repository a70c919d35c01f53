"use client";
import { launchModes, targets } from "@zerostart/protocol";
import { keepPreviousData, useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { Hammer } from "lucide-react";
import Link from "next/link";
import { useQueryStates } from "nuqs";
import { useTRPC } from "../../../lib/api.ts";
import { Button } from "../../../ui/button.tsx";
import { Card } from "../../../ui/card.tsx";
import { Empty, ErrorNote, TableSkeleton } from "../../../ui/feedback.tsx";
import { FilterSelect } from "../../../ui/filter-select.tsx";
import { PageHeader } from "../../../ui/page.tsx";
import { buildsFilterOf, buildsFilterParsers } from "../helpers/filter.ts";
import { buildStates } from "../helpers/pipeline-types.ts";
import { LiveBuilds } from "./build-logs.tsx";
import { BuildsTable } from "./builds-table.tsx";

const none = { handlerId: null, state: null, target: null, mode: null };

/** Every build of the project, newest first; those that go on now with their logs. The filter is in the URL. */
export function BuildsPage() {
  const trpc = useTRPC();
  const [filter, setFilter] = useQueryStates(buildsFilterParsers, { history: "replace" });
  const { data: handlers } = useQuery(trpc.handlers.list.queryOptions());
  const input = buildsFilterOf(filter);
  const { data, error, hasNextPage, fetchNextPage, isFetchingNextPage } = useInfiniteQuery(
    trpc.builds.list.infiniteQueryOptions(input, { getNextPageParam: (page) => page.nextCursor, placeholderData: keepPreviousData }),
  );
  const rows = data?.pages.flatMap((page) => page.builds) ?? [];
  const going = rows.filter((b) => b.state === "queued" || b.state === "running");
  const isFiltered = Object.keys(input).length > 0;
  return (
    <>
      <PageHeader title="Builds">One binary for each platform and launch mode, newest first.</PageHeader>
      <div className="flex flex-col gap-4">
        <div className="grid grid-cols-2 gap-2 rounded-lg border bg-surface p-3 sm:grid-cols-4" role="group" aria-label="Filters">
          <FilterSelect
            label="Handler"
            all="all"
            value={filter.handlerId}
            choices={(handlers ?? []).map((h) => ({ value: h.id, label: h.name }))}
            onChange={(handlerId) => void setFilter({ handlerId })}
          />
          <FilterSelect
            label="State"
            all="all"
            value={filter.state}
            choices={buildStates.map((s) => ({ value: s, label: s }))}
            onChange={(state) => void setFilter({ state: state as (typeof buildStates)[number] | null })}
          />
          <FilterSelect
            label="Platform"
            all="all"
            value={filter.target}
            choices={targets.map((t) => ({ value: t.triple, label: t.triple }))}
            onChange={(target) => void setFilter({ target })}
          />
          <FilterSelect
            label="Launch mode"
            all="all"
            value={filter.mode}
            choices={[
              ...launchModes.map((m) => ({ value: m.name as string, label: m.name as string })),
              { value: "module", label: "module (Node, Deno, Bun)" },
            ]}
            onChange={(mode) => void setFilter({ mode })}
          />
        </div>
        {error && <ErrorNote title="Builds cannot be listed" error={error} />}
        {going.length > 0 && <LiveBuilds builds={going.slice(0, 6)} />}
        {!error && (
          <Card flush>
            {!data ? (
              <TableSkeleton />
            ) : (
              <BuildsTable
                rows={rows}
                showHandler
                empty={
                  <Empty
                    icon={<Hammer />}
                    title={isFiltered ? "No build passes this filter" : "Nothing has been built yet"}
                    action={
                      isFiltered ? (
                        <Button onClick={() => void setFilter(none)}>Reset filters</Button>
                      ) : (
                        <Button asChild>
                          <Link href="/">Handlers</Link>
                        </Button>
                      )
                    }
                  >
                    {isFiltered ? "Choose other values, or reset the filters." : "Open a handler and press Build: choose its platforms and launch modes there."}
                  </Empty>
                }
              />
            )}
          </Card>
        )}
        {hasNextPage && (
          <Button className="self-center" busy={isFetchingNextPage} onClick={() => void fetchNextPage()}>
            Older builds
          </Button>
        )}
      </div>
    </>
  );
}

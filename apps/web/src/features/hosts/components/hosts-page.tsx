"use client";
import { keepPreviousData, useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { Server } from "lucide-react";
import Link from "next/link";
import { parseAsString, useQueryStates } from "nuqs";
import { useEffect, useState } from "react";
import { useTRPC } from "../../../lib/api.ts";
import { Button } from "../../../ui/button.tsx";
import { Card } from "../../../ui/card.tsx";
import { Empty, ErrorNote, TableSkeleton } from "../../../ui/feedback.tsx";
import { PageHeader } from "../../../ui/page.tsx";
import { SearchInput } from "../../../ui/search-input.tsx";
import { useCan } from "../../shell/helpers/session.ts";
import { hostsTableOf, hostsTableParsers } from "../helpers/table.ts";
import { HostCard } from "./host-card.tsx";
import { HostsTable } from "./hosts-table.tsx";

/** So many are shown whole, side by side; more as a table. */
const maxCards = 6;
const typingMs = 200;

/** `value` when it has been the same for a moment. */
function useSettled(value: string): string {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), typingMs);
    return () => clearTimeout(timer);
  }, [value]);
  return settled;
}

export function HostsPage() {
  const trpc = useTRPC();
  const isAdmin = useCan("admin");
  const [state, setState] = useQueryStates({ host: parseAsString, ...hostsTableParsers }, { history: "replace" });
  const { host: hostId, search, sort, descending } = state;
  // What is typed is asked for when the typist has paused.
  const asked = { ...hostsTableOf(state), search: useSettled(search) };
  const { data, error, hasNextPage, fetchNextPage, isFetchingNextPage } = useInfiniteQuery(
    trpc.hosts.page.infiniteQueryOptions(asked, {
      getNextPageParam: (page) => page.nextCursor,
      placeholderData: keepPreviousData,
      refetchInterval: 10_000,
    }),
  );
  const first = data?.pages[0];
  const hosts = data?.pages.flatMap((page) => page.hosts) ?? [];
  const shown = hosts.find((host) => host.id === hostId);
  const { data: elsewhere } = useQuery(
    trpc.hosts.get.queryOptions({ hostId: hostId ?? "" }, { enabled: hostId !== null && data !== undefined && !shown, retry: false }),
  );
  const chosen = shown ?? (hostId === null ? undefined : elsewhere);
  const add = isAdmin && (
    <Button asChild variant={first?.total ? "secondary" : "primary"}>
      <Link href="/settings?tab=agents">Add a host</Link>
    </Button>
  );
  return (
    <>
      <PageHeader title="Hosts" actions={first && first.total > 0 ? add : null}>
        Machines whose agents have joined this project.
      </PageHeader>
      {error ? (
        <ErrorNote title="Hosts cannot be listed" error={error} />
      ) : !first ? (
        <Card flush>
          <TableSkeleton />
        </Card>
      ) : first.total === 0 ? (
        <Card flush>
          <Empty icon={<Server />} title="No host has joined yet" action={add}>
            An agent on each host fetches builds, runs them and measures every start. It only calls out: no port has to be opened for it.
          </Empty>
        </Card>
      ) : first.total <= maxCards && search === "" ? (
        <div className="grid gap-4 lg:grid-cols-2">
          {hosts.map((host) => (
            <HostCard key={host.id} host={host} />
          ))}
        </div>
      ) : (
        <div className="flex flex-col gap-4">
          {chosen && <HostCard host={chosen} />}
          <Card
            title={`${first.total} hosts`}
            note={first.offline === 0 ? "all online" : `${first.offline} offline`}
            actions={<SearchInput label="Filter hosts" value={search} onChange={(value) => void setState({ search: value || null })} />}
            flush
          >
            <HostsTable
              hosts={hosts}
              sorting={{ sort, descending }}
              onSort={(by) => void setState(by ?? { sort: null, descending: null })}
              total={first.matching}
              search={search}
              more={hasNextPage ? () => void fetchNextPage() : undefined}
              isLoading={isFetchingNextPage}
              selectedId={hostId ?? undefined}
              onSelect={(id) => void setState({ host: id === hostId ? null : id })}
            />
          </Card>
        </div>
      )}
    </>
  );
}

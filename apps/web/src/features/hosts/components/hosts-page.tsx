"use client";
import { useQuery } from "@tanstack/react-query";
import { Server } from "lucide-react";
import Link from "next/link";
import { parseAsString, useQueryStates } from "nuqs";
import { useTRPC } from "../../../lib/api.ts";
import { Button } from "../../../ui/button.tsx";
import { Card } from "../../../ui/card.tsx";
import { Empty, ErrorNote, TableSkeleton } from "../../../ui/feedback.tsx";
import { PageHeader } from "../../../ui/page.tsx";
import { SearchInput } from "../../../ui/search-input.tsx";
import { useCan } from "../../shell/helpers/session.ts";
import { HostCard } from "./host-card.tsx";
import { HostsTable } from "./hosts-table.tsx";

/** So many are shown whole, side by side; more as a table. */
const maxCards = 6;

export function HostsPage() {
  const trpc = useTRPC();
  const isAdmin = useCan("admin");
  const [{ host: hostId, search }, setState] = useQueryStates({ host: parseAsString, search: parseAsString.withDefault("") }, { history: "replace" });
  const { data, error } = useQuery(trpc.hosts.list.queryOptions(undefined, { refetchInterval: 10_000 }));
  const add = isAdmin && (
    <Button asChild variant={data?.length ? "secondary" : "primary"}>
      <Link href="/settings?tab=agents">Add a host</Link>
    </Button>
  );
  const chosen = data?.find((h) => h.id === hostId);
  const offline = data?.filter((h) => !h.online).length ?? 0;
  return (
    <>
      <PageHeader title="Hosts" actions={data && data.length > 0 ? add : null}>
        Machines whose agents have joined this project.
      </PageHeader>
      {error ? (
        <ErrorNote title="Hosts cannot be listed" error={error} />
      ) : !data ? (
        <Card flush>
          <TableSkeleton />
        </Card>
      ) : data.length === 0 ? (
        <Card flush>
          <Empty icon={<Server />} title="No host has joined yet" action={add}>
            An agent on each host fetches builds, runs them and measures every start. It only calls out: no port has to be opened for it.
          </Empty>
        </Card>
      ) : data.length <= maxCards ? (
        <div className="grid gap-4 lg:grid-cols-2">
          {data.map((host) => (
            <HostCard key={host.id} host={host} />
          ))}
        </div>
      ) : (
        <div className="flex flex-col gap-4">
          {chosen && <HostCard host={chosen} />}
          <Card
            title={`${data.length} hosts`}
            note={offline === 0 ? "all online" : `${offline} offline`}
            actions={<SearchInput label="Filter hosts" value={search} onChange={(value) => void setState({ search: value || null })} />}
            flush
          >
            <HostsTable hosts={data} search={search} selectedId={hostId ?? undefined} onSelect={(id) => void setState({ host: id === hostId ? null : id })} />
          </Card>
        </div>
      )}
    </>
  );
}

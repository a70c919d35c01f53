import type { Metadata } from "next";
import { createLoader, type SearchParams } from "nuqs/server";
import { HostsPage } from "../../../features/hosts/components/hosts-page.tsx";
import { hostsTableOf, hostsTableParsers } from "../../../features/hosts/helpers/table.ts";
import { FirstData, firstPage } from "../../../lib/first-data.tsx";

const loadTable = createLoader(hostsTableParsers);

export const metadata: Metadata = { title: "Hosts" };
export default async function Page({ searchParams }: { searchParams: Promise<SearchParams> }) {
  const table = hostsTableOf(loadTable(await searchParams));
  return (
    <FirstData of={({ trpc, want }) => want(trpc.hosts.page.infiniteQueryOptions(table, firstPage))}>
      <HostsPage />
    </FirstData>
  );
}

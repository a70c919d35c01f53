import type { Metadata } from "next";
import { BuildsPage } from "../../../features/builds/components/builds-page.tsx";
import { createLoader, type SearchParams } from "nuqs/server";
import { buildsFilterOf, buildsFilterParsers } from "../../../features/builds/helpers/filter.ts";
import { FirstData, firstPage } from "../../../lib/first-data.tsx";

const loadBuildsFilter = createLoader(buildsFilterParsers);

export const metadata: Metadata = { title: "Builds" };
export default async function Page({ searchParams }: { searchParams: Promise<SearchParams> }) {
  const search = await searchParams;
  return (
    <FirstData
      of={({ trpc, want }) => {
        want(trpc.builds.list.infiniteQueryOptions(buildsFilterOf(loadBuildsFilter(search)), firstPage));
        want(trpc.handlers.list.queryOptions());
      }}
    >
      <BuildsPage />
    </FirstData>
  );
}

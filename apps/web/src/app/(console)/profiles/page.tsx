import type { Metadata } from "next";
import { ProfilesPage } from "../../../features/traces/components/profiles-page.tsx";
import type { SearchParams } from "nuqs/server";
import { FirstData, firstPage } from "../../../lib/first-data.tsx";

export const metadata: Metadata = { title: "Profiles" };
export default async function Page({ searchParams }: { searchParams: Promise<SearchParams> }) {
  const search = await searchParams;
  return (
    <FirstData
      of={({ trpc, want }) => {
        const { handlerId, buildId } = search;
        want(
          trpc.traces.list.infiniteQueryOptions(
            {
              ...(typeof handlerId === "string" ? { handlerId } : {}),
              ...(typeof buildId === "string" ? { buildId } : {}),
            },
            firstPage,
          ),
        );
        want(trpc.handlers.list.queryOptions());
      }}
    >
      <ProfilesPage />
    </FirstData>
  );
}

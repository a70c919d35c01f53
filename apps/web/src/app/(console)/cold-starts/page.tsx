import type { Metadata } from "next";
import { ColdStartsPage } from "../../../features/cold-starts/components/cold-starts-page.tsx";
import type { SearchParams } from "nuqs/server";
import { wantColdStarts } from "../../../features/cold-starts/helpers/first-data.ts";
import { FirstData } from "../../../lib/first-data.tsx";

export const metadata: Metadata = { title: "Cold starts" };
export default async function Page({ searchParams }: { searchParams: Promise<SearchParams> }) {
  const search = await searchParams;
  const handlerId = typeof search["handlerId"] === "string" ? search["handlerId"] : undefined;
  return (
    <FirstData
      of={async (ask) => {
        ask.want(ask.trpc.handlers.list.queryOptions());
        await wantColdStarts(ask, search, handlerId);
      }}
    >
      <ColdStartsPage />
    </FirstData>
  );
}

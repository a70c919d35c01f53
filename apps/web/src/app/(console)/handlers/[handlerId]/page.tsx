import { HandlerPage } from "../../../../features/handlers/components/handler-page.tsx";
import type { SearchParams } from "nuqs/server";
import { wantColdStarts } from "../../../../features/cold-starts/helpers/first-data.ts";
import { FirstData, firstPage } from "../../../../lib/first-data.tsx";

export default async function Page({ params, searchParams }: { params: Promise<{ handlerId: string }>; searchParams: Promise<SearchParams> }) {
  const { handlerId } = await params;
  const search = await searchParams;
  return (
    <FirstData
      of={async (ask) => {
        const { trpc, want } = ask;
        want(trpc.handlers.get.queryOptions({ handlerId }));
        want(trpc.handlers.list.queryOptions());
        want(trpc.deployments.list.queryOptions({ handlerId, activeOnly: true }));
        const { tab = "builds" } = search;
        if (tab === "builds") want(trpc.builds.list.queryOptions({ handlerId, limit: 100 }));
        else if (tab === "deployments") want(trpc.deployments.list.queryOptions({ handlerId }));
        else if (tab === "variables") want(trpc.variables.list.queryOptions({ handlerId }));
        else if (tab === "profiles") want(trpc.traces.list.infiniteQueryOptions({ handlerId }, firstPage));
        else if (tab === "cold-starts") await wantColdStarts(ask, search, handlerId);
      }}
    >
      <HandlerPage handlerId={handlerId} />
    </FirstData>
  );
}

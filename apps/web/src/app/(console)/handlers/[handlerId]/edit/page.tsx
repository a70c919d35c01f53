import { EditHandlerPage } from "../../../../../features/handlers/components/edit-handler-page.tsx";
import type { Outputs } from "../../../../../lib/api.ts";
import { FirstData } from "../../../../../lib/first-data.tsx";

export default async function Page({ params }: { params: Promise<{ handlerId: string }> }) {
  const { handlerId } = await params;
  return (
    <FirstData
      of={async ({ trpc, want, get }) => {
        const { versions } = await get<Outputs["handlers"]["get"]>(trpc.handlers.get.queryOptions({ handlerId }));
        if (versions[0]) want(trpc.handlers.source.queryOptions({ versionId: versions[0].id }));
      }}
    >
      <EditHandlerPage handlerId={handlerId} />
    </FirstData>
  );
}

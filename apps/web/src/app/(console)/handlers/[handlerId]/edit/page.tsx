import { EditHandlerPage } from "../../../../../features/handlers/components/edit-handler-page.tsx";
import { FirstData } from "../../../../../lib/first-data.tsx";

export default async function Page({ params }: { params: Promise<{ handlerId: string }> }) {
  const { handlerId } = await params;
  return (
    <FirstData of={({ trpc, want }) => want(trpc.handlers.get.queryOptions({ handlerId }))}>
      <EditHandlerPage handlerId={handlerId} />
    </FirstData>
  );
}

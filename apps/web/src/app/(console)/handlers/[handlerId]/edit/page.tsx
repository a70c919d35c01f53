import { Suspense } from "react";
import { EditHandlerPage } from "../../../../../features/handlers/components/edit-handler-page.tsx";

export default async function Page({ params }: { params: Promise<{ handlerId: string }> }) {
  const { handlerId } = await params;
  return (
    <Suspense>
      <EditHandlerPage handlerId={handlerId} />
    </Suspense>
  );
}

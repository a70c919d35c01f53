import { Suspense } from "react";
import { HandlerPage } from "../../../../features/handlers/components/handler-page.tsx";

export default async function Page({ params }: { params: Promise<{ handlerId: string }> }) {
  const { handlerId } = await params;
  return (
    <Suspense>
      <HandlerPage handlerId={handlerId} />
    </Suspense>
  );
}
